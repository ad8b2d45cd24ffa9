//! The algorithms by name.

use clap::ValueEnum;

/// How a graph is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Algorithm {
    /// PC as first published: depends on the order of the columns
    Pc,
    /// PC whose skeleton does not depend on the order of the columns
    PcStable,
    /// Hill climbing over DAGs
    Hc,
    /// Tabu search over DAGs
    Tabu,
    /// Greedy equivalence search
    Ges,
    /// Search over orders
    OrderSearch,
    /// The best graph of all, up to 25 columns
    Exact,
    /// Samples of orders and graphs from their posterior
    OrderMcmc,
    /// DirectLiNGAM: linear, not Gaussian
    DirectLingam,
    /// LiNGAM by independent components
    IcaLingam,
    /// Score matching: additive noise
    Score,
    /// NOTEARS: linear, continuous optimisation
    Notears,
    /// DAGMA: linear, continuous optimisation
    Dagma,
}

impl Algorithm {
    /// As the command line has it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Pc => "pc",
            Self::PcStable => "pc-stable",
            Self::Hc => "hc",
            Self::Tabu => "tabu",
            Self::Ges => "ges",
            Self::OrderSearch => "order-search",
            Self::Exact => "exact",
            Self::OrderMcmc => "order-mcmc",
            Self::DirectLingam => "direct-lingam",
            Self::IcaLingam => "ica-lingam",
            Self::Score => "score",
            Self::Notears => "notears",
            Self::Dagma => "dagma",
        }
    }

    /// Whether it asks a test.
    pub(crate) fn tests(self) -> bool {
        matches!(self, Self::Pc | Self::PcStable)
    }

    /// Whether it maximises a score that can be chosen.
    pub(crate) fn scores(self) -> bool {
        matches!(
            self,
            Self::Hc | Self::Tabu | Self::Ges | Self::OrderSearch | Self::Exact | Self::OrderMcmc
        )
    }

    /// Whether it is for numbers alone.
    pub(crate) fn is_continuous(self) -> bool {
        !self.tests() && !self.scores()
    }

    /// Whether it heeds what is known before.
    pub(crate) fn takes_knowledge(self) -> bool {
        !matches!(self, Self::IcaLingam | Self::Score | Self::Notears | Self::Dagma)
    }
}
