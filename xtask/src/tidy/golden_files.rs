//! Golden files say where their numbers come from and how closely ours must agree.

use serde_json::Value;

use super::{TrackedFile, Violation};

/// What is wrong with each golden file of the crates.
pub(super) fn check(files: &[TrackedFile]) -> Vec<Violation> {
    let is_golden = |file: &&TrackedFile| {
        file.in_crate()
            .is_some_and(|(_, inside)| inside.starts_with("tests/golden/") && file.has_extension("json"))
    };
    let mut violations = Vec::new();
    for file in files.iter().filter(is_golden) {
        let complaints = match serde_json::from_str(&file.text) {
            Ok(json) => complaints(&json, files),
            Err(error) => vec![format!("not JSON: {error}")],
        };
        violations.extend(
            complaints
                .into_iter()
                .map(|message| Violation::in_file(&file.path, message)),
        );
    }
    violations
}

fn complaints(json: &Value, files: &[TrackedFile]) -> Vec<String> {
    let mut found = Vec::new();
    let text = |part: &str, key: &str| json[part][key].as_str().filter(|text| !text.trim().is_empty());
    for (part, key) in [
        ("provenance", "tool"),
        ("provenance", "version"),
        ("provenance", "script"),
        ("provenance", "date"),
        ("tolerance", "reason"),
    ] {
        if text(part, key).is_none() {
            found.push(format!("{part}.{key} is missing"));
        }
    }
    if json["provenance"].get("seed").is_none() {
        found.push("provenance.seed is missing (null where nothing is drawn)".to_owned());
    }
    if let Some(script) =
        text("provenance", "script").filter(|script| !files.iter().any(|file| file.path == *script))
    {
        found.push(format!("its script {script} is not in the repository"));
    }
    for key in ["rtol", "atol"] {
        if !json["tolerance"][key]
            .as_f64()
            .is_some_and(|tolerance| tolerance >= 0.0)
        {
            found.push(format!("tolerance.{key} is missing"));
        }
    }
    if json["values"].as_object().is_none_or(serde_json::Map::is_empty) {
        found.push("it has no values".to_owned());
    }
    found
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::tracked_files::file;
    use super::*;

    const SCRIPT: &str = "crates/a/tests/golden/x.py";

    fn good() -> Value {
        json!({
            "provenance": {"tool": "numpy", "version": "2", "script": SCRIPT, "seed": 1, "date": "2026-01-01"},
            "tolerance": {"rtol": 1e-9, "atol": 0.0, "reason": "rounding"},
            "values": {"x": 1},
        })
    }

    fn messages(json: &Value) -> Vec<String> {
        let files = [
            file(SCRIPT, ""),
            file("crates/a/tests/golden/x.json", &json.to_string()),
        ];
        check(&files)
            .into_iter()
            .map(|violation| violation.message)
            .collect()
    }

    #[test]
    fn a_complete_file_passes() {
        assert_eq!(messages(&good()), [""; 0]);
    }

    #[test]
    fn whatever_is_missing_is_named() {
        for (part, key) in [
            ("provenance", "tool"),
            ("provenance", "version"),
            ("provenance", "script"),
            ("provenance", "seed"),
            ("provenance", "date"),
            ("tolerance", "rtol"),
            ("tolerance", "atol"),
            ("tolerance", "reason"),
        ] {
            let mut json = good();
            json[part].as_object_mut().expect("an object").remove(key);
            let found = messages(&json);
            assert_eq!(found.len(), 1, "{found:?}");
            assert!(
                found[0].starts_with(&format!("{part}.{key} is missing")),
                "{found:?}"
            );
        }
        let mut json = good();
        json["values"] = json!({});
        assert_eq!(messages(&json), ["it has no values"]);
    }

    #[test]
    fn a_script_that_is_not_there_is_named() {
        let mut json = good();
        json["provenance"]["script"] = json!("gone.py");
        assert_eq!(messages(&json), ["its script gone.py is not in the repository"]);
    }

    #[test]
    fn other_json_is_left_alone() {
        assert_eq!(
            check(&[
                file("crates/a/tests/other.json", "{}"),
                file("docs/tests/golden/x.json", "{}")
            ]),
            []
        );
    }
}
