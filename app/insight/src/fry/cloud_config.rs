//! cloud-config: its modules as facts, its commands as commands, its files as files. Keys and their meaning:
//! cloud-init's module reference.

use std::rc::Rc;

use super::decode::{Decoded, Part};
use super::facts::{Act, Dialect, Facts, Fed, Made, Origin, Place, Word};
use super::shell::{self, Item};
use super::yaml::{self, Node, Value};
use super::{Format, unpacked};

/// Reads the cloud-config parts of a text, merged as cloud-init merges them.
pub(super) fn read_all(facts: &mut Facts, decoded: &Decoded) {
    let parts: Vec<&Part> = decoded.parts.iter().filter(|part| part.format == Format::CloudConfig).collect();
    let mut documents: Vec<(Node, &Part)> = Vec::new();
    for part in parts {
        let origin = Origin::at(part.line);
        match yaml::parse(&part.text) {
            Ok(node) if matches!(node.value, Value::Map(_)) => documents.push((node, part)),
            Ok(_) => facts.faults.push((origin.place(&part.text, 0), "a cloud-config is a map of modules".to_owned())),
            Err(error) => {
                facts.faults.push((origin.place(&part.text, error.line as usize - 1), error.what));
            }
        }
    }
    let kept: Vec<Vec<bool>> = (0..documents.len()).map(|at| kept_keys(&documents, at)).collect();
    for ((document, part), kept) in documents.iter().zip(kept) {
        let mut config = Config { facts, text: &part.text, origin: Origin::at(part.line) };
        let pairs: Vec<&(Node, Node)> =
            document.pairs().iter().zip(kept).filter(|(_, kept)| *kept).map(|(pair, _)| pair).collect();
        config.modules(&pairs);
    }
}

/// Which keys of a part survive the merge: by default a later part's key takes the place of an earlier one's, unless
/// the later part says how to merge (`dict(recurse_array)+list(append)`), and `no_replace` keeps the earlier.
fn kept_keys(documents: &[(Node, &Part)], at: usize) -> Vec<bool> {
    let how = |(document, part): &(Node, &Part)| -> String {
        let stated = ["merge_how", "merge_type"].iter().find_map(|key| document.get(key));
        let mut words = part.merge.clone().unwrap_or_default();
        if let Some(stated) = stated {
            flatten(stated, &mut |_, value| {
                words.push(' ');
                words.push_str(value.text().unwrap_or_default());
            });
        }
        words
    };
    let has = |document: &Node, key: &str| document.get(key).is_some();
    let (document, _) = &documents[at];
    let survives = |key: &str| {
        let replaced = documents[at + 1..].iter().any(|later| {
            let how = how(later);
            let both = ["append", "prepend", "recurse", "no_replace"].iter().any(|word| how.contains(word));
            has(&later.0, key) && !both
        });
        let own = how(&documents[at]);
        let refused = own.contains("no_replace")
            && !own.contains("append")
            && !own.contains("prepend")
            && documents[..at].iter().any(|earlier| has(&earlier.0, key));
        !replaced && !refused
    };
    document.pairs().iter().map(|(key, _)| key.text().is_some_and(survives)).collect()
}

/// Calls with the path and node of every scalar.
pub(super) fn flatten(node: &Node, each: &mut dyn FnMut(&str, &Node)) {
    fn walk(node: &Node, path: &mut String, each: &mut dyn FnMut(&str, &Node)) {
        match &node.value {
            Value::Text(_) => each(path, node),
            Value::List(items) => items.iter().for_each(|item| walk(item, path, each)),
            Value::Map(pairs) => {
                for (key, value) in pairs {
                    let length = path.len();
                    if !path.is_empty() {
                        path.push('.');
                    }
                    path.push_str(key.text().unwrap_or("?"));
                    walk(value, path, each);
                    path.truncate(length);
                }
            }
        }
    }
    walk(node, &mut String::new(), each);
}

/// Every scalar of a document as a module and, by its key's name, as a setting.
pub(super) fn declare(facts: &mut Facts, node: &Node, prefix: &str, place: &dyn Fn(&Node) -> Place) {
    flatten(node, &mut |path, value| {
        let path = if path.is_empty() { prefix.to_owned() } else { format!("{prefix}.{path}") };
        let path = path.trim_matches('.').to_owned();
        let text = value.text().unwrap_or_default();
        let name = path.rsplit('.').next().unwrap_or_default().to_owned();
        facts.setting(
            name,
            Word { text: text.to_owned(), known: !text.contains('$'), ..Word::default() },
            place(value),
        );
        facts.module(path, text, place(value));
    });
}

struct Config<'f, 't> {
    facts: &'f mut Facts,
    text: &'t str,
    origin: Origin,
}

impl Config<'_, '_> {
    fn place(&self, node: &Node) -> Place {
        self.origin.place(self.text, node.line as usize - 1)
    }

    fn text_origin(&self, node: &Node) -> Origin {
        let origin = self.origin.down(node.line as usize - 1);
        Origin { folded: origin.folded || !node.keeps_lines(), ..origin }
    }

    fn modules(&mut self, pairs: &[&(Node, Node)]) {
        // Files are there before the commands that run them, wherever they stand in the text.
        let order = |key: &str| u8::from(key != "write_files");
        let mut pairs: Vec<(&str, &Node)> =
            pairs.iter().filter_map(|(key, value)| Some((key.text()?, value))).collect();
        pairs.sort_by_key(|(key, _)| order(key));
        for (key, value) in pairs {
            match key {
                "runcmd" | "bootcmd" => self.commands(value),
                "write_files" => value.items().iter().for_each(|file| self.file(file)),
                "packages" => self.packages(value),
                "snap" => {
                    if let Some(commands) = value.get("commands") {
                        self.snaps(commands);
                    }
                }
                "coreos" => self.coreos(value),
                _ => self.declared(key, value),
            }
        }
    }

    fn declared(&mut self, key: &str, value: &Node) {
        let (text, origin) = (self.text, self.origin.clone());
        declare(self.facts, value, key, &|node| origin.place(text, node.line as usize - 1));
    }

    /// `runcmd`: each item a line of one shell script, or the words of a command.
    fn commands(&mut self, value: &Node) {
        let items = value.items().iter().filter_map(|item| self.item(item)).collect();
        shell::read_items(self.facts, items, 1);
    }

    fn item(&self, item: &Node) -> Option<Item> {
        match &item.value {
            Value::Text(text) => Some(Item::Script(text.clone(), self.text_origin(item))),
            Value::List(words) => {
                let word = |node: &Node| {
                    let line = node.keeps_lines().then(|| self.text_origin(node).line);
                    node.text().map(|text| Word { line, known: !text.contains("$TEMPLATE"), ..Word::known(text) })
                };
                Some(Item::Words(words.iter().filter_map(word).collect(), self.place(item)))
            }
            Value::Map(_) => None,
        }
    }

    fn snaps(&mut self, commands: &Node) {
        let nodes: Vec<&Node> = match &commands.value {
            Value::Map(pairs) => pairs.iter().map(|(_, value)| value).collect(),
            _ => commands.items().iter().collect(),
        };
        for node in nodes {
            // The leading `snap` may be left out.
            let mut words: Vec<Word> = match &node.value {
                Value::Text(text) => text.split_whitespace().map(Word::known).collect(),
                _ => node.items().iter().filter_map(|word| word.text().map(Word::known)).collect(),
            };
            if words.first().is_some_and(|word| word.text != "snap") {
                words.insert(0, Word::known("snap"));
            }
            shell::run(self.facts, words, self.place(node), 1);
        }
    }

    /// `packages`: names, `[name, version]`, or lists by package manager.
    fn packages(&mut self, value: &Node) {
        for item in value.items() {
            match &item.value {
                Value::Text(name) => self.package("cloud-config-packages", name.clone(), item),
                Value::List(pair) => {
                    let words: Vec<&str> = pair.iter().filter_map(Node::text).collect();
                    self.package("cloud-config-packages", words.join("="), item);
                }
                Value::Map(managers) => {
                    for (manager, list) in managers {
                        for inner in list.items() {
                            let words: Vec<&str> = inner.items().iter().filter_map(Node::text).collect();
                            match manager.text() {
                                Some("snap") => {
                                    let words = ["snap", "install"].into_iter().chain(words).map(Word::known).collect();
                                    shell::run(self.facts, words, self.place(inner), 1);
                                }
                                _ => self.package("cloud-config-packages", words.join("="), inner),
                            }
                        }
                    }
                }
            }
        }
    }

    fn package(&mut self, module: &str, name: String, node: &Node) {
        let place = self.place(node);
        self.facts.act(Act {
            name: module.to_owned(),
            program: Word::known(module),
            args: vec![Word::known("install"), Word { known: !name.contains('$'), ..Word::known(name) }],
            dialect: Dialect::Posix,
            place,
            fed_by: Vec::new(),
            fed: None,
            outputs: Vec::new(),
            captured: false,
            in_loop: false,
        });
    }

    fn file(&mut self, file: &Node) {
        let Some(path) = file.get("path").and_then(Node::text) else { return };
        let place = file.get("path").map(|node| self.place(node)).unwrap_or_else(|| self.place(file));
        if let Some(uri) = file.get("source").and_then(|source| source.get("uri")) {
            let words = ["curl", "-o", path, uri.text().unwrap_or_default()].map(Word::known).to_vec();
            shell::run(self.facts, words, self.place(uri), 1);
        }
        let Some(content) = file.get("content") else { return };
        let encoding = file.get("encoding").and_then(Node::text).unwrap_or_default().to_ascii_lowercase();
        let given = content.text().unwrap_or_default();
        let origin = self.text_origin(content);
        let fed = if encoding.contains("b64") || encoding.contains("base64") || encoding.contains("gz") {
            match unpacked(given) {
                Some(text) => Fed { text, origin: Origin { line: self.place(content).line, folded: true } },
                // A template's value that is not filled in yet is no fault.
                None if given.contains('$') || given.trim().is_empty() => return,
                None => {
                    let what = format!("the content of {path} is not encoded as it says");
                    return self.facts.faults.push((self.place(content), what));
                }
            }
        } else {
            Fed { text: given.to_owned(), origin }
        };
        self.facts.file(Made { path: path.to_owned(), text: Rc::new(fed), place });
    }

    /// What cloud-init of CoreOS had: units with their text.
    fn coreos(&mut self, value: &Node) {
        for unit in value.get("units").map(Node::items).unwrap_or_default() {
            let (Some(name), Some(content)) = (unit.get("name").and_then(Node::text), unit.get("content")) else {
                continue;
            };
            let text = content.text().unwrap_or_default();
            let fed = Fed { text: text.to_owned(), origin: self.text_origin(content) };
            let path = format!("/etc/systemd/system/{name}");
            self.facts.file(Made { path, text: Rc::new(fed), place: self.place(unit) });
        }
    }
}

/// The tasks of EC2Launch v2 that run scripts: `(kind, text, origin)`.
pub(super) fn launch_tasks(facts: &mut Facts, text: &str, origin: &Origin) {
    let document = match yaml::parse(text) {
        Ok(document) => document,
        Err(error) => {
            return facts.faults.push((origin.place(text, error.line as usize - 1), error.what));
        }
    };
    for task in document.get("tasks").map(Node::items).unwrap_or_default() {
        for input in task.get("inputs").map(Node::items).unwrap_or_default() {
            let Some(content) = input.get("content") else { continue };
            let kind = input.get("type").and_then(Node::text).unwrap_or("powershell");
            let inner = origin.down(content.line as usize - 1);
            let inner = Origin { folded: inner.folded || !content.keeps_lines(), ..inner };
            let script = content.text().unwrap_or_default();
            if kind.eq_ignore_ascii_case("batch") {
                super::windows::batch(facts, script, &inner);
            } else {
                super::powershell::read(facts, script, &inner, 1);
            }
        }
        declare(facts, task, "task", &|node| origin.place(text, node.line as usize - 1));
    }
}
