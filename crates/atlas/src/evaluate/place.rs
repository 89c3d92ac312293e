//! Points.

use baihui_head::{
    Side, SurfacePoint,
    curve::{
        geodesic,
        plane_cut::{self, Stop},
    },
};
use glam::{DMat3, DVec3};

use super::{Evaluator, Refusal, Value, What, slot};
use crate::language::{
    Along, Construction, Course, Cross, CunScale, Direction, Grid, Length, Meet, Move, On, Place, Unit,
    UprightPlane,
};

/// Longest transverse section that is followed in search of a place, mm: half round any head.
const HALF_ROUND_MM: f64 = 260.0;

impl Evaluator<'_> {
    /// A point on the skin.
    pub(super) fn place(&mut self, place: &Place, side: Side) -> Result<SurfacePoint, Refusal> {
        match place {
            Place::Named(name) => self.named(name, side),
            Place::Made(c) => match &**c {
                Construction::Grid(g) => self.grid(g, side),
                Construction::Along(a) => self.along(a, side),
                Construction::Move(m) => self.moved(m, side),
                Construction::Meet(m) => self.meet(m, side),
                Construction::Cross(c) => self.cross(c, side),
                Construction::On(on) => self.on(on, side),
            },
        }
    }

    fn named(&mut self, name: &str, side: Side) -> Result<SurfacePoint, Refusal> {
        match self.value_of(name, side)? {
            Value::Point(p) => Ok(p),
            // Kinds are checked when the atlas is read.
            Value::Line(c) | Value::Area(c) => Ok(c.at(self.skin, 0.0)),
        }
    }

    /// Landmark or item by a name of the zone language.
    pub(super) fn value_of(&mut self, name: &str, side: Side) -> Result<Value, Refusal> {
        let missing = || Refusal::NoLandmark { name: name.to_owned(), side };
        let target = *self.names.targets.get(name).ok_or_else(missing)?;
        let side = target.side.unwrap_or(side);
        match target.what {
            What::Landmark(i) => {
                // A midline landmark serves the items of both sides.
                let k =
                    if self.landmarks[i][slot(side)].is_some() { slot(side) } else { slot(Side::Midline) };
                self.used.set(i * 3 + k);
                self.landmarks[i][k]
                    .map(Value::Point)
                    .ok_or_else(|| Refusal::NoLandmark { name: self.names.landmarks[i].clone(), side })
            }
            What::Item(i, construction) => {
                let entry = &self.atlas.entries[i];
                let side = match entry.item.side {
                    crate::language::Sides::Midline => Side::Midline,
                    crate::language::Sides::Bilateral => side,
                };
                let result = match construction {
                    Some(c) if c != self.choices.construction(self.atlas, i) => self.construct(i, c, side),
                    _ => self.locate(i, side),
                };
                result.map_err(|because| match because {
                    // The root of the trouble is what the user can do something about.
                    Refusal::Because { .. } | Refusal::Circle(_) => because,
                    _ => Refusal::Because { code: entry.item.code.clone(), because: Box::new(because) },
                })
            }
        }
    }

    fn grid(&mut self, grid: &Grid, side: Side) -> Result<SurfacePoint, Refusal> {
        let s0 = match &grid.from {
            None => self.anterior_hairline_s()?,
            Some(from) => {
                let from_side =
                    if grid.lateral.is_some() || grid.over.is_some() { Side::Midline } else { side };
                let p = match from {
                    Place::Named(_) => self.place(from, from_side).or_else(|_| self.place(from, side))?,
                    Place::Made(_) => self.place(from, side)?,
                };
                self.midline.s_of(self.position(p))
            }
        };
        let s = match (grid.back, grid.forward) {
            (Some(l), _) => self.along_midline(s0, l)?,
            (None, Some(l)) => self.along_midline(s0, -l)?,
            (None, None) => s0,
        };
        if let Some(over) = &grid.over {
            let over = self.place(over, side)?;
            let origin = self.position(over);
            let section = self
                .midline
                .transverse(self.skin, s, side, HALF_ROUND_MM)
                .map_err(|source| Refusal::Curve { what: "the transverse section".to_owned(), source })?;
            let at = section.crossings(origin, self.axes.right).first().copied().ok_or_else(|| {
                Refusal::NoMeeting("the sagittal plane does not meet the transverse section".to_owned())
            })?;
            return Ok(section.at(self.skin, at));
        }
        let lateral = grid.lateral.map_or(Ok(0.0), |l| self.transverse_mm(l, s))?;
        self.midline_point(s, side, lateral)
    }

    pub(super) fn midline_point(&self, s: f64, side: Side, lateral: f64) -> Result<SurfacePoint, Refusal> {
        self.midline.point(self.skin, s, side, lateral).map_err(|source| Refusal::Curve {
            what: format!("{s:.0} mm along the midline and {lateral:.0} mm to the side"),
            source,
        })
    }

    fn anterior_hairline_s(&self) -> Result<f64, Refusal> {
        self.midline.at_cun(0.0).ok_or(NO_MIDLINE_CUN)
    }

    /// Arc length on the midline after going back by a length from another.
    pub(super) fn along_midline(&self, s: f64, back: Length) -> Result<f64, Refusal> {
        match back.unit {
            Unit::Mm => Ok(s + back.value),
            Unit::Cun(CunScale::Local) => {
                let y = self.midline.cun_at(s).ok_or(NO_MIDLINE_CUN)?;
                self.midline.at_cun(y + back.value).ok_or(NO_MIDLINE_CUN)
            }
            Unit::Cun(scale) => Ok(s + back.value * self.scale_mm(scale, s)?),
        }
    }

    /// A transverse length at a level of the midline, mm.
    pub(super) fn transverse_mm(&self, length: Length, s: f64) -> Result<f64, Refusal> {
        match length.unit {
            Unit::Mm => Ok(length.value),
            Unit::Cun(CunScale::Local) => {
                Ok(length.value * self.midline.transverse_cun_mm(s).ok_or(NO_TRANSVERSE_CUN)?)
            }
            Unit::Cun(scale) => Ok(length.value * self.scale_mm(scale, s)?),
        }
    }

    /// Any other length, mm: cun are those of the setting `vertical-cun`.
    pub(super) fn length_mm(&self, length: Length) -> Result<f64, Refusal> {
        match length.unit {
            Unit::Mm => Ok(length.value),
            Unit::Cun(CunScale::Local) => Ok(length.value * self.vertical_cun.ok_or(NO_MIDLINE_CUN)?),
            Unit::Cun(scale) => Ok(length.value * self.scale_mm(scale, 0.0)?),
        }
    }

    /// A length that is measured off from a point in a direction, mm. WHO measures widths by the corners of the
    /// hairline and by the mastoids: cun to the side are those of the level of the point.
    pub(super) fn directed_mm(
        &self,
        from: SurfacePoint,
        direction: Direction,
        by: Length,
    ) -> Result<f64, Refusal> {
        match (direction, by.unit) {
            (Direction::Lateral | Direction::Medial, Unit::Cun(CunScale::Local)) => {
                self.transverse_mm(by, self.midline.s_of(self.position(from)))
            }
            _ => self.length_mm(by),
        }
    }

    fn scale_mm(&self, scale: CunScale, s: f64) -> Result<f64, Refusal> {
        let cun = self.midline.cun().ok_or(NO_MIDLINE_CUN)?;
        match scale {
            CunScale::Local => self.midline.transverse_cun_mm(s).ok_or(NO_TRANSVERSE_CUN),
            CunScale::Forehead => Ok(cun.forehead),
            CunScale::Vault => Ok(cun.vault),
            CunScale::Front => cun.front.ok_or(NO_TRANSVERSE_CUN),
            CunScale::Back => cun.back.ok_or(NO_TRANSVERSE_CUN),
        }
    }

    fn along(&mut self, along: &Along, side: Side) -> Result<SurfacePoint, Refusal> {
        let curve = self.join(&along.from, &along.to, along.via.as_ref(), along.by, side)?;
        if let Some(at) = along.at {
            return Ok(curve.fraction(self.skin, at.value()));
        }
        let mm = self.length_mm(along.distance.unwrap_or(Length::mm(0.0)))?;
        if (0.0..=curve.length_mm()).contains(&mm) {
            return Ok(curve.at(self.skin, mm));
        }
        // Beyond an end: straight on.
        let (end, direction, rest) = if mm < 0.0 {
            (0.0, -curve.mean_direction_at(0.0, self.step_mm), -mm)
        } else {
            let l = curve.length_mm();
            (l, curve.mean_direction_at(l, self.step_mm), mm - l)
        };
        let start = curve.at(self.skin, end);
        geodesic::straight_end(self.skin, start, direction, rest)
            .map_err(|source| Refusal::Curve { what: "beyond the end of the curve".to_owned(), source })
    }

    /// Unit vector of a direction on a side.
    pub(super) fn direction(&self, direction: Direction, side: Side) -> DVec3 {
        let a = &self.axes;
        match direction {
            Direction::Forward => a.anterior,
            Direction::Back => -a.anterior,
            Direction::Up => a.superior,
            Direction::Down => -a.superior,
            Direction::Lateral => a.lateral(side),
            Direction::Medial => -a.lateral(side),
        }
    }

    fn moved(&mut self, m: &Move, side: Side) -> Result<SurfacePoint, Refusal> {
        let from = self.place(&m.from, side)?;
        let curve = self.course_from(from, m.direction, m.by, m.course, m.turn_deg, side)?;
        Ok(curve.at(self.skin, curve.length_mm()))
    }

    /// The way from a point in a direction for a length.
    pub(super) fn course_from(
        &mut self,
        from: SurfacePoint,
        direction: Direction,
        by: Length,
        course: Option<Course>,
        turn_deg: Option<f64>,
        side: Side,
    ) -> Result<baihui_head::Curve, Refusal> {
        let toward = self.direction(direction, side);
        let failed = |source| Refusal::Curve { what: format!("{by} {direction:?}").to_lowercase(), source };
        let course = course.unwrap_or(match (turn_deg, direction) {
            (Some(_), _) => Course::Straight,
            (None, Direction::Forward | Direction::Back) => Course::MidlineParallel,
            (None, _) => Course::Coronal,
        });
        let normal = match course {
            Course::MidlineParallel => return self.beside_midline(from, direction, by, side),
            Course::Straight => {
                let n = self.skin.normal(from);
                let turned = match turn_deg {
                    None => toward,
                    Some(deg) => turn_toward_face(toward, n, self.axes.anterior, deg.to_radians()),
                };
                let mm = self.directed_mm(from, direction, by)?;
                return geodesic::straight(self.skin, from, turned, mm).map_err(failed);
            }
            Course::Horizontal => self.axes.superior,
            Course::Coronal => self.axes.anterior,
            Course::Sagittal => self.axes.right,
        };
        let (mm, toward) = match self.directed_mm(from, direction, by)? {
            mm if mm < 0.0 => (-mm, -toward),
            mm => (mm, toward),
        };
        plane_cut::walk(self.skin, from, normal, toward, Stop::After(mm)).map_err(failed)
    }

    fn meet(&mut self, meet: &Meet, side: Side) -> Result<SurfacePoint, Refusal> {
        let (v, h) = (self.place(&meet.vertical, side)?, self.place(&meet.horizontal, side)?);
        let (v, h) = (self.position(v), self.position(h));
        // The line of all points level with `h` and in the coronal plane of `v`, from outside inward.
        let a = &self.axes;
        let on = v + a.superior * (h - v).dot(a.superior);
        let out = a.lateral(if side == Side::Midline { Side::Right } else { side });
        let outside = on + out * (HALF_ROUND_MM - (on - self.midline.curve().position_at(0.0)).dot(out));
        self.skin.ray(outside, -out, 2.0 * HALF_ROUND_MM).map(|(p, _)| p).ok_or_else(|| {
            Refusal::NoMeeting("the vertical and the horizontal do not meet on the skin".to_owned())
        })
    }

    fn on(&mut self, on: &On, side: Side) -> Result<SurfacePoint, Refusal> {
        let line = self.line(&on.line, side)?;
        let of = self.place(&on.of, side)?;
        let normal = match on.plane {
            UprightPlane::Coronal => self.axes.anterior,
            UprightPlane::Sagittal => self.axes.right,
            UprightPlane::Horizontal => self.axes.superior,
        };
        let s =
            line.crossings(self.position(of), normal).first().copied().ok_or_else(|| {
                Refusal::NoMeeting("the line does not reach the plane on this head".to_owned())
            })?;
        Ok(line.at(self.skin, s))
    }

    fn cross(&mut self, cross: &Cross, side: Side) -> Result<SurfacePoint, Refusal> {
        let first = self.line(&cross.first, side)?;
        let second = self.line(&cross.second, side)?;
        let (s, _) = first
            .meets(&second)
            .first()
            .copied()
            .ok_or_else(|| Refusal::NoMeeting("the two curves do not cross on this head".to_owned()))?;
        Ok(first.at(self.skin, s))
    }
}

pub(super) const NO_MIDLINE_CUN: Refusal = Refusal::NoCun {
    scale: "midline",
    missing: "glabella, anterior-hairline and posterior-hairline are needed",
};
pub(super) const NO_TRANSVERSE_CUN: Refusal =
    Refusal::NoCun { scale: "transverse", missing: "both hairline-corners and both mastoid-tips are needed" };

/// Turns a direction about the normal of the skin by an angle, in the sense that leads toward the face.
fn turn_toward_face(direction: DVec3, normal: DVec3, anterior: DVec3, angle: f64) -> DVec3 {
    let turn = |a: f64| {
        let (s, c) = (libm::sin(a), libm::cos(a));
        // Rodrigues.
        let k = normal;
        let cross = DMat3::from_cols(
            DVec3::new(0.0, k.z, -k.y),
            DVec3::new(-k.z, 0.0, k.x),
            DVec3::new(k.y, -k.x, 0.0),
        );
        direction * c + (cross * direction) * s + k * k.dot(direction) * (1.0 - c)
    };
    let quarter = std::f64::consts::FRAC_PI_2;
    if turn(quarter).dot(anterior) >= 0.0 { turn(angle) } else { turn(-angle) }
}
