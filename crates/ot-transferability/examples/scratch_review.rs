#![allow(warnings, clippy::all, clippy::pedantic)]
//! Scratch.
use ot_transferability::*;
use rand::{RngExt, SeedableRng, rngs::ChaCha8Rng};
use std::collections::BTreeMap;
use tensor_core::convert::tensor_from_slice;
use tensor_core::progress::Silent;
use tensor_core::{Kind, Seed, Tensor, random};

type Tally = BTreeMap<String, (usize, usize, f64, f64)>;

fn norm(w: Vec<f64>, mass: f64) -> Vec<f64> {
    let s: f64 = w.iter().sum();
    w.iter().map(|x| x * mass / s).collect()
}

fn check_exact(name: &str, cost: &CostMatrix, m: &Marginals, tally: &mut Tally) {
    for algorithm in [ExactAlgorithm::Auto, ExactAlgorithm::NetworkSimplex] {
        let key = format!("{name}/{algorithm:?}");
        let e = tally.entry(key.clone()).or_default();
        e.0 += 1;
        match (Exact {
            algorithm,
            max_iterations: None,
        })
        .solve(cost, m)
        {
            Err(err) => {
                e.1 += 1;
                if e.1 <= 2 {
                    println!("{key}: {err}");
                }
            }
            Ok(t) => {
                let c = Certificate::of(cost, m, &t).unwrap();
                let scale = cost.largest() + 1e-300;
                e.2 = e.2.max(-c.min_reduced_cost / scale);
                e.3 = e.3.max(c.marginal_error / m.mass());
                if t.status != Status::Optimal {
                    println!(
                        "{key}: status {:?} its {} n {} m {}",
                        t.status,
                        t.iterations,
                        cost.n_sources(),
                        cost.n_targets()
                    );
                }
                if !t.cost.is_finite() || !t.dual.is_finite() {
                    println!("{key}: nonfinite");
                }
            }
        }
    }
}

fn main() {
    if std::env::args().count() > 2 {
        noise();
        return;
    }
    if std::env::args().count() > 1 {
        let mut rng = ChaCha8Rng::seed_from_u64(9);
        others();
        entropic(&mut rng);
        return;
    }
    let mut rng = ChaCha8Rng::seed_from_u64(7);
    let mut tally = Tally::new();
    for rep in 0..400 {
        let (n, m) = (rng.random_range(1..60usize), rng.random_range(1..60usize));
        let (n, m) = if rep % 3 == 0 { (n, n) } else { (n, m) };
        let weights = |rng: &mut ChaCha8Rng, n: usize| -> Vec<f64> {
            match rep % 4 {
                0 => vec![1.0 / n as f64; n],
                1 => norm((0..n).map(|_| rng.random_range(0.01..1.0)).collect(), 1.0),
                2 => norm(
                    (0..n).map(|_| 10f64.powf(rng.random_range(-18.0..0.0))).collect(),
                    1.0,
                ),
                _ => norm(
                    (0..n)
                        .map(|i| {
                            if i > 0 && rng.random_range(0..3) == 0 {
                                0.0
                            } else {
                                rng.random_range(1..4) as f64
                            }
                        })
                        .collect(),
                    1.0,
                ),
            }
        };
        let (a, b) = (weights(&mut rng, n), weights(&mut rng, m));
        let marg = Marginals::new(&a, &b).unwrap();
        let c: Vec<f64> = (0..n * m).map(|_| rng.random::<f64>()).collect();
        let mut go = |name: &str, c: Vec<f64>, tally: &mut Tally| {
            check_exact(name, &CostMatrix::new(c, n, m).unwrap(), &marg, tally)
        };
        go("uniform", c.clone(), &mut tally);
        for s in [1e-300, 1e-30, 1e29] {
            go(
                &format!("scaled{s:e}"),
                c.iter().map(|v| v * s).collect(),
                &mut tally,
            );
        }
        go("offset1e6", c.iter().map(|v| v + 1e6).collect(), &mut tally);
        go("negoffset", c.iter().map(|v| v - 0.5).collect(), &mut tally);
        go("zero", vec![0.0; n * m], &mut tally);
        go("const", vec![0.1; n * m], &mut tally);
        go("ties", c.iter().map(|v| (v * 3.0).floor()).collect(), &mut tally);
        go(
            "sparse0",
            c.iter().map(|v| if *v < 0.7 { 0.0 } else { *v }).collect(),
            &mut tally,
        );
        go(
            "lograng",
            c.iter().map(|v| 10f64.powf(v * 24.0 - 12.0)).collect(),
            &mut tally,
        );
        let d = 8i64;
        let base: Vec<f64> = (0..5 * d).map(|_| rng.random_range(0.0..3.0)).collect();
        let pick = |rng: &mut ChaCha8Rng, n: usize| -> Tensor {
            let mut v = vec![];
            for _ in 0..n {
                let k = rng.random_range(0..5usize);
                v.extend_from_slice(&base[k * d as usize..][..d as usize]);
            }
            tensor_from_slice(&v, &[n as i64, d]).unwrap()
        };
        let (x, y) = (pick(&mut rng, n), pick(&mut rng, m));
        let self_marg = Marginals::new(&a, &a).unwrap();
        for g in [
            GroundCost::SquaredEuclidean,
            GroundCost::Euclidean,
            GroundCost::Cosine,
        ] {
            check_exact(
                &format!("dups{g:?}"),
                &CostMatrix::between(&x, &y, g).unwrap(),
                &marg,
                &mut tally,
            );
            check_exact(
                &format!("self{g:?}"),
                &CostMatrix::between(&x, &x, g).unwrap(),
                &self_marg,
                &mut tally,
            );
        }
        let ar: Vec<f64> = a.iter().rev().copied().collect();
        let flip = Marginals::new(&a, &ar).unwrap();
        check_exact(
            "selfflip",
            &CostMatrix::between(&x, &x.flip([0]), GroundCost::SquaredEuclidean).unwrap(),
            &flip,
            &mut tally,
        );
        let big = &x * 1e3 + 5e3;
        check_exact(
            "selfflipbig",
            &CostMatrix::between(&big, &big.flip([0]), GroundCost::SquaredEuclidean).unwrap(),
            &flip,
            &mut tally,
        );
        for sep in [1e2, 1e4, 1e6] {
            let pts = |rng: &mut ChaCha8Rng, n: usize| -> Tensor {
                let v: Vec<f64> = (0..n)
                    .flat_map(|i| {
                        let off = if i % 2 == 0 { 0.0 } else { sep };
                        [off + rng.random::<f64>(), rng.random::<f64>()]
                    })
                    .collect();
                tensor_from_slice(&v, &[n as i64, 2]).unwrap()
            };
            let (x, y) = (pts(&mut rng, n), pts(&mut rng, n));
            check_exact(
                &format!("clusters{sep:e}"),
                &CostMatrix::between(&x, &y, GroundCost::SquaredEuclidean).unwrap(),
                &self_marg,
                &mut tally,
            );
            let dirc: Vec<f64> = (0..n * n)
                .map(|k| {
                    let (i, j) = (k / n, k % n);
                    let c = rng.random::<f64>();
                    if i % 2 == j % 2 { c } else { c + sep * sep }
                })
                .collect();
            check_exact(
                &format!("direct{sep:e}"),
                &CostMatrix::new(dirc, n, n).unwrap(),
                &self_marg,
                &mut tally,
            );
        }
        for mass in [1e-300, 1e-100, 1e100, 1e250] {
            let mm = Marginals::new(&norm(a.clone(), mass), &norm(b.clone(), mass)).unwrap();
            check_exact(
                &format!("mass{mass:e}"),
                &CostMatrix::new(c.clone(), n, m).unwrap(),
                &mm,
                &mut tally,
            );
        }
        let cost = CostMatrix::new(c.clone(), n, m).unwrap();
        let good = Exact::default().solve(&cost, &marg).unwrap();
        let mut start = good.clone();
        let s = [1.0, 1e3, 1e8, 1e200][rep % 4];
        for g in start.potentials.target.iter_mut() {
            *g = s * (rng.random::<f64>() - 0.5);
        }
        for algorithm in [ExactAlgorithm::Auto, ExactAlgorithm::NetworkSimplex] {
            match (Exact {
                algorithm,
                max_iterations: None,
            })
            .solve_from(&start, &cost, &marg, &mut Silent)
            {
                Ok(t) => {
                    if (t.cost - good.cost).abs() > 1e-9 {
                        println!(
                            "warm {s} {algorithm:?}: {} vs {} {:?} its {} ({n},{m})",
                            t.cost, good.cost, t.status, t.iterations
                        )
                    }
                }
                Err(e) => {
                    if s < 1e5 || rep < 20 {
                        println!("warm {s} {algorithm:?}: {e}")
                    }
                }
            }
        }
    }
    for (k, v) in &tally {
        if v.1 > 0 || v.2 > 1e-12 || v.3 > 1e-12 {
            println!(
                "{k}: runs {} errors {} infeasible {:e} marginal {:e}",
                v.0, v.1, v.2, v.3
            );
        }
    }
    println!("exact done: {} groups", tally.len());
    entropic(&mut rng);
    online(&mut rng);
    frob(&mut rng);
    others();
}

fn finite(t: &Transport) -> bool {
    [t.cost, t.regularized_cost, t.dual, t.gap, t.marginal_error]
        .iter()
        .all(|v| v.is_finite())
        && t.potentials
            .source
            .iter()
            .chain(&t.potentials.target)
            .all(|v| v.is_finite())
        && t.plan.to_dense().iter().all(|v| v.is_finite() && *v >= 0.0)
}

fn entropic(rng: &mut ChaCha8Rng) {
    let mut bad = BTreeMap::<String, usize>::new();
    for rep in 0..100 {
        let (n, m) = (rng.random_range(1..20usize), rng.random_range(1..20usize));
        let wt = |rng: &mut ChaCha8Rng, n: usize| -> Vec<f64> {
            match rep % 3 {
                0 => vec![1.0 / n as f64; n],
                1 => norm(
                    (0..n).map(|_| 10f64.powf(rng.random_range(-30.0..0.0))).collect(),
                    1.0,
                ),
                _ => norm(
                    (0..n)
                        .map(|i| {
                            if i > 0 && rng.random_range(0..3) == 0 {
                                0.0
                            } else {
                                rng.random::<f64>() + 0.1
                            }
                        })
                        .collect(),
                    1.0,
                ),
            }
        };
        let (a, b) = (wt(rng, n), wt(rng, m));
        let c: Vec<f64> = (0..n * m)
            .map(|_| match rep % 5 {
                0 => rng.random::<f64>(),
                1 => rng.random::<f64>() - 0.5,
                2 => (rng.random::<f64>() * 3.0).floor(),
                3 => 0.0,
                _ => 10f64.powf(rng.random_range(-8.0..8.0)),
            })
            .collect();
        let cost = CostMatrix::new(c, n, m).unwrap();
        let marg = Marginals::new(&a, &b).unwrap();
        let exact = Exact::default().solve(&cost, &marg);
        for eps in [1e-8, 1e-4, 1e-2, 1.0, 1e4] {
            let mut found = vec![];
            for form in [SinkhornForm::Stabilized, SinkhornForm::LogDomain] {
                for scaling in [None, Some(EpsilonScaling::default())] {
                    let s = Sinkhorn {
                        epsilon: Epsilon::relative(eps, CostScale::Max),
                        form,
                        scaling,
                        max_iterations: 2000,
                        ..Default::default()
                    };
                    let t = match s.solve(&cost, &marg) {
                        Ok(t) => t,
                        Err(e) => {
                            *bad.entry(format!("sinkhorn err {e}")).or_default() += 1;
                            continue;
                        }
                    };
                    if !finite(&t) {
                        *bad.entry(format!(
                            "sinkhorn nonfinite eps {eps} {form:?} rep%5 {} rep%3 {}",
                            rep % 5,
                            rep % 3
                        ))
                        .or_default() += 1;
                    }
                    if t.status == Status::Converged && t.marginal_error > 1e-8 {
                        *bad.entry(format!(
                            "sinkhorn converged but marginal {eps} {form:?} {:e}",
                            t.marginal_error
                        ))
                        .or_default() += 1;
                    }
                    if t.status == Status::Converged {
                        found.push((t.cost, t.dual));
                    }
                    if let Ok(e) = &exact {
                        if t.status == Status::Converged && t.cost < e.cost - 1e-7 * cost.largest() {
                            *bad.entry(format!("below exact {eps} {form:?}")).or_default() += 1;
                        }
                    }
                    let feasible = round_to_marginals(&t.plan, &marg).unwrap();
                    if !(feasible.marginal_error(&marg) < 1e-12) {
                        *bad.entry(format!("rounding {:e}", feasible.marginal_error(&marg)))
                            .or_default() += 1;
                    }
                }
            }
            for w in found.windows(2) {
                if (w[0].0 - w[1].0).abs() > 1e-6 * cost.largest()
                    || (w[0].1 - w[1].1).abs() > 1e-6 * cost.largest()
                {
                    *bad.entry(format!(
                        "forms differ eps {eps} {w:?} big {} rep3 {}",
                        cost.largest(),
                        rep % 3
                    ))
                    .or_default() += 1;
                }
            }
            for (r1, r2) in [
                (Some(1e-6), Some(1e-6)),
                (Some(1.0), Some(1.0)),
                (Some(1e6), None),
                (None, Some(0.1)),
                (None, None),
            ] {
                let u = Unbalanced {
                    epsilon: Epsilon::relative(eps, CostScale::Max),
                    source_reach: r1,
                    target_reach: r2,
                    max_iterations: 500,
                    ..Default::default()
                };
                match u.solve(&cost, &a, &b) {
                    Ok(t) => {
                        if !finite(&t) {
                            *bad.entry(format!(
                                "unbalanced nonfinite eps {eps} reach {r1:?} {r2:?} rep5 {} rep3 {}",
                                rep % 5,
                                rep % 3
                            ))
                            .or_default() += 1;
                        }
                        if t.status == Status::Converged && t.gap.abs() > 1e-6 * (1.0 + cost.largest()) {
                            *bad.entry(format!("unbalanced gap {eps} {r1:?} {r2:?} {:e} dual {} reg {} largest {} n {n} m {m} its {} w {} k {} f {:?} g {:?} a {:?} b {:?} me {:e}", t.gap, t.dual, t.regularized_cost, cost.largest(), t.iterations, rep % 3, rep % 5, &t.potentials.source[..1], &t.potentials.target[..1], &a[..1], &b[..1], t.marginal_error)).or_default() += 1;
                        }
                    }
                    Err(e) => {
                        *bad.entry(format!("unbalanced err {e}")).or_default() += 1;
                    }
                }
            }
        }
    }
    for (k, v) in bad {
        println!("{k}: {v}");
    }
    let cost = CostMatrix::new(vec![0.0, 1.0, 1.0, 0.0], 2, 2).unwrap();
    let u = Unbalanced {
        epsilon: Epsilon::absolute(0.5),
        source_reach: None,
        target_reach: None,
        ..Default::default()
    };
    let t = u.solve(&cost, &[0.5, 0.5], &[0.5, 0.5 + 5e-7]).unwrap();
    println!(
        "unbalanced none/none off by rounding: {:?} its {}",
        t.status, t.iterations
    );
    println!("entropic done");
}

fn online(rng: &mut ChaCha8Rng) {
    for rep in 0..60 {
        let (n, m, d) = (
            rng.random_range(1..30i64),
            rng.random_range(1..30i64),
            rng.random_range(1..5i64),
        );
        let mut s = Seed::new(rep).stream("p", 0);
        let scale = [1.0, 1e-3, 1e5, 30.0][rep as usize % 4];
        let x = random::normal(&mut s, &[n, d], Kind::Double).unwrap() * scale;
        let y = random::normal(&mut s, &[m, d], Kind::Double).unwrap() * scale;
        let mut w = |n: i64| -> Vec<f64> {
            (0..n)
                .map(|i| {
                    if i > 0 && rng.random_range(0..3) == 0 {
                        0.0
                    } else {
                        1.0
                    }
                })
                .collect()
        };
        let (a, b) = (w(n), w(m));
        let marg = Marginals::new(&norm(a, 1.0), &norm(b, 1.0)).unwrap();
        for g in [
            GroundCost::SquaredEuclidean,
            GroundCost::Euclidean,
            GroundCost::Cosine,
        ] {
            for eps in [1e-4, 1e-2, 0.5] {
                let o = OnlineSinkhorn {
                    ground: g,
                    epsilon: Epsilon::relative(eps, CostScale::Max),
                    tolerance: 1e-9,
                    max_iterations: 1000,
                    ..Default::default()
                };
                let t = match o.solve(&x, &y, &marg) {
                    Ok(t) => t,
                    Err(e) => {
                        println!("online err {e}");
                        continue;
                    }
                };
                let cost = CostMatrix::between(&x, &y, g).unwrap();
                let ds = Sinkhorn {
                    epsilon: o.epsilon,
                    tolerance: 1e-9,
                    max_iterations: 1000,
                    ..Default::default()
                }
                .solve(&cost, &marg)
                .unwrap();
                if t.status == Status::Converged
                    && ds.status == Status::Converged
                    && (t.cost - ds.cost).abs() > 1e-6 * cost.largest()
                {
                    println!("online {g:?} {eps}: {} dense {}", t.cost, ds.cost);
                }
                if ![t.cost, t.dual, t.regularized_cost, t.gap]
                    .iter()
                    .all(|v| v.is_finite())
                {
                    println!("online nonfinite");
                }
                let rows = t.plan_rows(&x, &y, &marg, 0..n as usize).unwrap();
                if rows.iter().any(|v| !v.is_finite()) {
                    println!("plan_rows nonfinite {g:?} eps {eps}");
                } else if t.status == Status::Converged {
                    let e: f64 = rows.sum();
                    if (e - 1.0).abs() > 1e-6 {
                        println!("plan_rows mass {e}");
                    }
                }
            }
        }
    }
    println!("online done");
}

fn frob(rng: &mut ChaCha8Rng) {
    let mut lim = BTreeMap::<String, (usize, usize)>::new();
    for rep in 0..60 {
        let (n, m) = (rng.random_range(1..25usize), rng.random_range(1..25usize));
        let wt = |rng: &mut ChaCha8Rng, n: usize| -> Vec<f64> {
            match rep % 3 {
                0 => vec![1.0 / n as f64; n],
                1 => norm(
                    (0..n).map(|_| 10f64.powf(rng.random_range(-20.0..0.0))).collect(),
                    1.0,
                ),
                _ => norm(
                    (0..n)
                        .map(|i| {
                            if i > 0 && rng.random_range(0..3) == 0 {
                                0.0
                            } else {
                                rng.random::<f64>() + 0.1
                            }
                        })
                        .collect(),
                    1.0,
                ),
            }
        };
        let (a, b) = (wt(rng, n), wt(rng, m));
        let marg = Marginals::new(&a, &b).unwrap();
        for kind in 0..6 {
            let c: Vec<f64> = (0..n * m)
                .map(|_| match kind {
                    0 => rng.random::<f64>(),
                    1 => rng.random::<f64>() - 0.5,
                    2 => (rng.random::<f64>() * 3.0).floor(),
                    3 => 0.0,
                    4 => 0.7,
                    _ => 1e-290 * rng.random::<f64>(),
                })
                .collect();
            let cost = CostMatrix::new(c, n, m).unwrap();
            for g in [1e-4, 0.1, 100.0] {
                let t = Frobenius {
                    gamma: Epsilon::relative(g, CostScale::Max),
                    ..Default::default()
                }
                .solve(&cost, &marg)
                .unwrap();
                let e = lim
                    .entry(format!("kind {kind} gamma {g} weights {}", rep % 3))
                    .or_default();
                e.0 += 1;
                if t.status != Status::Converged {
                    e.1 += 1;
                }
                if !finite(&t) {
                    println!("frobenius nonfinite kind {kind} gamma {g} w {}", rep % 3);
                }
            }
        }
    }
    for (k, v) in lim {
        if v.1 > 0 {
            println!("frobenius not converged {k}: {v:?}");
        }
    }
    println!("frob done");
}

fn others() {
    let r = std::panic::catch_unwind(|| {
        Plan::from_dense(ndarray::Array2::<f64>::zeros((3, 0)).view())
            .map(|p| p.mass())
            .ok()
    });
    println!("empty plan: {}", r.is_err());
    let big = Gaussian::diagonal(&[0.0, 0.0], &[1e308, 1e308]).unwrap();
    println!("bures diag big {:?}", bures_wasserstein(&big, &big));
    let t = |v: &[f64], s: &[i64]| tensor_from_slice(v, s).unwrap();
    let g = Gaussian::new(&t(&[0.0, 0.0], &[2]), &t(&[1e308, 0.0, 0.0, 1e308], &[2, 2])).unwrap();
    println!("bures full big {:?}", bures_wasserstein(&g, &g));
    println!(
        "bures nan cov refused {:?}",
        Gaussian::new(&t(&[0.0, 0.0], &[2]), &t(&[f64::NAN, 0.0, 0.0, 1.0], &[2, 2])).is_err()
    );
    println!(
        "bures upper nan cov refused {:?}",
        Gaussian::new(&t(&[0.0, 0.0], &[2]), &t(&[1.0, f64::NAN, 0.0, 1.0], &[2, 2])).is_err()
    );
    println!(
        "fit empty refused {:?}",
        GaussianFit::default()
            .fit(&Tensor::zeros([0, 3], (Kind::Double, tch::Device::Cpu)), &[])
            .is_err()
    );
    let x = t(&[1e200, 0.0, 1e200, 1e200], &[2, 2]);
    println!(
        "cosine huge {:?}",
        CostMatrix::between(&x, &x, GroundCost::Cosine).map(|c| c.values().to_vec())
    );
    let x = t(&[1e-200, 0.0, 1e-200, 1e-200], &[2, 2]);
    println!(
        "cosine tiny {:?}",
        CostMatrix::between(&x, &x, GroundCost::Cosine).map(|c| c.values().to_vec())
    );
    let mx = MaxSlicedWasserstein::default();
    for s in [1.0, 1e-90, 1e-120, 1e90, 1e120] {
        let mut st = Seed::new(3).stream("p", 0);
        let x = random::normal(&mut st, &[40, 3], Kind::Double).unwrap();
        let y = &x * t(&[1.0, 3.0, 1.0], &[1, 3]);
        println!(
            "max sliced scale {s:e}: {:?}",
            mx.solve(&(x * s), &(y * s), &Marginals::uniform(40, 40).unwrap())
                .map(|f| (f.distance / s, f.iterations, f.status))
        );
    }
    println!(
        "sliced huge {:?}",
        SlicedWasserstein::default()
            .solve(
                &t(&[1e200], &[1, 1]),
                &t(&[-1e200], &[1, 1]),
                &Marginals::uniform(1, 1).unwrap()
            )
            .map_err(|e| e.to_string())
    );
    let n = 300000;
    let m = 700001;
    let x: Vec<f64> = (0..n).map(|i| i as f64 / n as f64).collect();
    let y: Vec<f64> = (0..m).map(|i| i as f64 / m as f64).collect();
    let p = monotone_plan(&x, &vec![1.0 / n as f64; n], &y, &vec![1.0 / m as f64; m]).unwrap();
    println!(
        "1d big marginal error {:e}",
        p.marginal_error(&Marginals::uniform(n, m).unwrap())
    );
}

fn noise() {
    for d in [1i64, 3, 8, 64, 512, 2048] {
        for n in [1i64, 5, 200] {
            for kind in 0..4 {
                let mut st = Seed::new(d as u64).stream("p", 0);
                let x = random::normal(&mut st, &[n, d], Kind::Double).unwrap();
                let x = match kind {
                    0 => x,
                    1 => x.relu(),
                    2 => x + 10.0,
                    _ => x.exp().pow_tensor_scalar(4),
                };
                let z = Tensor::cat(&[x.shallow_clone(), x.flip([0])], 0);
                let dims: &[i64] = &[0];
                let c = CostMatrix::between(&x, &z, GroundCost::SquaredEuclidean).unwrap();
                let m = z.mean_dim(dims, true, Kind::Double);
                let last: &[i64] = &[1];
                let norms: Vec<f64> =
                    Vec::try_from((&x - m).square().sum_dim_intlist(last, false, Kind::Double)).unwrap();
                let mut worst = 0.0f64;
                for i in 0..n as usize {
                    for j in [i, (2 * n) as usize - 1 - i] {
                        worst = worst.max(c.row(i)[j] / (2.0 * norms[i] + 1e-300));
                    }
                }
                if worst > 0.0 {
                    println!("d {d} n {n} kind {kind}: {:.2} eps", worst / f64::EPSILON);
                }
            }
        }
    }
}
