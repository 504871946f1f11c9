//! A fleet with its findings as table, JSON, CSV, SVG, PNG and DOT.
