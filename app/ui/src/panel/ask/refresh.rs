//! How a group is rolled: every preference of an instance refresh, spelled out. An empty field follows the group.

use egui::Ui;
use operate::{RefreshChoices, ScaleInProtected, StandbyServers};

use super::field;

/// The most that a bake time or a delay may be: AWS's 172,800 s.
const LONGEST_MIN: u32 = 2880;

/// The fields as they are typed.
#[derive(Clone, Debug)]
pub(super) struct Refresh {
    /// The version to roll to; empty for what the group wants. A roll to an image that is yet to be baked asks for none.
    pub(super) version: String,
    min_healthy: String,
    max_healthy: String,
    bake_min: String,
    checkpoints: String,
    checkpoint_delay_min: String,
    alarms: String,
    skip_matching: bool,
    auto_rollback: bool,
    scale_in_protected: ScaleInProtected,
    standby: StandbyServers,
}

impl Refresh {
    pub(super) fn of(choices: &RefreshChoices) -> Self {
        let percents: Vec<String> = choices.checkpoint_percents.iter().map(u8::to_string).collect();
        Self {
            version: text(choices.template_version),
            min_healthy: text(choices.min_healthy_percent),
            max_healthy: text(choices.max_healthy_percent),
            bake_min: (choices.bake_time_s / 60).to_string(),
            checkpoints: percents.join(", "),
            checkpoint_delay_min: (choices.checkpoint_delay_s / 60).to_string(),
            alarms: choices.alarms.join(", "),
            skip_matching: choices.skip_matching,
            auto_rollback: choices.auto_rollback,
            scale_in_protected: choices.scale_in_protected,
            standby: choices.standby,
        }
    }

    /// The fields but the version's.
    pub(super) fn ui(&mut self, ui: &mut Ui) {
        field::text(ui, "Least healthy, %", &mut self.min_healthy, "as the group's floor asks", "");
        field::text(
            ui,
            "Most healthy, %",
            &mut self.max_healthy,
            "as the group says, else 100",
            "Above 100 launches first.",
        );
        field::text(
            ui,
            "Watch it for, min",
            &mut self.bake_min,
            "0",
            "Bake time: after the last server, before it is called done.",
        );
        field::text(
            ui,
            "Stop to look at, %",
            &mut self.checkpoints,
            "for example 10, 50",
            "Checkpoints; none where this is empty.",
        );
        field::text(ui, "Look for, min", &mut self.checkpoint_delay_min, "60", "How long each checkpoint waits.");
        field::text(ui, "Alarms that end it", &mut self.alarms, "names, with commas between", "");
        let hint = "What fails is taken back by AWS.";
        field::switch(ui, "Roll back by itself", &mut self.auto_rollback, "Roll back when it fails", hint);
        let hint = "Servers that already run the wanted version stay as old as they are.";
        field::switch(ui, "Servers that match", &mut self.skip_matching, "Leave them", hint);
        let protected = [
            (ScaleInProtected::Ignore, "Leave them"),
            (ScaleInProtected::Refresh, "Replace them too"),
            (ScaleInProtected::Wait, "Wait for an hour, then fail"),
        ];
        field::choice(ui, "Protected from scale-in", &mut self.scale_in_protected, &protected, "");
        let standby = [
            (StandbyServers::Ignore, "Leave them"),
            (StandbyServers::Terminate, "Terminate them"),
            (StandbyServers::Wait, "Wait for an hour, then fail"),
        ];
        field::choice(ui, "Servers in Standby", &mut self.standby, &standby, "");
    }

    /// What was chosen.
    ///
    /// # Errors
    /// What is wrong with a field, as a sentence.
    pub(super) fn choices(&self) -> Result<RefreshChoices, String> {
        let min_healthy_percent = field::number::<u8>("Least healthy", &self.min_healthy)?;
        if min_healthy_percent.is_some_and(|percent| percent > 100) {
            return Err("Least healthy: at most 100 %.".to_owned());
        }
        let max_healthy_percent = field::number::<u16>("Most healthy", &self.max_healthy)?;
        if max_healthy_percent.is_some_and(|percent| !(100..=200).contains(&percent)) {
            return Err("Most healthy: 100 to 200 %.".to_owned());
        }
        if let (Some(least), Some(most)) = (min_healthy_percent, max_healthy_percent)
            && most.saturating_sub(least.into()) > 100
        {
            return Err("Most and least healthy: at most 100 % apart.".to_owned());
        }
        let percents = field::parts(&self.checkpoints).map(|part| {
            let part = part.trim_end_matches('%').trim_end();
            part.parse::<u8>().ok().filter(|percent| (1..=100).contains(percent))
        });
        let checkpoint_percents: Option<Vec<u8>> = percents.collect();
        let checkpoint_percents = checkpoint_percents
            .filter(|percents| percents.is_sorted_by(|one, next| one < next))
            .ok_or("Stop to look at: rising numbers from 1 to 100, with commas between.")?;
        Ok(RefreshChoices {
            template_version: field::number("Template version", &self.version)?,
            min_healthy_percent,
            max_healthy_percent,
            skip_matching: self.skip_matching,
            auto_rollback: self.auto_rollback,
            bake_time_s: seconds("Watch it for", &self.bake_min)?,
            checkpoint_percents,
            checkpoint_delay_s: seconds("Look for", &self.checkpoint_delay_min)?,
            scale_in_protected: self.scale_in_protected,
            standby: self.standby,
            alarms: field::parts(&self.alarms).map(str::to_owned).collect(),
        })
    }
}

/// What is chosen, or nothing.
fn text<T: ToString>(choice: Option<T>) -> String {
    choice.map(|choice| choice.to_string()).unwrap_or_default()
}

fn seconds(name: &str, minutes: &str) -> Result<u32, String> {
    let minutes = field::number::<u32>(name, minutes)?.unwrap_or(0);
    if minutes > LONGEST_MIN {
        return Err(format!("{name}: at most {LONGEST_MIN} minutes, which are two days."));
    }
    Ok(minutes * 60)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test")]

    use super::*;

    fn untouched() -> Refresh {
        Refresh::of(&RefreshChoices::default())
    }

    #[test]
    fn what_nobody_touched_is_what_the_engine_takes_by_itself() {
        assert_eq!(untouched().choices().unwrap(), RefreshChoices::default());
    }

    #[test]
    fn what_is_typed_is_what_is_asked_for() {
        let refresh = Refresh {
            version: " 12 ".into(),
            min_healthy: "90".into(),
            max_healthy: "110".into(),
            bake_min: "5".into(),
            checkpoints: "10, 50%,100".into(),
            checkpoint_delay_min: "30".into(),
            alarms: "5xx, latency,".into(),
            ..untouched()
        };
        let choices = refresh.choices().unwrap();
        assert_eq!(Refresh::of(&choices).choices().as_ref(), Ok(&choices), "it comes back as it was");
        assert_eq!((choices.template_version, choices.bake_time_s, choices.checkpoint_delay_s), (Some(12), 300, 1800));
        assert_eq!((choices.min_healthy_percent, choices.max_healthy_percent), (Some(90), Some(110)));
        assert_eq!(
            (choices.checkpoint_percents, choices.alarms),
            (vec![10, 50, 100], vec!["5xx".into(), "latency".into()])
        );
    }

    #[test]
    fn what_aws_would_not_take_is_said_before_it_is_asked() {
        type Wrong = (fn(&mut Refresh), &'static str);
        let wrong: [Wrong; 7] = [
            (|refresh| refresh.version = "latest".into(), "Template version: “latest” is no number that fits."),
            (|refresh| refresh.min_healthy = "101".into(), "Least healthy: at most 100 %."),
            (|refresh| refresh.max_healthy = "90".into(), "Most healthy: 100 to 200 %."),
            (
                |refresh| (refresh.min_healthy, refresh.max_healthy) = ("50".into(), "151".into()),
                "Most and least healthy: at most 100 % apart.",
            ),
            (|refresh| refresh.bake_min = "2881".into(), "Watch it for: at most 2880 minutes, which are two days."),
            (
                |refresh| refresh.checkpoints = "50, 10".into(),
                "Stop to look at: rising numbers from 1 to 100, with commas between.",
            ),
            (
                |refresh| refresh.checkpoints = "a".into(),
                "Stop to look at: rising numbers from 1 to 100, with commas between.",
            ),
        ];
        for (spoil, words) in wrong {
            let mut refresh = untouched();
            spoil(&mut refresh);
            assert_eq!(refresh.choices().unwrap_err(), words);
        }
    }
}
