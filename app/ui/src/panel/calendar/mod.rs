//! The calendar: how many servers fall due on each day, what would burn together, what a budget makes of it, and how an
//! even load would look. Days are drawn, servers are not.

mod chart;
mod list;
#[cfg(test)]
mod tests;

use egui::{Frame, Margin, Sense, Ui, Vec2, vec2};
use fleet::{Node, ServerIx};
use insight::Calendar;
use insight::calendar::{BUDGET_PERCENT, Day, day_number};
use session::View;

use crate::command::Command;
use crate::model::Model;
use crate::theme::{GRID, Theme, Type};
use crate::widget::{Segment, Weight, button, label, segments};
use crate::words::{counted, number};

/// What the bars show.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) enum Shows {
    /// Each server on the day on which it falls due.
    #[default]
    Due,
    /// Under the budget.
    Budget,
    /// With lifetimes spread evenly.
    Spread,
}

impl Shows {
    const ALL: [Self; 3] = [Self::Due, Self::Budget, Self::Spread];

    fn segment(self, on: bool) -> Segment<'static> {
        let (words, hint) = match self {
            Self::Due => ("As they fall due", "Each server on the day on which it falls due"),
            Self::Budget => {
                ("At most 10 % at once", "No more than a tenth of a group is down at once; the others wait their turn")
            }
            Self::Spread => {
                ("Spread evenly", "Shorter lifetimes for some, so that no day has more than it must; none burns later")
            }
        };
        Segment { words, name: words, on, hint }
    }

    /// How many burn on a day.
    fn count(self, day: &Day) -> u32 {
        match self {
            Self::Due => day.overdue + day.due,
            Self::Budget => day.budgeted,
            Self::Spread => day.spread,
        }
    }
}

/// What the bars show.
#[derive(Default)]
pub(crate) struct CalendarView {
    shows: Shows,
}

impl CalendarView {
    pub(crate) fn ui(&mut self, ui: &mut Ui, model: &Model, commands: &mut Vec<Command>) {
        let (Some(view), Some(calendar)) = (model.view.clone(), model.calendar()) else { return };
        Frame::new().inner_margin(Margin { left: 20, right: 10, top: 4, bottom: 0 }).show(ui, |ui| {
            if calendar.dated() == 0 {
                empty_ui(ui, model, calendar, commands);
                return;
            }
            ui.spacing_mut().item_spacing = Vec2::ZERO;
            self.head_ui(ui, calendar);
            let marked = selected_days(model, &view, calendar);
            if let Some(day) = chart::chart_ui(ui, calendar, self.shows, &marked) {
                commands.push(Command::Select(due_on(model, &view, calendar, day)));
            }
            list::list_ui(ui, model, &view, calendar, commands);
        });
    }

    fn head_ui(&mut self, ui: &mut Ui, calendar: &Calendar) {
        let theme = Theme::of(ui);
        ui.add_space(2.0 * GRID);
        label(ui, Type::Title, theme.text.strong, "When servers fall due");
        ui.add_space(GRID);
        label(ui, Type::Small, theme.text.muted, self.sentence(calendar));
        ui.add_space(2.0 * GRID);
        let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 7.0 * GRID), Sense::hover());
        let switch = Shows::ALL.map(|shows| shows.segment(shows == self.shows));
        if let (_, Some(chosen)) = segments(ui, rect.left_center(), &switch) {
            self.shows = Shows::ALL[chosen];
        }
    }

    /// What the chart shows, in a sentence or two.
    fn sentence(&self, calendar: &Calendar) -> String {
        let overdue: u32 = calendar.days.iter().map(|day| day.overdue).sum();
        let week: u32 = calendar.days.iter().take(7).map(|day| day.due).sum();
        let herding: u32 = calendar.days.iter().map(|day| day.in_herds).sum();
        match self.shows {
            Shows::Due => {
                let mut words = format!("{} in the next seven days", counted(week.into(), "server"));
                if overdue > 0 {
                    words = format!("{} overdue, piled up today; {words}", number(overdue.into()));
                }
                if herding > 0 {
                    words.push_str(&format!("; {} in herds that would burn together", number(herding.into())));
                }
                for (count, what) in
                    [(calendar.later, "later"), (calendar.exempt, "exempt"), (calendar.unknown, "of unknown date")]
                {
                    if count > 0 {
                        words.push_str(&format!("; {} {what}", number(count.into())));
                    }
                }
                format!("{words}.")
            }
            Shows::Budget => {
                let over = calendar.groups.iter().filter(|group| group.at_once > group.allowed).count();
                format!(
                    "With at most {BUDGET_PERCENT} % of a group down at once, {} would have to wait for a turn; the list \
                     says how long. What is overdue begins today.",
                    counted(over as u64, "group")
                )
            }
            Shows::Spread => {
                let shortened: u32 = calendar.groups.iter().map(|group| group.shortened).sum();
                let peak = calendar.days.iter().skip(1).map(|day| day.spread).max().unwrap_or(0);
                format!(
                    "With shorter lifetimes for {} of the groups below, no day after today has more than {}. Nothing \
                     burns after it is due, and what is overdue can't be spread any more.",
                    counted(shortened.into(), "server"),
                    counted(peak.into(), "server")
                )
            }
        }
    }
}

/// The days on which what is selected falls due.
fn selected_days(model: &Model, view: &View, calendar: &Calendar) -> Vec<bool> {
    let mut days = vec![false; calendar.days.len()];
    let mut mark = |server: ServerIx| {
        let day = day_of(view, calendar, server).and_then(|day| days.get_mut(day));
        if let Some(day) = day {
            *day = true;
        }
    };
    for &node in model.selection.nodes() {
        match node {
            Node::Server(server) => mark(server),
            Node::Group(group) => {
                let servers = view.lineage.groups.get(group.at()).map_or(&[][..], |group| &group.servers);
                servers.iter().copied().for_each(&mut mark);
            }
            Node::Image(_) | Node::Recipe(_) | Node::TemplateVersion(_) => {}
        }
    }
    days
}

/// The day on which a server falls due: today for what is overdue.
fn day_of(view: &View, calendar: &Calendar, server: ServerIx) -> Option<usize> {
    let finding = view.findings.servers.get(server.at())?;
    let is_overdue = finding.phoenix == insight::Phoenix::Overdue;
    let as_of = calendar.as_of?;
    match finding.due_at {
        Some(due_at) => usize::try_from(day_number(due_at.max(as_of), as_of)).ok(),
        None => is_overdue.then_some(0),
    }
}

/// The servers that fall due on a day, of those that the filter leaves.
fn due_on(model: &Model, view: &View, calendar: &Calendar, day: usize) -> Vec<Node> {
    let is_due = |server: &ServerIx| day_of(view, calendar, *server) == Some(day);
    match model.filtered_servers() {
        Some(servers) => servers.iter().copied().filter(is_due).map(Node::Server).collect(),
        None => (0..).map(ServerIx).take(view.fleet.servers.len()).filter(is_due).map(Node::Server).collect(),
    }
}

fn empty_ui(ui: &mut Ui, model: &Model, calendar: &Calendar, commands: &mut Vec<Command>) {
    let theme = Theme::of(ui);
    let is_filtered = !model.filter.trim().is_empty();
    ui.vertical_centered(|ui| {
        ui.add_space((ui.available_height() * 0.34).max(24.0));
        label(ui, Type::Title, theme.text.strong, "Nothing falls due");
        ui.add_space(GRID);
        let mut why = Vec::new();
        if calendar.exempt > 0 {
            why.push(format!("{} exempt from {} lifetime", are(calendar.exempt), its(calendar.exempt)));
        }
        if calendar.unknown > 0 {
            why.push(format!(
                "of {} no date of birth or no lifetime is known",
                counted(calendar.unknown.into(), "server")
            ));
        }
        let why = match why.as_slice() {
            [] if is_filtered => "No server matches the filter.".to_owned(),
            [] => "This fleet has no servers.".to_owned(),
            why => crate::words::sentence(&why.join("; ")),
        };
        label(ui, Type::Body, theme.text.muted, why);
        ui.add_space(3.0 * GRID);
        if is_filtered && button(ui, Weight::Secondary, None, "Show every server").clicked() {
            commands.push(Command::Filter(String::new()));
        }
    });
}

fn are(count: u32) -> String {
    format!("{} {}", counted(count.into(), "server"), if count == 1 { "is" } else { "are" })
}

fn its(count: u32) -> &'static str {
    if count == 1 { "its" } else { "their" }
}
