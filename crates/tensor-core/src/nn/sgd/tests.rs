use golden::assert_close;
use tch::Kind;

use super::super::optimizer::problem::{Problem, solve_with_libtorch};
use super::*;
use crate::Error;

/// Both sides follow one recurrence in `f64` and differ by a few roundings a step, 50 times over, of a descent
/// that contracts.
const RTOL: f64 = 1e-13;
const ATOL: f64 = 1e-14;
const STEPS: usize = 50;

const MOMENTUM: SgdParams = SgdParams {
    lr: 0.1,
    momentum: 0.9,
    dampening: 0.0,
    weight_decay: 0.0,
    nesterov: false,
};

fn advance(problem: &Problem, sgd: &mut Sgd, steps: std::ops::Range<usize>) {
    for step in steps {
        if step == 30 {
            sgd.set_lr(sgd.params().lr / 2.0).expect("in range");
        }
        sgd.zero_grad().expect("libtorch agrees");
        problem.loss(step).backward();
        sgd.step().expect("libtorch agrees");
    }
}

#[test]
fn it_is_libtorchs_sgd() {
    for params in [
        SgdParams {
            momentum: 0.0,
            ..MOMENTUM
        },
        SgdParams {
            momentum: 0.0,
            weight_decay: 0.1,
            ..MOMENTUM
        },
        MOMENTUM,
        SgdParams {
            dampening: 0.3,
            ..MOMENTUM
        },
        SgdParams {
            nesterov: true,
            ..MOMENTUM
        },
        SgdParams {
            nesterov: true,
            weight_decay: 0.1,
            ..MOMENTUM
        },
    ] {
        let problem = Problem::new(Kind::Double);
        let mut sgd = Sgd::new(problem.parameters(), params).expect("sound parameters");
        advance(&problem, &mut sgd, 0..STEPS);
        let SgdParams {
            lr,
            momentum,
            dampening,
            weight_decay,
            nesterov,
        } = params;
        let oracle = tch::nn::Sgd {
            momentum,
            dampening,
            wd: weight_decay,
            nesterov,
        };
        assert_close(
            &problem.values(),
            &solve_with_libtorch(oracle, lr, STEPS),
            RTOL,
            ATOL,
        );
    }
}

#[test]
fn a_resumed_run_is_the_whole_run_bit_for_bit() {
    for kind in [Kind::Float, Kind::Double] {
        // Steps 3 and 4: `late` has no buffer yet when the state is saved.
        for (params, cut) in [
            (MOMENTUM, 10),
            (
                SgdParams {
                    dampening: 0.5,
                    ..MOMENTUM
                },
                3,
            ),
            (
                SgdParams {
                    nesterov: true,
                    ..MOMENTUM
                },
                10,
            ),
            (
                SgdParams {
                    momentum: 0.0,
                    ..MOMENTUM
                },
                10,
            ),
        ] {
            let whole = Problem::new(kind);
            let mut sgd = Sgd::new(whole.parameters(), params).expect("sound parameters");
            advance(&whole, &mut sgd, 0..20);

            let part = Problem::new(kind);
            let mut first = Sgd::new(part.parameters(), params).expect("sound parameters");
            advance(&part, &mut first, 0..cut);
            let state = first.state().expect("memory enough");
            let mut second = Sgd::new(part.parameters(), params).expect("sound parameters");
            second.load_state(&state).expect("its own state");
            advance(&part, &mut second, cut..20);

            assert_eq!(part.values(), whole.values());
            assert_eq!(
                second.state().expect("memory enough"),
                sgd.state().expect("memory enough")
            );
        }
    }
}

#[test]
fn the_state_names_what_has_moved() {
    let problem = Problem::new(Kind::Double);
    let mut sgd = Sgd::new(problem.parameters(), MOMENTUM).expect("sound parameters");
    advance(&problem, &mut sgd, 0..3);
    let names: Vec<String> = sgd.state().expect("memory enough").into_keys().collect();
    assert_eq!(
        names,
        [
            "momentum_buffer.bias",
            "momentum_buffer.weight",
            "step.bias",
            "step.late",
            "step.never",
            "step.weight"
        ]
    );
}

#[test]
fn without_a_gradient_nothing_moves() {
    let problem = Problem::new(Kind::Double);
    let never = problem.parameters()[3].1.detach().copy();
    let params = SgdParams {
        weight_decay: 0.1,
        ..MOMENTUM
    };
    let mut sgd = Sgd::new(problem.parameters(), params).expect("sound parameters");
    advance(&problem, &mut sgd, 0..8);
    assert_eq!(problem.parameters()[3].1, never);
}

#[test]
fn a_nan_gradient_stays_in_its_element() {
    let weight = Tensor::from_slice(&[1.0, 2.0]).set_requires_grad(true);
    let params = SgdParams { lr: 0.5, ..MOMENTUM };
    let mut sgd = Sgd::new(vec![("w".to_owned(), weight.shallow_clone())], params).expect("sound");
    (&weight * Tensor::from_slice(&[f64::NAN, 1.0]))
        .sum(None)
        .backward();
    sgd.step().expect("libtorch agrees");
    assert_close(&Vec::try_from(&weight).expect("f64"), &[f64::NAN, 1.5], 0.0, 0.0);
}

#[test]
fn a_state_that_does_not_fit_is_refused_and_changes_nothing() {
    let problem = Problem::new(Kind::Double);
    let mut sgd = Sgd::new(problem.parameters(), MOMENTUM).expect("sound parameters");
    advance(&problem, &mut sgd, 0..7);
    let sound = sgd.state().expect("memory enough");
    let copy = || -> BTreeMap<String, Tensor> {
        sound
            .iter()
            .map(|(name, tensor)| (name.clone(), tensor.shallow_clone()))
            .collect()
    };

    let mut state = copy();
    state.remove("momentum_buffer.late");
    let error = sgd.load_state(&state).expect_err("a buffer is missing");
    assert!(
        matches!(&error, Error::MissingEntry { name, .. } if name == "momentum_buffer.late"),
        "{error}"
    );
    let mut state = copy();
    state.insert("momentum_buffer.never".to_owned(), Tensor::from_slice(&[0.0; 4]));
    let error = sgd.load_state(&state).expect_err("never moved");
    assert!(
        matches!(&error, Error::UnexpectedEntry { name, .. } if name == "momentum_buffer.never"),
        "{error}"
    );
    let mut state = copy();
    state.insert("momentum_buffer.bias".to_owned(), Tensor::from_slice(&[0.0; 4]));
    let error = sgd.load_state(&state).expect_err("four entries");
    assert!(
        matches!(&error, Error::Shape { what, .. } if what == "momentum_buffer.bias"),
        "{error}"
    );
    let mut without = Sgd::new(problem.parameters(), SgdParams::default()).expect("sound parameters");
    let error = without.load_state(&sound).expect_err("no momentum");
    assert!(matches!(&error, Error::UnexpectedEntry { .. }), "{error}");

    assert_eq!(sgd.state().expect("memory enough"), sound);
}

#[test]
fn every_bound_of_the_parameters_is_checked() {
    for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -1e-9] {
        assert!(SgdParams { lr: bad, ..MOMENTUM }.validate().is_err(), "lr {bad}");
        assert!(
            SgdParams {
                momentum: bad,
                ..MOMENTUM
            }
            .validate()
            .is_err(),
            "momentum {bad}"
        );
        assert!(
            SgdParams {
                weight_decay: bad,
                ..MOMENTUM
            }
            .validate()
            .is_err(),
            "weight_decay {bad}"
        );
    }
    for bad in [f64::NAN, f64::INFINITY] {
        assert!(
            SgdParams {
                dampening: bad,
                ..MOMENTUM
            }
            .validate()
            .is_err(),
            "dampening {bad}"
        );
    }
    assert!(
        SgdParams {
            nesterov: true,
            dampening: 0.1,
            ..MOMENTUM
        }
        .validate()
        .is_err()
    );
    assert!(
        SgdParams {
            nesterov: true,
            momentum: 0.0,
            ..MOMENTUM
        }
        .validate()
        .is_err()
    );
    assert!(
        SgdParams {
            lr: 0.0,
            momentum: -0.0,
            ..MOMENTUM
        }
        .validate()
        .is_ok()
    );
}

#[test]
fn parameters_refuse_unknown_fields() {
    let parse = serde_json::from_str::<SgdParams>;
    assert_eq!(
        parse(r#"{"lr": 0.5}"#).expect("known"),
        SgdParams {
            lr: 0.5,
            ..SgdParams::default()
        }
    );
    assert!(parse(r#"{"decay": 0.5}"#).is_err());
}
