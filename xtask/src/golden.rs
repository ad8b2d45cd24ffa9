//! `cargo xtask golden`: runs the scripts that make the golden values and shows what differs.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use crate::progress::Step;
use crate::workspace::Workspace;
use crate::{process, python};

/// Differences shown of one value; the rest are counted.
const SHOWN: usize = 5;

/// Regenerates the golden files of every crate, or of the one named `only`, and compares them with the
/// committed ones. With `write`, files that differ are replaced.
pub(crate) fn run(workspace: &Workspace, only: Option<&str>, write: bool) -> Result<()> {
    let folders = golden_folders(workspace, only)?;
    let requirements = workspace.root.join("xtask/python/golden-requirements.txt");
    let python = python::environment(workspace, "golden", &requirements)?;

    let mut n_different = 0;
    for folder in &folders {
        let made = regenerate(workspace, &python, folder)?;
        let names: BTreeSet<&String> = made.keys().collect();
        for committed in files(folder, "json")? {
            let name = file_name(&committed);
            if !names.contains(&name) {
                bail!(
                    "{} is written by no script beside it",
                    workspace.shown(&committed)
                );
            }
        }
        for (name, new) in &made {
            let committed = folder.join(name);
            let differences = match fs::read_to_string(&committed) {
                Ok(old) => {
                    compare(&old, new).with_context(|| format!("cannot compare {}", committed.display()))?
                }
                Err(_) => vec!["the file is new".to_owned()],
            };
            let shown = workspace.shown(&committed);
            if differences.is_empty() {
                println!("same       {shown}");
            } else if write {
                fs::write(&committed, new).with_context(|| format!("cannot write {shown}"))?;
                println!("written    {shown}");
            } else {
                n_different += 1;
                println!("different  {shown}");
            }
            for line in &differences {
                println!("           {line}");
            }
        }
    }
    if n_different > 0 {
        bail!(
            "{n_different} golden files differ from what their scripts make: cargo xtask golden --write takes the new"
        );
    }
    Ok(())
}

/// The folders `crates/<crate>/tests/golden` that hold scripts.
fn golden_folders(workspace: &Workspace, only: Option<&str>) -> Result<Vec<PathBuf>> {
    let crates = workspace.root.join("crates");
    let mut folders = Vec::new();
    for entry in fs::read_dir(&crates).with_context(|| format!("cannot read {}", crates.display()))? {
        let path = entry?.path();
        let folder = path.join("tests").join("golden");
        if only.is_none_or(|name| file_name(&path) == name) && folder.is_dir() {
            folders.push(folder);
        }
    }
    folders.sort();
    match only {
        Some(name) if folders.is_empty() => bail!("there is no folder crates/{name}/tests/golden"),
        _ => Ok(folders),
    }
}

/// Runs every script of `folder` and returns the files that they wrote, by name.
fn regenerate(workspace: &Workspace, python: &Path, folder: &Path) -> Result<BTreeMap<String, String>> {
    let out = workspace.local().join("golden");
    if out.exists() {
        fs::remove_dir_all(&out).with_context(|| format!("cannot remove {}", out.display()))?;
    }
    fs::create_dir_all(&out).with_context(|| format!("cannot make {}", out.display()))?;
    let scripts = files(folder, "py")?;
    let step = Step::parts(
        &format!("running the scripts of {}", workspace.shown(folder)),
        scripts.len() as u64,
    );
    for script in scripts {
        // -B: no __pycache__ beside the scripts.
        let mut command = Command::new(python);
        command
            .current_dir(&workspace.root)
            .arg("-B")
            .arg(&script)
            .arg("--out")
            .arg(&out);
        process::output_of(&mut command).with_context(|| format!("{} failed", workspace.shown(&script)))?;
        step.advance(1);
    }
    step.end();
    let mut made = BTreeMap::new();
    for path in files(&out, "json")? {
        made.insert(file_name(&path), fs::read_to_string(&path)?);
    }
    fs::remove_dir_all(&out).ok();
    Ok(made)
}

/// One line for each thing in which the two golden files differ by more than the tolerance of the old one.
/// The date may differ.
fn compare(old: &str, new: &str) -> Result<Vec<String>> {
    let old: Value = serde_json::from_str(old).context("the committed file is not JSON")?;
    let new: Value = serde_json::from_str(new).context("the new file is not JSON")?;
    let mut lines = Vec::new();
    for part in ["provenance", "tolerance"] {
        let keys = |file: &Value| -> BTreeMap<String, Value> {
            let fields = file[part].as_object().into_iter().flatten();
            fields
                .map(|(key, value)| (key.clone(), value.clone()))
                .filter(|(key, _)| key != "date")
                .collect()
        };
        let (before, after) = (keys(&old), keys(&new));
        for key in before.keys().chain(after.keys()).collect::<BTreeSet<_>>() {
            let (before, after) = (before.get(key), after.get(key));
            if before != after {
                lines.push(format!("{part}.{key}: {} became {}", text(before), text(after)));
            }
        }
    }

    let tolerance = Tolerance::of(&old["tolerance"]).context("the committed file states no tolerance")?;
    let entries = |file: &Value| {
        file["values"]
            .as_object()
            .cloned()
            .context("a file has no values")
    };
    let (before, after) = (entries(&old)?, entries(&new)?);
    for name in before.keys().chain(after.keys()).collect::<BTreeSet<_>>() {
        match (before.get(name), after.get(name)) {
            (Some(before), Some(after)) => {
                let mut found = Vec::new();
                differences(
                    name,
                    before,
                    after,
                    Tolerance::of(before).unwrap_or(tolerance),
                    &mut found,
                );
                let n_more = found.len().saturating_sub(SHOWN);
                found.truncate(SHOWN);
                lines.append(&mut found);
                if n_more > 0 {
                    lines.push(format!("{name}: {n_more} more"));
                }
            }
            (Some(_), None) => lines.push(format!("{name}: is gone")),
            _ => lines.push(format!("{name}: is new")),
        }
    }
    Ok(lines)
}

/// How far a number may be from the committed one: `atol + rtol |old|`.
#[derive(Clone, Copy)]
struct Tolerance {
    rtol: f64,
    atol: f64,
}

impl Tolerance {
    fn of(object: &Value) -> Option<Self> {
        Some(Self {
            rtol: object.get("rtol")?.as_f64()?,
            atol: object.get("atol")?.as_f64()?,
        })
    }
}

/// Adds a line for each number that differs, with its place in the value.
fn differences(place: &str, old: &Value, new: &Value, tolerance: Tolerance, lines: &mut Vec<String>) {
    match (old, new) {
        (Value::Array(before), Value::Array(after)) if before.len() == after.len() => {
            for (i, (before, after)) in before.iter().zip(after).enumerate() {
                differences(&format!("{place}[{i}]"), before, after, tolerance, lines);
            }
        }
        (Value::Array(before), Value::Array(after)) => {
            lines.push(format!(
                "{place}: {} entries became {}",
                before.len(),
                after.len()
            ));
        }
        (Value::Object(before), Value::Object(after)) => {
            for key in before.keys().chain(after.keys()).collect::<BTreeSet<_>>() {
                let (before, after) = (before.get(key), after.get(key));
                let (before, after) = (before.unwrap_or(&Value::Null), after.unwrap_or(&Value::Null));
                differences(&format!("{place}.{key}"), before, after, tolerance, lines);
            }
        }
        _ if agree(old, new, tolerance) => {}
        _ => lines.push(format!("{place}: {old} became {new}")),
    }
}

fn agree(old: &Value, new: &Value, tolerance: Tolerance) -> bool {
    match (old.as_f64(), new.as_f64()) {
        (Some(before), Some(after)) => {
            (after - before).abs() <= tolerance.atol + tolerance.rtol * before.abs()
        }
        _ => old == new,
    }
}

fn text(value: Option<&Value>) -> String {
    value.map_or_else(|| "nothing".to_owned(), ToString::to_string)
}

/// Files of `folder` with that extension, sorted.
fn files(folder: &Path, extension: &str) -> Result<Vec<PathBuf>> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))? {
        let path = entry?.path();
        if path.extension().is_some_and(|found| found == extension) {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

fn file_name(path: &Path) -> String {
    path.file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn file(values: &Value, date: &str, tool: &str) -> String {
        json!({
            "provenance": {"tool": tool, "date": date},
            "tolerance": {"rtol": 1e-3, "atol": 0.0, "reason": "a test"},
            "values": values,
        })
        .to_string()
    }

    fn lines(old: &Value, new: &Value) -> Vec<String> {
        compare(&file(old, "2026-01-01", "t"), &file(new, "2026-01-02", "t")).expect("both are golden files")
    }

    #[test]
    fn another_day_and_a_number_within_tolerance_are_no_difference() {
        assert_eq!(
            lines(&json!({"x": [1.0, 2.0]}), &json!({"x": [1.0009, 2.0]})),
            [""; 0]
        );
    }

    #[test]
    fn a_number_outside_the_tolerance_is_named_with_its_place() {
        let found = lines(&json!({"x": [[1.0, 2.0]]}), &json!({"x": [[1.0, 2.1]]}));
        assert_eq!(found, ["x[0][1]: 2.0 became 2.1"]);
    }

    #[test]
    fn a_values_own_tolerance_is_used() {
        let value = |number: f64| json!({"x": {"value": number, "rtol": 0.5, "atol": 0.0, "reason": "wide"}});
        assert_eq!(lines(&value(1.0), &value(1.4)), [""; 0]);
        assert_eq!(lines(&value(1.0), &value(1.6)), ["x.value: 1.0 became 1.6"]);
    }

    #[test]
    fn infinities_shapes_and_names_are_compared() {
        assert_eq!(
            lines(&json!({"x": "inf"}), &json!({"x": "nan"})),
            [r#"x: "inf" became "nan""#]
        );
        assert_eq!(
            lines(&json!({"x": [1]}), &json!({"x": [1, 2]})),
            ["x: 1 entries became 2"]
        );
        assert_eq!(
            lines(&json!({"x": 1}), &json!({"y": 1})),
            ["x: is gone", "y: is new"]
        );
    }

    #[test]
    fn a_new_tool_is_a_difference() {
        let found =
            compare(&file(&json!({}), "d", "one"), &file(&json!({}), "d", "two")).expect("golden files");
        assert_eq!(found, [r#"provenance.tool: "one" became "two""#]);
    }

    #[test]
    fn many_differences_are_counted() {
        let numbers = |x: f64| json!({"x": vec![x; 8]});
        let found = lines(&numbers(1.0), &numbers(2.0));
        assert_eq!(found.len(), SHOWN + 1);
        assert_eq!(found[SHOWN], "x: 3 more");
    }
}
