//! The field's formats, read from files that another program wrote, whole and damaged.

#![expect(clippy::unwrap_used, reason = "a test stops at what it cannot read")]

use std::{fs, path::Path};

use baihui_head::{
    io::{freesurfer, gifti, mgh, points},
    nifti,
};
use glam::DVec3;
use proptest::prelude::*;

fn file(name: &str) -> Vec<u8> {
    fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/nibabel").join(name)).unwrap()
}

#[test]
fn nifti_2_is_where_nibabel_put_it() {
    let n = nifti::read(&file("two.nii")).unwrap();
    assert_eq!(n.volume.grid.dims, [2, 3, 4]);
    assert_eq!(n.orientation, nifti::Orientation::Sform(1));
    let p = n.volume.grid.to_mm(DVec3::new(1.0, 2.0, 3.0));
    assert!(p.distance(DVec3::new(28.2, -38.1, 21.9)) < 1e-4, "{p}");
    // C order on their side: voxel (i, j, k) holds 12 i + 4 j + k.
    let at = |i: usize, j: usize, k: usize| n.volume.data[n.volume.grid.index(i, j, k)];
    assert_eq!((at(0, 0, 0), at(1, 2, 3), at(0, 1, 0)), (3.0, 14.5, 5.0));
}

#[test]
fn mgz_is_where_nibabel_put_it() {
    let v = mgh::read(&file("float.mgz")).unwrap();
    let p = v.grid.to_mm(DVec3::new(1.0, 2.0, 3.0));
    assert!(p.distance(DVec3::new(28.2, -38.1, 21.9)) < 1e-4, "{p}");
    assert_eq!(v.data[v.grid.index(1, 2, 3)], 23.0);
    // nibabel's own test file: 3 × 4 × 5 voxels, two frames, an affine by its rows.
    let v = mgh::read(&file("test.mgz")).unwrap();
    assert_eq!(v.grid.dims, [3, 4, 5]);
    assert!(v.grid.to_mm(DVec3::ZERO).distance(DVec3::new(-13.0, -11.5, -11.5)) < 1e-4);
    assert!(v.grid.to_mm(DVec3::X).distance(DVec3::new(-12.0, -9.5, -8.5)) < 1e-4);
    assert!((v.data[0] - 1.212_555_3).abs() < 1e-6 && (v.data[3] - 0.776_797_4).abs() < 1e-6);
}

#[test]
fn surfaces_and_regions_are_nibabels() {
    let s = freesurfer::read_surface(&file("lh.tetra")).unwrap();
    assert!(s.moved && s.surface.is_watertight());
    assert!(s.surface.vertices()[1].distance(DVec3::new(11.5, -2.25, 3.0)) < 1e-5);
    let a = freesurfer::read_annotation(&file("lh.tetra.annot")).unwrap();
    let name = |v: usize| a.names.get(&a.labels[v]).map(String::as_str);
    assert_eq!([name(0), name(1), name(2)], [None, Some("precentral"), Some("postcentral")]);
    for encoding in ["zlib", "binary", "text"] {
        let g = gifti::read(&file(&format!("{encoding}.surf.gii"))).unwrap();
        let s = g.surface.unwrap();
        assert!(g.scanner && s.is_watertight(), "{encoding}");
        assert_eq!(s.vertices()[3], DVec3::new(0.0, 0.0, 10.0));
        assert_eq!(s.faces()[2], [1, 2, 3]);
    }
    let g = gifti::read(&file("tetra.label.gii")).unwrap();
    assert_eq!(g.labels.unwrap(), [0, 1, 7, 1]);
    assert_eq!(g.names[&7], "postcentral");
}

/// Damaged bytes give an error with a text, or something whole; never a panic.
fn read_all(bytes: &[u8]) {
    let said = |e: String| assert!(!e.is_empty());
    if let Err(e) = nifti::read(bytes) {
        said(e.to_string());
    }
    match mgh::read(bytes) {
        Ok(v) => assert_eq!(v.data.len(), v.grid.len()),
        Err(e) => said(e.to_string()),
    }
    if let Err(e) = freesurfer::read_surface(bytes) {
        said(e.to_string());
    }
    match freesurfer::read_annotation(bytes) {
        Ok(a) => assert!(a.labels.iter().all(|l| *l == 0 || a.names.contains_key(l))),
        Err(e) => said(e.to_string()),
    }
    if let Err(e) = gifti::read(bytes) {
        said(e.to_string());
    }
    for extension in ["fcsv", "elc", "sfp", "tsv", "hsp", "hpts", "json", "xml", "csv"] {
        match points::read(bytes, extension) {
            Ok(set) => assert!(set.points.iter().all(|p| p.mm.is_finite())),
            Err(e) => said(e.to_string()),
        }
    }
}

const TEXTS: [&str; 6] = [
    "# CoordinateSystem = LPS\n# columns = id,x,y,z,ow,ox,oy,oz,vis,sel,lock,label\n1,0,-100,0,0,0,0,1,1,1,0,NAS\n2,75,0,5,0,0,0,1,1,1,0,LPA\n",
    "UnitPosition\tmm\nPositions\nNz : 0 100 0\nLPA : -75 0 5\nLabels\nNz\nLPA\n",
    "name\tx\ty\tz\nNAS\t0\t0.1\t0\nLPA\t-0.075\t0\tn/a\n",
    "3 200\n%F 0.1 0 0\n%F 0.005 0.075 0\n%F -0.002 -0.074 0\n3 3\n0 0 0.12\n",
    r#"{"AnatomicalLandmarkCoordinates":{"NAS":[0,10,0],"LPA":[-7.5,0,0.5]},"AnatomicalLandmarkCoordinateUnits":"cm"}"#,
    "<c><sensor><name/><number>1</number><x>1</x><y>10</y><z>0</z></sensor><sensor><number>2</number><x>-7</x><y>0</y><z>5</z></sensor></c>",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn damage_never_panics(
        which in 0_usize..13,
        flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..10),
        cut in any::<prop::sample::Index>(),
        cuts in any::<bool>(),
    ) {
        const FILES: [&str; 7] =
            ["two.nii", "float.mgz", "test.mgz", "lh.tetra", "lh.tetra.annot", "zlib.surf.gii", "tetra.label.gii"];
        let mut b = if which < 7 { file(FILES[which]) } else { TEXTS[which - 7].as_bytes().to_vec() };
        for (at, v) in flips {
            let at = at.index(b.len());
            b[at] = v;
        }
        if cuts {
            b.truncate(cut.index(b.len()));
        }
        read_all(&b);
    }
}
