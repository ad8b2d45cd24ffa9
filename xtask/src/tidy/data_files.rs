//! Every file in `data/` stands in the table of `data/README.md` with source, version, licence and SHA-256.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};

use super::Violation;
use crate::{digest, folder};

/// All files together, in bytes.
const MAX_BYTES: u64 = 6_000_000;

/// Columns that the table must have and that no row may leave empty.
const COLUMNS: [&str; 5] = ["Content", "Source", "Version", "Licence", "SHA-256"];

/// Files that need no row: the table itself, and the licence texts that its rows point to.
fn needs_no_row(path: &str) -> bool {
    path == "README.md" || path.starts_with("LICENSES/")
}

/// Everything in the folder `data` that the table does not say, or says otherwise.
pub(super) fn check(data: &Path) -> Result<Vec<Violation>> {
    let readme = data.join("README.md");
    let text = fs::read_to_string(&readme).with_context(|| format!("cannot read {}", readme.display()))?;
    let mut violations = Vec::new();
    let mut complain = |file: &str, line: usize, message: String| {
        violations.push(Violation::at(&format!("data/{file}"), line, message));
    };

    let mut listed = BTreeMap::new();
    for row in rows(&text) {
        for (column, cell) in COLUMNS.iter().zip(&row.cells) {
            if cell.is_empty() {
                complain("README.md", row.line, format!("{} has no {column}", row.file));
            }
        }
        if listed.insert(row.file.clone(), row.clone()).is_some() {
            complain("README.md", row.line, format!("{} is listed twice", row.file));
        }
    }

    let mut n_bytes = 0;
    for path in folder::files_below(data)? {
        n_bytes += data.join(&path).metadata().map_or(0, |data| data.len());
        if needs_no_row(&path) {
            continue;
        }
        let Some(row) = listed.remove(&path) else {
            complain(&path, 0, "it is not listed in data/README.md".to_owned());
            continue;
        };
        let (wanted, found) = (&row.cells[COLUMNS.len() - 1], digest::of_file(&data.join(&path))?);
        if *wanted != found {
            complain(
                &path,
                0,
                format!("its SHA-256 is {found}, data/README.md says {wanted}"),
            );
        }
    }
    for (file, row) in listed {
        complain("README.md", row.line, format!("{file} is listed and not there"));
    }
    if n_bytes > MAX_BYTES {
        complain(
            "README.md",
            0,
            format!("the folder holds {n_bytes} bytes, at most {MAX_BYTES}"),
        );
    }
    Ok(violations)
}

/// A row of the table.
#[derive(Clone)]
struct Row {
    file: String,
    /// In the order of [`COLUMNS`]; empty where the table lacks the column.
    cells: Vec<String>,
    line: usize,
}

/// The rows of every table that starts with the column `File`.
fn rows(text: &str) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut header: Option<Vec<String>> = None;
    for (i, line) in text.lines().enumerate() {
        let Some(inner) = line.trim().strip_prefix('|') else {
            header = None;
            continue;
        };
        let inner = inner.strip_suffix('|').unwrap_or(inner);
        let cells: Vec<String> = inner
            .split('|')
            .map(|cell| cell.trim().trim_matches('`').to_owned())
            .collect();
        match &header {
            None => header = Some(cells),
            Some(names) if names[0] == "File" && !cells[0].starts_with("---") => {
                let cell = |column: &&str| {
                    let place = names.iter().position(|name| name == column);
                    place
                        .and_then(|place| cells.get(place))
                        .cloned()
                        .unwrap_or_default()
                };
                rows.push(Row {
                    file: cells[0].clone(),
                    cells: COLUMNS.iter().map(cell).collect(),
                    line: i + 1,
                });
            }
            Some(_) => {}
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str =
        "| File | Content | Source | Version | Licence | SHA-256 |\n|---|---|---|---|---|---|\n";

    /// SHA-256 of "abc", FIPS 180-4.
    const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    fn messages(table: &str, files: &[(&str, &[u8])]) -> Vec<String> {
        let folder = tempfile::tempdir().expect("temporary folder");
        fs::write(folder.path().join("README.md"), format!("{HEADER}{table}")).expect("writable");
        for (name, bytes) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().expect("it lies in the folder")).expect("writable");
            fs::write(path, bytes).expect("writable");
        }
        check(folder.path())
            .expect("readable")
            .iter()
            .map(ToString::to_string)
            .collect()
    }

    #[test]
    fn a_listed_file_with_the_right_hash_passes() {
        let row = format!("| `a.gz` | text | package | 1.0 | MIT | `{ABC}` |\n");
        assert_eq!(
            messages(&row, &[("a.gz", b"abc"), ("LICENSES/a.txt", b"terms")]),
            [""; 0]
        );
    }

    #[test]
    fn an_unlisted_file_is_named_wherever_it_lies() {
        assert_eq!(
            messages("", &[("more/a.gz", b"abc")]),
            ["data/more/a.gz: it is not listed in data/README.md"]
        );
    }

    #[test]
    fn a_row_without_a_file_a_wrong_hash_and_an_empty_cell_are_named() {
        let row = format!("| `a.gz` | text | package | 1.0 | MIT | `{ABC}` |\n");
        assert_eq!(
            messages(&row, &[]),
            ["data/README.md:3: a.gz is listed and not there"]
        );
        assert!(messages(&row, &[("a.gz", b"abd")])[0].contains("its SHA-256 is "));
        let row = format!("| `a.gz` | text | package | 1.0 | | `{ABC}` |\n");
        assert_eq!(
            messages(&row, &[("a.gz", b"abc")]),
            ["data/README.md:3: a.gz has no Licence"]
        );
    }

    #[test]
    fn a_file_listed_twice_is_named() {
        let row = format!("| `a.gz` | text | package | 1.0 | MIT | `{ABC}` |\n");
        let found = messages(&format!("{row}{row}"), &[("a.gz", b"abc")]);
        assert_eq!(found, ["data/README.md:4: a.gz is listed twice"]);
    }

    #[test]
    fn too_many_bytes_are_refused() {
        let found = messages("", &[("LICENSES/long.txt", &vec![0; MAX_BYTES as usize][..])]);
        assert_eq!(found.len(), 1);
        assert!(found[0].contains("bytes, at most 6000000"), "{found:?}");
    }
}
