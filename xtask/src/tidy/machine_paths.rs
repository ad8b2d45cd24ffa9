//! No file of the repository names a folder of one machine.

use super::rust_text::is_word;
use super::{TrackedFile, Violation};

/// Folders at the root of a machine where people and programs keep what is theirs.
const FOLDERS: [&str; 5] = ["home", "root", "work", "tmp", "Users"];

/// Every line with such a path.
pub(super) fn check(files: &[TrackedFile]) -> Vec<Violation> {
    let mut violations = Vec::new();
    for file in files {
        for (i, line) in file.text.lines().enumerate() {
            for folder in FOLDERS {
                let path = format!("/{folder}/");
                if line
                    .match_indices(&path)
                    .any(|(start, _)| is_absolute(&line[..start]))
                {
                    violations.push(Violation::at(
                        &file.path,
                        i + 1,
                        format!("{path} is a folder of one machine"),
                    ));
                }
            }
        }
    }
    violations
}

/// Whether a slash after `before` starts a path, rather than going on with one or with an address.
fn is_absolute(before: &str) -> bool {
    !before.ends_with(|c: char| is_word(c) || matches!(c, '.' | '-' | '~' | '}' | '>' | ')' | '*'))
}

#[cfg(test)]
mod tests {
    use super::super::tracked_files::file;
    use super::*;

    #[test]
    fn a_path_of_one_machine_is_found_with_its_line() {
        for folder in FOLDERS {
            let text = format!("first\nsee \"/{folder}/name/file\"\n");
            let found = check(&[file("docs/a.md", &text)]);
            assert_eq!(
                found,
                [Violation::at(
                    "docs/a.md",
                    2,
                    format!("/{folder}/ is a folder of one machine")
                )]
            );
        }
    }

    #[test]
    fn a_folder_inside_another_is_not_one() {
        for line in [
            "target/tmp/x",
            "$HOME/work/x",
            "example.org/home/x",
            "../tmp/x",
            "${A}/tmp/x",
            "/usr/include/x",
        ] {
            assert_eq!(check(&[file("docs/a.md", line)]), [], "{line}");
        }
    }
}
