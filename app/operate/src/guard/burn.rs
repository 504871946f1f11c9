//! May chance burn here and now? Off by default, in working hours only, at most once a group and period, and what was
//! begun counts whether it ended well or not (Chaos Monkey's caution).

use jiff::Timestamp;
use jiff::civil::Weekday;
use jiff::tz::TimeZone;

use super::{Guard, Refusal};
use crate::action::Action;
use crate::entry::Entry;
use crate::rules::Rules;
use crate::scope::Scope;
use crate::world::{Journal, JournalError, OperationId};

/// All that stands against burning a server of a group by chance at `now`, where the last one was begun at `last`.
#[must_use]
pub fn burn(rules: &Rules, group: &str, now: Timestamp, last: Option<Timestamp>) -> Vec<Refusal> {
    let Some(leash) = &rules.burn else {
        let reason = "burning by chance is off".to_owned();
        let next = "Allow it under [burn] in the policy file, with period, hours and time_zone.".to_owned();
        return Guard::BurnLeash.demand(false, || (reason, next)).err().into_iter().collect();
    };
    let (from, to, zone) = (leash.from_hour, leash.to_hour, &leash.time_zone);
    let local = TimeZone::get(zone).ok().map(|zone| now.to_zoned(zone));
    let works = local.as_ref().is_some_and(|local| {
        let is_workday = !matches!(local.weekday(), Weekday::Saturday | Weekday::Sunday);
        is_workday && (i16::from(from)..i16::from(to)).contains(&i16::from(local.hour()))
    });
    let since_s = last.map(|last| now.duration_since(last).as_secs());
    let checks = [
        Guard::BurnLeash.demand(works, || {
            let at = local.map_or_else(
                || format!("the time zone {zone} is not known here"),
                |local| format!("it is {} in {zone}", local.strftime("%A, %H:%M")),
            );
            (at, format!("Burn on a working day from {from} to {to} o'clock there."))
        }),
        Guard::BurnLeash.demand(since_s.is_none_or(|since_s| since_s >= i64::from(leash.period_s)), || {
            let reason = format!("the group {group} was burned {} s ago", since_s.unwrap_or_default());
            (reason, format!("Wait until {} s have passed since then.", leash.period_s))
        }),
    ];
    checks.into_iter().filter_map(Result::err).collect()
}

/// When the latest burn of a group was begun, however it ended. `besides` is the operation that asks.
///
/// # Errors
/// Where the journal can't be read: then nothing may be burned.
pub fn last_burn(
    journal: &dyn Journal,
    scope: &Scope,
    group: &str,
    besides: Option<&OperationId>,
) -> Result<Option<Timestamp>, JournalError> {
    let mut last = None;
    for operation in journal.operations()?.iter().filter(|one| Some(*one) != besides) {
        for record in journal.entries(operation)? {
            let Entry::Began { plan, .. } = &record.entry else { continue };
            let is_same = (&plan.scope.account, &plan.scope.region) == (&scope.account, &scope.region);
            if is_same && matches!(&plan.action, Action::Burn { group: burned, .. } if burned == group) {
                last = last.max(Some(record.at));
            }
        }
    }
    Ok(last)
}
