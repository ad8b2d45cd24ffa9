//! `tensor_core::array_io` against NumPy and Python's safetensors (`tests/golden/arrays.py`), round trips of
//! random arrays, and damaged files.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use golden::Golden;
use proptest::prelude::*;
use tempfile::TempDir;
use tensor_core::array_io::{
    read_idx, read_npy, read_npy_from, read_safetensors, read_safetensors_metadata, write_idx, write_npy,
    write_safetensors,
};
use tensor_core::checkpoint::Checkpoint;
use tensor_core::report::InputHash;
use tensor_core::{Kind, Tensor, kind};

type Outcome = std::result::Result<(), Box<dyn std::error::Error>>;

const FILES: &str = "tests/golden/arrays";

/// The files that `numpy.save` wrote.
const PLAIN: [&str; 12] = [
    "aligned", "bool", "empty", "float16", "float32", "float64", "int16", "int32", "int64", "int8", "scalar",
    "uint8",
];

/// Other versions, byte orders and orders of the elements.
const VARIANTS: [&str; 6] = [
    "big_float64",
    "big_int32",
    "fortran_big_int64",
    "fortran_float32",
    "version_2",
    "version_3",
];

fn load() -> golden::Result<Golden> {
    Golden::load("tests/golden/arrays.json")
}

/// Checks shape, elements and digest of what was read from a file.
fn assert_golden(golden: &Golden, name: &str, tensor: &Tensor) -> Outcome {
    assert_eq!(
        tensor.size(),
        golden.integers(&format!("{name}/shape"))?,
        "{name}"
    );
    assert!(tensor.is_contiguous(), "{name}");
    if kind::is_float(tensor.kind()) || tensor.kind() == Kind::Half {
        let numbers: Vec<f64> = Vec::try_from(tensor.to_kind(Kind::Double).flatten(0, -1))?;
        golden.assert_array(name, &numbers);
    } else {
        let numbers: Vec<i64> = Vec::try_from(tensor.to_kind(Kind::Int64).flatten(0, -1))?;
        assert_eq!(numbers, golden.integers(name)?, "{name}");
    }
    let digest: String = golden
        .integers(&format!("{name}/sha256"))?
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect::<Vec<_>>()
        .concat();
    assert_eq!(InputHash::of_tensor(name, tensor)?.sha256, digest, "{name}");
    Ok(())
}

#[test]
fn every_npy_file_reads_as_numpy_wrote_it() -> Outcome {
    let golden = load()?;
    for stem in PLAIN.into_iter().chain(VARIANTS) {
        let name = format!("{stem}.npy");
        let path = Path::new(FILES).join(&name);
        assert_golden(&golden, &name, &read_npy(&path)?)?;
        assert_golden(&golden, &name, &read_npy_from(fs::File::open(&path)?, &name)?)?;
    }
    Ok(())
}

#[test]
fn npy_files_are_written_as_numpy_writes_them() -> Outcome {
    let folder = TempDir::new()?;
    for stem in PLAIN {
        let theirs = Path::new(FILES).join(format!("{stem}.npy"));
        let ours = folder.path().join(stem);
        write_npy(&ours, &read_npy(&theirs)?)?;
        assert_eq!(fs::read(&ours)?, fs::read(&theirs)?, "{stem}");
    }
    Ok(())
}

#[test]
fn the_safetensors_file_reads_and_is_written_as_python_wrote_it() -> Outcome {
    let golden = load()?;
    let folder = TempDir::new()?;
    let (theirs, ours) = (
        Path::new(FILES).join("plain.safetensors"),
        folder.path().join("ours"),
    );
    let tensors = read_safetensors(&theirs)?;
    let metadata = read_safetensors_metadata(&theirs)?;
    let names = PLAIN.into_iter().filter(|&name| name != "aligned");
    assert!(tensors.keys().map(String::as_str).eq(names));
    assert_eq!(metadata, BTreeMap::from([("format".to_owned(), "np".to_owned())]));
    for (name, tensor) in &tensors {
        assert_golden(&golden, &format!("{name}.npy"), tensor)?;
    }
    write_safetensors(&ours, &tensors, &metadata)?;
    assert_eq!(fs::read(&ours)?, fs::read(&theirs)?);
    Ok(())
}

#[test]
fn idx_files_read_plain_and_compressed() -> Outcome {
    let golden = load()?;
    for name in ["images-idx3-ubyte.gz", "reals-idx1-float"] {
        assert_golden(&golden, name, &read_idx(Path::new(FILES).join(name))?)?;
    }
    let reals = Path::new(FILES).join("reals-idx1-float");
    let folder = TempDir::new()?;
    let ours = folder.path().join("reals");
    write_idx(&ours, &read_idx(&reals)?)?;
    assert_eq!(fs::read(&ours)?, fs::read(&reals)?);
    Ok(())
}

const NPY_KINDS: [Kind; 9] = [
    Kind::Bool,
    Kind::Uint8,
    Kind::Int8,
    Kind::Int16,
    Kind::Int,
    Kind::Int64,
    Kind::Half,
    Kind::Float,
    Kind::Double,
];
const IDX_KINDS: [Kind; 6] = [
    Kind::Uint8,
    Kind::Int8,
    Kind::Int16,
    Kind::Int,
    Kind::Float,
    Kind::Double,
];
const SAFETENSORS_KINDS: [Kind; 10] = [
    Kind::Bool,
    Kind::Uint8,
    Kind::Int8,
    Kind::Int16,
    Kind::Int,
    Kind::Int64,
    Kind::Half,
    Kind::BFloat16,
    Kind::Float,
    Kind::Double,
];

/// Any bits in any shape of up to four dimensions, lengths of 0 and 1 included; half of them transposed views.
fn any_tensor(kinds: &'static [Kind]) -> impl Strategy<Value = Tensor> {
    (
        prop::sample::select(kinds),
        prop::collection::vec(0_i64..5, 0..5),
        any::<bool>(),
    )
        .prop_flat_map(|(kind, shape, transposed)| {
            let n_elements: i64 = shape.iter().product();
            let n_bytes = n_elements as usize * kind.elt_size_in_bytes();
            prop::collection::vec(any::<u8>(), n_bytes).prop_map(move |mut bytes| {
                if kind == Kind::Bool {
                    for byte in &mut bytes {
                        *byte &= 1;
                    }
                }
                let tensor = Tensor::from_data_size(&bytes, &shape, kind);
                let reversed: Vec<i64> = (0..shape.len() as i64).rev().collect();
                if transposed {
                    tensor.permute(reversed)
                } else {
                    tensor
                }
            })
        })
}

/// Kind, shape and every bit. Tensors are compared by these because NaN is not equal to itself.
fn content(tensor: &Tensor) -> (Kind, Vec<i64>, Vec<u8>) {
    let (kind, n_elements) = (tensor.kind(), tensor.numel());
    let mut bytes = vec![0; n_elements * kind.elt_size_in_bytes()];
    tensor.copy_data_u8(&mut bytes, n_elements);
    (kind, tensor.size(), bytes)
}

/// An npy file in Fortran order and big-endian, made from the elements by their index.
fn fortran_file(tensor: &Tensor) -> Vec<u8> {
    let (kind, shape, _) = content(tensor);
    let reversed: Vec<i64> = (0..shape.len() as i64).rev().collect();
    let (_, _, mut data) = content(&tensor.permute(reversed).contiguous());
    data.chunks_exact_mut(kind.elt_size_in_bytes())
        .for_each(<[u8]>::reverse);
    let letter = match kind {
        Kind::Bool => 'b',
        Kind::Uint8 => 'u',
        Kind::Half | Kind::Float | Kind::Double => 'f',
        _ => 'i',
    };
    let lengths: String = shape.iter().map(|length| length.to_string() + ",").collect();
    let size = kind.elt_size_in_bytes();
    let header = format!("{{'shape':({lengths}),'fortran_order':True,'descr':'>{letter}{size}'}}\n");
    [
        b"\x93NUMPY\x01\x00",
        &(header.len() as u16).to_le_bytes()[..],
        header.as_bytes(),
        &data,
    ]
    .concat()
}

proptest! {
    #[test]
    fn npy_keeps_every_bit(tensor in any_tensor(&NPY_KINDS)) {
        let folder = TempDir::new().expect("a temporary folder");
        let path = folder.path().join("x.npy");
        write_npy(&path, &tensor).expect("written");
        prop_assert_eq!(content(&read_npy(&path).expect("read")), content(&tensor));
    }

    #[test]
    fn npy_in_fortran_order_reads_in_c_order(tensor in any_tensor(&NPY_KINDS)) {
        let read = read_npy_from(&fortran_file(&tensor)[..], "x.npy").expect("read");
        prop_assert!(read.is_contiguous());
        prop_assert_eq!(content(&read), content(&tensor));
    }

    #[test]
    fn idx_keeps_every_bit(tensor in any_tensor(&IDX_KINDS), name in prop::sample::select(vec!["x", "x.gz"])) {
        let folder = TempDir::new().expect("a temporary folder");
        let path = folder.path().join(name);
        write_idx(&path, &tensor).expect("written");
        prop_assert_eq!(content(&read_idx(&path).expect("read")), content(&tensor));
    }

    #[test]
    fn safetensors_keeps_every_bit_and_gives_the_same_bytes(
        tensors in prop::collection::btree_map(any::<String>(), any_tensor(&SAFETENSORS_KINDS), 0..5),
        metadata in prop::collection::btree_map(any::<String>(), any::<String>(), 0..4),
    ) {
        let folder = TempDir::new().expect("a temporary folder");
        let (first, second) = (folder.path().join("first"), folder.path().join("second"));
        write_safetensors(&first, &tensors, &metadata).expect("written");
        write_safetensors(&second, &tensors, &metadata).expect("written");
        prop_assert_eq!(fs::read(&first).expect("readable"), fs::read(&second).expect("readable"));
        let read = read_safetensors(&first).expect("read");
        prop_assert!(read.keys().eq(tensors.keys()));
        for (name, tensor) in &tensors {
            prop_assert_eq!(content(&read[name]), content(tensor));
        }
        prop_assert_eq!(read_safetensors_metadata(&first).expect("read"), metadata);
    }
}

/// What happens to a file on its way.
#[derive(Debug, Clone)]
enum Damage {
    Cut(prop::sample::Index),
    Overwrite(prop::sample::Index, u8),
    Insert(prop::sample::Index, u8),
    Remove(prop::sample::Index),
}

fn any_damage() -> impl Strategy<Value = Damage> {
    prop_oneof![
        any::<prop::sample::Index>().prop_map(Damage::Cut),
        (any::<prop::sample::Index>(), any::<u8>()).prop_map(|(at, byte)| Damage::Overwrite(at, byte)),
        (any::<prop::sample::Index>(), any::<u8>()).prop_map(|(at, byte)| Damage::Insert(at, byte)),
        any::<prop::sample::Index>().prop_map(Damage::Remove),
    ]
}

fn damaged(mut content: Vec<u8>, damages: &[Damage]) -> Vec<u8> {
    for damage in damages.iter().cloned() {
        let length = content.len();
        if length == 0 {
            break;
        }
        match damage {
            Damage::Cut(at) => content.truncate(at.index(length)),
            Damage::Overwrite(at, byte) => content[at.index(length)] = byte,
            Damage::Insert(at, byte) => content.insert(at.index(length), byte),
            Damage::Remove(at) => {
                content.remove(at.index(length));
            }
        }
    }
    content
}

fn golden_files() -> Vec<PathBuf> {
    let mut files: Vec<_> = fs::read_dir(FILES)
        .expect("the folder is part of the repository")
        .map(|entry| entry.expect("a readable entry").path())
        .collect();
    files.sort();
    files
}

/// Every reader on one file. The result does not matter, only that there is one.
fn read_with_all(content: &[u8]) {
    let folder = TempDir::new().expect("a temporary folder");
    let path = folder.path().join("x");
    fs::write(&path, content).expect("written");
    let _ = read_npy(&path);
    let _ = read_npy_from(content, "x");
    let _ = read_idx(&path);
    let _ = read_safetensors(&path);
    let _ = read_safetensors_metadata(&path);
    let _ = Checkpoint::load(&path, "kind", 0);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn a_damaged_file_panics_no_reader(
        path in prop::sample::select(golden_files()),
        damages in prop::collection::vec(any_damage(), 1..6),
    ) {
        read_with_all(&damaged(fs::read(path).expect("readable"), &damages));
    }

    #[test]
    fn random_bytes_panic_no_reader(
        start in prop::sample::select(vec![
            &b""[..], b"\x93NUMPY\x01\x00", b"\x93NUMPY\x03\x00", b"\0\0\x08\x02", b"\x1f\x8b\x08\0", b"\x10\0\0\0\0\0\0\0{",
        ]),
        rest in prop::collection::vec(any::<u8>(), 0..64),
    ) {
        read_with_all(&[start, &rest].concat());
    }

    #[test]
    fn a_cut_file_is_refused(path in prop::sample::select(golden_files()), at: prop::sample::Index) {
        let whole = fs::read(&path).expect("readable");
        let folder = TempDir::new().expect("a temporary folder");
        let cut = folder.path().join("x");
        fs::write(&cut, &whole[..at.index(whole.len())]).expect("written");
        prop_assert!(read_npy(&cut).is_err() && read_idx(&cut).is_err() && read_safetensors(&cut).is_err());
    }
}
