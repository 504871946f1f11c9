//! Layout, levels of detail, meshes, hit-testing and SVG of the lineage.
