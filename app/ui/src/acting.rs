//! What the panels ask of the state of acting: where it is switched on, for how long still, and why something can't be
//! done now.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use operate::{Operation, Scope};
use session::{Acting, View};

use crate::model::Model;

/// Whether two scopes are one: profiles that reach the same account and region are.
#[must_use]
pub(crate) fn is_same(one: &Scope, other: &Scope) -> bool {
    (&one.partition, &one.account, &one.region) == (&other.partition, &other.account, &other.region)
}

/// A scope of a pull as operations know it; `None` where its account is not known.
#[must_use]
pub(crate) fn operate_scope(fleet: &fleet::Fleet, scope: &fleet::Scope) -> Option<Scope> {
    let account = fleet.str(scope.account);
    (!account.is_empty()).then(|| Scope {
        partition: fleet.str(scope.partition).to_owned(),
        account: account.to_owned(),
        region: fleet.str(scope.region).to_owned(),
        profile: fleet.text(scope.profile).map(str::to_owned),
    })
}

/// The scopes of a view, each account and region once.
#[must_use]
pub(crate) fn scopes(view: &View) -> Vec<Scope> {
    let mut seen = BTreeSet::new();
    let known = view.fleet.scopes.iter().filter_map(|scope| operate_scope(&view.fleet, scope));
    known.filter(|scope| seen.insert((scope.account.clone(), scope.region.clone()))).collect()
}

/// What people call a scope: the account's name, or else its id, and the region.
#[must_use]
pub(crate) fn scope_title(view: Option<&View>, scope: &Scope) -> String {
    let named = view.and_then(|view| view.policy.account_name(&scope.account)).unwrap_or(&scope.account);
    format!("{named} · {}", scope.region)
}

/// How long a scope stays armed; `None` where it is not.
#[must_use]
pub(crate) fn armed_left(acting: &Acting, scope: &Scope, now: Timestamp) -> Option<SignedDuration> {
    let (_, until) = acting.armed.iter().find(|(armed, _)| is_same(armed, scope))?;
    Some(until.duration_since(now)).filter(SignedDuration::is_positive)
}

/// The scopes that are armed now, with what is left, the one that ends first at the front.
#[must_use]
pub(crate) fn armed(acting: &Acting, now: Timestamp) -> Vec<(&Scope, SignedDuration)> {
    let left = |until: &Timestamp| Some(until.duration_since(now)).filter(SignedDuration::is_positive);
    let mut armed: Vec<_> = acting.armed.iter().filter_map(|(scope, until)| Some((scope, left(until)?))).collect();
    armed.sort_by_key(|(_, left)| *left);
    armed
}

/// `14:05`: minutes and seconds, a started second being a whole one.
#[must_use]
pub(crate) fn countdown(left: SignedDuration) -> String {
    let seconds = left.as_secs() + i64::from(left.subsec_nanos() > 0);
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

/// Why no action can be planned in a scope now, in a sentence; `None` where one can.
#[must_use]
pub(crate) fn not_now(model: &Model, scope: &Scope, now: Timestamp) -> Option<String> {
    let acting = &model.acting;
    if let Some(why) = &acting.read_only {
        return Some(format!("Nothing can be acted on here: {why}."));
    }
    if let Some(view) = model.view.as_ref().filter(|view| view.is_kept) {
        return Some(format!(
            "This is the pull of {}, and nothing is acted on from the past: wait for the one that runs, or pull again.",
            view.pulled_at.timestamp().strftime("%-d %b %Y, %H:%M UTC")
        ));
    }
    if acting.halted {
        return Some("The kill switch is pulled: release it first.".to_owned());
    }
    if armed_left(acting, scope, now).is_none() {
        let place = scope_title(model.view.as_deref(), scope);
        return Some(format!("Emberline only looks. Switch to Act for {place} first."));
    }
    if acting.planning.is_some() {
        return Some("Another plan is being made.".to_owned());
    }
    acting.sheet.is_some().then(|| "Another plan waits to be confirmed.".to_owned())
}

/// The operations that have not ended.
pub(crate) fn under_way(acting: &Acting) -> impl Iterator<Item = &Operation> {
    acting.operations.iter().filter(|operation| !operation.has_ended())
}

/// Whether an operation was cut off, by a crash or the end of a window: it has not ended, asks nothing, and nobody here
/// works on it.
pub(crate) fn is_cut_off(acting: &Acting, operation: &Operation) -> bool {
    !operation.has_ended() && operation.question.is_none() && !acting.at_work.contains(&operation.id)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope(region: &str, profile: Option<&str>) -> Scope {
        Scope {
            partition: "aws".into(),
            account: "111122223333".into(),
            region: region.into(),
            profile: profile.map(str::to_owned),
        }
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_secs(seconds)
    }

    #[test]
    fn a_scope_is_armed_under_every_profile_and_until_its_time() {
        let acting = Acting { armed: vec![(scope("eu-west-1", Some("a")), at(900))], ..Acting::default() };
        assert_eq!(armed_left(&acting, &scope("eu-west-1", None), at(60)), Some(SignedDuration::from_secs(840)));
        assert_eq!(armed_left(&acting, &scope("eu-west-1", None), at(900)), None);
        assert_eq!(armed_left(&acting, &scope("us-east-1", Some("a")), at(60)), None);
        assert!(armed(&acting, at(901)).is_empty());
    }

    #[test]
    fn a_countdown_ends_with_its_last_second() {
        for (millis, words) in [(900_000, "15:00"), (899_001, "15:00"), (65_000, "1:05"), (1, "0:01"), (0, "0:00")] {
            assert_eq!(countdown(SignedDuration::from_millis(millis)), words, "{millis} ms");
        }
    }

    #[test]
    fn the_first_reason_that_stands_against_acting_is_the_one_that_is_told() {
        let here = scope("eu-west-1", None);
        let mut model = Model::default();
        let why = |model: &Model| not_now(model, &here, at(0)).unwrap_or_default();
        assert_eq!(why(&model), "Emberline only looks. Switch to Act for 111122223333 · eu-west-1 first.");
        let acting = Acting { armed: vec![(here.clone(), at(900))], ..Acting::default() };
        model.acting = acting.clone().into();
        assert_eq!(not_now(&model, &here, at(0)), None);
        model.acting = Acting { halted: true, ..acting.clone() }.into();
        assert_eq!(why(&model), "The kill switch is pulled: release it first.");
        model.acting = Acting { read_only: Some("this is a saved pull".into()), ..acting }.into();
        assert_eq!(why(&model), "Nothing can be acted on here: this is a saved pull.");
    }
}
