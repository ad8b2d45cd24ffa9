//! What is submodular and monotone, and what selection guarantees, by trying all subsets of small pools.

use ot_transferability::{
    EnsembleScore, Ensembles, Exhaustive, Member, Osborn, OsbornScore, PairwiseScore, Pool, Predictions,
    Swap, TermScaling, greedy, lazy_greedy,
};
use proptest::prelude::*;
use transferability_metrics::Labels;

const N_MEMBERS: usize = 7;
const N_SAMPLES: usize = 24;
/// Scores are sums of some dozen numbers of order 10.
const ATOL: f64 = 1e-11;

fn pools() -> impl Strategy<Value = Pool> {
    let member = (2_usize..7).prop_flat_map(|n_classes| {
        (
            proptest::collection::vec(0..n_classes, N_SAMPLES),
            0.0..20.0_f64,
            Just(n_classes),
        )
    });
    proptest::collection::vec(member, N_MEMBERS).prop_map(|members| {
        let labels: Vec<i64> = (0..N_SAMPLES as i64).map(|sample| sample % 4).collect();
        let members = members
            .into_iter()
            .enumerate()
            .map(|(index, (classes, domain, n_classes))| {
                let predictions = Predictions::new(&classes, n_classes).expect("in range");
                Member::new(&index.to_string())
                    .with_predictions(predictions)
                    .with_domain_difference(domain)
            });
        Pool::new(Labels::new(&labels).expect("four classes"), members.collect()).expect("valid")
    })
}

fn osborn(pool: &Pool, scaling: TermScaling, cohesion_weight: f64) -> OsbornScore {
    let osborn = Osborn {
        scaling,
        cohesion_weight,
        ..Osborn::nce()
    };
    osborn.on(pool).expect("complete")
}

/// The members of a subset of the pool, by the bits of its number.
fn members(subset: usize) -> Vec<usize> {
    (0..N_MEMBERS)
        .filter(|member| subset >> member & 1 == 1)
        .collect()
}

/// The scores of all subsets, by number.
fn of_all_subsets(score: &dyn EnsembleScore) -> Vec<f64> {
    (0..1 << N_MEMBERS)
        .map(|subset| score.score(&members(subset)).expect("members of the pool"))
        .collect()
}

/// Whether no gain grows when the ensemble does: `f(S + v) - f(S) >= f(S + u + v) - f(S + u)` for all S, u and v.
fn gains_shrink(scores: &[f64]) -> bool {
    (0..scores.len()).all(|subset| {
        let outsiders = || {
            (0..N_MEMBERS)
                .map(|member| 1 << member)
                .filter(|bit| subset & bit == 0)
        };
        outsiders().all(|u| {
            outsiders().filter(|&v| v != u).all(|v| {
                scores[subset | v] - scores[subset] >= scores[subset | u | v] - scores[subset | u] - ATOL
            })
        })
    })
}

fn no_gain_is_negative(scores: &[f64]) -> bool {
    (0..scores.len())
        .all(|subset| (0..N_MEMBERS).all(|member| scores[subset | 1 << member] >= scores[subset] - ATOL))
}

fn best_of_size(scores: &[f64], size: usize) -> f64 {
    (0..scores.len())
        .filter(|subset: &usize| subset.count_ones() as usize == size)
        .map(|subset| scores[subset])
        .fold(f64::NEG_INFINITY, f64::max)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn osborn_is_submodular_in_every_scaling(pool in pools()) {
        for scaling in [TermScaling::None, TermScaling::Scale, TermScaling::ZScore] {
            let score = osborn(&pool, scaling, 1.0);
            prop_assert!(score.is_submodular());
            prop_assert!(gains_shrink(&of_all_subsets(&score)));
        }
    }

    #[test]
    fn z_scores_order_ensembles_of_one_size_as_scales_do(pool in pools(), size in 1..=N_MEMBERS) {
        let ensembles = Ensembles::all(N_MEMBERS, size, 100).expect("at most 35");
        let scores = |scaling| ensembles.scores(&osborn(&pool, scaling, 1.0)).expect("the same pool");
        let (scaled, z_scored) = (scores(TermScaling::Scale), scores(TermScaling::ZScore));
        for (a, b) in scaled.iter().zip(&z_scored) {
            prop_assert!(((b - a) - (z_scored[0] - scaled[0])).abs() < ATOL);
        }
    }

    #[test]
    fn osborn_is_not_monotone_increasing(pool in pools()) {
        let scores = of_all_subsets(&osborn(&pool, TermScaling::None, 1.0));
        // No member is worth anything: the empty ensemble is the best, the whole pool the worst.
        let largest = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let smallest = scores.iter().copied().fold(f64::INFINITY, f64::min);
        prop_assert_eq!(largest, scores[0]);
        prop_assert!(scores[(1 << N_MEMBERS) - 1] <= smallest + ATOL);
        prop_assert!(!no_gain_is_negative(&scores));
    }

    #[test]
    fn the_shifted_score_is_monotone_and_greedy_keeps_its_bound(pool in pools()) {
        for scaling in [TermScaling::None, TermScaling::Scale, TermScaling::ZScore] {
            let score = osborn(&pool, scaling, 1.0);
            let shift = score.pairwise().monotone_shift().expect("submodular");
            let shifted = score.pairwise().shifted(shift).expect("finite");
            let scores = of_all_subsets(&shifted);
            prop_assert_eq!(scores[0], 0.0);
            prop_assert!(no_gain_is_negative(&scores));
            prop_assert!(gains_shrink(&scores));
            for size in 1..=N_MEMBERS {
                let picked = greedy(&shifted, size).expect("a valid size");
                let bound = (1.0 - (-1.0_f64).exp()) * best_of_size(&scores, size);
                prop_assert!(picked.score >= bound - ATOL);
            }
        }
    }

    /// Adding the shift rounds the gains, so picks may differ where gains are nearly equal.
    #[test]
    fn a_shift_changes_no_pick(pool in pools()) {
        let score = osborn(&pool, TermScaling::Scale, 1.0);
        let shifted = score.pairwise().shifted(64.0).expect("finite");
        let (plain, shifted) = (greedy(&score, 4).expect("valid"), greedy(&shifted, 4).expect("valid"));
        let tied = plain.runner_up_gaps.iter().any(|gap| gap.is_some_and(|gap| gap < ATOL));
        prop_assert!(tied || plain.members == shifted.members);
    }

    #[test]
    fn greedy_gains_shrink_and_sum_to_the_score(pool in pools()) {
        let picked = greedy(&osborn(&pool, TermScaling::Scale, 1.0), N_MEMBERS).expect("a valid size");
        prop_assert!(picked.gains.windows(2).all(|pair| pair[0] >= pair[1]));
        prop_assert!((picked.gains.iter().sum::<f64>() - picked.score).abs() < ATOL);
        prop_assert!((picked.terms["total"] + picked.score).abs() < ATOL);
        let mut members = picked.members;
        members.sort_unstable();
        prop_assert!(members.into_iter().eq(0..N_MEMBERS));
    }

    #[test]
    fn lazy_picks_are_greedy_picks(pool in pools(), cohesion_weight in -1.0..2.0_f64) {
        // Of negative weight the score is not submodular, and lazy evaluation has no bound to go by.
        let score = osborn(&pool, TermScaling::Scale, cohesion_weight);
        for size in 1..=N_MEMBERS {
            let (eager, lazy) = (greedy(&score, size).expect("valid"), lazy_greedy(&score, size).expect("valid"));
            prop_assert!(lazy.evaluations <= eager.evaluations);
            prop_assert_eq!(&eager.members, &lazy.members);
            prop_assert_eq!(&eager.runner_up_gaps, &lazy.runner_up_gaps);
            prop_assert_eq!((eager.score, eager.gains), (lazy.score, lazy.gains));
        }
    }

    #[test]
    fn exhaustive_finds_the_best_and_its_lead(pool in pools(), size in 1..=N_MEMBERS, cohesion_weight in -1.0..2.0_f64) {
        let score = osborn(&pool, TermScaling::Scale, cohesion_weight);
        let best = Exhaustive::default().select(&score, size).expect("a valid size");
        let ensembles = Ensembles::all(N_MEMBERS, size, 100).expect("at most 35");
        let scores = ensembles.scores(&score).expect("the same pool");
        let mut falling = scores.clone();
        falling.sort_by(|a, b| b.total_cmp(a));
        prop_assert_eq!(best.evaluations, scores.len() as u64);
        prop_assert_eq!(best.score, falling[0]);
        let first = scores.iter().position(|&score| score == falling[0]).expect("it is there");
        prop_assert_eq!(Some(&best.members[..]), ensembles.iter().nth(first));
        prop_assert_eq!(best.runner_up_gaps, [falling.get(1).map(|second| falling[0] - second)]);
    }

    #[test]
    fn swaps_never_end_below_their_start(pool in pools(), size in 1..=N_MEMBERS, cohesion_weight in -1.0..2.0_f64) {
        let score = osborn(&pool, TermScaling::Scale, cohesion_weight);
        let best = Exhaustive::default().select(&score, size).expect("a valid size").score;
        for start in Ensembles::all(N_MEMBERS, size, 100).expect("at most 35").iter() {
            let improved = Swap::default().improve(&score, start).expect("members of the pool");
            prop_assert!(improved.score >= score.score(start).expect("members of the pool"));
            prop_assert!(improved.score <= best);
            prop_assert_eq!(improved.members.len(), size);
        }
        let from_greedy = Swap::default().select(&score, size).expect("a valid size");
        prop_assert!(from_greedy.score >= greedy(&score, size).expect("a valid size").score);
    }
}

#[test]
fn a_pool_of_one_has_no_scale() {
    let member = Member::new("only")
        .with_predictions(Predictions::new(&[0, 1], 2).expect("in range"))
        .with_domain_difference(3.0);
    let pool = Pool::new(Labels::new(&[0, 1]).expect("two classes"), vec![member]).expect("valid");
    let score = |scaling| osborn(&pool, scaling, 1.0).score(&[0]).expect("a member");
    assert_eq!(score(TermScaling::Scale), -3.0);
    // Less its own mean, nothing is left.
    assert_eq!(score(TermScaling::ZScore), 0.0);
}

#[test]
fn z_scored_pairs_are_not_submodular() {
    // Disagreements 1, 2 and 3 less their mean, over their standard deviation sqrt(2/3).
    let z = 1.5_f64.sqrt();
    let pairs = [0.0, -z, 0.0, -z, 0.0, z, 0.0, z, 0.0];
    let score = PairwiseScore::new("z-scored", &[0.0; 3], &pairs).expect("symmetric");
    assert!(!score.is_submodular());
    assert_eq!(score.monotone_shift(), None);
    let score = |members: &[usize]| score.score(members).expect("members of the pool");
    // Member 1 gains more beside member 0 than alone.
    let (alone, beside) = (score(&[1]) - score(&[]), score(&[0, 1]) - score(&[0]));
    assert_eq!((alone, beside), (0.0, z));
}

#[test]
fn greedy_and_swaps_can_miss_the_best() {
    // A swap cannot leave {0, 1} for {2, 3}: each of the four ensembles in between scores less.
    let mut penalties = vec![9.0; 16];
    (penalties[1], penalties[4], penalties[11], penalties[14]) = (2.0, 2.0, 0.0, 0.0);
    let score = PairwiseScore::new("trap", &[5.0, 4.0, 4.0, 4.0], &penalties).expect("symmetric");
    let chosen =
        |selection: ot_transferability::Result<ot_transferability::Selection>| selection.expect("valid");
    assert_eq!(chosen(greedy(&score, 2)).members, [0, 1]);
    let swapped = chosen(Swap::default().select(&score, 2));
    assert_eq!(
        (swapped.members, swapped.runner_up_gaps),
        (vec![0, 1], vec![Some(7.0)])
    );
    assert_eq!(chosen(Exhaustive::default().select(&score, 2)).members, [2, 3]);
}

#[test]
fn the_caps_are_an_error_and_a_status() {
    let score = PairwiseScore::modular("sum", &[1.0, 2.0, 3.0, 4.0]).expect("finite");
    let capped = Exhaustive { max_ensembles: 5 }.select(&score, 2);
    assert!(matches!(
        capped,
        Err(ot_transferability::Error::TooManyEnsembles {
            count: Some(6),
            limit: 5,
            ..
        })
    ));
    let limited = Swap { max_swaps: 1 }
        .improve(&score, &[0, 1])
        .expect("members of the pool");
    assert_eq!(limited.status, ot_transferability::SelectionStatus::SwapLimit);
    assert_eq!(limited.members, [1, 3]);
}

#[test]
fn a_cancelled_search_stops() {
    use tensor_core::progress::{CancelToken, Cancellable, Silent};

    let score = PairwiseScore::modular("sum", &[1.0; 30]).expect("finite");
    let token = CancelToken::new();
    token.cancel();
    let mut progress = Cancellable::new(Silent, token);
    assert!(
        Exhaustive::default()
            .select_with(&score, 3, &mut progress)
            .is_err()
    );
    assert!(
        Swap::default()
            .improve_with(&score, &[0, 1], &mut progress)
            .is_err()
    );
}

#[test]
fn parameters_pass_through_json() {
    let osborn = Osborn::otce();
    let json = serde_json::to_string(&osborn).expect("plain data");
    assert!(json.contains(r#""direction":"true-given-pred""#), "{json}");
    assert_eq!(
        serde_json::from_str::<Osborn>(&json).expect("its own output"),
        osborn
    );
    assert_eq!(
        serde_json::from_str::<Osborn>("{}").expect("all defaults"),
        Osborn::paper()
    );
    assert!(serde_json::from_str::<Osborn>(r#"{"domain_wieght": 1}"#).is_err());
}
