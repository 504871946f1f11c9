//! Everything that the window can be asked to do.
//!
//! Panels change nothing: they push a [`Command`] and one place carries it out. The palette, the shortcuts, the sheet
//! of shortcuts and the tests all read what is written here.

use std::time::Duration;

use egui::{Key as Press, KeyboardShortcut, Modifiers};
use fleet::Node;
use operate::{Action, Answer, OperationId, Scope};
use scene::Colouring;
use session::{Source, SourceKind};

use crate::model::{Mode, Model, Overlay};

/// Where the arrow keys lead on the canvas.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Step {
    /// Towards the base.
    Left,
    /// Towards the servers.
    Right,
    /// Up in the column.
    Up,
    /// Down in the column.
    Down,
}

/// Something to do.
#[derive(Clone, PartialEq, Debug)]
pub enum Command {
    /// Put the cursor into the search field.
    FocusSearch,
    /// Open the palette.
    OpenPalette,
    /// Open the sheet of shortcuts.
    OpenShortcuts,
    /// Open the about box.
    OpenAbout,
    /// Open the list of gaps.
    OpenGaps,
    /// Show the lineage.
    ShowLineage,
    /// Show the table of servers.
    ShowServers,
    /// Show the operations.
    ShowOperations,
    /// Show when servers fall due.
    ShowCalendar,
    /// Show how fast groups would be made again.
    ShowReadiness,
    /// Go back from acting to looking, everywhere.
    Look,
    /// Pull the kill switch.
    Halt,
    /// Release the kill switch.
    Unhalt,
    /// Show all of the lineage.
    Fit,
    /// Look nearer.
    ZoomIn,
    /// Look from farther.
    ZoomOut,
    /// Go to the selection.
    Reveal,
    /// Show the bases of base images, or fold them.
    ToggleOlderBases,
    /// Let the colours of the canvas tell this.
    ColourBy(Colouring),
    /// Pull again.
    Refresh,
    /// Stop the pull.
    StopPull,
    /// Close what is open over the window, else the selection, else the filter.
    Clear,
    /// Back in the trail of selections.
    Back,
    /// Forward in it.
    Forward,
    /// From the dark to the light theme or back.
    SwitchTheme,
    /// The theme of the desktop.
    FollowDesktopTheme,
    /// Show or hide the inspector.
    ToggleInspector,
    /// Copy the id of what is selected.
    CopyId,
    /// Copy the AWS CLI command that shows what is selected.
    CopyCli,
    /// Open what is selected in the AWS console.
    OpenConsole,
    /// Save the pull on screen.
    SavePull,
    /// Open a saved pull.
    OpenFile,
    /// Open the embedded sandbox.
    OpenSandbox,
    /// Close the source.
    CloseSource,

    /// Open a source.
    Open(Source),
    /// Select the servers that a query selects.
    Filter(String),
    /// Select the first server that the filter leaves.
    SelectFirst,
    /// Select nodes in place of what is selected.
    Select(Vec<Node>),
    /// Add a node to the selection, or take it away.
    Toggle(Node),
    /// Walk on the canvas from what has the focus.
    Walk(Step),
    /// Pull again by itself at this interval.
    RefreshEvery(Option<Duration>),
    /// Put a text on the clipboard; the second is what it is called.
    Copy(String, &'static str),
    /// Open a web page.
    Browse(String),
    /// Close what is open over the window.
    CloseOverlay,
    /// Take the message of a failure away.
    Dismiss,
    /// Switch to acting in a scope.
    Arm(Scope),
    /// Back to looking there.
    Disarm(Scope),
    /// Ask for the choices of an action; one that has none is planned at once.
    Ask(Scope, Box<Action>),
    /// Plan an action: a sheet comes to confirm it.
    Plan(Scope, Box<Action>),
    /// Put the sheet away.
    DropSheet,
    /// Confirm the plan on the sheet.
    Confirm {
        /// Hash of the plan that was read.
        plan_hash: String,
        /// What was typed.
        typed: String,
    },
    /// Say something to an operation.
    Order(OperationId, Answer),
    /// Look at one operation.
    ShowOperation(OperationId),
    /// Take away why the last action was refused.
    DismissRefusal,
    /// Take away the message of how an operation ended.
    DismissEnded,
    /// Say no more of operations that have not ended; they stay in the list.
    PutAway(Vec<OperationId>),
}

const fn plain(key: Press) -> Option<KeyboardShortcut> {
    Some(KeyboardShortcut::new(Modifiers::NONE, key))
}

const fn with(modifiers: Modifiers, key: Press) -> Option<KeyboardShortcut> {
    Some(KeyboardShortcut::new(modifiers, key))
}

impl Command {
    /// Every command that stands for itself, in the order in which people want to see them.
    pub const ALL: [Self; 37] = [
        Self::FocusSearch,
        Self::OpenPalette,
        Self::ShowLineage,
        Self::ShowServers,
        Self::ShowOperations,
        Self::ShowCalendar,
        Self::ShowReadiness,
        Self::Look,
        Self::Halt,
        Self::Unhalt,
        Self::Fit,
        Self::ZoomIn,
        Self::ZoomOut,
        Self::Reveal,
        Self::ToggleOlderBases,
        Self::ColourBy(Colouring::Age),
        Self::ColourBy(Colouring::Bake),
        Self::ColourBy(Colouring::Snowflake),
        Self::ColourBy(Colouring::Readiness),
        Self::Refresh,
        Self::StopPull,
        Self::Clear,
        Self::Back,
        Self::Forward,
        Self::CopyId,
        Self::CopyCli,
        Self::OpenConsole,
        Self::OpenGaps,
        Self::ToggleInspector,
        Self::SwitchTheme,
        Self::FollowDesktopTheme,
        Self::SavePull,
        Self::OpenFile,
        Self::OpenSandbox,
        Self::CloseSource,
        Self::OpenShortcuts,
        Self::OpenAbout,
    ];

    /// What it is called.
    #[must_use]
    pub fn title(&self) -> &'static str {
        self.words().0
    }

    /// What it does, in a sentence.
    #[must_use]
    pub fn help(&self) -> &'static str {
        self.words().1
    }

    fn words(&self) -> (&'static str, &'static str) {
        match self {
            Self::FocusSearch => ("Search", "Find servers by id, name, address, tag or query."),
            Self::OpenPalette => ("Command palette", "Find a command, a server, a group or an image by a few letters."),
            Self::OpenShortcuts => ("Keyboard shortcuts", "Show every shortcut, and the words of the query language."),
            Self::OpenAbout => ("About Emberline", "Its version, its licence, and what draws this window."),
            Self::OpenGaps => ("Show gaps", "List what could not be read, and the permission that is missing."),
            Self::ShowLineage => ("Show lineage", "Where every server came from, as a picture."),
            Self::ShowServers => ("Show servers", "The same fleet as a table."),
            Self::ShowOperations => ("Show operations", "What was done, what runs, and what asks for a word."),
            Self::ShowCalendar => ("Show calendar", "When servers fall due, and what would burn together."),
            Self::ShowReadiness => {
                ("Show readiness", "How long each group takes to be made again, against its objective.")
            }
            Self::Look => ("Back to Look", "Switch acting off everywhere. What runs goes on."),
            Self::Halt => ("Kill switch", "Halt every operation before its next call."),
            Self::Unhalt => ("Release the kill switch", "Let operations go on once they are resumed."),
            Self::Fit => ("Fit the lineage", "Show all of the lineage."),
            Self::ZoomIn => ("Zoom in", "Look nearer."),
            Self::ZoomOut => ("Zoom out", "Look from farther."),
            Self::Reveal => ("Go to selection", "Bring what is selected into sight."),
            Self::ToggleOlderBases => ("Older bases", "Show the bases of base images, or fold them."),
            Self::ColourBy(Colouring::Age) => ("Colour by age", "Tiles tell each server's age against its lifetime."),
            Self::ColourBy(Colouring::Bake) => {
                ("Colour by bake or fry", "Tiles tell what is baked and what is fried at boot.")
            }
            Self::ColourBy(Colouring::Snowflake) => {
                ("Colour by snowflake", "Tiles tell what could be made again as it is, and what could not.")
            }
            Self::ColourBy(Colouring::Readiness) => {
                ("Colour by readiness", "Tiles tell whose group keeps its recovery objective.")
            }
            Self::Refresh => ("Pull again", "Read the fleet again."),
            Self::StopPull => ("Stop the pull", "Keep what is on screen and stop reading."),
            Self::Clear => ("Clear", "Close what is open, then the selection, then the filter."),
            Self::Back => ("Back", "Return to what was selected before."),
            Self::Forward => ("Forward", "Undo a step back."),
            Self::SwitchTheme => ("Switch theme", "From dark to light, or back."),
            Self::FollowDesktopTheme => ("Follow the desktop's theme", "Dark or light as the desktop is."),
            Self::ToggleInspector => ("Show or hide the inspector", "Give the canvas the whole width."),
            Self::CopyId => ("Copy id", "Copy the id of what is selected."),
            Self::CopyCli => ("Copy as AWS CLI", "Copy the AWS CLI command that shows what is selected."),
            Self::OpenConsole => ("Open in AWS console", "Open what is selected in the browser."),
            Self::SavePull => ("Save this pull…", "Save the fleet on screen to share, or to look at later."),
            Self::OpenFile => ("Open a file…", "Open a saved pull."),
            Self::OpenSandbox => ("Open the sandbox", "A simulated AWS with a fleet of its own; it needs no account."),
            Self::CloseSource => ("Close the source", "Back to the welcome screen."),
            Self::Open(_) => ("Open", "Open this source."),
            Self::Filter(_) => ("Filter", "Show the servers that a query selects."),
            Self::SelectFirst => ("Select the first match", "Select the first server that the filter leaves."),
            Self::Select(_) => ("Select", "Show where it came from and what came from it."),
            Self::Toggle(_) => ("Add to the selection", "Add it to what is selected, or take it away."),
            Self::Walk(_) => ("Walk", "Go to the neighbour on the canvas."),
            Self::RefreshEvery(_) => ("Pull by itself", "Read the fleet again at an interval."),
            Self::Copy(..) => ("Copy", "Copy this."),
            Self::Browse(_) => ("Open in the browser", "Open this page."),
            Self::CloseOverlay => ("Close", "Close what is open over the window."),
            Self::Dismiss => ("Dismiss", "Take this message away."),
            Self::Arm(_) => ("Switch to Act", "Let actions be confirmed here for a quarter of an hour."),
            Self::Disarm(_) => ("Switch to Look", "Switch acting off here. What runs goes on."),
            Self::Ask(..) => ("Choose", "Choose how it is to be done, before it is planned."),
            Self::Plan(..) => ("Plan", "Read what it would touch, and show what it would do."),
            Self::DropSheet => ("Cancel", "Put the plan away. Nothing was done."),
            Self::Confirm { .. } => ("Confirm", "Verify the plan once more, and begin."),
            Self::Order(..) => ("Answer", "Say something to an operation."),
            Self::ShowOperation(_) => ("Show the operation", "Look at its steps."),
            Self::DismissRefusal | Self::DismissEnded => ("Dismiss", "Take this message away."),
            Self::PutAway(_) => ("Put away", "Say no more of it here; it stays under Operations."),
        }
    }

    /// Its shortcut. A plain key counts only while no text is typed.
    #[must_use]
    pub fn shortcut(&self) -> Option<KeyboardShortcut> {
        match self {
            Self::FocusSearch => plain(Press::Slash),
            Self::OpenPalette => with(Modifiers::COMMAND, Press::K),
            Self::OpenShortcuts => plain(Press::Questionmark),
            Self::OpenGaps => plain(Press::G),
            Self::ShowLineage => plain(Press::Num1),
            Self::ShowServers => plain(Press::Num2),
            Self::ShowOperations => plain(Press::Num3),
            Self::ShowCalendar => plain(Press::Num4),
            Self::ShowReadiness => plain(Press::Num5),
            Self::Fit => plain(Press::F),
            Self::ZoomIn => plain(Press::Plus),
            Self::ZoomOut => plain(Press::Minus),
            Self::Reveal => plain(Press::S),
            Self::Refresh => plain(Press::R),
            Self::Clear => plain(Press::Escape),
            Self::Back => with(Modifiers::ALT, Press::ArrowLeft),
            Self::Forward => with(Modifiers::ALT, Press::ArrowRight),
            Self::SwitchTheme => plain(Press::T),
            Self::ToggleInspector => plain(Press::I),
            Self::CopyId => plain(Press::C),
            Self::SavePull => with(Modifiers::COMMAND, Press::S),
            Self::OpenFile => with(Modifiers::COMMAND, Press::O),
            _ => None,
        }
    }

    /// Whether it can be done now.
    #[must_use]
    pub fn is_allowed(&self, model: &Model) -> bool {
        let has_view = model.view.is_some();
        match self {
            Self::FocusSearch
            | Self::ShowLineage
            | Self::ShowServers
            | Self::ShowOperations
            | Self::ShowCalendar
            | Self::ShowReadiness
            | Self::ShowOperation(_)
            | Self::ToggleInspector
            | Self::SavePull => has_view,
            Self::Arm(_) | Self::Disarm(_) | Self::Order(..) => model.acting.read_only.is_none(),
            Self::Look => !model.acting.armed.is_empty(),
            Self::Halt => !model.acting.halted && model.acting.read_only.is_none() && has_view,
            Self::Unhalt => model.acting.halted,
            Self::Ask(..) | Self::Plan(..) => model.acting.read_only.is_none() && model.acting.planning.is_none(),
            Self::DropSheet => model.acting.sheet.is_some(),
            Self::Confirm { plan_hash, .. } => {
                model.acting.sheet.as_ref().is_some_and(|sheet| sheet.file.hash == *plan_hash)
            }
            Self::DismissRefusal => model.refused().is_some(),
            Self::DismissEnded => model.ended().is_some(),
            Self::Fit | Self::ZoomIn | Self::ZoomOut | Self::Walk(_) => has_view && model.mode == Mode::Lineage,
            Self::Reveal | Self::CopyId | Self::CopyCli => !model.selection.is_empty(),
            Self::OpenConsole => {
                !model.selection.is_empty()
                    && model.view.as_ref().is_some_and(|view| view.source.kind() != SourceKind::Sandbox)
            }
            Self::ToggleOlderBases | Self::ColourBy(_) | Self::Filter(_) | Self::Select(_) | Self::Toggle(_) => {
                has_view
            }
            Self::OpenGaps => model.view.as_ref().is_some_and(|view| !view.fleet.gaps.is_empty()),
            Self::Refresh => model.pull.is_none() && model.source.as_ref().is_some_and(Source::refreshes),
            Self::StopPull => model.pull.is_some(),
            Self::Back => model.trail.can_go_back(),
            Self::Forward => model.trail.can_go_forward(),
            Self::CloseSource => has_view || model.pull.is_some(),
            Self::CloseOverlay => model.overlay.is_some(),
            Self::OpenPalette => model.overlay != Some(Overlay::Palette),
            Self::Dismiss => model.failure.is_some(),
            Self::SelectFirst => model.filtered.as_ref().is_some_and(|filtered| filtered.servers.is_ok()),
            _ => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_that_stands_for_itself_is_listed_once() {
        for (position, command) in Command::ALL.iter().enumerate() {
            assert!(!Command::ALL[..position].contains(command), "{command:?} is there twice");
            assert!(!command.title().is_empty() && command.help().ends_with('.'), "{command:?}");
        }
    }

    #[test]
    fn no_two_commands_share_a_shortcut_or_a_title() {
        for (position, command) in Command::ALL.iter().enumerate() {
            for other in &Command::ALL[..position] {
                assert_ne!(command.title(), other.title());
                if let (Some(one), Some(two)) = (command.shortcut(), other.shortcut()) {
                    assert_ne!(one, two, "{command:?} and {other:?}");
                }
            }
        }
    }

    #[test]
    fn without_a_source_only_what_needs_none_is_allowed() {
        let model = Model::default();
        for command in [Command::OpenSandbox, Command::OpenFile, Command::OpenPalette, Command::SwitchTheme] {
            assert!(command.is_allowed(&model), "{command:?}");
        }
        for command in
            [Command::Fit, Command::Refresh, Command::CopyId, Command::Back, Command::OpenGaps, Command::SavePull]
        {
            assert!(!command.is_allowed(&model), "{command:?}");
        }
    }
}
