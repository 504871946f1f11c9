//! The story of a server.

use fleet::{RootTarget, Server, ServerIx, ServerNode, TemplateKind};

use super::{Subject, Teller};
use crate::finding::{AgeFrom, ExemptBy, ServerFinding};
use crate::human::counted;
use crate::lifetime::LIFETIME_TAG;
use crate::policy::Waiver;

impl Teller<'_> {
    pub(super) fn server(&mut self, ix: ServerIx) -> Option<()> {
        let row = self.fleet.servers.get(ix.at())?;
        let node = *self.lineage.servers.get(ix.at())?;
        let finding = *self.findings.servers.get(ix.at())?;
        self.say_birth(row, &node, &finding);
        self.say_image_of(&node, &finding);
        self.say_what_its_group_wants(ix, &node);
        self.say_lifetime(&finding);
        Some(())
    }

    fn say_birth(&mut self, row: &Server, node: &ServerNode, finding: &ServerFinding) {
        let Some((born, from)) = finding.born.zip(finding.born_from) else {
            self.say("Nobody knows when it was born. It stands");
            self.say_place(row, node);
            return self.say(".");
        };
        self.say(match from {
            AgeFrom::Interface | AgeFrom::RootVolume => "Born ",
            AgeFrom::RootReplacement => "Born again ",
            AgeFrom::LaunchTime => "Last started ",
        });
        self.stress(self.ago(born));
        if from == AgeFrom::RootReplacement {
            self.say(", when its root volume was replaced,");
        }
        self.say_place(row, node);
        self.say(".");
        match from {
            AgeFrom::RootVolume => {
                self.begin("It has no primary interface, so the time its root volume was attached stands in.");
            }
            AgeFrom::LaunchTime => {
                self.begin("It may be older: that clock may have been reset by a stop and start, and it has no other.");
            }
            AgeFrom::Interface | AgeFrom::RootReplacement => {}
        }
    }

    /// ` in group web-prod from web version 11`.
    fn say_place(&mut self, row: &Server, node: &ServerNode) {
        let group = node.group.and_then(|group| self.fleet.groups.get(group.at()));
        let owner = self.fleet.owner(row);
        match (group.map(|group| group.name).or(row.group), &owner) {
            (Some(name), _) => {
                self.say(" in group ");
                self.stress(self.fleet.str(name));
            }
            (None, Some(owner)) => {
                self.say(" outside any group, owned by ");
                self.stress(owner);
            }
            (None, None) => self.say(" outside any group"),
        }
        match node.template {
            Some(template) => {
                self.say(if group.is_none() && owner.is_some() { ", from " } else { " from " });
                let _told = self.say_template(template);
            }
            None if group.is_none() && row.group.is_none() && owner.is_none() => self.say(" and without a template"),
            None => {}
        }
    }

    fn say_image_of(&mut self, node: &ServerNode, finding: &ServerFinding) -> Option<()> {
        let Some((ix, image)) = node.image.and_then(|ix| Some((ix, self.image_node(ix)?))) else {
            return self.say_no_image(node);
        };
        if let Some(launch) = node.launch_image.filter(|&launch| launch != ix).and_then(|ix| self.image_node(ix)) {
            self.begin("It was launched from ");
            self.stress(self.image_label(launch));
            self.say("; since then its root volume runs ");
            self.stress(self.image_label(image));
            self.say(".");
        }
        self.say_origin(Subject::Called("Its image"), ix, image);
        if let Some(days) = finding.behind_days.filter(|&days| days > 0 && node.behind_its_group != Some(true))
            && let Some(newest) = finding.newest.and_then(|newest| self.image_node(newest))
        {
            self.begin("It is ");
            self.stress(counted(i64::from(days), "day"));
            self.say(" behind ");
            self.stress(self.image_label(newest));
            self.say(".");
        }
        self.say_presence(image, "Its image", "it can't be launched again from it");
        Some(())
    }

    fn say_no_image(&mut self, node: &ServerNode) -> Option<()> {
        let task = node.root_replacement.and_then(|row| self.fleet.root_replacements.get(row as usize));
        let source = match task.map(|task| task.target) {
            Some(Some(RootTarget::Snapshot(_))) => " from a snapshot",
            Some(Some(RootTarget::Volume(_))) => " by another volume",
            Some(_) => "",
            None => {
                self.begin("Nobody knows which image it runs.");
                return Some(());
            }
        };
        self.begin("Its root volume was replaced");
        self.say(source);
        if let Some(time) = task.and_then(|task| task.completed.or(task.started)) {
            self.say(" ");
            self.say(self.ago(time));
        }
        self.say(", so no image says what it runs.");
        Some(())
    }

    /// `The group now wants version 12; 9 of 24 servers still run 11.`
    fn say_what_its_group_wants(&mut self, ix: ServerIx, node: &ServerNode) -> Option<()> {
        if node.behind_its_group != Some(true) {
            return None;
        }
        let group = self.lineage.groups.get(node.group?.at())?;
        let (own_ix, wanted_ix) = (node.template?, group.wants?);
        let (own, wanted) = (self.lineage.templates.get(own_ix.at())?, self.lineage.templates.get(wanted_ix.at())?);
        self.begin("The group now wants ");
        let same = own.kind == TemplateKind::LaunchTemplate && own.kind == wanted.kind && own.id == wanted.id;
        match wanted.version.filter(|_| same) {
            Some(version) => {
                self.say("version ");
                self.stress(version.to_string());
            }
            None => self.say_template(wanted_ix)?,
        }
        let alike = |&&server: &&ServerIx| {
            self.lineage.servers.get(server.at()).is_some_and(|node| node.template == Some(own_ix))
        };
        let (count, all) = (group.servers.iter().filter(alike).count(), group.servers.len());
        let still = own
            .version
            .filter(|_| same)
            .map_or_else(|| self.fleet.str(own.name.unwrap_or(own.id)).to_owned(), |version| version.to_string());
        self.say("; ");
        match (count, all) {
            (_, 1) => self.say("this, its only server, still runs "),
            (1, _) if group.servers.contains(&ix) => {
                self.say("of ");
                self.stress(counted(i64::try_from(all).ok()?, "server"));
                self.say(" only this one still runs ");
            }
            _ => {
                self.stress(format!("{count} of {all}"));
                self.say(" servers still run ");
            }
        }
        self.say(still);
        self.say(".");
        Some(())
    }

    fn say_lifetime(&mut self, finding: &ServerFinding) {
        if finding.phoenix == crate::finding::Phoenix::Exempt {
            self.begin("It is ");
            self.stress("exempt");
            let waiver = match finding.exempt {
                Some(ExemptBy::Policy) => self.findings.waivers(finding).lifetime(),
                _ => None,
            };
            self.say(" from its lifetime");
            if let Some(day) = waiver.and_then(Waiver::last_day) {
                self.say(format!(" until {day}"));
            }
            match self.findings.exempt_reason(self.fleet, finding) {
                Some(reason) => {
                    self.say(": ");
                    self.say(reason.trim().trim_end_matches('.'));
                    self.say(".");
                }
                None => self.say(", and the tag gives no reason."),
            }
            if let Some(due_at) = finding.due_at {
                self.begin("Its group's own lifetime ends on ");
                self.stress(self.date(due_at));
                self.say(" all the same.");
            }
        }
        if let Some(tag) = finding.bad_lifetime_tag {
            self.begin(&format!("Its tag {LIFETIME_TAG} says '"));
            self.say(self.fleet.str(tag));
            self.say("', which is no lifetime, and so is not followed.");
        }
        if finding.cap_unknown {
            self.begin(
                "Its group could not be read and may set a shorter lifetime, so that when AWS burns it is unknown.",
            );
        }
    }
}
