//! The file of Packer's manifest post-processor: `builds` with `artifact_id`, `build_time` and `packer_run_uuid`, and
//! `last_run_uuid`. The `artifact_id` of an Amazon builder is `REGION:IMAGE`, one after the other with commas between
//! (Packer's documentation, 'Manifest Post-Processor').

use std::collections::BTreeSet;
use std::io::{ErrorKind, Read};
use std::path::Path;

use serde::Deserialize;

/// The most that is read, in bytes: a manifest keeps the runs of years in a few hundred bytes each.
const LONGEST: u64 = 16 * 1024 * 1024;

/// A manifest.
#[derive(Deserialize, Default, Debug)]
pub(super) struct Manifest {
    #[serde(default)]
    builds: Vec<Build>,
    last_run_uuid: Option<String>,
}

#[derive(Deserialize, Debug)]
struct Build {
    #[serde(default)]
    artifact_id: String,
    packer_run_uuid: Option<String>,
    /// Seconds since 1970, by the clock of the machine that Packer ran on: this one.
    build_time: Option<i64>,
}

impl Manifest {
    /// Reads a file; `None` where there is none.
    pub(super) fn read(path: &Path) -> Result<Option<Self>, String> {
        let shown = fleet::clean(&path.to_string_lossy()).into_owned();
        let file = match std::fs::File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(format!("the manifest {shown} can't be read: {error}")),
        };
        let mut text = Vec::new();
        file.take(LONGEST)
            .read_to_end(&mut text)
            .map_err(|error| format!("the manifest {shown} can't be read: {error}"))?;
        let parsed = serde_json::from_slice(&text);
        parsed.map(Some).map_err(|error| format!("{shown} is no manifest of Packer: {error}"))
    }

    /// The runs that it tells of.
    pub(super) fn runs(&self) -> BTreeSet<String> {
        let of_builds = self.builds.iter().filter_map(|build| build.packer_run_uuid.clone());
        of_builds.chain(self.last_run_uuid.clone()).collect()
    }

    /// The one image that the last run put out in a region. The run is a new one if it was not `known` before, or if it
    /// built after `since` (seconds since 1970).
    pub(super) fn image(&self, region: &str, known: &BTreeSet<String>, since_s: i64) -> Result<String, String> {
        let of_last = |build: &&Build| build.packer_run_uuid == self.last_run_uuid;
        let builds: Vec<&Build> = self.builds.iter().filter(of_last).collect();
        let is_known = self.last_run_uuid.as_ref().is_none_or(|run| known.contains(run));
        let is_new = !is_known || builds.iter().any(|build| build.build_time.is_some_and(|at| at >= since_s));
        if builds.is_empty() || !is_new {
            return Err("its manifest tells of no run since it was started".to_owned());
        }
        let artifacts = builds.iter().flat_map(|build| build.artifact_id.split(',')).map(str::trim);
        let images: BTreeSet<(&str, &str)> = artifacts.filter_map(|one| one.split_once(':')).filter(is_image).collect();
        let here: Vec<&str> = images.iter().filter(|(place, _)| *place == region).map(|(_, image)| *image).collect();
        match here[..] {
            [image] => Ok(image.to_owned()),
            [] if images.is_empty() => Err("by its manifest it put out no image".to_owned()),
            [] => {
                let others: Vec<String> = images.iter().map(|(place, image)| format!("{image} in {place}")).collect();
                Err(format!("by its manifest it put out no image in {region}, only {}", others.join(", ")))
            }
            _ => Err(format!(
                "by its manifest it put out {} images in {region}: {}; which one is meant can't be told",
                here.len(),
                here.join(", ")
            )),
        }
    }
}

/// Whether both are what they should be, which keeps everything else from being shown or asked for.
fn is_image((region, image): &(&str, &str)) -> bool {
    let is_plain =
        |text: &str| text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    is_plain(region)
        && is_plain(image)
        && image.len() <= 64
        && image.strip_prefix("ami-").is_some_and(|id| !id.is_empty())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test")]

    use super::*;

    fn build(run: &str, at: i64, artifact: &str) -> String {
        format!(
            r#"{{"name":"web","builder_type":"amazon-ebs","build_time":{at},"files":null,"artifact_id":"{artifact}",
               "packer_run_uuid":"{run}","custom_data":null}}"#
        )
    }

    fn image(builds: &[String], last: &str, known: &[&str]) -> Result<String, String> {
        let text = format!(r#"{{"builds":[{}],"last_run_uuid":"{last}"}}"#, builds.join(","));
        let manifest: Manifest = serde_json::from_str(&text).unwrap();
        manifest.image("eu-west-1", &known.iter().map(|&run| run.to_owned()).collect(), 1_000)
    }

    #[test]
    fn the_image_is_the_last_runs_in_the_region() {
        let old = build("run-1", 900, "eu-west-1:ami-1");
        let new = build("run-2", 1_100, "eu-west-1:ami-2,us-east-1:ami-3");
        assert_eq!(image(&[old.clone(), new.clone()], "run-2", &["run-1"]), Ok("ami-2".to_owned()));
        // Packer lets its run's name be given from outside: then the time tells.
        assert_eq!(image(&[new], "run-2", &["run-2"]), Ok("ami-2".to_owned()));
        for (builds, last) in [(vec![old.clone()], "run-1"), (vec![old], "run-2"), (vec![], "run-2")] {
            let error = image(&builds, last, &["run-1"]).unwrap_err();
            assert_eq!(error, "its manifest tells of no run since it was started");
        }
    }

    #[test]
    fn none_several_and_elsewhere_are_said() {
        for (artifacts, error) in [
            (&["us-east-1:ami-3"][..], "by its manifest it put out no image in eu-west-1, only ami-3 in us-east-1"),
            (
                &["sha256:0123", "", "eu-west-1:ami-", "eu-west-1:ami-1\\u001b[2J"],
                "by its manifest it put out no image",
            ),
            (
                &["eu-west-1:ami-1", "eu-west-1:ami-2, eu-west-1:ami-1"],
                "by its manifest it put out 2 images in eu-west-1: ami-1, ami-2; which one is meant can't be told",
            ),
        ] {
            let builds: Vec<String> = artifacts.iter().map(|artifact| build("run-2", 1_100, artifact)).collect();
            assert_eq!(image(&builds, "run-2", &[]).unwrap_err(), error);
        }
    }

    #[test]
    fn a_file_that_is_no_manifest_says_so() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("manifest.json");
        assert!(Manifest::read(&path).unwrap().is_none());
        for text in ["", "[]", "{\"builds\": 3}", "\0\0\0"] {
            std::fs::write(&path, text).unwrap();
            let error = Manifest::read(&path).unwrap_err();
            assert!(error.contains("is no manifest of Packer"), "{text}: {error}");
        }
        std::fs::write(&path, "{}").unwrap();
        assert_eq!(Manifest::read(&path).unwrap().unwrap().runs(), BTreeSet::new());
    }
}
