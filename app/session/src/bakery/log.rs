//! How much of what a bake command says is kept. Each line that is handed on is written to the journal for good, so there
//! is a bound: the first lines as they come, and of a longer log its end, which is where the reason is.

use std::collections::VecDeque;
use std::ops::ControlFlow;

use super::Say;

/// So many lines are handed on as they come: a long bake with its packages has about a thousand.
const FIRST: usize = 2_000;

/// So many are kept of what follows, for the end.
const LAST: usize = 100;

/// What was said so far.
#[derive(Default)]
pub(super) struct Log {
    handed_on: usize,
    left_out: usize,
    end: VecDeque<String>,
    last: Option<String>,
}

impl Log {
    /// Takes a line.
    pub(super) fn line(&mut self, line: String, say: Say<'_>) -> ControlFlow<()> {
        self.last = Some(line.clone());
        if self.handed_on < FIRST {
            self.handed_on += 1;
            return say(Some(&line));
        }
        self.end.push_back(line);
        if self.end.len() > LAST {
            self.end.pop_front();
            self.left_out += 1;
        }
        ControlFlow::Continue(())
    }

    /// Hands on what was kept for the end.
    pub(super) fn finish(&mut self, say: Say<'_>) {
        if self.left_out > 0 {
            // Whether to go on is not asked any more: the program has ended.
            let _ = say(Some(&format!("({} lines are left out)", self.left_out)));
        }
        for line in self.end.drain(..) {
            let _ = say(Some(&line));
        }
    }

    /// The last line.
    pub(super) fn last(&self) -> Option<&str> {
        self.last.as_deref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(lines: usize) -> Vec<String> {
        let mut said = Vec::new();
        let mut say = |line: Option<&str>| {
            said.extend(line.map(str::to_owned));
            ControlFlow::Continue(())
        };
        let mut log = Log::default();
        for number in 1..=lines {
            assert!(log.line(number.to_string(), &mut say).is_continue());
        }
        log.finish(&mut say);
        assert_eq!(log.last(), Some(lines.to_string().as_str()));
        said
    }

    #[test]
    fn a_log_is_whole_as_long_as_it_is_not_endless() {
        let whole: Vec<String> = (1..=2_100).map(|number| number.to_string()).collect();
        assert_eq!(said(2_100), whole);
    }

    #[test]
    fn an_endless_log_keeps_its_beginning_and_its_end() {
        let said = said(1_000_000);
        assert_eq!(said.len(), 2_101);
        assert_eq!((said[1_999].as_str(), said[2_000].as_str()), ("2000", "(997900 lines are left out)"));
        assert_eq!((said[2_001].as_str(), said[2_100].as_str()), ("999901", "1000000"));
    }
}
