//! Scores of ensembles, their truth and their evaluation against loops in Python.

use golden::Golden;
use ndarray::Array2;
use ot_transferability::{
    AveragedPredictions, Cohesion, ConditionalEntropy, Direction, DomainDistance, ENSEMBLE_METHODS,
    EnsembleMethod, Ensembles, JointSource, Member, MemberInputs, Osborn, Pairing, Pool, SourceSample,
    TaskDifference, TermScaling, ensemble_agreement, standardized_osborn,
};
use tensor_core::{Tensor, convert};
use transferability_metrics::{Features, Labels, Probabilities};

type Outcome<T = ()> = Result<T, Box<dyn std::error::Error>>;

const N_MEMBERS: usize = 5;
const SIZE: usize = 3;

fn golden() -> Golden {
    Golden::load(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/golden/ensembles.json"
    ))
    .expect("the file is there")
}

fn matrix(golden: &Golden, name: &str) -> Outcome<Tensor> {
    let (shape, values) = golden.array(name)?;
    let array = Array2::from_shape_vec((shape[0], shape[1]), values)?;
    Ok(convert::tensor_from_array(array.view())?)
}

fn pool(golden: &Golden) -> Outcome<Pool> {
    let labels = Labels::new(&golden.integers("labels")?)?;
    let members = (0..N_MEMBERS)
        .map(|member| -> Outcome<Member> {
            let part = |part: &str| format!("member{member}.{part}");
            let source = Features::new(matrix(golden, &part("source"))?)?;
            let source_labels = Labels::new(&golden.integers(&part("source_labels"))?)?;
            let inputs = MemberInputs {
                name: part(""),
                source: Some(SourceSample::new(&source, source_labels)?),
                target_features: Some(Features::new(matrix(golden, &part("target"))?)?),
                target_probabilities: Some(Probabilities::new(matrix(golden, &part("probabilities"))?)?),
            };
            Ok(inputs.member(&labels, &DomainDistance::default())?)
        })
        .collect::<Outcome<Vec<_>>>()?;
    Ok(Pool::new(labels, members)?)
}

/// The name of a unit variant in JSON.
fn name(value: &impl serde::Serialize) -> Outcome<String> {
    Ok(serde_json::to_value(value)?
        .as_str()
        .expect("a unit variant")
        .to_owned())
}

const FORMS: [ConditionalEntropy; 3] = [
    ConditionalEntropy::PlugIn,
    ConditionalEntropy::MillerMadow,
    ConditionalEntropy::PerLogClasses,
];

#[test]
fn differences_of_domain_and_task() -> Outcome {
    let golden = golden();
    let pool = pool(&golden)?;
    let domain: Vec<f64> = pool
        .members()
        .iter()
        .filter_map(Member::domain_difference)
        .collect();
    golden.assert_array("domain", &domain);
    for source in [
        JointSource::Coupling,
        JointSource::HardPredictions,
        JointSource::SoftPredictions,
    ] {
        for direction in [Direction::PredGivenTrue, Direction::TrueGivenPred] {
            for entropy in FORMS {
                let task = TaskDifference {
                    source,
                    direction,
                    entropy,
                };
                let of = |member| task.of(member, &pool);
                let values = pool.members().iter().map(of).collect::<Result<Vec<f64>, _>>()?;
                let key = format!(
                    "task.{}.{}.{}",
                    name(&source)?,
                    name(&direction)?,
                    name(&entropy)?
                );
                golden.assert_array(&key, &values);
            }
        }
    }
    Ok(())
}

#[test]
fn entropies_between_members() -> Outcome {
    let golden = golden();
    let pool = pool(&golden)?;
    for form in FORMS {
        let table = pool.pair_table(form)?;
        let pairs = (0..N_MEMBERS).flat_map(|a| (0..N_MEMBERS).map(move |b| (a, b)));
        let entropies: Vec<f64> = pairs.map(|(a, b)| table.conditional_entropy(a, b)).collect();
        golden.assert_array(&format!("conditional_entropy.{}", name(&form)?), &entropies);
    }
    Ok(())
}

#[test]
fn osborn_in_its_variants() -> Outcome {
    let golden = golden();
    let pool = pool(&golden)?;
    let ensembles = Ensembles::all(N_MEMBERS, SIZE, 10)?;
    for scaling in [TermScaling::None, TermScaling::Scale, TermScaling::ZScore] {
        let osborn = Osborn {
            scaling,
            ..Osborn::paper()
        }
        .on(&pool)?;
        golden.assert_array(
            &format!("osborn.paper.{}", name(&scaling)?),
            &ensembles.scores(&osborn)?,
        );
    }
    let weighted = Osborn {
        domain_weight: 2.0,
        task_weight: 0.5,
        cohesion_weight: -0.25,
        ..Osborn::otce()
    };
    golden.assert_array("osborn.otce.weighted", &ensembles.scores(&weighted.on(&pool)?)?);
    let unordered = Osborn {
        cohesion: Cohesion {
            pairing: Pairing::Unordered,
            ..Cohesion::default()
        },
        scaling: TermScaling::None,
        ..Osborn::nce()
    };
    golden.assert_array("osborn.nce.unordered", &ensembles.scores(&unordered.on(&pool)?)?);

    let paper = Osborn::paper().on(&pool)?;
    golden.assert_array(
        "osborn.paper.standardized",
        &standardized_osborn(&paper, &ensembles)?,
    );
    // The second ensemble in lexicographic order.
    let terms = paper.osborn_terms(&[3, 0, 1])?;
    golden.assert_array("osborn.paper.terms", &[terms.domain, terms.task, terms.cohesion]);
    golden.assert_array("leep", &pool.leep()?);
    Ok(())
}

#[test]
fn names_are_those_of_json() -> Outcome {
    for name in ENSEMBLE_METHODS {
        let method = name.parse::<EnsembleMethod>()?;
        let json = serde_json::to_value(method)?;
        assert_eq!(serde_json::from_value::<EnsembleMethod>(json.clone())?, method);
        // The presets of OSBORN stand there with their parameters.
        assert!(json == name || json.get("osborn").is_some(), "{json}");
    }
    Ok(())
}

#[test]
fn the_baselines() -> Outcome {
    let golden = golden();
    let pool = pool(&golden)?;
    let ensembles = Ensembles::all(N_MEMBERS, SIZE, 10)?;
    for name in [
        "otce-sum",
        "ms-leep",
        "e-leep",
        "iou-eep",
        "soft-iou-eep",
        "ms-leep+cohesion",
        "e-leep+cohesion",
    ] {
        let score = name.parse::<EnsembleMethod>()?.on(&pool)?;
        golden.assert_array(name, &ensembles.scores(score.as_ref())?);
    }
    Ok(())
}

#[test]
fn the_truth_and_the_agreement_with_it() -> Outcome {
    let golden = golden();
    let ensembles = Ensembles::all(N_MEMBERS, SIZE, 10)?;
    let labels = golden.integers("test_labels")?;
    let (shape, values) = golden.array("fine_tuned")?;
    let (n_samples, n_classes) = (shape[1], shape[2]);
    let fine_tuned = values
        .chunks_exact(n_samples * n_classes)
        .map(|member| -> Outcome<Probabilities> {
            let rows = convert::tensor_from_slice(member, &[n_samples as i64, n_classes as i64])?;
            Ok(Probabilities::new(rows)?)
        })
        .collect::<Outcome<Vec<_>>>()?;
    let accuracies = ensembles.scores(&AveragedPredictions::accuracy(&fine_tuned, &labels)?)?;
    golden.assert_array("accuracy", &accuracies);
    golden.assert_array(
        "mean-iou",
        &ensembles.scores(&AveragedPredictions::mean_iou(&fine_tuned, &labels)?)?,
    );

    let scores = ensembles.scores(EnsembleMethod::ELeep.on(&pool(&golden)?)?.as_ref())?;
    let agreement = ensemble_agreement(&ensembles, &scores, &accuracies, 2, None)?;
    let estimates = [
        agreement.pearson,
        agreement.kendall,
        agreement.weighted_kendall,
        agreement.relative_at_k,
        agreement.regret_at_k,
        agreement.recall_at_k,
    ];
    let values: Vec<f64> = estimates.iter().filter_map(|estimate| estimate.value).collect();
    golden.assert_array("agreement", &values);
    Ok(())
}
