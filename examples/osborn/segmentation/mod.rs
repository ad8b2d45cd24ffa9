//! Segmentation: pixels as samples, on scenes composed of real images.
mod experiment;
mod images;
mod network;
mod pool;
mod scene;
mod task;
mod test_pixels;
mod texture;
mod training;
pub(crate) fn scratch(workspace: &std::path::Path) -> anyhow::Result<()> {
    use crate::support::*;
    use std::time::Instant;
    let workers = workers::Workers::start(std::num::NonZeroUsize::MIN)?;
    let mut bars = bars::Bars::default();
    let has = images::has_animals(workspace);
    let size = std::env::args().nth(1).unwrap_or_default();
    let mut e = match size.as_str() { "quick" => experiment::Experiment::quick(), "small" => experiment::Experiment::small(), _ => experiment::Experiment::full(has) };
    if let Some(n) = std::env::args().nth(2) { e.sources = e.sources.into_iter().step_by(n.parse()?).collect(); }
    if let Ok(n) = std::env::var("REPEATS") { e.repeats = n.parse()?; }
    if let Ok(n) = std::env::var("PROBE_EPOCHS") { e.probing.epochs = n.parse()?; }
    if let Ok(n) = std::env::var("PROBE_LR") { e.probing.learning_rate = n.parse()?; }
    if let Ok(n) = std::env::var("EPOCHS") { e.fine_tuning.epochs = n.parse()?; }
    if let Ok(n) = std::env::var("SEPOCHS") { e.source_training.epochs = n.parse()?; }
    if let Ok(n) = std::env::var("LR") { e.fine_tuning.learning_rate = n.parse()?; }
    if let Ok(n) = std::env::var("SLR") { e.source_training.learning_rate = n.parse()?; }
    if let Ok(n) = std::env::var("BATCH") { e.fine_tuning.batch_size = n.parse()?; e.source_training.batch_size = n.parse()?; e.probing.batch_size = n.parse()?; }
    let cache = cache::Cache::open(std::path::Path::new("/tmp/h8_cache"))?;
    let seed = tensor_core::Seed::new(0);
    let t = Instant::now();
    let images = images::Images::read(&e, workspace, seed)?;
    println!("read {:?}", t.elapsed());
    let t = Instant::now();
    let pool = pool::Pool::new(&e, images, seed, &cache)?;
    println!("scenes {:?}", t.elapsed());
    let t = Instant::now();
    let own = pool.train(&workers, &mut bars)?;
    println!("train {:?}", t.elapsed());
    for (s, o) in e.sources.iter().zip(own) { println!("{:40} {o:.3}", s.name()); }
    for task in &e.targets {
        let target = pool.target(task)?;
        for tr in [pool::Transfer::FineTuning, pool::Transfer::LinearProbe] {
            let t = Instant::now();
            let p = pool.transfer(&target, tr, &workers, &mut bars)?;
            println!("{} {:?}", task.name, t.elapsed());
            for (i, s) in e.sources.iter().enumerate() { println!("{:40} {:?}", s.name(), p.iter().map(|p| (1000.*target.test_pixels.mean_iou(&p[i]).unwrap()).round()).collect::<Vec<_>>()); }
        }
    }
    for (n, t) in e.sources.iter().map(|s| &s.task).chain(&e.targets).enumerate() {
        let tg = pool.target(t)?;
        let k = 24;
        let mut out = format!("P5 {} {} 255\n", 64*12, 64*4).into_bytes();
        for half in 0..2 { for lab in [false,true] { for r in 0..64 { for i in half*12..half*12+12 {
            let row = if lab { tg.test.scene_labels(i) } else { tg.test.scene(i) };
            let f = 255 / t.n_classes().max(1);
            out.extend(row[r*64..r*64+64].iter().map(|&v| if lab && v != 255 { v * f as u8 } else { v }));
        } } } }
        let _ = k;
        std::fs::write(format!("/tmp/h8_{n}.pgm"), out)?;
    }
    Ok(())
}
