//! The study of the example `hard_subset`: its report, its threads, and a run that takes up what an earlier one finished.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use serde_json::Value;

use crate::program;

fn quick(directory: &Path, threads: &str) -> Output {
    program::example("hard_subset")
        .args(["--quick", "--json", "--threads", threads, "--cache"])
        .arg(directory.join("cache"))
        .arg("--report-dir")
        .arg(directory.join("report"))
        .output()
        .expect("the example starts")
}

/// The items of the cache of one kind, sorted.
fn items(directory: &Path, kind: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory.join("cache")).expect("the cache");
    let paths = entries.map(|entry| entry.expect("an item").path());
    let is_of_kind = |path: &PathBuf| {
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        name.rsplit_once('-').is_some_and(|(before, _)| before == kind)
    };
    let mut items: Vec<PathBuf> = paths.filter(is_of_kind).collect();
    items.sort();
    items
}

#[test]
fn the_study_prints_the_same_bytes_with_one_and_two_threads_and_when_it_is_taken_up() {
    let [first, second] = ["1", "2"].map(|threads| {
        let directory = tempfile::tempdir().expect("a temporary folder");
        let printed = program::stdout(&quick(directory.path(), threads));
        (directory, printed)
    });
    assert_eq!(first.1, second.1, "one and two threads differ");

    let report = second.0.path().join("report");
    let stored = fs::read_to_string(report.join("hard_subset.json")).expect("the results beside the report");
    assert_eq!(stored, second.1);
    let index = fs::read_to_string(report.join("index.html")).expect("the report");
    for part in [
        "cs-gram",
        "easy, ca-topk",
        "random",
        "data:image/png;base64,",
        "<svg",
    ] {
        assert!(index.contains(part), "`{part}` is not in the report");
    }
    let printed: Value = serde_json::from_str(&second.1).expect("one JSON object");
    let groups = printed["results"]["classification"]["groups"]
        .as_array()
        .expect("groups");
    assert!(!groups.is_empty());
    groups.iter().for_each(every_cell_has_its_controls);

    // Items that were never finished, and some that were damaged since, are made again, to the same bytes.
    for kind in ["hard-subset", "hard-subset-shared"] {
        let items = items(second.0.path(), kind);
        assert!(items.len() >= 2, "{kind}: {} items", items.len());
        fs::remove_file(&items[0]).expect("an item of the cache");
        fs::write(&items[1], b"cut short").expect("an item of the cache");
    }
    let taken_up = quick(second.0.path(), "2");
    assert_eq!(program::stdout(&taken_up), stored);
    assert!(program::stderr(&taken_up).contains("computing it again"));
}

/// No subset without the whole sample and random subsets beside it, and no number left out in silence.
fn every_cell_has_its_controls(group: &Value) {
    let targets = group["targets"].as_array().expect("targets");
    let metrics = group["metrics"].as_array().expect("metrics");
    let names: Vec<_> = metrics.iter().map(|metric| metric["metric"].as_str()).collect();
    for expected in ["leep", "nce", "logme", "gbc", "hscore-reg"] {
        assert!(names.contains(&Some(expected)), "no {expected}");
    }
    for metric in metrics {
        let subsets = metric["subsets"].as_array().expect("subsets");
        for side in ["hard", "easy"] {
            assert!(
                subsets.iter().any(|subset| subset["side"] == side),
                "none is {side}"
            );
        }
        // A transport problem for each subset that is shared would take too long.
        let is_transport = metric["metric"] == "ot-nce";
        let scopes: &[&str] = if is_transport {
            &["per-model"]
        } else {
            &["per-model", "shared"]
        };
        for scope in scopes {
            assert!(
                subsets.iter().any(|subset| subset["scope"] == *scope),
                "none is {scope}"
            );
        }
        for subset in subsets {
            let chance = &subset["fine_tuned"]["chance"];
            assert!(chance["n_draws"].as_u64() >= Some(2), "{subset}");
            assert_eq!(
                subset["by_target"].as_array().expect("targets").len(),
                targets.len()
            );
        }
    }
}
