//! The profiles of the shared configuration files, and how each signs in.

use aws_config::profile::{ProfileSet, load};
use aws_runtime::env_config::file::EnvConfigFiles;
use aws_types::os_shim_internal::{Env, Fs};
use futures::FutureExt as _;

use crate::access::AccessError;

/// How a profile gets its credentials.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum ProfileKind {
    /// IAM Identity Center: `aws sso login`.
    Sso,
    /// A console session: `aws login`.
    Login,
    /// It assumes a role with another profile's credentials.
    AssumeRole,
    /// It assumes a role with a web identity token.
    WebIdentity,
    /// A program gives them (`credential_process`).
    Process,
    /// Keys in the file.
    Static,
    /// The environment, the container or the machine gives them (`credential_source`).
    Source,
    /// It asks for an MFA code, which Emberline can't.
    Mfa,
    /// It says nothing of credentials.
    Incomplete,
}

impl ProfileKind {
    /// A short word for lists.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sso => "sso",
            Self::Login => "login",
            Self::AssumeRole => "assume-role",
            Self::WebIdentity => "web-identity",
            Self::Process => "process",
            Self::Static => "static",
            Self::Source => "source",
            Self::Mfa => "mfa",
            Self::Incomplete => "incomplete",
        }
    }
}

/// A profile as the shared configuration files describe it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ProfileInfo {
    /// Its name.
    pub name: String,
    /// Its region, where it sets one.
    pub region: Option<String>,
    /// How it gets its credentials.
    pub kind: ProfileKind,
    /// The account it says it is for (`sso_account_id`, or that of `role_arn`); not asked of AWS.
    pub account: Option<String>,
    /// The command that signs in again, where a command does.
    pub sign_in_command: Option<String>,
}

/// The profiles of the shared configuration files (`~/.aws/config`, `~/.aws/credentials`, or where `AWS_CONFIG_FILE` and
/// `AWS_SHARED_CREDENTIALS_FILE` point), by name. No network.
///
/// # Errors
/// Where a file can't be read or parsed. Without any file there are no profiles, which is no error.
pub fn profiles() -> Result<Vec<ProfileInfo>, AccessError> {
    let shared = Shared::load(&Env::real(), &EnvConfigFiles::default())?;
    Ok(shared.infos())
}

/// The parsed configuration files.
pub(crate) struct Shared {
    set: ProfileSet,
}

impl Shared {
    pub(crate) fn load(env: &Env, files: &EnvConfigFiles) -> Result<Self, AccessError> {
        // Asynchronous in its signature only: it reads with std::fs and is ready at once.
        let loaded = load(&Fs::real(), env, files, None).now_or_never();
        match loaded {
            Some(Ok(set)) => Ok(Self { set }),
            Some(Err(error)) => Err(AccessError::ConfigFile { reason: chain(&error) }),
            None => Err(AccessError::ConfigFile { reason: "reading it did not finish".to_owned() }),
        }
    }

    pub(crate) fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = self.set.profiles().map(str::to_owned).collect();
        names.sort();
        names
    }

    pub(crate) fn has(&self, profile: &str) -> bool {
        self.set.get_profile(profile).is_some()
    }

    /// A setting of a profile, where it is set to something.
    pub(crate) fn get(&self, profile: &str, key: &str) -> Option<&str> {
        self.set.get_profile(profile)?.get(key).map(str::trim).filter(|value| !value.is_empty())
    }

    pub(crate) fn set(&self) -> &ProfileSet {
        &self.set
    }

    pub(crate) fn infos(&self) -> Vec<ProfileInfo> {
        self.names().iter().map(|name| self.info(name)).collect()
    }

    pub(crate) fn info(&self, name: &str) -> ProfileInfo {
        let account = self
            .get(name, "sso_account_id")
            .or_else(|| self.get(name, "role_arn").and_then(|arn| arn.split(':').nth(4)))
            .or_else(|| self.get(name, "aws_account_id"))
            .or_else(|| self.get(name, "login_session").and_then(|arn| arn.split(':').nth(4)));
        ProfileInfo {
            name: name.to_owned(),
            region: self.get(name, "region").map(str::to_owned),
            kind: self.kind(name),
            account: account.map(str::to_owned),
            sign_in_command: self.sign_in_command(name),
        }
    }

    /// The profiles that `name` gets its credentials through, itself first: one more for each `source_profile`.
    fn chain_of<'a>(&'a self, name: &'a str) -> Vec<&'a str> {
        let mut chain = vec![name];
        while let Some(&last) = chain.last() {
            match self.get(last, "source_profile").filter(|_| self.get(last, "role_arn").is_some()) {
                Some(source) if !chain.contains(&source) => chain.push(source),
                _ => break,
            }
        }
        chain
    }

    fn kind(&self, name: &str) -> ProfileKind {
        let has = |key| self.get(name, key).is_some();
        if self.mfa_serial(name).is_some() {
            ProfileKind::Mfa
        } else if has("web_identity_token_file") {
            ProfileKind::WebIdentity
        } else if has("role_arn") {
            ProfileKind::AssumeRole
        } else if has("credential_source") {
            ProfileKind::Source
        } else if has("sso_session") || has("sso_start_url") {
            ProfileKind::Sso
        } else if has("login_session") {
            ProfileKind::Login
        } else if has("credential_process") {
            ProfileKind::Process
        } else if has("aws_access_key_id") {
            ProfileKind::Static
        } else {
            ProfileKind::Incomplete
        }
    }

    /// The device that a role of the profile's chain asks for. Only a profile that assumes a role uses `mfa_serial`.
    pub(crate) fn mfa_serial(&self, name: &str) -> Option<&str> {
        self.chain_of(name)
            .into_iter()
            .filter(|link| self.get(link, "role_arn").is_some())
            .find_map(|link| self.get(link, "mfa_serial"))
    }

    /// The command that renews the sign-in that the profile's chain starts from.
    pub(crate) fn sign_in_command(&self, name: &str) -> Option<String> {
        let base = *self.chain_of(name).last()?;
        if self.get(base, "sso_session").is_some() || self.get(base, "sso_start_url").is_some() {
            Some(format!("aws sso login --profile {}", shell_word(base)))
        } else if self.get(base, "login_session").is_some() {
            Some(format!("aws login --profile {}", shell_word(base)))
        } else {
            None
        }
    }
}

/// `word` as one word of a POSIX shell.
pub(crate) fn shell_word(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./@:+=".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

/// An error with what led to it, in one line. A cause that repeats what was said is left out.
pub(crate) fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let said = error.to_string();
        if !said.is_empty() && !text.contains(&said) {
            text.push_str(": ");
            text.push_str(&said);
        }
        cause = error.source();
    }
    fleet::clean(&text).into_owned()
}

#[cfg(test)]
pub(crate) mod tests {
    #![expect(clippy::unwrap_used, reason = "a test")]

    use aws_runtime::env_config::file::EnvConfigFileKind;

    use super::*;

    pub(crate) fn files(config: &str) -> EnvConfigFiles {
        EnvConfigFiles::builder().with_contents(EnvConfigFileKind::Config, config).build()
    }

    fn shared(config: &str) -> Shared {
        Shared::load(&Env::from_slice(&[]), &files(config)).unwrap()
    }

    const CONFIG: &str = "
[default]
region = eu-west-1
aws_access_key_id = AKIAEXAMPLE
aws_secret_access_key = secret
[profile prod]
sso_session = corp
sso_account_id = 111122223333
sso_role_name = ReadOnly
region = eu-central-1
[profile audit]
role_arn = arn:aws:iam::444455556666:role/Audit
source_profile = prod
[profile guarded]
role_arn = arn:aws:iam::444455556666:role/Admin
source_profile = default
mfa_serial = arn:aws:iam::111122223333:mfa/ada
[profile above-guarded]
role_arn = arn:aws:iam::777788889999:role/Deep
source_profile = guarded
[profile keys-with-device]
aws_access_key_id = AKIAEXAMPLE
aws_secret_access_key = secret
mfa_serial = arn:aws:iam::111122223333:mfa/ada
[profile console]
login_session = arn:aws:iam::123412341234:user/ada
[profile tool]
credential_process = /bin/tool
[profile empty]
region = us-east-1
[profile loop]
role_arn = arn:aws:iam::444455556666:role/Loop
source_profile = loop
[sso-session corp]
sso_region = us-east-1
sso_start_url = https://corp.example/start
";

    #[test]
    fn every_profile_tells_how_it_signs_in() {
        let shared = shared(CONFIG);
        let told: Vec<_> = shared
            .infos()
            .into_iter()
            .map(|info| (info.name, info.kind.as_str(), info.region, info.account, info.sign_in_command))
            .collect();
        let some = |text: &str| Some(text.to_owned());
        let row = |name: &str, kind, region: Option<String>, account, command| {
            (name.to_owned(), kind, region, account, command)
        };
        assert_eq!(
            told,
            [
                row("above-guarded", "mfa", None, some("777788889999"), None),
                row("audit", "assume-role", None, some("444455556666"), some("aws sso login --profile prod")),
                row("console", "login", None, some("123412341234"), some("aws login --profile console")),
                row("default", "static", some("eu-west-1"), None, None),
                row("empty", "incomplete", some("us-east-1"), None, None),
                row("guarded", "mfa", None, some("444455556666"), None),
                row("keys-with-device", "static", None, None, None),
                row("loop", "assume-role", None, some("444455556666"), None),
                row("prod", "sso", some("eu-central-1"), some("111122223333"), some("aws sso login --profile prod")),
                row("tool", "process", None, None, None),
            ]
        );
    }

    #[test]
    fn a_file_that_is_no_configuration_is_an_error_that_says_where() {
        let error = Shared::load(&Env::from_slice(&[]), &files("[profile x\nregion = y")).err().unwrap();
        assert!(error.to_string().contains("line 1"), "{error}");
    }

    #[test]
    fn a_command_can_be_pasted_whatever_the_name() {
        assert_eq!(shell_word("prod-eu"), "prod-eu");
        assert_eq!(shell_word("my prod; rm -rf ~"), "'my prod; rm -rf ~'");
        assert_eq!(shell_word("it's"), r"'it'\''s'");
    }
}
