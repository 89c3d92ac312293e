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
