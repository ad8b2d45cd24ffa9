//! `cargo xtask golden`: runs the scripts that make the golden values and shows what differs.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use crate::progress::Step;
use crate::workspace::Workspace;
use crate::{folder, process, python};

/// Differences shown of one value; the rest are counted.
const SHOWN: usize = 5;

/// Regenerates the golden files of every crate, or of the one named `only`, and compares them with the
/// committed ones. With `write`, files that differ are replaced.
pub(crate) fn run(workspace: &Workspace, only: Option<&str>, write: bool) -> Result<()> {
    let folders = golden_folders(workspace, only)?;

    let mut n_different = 0;
    for folder in &folders {
        let made = regenerate(workspace, folder)?;
        if let Some(orphan) = files_of_scripts(folder)?
            .into_iter()
            .find(|path| !made.contains_key(path))
        {
            bail!(
                "{} is written by no script beside it",
                workspace.shown(&folder.join(orphan))
            );
        }
        for (path, new) in &made {
            let committed = folder.join(path);
            let shown = workspace.shown(&committed);
            let differences = match fs::read(&committed) {
                Ok(old) => {
                    compare(&committed, &old, new).with_context(|| format!("cannot compare {shown}"))?
                }
                Err(_) => vec!["the file is new".to_owned()],
            };
            if differences.is_empty() {
                println!("same       {shown}");
                continue;
            }
            if write {
                folder::write(&committed, new)?;
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
        if only.is_none_or(|name| path.file_name().is_some_and(|found| found == name)) && folder.is_dir() {
            folders.push(folder);
        }
    }
    folders.sort();
    match only {
        Some(name) if folders.is_empty() => bail!("there is no folder crates/{name}/tests/golden"),
        _ => Ok(folders),
    }
}

/// What lies in a folder of golden values besides scripts and notes, relative to it.
fn files_of_scripts(folder: &Path) -> Result<Vec<String>> {
    let is_written = |path: &String| {
        let extension = Path::new(path).extension().unwrap_or_default();
        extension != "py" && extension != "md" && !path.contains("__pycache__/")
    };
    Ok(folder::files_below(folder)?
        .into_iter()
        .filter(is_written)
        .collect())
}

/// The interpreter that a script of a crate runs with.
///
/// Two scripts can need packages that do not go together, so there are several environments. Copyleft programs are run
/// in one of their own.
fn interpreter(workspace: &Workspace, folder: &Path, script: &str) -> Result<PathBuf> {
    let is_causal = workspace.shown(folder).starts_with("crates/causal-");
    let name = match script {
        script if script.starts_with("gpl_") => "gpl",
        _ if is_causal => "causal",
        _ => "golden",
    };
    let requirements = workspace
        .root
        .join(format!("xtask/python/{name}-requirements.txt"));
    python::environment(workspace, name, &requirements)
}

/// Runs every script of `folder` and returns the files that they wrote, by path.
fn regenerate(workspace: &Workspace, folder: &Path) -> Result<BTreeMap<String, Vec<u8>>> {
    let out = workspace.local().join("golden");
    folder::make_empty(&out)?;
    let mut names = folder::files_below(folder)?;
    names
        .retain(|path| !path.contains('/') && Path::new(path).extension().is_some_and(|found| found == "py"));
    let scripts: Vec<(PathBuf, PathBuf)> = names
        .iter()
        .map(|name| Ok((interpreter(workspace, folder, name)?, folder.join(name))))
        .collect::<Result<_>>()?;
    let step = Step::parts(
        &format!("running the scripts of {}", workspace.shown(folder)),
        scripts.len() as u64,
    );
    for (python, script) in scripts {
        // -B: no __pycache__ beside the scripts.
        let mut command = Command::new(python);
        command
            .current_dir(&workspace.root)
            .env("PYTHONPATH", workspace.root.join("crates/golden/python"))
            .arg("-B")
            .arg(&script)
            .arg("--out")
            .arg(&out);
        process::output_of(&mut command).with_context(|| format!("{} failed", workspace.shown(&script)))?;
        step.advance(1);
    }
    step.end();
    let mut made = BTreeMap::new();
    for path in folder::files_below(&out)? {
        let bytes = fs::read(out.join(&path)).with_context(|| format!("cannot read {path}"))?;
        made.insert(path, bytes);
    }
    folder::remove(&out)?;
    Ok(made)
}

/// One line for each thing in which two versions of a file differ: numbers beyond their tolerance in a golden
/// file, any byte in another.
fn compare(path: &Path, old: &[u8], new: &[u8]) -> Result<Vec<String>> {
    if path.extension().is_some_and(|found| found == "json") {
        return compare_golden(old, new);
    }
    let first = old.iter().zip(new).position(|(before, after)| before != after);
    Ok(match (first, old.len(), new.len()) {
        (Some(place), ..) => vec![format!("byte {place} differs")],
        (None, before, after) if before != after => vec![format!("{before} bytes became {after}")],
        _ => Vec::new(),
    })
}

/// One line for each thing in which the two golden files differ by more than the tolerance of the old one.
/// The date may differ.
fn compare_golden(old: &[u8], new: &[u8]) -> Result<Vec<String>> {
    let old: Value = serde_json::from_slice(old).context("the committed file is not JSON")?;
    let new: Value = serde_json::from_slice(new).context("the new file is not JSON")?;
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn file(values: &Value, date: &str, tool: &str) -> Vec<u8> {
        json!({
            "provenance": {"tool": tool, "date": date},
            "tolerance": {"rtol": 1e-3, "atol": 0.0, "reason": "a test"},
            "values": values,
        })
        .to_string()
        .into_bytes()
    }

    fn lines(old: &Value, new: &Value) -> Vec<String> {
        compare_golden(&file(old, "2026-01-01", "t"), &file(new, "2026-01-02", "t"))
            .expect("both are golden files")
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
        let found = compare_golden(&file(&json!({}), "d", "one"), &file(&json!({}), "d", "two"))
            .expect("golden files");
        assert_eq!(found, [r#"provenance.tool: "one" became "two""#]);
    }

    #[test]
    fn other_files_are_compared_byte_by_byte() {
        let lines =
            |old: &[u8], new: &[u8]| compare(Path::new("a.npy"), old, new).expect("any bytes will do");
        assert_eq!(lines(b"abc", b"abc"), [""; 0]);
        assert_eq!(lines(b"abc", b"abd"), ["byte 2 differs"]);
        assert_eq!(lines(b"abc", b"ab"), ["3 bytes became 2"]);
    }

    #[test]
    fn many_differences_are_counted() {
        let numbers = |x: f64| json!({"x": vec![x; 8]});
        let found = lines(&numbers(1.0), &numbers(2.0));
        assert_eq!(found.len(), SHOWN + 1);
        assert_eq!(found[SHOWN], "x: 3 more");
    }
}
