//! What many runs came to, as a table: a line a cell.

use std::collections::BTreeMap;
use std::fmt;

use crate::actions::Act;
use crate::faults::Trouble;
use crate::run::{Case, Ran};

/// So many violations are printed in full.
const SHOWN: usize = 40;

#[derive(Debug, Default)]
struct Cell {
    runs: u64,
    fired: u64,
    asked: u64,
    ends: BTreeMap<&'static str, u64>,
    requests: usize,
}

/// The table.
#[derive(Debug, Default)]
pub(crate) struct Table {
    cells: BTreeMap<(Act, Trouble), Cell>,
    violations: Vec<String>,
}

impl Table {
    pub(crate) fn add(&mut self, case: Case, ran: &Ran) {
        let cell = self.cells.entry((case.act, case.trouble)).or_default();
        cell.runs += 1;
        cell.fired += ran.fired;
        cell.asked += u64::from(ran.asked);
        cell.requests += ran.requests.len();
        *cell.ends.entry(ran.end).or_default() += 1;
        let name = format!("{}/{}/{}", case.act.name(), case.trouble.name(), case.seed);
        let cut = case.cut.map(|cut| format!(" {cut:?}")).unwrap_or_default();
        let violations = ran.violations.iter();
        self.violations.extend(violations.map(|what| format!("EMBERLINE_SIMULATION=\"{name}\"{cut}: {what}")));
    }

    /// What must not be: each violation, and each cell in which nothing went wrong that should have.
    pub(crate) fn wrong(&self) -> Vec<String> {
        let never = self.cells.iter().filter(|(_, cell)| cell.fired == 0);
        let never = never.map(|((act, trouble), _)| format!("{}/{}: it never struck", act.name(), trouble.name()));
        self.violations.iter().take(SHOWN).cloned().chain(never).collect()
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{:<22} {:<26} {:>5} {:>6} {:>6} {:>9}  ends",
            "action", "trouble", "runs", "struck", "asked", "requests"
        )?;
        for ((act, trouble), cell) in &self.cells {
            let ends: Vec<String> = cell.ends.iter().map(|(end, count)| format!("{count} {end}")).collect();
            writeln!(
                f,
                "{:<22} {:<26} {:>5} {:>6} {:>6} {:>9}  {}",
                act.name(),
                trouble.name(),
                cell.runs,
                cell.fired,
                cell.asked,
                cell.requests,
                ends.join(", ")
            )?;
        }
        let runs: u64 = self.cells.values().map(|cell| cell.runs).sum();
        let fired: u64 = self.cells.values().map(|cell| cell.fired).sum();
        write!(f, "{runs} runs in {} cells, {fired} troubles, {} violations", self.cells.len(), self.violations.len())
    }
}
