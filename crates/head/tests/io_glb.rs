//! Head files and GLB scenes as bytes: round trips, foreign edits, damage.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use baihui_head::{
    Cortex, Head, HeadSource, Hemisphere, Landmark, Landmarks, MniMap, MniRecord, Origin, Point, ShapeSpread,
    Side,
    io::glb::{GlbError, GlbScene, Rgba, read_head, read_mesh, write_head},
    shapes,
};
use glam::DVec3;

fn cortex(levels: u32) -> Cortex {
    let half = |side: Side| {
        let surface = shapes::sphere(40.0, levels);
        let labels = (0..surface.vertices().len()).map(|v| (v % 2) as u16).collect();
        Hemisphere { side, surface, labels }
    };
    let names = [(1, "precentral".to_owned())].into();
    Cortex::new(vec![half(Side::Left), half(Side::Right)], "test".into(), names, String::new()).unwrap()
}

fn head(levels: u32) -> Head {
    let skin = shapes::ellipsoid(DVec3::new(77.123_456_789, 96.0, 90.0), levels);
    let mut landmarks = Landmarks::new();
    let at = |x: f64, y: f64, z: f64| Landmark {
        position: Point::ras(x, y, z),
        sd_mm: 1.1,
        origin: Origin::Picked,
        method: "picked for a \"test\"; µ, 百会".into(),
    };
    landmarks.insert("nasion", Side::Midline, at(0.1 + 0.2, 96.0, -1.0 / 3.0));
    landmarks.insert("preauricular", Side::Left, at(-77.0, 0.0, 0.0));
    landmarks.insert("preauricular", Side::Right, at(77.0, 0.0, 0.0));
    Head {
        name: "Colin 百会".into(),
        source: HeadSource::Scan,
        history: vec!["one".into(), "two".into()],
        ears: Some(shapes::sphere(10.0, 2)),
        brain: Some(shapes::bumpy_sphere(60.0, 3)),
        cortex: Some(cortex(levels)),
        to_mni: Some(MniRecord { map: MniMap::Identity, sd_mm: 0.5, method: "by rule".into() }),
        skin,
        landmarks,
        spread: ShapeSpread { breadth: 0.01, length: 0.02, height: 0.03 },
    }
}

/// The JSON text of a GLB replaced, with the lengths put right.
fn with_json(glb: &[u8], edit: impl FnOnce(&mut serde_json::Value)) -> Vec<u8> {
    let n = u32::from_le_bytes(glb[12..16].try_into().unwrap()) as usize;
    let mut value = serde_json::from_slice(&glb[20..20 + n]).unwrap();
    edit(&mut value);
    let mut json = serde_json::to_vec(&value).unwrap();
    json.resize(json.len().next_multiple_of(4), b' ');
    let mut out = glb[..20].to_vec();
    out[12..16].copy_from_slice(&(json.len() as u32).to_le_bytes());
    out.extend(json);
    out.extend(&glb[20 + n..]);
    let total = out.len() as u32;
    out[8..12].copy_from_slice(&total.to_le_bytes());
    out
}

#[test]
fn a_head_comes_back_as_it_was() {
    let head = head(4);
    let bytes = write_head(&head);
    let back = read_head(&bytes).unwrap();
    assert_eq!(back.name, head.name);
    assert_eq!(back.source, head.source);
    assert_eq!(back.history, head.history);
    assert_eq!(back.spread, head.spread);
    assert_eq!(back.landmarks, head.landmarks, "landmarks to the last bit");
    assert_eq!(back.to_mni, head.to_mni);
    let hemispheres = |h: &Head| h.cortex.clone().unwrap().hemispheres().to_vec();
    let (ours, theirs) = (hemispheres(&head), hemispheres(&back));
    assert!(ours.iter().zip(&theirs).all(|(a, b)| (a.side, &a.labels) == (b.side, &b.labels)));
    let pairs = [
        (Some(&theirs[0].surface), Some(&ours[0].surface)),
        (Some(&theirs[1].surface), Some(&ours[1].surface)),
        (Some(&back.skin), Some(&head.skin)),
        (back.ears.as_ref(), head.ears.as_ref()),
        (back.brain.as_ref(), head.brain.as_ref()),
    ];
    for (a, b) in pairs {
        let (a, b) = (a.unwrap(), b.unwrap());
        assert_eq!(a.faces(), b.faces());
        // f32: half an ulp below 128 mm is 3.8e-6 mm on each axis.
        assert!(a.vertices().iter().zip(b.vertices()).all(|(p, q)| (*p - *q).abs().max_element() <= 3.9e-6));
    }
    assert!(write_head(&back) == bytes, "what was read is written the same");
    assert!(write_head(&head) == bytes, "the same head, the same bytes");
}

#[test]
fn a_viewer_sees_metres_with_the_face_forward_and_the_crown_up() {
    let mesh = read_mesh(&write_head(&head(3))).unwrap();
    // Read as any GLB, the head is metres with +Y up and the face toward +Z: its half axes are 0.077, 0.090, 0.096.
    let max = mesh.vertices.iter().copied().reduce(DVec3::max).unwrap();
    assert!(max.distance(DVec3::new(0.077_123, 0.090, 0.096)) < 1e-6, "{max}");
}

#[test]
fn a_head_saved_by_another_program_is_still_the_head() {
    let head = head(3);
    // The root's matrix given as rotation and scale, with an empty node between.
    let half = std::f64::consts::FRAC_1_SQRT_2;
    let edited = with_json(&write_head(&head), |json| {
        let root = json["nodes"][0].as_object_mut().unwrap();
        root.remove("matrix");
        root.insert("rotation".into(), serde_json::json!([0.0, half, half, 0.0]));
        root.insert("scale".into(), serde_json::json!([0.001, 0.001, 0.001]));
        let children = root["children"].take();
        let count = json["nodes"].as_array().unwrap().len();
        json["nodes"][0]["children"] = serde_json::json!([count]);
        json["nodes"].as_array_mut().unwrap().push(serde_json::json!({"children": children, "camera": 0}));
    });
    let back = read_head(&edited).unwrap();
    assert_eq!(back.landmarks, head.landmarks);
    let worst = |(a, b): (&DVec3, &DVec3)| a.distance(*b);
    let worst = back.skin.vertices().iter().zip(head.skin.vertices()).map(worst).fold(0.0, f64::max);
    assert!(worst < 1e-5, "{worst}");
}

#[test]
fn a_head_that_lost_its_matrix_is_refused() {
    let edited = with_json(&write_head(&head(3)), |json| {
        json["nodes"][0].as_object_mut().unwrap().remove("matrix");
    });
    let text = read_head(&edited).unwrap_err().to_string();
    assert_eq!(
        text,
        "GLB, scene extras: found a skin 192000.0 mm long; expected 100 to 1000 mm: the file was scaled, or its \
         root node lost its matrix"
    );
}

#[test]
fn coordinates_beyond_f32_are_written_alike_however_often() {
    // Found by fuzzing: positions were clamped and normals were not.
    let mut head = head(3);
    let far: Vec<DVec3> = shapes::cube(1.0).vertices().iter().map(|v| *v * 1e40).collect();
    head.ears = Some(baihui_head::Surface::new(far, shapes::cube(1.0).faces().to_vec()).unwrap());
    let bytes = write_head(&head);
    assert!(write_head(&read_head(&bytes).unwrap()) == bytes);
}

/// Found by fuzzing: with another matrix at the root the positions that are read are no 32-bit numbers, and what
/// was computed from them was written other than what was computed from them as written.
#[test]
fn a_head_that_another_program_turned_is_written_alike_however_often() {
    for scale in [1.1, 1.0 / 3.0 + 1.0, 0.777_777_7] {
        let turned = with_json(&write_head(&head(3)), |json| {
            for m in json["nodes"][0]["matrix"].as_array_mut().unwrap() {
                *m = (m.as_f64().unwrap() * if m.as_f64() == Some(1.0) { 1.0 } else { scale }).into();
            }
        });
        let first = write_head(&read_head(&turned).unwrap());
        let second = write_head(&read_head(&first).unwrap());
        assert!(first == second, "{scale}");
    }
}

#[test]
fn zones_drawn_on_a_head_do_not_hide_it() {
    let head = head(3);
    let red = Rgba::rgb(213, 94, 0);
    let path: Vec<DVec3> = shapes::directions(40).iter().map(|d| *d * 100.0).collect();
    let bytes = GlbScene::new("zones")
        .head(&head)
        .group("MS")
        .tube("skin", &path, 0.8, red, Some(serde_json::json!({"code": "MS1"})))
        .sphere("GV20", DVec3::Z * 90.0, 2.0, red, None)
        .line("line", &path, red, None)
        .to_bytes();
    let back = read_head(&bytes).unwrap();
    assert_eq!(back.skin.faces().len(), head.skin.faces().len(), "the first node named skin is the head's");
}

#[test]
fn what_is_not_a_head_is_refused_in_words() {
    let bytes = write_head(&head(1));
    let refused = |bytes: &[u8]| read_head(bytes).unwrap_err();
    assert!(matches!(refused(b"PK\x03\x04"), GlbError::Mesh(_)));
    let scan = GlbScene::new("scan").surface("skin", &shapes::sphere(90.0, 2), Rgba::rgb(9, 9, 9)).to_bytes();
    assert!(matches!(refused(&scan), GlbError::NotAHead));
    let later = with_json(&bytes, |j| j["scenes"][0]["extras"]["baihui"]["version"] = 2.into());
    assert_eq!(refused(&later).to_string(), "GLB, scene extras: found version 2; expected 1");
    let lps = with_json(&bytes, |j| j["scenes"][0]["extras"]["baihui"]["axes"] = "LPS".into());
    assert_eq!(refused(&lps).to_string(), "GLB, scene extras: found `axes` = \"LPS\"; expected \"RAS\"");
    let sd = with_json(&bytes, |j| j["scenes"][0]["extras"]["baihui"]["landmarks"][0]["sd_mm"] = (-1).into());
    assert_eq!(
        refused(&sd).to_string(),
        "GLB, scene extras: found sd_mm of nasion (midline) = -1; expected a number of at least 0"
    );
    let unnamed = with_json(&bytes, |j| j["nodes"][1]["name"] = "hide".into());
    assert!(matches!(refused(&unnamed), GlbError::Missing("skin")));
    let side =
        with_json(&bytes, |j| j["scenes"][0]["extras"]["baihui"]["landmarks"][0]["side"] = "up".into());
    assert!(refused(&side).to_string().contains("unknown variant `up`"));
}

#[test]
fn broken_references_are_located() {
    let bytes = write_head(&head(1));
    let text =
        |edit: &dyn Fn(&mut serde_json::Value)| read_mesh(&with_json(&bytes, edit)).unwrap_err().to_string();
    type Edit<'a> = &'a dyn Fn(&mut serde_json::Value);
    let cases: [(Edit, &str); 9] = [
        (&|j| j["nodes"][1]["mesh"] = 99.into(), "GLB, node 1: found mesh 99; expected one of 5 meshes"),
        (&|j| j["nodes"][1]["children"] = serde_json::json!([0]), "node 0: found a second parent"),
        (&|j| j["nodes"][0]["children"] = serde_json::json!([77]), "node 77: found no such node"),
        (&|j| j["accessors"][0]["count"] = 4_000_000_000u64.into(), "4000000000 accessor elements"),
        (&|j| j["accessors"][0]["count"] = 4_000_000u64.into(), "accessor 0: found 4000000 elements"),
        (&|j| j["bufferViews"][0]["byteOffset"] = u64::MAX.into(), "accessor 0: found"),
        (&|j| j["bufferViews"][0]["byteStride"] = 0.into(), "a stride of 0 bytes"),
        (
            &|j| j["buffers"][0]["uri"] = "https://example.org/x.bin".into(),
            "outside the file's own binary chunk",
        ),
        (
            &|j| j["extensionsRequired"] = serde_json::json!(["KHR_draco_mesh_compression"]),
            "KHR_draco_mesh_compression is not read; export the mesh without",
        ),
    ];
    for (edit, expected) in cases {
        let found = text(edit);
        assert!(found.contains(expected), "{found} should say {expected}");
    }
}

#[test]
fn every_truncation_is_an_error() {
    let bytes = write_head(&head(0));
    for n in 0..bytes.len() {
        assert!(read_head(&bytes[..n]).is_err(), "{n} bytes");
    }
}
