//! What is there before and after: servers and groups by a report of the account in both of its regions, what is made
//! beside them by the sandbox's own word.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::served::Served;

/// All that an operation could change.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Fleet {
    /// Servers by id: their region and group.
    pub(super) servers: BTreeMap<String, (String, Option<String>)>,
    /// Groups by region and name.
    pub(super) groups: BTreeMap<(String, String), Group>,
    /// How many images the account has.
    pub(super) images: usize,
    /// How many versions the template has.
    pub(super) versions: usize,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Group {
    pub(super) desired: u64,
    pub(super) lifetime_s: Option<u64>,
    pub(super) servers: u64,
}

/// Where operations work.
pub(super) const ACCOUNT: &str = "210987654321";
pub(super) const REGION: &str = "eu-west-1";

impl Fleet {
    pub(super) fn of(report: &Value, served: &Served) -> Self {
        let count = |form: &str, tag: &str| served.ec2(ACCOUNT, REGION, form).matches(tag).count();
        let all = |name: &str| report[name].as_array().unwrap().iter();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        Self {
            servers: all("servers")
                .map(|server| {
                    let group = server["group"].as_str().map(str::to_owned);
                    (text(&server["id"]), (text(&server["region"]), group))
                })
                .collect(),
            groups: all("groups")
                .map(|group| {
                    let counts = Group {
                        desired: group["desired"].as_u64().unwrap(),
                        lifetime_s: group["max_instance_lifetime_s"].as_u64(),
                        servers: group["servers"].as_u64().unwrap(),
                    };
                    ((text(&group["region"]), text(&group["name"])), counts)
                })
                .collect(),
            images: count("Action=DescribeImages&Owner.1=self", "<imageId>"),
            versions: count("Action=DescribeLaunchTemplateVersions&LaunchTemplateName=web", "<versionNumber>"),
        }
    }

    /// Ids of a group's servers, sorted.
    pub(super) fn members(&self, group: &str) -> Vec<String> {
        let is_member = |(region, of): &(String, Option<String>)| region == REGION && of.as_deref() == Some(group);
        self.servers.iter().filter(|(_, server)| is_member(server)).map(|(id, _)| id.clone()).collect()
    }
}
