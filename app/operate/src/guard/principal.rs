//! Is it the right world, and the right person?

use super::{Guard, Refusal};
use crate::endpoint::Endpoint;
use crate::facts::Caller;
use crate::plan::Plan;
use crate::rules::Rules;

/// The shortest run of digits at the end of a session's name that a program has put there: seconds since 1970 have ten.
const CLOCK_DIGITS: usize = 9;

/// Refuses a source that can't be acted on.
///
/// # Errors
/// [`Guard::LiveSource`].
pub fn live(rules: &Rules) -> Result<(), Refusal> {
    Guard::LiveSource.demand(rules.read_only.is_none(), || {
        let reason = rules.read_only.clone().unwrap_or_default();
        (reason, "Act from the present state of an account: read it with --profile and --region.".to_owned())
    })
}

/// Refuses where another AWS answers than the one that the plan was made in.
///
/// # Errors
/// [`Guard::Endpoint`].
pub fn endpoint(plan: &Plan, answers: &Endpoint) -> Result<(), Refusal> {
    Guard::Endpoint.demand(plan.endpoint.as_ref() == Some(answers), || match &plan.endpoint {
        Some(of_plan) => {
            let reason = format!("it was planned in {of_plan}, and {answers} answers now");
            (reason, of_plan.way_there())
        }
        None => {
            let reason = "it was not noted which AWS it was planned in".to_owned();
            (reason, "Plan again; an operation is handed over with `emberline operations abandon`.".to_owned())
        }
    })
}

/// Refuses where another account answers than the plan's, or another person asks than the one whom it was made for.
#[must_use]
pub fn account(plan: &Plan, caller: &Caller) -> Vec<Refusal> {
    let checks = [
        Guard::Account.demand(caller.account == plan.scope.account, || {
            let reason = format!("the plan is for the account {}, and {} answers", plan.scope.account, caller.account);
            (reason, "Sign in to the plan's account, or plan again in this one.".to_owned())
        }),
        Guard::Caller.demand(principal(&caller.arn) == principal(&plan.caller.arn), || {
            let reason = format!("the plan was made by {}, and {} is signed in", plan.caller.arn, caller.arn);
            (reason, "Plan again, so that who acts is who has seen the plan.".to_owned())
        }),
    ];
    checks.into_iter().filter_map(Result::err).collect()
}

/// Who somebody is, whenever they signed in: SDKs end the name of a role's session with the time, so that it differs
/// from process to process.
fn principal(arn: &str) -> &str {
    let name = arn.trim_end_matches(|c: char| c.is_ascii_digit());
    let is_session = arn.contains(":assumed-role/");
    if is_session && arn.len() - name.len() >= CLOCK_DIGITS { name } else { arn }
}
