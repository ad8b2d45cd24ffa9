//! `cargo xtask tidy`: the house rules, each checked by a program.

mod data_files;
mod edges;
mod golden_files;
mod house_rules;
mod machine_paths;
mod manifests;
mod rust_text;
mod tracked_files;

use std::fmt;

use anyhow::{Result, bail};

use self::tracked_files::TrackedFile;
use crate::workspace::Workspace;

/// A place that breaks a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Violation {
    /// File, relative to the root.
    file: String,
    /// Line, counted from 1; 0 for the whole file.
    line: usize,
    /// What is wrong and what the rule is.
    message: String,
}

impl Violation {
    fn in_file(file: &str, message: impl Into<String>) -> Self {
        Self::at(file, 0, message)
    }

    fn at(file: &str, line: usize, message: impl Into<String>) -> Self {
        Self {
            file: file.to_owned(),
            line,
            message: message.into(),
        }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(formatter, "{}: {}", self.file, self.message),
            line => write!(formatter, "{}:{line}: {}", self.file, self.message),
        }
    }
}

/// Checks every rule; prints each violation and fails if there is one.
pub(crate) fn run(workspace: &Workspace) -> Result<()> {
    let violations = check(workspace)?;
    for violation in &violations {
        println!("{violation}");
    }
    match violations.len() {
        0 => {
            println!("tidy: no violation");
            Ok(())
        }
        n => bail!("{n} violations of the house rules"),
    }
}

/// Checks the folder `data/` alone.
pub(crate) fn data_folder(workspace: &Workspace) -> Result<Vec<Violation>> {
    data_files::check(&workspace.root.join("data"))
}

fn check(workspace: &Workspace) -> Result<Vec<Violation>> {
    let files = tracked_files::read(workspace)?;
    let manifests = manifests::parse(&files)?;
    let mut violations = manifests::check(&manifests);
    violations.extend(edges::check(&manifests));
    violations.extend(house_rules::check(&files, &manifests));
    violations.extend(machine_paths::check(&files));
    violations.extend(golden_files::check(&files));
    violations.extend(data_folder(workspace)?);
    violations.sort_by(|left, right| (&left.file, left.line).cmp(&(&right.file, right.line)));
    Ok(violations)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_violation_names_its_place() {
        assert_eq!(Violation::at("a.rs", 3, "wrong").to_string(), "a.rs:3: wrong");
        assert_eq!(Violation::in_file("a.rs", "wrong").to_string(), "a.rs: wrong");
    }

    #[test]
    fn the_workspace_keeps_its_rules() {
        let workspace = Workspace::from_environment().expect("tests run in the workspace");
        let violations = check(&workspace).expect("the workspace can be read");
        let lines: Vec<String> = violations.iter().map(ToString::to_string).collect();
        assert!(lines.is_empty(), "{}", lines.join("\n"));
    }
}
