//! What an operation was told last of its group and of the tags of servers, read off the answers on the wire: stale,
//! if they were. By what it was told it must do right; of what it was not told yet it can't know.

use std::collections::BTreeSet;

use sandbox::Delivery;

use crate::asking::{Member, Target, texts};
use crate::request::Asked;

/// A group as the last answer had it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct ToldGroup {
    pub(crate) min: u32,
    pub(crate) max: u32,
    pub(crate) desired: u32,
    pub(crate) suspended: Vec<String>,
    /// Whether the group itself has the tag that protects it.
    pub(crate) is_tagged: bool,
    pub(crate) members: Vec<Member>,
}

/// Everything that was told.
#[derive(Clone, Default, Debug)]
pub(crate) struct Told {
    /// The group that is acted on; none where no answer has had it.
    pub(crate) group: Option<ToldGroup>,
    /// The servers that have the tag that protects them.
    pub(crate) tagged: BTreeSet<String>,
    /// The targets of the group's load balancer; none where no answer has told.
    pub(crate) targets: Option<Vec<Target>>,
}

impl Told {
    /// Whether the load balancer does not take a server for healthy, or does not know it: it serves nobody.
    pub(crate) fn ails(&self, server: &str) -> bool {
        let is_healthy = |targets: &Vec<Target>| {
            let mut known = targets.iter().filter(|target| target.server == server).peekable();
            known.peek().is_some() && known.all(|target| target.is_healthy)
        };
        !self.targets.as_ref().is_none_or(is_healthy)
    }

    /// Takes an answer in, if it came whole and says something of this.
    pub(crate) fn hear(&mut self, asked: &Asked, delivery: &Delivery, group: &str) {
        let Delivery::Whole(response) = delivery else { return };
        if !response.status().is_success() {
            return;
        }
        let text = || String::from_utf8_lossy(response.body()).into_owned();
        match asked.action() {
            "DescribeAutoScalingGroups" if asked.param("AutoScalingGroupNames.member.1") == Some(group) => {
                self.group = read_group(&text(), group);
            }
            "DescribeTargetHealth" => self.targets = Some(Target::all(&text())),
            "DescribeInstances" => {
                for part in text().split("<instanceId>").skip(1) {
                    let id = part.split('<').next().unwrap_or_default().to_owned();
                    if part.contains("<key>emberline:protect</key>") {
                        self.tagged.insert(id);
                    } else {
                        self.tagged.remove(&id);
                    }
                }
            }
            _ => {}
        }
    }
}

fn read_group(xml: &str, name: &str) -> Option<ToldGroup> {
    texts(xml, "AutoScalingGroupName").iter().find(|found| *found == name)?;
    let number = |tag: &str| texts(xml, tag).first().and_then(|text| text.parse().ok());
    let part = |tag: &str| texts(xml, tag).into_iter().next().unwrap_or_default();
    Some(ToldGroup {
        min: number("MinSize")?,
        max: number("MaxSize")?,
        desired: number("DesiredCapacity")?,
        suspended: texts(&part("SuspendedProcesses"), "ProcessName"),
        is_tagged: part("Tags").contains("<Key>emberline:protect</Key>"),
        members: part("Instances").split("<member>").skip(1).map(|part| member(part, name)).collect(),
    })
}

/// A member within its group's element, which does not name the group again.
fn member(xml: &str, group: &str) -> Member {
    Member { group: group.to_owned(), ..Member::read(xml) }
}
