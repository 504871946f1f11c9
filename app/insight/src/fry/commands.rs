//! What is known of programs, from `assets/fry/commands.toml`: which run another command, and which of their options
//! take a value, so that what is left is what they are told to do.

use std::sync::LazyLock;

use rustc_hash::FxHashMap;
use serde::Deserialize;

use super::facts::{Act, Dialect};

const TABLE: &str = include_str!("../../../../assets/fry/commands.toml");

/// A program that runs the command it is given.
#[derive(Clone, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Wrapper {
    /// Options that take a value.
    pub values: Vec<String>,
    /// Words of its own before the command: the seconds of `timeout`.
    pub skips: usize,
    /// It takes `NAME=value` before the command.
    pub assigns: bool,
    /// Options whose value is a shell script.
    pub scripts: Vec<String>,
    /// The word that the command begins after: `find … -exec`.
    pub runs: Option<String>,
    /// Options with which it tells of the command and does not run it: `command -v`.
    pub asks: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    wrapper: FxHashMap<String, Wrapper>,
    /// Options that take a value, by the programs that have them.
    values: FxHashMap<String, Vec<String>>,
}

/// The table by program.
struct Known {
    wrappers: FxHashMap<String, Wrapper>,
    values: FxHashMap<String, Vec<String>>,
}

static KNOWN: LazyLock<Known> = LazyLock::new(|| {
    let table: Table = toml::from_str(TABLE).expect("the table is compiled in, and a test reads it");
    let each = |names: &str| names.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    let mut known = Known { wrappers: FxHashMap::default(), values: FxHashMap::default() };
    for (names, wrapper) in table.wrapper {
        known.wrappers.extend(each(&names).into_iter().map(|name| (name, wrapper.clone())));
    }
    for (names, options) in table.values {
        for name in each(&names) {
            known.values.entry(name).or_default().extend(options.iter().cloned());
        }
    }
    known
});

/// The program of this name, if it runs another.
pub(super) fn wrapper(name: &str) -> Option<&'static Wrapper> {
    KNOWN.wrappers.get(name)
}

/// The words of an act that are neither options nor their values.
pub(super) fn positionals(act: &Act) -> Vec<&super::facts::Word> {
    let values = KNOWN.values.get(&act.name).map(Vec::as_slice).unwrap_or_default();
    let mut words = Vec::new();
    let mut skip = false;
    let mut only_words = false;
    for word in &act.args {
        let text = word.text.as_str();
        if std::mem::take(&mut skip) {
            continue;
        }
        if only_words || !is_option(act.dialect, text) {
            words.push(word);
        } else if text == "--" {
            only_words = true;
        } else if act.dialect == Dialect::PowerShell {
            skip = takes_value(values, text);
        } else {
            skip = values.iter().any(|option| option == text);
        }
    }
    words
}

/// The value of the first of these options that is there: `-o file`, `--output file`, `--output=file`, `-ofile`.
pub(super) fn value_of<'a>(act: &'a Act, options: &[&str]) -> Option<&'a super::facts::Word> {
    let wanted = |text: &str| match act.dialect {
        Dialect::PowerShell => options.iter().any(|option| option.eq_ignore_ascii_case(text.trim_end_matches(':'))),
        _ => {
            options.contains(&text)
                // Short options in one word, the last of which takes the value: `-sSLo file`.
                || (text.len() > 2
                    && !text.starts_with("--")
                    && text.starts_with('-')
                    && options.iter().any(|o| o.len() == 2 && !o.starts_with("--") && text.ends_with(&o[1..])))
        }
    };
    let at = act.args.iter().position(|word| word.text.starts_with('-') && wanted(&word.text))?;
    act.args.get(at + 1)
}

fn is_option(dialect: Dialect, text: &str) -> bool {
    match dialect {
        Dialect::Batch => text.starts_with('/') || text.starts_with('-'),
        _ => text.starts_with('-') && text.len() > 1,
    }
}

/// PowerShell's parameters take a value unless they are known to be switches, which the table lists with `!`.
fn takes_value(values: &[String], text: &str) -> bool {
    !text.contains(':') && values.iter().any(|option| option.eq_ignore_ascii_case(text))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test")]

    use super::*;

    #[test]
    fn the_table_is_read_whole() {
        let table: Table = toml::from_str(TABLE).unwrap();
        assert!(table.wrapper.len() > 10 && table.values.len() > 20);
        assert!(wrapper("sudo").unwrap().values.contains(&"-u".to_owned()));
        assert!(wrapper("apt-get").is_none());
    }
}
