//! Scores beside those of pgmpy and bnlearn.

use causal_graph::Dag;
use causal_order::score::{
    BGe, BGePrior, DiscreteCriterion, DiscreteScore, GaussianCriterion, GaussianScore, LocalScore,
    ResidualVariance,
};
use golden::Golden;

use crate::seeded_tables::{asia_dag, asia_nodes, asia_table, six_dag, six_table};

type TestResult = Result<(), Box<dyn std::error::Error>>;

/// The subsets of `members` of at most `max_size`, smaller ones first, in lexicographic order.
fn subsets(members: &[usize], max_size: usize) -> Vec<Vec<usize>> {
    let mut all = vec![vec![]];
    let mut start = 0;
    for _ in 0..max_size {
        let end = all.len();
        for smaller in start..end {
            let after = all[smaller].last().copied();
            for &member in members
                .iter()
                .filter(|&&member| after.is_none_or(|last| member > last))
            {
                all.push([all[smaller].as_slice(), &[member]].concat());
            }
        }
        start = end;
    }
    all
}

/// The local scores of each child with each set of at most so many parents.
fn by_families(score: &dyn LocalScore, max_parents: usize) -> causal_order::Result<Vec<f64>> {
    let n = score.n_variables();
    let mut terms = Vec::new();
    for child in 0..n {
        let others: Vec<usize> = (0..n).filter(|&node| node != child).collect();
        for family in subsets(&others, max_parents) {
            terms.push(score.local(child, &family)?);
        }
    }
    Ok(terms)
}

const ASIA_CRITERIA: [(&str, DiscreteCriterion); 6] = [
    ("loglik", DiscreteCriterion::LogLikelihood),
    ("aic", DiscreteCriterion::AIC),
    ("bic", DiscreteCriterion::BIC),
    ("k2", DiscreteCriterion::K2),
    (
        "bdeu 10",
        DiscreteCriterion::BDeu {
            equivalent_sample_size: 10.0,
        },
    ),
    (
        "bdeu 1",
        DiscreteCriterion::BDeu {
            equivalent_sample_size: 1.0,
        },
    ),
];

const GAUSSIAN_CRITERIA: [(&str, GaussianCriterion); 3] = [
    ("loglik-g", GaussianCriterion::LogLikelihood),
    ("aic-g", GaussianCriterion::AIC),
    ("bic-g", GaussianCriterion::BIC),
];

#[test]
fn local_scores_are_those_of_pgmpy() -> TestResult {
    let golden = Golden::load("tests/golden/score.json")?;
    let (asia, six) = (asia_table(2000, 42), six_table(1000, 7));
    for (name, criterion) in ASIA_CRITERIA {
        golden.assert_array(name, &by_families(&DiscreteScore::new(&asia, criterion)?, 2)?);
    }
    for (name, criterion) in GAUSSIAN_CRITERIA {
        let score = GaussianScore::new(&six, criterion, ResidualVariance::MaximumLikelihood)?;
        golden.assert_array(name, &by_families(&score, 3)?);
    }
    Ok(())
}

#[test]
fn totals_are_those_of_bnlearn() -> TestResult {
    let golden = Golden::load("tests/golden/gpl_score.json")?;
    let (asia, six) = (asia_table(2000, 42), six_table(1000, 7));
    let mut denser = asia_dag();
    for cause in ["tub", "lung"] {
        denser.add_edge(denser.nodes().index(cause)?, denser.nodes().index("xray")?)?;
    }
    let asia_networks = [asia_dag(), Dag::empty(asia_nodes()), denser];
    let six_networks = [six_dag(), Dag::empty(six_dag().nodes().clone())];
    let totals = |score: &dyn LocalScore, networks: &[Dag]| -> causal_order::Result<Vec<f64>> {
        networks.iter().map(|dag| score.total(dag)).collect()
    };
    let bds = |equivalent_sample_size| DiscreteCriterion::BDs {
        equivalent_sample_size,
    };
    let further = [
        ("bic penalty 2", DiscreteCriterion::Bic { penalty: 2.0 }),
        ("bds 10", bds(10.0)),
        ("bds 1", bds(1.0)),
    ];
    for (name, criterion) in ASIA_CRITERIA.into_iter().chain(further) {
        golden.assert_array(
            name,
            &totals(&DiscreteScore::new(&asia, criterion)?, &asia_networks)?,
        );
    }
    for (name, criterion) in GAUSSIAN_CRITERIA {
        let score = GaussianScore::new(&six, criterion, ResidualVariance::Unbiased)?;
        golden.assert_array(name, &totals(&score, &six_networks)?);
    }
    let prior = BGePrior {
        alpha_mu: 5.0,
        alpha_w: Some(10.0),
    };
    golden.assert_array(
        "bge",
        &totals(&BGe::new(&six, BGePrior::default())?, &six_networks)?,
    );
    golden.assert_array("bge 5 10", &totals(&BGe::new(&six, prior)?, &six_networks)?);
    Ok(())
}
