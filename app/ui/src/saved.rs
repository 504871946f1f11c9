//! What a restart brings back. No credentials and no fleet: names of sources and how the window looked.

use std::time::Duration;

use egui::ThemePreference;
use scene::Colouring;
use serde::{Deserialize, Serialize};
use session::Source;

use crate::model::{Mode, Model};

/// Where it lies in eframe's storage.
pub(crate) const STORAGE_KEY: &str = "window";

/// What is kept between two starts.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Saved {
    pub(crate) source: Option<Source>,
    pub(crate) recent: Vec<Source>,
    pub(crate) mode: Mode,
    pub(crate) filter: String,
    pub(crate) theme: ThemePreference,
    pub(crate) refresh_every_s: Option<u64>,
    pub(crate) inspector: bool,
    pub(crate) older_bases: bool,
    #[serde(with = "by_name")]
    pub(crate) colouring: Colouring,
}

/// A colouring by its name: what a later version calls otherwise is the first one again.
mod by_name {
    use scene::Colouring;
    use serde::{Deserialize, Deserializer, Serializer};

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
    pub(super) fn serialize<S: Serializer>(colouring: &Colouring, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(colouring.as_str())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Colouring, D::Error> {
        Ok(Colouring::named(&String::deserialize(deserializer)?).unwrap_or_default())
    }
}

impl Default for Saved {
    fn default() -> Self {
        Self {
            source: None,
            recent: Vec::new(),
            mode: Mode::default(),
            filter: String::new(),
            theme: ThemePreference::Dark,
            refresh_every_s: None,
            inspector: true,
            older_bases: false,
            colouring: Colouring::default(),
        }
    }
}

impl Saved {
    /// What is to be kept of a window.
    pub(crate) fn of(model: &Model) -> Self {
        Self {
            source: model.source.clone(),
            recent: model.recent.clone(),
            mode: model.mode,
            filter: model.filter.clone(),
            theme: model.theme,
            refresh_every_s: model.refresh_every.map(|every| every.as_secs()),
            inspector: model.inspector,
            older_bases: model.older_bases,
            colouring: model.colouring,
        }
    }

    /// A window as it was kept, without its source.
    pub(crate) fn model(self) -> Model {
        Model {
            recent: self.recent,
            mode: self.mode,
            filter: self.filter,
            theme: self.theme,
            refresh_every: self.refresh_every_s.map(Duration::from_secs),
            inspector: self.inspector,
            older_bases: self.older_bases,
            colouring: self.colouring,
            ..Model::default()
        }
    }
}

/// Sources offered again on the welcome screen.
const RECENT: usize = 6;

/// Puts a source first among the recent ones.
pub(crate) fn remember(recent: &mut Vec<Source>, source: &Source) {
    recent.retain(|known| known != source);
    recent.insert(0, source.clone());
    recent.truncate(RECENT);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_comes_back_as_it_was() {
        let saved = Saved {
            source: Some(Source::Sandbox("harbor".into())),
            recent: vec![Source::Sandbox(String::new())],
            mode: Mode::Servers,
            filter: "age>30d".into(),
            theme: ThemePreference::Light,
            refresh_every_s: Some(300),
            inspector: false,
            older_bases: true,
            colouring: Colouring::Bake,
        };
        let mut model = saved.clone().model();
        assert_eq!(model.source, None, "a source is opened, not restored");
        model.source.clone_from(&saved.source);
        assert_eq!(Saved::of(&model), saved);
    }

    #[test]
    fn a_source_opened_again_is_remembered_once_and_first() {
        let mut recent = Vec::new();
        for name in ["a", "b", "a", "c", "d", "e", "f", "g"] {
            remember(&mut recent, &Source::Sandbox(name.into()));
        }
        let names: Vec<String> = recent.iter().map(Source::detail).collect();
        assert_eq!(names, ["g", "f", "e", "d", "c", "a"]);
    }
}
