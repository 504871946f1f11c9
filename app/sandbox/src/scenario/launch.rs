//! What servers are launched by: templates and launch configurations of a scenario.

use std::sync::Arc;

use toml::Spanned;

use super::{
    build::{Builder, Place, Wrong, tags, wrong},
    file::{File, LaunchConfigurationData, TemplateData, VersionData},
};
use crate::world::{
    group::LaunchConfiguration,
    template::{Detail, Details, LaunchData, Template, TemplateImage, TemplateVersion, VersionName},
};

/// The settings that every template here has beside what its scenario says, as the modules that people make templates
/// with have them.
pub(super) fn usual_details() -> Details {
    let text = |text: &str| Detail::Text(text.into());
    Details(
        [
            ("ebsOptimized", text("true")),
            ("monitoring", Detail::Fields([("enabled", text("false"))].into())),
            (
                "metadataOptions",
                Detail::Fields([("httpTokens", text("required")), ("httpPutResponseHopLimit", text("2"))].into()),
            ),
        ]
        .into(),
    )
}

/// User data by its name in the file.
pub(super) fn user_data(file: &File, name: Option<&Spanned<String>>) -> Result<Option<Arc<str>>, Wrong> {
    let Some(name) = name else { return Ok(None) };
    match file.user_data.get(name.get_ref()) {
        Some(text) => Ok(Some(Arc::from(&**text))),
        None => wrong(name, format!("there is no user data '{}' in this file", name.get_ref())),
    }
}

impl Builder {
    /// Security groups by their names.
    pub(super) fn security_groups(&self, place: &Place, names: &[String]) -> Arc<[(u64, Arc<str>)]> {
        let scope = self.scope(place);
        names.iter().map(|name| scope.security_group(self.world.seed, name)).collect()
    }

    pub(super) fn add_template(&mut self, file: &File, data: &TemplateData) -> Result<(), Wrong> {
        let place = self.place(&data.scope)?;
        self.claim("template", &place, &data.name, &data.scope)?;
        let id = self.world.seed.id(&["lt", &place.account, place.region.name, &data.name]);
        let security_groups = self.security_groups(&place, &data.security_groups);
        let created_by: Arc<str> = format!("arn:aws:sts::{}:assumed-role/Terraform/ci", place.account).into();
        let details = usual_details();
        let versions = data
            .versions
            .iter()
            .map(|version| {
                Ok(TemplateVersion {
                    number: version.number,
                    description: version.description.clone(),
                    created: self.since(version.age),
                    created_by: created_by.clone(),
                    deleted: version.deleted,
                    data: LaunchData {
                        image: Some(self.template_image(&place, version)?),
                        instance_type: Some(Arc::from(&*version.instance_type)),
                        key_name: data.key_name.as_deref().map(Arc::from),
                        security_groups: security_groups.clone(),
                        unknown_groups: Vec::new(),
                        instance_profile: data.instance_profile.as_deref().map(Arc::from),
                        user_data: user_data(file, version.user_data.as_ref())?,
                        server_tags: tags(&version.server_tags),
                        other_tags: Vec::new(),
                        more: details.clone(),
                    },
                })
            })
            .collect::<Result<Vec<_>, Wrong>>()?;
        let mut template = Template {
            id,
            name: Arc::from(&*data.name),
            created: versions.iter().map(|version| version.created).min().unwrap_or(self.opened),
            created_by,
            default_version: 0,
            tags: tags(&data.tags),
            versions,
            deleted: false,
        };
        template.default_version = data.default.unwrap_or_else(|| template.latest());
        if template.version(template.default_version).is_none() {
            return wrong(
                &data.scope,
                format!("the template {} has no version {} to be its default", data.name, template.default_version),
            );
        }
        self.scope_mut(&place).templates.push(template);
        Ok(())
    }

    fn template_image(&self, place: &Place, data: &VersionData) -> Result<TemplateImage, Wrong> {
        let Some(name) = data.image.get_ref().strip_prefix("resolve:ssm:") else {
            return self.image(&data.image, place.region).map(TemplateImage::Image);
        };
        let image = TemplateImage::Parameter(Arc::from(name));
        match image.slot(&self.world, self.scope(place)) {
            Some(_) => Ok(image),
            None => wrong(&data.image, format!("there is no parameter {name} that names an image in this scope")),
        }
    }

    pub(super) fn add_launch_configuration(
        &mut self,
        file: &File,
        data: &LaunchConfigurationData,
    ) -> Result<(), Wrong> {
        let place = self.place(&data.scope)?;
        self.claim("launch configuration", &place, &data.name, &data.scope)?;
        let configuration = LaunchConfiguration {
            name: Arc::from(&*data.name),
            id: self.world.seed.id(&["lc", &place.account, place.region.name, &data.name]),
            created: self.since(data.age),
            deleted: false,
            image: self.image(&data.image, place.region)?,
            instance_type: Arc::from(&*data.instance_type),
            key_name: data.key_name.as_deref().map(Arc::from),
            security_groups: self.security_groups(&place, &data.security_groups),
            instance_profile: data.instance_profile.as_deref().map(Arc::from),
            user_data: user_data(file, data.user_data.as_ref())?,
        };
        self.scope_mut(&place).launch_configurations.push(configuration);
        Ok(())
    }

    /// A template's slot by its name.
    pub(super) fn template(&self, place: &Place, name: &Spanned<String>) -> Result<u32, Wrong> {
        let found = self.scope(place).templates.iter().position(|template| *template.name == **name.get_ref());
        match found.and_then(|slot| u32::try_from(slot).ok()) {
            Some(slot) => Ok(slot),
            None => wrong(name, format!("there is no template '{}' in {}", name.get_ref(), place.region.name)),
        }
    }

    /// A version that this template has, by the name given for it; the default without one.
    pub(super) fn version(
        &self,
        place: &Place,
        template: u32,
        name: Option<&Spanned<String>>,
    ) -> Result<VersionName, Wrong> {
        let Some(name) = name else { return Ok(VersionName::Default) };
        let known = &self.scope(place).templates[template as usize];
        match VersionName::parse(name.get_ref()).filter(|version| known.version(version.number(known)).is_some()) {
            Some(version) => Ok(version),
            None => wrong(name, format!("the template {} has no version '{}'", known.name, name.get_ref())),
        }
    }
}
