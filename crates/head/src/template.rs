//! The built-in head and the labels of its brain.
//!
//! The files of `template/` are part of the program; `cargo xtask template` makes them, and `template/README.md` says of
//! what, how near they come to their sources, and how near a rebuild comes to them.

use std::sync::OnceLock;

use crate::{
    head::Head,
    io::glb,
    nifti,
    scalp::decimate,
    surface::Surface,
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

const COARSE: &[u8] = include_bytes!("../../../template/coarse.bin");

/// Length of the edges of the built-in head's coarse skin, mm.
pub const COARSE_EDGE_MM: f64 = 13.0;

/// A coarse skin for a head with the triangles of the built-in head (also one that was bent from it), made of some
/// of its vertices; `None` for other triangles.
///
/// It is what [`decimate::to_edge_length`] makes of the built-in skin, worked out beforehand.
pub fn coarse(skin: &Surface) -> Option<Surface> {
    let (made_for, faces) = COARSE.split_first_chunk::<8>()?;
    if *made_for != fingerprint(skin.faces()).to_le_bytes() {
        return None;
    }
    let (numbers, _) = faces.as_chunks::<4>();
    let (faces, _) = numbers.as_chunks::<3>();
    let faces: Vec<[u32; 3]> = faces.iter().map(|f| f.map(u32::from_le_bytes)).collect();
    decimate::on_some(skin, &faces).ok()
}

/// The bytes of `template/coarse.bin` for a skin: the fingerprint of its triangles, then the coarse skin's triangles
/// by the numbers of its vertices, all little-endian.
pub fn coarse_bytes(skin: &Surface) -> Vec<u8> {
    let mut bytes = fingerprint(skin.faces()).to_le_bytes().to_vec();
    let faces = decimate::faces_at(skin, COARSE_EDGE_MM);
    bytes.extend(faces.iter().flatten().flat_map(|v| v.to_le_bytes()));
    bytes
}

/// FNV-1a by words of 32 bits (Fowler, Noll & Vo 1991): tells triangulations apart, against nobody's will.
fn fingerprint(faces: &[[u32; 3]]) -> u64 {
    faces
        .iter()
        .flatten()
        .fold(0xcbf2_9ce4_8422_2325, |hash, &v| (hash ^ u64::from(v)).wrapping_mul(0x0100_0000_01b3))
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
