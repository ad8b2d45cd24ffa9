use golden::assert_close;
use tch::Kind;

use super::super::optimizer::problem::{Problem, solve_with_libtorch};
use super::*;
use crate::Error;

/// Both sides follow one recurrence in `f64` and differ by a few roundings a step, 50 times over; a quotient of
/// moments is no worse conditioned than that while the gradients are not all but zero.
const RTOL: f64 = 1e-12;
const ATOL: f64 = 1e-13;
const STEPS: usize = 50;

fn advance(problem: &Problem, adam: &mut Adam, steps: std::ops::Range<usize>) {
    for step in steps {
        if step == 30 {
            adam.set_lr(adam.params().lr / 2.0).expect("in range");
        }
        adam.zero_grad().expect("libtorch agrees");
        problem.loss(step).backward();
        adam.step().expect("libtorch agrees");
    }
}

fn solve(params: AdamParams) -> Vec<f64> {
    let problem = Problem::new(Kind::Double);
    let mut adam = Adam::new(problem.parameters(), params).expect("sound parameters");
    advance(&problem, &mut adam, 0..STEPS);
    problem.values()
}

#[test]
fn it_is_libtorchs_adam() {
    for (lr, betas, eps, weight_decay) in [
        (1e-3, (0.9, 0.999), 1e-8, 0.0),
        (0.05, (0.5, 0.9), 1e-8, 0.0),
        (0.02, (0.9, 0.999), 1e-2, 0.1),
        (0.02, (0.0, 0.0), 1e-8, 0.0),
    ] {
        let params = AdamParams {
            lr,
            betas,
            eps,
            weight_decay,
            decoupled: false,
        };
        let oracle = tch::nn::Adam {
            beta1: betas.0,
            beta2: betas.1,
            wd: weight_decay,
            eps,
            amsgrad: false,
        };
        assert_close(
            &solve(params),
            &solve_with_libtorch(oracle, lr, STEPS),
            RTOL,
            ATOL,
        );
    }
}

#[test]
fn decoupled_it_is_libtorchs_adam_w() {
    for weight_decay in [0.0, 0.01, 0.5] {
        let params = AdamParams {
            lr: 0.03,
            weight_decay,
            ..AdamParams::adam_w()
        };
        let oracle = tch::nn::AdamW {
            wd: weight_decay,
            ..tch::nn::AdamW::default()
        };
        assert_close(
            &solve(params),
            &solve_with_libtorch(oracle, 0.03, STEPS),
            RTOL,
            ATOL,
        );
    }
}

#[test]
fn a_resumed_run_is_the_whole_run_bit_for_bit() {
    for kind in [Kind::Float, Kind::Double] {
        for params in [
            AdamParams {
                lr: 0.1,
                ..AdamParams::default()
            },
            AdamParams::adam_w(),
        ] {
            let whole = Problem::new(kind);
            let mut adam = Adam::new(whole.parameters(), params).expect("sound parameters");
            advance(&whole, &mut adam, 0..20);

            let part = Problem::new(kind);
            let mut first = Adam::new(part.parameters(), params).expect("sound parameters");
            advance(&part, &mut first, 0..10);
            let state = first.state().expect("memory enough");
            let mut second = Adam::new(part.parameters(), params).expect("sound parameters");
            second.load_state(&state).expect("its own state");
            advance(&part, &mut second, 10..20);

            assert_eq!(part.values(), whole.values());
            assert_eq!(
                second.state().expect("memory enough"),
                adam.state().expect("memory enough")
            );
        }
    }
}

#[test]
fn a_snapshot_does_not_move_with_the_run() {
    let problem = Problem::new(Kind::Double);
    let mut adam = Adam::new(problem.parameters(), AdamParams::default()).expect("sound parameters");
    advance(&problem, &mut adam, 0..3);
    let state = adam.state().expect("memory enough");
    let before = state["exp_avg.weight"].copy();
    advance(&problem, &mut adam, 3..6);
    assert_eq!(state["exp_avg.weight"], before);
    adam.load_state(&state).expect("its own state");
    advance(&problem, &mut adam, 3..6);
    assert_eq!(state["exp_avg.weight"], before);
}

#[test]
fn a_state_leaves_its_gradient_graph_behind() {
    let problem = Problem::new(Kind::Double);
    let mut adam = Adam::new(problem.parameters(), AdamParams::default()).expect("sound parameters");
    let mut state = adam.state().expect("memory enough");
    state.insert(
        "exp_avg.bias".to_owned(),
        problem.parameters()[1].1.shallow_clone(),
    );
    adam.load_state(&state).expect("shape and kind fit");
    assert!(!adam.state().expect("memory enough")["exp_avg.bias"].requires_grad());
}

#[test]
fn without_a_gradient_nothing_moves() {
    let problem = Problem::new(Kind::Double);
    let never = problem.parameters()[3].1.detach().copy();
    let params = AdamParams {
        weight_decay: 0.1,
        ..AdamParams::adam_w()
    };
    let mut adam = Adam::new(problem.parameters(), params).expect("sound parameters");
    advance(&problem, &mut adam, 0..8);
    assert_eq!(problem.parameters()[3].1, never);
    let state = adam.state().expect("memory enough");
    let steps =
        ["weight", "bias", "late", "never"].map(|name| state[&format!("step.{name}")].int64_value(&[]));
    assert_eq!(steps, [8, 8, 3, 0]);
}

#[test]
fn a_learning_rate_of_zero_moves_nothing() {
    let problem = Problem::new(Kind::Double);
    let before = problem.values();
    let params = AdamParams {
        lr: 0.0,
        ..AdamParams::adam_w()
    };
    let mut adam = Adam::new(problem.parameters(), params).expect("sound parameters");
    advance(&problem, &mut adam, 0..3);
    assert_eq!(problem.values(), before);
}

#[test]
fn a_nan_gradient_stays_in_its_element() {
    let weight = Tensor::from_slice(&[1.0, 2.0]).set_requires_grad(true);
    let params = AdamParams {
        lr: 0.5,
        eps: 0.0,
        ..AdamParams::default()
    };
    let mut adam = Adam::new(vec![("w".to_owned(), weight.shallow_clone())], params).expect("sound");
    (&weight * Tensor::from_slice(&[f64::NAN, 1.0]))
        .sum(None)
        .backward();
    adam.step().expect("libtorch agrees");
    assert_close(&Vec::try_from(&weight).expect("f64"), &[f64::NAN, 1.5], 0.0, 0.0);
}

#[test]
fn a_state_that_does_not_fit_is_refused_and_changes_nothing() {
    let problem = Problem::new(Kind::Double);
    let mut adam = Adam::new(problem.parameters(), AdamParams::default()).expect("sound parameters");
    advance(&problem, &mut adam, 0..7);
    let sound = adam.state().expect("memory enough");
    let spoiled = |name: &str, entry: Option<Tensor>| {
        let mut state: BTreeMap<String, Tensor> = sound
            .iter()
            .map(|(name, tensor)| (name.clone(), tensor + 1))
            .collect();
        state.remove(name);
        state.extend(entry.map(|entry| (name.to_owned(), entry)));
        state
    };
    let zeros = |shape: &[i64]| Tensor::zeros(shape, (Kind::Double, tch::Device::Cpu));
    let mut refused = |state| adam.load_state(&state).expect_err("it does not fit");

    let error = refused(spoiled("exp_avg_sq.bias", None));
    assert!(
        matches!(&error, Error::MissingEntry { name, .. } if name == "exp_avg_sq.bias"),
        "{error}"
    );
    let error = refused(spoiled("step.never", None));
    assert!(
        matches!(&error, Error::MissingEntry { name, .. } if name == "step.never"),
        "{error}"
    );
    let error = refused(spoiled("exp_avg.other", Some(zeros(&[2]))));
    assert!(
        matches!(&error, Error::UnexpectedEntry { name, .. } if name == "exp_avg.other"),
        "{error}"
    );
    let error = refused(spoiled("exp_avg.weight", Some(zeros(&[2, 3]))));
    assert!(
        matches!(&error, Error::Shape { what, .. } if what == "exp_avg.weight"),
        "{error}"
    );
    let error = refused(spoiled(
        "exp_avg.weight",
        Some(zeros(&[3, 2]).to_kind(Kind::Float)),
    ));
    assert!(
        matches!(&error, Error::Kind { what, .. } if what == "exp_avg.weight"),
        "{error}"
    );
    let error = refused(spoiled("step.bias", Some(zeros(&[]))));
    assert!(
        matches!(&error, Error::Kind { what, .. } if what == "step.bias"),
        "{error}"
    );
    let error = refused(spoiled("step.bias", Some(Tensor::from_slice(&[1_i64]))));
    assert!(
        matches!(&error, Error::Shape { what, .. } if what == "step.bias"),
        "{error}"
    );
    let error = refused(spoiled("step.bias", Some(Tensor::from(-1_i64))));
    assert!(matches!(&error, Error::Parameter { name: "step", .. }), "{error}");

    assert_eq!(adam.state().expect("memory enough"), sound);
}

#[test]
fn bad_parameters_are_refused() {
    let trainable = || Tensor::from_slice(&[1.0]).set_requires_grad(true);
    let refused = |parameters: Vec<(&str, Tensor)>| {
        let parameters = parameters
            .into_iter()
            .map(|(name, tensor)| (name.to_owned(), tensor));
        Adam::new(parameters.collect(), AdamParams::default()).expect_err("unsound parameters")
    };
    let error = refused(vec![("a", trainable()), ("b", trainable()), ("a", trainable())]);
    assert!(
        matches!(&error, Error::DuplicateName { name, .. } if name == "a"),
        "{error}"
    );
    let error = refused(vec![]);
    assert!(matches!(&error, Error::TooFew { .. }), "{error}");
    let error = refused(vec![("a", Tensor::from_slice(&[1_i64]))]);
    assert!(matches!(&error, Error::Kind { .. }), "{error}");
    let error = refused(vec![("a", Tensor::from_slice(&[1.0]))]);
    assert!(
        matches!(&error, Error::NotTrainable { what } if what == "a"),
        "{error}"
    );
    let error = refused(vec![("a", trainable() * 2)]);
    assert!(
        matches!(&error, Error::NotTrainable { what } if what == "a"),
        "{error}"
    );
}

#[test]
fn every_bound_of_the_parameters_is_checked() {
    let default = AdamParams::default;
    for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -1e-9] {
        assert!(
            AdamParams { lr: bad, ..default() }.validate().is_err(),
            "lr {bad}"
        );
        assert!(
            AdamParams {
                eps: bad,
                ..default()
            }
            .validate()
            .is_err(),
            "eps {bad}"
        );
        assert!(
            AdamParams {
                weight_decay: bad,
                ..default()
            }
            .validate()
            .is_err(),
            "weight_decay {bad}"
        );
    }
    for bad in [f64::NAN, 1.0, -1e-9, f64::INFINITY] {
        assert!(
            AdamParams {
                betas: (bad, 0.9),
                ..default()
            }
            .validate()
            .is_err(),
            "beta1 {bad}"
        );
        assert!(
            AdamParams {
                betas: (0.9, bad),
                ..default()
            }
            .validate()
            .is_err(),
            "beta2 {bad}"
        );
    }
    let edge = AdamParams {
        lr: 0.0,
        betas: (0.0, -0.0),
        eps: 0.0,
        weight_decay: 0.0,
        decoupled: true,
    };
    assert!(edge.validate().is_ok());

    let problem = Problem::new(Kind::Double);
    let mut adam = Adam::new(problem.parameters(), default()).expect("sound parameters");
    assert!(adam.set_lr(f64::NAN).is_err());
    assert_eq!(adam.params().lr, 1e-3);
}

#[test]
fn parameters_refuse_unknown_fields() {
    let parse = serde_json::from_str::<AdamParams>;
    assert_eq!(
        parse(r#"{"lr": 0.5}"#).expect("known"),
        AdamParams {
            lr: 0.5,
            ..AdamParams::default()
        }
    );
    assert!(parse(r#"{"learning_rate": 0.5}"#).is_err());
}
