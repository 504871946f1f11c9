//! What a request names: everything in it that could be an ARN, an id or a name.

use serde_json::Value;

use crate::{call::Input, story};

/// Every text of the request's parameters.
pub(crate) fn texts(input: &Input<'_>) -> Vec<String> {
    let mut texts: Vec<String> = input.form.values().map(str::to_owned).collect();
    texts.extend(form_urlencoded::parse(input.query.as_bytes()).map(|(_, value)| value.into_owned()));
    if let Ok(body) = serde_json::from_slice::<Value>(input.body) {
        // The parser refuses what is nested deeper than 128 levels.
        texts.extend(story::texts(&body).into_iter().map(str::to_owned));
    }
    texts
}

/// Whether a query call asks for everything at once: no page size, no filter and no id.
pub(crate) fn is_bare(input: &Input<'_>) -> bool {
    let narrows = |name: &str| name == "MaxResults" || name.contains("Filter") || name.contains("Id.");
    !input.form.names().any(narrows)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test")]
    use super::*;
    use crate::wire::form::Form;

    #[test]
    fn texts_come_from_form_query_and_body() {
        let form = Form::parse(b"Action=A&InstanceId.1=i-1").unwrap();
        let body = br#"{"names":["/a/b",{"deep":"x"}],"n":1}"#;
        let input = Input { form, query: "imageArn=arn%3Aaws%3A1", body };
        assert_eq!(texts(&input), ["A", "i-1", "arn:aws:1", "/a/b", "x"]);
    }

    #[test]
    fn a_call_is_bare_without_page_size_filter_and_id() {
        let bare =
            |fields: &str| is_bare(&Input { form: Form::parse(fields.as_bytes()).unwrap(), query: "", body: b"" });
        assert!(bare("Action=DescribeInstances&Version=1"));
        for fields in ["MaxResults=5", "Filter.1.Name=vpc-id", "InstanceId.1=i-1"] {
            assert!(!bare(&format!("Action=DescribeInstances&{fields}")), "{fields}");
        }
    }
}
