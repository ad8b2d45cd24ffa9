//! `tensor_core::numeric` against SciPy and exact fractions: `tests/golden/statistics.py`.

use golden::Golden;
use tensor_core::{
    Result, Seed,
    numeric::{
        Alternative, Bootstrap, Jackknife, Moments, average_ranks, kendall, logsumexp, pearson,
        permutation_test, quantile, quantiles, softmax, spearman, weighted_kendall,
        weighted_kendall_by_first,
    },
};

type Outcome = std::result::Result<(), Box<dyn std::error::Error>>;
type Correlation = fn(&[f64], &[f64]) -> Result<Option<f64>>;

fn load() -> golden::Result<Golden> {
    Golden::load("tests/golden/statistics.json")
}

fn vector(golden: &Golden, name: &str) -> golden::Result<Vec<f64>> {
    golden.array(name).map(|(_, values)| values)
}

fn value(tau: Result<Option<f64>>) -> f64 {
    tau.expect("valid vectors").expect("neither is constant")
}

#[test]
fn correlations() -> Outcome {
    let golden = load()?;
    for name in [
        "two",
        "five",
        "five_tied",
        "one_apart",
        "twelve_tied",
        "thousand",
        "thousand_tied",
    ] {
        let (x, y) = (
            vector(&golden, &format!("{name}/x"))?,
            vector(&golden, &format!("{name}/y"))?,
        );
        let actual = [
            value(pearson(&x, &y)),
            value(spearman(&x, &y)),
            value(kendall(&x, &y)),
            value(weighted_kendall(&x, &y)),
            value(weighted_kendall_by_first(&x, &y)),
            value(weighted_kendall_by_first(&y, &x)),
        ];
        golden.assert_array(&format!("{name}/correlations"), &actual);
    }
    Ok(())
}

#[test]
fn pearson_where_digits_are_scarce() -> Outcome {
    let golden = load()?;
    for name in ["ulps", "mixed", "huge"] {
        let (x, y) = (
            vector(&golden, &format!("exact/{name}/x"))?,
            vector(&golden, &format!("exact/{name}/y"))?,
        );
        golden.assert_scalar(&format!("exact/{name}/pearson"), value(pearson(&x, &y)));
    }
    Ok(())
}

#[test]
fn moments_where_digits_are_scarce() -> Outcome {
    let golden = load()?;
    for name in ["ulps", "mixed"] {
        let moments = Moments::of(&vector(&golden, &format!("exact/{name}/x"))?)?;
        let actual = [
            moments.mean(),
            moments.population_variance(),
            moments.sample_variance(),
        ];
        golden.assert_array(
            &format!("exact/{name}/moments"),
            &actual.map(|moment| moment.expect("fifty numbers")),
        );
    }
    Ok(())
}

#[test]
fn quantiles_and_ranks() -> Outcome {
    let golden = load()?;
    let (x, probabilities) = (
        vector(&golden, "skewed/x")?,
        vector(&golden, "skewed/probabilities")?,
    );
    golden.assert_array("skewed/quantiles", &quantiles(&x, &probabilities)?);
    let one_by_one: Vec<f64> = probabilities
        .iter()
        .map(|&p| quantile(&x, p))
        .collect::<Result<_>>()?;
    golden.assert_array("skewed/quantiles", &one_by_one);
    golden.assert_array("skewed/ranks", &average_ranks(&x)?);
    Ok(())
}

#[test]
fn sums_of_exponentials() -> Outcome {
    let golden = load()?;
    let logits = vector(&golden, "logits/x")?;
    golden.assert_scalar("logits/logsumexp", logsumexp(&logits));
    golden.assert_array("logits/softmax", &softmax(&logits)?);
    Ok(())
}

#[test]
fn bootstrap_intervals_from_given_replicates() -> Outcome {
    let golden = load()?;
    let levels = vector(&golden, "bootstrap/levels")?;
    for name in ["pearson", "kendall"] {
        let bootstrap = Bootstrap {
            estimate: Some(golden.scalar(&format!("bootstrap/{name}/estimate"))?),
            replicates: vector(&golden, &format!("bootstrap/{name}/replicates"))?,
            n_undefined: 0,
        };
        let jackknife = Jackknife {
            values: vector(&golden, &format!("bootstrap/{name}/jackknife"))?,
            n_undefined: 0,
        };
        let (mut percentile, mut bca) = (Vec::new(), Vec::new());
        for &level in &levels {
            let (low, high) = bootstrap.percentile(level)?.bounds().expect("replicates differ");
            percentile.extend([low, high]);
            let (low, high) = bootstrap
                .bca(level, &jackknife)?
                .bounds()
                .expect("nothing degenerate");
            bca.extend([low, high]);
        }
        golden.assert_array(&format!("bootstrap/{name}/percentile"), &percentile);
        golden.assert_array(&format!("bootstrap/{name}/bca"), &bca);
    }
    Ok(())
}

#[test]
fn exact_permutation_p_values() -> Outcome {
    let golden = load()?;
    let statistics: [(&str, Correlation); 3] =
        [("pearson", pearson), ("spearman", spearman), ("kendall", kendall)];
    for case in ["six", "six_tied", "seven_against"] {
        let x = vector(&golden, &format!("permutation/{case}/x"))?;
        let y = vector(&golden, &format!("permutation/{case}/y"))?;
        for (name, statistic) in statistics {
            let mut p_values = Vec::new();
            for alternative in [Alternative::Greater, Alternative::Less, Alternative::TwoSided] {
                let test = permutation_test(&x, &y, statistic, 5040, alternative, Seed::new(0))?;
                let test = test.expect("neither is constant");
                assert!(test.exact && test.n_undefined == 0);
                p_values.push(test.p_value);
            }
            golden.assert_array(&format!("permutation/{case}/{name}"), &p_values);
        }
    }
    Ok(())
}
