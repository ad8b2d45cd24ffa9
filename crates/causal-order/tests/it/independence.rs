//! Independence tests: values of causal-learn, bnlearn and scipy, and the laws that tests obey.

use causal_graph::{ContinuousTable, DiscreteTable, Nodes};
use causal_order::independence::{
    Cached, ChiSquare, ContingencyParams, ContingencyStatistic, DSeparation, DegreesOfFreedom, FisherZ,
    GSquare, IndependenceTest, PartialCorrelation, PermutationParams, PermutationTest, Singular,
};
use causal_order::{Correlations, Error};
use golden::{Golden, assert_close};
use rayon::prelude::*;

use crate::seeded_tables::{SplitMix64, asia_dag, asia_table, random_gaussian, six_dag, six_table};

/// Sums of some thousand terms in another order, magnified by tails of up to 1e-33.
const REPORTED: f64 = 1e-9;

/// As many digits as a reported value was printed with.
const PRINTED: f64 = 1e-9;

const ADJUSTED: ContingencyParams = ContingencyParams {
    degrees_of_freedom: DegreesOfFreedom::Adjusted,
    min_rows_per_cell: 0.0,
};
const FULL: ContingencyParams = ContingencyParams {
    degrees_of_freedom: DegreesOfFreedom::Full,
    min_rows_per_cell: 0.0,
};

fn golden() -> Golden {
    Golden::load("tests/golden/independence.json").expect("the golden file")
}

/// Pairs and conditioning sets.
fn queries(golden: &Golden, name: &str) -> Vec<(usize, usize, Vec<usize>)> {
    let (shape, entries) = golden.array(name).expect("an array");
    let rows = entries.chunks_exact(shape[1]);
    rows.map(|row| {
        let given = row[2..]
            .iter()
            .filter(|&&node| node >= 0.0)
            .map(|&node| node as usize);
        (row[0] as usize, row[1] as usize, given.collect())
    })
    .collect()
}

fn p_values(test: &dyn IndependenceTest, queries: &[(usize, usize, Vec<usize>)]) -> Vec<f64> {
    let p_value =
        |(x, y, given): &(usize, usize, Vec<usize>)| test.test(*x, *y, given).expect("a test").p_value;
    queries.iter().map(p_value).collect()
}

/// The values of a random Gaussian network, those of node k cut into 2 + k mod 4 states.
fn cut_table() -> DiscreteTable {
    const CUTS: [&[f64]; 4] = [&[0.2], &[-0.5, 0.6], &[-0.9, 0.0, 0.8], &[-1.1, -0.4, 0.3, 1.0]];
    let (_, table) = random_gaussian(9, 1500, 2.5, 22);
    let state = |value: f64, cuts: &[f64]| cuts.iter().filter(|&&cut| value >= cut).count() as u16;
    let columns = (0..9).map(|node| {
        let values = table.column(node).iter();
        values.map(|&value| state(value, CUTS[node % 4])).collect()
    });
    let names = |node: usize| (0..2 + node % 4).map(|state| state.to_string()).collect();
    DiscreteTable::new(Nodes::numbered(9), (0..9).map(names).collect(), columns.collect()).expect("states")
}

#[test]
fn p_values_are_those_of_the_peers() {
    let golden = golden();
    let (_, table) = random_gaussian(13, 400, 2.5, 21);
    let fisher = FisherZ::of(&table).expect("a test");
    golden.assert_array(
        "fisher_z",
        &p_values(&fisher, &queries(&golden, "fisher_z_queries")),
    );

    let student = PartialCorrelation::of(&table).expect("a test");
    let t_queries = queries(&golden, "t_queries");
    golden.assert_array("t", &p_values(&student, &t_queries));
    let statistics = t_queries
        .iter()
        .map(|(x, y, given)| student.test(*x, *y, given).expect("a test").statistic);
    golden.assert_array("t_statistic", &statistics.collect::<Vec<_>>());

    let table = cut_table();
    let queries = queries(&golden, "discrete_queries");
    let chi_square = ChiSquare::new(&table, ADJUSTED).expect("a test");
    golden.assert_array("chi2", &p_values(&chi_square, &queries));
    let g_square = GSquare::new(&table, ADJUSTED).expect("a test");
    golden.assert_array("g2", &p_values(&g_square, &queries));
}

#[test]
fn asia_has_the_values_that_bnlearn_and_causal_learn_report() {
    let [asia, tub, smoke, lung, bronc, either, xray, dysp] = [0, 1, 2, 3, 4, 5, 6, 7];
    let table = asia_table(2000, 42);
    let (chi_full, chi) = (
        ChiSquare::new(&table, FULL).expect("a test"),
        ChiSquare::new(&table, ADJUSTED).expect("a test"),
    );
    let g = GSquare::new(&table, FULL).expect("a test");
    let values = |test: &dyn IndependenceTest, x: usize, y: usize, given: &[usize]| {
        let result = test.test(x, y, given).expect("a test");
        [
            result.statistic,
            result.degrees_of_freedom.expect("degrees of freedom"),
            result.p_value,
        ]
    };
    let assert = |actual: [f64; 3], expected: [f64; 3]| assert_close(&actual, &expected, REPORTED, 0.0);

    assert(
        values(&chi_full, tub, lung, &[either]),
        [104.031_168_831_168_83, 2.0, 2.569_914_740_049_061_4e-23],
    );
    assert(
        values(&chi, tub, lung, &[either]),
        [104.031_168_831_168_83, 1.0, 1.991_582_246_731_186e-24],
    );
    assert(
        values(&chi_full, xray, dysp, &[either]),
        [1.136_922_595_160_919_2, 2.0, 0.566_396_283_874_346_4],
    );
    assert(
        values(&chi, xray, dysp, &[either]),
        [1.136_922_595_160_919_2, 1.0, 0.286_303_539_001_075_8],
    );
    assert(
        values(&chi_full, smoke, dysp, &[lung, bronc]),
        [3.368_619_893_010_521_3, 4.0, 0.498_133_953_727_148_36],
    );
    assert(
        values(&chi_full, asia, xray, &[tub, smoke]),
        [4.333_060_102_479_864, 4.0, 0.362_803_583_319_021_1],
    );
    assert(
        values(&chi, asia, xray, &[tub, smoke]),
        [4.333_060_102_479_864, 2.0, 0.114_574_495_567_144_91],
    );
    assert(
        values(&chi_full, asia, tub, &[]),
        [0.190_700_835_769_358_06, 1.0, 0.662_333_957_053_483_1],
    );
    assert(
        values(&g, asia, tub, &[]),
        [0.377_688_606_295_994_9, 1.0, 0.538_842_858_342_856_3],
    );
    let g_statistics = [
        values(&g, tub, lung, &[either])[0],
        values(&g, xray, dysp, &[either])[0],
        values(&g, smoke, dysp, &[lung, bronc])[0],
    ];
    let expected = [
        88.683_960_521_212,
        1.124_029_305_217_781_9,
        3.699_311_488_495_071_7,
    ];
    assert_close(&g_statistics, &expected, REPORTED, 0.0);
}

#[test]
fn six_nodes_have_the_values_that_bnlearn_and_causal_learn_report() {
    let table = six_table(1000, 7);
    let correlations = Correlations::of(&table).expect("correlations");
    let some = [
        correlations.get(0, 1),
        correlations.get(0, 2),
        correlations.get(2, 5),
    ];
    let expected = [
        0.046_082_240_084_724_724,
        0.533_445_255_582_705_8,
        0.402_973_979_814_293_84,
    ];
    assert_close(&some, &expected, 1e-13, 0.0);

    let test = FisherZ::new(correlations);
    let p_value = |x: usize, y: usize, given: &[usize]| test.test(x, y, given).expect("a test").p_value;
    let actual = [
        p_value(0, 1, &[]),
        p_value(0, 3, &[2]),
        p_value(2, 5, &[3, 4]),
        p_value(3, 4, &[2]),
        p_value(0, 1, &[2]),
        p_value(3, 4, &[2, 5]),
    ];
    let expected = [
        0.145_367_144_744_934_26,
        0.033_315_924_310_08,
        0.004_690_088_483,
        0.215_456_416_718_11,
        5.168_370_629e-33,
        1.329_762_298e-26,
    ];
    assert_close(&actual, &expected, PRINTED, 0.0);
}

#[test]
fn decisions_are_those_of_the_p_values() {
    let (_, table) = random_gaussian(13, 400, 2.5, 21);
    let test = FisherZ::of(&table).expect("a test");
    let mut draws = SplitMix64::new(5);
    for round in 0..3000 {
        let mut nodes: Vec<usize> = (0..13).collect();
        let mut next = || nodes.remove(draws.below(nodes.len()));
        let (x, y) = (next(), next());
        let mut given: Vec<usize> = (0..round % 6).map(|_| next()).collect();
        given.sort_unstable();
        let p_value = test.test(x, y, &given).expect("a test").p_value;
        // The first level is the one that has critical values; a level may be a p-value itself.
        for alpha in [0.05, 0.01, p_value, 0.0, 1.0] {
            let decision = test.is_independent(x, y, &given, alpha).expect("a test");
            assert_eq!(decision, p_value > alpha, "{x} {y} {given:?} at {alpha}");
        }
        let at_its_own = FisherZ::new(test.correlations().clone());
        assert!(!at_its_own.is_independent(x, y, &given, p_value).expect("a test"));
    }
}

#[test]
fn decisions_agree_at_the_ends_of_levels_and_correlations() {
    // Copies up to sign, one that is nearly a copy, and correlations of no size at all.
    for r in [1.0, -1.0, 1.0 - 1e-15, 1.0 - 1e-12, 0.5, 1e-8, 1e-12, 0.0] {
        for n_rows in [4, 5, 40, 100_000] {
            let matrix = vec![1.0, r, r, 1.0];
            let correlations = Correlations::new(Nodes::numbered(2), n_rows, matrix).expect("correlations");
            let p_value = FisherZ::new(correlations.clone())
                .test(0, 1, &[])
                .expect("a test")
                .p_value;
            let near = [p_value.next_down(), p_value, p_value.next_up()];
            let ends = [
                5e-324,
                1e-300,
                1e-200,
                1e-60,
                0.05,
                1.0 - 1e-9,
                1.0 - 1e-16,
                f64::NAN,
            ];
            for alpha in near.into_iter().chain(ends) {
                // A level has critical values if it is the first.
                let test = FisherZ::new(correlations.clone());
                let decision = test.is_independent(0, 1, &[], alpha).expect("a test");
                assert_eq!(decision, p_value > alpha, "{r} of {n_rows} rows at {alpha}");
            }
        }
    }
}

#[test]
fn tests_of_the_pair_in_the_other_order_agree() {
    /// Another order of the same additions, magnified by tails of 1e-50.
    const OTHER_ORDER: f64 = 1e-11;
    let (gaussian, discrete) = (random_gaussian(13, 400, 2.5, 21).1, cut_table());
    let permutation = PermutationParams {
        n_permutations: 50,
        seed: 3,
    };
    let tests: [Box<dyn IndependenceTest>; 6] = [
        Box::new(FisherZ::of(&gaussian).expect("a test")),
        Box::new(PartialCorrelation::of(&gaussian).expect("a test")),
        Box::new(ChiSquare::new(&discrete, FULL).expect("a test")),
        Box::new(GSquare::new(&discrete, ADJUSTED).expect("a test")),
        Box::new(PermutationTest::continuous(&gaussian, permutation).expect("a test")),
        Box::new(
            PermutationTest::discrete(&discrete, ContingencyStatistic::ChiSquare, permutation)
                .expect("a test"),
        ),
    ];
    for test in &tests {
        for given in [&[][..], &[5], &[5, 7], &[3, 5, 7], &[3, 5, 6, 7]] {
            let (there, back) = (
                test.test(1, 8, given).expect("a test"),
                test.test(8, 1, given).expect("a test"),
            );
            assert_close(&[there.p_value], &[back.p_value], OTHER_ORDER, 0.0);
            assert_eq!(
                there.degrees_of_freedom,
                back.degrees_of_freedom,
                "{}",
                test.name()
            );
        }
    }
}

#[test]
fn singular_sets_are_refused_or_pass_by_policy() {
    let (_, table) = random_gaussian(6, 300, 2.0, 9);
    let mut columns: Vec<Vec<f64>> = (0..6).map(|node| table.column(node).to_vec()).collect();
    columns[5] = columns[3]
        .iter()
        .zip(&columns[4])
        .map(|(a, b)| a - 2.0 * b)
        .collect();
    let table = ContinuousTable::new(Nodes::numbered(6), columns).expect("finite");
    let correlations = std::sync::Arc::new(Correlations::of(&table).expect("correlations"));
    let with = |singular| FisherZ::new(correlations.clone()).with_singular(singular);

    let error = with(Singular::Refuse)
        .test(0, 1, &[3, 4, 5])
        .expect_err("5 is a function of 3 and 4");
    assert!(
        matches!(&error, Error::CollinearColumns { column, of } if column == "X5" && of == &["X3", "X4"])
    );
    let error = with(Singular::Refuse)
        .test(5, 1, &[3, 4])
        .expect_err("5 is a function of 3 and 4");
    assert!(
        matches!(&error, Error::CollinearColumns { column, of } if column == "X5" && of == &["X3", "X4"])
    );

    let independent = with(Singular::Independent);
    assert_eq!(independent.test(0, 1, &[3, 4, 5]).expect("a policy").p_value, 1.0);
    let reduced = with(Singular::Reduce);
    assert_eq!(
        reduced.test(0, 1, &[3, 4, 5]).expect("a policy"),
        reduced.test(0, 1, &[3, 4]).expect("a test")
    );
    assert_eq!(reduced.test(5, 1, &[3, 4]).expect("a policy").p_value, 1.0);
    assert!(reduced.is_independent(5, 1, &[3, 4], 0.05).expect("a policy"));

    let named = correlations
        .check_independent()
        .expect_err("5 is a function of 3 and 4");
    let Error::CollinearColumns { column, of } = named else {
        unreachable!("{named}")
    };
    let mut concerned = [of, vec![column]].concat();
    concerned.sort();
    assert_eq!(concerned, ["X3", "X4", "X5"]);
}

#[test]
fn too_few_rows_are_refused() {
    let (_, table) = random_gaussian(6, 6, 2.0, 9);
    let fisher = FisherZ::of(&table).expect("a test");
    assert!(fisher.test(0, 1, &[2, 3]).is_ok());
    let error = fisher
        .is_independent(0, 1, &[2, 3, 4], 0.05)
        .expect_err("n - |S| - 3 = 0");
    assert!(matches!(
        error,
        Error::TooFewRows {
            got: 6,
            expected: 7,
            ..
        }
    ));
    let student = PartialCorrelation::of(&table).expect("a test");
    assert!(student.test(0, 1, &[2, 3, 4]).is_ok());
    assert!(matches!(
        student.test(0, 1, &[2, 3, 4, 5]),
        Err(Error::TooFewRows {
            got: 6,
            expected: 7,
            ..
        })
    ));
}

#[test]
fn without_degrees_of_freedom_the_p_value_is_1() {
    let states = vec![vec!["a".to_owned(), "b".to_owned()]; 2];
    let table =
        DiscreteTable::new(Nodes::numbered(2), states, vec![vec![0; 4], vec![0, 1, 0, 1]]).expect("states");
    for test in [ChiSquare::new(&table, ADJUSTED), ChiSquare::new(&table, FULL)] {
        let result = test.expect("a test").test(0, 1, &[]).expect("a test");
        assert_eq!((result.statistic, result.p_value), (0.0, 1.0));
    }
}

#[test]
fn sparse_tables_pass_for_independent_if_asked_to() {
    let table = asia_table(40, 42);
    let sparse = ContingencyParams {
        min_rows_per_cell: 5.0,
        ..ADJUSTED
    };
    let (with, without) = (
        GSquare::new(&table, sparse).expect("a test"),
        GSquare::new(&table, ADJUSTED).expect("a test"),
    );
    // 40 rows are 5 for each of 8 cells, and fewer for 16.
    assert_eq!(
        with.test(4, 7, &[2]).expect("a test"),
        without.test(4, 7, &[2]).expect("a test")
    );
    assert_eq!(with.test(4, 7, &[2, 3]).expect("a test").p_value, 1.0);
    assert!(without.test(4, 7, &[2, 3]).expect("a test").p_value < 1.0);
    assert!(
        GSquare::new(
            &table,
            ContingencyParams {
                min_rows_per_cell: f64::NAN,
                ..ADJUSTED
            }
        )
        .is_err()
    );
}

#[test]
fn permutation_tests_agree_with_the_distributions_of_the_limit() {
    /// Four standard deviations of a share of 2000 draws, and what the limit itself is off by for 1500 rows.
    const DRAWN: f64 = 4.0 * 0.0112 + 0.01;
    let params = PermutationParams {
        n_permutations: 2000,
        seed: 4,
    };
    let (gaussian, discrete) = (random_gaussian(13, 400, 2.5, 21).1, cut_table());
    let pairs: [(Box<dyn IndependenceTest>, Box<dyn IndependenceTest>); 2] = [
        (
            Box::new(PermutationTest::continuous(&gaussian, params).expect("a test")),
            Box::new(PartialCorrelation::of(&gaussian).expect("a test")),
        ),
        (
            Box::new(
                PermutationTest::discrete(&discrete, ContingencyStatistic::ChiSquare, params)
                    .expect("a test"),
            ),
            Box::new(ChiSquare::new(&discrete, ADJUSTED).expect("a test")),
        ),
    ];
    for (drawn, limit) in &pairs {
        for (x, y, given) in [
            (0, 1, &[][..]),
            (0, 4, &[]),
            (2, 8, &[]),
            (0, 4, &[1]),
            (4, 8, &[0, 5]),
            (1, 5, &[0]),
        ] {
            let expected = limit.test(x, y, given).expect("a test").p_value;
            let actual = drawn.test(x, y, given).expect("a test").p_value;
            assert_close(&[actual], &[expected], 0.0, DRAWN);
        }
    }
}

#[test]
fn permutation_tests_keep_their_level_given_many_variables() {
    /// Four standard deviations of the share of 1500 tests that reject at 0.1.
    const SHARE: f64 = 4.0 * 0.0078;
    // Ten rows of independent columns: a set of five takes half of the degrees of freedom.
    let mut draws = SplitMix64::new(6);
    let params = PermutationParams {
        n_permutations: 99,
        seed: 8,
    };
    let n_tests = 1500;
    let n_rejected = (0..n_tests)
        .filter(|_| {
            let column = |_| (0..10).map(|_| draws.normal()).collect();
            let columns: Vec<Vec<f64>> = (0..7).map(column).collect();
            let table = ContinuousTable::new(Nodes::numbered(7), columns).expect("finite");
            let test = PermutationTest::continuous(&table, params).expect("varying");
            test.test(0, 1, &[2, 3, 4, 5, 6]).expect("a test").p_value <= 0.1
        })
        .count();
    let share = f64::from(n_rejected as u32) / f64::from(n_tests);
    assert!((share - 0.1).abs() < SHARE, "{share}");
}

#[test]
fn permutation_tests_depend_on_seed_and_query_alone() {
    let table = asia_table(200, 42);
    let with_seed = |seed| {
        let params = PermutationParams {
            n_permutations: 99,
            seed,
        };
        PermutationTest::discrete(&table, ContingencyStatistic::GSquare, params).expect("a test")
    };
    let queries = [(1, 2, vec![]), (2, 7, vec![4]), (4, 6, vec![]), (1, 4, vec![2])];
    let forwards = p_values(&with_seed(1), &queries);
    let mut backwards = queries.clone();
    backwards.reverse();
    let mut again = p_values(&with_seed(1), &backwards);
    again.reverse();
    assert_eq!(forwards, again);
    assert_ne!(forwards, p_values(&with_seed(2), &queries));
    assert!(
        PermutationTest::discrete(
            &table,
            ContingencyStatistic::GSquare,
            PermutationParams {
                n_permutations: 0,
                seed: 1
            }
        )
        .is_err()
    );
}

#[test]
fn a_cached_test_counts_the_same_with_any_number_of_threads() {
    let table = asia_table(500, 42);
    let results_and_counts = |n_threads| {
        let cached = Cached::new(GSquare::new(&table, ADJUSTED).expect("a test"));
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(n_threads)
            .build()
            .expect("a pool");
        let results: Vec<_> = pool.install(|| {
            (0..2000_usize)
                .into_par_iter()
                .map(|draw| {
                    let (x, y) = (draw % 5, 5 + draw % 3);
                    let given: Vec<usize> = (0..8)
                        .filter(|&node| node != x && node != y && draw >> node & 1 == 1)
                        .collect();
                    let (x, y) = if draw % 2 == 0 { (x, y) } else { (y, x) };
                    cached.test(x, y, &given).expect("a test").p_value
                })
                .collect()
        });
        (results, cached.counts())
    };
    let (results, counts) = results_and_counts(1);
    assert_eq!((results, counts.clone()), results_and_counts(4));
    assert_eq!(counts.n_asked(), 2000);
    assert!(counts.n_computed() < 1000);
}

#[test]
fn d_separation_knows_chains_forks_and_colliders() {
    let oracle = DSeparation::new(asia_dag());
    let is_separated =
        |x: usize, y: usize, given: &[usize]| oracle.is_independent(x, y, given, 0.05).expect("a test");
    assert!(is_separated(0, 2, &[]));
    assert!(
        !is_separated(1, 3, &[7]),
        "dysp is an effect of either, where tub and lung meet"
    );
    assert!(!is_separated(3, 4, &[]) && is_separated(3, 4, &[2]));
    assert!(is_separated(0, 6, &[5]) && !is_separated(0, 6, &[2]));
    let six = DSeparation::new(six_dag());
    assert!(six.is_independent(3, 4, &[2], 0.05).expect("a test"));
    assert!(!six.is_independent(3, 4, &[2, 5], 0.05).expect("a test"));
}
