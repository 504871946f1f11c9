//! SSM parameters with their older versions.

use std::{collections::VecDeque, sync::Arc};

use jiff::Timestamp;

/// An SSM parameter.
#[derive(Debug, Clone)]
pub(crate) struct Parameter {
    pub(crate) name: Arc<str>,
    /// `String` or `StringList`.
    pub(crate) kind: &'static str,
    pub(crate) description: Option<String>,
    pub(crate) value: String,
    /// `aws:ec2:image` for an image id, else `text`.
    pub(crate) data_type: &'static str,
    pub(crate) version: u32,
    pub(crate) modified: Timestamp,
    /// Who wrote the value.
    pub(crate) by: String,
    /// AWS's own parameters (`/aws/service/...`) belong to no account.
    pub(crate) public: bool,
    /// Oldest first.
    pub(crate) past: VecDeque<PastValue>,
}

/// What a parameter was.
#[derive(Debug, Clone)]
pub(crate) struct PastValue {
    pub(crate) value: String,
    pub(crate) version: u32,
    pub(crate) modified: Timestamp,
    pub(crate) by: String,
}

/// SSM keeps so many versions (Systems Manager quotas).
const MAX_VERSIONS: usize = 100;

impl Parameter {
    /// Gives it a new value, and another version with it.
    pub(crate) fn write(&mut self, value: String, by: String, now: Timestamp) {
        let past = PastValue {
            value: std::mem::replace(&mut self.value, value),
            version: self.version,
            modified: self.modified,
            by: std::mem::replace(&mut self.by, by),
        };
        self.past.push_back(past);
        if self.past.len() == MAX_VERSIONS {
            self.past.pop_front();
        }
        self.version = self.version.saturating_add(1);
        self.modified = now;
    }

    /// It as it was in this version; none if that is not kept.
    pub(crate) fn at_version(&self, version: u32) -> Option<Parameter> {
        if version == self.version {
            return Some(self.clone());
        }
        let past = self.past.iter().find(|past| past.version == version)?;
        Some(Parameter {
            value: past.value.clone(),
            version,
            modified: past.modified,
            by: past.by.clone(),
            ..self.clone()
        })
    }
}
