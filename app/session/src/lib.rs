//! The running app: source, settings, pulls, the derive thread and the published view.
