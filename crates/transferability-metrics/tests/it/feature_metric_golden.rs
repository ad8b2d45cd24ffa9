//! The metrics that read features against numbers from other programs.

use golden::{Golden, Result, assert_close};
use tensor_core::Seed;
use transferability_metrics::{
    ClassAveraging, GaussianShape, Gbc, Lfc, Metric, Parc, Sample, Sfda, TransRate, VarianceEstimate,
};

use crate::samples::{golden_sample, sample_of};

/// The stored shrinkage and ours differ by the rounding of an eigenvalue.
const SHRINKAGE_RTOL: f64 = 1e-12;

fn score(metric: &dyn Metric, sample: &Sample) -> f64 {
    metric.score(sample).expect("a regular sample")
}

#[test]
fn transrate() -> Result<()> {
    let golden = Golden::load("tests/golden/transrate.json")?;
    let four = sample_of(&[0.0, 1.0, 2.0, 0.0, 2.0, 1.0, 4.0, 3.0], &[0, 0, 1, 1]);
    for (text, epsilon) in [("1e-4", 1e-4), ("1", 1.0)] {
        let metric = TransRate {
            epsilon,
            ..TransRate::default()
        };
        golden.assert_scalar(&format!("four.uniform.{text}"), score(&metric, &four));
    }
    for name in ["tall", "wide"] {
        let sample = golden_sample(&golden, &format!("{name}.features"), "labels");
        for (text, epsilon) in [("1e-4", 1e-4), ("0.5", 0.5)] {
            for (average, averaging) in [
                ("uniform", ClassAveraging::UniformClasses),
                ("frequency", ClassAveraging::ClassFrequency),
            ] {
                let metric = TransRate { epsilon, averaging };
                golden.assert_scalar(&format!("{name}.{average}.{text}"), score(&metric, &sample));
            }
        }
    }
    Ok(())
}

#[test]
fn lfc() -> Result<()> {
    let golden = Golden::load("tests/golden/lfc.json")?;
    for name in ["tall", "wide", "offset"] {
        let sample = golden_sample(&golden, &format!("{name}.features"), "labels");
        golden.assert_scalar(name, score(&Lfc, &sample));
    }
    Ok(())
}

#[test]
fn gbc() -> Result<()> {
    let golden = Golden::load("tests/golden/gbc.json")?;
    golden.assert_scalar(
        "two_points",
        score(&Gbc::default(), &sample_of(&[-1.0, 1.0, 1.0, 3.0], &[0, 0, 1, 1])),
    );
    let sample = golden_sample(&golden, "features", "labels");
    for (name, shape) in [
        ("diagonal", GaussianShape::Diagonal),
        ("spherical", GaussianShape::Spherical),
        ("spherical_log_once", GaussianShape::SphericalLogOnce),
    ] {
        let raw = Gbc {
            shape,
            n_components: None,
            ..Gbc::default()
        };
        golden.assert_scalar(&format!("raw.{name}.population"), score(&raw, &sample));
        let unbiased = Gbc {
            variance: VarianceEstimate::Sample,
            ..raw
        };
        golden.assert_scalar(&format!("raw.{name}.sample"), score(&unbiased, &sample));
        let reduced = Gbc {
            n_components: Some(3),
            ..raw
        };
        golden.assert_scalar(&format!("pca3.{name}.population"), score(&reduced, &sample));
    }
    Ok(())
}

#[test]
fn parc() -> Result<()> {
    let golden = Golden::load("tests/golden/parc.json")?;
    let metric = |n_components| Parc {
        n_components,
        ..Parc::default()
    };
    for labels in ["two", "three"] {
        let sample = golden_sample(&golden, "features", labels);
        golden.assert_scalar(&format!("raw.{labels}"), score(&metric(None), &sample));
        golden.assert_scalar(&format!("pca4.{labels}"), score(&metric(Some(4)), &sample));
    }
    let constant = golden_sample(&golden, "constant.features", "three");
    golden.assert_scalar("constant.three", score(&metric(None), &constant));
    Ok(())
}

#[test]
fn parc_of_a_subset_is_that_of_some_rows() -> Result<()> {
    let golden = Golden::load("tests/golden/parc.json")?;
    let sample = golden_sample(&golden, "features", "three");
    let subset = |size, seed| Parc {
        n_components: Some(4),
        max_samples: Some(size),
        seed: Seed::new(seed),
    };
    golden.assert_scalar("pca4.three", score(&subset(36, 1), &sample));
    assert_eq!(score(&subset(20, 1), &sample), score(&subset(20, 1), &sample));
    assert_ne!(score(&subset(20, 1), &sample), score(&subset(20, 2), &sample));
    Ok(())
}

#[test]
fn sfda() -> Result<()> {
    let golden = Golden::load("tests/golden/sfda.json")?;
    for (name, shrinkages) in [
        ("tall", &[("0.1", 0.1), ("1e-10", 1e-10)][..]),
        ("wide", &[("0.9", 0.9)]),
    ] {
        let sample = golden_sample(&golden, &format!("{name}.features"), "labels");
        for &(text, shrinkage) in shrinkages {
            let metric = Sfda {
                shrinkage: Some(shrinkage),
            };
            golden.assert_scalar(&format!("{name}.fixed.{text}"), score(&metric, &sample));
        }
        golden.assert_scalar(&format!("{name}.adaptive"), score(&Sfda::default(), &sample));
        let stored = Sfda {
            shrinkage: Some(golden.scalar(&format!("{name}.shrinkage"))?),
        };
        assert_close(
            &[score(&stored, &sample)],
            &[score(&Sfda::default(), &sample)],
            SHRINKAGE_RTOL,
            0.0,
        );
    }
    Ok(())
}
