//! The tables `[bake.NAME]` of the policy file: which program bakes a recipe's image, in which folder, and how the image
//! that it made is found. A recipe has one command at most in an account and region, which is looked at here: nobody
//! has to choose in an incident.

use std::collections::BTreeMap;
use std::path::Path;

use fleet::{RecipeKind, RecipeNode, WrittenDuration, parse_duration};
use toml::Spanned;
use toml::de::DeString;

use super::read::{Reader, Value};
use super::{Account, PolicyError};

/// A program that bakes a recipe's image, under `[bake.NAME]`. It is run as it stands here, without a shell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BakeCommand {
    /// The table's name: letters, digits, `-`, `_` and `.`.
    pub name: String,
    /// The program and its arguments.
    pub command: Vec<String>,
    /// The folder that it is run in; empty for the policy file's own, as long as that is not known.
    pub directory: String,
    /// How the image that it made is found.
    pub image: BakedImage,
    /// The longest that it may run, in seconds: one second to seven days.
    pub timeout_s: u32,
    /// The recipes that it bakes: names or files of Packer templates, or ARNs of Image Builder recipes without their
    /// version. At least one.
    pub recipes: Vec<String>,
    /// Ids of the accounts that it bakes in; none for every account.
    pub accounts: Vec<String>,
    /// The regions that it bakes in; none for every region.
    pub regions: Vec<String>,
}

/// How the image that a bake command made is found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BakedImage {
    /// In the file that Packer's manifest post-processor writes, relative to the command's folder.
    Manifest(String),
    /// By a tag that it gives to its image.
    Tag {
        /// Its key.
        key: String,
        /// Its value.
        value: String,
    },
}

/// How long a bake command may run where the file does not say: two hours, twice what a long bake takes.
const DEFAULT_TIMEOUT_S: u32 = 2 * 3_600;

/// The longest that a bake command may run: a week.
const LONGEST_TIMEOUT_S: u32 = 7 * 86_400;

/// The longest key and value of a tag that EC2 takes, in characters.
const LONGEST_TAG: (usize, usize) = (128, 256);

const BAKE: &str = "[bake.web] with command = [\"packer\", \"build\", \"web.pkr.hcl\"] and \
                    image = { manifest = \"packer-manifest.json\" }";
const COMMAND: &str = "command = [\"packer\", \"build\", \"-color=false\", \"web.pkr.hcl\"]";
const IMAGE: &str = "image = { manifest = \"packer-manifest.json\" } or image = { tag = \"KEY=VALUE\" }";
const KEYS: [&str; 7] = ["command", "directory", "image", "timeout", "recipes", "accounts", "regions"];

impl BakeCommand {
    /// Whether it bakes in this account and region.
    #[must_use]
    pub fn is_in(&self, account: &str, region: &str) -> bool {
        is_among(&self.accounts, account) && is_among(&self.regions, region)
    }

    /// Whether it bakes this recipe. A Packer template goes by its name or its file, everything else by its id alone.
    #[must_use]
    pub fn bakes(&self, recipe: &RecipeNode) -> bool {
        let of_packer = |one: &str| {
            recipe.id.strip_prefix("packer:") == Some(one) || recipe.name.as_deref().is_some_and(|name| name == one)
        };
        let is_packer = recipe.kind == RecipeKind::Packer;
        self.recipes.iter().any(|one| *one == recipe.id || (is_packer && of_packer(one)))
    }

    /// With folders as seen from this one.
    pub(super) fn seen_from(&mut self, folder: &Path) {
        let directory = if self.directory.is_empty() { folder.to_owned() } else { folder.join(&self.directory) };
        self.directory = directory.to_string_lossy().into_owned();
    }
}

/// Whether a list that stands for everything when it is empty holds this.
fn is_among(list: &[String], one: &str) -> bool {
    list.is_empty() || list.iter().any(|other| other == one)
}

/// Whether two such lists have something in common.
fn meet(one: &[String], other: &[String]) -> bool {
    one.is_empty() || other.is_empty() || one.iter().any(|name| other.contains(name))
}

impl<'t> Reader<'t> {
    /// All tables under `bake`. `accounts` are those that the file names.
    pub(super) fn bakes(
        &self,
        value: &Value<'t>,
        accounts: &BTreeMap<String, Account>,
    ) -> Result<Vec<BakeCommand>, PolicyError> {
        let mut bakes: Vec<BakeCommand> = Vec::new();
        for (name, value) in self.table(value, "bake", BAKE)? {
            let bake = self.bake(name, value, accounts)?;
            let rival = bakes.iter().find(|other| {
                other.recipes.iter().any(|recipe| bake.recipes.contains(recipe))
                    && meet(&other.accounts, &bake.accounts)
                    && meet(&other.regions, &bake.regions)
            });
            if let Some(rival) = rival {
                let message = format!(
                    "[bake.{}] and [bake.{}] bake the same recipe in the same place; give each its own `accounts`, \
                     `regions` or `recipes`",
                    rival.name, bake.name
                );
                return Err(self.error(name.span(), message));
            }
            bakes.push(bake);
        }
        Ok(bakes)
    }

    fn bake(
        &self,
        name: &Spanned<DeString<'t>>,
        value: &Value<'t>,
        accounts: &BTreeMap<String, Account>,
    ) -> Result<BakeCommand, PolicyError> {
        let text = name.get_ref().as_ref();
        let is_allowed = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        if text.is_empty() || text.len() > 64 || !text.chars().all(is_allowed) {
            let message = format!(
                "'{}' is no name of a bake command; write 1 to 64 letters, digits, -, _ and .",
                fleet::clean(text)
            );
            return Err(self.error(name.span(), message));
        }
        let place = format!("[bake.{text}]");
        let (mut command, mut image) = (None, None);
        let mut bake = BakeCommand {
            name: text.to_owned(),
            command: Vec::new(),
            directory: String::new(),
            image: BakedImage::Manifest(String::new()),
            timeout_s: DEFAULT_TIMEOUT_S,
            recipes: vec![text.to_owned()],
            accounts: Vec::new(),
            regions: Vec::new(),
        };
        for (key, value) in self.table(value, "bake", BAKE)? {
            match key.get_ref().as_ref() {
                "command" => command = Some(self.command(value)?),
                "directory" => bake.directory = self.directory(value)?,
                "image" => image = Some(self.image(value)?),
                "timeout" => bake.timeout_s = self.timeout(value)?,
                "recipes" => bake.recipes = self.names(value, "recipes", "recipes = [\"web\"]")?,
                "accounts" => bake.accounts = self.account_ids(value, accounts)?,
                "regions" => bake.regions = self.regions(value)?,
                _ => return Err(self.unknown_key(key, &place, &KEYS)),
            }
        }
        let missing = |key: &str, right: &str| {
            self.error(name.span(), format!("{place} has no `{key}`; write {right}, or leave {place} out"))
        };
        bake.command = command.ok_or_else(|| missing("command", COMMAND))?;
        bake.image = image.ok_or_else(|| missing("image", IMAGE))?;
        Ok(bake)
    }

    fn command(&self, value: &Value<'t>) -> Result<Vec<String>, PolicyError> {
        let mut command = Vec::new();
        for item in self.array(value, "command", COMMAND)? {
            command.push(self.plain(item, "command", COMMAND)?.to_owned());
        }
        let Some(program) = command.first().filter(|program| !program.is_empty()) else {
            let message = format!("the command names no program; write {COMMAND}");
            return Err(self.error(value.span(), message));
        };
        let extension = program.rsplit_once('.').map_or("", |(_, extension)| extension);
        if ["bat", "cmd"].iter().any(|batch| extension.eq_ignore_ascii_case(batch)) {
            let message = format!("'{program}' would be run by a shell, cmd.exe; name the program that it starts");
            return Err(self.error(value.span(), message));
        }
        Ok(command)
    }

    /// A text that is shown as exactly what it is.
    fn plain<'v>(&self, value: &'v Value<'t>, key: &str, right: &str) -> Result<&'v str, PolicyError> {
        let text = self.text(value, key, right)?;
        if fleet::clean(text) == text {
            return Ok(text);
        }
        let message = format!(
            "`{key}` holds characters that can't be shown, such as line breaks, or is longer than 4096 bytes; put that \
             into a file, and name the file"
        );
        Err(self.error(value.span(), message))
    }

    fn directory(&self, value: &Value<'t>) -> Result<String, PolicyError> {
        let text = self.plain(value, "directory", "directory = \"/home/ada/images\"")?;
        if text.starts_with('~') {
            let message = format!("'{text}' begins with ~, which only a shell knows; write the whole path");
            return Err(self.error(value.span(), message));
        }
        Ok(text.to_owned())
    }

    fn image(&self, value: &Value<'t>) -> Result<BakedImage, PolicyError> {
        let mut found = Vec::new();
        for (key, value) in self.table(value, "image", IMAGE)? {
            match key.get_ref().as_ref() {
                "manifest" => {
                    let path = self.plain(value, "manifest", "manifest = \"packer-manifest.json\"")?;
                    if path.is_empty() {
                        let message = "the manifest has no name; write manifest = \"packer-manifest.json\"";
                        return Err(self.error(value.span(), message));
                    }
                    found.push(BakedImage::Manifest(path.to_owned()));
                }
                "tag" => found.push(self.tag(value)?),
                _ => return Err(self.unknown_key(key, "`image`", &["manifest", "tag"])),
            }
        }
        match <[BakedImage; 1]>::try_from(found) {
            Ok([image]) => Ok(image),
            Err(found) => {
                let found = if found.is_empty() { "neither a manifest nor a tag" } else { "a manifest and a tag" };
                Err(self.error(value.span(), format!("`image` names {found}; write one of them: {IMAGE}")))
            }
        }
    }

    fn tag(&self, value: &Value<'t>) -> Result<BakedImage, PolicyError> {
        let right = "tag = \"KEY=VALUE\"";
        let text = self.plain(value, "tag", right)?;
        let fits = |key: &str, value: &str| {
            let (longest_key, longest_value) = LONGEST_TAG;
            (1..=longest_key).contains(&key.chars().count()) && value.chars().count() <= longest_value
        };
        match text.split_once('=').filter(|(key, value)| fits(key, value)) {
            Some((key, value)) => Ok(BakedImage::Tag { key: key.to_owned(), value: value.to_owned() }),
            None => {
                let message = format!("'{text}' is no tag that an image could have; write {right}");
                Err(self.error(value.span(), message))
            }
        }
    }

    fn timeout(&self, value: &Value<'t>) -> Result<u32, PolicyError> {
        let text = self.text(value, "timeout", "timeout = \"2h\"")?;
        let timeout_s = parse_duration(text).map_err(|error| self.error(value.span(), error.to_string()))?;
        if (1..=LONGEST_TIMEOUT_S).contains(&timeout_s) {
            return Ok(timeout_s);
        }
        let (least, most) = (WrittenDuration(1), WrittenDuration(LONGEST_TIMEOUT_S));
        let message = format!("a bake can't take '{text}'; write {least} to {most}, such as 2h");
        Err(self.error(value.span(), message))
    }

    fn names(&self, value: &Value<'t>, key: &str, right: &str) -> Result<Vec<String>, PolicyError> {
        let mut names = Vec::new();
        for item in self.array(value, key, right)? {
            let name = self.plain(item, key, right)?;
            if name.trim().is_empty() {
                return Err(self.error(item.span(), format!("`{key}` holds an empty name; write {right}")));
            }
            // What Packer baked goes by its name or file, with or without the word before it.
            names.push(name.strip_prefix("packer:").unwrap_or(name).to_owned());
        }
        if names.is_empty() {
            return Err(self.error(value.span(), format!("`{key}` is empty; write {right}, or leave it out")));
        }
        Ok(names)
    }

    fn account_ids(&self, value: &Value<'t>, accounts: &BTreeMap<String, Account>) -> Result<Vec<String>, PolicyError> {
        let right = "accounts = [\"210987654321\"], or by its name under [accounts]";
        let mut ids = Vec::new();
        for item in self.array(value, "accounts", right)? {
            let text = self.plain(item, "accounts", right)?;
            let is_id = text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit());
            let named = accounts.iter().filter(|(_, account)| account.name.as_deref() == Some(text));
            let named: Vec<&String> = named.map(|(id, _)| id).collect();
            match named[..] {
                _ if is_id => ids.push(text.to_owned()),
                [id] => ids.push(id.clone()),
                _ => {
                    let known = accounts.values().filter_map(|account| account.name.as_deref());
                    let hint = match fleet::query::nearest(text, known) {
                        _ if !named.is_empty() => "several are; write its 12 digits".to_owned(),
                        Some(meant) => format!("did you mean `{meant}`?"),
                        None => "write its 12 digits, or name it under [accounts]".to_owned(),
                    };
                    return Err(self.error(item.span(), format!("no account is called '{text}'; {hint}")));
                }
            }
        }
        if ids.is_empty() {
            let message = format!("`accounts` is empty, so that it bakes nowhere; write {right}, or leave it out");
            return Err(self.error(value.span(), message));
        }
        Ok(ids)
    }

    fn regions(&self, value: &Value<'t>) -> Result<Vec<String>, PolicyError> {
        let right = "regions = [\"eu-west-1\"]";
        let mut regions = Vec::new();
        for item in self.array(value, "regions", right)? {
            let text = self.text(item, "regions", right)?;
            let is_allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
            if text.len() < 3 || !text.bytes().all(is_allowed) {
                let message = format!("'{}' is no region; write {right}", fleet::clean(text));
                return Err(self.error(item.span(), message));
            }
            regions.push(text.to_owned());
        }
        if regions.is_empty() {
            let message = format!("`regions` is empty, so that it bakes nowhere; write {right}, or leave it out");
            return Err(self.error(value.span(), message));
        }
        Ok(regions)
    }
}
