//! Results together with what they were made of, so that they can be made again.

use std::fs::File;
use std::io;
use std::path::Path;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tch::{Device, Kind, Tensor};

use crate::array_io::digest::{Hashing, hex};
use crate::array_io::elements::{self, ByteOrder};
use crate::array_io::fault::Fault;
use crate::array_io::write_atomically;
use crate::{Error, Result, device, kind};

/// The version of libtorch that this crate is built for.
pub const LIBTORCH_VERSION: &str = "2.13.0";

/// Results with their provenance.
///
/// There is no time in it: the same inputs, parameters and seed give the same bytes. As JSON the keys come in the
/// order of the fields. JSON has no NaN and no infinity: results that may hold one say so with an `Option`.
///
/// # Examples
///
/// ```
/// use tensor_core::report::{Provenance, Report};
/// use tensor_core::{Device, Kind};
///
/// # let folder = tempfile::tempdir()?;
/// let path = folder.path().join("report.json");
/// let provenance = Provenance { seed: Some(7), ..Provenance::new("metrics", "0.1.0", Device::Cpu, Kind::Float) };
/// let report = Report { provenance, results: vec![0.1, 2.5] };
/// report.save(&path)?;
/// assert_eq!(Report::<Vec<f64>>::load(&path)?, report);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Report<T> {
    /// What the results were made of.
    pub provenance: Provenance,
    /// The results.
    pub results: T,
}

impl<T: Serialize> Report<T> {
    /// Writes the report as indented JSON with a final line break, whole or not at all.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] as [`write_atomically`], and if the results cannot be said in JSON (a map whose keys are
    /// neither strings nor numbers).
    pub fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        write_atomically(path, |file| {
            serde_json::to_writer_pretty(&mut *file, self)?;
            file.write_all(b"\n")
        })
    }
}

impl<T: DeserializeOwned> Report<T> {
    /// Reads a report that [`save`](Self::save) wrote.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] if the file cannot be read; [`Error::Format`] if it is not such a report, or has a field
    /// that is not known here.
    pub fn load(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let text = std::fs::read(path).map_err(|error| Fault::from(error).at(path))?;
        serde_json::from_slice(&text).map_err(|error| {
            let reason = format!("not a report of this kind: {error}");
            Error::Format {
                path: path.to_owned(),
                reason,
            }
        })
    }
}

/// Everything that decides what a method returns.
///
/// # Examples
///
/// ```
/// use serde_json::json;
/// use tensor_core::report::{InputHash, LIBTORCH_VERSION, Provenance};
/// use tensor_core::{Device, Kind, Tensor};
///
/// let features = Tensor::from_slice(&[1.0_f32, 2.0]);
/// let provenance = Provenance {
///     parameters: json!({"epsilon": 0.5}),
///     inputs: vec![InputHash::of_tensor("features", &features)?],
///     ..Provenance::new("metrics", "0.1.0", Device::Cpu, Kind::Float)
/// };
/// assert_eq!(provenance.libtorch, LIBTORCH_VERSION);
/// assert_eq!((provenance.device.as_str(), provenance.kind.as_str()), ("cpu", "float32"));
/// assert_eq!(provenance.inputs[0].shape, [2]);
/// # Ok::<(), tensor_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provenance {
    /// The crate that holds the method.
    pub crate_name: String,
    /// Its version.
    pub crate_version: String,
    /// The version of libtorch.
    pub libtorch: String,
    /// The device, as [`device::name`] names it.
    pub device: String,
    /// The kind of the features, as [`kind::name`] names it.
    pub kind: String,
    /// The seed, unless the method draws nothing.
    pub seed: Option<u64>,
    /// The number of threads, unless the result is the same with any number.
    pub threads: Option<usize>,
    /// The parameters of the method.
    pub parameters: Value,
    /// The inputs, in the order of the method's arguments.
    pub inputs: Vec<InputHash>,
}

impl Provenance {
    /// Provenance with this libtorch, and without seed, threads, parameters and inputs.
    ///
    /// A crate passes its own name and version: `env!("CARGO_PKG_NAME")` and `env!("CARGO_PKG_VERSION")`.
    pub fn new(crate_name: &str, crate_version: &str, device: Device, kind: Kind) -> Self {
        Self {
            crate_name: crate_name.to_owned(),
            crate_version: crate_version.to_owned(),
            libtorch: LIBTORCH_VERSION.to_owned(),
            device: device::name(device),
            kind: kind::name(kind).to_owned(),
            seed: None,
            threads: None,
            parameters: Value::Null,
            inputs: Vec::new(),
        }
    }
}

/// An input by its content: two inputs with equal hash, shape and kind are the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InputHash {
    /// What the method calls it (`features`), or the name of the file.
    pub name: String,
    /// SHA-256 of the content, in hexadecimal.
    pub sha256: String,
    /// Shape of the tensor; of a file, its length in bytes.
    pub shape: Vec<i64>,
    /// Kind of the tensor, as [`kind::name`] names it; of a file, `file`.
    pub kind: String,
}

impl InputHash {
    /// The hash of the elements of a tensor, in row-major order and little-endian, whatever its layout and device.
    ///
    /// In Python it is `hashlib.sha256(array.tobytes())`.
    ///
    /// # Errors
    ///
    /// [`Error::Torch`] if the tensor is undefined or cannot be made contiguous.
    ///
    /// # Examples
    ///
    /// ```
    /// use tensor_core::{Tensor, report::InputHash};
    ///
    /// // The bytes of `abc`, whose digest FIPS 180-4 gives.
    /// let hash = InputHash::of_tensor("text", &Tensor::from_slice(&[97_u8, 98, 99]))?;
    /// assert!(hash.sha256.starts_with("ba7816bf8f01cfea"));
    /// assert_eq!((hash.shape, hash.kind.as_str()), (vec![3], "uint8"));
    /// # Ok::<(), tensor_core::Error>(())
    /// ```
    pub fn of_tensor(name: &str, tensor: &Tensor) -> Result<Self> {
        let kind = kind::name(tensor.f_kind()?).to_owned();
        let mut hashing = Hashing::new(io::sink());
        // The path is never seen: a sink takes all.
        elements::write(&mut hashing, tensor, ByteOrder::Little)
            .map_err(|fault| fault.at(Path::new(name)))?;
        Ok(Self {
            name: name.to_owned(),
            sha256: hex(hashing.finish()),
            shape: tensor.size(),
            kind,
        })
    }

    /// The hash of the bytes of a file, as `sha256sum` prints it.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] if the file cannot be read.
    ///
    /// # Examples
    ///
    /// ```
    /// use tensor_core::report::InputHash;
    ///
    /// # let folder = tempfile::tempdir()?;
    /// let path = folder.path().join("text");
    /// std::fs::write(&path, "abc")?;
    /// let hash = InputHash::of_file("text", &path)?;
    /// assert!(hash.sha256.starts_with("ba7816bf8f01cfea"));
    /// assert_eq!((hash.shape, hash.kind.as_str()), (vec![3], "file"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn of_file(name: &str, path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let mut hashing = Hashing::new(io::sink());
        let copied = File::open(path).and_then(|mut file| io::copy(&mut file, &mut hashing));
        let length = copied.map_err(|error| Fault::from(error).at(path))?;
        let (sha256, shape) = (hex(hashing.finish()), vec![length as i64]);
        Ok(Self {
            name: name.to_owned(),
            sha256,
            shape,
            kind: "file".to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn report() -> Report<Vec<f64>> {
        let features = InputHash {
            name: "features".to_owned(),
            sha256: "00ff".to_owned(),
            shape: vec![2, 3],
            kind: "float32".to_owned(),
        };
        let provenance = Provenance {
            seed: Some(u64::MAX),
            threads: Some(2),
            parameters: json!({"epsilon": 0.1}),
            inputs: vec![features],
            ..Provenance::new("metrics", "0.1.0", Device::Cpu, Kind::Float)
        };
        Report {
            provenance,
            results: vec![0.1, -2.0],
        }
    }

    #[test]
    fn the_keys_come_in_the_order_of_the_fields() {
        assert_eq!(
            serde_json::to_string(&report()).expect("JSON"),
            concat!(
                r#"{"provenance":{"crate_name":"metrics","crate_version":"0.1.0","libtorch":"2.13.0","#,
                r#""device":"cpu","kind":"float32","seed":18446744073709551615,"threads":2,"#,
                r#""parameters":{"epsilon":0.1},"#,
                r#""inputs":[{"name":"features","sha256":"00ff","shape":[2,3],"kind":"float32"}]},"#,
                r#""results":[0.1,-2.0]}"#
            )
        );
    }

    #[test]
    fn an_unknown_field_is_refused_at_every_level() {
        let text = serde_json::to_string(&report()).expect("JSON");
        for known in [r#""results""#, r#""crate_name""#, r#""sha256""#] {
            let changed = text.replace(known, &format!(r#""note":"",{known}"#));
            let error = serde_json::from_str::<Report<Vec<f64>>>(&changed).expect_err("unknown field");
            assert!(error.to_string().contains("unknown field `note`"), "{error}");
        }
    }

    #[test]
    fn a_file_that_is_no_report_is_named() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("report.json");
        std::fs::write(&path, "{}").expect("written");
        let error = Report::<Vec<f64>>::load(&path).expect_err("no fields");
        assert!(
            matches!(&error, Error::Format { path: at, .. } if *at == path),
            "{error}"
        );
        let absent = Report::<Vec<f64>>::load(folder.path().join("absent")).expect_err("no file");
        assert!(matches!(absent, Error::Io { .. }), "{absent}");
    }

    #[test]
    fn the_hash_sees_the_elements_and_not_the_layout() {
        let rows = Tensor::from_slice(&[1.0_f32, 2.0, 3.0, 4.0]).reshape([2, 2]);
        let hash = |tensor: &Tensor| InputHash::of_tensor("x", tensor).expect("a tensor");
        assert_eq!(hash(&rows.tr().contiguous().tr()), hash(&rows));
        assert_ne!(hash(&rows.tr()).sha256, hash(&rows).sha256);
        let flat = rows.reshape([4]);
        assert_eq!(hash(&flat).sha256, hash(&rows).sha256);
        assert_ne!(hash(&flat), hash(&rows));
        let bits = Tensor::from_slice(&[0x3f80_0000_i32]);
        assert_eq!(hash(&bits).sha256, hash(&Tensor::from_slice(&[1.0_f32])).sha256);
        assert_ne!(hash(&bits), hash(&Tensor::from_slice(&[1.0_f32])));
    }

    #[test]
    fn the_version_is_that_of_the_libtorch_in_use() {
        let folder = std::env::var_os("LIBTORCH").expect("set for every command of the workspace");
        let found =
            std::fs::read_to_string(Path::new(&folder).join("build-version")).expect("part of libtorch");
        assert_eq!(found.trim().split('+').next(), Some(LIBTORCH_VERSION));
    }

    proptest! {
        #[test]
        fn json_keeps_every_bit_of_finite_results(results in prop::collection::vec(any::<f64>(), 0..8), seed: u64) {
            prop_assume!(results.iter().all(|value| value.is_finite()));
            let mut report = report();
            report.provenance.seed = Some(seed);
            report.results = results;
            let text = serde_json::to_string(&report).expect("JSON");
            let back: Report<Vec<f64>> = serde_json::from_str(&text).expect("the same fields");
            let bits = |report: &Report<Vec<f64>>| report.results.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
            prop_assert_eq!(bits(&back), bits(&report));
            prop_assert_eq!(back, report);
        }
    }
}
