//! Rules of the source itself: what libraries may not call, how long a file may be, what no test may be.

use super::manifests::Manifest;
use super::rust_text::{code_only, is_word, test_module_files, without_tests};
use super::{TrackedFile, Violation};

/// Longest Rust file, tests included.
const MAX_LINES: usize = 600;

/// What no library calls outside its tests, and why.
const REFUSED_IN_LIBRARIES: [(&str, &str); 15] = [
    ("println!", "libraries print nothing"),
    ("eprintln!", "libraries print nothing"),
    ("print!", "libraries print nothing"),
    ("eprint!", "libraries print nothing"),
    ("dbg!", "libraries print nothing"),
    ("todo!", "nothing unfinished is kept"),
    ("unimplemented!", "nothing unfinished is kept"),
    ("process::exit", "libraries never end the program"),
    (
        ".unwrap()",
        "no input may panic: return an error, or expect(\"the invariant\")",
    ),
    (
        "manual_seed",
        "random numbers come from tensor_core::Seed, never from libtorch's generator",
    ),
    (
        "f_randn",
        "random numbers come from tensor_core::Seed, never from libtorch's generator",
    ),
    (
        "f_rand",
        "random numbers come from tensor_core::Seed, never from libtorch's generator",
    ),
    (
        "f_randperm",
        "random numbers come from tensor_core::Seed, never from libtorch's generator",
    ),
    ("set_num_threads", "libraries never set the global thread count"),
    (
        "set_num_interop_threads",
        "libraries never set the global thread count",
    ),
];

/// File names that say nothing of what is inside.
const EMPTY_NAMES: [&str; 6] = ["utils", "util", "helpers", "common", "misc", "manager"];

/// Every place that breaks a rule of the source.
pub(super) fn check(files: &[TrackedFile], manifests: &[Manifest]) -> Vec<Violation> {
    let test_files = files_of_tests(files);
    let mut violations = Vec::new();
    for file in files.iter().filter(|file| file.is_rust()) {
        violations.extend(length(file));
        violations.extend(name(file));
        let code = code_only(&file.text);
        violations.extend(ignored_tests(&file.path, &code));
        let is_library = file
            .in_crate()
            .is_some_and(|(_, inside)| inside.starts_with("src/"));
        if is_library && !test_files.contains(&file.path) {
            violations.extend(refused_calls(&file.path, &without_tests(&code)));
        }
    }
    for manifest in manifests.iter().filter(|manifest| manifest.is_crate()) {
        violations.extend(crate_root(manifest, files));
    }
    violations
}

fn length(file: &TrackedFile) -> Option<Violation> {
    let n = file.text.lines().count();
    (n > MAX_LINES).then(|| {
        Violation::in_file(
            &file.path,
            format!("{n} lines, at most {MAX_LINES}: is there a second subject inside?"),
        )
    })
}

fn name(file: &TrackedFile) -> Option<Violation> {
    let stem = file.path.rsplit('/').next()?.strip_suffix(".rs")?;
    let is_empty = EMPTY_NAMES.contains(&stem);
    is_empty.then(|| {
        Violation::in_file(
            &file.path,
            format!("`{stem}` says nothing: name the file after its subject"),
        )
    })
}

fn ignored_tests(path: &str, code: &str) -> Vec<Violation> {
    let is_ignored = |line: &str| line.contains("#[ignore");
    let lines = code.lines().enumerate().filter(|(_, line)| is_ignored(line));
    lines
        .map(|(i, _)| {
            Violation::at(
                path,
                i + 1,
                "no test is ignored: a test that never runs shows nothing",
            )
        })
        .collect()
}

fn refused_calls(path: &str, code: &str) -> Vec<Violation> {
    let mut violations = Vec::new();
    for (i, line) in code.lines().enumerate() {
        for (call, reason) in REFUSED_IN_LIBRARIES {
            if has_call(line, call) {
                violations.push(Violation::at(
                    path,
                    i + 1,
                    format!("{call} in a library: {reason}"),
                ));
            }
        }
    }
    violations
}

/// Whether `line` holds `call` as a whole word.
fn has_call(line: &str, call: &str) -> bool {
    let is_bounded = |start: usize| {
        let (before, after) = (&line[..start], &line[start + call.len()..]);
        let starts = !call.starts_with(is_word) || !before.ends_with(is_word);
        let ends = !call.ends_with(is_word) || !after.starts_with(is_word);
        starts && ends
    };
    line.match_indices(call).any(|(start, _)| is_bounded(start))
}

/// The crate forbids unsafe code and is not empty.
fn crate_root(manifest: &Manifest, files: &[TrackedFile]) -> Vec<Violation> {
    let folder = manifest.path.trim_end_matches("Cargo.toml");
    let root = format!("{folder}src/lib.rs");
    let Some(library) = files.iter().find(|file| file.path == root) else {
        return vec![Violation::in_file(&manifest.path, "the crate has no src/lib.rs")];
    };
    let mut violations = Vec::new();
    if !code_only(&library.text).contains("#![forbid(unsafe_code)]") {
        violations.push(Violation::in_file(&root, "#![forbid(unsafe_code)] is missing"));
    }
    let source = format!("{folder}src/");
    let in_source = files.iter().filter(|file| file.path.starts_with(&source));
    let has_public = |file: &TrackedFile| {
        let code = without_tests(&code_only(&file.text));
        code.lines()
            .any(|line| line.trim_start().starts_with("pub ") && !line.trim_start().starts_with("pub mod "))
    };
    if !in_source.into_iter().any(has_public) {
        violations.push(Violation::in_file(
            &manifest.path,
            "the crate is empty: create it when its content comes",
        ));
    }
    violations
}

/// Files that a `#[cfg(test)] mod name;` makes part of the tests.
fn files_of_tests(files: &[TrackedFile]) -> Vec<String> {
    let mut paths = Vec::new();
    for file in files.iter().filter(|file| file.is_rust()) {
        let Some((folder, name)) = file.path.rsplit_once('/') else {
            continue;
        };
        let stem = name.trim_end_matches(".rs");
        let home = if matches!(stem, "lib" | "main" | "mod") {
            folder.to_owned()
        } else {
            format!("{folder}/{stem}")
        };
        for module in test_module_files(&code_only(&file.text)) {
            paths.push(format!("{home}/{module}.rs"));
            paths.push(format!("{home}/{module}/mod.rs"));
        }
    }
    paths
}

#[cfg(test)]
mod tests {
    use super::super::manifests::tests::manifest;
    use super::super::tracked_files::file;
    use super::*;

    fn messages(path: &str, text: &str) -> Vec<String> {
        check(&[file(path, text)], &[])
            .iter()
            .map(ToString::to_string)
            .collect()
    }

    #[test]
    fn every_refused_call_is_found_with_its_line() {
        for (call, _) in REFUSED_IN_LIBRARIES {
            let receiver = if call.starts_with('.') { "x" } else { "" };
            let text = format!(
                "fn f() {{
    {receiver}{call}
}}
"
            );
            let found = messages("crates/a/src/b.rs", &text);
            assert_eq!(found.len(), 1, "{call}: {found:?}");
            assert!(
                found[0].starts_with(&format!("crates/a/src/b.rs:2: {call} in a library: ")),
                "{found:?}"
            );
        }
    }

    #[test]
    fn tests_comments_strings_and_other_programs_may_hold_them() {
        let in_tests = "fn f() {}\n#[cfg(test)]\nmod tests {\n    fn g() { x.unwrap(); println!(); }\n}\n";
        assert_eq!(messages("crates/a/src/b.rs", in_tests), [""; 0]);
        assert_eq!(
            messages("crates/a/src/b.rs", "/// x.unwrap()\nfn f() { g(\"dbg!\") }\n"),
            [""; 0]
        );
        assert_eq!(
            messages("crates/a/tests/it/main.rs", "fn f() { x.unwrap(); }\n"),
            [""; 0]
        );
        assert_eq!(messages("xtask/src/main.rs", "fn f() { println!(); }\n"), [""; 0]);
    }

    #[test]
    fn code_after_a_test_module_still_counts() {
        let text = "#[cfg(test)]\nmod tests { }\nfn f() { x.unwrap(); }\n";
        assert_eq!(messages("crates/a/src/b.rs", text).len(), 1);
    }

    #[test]
    fn a_test_module_in_a_file_of_its_own_is_a_test() {
        let files = [
            file("crates/a/src/b.rs", "#[cfg(test)]\nmod tests;\n"),
            file("crates/a/src/b/tests.rs", "fn f() { x.unwrap(); }\n"),
        ];
        assert_eq!(check(&files, &[]), []);
    }

    #[test]
    fn part_of_a_longer_name_is_no_call() {
        assert_eq!(
            messages(
                "crates/a/src/b.rs",
                "fn f() { my_print!(); x.unwrap_or(1); f_randomise(); }\n"
            ),
            [""; 0]
        );
    }

    #[test]
    fn a_long_file_is_refused_anywhere() {
        assert_eq!(messages("xtask/src/b.rs", &"\n".repeat(MAX_LINES)), [""; 0]);
        assert_eq!(messages("xtask/src/b.rs", &"\n".repeat(MAX_LINES + 1)).len(), 1);
    }

    #[test]
    fn an_empty_name_and_an_ignored_test_are_refused() {
        assert_eq!(messages("examples/support/utils.rs", "").len(), 1);
        assert_eq!(
            messages("tests/it/a.rs", "#[test]\n#[ignore = \"slow\"]\nfn f() {}\n").len(),
            1
        );
    }

    #[test]
    fn a_crate_forbids_unsafe_code_and_holds_something() {
        let manifests = [manifest("crates/a/Cargo.toml", "a", "")];
        let messages = |text: &str| check(&[file("crates/a/src/lib.rs", text)], &manifests);
        assert_eq!(messages("#![forbid(unsafe_code)]\npub fn f() {}\n"), []);
        assert_eq!(messages("// #![forbid(unsafe_code)]\npub fn f() {}\n").len(), 1);
        assert_eq!(
            messages("#![forbid(unsafe_code)]\n//! Docs.\npub mod a;\n").len(),
            1
        );
        assert_eq!(check(&[], &manifests).len(), 1);
    }
}
