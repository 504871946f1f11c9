//! `report --format table`: what a person reads in a terminal, or a script in a pipe.

use unicode_width::UnicodeWidthStr;

use crate::run::{WITH_GAPS, run};

#[test]
fn the_table_fits_100_columns_and_has_no_escape_codes_in_a_pipe() {
    let table = run(&["report", "--sandbox"]).expect(WITH_GAPS);
    let widest = table.out.lines().max_by_key(|line| line.width()).unwrap();
    assert!(widest.width() <= 100, "{} columns: {widest}", widest.width());
    assert!(!table.out.contains('\u{1b}') && !table.err.contains('\u{1b}'));
    assert!(table.out.chars().all(|c| c == '\n' || !c.is_control()));
}

#[test]
fn the_table_is_the_default_format() {
    let by_default = run(&["report", "--sandbox", "--query", "group:none"]).expect(WITH_GAPS).out;
    let by_name = run(&["report", "--sandbox", "--query", "group:none", "--format", "table"]).expect(WITH_GAPS).out;
    assert_eq!(by_default.lines().count(), by_name.lines().count());
}

#[test]
fn overdue_comes_first_then_due_then_the_rest() {
    let report = run(&["report", "--sandbox", "--format", "json"]).expect(WITH_GAPS).json();
    let table = run(&["report", "--sandbox"]).expect(WITH_GAPS).out;
    let line_of =
        |id: &str| table.lines().position(|line| line.contains(id)).unwrap_or_else(|| panic!("{id}: {table}"));
    let lines = |states: &[&str]| -> Vec<usize> {
        let servers = report["servers"].as_array().unwrap().iter();
        servers
            .filter(|server| states.contains(&server["phoenix"].as_str().unwrap()))
            .map(|server| line_of(server["id"].as_str().unwrap()))
            .collect()
    };
    let (overdue, due, rest) = (lines(&["overdue"]), lines(&["due"]), lines(&["young", "exempt", "unknown"]));
    assert!(overdue.iter().max().unwrap() < due.iter().min().unwrap(), "overdue before due");
    assert!(due.iter().max().unwrap() < rest.iter().min().unwrap(), "due before the rest");
}

#[test]
fn the_table_tells_its_gaps() {
    let table = run(&["report", "--sandbox"]).expect(WITH_GAPS);
    let told = format!("{}{}", table.out, table.err);
    assert!(told.contains("imagebuilder:ListImagePipelines"), "{told}");
}
