//! Scans that come without landmarks: what a scanner sees of a person, and what is no head.

#![allow(missing_docs, clippy::unwrap_used, reason = "tests")]

use baihui_head::{
    Side, Surface,
    body::{self, Sex, Shape},
    landmark::name,
    scan::{self, ScanError},
    shapes, template,
};
use glam::{DAffine3, DQuat, DVec3};

/// Vertices of the body's mesh: nasion and tip of the tragus (left).
const NASION: u32 = 132;
const TRAGUS: u32 = 12_213;
/// The model's heads are smaller than people's (ANSUR II).
const LARGER: f64 = 1.12;

fn any_axes() -> DAffine3 {
    DAffine3::from_rotation_translation(
        DQuat::from_scaled_axis(DVec3::new(1.1, -0.7, 0.4)),
        DVec3::new(300.0, 20.0, -70.0),
    )
}

/// The part of a body that lies in a slab of heights beside its nasion, mm, in a scanner's axes.
fn part(body: &body::Body, low: f64, high: f64) -> Surface {
    let nasion = body.skin.position(body.vertex(NASION, Side::Midline).unwrap());
    let inside = |v: &u32| (low..high).contains(&(body.skin.vertices()[*v as usize].z - nasion.z));
    let faces: Vec<[u32; 3]> = body.skin.faces().iter().filter(|f| f.iter().all(inside)).copied().collect();
    let mut numbers = std::collections::BTreeMap::new();
    let mut vertices = Vec::new();
    let faces = faces
        .iter()
        .map(|f| {
            f.map(|v| {
                *numbers.entry(v).or_insert_with(|| {
                    vertices.push(any_axes().transform_point3(body.skin.vertices()[v as usize] * LARGER));
                    vertices.len() as u32 - 1
                })
            })
        })
        .collect();
    Surface::new(vertices, faces).unwrap()
}

/// Head, neck and shoulders of an old man, whose vault fits the built-in face nearly as well as his face does.
#[test]
fn a_head_is_found_above_shoulders_with_its_ears_on_their_sides() {
    let template = template::template();
    let shape = Shape { sex: Sex::Male, age_years: 75.0, ..Shape::default() };
    let body = body::built_in().body(&shape).unwrap();
    let scan = part(&body, -300.0, 1000.0);
    let made = scan::build(&template, &scan, &scan::Options::default(), &mut |_, _| true).unwrap();
    let place = |v, side| {
        let p = body.skin.position(body.vertex(v, side).unwrap()) * LARGER;
        (made.to_head * any_axes()).transform_point3(p)
    };
    let found = |n, side| made.head.landmarks.get(n, side).unwrap();
    let nasion = found(name::NASION, Side::Midline);
    assert!(nasion.position.mm.distance(place(NASION, Side::Midline)) < 5.0);
    assert!(nasion.sd_mm < 4.0, "{}", nasion.sd_mm);
    for side in [Side::Left, Side::Right] {
        let ear = found(name::PREAURICULAR, side);
        // The preauricular point is in front of the tragus, about a centimetre.
        let d = ear.position.mm - place(TRAGUS, side);
        assert!(d.length() < 14.0 && d.y > 0.0, "{side}: {d}");
        assert!(ear.sd_mm < 5.0, "{side}: {}", ear.sd_mm);
    }
    assert!(
        made.doubts.iter().any(|(_, t)| t.contains("both auricles were recognised")),
        "{:?}",
        made.doubts
    );
}

#[test]
fn what_is_no_head_is_refused_without_landmarks() {
    let template = template::template();
    let shape = Shape { sex: Sex::Female, age_years: 40.0, ..Shape::default() };
    let body = body::built_in().body(&shape).unwrap();
    let egg = shapes::sphere(1.0, 5);
    let egg = egg
        .with_vertices(egg.vertices().iter().map(|v| *v * DVec3::new(76.0, 97.0, 110.0)).collect())
        .unwrap();
    for (what, scan) in [("an egg", egg), ("a trunk", part(&body, -700.0, -200.0))] {
        let made =
            scan::build(&template, &scan, &scan::Options::default(), &mut |_, _| true).map(|m| m.doubts);
        let refused =
            matches!(made, Err(ScanError::NoHead { .. } | ScanError::NoFace { .. } | ScanError::Drape(_)));
        assert!(refused, "{what}: {made:?}");
    }
}
