//! The hardnesses by name, and the files that each is computed from.

use clap::ValueEnum;
use serde::Serialize;
use transferability_metrics::{Metric, Requirement};

use super::ScoreArguments;
use super::hardness::KernelName;

/// What makes a target sample hard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum HardnessMethod {
    /// Little similarity to the source samples, in the mean
    CaMean,
    /// Little similarity to the most similar source samples
    CaTopk,
    /// Little similarity to the source samples of the class that the network sees
    CsProto,
    /// As cs-proto, each source class with its probability
    CsProtoSoft,
    /// Channels that go together otherwise than in source samples of the class that the network sees
    CsGram,
    /// Entropy of the probabilities
    Entropy,
    /// Little difference between the two greatest probabilities
    Margin,
    /// Free energy of the logits
    Energy,
    /// Loss of LEEP's predictor at the sample's label
    Eep,
    /// Drawn at random: a control
    Random,
    /// The reverse of ca-mean: a control
    Easy,
    /// Read from a file
    File,
}

impl HardnessMethod {
    /// The name on the command line.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::CaMean => "ca-mean",
            Self::CaTopk => "ca-topk",
            Self::CsProto => "cs-proto",
            Self::CsProtoSoft => "cs-proto-soft",
            Self::CsGram => "cs-gram",
            Self::Entropy => "entropy",
            Self::Margin => "margin",
            Self::Energy => "energy",
            Self::Eep => "eep",
            Self::Random => "random",
            Self::Easy => "easy",
            Self::File => "file",
        }
    }

    fn takes_classifier(self) -> bool {
        matches!(
            self,
            Self::CaMean | Self::CsProto | Self::CsProtoSoft | Self::Easy
        )
    }

    fn takes_kernel(self) -> bool {
        matches!(self, Self::CaMean | Self::CaTopk | Self::Easy)
    }

    fn takes_centre(self) -> bool {
        self.takes_kernel() || matches!(self, Self::CsProto | Self::CsProtoSoft)
    }
}

impl ScoreArguments {
    /// Which argument the metric lacks, if any.
    pub(super) fn missing_for_metric(&self, metric: &dyn Metric) -> Option<String> {
        let name = metric.name();
        match metric.requires() {
            Requirement::Features if self.features.is_none() && self.target_acts.is_empty() => Some(format!(
                "metric `{name}` is computed from --features F.npy or --target-acts T.npy: both are missing"
            )),
            Requirement::Probabilities if self.probs.is_none() => Some(format!(
                "metric `{name}` is computed from --probs P.npy: it is missing"
            )),
            _ => None,
        }
    }

    /// Which argument the hardness lacks or does not take, if any.
    pub(super) fn fault_of_hardness(&self) -> Option<String> {
        let name = self.hardness.name();
        let missing: Vec<&str> = self
            .required_files()
            .into_iter()
            .filter_map(|(is_given, argument)| (!is_given).then_some(argument))
            .collect();
        if let [argument] = missing[..] {
            return Some(format!(
                "hardness `{name}` is computed from {argument}: it is missing"
            ));
        }
        if !missing.is_empty() {
            let arguments = missing.join(", ");
            return Some(format!(
                "hardness `{name}` is computed from {arguments}: they are missing"
            ));
        }
        if self.classifier.is_some() && !self.hardness.takes_classifier() {
            return Some(format!(
                "--classifier stands in for source samples with ca-mean, easy, cs-proto and cs-proto-soft, not with {name}"
            ));
        }
        if self.kernel != KernelName::Cosine && !self.hardness.takes_kernel() {
            return Some(format!(
                "--kernel is for ca-mean, ca-topk and easy, not for {name}"
            ));
        }
        if self.kernel != KernelName::Cosine && self.classifier.is_some() {
            return Some("--classifier is for the cosine kernel".to_owned());
        }
        if self.bandwidth.is_some() != (self.kernel == KernelName::Rbf) {
            return Some("--bandwidth and --kernel rbf belong together: one is missing".to_owned());
        }
        if self.centre && (!self.hardness.takes_centre() || self.classifier.is_some()) {
            return Some(
                "--centre is for ca-mean, ca-topk, easy, cs-proto and cs-proto-soft with --source-acts"
                    .to_owned(),
            );
        }
        let (n_source, n_target) = (self.source_acts.len(), self.target_acts.len());
        if n_source != n_target && n_source > 0 && n_target > 0 {
            return Some(format!(
                "--source-acts is given {n_source} times and --target-acts {n_target} times: expected one of each for a layer"
            ));
        }
        (self.classifier.is_some() && n_target > 1).then(|| {
            format!(
                "--target-acts is given {n_target} times: expected the layer that the classifier reads alone"
            )
        })
    }

    /// What the hardness is computed from, and whether it is given.
    fn required_files(&self) -> Vec<(bool, &'static str)> {
        use HardnessMethod::{
            CaMean, CaTopk, CsGram, CsProto, CsProtoSoft, Easy, Eep, Energy, Entropy, File, Margin, Random,
        };
        let source = (
            !self.source_acts.is_empty() || self.classifier.is_some(),
            "--source-acts S.npy",
        );
        let source_classes = (
            self.source_preds.is_some() || self.classifier.is_some(),
            "--source-preds z.npy",
        );
        let target = (!self.target_acts.is_empty(), "--target-acts T.npy");
        let probabilities = (self.probs.is_some(), "--probs P.npy");
        match self.hardness {
            CaMean | CaTopk | Easy => vec![source, target],
            CsProto | CsProtoSoft | CsGram => vec![source, source_classes, target, probabilities],
            Entropy | Margin | Eep => vec![probabilities],
            Energy => vec![(self.logits.is_some() || self.probs.is_some(), "--logits Z.npy")],
            File => vec![(self.hardness_file.is_some(), "--hardness-file H.npy")],
            Random => Vec::new(),
        }
    }
}
