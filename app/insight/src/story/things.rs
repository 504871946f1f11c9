//! The stories of groups, template versions, images and recipes.

use fleet::{GroupIx, ImageIx, ImageRef, Presence, RecipeIx, RecipeKind, RecipeNode, TemplateIx, TemplateKind};

use super::{Subject, Teller};
use crate::human::{counted, exact_duration};

impl Teller<'_> {
    pub(super) fn group(&mut self, ix: GroupIx) -> Option<()> {
        let row = self.fleet.groups.get(ix.at())?;
        let node = self.lineage.groups.get(ix.at())?;
        let finding = *self.findings.groups.get(ix.at())?;
        let all = i64::try_from(node.servers.len()).ok()?;
        self.say("Group ");
        self.stress(self.fleet.str(row.name));
        self.say(" has ");
        if all == 0 {
            self.stress("no servers");
        } else {
            self.stress(counted(all, "server"));
        }
        match node.wants {
            Some(wants) => {
                self.say(" and wants ");
                self.say_template(wants)?;
            }
            None => self.say("; which template version it wants can't be told"),
        }
        match finding.behind {
            0 => {}
            1 => {
                self.say("; ");
                self.stress(format!("1 of {all}"));
                self.say(" still runs another");
            }
            behind => {
                self.say("; ");
                self.stress(format!("{behind} of {all}"));
                self.say(" still run another");
            }
        }
        self.say(".");
        self.say_burning(finding.overdue, finding.due);
        if let Some((first, count)) = finding.herd {
            self.begin("A herd of ");
            self.stress(count.to_string());
            self.say(" falls due within a day from ");
            self.stress(self.date(first));
            self.say(".");
        }
        if let Some(cap_s) = row.max_instance_lifetime_s {
            self.begin("AWS burns its servers at ");
            self.stress(exact_duration(cap_s));
            self.say(".");
        }
        if let Some(operator) = row.operator {
            self.begin("It is managed by ");
            self.stress(self.fleet.str(operator));
            self.say(".");
        }
        Some(())
    }

    /// `9 are overdue and 1 is due.`
    fn say_burning(&mut self, overdue: u32, due: u32) {
        let parts: Vec<String> = [(overdue, "overdue"), (due, "due")]
            .into_iter()
            .filter(|&(count, _)| count > 0)
            .map(|(count, word)| format!("{count} {} {word}", if count == 1 { "is" } else { "are" }))
            .collect();
        if parts.is_empty() {
            return;
        }
        self.begin("");
        self.stress(parts.join(" and "));
        self.say(".");
    }

    pub(super) fn template(&mut self, ix: TemplateIx) -> Option<()> {
        let node = self.lineage.templates.get(ix.at())?;
        if node.kind == TemplateKind::LaunchConfiguration {
            self.say("Launch configuration ");
            self.stress(self.fleet.str(node.name.unwrap_or(node.id)));
        } else {
            self.say_template(ix)?;
        }
        match node.presence {
            Presence::Present => self.say_named_image(ix)?,
            Presence::Gone => self.say(" is gone: nobody knows any more which image it named."),
            Presence::Unread => self.say(" could not be read, so which image it names is unknown."),
        }
        let wanting: Vec<_> = self
            .lineage
            .groups
            .iter()
            .zip(&self.fleet.groups)
            .filter(|(group, _)| group.wants == Some(ix) || group.also.contains(&ix))
            .map(|(_, row)| row.name)
            .collect();
        self.say_servers(node.servers, "was launched from it", "were launched from it");
        match wanting.as_slice() {
            [] => self.begin("No group wants it."),
            [only] => {
                self.begin("Group ");
                self.stress(self.fleet.str(*only));
                self.say(" wants it.");
            }
            many => {
                self.begin("");
                self.stress(counted(i64::try_from(many.len()).ok()?, "group"));
                self.say(" want it.");
            }
        }
        Some(())
    }

    fn say_named_image(&mut self, ix: TemplateIx) -> Option<()> {
        let node = self.lineage.templates.get(ix.at())?;
        let row = (node.kind == TemplateKind::LaunchTemplate).then_some(node.row).flatten();
        let named = row.and_then(|row| self.fleet.template_versions.get(row as usize)).and_then(|row| row.image);
        let parameter = match named {
            Some(ImageRef::Parameter { name, .. }) => Some(self.fleet.str(name)),
            _ => None,
        };
        let Some((image_ix, image)) = node.image.and_then(|ix| Some((ix, self.image_node(ix)?))) else {
            match parameter {
                Some(parameter) => {
                    self.say(" takes its image from the parameter ");
                    self.stress(parameter);
                    self.say(", which could not be read.");
                }
                None => self.say(" names no image: the launch says which."),
            }
            return Some(());
        };
        self.say(" names ");
        self.stress(self.image_label(image));
        if let Some(parameter) = parameter {
            self.say(", by the parameter ");
            self.stress(parameter);
        }
        self.say(".");
        self.say_origin(Subject::Called("The image"), image_ix, image)?;
        self.say_presence(image, "The image", "nothing can be launched from it any more");
        Some(())
    }

    pub(super) fn image(&mut self, ix: ImageIx) -> Option<()> {
        let image = self.image_node(ix)?;
        let finding = self.image_finding(ix);
        self.say_origin(Subject::Named(self.image_label(image)), ix, image)?;
        if let Some(origin) = Some(image.origin).filter(|&origin| origin != ix).and_then(|ix| self.image_node(ix)) {
            self.begin("It is a copy of ");
            self.stress(self.fleet.str(origin.id));
            if let Some(region) = origin.region.filter(|&region| Some(region) != image.region) {
                self.say(" in ");
                self.say(self.fleet.str(region));
            }
            self.say(".");
        }
        if let (Some(days), Some(newest)) = (finding.behind_days, finding.newest.filter(|&newest| newest != ix)) {
            self.begin("It is ");
            self.stress(counted(i64::from(days), "day"));
            self.say(" behind ");
            self.stress(self.image_label(self.image_node(newest)?));
            self.say(".");
        }
        self.say_servers(image.servers, "runs it", "run it");
        self.say_builders(ix)?;
        self.say_presence(image, "It", "nothing can be launched from it any more");
        Some(())
    }

    /// `Recipe web builds on it.`
    fn say_builders(&mut self, base: ImageIx) -> Option<()> {
        let lineage = self.lineage;
        let mut recipes: Vec<RecipeIx> =
            lineage.images.iter().filter(|image| image.base == Some(base)).map(|image| image.recipe).collect();
        recipes.sort_unstable();
        recipes.dedup();
        let named = |ix: &RecipeIx| lineage.recipes.get(ix.at()).filter(|recipe| recipe.kind != RecipeKind::Unknown);
        let recipes: Vec<_> = recipes.iter().filter_map(named).collect();
        match recipes.as_slice() {
            [] => {}
            [only] => {
                self.begin("Recipe ");
                self.stress(only.name.as_deref().unwrap_or(&only.id));
                self.say(" builds on it.");
            }
            many => {
                self.begin("");
                self.stress(counted(i64::try_from(many.len()).ok()?, "recipe"));
                self.say(" build on it.");
            }
        }
        Some(())
    }

    pub(super) fn recipe(&mut self, ix: RecipeIx) -> Option<()> {
        let recipe = self.lineage.recipes.get(ix.at())?;
        let name = recipe.name.as_deref().unwrap_or(&recipe.id);
        match recipe.kind {
            RecipeKind::ImageBuilder => self.say_named_kind("The Image Builder recipe ", name),
            RecipeKind::Packer => self.say_named_kind("The Packer template ", name),
            RecipeKind::Manual => return self.recipe_by_hand(recipe),
            RecipeKind::Vendor => self.say_named_kind("The vendor ", name),
            RecipeKind::Unknown => {
                self.say("Nobody knows what these images were made from.");
                self.say_servers(recipe.servers, "runs one of them", "run one of them");
                return Some(());
            }
        }
        let base = recipe.base.and_then(|base| self.image_node(base));
        let latest = recipe.latest.and_then(|ix| Some((ix, self.image_node(ix)?)));
        if let Some(base) = base {
            self.say(" builds on ");
            self.stress(self.image_label(base));
            self.say(if latest.is_some() { " and" } else { "" });
        }
        match latest {
            Some((ix, latest)) => {
                self.say(if recipe.kind == RecipeKind::Vendor { " last made " } else { " last baked " });
                self.stress(self.image_label(latest));
                if let Some(made) = self.image_finding(ix).made {
                    self.say(" on ");
                    self.stress(self.date(made));
                }
                self.say(if recipe.kind == RecipeKind::Vendor { ", of those in use." } else { "." });
            }
            None => self.say("."),
        }
        self.say_servers(recipe.servers, "runs an image of it", "run images of it");
        match recipe.presence {
            Presence::Gone if recipe.kind == RecipeKind::ImageBuilder => {
                self.begin("The recipe itself is gone, so that its images can't be baked again.");
            }
            Presence::Unread if recipe.kind == RecipeKind::ImageBuilder => {
                self.begin("The recipe itself could not be read.");
            }
            _ => {}
        }
        Some(())
    }

    /// A person's recipe is the server that the image was made of.
    fn recipe_by_hand(&mut self, recipe: &RecipeNode) -> Option<()> {
        self.say("Somebody made ");
        match recipe.latest.and_then(|ix| Some((ix, self.image_node(ix)?))) {
            Some((ix, latest)) => {
                self.stress(self.image_label(latest));
                if let Some(made) = self.image_finding(ix).made {
                    self.say(" on ");
                    self.stress(self.date(made));
                }
            }
            None => self.say("an image"),
        }
        self.say(" by hand from server ");
        self.stress(recipe.id.strip_prefix("manual:").unwrap_or(&recipe.id));
        self.say(".");
        self.say_servers(recipe.servers, "runs what came of it", "run what came of it");
        if recipe.presence == Presence::Gone {
            self.begin("That server is gone, so that it can't be made the same way again.");
        }
        Some(())
    }

    fn say_named_kind(&mut self, kind: &str, name: &str) {
        self.say(kind);
        self.stress(name);
    }

    /// `9 servers run it.`
    fn say_servers(&mut self, count: u32, one: &str, many: &str) {
        self.begin("");
        match count {
            0 => self.stress("No server"),
            count => self.stress(counted(i64::from(count), "server")),
        }
        self.say(" ");
        self.say(if count <= 1 { one } else { many });
        self.say(".");
    }
}
