//! A search by any of the algorithms.

use causal_graph::{CausalOrder, ContinuousTable, Dag, DiscreteTable, Pdag, Table};
use causal_order::independence::{ChiSquare, ContingencyParams, FisherZ, GSquare, IndependenceTest};
use causal_order::score::{
    BGe, BGePrior, DiscreteCriterion, DiscreteScore, GaussianCriterion, GaussianScore, LocalScore,
    ResidualVariance, ScoreCache,
};
use causal_order::{
    ContinuousSearch, DagSearch, Dagma, DirectLingam, EdgeWeights, ExactSearch, Ges, HillClimbing, IcaLingam,
    Knowledge, Notears, OrderMcmc, OrderPosterior, OrderSearch, OrderedSearch, Pc, ScoreMatching, TabuSearch,
};
use clap::ValueEnum;
use serde_json::{Value, json};
use tensor_core::Seed;
use tensor_core::progress::{Progress, Silent};

use super::algorithm::Algorithm;
use crate::support::exit::bad_input;

/// Tests, scores and limits.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Search {
    /// The test of pc and pc-stable [default: fisher-z for numbers, chi2 for states]
    #[arg(long, value_enum, value_name = "NAME")]
    test: Option<TestName>,
    /// A p-value above it is independence
    #[arg(
        long,
        value_name = "ALPHA",
        default_value_t = 0.05,
        allow_negative_numbers = true
    )]
    alpha: f64,
    /// The largest conditioning set of pc and pc-stable
    #[arg(long, value_name = "N")]
    max_depth: Option<usize>,
    /// The score of the searches [default: bic; mml for order-mcmc on states]
    #[arg(long, value_enum, value_name = "NAME")]
    score: Option<ScoreName>,
    /// The rows that the prior of bdeu and bds is worth
    #[arg(
        long,
        value_name = "ROWS",
        default_value_t = 10.0,
        allow_negative_numbers = true
    )]
    equivalent_sample_size: f64,
    /// The most parents of a node in a search
    #[arg(long, value_name = "N")]
    max_parents: Option<usize>,
}

/// A test of conditional independence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum TestName {
    FisherZ,
    Chi2,
    G2,
}

/// A score of graphs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ScoreName {
    Bic,
    Aic,
    Loglik,
    Bdeu,
    Bds,
    K2,
    Mml,
    Bge,
}

/// What a search found.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    pub(crate) graph: Pdag,
    /// An order that agrees with the graph, if there is one.
    pub(crate) order: Option<CausalOrder>,
    pub(crate) n_tests: Option<u64>,
    pub(crate) score: Option<f64>,
    pub(crate) details: Value,
}

impl Default for Search {
    fn default() -> Self {
        Self {
            test: None,
            alpha: 0.05,
            max_depth: None,
            score: None,
            equivalent_sample_size: 10.0,
            max_parents: None,
        }
    }
}

impl Search {
    /// Refuses options that the algorithm would not heed.
    pub(crate) fn check(&self, algorithm: Algorithm, knowledge: &Knowledge) -> anyhow::Result<()> {
        let name = algorithm.name();
        if self.test.is_some() && !algorithm.tests() {
            return Err(bad_input(format!(
                "--test is for pc and pc-stable: {name} asks no test"
            )));
        }
        if self.score.is_some() && !algorithm.scores() {
            return Err(bad_input(format!(
                "--score is for searches: {name} maximises no score of that kind"
            )));
        }
        if !knowledge.is_empty() && !algorithm.takes_knowledge() {
            return Err(bad_input(format!(
                "{name} heeds no --tiers, --require or --forbid"
            )));
        }
        Ok(())
    }

    /// The graph alone, in the form that resampling asks for.
    pub(crate) fn graph(
        &self,
        algorithm: Algorithm,
        table: &Table,
        knowledge: &Knowledge,
        seed: Seed,
    ) -> causal_order::Result<Pdag> {
        self.find(algorithm, table, knowledge, seed, &mut Silent)
            .map(|found| found.graph)
    }

    /// Runs the algorithm.
    pub(crate) fn run(
        &self,
        algorithm: Algorithm,
        table: &Table,
        knowledge: &Knowledge,
        seed: Seed,
        progress: &mut dyn Progress,
    ) -> anyhow::Result<Found> {
        self.check_table(algorithm, table)?;
        self.find(algorithm, table, knowledge, seed, progress)
            .map_err(bad_input)
    }

    /// Refuses a table of the other kind.
    fn check_table(&self, algorithm: Algorithm, table: &Table) -> anyhow::Result<()> {
        let is_discrete = matches!(table, Table::Discrete(_));
        let name = algorithm.name();
        let test_fits = self
            .test
            .is_none_or(|test| is_discrete == (test != TestName::FisherZ));
        let score_fits = self.score.is_none_or(|score| match score {
            ScoreName::Bic | ScoreName::Aic | ScoreName::Loglik => true,
            ScoreName::Bge => !is_discrete,
            ScoreName::Bdeu | ScoreName::Bds | ScoreName::K2 | ScoreName::Mml => is_discrete,
        });
        let algorithm_fits = !is_discrete || !algorithm.is_continuous();
        let (kind, other) = if is_discrete {
            ("states", "numbers")
        } else {
            ("numbers", "states")
        };
        if !algorithm_fits {
            return Err(bad_input(format!(
                "{name} is for {other}, and the columns hold {kind}"
            )));
        }
        if !test_fits || !score_fits {
            let option = if test_fits { "--score" } else { "--test" };
            return Err(bad_input(format!(
                "this {option} is for {other}, and the columns hold {kind}"
            )));
        }
        Ok(())
    }

    fn find(
        &self,
        algorithm: Algorithm,
        table: &Table,
        knowledge: &Knowledge,
        seed: Seed,
        progress: &mut dyn Progress,
    ) -> causal_order::Result<Found> {
        if let (true, Table::Continuous(table)) = (algorithm.is_continuous(), table) {
            return functional(algorithm, table, knowledge, seed, progress);
        }
        if algorithm.tests() {
            return self.constraints(algorithm, table, knowledge, progress);
        }
        let score = self.local_score(algorithm, table)?;
        self.scored(algorithm, score.as_ref(), knowledge, seed, progress)
    }

    fn constraints(
        &self,
        algorithm: Algorithm,
        table: &Table,
        knowledge: &Knowledge,
        progress: &mut dyn Progress,
    ) -> causal_order::Result<Found> {
        let pc = Pc {
            alpha: self.alpha,
            stable: algorithm == Algorithm::PcStable,
            max_depth: self.max_depth,
            knowledge: (!knowledge.is_empty()).then(|| knowledge.clone()),
            ..Pc::default()
        };
        let test: Box<dyn IndependenceTest> = match (table, self.test) {
            (Table::Continuous(table), _) => Box::new(FisherZ::of(table)?),
            (Table::Discrete(table), Some(TestName::G2)) => {
                Box::new(GSquare::new(table, ContingencyParams::default())?)
            }
            (Table::Discrete(table), _) => Box::new(ChiSquare::new(table, ContingencyParams::default())?),
        };
        let result = pc.run_with(table.nodes(), test.as_ref(), progress)?;
        let conflicts: Vec<String> = result
            .conflicts
            .iter()
            .map(|conflict| conflict.describe(table.nodes()))
            .collect();
        Ok(Found {
            order: result.order(),
            n_tests: Some(result.n_tests()),
            score: None,
            details: json!({
                "test": result.test,
                "alpha": self.alpha,
                "n_tests_by_depth": result.n_tests_by_depth,
                "conflicts": conflicts,
            }),
            graph: result.graph,
        })
    }

    fn local_score(&self, algorithm: Algorithm, table: &Table) -> causal_order::Result<Box<dyn LocalScore>> {
        let prior = self.equivalent_sample_size;
        let default = match (algorithm, table) {
            (Algorithm::OrderMcmc, Table::Discrete(_)) => ScoreName::Mml,
            _ => ScoreName::Bic,
        };
        let name = self.score.unwrap_or(default);
        Ok(match table {
            Table::Continuous(table) => continuous_score(name, table)?,
            Table::Discrete(table) => Box::new(ScoreCache::new(discrete_score(name, prior, table)?)),
        })
    }

    fn scored(
        &self,
        algorithm: Algorithm,
        score: &dyn LocalScore,
        knowledge: &Knowledge,
        seed: Seed,
        progress: &mut dyn Progress,
    ) -> causal_order::Result<Found> {
        let max_parents = self.max_parents;
        let mut found = match algorithm {
            Algorithm::Hc => of_search(
                &HillClimbing {
                    max_parents,
                    seed,
                    ..HillClimbing::default()
                }
                .run_with(score, knowledge, progress)?,
            ),
            Algorithm::Tabu => of_search(
                &TabuSearch {
                    max_parents,
                    ..TabuSearch::default()
                }
                .run_with(score, knowledge, progress)?,
            ),
            Algorithm::OrderSearch => of_ordered(
                OrderSearch {
                    max_parents,
                    seed: seed.value(),
                    ..OrderSearch::default()
                }
                .run_with(score, knowledge, progress)?,
            ),
            Algorithm::Exact => of_ordered(
                ExactSearch {
                    max_parents,
                    ..ExactSearch::default()
                }
                .run_with(score, knowledge, progress)?,
            ),
            Algorithm::Ges => {
                let result = Ges {
                    max_parents,
                    ..Ges::default()
                }
                .run_with(score, knowledge, progress)?;
                Found {
                    order: Some(CausalOrder::of(&result.dag)),
                    graph: result.graph,
                    n_tests: None,
                    score: Some(result.score),
                    details: json!({
                        "n_insertions": result.n_insertions,
                        "n_deletions": result.n_deletions,
                        "n_evaluations": result.n_evaluations,
                    }),
                }
            }
            _ => posterior(
                OrderMcmc {
                    max_parents,
                    seed: seed.value(),
                    ..OrderMcmc::default()
                }
                .run_with(score, knowledge, None, progress)?,
            ),
        };
        if let Some(details) = found.details.as_object_mut() {
            details.insert("score".to_owned(), json!(score.name()));
        }
        Ok(found)
    }
}

/// Methods for numbers that maximise no score and ask no test.
fn functional(
    algorithm: Algorithm,
    table: &ContinuousTable,
    knowledge: &Knowledge,
    seed: Seed,
    progress: &mut dyn Progress,
) -> causal_order::Result<Found> {
    match algorithm {
        Algorithm::DirectLingam => {
            let lingam = DirectLingam {
                knowledge: (!knowledge.is_empty()).then(|| knowledge.clone()),
                ..DirectLingam::default()
            };
            let model = lingam.run_with(table, progress)?;
            Ok(ordered(
                &model.dag,
                model.order,
                json!({"weights": weights(&model.weights)}),
            ))
        }
        Algorithm::IcaLingam => {
            let result = IcaLingam::default().run_with(table, seed, progress)?;
            let details = json!({"weights": weights(&result.model.weights), "status": result.status});
            Ok(ordered(&result.model.dag, result.model.order, details))
        }
        Algorithm::Score => {
            let result = ScoreMatching::default().run_with(table, progress)?;
            let details = json!({"leaf_variances": result.leaf_variances});
            Ok(ordered(&result.dag, result.order, details))
        }
        Algorithm::Notears => Ok(continuous(Notears::default().run_with(table, progress)?)),
        _ => Ok(continuous(Dagma::default().run_with(table, progress)?)),
    }
}

fn continuous(search: ContinuousSearch) -> Found {
    let edges = search.weights.edges().map(|(from, to, _)| (from, to));
    let nodes = search.weights.nodes().clone();
    // A cycle is shown as it is, and leaves no order.
    let graph = search.dag.as_ref().map_or_else(
        || {
            let mut graph = Pdag::empty(nodes);
            for (from, to) in edges {
                // Of two edges between the same nodes the first is kept.
                let _ = graph.add_directed(from, to);
            }
            graph
        },
        Pdag::from,
    );
    Found {
        graph,
        order: search.order,
        n_tests: None,
        score: None,
        details: json!({
            "weights": weights(&search.weights),
            "objective": search.objective,
            "acyclicity": search.acyclicity,
            "status": search.status,
        }),
    }
}

/// The weights of the edges by names.
fn weights(weights: &EdgeWeights) -> Vec<Value> {
    let name = |node: usize| weights.nodes().name(node);
    weights
        .edges()
        .map(|(from, to, weight)| json!([name(from), name(to), weight]))
        .collect()
}

fn ordered(dag: &Dag, order: CausalOrder, details: Value) -> Found {
    Found {
        graph: Pdag::from(dag),
        order: Some(order),
        n_tests: None,
        score: None,
        details,
    }
}

fn of_search(search: &DagSearch) -> Found {
    Found {
        graph: Pdag::from(&search.dag),
        order: Some(CausalOrder::of(&search.dag)),
        n_tests: None,
        score: Some(search.score),
        details: json!({
            "iterations": search.iterations,
            "n_evaluations": search.n_evaluations,
            "status": search.status,
        }),
    }
}

fn of_ordered(found: OrderedSearch) -> Found {
    Found {
        order: Some(found.order),
        ..of_search(&found.search)
    }
}

fn continuous_score(name: ScoreName, table: &ContinuousTable) -> causal_order::Result<Box<dyn LocalScore>> {
    let criterion = match name {
        ScoreName::Bge => return Ok(Box::new(BGe::new(table, BGePrior::default())?)),
        ScoreName::Aic => GaussianCriterion::AIC,
        ScoreName::Loglik => GaussianCriterion::LogLikelihood,
        _ => GaussianCriterion::BIC,
    };
    Ok(Box::new(GaussianScore::new(
        table,
        criterion,
        ResidualVariance::Unbiased,
    )?))
}

fn discrete_score(
    name: ScoreName,
    equivalent_sample_size: f64,
    table: &DiscreteTable,
) -> causal_order::Result<DiscreteScore> {
    let criterion = match name {
        ScoreName::Aic => DiscreteCriterion::AIC,
        ScoreName::Loglik => DiscreteCriterion::LogLikelihood,
        ScoreName::Bdeu => DiscreteCriterion::BDeu {
            equivalent_sample_size,
        },
        ScoreName::Bds => DiscreteCriterion::BDs {
            equivalent_sample_size,
        },
        ScoreName::K2 => DiscreteCriterion::K2,
        ScoreName::Mml => DiscreteCriterion::Mml,
        ScoreName::Bic | ScoreName::Bge => DiscreteCriterion::BIC,
    };
    DiscreteScore::new(table, criterion)
}

/// The edges that are more likely than not, and the best order.
fn posterior(posterior: OrderPosterior) -> Found {
    let mut graph = Pdag::empty(posterior.nodes.clone());
    let mut edges = Vec::new();
    for (from, row) in posterior.edges.iter().enumerate() {
        for (to, &probability) in row.iter().enumerate() {
            if probability > 0.01 {
                edges.push(json!([
                    posterior.nodes.name(from),
                    posterior.nodes.name(to),
                    probability
                ]));
            }
            if probability > 0.5 {
                // Both directions of an edge are never more likely than not at once.
                let _ = graph.add_directed(from, to);
            }
        }
    }
    Found {
        graph,
        order: Some(posterior.best_order),
        n_tests: None,
        score: Some(posterior.best_score),
        details: json!({
            "edge_probabilities": edges,
            "log_posterior": posterior.log_posterior,
            "n_edges": posterior.n_edges,
        }),
    }
}
