//! What is read from an answer's bytes is what the SDK decodes from them, field by field: of everything that the
//! sandbox says, of answers with every field, and of such answers spoiled at random.

#![expect(clippy::unwrap_used, reason = "a test")]

mod groups;
mod images;
mod instances;
mod sdk;
mod spoiled;
mod template_versions;

use super::*;

#[test]
fn an_answer_is_a_list_only_if_it_begins_as_one_and_whole_only_if_it_ends_as_one() {
    let begun = |text: &str| begins_with(text.as_bytes(), "DescribeInstancesResponse");
    assert!(begun("<?xml version=\"1.0\"?>\n<!-- a --><DescribeInstancesResponse xmlns=\"x\">"));
    assert!(!begun("<html>") && !begun("") && !begun("{}") && !begun("<Response><DescribeInstancesResponse>"));
    let ended = |text: &str| ends_with(text.as_bytes(), "DescribeInstancesResponse");
    assert!(ended("</DescribeInstancesResponse>") && ended("</DescribeInstancesResponse >\n"));
    assert!(!ended("") && !ended("<DescribeInstancesResponse>") && !ended("</instancesSet>"));
}
