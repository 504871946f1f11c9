//! Whether a version is pinned, as each package manager and registry writes it. What is not known is not called
//! unpinned.

use super::commands::{positionals, value_of};
use super::facts::{Act, Word};

/// How a program writes versions.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Style {
    /// `name=1.2`
    Equals,
    /// `name-1.2-3.el9`, or `name=1.2`
    Rpm,
    /// `name==1.2`
    Pip,
    /// `name@1.2`
    At,
    /// an option gives it
    Option,
}

/// Options that give a version.
const VERSION_OPTIONS: &[&str] =
    &["--version", "-v", "--vers", "-RequiredVersion", "-Version", "--revision", "--tag", "--rev", "-MaximumVersion"];

/// Words for what changes under their name.
const FLOATING_TAGS: &[&str] = &[
    "latest",
    "stable",
    "main",
    "master",
    "edge",
    "nightly",
    "dev",
    "develop",
    "lts",
    "alpine",
    "slim",
    "current",
    "prod",
    "production",
    "release",
    "head",
    "beta",
    "canary",
    "staging",
    "mainline",
    "next",
    "rolling",
    "trunk",
    "unstable",
];

/// Whether a package is named whose version is left open. `verbs` are the words before the packages.
pub(super) fn leaves_open(act: &Act, verbs: usize, style: Style) -> bool {
    let is_version = |word: &Word| {
        VERSION_OPTIONS
            .iter()
            .any(|option| word.text.eq_ignore_ascii_case(option) || starts_with_option(&word.text, option))
    };
    let gives_version = act.args.iter().any(is_version);
    let words = positionals(act);
    let packages = words.get(verbs..).unwrap_or_default();
    let channel = value_of(act, &["--channel"])
        .map(|word| word.text.as_str())
        .or_else(|| act.args.iter().find_map(|word| word.text.strip_prefix("--channel=")));
    if style == Style::Option {
        let is_named = value_of(act, &["--id", "-Name"]).is_some() || !packages.is_empty();
        let has_track = channel.is_some_and(|channel| channel.contains(|c: char| c.is_ascii_digit()));
        return is_named
            && !gives_version
            && !has_track
            && !packages
                .iter()
                .any(|word| word.text.contains([':', '@', '/']) && word.text.contains(|c: char| c.is_ascii_digit()));
    }
    if style == Style::At && gives_version {
        return false;
    }
    packages.iter().any(|word| is_open(word, style))
}

fn starts_with_option(text: &str, option: &str) -> bool {
    text.strip_prefix(option).is_some_and(|rest| rest.starts_with('='))
}

fn is_open(word: &Word, style: Style) -> bool {
    let text = word.text.as_str();
    let is_file = text.contains('/') && style != Style::At
        || text.ends_with(".rpm")
        || text.ends_with(".deb")
        || text.ends_with(".whl");
    if text.is_empty() || text == "." || (is_file && !text.starts_with('@')) {
        return text.contains("latest");
    }
    // `nginx-$VERSION` is pinned by somebody, `$PACKAGES` is nobody knows what.
    if text.contains('$') || text.contains("$(") || !word.known {
        return false;
    }
    match style {
        Style::Equals => !text.contains(['=', '~', '<']),
        Style::Rpm => !text.contains('=') && !has_rpm_version(text),
        Style::Pip => !["==", "~=", "@"].iter().any(|sign| text.contains(sign)),
        Style::At => match text.get(1..).and_then(|rest| rest.rsplit_once('@')) {
            Some((_, version)) => !version.contains(|c: char| c.is_ascii_digit()),
            None => !text.ends_with(".tgz") && !text.starts_with("./") && !text.contains("://"),
        },
        Style::Option => false,
    }
}

/// `httpd-2.4.57`, `docker-ce-3:24.0.7`: a dash, a number, and more of it. The 11 of `java-11-openjdk` is a name.
fn has_rpm_version(text: &str) -> bool {
    text.match_indices('-').any(|(at, _)| {
        let rest = &text[at + 1..];
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let after = &rest[digits..];
        digits > 0 && after.starts_with(['.', ':']) && after[1..].starts_with(|c: char| c.is_ascii_digit() || c == '*')
    })
}

/// The image that a container command takes, and what is known of its tag.
pub(super) fn image(act: &Act) -> Option<&Word> {
    let words = match act.name.as_str() {
        "docker" | "podman" | "nerdctl" | "finch" => {
            let verbs = ["run", "create", "pull"];
            let at = act.args.iter().position(|word| !word.is_option() && verbs.contains(&word.text.as_str()))?;
            // Before the verb stand options of the program, or `container`, `image`, `service`.
            let before_is_ours = act.args[..at].iter().all(|word| {
                word.is_option()
                    || ["container", "image", "service"].contains(&word.text.as_str())
                    || word.text.contains('/')
            });
            if !before_is_ours {
                return None;
            }
            &act.args[at + 1..]
        }
        "ctr" | "crictl" => {
            let at = act.args.iter().position(|word| word.text == "pull")?;
            &act.args[at + 1..]
        }
        _ => return None,
    };
    let mut at = 0;
    while let Some(word) = words.get(at) {
        let text = word.text.as_str();
        if !word.is_option() {
            return Some(word);
        }
        at += 1 + usize::from(!is_switch(text) && !text.contains('='));
    }
    None
}

/// Options of `run` and `pull` that take no value; all others do.
fn is_switch(text: &str) -> bool {
    let long = [
        "--detach",
        "--rm",
        "--init",
        "--privileged",
        "--read-only",
        "--publish-all",
        "--interactive",
        "--tty",
        "--quiet",
        "--no-healthcheck",
        "--oom-kill-disable",
        "--disable-content-trust",
        "--all-tags",
        "--all",
        "--plain-http",
        "--replace",
        "--tls-verify",
        "--local",
        "--skip-verify",
    ];
    long.contains(&text) || (!text.starts_with("--") && text[1..].chars().all(|c| "ditPqa".contains(c)))
}

/// Whether an image's tag may stand for another image tomorrow.
pub(super) fn is_floating(image: &str) -> bool {
    if image.contains("@sha256:") {
        return false;
    }
    let name = image.rsplit('/').next().unwrap_or_default();
    match name.split_once(':') {
        Some((_, tag)) => FLOATING_TAGS.contains(&tag.to_ascii_lowercase().as_str()),
        // `$IMAGE` may hold its tag.
        None => !name.is_empty() && !name.contains(['$', '`', '}']),
    }
}
