//! Transport on the line against POT.

use golden::Golden;
use ot_transferability::{monotone_plan, wasserstein_1d};

#[test]
fn costs_and_plan_are_those_of_pot() {
    let golden = Golden::load("tests/golden/one_dimensional.json").expect("golden values");
    let vector = |name| golden.array(name).expect("a vector").1;
    let (x, y, a, b) = (vector("x"), vector("y"), vector("a"), vector("b"));
    let uniform = |points: &[f64]| vec![1.0 / points.len() as f64; points.len()];
    for p in ["1", "1.5", "2", "3"] {
        let power = p.parse().expect("a number");
        let cost = |a: &[f64], b: &[f64]| wasserstein_1d(&x, a, &y, b, power).expect("a cost");
        golden.assert_scalar(&format!("uniform.{p}"), cost(&uniform(&x), &uniform(&y)));
        golden.assert_scalar(&format!("weighted.{p}"), cost(&a, &b));
    }
    let plan = monotone_plan(&x, &a, &y, &b).expect("a plan").to_dense();
    golden.assert_array("plan", plan.as_slice().expect("row after row"));
}
