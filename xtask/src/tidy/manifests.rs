//! The manifests: what every package inherits, and that every dependency is declared once, in the workspace.

use anyhow::{Context as _, Result};
use toml::{Table, Value};

use super::{TrackedFile, Violation};

/// A package of the workspace.
#[derive(Debug, Clone)]
pub(super) struct Manifest {
    /// Path of the file, relative to the root.
    pub(super) path: String,
    /// Name of the package.
    pub(super) name: String,
    /// Every dependency of every section and target.
    pub(super) dependencies: Vec<Dependency>,
    /// The file as parsed.
    table: Table,
}

/// A dependency as one section declares it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Dependency {
    /// Name of the package depended on.
    pub(super) name: String,
    /// The section it stands in.
    pub(super) kind: Kind,
    /// Whether a feature must turn it on.
    pub(super) is_optional: bool,
    /// Whether its version comes from the workspace.
    is_inherited: bool,
}

/// The section of a dependency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// `[dependencies]`
    Normal,
    /// `[dev-dependencies]`
    Development,
    /// `[build-dependencies]`
    Build,
}

impl Manifest {
    /// Whether this is the package at the root, which wires the crates together.
    pub(super) fn is_root(&self) -> bool {
        self.path == "Cargo.toml"
    }

    /// Whether this is a library crate of the workspace.
    pub(super) fn is_crate(&self) -> bool {
        self.path.starts_with("crates/")
    }
}

/// The packages among `files`: the root, `xtask` and every crate.
pub(super) fn parse(files: &[TrackedFile]) -> Result<Vec<Manifest>> {
    let is_member = |path: &str| {
        let folders: Vec<&str> = path.split('/').collect();
        matches!(
            folders[..],
            ["Cargo.toml"] | ["xtask", "Cargo.toml"] | ["crates", _, "Cargo.toml"]
        )
    };
    files
        .iter()
        .filter(|file| is_member(&file.path))
        .map(parse_one)
        .collect()
}

fn parse_one(file: &TrackedFile) -> Result<Manifest> {
    let table: Table = file
        .text
        .parse()
        .with_context(|| format!("cannot parse {}", file.path))?;
    let name = table
        .get("package")
        .and_then(|package| package.get("name"))
        .and_then(Value::as_str);
    let name = name
        .with_context(|| format!("{} names no package", file.path))?
        .to_owned();
    let mut dependencies = sections(&table);
    for target in table
        .get("target")
        .and_then(Value::as_table)
        .into_iter()
        .flat_map(Table::values)
    {
        dependencies.extend(target.as_table().map(sections).unwrap_or_default());
    }
    Ok(Manifest {
        path: file.path.clone(),
        name,
        dependencies,
        table,
    })
}

fn sections(table: &Table) -> Vec<Dependency> {
    let kinds = [
        ("dependencies", Kind::Normal),
        ("dev-dependencies", Kind::Development),
        ("build-dependencies", Kind::Build),
    ];
    let mut dependencies = Vec::new();
    for (section, kind) in kinds {
        for (key, value) in table.get(section).and_then(Value::as_table).into_iter().flatten() {
            let flag = |name: &str| value.get(name).and_then(Value::as_bool) == Some(true);
            let name = value
                .get("package")
                .and_then(Value::as_str)
                .unwrap_or(key)
                .to_owned();
            dependencies.push(Dependency {
                name,
                kind,
                is_optional: flag("optional"),
                is_inherited: flag("workspace"),
            });
        }
    }
    dependencies
}

/// What a manifest must inherit, and a description.
pub(super) fn check(manifests: &[Manifest]) -> Vec<Violation> {
    let inherited: Vec<&str> = manifests.iter().flat_map(shared_keys).collect();
    let mut violations = Vec::new();
    for manifest in manifests {
        let mut complain = |message: String| violations.push(Violation::in_file(&manifest.path, message));
        let package = manifest.table.get("package");
        let key = |name: &str| package.and_then(|package| package.get(name));
        for &name in &inherited {
            if !inherits(key(name)) {
                complain(format!("package.{name} is not inherited from the workspace"));
            }
        }
        if key("description")
            .and_then(Value::as_str)
            .is_none_or(str::is_empty)
        {
            complain("package.description is missing".to_owned());
        }
        if !inherits(manifest.table.get("lints")) {
            complain("[lints] does not say workspace = true".to_owned());
        }
        for dependency in manifest
            .dependencies
            .iter()
            .filter(|dependency| !dependency.is_inherited)
        {
            complain(format!(
                "{} does not take its version from [workspace.dependencies]",
                dependency.name
            ));
        }
    }
    violations
}

/// The keys that a workspace manifest states for all members in `[workspace.package]`.
fn shared_keys(manifest: &Manifest) -> impl Iterator<Item = &str> {
    let shared = manifest
        .table
        .get("workspace")
        .and_then(|workspace| workspace.get("package"));
    shared
        .and_then(Value::as_table)
        .into_iter()
        .flat_map(Table::keys)
        .map(String::as_str)
}

fn inherits(value: Option<&Value>) -> bool {
    value
        .and_then(|value| value.get("workspace"))
        .and_then(Value::as_bool)
        == Some(true)
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::tracked_files::file;
    use super::*;

    /// A manifest in good order, with `more` at its end.
    pub(crate) fn manifest(path: &str, name: &str, more: &str) -> Manifest {
        let text = format!(
            "[package]\nname = \"{name}\"\ndescription = \"d\"\nedition.workspace = true\n\
             [lints]\nworkspace = true\n{more}"
        );
        parse_one(&file(path, &text)).expect("well formed")
    }

    /// What is said of `member` in a workspace that states the edition for all.
    fn messages(member: Manifest) -> Vec<String> {
        let root = manifest("Cargo.toml", "root", "[workspace.package]\nedition = \"2024\"\n");
        check(&[root, member])
            .into_iter()
            .map(|violation| violation.message)
            .collect()
    }

    #[test]
    fn a_manifest_in_good_order_passes() {
        assert_eq!(messages(manifest("crates/a/Cargo.toml", "a", "")), [""; 0]);
    }

    #[test]
    fn what_is_not_inherited_is_named() {
        let text = "[package]\nname = \"a\"\nedition = \"2021\"\n";
        let found = messages(parse_one(&file("crates/a/Cargo.toml", text)).expect("well formed"));
        assert_eq!(
            found,
            [
                "package.edition is not inherited from the workspace",
                "package.description is missing",
                "[lints] does not say workspace = true",
            ]
        );
    }

    #[test]
    fn a_dependency_with_a_version_of_its_own_is_named() {
        let found = messages(manifest(
            "crates/a/Cargo.toml",
            "a",
            "[dependencies]\nrand = \"0.9\"\n",
        ));
        assert_eq!(
            found,
            ["rand does not take its version from [workspace.dependencies]"]
        );
    }

    #[test]
    fn every_section_is_read_and_renaming_is_seen_through() {
        let more = "[dependencies]\ntorch = { workspace = true, package = \"tch\", optional = true }\n\
                    [target.'cfg(unix)'.dev-dependencies]\nlibc.workspace = true\n\
                    [build-dependencies]\ncc.workspace = true\n";
        let found = manifest("crates/a/Cargo.toml", "a", more).dependencies;
        let named = |name: &str, kind, is_optional| Dependency {
            name: name.to_owned(),
            kind,
            is_optional,
            is_inherited: true,
        };
        assert_eq!(
            found,
            [
                named("tch", Kind::Normal, true),
                named("cc", Kind::Build, false),
                named("libc", Kind::Development, false)
            ]
        );
    }

    #[test]
    fn only_members_are_parsed() {
        let files = [
            file("tests/it/outside/Cargo.toml", "not a member"),
            file("xtask/Cargo.toml", "[package]\nname=\"x\""),
        ];
        let names: Vec<_> = parse(&files)
            .expect("well formed")
            .into_iter()
            .map(|m| m.name)
            .collect();
        assert_eq!(names, ["x"]);
    }
}
