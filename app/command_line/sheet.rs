//! A plan as text, for the one who confirms it on a terminal.

use std::fmt::Write as _;

use operate::{LossKind, Plan, PlanFile, Rollback, Rules, Work};

/// The whole plan: what, where, as whom, each step with its call, capacity, losses, warnings, and the way back.
pub(crate) fn text(file: &PlanFile, rules: &Rules) -> String {
    let plan = &file.plan;
    let mut text = String::new();
    let mut line = |line: &str| {
        text.push_str(line);
        text.push('\n');
    };
    line(&plan.summary);
    line("");
    let account = &plan.scope.account;
    let named = if rules.alias == *account { account.clone() } else { format!("{} ({account})", rules.alias) };
    let kind = if rules.is_production { "production" } else { "not production" };
    line(&format!("  account  {named}, {kind}"));
    line(&format!("  region   {}", plan.scope.region));
    line(&format!("  as       {}", plan.caller.arn));
    line("");
    for (number, step) in (1..).zip(&plan.steps) {
        line(&format!("  {number:>2}. {}", step.sentence));
        if let Work::Send { mutation, .. } = &step.work {
            line(&format!("      {}", mutation.action()));
        }
        if let Work::BakeCommand { shown, .. } = &step.work {
            line(&format!("      {}", shown.line()));
            line(&format!("      {}", shown.terms()));
        }
    }
    capacity(plan, &mut line);
    if !plan.losses.is_empty() {
        line("\nLost for good");
        for loss in &plan.losses {
            line(&format!("  {} {}: {}", kind_of(loss.kind), loss.what, loss.sentence));
        }
    }
    if !plan.warnings.is_empty() {
        line("\nKnow before");
        plan.warnings.iter().for_each(|warning| line(&format!("  {warning}")));
    }
    line(match &plan.rollback {
        Rollback::Possible(_) => "\nIt can be taken back",
        Rollback::Impossible(_) => "\nIt can't be taken back",
    });
    let (Rollback::Possible(how) | Rollback::Impossible(how)) = &plan.rollback;
    line(&format!("  {how}"));
    let _ = write!(text, "\n{}\n", file.hash);
    text
}

fn capacity(plan: &Plan, line: &mut impl FnMut(&str)) {
    if plan.capacity.is_empty() {
        return;
    }
    line("\nHealthy capacity");
    for of in &plan.capacity {
        line(&format!(
            "  {}: {} now, {} at the lowest, {} after; never below {} by our doing",
            of.group, of.before, of.lowest, of.after, of.floor
        ));
    }
}

fn kind_of(kind: LossKind) -> &'static str {
    match kind {
        LossKind::Volume => "volume",
        LossKind::DetachedVolume => "volume left behind",
        LossKind::Address => "address",
        LossKind::ElasticAddress => "Elastic IP",
        LossKind::Interface => "interface",
        LossKind::DnsName => "DNS name",
        LossKind::RootChanges => "changes on",
    }
}
