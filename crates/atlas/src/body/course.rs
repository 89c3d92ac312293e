//! Channels as curves on the skin: from point to point along the shortest way.
//!
//! `atlas/body/courses.toml` says which points follow each other on the skin, and where a channel runs within. A
//! stretch between two points is the geodesic on the body's mesh: no standard gives more than the points. Those of the
//! midline stay on it: the shortest way over what bulges there would run beside.

use baihui_head::{
    Side, Surface, SurfacePoint,
    curve::{Curve, CurveError, geodesic, plane_cut},
};
use glam::DVec3;
use serde::{Deserialize, Serialize};

use super::{BodyAtlas, locate::Locator};
use crate::language::{Sides, Source};

/// Step at which curves are written, mm.
const STEP_MM: f64 = 2.0;

/// `courses.toml`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CourseFile {
    /// Courses by channel.
    pub course: std::collections::BTreeMap<String, Course>,
}

/// The course of a channel.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Course {
    /// Chains of points that follow each other on the skin; `"ST9-ST45"` stands for all from the one to the other.
    pub chains: Vec<Vec<String>>,
    /// Where it runs within, in our words.
    #[serde(default)]
    pub within: Vec<String>,
    /// Sources.
    pub sources: Vec<Source>,
}

impl Course {
    /// The chains with every point named.
    pub fn spelled(&self) -> Vec<Vec<String>> {
        self.chains.iter().map(|c| c.iter().flat_map(|part| spell(part)).collect()).collect()
    }
}

/// `"ST9-ST45"` as its points; a code stays itself.
fn spell(part: &str) -> Vec<String> {
    let number = |code: &str| {
        let at = code.find(|c: char| c.is_ascii_digit())?;
        let (letters, digits) = code.split_at(at);
        Some((letters.to_owned(), digits.parse::<u32>().ok()?))
    };
    let range = part.split_once('-').and_then(|(a, b)| {
        let ((la, na), (lb, nb)) = (number(a)?, number(b)?);
        (la == lb && na <= nb).then(|| (na..=nb).map(|n| format!("{la}{n}")).collect())
    });
    range.unwrap_or_else(|| vec![part.to_owned()])
}

/// A channel's curves on one side.
#[derive(Clone, Debug, Serialize)]
pub struct Drawn {
    /// Id of the channel.
    pub channel: String,
    /// Side.
    pub side: Side,
    /// Curves, mm, a point about every 2 mm.
    pub chains: Vec<Chain>,
    /// Where it runs within.
    pub within: Vec<String>,
    /// Points that are on no curve because they could not be located.
    pub left_out: Vec<String>,
}

/// One curve.
#[derive(Clone, Debug, Serialize)]
pub struct Chain {
    /// Points that it runs through.
    pub points: Vec<String>,
    /// Its course, mm.
    #[serde(serialize_with = "coordinates")]
    pub path: Vec<DVec3>,
    /// Length over the skin, mm.
    pub length_mm: f64,
}

fn coordinates<S: serde::Serializer>(path: &[DVec3], s: S) -> Result<S::Ok, S::Error> {
    let round = |x: f64| (x * 100.0).round() / 100.0;
    s.collect_seq(path.iter().map(|p| [round(p.x), round(p.y), round(p.z)]))
}

impl Locator<'_> {
    /// The curves of some channels (by index), left before right.
    pub fn channels(&self, channels: &[usize]) -> Vec<Drawn> {
        let atlas = self.atlas();
        let mut out = Vec::new();
        for &k in channels {
            let Some(channel) = atlas.channels.get(k) else { continue };
            let Some(course) = atlas.courses.get(&channel.id) else { continue };
            let midline = atlas.points.iter().any(|p| p.channel == k && p.point.side == Sides::Midline);
            let sides: &[Side] = if midline { &[Side::Midline] } else { &[Side::Left, Side::Right] };
            for &side in sides {
                out.push(self.channel(&channel.id, course, side));
            }
        }
        out
    }

    fn channel(&self, id: &str, course: &Course, side: Side) -> Drawn {
        let skin = &self.body().skin;
        let mut drawn = Drawn {
            channel: id.to_owned(),
            side,
            chains: Vec::new(),
            within: course.within.clone(),
            left_out: Vec::new(),
        };
        for codes in course.spelled() {
            let mut chain = Chain { points: Vec::new(), path: Vec::new(), length_mm: 0.0 };
            let mut last = None;
            for code in codes {
                let Some(at) = self.place_named(&code, side).ok().and_then(|s| s.at) else {
                    drawn.left_out.push(code);
                    continue;
                };
                match last {
                    None => chain.path.push(skin.position(at)),
                    Some(before) => match stretch(skin, before, at, side) {
                        Ok(curve) => {
                            chain.length_mm += curve.length_mm();
                            chain.path.extend(curve.thinned(STEP_MM).into_iter().skip(1));
                        }
                        Err(_) => {
                            // Another piece of the mesh: the curve ends and begins again.
                            let whole = std::mem::replace(
                                &mut chain,
                                Chain { points: Vec::new(), path: vec![skin.position(at)], length_mm: 0.0 },
                            );
                            drawn.chains.push(whole);
                        }
                    },
                }
                chain.points.push(code);
                last = Some(at);
            }
            if chain.points.len() > 1 {
                drawn.chains.push(chain);
            }
        }
        drawn
    }
}

/// A section of the midline may be so much longer than the shortest way before that one is taken, in parts and mm.
const LONGER: (f64, f64) = (1.2, 5.0);

/// The way from one point to the next.
fn stretch(skin: &Surface, from: SurfacePoint, to: SurfacePoint, side: Side) -> Result<Curve, CurveError> {
    let shortest = geodesic::taut(skin, from, to)?;
    if side != Side::Midline {
        return Ok(shortest);
    }
    let chord = skin.position(to) - skin.position(from);
    let most = shortest.length_mm() * LONGER.0 + LONGER.1;
    Ok(plane_cut::containing(skin, from, to, DVec3::X.cross(chord))
        .ok()
        .filter(|section| section.length_mm() <= most)
        .unwrap_or(shortest))
}

impl BodyAtlas {
    /// The course of a channel.
    pub fn course(&self, channel: usize) -> Option<&Course> {
        self.courses.get(&self.channels.get(channel)?.id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_spelled_out() {
        assert_eq!(spell("ST9-ST11"), ["ST9", "ST10", "ST11"]);
        assert_eq!(spell("EX-B2"), ["EX-B2"]);
        assert_eq!(spell("BL40"), ["BL40"]);
        assert_eq!(spell("ST11-SP2"), ["ST11-SP2"]);
    }
}
