//! Whose machinery owns a server or a group that nobody here runs by hand.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Bound;

use crate::resources::{Group, Server};
use crate::rows::Fleet;
use crate::symbol::TagSet;

/// A tag that somebody's machinery puts on what it makes.
struct Sign {
    /// The key; one that ends in `*` stands for every key that begins so.
    key: &'static str,
    /// How the owner is called.
    owner: &'static str,
    /// Whether the value is the owner's name.
    named: bool,
    /// Whether the machinery makes groups of its own and tags them. Of what remains the servers are its own, and the
    /// group that they may be in is not.
    groups: bool,
}

const fn sign(key: &'static str, owner: &'static str, named: bool, groups: bool) -> Sign {
    Sign { key, owner, named, groups }
}

/// In order of preference: an EKS node group is a group too, and Batch runs on ECS.
///
/// Keys from the services' own documentation of the tags they add: EKS managed node groups, Karpenter's resource
/// tags, AWS Batch (`AWSBatchServiceTag`), EMR system tags, Elastic Beanstalk environments and ECS capacity providers.
const SIGNS: &[Sign] = &[
    sign("eks:nodegroup-name", "EKS node group", true, true),
    sign("karpenter.sh/nodepool", "Karpenter", true, false),
    sign("karpenter.sh/provisioner-name", "Karpenter", true, false),
    sign("eks:cluster-name", "EKS", true, true),
    sign("aws:elasticmapreduce:job-flow-id", "EMR", true, false),
    sign("aws:elasticmapreduce:*", "EMR", false, false),
    sign("aws:batch:compute-environment", "Batch", true, true),
    sign("aws:batch:*", "Batch", false, true),
    sign("AWSBatchServiceTag", "Batch", false, true),
    sign("elasticbeanstalk:environment-name", "Elastic Beanstalk", true, true),
    sign("AmazonECSManaged", "ECS", false, true),
];

/// What only counts outside a group, since Auto Scaling launches through both.
const OUTSIDE_GROUPS: Sign = sign("aws:ec2:fleet-id", "EC2 Fleet", true, false);

/// The tags of a server or a group, as far as owners are looked for in them.
pub trait OwnerTags<'a> {
    /// The value under exactly this key.
    fn value(&self, key: &str) -> Option<&'a str>;

    /// The value of the first key that begins so.
    fn value_of_start(&self, start: &str) -> Option<&'a str>;
}

impl<'a> OwnerTags<'a> for &'a BTreeMap<String, String> {
    fn value(&self, key: &str) -> Option<&'a str> {
        self.get(key).map(String::as_str)
    }

    fn value_of_start(&self, start: &str) -> Option<&'a str> {
        let from = (Bound::Included(start), Bound::Unbounded);
        self.range::<str, _>(from).next().filter(|(key, _)| key.starts_with(start)).map(|(_, value)| value.as_str())
    }
}

/// The tags of a row.
struct RowTags<'a> {
    fleet: &'a Fleet,
    tags: TagSet,
}

impl<'a> OwnerTags<'a> for RowTags<'a> {
    fn value(&self, key: &str) -> Option<&'a str> {
        self.fleet.symbols.tag(self.tags, key)
    }

    fn value_of_start(&self, start: &str) -> Option<&'a str> {
        self.fleet.symbols.tags(self.tags).find(|(key, _)| key.starts_with(start)).map(|(_, value)| value)
    }
}

impl Fleet {
    /// Whose machinery owns a server: see [`owner_of_server`].
    #[must_use]
    pub fn owner(&self, server: &Server) -> Option<Cow<'_, str>> {
        let tags = RowTags { fleet: self, tags: server.tags };
        owner_of_server(self.text(server.operator), &tags, server.group.is_some(), self.text(server.spot_request))
    }

    /// Whose machinery owns a group: see [`owner_of_group`].
    #[must_use]
    pub fn group_owner(&self, group: &Group) -> Option<Cow<'_, str>> {
        owner_of_group(self.text(group.operator), &RowTags { fleet: self, tags: group.tags })
    }
}

/// Whose machinery owns a server: an AWS service that operates it, EKS, Karpenter, EMR, Batch, Elastic Beanstalk, ECS,
/// an EC2 Fleet or a spot request. `None` for a server of a plain group and for a standalone one.
#[must_use]
pub fn owner_of_server<'a>(
    operator: Option<&'a str>,
    tags: &impl OwnerTags<'a>,
    in_group: bool,
    spot_request: Option<&'a str>,
) -> Option<Cow<'a, str>> {
    if let Some(operator) = operator {
        return Some(Cow::Borrowed(operator));
    }
    let by_sign = signed(tags, |_| true);
    if by_sign.is_some() || in_group {
        return by_sign;
    }
    OUTSIDE_GROUPS.found_in(tags).or_else(|| Some(Cow::Owned(format!("spot request {}", spot_request?))))
}

/// Whose machinery owns a group. A stack of CloudFormation is no owner: it describes a group, and does not act on its
/// servers.
#[must_use]
pub fn owner_of_group<'a>(operator: Option<&'a str>, tags: &impl OwnerTags<'a>) -> Option<Cow<'a, str>> {
    match operator {
        Some(operator) => Some(Cow::Borrowed(operator)),
        None => signed(tags, |sign| sign.groups),
    }
}

fn signed<'a>(tags: &impl OwnerTags<'a>, counts: impl Fn(&Sign) -> bool) -> Option<Cow<'a, str>> {
    SIGNS.iter().filter(|sign| counts(sign)).find_map(|sign| sign.found_in(tags))
}

impl Sign {
    /// The owner, where the sign is among the tags.
    fn found_in<'a>(&self, tags: &impl OwnerTags<'a>) -> Option<Cow<'a, str>> {
        let value = match self.key.strip_suffix('*') {
            Some(start) => tags.value_of_start(start),
            None => tags.value(self.key),
        }?;
        Some(if self.named && !value.is_empty() {
            Cow::Owned(format!("{} {value}", self.owner))
        } else {
            Cow::Borrowed(self.owner)
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::owner_of_server;
    use crate::lineage::world::World;

    type Tags<'a> = &'a [(&'a str, &'a str)];

    #[test]
    fn a_server_tells_whose_machinery_owns_it() {
        let cases: [(Tags, Option<&str>); 16] = [
            (&[], None),
            (&[("Name", "web")], None),
            (&[("aws:cloudformation:stack-name", "web")], None),
            (&[("aws:autoscaling:groupName", "web")], None),
            (&[("eks:nodegroup-name", "workers"), ("eks:cluster-name", "prod")], Some("EKS node group workers")),
            (&[("eks:cluster-name", "prod")], Some("EKS prod")),
            (&[("karpenter.sh/nodepool", "general"), ("eks:cluster-name", "prod")], Some("Karpenter general")),
            (&[("karpenter.sh/provisioner-name", "default")], Some("Karpenter default")),
            (&[("aws:elasticmapreduce:job-flow-id", "j-1")], Some("EMR j-1")),
            (&[("aws:elasticmapreduce:instance-group-role", "CORE")], Some("EMR")),
            (&[("AWSBatchServiceTag", "batch"), ("AmazonECSManaged", "")], Some("Batch")),
            (&[("aws:batch:compute-environment", "ce"), ("AWSBatchServiceTag", "batch")], Some("Batch ce")),
            (&[("elasticbeanstalk:environment-name", "shop")], Some("Elastic Beanstalk shop")),
            (&[("AmazonECSManaged", "")], Some("ECS")),
            (&[("AmazonECSManaged", "true")], Some("ECS")),
            (&[("aws:ec2:fleet-id", "fleet-1")], Some("EC2 Fleet fleet-1")),
        ];
        for (tags, owner) in cases {
            let (mut world, here) = World::new();
            let tags_set = world.tags(tags);
            world.server(here, "i-1", "ami-1").tags = tags_set;
            let fleet = world.rows.build();
            assert_eq!(fleet.owner(&fleet.servers[0]).as_deref(), owner, "{tags:?}");
            let plain: BTreeMap<String, String> =
                tags.iter().map(|&(key, value)| (key.to_owned(), value.to_owned())).collect();
            assert_eq!(owner_of_server(None, &&plain, false, None).as_deref(), owner, "{tags:?}, not of a row");
        }
    }

    #[test]
    fn an_operator_goes_before_any_tag() {
        let (mut world, here) = World::new();
        let (operator, tags) = (world.sym("ecs.amazonaws.com"), world.tags(&[("eks:cluster-name", "prod")]));
        let server = world.server(here, "i-1", "ami-1");
        (server.operator, server.tags) = (Some(operator), tags);
        let group = world.group(here, "web", None);
        (group.operator, group.tags) = (Some(operator), tags);
        let fleet = world.rows.build();
        assert_eq!(fleet.owner(&fleet.servers[0]).as_deref(), Some("ecs.amazonaws.com"));
        assert_eq!(fleet.group_owner(&fleet.groups[0]).as_deref(), Some("ecs.amazonaws.com"));
    }

    #[test]
    fn a_fleet_or_spot_request_owns_only_what_is_in_no_group() {
        let (mut world, here) = World::new();
        let (request, group) = (world.sym("sir-1"), world.sym("web"));
        let fleet_tag = world.tags(&[("aws:ec2:fleet-id", "fleet-1")]);
        world.server(here, "i-1", "ami-1").spot_request = Some(request);
        let server = world.server(here, "i-2", "ami-1");
        (server.spot_request, server.group, server.tags) = (Some(request), Some(group), fleet_tag);
        let server = world.server(here, "i-3", "ami-1");
        (server.spot_request, server.tags) = (Some(request), fleet_tag);
        let fleet = world.rows.build();
        let owners: Vec<_> = fleet.servers.iter().map(|server| fleet.owner(server)).collect();
        let expected = [Some("spot request sir-1"), None, Some("EC2 Fleet fleet-1")];
        assert_eq!(owners.iter().map(Option::as_deref).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn a_group_is_owned_by_what_made_it_and_not_by_the_stack_that_describes_it() {
        let cases: [(Tags, Option<&str>); 5] = [
            (&[("aws:cloudformation:stack-name", "web")], None),
            (&[("eks:nodegroup-name", "workers")], Some("EKS node group workers")),
            (&[("elasticbeanstalk:environment-name", "shop")], Some("Elastic Beanstalk shop")),
            (&[("AmazonECSManaged", "")], Some("ECS")),
            (&[("karpenter.sh/nodepool", "general")], None),
        ];
        for (tags, owner) in cases {
            let (mut world, here) = World::new();
            let tags_set = world.tags(tags);
            world.group(here, "web", None).tags = tags_set;
            let fleet = world.rows.build();
            assert_eq!(fleet.group_owner(&fleet.groups[0]).as_deref(), owner, "{tags:?}");
        }
    }
}
