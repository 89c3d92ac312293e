//! Points of the head on a person's body.

#![allow(clippy::unwrap_used, reason = "a test stops at what it cannot read")]

use baihui_atlas::{
    Names,
    body::{Person, built_in},
};
use baihui_head::{
    Side,
    body::{Sex, Shape, Size},
};

/// The body has eye sockets and auricles, the measuring skin of the head has none: the nearest skin may look inward.
#[test]
fn points_of_the_head_lie_on_skin_that_looks_outward() {
    let points = built_in().unwrap();
    let atlas = baihui_atlas::built_in::atlas(&[]).unwrap();
    let names = Names::of(&atlas);
    let head = baihui_head::template::template();
    for (sex, age_years) in [(Sex::Male, 25.0), (Sex::Female, 60.0)] {
        let shape = Shape { sex, age_years, ..Shape::default() };
        let person = Person::new(&points, &atlas, &names, &shape, &head, Size::Average).unwrap();
        let middle = person.body.joint("head", Side::Left).unwrap();
        for ((code, side), spot) in &person.points {
            let Ok(spot) = spot else { continue };
            let normal = person.body.skin.normal(spot.at.unwrap());
            let outward = (spot.mm - middle).normalize();
            assert!(normal.dot(outward) > -0.2, "{code} {side} on {sex:?}: {normal:.2} at {outward:.2}");
            if code == "GB1" {
                assert!(normal.x * side.sign() > 0.0 && normal.y > 0.0, "GB1 {side} on {sex:?}: {normal:.2}");
            }
        }
    }
}

/// Tip of the tragus on the body's mesh, left.
const TRAGUS: u32 = 12_213;

/// Head and body have the same auricle: what the standard puts in front of and behind it lies there on the body.
#[test]
fn points_around_the_ear_lie_around_the_bodys_auricle() {
    let points = built_in().unwrap();
    let atlas = baihui_atlas::built_in::atlas(&[]).unwrap();
    let names = Names::of(&atlas);
    let head = baihui_head::template::template();
    for (sex, age_years) in [(Sex::Male, 25.0), (Sex::Female, 60.0), (Sex::Male, 8.0)] {
        let shape = Shape { sex, age_years, ..Shape::default() };
        let person = Person::new(&points, &atlas, &names, &shape, &head, Size::Average).unwrap();
        for side in [Side::Left, Side::Right] {
            let tragus = person.body.skin.position(person.body.vertex(TRAGUS, side).unwrap());
            let heads = person.carry.to_body(head.landmarks.mm("tragus", side).unwrap());
            let off = heads - tragus;
            assert!(off.y.abs() < 3.0 && off.z.abs() < 3.0, "{sex:?} {age_years} {side}: {off}");
            let at = |code: &str| person.points[&(code.to_owned(), side)].as_ref().unwrap();
            for code in ["SI19", "TE21", "GB2"] {
                let p = at(code).mm - tragus;
                assert!((2.0..15.0).contains(&p.y), "{code} {side} on {sex:?} {age_years}: {p}");
            }
            // Behind the ear and looking backward, not on the front of the auricle.
            for code in ["TE18", "TE19", "GB10", "GB11"] {
                let p = at(code).mm - tragus;
                let normal = person.body.skin.normal(at(code).at.unwrap());
                assert!(p.y < -15.0 && normal.y < 0.0, "{code} {side} on {sex:?} {age_years}: {p}, {normal}");
            }
            for code in ["TE17", "GB12"] {
                let p = at(code).mm - tragus;
                assert!(p.y < -3.0 && p.z < -10.0, "{code} {side} on {sex:?} {age_years}: {p}");
            }
        }
    }
}
