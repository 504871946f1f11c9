//! DescribeImageReferences: what of this account names an image.

use std::collections::HashSet;

use super::{ids, images, page};
use crate::{
    call::Ask,
    wire::{fault::Fault, form::Form, xml::Xml},
    world::{id, template::TemplateImage},
};

/// The most images that one call takes.
const MAX_IMAGES: usize = 10;

const TYPES: &[&str] = &[
    "ec2:Instance",
    "ec2:LaunchTemplate",
    "ssm:Parameter",
    "imagebuilder:ImageRecipe",
    "imagebuilder:ContainerRecipe",
];

struct Reference {
    image: u64,
    kind: &'static str,
    arn: String,
}

pub(super) fn describe(ask: &Ask<'_>, form: &Form, xml: &mut Xml) -> Result<(), Fault> {
    let asked = form.list("ImageId");
    if asked.is_empty() {
        return Err(Fault::new("MissingParameter", "The request must contain the parameter ImageId"));
    }
    if asked.len() > MAX_IMAGES {
        return Err(Fault::invalid(format!("At most {MAX_IMAGES} image ids can be given in one request.")));
    }
    let wanted: HashSet<u64> = ids(&asked, &images::KIND, |_| true)?.into_iter().collect();
    let kinds = kinds(form)?;
    let found: Vec<Reference> = all(ask)
        .into_iter()
        .filter(|reference| wanted.contains(&reference.image) && kinds.contains(reference.kind))
        .collect();
    let (references, next) = page(ask, form, 5, 1000, Some(1000))?.take(&found, |_| true);
    xml.maybe("nextToken", next.as_deref());
    xml.list("imageReferenceSet", "item", references, |xml, reference| {
        xml.id("imageId", "ami", reference.image);
        xml.text("resourceType", reference.kind);
        xml.text("arn", &reference.arn);
    });
    Ok(())
}

fn kinds(form: &Form) -> Result<HashSet<&str>, Fault> {
    if form.flag("IncludeAllResourceTypes")? {
        return Ok(TYPES.iter().copied().collect());
    }
    let kinds: HashSet<&str> =
        (1..=TYPES.len()).filter_map(|n| form.get(&format!("ResourceType.{n}.ResourceType"))).collect();
    if kinds.is_empty() {
        return Err(Fault::new(
            "MissingParameter",
            "The request must contain the parameter ResourceType or IncludeAllResourceTypes",
        ));
    }
    match kinds.iter().find(|kind| !TYPES.contains(kind)) {
        Some(bad) => Err(Fault::invalid(format!("Invalid value '{bad}' for ResourceType."))),
        None => Ok(kinds),
    }
}

/// Everything that names an image, in a stable order.
fn all(ask: &Ask<'_>) -> Vec<Reference> {
    let scope = ask.scope;
    let (region, account) = (scope.region.name, &*scope.account);
    let image = |slot: u32| ask.world.images[slot as usize].id;
    let mut found = Vec::new();
    for server in scope.known_servers() {
        let arn = format!("arn:aws:ec2:{region}:{account}:instance/{}", id::show("i", server.id));
        found.push(Reference { image: image(server.image), kind: "ec2:Instance", arn });
    }
    for template in &scope.templates {
        let mut named: Vec<u64> = template
            .versions
            .iter()
            .filter(|version| !version.deleted)
            .filter_map(|version| match version.data.image {
                Some(TemplateImage::Image(slot)) => Some(image(slot)),
                Some(TemplateImage::Parameter(_) | TemplateImage::Unknown(_)) | None => None,
            })
            .collect();
        named.sort_unstable();
        named.dedup();
        for image in named {
            let arn = format!("arn:aws:ec2:{region}:{account}:launch-template/{}", id::show("lt", template.id));
            found.push(Reference { image, kind: "ec2:LaunchTemplate", arn });
        }
    }
    for parameter in scope.parameters.iter().filter(|parameter| !parameter.public) {
        if let Some(image) = id::parse("ami", &parameter.value) {
            let slash = if parameter.name.starts_with('/') { "" } else { "/" };
            let arn = format!("arn:aws:ssm:{region}:{account}:parameter{slash}{}", parameter.name);
            found.push(Reference { image, kind: "ssm:Parameter", arn });
        }
    }
    for recipe in &scope.recipes {
        for version in &recipe.versions {
            if let Some(image) = id::parse("ami", &version.parent) {
                let arn =
                    format!("arn:aws:imagebuilder:{region}:{account}:image-recipe/{}/{}", recipe.name, version.number);
                found.push(Reference { image, kind: "imagebuilder:ImageRecipe", arn });
            }
        }
    }
    found
}
