//! The canvas: the scene through a camera, with the pointer and the keyboard on it.

mod access;
mod legend;
mod overlay;

use egui::{
    Align2, CursorIcon, EventFilter, Id, Key, Modifiers, Pos2, Rect, Response, Role, Sense, Shape, Ui, Vec2, WidgetInfo,
};
use fleet::Node;
use scene::{
    Align, Camera, CardOf, Colouring, Direction, Edition, Font, FrameInput, KeptMesh, Lighting, Motion, Place, TextRun,
};
use session::View;

use crate::command::{Command, Step};
use crate::model::Model;
use crate::theme::{Theme, Type};
use crate::widget::{fitted_scaled, paint_line};

/// Room around the lineage when all of it is shown, in points.
const MARGIN: f32 = 16.0;
/// One press of the zoom keys, as a factor.
const ZOOM_STEP: f32 = 1.25;
/// How long what came and went moves, in seconds: long enough to be found with the eye.
const MOTION_S: f64 = 0.9;
/// From one frame of it to the next.
const FRAME: std::time::Duration = std::time::Duration::from_millis(16);
/// Between a run of text and its tail, in points.
const TAIL_GAP: f32 = 6.0;

/// The canvas's own state: where it is looked at from, and what has the keyboard there.
#[derive(Default)]
pub(crate) struct Canvas {
    camera: Camera,
    viewport: Option<Rect>,
    /// What the camera keeps showing, whatever the window's size.
    follows: Follows,
    /// For which room, pull and folding the camera was placed: what an operation changes does not move it.
    placed_for: Option<(Rect, u64, bool)>,
    /// The movement of what came and went: of which view, and since when, in egui's seconds.
    moving: Option<(u64, f64)>,
    focused: Option<Place>,
    /// Whether the keyboard led to `focused`, which is marked then.
    by_keys: bool,
    /// Whether the selection is to be brought into sight.
    reveals: bool,
    /// Whether the keyboard came here by Tab: a click needs no ring to say where it went.
    has_ring: bool,
    lighting: Lighting,
    /// How often the lighting was made.
    lightings: u64,
    /// For which view, selection and filter `lighting` was made.
    lit_for: Option<(u64, Vec<Node>, Option<String>)>,
    /// The picture and the minimap as they were drawn last.
    kept: KeptMesh,
    kept_minimap: KeptMesh,
}

/// What the camera keeps showing.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
enum Follows {
    /// The lineage from its top, at a zoom that can be read where that takes no long scrolling; else all of it.
    #[default]
    Start,
    /// All of the lineage.
    Whole,
    /// Nothing: the user has moved it.
    Nothing,
}

/// Cards show both lines of text from this zoom on: nobody needs to look nearer.
const WHOLE_ZOOM: f32 = 0.78;
/// Cards show their title from this zoom on.
const TITLE_ZOOM: f32 = 0.5;
/// Screens to scroll at most, for the sake of text that can be read at once.
const LONGEST_SCROLL: f32 = 3.5;

/// The canvas, for the command that gives it the keyboard.
pub(crate) fn canvas_id() -> Id {
    Id::unique("lineage canvas")
}

impl Canvas {
    /// Shows everything from the next frame on.
    pub(crate) fn fit(&mut self) {
        (self.follows, self.placed_for) = (Follows::Whole, None);
    }

    /// Looks at the start of another fleet.
    pub(crate) fn start(&mut self) {
        (self.follows, self.placed_for) = (Follows::Start, None);
        self.focused = None;
    }

    /// Looks from nearer or farther about the middle.
    pub(crate) fn zoom(&mut self, nearer: bool) {
        if let Some(viewport) = self.viewport {
            let factor = if nearer { ZOOM_STEP } else { 1.0 / ZOOM_STEP };
            self.camera.zoom_about(viewport.center(), factor, viewport);
            self.follows = Follows::Nothing;
        }
    }

    /// Brings the selection into sight with the next frame.
    pub(crate) fn reveal(&mut self) {
        self.reveals = true;
    }

    fn show_selection(&mut self, view: &View, nodes: &[Node], viewport: Rect) {
        let places = nodes.iter().filter_map(|&node| view.scene.place_of(node));
        let rects = places.filter_map(|place| view.scene.rect_of(place));
        let Some(all) = rects.reduce(Rect::union) else { return };
        self.focused = nodes.last().and_then(|&node| view.scene.place_of(node));
        let before = self.camera;
        self.camera.reveal(all, inner(viewport), 3.0 * MARGIN);
        self.keep_if_moved(before);
    }

    /// Walks from what has the focus. Returns the node that it came to.
    pub(crate) fn walk(&mut self, view: &View, from: Option<Node>, step: Step) -> Option<Node> {
        let scene = &view.scene;
        let direction = match step {
            Step::Left => Direction::Left,
            Step::Right => Direction::Right,
            Step::Up => Direction::Up,
            Step::Down => Direction::Down,
        };
        let start = self.focused.or_else(|| scene.place_of(from?));
        let next = match start {
            Some(start) => scene.neighbour(start, direction)?,
            None => Place::Card(*scene.columns().iter().rev().find_map(|column| column.cards.first())?),
        };
        self.focused = Some(next);
        self.by_keys = true;
        if let (Some(rect), Some(viewport)) = (scene.rect_of(next), self.viewport) {
            let before = self.camera;
            self.camera.reveal(rect, inner(viewport), 2.0 * MARGIN);
            self.keep_if_moved(before);
        }
        scene.node_of(next)
    }

    fn keep_if_moved(&mut self, before: Camera) {
        if before != self.camera {
            self.follows = Follows::Nothing;
        }
    }

    pub(crate) fn ui(&mut self, ui: &mut Ui, model: &Model, commands: &mut Vec<Command>) {
        let Some(view) = model.view.as_deref() else { return };
        let theme = Theme::of(ui);
        let viewport = ui.available_rect_before_wrap();
        let response = ui.interact(viewport, canvas_id(), Sense::click_and_drag());
        ui.advance_cursor_after_rect(viewport);
        self.viewport = Some(viewport);
        self.place(view, viewport);
        if std::mem::take(&mut self.reveals) {
            self.show_selection(view, model.selection.nodes(), viewport);
        }
        self.light(view, model);

        self.move_by(ui, &response, viewport);
        let hovered = self.hovered(ui, &response, view, viewport);
        self.click(ui, &response, view, hovered, commands);
        self.keys(ui, &response, view, commands);

        let painter = ui.painter().with_clip_rect(viewport);
        let palette = theme.palette();
        let motion = self.motion(ui, view);
        let input = FrameInput {
            camera: self.camera,
            viewport,
            pixels_per_point: ui.ctx().pixels_per_point(),
            detail: model.detail(),
            palette: &palette,
            colouring: model.colouring,
            lighting: &self.lighting,
            hovered,
            focused: self.focused.filter(|_| response.has_focus() && self.by_keys),
            motion,
        };
        let edition = Edition { scene: view.generation, lighting: self.lightings };
        painter.add(Shape::mesh(self.kept.mesh(edition, &input, || view.scene.mesh(&input))));
        let mut clipped = ui.new_child(egui::UiBuilder::new().max_rect(viewport));
        clipped.set_clip_rect(viewport);
        for run in view.scene.texts(&input) {
            text_ui(&clipped, &run);
        }
        legend::legend_ui(&clipped, view, viewport, model.colouring, commands);
        if !self.camera.visible(inner(viewport)).contains_rect(view.scene.bounds()) {
            self.minimap_ui(&mut clipped, view, viewport, model.colouring);
        }
        self.name(&response, model, view);
        overlay::older_bases_ui(&mut clipped, view, viewport, self.camera, commands);
        access::nodes_ui(&mut clipped, view, self.camera, viewport, self.focused, commands);
        self.has_ring = response.has_focus() && (self.has_ring || ui.input(|input| input.key_pressed(Key::Tab)));
        if self.has_ring {
            let stroke = egui::Stroke::new(1.5, theme.accent.focus);
            ui.painter().rect_stroke(viewport.shrink(1.0), 0.0, stroke, egui::StrokeKind::Inside);
        }
        if let Some(hovered) = hovered {
            overlay::read_out_ui(&response, view, hovered, model.colouring);
        }
    }

    /// Keeps everything in sight until the user moves the camera, and something in sight ever after.
    fn place(&mut self, view: &View, viewport: Rect) {
        let wanted = Some((viewport, view.pull, view.is_unfolded));
        let is_placed = std::mem::replace(&mut self.placed_for, wanted) == wanted;
        match self.follows {
            Follows::Nothing => self.camera.clamp(view.scene.bounds()),
            _ if is_placed => {}
            Follows::Start => self.camera = started(view, viewport),
            Follows::Whole => self.camera = fitted(view, viewport),
        }
    }

    /// The movement of what came and went with this view, while it lasts; it begins when it is first seen.
    fn motion<'v>(&mut self, ui: &Ui, view: &'v View) -> Option<(&'v Motion, f32)> {
        let now_s = ui.input(|input| input.time);
        let (of, since_s) = *self.moving.get_or_insert((view.generation, f64::NEG_INFINITY));
        let since_s = if of == view.generation { since_s } else { now_s };
        self.moving = Some((view.generation, since_s));
        let progress = ((now_s - since_s) / MOTION_S) as f32;
        // A style without animations wants none here either.
        if view.motion.is_still() || progress >= 1.0 || ui.style().animation_time <= 0.0 {
            return None;
        }
        ui.ctx().request_repaint_after(FRAME);
        Some((&view.motion, progress))
    }

    fn light(&mut self, view: &View, model: &Model) {
        let filter = model.filtered_servers();
        let wanted = (view.generation, model.selection.nodes().to_vec(), filter.map(|_| model.filter.clone()));
        if self.lit_for.as_ref() == Some(&wanted) {
            return;
        }
        let places: Vec<Place> = wanted
            .1
            .iter()
            .flat_map(|&node| match node {
                Node::Server(server) => vec![Place::Server(server)],
                node => view.scene.cards_of(node).map(Place::Card).collect(),
            })
            .collect();
        self.lighting = view.scene.light(&places, filter);
        self.lightings += 1;
        self.lit_for = Some(wanted);
    }

    fn move_by(&mut self, ui: &Ui, response: &Response, viewport: Rect) {
        if response.dragged() && response.drag_delta() != Vec2::ZERO {
            self.camera.pan(response.drag_delta());
            self.follows = Follows::Nothing;
        }
        let Some(pointer) = response.hover_pos() else { return };
        let (pinch, scroll, sideways) =
            ui.input(|input| (input.zoom_delta(), input.smooth_scroll_delta(), input.modifiers.shift));
        if pinch != 1.0 {
            self.camera.zoom_about(pointer, pinch, viewport);
            self.follows = Follows::Nothing;
        } else if sideways && scroll != Vec2::ZERO {
            self.camera.pan(scroll);
            self.follows = Follows::Nothing;
        } else if scroll != Vec2::ZERO {
            self.camera.zoom_about(pointer, (scroll.y / 240.0).exp(), viewport);
            self.camera.pan(Vec2::new(scroll.x, 0.0));
            self.follows = Follows::Nothing;
        }
    }

    fn hovered(&self, ui: &Ui, response: &Response, view: &View, viewport: Rect) -> Option<Place> {
        // Headings and legend lie over the cards.
        let is_free = |at: &Pos2| inner(viewport).contains(*at);
        let pointer = response.hover_pos().filter(|_| !response.dragged()).filter(is_free)?;
        let hit = view.scene.hit(self.camera.world_from_screen(pointer, viewport));
        let icon = match (hit, response.dragged()) {
            (Some(_), _) => CursorIcon::PointingHand,
            (None, true) => CursorIcon::Grabbing,
            (None, false) => CursorIcon::Default,
        };
        ui.ctx().set_cursor_icon(icon);
        hit
    }

    fn click(
        &mut self,
        ui: &Ui,
        response: &Response,
        view: &View,
        hovered: Option<Place>,
        commands: &mut Vec<Command>,
    ) {
        if !response.clicked() {
            return;
        }
        response.request_focus();
        let Some(place) = hovered else {
            commands.push(Command::Select(Vec::new()));
            return;
        };
        self.focused = Some(place);
        self.by_keys = false;
        let adds = ui.input(|input| input.modifiers.command || input.modifiers.shift);
        commands.push(chosen(view, place, adds));
    }

    fn keys(&mut self, ui: &Ui, response: &Response, view: &View, commands: &mut Vec<Command>) {
        if !response.has_focus() {
            return;
        }
        let filter = EventFilter { horizontal_arrows: true, vertical_arrows: true, ..EventFilter::default() };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(canvas_id(), filter));
        for (key, step) in [
            (Key::ArrowLeft, Step::Left),
            (Key::ArrowRight, Step::Right),
            (Key::ArrowUp, Step::Up),
            (Key::ArrowDown, Step::Down),
        ] {
            if ui.input_mut(|input| input.consume_key(Modifiers::NONE, key)) {
                commands.push(Command::Walk(step));
            }
        }
        if let Some(place) = self.focused
            && ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Enter))
        {
            commands.push(chosen(view, place, false));
        }
    }

    fn name(&self, response: &Response, model: &Model, view: &View) {
        response.widget_info(|| {
            let at = self.focused.map(|place| format!(": {}", overlay::words(view, place))).unwrap_or_default();
            let name =
                format!("Lineage of {}{at}", crate::words::counted(view.findings.totals.servers.into(), "server"));
            WidgetInfo::labeled(Role::Canvas, model.overlay.is_none(), name)
        });
    }

    fn minimap_ui(&mut self, ui: &mut Ui, view: &View, viewport: Rect, colouring: Colouring) {
        let edition = Edition { scene: view.generation, lighting: self.lightings };
        let mut drawn = |input: &FrameInput<'_>| self.kept_minimap.mesh(edition, input, || view.scene.minimap(input));
        let (rect, moved) = overlay::minimap_ui(ui, view, viewport, self.camera, colouring, &self.lighting, &mut drawn);
        if let Some(pointer) = moved {
            self.camera.centre = view.scene.minimap_camera(rect).world_from_screen(pointer, rect);
            self.camera.clamp(view.scene.bounds());
        }
    }
}

/// The part of the viewport that neither the headings nor the legend cover.
fn inner(viewport: Rect) -> Rect {
    Rect::from_min_max(
        Pos2::new(viewport.left(), viewport.top() + scene::HEADING_H),
        Pos2::new(viewport.right(), viewport.bottom() - legend::HEIGHT),
    )
}

/// The camera that shows everything, from the top where there is room.
fn fitted(view: &View, viewport: Rect) -> Camera {
    let (bounds, room) = (view.scene.bounds(), inner(viewport));
    let mut camera = Camera::fit(bounds, room, MARGIN);
    if bounds.is_finite() && bounds.is_positive() {
        // A fleet of three servers stands at the top left, like a page, and not lost in the middle.
        let shown = room.shrink(MARGIN).size() / camera.zoom;
        let half = shown / 2.0;
        camera.centre.x = bounds.left() + half.x.max(bounds.width() / 2.0);
        camera.centre.y = bounds.top() + half.y.max(bounds.height() / 2.0);
        camera.centre.x = camera.centre.x.min(bounds.center().x.max(bounds.left() + half.x));
    }
    // The camera's middle is the viewport's, the room's lies a little higher or lower.
    camera.centre -= (room.center() - viewport.center()) / camera.zoom;
    camera
}

/// The camera that a fleet opens with.
fn started(view: &View, viewport: Rect) -> Camera {
    let whole = fitted(view, viewport);
    let (bounds, room) = (view.scene.bounds(), inner(viewport).shrink(MARGIN));
    let zoom = (room.width() / bounds.width().max(1.0)).min(1.0);
    let screens = bounds.height() * zoom / room.height().max(1.0);
    if whole.zoom >= WHOLE_ZOOM || zoom < TITLE_ZOOM || screens > LONGEST_SCROLL {
        return whole;
    }
    // The world's left top corner is to lie in the room's.
    Camera { zoom, centre: bounds.min + (viewport.center() - room.min) / zoom }
}

fn chosen(view: &View, place: Place, adds: bool) -> Command {
    match view.scene.node_of(place) {
        Some(node) if adds => Command::Toggle(node),
        Some(node) => Command::Select(vec![node]),
        None => Command::Select(missing(view, place)),
    }
}

/// What a card for something missing stands for: its servers.
fn missing(view: &View, place: Place) -> Vec<Node> {
    match place {
        Place::Card(card) => view.scene.servers_of(card).into_iter().map(Node::Server).collect(),
        Place::Server(server) => vec![Node::Server(server)],
    }
}

/// What a card for something missing is called.
fn missing_title(of: &CardOf) -> String {
    match of {
        CardOf::Node(_) => String::new(),
        CardOf::NoImage => "image unknown".to_owned(),
        CardOf::NoTemplate => "no template".to_owned(),
        CardOf::NoGroup => "no group".to_owned(),
        CardOf::Owner(owner) => format!("owned by {owner}"),
        CardOf::UnreadGroup(group) => format!("{group}, which could not be read"),
    }
}

fn text_ui(ui: &Ui, run: &TextRun<'_>) {
    let role = match run.font {
        Font::Regular => Type::Body,
        Font::Medium => Type::Strong,
    };
    let anchor = match run.align {
        Align::Left => Align2::LEFT_CENTER,
        Align::Right => Align2::RIGHT_CENTER,
    };
    // Sizes in steps of half a point: each step has its own glyphs in the atlas.
    let size = (run.size * 2.0).round() / 2.0;
    // The scene shares a line by the mean width of a letter; digits are wider.
    let room = run.max_width + if run.align == Align::Right { 4.0 } else { 0.0 };
    let galley = fitted_scaled(ui, role, size / role.size(), run.colour, run.text, room);
    let rect = anchor.anchor_size(run.pos, galley.size());
    ui.painter().galley(rect.min, galley, run.colour);
    if let Some((tail, colour)) = run.tail {
        let room = run.max_width - rect.width() - TAIL_GAP;
        let galley = fitted_scaled(ui, Type::Body, size / Type::Body.size(), colour, tail, room);
        let rect = Align2::LEFT_CENTER.anchor_size(rect.right_center() + Vec2::new(TAIL_GAP, 0.0), galley.size());
        ui.painter().galley(rect.min, galley, colour);
    }
}

fn dot_line(ui: &Ui, at: Pos2, text: &str) -> Rect {
    let theme = Theme::of(ui);
    paint_line(ui, at, Align2::LEFT_CENTER, Type::Caption, theme.text.muted, text, f32::INFINITY)
}
