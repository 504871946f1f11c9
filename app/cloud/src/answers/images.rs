//! `DescribeImages`: each image with what rows are made of.

use super::tags::{Tag, tags};
use super::xml::{Malformed, Text, Xml};
use super::{Listing, Page};

/// `ec2:DescribeImages`.
pub struct Images;

/// `Image`. A field that AWS left out is `None` or empty; times are texts, as the API has them.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Image<'a> {
    /// `ImageId`.
    pub id: Option<Text<'a>>,
    /// `OwnerId`.
    pub owner: Option<Text<'a>>,
    /// `ImageOwnerAlias`.
    pub owner_alias: Option<Text<'a>>,
    /// `Name`.
    pub name: Option<Text<'a>>,
    /// `Description`.
    pub description: Option<Text<'a>>,
    /// `State`.
    pub state: Option<Text<'a>>,
    /// `CreationDate`.
    pub created: Option<Text<'a>>,
    /// `DeprecationTime`.
    pub deprecated: Option<Text<'a>>,
    /// `LastLaunchedTime`.
    pub last_launched: Option<Text<'a>>,
    /// `SourceImageId`.
    pub source_image: Option<Text<'a>>,
    /// `SourceImageRegion`.
    pub source_image_region: Option<Text<'a>>,
    /// `SourceInstanceId`.
    pub source_server: Option<Text<'a>>,
    /// `Public`.
    pub public: Option<bool>,
    /// `Architecture`.
    pub architecture: Option<Text<'a>>,
    /// `PlatformDetails`.
    pub platform: Option<Text<'a>>,
    /// `Tags[]`.
    pub tags: Vec<Tag<'a>>,
}

impl Listing for Images {
    const ROOT: &'static str = "DescribeImagesResponse";
    const EMPTY: &'static str = "<DescribeImagesResponse/>";
    type Item<'a> = Image<'a>;

    fn read<'a>(xml: &mut Xml<'a>) -> Result<Page<Image<'a>>, Malformed> {
        let mut page = Page::default();
        xml.children(|xml, name| match name {
            b"imagesSet" => xml.items(b"item", |xml| {
                page.items.push(image(xml)?);
                Ok(())
            }),
            b"nextToken" => page.token(xml),
            _ => xml.skip(),
        })?;
        Ok(page)
    }
}

fn image<'a>(xml: &mut Xml<'a>) -> Result<Image<'a>, Malformed> {
    let mut row = Image::default();
    xml.children(|xml, name| {
        match name {
            b"imageId" => row.id = Some(xml.text()?),
            b"imageOwnerId" => row.owner = Some(xml.text()?),
            b"imageOwnerAlias" => row.owner_alias = Some(xml.text()?),
            b"name" => row.name = Some(xml.text()?),
            b"description" => row.description = Some(xml.text()?),
            b"imageState" => row.state = Some(xml.text()?),
            b"creationDate" => row.created = Some(xml.text()?),
            b"deprecationTime" => row.deprecated = Some(xml.text()?),
            b"lastLaunchedTime" => row.last_launched = Some(xml.text()?),
            b"sourceImageId" => row.source_image = Some(xml.text()?),
            b"sourceImageRegion" => row.source_image_region = Some(xml.text()?),
            b"sourceInstanceId" => row.source_server = Some(xml.text()?),
            b"isPublic" => row.public = Some(xml.value("boolean")?),
            b"architecture" => row.architecture = Some(xml.text()?),
            b"platformDetails" => row.platform = Some(xml.text()?),
            b"tagSet" => row.tags = tags(xml)?,
            _ => xml.skip()?,
        }
        Ok(())
    })?;
    Ok(row)
}
