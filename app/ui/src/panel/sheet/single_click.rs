//! Tells a click from the first half of a double click, so that what can't be taken back is never begun by a hand that
//! clicked twice out of habit: a click counts once no other press has come for a moment, neither before nor after it.

use std::time::Duration;

use egui::{Event, InputState, Key, PointerButton};

/// Presses closer than this, in seconds, are one double click: the longest of the desktops' defaults, Windows' 500 ms.
const APART_S: f64 = 0.5;

/// Watches the presses of mouse and keyboard.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct SingleClick {
    /// When something was pressed last, in egui's seconds.
    pressed_s: Option<f64>,
    /// Whether that press came right after another one.
    is_repeated: bool,
    /// Since when a click waits to be a single one.
    waits_since_s: Option<f64>,
}

impl SingleClick {
    /// Takes a frame in: how often something was pressed, and whether the button was clicked. Returns whether a click
    /// has turned out to be a single one.
    pub(super) fn frame(&mut self, now_s: f64, presses: usize, is_clicked: bool) -> bool {
        let is_close = |at: f64| now_s - at < APART_S;
        if presses > 0 {
            self.waits_since_s = None;
            self.is_repeated = presses > 1 || self.pressed_s.is_some_and(is_close);
            self.pressed_s = Some(now_s);
        }
        let was_repeated = self.is_repeated && self.pressed_s.is_some_and(is_close);
        if is_clicked {
            // A screen reader clicks without a press.
            let is_second = self.waits_since_s.is_some();
            self.waits_since_s = (!was_repeated && !is_second).then_some(now_s);
        }
        let is_single = self.waits_since_s.is_some_and(|since| !is_close(since));
        if is_single {
            self.waits_since_s = None;
        }
        is_single
    }

    /// How long until the click that waits counts; `None` where none does.
    pub(super) fn left(&self, now_s: f64) -> Option<Duration> {
        Some(Duration::from_secs_f64((self.waits_since_s? + APART_S - now_s).max(0.001)))
    }

    /// Forgets the click that waits.
    pub(super) fn forget(&mut self) {
        self.waits_since_s = None;
    }
}

/// How often this frame something was pressed that can click.
pub(super) fn presses(input: &InputState) -> usize {
    let is_press = |event: &&Event| match event {
        Event::PointerButton { button, pressed, .. } => *pressed && *button == PointerButton::Primary,
        Event::Key { key, pressed, .. } => *pressed && matches!(key, Key::Enter | Key::Space),
        _ => false,
    };
    input.events.iter().filter(is_press).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOTHING: [f64; 0] = [];

    /// Runs frames of (time, presses, clicked) and returns the times at which a click counted.
    fn counted(frames: &[(f64, usize, bool)]) -> Vec<f64> {
        let mut clicks = SingleClick::default();
        frames.iter().filter(|(at, presses, clicked)| clicks.frame(*at, *presses, *clicked)).map(|one| one.0).collect()
    }

    #[test]
    fn a_single_click_counts_once_and_after_a_moment() {
        assert_eq!(
            counted(&[(1.0, 1, false), (1.1, 0, true), (1.5, 0, false), (1.6, 0, false), (3.0, 0, false)]),
            [1.6]
        );
        assert_eq!(counted(&[(1.0, 1, true), (1.6, 0, false)]), [1.6], "pressed and let go within one frame");
        assert_eq!(counted(&[(1.0, 1, false), (4.0, 0, true), (4.6, 0, false)]), [4.6], "held for long");
    }

    #[test]
    fn a_double_click_counts_for_nothing_however_fast_or_slow_it_is() {
        for second in [1.05, 1.2, 1.31, 1.45] {
            let frames = [
                (1.0, 1, false),
                (1.02, 0, true),
                (second, 1, false),
                (second + 0.03, 0, true),
                (second + 2.0, 0, false),
            ];
            assert_eq!(counted(&frames), NOTHING, "the second press after {second}");
        }
        assert_eq!(counted(&[(1.0, 2, true), (2.0, 0, false)]), NOTHING, "both within one frame");
        assert_eq!(counted(&[(1.0, 0, true), (1.1, 0, true), (2.0, 0, false)]), NOTHING, "twice by a screen reader");
    }

    #[test]
    fn a_press_elsewhere_takes_a_click_back() {
        assert_eq!(counted(&[(1.0, 1, true), (1.3, 1, false), (2.0, 0, false)]), NOTHING);
        assert_eq!(
            counted(&[(1.0, 1, true), (1.3, 1, false), (2.0, 1, true), (2.6, 0, false)]),
            [2.6],
            "and the next one counts"
        );
    }
}
