//! What is lit and what is dimmed.

/// Which cards, edges and tiles stand out.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Lighting {}
