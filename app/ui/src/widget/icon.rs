//! The icons: strokes on a 20 x 20 grid, so that they are crisp at any size and take any colour.

use egui::epaint::{CircleShape, PathShape, PathStroke};
use egui::{Color32, Painter, Pos2, Rect, Shape, Stroke, pos2};

/// An icon.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Icon {
    /// The lineage view.
    Lineage,
    /// The servers view.
    Servers,
    /// Search.
    Search,
    /// Pull again.
    Refresh,
    /// Copy.
    Copy,
    /// Done.
    Check,
    /// Close or clear.
    Close,
    /// Opens elsewhere.
    Leave,
    /// A command line.
    Terminal,
    /// The light theme.
    Sun,
    /// The dark theme.
    Moon,
    /// A gap.
    Warning,
    /// Fit.
    Fit,
    /// Zoom in.
    Plus,
    /// Zoom out.
    Minus,
    /// More below.
    Down,
    /// More above.
    Up,
    /// Back.
    Back,
    /// Forward.
    Forward,
    /// A file.
    File,
    /// A cloud account.
    Cloud,
    /// The sandbox.
    Sandbox,
    /// Keyboard shortcuts.
    Help,
    /// A menu.
    More,
    /// The operations view.
    Operations,
    /// The kill switch.
    Halt,
    /// The calendar view.
    Calendar,
    /// The readiness view.
    Readiness,
}

enum Part {
    Line(&'static [[f32; 2]]),
    Loop(&'static [[f32; 2]]),
    Ring(f32, f32, f32),
    Dot(f32, f32, f32),
    /// Centre, radius, and the degrees clockwise from the right at which it begins and ends.
    Arc(f32, f32, f32, f32, f32),
}

use Part::{Arc, Dot, Line, Loop, Ring};

fn parts(icon: Icon) -> &'static [Part] {
    match icon {
        Icon::Lineage => &[
            Loop(&[[2.5, 3.0], [7.0, 3.0], [7.0, 7.5], [2.5, 7.5]]),
            Loop(&[[2.5, 12.5], [7.0, 12.5], [7.0, 17.0], [2.5, 17.0]]),
            Loop(&[[13.0, 7.75], [17.5, 7.75], [17.5, 12.25], [13.0, 12.25]]),
            Line(&[[7.0, 5.25], [10.0, 5.25], [10.0, 14.75], [7.0, 14.75]]),
            Line(&[[10.0, 10.0], [13.0, 10.0]]),
        ],
        Icon::Servers => {
            &[Line(&[[3.0, 5.0], [17.0, 5.0]]), Line(&[[3.0, 10.0], [17.0, 10.0]]), Line(&[[3.0, 15.0], [17.0, 15.0]])]
        }
        Icon::Search => &[Ring(8.8, 8.8, 5.0), Line(&[[12.6, 12.6], [16.6, 16.6]])],
        Icon::Refresh => &[Arc(10.0, 10.0, 6.2, -20.0, 250.0), Line(&[[16.9, 3.6], [16.4, 7.7], [12.3, 7.4]])],
        Icon::Copy => &[
            Loop(&[[7.5, 7.5], [16.5, 7.5], [16.5, 16.5], [7.5, 16.5]]),
            Line(&[[4.8, 12.5], [3.5, 12.5], [3.5, 3.5], [12.5, 3.5], [12.5, 4.8]]),
        ],
        Icon::Check => &[Line(&[[4.0, 10.6], [8.2, 14.8], [16.0, 5.8]])],
        Icon::Close => &[Line(&[[5.0, 5.0], [15.0, 15.0]]), Line(&[[15.0, 5.0], [5.0, 15.0]])],
        Icon::Leave => &[
            Line(&[[11.5, 3.5], [16.5, 3.5], [16.5, 8.5]]),
            Line(&[[16.5, 3.5], [9.0, 11.0]]),
            Line(&[[8.0, 5.0], [3.5, 5.0], [3.5, 16.5], [15.0, 16.5], [15.0, 12.0]]),
        ],
        Icon::Terminal => &[
            Loop(&[[2.5, 3.5], [17.5, 3.5], [17.5, 16.5], [2.5, 16.5]]),
            Line(&[[5.5, 7.5], [8.2, 10.0], [5.5, 12.5]]),
            Line(&[[10.2, 13.0], [14.2, 13.0]]),
        ],
        Icon::Sun => &[
            Ring(10.0, 10.0, 3.4),
            Line(&[[10.0, 2.2], [10.0, 4.2]]),
            Line(&[[10.0, 15.8], [10.0, 17.8]]),
            Line(&[[2.2, 10.0], [4.2, 10.0]]),
            Line(&[[15.8, 10.0], [17.8, 10.0]]),
            Line(&[[4.5, 4.5], [5.9, 5.9]]),
            Line(&[[14.1, 14.1], [15.5, 15.5]]),
            Line(&[[4.5, 15.5], [5.9, 14.1]]),
            Line(&[[14.1, 5.9], [15.5, 4.5]]),
        ],
        Icon::Moon => &[Arc(10.0, 10.0, 6.8, 12.0, 278.0), Arc(14.0, 6.2, 5.9, 62.0, 208.0)],
        Icon::Warning => {
            &[Loop(&[[10.0, 3.0], [17.6, 16.2], [2.4, 16.2]]), Line(&[[10.0, 7.8], [10.0, 11.6]]), Dot(10.0, 13.8, 0.9)]
        }
        Icon::Fit => &[
            Line(&[[3.5, 7.0], [3.5, 3.5], [7.0, 3.5]]),
            Line(&[[13.0, 3.5], [16.5, 3.5], [16.5, 7.0]]),
            Line(&[[16.5, 13.0], [16.5, 16.5], [13.0, 16.5]]),
            Line(&[[7.0, 16.5], [3.5, 16.5], [3.5, 13.0]]),
        ],
        Icon::Plus => &[Line(&[[10.0, 4.5], [10.0, 15.5]]), Line(&[[4.5, 10.0], [15.5, 10.0]])],
        Icon::Minus => &[Line(&[[4.5, 10.0], [15.5, 10.0]])],
        Icon::Down => &[Line(&[[5.5, 8.0], [10.0, 12.5], [14.5, 8.0]])],
        Icon::Up => &[Line(&[[5.5, 12.0], [10.0, 7.5], [14.5, 12.0]])],
        Icon::Back => &[Line(&[[12.0, 4.5], [6.5, 10.0], [12.0, 15.5]])],
        Icon::Forward => &[Line(&[[8.0, 4.5], [13.5, 10.0], [8.0, 15.5]])],
        Icon::File => &[
            Loop(&[[4.5, 2.5], [11.5, 2.5], [15.5, 6.5], [15.5, 17.5], [4.5, 17.5]]),
            Line(&[[11.5, 2.5], [11.5, 6.5], [15.5, 6.5]]),
        ],
        Icon::Cloud => &[
            Arc(6.4, 11.8, 3.7, 90.0, 262.0),
            Arc(10.4, 9.0, 4.6, 196.0, 340.0),
            Arc(14.2, 11.9, 3.6, -82.0, 90.0),
            Line(&[[6.4, 15.5], [14.2, 15.5]]),
        ],
        Icon::Sandbox => &[
            Loop(&[[10.0, 2.5], [16.8, 6.2], [16.8, 13.8], [10.0, 17.5], [3.2, 13.8], [3.2, 6.2]]),
            Line(&[[3.2, 6.2], [10.0, 10.0], [16.8, 6.2]]),
            Line(&[[10.0, 10.0], [10.0, 17.5]]),
        ],
        Icon::Help => &[
            Loop(&[[2.0, 5.0], [18.0, 5.0], [18.0, 15.0], [2.0, 15.0]]),
            Dot(5.4, 8.4, 0.8),
            Dot(8.5, 8.4, 0.8),
            Dot(11.6, 8.4, 0.8),
            Dot(14.7, 8.4, 0.8),
            Line(&[[6.4, 11.8], [13.6, 11.8]]),
        ],
        Icon::Operations => &[
            Line(&[[10.0, 2.5], [10.0, 6.5]]),
            Line(&[[10.0, 13.5], [10.0, 17.5]]),
            Line(&[[2.5, 10.0], [6.5, 10.0]]),
            Line(&[[13.5, 10.0], [17.5, 10.0]]),
            Dot(10.0, 10.0, 1.2),
        ],
        Icon::Halt => &[
            Loop(&[
                [6.9, 2.5],
                [13.1, 2.5],
                [17.5, 6.9],
                [17.5, 13.1],
                [13.1, 17.5],
                [6.9, 17.5],
                [2.5, 13.1],
                [2.5, 6.9],
            ]),
            Line(&[[6.5, 10.0], [13.5, 10.0]]),
        ],
        Icon::Calendar => &[
            Loop(&[[3.0, 4.5], [17.0, 4.5], [17.0, 17.0], [3.0, 17.0]]),
            Line(&[[3.0, 8.5], [17.0, 8.5]]),
            Line(&[[7.0, 2.5], [7.0, 6.0]]),
            Line(&[[13.0, 2.5], [13.0, 6.0]]),
            Dot(7.0, 12.7, 1.1),
            Dot(10.5, 12.7, 1.1),
        ],
        Icon::Readiness => &[
            Line(&[[3.0, 5.0], [10.0, 5.0]]),
            Line(&[[3.0, 10.0], [17.0, 10.0]]),
            Line(&[[3.0, 15.0], [7.5, 15.0]]),
            Line(&[[13.0, 2.5], [13.0, 17.5]]),
        ],
        Icon::More => &[Dot(4.5, 10.0, 1.3), Dot(10.0, 10.0, 1.3), Dot(15.5, 10.0, 1.3)],
    }
}

impl Icon {
    /// Paints the icon into a square.
    pub fn paint(self, painter: &Painter, rect: Rect, colour: Color32) {
        let scale = rect.width().min(rect.height()) / 20.0;
        let corner = rect.center() - egui::Vec2::splat(10.0 * scale);
        let stroke = Stroke::new((1.5 * scale).max(1.2), colour);
        let at = |[x, y]: [f32; 2]| corner + egui::vec2(x, y) * scale;
        painter.extend(parts(self).iter().map(|part| match *part {
            Line(points) => Shape::line(points.iter().copied().map(at).collect(), stroke),
            Loop(points) => {
                Shape::Path(PathShape::closed_line(points.iter().copied().map(at).collect(), PathStroke::from(stroke)))
            }
            Ring(x, y, radius) => Shape::Circle(CircleShape::stroke(at([x, y]), radius * scale, stroke)),
            Dot(x, y, radius) => Shape::circle_filled(at([x, y]), radius * scale, colour),
            Arc(x, y, radius, from, to) => Shape::line(arc(at([x, y]), radius * scale, from, to), stroke),
        }));
    }
}

fn arc(centre: Pos2, radius: f32, from: f32, to: f32) -> Vec<Pos2> {
    const STEPS: u8 = 24;
    (0..=STEPS)
        .map(|step| {
            let angle = (from + (to - from) * f32::from(step) / f32::from(STEPS)).to_radians();
            pos2(centre.x + radius * angle.cos(), centre.y + radius * angle.sin())
        })
        .collect()
}
