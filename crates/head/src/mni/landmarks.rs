//! The correspondence of a head with the built-in one by their 10-5 sites and landmarks.

use std::{collections::BTreeMap, sync::OnceLock};

use glam::DVec3;

use super::{MniError, MniRecord, Variation};
use crate::{
    frame::{HeadFrame, Mni, Point, Side},
    head::{Head, HeadSource},
    scalp::spline::Spline,
    template,
    ten_five::{self, System},
};

/// Landmarks beside the sites that hold the base of the head.
const BASE: [(&str, Side); 7] = [
    ("glabella", Side::Midline),
    ("orbitale", Side::Left),
    ("orbitale", Side::Right),
    ("zygomatic-arch-middle", Side::Left),
    ("zygomatic-arch-middle", Side::Right),
    ("mastoid-tip", Side::Left),
    ("mastoid-tip", Side::Right),
];
/// Points nearer than this to one that is already there add nothing but bending.
const APART_MM: f64 = 6.0;
/// Steps of the inverse; each reduces its error by the map's deviation from a shift.
const INVERSE_STEPS: usize = 60;
/// The inverse is found when it maps to within this, mm.
const INVERSE_MM: f64 = 1e-9;

/// The map of one head into MNI space and back.
#[derive(Clone, Debug)]
pub struct ToMni {
    way: Way,
    variation: Variation,
    method: String,
}

#[derive(Clone, Debug)]
enum Way {
    Identity,
    Record(MniRecord),
    Spline { forward: Spline, back: Spline },
}

impl ToMni {
    /// The map of a head: the one that it keeps, none for the built-in head (whose frame is MNI space), otherwise
    /// a thin-plate spline through the sites and landmarks that it shares with the built-in head.
    ///
    /// # Errors
    /// [`MniError`] where a kept map cannot be used, or the head lacks nasion, inion or a preauricular point.
    pub fn of(head: &Head) -> Result<Self, MniError> {
        if let Some(record) = &head.to_mni {
            record.check()?;
            return Ok(Self {
                variation: Variation::Uniform(record.sd_mm),
                method: record.method.clone(),
                way: Way::Record(record.clone()),
            });
        }
        if head.source == HeadSource::Template {
            return Ok(Self {
                way: Way::Identity,
                variation: Variation::Sites,
                method: "the built-in head is in MNI space; it stands for a person whose brain is not known"
                    .into(),
            });
        }
        let theirs = template_points();
        let mut from: Vec<DVec3> = Vec::new();
        let mut to: Vec<DVec3> = Vec::new();
        for (name, p) in points(head)? {
            let Some(&q) = theirs.get(&name) else { continue };
            let near = |list: &[DVec3], x: DVec3| list.iter().any(|y| y.distance(x) < APART_MM);
            if !(near(&from, p) || near(&to, q)) {
                from.push(p);
                to.push(q);
            }
        }
        let fit = |a: &[DVec3], b: &[DVec3]| {
            Spline::fit(a, b, &[]).map_err(|e| MniError::Correspondence(e.to_string()))
        };
        Ok(Self {
            variation: Variation::Sites,
            method: format!("thin-plate spline through {} sites and landmarks", from.len()),
            way: Way::Spline { forward: fit(&from, &to)?, back: fit(&to, &from)? },
        })
    }

    /// Whether the head's own frame is MNI space.
    pub fn is_identity(&self) -> bool {
        matches!(self.way, Way::Identity)
    }

    /// How a place of another head with the same cortex beneath it lies about the same place of the template: that
    /// of a kept map, or that of 17 heads.
    pub fn variation(&self) -> Variation {
        self.variation
    }

    /// How the map was got, in words.
    pub fn method(&self) -> &str {
        &self.method
    }

    /// Where a position of the head is in MNI space.
    pub fn to_mni(&self, p: Point<HeadFrame>) -> Point<Mni> {
        match &self.way {
            Way::Identity => Point::new(p.mm),
            Way::Record(r) => r.apply(p),
            Way::Spline { forward, .. } => Point::new(forward.apply(p.mm)),
        }
    }

    /// The position of the head that [`Self::to_mni`] takes to a place of MNI space. Not finite where the map
    /// folds space and has no inverse there.
    pub fn to_head(&self, m: Point<Mni>) -> Point<HeadFrame> {
        let (mut p, linear) = match &self.way {
            Way::Identity => return Point::new(m.mm),
            Way::Record(r) => {
                let (linear, offset) = r.affine_part();
                (linear.inverse() * (m.mm - offset), linear)
            }
            Way::Spline { back, .. } => (back.apply(m.mm), glam::DMat3::IDENTITY),
        };
        let inverse = linear.inverse();
        for _ in 0..INVERSE_STEPS {
            let off = m.mm - self.to_mni(Point::new(p)).mm;
            if off.length() < INVERSE_MM {
                break;
            }
            p += inverse * off;
        }
        // A map that does not settle has no inverse; an answer would be a guess.
        let settled = self.to_mni(Point::new(p)).mm.distance(m.mm) < 0.1;
        Point::new(if settled { p } else { DVec3::NAN })
    }
}

type Named = (String, Side);

/// The points of a head that have a counterpart on every other one; sites first.
fn points(head: &Head) -> Result<Vec<(Named, DVec3)>, MniError> {
    let sites =
        ten_five::sites(head, System::TenFive).map_err(|e| MniError::Correspondence(e.to_string()))?;
    let mut out: Vec<(Named, DVec3)> =
        sites.into_iter().map(|s| ((s.name, Side::Midline), s.position.mm)).collect();
    for (name, side) in BASE {
        out.extend(head.landmarks.mm(name, side).map(|mm| ((name.to_owned(), side), mm)));
    }
    Ok(out)
}

fn template_points() -> &'static BTreeMap<Named, DVec3> {
    static POINTS: OnceLock<BTreeMap<Named, DVec3>> = OnceLock::new();
    // The built-in head has all of its landmarks; a test draws its sites.
    POINTS.get_or_init(|| points(&template::template()).unwrap_or_default().into_iter().collect())
}
