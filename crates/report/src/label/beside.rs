//! Labels beside their items: those with the fewest free positions first.

use glam::DVec2;

use super::{Ground, Obstacles, Page, Rect, Target};

/// Room between a mark and its label, px.
const GAP: f64 = 2.0;
/// Room around a label that its own stroke keeps, px.
const CLEAR: f64 = 1.0;

/// The eight boxes around an anchor: right, left, above, below, then the diagonals.
fn around(anchor: DVec2, radius: f64, width: f64, height: f64) -> [Rect; 8] {
    let d = radius + GAP;
    // The diagonal boxes touch the circle at 45 degrees.
    let s = d * core::f64::consts::FRAC_1_SQRT_2;
    let DVec2 { x, y } = anchor;
    [
        (x + d, y - height / 2.0),
        (x - d - width, y - height / 2.0),
        (x - width / 2.0, y - d - height),
        (x - width / 2.0, y + d),
        (x + s, y - s - height),
        (x - s - width, y - s - height),
        (x + s, y + s),
        (x - s - width, y + s),
    ]
    .map(|(x, y)| Rect::new(x, y, width, height))
}

/// Whether a box for the label of the target `own` is clear of its own item and `apart` from all others.
fn is_free(rect: &Rect, obstacles: &Obstacles, own: usize, apart: f64) -> bool {
    let room = |of: usize, own_room: f64| if of == own { own_room } else { apart };
    obstacles.marks.iter().all(|&(c, r, of)| rect.distance(c) >= r + room(of, 0.5))
        && !obstacles.strokes.iter().any(|(bounds, s, of)| {
            let grown = rect.grown(room(*of, CLEAR));
            // A level stroke has bounds without height, which overlap nothing.
            bounds.grown(0.1).overlaps(&grown) && s.windows(2).any(|w| grown.meets_segment(w[0], w[1]))
        })
}

/// The boxes beside each target that no mark and no stroke is in the way of, the best first.
pub(super) fn free(targets: &[Target], obstacles: &Obstacles, page: &Page) -> Vec<Vec<(Rect, Ground)>> {
    targets
        .iter()
        .enumerate()
        .map(|(own, t)| {
            let Some(width) = t.beside else { return Vec::new() };
            let boxes = t.anchors.iter().flat_map(|&a| around(a, t.radius, width, page.line));
            boxes
                .filter(|r| is_free(r, obstacles, own, t.apart))
                .filter_map(|r| (page.ground)(&r).map(|g| (r, g)))
                .collect()
        })
        .collect()
}

/// A box for each target that may have one and for which there is room.
pub(super) fn place(
    targets: &[Target],
    free: &[Vec<(Rect, Ground)>],
    may: &[bool],
) -> Vec<Option<(Rect, Ground)>> {
    let mut out = vec![None; targets.len()];
    let mut todo: Vec<usize> = (0..targets.len()).filter(|&i| may[i] && !free[i].is_empty()).collect();
    todo.sort_by_key(|&i| (core::cmp::Reverse(targets[i].rank), free[i].len(), i));
    let mut taken: Vec<Rect> = Vec::new();
    for i in todo {
        if let Some(&(rect, ground)) = free[i].iter().find(|(r, _)| !taken.iter().any(|t| t.overlaps(r))) {
            taken.push(rect);
            out[i] = Some((rect, ground));
        }
    }
    out
}
