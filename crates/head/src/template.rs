//! The built-in head and the labels of its brain.
//!
//! The files of `template/` are part of the program; `cargo xtask template` rebuilds them byte for byte, and
//! `template/README.md` says what they are made of and how near they come to their sources.

use std::sync::OnceLock;

use crate::{
    head::Head,
    io::glb,
    nifti,
    volume::{LabelVolume, Volume, parse_label_names},
};

/// The file, for those who want to hand it on as it is.
pub const TEMPLATE_GLB: &[u8] = include_bytes!("../../../template/head.glb");

const AAL: &[u8] = include_bytes!("../../../template/aal.nii.gz");
const AAL_NAMES: &str = include_str!("../../../template/aal.txt");
const T1: &[u8] = include_bytes!("../../../template/t1.nii.gz");
const BRODMANN: &[u8] = include_bytes!("../../../template/brodmann.nii.gz");

/// The built-in head: Colin27's scalp with a complete face, ears and neck. Its frame is MNI space, mm.
///
/// # Panics
/// Never on input: the bytes are part of the program, and a test reads them.
#[expect(clippy::expect_used, reason = "the bytes are compiled in and tested")]
pub fn template() -> Head {
    glb::read_head(TEMPLATE_GLB).expect("the built-in head is readable")
}

/// What the places of the built-in head's brain are called.
#[derive(Debug)]
pub struct TemplateLabels {
    /// Automated anatomical labelling, 116 regions with names (Tzourio-Mazoyer et al. 2002).
    pub aal: LabelVolume,
    /// Brodmann areas; the label is the area's number.
    pub brodmann: LabelVolume,
}

/// The label volumes, unpacked once, on first use.
///
/// # Panics
/// Never on input: the bytes are part of the program, and a test reads them.
#[expect(clippy::expect_used, reason = "the bytes are compiled in and tested")]
pub fn template_labels() -> &'static TemplateLabels {
    static LABELS: OnceLock<TemplateLabels> = OnceLock::new();
    LABELS.get_or_init(|| {
        let read = |bytes, names| {
            let image = nifti::read(bytes).expect("the label volume is readable");
            LabelVolume::from_volume(&image.volume, names).expect("the label volume holds labels")
        };
        let names = parse_label_names(AAL_NAMES).expect("the label names are readable");
        let mut brodmann = read(BRODMANN, std::collections::BTreeMap::new());
        let mut seen = [false; 256];
        for &label in &brodmann.labels {
            if let Some(s) = seen.get_mut(usize::from(label)) {
                *s = true;
            }
        }
        brodmann.names =
            (1..256_u16).filter(|&l| seen[usize::from(l)]).map(|l| (l, format!("BA{l}"))).collect();
        TemplateLabels { aal: read(AAL, names), brodmann }
    })
}

/// Colin27's T1-weighted image on voxels of 3 mm, in the frame of the built-in head: what a person's image is
/// registered to.
///
/// # Panics
/// Never on input: the bytes are part of the program, and a test reads them.
#[expect(clippy::expect_used, reason = "the bytes are compiled in and tested")]
pub fn template_image() -> &'static Volume {
    static IMAGE: OnceLock<Volume> = OnceLock::new();
    IMAGE.get_or_init(|| nifti::read(T1).expect("the built-in image is readable").volume)
}
