//! What the panels read: the state of the window. Only `handle.rs` and the draining of events change it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use egui::ThemePreference;
use fleet::{Call, Node, ServerIx};
use insight::{BakeStanding, Bakes, Calendar};
use operate::{Operation, OperationId};
use scene::{Colouring, Detail};
use session::{Acting, Failure, Filtered, Progress, RefusedAction, ShownUserData, Source, View};

use crate::drawing::Drawing;
use crate::profiles::Profiles;
use crate::selection::{Selection, Trail};

/// Which view is on screen.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, serde::Serialize, serde::Deserialize)]
pub enum Mode {
    /// The lineage.
    #[default]
    Lineage,
    /// The table of servers.
    Servers,
    /// The operations.
    Operations,
    /// When servers fall due.
    Calendar,
    /// How fast groups would be made again.
    Readiness,
}

/// What lies over the window and takes the keyboard.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Overlay {
    /// The palette.
    Palette,
    /// The sheet of shortcuts.
    Shortcuts,
    /// The about box.
    About,
    /// The list of gaps.
    Gaps,
    /// The choices of an action.
    Ask,
}

/// A pull that runs.
#[derive(Debug)]
pub struct Pull {
    /// From where.
    pub source: Source,
    /// The last word of each call of each place, by the place's words.
    pub steps: BTreeMap<String, BTreeMap<Call, Progress>>,
    /// Calls that have ended.
    pub calls_done: u32,
    /// Calls known so far.
    pub calls_known: u32,
}

impl Pull {
    /// A pull that has just begun.
    #[must_use]
    pub fn of(source: Source) -> Self {
        Self { source, steps: BTreeMap::new(), calls_done: 0, calls_known: 0 }
    }

    /// Takes a step in.
    pub fn take(&mut self, progress: Progress) {
        self.calls_done = self.calls_done.max(progress.calls_done);
        self.calls_known = self.calls_known.max(progress.calls_known);
        let place = &progress.place;
        let account = place.account.as_deref().or(place.profile.as_deref()).unwrap_or("account not known yet");
        let name = format!("{account} · {}", place.region);
        self.steps.entry(name).or_default().insert(progress.call, progress);
    }

    /// The share of the known calls that have ended.
    #[must_use]
    pub fn share(&self) -> f32 {
        self.calls_done as f32 / self.calls_known.max(1) as f32
    }
}

/// A word that stays for a moment, such as 'Copied'.
#[derive(Clone, Debug)]
pub struct Notice {
    /// The word.
    pub text: String,
    /// When it goes.
    pub until: Instant,
}

/// An operation that ended while the window was open.
#[derive(Clone, Debug)]
pub struct Ended {
    /// Which.
    pub operation: OperationId,
    /// Until when it is said where the eye is.
    pub until: Instant,
}

/// How long it is said.
pub(crate) const TOAST: Duration = Duration::from_secs(8);
/// How long a notice stays.
pub(crate) const NOTICE: Duration = Duration::from_millis(2500);

/// The state of the window.
#[derive(Default)]
pub struct Model {
    /// The view on screen; `None` on the welcome screen.
    pub view: Option<Arc<View>>,
    /// The source that is open or being opened.
    pub source: Option<Source>,
    /// Lineage or servers.
    pub mode: Mode,
    /// What is selected.
    pub selection: Selection,
    /// What was selected before.
    pub trail: Trail,
    /// The text of the filter.
    pub filter: String,
    /// The answer to a filter; it may lag behind the text by a moment.
    pub filtered: Option<Arc<Filtered>>,
    /// The text of user data that was asked for last, once it is there.
    pub user_data: Option<Arc<ShownUserData>>,
    /// The pull that runs.
    pub pull: Option<Pull>,
    /// Acting: what is armed, planned and under way.
    pub acting: Arc<Acting>,
    /// Why what operations touch could not be read again; empty where it could.
    pub not_reread: Vec<String>,
    /// The last refusal that was read and put away.
    pub refusal_read: Option<Arc<RefusedAction>>,
    /// The operation that is looked at; `None` for the newest.
    pub operation: Option<OperationId>,
    /// The operation that ended last and was not looked at since.
    pub ended: Option<Ended>,
    /// Operations that have not ended, of which no more is to be said.
    pub put_away: BTreeSet<OperationId>,
    /// What could not be done last.
    pub failure: Option<Failure>,
    /// A word for a moment.
    pub notice: Option<Notice>,
    /// What lies over the window.
    pub overlay: Option<Overlay>,
    /// How often the fleet is pulled again.
    pub refresh_every: Option<Duration>,
    /// Dark, light or as the desktop is.
    pub theme: ThemePreference,
    /// Whether the inspector is open.
    pub inspector: bool,
    /// Whether older bases are unfolded.
    pub older_bases: bool,
    /// What the colours of the canvas tell.
    pub colouring: Colouring,
    /// Sources that were open before, the latest first.
    pub recent: Vec<Source>,
    /// The profiles that were found.
    pub profiles: Profiles,
    /// What draws the window, where that is known.
    pub drawing: Option<Drawing>,
}

impl Model {
    /// The servers that the filter leaves, in the fleet's order; `None` where there is no filter or it is wrong.
    #[must_use]
    pub fn filtered_servers(&self) -> Option<&[ServerIx]> {
        let (view, filtered) = (self.view.as_ref()?, self.filtered.as_ref()?);
        if filtered.text.trim().is_empty() || filtered.generation != view.generation {
            return None;
        }
        filtered.servers.as_deref().ok()
    }

    /// When the servers that the filter leaves fall due; `None` until that is found out.
    #[must_use]
    pub fn calendar(&self) -> Option<&Calendar> {
        let (view, filtered) = (self.view.as_ref()?, self.filtered.as_ref()?);
        (filtered.generation == view.generation).then_some(&filtered.calendar)
    }

    /// Why the last action was not planned, confirmed or begun, until it is put away.
    #[must_use]
    pub fn refused(&self) -> Option<&Arc<RefusedAction>> {
        let is_read =
            |refused: &Arc<RefusedAction>| self.refusal_read.as_ref().is_some_and(|read| Arc::ptr_eq(read, refused));
        self.acting.refused.as_ref().filter(|refused| !is_read(refused))
    }

    /// The operation that ended last, until somebody looks at it.
    #[must_use]
    pub fn ended(&self) -> Option<(&Ended, &Operation)> {
        let ended = self.ended.as_ref()?;
        let operation = self.acting.operations.iter().find(|operation| operation.id == ended.operation)?;
        Some((ended, operation))
    }

    /// Says it no more where the eye is; it stays reachable.
    pub(crate) fn dismiss_ended(&mut self) {
        if let Some(ended) = &mut self.ended {
            ended.until = Instant::now();
        }
    }

    /// Somebody looks at an operation; `None` for the newest.
    pub(crate) fn look_at_ended(&mut self, operation: Option<&OperationId>) {
        let shown = operation.or(self.acting.operations.first().map(|newest| &newest.id));
        if self.ended.as_ref().map(|ended| &ended.operation) == shown {
            self.ended = None;
        }
    }

    /// What the one selected node boots with; `None` where that is nothing of which this can be said.
    #[must_use]
    pub fn bake_standing(&self) -> Option<BakeStanding<'_>> {
        let (view, node) = self.selected()?;
        bake_standing(view, node)
    }

    /// The text of user data that is to be shown and is not there yet, by the hash of its bytes.
    #[must_use]
    pub(crate) fn missing_user_data(&self) -> Option<[u8; 32]> {
        let text = self.view.as_ref()?.fleet.user_data.get(self.bake_standing()?.text?)?;
        let is_there = self.user_data.as_ref().is_some_and(|shown| shown.hash == text.hash);
        (!is_there && text.bytes().is_some()).then_some(text.hash)
    }

    /// How much detail whatever draws the window can draw in a frame's time.
    #[must_use]
    pub fn detail(&self) -> Detail {
        match &self.drawing {
            Some(drawing) if drawing.is_software => Detail::Spare,
            _ => Detail::Full,
        }
    }

    /// The one selected node, with the view that it is of.
    #[must_use]
    pub fn selected(&self) -> Option<(&View, Node)> {
        Some((self.view.as_deref()?, self.selection.only()?))
    }
}

/// What a node boots with: a server, a template version, or a group's next servers by the version that it wants.
pub(crate) fn bake_standing(view: &View, node: Node) -> Option<BakeStanding<'_>> {
    let bakes = || Bakes::new(&view.fleet, &view.lineage);
    match node {
        Node::Server(server) => {
            let finding = view.findings.servers.get(server.at())?;
            Some(bakes().of_server(server, view.findings.waivers(finding)))
        }
        Node::TemplateVersion(template) => Some(bakes().of_template(template, view.findings.waived.everywhere())),
        Node::Group(group) => {
            let wants = view.lineage.groups.get(group.at())?.wants?;
            Some(bakes().of_template(wants, view.findings.waived.everywhere()))
        }
        Node::Image(_) | Node::Recipe(_) => None,
    }
}
