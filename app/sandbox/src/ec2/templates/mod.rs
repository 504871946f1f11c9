//! Launch templates and their versions: reading and making them.

mod data;
mod fields;
pub(super) mod make;

use std::collections::HashSet;

use super::{Kind, ids, page, write_tags};
use crate::{
    call::Ask,
    wire::{
        fault::Fault,
        filter::{self, Has},
        form::Form,
        time,
        xml::Xml,
    },
    world::{
        id,
        template::{Template, TemplateVersion, VersionName},
    },
};

pub(super) const KIND: Kind = Kind {
    prefix: "lt",
    malformed: "InvalidLaunchTemplateId.Malformed",
    missing: "InvalidLaunchTemplateId.NotFound",
    message: |missing| match missing {
        [one] => format!("The specified launch template, with template ID {one}, does not exist."),
        many => format!("The specified launch templates, with template IDs {}, do not exist.", many.join(", ")),
    },
};

/// EC2's limit for both calls, and what it takes when none is asked for.
const MAX_PAGE: usize = 200;

fn by_name<'a>(ask: &Ask<'a>, names: &[&str]) -> Result<Vec<&'a Template>, Fault> {
    let find = |name: &str| ask.scope.template_slot_named(name).map(|slot| &ask.scope.templates[slot as usize]);
    let missing: Vec<&str> = names.iter().copied().filter(|name| find(name).is_none()).collect();
    match &*missing {
        [] => Ok(names.iter().filter_map(|name| find(name)).collect()),
        missing => Err(Fault::new(
            "InvalidLaunchTemplateName.NotFoundException",
            format!("The specified launch template, with template name {}, does not exist.", missing.join(", ")),
        )),
    }
}

/// The template and version that `prefix` names in a request: the template's slot and the version's number; the
/// default version without one. None if no template is named.
pub(super) fn named(ask: &Ask<'_>, form: &Form, prefix: &str) -> Result<Option<(u32, u32)>, Fault> {
    let (id, name) = (format!("{prefix}.LaunchTemplateId"), format!("{prefix}.LaunchTemplateName"));
    let slot_of = |id: u64| ask.scope.template_slot(id);
    let slot = match (form.get(&id), form.get(&name)) {
        (Some(_), Some(_)) => {
            return Err(Fault::new(
                "InvalidParameterCombination",
                "The parameters LaunchTemplateId and LaunchTemplateName cannot be used together",
            ));
        }
        (Some(text), None) => ids(&[text], &KIND, |id| slot_of(id).is_some())?.first().and_then(|&id| slot_of(id)),
        (None, Some(name)) => by_name(ask, &[name])?.first().and_then(|template| slot_of(template.id)),
        (None, None) => return Ok(None),
    };
    let Some(slot) = slot else { return Ok(None) };
    let found =
        version(&ask.scope.templates[slot as usize], form.get(&format!("{prefix}.Version")).unwrap_or("$Default"))?;
    Ok(Some((slot, found.number)))
}

pub(super) fn describe(ask: &Ask<'_>, form: &Form, xml: &mut Xml) -> Result<(), Fault> {
    let (asked, names) = (form.list("LaunchTemplateId"), form.list("LaunchTemplateName"));
    let known = |id| ask.scope.template_slot(id).is_some();
    let mut wanted: HashSet<u64> = ids(&asked, &KIND, known)?.into_iter().collect();
    wanted.extend(by_name(ask, &names)?.into_iter().map(|template| template.id));
    form.flag("IncludeManagedResources")?;
    let filters = form.filters("Filter", "Value");
    filter::check(&filters, &["create-time", "launch-template-name"], true)?;
    let (templates, next) = page(ask, form, 1, MAX_PAGE, Some(MAX_PAGE))?.take(&ask.scope.templates, |template| {
        !template.deleted
            && (wanted.is_empty() || wanted.contains(&template.id))
            && filter::pass(&filters, &template.tags, |name| match name {
                "create-time" => Has::made(time::iso(template.created)),
                _ => Has::text(&template.name),
            })
    });
    xml.list("launchTemplates", "item", templates, write_template);
    xml.maybe("nextToken", next.as_deref());
    Ok(())
}

fn write_template(xml: &mut Xml, template: &Template) {
    xml.id("launchTemplateId", "lt", template.id);
    xml.text("launchTemplateName", &template.name);
    xml.time("createTime", template.created);
    xml.text("createdBy", &template.created_by);
    xml.plain("defaultVersionNumber", template.default_version);
    xml.plain("latestVersionNumber", template.latest());
    if !template.tags.is_empty() {
        write_tags(xml, template.tags.iter());
    }
    xml.nest("operator", |xml| xml.plain("managed", false));
}

const VERSION_FILTERS: &[&str] =
    &["create-time", "iam-instance-profile", "image-id", "instance-type", "is-default-version"];

pub(super) fn versions(ask: &Ask<'_>, form: &Form, xml: &mut Xml) -> Result<(), Fault> {
    let asked = versions_asked(ask, form)?;
    let resolve = form.flag("ResolveAlias")?;
    form.flag("IncludeManagedResources")?;
    let filters = form.filters("Filter", "Value");
    filter::check(&filters, VERSION_FILTERS, false)?;
    let page = page(ask, form, 1, MAX_PAGE, Some(MAX_PAGE))?;
    let (versions, next) = page.take(&asked, |(template, version)| {
        filter::pass(&filters, &[], |name| match name {
            "create-time" => Has::made(time::iso(version.created)),
            "iam-instance-profile" => Has::maybe(version.data.instance_profile.as_deref()),
            "image-id" => Has::maybe(data::image_text(ask, &version.data, resolve)),
            "instance-type" => Has::maybe(version.data.instance_type.as_deref()),
            _ => Has::made(version.number == template.default_version),
        })
    });
    xml.list("launchTemplateVersionSet", "item", versions, |xml, (template, version)| {
        write_version(ask, xml, template, version, resolve);
    });
    xml.maybe("nextToken", next.as_deref());
    Ok(())
}

type Versions<'a> = Vec<(&'a Template, &'a TemplateVersion)>;

/// Account-wide only the latest and the default versions can be had, of one template any.
fn versions_asked<'a>(ask: &Ask<'a>, form: &Form) -> Result<Versions<'a>, Fault> {
    let names = form.list("LaunchTemplateVersion");
    let (least, most) = (bound(form, "MinVersion")?, bound(form, "MaxVersion")?);
    let template = match (form.get("LaunchTemplateId"), form.get("LaunchTemplateName")) {
        (Some(_), Some(_)) => {
            return Err(Fault::new(
                "InvalidParameterCombination",
                "The parameters LaunchTemplateId and LaunchTemplateName cannot be used together",
            ));
        }
        (Some(text), None) => {
            let known = |id| ask.scope.template_slot(id).is_some();
            let wanted = ids(&[text], &KIND, known)?;
            ask.scope.templates.iter().find(|template| wanted.contains(&template.id))
        }
        (None, Some(name)) => by_name(ask, &[name])?.first().copied(),
        (None, None) => None,
    };
    let Some(template) = template else {
        if names.is_empty() {
            return Err(Fault::new(
                "MissingParameter",
                "When a launch template ID or launch template name is not specified, versions must be specified.",
            ));
        }
        if names.iter().any(|name| !matches!(*name, "$Latest" | "$Default")) {
            return Err(Fault::invalid(
                "When a launch template ID or launch template name is not specified, versions must be $Latest or $Default.",
            ));
        }
        let mut found = Versions::new();
        for template in ask.scope.templates.iter().filter(|template| !template.deleted) {
            let mut numbers: Vec<u32> =
                names.iter().filter_map(|name| VersionName::parse(name)).map(|name| name.number(template)).collect();
            numbers.sort_unstable();
            numbers.dedup();
            found.extend(numbers.into_iter().filter_map(|number| Some((template, template.version(number)?))));
        }
        return Ok(found);
    };
    if !names.is_empty() {
        return names.iter().map(|name| Ok((template, version(template, name)?))).collect();
    }
    let newest_first = template.versions.iter().rev().filter(|version| {
        !version.deleted
            && least.is_none_or(|least| version.number >= least)
            && most.is_none_or(|most| version.number <= most)
    });
    Ok(newest_first.map(|version| (template, version)).collect())
}

fn bound(form: &Form, name: &str) -> Result<Option<u32>, Fault> {
    form.get(name)
        .map(|text| text.parse().map_err(|_| Fault::invalid(format!("Invalid value '{text}' for {name}."))))
        .transpose()
}

fn bad_version(name: &str) -> Fault {
    Fault::invalid(format!("Invalid launch template version: '{name}'."))
}

fn version<'a>(template: &'a Template, name: &str) -> Result<&'a TemplateVersion, Fault> {
    let number = VersionName::parse(name).ok_or_else(|| bad_version(name))?.number(template);
    template.version(number).ok_or_else(|| {
        Fault::new(
            "InvalidLaunchTemplateId.VersionNotFound",
            format!(
                "Could not find the specified version {number} for the launch template with ID {}.",
                id::show("lt", template.id)
            ),
        )
    })
}

fn write_version(ask: &Ask<'_>, xml: &mut Xml, template: &Template, version: &TemplateVersion, resolve: bool) {
    xml.id("launchTemplateId", "lt", template.id);
    xml.text("launchTemplateName", &template.name);
    xml.plain("versionNumber", version.number);
    xml.maybe("versionDescription", version.description.as_deref());
    xml.time("createTime", version.created);
    xml.text("createdBy", &version.created_by);
    xml.plain("defaultVersion", version.number == template.default_version);
    data::write(ask, xml, &version.data, resolve);
    xml.nest("operator", |xml| xml.plain("managed", false));
}
