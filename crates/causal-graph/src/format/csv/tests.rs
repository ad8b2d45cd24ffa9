use proptest::prelude::*;

use super::*;
use crate::{ContinuousTable, DiscreteTable, Nodes};

fn message(text: &str) -> String {
    read(text).expect_err("a bad table").to_string()
}

fn continuous(text: &str) -> ContinuousTable {
    match read(text).expect("a table") {
        Table::Continuous(table) => table,
        Table::Discrete(table) => unreachable!("continuous: {table:?}"),
    }
}

fn discrete(text: &str, params: &CsvParams) -> DiscreteTable {
    match read_with(text, params).expect("a table").table {
        Table::Discrete(table) => table,
        Table::Continuous(table) => unreachable!("discrete: {table:?}"),
    }
}

#[test]
fn quotes_line_ends_marks_and_space_are_understood() {
    let plain = continuous("a,b\n1.5,2.5\n-3e2,4\n");
    for text in [
        "\u{feff}a,b\r\n1.5,2.5\r\n-3e2,4",
        "\"a\",\"b\"\n\"1.5\",2.5\n\n-3e2, 4\n\n",
        " a , b \r1.5,2.5\r-3e2,4\r",
    ] {
        assert_eq!(continuous(text), plain, "{text:?}");
    }
    let params = CsvParams {
        delimiter: ';',
        ..CsvParams::default()
    };
    let quoted = discrete("\"a \"\"b\"\"\";c\n\"x;y\";\"two\nlines\"\n", &params);
    assert_eq!(quoted.nodes().names(), ["a \"b\"", "c"]);
    assert_eq!(
        (quoted.states(0), quoted.states(1)),
        (&["x;y".to_owned()][..], &["two\nlines".to_owned()][..])
    );
}

#[test]
fn kinds_are_inferred_by_the_cells() {
    let few = discrete("x\n10\n9\n10\n-1\n", &CsvParams::default());
    assert_eq!(few.states(0), ["-1", "9", "10"]);
    assert_eq!(few.column(0), [2, 1, 2, 0]);
    let many: Vec<String> = (0..11).map(|row| row.to_string()).collect();
    assert_eq!(continuous(&format!("x\n{}", many.join("\n"))).n_rows(), 11);
    assert_eq!(continuous("x\n1\n2\n1.0\n").column(0), [1.0, 2.0, 1.0]);
    assert_eq!(
        discrete("x\n1.5\nhigh\n", &CsvParams::default()).states(0),
        ["1.5", "high"]
    );
    let all = CsvParams {
        kinds: ColumnKinds::Continuous,
        ..CsvParams::default()
    };
    assert!(matches!(
        read_with("x\n0\n1\n", &all),
        Ok(CsvTable {
            table: Table::Continuous(_),
            ..
        })
    ));
    let one = [("x".to_owned(), ColumnKind::Continuous)];
    let params = CsvParams {
        columns: one.into(),
        ..CsvParams::default()
    };
    assert!(matches!(
        read_with("x,y\n0,1.5\n", &params),
        Ok(CsvTable {
            table: Table::Continuous(_),
            ..
        })
    ));
    assert!(matches!(read_with("z\n0\n", &params), Err(Error::UnknownNode { name, .. }) if name == "x"));
}

#[test]
fn mixed_tables_are_refused_with_the_columns_of_each_kind() {
    assert_eq!(
        message("age,sex,dose,arm\n50.5,f,0.1,1\n61.5,m,0.2,2\n"),
        "line 1: the columns `age`, `dose` are continuous, `sex`, `arm` discrete: expected one kind, as no test or score \
         takes both"
    );
}

#[test]
fn given_states_keep_their_codes() {
    let states = [("x".to_owned(), ["yes", "no", "never"].map(str::to_owned).to_vec())];
    let params = CsvParams {
        states: states.into(),
        ..CsvParams::default()
    };
    let table = discrete("x,y\nno,1\nyes,0\n", &params);
    assert_eq!((table.column(0), table.n_states(0)), (&[1, 0][..], 3));
    let error = read_with("x,y\nno,1\n\nmaybe,0\n", &params).expect_err("no such state");
    assert!(
        error.to_string().starts_with("line 4: `x` has no state `maybe`"),
        "{error}"
    );
}

#[test]
fn errors_name_the_line() {
    assert_eq!(
        message(""),
        "line 1: the text ends: expected the names of the columns"
    );
    assert_eq!(
        message("\n\n"),
        "line 1: the text ends: expected the names of the columns"
    );
    assert_eq!(
        message("a,b\n"),
        "line 1: there are no rows after the names of the columns"
    );
    assert!(message("a,,c\n1,2,3\n").starts_with("line 1: column 2 has no name"));
    assert!(message("a,b,a\n1,2,3\n").starts_with("line 1: node `a` is given twice"));
    assert!(message("0.5,1.5\n1,2\n").starts_with("line 1: the first line has numbers only"));
    assert!(read("0,1\n5,6\n").is_ok() && read("1,2\n5,6\n").is_ok());
    assert_eq!(
        message("a,b\n\"x\ny\",1\nx\n"),
        "line 4: the row has 1 cells: expected 2, as the first line"
    );
    assert_eq!(
        message("a\n1,2\n"),
        "line 2: the row has 2 cells: expected 1, as the first line"
    );
    assert_eq!(
        message("a,b\n0.5,1\n0.5,inf\n0.5,0.5\n"),
        "line 3: column `b`: `inf` is not a finite number"
    );
    assert_eq!(message("a,b\n1,\"2\n3,4\n"), "line 2: a quoted cell has no end");
    for end in ["\n", "\r\n", "\r"] {
        let text = ["a,b", "", "1,2", "3"].join(end);
        assert!(
            message(&text).starts_with("line 4: the row has 1 cells"),
            "{text:?}"
        );
    }
    let all = CsvParams {
        kinds: ColumnKinds::Continuous,
        ..CsvParams::default()
    };
    let error = read_with("a\n1\nx1\n", &all).expect_err("no number");
    assert_eq!(
        error.to_string(),
        "line 3: column `a`: `x1` is not a finite number"
    );
    assert!(
        CsvParams {
            delimiter: '"',
            ..CsvParams::default()
        }
        .validate()
        .is_err()
    );
    assert!(
        CsvParams {
            delimiter: '–',
            ..CsvParams::default()
        }
        .validate()
        .is_err()
    );
}

#[test]
fn missing_values_are_counted_refused_or_dropped() {
    let text = "a,b\n1,2\nNA,3\n?,nan\n4,5\n";
    assert_eq!(
        message(text),
        "line 3: 3 values are missing in 2 rows, the first in column `a`: complete them or drop these rows"
    );
    let drop = CsvParams {
        missing: Missing::DropRows,
        ..CsvParams::default()
    };
    let read = read_with(text, &drop).expect("two rows are left");
    assert_eq!((read.n_dropped, read.table.n_rows()), (2, 2));
    let kinds = ColumnKinds::Discrete;
    let none = CsvParams {
        kinds,
        missing_texts: Vec::new(),
        ..CsvParams::default()
    };
    assert_eq!(discrete(text, &none).states(0), ["1", "4", "?", "NA"]);
    let error = read_with("a\n?\n?\n", &drop).expect_err("no row is left");
    assert_eq!(
        error.to_string(),
        "line 1: there are no rows after the names of the columns but 2 with missing values"
    );
}

/// Text without space around it that is no missing value.
fn word() -> impl Strategy<Value = String> {
    "[a-z\",;\r\n é]{0,6}".prop_map(|text| format!("s{text}e"))
}

proptest! {
    #[test]
    fn numbers_come_back_to_the_last_bit(
        columns in (1_usize..5, 1_usize..8).prop_flat_map(|(n_columns, n_rows)| {
            let number = prop::num::f64::NORMAL | prop::num::f64::SUBNORMAL | prop::num::f64::ZERO;
            prop::collection::vec(prop::collection::vec(number, n_rows), n_columns)
        }),
    ) {
        let table = ContinuousTable::new(Nodes::numbered(columns.len()), columns).expect("finite");
        let table = Table::Continuous(table);
        prop_assert_eq!(read(&write(&table)).expect("its own table"), table);
    }

    #[test]
    fn states_come_back(
        names in prop::collection::btree_set(word(), 1..5),
        states in prop::collection::btree_set(word(), 1..5),
        codes in prop::collection::vec(0_usize..60, 1..40),
    ) {
        let states: Vec<String> = states.into_iter().collect();
        let column = |shift: usize| codes.iter().map(|code| ((code + shift) % states.len()) as u16).collect();
        let nodes = Nodes::new(names).expect("distinct");
        let columns = (0..nodes.len()).map(column).collect();
        let given = nodes.names().iter().map(|name| (name.clone(), states.clone())).collect();
        let table = DiscreteTable::new(nodes.clone(), vec![states; nodes.len()], columns).expect("states");
        let params = CsvParams { states: given, ..CsvParams::default() };
        let text = write(&Table::Discrete(table.clone()));
        prop_assert_eq!(read_with(&text, &params).expect("its own table").table, Table::Discrete(table));
    }

    #[test]
    fn no_text_panics(text in "[a-c0-9.,\"\r\n NA?\u{feff}-]{0,60}") {
        let drop = CsvParams { missing: Missing::DropRows, ..CsvParams::default() };
        for params in [CsvParams::default(), drop] {
            if let Ok(read) = read_with(&text, &params) {
                prop_assert!(read.table.n_rows() > 0);
            }
        }
    }
}
