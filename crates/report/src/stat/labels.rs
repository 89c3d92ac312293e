//! Labels beside points, so that none covers another.

use crate::font::{Weight, width_px};

/// A rectangle: left, top, right, bottom.
pub(super) type Box2 = [f64; 4];

fn overlap(a: Box2, b: Box2) -> bool {
    a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3]
}

/// Where a label was put: left end of its baseline.
#[derive(Debug, Clone, Copy)]
pub(super) struct Placed {
    pub(super) x: f64,
    pub(super) y: f64,
}

/// Puts labels beside points inside `frame`, in the order given (give the important ones first). Points are
/// obstacles too. A label that finds no place is `None`.
pub(super) fn place(
    points: &[([f64; 2], f64)],
    labels: &[&str],
    size: f64,
    frame: Box2,
    obstacles: &[Box2],
) -> Vec<Option<Placed>> {
    let mut taken: Vec<Box2> = points.iter().map(|([x, y], r)| [x - r, y - r, x + r, y + r]).collect();
    taken.extend_from_slice(obstacles);
    let (up, down) = (size * 0.8, size * 0.25);
    points
        .iter()
        .zip(labels)
        .map(|(([x, y], r), label)| {
            let w = width_px(label, size, Weight::Regular);
            let gap = r + 2.0;
            let middle = y + (up - down) / 2.0;
            let candidates = [
                [x + gap, middle],
                [x - gap - w, middle],
                [x - w / 2.0, y - gap - down],
                [x - w / 2.0, y + gap + up],
                [x + gap * 0.7, y - gap * 0.7 - down],
                [x + gap * 0.7, y + gap * 0.7 + up],
                [x - gap * 0.7 - w, y - gap * 0.7 - down],
                [x - gap * 0.7 - w, y + gap * 0.7 + up],
            ];
            let found = candidates.into_iter().find(|[lx, ly]| {
                let b = [*lx, ly - up, lx + w, ly + down];
                let inside = b[0] >= frame[0] && b[1] >= frame[1] && b[2] <= frame[2] && b[3] <= frame[3];
                inside && !taken.iter().any(|t| overlap(*t, b))
            });
            found.map(|[lx, ly]| {
                taken.push([lx - 1.0, ly - up, lx + w + 1.0, ly + down]);
                Placed { x: lx, y: ly }
            })
        })
        .collect()
}
