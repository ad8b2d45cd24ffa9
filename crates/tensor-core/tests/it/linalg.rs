//! `tensor_core::linalg` against 50 digits of mpmath: `tests/golden/linalg.py`.

use golden::Golden;
use tensor_core::{Result, Tensor, convert, linalg};

type Outcome = std::result::Result<(), Box<dyn std::error::Error>>;

fn load() -> golden::Result<Golden> {
    Golden::load("tests/golden/linalg.json")
}

fn tensor(golden: &Golden, name: &str) -> std::result::Result<Tensor, Box<dyn std::error::Error>> {
    let (shape, values) = golden.array(name)?;
    let shape: Vec<i64> = shape.iter().map(|&length| length as i64).collect();
    Ok(convert::tensor_from_slice(&values, &shape)?)
}

fn values(tensor: &Tensor) -> Result<Vec<f64>> {
    Ok(convert::array_from_tensor::<f64>("result", tensor)?
        .into_iter()
        .collect())
}

#[test]
fn a_definite_matrix() -> Outcome {
    let golden = load()?;
    let a = tensor(&golden, "definite")?;
    golden.assert_array("definite/eigenvalues", &values(&linalg::eigh(&a)?.values)?);
    golden.assert_array("definite/eigenvalues", &values(&linalg::eigvalsh(&a)?)?);
    golden.assert_array("definite/cholesky", &values(&linalg::cholesky(&a)?)?);
    golden.assert_scalar("definite/logdet", linalg::logdet_spd(&a)?);
    golden.assert_array("definite/inverse", &values(&linalg::pinv_symmetric(&a, 1e-12)?)?);
    golden.assert_array("definite/sqrt", &values(&linalg::sqrt_psd(&a)?)?);

    let b = tensor(&golden, "b")?;
    golden.assert_array("definite/solution", &values(&linalg::solve(&a, &b)?)?);
    let factor = linalg::cholesky(&a)?;
    golden.assert_array(
        "definite/solution",
        &values(&linalg::cholesky_solve(&factor, &b)?)?,
    );
    Ok(())
}

#[test]
fn a_deficient_matrix() -> Outcome {
    let golden = load()?;
    let a = tensor(&golden, "deficient")?;
    golden.assert_array("deficient/pinv", &values(&linalg::pinv_symmetric(&a, 1e-12)?)?);
    assert_eq!(
        golden.integers("deficient/rank")?,
        [linalg::numerical_rank(&a, None)? as i64]
    );
    Ok(())
}

#[test]
fn features() -> Outcome {
    let golden = load()?;
    let features = tensor(&golden, "features")?;
    let (_, weights) = golden.array("weights")?;
    golden.assert_array(
        "features/singular_values",
        &values(&linalg::svd(&features)?.values)?,
    );
    golden.assert_array("features/gram", &values(&linalg::gram(&features)?)?);
    golden.assert_array(
        "features/weighted_gram",
        &values(&linalg::weighted_gram(&features, &weights)?)?,
    );
    Ok(())
}
