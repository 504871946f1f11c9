//! Where the picture is looked at from.

use epaint::{Pos2, Rect, Vec2, pos2};

/// A point of the world in the middle of the viewport, and how many screen points a world point takes.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Camera {
    /// The world point in the middle of the viewport.
    pub centre: Pos2,
    /// Screen points a world point, between [`Camera::MIN_ZOOM`] and [`Camera::MAX_ZOOM`].
    pub zoom: f32,
}

impl Default for Camera {
    fn default() -> Self {
        Self { centre: Pos2::ZERO, zoom: 1.0 }
    }
}

impl Camera {
    /// A million servers still fit on a screen at this zoom.
    pub const MIN_ZOOM: f32 = 0.002;
    /// A tile is 36 points wide at this zoom: more shows nothing more.
    pub const MAX_ZOOM: f32 = 4.0;
    /// [`Camera::fit`] goes no nearer than this, so that a fleet of three servers is not blown up.
    pub const MAX_FIT_ZOOM: f32 = 1.25;

    /// The camera that shows all of `world` inside `viewport` with `margin` screen points free on each side.
    ///
    /// What is wide or high enough to need all of the viewport is centred; a world without extent shows at zoom 1.
    #[must_use]
    pub fn fit(world: Rect, viewport: Rect, margin: f32) -> Self {
        let room = (viewport.size() - Vec2::splat(2.0 * margin)).max(Vec2::splat(1.0));
        let (width, height) = (world.width(), world.height());
        if !(width.is_finite() && height.is_finite() && width >= 0.0 && height >= 0.0) {
            return Self::default();
        }
        let zoom = (room.x / width.max(1.0)).min(room.y / height.max(1.0)).min(Self::MAX_FIT_ZOOM);
        Self { centre: world.center(), zoom: zoom.clamp(Self::MIN_ZOOM, Self::MAX_ZOOM) }
    }

    /// Where a world point is on the screen.
    #[must_use]
    pub fn screen_from_world(&self, world: Pos2, viewport: Rect) -> Pos2 {
        viewport.center() + (world - self.centre) * self.zoom
    }

    /// Which world point is at a place of the screen.
    #[must_use]
    pub fn world_from_screen(&self, screen: Pos2, viewport: Rect) -> Pos2 {
        self.centre + (screen - viewport.center()) / self.zoom
    }

    /// A world rectangle on the screen.
    #[must_use]
    pub fn screen_rect(&self, world: Rect, viewport: Rect) -> Rect {
        Rect::from_min_max(self.screen_from_world(world.min, viewport), self.screen_from_world(world.max, viewport))
    }

    /// The part of the world that the viewport shows.
    #[must_use]
    pub fn visible(&self, viewport: Rect) -> Rect {
        Rect::from_min_max(
            self.world_from_screen(viewport.min, viewport),
            self.world_from_screen(viewport.max, viewport),
        )
    }

    /// Zooms by `factor` so that the world point under `screen` stays under it. A factor that is no positive number
    /// changes nothing.
    pub fn zoom_about(&mut self, screen: Pos2, factor: f32, viewport: Rect) {
        if !(factor.is_finite() && factor > 0.0) {
            return;
        }
        let held = self.world_from_screen(screen, viewport);
        self.zoom = (self.zoom * factor).clamp(Self::MIN_ZOOM, Self::MAX_ZOOM);
        self.centre = held - (screen - viewport.center()) / self.zoom;
    }

    /// Moves the picture by `delta` screen points.
    pub fn pan(&mut self, delta: Vec2) {
        self.centre -= delta / self.zoom;
    }

    /// Keeps some of `world` in sight: the middle of the viewport may not leave it. A camera that is no number, as a
    /// damaged setting may be, becomes one.
    pub fn clamp(&mut self, world: Rect) {
        if !self.zoom.is_finite() {
            self.zoom = 1.0;
        }
        self.zoom = self.zoom.clamp(Self::MIN_ZOOM, Self::MAX_ZOOM);
        if !self.centre.is_finite() {
            self.centre = world.center();
        }
        if world.is_finite() && world.is_positive() {
            self.centre = world.clamp(self.centre);
        }
    }

    /// Moves as little as needed to bring `world` into sight with `margin` screen points around it.
    pub fn reveal(&mut self, world: Rect, viewport: Rect, margin: f32) {
        let visible = self.visible(viewport).shrink(margin / self.zoom);
        let nudge = |low: f32, high: f32, from: f32, to: f32| {
            if high - low > to - from || low < from {
                low - from
            } else if high > to {
                high - to
            } else {
                0.0
            }
        };
        self.centre += Vec2::new(
            nudge(world.min.x, world.max.x, visible.min.x, visible.max.x),
            nudge(world.min.y, world.max.y, visible.min.y, visible.max.y),
        );
    }

    /// The camera a fraction `t` of the way to `other`: the zoom changes by equal factors, so that a flight between
    /// two views looks steady.
    #[must_use]
    pub fn towards(&self, other: &Self, t: f32) -> Self {
        let t = t.clamp(0.0, 1.0);
        let along = |from: f32, to: f32| from + (to - from) * t;
        Self {
            centre: pos2(along(self.centre.x, other.centre.x), along(self.centre.y, other.centre.y)),
            zoom: self.zoom * (other.zoom / self.zoom).powf(t),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VIEWPORT: Rect = Rect { min: pos2(60.0, 90.0), max: pos2(1092.0, 872.0) };

    fn close(a: Pos2, b: Pos2) -> bool {
        (a - b).length() < 1e-2
    }

    #[test]
    fn a_point_goes_to_the_screen_and_back() {
        let camera = Camera { centre: pos2(340.0, -12.0), zoom: 0.37 };
        for screen in [pos2(60.0, 90.0), pos2(500.5, 431.0), pos2(1092.0, 872.0)] {
            let world = camera.world_from_screen(screen, VIEWPORT);
            assert!(close(camera.screen_from_world(world, VIEWPORT), screen));
        }
    }

    #[test]
    fn zooming_holds_the_point_under_the_pointer() {
        let pointer = pos2(200.0, 700.0);
        for factor in [0.1, 0.9, 1.3, 50.0] {
            let mut camera = Camera { centre: pos2(10.0, 20.0), zoom: 1.0 };
            let held = camera.world_from_screen(pointer, VIEWPORT);
            camera.zoom_about(pointer, factor, VIEWPORT);
            assert!(close(camera.screen_from_world(held, VIEWPORT), pointer), "factor {factor}");
            assert!((Camera::MIN_ZOOM..=Camera::MAX_ZOOM).contains(&camera.zoom));
        }
    }

    #[test]
    fn fit_shows_all_of_the_world() {
        let world = Rect::from_min_size(pos2(0.0, 0.0), Vec2::new(1004.0, 5000.0));
        let camera = Camera::fit(world, VIEWPORT, 16.0);
        let screen = camera.screen_rect(world, VIEWPORT);
        assert!(VIEWPORT.shrink(15.9).contains_rect(screen), "{screen:?}");
        assert!((screen.height() - (VIEWPORT.height() - 32.0)).abs() < 0.1);
    }

    #[test]
    fn fit_of_nothing_is_a_camera_that_works() {
        for world in [Rect::NOTHING, Rect::NAN, Rect::from_min_size(Pos2::ZERO, Vec2::ZERO)] {
            let camera = Camera::fit(world, VIEWPORT, 16.0);
            assert!(camera.zoom.is_finite() && camera.centre.is_finite(), "{world:?} gave {camera:?}");
        }
    }

    #[test]
    fn clamp_mends_a_camera_that_is_no_number_and_keeps_the_world_in_sight() {
        let world = Rect::from_min_size(pos2(0.0, 0.0), Vec2::new(1000.0, 700.0));
        let mut camera = Camera { centre: pos2(f32::NAN, 4.0), zoom: f32::NAN };
        camera.clamp(world);
        assert_eq!(camera, Camera { centre: pos2(500.0, 350.0), zoom: 1.0 });
        camera.pan(Vec2::new(-9000.0, 0.0));
        camera.clamp(world);
        assert_eq!(camera.centre, pos2(1000.0, 350.0));
    }

    #[test]
    fn reveal_moves_only_what_it_must() {
        let mut camera = Camera { centre: pos2(500.0, 400.0), zoom: 1.0 };
        let before = camera;
        camera.reveal(Rect::from_min_size(pos2(400.0, 300.0), Vec2::splat(50.0)), VIEWPORT, 20.0);
        assert_eq!(camera, before);
        let far = Rect::from_min_size(pos2(400.0, 2000.0), Vec2::splat(50.0));
        camera.reveal(far, VIEWPORT, 20.0);
        assert_eq!(camera.centre.x, 500.0);
        assert!(camera.visible(VIEWPORT).shrink(19.9).contains_rect(far));
    }
}
