//! Paths on the skin as a viewer sees them: seen and hidden stretches in px.

use glam::{DVec2, DVec3};

use crate::raster::Backdrop;

/// Distance between the samples at which a path is tested, mm.
const STEP_MM: f64 = 0.8;
/// Most samples of one path.
const MAX_SAMPLES: f64 = 4000.0;
/// Runs shorter than this many samples are noise of the depth test and join their surroundings.
const NOISE: usize = 3;
/// How far a simplified stretch may leave the samples, px.
const SIMPLIFY_PX: f64 = 0.12;

/// A stretch of a path that is seen as a whole or hidden as a whole.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Run {
    /// Whether it is seen.
    pub(crate) seen: bool,
    /// How many samples it has; they are evenly spaced in mm.
    pub(crate) samples: usize,
    /// Its course in px of the head's picture.
    pub(crate) course: Vec<DVec2>,
}

impl Run {
    /// Length in px.
    pub(crate) fn length(&self) -> f64 {
        self.course.windows(2).map(|w| w[0].distance(w[1])).sum()
    }

    /// The point at a fraction of the length, and the unit direction there.
    pub(crate) fn at(&self, fraction: f64) -> Option<(DVec2, DVec2)> {
        let mut left = self.length() * fraction;
        for w in self.course.windows(2) {
            let d = w[0].distance(w[1]);
            if left <= d && d > 0.0 {
                return Some((w[0].lerp(w[1], left / d), (w[1] - w[0]) / d));
            }
            left -= d;
        }
        let w = self.course.last_chunk::<2>()?;
        Some((w[1], (w[1] - w[0]).try_normalize()?))
    }
}

/// Points along a path at most [`STEP_MM`] apart; the ends are kept. Positions that are not finite are left out.
pub(crate) fn resample(path: &[DVec3], closed: bool) -> Vec<DVec3> {
    let mut path: Vec<DVec3> = path.iter().copied().filter(|p| p.is_finite()).collect();
    if closed && path.len() > 2 && path.first() != path.last() {
        path.push(path[0]);
    }
    let length: f64 = path.windows(2).map(|w| w[0].distance(w[1])).sum();
    let step = STEP_MM.max(length / MAX_SAMPLES);
    let mut out = Vec::new();
    for w in path.windows(2) {
        let n = (w[0].distance(w[1]) / step).ceil().max(1.0) as usize;
        out.extend((0..n).map(|i| w[0].lerp(w[1], i as f64 / n as f64)));
    }
    out.extend(path.last());
    out
}

/// The runs of a path in order.
pub(crate) fn runs(backdrop: &Backdrop, path: &[DVec3], closed: bool) -> Vec<Run> {
    let samples = resample(path, closed);
    if samples.len() < 2 {
        return Vec::new();
    }
    let mut seen: Vec<bool> = samples.iter().map(|&p| backdrop.sees(p)).collect();
    smooth(&mut seen);
    let at: Vec<DVec2> = samples.iter().map(|&p| backdrop.camera.project(p).truncate()).collect();
    let mut runs: Vec<Run> = Vec::new();
    let mut start = 0;
    for i in 1..=at.len() {
        if i == at.len() || seen[i] != seen[start] {
            // Each run goes on to the first sample of the next, so that no gap is left.
            let end = i.min(at.len() - 1);
            runs.push(Run { seen: seen[start], samples: i - start, course: simplify(&at[start..=end]) });
            start = i;
        }
    }
    // A closed path that begins within a seen run is one run there.
    if closed
        && runs.len() > 2
        && runs.first().is_some_and(|r| r.seen)
        && let Some(mut last) = runs.pop_if(|r| r.seen)
    {
        last.course.extend_from_slice(&runs[0].course[1..]);
        last.samples += runs[0].samples;
        runs[0] = last;
    }
    runs.retain(|r| r.course.len() > 1);
    runs
}

/// Joins runs shorter than [`NOISE`] between two others to the one before.
fn smooth(seen: &mut [bool]) {
    // Value and length of each run.
    let mut out: Vec<(bool, usize)> = Vec::new();
    let runs: Vec<(bool, usize)> = seen.chunk_by(|a, b| a == b).map(|r| (r[0], r.len())).collect();
    for (k, &(value, length)) in runs.iter().enumerate() {
        match out.last_mut() {
            Some(last) if last.0 == value || (length < NOISE && k + 1 < runs.len()) => last.1 += length,
            _ => out.push((value, length)),
        }
    }
    let mut at = 0;
    for (value, length) in out {
        seen[at..at + length].fill(value);
        at += length;
    }
}

/// Ramer–Douglas–Peucker, without recursion.
fn simplify(course: &[DVec2]) -> Vec<DVec2> {
    let n = course.len();
    if n < 3 {
        return course.to_vec();
    }
    let mut keep = vec![false; n];
    keep[0] = true;
    keep[n - 1] = true;
    let mut stack = vec![(0, n - 1)];
    while let Some((a, b)) = stack.pop() {
        let worst = (a + 1..b)
            .map(|i| (i, distance_to_segment(course[i], course[a], course[b])))
            .fold((a, SIMPLIFY_PX), |best, x| if x.1 > best.1 { x } else { best });
        if worst.0 > a {
            keep[worst.0] = true;
            stack.push((a, worst.0));
            stack.push((worst.0, b));
        }
    }
    course.iter().zip(keep).filter(|&(_, k)| k).map(|(&p, _)| p).collect()
}

/// Distance from a point to a segment.
pub(crate) fn distance_to_segment(p: DVec2, a: DVec2, b: DVec2) -> f64 {
    let ab = b - a;
    let l2 = ab.length_squared();
    let t = if l2 > 0.0 { ((p - a).dot(ab) / l2).clamp(0.0, 1.0) } else { 0.0 };
    p.distance(a + ab * t)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resampling_keeps_ends_and_closes() {
        let square = [DVec3::ZERO, DVec3::X * 10.0, DVec3::new(10.0, 10.0, 0.0), DVec3::Y * 10.0];
        let open = resample(&square, false);
        let closed = resample(&square, true);
        assert_eq!((open[0], *open.last().unwrap()), (square[0], square[3]));
        assert_eq!(*closed.last().unwrap(), square[0]);
        assert!(closed.windows(2).all(|w| w[0].distance(w[1]) <= STEP_MM + 1e-9));
        assert!(resample(&[DVec3::NAN, DVec3::X], false).len() == 1);
        assert!(resample(&[], true).is_empty());
        assert!(resample(&[DVec3::ZERO, DVec3::X * 1e9], false).len() <= 4002);
    }

    #[test]
    fn noise_goes_and_real_changes_stay() {
        let mut s = [true, true, true, false, true, true, false, false, false, false];
        smooth(&mut s);
        assert_eq!(s, [true, true, true, true, true, true, false, false, false, false]);
        let mut s = [false, true, true, true, false];
        smooth(&mut s);
        assert_eq!(s, [false, true, true, true, false]);
    }

    #[test]
    fn simplified_courses_stay_close() {
        let course: Vec<DVec2> =
            (0..200).map(|i| DVec2::new(f64::from(i), 40.0 * libm::sin(f64::from(i) / 40.0))).collect();
        let s = simplify(&course);
        assert!(s.len() < 80, "{}", s.len());
        for p in &course {
            let d = s.windows(2).map(|w| distance_to_segment(*p, w[0], w[1])).fold(f64::INFINITY, f64::min);
            assert!(d <= SIMPLIFY_PX + 1e-9);
        }
    }
}
