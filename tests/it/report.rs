//! The demonstration's report, and runs that take up what an earlier run finished.

use std::fs;
use std::path::Path;

use crate::program;

fn quick(report: &Path) -> std::process::Output {
    let mut command = program::transferability();
    command
        .args(["--quick", "--json", "--threads", "2", "--report-dir"])
        .arg(report);
    command.output().expect("the example starts")
}

#[test]
fn the_report_stands_alone_and_a_later_run_takes_up_what_is_finished() {
    let directory = tempfile::tempdir().expect("a temporary folder");
    let report = directory.path().join("report");
    let first = quick(&report);
    let json = program::stdout(&first);
    assert!(
        program::stderr(&first).contains("index.html"),
        "{}",
        program::stderr(&first)
    );

    let stored =
        fs::read_to_string(report.join("transferability.json")).expect("the results beside the report");
    assert_eq!(stored, json);
    let index = fs::read_to_string(report.join("index.html")).expect("the report");
    for part in [
        "<svg",
        "data:image/png;base64,",
        "<table",
        "MNIST",
        "Fashion-MNIST",
    ] {
        assert!(index.contains(part), "`{part}` is not in the report");
    }
    // Everything is inline: nothing is fetched when the page opens.
    for reference in ["src=\"http", "href=\"http", "url(", "<link", "<script", "@import"] {
        assert!(!index.contains(reference), "`{reference}` is in the report");
    }

    // A section that another example wrote, an item that was never finished, and one that was damaged since.
    let section = "<!-- {\"id\":\"other\",\"title\":\"Another method\"} -->\n<p>of another example</p>\n";
    fs::write(report.join("sections").join("50-other.html"), section)
        .expect("the test's own folder is writable");
    let items = cached_items(&report);
    assert!(items.len() > 2, "{items:?}");
    fs::remove_file(&items[0]).expect("an item of the cache");
    fs::write(&items[1], b"cut short").expect("an item of the cache");

    let second = quick(&report);
    assert_eq!(program::stdout(&second), json);
    assert!(
        program::stderr(&second).contains("computing it again"),
        "{}",
        program::stderr(&second)
    );
    assert_eq!(cached_items(&report), items);
    let index = fs::read_to_string(report.join("index.html")).expect("the report");
    let order = [
        "<h2>Transferability metrics</h2>",
        "<h2>Another method</h2>",
        "<p>of another example</p>",
    ]
    .map(|part| index.find(part).expect("every section is in the index"));
    assert!(order.is_sorted());

    let broken = report.join("sections").join("90-broken.html");
    fs::write(&broken, "<p>no first line</p>").expect("the test's own folder is writable");
    let third = quick(&report);
    assert_eq!(third.status.code(), Some(1));
    assert!(
        program::stderr(&third).contains("90-broken.html: expected a first line"),
        "{}",
        program::stderr(&third)
    );
}

fn cached_items(report: &Path) -> Vec<std::path::PathBuf> {
    let entries = fs::read_dir(report.join("cache")).expect("the cache beside the report");
    let mut paths: Vec<_> = entries
        .map(|entry| entry.expect("a readable folder").path())
        .collect();
    paths.sort();
    paths
}
