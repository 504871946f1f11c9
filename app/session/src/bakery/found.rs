//! Which image a bake command has made: what its manifest or the tag says, held against EC2. It is one image, in the
//! operation's account and region, made since the command was started; anything else is said and not guessed.

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use cloud::Operator;
use jiff::{SignedDuration, Timestamp};
use operate::{BakeCommand, BakeError, BakedImage, Calls, ImageFacts, Read, Scope};

use super::Say;
use super::manifest::Manifest;

/// What is asked of EC2 about images.
pub(super) trait Images {
    /// The image with this id.
    fn image(&self, scope: &Scope, id: &str) -> Read<Option<ImageFacts>>;

    /// The account's own images with exactly this tag.
    fn tagged(&self, scope: &Scope, key: &str, value: &str) -> Read<Vec<ImageFacts>>;

    /// AWS's clock at its latest answer.
    fn told_at(&self, scope: &Scope) -> Option<Timestamp>;
}

impl Images for Operator {
    fn image(&self, scope: &Scope, id: &str) -> Read<Option<ImageFacts>> {
        Calls::image(self, scope, id)
    }

    fn tagged(&self, scope: &Scope, key: &str, value: &str) -> Read<Vec<ImageFacts>> {
        self.images_tagged(scope, key, value)
    }

    fn told_at(&self, scope: &Scope) -> Option<Timestamp> {
        Calls::told_at(self, scope)
    }
}

/// How long between two looks.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// How exactly the start is known by AWS's clock: its `Date` header has whole seconds.
const CLOCK: SignedDuration = SignedDuration::from_secs(2);

/// What was there before a command was started, and where to look after its end.
pub(super) struct Trail<'a> {
    scope: &'a Scope,
    mark: Mark,
    /// The start by this machine's clock.
    since: Timestamp,
    /// AWS's clock at the last answer before the start.
    aws_since: Timestamp,
}

enum Mark {
    Manifest { path: PathBuf, known: BTreeSet<String> },
    Tag { key: String, value: String, known: BTreeSet<String> },
}

impl<'a> Trail<'a> {
    /// Looks at what is there.
    ///
    /// # Errors
    /// It can't be told what is there, so that what is new could not be told either.
    pub(super) fn before(images: &dyn Images, scope: &'a Scope, command: &BakeCommand) -> Result<Self, String> {
        let mark = match &command.image {
            BakedImage::Manifest(path) => {
                let path = Path::new(&command.directory).join(path);
                // One that can't be read is no reason not to start: the command writes it anew.
                let known = Manifest::read(&path).ok().flatten().map(|before| before.runs()).unwrap_or_default();
                Mark::Manifest { path, known }
            }
            BakedImage::Tag { key, value } => {
                let before = images.tagged(scope, key, value).map_err(|error| error.to_string())?;
                let known = before.into_iter().map(|image| image.id).collect();
                Mark::Tag { key: key.clone(), value: value.clone(), known }
            }
        };
        let since = Timestamp::now();
        let aws_since = images.told_at(scope).unwrap_or(since).saturating_sub(CLOCK).unwrap_or(since);
        Ok(Self { scope, mark, since, aws_since })
    }

    /// The image that was made; EC2 may take so long to know it.
    ///
    /// # Errors
    /// None, several, an old one, one that EC2 does not know; or it was told to stop.
    pub(super) fn image(&self, images: &dyn Images, within: Duration, say: Say<'_>) -> Result<String, BakeError> {
        let until = Instant::now() + within;
        loop {
            let seen = self
                .look(images)
                .map_err(|why| BakeError::Failed(format!("the bake command ended well, but {why}")))?;
            let why = match seen {
                Seen::Image(id) => {
                    // It has been made: whether to go on is asked at the next step.
                    let _ = say(Some(&format!("its image is {id}")));
                    return Ok(id);
                }
                Seen::NotYet(why) => why,
            };
            if Instant::now() >= until {
                return Err(BakeError::Failed(format!("the bake command ended well, but {why}")));
            }
            if wait(LOOK_EVERY, say).is_break() {
                let why = "the bake command had ended; its image was not looked for any more".to_owned();
                return Err(BakeError::Stopped(why));
            }
        }
    }

    fn look(&self, images: &dyn Images) -> Result<Seen, String> {
        let scope = self.scope;
        match &self.mark {
            Mark::Manifest { path, known } => {
                let Some(manifest) = Manifest::read(path)? else {
                    let path = fleet::clean(&path.to_string_lossy()).into_owned();
                    return Err(format!(
                        "it wrote no manifest {path}. Add Packer's `manifest` post-processor to its template, or name \
                         the file that it writes"
                    ));
                };
                let id = manifest.image(&scope.region, known, self.since.as_second())?;
                match images.image(scope, &id).map_err(|error| error.to_string())? {
                    Some(image) => self.demand_new(image).map(Seen::Image),
                    None => Ok(Seen::NotYet(format!(
                        "EC2 knows no image {id} in {scope}: it may have been made in another account"
                    ))),
                }
            }
            Mark::Tag { key, value, known } => {
                let found = images.tagged(scope, key, value).map_err(|error| error.to_string())?;
                let is_new = |image: &ImageFacts| {
                    let is_there = matches!(image.state.as_str(), "available" | "pending" | "transient");
                    is_there && !known.contains(&image.id) && self.demand_new(image.clone()).is_ok()
                };
                let mut new: Vec<String> = found.into_iter().filter(is_new).map(|image| image.id).collect();
                new.sort();
                match &new[..] {
                    [image] => Ok(Seen::Image(image.clone())),
                    [] => Ok(Seen::NotYet(format!(
                        "there is no new image with the tag {key}={value} in {scope}: it may have been made elsewhere, \
                         or without the tag"
                    ))),
                    _ => Err(format!(
                        "there are {} new images with the tag {key}={value} in {scope}: {}; which one is meant can't be \
                         told",
                        new.len(),
                        new.join(", ")
                    )),
                }
            }
        }
    }

    /// The id of an image that was made since the start.
    fn demand_new(&self, image: ImageFacts) -> Result<String, String> {
        match image.created_at {
            Some(at) if at >= self.aws_since => Ok(image.id),
            Some(at) => Err(format!(
                "its image {} is of {}, and the command was started at {}: it is no new one",
                image.id,
                at.strftime("%Y-%m-%d %H:%M:%S UTC"),
                (self.aws_since + CLOCK).strftime("%Y-%m-%d %H:%M:%S UTC")
            )),
            None => Err(format!("EC2 does not say when its image {} was made", image.id)),
        }
    }
}

/// What a look showed.
enum Seen {
    Image(String),
    /// Not yet: what was seen instead.
    NotYet(String),
}

/// Waits, asking several times a second whether to go on.
fn wait(time: Duration, say: Say<'_>) -> ControlFlow<()> {
    let until = Instant::now() + time;
    while Instant::now() < until {
        say(None)?;
        std::thread::sleep(Duration::from_millis(200));
    }
    ControlFlow::Continue(())
}
