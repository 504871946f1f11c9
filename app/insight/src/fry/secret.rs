//! Secrets in user data: where they stand, and texts without them. Whoever may describe an instance or reach its
//! metadata reads its user data.

use std::sync::LazyLock;

use regex::Regex;

use super::commands::{positionals, value_of};
use super::decode::Decoded;
use super::facts::{Act, Facts, Place, Word, excerpt};

/// A secret that was found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Found {
    pub place: Place,
    /// The secret itself, to be masked wherever it stands. It leaves this room with nothing.
    value: String,
}

impl Found {
    /// Whether a text has it as it is.
    pub(super) fn stands_in(&self, text: &str) -> bool {
        text.contains(&self.value)
    }
}

/// What stands in a secret's place.
pub(super) const MASK: &str = "********";

/// Texts that are secrets wherever they stand, a comment included: keys and tokens by the marks that their makers gave
/// them, so that scanners find them.
static MARKED: LazyLock<Regex> = LazyLock::new(|| {
    let patterns = [
        r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b",
        r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----",
        r"\bgh[pousr]_[A-Za-z0-9]{20,}",
        r"\bgithub_pat_[A-Za-z0-9_]{20,}",
        r"\bglpat-[A-Za-z0-9_-]{16,}",
        r"\bglrt-[A-Za-z0-9_-]{16,}",
        r"\bxox[abeoprs]-[A-Za-z0-9-]{10,}",
        r"\bxapp-[A-Za-z0-9-]{10,}",
        r"\b(?:sk|rk)_live_[A-Za-z0-9]{10,}",
        r"\bsk-(?:ant-|proj-)?[A-Za-z0-9_-]{24,}",
        r"\bAIza[A-Za-z0-9_-]{30,}",
        r"\bnpm_[A-Za-z0-9]{30,}",
        r"\bpypi-[A-Za-z0-9_-]{30,}",
        r"\bdckr_pat_[A-Za-z0-9_-]{20,}",
        r"\bhv[sb]\.[A-Za-z0-9_-]{20,}",
        r"\btskey-[A-Za-z0-9-]{10,}",
        r"\bdop_v1_[a-f0-9]{32,}",
        r"\bSG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}",
        r"\bAGE-SECRET-KEY-1[A-Z0-9]{20,}",
        r"\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}",
        r"hooks\.slack\.com/services/T[A-Za-z0-9]+/B[A-Za-z0-9]+/[A-Za-z0-9]+",
        // A password as crypt(3) hashes it: to be tried out by whoever reads it.
        r"\$(?:1|5|6|7|y|2[abxy])\$[./A-Za-z0-9$=,]{20,}",
    ];
    Regex::new(&patterns.join("|")).expect("the patterns are compiled in, and a test reads them")
});

/// Where a private key begins and ends, its lines in between or all of it on one line.
static KEY_BEGINS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----|PuTTY-User-Key-File-\d")
        .expect("a pattern that a test reads")
});
static KEY_ENDS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"-----END (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----|Private-MAC:")
        .expect("a pattern that a test reads")
});

/// Whether a private key that begins on this line goes on below it; `None` where none begins.
pub(super) fn begins_key(line: &str) -> Option<bool> {
    let last = KEY_BEGINS.find_iter(line).last()?;
    Some(!KEY_ENDS.is_match(&line[last.end()..]))
}

/// Whether a private key ends on this line.
pub(super) fn ends_key(line: &str) -> bool {
    KEY_ENDS.is_match(line)
}

/// A line of which nothing but its indentation may be shown.
pub(super) fn masked_whole(line: &str) -> String {
    let indentation = line.chars().take_while(|c| *c == ' ').take(40).count();
    format!("{}{MASK}", " ".repeat(indentation))
}

/// A line without the private keys that begin on it: each from where it begins to where it or the line ends.
fn without_keys(line: &str) -> String {
    let mut shown = String::new();
    let mut rest = line;
    while let Some(begins) = KEY_BEGINS.find(rest) {
        shown.push_str(&rest[..begins.start()]);
        shown.push_str(MASK);
        rest = &rest[begins.end()..];
        rest = KEY_ENDS.find(rest).map_or("", |ends| &rest[ends.end()..]);
    }
    shown + rest
}

/// `scheme://user:password@host`.
static IN_ADDRESS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"[a-zA-Z][a-zA-Z0-9+.-]*://[^\s/:@'\x22]*:([^\s/@'\x22]+)@").expect("a pattern that a test reads")
});

/// `name = value` where the name says that the value is a secret.
static NAMED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"(?i)([\w.-]*(?:passw|passphrase|_pass|pwd|secret|token|api[_-]?key|apikey|license[_-]?key|licence[_-]?key|private[_-]?key|access[_-]?key|auth[_-]?key|account[_-]?key|encryption[_-]?key)[\w.-]*)["']?\s*(?:[:=]|=>)\s*["']?([^\s"',;}]+)"#)
        .expect("a pattern that a test reads")
});

/// Whether a name is one of a secret's own: `db_password` is, `password_file` and `token_ttl` are not.
fn is_secret_name(name: &str) -> bool {
    let name = snake(name.trim_start_matches(['-', '$', '/']));
    if matches!(name.as_str(), "pwd" | "oldpwd" | "ssh_pwauth" | "lock_passwd" | "passwd_file") {
        return false;
    }
    let words = [
        "password",
        "passwd",
        "passphrase",
        "pwd",
        "secret",
        "token",
        "api_key",
        "apikey",
        "license_key",
        "licence_key",
        "licensekey",
        "private_key",
        "privatekey",
        "access_key",
        "accesskey",
        "secret_key",
        "secretkey",
        "auth_key",
        "authkey",
        "account_key",
        "encryption_key",
        "secretaccesskey",
        "bootstrap_token",
        "psk",
    ];
    let is_switch = ["no_", "disable", "without_", "skip_", "ask_", "generate_", "require", "use_", "lock_"];
    let of_something_else = [
        "_file",
        "_path",
        "_arn",
        "_name",
        "_id",
        "_ttl",
        "_url",
        "_uri",
        "_parameter",
        "_param",
        "_dir",
        "_ttl_seconds",
        "_endpoint",
        "_expiry",
        "_expires",
        "_length",
        "_version",
        "_backend",
        "_store",
        "_type",
        "_policy",
        "_region",
        "_prefix",
        "_key_ref",
        "_seconds",
        "_header",
        "_enabled",
        "_auth",
        "_authentication",
        "_hash_type",
        "_timeout",
        "_days",
        "_age",
        "_min",
        "_max",
        "_location",
        "_provider",
        "_manager",
        "_ref",
        "_algorithm",
        "_stdin",
    ];
    let is_short =
        name == "pass" || name.ends_with("_pass") || ["dbpass", "rootpass", "userpass"].contains(&name.as_str());
    (is_short || words.iter().any(|word| name.contains(word)))
        && !of_something_else.iter().any(|end| name.ends_with(end))
        && !is_switch.iter().any(|start| name.starts_with(start))
}

/// `SecretId` and `secret-id` as `secret_id`.
fn snake(name: &str) -> String {
    let mut out = String::with_capacity(name.len() + 4);
    let mut after_small = false;
    for c in name.chars() {
        if c.is_ascii_uppercase() && after_small {
            out.push('_');
        }
        after_small = c.is_ascii_lowercase() || c.is_ascii_digit();
        out.push(if matches!(c, '-' | '.') { '_' } else { c.to_ascii_lowercase() });
    }
    out
}

/// Whether a value could be the secret itself, and not where it is kept or what will stand there.
fn is_secret_value(text: &str) -> bool {
    let text = text.trim().trim_matches(['"', '\'']);
    let lower = text.to_ascii_lowercase();
    let is_nothing = text.len() < 4
        || ["true", "false", "null", "none", "yes", "enabled", "disabled", "required", "prompt", "optional"]
            .contains(&lower.as_str());
    let is_elsewhere = [
        "/",
        "arn:",
        "ssm:",
        "vault:",
        "secretsmanager:",
        "file:",
        "http://",
        "https://",
        "s3://",
        "@",
        "~",
        "./",
        "c:\\",
        "data.",
        "var.",
    ]
    .iter()
    .any(|start| lower.starts_with(start))
        || lower.contains("resolve:")
        || lower.contains("secretsmanager");
    let is_blank = text.contains(['$', '<', '>', '{', '}', '`', '(']) || text.contains('%');
    let is_masked = text.chars().all(|c| "*xX.-_#".contains(c));
    !is_nothing && !is_elsewhere && !is_blank && !is_masked
}

/// All secrets of a text, in the order of their lines.
pub(super) fn find(decoded: &Decoded, facts: &Facts) -> Vec<Found> {
    let mut found: Vec<Found> = Vec::new();
    let mut add = |place: &Place, value: &str| {
        let value = value.trim().trim_matches(['"', '\'']);
        let known = found.iter().any(|other| other.place.line == place.line && other.value == value);
        if !known && !value.is_empty() {
            found.push(Found { place: place.clone(), value: value.to_owned() });
        }
    };
    for (row, line) in decoded.text.lines().enumerate() {
        marked(&Place { line: row as u32 + 1, excerpt: excerpt(line) }, line, &mut add);
    }
    for setting in &facts.settings {
        let is_secret = is_secret_name(&setting.name) && setting.value.known && is_secret_value(&setting.value.text);
        if is_secret {
            add(&setting.place, &setting.value.text);
        }
        marked(&setting.place, &setting.value.text, &mut add);
    }
    for act in &facts.acts {
        in_act(act, &mut |value| add(&act.place, value));
    }
    let fed = facts.acts.iter().filter_map(|act| act.fed.as_ref());
    for fed in facts.files.iter().map(|made| &made.text).chain(fed) {
        for (row, line) in fed.text.lines().enumerate() {
            let place = fed.origin.place(&fed.text, row);
            marked(&place, line, &mut add);
            if line.trim_start().starts_with(['#', ';']) {
                continue;
            }
            for named in NAMED.captures_iter(line).filter(|named| is_setting(line, named)) {
                if is_secret_name(&named[1]) && is_secret_value(&named[2]) && !is_code(&fed.text) {
                    add(&place, &named[2]);
                }
            }
        }
    }
    found.sort_by_key(|found| found.place.line);
    found
}

/// `password: x` is a setting where it is all that the line says, or one of several in braces; in a sentence it is not.
fn is_setting(line: &str, named: &regex::Captures<'_>) -> bool {
    let (Some(name), Some(value)) = (named.get(1), named.get(2)) else { return false };
    if !line[name.end()..value.start()].contains(':') {
        return true;
    }
    let before = line[..name.start()].trim_end_matches(['"', '\'', ' ', '\t', '-']);
    let after = line[value.end()..].trim_start_matches(['"', '\'']).trim_start();
    (before.is_empty() || before.ends_with(['{', ','])) && (after.is_empty() || after.starts_with([',', '}', '#', ']']))
}

/// A script says `token=$(…)` and `echo "token: none"`; it is read as a script where it runs.
fn is_code(text: &str) -> bool {
    text.trim_start().starts_with("#!")
}

fn marked(place: &Place, line: &str, add: &mut dyn FnMut(&Place, &str)) {
    for found in MARKED.find_iter(line) {
        add(place, found.as_str());
    }
    for found in IN_ADDRESS.captures_iter(line).filter_map(|found| found.get(1)) {
        if is_secret_value(found.as_str()) {
            add(place, found.as_str());
        }
    }
}

/// Secrets among the words of a command.
fn in_act(act: &Act, add: &mut dyn FnMut(&str)) {
    let mut words = act.args.iter().peekable();
    while let Some(word) = words.next() {
        let text = word.text.as_str();
        let mut given = |name: &str, value: &Word| {
            if is_secret_name(name) && value.known && is_secret_value(&value.text) {
                add(&value.text);
            }
        };
        let part = |value: &str| Word { text: value.to_owned(), ..word.clone() };
        match text.split_once('=') {
            // `--from-literal=password=x` names it in its second half.
            Some((_, value)) if value.contains('=') && text.starts_with("--") => {
                if let Some((name, value)) = value.split_once('=') {
                    given(name, &part(value));
                }
            }
            Some((name, value)) if !name.contains(char::is_whitespace) => given(name, &part(value)),
            _ if word.is_option() => {
                if let Some(next) = words.peek().filter(|next| !next.is_option()) {
                    given(text, next);
                }
            }
            _ => {}
        }
        if let Some(bearer) =
            text.split_once("Bearer ").or_else(|| text.split_once("Authorization: ")).map(|(_, rest)| rest)
            && word.known
        {
            let value = bearer.split_whitespace().last().unwrap_or_default();
            if is_secret_value(value) {
                add(value);
            }
        }
    }
    for word in by_program(act).into_iter().filter(|word| word.known) {
        if is_secret_value(&word.text) {
            add(&word.text);
        }
    }
    // `package question password value`, as debconf takes answers.
    if act.name == "debconf-set-selections"
        && let Some(fed) = &act.fed
    {
        for line in fed.text.lines() {
            let words: Vec<&str> = line.split_whitespace().collect();
            if let [.., "password", value] = words.as_slice()
                && is_secret_value(value)
            {
                add(value);
            }
        }
    }
    if act.name == "chpasswd"
        && let Some(fed) = &act.fed
    {
        for line in fed.text.lines() {
            if let Some((_, password)) = line.split_once(':').filter(|(_, password)| is_secret_value(password)) {
                add(password);
            }
        }
    }
}

/// Secrets that only their program knows to be some.
fn by_program(act: &Act) -> Vec<Word> {
    let glued = |options: &[&str]| -> Vec<Word> {
        let separate = value_of(act, options).cloned();
        let glued = act.args.iter().find_map(|word| {
            let rest =
                options.iter().find_map(|option| word.text.strip_prefix(option)).filter(|rest| !rest.is_empty())?;
            Some(Word { text: rest.to_owned(), ..word.clone() })
        });
        separate.into_iter().chain(glued).collect()
    };
    match act.name.as_str() {
        // `-p` alone asks for it; the word after it is the database.
        "mysql" | "mysqladmin" | "mysqldump" | "mariadb" | "sshpass" => {
            let stuck = act.args.iter().find_map(|word| {
                let rest = word.text.strip_prefix("-p").filter(|rest| !rest.is_empty())?;
                Some(Word { text: rest.to_owned(), ..word.clone() })
            });
            let apart = if act.name == "sshpass" { value_of(act, &["-p"]).cloned() } else { None };
            stuck.into_iter().chain(apart).collect()
        }
        "docker" | "podman" | "nerdctl" | "helm" if act.args.iter().any(|word| word.text == "login") => glued(&["-p"]),
        "redis-cli" => glued(&["-a"]),
        "usermod" | "useradd" => glued(&["-p"]),
        "curl" | "wget" => value_of(act, &["-u", "--user"])
            .and_then(|word| {
                word.text.split_once(':').map(|(_, value)| Word { text: value.to_owned(), ..word.clone() })
            })
            .into_iter()
            .collect(),
        "convertto-securestring" => {
            let plain = act.args.iter().any(|word| word.text.eq_ignore_ascii_case("-AsPlainText"));
            let given = value_of(act, &["-String"]).or_else(|| positionals(act).first().copied()).cloned();
            given.into_iter().filter(|_| plain).collect()
        }
        "net" => {
            match positionals(act).iter().map(|word| word.text.to_ascii_lowercase()).collect::<Vec<_>>().as_slice() {
                [verb, _, _, ..] if verb == "user" => {
                    positionals(act).get(2).map(|word| (*word).clone()).into_iter().collect()
                }
                _ => Vec::new(),
            }
        }
        _ => Vec::new(),
    }
}

/// A line as it may be shown: without the secrets that were found in the text, and without what looks like one.
pub(super) fn masked(line: &str, found: &[Found]) -> String {
    let mut line = without_keys(line);
    for secret in found.iter().filter(|secret| secret.value.len() >= 4) {
        for part in secret.value.lines().filter(|part| part.trim().len() >= 4) {
            line = line.replace(part.trim(), MASK);
        }
    }
    let line = MARKED.replace_all(&line, MASK);
    let line = IN_ADDRESS.replace_all(&line, |found: &regex::Captures<'_>| {
        found[0].replace(&format!(":{}@", &found[1]), &format!(":{MASK}@"))
    });
    let line = NAMED.replace_all(&line, |found: &regex::Captures<'_>| {
        let shown = !is_secret_name(&found[1]) || !is_secret_value(&found[2]);
        if shown { found[0].to_owned() } else { found[0].replace(&found[2], MASK) }
    });
    line.into_owned()
}
