//! Distances between graphs, between orders, and between an order and a graph.
//!
//! | function | what it compares |
//! |---|---|
//! | [`shd`], [`EdgeDifferences`] | the edges of two graphs, directed or not |
//! | [`EdgeAgreement`] | adjacencies and arrowheads: precision, recall, F1 |
//! | [`sid`], [`sid_bounds`] | the interventional distributions that a graph's parent sets get right |
//! | [`EdgeVerdicts`], [`order_divergence`] | an order with a graph: edges that the order turns around |
//! | [`GraphDivergence`], [`ClassDivergence`] | the same for the orders of a graph, or of a Markov equivalence class |
//! | [`kendall`], [`ancestor_accuracy`] | two orders; an order with the ancestors of a graph |
//! | [`CycleCount`], [`strongly_connected_components`], [`isolated`] | how far a directed graph is from acyclic |

mod agreement;
mod cycles;
mod divergence;
mod graph_divergence;
mod rank;
mod shd;
mod sid;
mod sid_bounds;

pub use agreement::{Agreement, EdgeAgreement};
pub use cycles::{CycleCount, isolated, strongly_connected_components};
pub use divergence::{EdgeVerdicts, MissingNodes, Ties, order_divergence};
pub use graph_divergence::{ClassDivergence, GraphDivergence};
pub use rank::{ancestor_accuracy, kendall};
pub use shd::{EdgeDifferences, shd};
pub use sid::sid;
pub use sid_bounds::{SidBounds, sid_bounds};
