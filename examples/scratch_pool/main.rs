#![allow(missing_docs, warnings, clippy::all, clippy::pedantic)]
#[path = "../source_pool/mod.rs"]
mod source_pool;
#[path = "../support/mod.rs"]
mod support;
use source_pool::plan::Plan;
use source_pool::*;
use support::data_set::DataSet;
use support::training::TrainingParams;
fn main() -> anyhow::Result<()> {
    let w = support::workers::Workers::start(std::num::NonZeroUsize::new(2).unwrap())?;
    for (e, b, lr) in [(10, 16, 2e-3)] {
        let mut p = Plan::full();
        p.source_training.epochs = 5;
        p.probe.epochs = 30;
        let keep = [
            "SqueezeNet",
            "EfficientNet-Lite0",
            "Textures 3200 (deep)",
            "Fashion 3200 (deep)",
            "Animals 3200 (residual)",
            "MNIST 800 (deep)",
            "MNIST, labels shuffled (shallow)",
            "ccexam USPS",
        ];
        p.sources.retain(|s| keep.contains(&s.name.as_str()));
        p.targets = vec![DataSet::Mnist, DataSet::Textures];
        p.repeats = 1;
        p.fine_tuning = TrainingParams {
            epochs: e,
            batch_size: b,
            learning_rate: lr,
        };
        let pool = SourcePool::open(
            p,
            0,
            source_pool::images::Folders::of_workspace(std::path::Path::new("/work/main")),
            support::cache::Cache::open(std::path::Path::new("/tmp/oc_scratch"))?,
        )?;
        let mut bars = support::bars::Bars::default();
        pool.train(&w, &mut bars)?;
        let t = std::time::Instant::now();
        pool.measure(&w, &mut bars)?;
        println!("{e} {b} {lr}: {:.1} s", t.elapsed().as_secs_f64());
        for s in 0..pool.plan().sources.len() {
            let mut line = format!("  {:34}", pool.plan().sources[s].name);
            for t in 0..2 {
                let tr = pool.truth(s, t)?;
                line += &format!(
                    " {:.3} ({:.3})",
                    ensemble_accuracy(&[&tr.fine_tuned[0]], &tr.test_labels),
                    ensemble_accuracy(&[&tr.linear_probe[0]], &tr.test_labels)
                );
            }
            println!("{line}");
        }
    }
    Ok(())
}
