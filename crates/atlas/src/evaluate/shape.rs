//! Lines and areas.

use std::sync::Arc;

use baihui_head::{
    Curve, Side, SurfacePoint,
    curve::{CurveError, geodesic, plane_cut},
};
use glam::DVec3;

use super::{Evaluator, Joined, Refusal, Value, place::NO_TRANSVERSE_CUN};
use crate::language::{
    Area, Around, Band, By, CunScale, Direction, Length, Line, Parallel, ParallelRule, Place, Run, Unit,
};

/// A line that begins closer to the midline than this begins on it, mm.
const ON_MIDLINE_MM: f64 = 1.0;

impl Evaluator<'_> {
    /// A line on the skin.
    pub(super) fn line(&mut self, line: &Line, side: Side) -> Result<Arc<Curve>, Refusal> {
        match line {
            Line::Join(j) => self.join(&j.from, &j.to, j.via.as_ref(), j.by, side),
            Line::Run(r) => self.run(r, side).map(Arc::new),
            Line::Parallel(p) => self.parallel(p, side).map(Arc::new),
            Line::Named(name) => self.named_line(name, side),
        }
    }

    fn named_line(&mut self, name: &str, side: Side) -> Result<Arc<Curve>, Refusal> {
        match self.value_of(name, side)? {
            Value::Line(c) | Value::Area(c) => Ok(c),
            Value::Point(p) => Ok(Arc::new(Curve::single(self.skin, p))),
        }
    }

    /// A curve between two places, remembered: schools divide the same lines.
    pub(super) fn join(
        &mut self,
        from: &Place,
        to: &Place,
        via: Option<&Place>,
        by: By,
        side: Side,
    ) -> Result<Arc<Curve>, Refusal> {
        let from = self.place(from, side)?;
        let to = self.place(to, side)?;
        let via = via.map(|v| self.place(v, side)).transpose()?;
        let key = Joined::new(by, from, to, via);
        if let Some(known) = self.joined.get(&key) {
            return Ok(Arc::clone(known));
        }
        let curve = Arc::new(self.curve_between(by, from, to, via)?);
        self.joined.insert(key, Arc::clone(&curve));
        Ok(curve)
    }

    /// The geodesic between two places, with the care that was asked for.
    fn geodesic(&self, from: SurfacePoint, to: SurfacePoint) -> Result<Curve, CurveError> {
        geodesic::with_care(self.skin, from, to, self.care)
    }

    fn curve_between(
        &self,
        by: By,
        from: SurfacePoint,
        to: SurfacePoint,
        via: Option<SurfacePoint>,
    ) -> Result<Curve, Refusal> {
        let skin = self.skin;
        let failed = |source| Refusal::Curve { what: "the line between the two places".to_owned(), source };
        match (by, via) {
            (By::Geodesic, None) => self.geodesic(from, to).map_err(failed),
            (By::Geodesic, Some(via)) => {
                let first = self.geodesic(from, via).map_err(failed)?;
                Ok(first.then(&self.geodesic(via, to).map_err(failed)?))
            }
            (By::Plane, Some(via)) => plane_cut::through(skin, from, via, to).map_err(failed),
            (By::Plane, None) => {
                plane_cut::containing(skin, from, to, skin.normal(from) + skin.normal(to)).map_err(failed)
            }
            (By::Vertical, via) => {
                let chord = skin.position(to) - skin.position(from);
                let normal = self.axes.superior.cross(chord);
                let way =
                    |toward: DVec3| plane_cut::walk(skin, from, normal, toward, plane_cut::Stop::At(to));
                // One arc sets out upward, the other downward; the plane also cuts the neck or the chin, and
                // the way below them may be the shorter.
                let arcs = [way(self.axes.superior), way(-self.axes.superior)];
                let through = |c: &Curve| via.is_none_or(|v| c.closest(skin.position(v)).1 < 1.0);
                let lowest = |c: &Curve| {
                    c.points().iter().map(|p| p.dot(self.axes.superior)).fold(f64::INFINITY, f64::min)
                };
                let upper = arcs
                    .iter()
                    .flatten()
                    .filter(|c| through(c))
                    .max_by(|a, b| lowest(a).total_cmp(&lowest(b)));
                upper.cloned().ok_or_else(|| {
                    failed(arcs.into_iter().find_map(Result::err).unwrap_or(CurveError::NotReached))
                })
            }
            (By::Chord, _) => {
                let (a, b) = (skin.position(from), skin.position(to));
                let n = (a.distance(b) / self.step_mm).ceil().max(1.0) as usize;
                let drop = (0..=n).map(|i| skin.closest(a.lerp(b, i as f64 / n as f64)).0);
                self.through(drop)
            }
        }
    }

    /// Short geodesics through points in order.
    fn through(&self, points: impl Iterator<Item = SurfacePoint>) -> Result<Curve, Refusal> {
        geodesic::through(self.skin, points, self.care)
            .map_err(|source| Refusal::Curve { what: "a step of the line".to_owned(), source })?
            .ok_or_else(|| Refusal::NoMeeting("the line has no points".to_owned()))
    }

    fn run(&mut self, run: &Run, side: Side) -> Result<Curve, Refusal> {
        let from = self.place(&run.from, side)?;
        let onward = self.course_from(from, run.direction, run.by, run.course, run.turn_deg, side)?;
        match run.before {
            None => Ok(onward),
            Some(before) => {
                let opposite = match run.direction {
                    Direction::Forward => Direction::Back,
                    Direction::Back => Direction::Forward,
                    Direction::Up => Direction::Down,
                    Direction::Down => Direction::Up,
                    Direction::Lateral => Direction::Medial,
                    Direction::Medial => Direction::Lateral,
                };
                let back = self.course_from(from, opposite, before, run.course, run.turn_deg, side)?;
                Ok(back.reversed().then(&onward))
            }
        }
    }

    /// At a constant distance from the midline: in mm where the length is in mm, in transverse cun where it is in
    /// cun, as the books measure. Cun count by the level on the midline; mm lie on the line itself, as a ruler
    /// does.
    pub(super) fn beside_midline(
        &mut self,
        from: SurfacePoint,
        direction: Direction,
        by: Length,
        side: Side,
    ) -> Result<Curve, Refusal> {
        let failed =
            |source: CurveError| Refusal::Curve { what: "a line beside the midline".to_owned(), source };
        let level = self.midline.level(self.skin, self.position(from), side).map_err(failed)?;
        let along = self.midline.direction(level.s_mm);
        let back = match direction {
            Direction::Back => by,
            Direction::Forward => -by,
            // Down is forward on the forehead and back on the occiput.
            d => {
                let toward = self.direction(d, side);
                if toward.dot(along) >= 0.0 { by } else { -by }
            }
        };
        let end = self.along_midline(level.s_mm, back)?;
        let n = ((end - level.s_mm).abs() / self.step_mm).ceil().max(1.0) as usize;
        let lateral = level.lateral_mm;
        let in_cun = matches!(by.unit, Unit::Cun(CunScale::Local)) && lateral > 0.0;
        let start_cun =
            if in_cun { self.midline.transverse_cun_mm(level.s_mm).ok_or(NO_TRANSVERSE_CUN)? } else { 1.0 };
        let mut points = vec![from];
        let ruler = matches!(by.unit, Unit::Mm).then_some(by.value.abs());
        let mut chords = 0.0;
        // Far from the midline the line is longer or shorter than the stretch of the midline beside it.
        let most = if ruler.is_some() { n.saturating_mul(10) } else { n };
        for i in 1..=most {
            let s = level.s_mm + (end - level.s_mm) * i as f64 / n as f64;
            let x = if in_cun {
                lateral * self.midline.transverse_cun_mm(s).ok_or(NO_TRANSVERSE_CUN)? / start_cun
            } else {
                lateral
            };
            let next = self.midline_point(s, side, x)?;
            chords += self.position(next).distance(self.position(points[points.len() - 1]));
            points.push(next);
            if ruler.is_some_and(|mm| chords >= mm) {
                break;
            }
        }
        let line = self.through(points.into_iter())?;
        Ok(match ruler {
            Some(mm) => line.between(0.0, mm),
            None => line,
        })
    }

    fn parallel(&mut self, parallel: &Parallel, side: Side) -> Result<Curve, Refusal> {
        let line = self.named_line(&parallel.to, side)?;
        let mm = self.length_mm(parallel.offset)?;
        let toward = self.direction(parallel.direction, side);
        let failed = |source| Refusal::Curve { what: "a parallel line".to_owned(), source };
        match parallel.rule {
            ParallelRule::Perpendicular => {
                let n = (line.length_mm() / self.step_mm).ceil().max(1.0) as usize;
                let mut points = Vec::with_capacity(n + 1);
                for i in 0..=n {
                    let s = line.length_mm() * i as f64 / n as f64;
                    let p = line.at(self.skin, s);
                    let normal = self.skin.normal(p);
                    let across = normal.cross(line.mean_direction_at(s, self.step_mm));
                    let across = if across.dot(toward) >= 0.0 { across } else { -across };
                    points.push(geodesic::straight_end(self.skin, p, across, mm).map_err(failed)?);
                }
                let beside = self.through(points.into_iter())?;
                self.begun_on_midline(&line, beside, mm).map_err(failed)
            }
            ParallelRule::AlongMidline => {
                let top = line.at(self.skin, 0.0);
                let bottom = line.at(self.skin, line.length_mm());
                let upper = self.beside_midline(top, parallel.direction, Length::mm(mm), side)?;
                let upper = upper.at(self.skin, upper.length_mm());
                let lower =
                    plane_cut::end(self.skin, bottom, self.axes.superior, toward, mm).map_err(failed)?;
                self.geodesic(upper, lower).map_err(failed)
            }
        }
    }

    /// A parallel to a line that begins on the midline begins on the midline too: what reaches over to the other
    /// side is cut off, what is missing is led straight on.
    fn begun_on_midline(&self, line: &Curve, beside: Curve, offset_mm: f64) -> Result<Curve, CurveError> {
        let start = line.position_at(0.0);
        if self.midline.curve().closest(start).1 > ON_MIDLINE_MM {
            return Ok(beside);
        }
        if let Some(&s) = beside.crossings(start, self.axes.right).first() {
            return Ok(beside.between(s, beside.length_mm()));
        }
        let first = beside.at(self.skin, 0.0);
        let back = -beside.mean_direction_at(0.0, self.step_mm);
        // At 30 degrees to the midline and more, twice the offset reaches it.
        let onward = geodesic::straight(self.skin, first, back, 2.0 * offset_mm)?;
        Ok(match onward.crossings(start, self.axes.right).first() {
            Some(&s) => onward.between(0.0, s).reversed().then(&beside),
            None => beside,
        })
    }

    /// The closed outline of an area.
    pub(super) fn area(&mut self, area: &Area, side: Side) -> Result<Curve, Refusal> {
        match area {
            Area::Band(band) => self.band(band, side),
            Area::Corners(corners) => {
                let mut points = Vec::with_capacity(corners.len() + 1);
                for c in corners {
                    points.push(self.place(c, side)?);
                }
                points.extend(points.first().copied());
                self.through(points.into_iter())
            }
            Area::Around(around) => self.around(around, side),
        }
    }

    fn band(&mut self, band: &Band, side: Side) -> Result<Curve, Refusal> {
        let line = self.line(&band.line, side)?;
        let middle = self.midline.s_of(line.position_at(line.length_mm() / 2.0));
        let half = self.transverse_mm(band.half_width, middle)?;
        let n = (line.length_mm() / self.step_mm).ceil().max(1.0) as usize;
        let mut edges = [Vec::with_capacity(n + 1), Vec::with_capacity(n + 1)];
        for i in 0..=n {
            let s = line.length_mm() * i as f64 / n as f64;
            let p = line.at(self.skin, s);
            let across = self.skin.normal(p).cross(line.mean_direction_at(s, self.step_mm));
            for (edge, direction) in edges.iter_mut().zip([across, -across]) {
                let end = geodesic::straight_end(self.skin, p, direction, half)
                    .map_err(|source| Refusal::Curve { what: "the edge of the band".to_owned(), source })?;
                edge.push(end);
            }
        }
        let [one, other] = edges;
        let start = one.first().copied();
        self.through(one.into_iter().chain(other.into_iter().rev()).chain(start))
    }

    fn around(&mut self, around: &Around, side: Side) -> Result<Curve, Refusal> {
        let centre = self.place(&around.centre, side)?;
        let radius = self.length_mm(around.radius)?;
        let normal = self.skin.normal(centre);
        let u = normal.any_orthonormal_vector();
        let v = normal.cross(u);
        let n = self.disc;
        let mut points = Vec::with_capacity(n + 1);
        for i in 0..=n {
            let a = std::f64::consts::TAU * (i % n) as f64 / n as f64;
            let direction: DVec3 = u * libm::cos(a) + v * libm::sin(a);
            let end = geodesic::straight_end(self.skin, centre, direction, radius)
                .map_err(|source| Refusal::Curve { what: "the edge of the disc".to_owned(), source })?;
            points.push(end);
        }
        self.through(points.into_iter())
    }
}
