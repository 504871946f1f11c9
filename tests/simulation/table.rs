//! What many runs came to, as a table: a line a cell.

use std::collections::BTreeMap;
use std::fmt;

use crate::actions::Act;
use crate::faults::Trouble;
use crate::outside::Deed;
use crate::run::{Case, Ran};

/// So many violations are printed in full.
const SHOWN: usize = 40;

/// So many runs of a cell in which others act too show whether its trouble can strike at all: they may end a run before.
const ENOUGH: u64 = 20;

#[derive(Debug, Default)]
struct Cell {
    runs: u64,
    /// Runs in which what was to go wrong did.
    struck: u64,
    /// Runs that came to an end, or were refused before they began.
    settled: u64,
    /// Runs in which a person was asked on the way.
    asked: u64,
    ends: BTreeMap<&'static str, u64>,
    requests: usize,
}

/// The table.
#[derive(Debug, Default)]
pub(crate) struct Table {
    cells: BTreeMap<(Act, Trouble, bool), Cell>,
    /// What others did, how often.
    deeds: BTreeMap<&'static str, u64>,
    violations: Vec<String>,
}

impl Table {
    pub(crate) fn add(&mut self, case: Case, ran: &Ran) {
        let cell = self.cells.entry((case.act, case.trouble, case.others)).or_default();
        cell.runs += 1;
        cell.struck += u64::from(ran.fired > 0);
        cell.settled += u64::from(ran.end != "stuck");
        cell.asked += u64::from(ran.asked);
        cell.requests += ran.requests.len();
        *cell.ends.entry(ran.end).or_default() += 1;
        for deed in &ran.deeds {
            *self.deeds.entry(deed).or_default() += 1;
        }
        let cut = case.cut.map(|cut| format!(" {cut:?}")).unwrap_or_default();
        let violations = ran.violations.iter();
        self.violations.extend(violations.map(|what| format!("EMBERLINE_SIMULATION=\"{case}\"{cut}: {what}")));
    }

    /// What must not be: each violation, and each cell in which nothing went wrong that should have.
    pub(crate) fn wrong(&self) -> Vec<String> {
        let never =
            self.cells.iter().filter(|((.., others), cell)| cell.struck == 0 && (!others || cell.runs >= ENOUGH));
        let never = never.map(|((act, trouble, _), _)| format!("{}/{}: it never struck", act.name(), trouble.name()));
        self.violations.iter().take(SHOWN).cloned().chain(never).collect()
    }

    /// What others were to do and never did.
    pub(crate) fn never_done(&self) -> Vec<&'static str> {
        Deed::names().filter(|name| !self.deeds.contains_key(name)).collect()
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{:<22} {:<35} {:>6} {:>6} {:>7} {:>6} {:>9}  ends",
            "action", "trouble", "runs", "struck", "settled", "asked", "requests"
        )?;
        for ((act, trouble, others), cell) in &self.cells {
            let ends: Vec<String> = cell.ends.iter().map(|(end, count)| format!("{count} {end}")).collect();
            let beside = if *others { " + others" } else { "" };
            writeln!(
                f,
                "{:<22} {:<35} {:>6} {:>6} {:>7} {:>6} {:>9}  {}",
                act.name(),
                format!("{}{beside}", trouble.name()),
                cell.runs,
                cell.struck,
                cell.settled,
                cell.asked,
                cell.requests,
                ends.join(", ")
            )?;
        }
        let deeds: Vec<String> = self.deeds.iter().map(|(deed, count)| format!("{deed} {count}")).collect();
        writeln!(f, "what others did: {}", deeds.join(", "))?;
        let sum = |of: fn(&Cell) -> u64| self.cells.values().map(of).sum::<u64>();
        write!(
            f,
            "{} runs in {} cells: {} struck, {} settled, {} asked, {} violations",
            sum(|cell| cell.runs),
            self.cells.len(),
            sum(|cell| cell.struck),
            sum(|cell| cell.settled),
            sum(|cell| cell.asked),
            self.violations.len()
        )
    }
}
