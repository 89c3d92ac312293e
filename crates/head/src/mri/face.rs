//! Landmarks of the face, where its relief puts them.
//!
//! The registration of the whole image decides where along the skin a landmark is carried, and grey values beneath a face say
//! little about that: noise in the image moved the nasion by 2 mm along skin that stayed where it was. Nose, brows and
//! eyes do say it. The built-in skin is therefore moulded to the scalp from the registration's pose
//! ([`crate::register::mould`]), as it is to a scan.

use glam::{DAffine3, DVec3};

use crate::{
    frame::Point,
    head::Head,
    landmark::Landmarks,
    register::{
        face,
        icp::Trusted,
        mould::{self, Mould, Round},
        start,
    },
    surface::Surface,
};

/// Rounds of moulding from a pose that is nearly right: limit and sd, mm.
const ROUNDS: [Round; 6] = [
    Round { limit_mm: 12.0, sd_mm: 3.0 },
    Round { limit_mm: 10.0, sd_mm: 2.5 },
    Round { limit_mm: 8.0, sd_mm: 2.0 },
    Round { limit_mm: 8.0, sd_mm: 1.5 },
    Round { limit_mm: 6.0, sd_mm: 1.0 },
    Round { limit_mm: 6.0, sd_mm: 1.0 },
];
/// Farther than this from where the registration carried it a landmark of the face is not believed to be, mm.
const MOST_MM: f64 = 8.0;

/// Puts landmarks of the face, which are on `skin`, where the relief of the face on `scalp` has them.
///
/// `map` is the registration's, template mm to scalp mm. Nothing is moved where the face is not seen.
pub(super) fn place(
    template: &Head,
    scalp: &Surface,
    map: &DAffine3,
    skin: &Surface,
    landmarks: &mut Landmarks,
    trusted: Trusted<'_>,
) {
    let patches = face::patches(template);
    let (from, to): (Vec<DVec3>, Vec<DVec3>) =
        patches.iter().map(|p| (p.at, map.transform_point3(p.at))).unzip();
    let Some(begin) = start::by_pairs(&from, &to, true).map(Mould::from) else { return };
    let Some(made) = mould::mould(&patches, scalp, begin, &ROUNDS, mould::Known::default(), trusted) else {
        return;
    };
    if face::relief(&patches, scalp, &made) < face::LEAST_RELIEF {
        return;
    }
    for (name, side, l) in template.landmarks.iter().filter(|(_, _, l)| face::is_face(l.position.mm)) {
        let Some(own) = landmarks.get_mut(name, side) else { continue };
        let at = skin.position(skin.closest(made.apply(l.position.mm)).0);
        if at.distance(own.position.mm) <= MOST_MM {
            own.position = Point::new(at);
            own.method = format!("{}; along the skin by the relief of the face", own.method);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{frame::Side, landmark::name, shapes, template};

    /// The built-in landmarks as a registration that is `off` would carry them.
    fn carried(off: DVec3) -> Landmarks {
        let head = template::template();
        let mut out = head.landmarks.clone();
        for (_, _, l) in out.iter_mut() {
            l.position = Point::new(head.skin.position(head.skin.closest(l.position.mm + off).0));
        }
        out
    }

    #[test]
    fn the_nasion_goes_where_the_face_has_it_and_the_ears_stay() {
        let head = template::template();
        let off = DVec3::new(0.0, 0.5, 2.5);
        let mut landmarks = carried(off);
        let (nasion, ear) = ((name::NASION, Side::Midline), (name::PREAURICULAR, Side::Left));
        let truth = head.landmarks.mm(nasion.0, nasion.1).unwrap();
        let before = landmarks.clone();
        assert!(before.mm(nasion.0, nasion.1).unwrap().distance(truth) > 2.0);
        let map = DAffine3::from_translation(off);
        place(&head, &head.skin, &map, &head.skin, &mut landmarks, &|_, _| true);
        assert!(landmarks.mm(nasion.0, nasion.1).unwrap().distance(truth) < 0.7);
        assert_eq!(landmarks.mm(ear.0, ear.1), before.mm(ear.0, ear.1));
    }

    #[test]
    fn without_a_face_nothing_is_moved() {
        let head = template::template();
        let before = carried(DVec3::ZERO);
        let mut landmarks = before.clone();
        let ball = shapes::sphere(95.0, 5);
        place(&head, &ball, &DAffine3::IDENTITY, &head.skin, &mut landmarks, &|_, _| true);
        assert_eq!(landmarks, before);
    }
}
