//! Whose machinery owns a server or a group that nobody here runs by hand.

use std::borrow::Cow;

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

impl Fleet {
    /// Whose machinery owns a server: an AWS service that operates it, EKS, Karpenter, EMR, Batch, Elastic Beanstalk,
    /// ECS, an EC2 Fleet or a spot request. `None` for a server of a plain group and for a standalone one.
    #[must_use]
    pub fn owner(&self, server: &Server) -> Option<Cow<'_, str>> {
        if let Some(operator) = server.operator {
            return Some(Cow::Borrowed(self.str(operator)));
        }
        let by_sign = self.signed(server.tags, |_| true);
        if by_sign.is_some() || server.group.is_some() {
            return by_sign;
        }
        self.sign(&OUTSIDE_GROUPS, server.tags).or_else(|| {
            let request = self.str(server.spot_request?);
            Some(Cow::Owned(format!("spot request {request}")))
        })
    }

    /// Whose machinery owns a group. A stack of CloudFormation is no owner: it describes a group, and does not act on
    /// its servers.
    #[must_use]
    pub fn group_owner(&self, group: &Group) -> Option<Cow<'_, str>> {
        match group.operator {
            Some(operator) => Some(Cow::Borrowed(self.str(operator))),
            None => self.signed(group.tags, |sign| sign.groups),
        }
    }

    fn signed(&self, tags: TagSet, counts: impl Fn(&Sign) -> bool) -> Option<Cow<'_, str>> {
        SIGNS.iter().filter(|sign| counts(sign)).find_map(|sign| self.sign(sign, tags))
    }

    fn sign(&self, sign: &Sign, tags: TagSet) -> Option<Cow<'_, str>> {
        let value = match sign.key.strip_suffix('*') {
            Some(start) => self.symbols.tags(tags).find(|(key, _)| key.starts_with(start)).map(|(_, value)| value),
            None => self.symbols.tag(tags, sign.key),
        }?;
        Some(if sign.named && !value.is_empty() {
            Cow::Owned(format!("{} {value}", sign.owner))
        } else {
            Cow::Borrowed(sign.owner)
        })
    }
}
