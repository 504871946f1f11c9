//! EC2Launch's user data: `<powershell>` and `<script>` and what stands in them.

use super::facts::{Act, Dialect, Facts, Origin, Place, Word, base_name};
use super::powershell;

/// Adds what the tagged scripts do.
pub(super) fn read(facts: &mut Facts, text: &str, origin: &Origin) {
    for (tag, is_batch) in [("powershell", false), ("script", true)] {
        let lower = text.to_ascii_lowercase();
        let (open, close) = (format!("<{tag}>"), format!("</{tag}>"));
        let mut from = 0;
        while let Some(at) = lower[from..].find(&open).map(|at| from + at + open.len()) {
            let row = text[..at].matches('\n').count();
            let end = match lower[at..].find(&close) {
                Some(length) => at + length,
                None => {
                    let place = origin.place(text, row);
                    facts.faults.push((place, format!("<{tag}> is never closed, so EC2Launch runs none of it")));
                    text.len()
                }
            };
            let script = &text[at..end];
            let inner = origin.down(row);
            if is_batch {
                batch(facts, script, &inner);
            } else {
                powershell::read(facts, script, &inner, 1);
            }
            from = end;
        }
    }
}

/// A batch file, line by line: `cmd` has no grammar to speak of.
pub(super) fn batch(facts: &mut Facts, text: &str, origin: &Origin) {
    let mut labels: Vec<(String, usize, usize)> = Vec::new();
    for (row, line) in text.lines().enumerate() {
        let place = origin.place(text, row);
        let line = line.trim().trim_start_matches('@');
        let lower = line.to_ascii_lowercase();
        if lower.starts_with("rem") || line.starts_with("::") {
            continue;
        }
        if let Some(label) = line.strip_prefix(':') {
            labels.push((label.trim().to_ascii_lowercase(), facts.acts.len(), row));
            continue;
        }
        // A jump back to a label, with a pause on the way, is a loop that waits.
        if let Some(target) = lower.split("goto").nth(1).map(|rest| rest.trim().trim_start_matches(':').to_owned())
            && let Some((_, from, at)) = labels.iter().find(|(label, _, _)| target.starts_with(label.as_str())).cloned()
        {
            let place = origin.place(text, at);
            facts.wait_if_sleeping(from..facts.acts.len(), place);
        }
        for part in line.split("&&").flat_map(|part| part.split('&')).flat_map(|part| part.split('|')) {
            command(facts, part, &place);
        }
    }
}

fn command(facts: &mut Facts, text: &str, place: &Place) {
    let mut words = split(text);
    // `if not exist C:\x command`, `call command`, `start /wait command`.
    loop {
        let skip = match words.first().map(|word| word.text.to_ascii_lowercase()).as_deref() {
            Some("call" | "cmd") => 1,
            Some("start") => {
                1 + words[1..].iter().take_while(|word| word.text.starts_with('/') || word.text.is_empty()).count()
            }
            Some("/c" | "/k") => 1,
            Some("if") => match words.iter().position(|word| word.text.eq_ignore_ascii_case("exist")) {
                Some(at) => at + 2,
                None => 4 + usize::from(words.get(1).is_some_and(|word| word.text.eq_ignore_ascii_case("not"))),
            },
            _ => break,
        };
        words.drain(..skip.min(words.len()));
    }
    let Some((program, args)) = words.split_first() else { return };
    let name = base_name(&program.text);
    if name == "set" {
        let rest = args.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" ");
        if let Some((name, value)) = rest.split_once('=') {
            facts.setting(name, Word { known: !value.contains('%'), ..Word::known(value) }, place.clone());
        }
        return;
    }
    if name == "powershell" || name == "pwsh" {
        return powershell::invoked(facts, args, place, 1);
    }
    facts.act(Act {
        name,
        program: program.clone(),
        args: args.to_vec(),
        dialect: Dialect::Batch,
        place: place.clone(),
        fed_by: Vec::new(),
        fed: None,
        outputs: Vec::new(),
        captured: false,
        in_loop: false,
    });
}

/// Words between blanks; quotes hold them together.
fn split(text: &str) -> Vec<Word> {
    let mut words = Vec::new();
    let mut word = String::new();
    let (mut quoted, mut any) = (false, false);
    for c in text.chars() {
        match c {
            '"' => {
                quoted = !quoted;
                any = true;
            }
            c if c.is_whitespace() && !quoted => {
                if any {
                    words.push(std::mem::take(&mut word));
                }
                any = false;
            }
            c => {
                word.push(c);
                any = true;
            }
        }
    }
    if any {
        words.push(word);
    }
    words.into_iter().map(|text| Word { known: !text.contains('%'), ..Word::known(text) }).collect()
}
