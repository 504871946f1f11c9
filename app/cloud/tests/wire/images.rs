//! Images in use: others' own, gone ones, parameters, sources and builds.

use fleet::{Call, GapKind, ImageRef};

use crate::fake::{Asked, Fake, gap_of, login, server, servers};

fn image(id: &str, owner: &str, more: &str) -> String {
    format!(
        "<item><imageId>{id}</imageId><imageOwnerId>{owner}</imageOwnerId><imageState>available</imageState><name>{id}\
         </name><creationDate>2026-01-02T03:04:05.000Z</creationDate>{more}</item>"
    )
}

fn images(list: &[String]) -> String {
    format!("<imagesSet>{}</imagesSet>", list.concat())
}

/// Answers for images by id as EC2 does: one unknown id fails the call and is named.
fn by_id(asked: &Asked, known: &[&str]) -> http::Response<bytes::Bytes> {
    let ids = asked.list("ImageId");
    let unknown: Vec<&str> = ids.iter().copied().filter(|id| !known.contains(id)).collect();
    match unknown[..] {
        [] => asked.xml(&images(&ids.iter().map(|id| image(id, "amazon", "")).collect::<Vec<_>>())),
        [one] => asked.error(400, "InvalidAMIID.NotFound", &format!("The image id '[{one}]' does not exist")),
        _ => {
            let message = format!("The image ids '[{}]' do not exist", unknown.join(", "));
            asked.error(400, "InvalidAMIID.NotFound", &message)
        }
    }
}

#[tokio::test]
async fn unknown_ids_are_taken_out_and_the_rest_asked_again() {
    let fake = Fake::new(|asked| match asked.action.as_str() {
        "DescribeInstances" => Some(asked.xml(&servers(
            &[server("i-1", "ami-gone1"), server("i-2", "ami-theirs"), server("i-3", "ami-gone2")],
            None,
        ))),
        "DescribeImages" if asked.field("Owner.1").is_empty() => Some(by_id(asked, &["ami-theirs"])),
        "DescribeInstanceImageMetadata" => {
            assert_eq!(asked.list("InstanceId"), ["i-1", "i-3"]);
            Some(asked.xml(
                "<instanceImageMetadataSet><item><instanceId>i-1</instanceId><imageMetadata><imageId>ami-gone1</imageId>\
                 <name>old</name><imageOwnerId>111122223333</imageOwnerId><imageState>deregistered</imageState>\
                 <creationDate>2021-01-02T03:04:05.000Z</creationDate></imageMetadata></item>\
                 </instanceImageMetadataSet>",
            ))
        }
        _ => None,
    });
    let fleet = fake.pull().await.unwrap();
    let rows: Vec<_> = fleet.images.iter().map(|row| (fleet.str(row.id), row.from, fleet.text(row.state))).collect();
    assert_eq!(
        rows,
        [
            ("ami-gone1", Call::DescribeInstanceImageMetadata, Some("deregistered")),
            ("ami-theirs", Call::DescribeImages, Some("available")),
        ]
    );
    assert_eq!(fleet.images[0].created.unwrap().to_string(), "2021-01-02T03:04:05Z");
    assert_eq!(fake.count("DescribeImages"), 3);
    assert!(fleet.is_complete(), "{:?}", fleet.gaps);
}

#[tokio::test]
async fn an_error_that_names_no_id_is_narrowed_down() {
    let fake = Fake::new(|asked| match asked.action.as_str() {
        "DescribeInstances" => {
            let list: Vec<String> = (1..=5).map(|n| server(&format!("i-{n}"), &format!("ami-{n}"))).collect();
            Some(asked.xml(&servers(&list, None)))
        }
        "DescribeImages" if asked.field("Owner.1").is_empty() => Some(if asked.list("ImageId").contains(&"ami-4") {
            asked.error(400, "InvalidAMIID.NotFound", "Some image does not exist")
        } else {
            by_id(asked, &["ami-1", "ami-2", "ami-3", "ami-5"])
        }),
        _ => None,
    });
    let fleet = fake.pull().await.unwrap();
    let ids: Vec<&str> = fleet.images.iter().map(|row| fleet.str(row.id)).collect();
    assert_eq!(ids, ["ami-1", "ami-2", "ami-3", "ami-5"]);
}

#[tokio::test]
async fn no_call_goes_out_with_an_empty_list_of_ids() {
    let fake = Fake::new(|_| None);
    fake.pull().await.unwrap();
    assert_eq!(fake.count("DescribeImages"), 1);
    assert_eq!(fake.requests("DescribeImages")[0].field("Owner.1"), "self");
    for action in ["DescribeInstanceImageMetadata", "DescribeLaunchTemplateVersions", "GetParameters", "GetImage"] {
        assert_eq!(fake.count(action), 0, "{action}");
    }
}

#[tokio::test]
async fn a_terminated_witness_is_replaced_by_another_server_of_the_image() {
    let fake = Fake::new(|asked| match asked.action.as_str() {
        "DescribeInstances" => Some(asked.xml(&servers(&[server("i-1", "ami-gone"), server("i-2", "ami-gone")], None))),
        "DescribeImages" if asked.field("Owner.1").is_empty() => Some(by_id(asked, &[])),
        "DescribeInstanceImageMetadata" => Some(match asked.list("InstanceId")[..] {
            ["i-2"] => asked.error(400, "InvalidInstanceID.NotFound", "The instance ID 'i-2' does not exist"),
            _ => asked.xml(
                "<instanceImageMetadataSet><item><instanceId>i-1</instanceId><imageMetadata><imageId>ami-gone</imageId>\
                 </imageMetadata></item></instanceImageMetadataSet>",
            ),
        }),
        _ => None,
    });
    let fleet = fake.pull().await.unwrap();
    assert_eq!(fake.count("DescribeInstanceImageMetadata"), 2);
    assert_eq!(fleet.str(fleet.images[0].id), "ami-gone");
    assert!(fleet.is_complete());
}

#[tokio::test]
async fn a_chain_of_sources_is_followed_in_its_region() {
    let source = |id: &str, region: &str| {
        format!("<sourceImageId>{id}</sourceImageId><sourceImageRegion>{region}</sourceImageRegion>")
    };
    let fake = Fake::with(vec![login("prod", &["eu-central-1", "eu-west-1"])], move |asked| {
        let here = asked.region.as_str();
        match asked.action.as_str() {
            "DescribeInstances" if here == "eu-central-1" => {
                Some(asked.xml(&servers(&[server("i-1", "ami-copy")], None)))
            }
            "DescribeImages" if asked.field("Owner.1") == "self" && here == "eu-central-1" => {
                let copy = image("ami-copy", "111122223333", &source("ami-origin", "eu-west-1"));
                // Not in use, so that nobody asks where it came from.
                let idle = image("ami-idle", "111122223333", &source("ami-lost", "eu-central-1"));
                Some(asked.xml(&images(&[copy, idle])))
            }
            "DescribeImages" if asked.field("Owner.1").is_empty() => {
                assert_eq!(here, "eu-west-1");
                let ids = asked.list("ImageId");
                Some(match ids[..] {
                    ["ami-origin"] => {
                        asked.xml(&images(&[image("ami-origin", "222233334444", &source("ami-first", "eu-west-1"))]))
                    }
                    ["ami-first"] => asked.xml(&images(&[image("ami-first", "amazon", "")])),
                    _ => panic!("{ids:?}"),
                })
            }
            _ => None,
        }
    });
    let fleet = fake.pull().await.unwrap();
    let ids: Vec<&str> = fleet.images.iter().map(|row| fleet.str(row.id)).collect();
    assert_eq!(ids, ["ami-copy", "ami-idle", "ami-first", "ami-origin"]);
}

#[tokio::test]
async fn images_that_may_not_be_described_are_one_gap() {
    let fake = Fake::new(|asked| match asked.action.as_str() {
        "DescribeInstances" => Some(asked.xml(&servers(&[server("i-1", "ami-theirs")], None))),
        "DescribeImages" => Some(asked.error(403, "UnauthorizedOperation", "You are not authorized")),
        _ => None,
    });
    let fleet = fake.pull().await.unwrap();
    assert!(fleet.gaps.iter().all(|gap| gap.call == Call::DescribeImages && gap.kind == GapKind::Denied));
    assert_eq!(fleet.gaps.len(), 1);
    assert_eq!(fake.count("DescribeInstanceImageMetadata"), 0);
}

const TEMPLATE: &str = "<launchTemplates><item><launchTemplateId>lt-1</launchTemplateId><launchTemplateName>web\
    </launchTemplateName><defaultVersionNumber>1</defaultVersionNumber><latestVersionNumber>2</latestVersionNumber>\
    </item></launchTemplates>";

fn version(number: u32, image: &str) -> String {
    format!(
        "<item><launchTemplateId>lt-1</launchTemplateId><versionNumber>{number}</versionNumber><launchTemplateData>\
         <imageId>{image}</imageId><userData>c2VjcmV0</userData></launchTemplateData></item>"
    )
}

#[tokio::test]
async fn a_parameter_points_to_its_image_by_name_version_and_arn() {
    const ARN: &str = "arn:aws:ssm:eu-west-1:444455556666:parameter/shared";
    let fake = Fake::new(|asked| match asked.action.as_str() {
        "DescribeLaunchTemplates" => Some(asked.xml(TEMPLATE)),
        "DescribeLaunchTemplateVersions" => {
            assert_eq!(asked.field("LaunchTemplateId"), "lt-1");
            let list = [
                version(1, "resolve:ssm:/web/image:3"),
                version(2, "resolve:ssm:/web/image"),
                version(3, &format!("resolve:ssm:{ARN}")),
                version(4, "resolve:ssm:bad name"),
                version(5, "ami-plain"),
            ];
            Some(asked.xml(&format!("<launchTemplateVersionSet>{}</launchTemplateVersionSet>", list.concat())))
        }
        "GetParameters" if asked.text.contains("bad name") => {
            Some(asked.error(400, "ValidationException", "Parameter name: can't hold a space"))
        }
        "GetParameters" => {
            let all = [
                ("/web/image:3", r#"{"Name":"/web/image","Selector":":3","Value":"ami-three"}"#.to_owned()),
                ("/web/image\"", r#"{"Name":"/web/image","Value":"ami-now"}"#.to_owned()),
                (ARN, format!(r#"{{"Name":"/shared","ARN":"{ARN}","Value":"ami-shared"}}"#)),
            ];
            let found: Vec<String> =
                all.into_iter().filter(|(name, _)| asked.text.contains(name)).map(|(_, row)| row).collect();
            Some(asked.xml(&format!(r#"{{"Parameters":[{}],"InvalidParameters":[]}}"#, found.join(","))))
        }
        "DescribeImages" if asked.field("Owner.1").is_empty() => {
            assert_eq!(asked.list("ImageId"), ["ami-now", "ami-plain", "ami-shared", "ami-three"]);
            Some(by_id(asked, &["ami-now", "ami-plain", "ami-shared", "ami-three"]))
        }
        _ => None,
    });
    let fleet = fake.pull().await.unwrap();
    let told: Vec<_> = fleet
        .template_versions
        .iter()
        .map(|row| match row.image.unwrap() {
            ImageRef::Id(id) => (None, Some(fleet.str(id))),
            ImageRef::Parameter { name, image } => (Some(fleet.str(name)), fleet.text(image)),
        })
        .collect();
    assert_eq!(
        told,
        [
            (Some("/web/image:3"), Some("ami-three")),
            (Some("/web/image"), Some("ami-now")),
            (Some(ARN), Some("ami-shared")),
            (Some("bad name"), None),
            (None, Some("ami-plain")),
        ]
    );
    let gap = gap_of(&fleet, Call::GetParameters);
    assert_eq!((gap.kind, fleet.text(gap.resource)), (GapKind::Error, Some("bad name")));
    assert!(fleet.symbols.find("c2VjcmV0").is_none(), "user data is not kept");
}

#[tokio::test]
async fn a_template_deleted_since_it_was_listed_is_no_row_and_no_gap() {
    let fake = Fake::new(|asked| match asked.action.as_str() {
        "DescribeLaunchTemplates" => Some(asked.xml(TEMPLATE)),
        "DescribeLaunchTemplateVersions" => {
            Some(asked.error(400, "InvalidLaunchTemplateId.NotFound", "The specified launch template does not exist"))
        }
        _ => None,
    });
    let fleet = fake.pull().await.unwrap();
    assert_eq!((fleet.templates.len(), fleet.gaps.len()), (0, 0));
}

#[tokio::test]
async fn a_build_is_proven_by_get_image_and_its_parent_too() {
    const WEB: &str = "arn:aws:imagebuilder:eu-west-1:111122223333:image/web/1.4.2";
    const BASE: &str = "arn:aws:imagebuilder:eu-west-1:111122223333:image/base/3.0.0";
    let row = |arn: &str, name: &str, status: &str, date: &str, ami: &str| {
        format!(
            r#"{{"arn":"{arn}","name":"{name}","version":"1.4.2","state":{{"status":"{status}"}},"dateCreated":"{date}",
            "outputResources":{{"amis":[{{"region":"eu-west-1","image":"{ami}","accountId":"111122223333"}}]}}}}"#
        )
    };
    let fake = Fake::new(move |asked| match asked.action.as_str() {
        "DescribeInstances" => Some(asked.xml(&servers(&[server("i-1", "ami-web1")], None))),
        "DescribeImages" if asked.field("Owner.1").is_empty() => {
            Some(by_id(asked, &["ami-web1", "ami-vendor", "ami-base1"]))
        }
        "ListImageBuildVersions" => {
            let mut list = vec![
                row(&format!("{WEB}/1"), "web", "AVAILABLE", "2025-01-01T00:00:00Z", "ami-web1"),
                row(&format!("{WEB}/2"), "web", "AVAILABLE", "2025-02-01T00:00:00Z", "ami-web2"),
                row(&format!("{WEB}/3"), "web", "AVAILABLE", "2025-03-01T00:00:00Z", "ami-web3"),
                row(&format!("{WEB}/4"), "web", "AVAILABLE", "2025-04-01T00:00:00Z", "ami-web4"),
                row(&format!("{WEB}/5"), "web", "FAILED", "2025-05-01T00:00:00Z", "ami-web5"),
            ];
            for number in 1..=4 {
                let (arn, ami) = (format!("{BASE}/{number}"), format!("ami-base{number}"));
                list.push(row(&arn, "base", "AVAILABLE", &format!("2024-0{number}-01T00:00:00Z"), &ami));
            }
            Some(asked.xml(&format!(r#"{{"imageSummaryList":[{}]}}"#, list.join(","))))
        }
        "GetImage" => {
            let web = asked.text.contains("web");
            let parent = if web { "ami-base1" } else { "ami-vendor" };
            let arn = if web { format!("{WEB}/1") } else { format!("{BASE}/1") };
            Some(asked.xml(&format!(
                r#"{{"image":{{"arn":"{arn}","sourcePipelineArn":"pipeline","imageRecipe":{{"arn":"recipe","parentImage":"{parent}"}},
                "outputResources":{{"amis":[{{"region":"eu-west-1","image":"ami-proof"}}]}}}}}}"#
            )))
        }
        _ => None,
    });
    let fleet = fake.pull().await.unwrap();
    assert!(fleet.is_complete(), "{:?}", fleet.gaps);
    let verified: Vec<&str> = fleet
        .builds
        .iter()
        .filter(|build| build.verified)
        .map(|build| fleet.str(build.arn).rsplit("image/").next().unwrap())
        .collect();
    // In use, the two newest of each recipe, and the one that the parent came from.
    assert_eq!(verified, ["base/3.0.0/1", "base/3.0.0/3", "base/3.0.0/4", "web/1.4.2/1", "web/1.4.2/3", "web/1.4.2/4"]);
    let web = fleet.builds.iter().find(|build| fleet.str(build.arn).ends_with("web/1.4.2/1")).unwrap();
    assert_eq!(fleet.text(web.version), Some("1.4.2/1"));
    assert_eq!((fleet.text(web.recipe), fleet.text(web.pipeline)), (Some("recipe"), Some("pipeline")));
    assert_eq!(fleet.text(web.parent), Some("ami-base1"));
    assert_eq!(fleet.str(web.outputs[0].image), "ami-proof");
    let unverified = fleet.builds.iter().find(|build| fleet.str(build.arn).ends_with("web/1.4.2/2")).unwrap();
    assert_eq!((unverified.recipe, fleet.str(unverified.outputs[0].image)), (None, "ami-web2"));
}
