//! The picture as a drawing that stands alone.

use std::fmt::{self, Write};

use epaint::{Color32, Pos2, Rect, pos2, vec2};

use crate::card::{Card, TileField};
use crate::colouring::{Colouring, Form, Standing};
use crate::draw::{NOT_GROWN, control_points, halves, mark, rim};
use crate::layout::{GROUP_HEAD, PAD};
use crate::palette::{Palette, Shade};
use crate::phase::Phase;
use crate::scene::Scene;

/// Around the picture.
const MARGIN: f32 = 24.0;
/// Title and headings above the cards.
const HEAD: f32 = 64.0;
/// Legend below them.
const FOOT: f32 = 44.0;
/// Narrower than this the legend does not fit.
const NARROWEST: f32 = 760.0;
/// Mean width of a letter in sizes: text is cut by count, since nothing here can measure it.
const LETTER: f32 = 0.53;

impl Scene {
    /// The whole picture as SVG: cards, every tile, edges, title, headings and legend, in the fonts of `font_family`
    /// (a CSS list of names). Equal scenes give equal text; strings of the fleet are escaped.
    #[must_use]
    pub fn svg(&self, palette: &Palette, colouring: Colouring, font_family: &str) -> String {
        let bounds = self.bounds();
        let size = vec2(bounds.width().max(NARROWEST - 2.0 * MARGIN), bounds.height())
            + vec2(2.0 * MARGIN, HEAD + FOOT + MARGIN);
        let mut drawing = Drawing { text: String::new(), palette, colouring, origin: pos2(MARGIN, MARGIN + HEAD) };
        let (width, height) = (Num(size.x), Num(size.y));
        drawing.push(format_args!(
            r#"<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" font-family="{}" font-size="11">"#,
            Escaped(font_family)
        ));
        drawing.push(format_args!(r#"<title>{}</title>"#, Escaped(&self.caption)));
        drawing.push(format_args!(r#"<rect width="{width}" height="{height}" fill="{}"/>"#, Hex(palette.background)));
        drawing.line(pos2(0.0, -HEAD + 8.0), 15.0, "600", palette.text, "start", &self.caption, size.x - 2.0 * MARGIN);
        for column in &self.columns {
            let at = pos2(column.x.0, -14.0);
            let room = column.x.1 - column.x.0;
            let heading = format!("{}  {}", column.title, column.tail);
            drawing.line(at, 11.0, "500", palette.text_muted, "start", &heading, room);
        }
        drawing.edges(self);
        for card in &self.cards {
            drawing.card(self, card);
        }
        drawing.legend(pos2(0.0, bounds.height() + FOOT - 8.0));
        drawing.text.push_str("</svg>\n");
        drawing.text
    }
}

struct Drawing<'a> {
    text: String,
    palette: &'a Palette,
    colouring: Colouring,
    /// Where the world's origin is on the drawing.
    origin: Pos2,
}

impl Drawing<'_> {
    fn push(&mut self, element: fmt::Arguments<'_>) {
        let _ = writeln!(self.text, "{element}");
    }

    fn at(&self, world: Pos2) -> Pos2 {
        world + self.origin.to_vec2()
    }

    #[expect(clippy::too_many_arguments, reason = "they are the attributes of one text element")]
    fn line(&mut self, at: Pos2, size: f32, weight: &str, colour: Color32, anchor: &str, text: &str, room: f32) {
        let text = cut(text, room / size);
        if text.is_empty() {
            return;
        }
        let at = self.at(at);
        let size = if size == 11.0 { String::new() } else { format!(r#" font-size="{}""#, Num(size)) };
        let weight = if weight == "400" { String::new() } else { format!(r#" font-weight="{weight}""#) };
        let anchor = if anchor == "start" { String::new() } else { format!(r#" text-anchor="{anchor}""#) };
        self.push(format_args!(
            r#"<text x="{}" y="{}"{size}{weight}{anchor} fill="{}">{}</text>"#,
            Num(at.x),
            Num(at.y),
            Hex(colour),
            Escaped(&text)
        ));
    }

    fn edges(&mut self, scene: &Scene) {
        let colour = Hex(self.palette.edge);
        self.push(format_args!(r#"<g fill="none" stroke="{colour}">"#));
        for edge in &scene.edges {
            let [a, b, c, d] = control_points(self.at(edge.start), self.at(edge.end)).map(Point);
            let faint = if edge.servers == 0 { r#" stroke-opacity="0.6""# } else { "" };
            self.push(format_args!(r#"<path d="M{a}C{b} {c} {d}" stroke-width="{}"{faint}/>"#, Num(edge.width)));
        }
        self.push(format_args!("</g>"));
    }

    fn card(&mut self, scene: &Scene, card: &Card) {
        let palette = self.palette;
        let rect = Rect::from_min_size(self.at(card.rect.min), card.rect.size());
        let dashes = if card.flags.is_dashed() { r#" stroke-dasharray="4 4""# } else { "" };
        let fill = if card.flags.ghost { palette.background.lerp_to_gamma(palette.card, 0.5) } else { palette.card };
        self.push(format_args!(
            r#"<rect x="{}" y="{}" width="{}" height="{}" rx="7" fill="{}" stroke="{}"{dashes}/>"#,
            Num(rect.min.x + 0.5),
            Num(rect.min.y + 0.5),
            Num(rect.width() - 1.0),
            Num(rect.height() - 1.0),
            Hex(fill),
            Hex(palette.border)
        ));
        let title = if card.flags.is_dashed() { palette.text_muted } else { palette.text };
        let room = card.rect.width() - 2.0 * PAD;
        let left = |below: f32| card.rect.left_top() + vec2(PAD, below);
        if card.badge.is_empty() {
            self.line(left(20.0), 13.0, "500", title, "start", &card.title, room);
            self.line(left(37.0), 11.0, "400", palette.text_muted, "start", &card.subtitle, room);
        } else {
            let badge_room = (card.badge.chars().count() as f32 * LETTER * 11.0).min(room * 0.62);
            let base = GROUP_HEAD / 2.0 + 4.0;
            self.line(left(base), 13.0, "500", title, "start", &card.title, room - badge_room - 8.0);
            let right = card.rect.right_top() + vec2(-PAD, base);
            self.line(right, 11.0, "400", palette.text_muted, "end", &card.badge, badge_room + 6.0);
        }
        if let Some(field) = &card.tiles {
            self.tiles(scene, field);
        }
    }

    /// One path for each run of tiles of one colour and shape, and one for the marks on them.
    fn tiles(&mut self, scene: &Scene, field: &TileField) {
        let tiles = &scene.tiles[field.first as usize..(field.first + field.len) as usize];
        let side = field.tile_side();
        let colouring = self.colouring;
        let mut number = 0;
        let mut marks = String::new();
        for run in tiles.chunk_by(|a, b| (a.shade(colouring), a.phase) == (b.shade(colouring), b.phase)) {
            let mut path = String::new();
            let shade = run[0].shade(colouring);
            for tile in run {
                let lacks = if run[0].phase == Phase::Starting { side * NOT_GROWN } else { 0.0 };
                let min = self.at(field.rect(number).min + vec2(lacks, lacks));
                let length = side - 2.0 * lacks;
                let rect = Rect::from_min_size(min, vec2(length, length));
                if tile.phase == Phase::GoingDown {
                    let (x, y, side) = (Num(min.x), Num(min.y), Num(length));
                    let _ = write!(path, "M{x} {y}l{side} {side}h-{side}z");
                } else {
                    outline(&mut path, rect, colouring.form(shade));
                }
                if tile.phase == Phase::Up && tile.is_marked(colouring) {
                    outline(&mut marks, mark(rect), Form::Whole);
                }
                number += 1;
            }
            let colour = Hex(self.palette.tile(colouring, shade));
            self.push(format_args!(r#"<path fill="{colour}" d="{path}"/>"#));
        }
        if !marks.is_empty() {
            self.push(format_args!(r#"<path fill="{}" d="{marks}"/>"#, Hex(self.palette.background)));
        }
    }

    /// What verdicts the tiles tell.
    fn standings(&mut self, at: Pos2) {
        let mut x = 0.0;
        for standing in Standing::ALL {
            let Some(word) = self.colouring.word(standing) else { continue };
            let mut path = String::new();
            let min = self.at(at + vec2(x, -9.0));
            outline(&mut path, Rect::from_min_size(min, vec2(9.0, 9.0)), self.colouring.form(standing.shade()));
            self.push(format_args!(r#"<path fill="{}" d="{path}"/>"#, Hex(self.palette.standing(standing))));
            self.line(at + vec2(x + 16.0, 0.0), 11.0, "400", self.palette.text_muted, "start", word, 120.0);
            x += 16.0 + word.len() as f32 * LETTER * 11.0 + 28.0;
        }
    }

    fn legend(&mut self, at: Pos2) {
        if self.colouring != Colouring::Age {
            return self.standings(at);
        }
        let palette = self.palette;
        let text = palette.text_muted;
        self.line(at, 11.0, "400", text, "start", "young", 60.0);
        // As many steps as can be told apart; the last ones are past the lifetime.
        const STEPS: u8 = 30;
        for step in 0..STEPS {
            let ratio = f32::from(step) / f32::from(STEPS - 1) * 2.0;
            let from = self.at(at + vec2(40.0 + f32::from(step) * 5.0, -7.0));
            let colour = Hex(palette.at_ratio(ratio));
            self.push(format_args!(
                r#"<rect x="{}" y="{}" width="5" height="6" fill="{colour}"/>"#,
                Num(from.x),
                Num(from.y)
            ));
        }
        self.line(at + vec2(198.0, 0.0), 11.0, "400", text, "start", "twice its lifetime", 120.0);
        let samples = [
            (330.0, palette.at_ratio(1.0), true, "past its lifetime"),
            (460.0, palette.shade(Shade::EXEMPT), false, "exempt"),
            (540.0, palette.shade(Shade::UNKNOWN), false, "unknown"),
        ];
        for (x, colour, is_cut, name) in samples {
            let min = self.at(at + vec2(x, -9.0));
            let shape = if is_cut { "h6l3 3v6h-9z" } else { "h9v9h-9z" };
            self.push(format_args!(r#"<path fill="{}" d="M{}{shape}"/>"#, Hex(colour), Point(min)));
            self.line(at + vec2(x + 16.0, 0.0), 11.0, "400", text, "start", name, 120.0);
        }
        let tile = Rect::from_min_size(self.at(at + vec2(620.0, -9.0)), vec2(9.0, 9.0));
        for (rect, colour) in [(tile, palette.at_ratio(0.0)), (mark(tile), palette.background)] {
            let mut path = String::new();
            outline(&mut path, rect, Form::Whole);
            self.push(format_args!(r#"<path fill="{}" d="{path}"/>"#, Hex(colour)));
        }
        self.line(at + vec2(636.0, 0.0), 11.0, "400", text, "start", "snowflake", 76.0);
    }
}

/// Adds the outline of a tile to a path.
fn outline(path: &mut String, rect: Rect, form: Form) {
    let mut square = |rect: Rect| {
        let (x, y, w, h) = (Num(rect.min.x), Num(rect.min.y), Num(rect.width()), Num(rect.height()));
        let _ = write!(path, "M{x} {y}h{w}v{h}h-{w}z");
    };
    match form {
        Form::Whole => square(rect),
        Form::Halves => halves(rect, 1.0).into_iter().for_each(square),
        Form::Cut => {
            let (x, y, side, cut) = (Num(rect.min.x), Num(rect.min.y), Num(rect.width()), rect.width() / 3.0);
            let (rest, cut) = (Num(rect.width() - cut), Num(cut));
            let _ = write!(path, "M{x} {y}h{rest}l{cut} {cut}v{rest}h-{side}z");
        }
        // The inner square runs the other way round, and so is a hole in the outer one.
        Form::Hollow => {
            square(rect);
            let inner = rect.shrink(rim(rect, 1.0));
            let (x, y, side) = (Num(inner.min.x), Num(inner.min.y), Num(inner.width()));
            let _ = write!(path, "M{x} {y}v{side}h{side}v-{side}z");
        }
    }
}

/// `text` in at most `room` sizes by the letters' mean width, with an ellipsis where something is left out.
fn cut(text: &str, room: f32) -> String {
    let width = |c: char| if c >= '\u{2e80}' { 1.0 } else { LETTER };
    if text.chars().map(width).sum::<f32>() <= room.max(0.0) {
        return text.to_owned();
    }
    let mut taken = LETTER;
    let kept = text.chars().take_while(|&c| {
        taken += width(c);
        taken <= room
    });
    let kept: String = kept.collect();
    if kept.is_empty() { kept } else { kept + "…" }
}

/// A number with at most two decimals.
struct Num(f32);

impl fmt::Display for Num {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hundredths = (f64::from(self.0) * 100.0).round();
        write!(f, "{}", if hundredths == 0.0 { 0.0 } else { hundredths / 100.0 })
    }
}

struct Point(Pos2);

impl fmt::Display for Point {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", Num(self.0.x), Num(self.0.y))
    }
}

/// An opaque colour: `#rrggbb`.
struct Hex(Color32);

impl fmt::Display for Hex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{:02x}{:02x}{:02x}", self.0.r(), self.0.g(), self.0.b())
    }
}

/// Text between tags or in quotes, without the characters that XML has no way to write.
struct Escaped<'a>(&'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in self.0.chars() {
            match c {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => {}
                c => f.write_char(c)?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_string_opens_a_tag_or_ends_its_quotes() {
        let hostile = "</text><script>alert('x')</script>\" onload=\"&\u{1b}[31m\u{0}";
        assert_eq!(
            Escaped(hostile).to_string(),
            "&lt;/text&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&quot; onload=&quot;&amp;[31m"
        );
    }

    #[test]
    fn numbers_have_at_most_two_decimals() {
        assert_eq!([1.0, 0.125, -0.001, 1234.567].map(|number| Num(number).to_string()), ["1", "0.13", "0", "1234.57"]);
    }

    #[test]
    fn text_is_cut_to_its_room() {
        assert_eq!([cut("web-prod", 8.0), cut("web-prod", 3.0), cut("web", 0.2)], ["web-prod", "web-…", ""]);
    }
}
