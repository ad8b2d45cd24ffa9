use serde_json::{Value as Json, json};

use super::*;

/// A file with nothing wrong.
fn sound() -> Json {
    json!({
        "provenance": {
            "tool": "numpy", "version": "2.4.6", "script": "crates/x/tests/golden/y.py",
            "seed": 7, "date": "2026-11-24", "note": "two products"
        },
        "tolerance": {"rtol": 1e-12, "atol": 1e-15, "reason": "one rounding an entry"},
        "values": {
            "half": 0.5,
            "table": [[1.0, 2.0], [3.0, 4.0]],
            "counts": [1, -2, 9_007_199_254_740_993_i64],
            "limits": ["nan", "inf", "-inf"],
            "loose": {"value": [1.0, 2.0], "rtol": 0.1, "atol": 0.0, "reason": "f32 on the other side"}
        }
    })
}

fn parse(json: &Json) -> Result<Golden> {
    Golden::parse(Path::new("y.json"), &json.to_string())
}

fn golden() -> Golden {
    parse(&sound()).expect("nothing is wrong with it")
}

#[test]
fn values_are_read() {
    let golden = golden();
    assert_eq!(golden.provenance.seed, Some(7));
    assert_eq!(golden.scalar("half").expect("a number"), 0.5);
    let (shape, numbers) = golden.array("table").expect("an array");
    assert_eq!((shape, &numbers[..]), (&[2, 2][..], &[1.0, 2.0, 3.0, 4.0][..]));
    assert_eq!(
        golden.integers("counts").expect("integers"),
        [1, -2, 9_007_199_254_740_993]
    );
    let (_, limits) = golden.array("limits").expect("an array");
    assert!(limits[0].is_nan() && limits[1] == f64::INFINITY && limits[2] == f64::NEG_INFINITY);
    let names: Vec<_> = golden.names().collect();
    assert_eq!(names, ["counts", "half", "limits", "loose", "table"]);
}

#[test]
fn doubles_are_read_to_the_last_bit() {
    // serde_json is off by one unit in the last place here unless it is asked to be exact.
    let mut file = sound();
    file["values"] = json!({});
    let text = file
        .to_string()
        .replace("\"values\":{}", "\"values\":{\"v\":51.248178748161766}");
    let golden = Golden::parse(Path::new("y.json"), &text).expect("sound");
    let expected: f64 = "51.248178748161766".parse().expect("a number");
    assert_eq!(
        golden.scalar("v").expect("a number").to_bits(),
        expected.to_bits()
    );
}

#[test]
fn a_seed_may_be_null_but_not_missing() {
    let mut file = sound();
    file["provenance"]["seed"] = Json::Null;
    assert_eq!(parse(&file).expect("sound").provenance.seed, None);
}

#[test]
fn every_missing_field_is_noticed() {
    for (part, fields) in [
        (
            "/provenance",
            &["tool", "version", "script", "seed", "date", "note"][..],
        ),
        ("/tolerance", &["rtol", "atol", "reason"]),
        ("/values/loose", &["value", "rtol", "atol", "reason"]),
        ("", &["provenance", "tolerance", "values"]),
    ] {
        for field in fields {
            let mut file = sound();
            let object = file.pointer_mut(part).and_then(Json::as_object_mut);
            object.expect("an object").remove(*field).expect("was there");
            let error = parse(&file).expect_err("a field is missing");
            assert!(
                matches!(error, Error::Json { .. }) && error.to_string().contains(*field),
                "{part}/{field}: {error}"
            );
        }
    }
}

#[test]
fn every_empty_text_is_noticed() {
    for pointer in [
        "/provenance/tool",
        "/provenance/version",
        "/provenance/script",
        "/provenance/date",
        "/provenance/note",
        "/tolerance/reason",
        "/values/loose/reason",
    ] {
        let mut file = sound();
        *file.pointer_mut(pointer).expect("is there") = json!("  ");
        let error = parse(&file).expect_err("an empty text");
        let dotted = pointer[1..].replace('/', ".");
        assert!(
            matches!(&error, Error::Empty { field, .. } if *field == dotted),
            "{pointer}: {error}"
        );
    }
}

#[test]
fn every_unknown_field_is_noticed() {
    for part in ["", "/provenance", "/tolerance", "/values/loose"] {
        let mut file = sound();
        let object = file.pointer_mut(part).and_then(Json::as_object_mut);
        object.expect("an object").insert("sede".to_owned(), json!(1));
        let error = parse(&file).expect_err("an unknown field");
        assert!(
            matches!(error, Error::Json { .. }) && error.to_string().contains("sede"),
            "{part}: {error}"
        );
    }
}

#[test]
fn a_negative_tolerance_is_noticed() {
    for pointer in [
        "/tolerance/rtol",
        "/tolerance/atol",
        "/values/loose/rtol",
        "/values/loose/atol",
    ] {
        let mut file = sound();
        *file.pointer_mut(pointer).expect("is there") = json!(-1e-9);
        let error = parse(&file).expect_err("a negative tolerance");
        assert!(matches!(error, Error::Tolerance { .. }), "{pointer}: {error}");
    }
}

#[test]
fn a_bad_value_is_noticed_by_its_name() {
    let mut file = sound();
    file["values"]["table"] = json!([[1.0, 2.0], [3.0]]);
    let error = parse(&file).expect_err("ragged");
    assert_eq!(
        error.to_string(),
        "y.json: `table` is ragged: entry 1 has shape [1] where entry 0 has [2]"
    );
    file["values"]["table"] = json!([[1.0, "two"]]);
    let error = parse(&file).expect_err("no number");
    assert_eq!(
        error.to_string(),
        "y.json: `table[0][1]` is \"two\": expected a number, \"nan\", \"inf\" or \"-inf\""
    );
}

#[test]
fn wrong_questions_are_errors() {
    let golden = golden();
    let error = golden.scalar("hlaf").expect_err("no such value");
    assert!(
        matches!(&error, Error::Unknown { known, .. } if known.len() == 5),
        "{error}"
    );
    let error = golden.scalar("table").expect_err("an array");
    assert!(
        matches!(&error, Error::NotScalar { shape, .. } if shape == &[2, 2]),
        "{error}"
    );
    let error = golden.integers("table").expect_err("reals");
    assert!(matches!(&error, Error::NotInteger { index: 0, .. }), "{error}");
    let error = Golden::load("no/such/file.json").expect_err("no such file");
    assert!(matches!(error, Error::Io { .. }), "{error}");
}

#[test]
fn agreement_passes() {
    let golden = golden();
    golden.assert_scalar("half", 0.5 + 1e-13);
    golden.assert_array("limits", &[f64::NAN, f64::INFINITY, f64::NEG_INFINITY]);
    golden.assert_array("loose", &[1.05, 1.95]);
    assert_eq!(golden.tolerance_of("loose").expect("is there").rtol, 0.1);
    assert_eq!(golden.tolerance_of("half").expect("is there").rtol, 1e-12);
}

#[test]
#[should_panic(
    expected = "`table` of y.json: 1 of 4 elements differ; worst at [1, 0]: actual 3.5, expected 3.0"
)]
fn a_wrong_element_panics_with_its_index() {
    golden().assert_array("table", &[1.0, 2.0, 3.5, 4.0]);
}

#[test]
#[should_panic(expected = "one rounding an entry")]
fn the_panic_gives_the_reason_of_the_tolerance() {
    golden().assert_scalar("half", 0.5 + 1e-11);
}

#[test]
#[should_panic(expected = "`loose` of y.json: 1 of 2 elements differ; worst at [1]")]
fn an_own_tolerance_is_still_a_tolerance() {
    golden().assert_array("loose", &[1.05, 2.5]);
}

#[test]
#[should_panic(expected = "3 elements where 4 are expected (shape [2, 2])")]
fn a_wrong_length_panics() {
    golden().assert_array("table", &[1.0, 2.0, 3.0]);
}

#[test]
#[should_panic(expected = "no value `missing`: the file has counts, half, limits, loose, table")]
fn an_unknown_name_panics() {
    golden().assert_array("missing", &[1.0]);
}

#[test]
#[should_panic(expected = "expected a single number")]
fn an_array_is_not_a_scalar() {
    golden().assert_scalar("table", 1.0);
}
