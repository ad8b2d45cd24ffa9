//! The cases, each with its inputs in memory.

use std::fs::File;
use std::io::Read as _;

use anyhow::{Context as _, Result, bail};
use causal_graph::format::bif;
use causal_graph::generate::erdos_renyi;
use causal_graph::metrics::{order_divergence, shd, sid};
use causal_graph::network::published::asia;
use causal_graph::{CausalOrder, Dag, Nodes, Pdag};
use causal_order::independence::{ChiSquare, ContingencyParams, FisherZ, GSquare, IndependenceTest};
use causal_order::score::{
    DiscreteCriterion, DiscreteScore, GaussianCriterion, GaussianScore, LocalScore, ResidualVariance,
    ScoreCache,
};
use causal_order::{
    ColliderRule, DirectLingam, ExactSearch, HillClimbing, IcaLingam, Knowledge, Notears, OrderMcmc,
    OrderSearch, Pc, TabuSearch,
};
use flate2::read::GzDecoder;
use tensor_core::Seed;

use crate::data::{Discrete, Inputs, Linear};

/// Every case, with the least size that shows that it runs.
pub(crate) const CASES: [(&str, usize); 17] = [
    ("pc-fisher-z-1000", 5),
    ("pc-fisher-z-10000", 5),
    ("pc-chi2", 100),
    ("pc-g2", 100),
    ("hc", 100),
    ("tabu", 100),
    ("hc-gaussian", 5),
    ("order-search", 5),
    ("exact", 5),
    ("direct-lingam", 5),
    ("ica-lingam", 5),
    ("notears", 5),
    ("pc-sparse", 5),
    ("read-munin", 0),
    ("distances", 20),
    ("intervention-distance", 20),
    ("order-mcmc", 0),
];

/// The level of the tests, as the peers have it.
const ALPHA: f64 = 0.01;

/// Where the largest published network lies, from the root of the workspace.
const MUNIN: &str = ".local/data/networks/munin.bif.gz";

/// What came out.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Outcome {
    pub(crate) value: f64,
    /// From the CPDAG of the true graph.
    pub(crate) hamming_distance: Option<usize>,
}

/// The work of a case, with its inputs in memory.
pub(crate) fn prepare(
    name: &str,
    size: usize,
    inputs: &Inputs,
) -> Result<Box<dyn FnMut() -> Result<Outcome>>> {
    let linear = |noise: &str, n_rows: usize| inputs.linear(noise, size, n_rows);
    Ok(match name {
        "pc-fisher-z-1000" => pc_of_numbers(linear("normal", 1000)?),
        "pc-fisher-z-10000" => pc_of_numbers(linear("normal", 10_000)?),
        "pc-sparse" => pc_of_numbers(linear("normal", 2000)?),
        "pc-chi2" => pc_of_states(inputs.alarm(size)?, false),
        "pc-g2" => pc_of_states(inputs.alarm(size)?, true),
        "hc" => climb_states(inputs.alarm(size)?, false),
        "tabu" => climb_states(inputs.alarm(size)?, true),
        "hc-gaussian" => {
            let Linear { table, truth } = linear("normal", 1000)?;
            Box::new(move || {
                let found = HillClimbing::default().run(&GaussianScore::bic(&table)?, &free(&truth))?;
                scored(found.score, &found.dag, &truth)
            })
        }
        "order-search" => {
            let Linear { table, truth } = linear("normal", 1000)?;
            Box::new(move || {
                // The objective of the peers: twice the penalty. What is shown is the plain BIC of the graph, as for them.
                let criterion = GaussianCriterion::Bic { penalty: 2.0 };
                let score = GaussianScore::new(&table, criterion, ResidualVariance::Unbiased)?;
                let dag = OrderSearch::default().run(&score, &free(&truth))?.search.dag;
                scored(GaussianScore::bic(&table)?.total(&dag)?, &dag, &truth)
            })
        }
        "exact" => {
            let Linear { table, truth } = linear("normal", 1000)?;
            Box::new(move || {
                let found = ExactSearch::default().run(&GaussianScore::bic(&table)?, &free(&truth))?;
                scored(found.search.score, &found.search.dag, &truth)
            })
        }
        "direct-lingam" => {
            let Linear { table, .. } = linear("laplace", 1000)?;
            Box::new(move || Ok(ordered(&DirectLingam::default().run(&table)?.order)))
        }
        "ica-lingam" => {
            let Linear { table, .. } = linear("laplace", 1000)?;
            Box::new(move || {
                Ok(ordered(
                    &IcaLingam::default().run(&table, Seed::new(0))?.model.order,
                ))
            })
        }
        "notears" => {
            let Linear { table, .. } = linear("normal", 1000)?;
            Box::new(move || Ok(unmeasured(Notears::default().run(&table)?.objective)))
        }
        "order-mcmc" => {
            let Discrete { table, .. } = inputs.alarm(1000)?;
            let score = ScoreCache::new(DiscreteScore::new(&table, DiscreteCriterion::BIC)?);
            let knowledge = Knowledge::none(table.nodes().clone());
            let chain = OrderMcmc {
                chains: 1,
                steps: Some(100_000),
                ..OrderMcmc::default()
            };
            Box::new(move || Ok(unmeasured(chain.run(&score, &knowledge, None)?.best_score)))
        }
        "read-munin" => read_munin(inputs)?,
        "distances" => {
            let [truth, estimate] = two_graphs(size, 4.0)?;
            Box::new(move || {
                let divergence = order_divergence(&CausalOrder::of(&estimate), &truth)?;
                let distance = shd(&truth.cpdag(), &estimate.cpdag())?;
                Ok(unmeasured((divergence + distance) as f64))
            })
        }
        "intervention-distance" => {
            let [truth, estimate] = two_graphs(size, 4.0)?;
            Box::new(move || Ok(unmeasured(sid(&truth, &estimate)? as f64)))
        }
        _ => bail!("there is no case {name}"),
    })
}

fn pc_of_numbers(Linear { table, truth }: Linear) -> Box<dyn FnMut() -> Result<Outcome>> {
    Box::new(move || pc(&FisherZ::of(&table)?, &truth))
}

fn pc_of_states(Discrete { table, truth }: Discrete, is_g: bool) -> Box<dyn FnMut() -> Result<Outcome>> {
    Box::new(move || {
        let params = ContingencyParams::default();
        if is_g {
            pc(&GSquare::new(&table, params)?, &truth)
        } else {
            pc(&ChiSquare::new(&table, params)?, &truth)
        }
    })
}

fn pc(test: &dyn IndependenceTest, truth: &Dag) -> Result<Outcome> {
    // The rule that causal-learn has by default: it makes the same tests.
    let search = Pc {
        alpha: ALPHA,
        collider_rule: ColliderRule::EverySeparatingSet,
        ..Pc::default()
    };
    let graph = search.run(truth.nodes(), test)?.graph;
    let distance = shd(&truth.cpdag(), &graph)?;
    Ok(Outcome {
        value: distance as f64,
        hamming_distance: Some(distance),
    })
}

fn climb_states(Discrete { table, truth }: Discrete, is_tabu: bool) -> Box<dyn FnMut() -> Result<Outcome>> {
    Box::new(move || {
        let score = DiscreteScore::new(&table, DiscreteCriterion::BIC)?;
        let found = if is_tabu {
            TabuSearch::default().run(&score, &free(&truth))?
        } else {
            HillClimbing::default().run(&score, &free(&truth))?
        };
        scored(found.score, &found.dag, &truth)
    })
}

/// Reads a network of 1041 nodes; the text is in memory. Without it, a small one.
fn read_munin(inputs: &Inputs) -> Result<Box<dyn FnMut() -> Result<Outcome>>> {
    let text = match inputs {
        Inputs::Drawn => bif::write(&asia()),
        Inputs::Folder(_) => {
            let mut text = String::new();
            let file = File::open(MUNIN).with_context(|| format!("cannot read {MUNIN}"))?;
            GzDecoder::new(file).read_to_string(&mut text)?;
            text
        }
    };
    Ok(Box::new(move || {
        Ok(unmeasured(bif::read(&text)?.n_nodes() as f64))
    }))
}

/// Two independent random graphs.
fn two_graphs(n_nodes: usize, average_degree: f64) -> Result<[Dag; 2]> {
    let graph = |seed| erdos_renyi(Nodes::numbered(n_nodes), average_degree, Seed::new(seed));
    Ok([graph(1)?, graph(2)?])
}

fn free(truth: &Dag) -> Knowledge {
    Knowledge::none(truth.nodes().clone())
}

fn scored(score: f64, dag: &Dag, truth: &Dag) -> Result<Outcome> {
    let class: Pdag = dag.cpdag();
    Ok(Outcome {
        value: score,
        hamming_distance: Some(shd(&truth.cpdag(), &class)?),
    })
}

/// A number that depends on every place of the order.
fn ordered(order: &CausalOrder) -> Outcome {
    let places = order.sequence().iter().enumerate();
    unmeasured(places.map(|(place, &node)| ((place + 1) * node) as f64).sum())
}

fn unmeasured(value: f64) -> Outcome {
    Outcome {
        value,
        hamming_distance: None,
    }
}
