//! The zone language and the atlas.
