//! The built-in head, seen from outside: what everything else relies on.

use baihui_head::{
    Mni, Point, Side,
    scalp::{
        check::{quality, self_intersections},
        decimate,
    },
    template::{COARSE_EDGE_MM, coarse, coarse_bytes, template, template_labels},
};
use glam::DVec3;

/// Published fiducials of Colin27 (FieldTrip standard_1005.elc), mm.
const FIDUCIALS: [(&str, Side, DVec3); 4] = [
    ("nasion", Side::Midline, DVec3::new(0.0, 86.8, -40.0)),
    ("inion", Side::Midline, DVec3::new(0.0, -118.6, -23.1)),
    ("preauricular", Side::Left, DVec3::new(-86.1, -20.0, -48.0)),
    ("preauricular", Side::Right, DVec3::new(85.8, -20.0, -48.0)),
];

#[test]
fn the_skin_is_one_closed_surface_without_holes_or_handles() {
    let head = template();
    let skin = &head.skin;
    assert!(skin.is_watertight());
    assert_eq!(skin.euler_characteristic(), 2);
    assert_eq!(skin.components().1, 1);
    assert!(skin.vertices().len() >= 40_000, "{}", skin.vertices().len());
    // Head and neck of an adult, an MNI tenth larger than life: between 4 and 8 litres.
    let litres = skin.signed_volume_mm3() * 1e-6;
    assert!((4.0..8.0).contains(&litres), "{litres}");
    let brain = head.brain.as_ref().unwrap();
    assert!(brain.is_watertight());
    let litres = brain.signed_volume_mm3() * 1e-6;
    assert!((1.0..2.5).contains(&litres), "{litres}");
}

#[test]
fn triangles_are_even_and_nothing_is_folded() {
    let head = template();
    let q = quality(&head.skin);
    assert!((1.5..2.5).contains(&q.mean_edge_mm), "{q:?}");
    assert!(q.min_edge_mm > 0.3 && q.max_edge_mm < 4.5, "{q:?}");
    assert!(q.worst_aspect < 4.0, "{q:?}");
    // No face is turned against the skin around it.
    let normals = head.skin.vertex_normals();
    let against = (0..head.skin.faces().len() as u32)
        .filter(|&f| {
            let n = head.skin.face_normal(f);
            head.skin.faces()[f as usize].iter().all(|&v| normals[v as usize].dot(n) < 0.0)
        })
        .count();
    assert_eq!(against, 0);
    assert_eq!(self_intersections(&head.skin), []);
}

#[test]
fn fiducials_are_the_published_ones_and_on_the_skin() {
    let head = template();
    for (name, side, published) in FIDUCIALS {
        let p = head.landmarks.mm(name, side).unwrap();
        assert!(p.distance(published) < 1.0, "{name} {side}: {p}");
    }
    for (name, side, l) in head.landmarks.iter() {
        assert!(head.skin.closest(l.position.mm).1 < 1e-3, "{name} {side} is off the skin");
        assert!(l.sd_mm > 0.0 && l.sd_mm <= 15.0, "{name} {side}");
        assert!(l.method.len() > 20 && l.method.contains("sd:"), "{name} {side}: {}", l.method);
    }
}

/// The frame says that x < 0 is the patient's left; an independent atlas of the same brain must agree.
#[test]
fn left_and_right_are_those_of_the_atlas() {
    let aal = &template_labels().aal;
    let mean_x = |name: &str| {
        let label = *aal.names.iter().find(|(_, n)| *n == name).unwrap().0;
        let [nx, ny, nz] = aal.grid.dims;
        let (mut sum, mut n) = (0.0, 0.0);
        for k in 0..nz {
            for j in 0..ny {
                for i in 0..nx {
                    if aal.labels[aal.grid.index(i, j, k)] == label {
                        sum += aal.grid.to_mm(DVec3::new(i as f64, j as f64, k as f64)).x;
                        n += 1.0;
                    }
                }
            }
        }
        assert!(n > 1000.0, "{name}: {n} voxels");
        sum / n
    };
    assert!(mean_x("Precentral_L") < -25.0);
    assert!(mean_x("Precentral_R") > 25.0);
    let head = template();
    for (name, side, l) in head.landmarks.iter() {
        let x = l.position.mm.x;
        match side {
            Side::Left => assert!(x < -10.0, "{name}: {x}"),
            Side::Right => assert!(x > 10.0, "{name}: {x}"),
            Side::Midline => assert!(x.abs() < 1.0, "{name}: {x}"),
        }
    }
    // The pair is a pair: a landmark of one side lies near the mirror image of the other. Heads are not
    // symmetrical; this one's occiput is, like most, a few millimetres fuller on one side.
    for (name, side, l) in head.landmarks.iter().filter(|(_, s, _)| *s == Side::Left) {
        let other = head.landmarks.get(name, side.mirrored()).unwrap();
        let gap = l.position.mirrored().distance_mm(other.position);
        assert!(gap < 8.0, "{name}: {gap:.1} mm");
    }
}

#[test]
fn the_face_looks_forward_and_up_is_up() {
    let head = template();
    let axes = head.axes().unwrap();
    assert!(axes.right.x > 0.99 && axes.anterior.y > 0.97 && axes.superior.z > 0.97);
    let at = |name: &str, side| head.landmarks.mm(name, side).unwrap();
    let up = |p: DVec3| p.dot(axes.superior);
    let ahead = |p: DVec3| p.dot(axes.anterior);
    let midline = |n: &str| at(n, Side::Midline);
    let order = [
        "c7-spinous",
        "posterior-hairline",
        "c2-spinous",
        "eop-lower",
        "eop-tip",
        "eop-superior",
        "anterior-hairline",
        "vertex",
    ];
    for w in order.windows(2) {
        assert!(up(midline(w[0])) < up(midline(w[1])), "{} below {}", w[0], w[1]);
    }
    for (lower, upper) in [("nasion", "glabella"), ("glabella", "anterior-hairline")] {
        assert!(up(midline(lower)) < up(midline(upper)));
    }
    for side in [Side::Left, Side::Right] {
        for (back, front) in [
            ("ear-root-posterior", "ear-root-anterior"),
            ("mastoid-centre", "preauricular"),
            ("preauricular", "zygomatic-arch-middle"),
            ("temple-hairline-posterior", "temple-hairline-anterior"),
            ("temple-hairline-anterior", "brow-lateral"),
            ("hairline-corner", "brow-middle-upper"),
        ] {
            assert!(ahead(at(back, side)) < ahead(at(front, side)), "{back} behind {front} ({side})");
        }
        for (low, high) in [
            ("orbitale", "pupil"),
            ("pupil", "brow-middle-upper"),
            ("brow-middle-upper", "hairline-corner"),
            ("intertragic-notch", "tragus"),
            ("tragus", "supratragic-notch"),
            ("supratragic-notch", "ear-root-superior"),
            ("mastoid-tip", "mastoid-centre"),
            ("zygomatic-arch-middle-lower", "zygomatic-arch-middle-upper"),
            ("ear-apex", "parietal-eminence"),
        ] {
            assert!(up(at(low, side)) < up(at(high, side)), "{low} below {high} ({side})");
        }
        let canthi = (at("inner-canthus", side).x.abs(), at("outer-canthus", side).x.abs());
        assert!(canthi.0 < at("pupil", side).x.abs() && at("pupil", side).x.abs() < canthi.1);
    }
}

#[test]
fn the_brain_is_inside_and_the_ears_are_at_the_ears() {
    let head = template();
    let brain = head.brain.as_ref().unwrap();
    for v in brain.vertices().iter().step_by(37) {
        // From inside, every way out passes the skin.
        let (at, d) = head.skin.closest(*v);
        let outward = head.skin.position(at) - *v;
        assert!(outward.dot(head.skin.normal(at)) > 0.0, "{v} is outside");
        assert!(d > 2.0, "{v} is {d:.1} mm under the skin");
    }
    let ears = head.ears.as_ref().unwrap();
    assert_eq!(ears.components().1, 2);
    for (side, sign) in [(Side::Left, -1.0), (Side::Right, 1.0)] {
        let tragus = head.landmarks.mm("tragus", side).unwrap();
        let mine: Vec<DVec3> = ears.vertices().iter().copied().filter(|v| v.x * sign > 0.0).collect();
        assert!(mine.iter().all(|v| v.distance(tragus) < 60.0));
        // An ear stands off the head by a centimetre or two.
        let off = mine.iter().map(|v| head.skin.closest(*v).1).fold(0.0, f64::max);
        assert!((8.0..30.0).contains(&off), "{off}");
    }
}

#[test]
fn the_auricles_sit_behind_the_preauricular_points() {
    let head = template();
    let ears = head.ears.as_ref().unwrap();
    for (side, sign) in [(Side::Left, -1.0), (Side::Right, 1.0)] {
        let at = |n: &str| head.landmarks.mm(n, side).unwrap();
        // "Just in front of the meatus", at the height of the tragus' upper end.
        let off = at("preauricular") - at("tragus");
        assert!((2.0..8.0).contains(&off.y) && (0.0..10.0).contains(&off.z), "{side}: {off}");
        assert!(at("preauricular").z < at("supratragic-notch").z, "{side}");
        // The auricle that is drawn is where the landmarks, which were read off the image, say.
        let mine: Vec<DVec3> = ears.vertices().iter().copied().filter(|v| v.x * sign > 0.0).collect();
        let most = |of: fn(&DVec3) -> f64| mine.iter().map(of).fold(f64::NEG_INFINITY, f64::max);
        let near = mine.iter().map(|v| v.distance(at("tragus"))).fold(f64::INFINITY, f64::min);
        assert!(near < 3.5, "{side}: the tragus is {near:.1} mm from the auricle");
        assert!((0.0..8.0).contains(&(most(|v| v.z) - at("ear-root-superior").z)), "{side}: top");
        assert!((-4.0..8.0).contains(&(most(|v| -v.y) + at("ear-root-posterior").y)), "{side}: back");
        assert!((-4.0..12.0).contains(&(most(|v| -v.z) + at("ear-lobe-behind").z)), "{side}: lobe");
    }
}

#[test]
fn labels_are_found_by_place() {
    let labels = template_labels();
    // The hand knob of the left precentral gyrus lies near (−38, −22, 56) (Yousry 1997, in MNI terms).
    let (label, d) = labels.aal.nearest(Point::<Mni>::ras(-38.0, -20.0, 58.0), 10.0).unwrap();
    assert!(["Precentral_L", "Postcentral_L"].contains(&labels.aal.name(label).unwrap()));
    assert!(d < 5.0);
    let occipital = labels.brodmann.nearest(Point::ras(-8.0, -95.0, 0.0), 10.0).unwrap().0;
    assert!([17, 18].contains(&occipital), "{occipital}");
    assert_eq!(labels.brodmann.name(occipital), Some(format!("BA{occipital}").as_str()));
    assert_eq!(labels.aal.label_at(Point::ras(0.0, 0.0, 300.0)), 0);
}

/// Cortical projections of the 10-20 sites (Okamoto 2004, group means in MNI space) lie under the scalp.
#[test]
fn foreign_cortical_points_lie_under_the_skin() {
    let csv = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../../shared/facts/tables/okamoto2004_cortical_projection_mni.csv"
    );
    let Ok(text) = std::fs::read_to_string(csv) else {
        println!("skipped: the table of Okamoto 2004 is not here");
        return;
    };
    let head = template();
    let mut seen = 0;
    for line in text.lines().filter(|l| !l.starts_with('#')) {
        let numbers: Vec<f64> = line.split(',').filter_map(|w| w.trim().parse().ok()).collect();
        let Some(&[x, y, z]) = numbers.first_chunk::<3>() else { continue };
        let p = DVec3::new(x, y, z);
        let (at, d) = head.skin.closest(p);
        let inside = (head.skin.position(at) - p).dot(head.skin.normal(at)) > 0.0;
        assert!(inside && (3.0..35.0).contains(&d), "{line}: {d:.1} mm");
        seen += 1;
    }
    assert!(seen >= 10, "{seen} sites read");
}

/// The skin that uncertainty is measured on is worked out beforehand; it must be what would be worked out now.
#[test]
fn the_coarse_skin_is_that_of_the_built_in_head_and_of_heads_bent_from_it() {
    let skin = template().skin;
    let stored = include_bytes!("../../../template/coarse.bin");
    assert!(coarse_bytes(&skin) == stored, "template/coarse.bin is stale");
    let here = coarse(&skin).unwrap();
    let made = decimate::to_edge_length(&skin, COARSE_EDGE_MM).unwrap();
    assert_eq!((here.vertices(), here.faces()), (made.vertices(), made.faces()));
    // A larger head has the same triangles, larger; a head with other triangles has none.
    let larger = skin.with_vertices(skin.vertices().iter().map(|v| *v * 1.1).collect()).unwrap();
    let there = coarse(&larger).unwrap();
    assert!(there.vertices().iter().zip(here.vertices()).all(|(a, b)| a.distance(*b * 1.1) < 1e-9));
    assert!(coarse(&here).is_none());
}
