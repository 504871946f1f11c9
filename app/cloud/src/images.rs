//! Images: our own, then those in use that others own or that are gone.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use aws_sdk_ec2::types::{ImageState, InstanceImageMetadata};
use fleet::{Call, FleetBuilder, Image, ImageRef, RootTarget, ScopeIx, Sym, TagSet, Time};

use crate::answers::{Image as AwsImage, Images, Tap, tag_set};
use crate::failure::Failure;
use crate::narrowing::{UNKNOWN_IMAGE, UNKNOWN_SERVER, without_named};
use crate::reader::{Reader, Reading};

/// The most that AWS gives on one page.
const IMAGES_A_PAGE: i32 = 1_000;
/// How many ids are asked for in one call: few enough that an unknown one among them costs little.
const IDS_A_CALL: usize = 100;
/// How many steps up a chain of source images are asked for beyond the images in use. A longer chain ends in an
/// unknown image.
const ANCESTORS: usize = 8;

/// Every image that the account owns, deprecated and disabled ones too.
pub(crate) async fn read_own(reader: &Reader<'_>) {
    let request = |token, tap: &Tap<Images>| {
        let call = reader.clients.ec2.describe_images().owners("self").include_deprecated(true).include_disabled(true);
        let call = call.max_results(IMAGES_A_PAGE).set_next_token(token);
        call.customize().mutate_request(tap.on_request()).send()
    };
    reader.list_tapped(Call::DescribeImages, request, |rows, image| add_image(rows, reader.scope, image)).await;
}

/// The images that the scope uses and has not seen, with the images that those came from; then what AWS remembers of
/// the ones that are gone.
pub(crate) async fn read_in_use(reader: &Reader<'_>) {
    let mut gone: BTreeSet<String> = BTreeSet::new();
    let mut reading = None;
    let mut whole = true;
    for _ in 0..=ANCESTORS {
        let unseen: Vec<String> = {
            let rows = reader.rows();
            wanted(&rows, reader.scope).into_iter().filter(|id| !gone.contains(id)).collect()
        };
        if unseen.is_empty() {
            break;
        }
        let reading = reading.get_or_insert_with(|| reader.open(Call::DescribeImages));
        match read_by_id(reader, reading, &unseen).await {
            Ok(unknown) => gone.extend(unknown),
            Err(failure) => {
                reader.gap(Call::DescribeImages, None, &failure);
                whole = false;
                gone.clear();
                break;
            }
        }
    }
    if let Some(reading) = reading {
        reading.end(whole);
    }
    if !gone.is_empty() {
        read_gone(reader, &gone).await;
    }
}

/// The images that a scope uses, or that those came from, of which there is no row.
pub(crate) fn missing(rows: &FleetBuilder, scope: ScopeIx) -> BTreeSet<String> {
    wanted(rows, scope).into_iter().collect()
}

/// These images again. One that AWS does not know stays as it was.
pub(crate) async fn reread(reader: &Reader<'_>, ids: &BTreeSet<String>) -> Result<(), Failure> {
    let ids: Vec<String> = ids.iter().filter(|id| is_image_id(id)).cloned().collect();
    if ids.is_empty() {
        return Ok(());
    }
    let reading = reader.open(Call::DescribeImages);
    let outcome = read_by_id(reader, &reading, &ids).await;
    reading.end(outcome.is_ok());
    outcome.map(drop)
}

/// Whether a text can be the id of an image: nothing else is asked for.
fn is_image_id(text: &str) -> bool {
    text.strip_prefix("ami-").is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_alphanumeric()))
}

/// The ids of the images in use in a scope, and of the images that those came from as far as rows tell.
pub(crate) fn in_use(rows: &FleetBuilder, scope: ScopeIx) -> BTreeSet<String> {
    let fleet = &rows.fleet;
    let mut direct: BTreeSet<Sym> = BTreeSet::new();
    direct.extend(fleet.servers.iter().filter(|row| row.scope == scope).filter_map(|row| row.image));
    direct.extend(fleet.template_versions.iter().filter(|row| row.scope == scope).filter_map(|row| match row.image? {
        ImageRef::Id(image) => Some(image),
        ImageRef::Parameter { image, .. } => image,
    }));
    direct.extend(fleet.launch_configurations.iter().filter(|row| row.scope == scope).filter_map(|row| row.image));
    for group in fleet.groups.iter().filter(|group| group.scope == scope) {
        direct.extend(group.overrides.iter().filter_map(|row| row.image));
        direct.extend(group.members.iter().filter_map(|row| row.image));
    }
    for task in fleet.root_replacements.iter().filter(|task| task.scope == scope) {
        if let Some(RootTarget::Image(image)) = task.target {
            direct.insert(image);
        }
    }
    direct.extend(fleet.recipes.iter().filter(|row| row.scope == scope).filter_map(|row| row.parent));
    direct.extend(fleet.builds.iter().filter(|row| row.scope == scope).filter_map(|row| row.parent));
    direct.into_iter().map(|id| fleet.str(id)).filter(|id| is_image_id(id)).map(str::to_owned).collect()
}

/// The ids that a scope would have to ask for: images in use there without a row, sources of the ones with a row, and
/// images of this region that images in use elsewhere in the account were copied from.
fn wanted(rows: &FleetBuilder, scope: ScopeIx) -> Vec<String> {
    let fleet = &rows.fleet;
    let Some(here) = fleet.scope(scope) else { return Vec::new() };
    let mut seen: BTreeSet<String> = BTreeSet::new();
    let mut next: Vec<String> = in_use(rows, scope).into_iter().collect();
    let elsewhere = fleet.images.iter().filter(|image| image.source_image_region == Some(here.region));
    let copies = elsewhere.filter(|image| {
        let there = fleet.scope(image.scope);
        image.scope != scope && there.is_some_and(|there| there.account == here.account)
    });
    next.extend(
        copies.filter_map(|image| fleet.text(image.source_image)).filter(|id| is_image_id(id)).map(str::to_owned),
    );
    let known: HashMap<&str, &Image> =
        fleet.images.iter().filter(|image| image.scope == scope).map(|image| (fleet.str(image.id), image)).collect();
    let mut unseen = Vec::new();
    while let Some(id) = next.pop() {
        if !seen.insert(id.clone()) {
            continue;
        }
        let Some(image) = known.get(id.as_str()) else {
            unseen.push(id);
            continue;
        };
        let in_this_region = image.source_image_region.is_none_or(|region| region == here.region);
        let source = fleet.text(image.source_image).filter(|id| in_this_region && is_image_id(id));
        next.extend(source.map(str::to_owned));
    }
    unseen.sort();
    unseen
}

/// Asks for images by id and returns the ids that AWS does not know.
async fn read_by_id(reader: &Reader<'_>, reading: &Reading<'_>, ids: &[String]) -> Result<Vec<String>, Failure> {
    let mut unknown = Vec::new();
    let mut batches: Vec<Vec<String>> = ids.chunks(IDS_A_CALL).map(<[String]>::to_vec).collect();
    while let Some(batch) = batches.pop() {
        let call = reader.clients.ec2.describe_images().include_deprecated(true).include_disabled(true);
        let call = call.set_image_ids(Some(batch.clone()));
        let mut told: BTreeSet<String> = BTreeSet::new();
        let take = |rows: &mut FleetBuilder, image: &AwsImage<'_>| {
            told.extend(image.id.as_deref().map(str::to_owned));
            add_image(rows, reader.scope, image)
        };
        let request = |tap: &Tap<Images>| call.customize().mutate_request(tap.on_request()).send();
        match reader.page_tapped(reading, request, take).await {
            Ok(_) => unknown.extend(batch.into_iter().filter(|id| !told.contains(id))),
            Err(failure) if failure.has_code(UNKNOWN_IMAGE) => {
                let (without, rest) = without_named(batch, &failure.said, "ami-");
                unknown.extend(without);
                batches.extend(rest);
            }
            Err(failure) => return Err(failure),
        }
    }
    Ok(unknown)
}

/// What AWS remembers of images that are gone, told through one server that runs each.
async fn read_gone(reader: &Reader<'_>, gone: &BTreeSet<String>) {
    let call = Call::DescribeInstanceImageMetadata;
    // For each image the servers that can tell of it, since one may be terminated meanwhile.
    let mut witnesses: Vec<(String, Vec<String>)> = {
        let rows = reader.rows();
        let fleet = &rows.fleet;
        let servers = fleet.servers.iter().filter(|server| server.scope == reader.scope);
        let mut by_image: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for server in servers {
            if let Some(image) = fleet.text(server.image).filter(|image| gone.contains(*image)) {
                let tellers = by_image.entry(image).or_default();
                if tellers.len() < 3 {
                    tellers.push(fleet.str(server.id).to_owned());
                }
            }
        }
        by_image.into_iter().map(|(image, servers)| (image.to_owned(), servers)).collect()
    };
    if witnesses.is_empty() {
        return;
    }
    let reading = reader.open(call);
    let mut whole = true;
    'rounds: while !witnesses.is_empty() {
        let round: Vec<String> = witnesses.iter_mut().filter_map(|(_, servers)| servers.pop()).collect();
        let mut told: BTreeSet<String> = BTreeSet::new();
        let mut batches: Vec<Vec<String>> = round.chunks(IDS_A_CALL).map(<[String]>::to_vec).collect();
        while let Some(batch) = batches.pop() {
            let request =
                reader.clients.ec2.describe_instance_image_metadata().set_instance_ids(Some(batch.clone())).send();
            match reader.ask(call, request).await {
                Ok(answer) => {
                    let mut rows = reader.rows();
                    for metadata in answer.instance_image_metadata() {
                        told.extend(add_gone_image(&mut rows, reader.scope, metadata));
                    }
                    drop(rows);
                    reading.page(answer.instance_image_metadata().len());
                }
                Err(failure) if failure.has_code(UNKNOWN_SERVER) => {
                    batches.extend(without_named(batch, &failure.said, "i-").1);
                }
                Err(failure) => {
                    whole = false;
                    reader.gap(call, None, &failure);
                    break 'rounds;
                }
            }
        }
        witnesses.retain(|(image, servers)| !servers.is_empty() && !told.contains(image));
    }
    reading.end(whole);
}

/// Adds an image's row. Returns whether it is one.
fn add_image(rows: &mut FleetBuilder, scope: ScopeIx, image: &AwsImage<'_>) -> bool {
    let Some(id) = rows.some(image.id.as_deref()) else { return false };
    let time = |text: Option<&str>| text.and_then(Time::parse);
    let row = Image {
        id,
        scope,
        owner: rows.some(image.owner.as_deref()),
        owner_alias: rows.some(image.owner_alias.as_deref()),
        name: rows.some(image.name.as_deref()),
        description: rows.some(image.description.as_deref()),
        state: rows.some(image.state.as_deref()),
        created: time(image.created.as_deref()),
        deprecated: time(image.deprecated.as_deref()),
        last_launched: time(image.last_launched.as_deref()),
        source_image: rows.some(image.source_image.as_deref()),
        source_image_region: rows.some(image.source_image_region.as_deref()),
        source_server: rows.some(image.source_server.as_deref()),
        public: image.public,
        architecture: rows.some(image.architecture.as_deref()),
        platform: rows.some(image.platform.as_deref()),
        tags: tag_set(rows, &image.tags),
        from: Call::DescribeImages,
    };
    rows.fleet.images.push(row);
    true
}

fn add_gone_image(rows: &mut FleetBuilder, scope: ScopeIx, metadata: &InstanceImageMetadata) -> Option<String> {
    let image = metadata.image_metadata()?;
    let id = rows.some(image.image_id())?;
    let row = Image {
        id,
        scope,
        owner: rows.some(image.owner_id()),
        owner_alias: rows.some(image.image_owner_alias()),
        name: rows.some(image.name()),
        description: None,
        state: rows.some(image.state().map(ImageState::as_str)),
        created: image.creation_date().and_then(Time::parse),
        deprecated: image.deprecation_time().and_then(Time::parse),
        last_launched: None,
        source_image: None,
        source_image_region: None,
        source_server: None,
        public: image.is_public(),
        architecture: None,
        platform: None,
        tags: TagSet::default(),
        from: Call::DescribeInstanceImageMetadata,
    };
    rows.fleet.images.push(row);
    image.image_id().map(str::to_owned)
}
