//! What a decision stands on: the situation, and what would be launched, baked or run.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::burn;
use crate::action::Action;
use crate::bake_command::{BakeCommand, held_name};
use crate::facts::{
    BuildFacts, ConfigurationFacts, Detail, GroupFacts, GroupLaunch, ImageFacts, PipelineFacts, TemplateFacts,
    VersionFacts,
};
use crate::guard::{self, Guard, Refusal, Touch};
use crate::rules::Rules;
use crate::scope::Scope;
use crate::situation::{Situation, Subjects, holder, known};
use crate::world::{Calls, JournalError, World};

/// Everything that was read for one action. What is not here is not there.
#[derive(Clone, Debug)]
pub(super) struct Ground {
    /// Groups and servers.
    pub(super) situation: Situation,
    /// Launch templates, by id.
    pub(super) templates: BTreeMap<String, TemplateFacts>,
    /// Template versions, by the template's id and what stands for the version: `$Latest`, `$Default`, `12`.
    pub(super) versions: BTreeMap<(String, String), VersionFacts>,
    /// Launch configurations, by name.
    pub(super) configurations: BTreeMap<String, ConfigurationFacts>,
    /// Images, by id.
    pub(super) images: BTreeMap<String, ImageFacts>,
    /// An own image that has the name which is asked for already.
    pub(super) image_named: Option<ImageFacts>,
    /// The pipelines that build the recipe which is asked for, or the one that was named.
    pub(super) pipelines: Vec<PipelineFacts>,
    /// The latest builds of the only pipeline that comes into question.
    pub(super) builds: Vec<BuildFacts>,
    /// SHA-256 of the launch data of standalone servers, by id.
    pub(super) launch_data: BTreeMap<String, String>,
    /// When chance last burned a server of the group.
    pub(super) last_burn: Option<Timestamp>,
    /// The bake command for the recipe which is asked for; `None` where Image Builder bakes it, or nothing is baked.
    pub(super) by_command: Option<Result<BakeCommand, Refusal>>,
    /// 64 random bits, for names that have to be unique.
    pub(super) random: u64,
}

impl Ground {
    /// Reads it.
    ///
    /// # Errors
    /// Where anything could not be read.
    pub(super) fn read(world: World<'_>, rules: &Rules, scope: &Scope, action: &Action) -> Result<Self, Refusal> {
        let situation = Situation::read(world, scope, &subjects(action))?;
        let mut ground = Self {
            situation,
            templates: BTreeMap::new(),
            versions: BTreeMap::new(),
            configurations: BTreeMap::new(),
            images: BTreeMap::new(),
            image_named: None,
            pipelines: Vec::new(),
            builds: Vec::new(),
            launch_data: BTreeMap::new(),
            last_burn: None,
            by_command: None,
            random: world.time.random(),
        };
        let calls = world.calls;
        match action {
            Action::Replace { servers } => {
                ground.read_group_launches(calls)?;
                for id in servers {
                    ground.read_standalone_launch(calls, id)?;
                }
            }
            Action::Burn { group, seed } => {
                ground.read_group_launches(calls)?;
                ground.read_drawn(calls, group, *seed)?;
                ground.last_burn =
                    guard::last_burn(world.journal, scope, group, None).map_err(|error| unreadable_journal(&error))?;
            }
            Action::Roll { group, choices } => {
                ground.read_group_launches(calls)?;
                ground.read_chosen_version(calls, group, choices.template_version)?;
            }
            Action::RebakeRoll { group, recipe, pipeline, .. } => {
                ground.read_group_launches(calls)?;
                ground.read_member_images(calls, group)?;
                ground.read_bake(world, rules, recipe, pipeline.as_deref())?;
            }
            Action::Reimage { server, image } => {
                let now = ground.situation.servers.get(server).map(|server| server.image.clone());
                for id in now.iter().chain(image) {
                    ground.read_image(calls, id)?;
                }
            }
            Action::Rebake { recipe, pipeline } => ground.read_bake(world, rules, recipe, pipeline.as_deref())?,
            Action::Bake { name, .. } => {
                if let Some(name) = name {
                    ground.image_named = known(calls.image_named(scope, name), || None)?;
                }
            }
            Action::SetLifetime { .. } => {}
        }
        Ok(ground)
    }

    /// The version that a text stands for.
    pub(super) fn version(&self, template: &str, version: &str) -> Option<&VersionFacts> {
        self.versions.get(&(template.to_owned(), version.to_owned()))
    }

    /// What all groups that were read launch from.
    fn read_group_launches(&mut self, calls: &dyn Calls) -> Result<(), Refusal> {
        let launches: BTreeSet<(String, String)> = self
            .situation
            .groups
            .values()
            .filter_map(launch_template)
            .map(|(id, version)| (id.to_owned(), version.to_owned()))
            .collect();
        launches.iter().try_for_each(|(id, version)| self.read_version(calls, id, version))?;
        let by_configuration = self.situation.groups.values().filter_map(|group| match &group.launch {
            Some(GroupLaunch::Configuration(name)) => Some(name.clone()),
            _ => None,
        });
        for name in by_configuration.collect::<BTreeSet<String>>() {
            if let Some(found) = known(calls.launch_configuration(&self.situation.scope, &name), || None)? {
                self.read_image(calls, &found.image)?;
                self.configurations.insert(name, found);
            }
        }
        Ok(())
    }

    /// The protections of the servers that chance draws, up to the first that nothing protects.
    fn read_drawn(&mut self, calls: &dyn Calls, group: &str, seed: u64) -> Result<(), Refusal> {
        let Some(group) = self.situation.groups.get(group) else { return Ok(()) };
        let drawn: Vec<String> =
            burn::drawn(&self.situation, group, seed).into_iter().map(|server| server.id.clone()).collect();
        for id in drawn {
            let read = calls.servers(&self.situation.scope, std::slice::from_ref(&id), Detail::Protections);
            // One that EC2 does not know any more is not drawn.
            self.situation.servers.remove(&id);
            for server in known(read, Vec::new)? {
                self.situation.servers.insert(server.id.clone(), server);
            }
            if guard::server(&self.situation, &id, Touch::Terminate).is_empty() {
                break;
            }
        }
        Ok(())
    }

    fn read_chosen_version(&mut self, calls: &dyn Calls, group: &str, number: Option<u32>) -> Result<(), Refusal> {
        let template = self.situation.groups.get(group).and_then(launch_template).map(|(id, _)| id.to_owned());
        match (template, number) {
            (Some(id), Some(number)) => self.read_version(calls, &id, &number.to_string()),
            _ => Ok(()),
        }
    }

    /// The images of a group's servers tell the architecture where its template does not name an image.
    fn read_member_images(&mut self, calls: &dyn Calls, group: &str) -> Result<(), Refusal> {
        let situation = &self.situation;
        let members = situation.groups.get(group).map_or(&[][..], |group| &group.members);
        let servers = members.iter().filter_map(|member| situation.servers.get(&member.server));
        let images: BTreeSet<String> = servers.map(|server| server.image.clone()).collect();
        images.iter().try_for_each(|id| self.read_image(calls, id))
    }

    /// What a standalone server was launched from: its template version, else the server itself.
    fn read_standalone_launch(&mut self, calls: &dyn Calls, id: &str) -> Result<(), Refusal> {
        let Some(server) = self.situation.servers.get(id).filter(|server| server.group.is_none()).cloned() else {
            return Ok(());
        };
        if let Some(template) = &server.template {
            self.read_version(calls, &template.id, &template.version.to_string())?;
            if self.version(&template.id, &template.version.to_string()).is_some() {
                return Ok(());
            }
        }
        // What leaves has no launch data any more, and is refused anyway.
        if !matches!(server.state.as_str(), "shutting-down" | "terminated") {
            let data = known(calls.launch_data_sha256(&self.situation.scope, id), String::new)?;
            self.launch_data.insert(id.to_owned(), data);
        }
        self.read_image(calls, &server.image)
    }

    fn read_version(&mut self, calls: &dyn Calls, id: &str, version: &str) -> Result<(), Refusal> {
        let scope = self.situation.scope.clone();
        if let Some(template) = known(calls.template(&scope, id), || None)? {
            self.templates.insert(id.to_owned(), template);
            let found = known(calls.template_versions(&scope, id, Some(version)), Vec::new)?;
            if let Some(found) = found.into_iter().next() {
                if let Some(image) = found.launched_image() {
                    self.read_image(calls, image)?;
                }
                self.versions.insert((id.to_owned(), version.to_owned()), found);
            }
        }
        Ok(())
    }

    fn read_image(&mut self, calls: &dyn Calls, id: &str) -> Result<(), Refusal> {
        if !self.images.contains_key(id)
            && let Some(image) = known(calls.image(&self.situation.scope, id), || None)?
        {
            self.images.insert(id.to_owned(), image);
        }
        Ok(())
    }

    /// What bakes a recipe: one of Image Builder's pipelines, or the command of this name.
    fn read_bake(
        &mut self,
        world: World<'_>,
        rules: &Rules,
        recipe: &str,
        pipeline: Option<&str>,
    ) -> Result<(), Refusal> {
        let scope = self.situation.scope.clone();
        // The name of a command is never an ARN.
        if recipe.starts_with("arn:") {
            return self.read_pipelines(world, recipe, pipeline);
        }
        self.by_command = Some(guard::bake_command(rules, &scope, recipe).cloned());
        self.situation.holders.extend(holder(world, &scope, &held_name(recipe))?);
        Ok(())
    }

    fn read_pipelines(&mut self, world: World<'_>, recipe: &str, pipeline: Option<&str>) -> Result<(), Refusal> {
        let calls = world.calls;
        let scope = self.situation.scope.clone();
        self.pipelines = known(calls.pipelines(&scope, recipe), Vec::new)?;
        if let Some(arn) = pipeline {
            self.pipelines.retain(|one| one.arn == arn);
        }
        if let [pipeline] = &self.pipelines[..] {
            self.situation.holders.extend(holder(world, &scope, &pipeline.arn)?);
            self.builds = known(calls.builds(&scope, &pipeline.arn), Vec::new)?;
            let parent = pipeline.parent_image.clone().filter(|parent| parent.starts_with("ami-"));
            if let Some(parent) = parent {
                self.read_image(calls, &parent)?;
            }
        }
        Ok(())
    }
}

/// Id and version of the template that a group launches from.
pub(super) fn launch_template(group: &GroupFacts) -> Option<(&str, &str)> {
    match group.launch.as_ref()? {
        GroupLaunch::Template { id, version } | GroupLaunch::Mixed { id, version, .. } => Some((id, version)),
        GroupLaunch::Configuration(_) => None,
    }
}

fn subjects(action: &Action) -> Subjects {
    let one = |name: &String| BTreeSet::from([name.clone()]);
    match action {
        Action::Replace { servers } => {
            let servers: BTreeSet<String> = servers.iter().cloned().collect();
            Subjects { retired: servers.clone(), servers, ..Subjects::default() }
        }
        Action::Roll { group, .. } | Action::RebakeRoll { group, .. } | Action::SetLifetime { group, .. } => {
            Subjects { groups: one(group), whole: one(group), ..Subjects::default() }
        }
        Action::Burn { group, .. } => Subjects { groups: one(group), ..Subjects::default() },
        Action::Reimage { server, .. } | Action::Bake { server, .. } => {
            Subjects { servers: one(server), ..Subjects::default() }
        }
        Action::Rebake { .. } => Subjects::default(),
    }
}

fn unreadable_journal(error: &JournalError) -> Refusal {
    Refusal {
        guard: Guard::BurnLeash,
        reason: error.to_string(),
        next: "Chance burns nothing until the journal tells when it last did.".to_owned(),
    }
}
