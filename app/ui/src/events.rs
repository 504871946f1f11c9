//! What the session tells, taken into the model.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use operate::{Operation, OperationId};
use session::{Acting, Event, Failure, View};

use crate::model::{Ended, Mode, Model, NOTICE, Notice, Pull, TOAST};
use crate::saved::remember;
use crate::selection::Selection;

impl Model {
    /// Takes an event in. Returns whether a view of another source came: the canvas then looks at all of it.
    pub(crate) fn take(&mut self, event: Event) -> bool {
        match event {
            Event::PullBegan(source) => {
                self.failure = None;
                self.source = Some(source.clone());
                self.pull = Some(Pull::of(source));
            }
            Event::Progress(progress) => {
                if let Some(pull) = &mut self.pull {
                    pull.take(progress);
                }
            }
            Event::PullCancelled => {
                self.pull = None;
                self.source = self.view.as_ref().map(|view| view.source.clone());
            }
            Event::View(view) => return self.show(view),
            Event::Filtered(filtered) => self.filtered = Some(filtered),
            Event::UserData(text) => self.user_data = Some(text),
            Event::Acting(acting) => self.take_acting(acting),
            Event::NotReread(failures) => self.not_reread = failures,
            Event::Saved(path) => self.notify(format!("Saved {}", name_of(&path))),
            Event::Closed => {
                let kept = std::mem::take(self);
                *self = Self {
                    mode: kept.mode,
                    refresh_every: kept.refresh_every,
                    theme: kept.theme,
                    inspector: kept.inspector,
                    colouring: kept.colouring,
                    recent: kept.recent,
                    profiles: kept.profiles,
                    ..Self::default()
                };
            }
            Event::Failed(failure) => self.fail(failure),
        }
        false
    }

    /// Takes the state of acting in. An operation that has ended since the state before is said to have.
    fn take_acting(&mut self, acting: Arc<Acting>) {
        let before = |id: &OperationId| self.acting.operations.iter().find(|known| known.id == *id);
        let has_just = |one: &&Operation| one.has_ended() && before(&one.id).is_some_and(|known| !known.has_ended());
        let ended = acting.operations.iter().find(has_just).map(|one| one.id.clone());
        self.acting = acting;
        if let Some(operation) = ended {
            self.ended = Some(Ended { operation, until: Instant::now() + TOAST });
            if self.mode == Mode::Operations {
                let shown = self.operation.clone();
                self.look_at_ended(shown.as_ref());
            }
        }
    }

    fn show(&mut self, view: Arc<View>) -> bool {
        let is_new = self.view.as_ref().is_none_or(|shown| shown.source != view.source);
        // A view that was only drawn anew, in which what an operation touches was read again, or which is of another run
        // ends no pull.
        let is_pulled = self.view.as_ref().is_none_or(|shown| (shown.pull, &shown.source) != (view.pull, &view.source));
        if is_pulled && !view.is_kept {
            self.pull = None;
            self.failure = None;
            self.not_reread.clear();
        }
        self.selection = self.selection.carried_to(&view.fleet, &view.lineage);
        if is_new {
            self.trail = crate::selection::Trail::default();
            self.trail.push(self.selection.clone());
            remember(&mut self.recent, &view.source);
        }
        self.source = Some(view.source.clone());
        self.view = Some(view);
        is_new
    }

    fn fail(&mut self, failure: Failure) {
        self.pull = None;
        self.source = self.view.as_ref().map(|view| view.source.clone());
        self.failure = Some(failure);
    }

    /// Says a word for a moment.
    pub(crate) fn notify(&mut self, text: String) {
        self.notice = Some(Notice { text, until: Instant::now() + NOTICE });
    }

    /// Selects, and goes on in the trail.
    pub(crate) fn select(&mut self, selection: Selection) {
        self.trail.push(selection.clone());
        self.selection = selection;
    }
}

fn name_of(path: &Path) -> String {
    path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned())
}
