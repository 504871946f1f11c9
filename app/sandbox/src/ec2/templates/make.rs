//! Making, changing and deleting launch templates and their versions.

use super::{KIND, by_name, data, write_template, write_version};
use crate::{
    call::{Ask, Change, Input},
    ec2::{ids, missing, once, tags},
    wire::{fault::Fault, form::Form, xml::Xml},
    world::{
        arn, id,
        template::{Template, TemplateVersion, VersionName},
    },
};

/// The most versions that a call deletes (documentation of DeleteLaunchTemplateVersions).
const MAX_DELETED: usize = 200;

/// The most characters of a version's description (EC2's VersionDescription).
const MAX_DESCRIPTION: usize = 255;

/// The template that a call makes.
pub(in crate::ec2) fn new_resource(ask: &Ask<'_>, _: &Input<'_>) -> Vec<String> {
    vec![arn::ec2(ask.scope, "launch-template", "*")]
}

/// The template that a call names.
pub(in crate::ec2) fn resources(ask: &Ask<'_>, input: &Input<'_>) -> Vec<String> {
    let named = || {
        let slot = ask.scope.template_slot_named(input.form.get("LaunchTemplateName")?)?;
        Some(id::show("lt", ask.scope.templates[slot as usize].id))
    };
    let id = input.form.get("LaunchTemplateId").map(str::to_owned).or_else(named);
    vec![arn::ec2(ask.scope, "launch-template", id.as_deref().unwrap_or("*"))]
}

/// The slot of the template that a call must name, by its id or its name.
fn asked(ask: &Ask<'_>, form: &Form) -> Result<u32, Fault> {
    let slot = match (form.get("LaunchTemplateId"), form.get("LaunchTemplateName")) {
        (Some(text), None) => {
            let found = ids(&[text], &KIND, |id| ask.scope.template_slot(id).is_some())?;
            found.first().and_then(|&id| ask.scope.template_slot(id))
        }
        (None, Some(name)) => {
            by_name(ask, &[name])?;
            ask.scope.template_slot_named(name)
        }
        (Some(_), Some(_)) => {
            return Err(Fault::new(
                "InvalidParameterCombination",
                "The parameters LaunchTemplateId and LaunchTemplateName cannot be used together",
            ));
        }
        (None, None) => None,
    };
    slot.ok_or_else(|| {
        Fault::new("MissingParameter", "Either a launch template ID or a launch template name must be specified.")
    })
}

/// A new template's name.
fn new_name(form: &Form) -> Result<&str, Fault> {
    let name = form.get("LaunchTemplateName").ok_or_else(|| missing("LaunchTemplateName"))?;
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"()./_-".contains(&byte);
    // Where the model says 128, EC2 takes 125 (awsdocs/aws-cloudformation-user-guide pull request 132).
    if !(3..=125).contains(&name.len()) || !name.bytes().all(allowed) {
        return Err(Fault::new(
            "InvalidLaunchTemplateName.MalformedException",
            "The specified launch template name is invalid. A launch template name must be between 3 and 125 \
             characters, and may contain letters, numbers, and the following characters: - ( ) . / _.",
        ));
    }
    Ok(name)
}

fn description(form: &Form) -> Result<Option<String>, Fault> {
    let text = form.get("VersionDescription");
    if text.is_some_and(|text| text.chars().count() > MAX_DESCRIPTION) {
        return Err(Fault::invalid(format!("The version description must be at most {MAX_DESCRIPTION} characters.")));
    }
    Ok(text.map(str::to_owned))
}

fn write_warnings(xml: &mut Xml, version: &TemplateVersion) {
    let warnings = data::warnings(&version.data);
    if !warnings.is_empty() {
        xml.nest("warning", |xml| {
            xml.list("errorSet", "item", warnings, |xml, (code, message)| {
                xml.text("code", code);
                xml.text("message", &message);
            });
        });
    }
}

pub(in crate::ec2) fn create(change: &mut Change<'_>, form: &Form, xml: &mut Xml) -> Result<(), Fault> {
    const ACTION: &str = "CreateLaunchTemplate";
    let ask = change.ask();
    let name = new_name(form)?;
    let token = once::Token::read(&ask, form, ACTION, 128)?;
    let description = description(form)?;
    let tags = tags::specified(form, "TagSpecification", &["launch-template"])?.of("launch-template");
    let data = data::read(&ask, form)?;
    let made = match token.made(&ask)? {
        Some(id) => id,
        None => {
            if ask.scope.template_slot_named(name).is_some() {
                return Err(Fault::new(
                    "InvalidLaunchTemplateName.AlreadyExistsException",
                    "Launch template name already in use.",
                ));
            }
            let (scope, now, created_by) = (change.scope, change.now, change.principal.arn());
            let world = change.effect()?;
            let id = world.fresh_id("lt");
            let place = world.scope_at_mut(scope);
            place.templates.push(Template {
                id,
                name: name.into(),
                created: now,
                created_by: created_by.as_str().into(),
                default_version: 1,
                tags: tags.into(),
                versions: vec![TemplateVersion {
                    number: 1,
                    description,
                    created: now,
                    created_by: created_by.into(),
                    deleted: false,
                    data,
                }],
                deleted: false,
            });
            token.remember(place, id);
            change.note(id::show("lt", id));
            id
        }
    };
    let ask = change.ask();
    if let Some(template) = ask.scope.template_slot(made).map(|slot| &ask.scope.templates[slot as usize]) {
        xml.nest("launchTemplate", |xml| write_template(xml, template));
        if let Some(version) = template.any_version(1) {
            write_warnings(xml, version);
        }
    }
    Ok(())
}

pub(in crate::ec2) fn create_version(change: &mut Change<'_>, form: &Form, xml: &mut Xml) -> Result<(), Fault> {
    const ACTION: &str = "CreateLaunchTemplateVersion";
    let ask = change.ask();
    let token = once::Token::read(&ask, form, ACTION, 128)?;
    let description = description(form)?;
    let resolve = form.flag("ResolveAlias")?;
    let mut data = data::read(&ask, form)?;
    let slot = asked(&ask, form)?;
    let template = &ask.scope.templates[slot as usize];
    let number = match token.made(&ask)? {
        Some(number) => u32::try_from(number).unwrap_or(u32::MAX),
        None => {
            if let Some(source) = form.get("SourceVersion") {
                data = data::laid_over(data, &super::version(template, source)?.data);
            }
            let number = template.next_number();
            let (scope, now, created_by) = (change.scope, change.now, change.principal.arn().into());
            let place = change.effect()?.scope_at_mut(scope);
            place.templates[slot as usize].versions.push(TemplateVersion {
                number,
                description,
                created: now,
                created_by,
                deleted: false,
                data,
            });
            token.remember(place, u64::from(number));
            number
        }
    };
    let ask = change.ask();
    let template = &ask.scope.templates[slot as usize];
    if let Some(version) = template.any_version(number) {
        xml.nest("launchTemplateVersion", |xml| write_version(&ask, xml, template, version, resolve));
        write_warnings(xml, version);
    }
    Ok(())
}

pub(in crate::ec2) fn modify(change: &mut Change<'_>, form: &Form, xml: &mut Xml) -> Result<(), Fault> {
    const ACTION: &str = "ModifyLaunchTemplate";
    let ask = change.ask();
    let token = once::Token::read(&ask, form, ACTION, 128)?;
    let slot = asked(&ask, form)?;
    // The model calls it so in a request; some clients send the member's name.
    let wanted = form
        .get("SetDefaultVersion")
        .or_else(|| form.get("DefaultVersion"))
        .ok_or_else(|| missing("SetDefaultVersion"))?;
    let number = super::version(&ask.scope.templates[slot as usize], wanted)?.number;
    if token.made(&ask)?.is_none() {
        let scope = change.scope;
        let place = change.effect()?.scope_at_mut(scope);
        place.templates[slot as usize].default_version = number;
        token.remember(place, u64::from(number));
    }
    xml.nest("launchTemplate", |xml| write_template(xml, &change.ask().scope.templates[slot as usize]));
    Ok(())
}

pub(in crate::ec2) fn delete(change: &mut Change<'_>, form: &Form, xml: &mut Xml) -> Result<(), Fault> {
    let slot = asked(&change.ask(), form)?;
    let scope = change.scope;
    let template = &mut change.effect()?.scope_at_mut(scope).templates[slot as usize];
    xml.nest("launchTemplate", |xml| write_template(xml, template));
    template.deleted = true;
    template.versions.iter_mut().for_each(|version| version.deleted = true);
    Ok(())
}

pub(in crate::ec2) fn delete_versions(change: &mut Change<'_>, form: &Form, xml: &mut Xml) -> Result<(), Fault> {
    let ask = change.ask();
    let names = form.list("LaunchTemplateVersion");
    if names.is_empty() {
        return Err(missing("LaunchTemplateVersion"));
    }
    if names.len() > MAX_DELETED {
        return Err(Fault::invalid(format!("You can delete up to {MAX_DELETED} launch template versions.")));
    }
    let slot = asked(&ask, form)?;
    let template = &ask.scope.templates[slot as usize];
    let numbers = names
        .iter()
        .map(|name| match VersionName::parse(name) {
            Some(version) => Ok(version.number(template)),
            None => Err(super::bad_version(name)),
        })
        .collect::<Result<Vec<u32>, Fault>>()?;
    let scope = change.scope;
    let template = &mut change.effect()?.scope_at_mut(scope).templates[slot as usize];
    let (mut done, mut refused) = (Vec::new(), Vec::new());
    for number in numbers {
        if template.version(number).is_none() {
            let message = format!(
                "Could not find launch template version {number} for launch template {}.",
                id::show("lt", template.id)
            );
            refused.push((number, "launchTemplateVersionDoesNotExist", message));
        } else if number == template.default_version {
            refused.push((
                number,
                "unexpectedError",
                "The default version of a launch template can't be deleted.".into(),
            ));
        } else {
            template.versions.iter_mut().filter(|version| version.number == number).for_each(|it| it.deleted = true);
            done.push(number);
        }
    }
    let write = |xml: &mut Xml, number: u32| {
        xml.id("launchTemplateId", "lt", template.id);
        xml.text("launchTemplateName", &template.name);
        xml.plain("versionNumber", number);
    };
    xml.list("successfullyDeletedLaunchTemplateVersionSet", "item", done, write);
    xml.list("unsuccessfullyDeletedLaunchTemplateVersionSet", "item", refused, |xml, (number, code, message)| {
        write(xml, number);
        xml.nest("responseError", |xml| {
            xml.text("code", code);
            xml.text("message", &message);
        });
    });
    Ok(())
}
