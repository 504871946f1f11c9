//! The columns: what each shows, how wide it is, and how it sorts.

use std::cmp::Ordering;

use egui::{Align2, Color32, CornerRadius, Rect, Sense, Stroke, Ui, pos2, vec2};
use fleet::{BakeVerdict, ServerIx};
use insight::Phoenix;
use insight::human::{short_date, short_duration};
use session::View;

use crate::naming;
use crate::theme::{GRID, Theme, Type};
use crate::widget::{Tone, badge, paint_line};
use crate::words::standing;

/// A column of the table.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Column {
    Name,
    Id,
    State,
    Age,
    Lifetime,
    Due,
    Bake,
    Group,
    Template,
    Image,
    Recipe,
    Zone,
}

/// Columns with their least width and what they take of the room that is left, from the first to be there to the last.
const WIDTHS: [(Column, f32, f32); 12] = [
    (Column::Name, 132.0, 1.0),
    (Column::State, 136.0, 0.0),
    (Column::Age, 64.0, 0.0),
    (Column::Lifetime, 128.0, 0.4),
    (Column::Group, 116.0, 0.8),
    (Column::Due, 96.0, 0.0),
    (Column::Bake, 72.0, 0.0),
    (Column::Image, 128.0, 0.9),
    (Column::Id, 172.0, 0.0),
    (Column::Template, 112.0, 0.6),
    (Column::Recipe, 104.0, 0.5),
    (Column::Zone, 96.0, 0.0),
];

/// The order on the screen.
const ORDER: [Column; 12] = [
    Column::Name,
    Column::Id,
    Column::State,
    Column::Age,
    Column::Lifetime,
    Column::Due,
    Column::Bake,
    Column::Group,
    Column::Template,
    Column::Image,
    Column::Recipe,
    Column::Zone,
];

impl Column {
    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Name => "Name",
            Self::Id => "Id",
            Self::State => "Phoenix",
            Self::Age => "Age",
            Self::Lifetime => "Of its lifetime",
            Self::Due => "Due",
            Self::Bake => "Boot",
            Self::Group => "Group",
            Self::Template => "Template",
            Self::Image => "Image",
            Self::Recipe => "Recipe",
            Self::Zone => "Zone",
        }
    }

    pub(super) fn is_number(self) -> bool {
        self == Self::Age
    }

    /// The columns that `room` points are enough for, with their widths.
    pub(super) fn that_fit(room: f32) -> Vec<(Self, f32)> {
        let mut taken = 0.0;
        let fitting: Vec<_> = WIDTHS
            .into_iter()
            .take_while(|&(_, least, _)| {
                taken += least;
                taken <= room
            })
            .collect();
        let least: f32 = fitting.iter().map(|&(_, least, _)| least).sum();
        let shares: f32 = fitting.iter().map(|&(.., share)| share).sum();
        let spare = (room - least).max(0.0);
        ORDER
            .into_iter()
            .filter_map(|column| {
                let &(_, least, share) = fitting.iter().find(|&&(fits, ..)| fits == column)?;
                Some((column, least + spare * share / shares))
            })
            .collect()
    }

    fn text(self, view: &View, server: ServerIx) -> Option<String> {
        let fleet = &*view.fleet;
        let row = fleet.servers.get(server.at())?;
        let node = view.lineage.servers.get(server.at())?;
        let finding = view.findings.servers.get(server.at())?;
        let title = |node| naming::title(fleet, &view.lineage, node);
        match self {
            Self::Name => fleet.server_name(row).map(str::to_owned),
            Self::Id => Some(fleet.str(row.id).to_owned()),
            Self::State => Some(standing(finding).1),
            Self::Age => finding.age_s().map(short_duration),
            Self::Lifetime => (!finding.cap_unknown).then(|| short_duration(finding.lifetime_s.into())),
            Self::Due => finding.due_at.map(|due_at| short_date(due_at, finding.as_of)),
            Self::Bake => {
                Some(finding.bake).filter(|bake| *bake != BakeVerdict::Unknown).map(|bake| bake.as_str().to_owned())
            }
            Self::Group => match node.group {
                Some(ix) => Some(title(fleet::Node::Group(ix))),
                None => fleet.text(row.group).map(str::to_owned),
            },
            Self::Template => node.template.map(|ix| title(fleet::Node::TemplateVersion(ix))),
            Self::Image => node.image.map(|ix| title(fleet::Node::Image(ix))),
            Self::Recipe => {
                let image = view.lineage.images.get(node.image?.at())?;
                Some(title(fleet::Node::Recipe(image.recipe)))
            }
            Self::Zone => fleet.text(row.zone).map(str::to_owned),
        }
    }

    /// Sorts servers; what is unknown comes last both ways.
    pub(super) fn sort(self, view: &View, rows: &mut [ServerIx], is_descending: bool) {
        let finding = |server: ServerIx| view.findings.servers.get(server.at());
        match self {
            Self::Age => by(rows, is_descending, |server| finding(server)?.age_s()),
            Self::Due => by(rows, is_descending, |server| finding(server)?.due_at),
            Self::Lifetime => by(rows, is_descending, |server| {
                let finding = finding(server)?;
                // In parts of a million: exact enough to order by, and a number that orders.
                Some(finding.age_s()? * 1_000_000 / i64::from(finding.lifetime_s.max(1)))
            }),
            Self::Bake => by(rows, is_descending, |server| {
                let place = |bake| BakeVerdict::ALL.iter().position(|&other| other == bake);
                place(finding(server)?.bake).filter(|&place| BakeVerdict::ALL[place] != BakeVerdict::Unknown)
            }),
            Self::State => by(rows, is_descending, |server| {
                let place = |phoenix| Phoenix::ALL.iter().position(|&other| other == phoenix);
                Some((place(finding(server)?.phoenix)?, std::cmp::Reverse(finding(server)?.age_s())))
            }),
            _ => by(rows, is_descending, |server| self.text(view, server)),
        }
    }

    pub(super) fn cell_ui(self, ui: &mut Ui, view: &View, server: ServerIx, width: f32) {
        let theme = Theme::of(ui);
        let Some(finding) = view.findings.servers.get(server.at()) else { return };
        match self {
            Self::State => {
                let (tone, words) = standing(finding);
                ui.add_space(2.0 * GRID);
                if tone == Tone::Young {
                    ui.label(egui::RichText::new(words).font(Type::Small.font()).color(theme.text.muted));
                } else {
                    badge(ui, tone, &words);
                }
            }
            Self::Bake if matches!(finding.bake, BakeVerdict::Fried | BakeVerdict::Mixed) => {
                let tone = if finding.bake == BakeVerdict::Fried { Tone::Overdue } else { Tone::Due };
                ui.add_space(2.0 * GRID);
                badge(ui, tone, finding.bake.as_str());
            }
            Self::Lifetime => lifetime_ui(ui, finding.ratio(), width),
            _ => {
                let text = self.text(view, server);
                let (role, ink) = match (self, &text) {
                    (_, None) => (Type::Small, theme.text.dim),
                    (Self::Name, _) => (Type::Strong, theme.text.strong),
                    (Self::Age, _) => (Type::NumberStrong, theme.text.strong),
                    (Self::Id, _) => (Type::Mono, theme.text.muted),
                    (Self::Due | Self::Zone, _) => (Type::NumberSmall, theme.text.muted),
                    _ => (Type::Small, theme.text.body),
                };
                text_ui(ui, role, ink, &text.unwrap_or_else(|| self.missing().to_owned()), width, self.is_number());
            }
        }
    }

    fn missing(self) -> &'static str {
        match self {
            Self::Name => "no name",
            Self::Group => "no group",
            Self::Template => "no template",
            Self::Due => "none",
            _ => "unknown",
        }
    }
}

fn by<K: Ord>(rows: &mut [ServerIx], is_descending: bool, key: impl Fn(ServerIx) -> Option<K>) {
    rows.sort_by_cached_key(|&server| Keyed { key: key(server), server, is_descending });
}

struct Keyed<K> {
    key: Option<K>,
    server: ServerIx,
    is_descending: bool,
}

impl<K: Ord> Ord for Keyed<K> {
    fn cmp(&self, other: &Self) -> Ordering {
        let by_key = match (&self.key, &other.key) {
            (Some(a), Some(b)) if self.is_descending => b.cmp(a),
            (Some(a), Some(b)) => a.cmp(b),
            (a, b) => b.is_some().cmp(&a.is_some()),
        };
        by_key.then(self.server.cmp(&other.server))
    }
}

impl<K: Ord> PartialOrd for Keyed<K> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<K: Ord> PartialEq for Keyed<K> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl<K: Ord> Eq for Keyed<K> {}

fn text_ui(ui: &mut Ui, role: Type, ink: Color32, text: &str, width: f32, is_number: bool) {
    let (rect, response) = ui.allocate_exact_size(vec2(width, ui.available_height()), Sense::hover());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, text));
    let padded = rect.shrink2(vec2(2.0 * GRID, 0.0));
    let (at, anchor) = if is_number {
        (padded.right_center(), Align2::RIGHT_CENTER)
    } else {
        (padded.left_center(), Align2::LEFT_CENTER)
    };
    paint_line(ui, at, anchor, role, ink, text, padded.width());
}

/// Age against lifetime: the whole bar is one and a half lifetimes, the tick stands at one.
fn lifetime_ui(ui: &mut Ui, ratio: Option<f32>, width: f32) {
    const WHOLE: f32 = 1.5;
    let theme = Theme::of(ui);
    let (rect, _) = ui.allocate_exact_size(vec2(width, ui.available_height()), Sense::hover());
    let bar = Rect::from_center_size(rect.center(), vec2(width - 4.0 * GRID, 5.0));
    let round = CornerRadius::same(3);
    ui.painter().rect_filled(bar, round, theme.surface.pressed);
    if let Some(ratio) = ratio {
        let end = bar.left() + (bar.width() * (ratio / WHOLE).clamp(0.0, 1.0)).max(5.0);
        ui.painter().rect_filled(Rect::from_min_max(bar.min, pos2(end, bar.bottom())), round, theme.age(Some(ratio)));
    }
    let tick = bar.left() + bar.width() / WHOLE;
    ui.painter().vline(tick, (bar.top() - 3.0)..=(bar.bottom() + 3.0), Stroke::new(1.0, theme.text.dim));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_fill_the_room_and_the_narrowest_window_keeps_the_first() {
        for room in [400.0, 700.0, 900.0, 1300.0, 2000.0] {
            let columns = Column::that_fit(room);
            assert_eq!(columns[0].0, Column::Name);
            let taken: f32 = columns.iter().map(|&(_, width)| width).sum();
            assert!((taken - room).abs() < 0.5, "{room} points, {taken} taken");
        }
        assert_eq!(Column::that_fit(2000.0).len(), ORDER.len());
    }

    #[test]
    fn what_is_unknown_comes_last_both_ways() {
        let ages = [Some(5), None, Some(9), Some(1)];
        for (is_descending, order) in [(false, [3, 0, 2, 1]), (true, [2, 0, 3, 1])] {
            let mut rows: Vec<ServerIx> = (0..4).map(ServerIx).collect();
            by(&mut rows, is_descending, |server| ages[server.at()]);
            assert_eq!(rows.iter().map(|row| row.0).collect::<Vec<_>>(), order);
        }
    }
}
