//! What is compared, and what is aimed at.

use std::fmt;

use serde::Serialize;

/// The sizes of a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Scale {
    /// The sizes that the targets are set for.
    Full,
    /// A tenth of the least size of each case: shows that everything works.
    Quick,
}

impl Scale {
    /// As the scripts call it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Quick => "quick",
        }
    }
}

/// What we may take.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Target {
    /// At most this share of the peer's CPU time.
    Share(f64),
    /// At most this many CPU seconds.
    Seconds(f64),
    /// At most this many megabytes (10^6 bytes) resident at once, by the whole process.
    Megabytes(f64),
    /// At most this many megabytes (10^6 bytes) beyond the inputs.
    AddedMegabytes(f64),
    /// Anything: the figures are only shown.
    None,
}

/// Whose program a case is compared with.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rival<T> {
    /// The script of the peers.
    Peer(T),
    /// Our own: another way to the same end.
    Ours(T),
}

/// A comparison: what we run, what the peer runs, at which sizes, and what is aimed at.
pub(super) struct Case {
    /// The case of our side.
    ours: &'static str,
    /// The case it is compared with, unless we run alone.
    rival: Option<Rival<&'static str>>,
    /// The sizes of the full scale, ascending; none for a case that has its own.
    sizes: &'static [usize],
    target: Target,
    /// Whether it takes minutes and gigabytes.
    pub(super) slow: bool,
}

/// A case at one size, as the two programs are asked for it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Run {
    pub(super) ours: String,
    pub(super) rival: Option<Rival<String>>,
    pub(super) target: Target,
}

pub(super) const METRICS: &[Case] = &[
    Case::new("logme", "logme", &[], Target::Share(0.35)),
    Case::new("logme-fixed-point", "logme-fixed-point", &[], Target::Share(0.35)),
    Case::new("logme-converged", "logme-fixed-point", &[], Target::Share(0.35)),
    Case::new("hscore", "hscore", &[], Target::Share(0.2)),
    Case::new("hscore-reg", "hscore-reg", &[], Target::Share(0.06)),
    Case::new("transrate", "transrate", &[], Target::Share(0.05)),
    Case::new("leep", "leep", &[], Target::Share(0.6)),
    Case::new("nce", "nce", &[], Target::Share(0.3)),
];

/// Points on either side.
const POINTS: &[usize] = &[1000, 2000, 5000];

pub(super) const OT: &[Case] = &[
    Case::new(
        "exact-gaussian-weighted",
        "emd2-gaussian-weighted",
        POINTS,
        Target::Share(0.7),
    ),
    Case::new(
        "exact-clustered-weighted",
        "emd2-clustered-weighted",
        POINTS,
        Target::Share(0.7),
    ),
    Case::new(
        "exact-gaussian-uniform",
        "emd2-gaussian-uniform",
        POINTS,
        Target::Share(0.4),
    ),
    Case::new(
        "exact-clustered-uniform",
        "emd2-clustered-uniform",
        POINTS,
        Target::Share(0.4),
    ),
    Case::new(
        "exact-gaussian-uniform",
        "assignment-gaussian",
        POINTS,
        Target::Share(1.0),
    ),
    Case::new(
        "exact-clustered-uniform",
        "assignment-clustered",
        POINTS,
        Target::Share(1.0),
    ),
    Case::new("sinkhorn-log", "sinkhorn-log", POINTS, Target::Share(0.06)),
    Case::new(
        "sinkhorn-stabilized",
        "sinkhorn-knopp",
        POINTS,
        Target::Share(1.0),
    ),
    Case::new("small-epsilon", "small-epsilon", &[1000], Target::None),
    Case::new("online-small", "sinkhorn-lazy", &[2000], Target::None),
    Case::alone("online", &[20_000], Target::Megabytes(400.0)),
    Case::new("unbalanced", "unbalanced", &[2000], Target::None),
    Case::new("frobenius", "frobenius", &[1000], Target::None),
    Case::new("sliced", "sliced", &[5000], Target::None),
    Case::new("one-dimensional", "one-dimensional", &[5000], Target::None),
    Case::new("bures", "bures", &[5000], Target::None),
    Case::alone("select-greedy", &[100], Target::Seconds(1.0)),
    Case::alone("select-exhaustive", &[100], Target::Seconds(1.0)),
    Case::alone("exact-memory", &[10_000], Target::Megabytes(3000.0)).slow(),
];

pub(super) const HARD_SUBSET: &[Case] = &[
    Case::new("top-k", "top-k", &[], Target::Share(1.0)),
    Case::alone("top-k-memory", &[], Target::AddedMegabytes(16.0)),
    Case::new("mean", "mean", &[], Target::Share(1.0)),
    Case::new("gram", "gram", &[], Target::Share(0.5)),
    Case::new("gram", "gram-associative", &[], Target::None),
    Case::new("half-logme", "half-logme", &[], Target::Share(0.4)),
    Case::new("half-hscore", "half-hscore", &[], Target::Share(0.3)),
    Case::new("half-hscore-reg", "half-hscore-reg", &[], Target::Share(0.1)),
    Case::new("half-transrate", "half-transrate", &[], Target::Share(0.05)),
    Case::new("half-leep", "half-leep", &[], Target::Share(1.0)),
    Case::new("half-nce", "half-nce", &[], Target::Share(1.0)),
    Case::own("sweep", "full-evaluation", Target::Share(2.0)),
    Case::alone("stream", &[100_000, 1_000_000], Target::AddedMegabytes(100.0)),
];

/// PC, searches and LiNGAM. Sizes are variables, but rows of the network alarm (37 variables) where tables are
/// discrete. Scores and graphs of the two sides stand in the table.
pub(super) const CAUSAL: &[Case] = &[
    Case::new(
        "pc-fisher-z-1000",
        "causal-learn-pc-fisher-z-1000",
        VARIABLES,
        Target::Share(0.02),
    ),
    Case::new(
        "pc-fisher-z-1000",
        "bnlearn-pc-fisher-z-1000",
        VARIABLES,
        Target::Share(0.1),
    ),
    Case::new(
        "pc-fisher-z-10000",
        "causal-learn-pc-fisher-z-10000",
        VARIABLES,
        Target::Share(0.02),
    ),
    Case::new(
        "pc-fisher-z-10000",
        "bnlearn-pc-fisher-z-10000",
        VARIABLES,
        Target::Share(0.1),
    ),
    Case::new("pc-chi2", "causal-learn-pc-chi2", ROWS, Target::Share(1.0 / 12.0)),
    Case::new("pc-chi2", "bnlearn-pc-chi2", ROWS, Target::Share(1.0 / 1.5)),
    Case::new("pc-g2", "causal-learn-pc-g2", ROWS, Target::Share(1.0 / 12.0)),
    Case::new("hc", "bnlearn-hc", ROWS, Target::Share(0.4)),
    Case::new("hc", "pyagrum-hc", ROWS, Target::Share(1.0 / 1.5)),
    Case::new("hc", "pgmpy-hc", ROWS, Target::Share(0.025)),
    Case::new("tabu", "bnlearn-tabu", ROWS, Target::Share(0.4)),
    Case::new("tabu", "pyagrum-tabu", ROWS, Target::Share(1.0 / 1.5)),
    Case::new(
        "hc-gaussian",
        "bnlearn-hc-gaussian",
        VARIABLES,
        Target::Share(0.4),
    ),
    Case::alone("hc-gaussian", &[500], Target::Seconds(60.0)),
    Case::new(
        "order-search",
        "causal-learn-boss",
        VARIABLES,
        Target::Share(1.0 / 30.0),
    ),
    // The aim beyond the target: as fast as the fastest peer, which is Rust too.
    Case::new("order-search", "flopsearch", VARIABLES, Target::Share(1.0)),
    Case::alone("exact", &[20], Target::Seconds(60.0)),
    Case::alone("exact", &[20], Target::Megabytes(2000.0)),
    Case::new("direct-lingam", "direct-lingam", VARIABLES, Target::Share(0.05)),
    Case::new("ica-lingam", "ica-lingam", VARIABLES, Target::None),
    Case::new("notears", "notears", &[50], Target::Share(0.5)),
    Case::alone("pc-sparse", &[1000], Target::Seconds(60.0)),
    Case::alone("read-munin", &[], Target::Seconds(0.3)),
    Case::alone("distances", &[1000], Target::Seconds(1.0)),
    Case::alone("intervention-distance", &[200], Target::Seconds(5.0)),
    // A hundred thousand moves.
    Case::alone("order-mcmc", &[], Target::Seconds(1.0)),
];

/// Variables of linear models.
const VARIABLES: &[usize] = &[50, 100];

/// Rows of alarm.
const ROWS: &[usize] = &[1000, 5000, 10_000];

impl<T> Rival<T> {
    fn map<U>(&self, name: impl FnOnce(&T) -> U) -> Rival<U> {
        match self {
            Self::Peer(case) => Rival::Peer(name(case)),
            Self::Ours(case) => Rival::Ours(name(case)),
        }
    }
}

impl fmt::Display for Rival<String> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Peer(case) => f.write_str(case),
            Self::Ours(case) => write!(f, "our {case}"),
        }
    }
}

impl Case {
    const fn new(ours: &'static str, peer: &'static str, sizes: &'static [usize], target: Target) -> Self {
        Self {
            ours,
            rival: Some(Rival::Peer(peer)),
            sizes,
            target,
            slow: false,
        }
    }

    const fn alone(ours: &'static str, sizes: &'static [usize], target: Target) -> Self {
        Self {
            ours,
            rival: None,
            sizes,
            target,
            slow: false,
        }
    }

    /// Against another case of our own.
    const fn own(ours: &'static str, other: &'static str, target: Target) -> Self {
        Self {
            ours,
            rival: Some(Rival::Ours(other)),
            sizes: &[],
            target,
            slow: false,
        }
    }

    const fn slow(self) -> Self {
        Self { slow: true, ..self }
    }

    /// The case at each of its sizes, which the names then end in.
    pub(super) fn runs(&self, scale: Scale) -> Vec<Run> {
        let run = |size: Option<usize>| {
            let name = |case: &&str| size.map_or((*case).to_owned(), |size| format!("{case}-{size}"));
            Run {
                ours: name(&self.ours),
                rival: self.rival.as_ref().map(|rival| rival.map(name)),
                target: self.target,
            }
        };
        match (scale, self.sizes) {
            (_, []) => vec![run(None)],
            (Scale::Full, sizes) => sizes.iter().map(|&size| run(Some(size))).collect(),
            (Scale::Quick, [least, ..]) => vec![run(Some(least / 10))],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_end_in_the_size() {
        let names = |scale| -> Vec<String> {
            let runs = OT[0].runs(scale).into_iter();
            runs.map(|run| {
                let rival = run.rival.map(|rival| rival.to_string());
                format!("{} {}", run.ours, rival.unwrap_or_default())
            })
            .collect()
        };
        let full = names(Scale::Full);
        assert_eq!(full.len(), 3);
        assert_eq!(
            full[2],
            "exact-gaussian-weighted-5000 emd2-gaussian-weighted-5000"
        );
        assert_eq!(
            names(Scale::Quick),
            ["exact-gaussian-weighted-100 emd2-gaussian-weighted-100"]
        );
        assert_eq!(METRICS[0].runs(Scale::Quick)[0].ours, "logme");
    }

    #[test]
    fn every_target_can_be_met_and_missed() {
        for case in METRICS.iter().chain(OT).chain(HARD_SUBSET).chain(CAUSAL) {
            match case.target {
                Target::Share(share) => {
                    assert!(share > 0.0 && case.rival.is_some(), "{}", case.ours);
                }
                Target::Seconds(limit) | Target::Megabytes(limit) | Target::AddedMegabytes(limit) => {
                    assert!(limit > 0.0, "{}", case.ours);
                }
                Target::None => assert!(case.rival.is_some(), "{}: neither peer nor limit", case.ours),
            }
        }
    }
}
