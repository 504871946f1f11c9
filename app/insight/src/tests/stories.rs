//! Stories as people read them.
