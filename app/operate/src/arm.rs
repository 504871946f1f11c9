//! Acting is off until it is switched on: per account and region, for a quarter of an hour. It is needed to start an
//! operation; that it ends stops nothing. The kill switch stops everything.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use jiff::{SignedDuration, Timestamp};

use crate::guard::{self, Guard, Refusal};
use crate::rules::Rules;
use crate::scope::Scope;

/// How long a scope stays armed: 15 minutes.
pub const ARMED_FOR: SignedDuration = SignedDuration::from_mins(15);

/// Partition, account and region: profiles that reach the same are one.
type Place = (String, String, String);

fn place(scope: &Scope) -> Place {
    (scope.partition.clone(), scope.account.clone(), scope.region.clone())
}

/// Where acting is switched on, and since when. It starts with nowhere and is never saved.
#[derive(Debug, Default)]
pub struct Arming {
    since: BTreeMap<Place, Timestamp>,
}

impl Arming {
    /// Switches acting on for a scope, for [`ARMED_FOR`] from now.
    ///
    /// # Errors
    /// [`Guard::LiveSource`].
    pub fn arm(&mut self, rules: &Rules, scope: &Scope, now: Timestamp) -> Result<(), Refusal> {
        guard::live(rules)?;
        self.since.insert(place(scope), now);
        Ok(())
    }

    /// Switches it off.
    pub fn disarm(&mut self, scope: &Scope) {
        self.since.remove(&place(scope));
    }

    /// Switches it off everywhere.
    pub fn disarm_all(&mut self) {
        self.since.clear();
    }

    /// How long acting stays on; `None` where it is off. A clock that was set back switches it off.
    #[must_use]
    pub fn remaining(&self, scope: &Scope, now: Timestamp) -> Option<SignedDuration> {
        let passed = now.duration_since(*self.since.get(&place(scope))?);
        (SignedDuration::ZERO..ARMED_FOR).contains(&passed).then(|| ARMED_FOR - passed)
    }

    /// The proof that a scope is armed, which starting an operation takes.
    ///
    /// # Errors
    /// [`Guard::Armed`].
    pub fn prove(&self, scope: &Scope, now: Timestamp) -> Result<Armed, Refusal> {
        Guard::Armed.demand(self.remaining(scope, now).is_some(), || not_armed(scope))?;
        let until = self.since.get(&place(scope)).map_or(now, |since| *since + ARMED_FOR);
        Ok(Armed { place: place(scope), until })
    }
}

/// Proof that a scope is armed. Made by [`Arming::prove`] alone.
#[derive(Debug)]
pub struct Armed {
    place: Place,
    until: Timestamp,
}

impl Armed {
    /// Whether it is a proof for this scope, still.
    ///
    /// # Errors
    /// [`Guard::Armed`].
    pub fn demand(&self, scope: &Scope, now: Timestamp) -> Result<(), Refusal> {
        Guard::Armed.demand(self.place == place(scope) && now < self.until, || not_armed(scope))
    }
}

fn not_armed(scope: &Scope) -> (String, String) {
    let next = format!("Switch from Look to Act for {scope}: it stays on for 15 minutes.");
    (format!("acting is not switched on in {scope}"), next)
}

/// Halts every operation before its next send, from any thread. All clones are the one switch.
#[derive(Clone, Debug, Default)]
pub struct KillSwitch {
    pulled: Arc<AtomicBool>,
}

impl KillSwitch {
    /// Halts everything.
    pub fn pull(&self) {
        self.pulled.store(true, Ordering::SeqCst);
    }

    /// Lets operations go on when they are resumed.
    pub fn release(&self) {
        self.pulled.store(false, Ordering::SeqCst);
    }

    /// Whether it is pulled.
    #[must_use]
    pub fn is_pulled(&self) -> bool {
        self.pulled.load(Ordering::SeqCst)
    }

    /// Refuses while it is pulled.
    ///
    /// # Errors
    /// [`Guard::KillSwitch`].
    pub fn demand(&self) -> Result<(), Refusal> {
        Guard::KillSwitch.demand(!self.is_pulled(), || {
            let next = "Release it, then resume the operation: nothing was sent since.".to_owned();
            ("the kill switch is pulled".to_owned(), next)
        })
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test")]

    use super::*;
    use crate::testing::{at, refused_by, rules, scope};

    #[test]
    fn a_scope_is_armed_for_a_quarter_of_an_hour_and_no_other_scope_with_it() {
        let mut arming = Arming::default();
        refused_by(Guard::Armed, arming.prove(&scope(), at(0)));
        arming.arm(&rules(), &scope(), at(0)).unwrap();
        assert_eq!(arming.remaining(&scope(), at(60)), Some(SignedDuration::from_mins(14)));
        let armed = arming.prove(&scope(), at(899)).unwrap();
        armed.demand(&scope(), at(899)).unwrap();
        refused_by(Guard::Armed, armed.demand(&scope(), at(900)));
        refused_by(Guard::Armed, arming.prove(&scope(), at(900)));
        refused_by(Guard::Armed, arming.prove(&scope(), at(-1)));

        let elsewhere = Scope { region: "us-east-1".into(), ..scope() };
        refused_by(Guard::Armed, arming.prove(&elsewhere, at(1)));
        refused_by(Guard::Armed, armed.demand(&elsewhere, at(1)));
        let same = Scope { profile: Some("another".into()), ..scope() };
        arming.prove(&same, at(1)).unwrap();

        arming.disarm(&scope());
        assert_eq!(arming.remaining(&scope(), at(1)), None);
    }

    #[test]
    fn arming_again_starts_the_quarter_of_an_hour_anew() {
        let mut arming = Arming::default();
        arming.arm(&rules(), &scope(), at(0)).unwrap();
        arming.arm(&rules(), &scope(), at(600)).unwrap();
        assert_eq!(arming.remaining(&scope(), at(1_200)), Some(SignedDuration::from_mins(5)));
        arming.disarm_all();
        assert_eq!(arming.remaining(&scope(), at(1_200)), None);
    }

    #[test]
    fn what_is_no_live_account_is_not_armed() {
        let file = Rules { read_only: Some("this is a file".into()), ..rules() };
        refused_by(Guard::LiveSource, Arming::default().arm(&file, &scope(), at(0)));
    }

    #[test]
    fn every_clone_of_the_kill_switch_halts() {
        let (switch, other) = (KillSwitch::default(), KillSwitch::default());
        let hand = switch.clone();
        switch.demand().unwrap();
        hand.pull();
        refused_by(Guard::KillSwitch, switch.demand());
        other.demand().unwrap();
        hand.release();
        switch.demand().unwrap();
    }
}
