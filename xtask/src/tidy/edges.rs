//! Who may depend on whom: docs/architecture.md as a table.

use super::Violation;
use super::manifests::{Dependency, Kind, Manifest};

/// Every crate of the workspace and the crates that it may depend on. A crate that is not here is refused, so
/// that each one's floor is decided on purpose.
const ALLOWED: [(&str, &[&str]); 11] = [
    // Floor 0.
    ("run-control", &[]),
    ("tensor-core", &["run-control"]),
    ("causal-graph", &["run-control"]),
    ("golden", &[]),
    // Floor 1.
    ("transferability-metrics", &["tensor-core"]),
    // Floor 2: no edge between two of these.
    ("vlm-layer-probe", &["tensor-core"]),
    ("ot-transferability", &["tensor-core", "transferability-metrics"]),
    ("hard-subset", &["tensor-core", "transferability-metrics"]),
    ("causal-order", &["run-control", "tensor-core", "causal-graph"]),
    ("scm-attribution", &["tensor-core", "causal-graph"]),
    ("counterfactual", &["tensor-core", "causal-graph"]),
];

/// The crate of test helpers, which any may depend on, in development only.
const TESTS_ONLY: &str = "golden";

/// The one crate that may name torch-sys.
const OWNS_TORCH: &str = "tensor-core";

/// Crates that must build without libtorch and so may reach nothing that needs it, except through a feature.
const WITHOUT_TORCH: [&str; 2] = ["causal-graph", "causal-order"];

/// What needs libtorch.
const NEEDS_TORCH: [&str; 4] = ["tch", "torch-sys", "tensor-core", "transferability-metrics"];

/// Back ends of LAPACK: the root package and tests choose one, a library crate never does.
const LAPACK_BACK_ENDS: [&str; 6] = [
    "openblas-src",
    "intel-mkl-src",
    "netlib-src",
    "blis-src",
    "accelerate-src",
    "blas-src",
];

/// Every edge that docs/architecture.md does not have.
pub(super) fn check(manifests: &[Manifest]) -> Vec<Violation> {
    let mut violations = Vec::new();
    for manifest in manifests {
        let is_known = ALLOWED.iter().any(|(name, _)| *name == manifest.name);
        if manifest.is_crate() && !is_known {
            violations.push(Violation::in_file(
                &manifest.path,
                format!(
                    "{} has no floor: add it to docs/architecture.md and xtask/src/tidy/edges.rs",
                    manifest.name
                ),
            ));
        }
        let complaints = manifest
            .dependencies
            .iter()
            .filter_map(|dependency| objection(manifest, dependency));
        violations.extend(complaints.map(|message| Violation::in_file(&manifest.path, message)));
    }
    violations
}

/// Why `manifest` may not have `dependency`, if it may not.
fn objection(manifest: &Manifest, dependency: &Dependency) -> Option<String> {
    let (from, to) = (manifest.name.as_str(), dependency.name.as_str());
    let in_development = dependency.kind == Kind::Development;
    if to == "torch-sys" && from != OWNS_TORCH {
        return Some(format!("only {OWNS_TORCH} may depend on torch-sys"));
    }
    if manifest.is_crate() && !in_development && LAPACK_BACK_ENDS.contains(&to) {
        return Some(format!(
            "a library crate chooses no LAPACK back end: {to} belongs into [dev-dependencies]"
        ));
    }
    let may_reach_torch = in_development || (dependency.is_optional && from != "causal-graph");
    if WITHOUT_TORCH.contains(&from) && NEEDS_TORCH.contains(&to) && !may_reach_torch {
        return Some(format!("{from} must build without libtorch, and {to} needs it"));
    }
    if to == TESTS_ONLY {
        return (!in_development).then(|| format!("{TESTS_ONLY} may stand only in [dev-dependencies]"));
    }
    let is_ours = ALLOWED.iter().any(|(name, _)| *name == to) || matches!(to, "plumbline" | "xtask");
    if !is_ours {
        return None;
    }
    let is_allowed = if manifest.is_root() {
        to != "xtask"
    } else {
        ALLOWED
            .iter()
            .any(|(name, allowed)| *name == from && allowed.contains(&to))
    };
    (!is_allowed).then(|| format!("{from} may not depend on {to}: docs/architecture.md has no such edge"))
}

#[cfg(test)]
mod tests {
    use super::super::manifests::tests::manifest;
    use super::*;

    /// The complaint about one dependency of the crate `from`.
    fn complaint(from: &str, section: &str) -> Option<String> {
        let path = match from {
            "plumbline" => "Cargo.toml".to_owned(),
            "xtask" => "xtask/Cargo.toml".to_owned(),
            name => format!("crates/{name}/Cargo.toml"),
        };
        let mut found = check(&[manifest(&path, from, section)]);
        assert!(found.len() <= 1, "{found:?}");
        found.pop().map(|violation| violation.message)
    }

    #[test]
    fn edges_that_point_down_are_allowed() {
        for (from, section) in [
            (
                "transferability-metrics",
                "[dependencies]\ntensor-core.workspace = true",
            ),
            (
                "hard-subset",
                "[dependencies]\ntransferability-metrics.workspace = true",
            ),
            ("tensor-core", "[dependencies]\ntorch-sys.workspace = true"),
            (
                "causal-order",
                "[dependencies]\ntensor-core = { workspace = true, optional = true }",
            ),
            (
                "causal-graph",
                "[dev-dependencies]\ngolden.workspace = true\nopenblas-src.workspace = true",
            ),
            (
                "plumbline",
                "[dependencies]\nhard-subset.workspace = true\ncausal-order.workspace = true",
            ),
            ("xtask", "[dependencies]\nclap.workspace = true"),
        ] {
            assert_eq!(complaint(from, section), None, "{from}");
        }
    }

    #[test]
    fn every_other_edge_is_refused() {
        for (from, section, message) in [
            (
                "tensor-core",
                "[dependencies]\ntransferability-metrics.workspace = true",
                "may not depend on",
            ),
            (
                "hard-subset",
                "[dependencies]\not-transferability.workspace = true",
                "may not depend on",
            ),
            (
                "hard-subset",
                "[dev-dependencies]\not-transferability.workspace = true",
                "may not depend on",
            ),
            (
                "vlm-layer-probe",
                "[dependencies]\ntransferability-metrics.workspace = true",
                "may not depend on",
            ),
            (
                "xtask",
                "[dependencies]\ntensor-core.workspace = true",
                "may not depend on",
            ),
            (
                "plumbline",
                "[dependencies]\nxtask.workspace = true",
                "may not depend on",
            ),
            (
                "counterfactual",
                "[dependencies]\nplumbline.workspace = true",
                "may not depend on",
            ),
            (
                "hard-subset",
                "[dependencies]\ngolden.workspace = true",
                "only in [dev-dependencies]",
            ),
            (
                "hard-subset",
                "[dependencies]\ntorch-sys.workspace = true",
                "only tensor-core may",
            ),
            (
                "plumbline",
                "[dev-dependencies]\ntorch-sys.workspace = true",
                "only tensor-core may",
            ),
            (
                "causal-order",
                "[dependencies]\ntensor-core.workspace = true",
                "must build without libtorch",
            ),
            (
                "causal-graph",
                "[dependencies]\ntch = { workspace = true, optional = true }",
                "must build without libtorch",
            ),
            (
                "causal-order",
                "[dependencies]\nopenblas-src.workspace = true",
                "chooses no LAPACK back end",
            ),
            ("new-crate", "", "has no floor"),
        ] {
            let found =
                complaint(from, section).unwrap_or_else(|| format!("{from} with {section} is accepted"));
            assert!(found.contains(message), "{found}");
        }
    }

    #[test]
    fn a_renamed_dependency_is_seen_through() {
        let section = "[dependencies]\ninnocent = { workspace = true, package = \"ot-transferability\" }";
        assert!(complaint("hard-subset", section).is_some());
    }
}
