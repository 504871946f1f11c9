//! Set a group's phoenix lifetime.

use egui::Ui;
use operate::Action;

use super::field;

const DAY_S: u32 = 86_400;
/// The most that `MaxInstanceLifetime` may be: 31,536,000 s.
const MOST_DAYS: u32 = 365;

#[derive(Clone, Debug)]
pub(super) struct Lifetime {
    pub(super) group: String,
    pub(super) days: String,
}

impl Lifetime {
    pub(super) fn of(group: String, lifetime_s: u32) -> Self {
        Self { group, days: lifetime_s.div_ceil(DAY_S).to_string() }
    }

    pub(super) fn ui(&mut self, ui: &mut Ui) {
        let hint = "AWS replaces every server that is older, those of today at once; 0 takes the lifetime away. The plan \
                    lists the servers that would burn.";
        field::text(ui, "Lifetime, days", &mut self.days, "30", hint);
    }

    pub(super) fn action(&self) -> Result<Action, String> {
        let wrong = || format!("Lifetime: 0, or 1 to {MOST_DAYS} days.");
        let days = field::number::<u32>("Lifetime", &self.days)?.ok_or_else(wrong)?;
        if days > MOST_DAYS {
            return Err(wrong());
        }
        Ok(Action::SetLifetime { group: self.group.clone(), lifetime_s: days * DAY_S })
    }
}
