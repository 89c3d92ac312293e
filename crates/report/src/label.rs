//! Where labels go: beside their item where there is room, otherwise in a column at the left or right with a
//! leader (boundary labelling with straight leaders; Bekos, Kaufmann, Symvonis & Wolff, "Boundary labeling:
//! models and efficient algorithms for rectangular maps", Comput Geom 36:215-236, 2007).
//!
//! No two labels overlap, none leaves the page, each gets a place. The result depends on the input alone.

mod beside;
mod columns;

use glam::DVec2;

use crate::trace::distance_to_segment;

/// A rectangle, y down, px.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rect {
    /// Left upper corner.
    pub min: DVec2,
    /// Right lower corner.
    pub max: DVec2,
}

impl Rect {
    /// From a corner and a size.
    pub fn new(x: f64, y: f64, width: f64, height: f64) -> Self {
        Self { min: DVec2::new(x, y), max: DVec2::new(x + width, y + height) }
    }

    /// Whether the interiors overlap.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.min.x < other.max.x
            && other.min.x < self.max.x
            && self.min.y < other.max.y
            && other.min.y < self.max.y
    }

    /// Whether another lies wholly inside.
    pub fn contains(&self, other: &Self) -> bool {
        self.min.cmple(other.min).all() && self.max.cmpge(other.max).all()
    }

    /// The same, wider by `by` on each side.
    pub(crate) fn grown(&self, by: f64) -> Self {
        Self { min: self.min - DVec2::splat(by), max: self.max + DVec2::splat(by) }
    }

    /// Distance from a point, 0 inside.
    pub(crate) fn distance(&self, p: DVec2) -> f64 {
        p.distance(p.clamp(self.min, self.max))
    }

    /// Whether a segment touches it (clipping by Liang and Barsky).
    pub(crate) fn meets_segment(&self, a: DVec2, b: DVec2) -> bool {
        let d = b - a;
        let (mut t0, mut t1) = (0.0_f64, 1.0_f64);
        for (p, q) in [
            (-d.x, a.x - self.min.x),
            (d.x, self.max.x - a.x),
            (-d.y, a.y - self.min.y),
            (d.y, self.max.y - a.y),
        ] {
            if p == 0.0 {
                if q < 0.0 {
                    return false;
                }
            } else if p < 0.0 {
                t0 = t0.max(q / p);
            } else {
                t1 = t1.min(q / p);
            }
        }
        t0 <= t1
    }
}

/// Something to label.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    /// Where a leader may end, the best first; at least one.
    pub(crate) anchors: Vec<DVec2>,
    /// Radius of the mark at the anchor that must stay free, px.
    pub(crate) radius: f64,
    /// Width of the label beside its item, `None` where it may only stand in a column.
    pub(crate) beside: Option<f64>,
    /// Room that others' marks and strokes keep from the label beside its item, px.
    pub(crate) apart: f64,
    /// Which of two labels gets its place first: larger first.
    pub(crate) rank: u8,
}

/// What labels beside their items must not cover.
#[derive(Clone, Debug, Default)]
pub(crate) struct Obstacles {
    /// Marks: centre, radius, and the number of the target whose mark it is.
    pub(crate) marks: Vec<(DVec2, f64, usize)>,
    /// Strokes: polylines with their bounds and the number of their target.
    strokes: Vec<(Rect, Vec<DVec2>, usize)>,
}

impl Obstacles {
    /// Adds a polyline of a target.
    pub(crate) fn add_stroke(&mut self, course: Vec<DVec2>, of: usize) {
        let (min, max) =
            course.iter().fold((DVec2::INFINITY, DVec2::NEG_INFINITY), |(lo, hi), &p| (lo.min(p), hi.max(p)));
        self.strokes.push((Rect { min, max }, course, of));
    }
}

/// The page to place labels on.
pub(crate) struct Page<'a> {
    /// The left column and the right column.
    pub(crate) columns: [Rect; 2],
    /// Height of a line of text, px.
    pub(crate) line: f64,
    /// x of the middle of the head.
    pub(crate) middle: f64,
    /// Whether a box beside an item is readable there (all on the skin, or all off it), and on which.
    pub(crate) ground: &'a dyn Fn(&Rect) -> Option<Ground>,
}

/// What a label stands on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ground {
    /// The picture of the head, light in every theme.
    Skin,
    /// The page.
    Page,
}

/// How a label is joined to its item.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Place {
    /// Beside it, without a leader.
    Beside(Ground),
    /// In the left (0) or right (1) column; the leader runs from the anchor to the column.
    Column(usize, [DVec2; 2]),
}

/// A placed label.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Placed {
    /// The box of its text.
    pub(crate) rect: Rect,
    /// How it is joined to the item.
    pub(crate) place: Place,
}

/// The columns are too short: the height in px that they need.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct TooShort(pub(crate) f64);

/// Places a label for each target, in the order of the targets.
pub(crate) fn place(targets: &[Target], obstacles: &Obstacles, page: &Page) -> Result<Vec<Placed>, TooShort> {
    let mut may = targets.iter().map(|t| t.beside.is_some()).collect::<Vec<_>>();
    let free = beside::free(targets, obstacles, page);
    // Each turn takes the right to stand beside its item from one label at least, so this ends.
    loop {
        let beside = beside::place(targets, &free, &may);
        let rest: Vec<usize> = (0..targets.len()).filter(|&i| beside[i].is_none()).collect();
        let fixed: Vec<Rect> = beside.iter().flatten().map(|(r, _)| *r).collect();
        let in_columns = columns::place(targets, &rest, &fixed, obstacles, page)?;
        let mut crossed = false;
        for i in 0..targets.len() {
            if let Some((rect, _)) = beside[i] {
                let meets = |p: &Placed| match p.place {
                    Place::Column(_, [a, b]) => rect.meets_segment(a, b),
                    Place::Beside(_) => false,
                };
                if in_columns.iter().any(meets) {
                    may[i] = false;
                    crossed = true;
                }
            }
        }
        if !crossed {
            let mut columns = in_columns.into_iter();
            return Ok(beside
                .into_iter()
                .filter_map(|b| match b {
                    Some((rect, ground)) => Some(Placed { rect, place: Place::Beside(ground) }),
                    None => columns.next(),
                })
                .collect());
        }
    }
}

/// Whether two segments cross or touch.
pub(crate) fn segments_cross(a: DVec2, b: DVec2, c: DVec2, d: DVec2) -> bool {
    let side = |p: DVec2, q: DVec2, r: DVec2| (q - p).perp_dot(r - p);
    let (s1, s2) = (side(a, b, c), side(a, b, d));
    let (s3, s4) = (side(c, d, a), side(c, d, b));
    s1 * s2 < 0.0 && s3 * s4 < 0.0
}

/// Whether a leader passes over a mark that is not its own.
pub(crate) fn passes_over(a: DVec2, b: DVec2, mark: DVec2, radius: f64) -> bool {
    // Most marks are above or below the leader as a whole.
    mark.y > a.y.min(b.y) - radius
        && mark.y < a.y.max(b.y) + radius
        && distance_to_segment(mark, a, b) < radius
        && mark.distance(a) > radius
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_and_boxes() {
        let r = Rect::new(0.0, 0.0, 10.0, 5.0);
        assert!(r.meets_segment(DVec2::new(-5.0, 2.0), DVec2::new(15.0, 2.0)));
        assert!(r.meets_segment(DVec2::new(4.0, 2.0), DVec2::new(5.0, 3.0)));
        assert!(!r.meets_segment(DVec2::new(-5.0, 6.0), DVec2::new(15.0, 6.0)));
        assert!(!r.meets_segment(DVec2::new(-5.0, 0.0), DVec2::new(0.0, 8.0)));
        assert!(segments_cross(DVec2::ZERO, DVec2::ONE, DVec2::X, DVec2::Y));
        assert!(!segments_cross(DVec2::ZERO, DVec2::X, DVec2::Y, DVec2::ONE));
    }
}
