//! The window: theme, widgets, panels and palette.
