//! The one place that carries commands out.

use egui::{Context, OpenUrl, Theme};
use fleet::Node;
use session::{Act, Request, Source};

use crate::acting::scope_title;
use crate::app::App;
use crate::aws_link;
use crate::command::Command;
use crate::model::{Mode, Overlay};
use crate::naming;
use crate::panel::ask::{Ask, Known};
use crate::panel::{canvas, top_bar};
use crate::selection::Selection;

impl App {
    /// Carries a command out, if it is allowed now.
    pub(crate) fn handle(&mut self, ctx: &Context, command: Command) {
        if !command.is_allowed(&self.model) {
            return;
        }
        match command {
            Command::FocusSearch => {
                self.model.overlay = None;
                ctx.memory_mut(|memory| memory.request_focus(top_bar::search_id()));
            }
            Command::OpenPalette => {
                self.palette.reset();
                self.model.overlay = Some(Overlay::Palette);
            }
            Command::OpenShortcuts => self.model.overlay = Some(Overlay::Shortcuts),
            Command::OpenAbout => self.model.overlay = Some(Overlay::About),
            Command::OpenGaps => self.model.overlay = Some(Overlay::Gaps),
            Command::CloseOverlay => self.close_overlay(ctx),
            Command::ShowLineage => self.model.mode = Mode::Lineage,
            Command::ShowServers => self.show_servers(),
            Command::ShowCalendar => self.model.mode = Mode::Calendar,
            Command::ShowReadiness => self.model.mode = Mode::Readiness,
            Command::ShowOperations => {
                self.model.mode = Mode::Operations;
                self.model.look_at_ended(None);
            }
            Command::ShowOperation(operation) => {
                self.model.mode = Mode::Operations;
                self.model.look_at_ended(Some(&operation));
                self.model.operation = Some(operation);
            }
            Command::Look => {
                for (scope, _) in &self.model.acting.armed {
                    self.act(Act::Disarm(scope.clone()));
                }
            }
            Command::Halt => self.act(Act::Halt),
            Command::Unhalt => self.act(Act::Unhalt),
            Command::Arm(scope) => self.act(Act::Arm(scope)),
            Command::Disarm(scope) => self.act(Act::Disarm(scope)),
            Command::Ask(scope, action) => {
                let place = scope_title(self.model.view.as_deref(), &scope);
                let known = self.model.view.as_deref().map(|view| Known::of(view, &scope, &action)).unwrap_or_default();
                match Ask::of(scope.clone(), place, &action, known) {
                    Some(ask) => (self.ask, self.model.overlay) = (Some(ask), Some(Overlay::Ask)),
                    None => self.handle(ctx, Command::Plan(scope, action)),
                }
            }
            Command::Plan(scope, action) => {
                self.model.refusal_read.clone_from(&self.model.acting.refused);
                self.act(Act::Plan { scope, action });
            }
            Command::DropSheet => {
                self.act(Act::DropSheet);
                ctx.memory_mut(|memory| memory.request_focus(canvas::canvas_id()));
            }
            Command::Confirm { plan_hash, typed } => {
                // What comes of it is told there, also once the sheet is gone.
                self.model.mode = Mode::Operations;
                self.model.operation = None;
                self.act(Act::Confirm { plan_hash, typed });
            }
            Command::Order(operation, answer) => self.act(Act::Order { operation, answer }),
            Command::DismissEnded => self.model.dismiss_ended(),
            Command::PutAway(operations) => self.model.put_away.extend(operations),
            Command::DismissRefusal => self.model.refusal_read.clone_from(&self.model.acting.refused),
            Command::Fit => self.canvas.fit(),
            Command::ZoomIn => self.canvas.zoom(true),
            Command::ZoomOut => self.canvas.zoom(false),
            Command::Reveal => self.reveal(),
            Command::ToggleOlderBases => {
                self.model.older_bases = !self.model.older_bases;
                self.session.send(Request::Unfold(self.model.older_bases));
            }
            Command::ColourBy(colouring) => {
                self.model.colouring = colouring;
                self.model.mode = Mode::Lineage;
            }
            Command::Refresh => self.session.send(Request::Refresh),
            Command::StopPull => self.session.send(Request::CancelPull),
            Command::RefreshEvery(every) => {
                self.model.refresh_every = every;
                self.session.send(Request::RefreshEvery(every));
            }
            Command::Clear => self.clear(ctx),
            Command::Back => self.model.selection = self.model.trail.back().cloned().unwrap_or_default(),
            Command::Forward => self.model.selection = self.model.trail.forward().cloned().unwrap_or_default(),
            Command::SwitchTheme => {
                let other = if ctx.theme() == Theme::Dark { Theme::Light } else { Theme::Dark };
                self.model.theme = other.into();
                ctx.set_theme(self.model.theme);
            }
            Command::FollowDesktopTheme => {
                self.model.theme = egui::ThemePreference::System;
                ctx.set_theme(self.model.theme);
            }
            Command::ToggleInspector => self.model.inspector = !self.model.inspector,
            Command::CopyId => self.copy_ids(ctx),
            Command::CopyCli => self.copy_cli(ctx),
            Command::OpenConsole => self.open_console(ctx),
            Command::Copy(text, what) => self.copy(ctx, text, what),
            Command::Browse(url) => ctx.open_url(OpenUrl::new_tab(url)),
            Command::OpenSandbox => self.open(Source::Sandbox(String::new())),
            Command::Open(source) => self.open(source),
            Command::OpenFile => self.files.ask_open(ctx),
            Command::SavePull => self.files.ask_save(ctx, &self.model),
            Command::CloseSource => self.session.send(Request::Close),
            Command::Filter(text) => {
                self.session.send(Request::Filter(text.clone()));
                self.model.filter = text;
            }
            Command::SelectFirst => self.select_first(),
            Command::Select(nodes) => self.select(nodes),
            Command::Toggle(node) => {
                let mut nodes = self.model.selection.nodes().to_vec();
                let before = nodes.len();
                nodes.retain(|&other| other != node);
                if nodes.len() == before {
                    nodes.push(node);
                }
                self.select(nodes);
            }
            Command::Walk(step) => {
                if let Some(view) = self.model.view.clone()
                    && let Some(node) = self.canvas.walk(&view, self.model.selection.nodes().last().copied(), step)
                {
                    self.select(vec![node]);
                }
            }
            Command::Dismiss => self.model.failure = None,
        }
    }

    fn act(&self, act: Act) {
        self.session.send(Request::Act(act));
    }

    /// Opens a source in place of the one that is open.
    pub(crate) fn open(&mut self, source: Source) {
        self.model.failure = None;
        self.model.source = Some(source.clone());
        self.session.send(Request::Open(source));
    }

    fn select(&mut self, nodes: Vec<Node>) {
        if let Some(view) = &self.model.view {
            let selection = Selection::of(&view.fleet, &view.lineage, nodes);
            self.model.select(selection);
        }
    }

    fn select_first(&mut self) {
        let Some(&server) = self.model.filtered_servers().and_then(<[_]>::first) else { return };
        self.select(vec![Node::Server(server)]);
        self.reveal();
    }

    fn show_servers(&mut self) {
        self.model.mode = Mode::Servers;
        self.reveal();
    }

    /// Brings the selection into sight, on the canvas and in the table.
    pub(crate) fn reveal(&mut self) {
        self.canvas.reveal();
        if let Some(&Node::Server(server)) = self.model.selection.nodes().last() {
            self.servers.reveal(server);
        }
    }

    /// One thing a press: what lies over the window, the words in the search field, the selection, the filter.
    fn clear(&mut self, ctx: &Context) {
        let typing = ctx.memory(|memory| memory.has_focus(top_bar::search_id()));
        if self.model.acting.sheet.is_some() {
            self.handle(ctx, Command::DropSheet);
        } else if self.model.overlay.is_some() {
            self.close_overlay(ctx);
        } else if typing {
            ctx.memory_mut(|memory| memory.surrender_focus(top_bar::search_id()));
            ctx.memory_mut(|memory| memory.request_focus(canvas::canvas_id()));
        } else if self.model.failure.take().is_some() {
            // The message was in the way.
        } else if !self.model.selection.is_empty() {
            self.select(Vec::new());
        } else if !self.model.filter.is_empty() {
            self.handle(ctx, Command::Filter(String::new()));
        }
    }

    /// The keyboard goes back to the canvas: a field that is gone would swallow the shortcuts.
    fn close_overlay(&mut self, ctx: &Context) {
        self.model.overlay = None;
        ctx.memory_mut(|memory| memory.request_focus(canvas::canvas_id()));
    }

    fn copy(&mut self, ctx: &Context, text: String, what: &str) {
        let shown: String = text.chars().take(60).collect();
        self.model.notify(if what == "id" { format!("Copied {shown}") } else { format!("Copied the {what}") });
        ctx.copy_text(text);
    }

    fn copy_ids(&mut self, ctx: &Context) {
        let Some(view) = self.model.view.clone() else { return };
        let names = self.model.selection.nodes().iter().filter_map(|&node| Some(naming::aws_name(&view, node)?.id));
        let ids: Vec<String> = names.collect();
        match &*ids {
            [] => self.model.notify("AWS has no id for this".to_owned()),
            _ => self.copy(ctx, ids.join("\n"), if ids.len() == 1 { "id" } else { "ids" }),
        }
    }

    fn copy_cli(&mut self, ctx: &Context) {
        let Some(view) = self.model.view.clone() else { return };
        let nodes = self.model.selection.nodes();
        let commands = nodes.iter().filter_map(|&node| {
            let name = naming::aws_name(&view, node)?;
            Some(aws_link::cli(&view.lineage, node, &name))
        });
        let commands: Vec<String> = commands.collect();
        if commands.is_empty() {
            self.model.notify("AWS has no id for this".to_owned());
        } else {
            self.copy(ctx, commands.join("\n"), "AWS CLI command");
        }
    }

    fn open_console(&mut self, ctx: &Context) {
        let Some((view, node)) = self.model.selected() else { return };
        let url = naming::aws_name(view, node).and_then(|name| aws_link::console(&view.lineage, node, &name));
        match url {
            Some(url) => ctx.open_url(OpenUrl::new_tab(url)),
            None => self.model.notify("The AWS console has no page for this".to_owned()),
        }
    }
}
