//! The built-in head.
//!
//! `template/head.glb` is part of the program; `cargo xtask template` rebuilds it byte for byte, and
//! `template/README.md` says what it is made of and how near it comes to its sources.

use crate::{head::Head, io::glb};

/// The file, for those who want to hand it on as it is.
pub const TEMPLATE_GLB: &[u8] = include_bytes!("../../../template/head.glb");

/// The built-in head: Colin27's scalp with a complete face, ears and neck, in MNI millimetres.
///
/// # Panics
/// Never on input: the bytes are part of the program, and a test reads them.
#[expect(clippy::expect_used, reason = "the bytes are compiled in and tested")]
pub fn template() -> Head {
    glb::read_head(TEMPLATE_GLB).expect("the built-in head is readable")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_readable() {
        let head = template();
        assert!(head.skin.is_watertight());
        assert!(head.axes().is_some());
    }
}
