//! The example `osborn`: its report, its threads, and a run that takes up what an earlier one finished.

use std::fs;
use std::path::Path;
use std::process::Output;

use crate::program;

fn quick(directory: &Path, threads: &str) -> Output {
    program::example("osborn")
        .args(["--quick", "--json", "--threads", threads, "--cache"])
        .arg(directory.join("cache"))
        .arg("--report-dir")
        .arg(directory.join("report"))
        .output()
        .expect("the example starts")
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
    let stored = fs::read_to_string(report.join("osborn.json")).expect("the results beside the report");
    assert_eq!(stored, second.1);
    let index = fs::read_to_string(report.join("index.html")).expect("the report");
    for part in ["MS-LEEP", "OSBORN, as published", "data:image/png;base64,"] {
        assert!(index.contains(part), "`{part}` is not in the report");
    }
    let study = &program::json(&quick(second.0.path(), "2"))["results"]["classification"];
    assert_eq!(study["size"], 3);
    // Every group holds every score that its networks allow, and no number is left out in silence.
    let groups = study["groups"].as_array().expect("groups");
    assert!(!groups.is_empty());
    for group in groups {
        let rows = group["rows"].as_array().expect("rows");
        assert!(rows.iter().any(|row| row["score"] == "MS-LEEP"));
        for row in rows {
            let tasks = row["fine_tuned"]["tasks"].as_array().expect("targets");
            assert_eq!(tasks.len(), group["targets"].as_array().expect("targets").len());
        }
    }

    // An item that was never finished and one that was damaged since are made again, to the same bytes.
    let cache = second.0.path().join("cache");
    let mut items: Vec<_> = fs::read_dir(&cache)
        .expect("the cache")
        .map(|entry| entry.expect("an item").path())
        .collect();
    items.sort();
    fs::remove_file(&items[0]).expect("an item of the cache");
    let last = items.last().expect("an item of the cache");
    fs::write(last, b"cut short").expect("an item of the cache");
    let taken_up = quick(second.0.path(), "2");
    assert_eq!(program::stdout(&taken_up), stored);
    assert!(program::stderr(&taken_up).contains("computing it again"));
}
