//! `hard_subset score` on good input.

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::hard_subset_sample::{TARGET, good_files, score};
use crate::{npy, program};

/// Sums and quotients of a few numbers of about 1.
const ATOL: f64 = 1e-12;

fn result(directory: &TempDir, arguments: &str) -> Value {
    program::json(&score(directory.path(), arguments))
}

fn number(value: &Value) -> f64 {
    value.as_f64().expect("a number")
}

fn assert_close(value: &Value, expected: f64) {
    let actual = number(value);
    assert!((actual - expected).abs() <= ATOL, "{actual}: expected {expected}");
}

#[test]
fn leep_on_a_file_of_hardness_by_hand() {
    let directory = good_files();
    let arguments = "--metric leep --hardness file --hardness-file H.npy --probs P.npy --rho 0.5 --balance global --seed 7";
    let result = result(&directory, arguments);
    // The rows (0.8, 0.2) of class 0 and (0.4, 0.6) of class 1 are expected with 7/12 each.
    assert_close(&result["score"], (7.0_f64 / 12.0).ln());
    assert_close(&result["base_score"], -0.462_559_322_998_860_27);
    assert_eq!(result["kept"], json!([1, 3]));
    assert_eq!((&result["n_kept"], &result["n_samples"]), (&json!(2), &json!(4)));
    assert_eq!(
        (&result["metric"], &result["hardness"]),
        (&json!("leep"), &json!("file"))
    );
    assert_eq!(result["per_class_kept"], json!({"0": 1, "1": 1}));
    assert_eq!(result["dropped_classes"], json!([]));
    assert_eq!(result["constant_hardness"], false);
    assert_close(&result["hardness_quantiles"][2], 0.5);
    assert_eq!(result["seed"], 7);
    assert_eq!(
        result["provenance"]["inputs"]
            .as_array()
            .expect("hashes of the inputs")
            .len(),
        3
    );
}

/// Least and greatest hardness, and the hardest row of each class.
#[test]
fn every_hardness_by_hand() {
    let directory = good_files();
    npy::write(
        directory.path(),
        "Z.npy",
        &[4, 2],
        &[0.0, 0.0, 3.0, 0.0, 5.0, 5.0, 1.0, 0.0],
    );
    let half = 0.5_f64.sqrt();
    let entropy = |p: f64| -p * p.ln() - (1.0 - p) * (1.0 - p).ln();
    for (hardness, least, greatest, kept) in [
        // Cosines to (1/2, 1/2).
        (
            "ca-mean --source-acts S.npy --target-acts T.npy",
            1.0 - half,
            1.5,
            [0, 2],
        ),
        (
            "easy --source-acts S.npy --target-acts T.npy",
            -1.5,
            half - 1.0,
            [1, 3],
        ),
        // Distances 0 and sqrt 2 of the first row, sqrt 20 and sqrt 18 of the last.
        (
            "ca-mean --kernel euclidean --source-acts S.npy --target-acts T.npy",
            half,
            f64::midpoint(20.0_f64.sqrt(), 18.0_f64.sqrt()),
            [1, 3],
        ),
        (
            "ca-topk --top-k 1 --source-acts S.npy --target-acts T.npy",
            0.0,
            1.0,
            [1, 2],
        ),
        (
            "ca-topk --top-k 2 --source-acts S.npy --target-acts T.npy",
            1.0 - half,
            1.5,
            [0, 2],
        ),
        // Cosines 1 and sqrt 1/2 to class 0, 0 and 0.8 to class 1.
        (
            "cs-proto --source-acts S.npy --source-preds z.npy --target-acts T.npy",
            0.0,
            1.0,
            [1, 2],
        ),
        // Mixtures of cosines: 0.9, sqrt 1/2, -0.3 and 0.72.
        (
            "cs-proto-soft --source-acts S.npy --source-preds z.npy --target-acts T.npy",
            0.1,
            1.3,
            [1, 2],
        ),
        ("entropy", entropy(0.9), entropy(0.6), [1, 3]),
        ("margin", -0.8, -0.2, [1, 3]),
        (
            "energy --logits Z.npy",
            -5.0 - 2.0_f64.ln(),
            -2.0_f64.ln(),
            [0, 3],
        ),
        // Expectations 21/32 and 29/48.
        ("eep", -(21.0_f64 / 32.0).ln(), -(29.0_f64 / 48.0).ln(), [1, 3]),
        ("file --hardness-file H.npy", 0.1, 0.9, [1, 3]),
    ] {
        let result = result(
            &directory,
            &format!("--metric leep --probs P.npy --hardness {hardness}"),
        );
        let quantiles = &result["hardness_quantiles"];
        let off = (number(&quantiles[0]) - least)
            .abs()
            .max((number(&quantiles[4]) - greatest).abs());
        assert!(off <= ATOL, "{hardness}: {quantiles}");
        assert_eq!(result["kept"], json!(kept), "{hardness}");
        assert_eq!(
            result["reads_target_labels"],
            json!(hardness == "eep"),
            "{hardness}"
        );
    }
}

#[test]
fn gram_deviations_are_nothing_on_a_source_row() {
    let directory = good_files();
    let result = result(
        &directory,
        "--metric leep --hardness cs-gram --probs P.npy --source-acts S.npy --source-preds z.npy --target-acts T.npy",
    );
    // The first row is the source's of its class; the last is the farthest from that of the other.
    assert_eq!(number(&result["hardness_quantiles"][0]), 0.0);
    assert_eq!(result["kept"], json!([1, 3]));
}

#[test]
fn classifier_weights_stand_in_for_source_samples_and_say_so() {
    let directory = good_files();
    npy::write(directory.path(), "W.npy", &[2, 2], &[7.0, 0.0, 0.0, 0.1]);
    let common = "--metric leep --hardness cs-proto --probs P.npy --target-acts T.npy";
    let weights = result(&directory, &format!("{common} --classifier W.npy"));
    let samples = result(
        &directory,
        &format!("{common} --source-acts S.npy --source-preds z.npy"),
    );
    assert_eq!(weights["prototypes"], "classifier-weights");
    assert_eq!(samples["prototypes"], "samples");
    for same in ["kept", "score", "hardness_quantiles"] {
        assert_eq!(weights[same], samples[same], "{same}");
    }
}

#[test]
fn layers_are_paired_in_order_and_maps_pooled() {
    let directory = good_files();
    // Means over the places: the rows of S.npy and T.npy once more.
    let maps: Vec<f64> = TARGET.iter().flat_map(|&mean| [mean - 1.0, mean + 1.0]).collect();
    npy::write(directory.path(), "maps.npy", &[4, 2, 1, 2], &maps);
    npy::write(directory.path(), "S32.npy", &[2, 2], &[0.0_f32, 5.0, 0.0, 5.0]);
    npy::write(
        directory.path(),
        "T32.npy",
        &[4, 2],
        &[0.0_f32, 1.0, 0.0, 1.0, 0.0, 1.0, 1.0, 0.0],
    );
    let common = "--metric hscore --hardness ca-mean --source-acts S.npy";
    let pooled = result(&directory, &format!("{common} --target-acts maps.npy"));
    let vectors = result(&directory, &format!("{common} --target-acts T.npy"));
    let given = result(
        &directory,
        &format!("{common} --target-acts maps.npy --features T.npy"),
    );
    for same in ["kept", "score", "base_score", "hardness_quantiles"] {
        assert_eq!(pooled[same], vectors[same], "{same}");
        assert_eq!(pooled[same], given[same], "{same}");
    }
    let two_layers = "--hardness ca-mean --source-acts S.npy --target-acts T.npy --source-acts S32.npy --target-acts T32.npy";
    let two = result(&directory, &format!("--metric leep --probs P.npy {two_layers}"));
    // The second layer: 0, 0, 0 and 1. The mean of both: 0.25, 0.146, 0.75 and 0.65.
    assert_close(&two["hardness_quantiles"][4], 0.75);
    assert_close(&two["hardness_quantiles"][0], (1.0 - 0.5_f64.sqrt()) / 2.0);
    assert_eq!(two["kept"], json!([0, 2]));
}

#[test]
fn an_empty_source_class_is_counted() {
    let directory = good_files();
    npy::write(directory.path(), "z.npy", &[2], &[0_i64, 0]);
    let result = result(
        &directory,
        "--metric leep --hardness cs-proto --probs P.npy --source-acts S.npy --source-preds z.npy --target-acts T.npy",
    );
    assert_eq!(result["n_fallbacks"], 2);
}

/// Thirty samples of three classes.
fn more_files(directory: &TempDir) {
    let wave = |index: usize, length: f64| (index as f64 * length).sin();
    let features: Vec<f64> = (0..90)
        .map(|index| wave(index, 1.3) + (index / 3 % 3) as f64)
        .collect();
    let probabilities: Vec<f64> = (0..30)
        .flat_map(|row| {
            let first = 0.5 + 0.4 * wave(row, 1.7);
            [first, 1.0 - first]
        })
        .collect();
    npy::write(directory.path(), "F.npy", &[30, 3], &features);
    npy::write(directory.path(), "P.npy", &[30, 2], &probabilities);
    let classes: Vec<i64> = (0..30).map(|row| row % 3).collect();
    npy::write(directory.path(), "y.npy", &[30], &classes);
}

#[test]
fn with_all_kept_the_score_is_the_base_score_to_the_bit() {
    let directory = good_files();
    more_files(&directory);
    for metric in "nce leep nleep logme hscore hscore-reg gbc transrate lfc parc sfda".split(' ') {
        let inputs = format!("--metric {metric} --hardness margin --probs P.npy --features F.npy");
        let all = result(&directory, &format!("{inputs} --rho 1"));
        assert_eq!(
            number(&all["score"]).to_bits(),
            number(&all["base_score"]).to_bits(),
            "{metric}"
        );
        assert_eq!(all["n_kept"], 30);
        let half = result(&directory, &format!("{inputs} --rho 0.5"));
        assert_eq!(
            (&half["base_score"], &half["n_kept"]),
            (&all["base_score"], &json!(15)),
            "{metric}"
        );
        assert_ne!(half["score"], all["score"], "{metric}");
    }
}

#[test]
fn the_same_seed_prints_the_same_bytes() {
    let directory = good_files();
    more_files(&directory);
    let run = |seed: u64| {
        let arguments =
            format!("--metric nleep --hardness random --features F.npy --random-draws 5 --seed {seed}");
        program::stdout(&score(directory.path(), &arguments))
    };
    assert_eq!(run(1), run(1));
    assert_ne!(run(1), run(2));
}

#[test]
fn sizes_are_shares_counts_floors_and_trims() {
    let directory = good_files();
    more_files(&directory);
    let hardness: Vec<f64> = (0..30).map(f64::from).collect();
    npy::write(directory.path(), "H.npy", &[30], &hardness);
    let kept = |size: &str| {
        let arguments = "--metric leep --probs P.npy --hardness file --eta H.npy";
        result(&directory, &format!("{arguments} {size}"))["kept"].clone()
    };
    assert_eq!(kept("--rho 0.1"), json!([27, 28, 29]));
    assert_eq!(
        kept("--rho 0.1 --min-per-class 2"),
        json!([24, 25, 26, 27, 28, 29])
    );
    assert_eq!(kept("--rho 0.1 --trim 0.1"), json!([24, 25, 26]));
    assert_eq!(kept("--count 5 --balance global"), json!([25, 26, 27, 28, 29]));
    assert_eq!(kept("--count 4"), json!([24, 27, 28, 29]));
    assert_eq!(kept(""), kept("--rho 0.5 --balance per-class"));
}

#[test]
fn random_draws_put_the_score_beside_chance() {
    let directory = good_files();
    more_files(&directory);
    let inputs = "--metric leep --hardness entropy --probs P.npy --random-draws 30";
    let result = result(&directory, inputs);
    let controls = &result["controls"];
    assert_eq!(controls["n_draws"], 30);
    let z = (number(&result["score"]) - number(&controls["mean"])) / number(&controls["standard_deviation"]);
    assert_close(&controls["z"], z);
    assert!((0.0..=1.0).contains(&number(&controls["p_value"])));
    assert_ne!(controls["easy"], result["score"]);
}

#[test]
fn the_energy_of_probabilities_is_constant_and_said_to_be() {
    let directory = good_files();
    let output = score(directory.path(), "--metric leep --hardness energy --probs P.npy");
    assert_eq!(program::json(&output)["constant_hardness"], true);
    let warning = program::stderr(&output);
    assert!(
        warning.starts_with("warning: energy is the same for all samples") && warning.contains("--logits"),
        "{warning}"
    );
}

#[test]
fn without_json_two_tables_for_a_reader() {
    let directory = good_files();
    let output = program::example("hard_subset")
        .current_dir(directory.path())
        .args([
            "score",
            "--metric",
            "leep",
            "--hardness",
            "margin",
            "--probs",
            "P.npy",
        ])
        .args(["--labels", "y.npy", "--random-draws", "4"])
        .output()
        .expect("the example starts");
    let text = program::stdout(&output);
    for part in [
        "hardest by margin",
        "-0.5389965007",
        "easiest",
        "random, mean of 4",
        "z = ",
        "class",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
}
