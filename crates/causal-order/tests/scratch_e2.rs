//! Scratch.
extern crate openblas_src;
#[path = "it/knowledge.rs"]
mod knowledge;
#[path = "it/pc/oracle.rs"]
mod oracle;
#[path = "it/pc/peers.rs"]
mod peers;
#[allow(dead_code)]
#[path = "it/seeded_tables.rs"]
mod seeded_tables;
#[path = "it/pc/threads.rs"]
mod threads;
