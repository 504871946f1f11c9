//! DescribeTargetGroups.

use super::{PORT, load_balancer_arn, target_group_arn, target_group_not_found, validation};
use crate::{
    call::Ask,
    wire::{fault::Fault, form::Form, page::Page, xml::Xml},
};

/// The most target groups on a page.
const MAX_PAGE: usize = 400;

pub(super) fn describe(ask: &Ask<'_>, form: &Form, xml: &mut Xml) -> Result<(), Fault> {
    let (arns, by_name) = (form.list("TargetGroupArns.member"), form.list("Names.member"));
    let load_balancer = form.get("LoadBalancerArn");
    if [!arns.is_empty(), !by_name.is_empty(), load_balancer.is_some()].iter().filter(|given| **given).count() > 1 {
        return Err(validation(
            "Load balancer ARN, target group ARNs, and target group names cannot be specified at the same time",
        ));
    }
    let size = match form.get("PageSize") {
        None => MAX_PAGE,
        Some(text) => text.parse().ok().filter(|size| (1..=MAX_PAGE).contains(size)).ok_or_else(|| {
            validation(format!(
                "1 validation error detected: Value '{text}' at 'pageSize' failed to satisfy constraint: \
                     Member must have value between 1 and {MAX_PAGE}"
            ))
        })?,
    };
    let all: Vec<(&str, String)> =
        ask.scope.target_groups.iter().map(|group| (&*group.name, target_group_arn(ask, &group.name))).collect();
    let unknown_arn = arns.iter().any(|arn| !all.iter().any(|(_, known)| known == arn));
    if unknown_arn || by_name.iter().any(|name| !all.iter().any(|(known, _)| known == name)) {
        return Err(target_group_not_found());
    }
    if load_balancer.is_some_and(|arn| !all.iter().any(|(name, _)| load_balancer_arn(ask, name) == arn)) {
        return Err(Fault::new("LoadBalancerNotFound", "One or more load balancers not found"));
    }
    let mut question = vec!["elasticloadbalancing", &*ask.scope.account, ask.scope.region.name];
    question.extend(form.question());
    let page = Page::new(ask.world.seed, &question, form.get("Marker"), size)
        .map_err(|_| validation("The marker is not valid"))?;
    let (taken, next) = page.take(&all, |(name, arn)| {
        (arns.is_empty() || arns.contains(&&**arn))
            && (by_name.is_empty() || by_name.contains(name))
            && load_balancer.is_none_or(|wanted| load_balancer_arn(ask, name) == wanted)
    });
    xml.list("TargetGroups", "member", taken, |xml, (name, arn)| {
        xml.text("TargetGroupArn", arn);
        xml.text("TargetGroupName", name);
        xml.text("Protocol", "HTTP");
        xml.plain("Port", PORT);
        xml.id("VpcId", "vpc", ask.scope.network.vpc);
        xml.text("HealthCheckProtocol", "HTTP");
        xml.text("HealthCheckPort", "traffic-port");
        xml.plain("HealthCheckEnabled", true);
        // AWS's own defaults for HTTP.
        xml.plain("HealthCheckIntervalSeconds", 30);
        xml.plain("HealthCheckTimeoutSeconds", 5);
        xml.plain("HealthyThresholdCount", 5);
        xml.plain("UnhealthyThresholdCount", 2);
        xml.text("HealthCheckPath", "/");
        xml.nest("Matcher", |xml| xml.text("HttpCode", "200"));
        xml.list("LoadBalancerArns", "member", [load_balancer_arn(ask, name)], |xml, arn| xml.raw_text(&arn));
        xml.text("TargetType", "instance");
        xml.text("ProtocolVersion", "HTTP1");
        xml.text("IpAddressType", "ipv4");
    });
    xml.maybe("NextMarker", next.as_deref());
    Ok(())
}
