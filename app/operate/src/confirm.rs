//! A person confirms one plan, once: on the sheet that shows it, or on the command line by naming the account.

use jiff::{SignedDuration, Timestamp};

use crate::entry::Confirmation;
use crate::guard::{Guard, Refusal};
use crate::plan::Plan;
use crate::rules::Rules;

/// How long a sheet is shown before it can be confirmed: a click or a key that was meant for what was there before does
/// nothing.
pub const FIRST_LOOK: SignedDuration = SignedDuration::from_secs(1);

/// A plan before a person's eyes.
#[derive(Debug)]
pub struct Sheet {
    plan_hash: String,
    shown_at: Timestamp,
    /// What has to be typed.
    alias: Option<String>,
    is_spent: bool,
}

impl Sheet {
    /// A sheet that is shown from now on.
    #[must_use]
    pub fn of(plan: &Plan, rules: &Rules, now: Timestamp) -> Self {
        let alias = rules.is_production.then(|| alias(plan, rules).to_owned());
        Self { plan_hash: plan.hash(), shown_at: now, alias, is_spent: false }
    }

    /// What has to be typed: the account's name or id, where it is production.
    #[must_use]
    pub fn to_type(&self) -> Option<&str> {
        self.alias.as_deref()
    }

    /// How long until it can be confirmed; zero from then on.
    #[must_use]
    pub fn ready_in(&self, now: Timestamp) -> SignedDuration {
        (FIRST_LOOK - now.duration_since(self.shown_at)).max(SignedDuration::ZERO)
    }

    /// Whether it has been confirmed: it can't be again.
    #[must_use]
    pub fn is_spent(&self) -> bool {
        self.is_spent
    }

    /// Confirms the plan. What was typed counts without the blanks around it.
    ///
    /// # Errors
    /// [`Guard::Confirmed`]: in the first second, a second time, with another text than the account's.
    pub fn confirm(&mut self, typed: &str, now: Timestamp) -> Result<Confirmed, Refusal> {
        Guard::Confirmed.demand(!self.is_spent, || {
            let next = "Follow it under Operations, or plan again.".to_owned();
            ("this plan was confirmed already".to_owned(), next)
        })?;
        Guard::Confirmed.demand(self.ready_in(now).is_zero(), || {
            let reason = "the plan has been shown for less than a second".to_owned();
            (reason, "Read it, then confirm.".to_owned())
        })?;
        let typed = typed.trim();
        if let Some(alias) = &self.alias {
            demand_account(typed == alias, typed, alias)?;
        }
        self.is_spent = true;
        let typed = self.alias.is_some().then(|| typed.to_owned());
        Ok(Confirmed { plan_hash: self.plan_hash.clone(), how: Confirmation::Window { typed } })
    }
}

/// Confirms a plan on the command line. `account` is what `--confirm` names: the account's id or its name.
///
/// # Errors
/// [`Guard::Confirmed`] where it names another account, or none and the account is production.
pub fn confirm_by_flag(plan: &Plan, rules: &Rules, account: Option<&str>) -> Result<Confirmed, Refusal> {
    let id = &plan.scope.account;
    match account.map(str::trim) {
        Some(named) => demand_account(named == id || named == alias(plan, rules), named, id)?,
        None => Guard::Confirmed.demand(!rules.is_production, || {
            let reason = format!("the account {} is production and was not named", alias(plan, rules));
            (reason, format!("Name it: --yes --confirm {id}"))
        })?,
    }
    let account = account.map_or_else(|| id.clone(), |named| named.trim().to_owned());
    Ok(Confirmed { plan_hash: plan.hash(), how: Confirmation::CommandLine { account } })
}

/// What people call the plan's account. A name that is none does not stand for it.
fn alias<'a>(plan: &'a Plan, rules: &'a Rules) -> &'a str {
    let name = rules.alias.trim();
    if name.is_empty() { &plan.scope.account } else { name }
}

fn demand_account(holds: bool, named: &str, right: &str) -> Result<(), Refusal> {
    Guard::Confirmed.demand(holds, || {
        let reason = if named.is_empty() {
            "the account was not named".to_owned()
        } else {
            format!("{named} is not the plan's account")
        };
        (reason, format!("The plan acts on {right}: name that, if that is what you mean."))
    })
}

/// Proof that a person confirmed one plan. Made by [`Sheet::confirm`] and [`confirm_by_flag`] alone, and spent by
/// starting an operation.
#[derive(Debug)]
pub struct Confirmed {
    plan_hash: String,
    how: Confirmation,
}

impl Confirmed {
    /// Hash of the plan.
    #[must_use]
    pub fn plan_hash(&self) -> &str {
        &self.plan_hash
    }

    /// How it was confirmed, for the journal.
    #[must_use]
    pub fn how(&self) -> &Confirmation {
        &self.how
    }

    /// How it was confirmed; the proof is spent.
    #[must_use]
    pub(crate) fn spend(self) -> Confirmation {
        self.how
    }

    /// Refuses any other plan than the one that was confirmed.
    ///
    /// # Errors
    /// [`Guard::Confirmed`].
    pub fn demand(&self, plan: &Plan) -> Result<(), Refusal> {
        Guard::Confirmed.demand(self.plan_hash == plan.hash(), || {
            let reason = "another plan was confirmed than the one that would be started".to_owned();
            (reason, "Look at this one and confirm it.".to_owned())
        })
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test")]

    use super::*;
    use crate::action::Action;
    use crate::facts::Caller;
    use crate::plan::{Baseline, FORMAT, Rollback};
    use crate::testing::{at, refused_by, scope};

    const ACCOUNT: &str = "111122223333";

    fn rules() -> Rules {
        Rules { is_production: false, ..crate::testing::rules() }
    }

    fn prod() -> Rules {
        Rules { is_production: true, alias: "prod".into(), ..rules() }
    }

    fn plan() -> Plan {
        Plan {
            format: FORMAT,
            action: Action::Replace { servers: vec!["i-9".into()] },
            scope: scope(),
            endpoint: Some(crate::Endpoint::Aws),
            caller: Caller { account: ACCOUNT.into(), arn: "arn:aws:iam::111122223333:user/ada".into() },
            made_at: at(0),
            summary: "Replace i-9.".into(),
            baseline: Baseline::default(),
            steps: Vec::new(),
            capacity: Vec::new(),
            losses: Vec::new(),
            warnings: Vec::new(),
            rollback: Rollback::Impossible("What is gone is gone.".into()),
        }
    }

    fn after(milliseconds: i64) -> Timestamp {
        at(0) + SignedDuration::from_millis(milliseconds)
    }

    #[test]
    fn a_sheet_is_not_confirmed_in_its_first_second() {
        let mut sheet = Sheet::of(&plan(), &rules(), at(0));
        assert_eq!(sheet.ready_in(after(250)), SignedDuration::from_millis(750));
        refused_by(Guard::Confirmed, sheet.confirm("", after(999)));
        refused_by(Guard::Confirmed, sheet.confirm("", after(-5_000)));
        let confirmed = sheet.confirm("", after(1_000)).unwrap();
        assert_eq!(confirmed.how(), &Confirmation::Window { typed: None });
    }

    #[test]
    fn a_sheet_is_confirmed_once() {
        let mut sheet = Sheet::of(&plan(), &rules(), at(0));
        sheet.confirm("", at(2)).unwrap();
        assert!(sheet.is_spent());
        refused_by(Guard::Confirmed, sheet.confirm("", at(3)));
    }

    #[test]
    fn production_is_typed_exactly() {
        let mut sheet = Sheet::of(&plan(), &prod(), at(0));
        assert_eq!(sheet.to_type(), Some("prod"));
        for typed in ["", "Prod", "prod2", "pr od", ACCOUNT] {
            refused_by(Guard::Confirmed, sheet.confirm(typed, at(2)));
        }
        let confirmed = sheet.confirm(" prod\n", at(2)).unwrap();
        assert_eq!(confirmed.how(), &Confirmation::Window { typed: Some("prod".into()) });

        let nameless = Rules { alias: " ".into(), ..prod() };
        let mut sheet = Sheet::of(&plan(), &nameless, at(0));
        refused_by(Guard::Confirmed, sheet.confirm("", at(2)));
        sheet.confirm(ACCOUNT, at(2)).unwrap();
    }

    #[test]
    fn the_command_line_names_the_account() {
        for named in [ACCOUNT, "prod"] {
            let confirmed = confirm_by_flag(&plan(), &prod(), Some(named)).unwrap();
            assert_eq!(confirmed.how(), &Confirmation::CommandLine { account: named.to_owned() });
        }
        refused_by(Guard::Confirmed, confirm_by_flag(&plan(), &prod(), None));
        refused_by(Guard::Confirmed, confirm_by_flag(&plan(), &prod(), Some("210987654321")));
        refused_by(Guard::Confirmed, confirm_by_flag(&plan(), &rules(), Some("")));
        confirm_by_flag(&plan(), &rules(), None).unwrap();
    }

    #[test]
    fn who_confirmed_one_plan_confirmed_no_other() {
        let confirmed = confirm_by_flag(&plan(), &rules(), None).unwrap();
        confirmed.demand(&plan()).unwrap();
        let other = Plan { summary: "Something else.".into(), ..plan() };
        refused_by(Guard::Confirmed, confirmed.demand(&other));
    }
}
