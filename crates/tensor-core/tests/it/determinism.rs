//! Two runs give the same bits; libtorch's thread count changes the last digits at most. What the crate itself runs on
//! several threads is tested beside the code.

use golden::assert_close;
use tensor_core::array_io::write_npy;
use tensor_core::{Kind, Result, Seed, Tensor, convert, linalg, random};

type Outcome = std::result::Result<(), Box<dyn std::error::Error>>;

/// Another number of threads splits sums of 1500 terms elsewhere: at most 1500 roundings, 2e-13, of values of size 1;
/// the condition number of the Gram matrix, 5, comes on top in the solutions.
const RTOL: f64 = 1e-12;
const ATOL: f64 = 1e-12;

/// 1500 samples of 200 features, scaled so that the Gram matrix is near the identity.
fn features() -> Result<Tensor> {
    let mut rng = Seed::new(1).stream("determinism/features", 0);
    Ok(random::normal(&mut rng, &[1500, 200], Kind::Double)?.f_div_scalar(1500.0_f64.sqrt())?)
}

/// Results of every kind of kernel that the crate leaves to libtorch: products, factorisations, reductions.
fn results(features: &Tensor) -> Result<Vec<f64>> {
    let gram = linalg::gram(features)?;
    let b = features.f_sum_dim_intlist([0_i64].as_slice(), false, None)?;
    let parts = [
        gram.f_flatten(0, -1)?,
        linalg::eigvalsh(&gram)?,
        linalg::svd(features)?.values,
        linalg::cholesky_solve(&linalg::cholesky(&gram)?, &b)?,
        linalg::solve(&gram, &b)?,
        linalg::sqrt_psd(&gram)?.f_flatten(0, -1)?,
    ];
    convert::vector("results", &Tensor::f_cat(&parts, 0)?)
}

/// One test, because the number of threads belongs to the whole process.
#[test]
fn two_runs_give_the_same_bits_and_two_thread_counts_the_same_numbers() -> Outcome {
    let folder = tempfile::tempdir()?;
    let run = |name: &str, n_threads| -> std::result::Result<_, Box<dyn std::error::Error>> {
        tch::set_num_threads(n_threads);
        let features = features()?;
        let path = folder.path().join(name);
        write_npy(&path, &features)?;
        Ok((std::fs::read(&path)?, results(&features)?))
    };
    let before = tch::get_num_threads();
    let (first, second, threaded) = (run("first", 1), run("second", 1), run("threaded", 2));
    tch::set_num_threads(before);
    let (first, second, threaded) = (first?, second?, threaded?);
    assert!(first == second, "the runs differ");
    assert!(first.0 == threaded.0, "the draws differ");
    assert_close(&threaded.1, &first.1, RTOL, ATOL);
    Ok(())
}
