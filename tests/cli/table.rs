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
fn overdue_comes_first() {
    let table = run(&["report", "--sandbox"]).expect(WITH_GAPS).out;
    let rows: Vec<&str> = table.lines().filter(|line| line.contains("i-")).collect();
    let of = |state: &str| -> Vec<usize> {
        rows.iter()
            .enumerate()
            .filter(|(_, row)| row.split_whitespace().any(|word| word == state))
            .map(|(at, _)| at)
            .collect()
    };
    let (overdue, due, young) = (of("overdue"), of("due"), of("young"));
    assert!(!overdue.is_empty() && !due.is_empty() && !young.is_empty());
    assert!(overdue.last() < due.first(), "overdue before due");
    assert!(due.last() < young.first(), "due before young");
}

#[test]
fn the_table_tells_its_gaps() {
    let table = run(&["report", "--sandbox"]).expect(WITH_GAPS);
    let told = format!("{}{}", table.out, table.err);
    assert!(told.contains("imagebuilder:ListImagePipelines"), "{told}");
}
