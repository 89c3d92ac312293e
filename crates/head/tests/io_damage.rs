//! Damaged files of every format: an error or a mesh, never a panic.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use std::path::PathBuf;

use baihui_head::{
    Head, HeadSource, Landmark, Landmarks, Origin, Point, ShapeSpread, Side,
    io::{Format, csv, glb, json, obj, ply, read_mesh, stl},
    repair::{RepairOptions, repair},
    shapes,
};
use proptest::prelude::*;

const FOREIGN: [&str; 9] = [
    "trimesh_binary.ply",
    "trimesh_ascii.ply",
    "plyfile_big_endian.ply",
    "trimesh_binary.stl",
    "trimesh_ascii.stl",
    "numpy_stl.stl",
    "trimesh.obj",
    "meshio.obj",
    "trimesh.glb",
];

fn head() -> Head {
    let mut landmarks = Landmarks::new();
    for (name, side, at) in [
        ("nasion", Side::Midline, Point::ras(0.0, 90.0, 0.0)),
        ("preauricular", Side::Left, Point::ras(-90.0, 0.0, 0.0)),
    ] {
        landmarks.insert(
            name,
            side,
            Landmark { position: at, sd_mm: 1.0, origin: Origin::Picked, method: "x".into() },
        );
    }
    Head {
        name: "test".into(),
        source: HeadSource::Scan,
        history: vec!["a".into()],
        skin: shapes::bumpy_sphere(90.0, 1),
        ears: Some(shapes::cube(10.0)),
        brain: None,
        cortex: None,
        to_mni: None,
        landmarks,
        spread: ShapeSpread::default(),
    }
}

fn files() -> Vec<(Format, Vec<u8>)> {
    let dir = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    let foreign = FOREIGN.iter().map(|name| {
        let format = Format::from_extension(name.rsplit('.').next().unwrap()).unwrap();
        (format, std::fs::read(dir.join(name)).unwrap())
    });
    let skin = head().skin;
    let own = [
        (Format::Ply, ply::write_mesh(&skin, None)),
        (Format::Stl, stl::write_mesh(&skin)),
        (Format::Obj, obj::write_mesh(&skin)),
        (Format::Glb, glb::write_head(&head())),
    ];
    foreign.chain(own).collect()
}

/// One thing that may happen to a file.
#[derive(Clone, Debug)]
enum Damage {
    Cut(prop::sample::Index),
    Flip(prop::sample::Index, u8),
    Overwrite(prop::sample::Index, Vec<u8>),
    Remove(prop::sample::Index, usize),
    Insert(prop::sample::Index, Vec<u8>),
    Repeat(prop::sample::Index, usize),
}

fn damage() -> impl Strategy<Value = Damage> {
    let at = any::<prop::sample::Index>;
    // Words that mean something to one of the formats.
    let word = prop::sample::select(vec![
        b"nan".to_vec(),
        b"-1".to_vec(),
        b"1e999".to_vec(),
        b"99999999999999999999".to_vec(),
        b"4294967295".to_vec(),
        b"\xff\xff\xff\xff".to_vec(),
        b"\x00\x00\xc0\x7f".to_vec(),
        b"\n".to_vec(),
        b"\\\n".to_vec(),
        b"end_header\n".to_vec(),
        b"element face 4000000000\n".to_vec(),
        b"property list int int a\n".to_vec(),
        b"endsolid\n".to_vec(),
        b"[[[[[[[[".to_vec(),
        b"null".to_vec(),
    ]);
    prop_oneof![
        at().prop_map(Damage::Cut),
        (at(), 0..8u8).prop_map(|(i, b)| Damage::Flip(i, b)),
        (at(), word.clone()).prop_map(|(i, w)| Damage::Overwrite(i, w)),
        (at(), 1..200usize).prop_map(|(i, n)| Damage::Remove(i, n)),
        (at(), word).prop_map(|(i, w)| Damage::Insert(i, w)),
        (at(), 1..400usize).prop_map(|(i, n)| Damage::Repeat(i, n)),
    ]
}

fn apply(bytes: &mut Vec<u8>, damage: &Damage) {
    if bytes.is_empty() {
        return;
    }
    let n = bytes.len();
    match damage {
        Damage::Cut(i) => bytes.truncate(i.index(n)),
        Damage::Flip(i, bit) => bytes[i.index(n)] ^= 1 << bit,
        Damage::Overwrite(i, w) => {
            for (slot, b) in bytes[i.index(n)..].iter_mut().zip(w) {
                *slot = *b;
            }
        }
        Damage::Remove(i, m) => {
            let i = i.index(n);
            bytes.drain(i..(i + m).min(n));
        }
        Damage::Insert(i, w) => {
            let i = i.index(n);
            bytes.splice(i..i, w.iter().copied());
        }
        Damage::Repeat(i, m) => {
            let i = i.index(n);
            let piece = bytes[i..(i + m).min(n)].to_vec();
            bytes.splice(i..i, piece);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn damaged_meshes_are_refused_or_read(
        which in any::<prop::sample::Index>(),
        damages in prop::collection::vec(damage(), 1..5),
    ) {
        let files = files();
        let (format, mut bytes) = files[which.index(files.len())].clone();
        for d in &damages {
            apply(&mut bytes, d);
        }
        match read_mesh(&bytes, format) {
            Err(e) => prop_assert!(e.to_string().starts_with(&format.to_string()), "{}", e),
            Ok(mesh) => {
                let n = mesh.vertices.len();
                prop_assert!(mesh.faces.iter().flatten().all(|&i| (i as usize) < n));
                prop_assert!(mesh.colours.as_ref().is_none_or(|c| c.len() == n));
                if let Ok(r) = repair(mesh, RepairOptions::default()) {
                    prop_assert_eq!(r.surface.components().1, 1);
                }
            }
        }
    }

    #[test]
    fn damaged_heads_are_refused_or_read(
        as_json in any::<bool>(),
        damages in prop::collection::vec(damage(), 1..4),
    ) {
        let mut bytes = if as_json { json::write_head(&head()) } else { glb::write_head(&head()) };
        for d in &damages {
            apply(&mut bytes, d);
        }
        let read = if as_json { json::read_head(&bytes).ok() } else { glb::read_head(&bytes).ok() };
        if let Some(head) = read {
            prop_assert!(head.landmarks.iter().all(|(_, _, l)| l.position.mm.is_finite() && l.sd_mm >= 0.0));
            prop_assert!(head.skin.vertices().iter().all(|v| v.is_finite()));
        }
    }

    #[test]
    fn damaged_landmarks_are_refused_or_read(damages in prop::collection::vec(damage(), 1..4)) {
        let mut bytes = csv::write_landmarks(&head().landmarks);
        for d in &damages {
            apply(&mut bytes, d);
        }
        if let Ok(landmarks) = csv::read_landmarks(&bytes) {
            let again = csv::read_landmarks(&csv::write_landmarks(&landmarks));
            prop_assert_eq!(again.unwrap(), landmarks);
        }
    }

    #[test]
    fn noise_is_refused(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        for format in [Format::Ply, Format::Stl, Format::Glb] {
            prop_assert!(read_mesh(&bytes, format).is_err());
        }
        let _ = read_mesh(&bytes, Format::Obj);
        prop_assert!(json::read_head(&bytes).is_err());
    }
}

#[test]
fn every_truncation_of_a_counted_format_is_refused() {
    for (format, bytes) in files() {
        let text = matches!(format, Format::Obj)
            || (format == Format::Ply && bytes.starts_with(b"ply\nformat ascii"));
        for n in 0..bytes.len() {
            let result = read_mesh(&bytes[..n], format);
            // A text that ends earlier may be a whole text: an OBJ of fewer faces, a last number cut short.
            assert!(
                text || result.is_err() || bytes[n..].trim_ascii().is_empty(),
                "{format}: {n} of {}",
                bytes.len()
            );
        }
    }
}

#[test]
fn a_file_of_another_format_is_named() {
    let files = files();
    let glb = &files.iter().find(|(f, _)| *f == Format::Glb).unwrap().1;
    assert_eq!(
        read_mesh(glb, Format::Stl).unwrap_err().to_string(),
        "STL, byte 0: found a GLB file; expected STL; read it as what it is"
    );
}
