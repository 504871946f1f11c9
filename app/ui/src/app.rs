//! The window's frame: events in, panels drawn, commands carried out.

use std::time::{Duration, Instant};

use eframe::{CreationContext, Storage};
use egui::{CentralPanel, Context, Frame, Panel, Ui};
use jiff::Timestamp;
use session::{Request, Session};

use crate::command::Command;
use crate::drawing::Drawing;
use crate::files::Files;
use crate::model::{Mode, Model, Overlay};
use crate::panel::{self, canvas, inspector, rail, servers, status, summary, top_bar};
use crate::profiles::Profiles;
use crate::saved::{STORAGE_KEY, Saved};
use crate::selection::Selection;
use crate::theme::Theme;
use crate::window::{WindowError, WindowOptions};

/// The most time a frame spends on the session's events.
const DRAIN: Duration = Duration::from_millis(2);
/// A window narrower than this, in points, gives the inspector less.
const NARROW: f32 = 1200.0;

/// The window.
pub struct App {
    pub(crate) model: Model,
    /// What the storage holds.
    kept: Saved,
    pub(crate) session: Session,
    pub(crate) canvas: canvas::Canvas,
    pub(crate) servers: servers::Servers,
    pub(crate) calendar: panel::calendar::CalendarView,
    pub(crate) readiness: panel::readiness::ReadinessView,
    pub(crate) palette: panel::palette::Palette,
    pub(crate) ask: Option<panel::ask::Ask>,
    pub(crate) sheet: panel::sheet::ConfirmSheet,
    pub(crate) files: Files,
    /// What the command line asks to be selected once it is there.
    select: Option<String>,
    /// For which view and selection the user data to show was looked up.
    looked_up: Option<(u64, Option<fleet::Node>)>,
}

impl App {
    /// Makes the window and starts its session.
    ///
    /// # Errors
    /// The session's threads can't be started.
    pub fn new(creation: &CreationContext<'_>, options: WindowOptions) -> Result<Self, WindowError> {
        let ctx = &creation.egui_ctx;
        Theme::install(ctx);
        let saved: Saved =
            creation.storage.and_then(|storage| eframe::get_value(storage, STORAGE_KEY)).unwrap_or_default();
        let source = options.source.or_else(|| saved.source.clone());
        let model = saved.model();
        ctx.set_theme(model.theme);
        let waker = ctx.clone();
        // A moment's delay lets a burst of events share a frame.
        let session = Session::start(options.setup, move || waker.request_repaint_after(Duration::from_millis(4)))?;
        session.send(Request::RefreshEvery(model.refresh_every));
        session.send(Request::Filter(model.filter.clone()));
        session.send(Request::Unfold(model.older_bases));
        let mut app = Self {
            kept: Saved::of(&model),
            model,
            session,
            canvas: canvas::Canvas::default(),
            servers: servers::Servers::default(),
            calendar: panel::calendar::CalendarView::default(),
            readiness: panel::readiness::ReadinessView::default(),
            palette: panel::palette::Palette::default(),
            ask: None,
            sheet: panel::sheet::ConfirmSheet::default(),
            files: Files::default(),
            select: options.select,
            looked_up: None,
        };
        if let Some(source) = source {
            app.open(source);
        }
        Ok(app)
    }

    /// Takes in what draws the window. Where the processor does, nothing moves for the sake of moving.
    pub fn drawn_by(&mut self, ctx: &Context, drawing: Drawing) {
        if drawing.is_software {
            ctx.all_styles_mut(|style| style.animation_time = 0.0);
        }
        self.model.drawing = Some(drawing);
    }

    /// The state of the window, for tests.
    #[must_use]
    pub fn model(&self) -> &Model {
        &self.model
    }

    fn drain(&mut self, ctx: &Context) {
        let (model, mut new_source) = (&mut self.model, false);
        let more = self.session.drain(DRAIN, |event| new_source |= model.take(event));
        if more {
            ctx.request_repaint_after(Duration::from_millis(1));
        }
        if new_source {
            self.canvas.start();
            self.select_asked();
        }
        for request in self.files.requests() {
            self.session.send(request);
        }
        self.model.profiles.poll();
        if let Some(left) =
            self.model.ended.as_ref().and_then(|ended| ended.until.checked_duration_since(Instant::now()))
            && !left.is_zero()
        {
            ctx.request_repaint_after(left);
        }
        if let Some(notice) = &self.model.notice {
            match notice.until.checked_duration_since(Instant::now()).filter(|left| !left.is_zero()) {
                Some(left) => ctx.request_repaint_after(left),
                None => self.model.notice = None,
            }
        }
    }

    /// Selects what the command line asked for.
    fn select_asked(&mut self) {
        let Some(asked) = self.select.take() else { return };
        let Some(view) = self.model.view.clone() else { return };
        let found = view.lineage.find_nodes(&view.fleet, &asked);
        if found.is_empty() {
            self.model.notify(format!("Nothing here is called {asked}"));
            return;
        }
        self.model.select(Selection::of(&view.fleet, &view.lineage, found));
        self.reveal();
    }

    /// Asks for the user data of what is selected, where it is not at hand.
    fn ask_user_data(&mut self) {
        let now = self.model.view.as_ref().map(|view| (view.generation, self.model.selection.only()));
        if now != self.looked_up {
            self.looked_up = now;
            if let Some(hash) = self.model.missing_user_data() {
                self.session.send(Request::UserData(hash));
            }
        }
    }

    /// Commands whose shortcuts were pressed.
    fn shortcuts(&self, ctx: &Context) -> Vec<Command> {
        let typing = ctx.text_edit_focused();
        let is_open = self.model.overlay.is_some() || self.model.acting.sheet.is_some();
        Command::ALL
            .into_iter()
            .filter(|command| {
                let Some(shortcut) = command.shortcut() else { return false };
                let is_plain = !shortcut.modifiers.command && !shortcut.modifiers.alt;
                let is_clear = *command == Command::Clear;
                let counts = (!is_plain || !typing || is_clear) && (!is_open || is_clear);
                counts && command.is_allowed(&self.model) && ctx.input_mut(|input| input.consume_shortcut(&shortcut))
            })
            .collect()
    }

    fn panels_ui(&mut self, ui: &mut Ui, commands: &mut Vec<Command>) {
        let theme = Theme::of(ui);
        let is_narrow = ui.available_width() < NARROW;
        Panel::top("top bar")
            .exact_size(top_bar::HEIGHT)
            .frame(panel::frame(theme, 14, 0))
            .show(ui, |ui| top_bar::top_bar_ui(ui, &self.model, commands));
        panel::failure::failure_ui(ui, &self.model, commands);
        panel::refusal::refusal_ui(ui, &self.model, commands);
        panel::unfinished::unfinished_ui(ui, &self.model, commands);
        if self.model.view.is_none() {
            CentralPanel::default().frame(Frame::new().fill(theme.surface.canvas)).show(ui, |ui| {
                match &self.model.pull {
                    Some(pull) => panel::loading::loading_ui(ui, pull, commands),
                    None => panel::welcome::welcome_ui(ui, &self.model, commands),
                }
            });
            return;
        }
        Panel::bottom("status")
            .exact_size(status::HEIGHT)
            .frame(panel::frame(theme, 14, 0))
            .show(ui, |ui| status::status_ui(ui, &self.model, commands));
        Panel::left("rail")
            .exact_size(rail::WIDTH)
            .resizable(false)
            .frame(Frame::new().fill(theme.surface.panel))
            .show(ui, |ui| rail::rail_ui(ui, &self.model, commands));
        let shows_fleet = self.model.mode != Mode::Operations;
        if self.model.inspector && shows_fleet {
            let width = if is_narrow { inspector::LEAST_WIDTH } else { inspector::WIDTH };
            Panel::right(if is_narrow { "narrow inspector" } else { "inspector" })
                .default_size(width)
                .size_range(inspector::LEAST_WIDTH..=560.0)
                .frame(panel::frame(theme, 16, 14).inner_margin(egui::Margin {
                    left: 16,
                    right: 6,
                    top: 14,
                    bottom: 0,
                }))
                .show(ui, |ui| inspector::inspector_ui(ui, &self.model, commands));
        }
        if shows_fleet {
            Panel::top("summary")
                .exact_size(summary::HEIGHT)
                .frame(Frame::new().fill(theme.surface.canvas).inner_margin(egui::Margin::symmetric(16, 0)))
                .show(ui, |ui| summary::summary_ui(ui, &self.model, commands));
        }
        CentralPanel::default().frame(Frame::new().fill(theme.surface.canvas)).show(ui, |ui| match self.model.mode {
            Mode::Lineage => self.canvas.ui(ui, &self.model, commands),
            Mode::Servers => self.servers.ui(ui, &self.model, commands),
            Mode::Operations => panel::operations::operations_ui(ui, &self.model, Timestamp::now(), commands),
            Mode::Calendar => self.calendar.ui(ui, &self.model, commands),
            Mode::Readiness => self.readiness.ui(ui, &self.model, commands),
        });
    }

    fn overlays_ui(&mut self, ui: &Ui, commands: &mut Vec<Command>) {
        match self.model.overlay {
            Some(Overlay::Palette) => self.palette.ui(ui, &self.model, commands),
            Some(Overlay::Shortcuts) => panel::shortcuts::shortcuts_ui(ui, commands),
            Some(Overlay::About) => panel::about::about_ui(ui, &self.model, commands),
            Some(Overlay::Gaps) => panel::gaps::gaps_ui(ui, &self.model, commands),
            Some(Overlay::Ask) => {
                if let Some(ask) = &mut self.ask {
                    ask.ui(ui, commands);
                }
            }
            None => {}
        }
        panel::toast::toast_ui(ui, &self.model, commands);
        self.sheet.ui(ui, &self.model.acting, Timestamp::now(), commands);
    }

    /// Keeps what a restart brings back as soon as it changes: a window at rest draws no frame in which eframe would
    /// save by itself, and a crash or a log-out asks nobody.
    fn keep(&mut self, frame: &mut eframe::Frame) {
        let now = Saved::of(&self.model);
        if now != self.kept
            && let Some(storage) = frame.storage_mut()
        {
            eframe::set_value(storage, STORAGE_KEY, &now);
            storage.flush();
            self.kept = now;
        }
    }

    /// Everything in one frame, then what was commanded in it.
    fn frame_ui(&mut self, ui: &mut Ui) {
        let ctx = ui.ctx().clone();
        let mut commands = self.shortcuts(&ctx);
        self.panels_ui(ui, &mut commands);
        panel::act_switch::armed_frame(ui, &self.model, Timestamp::now());
        self.overlays_ui(ui, &mut commands);
        if commands.is_empty() {
            return;
        }
        for command in commands {
            self.handle(&ctx, command);
        }
        // What was just changed is on screen with the next frame, not with the next move of the mouse.
        ctx.request_repaint_after(Duration::ZERO);
    }
}

impl eframe::App for App {
    fn logic(&mut self, ctx: &Context, frame: &mut eframe::Frame) {
        if matches!(self.model.profiles, Profiles::Unasked) && self.model.view.is_none() {
            let waker = ctx.clone();
            let read = || session::profiles().map_err(|error| error.to_string());
            self.model.profiles.ask(read, move || waker.request_repaint_after(Duration::from_millis(4)));
        }
        self.drain(ctx);
        self.ask_user_data();
        self.keep(frame);
    }

    fn ui(&mut self, ui: &mut Ui, frame: &mut eframe::Frame) {
        let began = Instant::now();
        self.frame_ui(ui);
        tell(ui, began.elapsed(), frame.info().cpu_usage);
    }

    fn save(&mut self, storage: &mut dyn Storage) {
        eframe::set_value(storage, STORAGE_KEY, &Saved::of(&self.model));
    }

    fn clear_color(&self, visuals: &egui::Visuals) -> [f32; 4] {
        let theme = if visuals.dark_mode { egui::Theme::Dark } else { egui::Theme::Light };
        Theme::named(theme).surface.canvas.to_normalized_gamma_f32()
    }
}

/// Tells what a frame took, for whoever profiles the real window with `EMBERLINE_LOG=emberline::frame=trace`: this frame's
/// interface, the frame before with its tessellation and the handing over to the GPU, and the time since that one.
fn tell(ui: &Ui, interface: Duration, before_s: Option<f32>) {
    if tracing::enabled!(target: "emberline::frame", tracing::Level::TRACE) {
        let interface_ms = interface.as_secs_f32() * 1e3;
        let before_ms = before_s.unwrap_or_default() * 1e3;
        let since_ms = ui.input(|input| input.unstable_dt) * 1e3;
        tracing::trace!(target: "emberline::frame", interface_ms, before_ms, since_ms);
    }
}
