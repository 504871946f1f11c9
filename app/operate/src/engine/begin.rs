//! The start of an operation: the last moment at which nothing has been done yet.

use super::run::{Engine, EngineError};
use crate::arm::Armed;
use crate::confirm::Confirmed;
use crate::entry::Entry;
use crate::facts::Caller;
use crate::guard::{Guard, Refusal, Refused};
use crate::plan::{Plan, PlanFile};
use crate::verify::verify_plan;
use crate::world::{JournalError, OperationId};

/// The letters and digits of an operation's name.
const LETTERS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";

/// How many of them a name has.
const NAME_LENGTH: u32 = 12;

impl Engine<'_> {
    /// Starts an operation: checks once more that it is armed, confirmed and that the plan still holds, takes hold of
    /// its targets and writes its beginning down. Nothing is sent yet: [`Engine::run`] does that.
    ///
    /// # Errors
    /// [`EngineError::Refused`], which is written down, with everything that stands against it;
    /// [`EngineError::Journal`].
    pub fn start(&self, file: &PlanFile, confirmed: Confirmed, armed: &Armed) -> Result<OperationId, EngineError> {
        let plan = &file.plan;
        let caller = self.world.calls.caller(&plan.scope).ok();
        let caller = match self.may_start(file, &confirmed, armed, caller.as_ref()) {
            Ok(caller) => caller,
            Err(refused) => return Err(self.refuse(file, caller, refused)?),
        };
        let id = self.name();
        let locked = match self.world.journal.begin(&id, &plan.targets()) {
            Ok(locked) => locked,
            Err(error @ JournalError::Held { .. }) => {
                let next = "Wait until it has ended, or end it first.".to_owned();
                let refusal = Refusal { guard: Guard::OneOperation, reason: error.to_string(), next };
                return Err(self.refuse(file, Some(caller), refusal.into())?);
            }
            Err(error) => return Err(error.into()),
        };
        let began = Entry::Began {
            plan: Box::new(plan.clone()),
            plan_hash: plan.hash(),
            caller,
            confirmation: confirmed.spend(),
            token: self.token(),
        };
        if let Err(error) = self.world.journal.append(Some(&id), self.world.time.now(), &began) {
            // Nothing of it is certain to be written, so the targets are given free. Where that fails too, they are
            // free as soon as nobody works on it, and this is about to be so.
            drop(locked);
            drop(self.world.journal.release(&id));
            return Err(error.into());
        }
        Ok(id)
    }

    fn may_start(
        &self,
        file: &PlanFile,
        confirmed: &Confirmed,
        armed: &Armed,
        caller: Option<&Caller>,
    ) -> Result<Caller, Refused> {
        let now = self.world.time.now();
        let checks = [
            self.kill_switch.demand(),
            armed.demand(&file.plan.scope, now),
            confirmed.demand(&file.plan),
            Guard::Known.demand(caller.is_some(), || {
                let reason = "it could not be read who is signed in".to_owned();
                (reason, "Sign in, then confirm again.".to_owned())
            }),
        ];
        let mut refusals: Vec<Refusal> = checks.into_iter().filter_map(Result::err).collect();
        if let Err(refused) = verify_plan(self.world, self.rules, file) {
            refusals.extend(refused.refusals);
        }
        let planned_for = || file.plan.caller.clone();
        if refusals.is_empty() { Ok(caller.cloned().unwrap_or_else(planned_for)) } else { Err(Refused { refusals }) }
    }

    /// Writes a refusal down and gives it back.
    fn refuse(&self, file: &PlanFile, caller: Option<Caller>, refused: Refused) -> Result<EngineError, JournalError> {
        let Plan { action, scope, .. } = &file.plan;
        let entry = Entry::Refused {
            action: action.kind(),
            scope: scope.clone(),
            caller,
            plan_hash: Some(file.hash.clone()),
            refusals: refused.refusals.clone(),
        };
        self.world.journal.append(None, self.world.time.now(), &entry)?;
        Ok(refused.into())
    }

    /// A new name: 36^12 of them, so that two never meet.
    fn name(&self) -> OperationId {
        let mut random = u128::from(self.world.time.random()) << 64 | u128::from(self.world.time.random());
        let mut name = "op-".to_owned();
        for _ in 0..NAME_LENGTH {
            let digit = usize::try_from(random % 36).unwrap_or(0);
            name.push(char::from(LETTERS[digit]));
            random /= 36;
        }
        OperationId(name)
    }

    /// What the tokens of an operation are made of: with a hyphen and a step's number within the 36 characters that
    /// Image Builder allows.
    fn token(&self) -> String {
        let random = u128::from(self.world.time.random()) << 64 | u128::from(self.world.time.random());
        format!("{:025x}", random >> 28)
    }
}
