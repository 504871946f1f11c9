//! Commands that get something from elsewhere: from where, and where it goes. Asking the instance about itself is not
//! getting something from elsewhere.

use super::commands::{positionals, value_of};
use super::facts::{Act, Dialect, Facts, Word};
use super::shell;

/// What is got.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum From {
    Web,
    Git,
    S3,
}

/// One download.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Fetch {
    pub from: From,
    /// As far as it is known.
    pub address: String,
    /// The file or folder it goes to; `None` for standard output.
    pub to: Option<String>,
    /// A whole folder, or what is packed or has no name that is known: not a small file of settings.
    pub is_large: bool,
}

/// Hosts that tell a server its own address.
const IDENTITY_HOSTS: &[&str] =
    &["checkip.amazonaws.com", "ifconfig.me", "ifconfig.co", "ipinfo.io", "icanhazip.com", "api.ipify.org", "ident.me"];

/// The download that each act is, if it is one, in the acts' order.
pub(super) fn fetches(facts: &Facts) -> Vec<Option<Fetch>> {
    let mut read = vec![false; facts.acts.len()];
    for act in &facts.acts {
        let words = act.args.iter().chain([&act.program]).flat_map(|word| &word.fed_by);
        for feeder in act.fed_by.iter().chain(words) {
            if let Some(read) = read.get_mut(*feeder) {
                *read = true;
            }
        }
    }
    facts.acts.iter().zip(read).map(|(act, read)| fetch(act, read)).collect()
}

fn fetch(act: &Act, is_read: bool) -> Option<Fetch> {
    let found = match act.name.as_str() {
        "curl" | "wget" | "iwr" | "invoke-webrequest" | "irm" | "invoke-restmethod" => {
            if act.dialect == Dialect::PowerShell { web_request(act) } else { curl_or_wget(act) }
        }
        "aria2c" | "axel" | "wcurl" | "http" | "https" | "lynx" | "fetch" => {
            let address = positionals(act).into_iter().find(|word| is_address(word))?;
            web(
                address,
                value_of(act, &["-o", "--out", "--output"])
                    .map(|w| w.text.clone())
                    .or_else(|| last_segment(&address.text)),
            )
        }
        "scp" | "rsync" | "sftp" => {
            let words = positionals(act);
            let (to, from) = words.split_last()?;
            let remote = from.iter().find(|word| word.text.contains(':') && !word.text.starts_with('/'))?;
            web(remote, Some(to.text.clone()))
        }
        "git" | "hg" | "svn" => git(act),
        "aws" => aws(act),
        "s5cmd" | "s3cmd" | "gsutil" | "rclone" | "azcopy" | "mc" => {
            let words = positionals(act);
            let at = words.iter().position(|word| word.text.contains("://"))?;
            let to = words.get(at + 1)?;
            (!to.text.contains("://")).then(|| s3(&words[at].text, &to.text, true))
        }
        "read-s3object" | "copy-s3object" => {
            let to = value_of(act, &["-File", "-LocalFile", "-Folder", "-LocalFolder"])?;
            let key = value_of(act, &["-Key", "-KeyPrefix"]).map_or("", |word| &word.text);
            let folder = value_of(act, &["-Folder", "-LocalFolder"]).is_some();
            Some(s3(key, &to.text, folder))
        }
        ".downloadfile" | ".downloadfileasync" | ".downloadfiletaskasync" => {
            web(act.args.first()?, act.args.get(1).map(|word| word.text.clone()))
        }
        ".downloadstring" | ".downloaddata" | ".openread" | ".getstringasync" => web(act.args.first()?, None),
        "start-bitstransfer" => {
            let words = positionals(act);
            let from = value_of(act, &["-Source"]).or_else(|| words.first().copied())?;
            let to = value_of(act, &["-Destination"]).or_else(|| words.get(1).copied());
            web(from, to.map(|word| word.text.clone()))
        }
        "certutil" if act.args.iter().any(|word| word.text.to_ascii_lowercase().ends_with("urlcache")) => {
            let at = act.args.iter().position(is_address)?;
            web(&act.args[at], act.args.get(at + 1).map(|word| word.text.clone()))
        }
        "bitsadmin" => {
            let at = act.args.iter().position(is_address)?;
            web(&act.args[at], act.args.get(at + 1).map(|word| word.text.clone()))
        }
        "urllib.request.urlretrieve" | "urlretrieve" | "wget.download" => web(
            act.args.first()?,
            act.args.get(1).map(|word| word.text.clone()).or_else(|| last_segment(&act.args[0].text)),
        ),
        "requests.get" | "urllib.request.urlopen" | "urlopen" | "urllib2.urlopen" | "httpx.get" => {
            web(act.args.first()?, Some(String::new()))
        }
        // `php -r "copy('https://…', …)"`: what the code does with an address is to get it.
        "php" | "perl" | "ruby" | "node" => {
            let code = act.args.iter().find(|word| word.text.contains("https://") || word.text.contains("http://"))?;
            let address = &code.text[code.text.find("http")?..];
            let end = address.find(['\'', '"', ' ', ')', ';']).unwrap_or(address.len());
            web(&Word::known(&address[..end]), Some(String::new()))
        }
        name if name.ends_with(".download_file") || name.ends_with(".download_fileobj") => {
            Some(s3(&act.args.get(1)?.text, act.args.get(2).map_or("", |word| &word.text), false))
        }
        _ => None,
    }?;
    if found.from == From::Web && found.to.is_none() && !is_worth(&found.address, act, is_read) {
        return None;
    }
    Some(found)
}

/// What goes to standard output is a download if something reads it, and asking is none unless a public host is asked.
fn is_worth(address: &str, act: &Act, is_read: bool) -> bool {
    let host = host(address);
    let is_named = host.contains('.') && !host.contains(['$', '{', '(']);
    let is_private = [".internal", ".local", ".consul", ".lan", ".corp"].iter().any(|end| host.ends_with(end))
        || host.parse::<std::net::Ipv4Addr>().is_ok_and(|address| address.is_private());
    if act.captured {
        return is_named && !is_private && !IDENTITY_HOSTS.contains(&host);
    }
    is_read && !IDENTITY_HOSTS.contains(&host)
}

fn curl_or_wget(act: &Act) -> Option<Fetch> {
    let is_curl = act.name == "curl";
    let has = |options: &[&str]| {
        act.args.iter().any(|word| {
            options.iter().any(|option| word.text == *option || word.text.starts_with(&format!("{option}=")))
        })
    };
    let sends: &[&str] = &[
        "-d",
        "--data",
        "--data-raw",
        "--data-binary",
        "--data-urlencode",
        "-F",
        "--form",
        "-T",
        "--upload-file",
        "-I",
        "--head",
        "--post-data",
        "--post-file",
        "--body-data",
        "--spider",
        "--json",
    ];
    if has(sends) {
        return None;
    }
    let method = value_of(act, &["-X", "--request", "--method"]).map(|word| word.text.to_ascii_uppercase());
    let joined = act
        .args
        .iter()
        .find_map(|word| word.text.strip_prefix("-X").filter(|m| !m.is_empty()).map(str::to_ascii_uppercase));
    if method.or(joined).is_some_and(|method| method != "GET") {
        return None;
    }
    let words = positionals(act);
    // Any word of `curl` is an address; a file that a value of an unknown option is has none of their marks.
    let address = words
        .iter()
        .find(|word| is_address(word))
        .or_else(|| words.iter().find(|word| word.text.contains(['.', '$'])))?;
    let short = |letter: char| {
        act.args.iter().any(|w| w.text.starts_with('-') && !w.text.starts_with("--") && w.text.contains(letter))
    };
    let given = if is_curl { value_of(act, &["-o", "--output"]) } else { value_of(act, &["-O", "--output-document"]) };
    let glued = act.args.iter().find_map(|word| {
        let long = if is_curl { "--output=" } else { "--output-document=" };
        let letter = if is_curl { 'o' } else { 'O' };
        word.text.strip_prefix(long).or_else(|| {
            let short = word.text.strip_prefix('-').filter(|rest| !rest.starts_with('-'))?;
            short
                .split_once(letter)
                .map(|(_, file)| file)
                .filter(|file| !file.is_empty() && (*file == "-" || file.contains(['/', '.', '$'])))
        })
    });
    let to = match (given.map(|word| word.text.as_str()), glued) {
        (_, Some("-")) | (Some("-" | "/dev/stdout"), _) => None,
        (Some(file), _) | (None, Some(file)) => Some(file.to_owned()),
        (None, None) if !is_curl => Some(match value_of(act, &["-P", "--directory-prefix"]) {
            Some(folder) => format!("{}/{}", folder.text, last_segment(&address.text).unwrap_or_default()),
            None => last_segment(&address.text).unwrap_or_default(),
        }),
        (None, None) if short('O') || has(&["--remote-name", "--remote-name-all"]) => last_segment(&address.text),
        (None, None) => None,
    };
    if to.as_deref().is_some_and(|to| to == "/dev/null" || to == "NUL") {
        return None;
    }
    let to = to.or_else(|| act.outputs.first().map(|word| word.text.clone()));
    web(address, to)
}

fn web_request(act: &Act) -> Option<Fetch> {
    if value_of(act, &["-Method"]).is_some_and(|method| !method.text.eq_ignore_ascii_case("get")) {
        return None;
    }
    let words = positionals(act);
    let address = value_of(act, &["-Uri", "-Url"]).or_else(|| words.first().copied())?;
    web(address, value_of(act, &["-OutFile", "-o", "--output"]).map(|word| word.text.clone()))
}

fn git(act: &Act) -> Option<Fetch> {
    let words = positionals(act);
    let verb = words.first()?.text.as_str();
    if !["clone", "pull", "fetch", "submodule", "checkout", "export", "co", "update"].contains(&verb)
        || (act.name == "git" && verb == "checkout")
    {
        return None;
    }
    let address = words.get(1).map_or("", |word| &word.text);
    let to = words.get(2).map(|word| word.text.clone()).or_else(|| last_segment(address.trim_end_matches(".git")));
    Some(Fetch { from: From::Git, address: address.to_owned(), to: to.or(Some(String::new())), is_large: true })
}

fn aws(act: &Act) -> Option<Fetch> {
    let words: Vec<&str> = positionals(act).into_iter().map(|word| word.text.as_str()).collect();
    match words.as_slice() {
        ["s3", verb @ ("cp" | "sync" | "mv"), from, to, ..] => {
            let is_remote = from.starts_with("s3://") || (from.starts_with('$') && !to.starts_with(['$', 's']));
            let all = *verb == "sync" || act.args.iter().any(|word| word.text == "--recursive");
            (is_remote && !to.starts_with("s3://")).then(|| s3(from, to, all))
        }
        ["s3api", "get-object", ..] => {
            let key = value_of(act, &["--key"]).map_or("", |word| &word.text);
            Some(s3(key, words.last().copied().unwrap_or_default(), false))
        }
        _ => None,
    }
}

fn s3(from: &str, to: &str, all: bool) -> Fetch {
    let key = from.rsplit('/').next().unwrap_or_default();
    let target = to.rsplit(['/', '\\']).next().unwrap_or_default();
    let name = if key.contains('.') { key } else { target };
    let ending = name.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
    // What is packed, built or without an ending that is known is what fills a disk; a file of settings is not.
    let small = [
        "conf",
        "cfg",
        "config",
        "cnf",
        "ini",
        "json",
        "yaml",
        "yml",
        "toml",
        "env",
        "properties",
        "pem",
        "crt",
        "cer",
        "key",
        "pub",
        "txt",
        "xml",
        "service",
        "list",
        "repo",
        "sh",
        "ps1",
        "py",
        "sql",
        "tmpl",
        "tpl",
        "template",
        "hcl",
        "lic",
        "license",
        "password",
        "passwd",
        "token",
    ];
    let file = |to: &str| match to {
        "-" => None,
        to if to.ends_with('/') || to == "." || to.ends_with('\\') => {
            Some(format!("{}/{key}", to.trim_end_matches(['/', '\\'])))
        }
        to => Some(to.to_owned()),
    };
    Fetch {
        from: From::S3,
        address: from.to_owned(),
        to: file(to),
        is_large: all || (!small.contains(&ending.as_str()) && (!name.starts_with('.') || name.len() < 2)),
    }
}

fn web(address: &Word, to: Option<String>) -> Option<Fetch> {
    let text = address.text.trim();
    let host = host(text);
    let is_own = ["localhost", "127.", "169.254.", "[::1]", "[fd00:ec2", "0.0.0.0", "instance-data"]
        .iter()
        .any(|own| host.starts_with(own));
    let is_file = text.starts_with("file:");
    let is_own_by_name =
        ["imds", "metadata"].iter().any(|own| host.to_ascii_lowercase().contains(own)) && host.contains('$');
    (!is_own && !is_file && !is_own_by_name).then(|| Fetch {
        from: From::Web,
        address: text.to_owned(),
        to,
        is_large: false,
    })
}

pub(super) fn is_address(word: &Word) -> bool {
    ["http://", "https://", "ftp://", "HTTP://", "HTTPS://"].iter().any(|scheme| word.text.starts_with(scheme))
}

/// The host of an address, without user and port.
fn host(address: &str) -> &str {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let authority = rest[..end].rsplit('@').next().unwrap_or_default();
    if authority.starts_with('[') { authority } else { authority.split(':').next().unwrap_or_default() }
}

fn last_segment(address: &str) -> Option<String> {
    let path = address.split(['?', '#']).next().unwrap_or_default();
    path.rsplit('/').next().filter(|name| !name.is_empty()).map(str::to_owned)
}

/// What downloads left behind, for who runs it later.
#[derive(Debug, Default)]
pub(super) struct Fetched {
    files: Vec<(usize, String)>,
    folders: Vec<(usize, String)>,
}

impl Fetched {
    pub(super) fn of(fetches: &[Option<Fetch>]) -> Self {
        let mut fetched = Self::default();
        for (at, fetch) in fetches.iter().enumerate() {
            let Some(Fetch { from, to: Some(to), is_large, .. }) = fetch else { continue };
            let to = to.trim_start_matches("./").trim_end_matches('/').replace('\\', "/");
            if *from == From::Git || (*from == From::S3 && *is_large) {
                fetched.folders.push((at, to.clone()));
            }
            fetched.files.push((at, to));
        }
        fetched
    }

    /// Whether a path that is run at some point was got from elsewhere before.
    fn has(&self, path: &str, now: usize) -> bool {
        let path = path.trim_start_matches("./").replace('\\', "/");
        if path.is_empty() {
            return false;
        }
        let name = path.rsplit('/').next().unwrap_or_default();
        let file = self.files.iter().any(|(at, file)| {
            let same_name = !name.is_empty() && file.rsplit('/').next() == Some(name);
            *at < now && (*file == path || (same_name && (!path.contains('/') || !file.contains('/'))))
        });
        let folder = self.folders.iter().any(|(at, folder)| {
            *at < now
                && !folder.is_empty()
                && path.strip_prefix(folder.as_str()).is_some_and(|rest| rest.starts_with('/'))
        });
        file || folder
    }
}

/// Interpreters, for which what they are fed is a program.
const INTERPRETERS: &[&str] = &[
    "python",
    "python2",
    "python3",
    "perl",
    "ruby",
    "node",
    "php",
    "source",
    ".",
    "eval",
    "iex",
    "invoke-expression",
    "pwsh",
    "powershell",
    "pypy3",
    "lua",
    "tclsh",
];

/// Whether an act runs what was downloaded: piped into it, or left in a file that it runs.
pub(super) fn runs_download(facts: &Facts, fetches: &[Option<Fetch>], fetched: &Fetched, at: usize) -> bool {
    let act = &facts.acts[at];
    let is_shell = shell::SHELLS.contains(&act.name.as_str());
    if is_shell || INTERPRETERS.contains(&act.name.as_str()) {
        // With a program of its own, what an interpreter is fed is data.
        let own = if is_shell {
            None
        } else {
            act.args.iter().find(|word| ["-c", "-e", "-m", "-ne", "-pe", "-n", "-r"].contains(&&*word.text))
        };
        if own.is_none() && is_fed(facts, fetches, &act.fed_by) {
            return true;
        }
        let substituted = |word: &&Word| {
            let start = word.text.trim_start();
            !word.fed_by.is_empty()
                && (start.starts_with("$(")
                    || start.starts_with('`')
                    || start.starts_with("<(")
                    || start.starts_with('$')
                    || start.starts_with('('))
        };
        if own.is_none() && act.args.iter().filter(substituted).any(|word| is_fed(facts, fetches, &word.fed_by)) {
            return true;
        }
        let script = commands_script(act);
        return script
            .is_some_and(|script| fetched.has(&script.text, at) || is_left_behind(facts, fetches, &script.text, at));
    }
    let program = &act.program.text;
    let looks_like_path = program.contains(['/', '\\']);
    let is_installed = ["/usr/", "/bin/", "/sbin/", "/etc/"].iter().any(|folder| program.starts_with(folder));
    looks_like_path
        && !is_installed
        && (fetched.has(program, at)
            || is_left_behind(facts, fetches, program, at)
            || is_fed(facts, fetches, &act.program.fed_by))
}

/// The script that an interpreter is given by its path.
fn commands_script(act: &Act) -> Option<&Word> {
    if act.args.iter().any(|word| ["-c", "-e", "-m"].contains(&&*word.text)) {
        return None;
    }
    if act.name == "powershell" || act.name == "pwsh" {
        return value_of(act, &["-File", "-f"]);
    }
    act.args.iter().find(|word| !word.is_option())
}

/// `./install.sh` after a download, where the text itself did not write it: it came along. In a folder of the image,
/// where nothing was fetched or unpacked since, it did not.
fn is_left_behind(facts: &Facts, fetches: &[Option<Fetch>], path: &str, now: usize) -> bool {
    let is_relative = path.starts_with("./")
        || path.starts_with(".\\")
        || (!path.starts_with(['/', '$', '~']) && !path.contains(':') && path.contains(['/', '.']));
    let name = path.rsplit(['/', '\\']).next().unwrap_or_default();
    let is_own = facts.files.iter().any(|made| made.path.rsplit('/').next() == Some(name));
    if !is_relative || is_own {
        return false;
    }
    let is_moved = |act: &Act| {
        act.name == "cd" && act.args.first().is_some_and(|word| word.text.starts_with('/') || word.text.contains(':'))
    };
    let moved = facts.acts[..now].iter().rposition(is_moved);
    let unpacks = |act: &Act| ["tar", "unzip", "bsdtar", "7z", "expand-archive", "gunzip"].contains(&act.name.as_str());
    let came = |at: usize| fetches[at].is_some();
    match moved {
        None => (0..now).any(came),
        Some(moved) => {
            let folder = facts.acts[moved].args[0].text.trim_end_matches('/');
            let is_fetched_to = |fetch: &Fetch| {
                fetch.to.as_deref().is_some_and(|to| !to.is_empty() && to.trim_end_matches('/').starts_with(folder))
            };
            let is_inside = |fetch: &Fetch| {
                fetch.to.as_deref().is_some_and(|to| !to.is_empty() && folder.starts_with(to.trim_end_matches('/')))
            };
            (moved..now).any(|at| came(at) || (unpacks(&facts.acts[at]) && (0..at).any(came)))
                || fetches[..now].iter().flatten().any(|fetch| is_fetched_to(fetch) || is_inside(fetch))
        }
    }
}

/// Whether any of these acts, or what feeds them in turn, is a download.
fn is_fed(facts: &Facts, fetches: &[Option<Fetch>], feeders: &[usize]) -> bool {
    let mut seen = vec![false; facts.acts.len()];
    let mut open: Vec<usize> = feeders.to_vec();
    while let Some(at) = open.pop() {
        let Some(act) = facts.acts.get(at) else { continue };
        if std::mem::replace(&mut seen[at], true) {
            continue;
        }
        if fetches[at].is_some() {
            return true;
        }
        open.extend(&act.fed_by);
        open.extend(act.args.iter().flat_map(|word| &word.fed_by));
    }
    false
}
