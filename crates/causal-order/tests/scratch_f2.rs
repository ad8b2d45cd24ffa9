//! scratch
extern crate openblas_src;
#[path = "it/exact.rs"]
mod exact;
#[path = "it/order_mcmc.rs"]
mod order_mcmc;
#[path = "it/order_search.rs"]
mod order_search;
#[path = "it/seeded_tables.rs"]
mod seeded_tables;
