//! The form of a query call: `Filter.1.Value.2=running` and the like.

use super::{fault::Fault, filter::Filter};

/// A query call's parameters, in the order of their names, those with numbers by number.
#[derive(Debug, Default)]
pub(crate) struct Form {
    fields: Vec<(String, String)>,
}

/// More parameters than any call of ours can have.
const MAX_FIELDS: usize = 20_000;

impl Form {
    /// Reads a body or a query string.
    ///
    /// # Errors
    /// A fault if there are more than 20,000 parameters.
    pub(crate) fn parse(text: &[u8]) -> Result<Form, Fault> {
        let fields: Vec<_> = form_urlencoded::parse(text).into_owned().take(MAX_FIELDS + 1).collect();
        if fields.len() > MAX_FIELDS {
            return Err(Fault::new("MalformedQueryString", "The query string has too many parameters."));
        }
        Ok(Form { fields })
    }

    /// A form of these parameters.
    pub(crate) fn of(fields: Vec<(String, String)>) -> Form {
        Form { fields }
    }

    /// All parameters by their whole names.
    pub(crate) fn fields(&self) -> impl Iterator<Item = (&str, &str)> {
        self.fields.iter().map(|(key, value)| (&**key, &**value))
    }

    /// A parameter's value; none if it is missing or empty.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(key, value)| key == name && !value.is_empty()).map(|(_, value)| &**value)
    }

    /// All names.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.fields.iter().map(|(name, _)| &**name)
    }

    /// All values.
    pub(crate) fn values(&self) -> impl Iterator<Item = &str> {
        self.fields.iter().map(|(_, value)| &**value)
    }

    /// Whether a parameter is there, be it empty.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.fields.iter().any(|(key, _)| key == name)
    }

    /// A flag.
    ///
    /// # Errors
    /// A fault if the value is neither `true` nor `false`.
    pub(crate) fn flag(&self, name: &str) -> Result<bool, Fault> {
        match self.get(name) {
            None => Ok(false),
            Some(value) if value.eq_ignore_ascii_case("true") => Ok(true),
            Some(value) if value.eq_ignore_ascii_case("false") => Ok(false),
            Some(value) => {
                Err(Fault::invalid(format!("Invalid value '{value}' for {name}. Valid values are: true, false.")))
            }
        }
    }

    /// A flag that may be missing.
    ///
    /// # Errors
    /// As [`Form::flag`].
    pub(crate) fn maybe_flag(&self, name: &str) -> Result<Option<bool>, Fault> {
        self.get(name).map(|_| self.flag(name)).transpose()
    }

    /// A list's values in order: `prefix.1`, `prefix.2`, and so on.
    pub(crate) fn list(&self, prefix: &str) -> Vec<&str> {
        let mut found: Vec<(u32, &str)> = self
            .fields
            .iter()
            .filter_map(|(key, value)| {
                let number = key.strip_prefix(prefix)?.strip_prefix('.')?;
                Some((number.parse().ok()?, &**value))
            })
            .collect();
        found.sort_unstable_by_key(|(number, _)| *number);
        found.into_iter().map(|(_, value)| value).collect()
    }

    /// The names of the parameters below `prefix`, without it and its dot.
    pub(crate) fn names_under<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = &'a str> {
        self.fields.iter().filter_map(move |(key, _)| key.strip_prefix(prefix)?.strip_prefix('.'))
    }

    /// Whether there is any parameter below `prefix`.
    pub(crate) fn has_under(&self, prefix: &str) -> bool {
        self.names_under(prefix).next().is_some()
    }

    /// The numbers of a list, in order and once each: of `prefix.2` and `prefix.1.Name` 1 and 2.
    pub(crate) fn numbers(&self, prefix: &str) -> Vec<u32> {
        let number = |key: &str| key.strip_prefix(prefix)?.strip_prefix('.')?.split('.').next()?.parse().ok();
        let mut numbers: Vec<u32> = self.fields.iter().filter_map(|(key, _)| number(key)).collect();
        numbers.sort_unstable();
        numbers.dedup();
        numbers
    }

    /// One field of a list's structures, in order: `prefix.1.field`, `prefix.2.field`, and so on.
    pub(crate) fn list_of(&self, prefix: &str, field: &str) -> Vec<&str> {
        let mut found: Vec<(u32, &str)> = self
            .fields
            .iter()
            .filter_map(|(key, value)| {
                let number = key.strip_prefix(prefix)?.strip_prefix('.')?.strip_suffix(field)?.strip_suffix('.')?;
                Some((number.parse().ok()?, &**value))
            })
            .collect();
        found.sort_unstable_by_key(|(number, _)| *number);
        found.into_iter().map(|(_, value)| value).collect()
    }

    /// Filters: `prefix.1.Name` with `prefix.1.{values}.1` and so on, where `values` is `Value` for EC2.
    pub(crate) fn filters(&self, prefix: &str, values: &str) -> Vec<Filter> {
        let mut numbers: Vec<u32> = self
            .fields
            .iter()
            .filter_map(|(key, _)| key.strip_prefix(prefix)?.strip_prefix('.')?.strip_suffix(".Name")?.parse().ok())
            .collect();
        numbers.sort_unstable();
        numbers.dedup();
        numbers
            .into_iter()
            .map(|number| Filter {
                name: self.get(&format!("{prefix}.{number}.Name")).unwrap_or_default().to_owned(),
                values: self.list(&format!("{prefix}.{number}.{values}")).into_iter().map(str::to_owned).collect(),
            })
            .collect()
    }

    /// The first parameter whose name before the first dot is not among `known`.
    pub(crate) fn unknown<'a>(&'a self, known: &[&str]) -> Option<&'a str> {
        self.fields
            .iter()
            .map(|(key, _)| key.split('.').next().unwrap_or(key))
            .find(|root| !known.contains(root) && !matches!(*root, "Action" | "Version" | "DryRun" | "AWSAccessKeyId"))
    }

    /// What a page's token belongs to: all parameters but those that pages differ in.
    pub(crate) fn question(&self) -> Vec<&str> {
        let mut parts: Vec<(&str, &str)> = self
            .fields
            .iter()
            .map(|(key, value)| (&**key, &**value))
            .filter(|(key, _)| {
                !matches!(*key, "NextToken" | "MaxResults" | "MaxRecords" | "Marker" | "PageSize" | "DryRun")
            })
            .collect();
        parts.sort_unstable();
        parts.into_iter().flat_map(|(key, value)| [key, value]).collect()
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test")]
    use super::*;

    #[test]
    fn lists_come_by_number_and_filters_keep_their_values() {
        let form =
            Form::parse(b"Id.2=b&Id.10=c&Id.1=a&Filter.1.Name=state&Filter.1.Value.1=x&Filter.1.Value.2=y%26&Id.x=no")
                .unwrap();
        assert_eq!(form.list("Id"), ["a", "b", "c"]);
        assert_eq!(form.list_of("Filter", "Name"), ["state"]);
        assert_eq!(
            form.filters("Filter", "Value"),
            [Filter { name: "state".into(), values: vec!["x".into(), "y&".into()] }]
        );
        assert_eq!((form.numbers("Id"), form.numbers("Filter")), (vec![1, 2, 10], vec![1]));
        assert_eq!(form.unknown(&["Id"]), Some("Filter"));
        assert_eq!(form.unknown(&["Id", "Filter"]), None);
    }

    #[test]
    fn a_flag_is_true_or_false_or_a_fault() {
        let form = Form::parse(b"A=true&B=False&C=yes&D=").unwrap();
        assert_eq!((form.flag("A"), form.flag("B"), form.flag("D")), (Ok(true), Ok(false), Ok(false)));
        assert_eq!((form.maybe_flag("B"), form.maybe_flag("D")), (Ok(Some(false)), Ok(None)));
        assert_eq!(form.flag("C").unwrap_err().code, "InvalidParameterValue");
    }
}
