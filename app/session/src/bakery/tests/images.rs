//! Which image is taken for the one that was made.

use std::cell::RefCell;
use std::ops::ControlFlow;
use std::path::Path;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use operate::{BakeCommand, BakeError, BakedImage, ImageFacts, Read, Scope};

use super::keep;
use crate::bakery::found::{Images, Trail};

/// What EC2 has: each image, whether it has the tag, and from when on EC2 knows it.
#[derive(Default)]
struct Ec2 {
    images: RefCell<Vec<(ImageFacts, bool, Instant)>>,
    ahead: SignedDuration,
}

impl Ec2 {
    /// Adds an image that was made so many seconds from now by AWS's clock.
    fn add(&self, id: &str, seconds: i64, is_tagged: bool, state: &str) {
        self.add_late(id, seconds, is_tagged, state, Duration::ZERO);
    }

    fn add_late(&self, id: &str, seconds: i64, is_tagged: bool, state: &str, after: Duration) {
        let image = ImageFacts {
            id: id.to_owned(),
            name: None,
            state: state.to_owned(),
            reason: None,
            architecture: None,
            created_at: Some(Timestamp::now() + self.ahead + SignedDuration::from_secs(seconds)),
            source_server: None,
        };
        self.images.borrow_mut().push((image, is_tagged, Instant::now() + after));
    }

    fn known(&self, is_wanted: impl Fn(&ImageFacts, bool) -> bool) -> Vec<ImageFacts> {
        let images = self.images.borrow();
        let known = images.iter().filter(|(image, tag, from)| Instant::now() >= *from && is_wanted(image, *tag));
        known.map(|(image, ..)| image.clone()).collect()
    }
}

impl Images for Ec2 {
    fn image(&self, _: &Scope, id: &str) -> Read<Option<ImageFacts>> {
        Ok(self.known(|image, _| image.id == id).pop())
    }

    fn tagged(&self, _: &Scope, key: &str, value: &str) -> Read<Vec<ImageFacts>> {
        assert_eq!((key, value), ("release", "web"));
        Ok(self.known(|_, is_tagged| is_tagged))
    }

    fn told_at(&self, _: &Scope) -> Option<Timestamp> {
        Some(Timestamp::now() + self.ahead)
    }
}

fn scope() -> Scope {
    Scope { partition: "aws".into(), account: "111122223333".into(), region: "eu-west-1".into(), profile: None }
}

fn command(directory: &Path, image: BakedImage) -> BakeCommand {
    let directory = directory.to_str().unwrap().to_owned();
    BakeCommand { command: vec!["packer".into()], directory, image, timeout_s: 60 }
}

fn by_tag() -> BakedImage {
    BakedImage::Tag { key: "release".into(), value: "web".into() }
}

/// What is found by the tag after this has happened.
fn tagged(ec2: &Ec2, happens: impl FnOnce(&Ec2)) -> Result<String, BakeError> {
    let scope = scope();
    let trail = Trail::before(ec2, &scope, &command(Path::new("/"), by_tag())).unwrap();
    happens(ec2);
    trail.image(ec2, Duration::from_secs(2), &mut keep(&mut Vec::new()))
}

fn failed(result: Result<String, BakeError>) -> String {
    match result {
        Err(BakeError::Failed(why)) => why,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_image_of_a_tag_is_the_one_that_is_new() {
    // AWS's clock may be far from this machine's.
    for ahead in [0, 7_200, -7_200] {
        let ec2 = Ec2 { ahead: SignedDuration::from_secs(ahead), ..Ec2::default() };
        ec2.add("ami-old", -86_400, true, "available");
        ec2.add("ami-just", -1, true, "available");
        let found = tagged(&ec2, |ec2| {
            ec2.add("ami-new", 0, true, "pending");
            ec2.add("ami-other", 0, false, "available");
            ec2.add("ami-broken", 0, true, "failed");
            // Somebody gives the tag to an image of last week.
            ec2.add("ami-retagged", -604_800, true, "available");
        });
        assert_eq!(found, Ok("ami-new".to_owned()), "{ahead}");
    }
}

#[test]
fn none_and_several_of_a_tag_are_said() {
    let ec2 = Ec2::default();
    ec2.add("ami-old", -86_400, true, "available");
    let none = failed(tagged(&ec2, |_| {}));
    assert!(
        none.starts_with(
            "the bake command ended well, but there is no new image with the tag release=web in \
                          111122223333/eu-west-1"
        ),
        "{none}"
    );
    let two = failed(tagged(&ec2, |ec2| {
        ec2.add("ami-b", 0, true, "available");
        ec2.add("ami-a", 0, true, "available");
    }));
    assert!(two.contains("there are 2 new images with the tag") && two.contains("ami-a, ami-b;"), "{two}");
}

#[test]
fn an_image_that_ec2_knows_late_is_waited_for_until_that_is_stopped() {
    let late = |ec2: &Ec2| ec2.add_late("ami-late", 0, true, "available", Duration::from_secs(1));
    let scope = scope();
    let ec2 = Ec2::default();
    let trail = Trail::before(&ec2, &scope, &command(Path::new("/"), by_tag())).unwrap();
    late(&ec2);
    let found = trail.image(&ec2, Duration::from_secs(20), &mut keep(&mut Vec::new()));
    assert_eq!(found, Ok("ami-late".to_owned()));

    let ec2 = Ec2::default();
    let trail = Trail::before(&ec2, &scope, &command(Path::new("/"), by_tag())).unwrap();
    let began = Instant::now();
    let found = trail.image(&ec2, Duration::from_secs(60), &mut |_| ControlFlow::Break(()));
    assert!(matches!(found, Err(BakeError::Stopped(_))) && began.elapsed() < Duration::from_secs(3), "{found:?}");
}

/// What is found by a manifest that is written over an old one.
fn by_manifest(ec2: &Ec2, new: Option<&str>) -> Result<String, BakeError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("manifest.json");
    let old = r#"{"builds":[{"artifact_id":"eu-west-1:ami-old","packer_run_uuid":"1","build_time":1700000000}],
                  "last_run_uuid":"1"}"#;
    std::fs::write(&path, old).unwrap();
    let scope = scope();
    let command = command(folder.path(), BakedImage::Manifest("manifest.json".into()));
    let trail = Trail::before(ec2, &scope, &command).unwrap();
    match new {
        Some(new) => std::fs::write(&path, new).unwrap(),
        None => std::fs::remove_file(&path).unwrap(),
    }
    ec2.add("ami-new", 0, false, "pending");
    trail.image(ec2, Duration::from_secs(2), &mut keep(&mut Vec::new()))
}

fn run(artifact: &str) -> String {
    let build = format!(r#"{{"artifact_id":"{artifact}","packer_run_uuid":"2","build_time":{}}}"#, i64::from(u32::MAX));
    format!(r#"{{"builds":[{build}],"last_run_uuid":"2"}}"#)
}

#[test]
fn the_image_of_a_manifest_is_held_against_ec2() {
    let ec2 = Ec2::default();
    ec2.add("ami-0ld", -86_400, false, "available");
    assert_eq!(by_manifest(&ec2, Some(&run("eu-west-1:ami-new"))), Ok("ami-new".to_owned()));
    for (artifact, why) in [
        ("eu-west-1:ami-0ld", "its image ami-0ld is of "),
        (
            "eu-west-1:ami-elsewhere",
            "EC2 knows no image ami-elsewhere in 111122223333/eu-west-1: it may have been made",
        ),
        ("us-east-1:ami-new", "it put out no image in eu-west-1, only ami-new in us-east-1"),
    ] {
        let error = failed(by_manifest(&ec2, Some(&run(artifact))));
        assert!(error.starts_with("the bake command ended well, but ") && error.contains(why), "{error}");
    }
    let stale = r#"{"builds":[{"artifact_id":"eu-west-1:ami-new","packer_run_uuid":"1","build_time":1700000000}],
                    "last_run_uuid":"1"}"#;
    let error = failed(by_manifest(&ec2, Some(stale)));
    assert!(error.contains("its manifest tells of no run since it was started"), "{error}");
    let error = failed(by_manifest(&ec2, Some("nonsense")));
    assert!(error.contains("is no manifest of Packer"), "{error}");
    let error = failed(by_manifest(&ec2, None));
    assert!(error.contains("it wrote no manifest") && error.contains("post-processor"), "{error}");
}
