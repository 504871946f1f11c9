//! `DescribeImages`.

use aws_sdk_ec2::types;

use super::super::images::{Image, Images};
use super::super::{Page, read};
use super::sdk::{self, some};

fn image(row: &types::Image) -> Image<'_> {
    Image {
        id: some(row.image_id()),
        owner: some(row.owner_id()),
        owner_alias: some(row.image_owner_alias()),
        name: some(row.name()),
        description: some(row.description()),
        state: some(row.state().map(types::ImageState::as_str)),
        created: some(row.creation_date()),
        deprecated: some(row.deprecation_time()),
        last_launched: some(row.last_launched_time()),
        source_image: some(row.source_image_id()),
        source_image_region: some(row.source_image_region()),
        source_server: some(row.source_instance_id()),
        public: row.public(),
        architecture: some(row.architecture().map(types::ArchitectureValues::as_str)),
        platform: some(row.platform_details()),
        tags: sdk::tags(row.tags()),
    }
}

/// Whether both read the same, and how much that was; none where one of them refuses the answer.
pub(super) fn compared(bytes: &[u8]) -> Option<usize> {
    if !sdk::reads_to_the_end(bytes) {
        return None;
    }
    let ours: Page<Image<'_>> = read::<Images>(bytes).ok()?;
    let theirs = sdk::wait(sdk::ec2(bytes).describe_images().send()).ok()?;
    let listed: Vec<Image<'_>> = theirs.images().iter().map(image).collect();
    assert_eq!(ours.items, listed);
    assert_eq!(ours.next_token.as_deref(), theirs.next_token());
    Some(listed.len())
}

/// An image with every field that rows are made of.
pub(super) const WHOLE: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<DescribeImagesResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">
  <requestId>59dbff89-35bd-4eac-99ed-example</requestId>
  <imagesSet>
    <item>
      <imageId>ami-1</imageId><imageLocation>1/web &amp; co</imageLocation><imageState>available</imageState>
      <imageOwnerId>123456789012</imageOwnerId><imageOwnerAlias>amazon</imageOwnerAlias>
      <creationDate>2026-05-01T10:00:00.000Z</creationDate><deprecationTime>2028-05-01T10:00:00.000Z</deprecationTime>
      <lastLaunchedTime>2026-05-03T09:00:00Z</lastLaunchedTime>
      <isPublic>false</isPublic><architecture>arm64</architecture><imageType>machine</imageType>
      <platformDetails>Linux/UNIX</platformDetails><name>web &lt;1&gt;</name><description>x &#10; y</description>
      <sourceImageId>ami-0</sourceImageId><sourceImageRegion>us-east-1</sourceImageRegion>
      <sourceInstanceId>i-1</sourceInstanceId>
      <blockDeviceMapping><item><deviceName>/dev/xvda</deviceName><ebs><snapshotId>snap-1</snapshotId></ebs></item>
      </blockDeviceMapping>
      <tagSet><item><key>Name</key><value>web</value></item></tagSet>
    </item>
    <item/>
  </imagesSet>
  <nextToken>more</nextToken>
</DescribeImagesResponse>
"#;

#[test]
fn every_field_is_read_as_the_sdk_reads_it() {
    assert_eq!(compared(WHOLE.as_bytes()), Some(2));
    let page = read::<Images>(WHOLE.as_bytes()).unwrap();
    let Image { id, name, source_server, public, .. } = &page.items[0];
    assert_eq!((id.as_deref(), name.as_deref()), (Some("ami-1"), Some("web <1>")));
    assert_eq!((source_server.as_deref(), *public), (Some("i-1"), Some(false)));
    assert_eq!(page.items[1], Image::default());
}

#[test]
fn what_the_sandbox_says_is_read_as_the_sdk_reads_it() {
    let pages = sdk::answers("", "DescribeImages", "ec2", "&Owner.1=self&IncludeDeprecated=true&MaxResults=100");
    let read: usize = pages.iter().map(|page| compared(page).unwrap()).sum();
    assert!(read >= 25, "{read} images");
}
