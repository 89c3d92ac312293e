//! Labels in a column at each side, with straight leaders that do not cross.

use glam::DVec2;

use super::{Obstacles, Page, Place, Placed, Rect, Target, TooShort, passes_over, segments_cross};

/// Costs in px of leader length: a crossing of two leaders, a leader through a label beside an item, and a
/// leader over another item's mark. A crossing costs more than any detour, so that none is left where the
/// leaders of one column can be untangled.
const CROSSING: f64 = 10_000.0;
const THROUGH_LABEL: f64 = 400.0;
const OVER_MARK: f64 = 150.0;
/// How much labels fan out from the middle of the column, as a share of their distance from it.
const FAN: f64 = 0.12;
/// Rounds of improvement.
const ROUNDS: usize = 30;
/// Slots further apart than this change places only to untangle two leaders: over so far a detour never pays.
const NEAR: usize = 12;

/// Places the labels of `rest` (indices into `targets`), in that order.
pub(super) fn place(
    targets: &[Target],
    rest: &[usize],
    fixed: &[Rect],
    obstacles: &Obstacles,
    page: &Page,
) -> Result<Vec<Placed>, TooShort> {
    let height = page.columns[0].max.y - page.columns[0].min.y;
    let room = (height / page.line).floor() as usize;
    if rest.len() > 2 * room {
        return Err(TooShort(rest.len().div_ceil(2) as f64 * page.line));
    }
    let mut out = vec![None; rest.len()];
    for (side, members) in split(targets, rest, page.middle, room).into_iter().enumerate() {
        column(targets, rest, &members, side, fixed, obstacles, page, &mut out);
    }
    Ok(out.into_iter().flatten().collect())
}

/// Positions in `rest` that go left and right: by the side of the anchor, the ones nearest to the middle
/// changing over where a column is full.
fn split(targets: &[Target], rest: &[usize], middle: f64, room: usize) -> [Vec<usize>; 2] {
    let x = |k: &usize| targets[rest[*k]].anchors[0].x;
    let mut order: Vec<usize> = (0..rest.len()).collect();
    order.sort_by(|a, b| x(a).total_cmp(&x(b)).then(a.cmp(b)));
    // Half of what lies on the middle goes to each side.
    let below = order.iter().filter(|k| x(k) < middle - 1.0).count();
    let on = order.iter().filter(|k| (x(k) - middle).abs() <= 1.0).count();
    let mut left = below + on / 2;
    // Two columns of very different length are harder to read than a few long leaders.
    let n = rest.len();
    let most = (n * 2).div_ceil(3).max(n.min(12)).min(room);
    left = left.min(most).max(n.saturating_sub(most));
    let right = order.split_off(left);
    [order, right]
}

/// Places one column.
#[allow(clippy::too_many_arguments)] // One call; a struct would only rename them.
fn column(
    targets: &[Target],
    rest: &[usize],
    members: &[usize],
    side: usize,
    fixed: &[Rect],
    obstacles: &Obstacles,
    page: &Page,
    out: &mut [Option<Placed>],
) {
    let n = members.len();
    if n == 0 {
        return;
    }
    let area = page.columns[side];
    let edge = if side == 0 { area.max.x } else { area.min.x };
    let anchor = |k: usize| targets[rest[members[k]]].anchors[0];
    let centre = (area.min.y + area.max.y) / 2.0;
    let half = page.line / 2.0;

    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|&a, &b| {
        anchor(a).y.total_cmp(&anchor(b).y).then(anchor(a).x.total_cmp(&anchor(b).x)).then(a.cmp(&b))
    });
    let wanted: Vec<f64> = order.iter().map(|&k| anchor(k).y + FAN * (anchor(k).y - centre)).collect();
    let slots = spread(&wanted, page.line, area.min.y + half, area.max.y - half);

    // `order[s]` is the member in slot `s`. Exchanging the slots of two leaders that cross shortens both, so
    // exchanges alone untangle the column.
    let end = |s: usize| DVec2::new(edge, slots[s]);
    let mut own_cost = vec![f64::NAN; n * n];
    let mut own = |k: usize, s: usize| {
        if own_cost[k * n + s].is_nan() {
            let (a, b) = (anchor(k), end(s));
            let labels = fixed.iter().filter(|r| r.meets_segment(a, b)).count() as f64;
            let marks =
                obstacles.marks.iter().filter(|(c, r, _)| passes_over(a, b, *c, r + 0.8)).count() as f64;
            own_cost[k * n + s] = a.distance(b) + THROUGH_LABEL * labels + OVER_MARK * marks;
        }
        own_cost[k * n + s]
    };
    let crossings = |order: &[usize], s: usize, skip: usize| {
        (0..n)
            .filter(|&t| t != s && t != skip)
            .filter(|&t| segments_cross(anchor(order[s]), end(s), anchor(order[t]), end(t)))
            .count() as f64
    };
    let mut cost = |order: &[usize], s: usize, t: usize| {
        let mutual = segments_cross(anchor(order[s]), end(s), anchor(order[t]), end(t));
        own(order[s], s)
            + own(order[t], t)
            + CROSSING * (crossings(order, s, t) + crossings(order, t, s) + f64::from(u8::from(mutual)))
    };
    for _ in 0..ROUNDS {
        let mut better = false;
        for s in 0..n {
            for t in s + 1..n {
                let far = t - s > NEAR;
                if far && !segments_cross(anchor(order[s]), end(s), anchor(order[t]), end(t)) {
                    continue;
                }
                let before = cost(&order, s, t);
                order.swap(s, t);
                if cost(&order, s, t) < before - 1e-6 {
                    better = true;
                } else {
                    order.swap(s, t);
                }
            }
        }
        if !better {
            break;
        }
    }
    for (s, &k) in order.iter().enumerate() {
        // A little lower than the line, so that rounding cannot make neighbours overlap.
        let rect = Rect::new(area.min.x, slots[s] - half + 0.2, area.max.x - area.min.x, page.line - 0.4);
        out[members[k]] = Some(Placed { rect, place: Place::Column(side, [anchor(k), end(s)]) });
    }
}

/// Positions closest (least squares) to rising `wanted` ones with at least `gap` between them, within `lo..=hi`:
/// pool adjacent violators.
fn spread(wanted: &[f64], gap: f64, lo: f64, hi: f64) -> Vec<f64> {
    // With z_i = y_i − i · gap the condition is that z does not fall.
    let mut pools: Vec<(f64, usize)> = Vec::new();
    for (i, y) in wanted.iter().enumerate() {
        let mut pool = (y - i as f64 * gap, 1);
        while let Some(&(mean, count)) = pools.last() {
            if mean <= pool.0 {
                break;
            }
            let n = count + pool.1;
            pool = ((mean * count as f64 + pool.0 * pool.1 as f64) / n as f64, n);
            pools.pop();
        }
        pools.push(pool);
    }
    // Bounding an isotonic fit is clamping it.
    let top = (hi - wanted.len().saturating_sub(1) as f64 * gap).max(lo);
    pools
        .iter()
        .flat_map(|&(z, n)| core::iter::repeat_n(z.clamp(lo, top), n))
        .enumerate()
        .map(|(i, z)| z + i as f64 * gap)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spread_keeps_gaps_bounds_and_what_already_fits() {
        assert_eq!(spread(&[10.0, 30.0, 50.0], 10.0, 0.0, 100.0), [10.0, 30.0, 50.0]);
        assert_eq!(spread(&[50.0, 50.0, 50.0], 10.0, 0.0, 100.0), [40.0, 50.0, 60.0]);
        assert_eq!(spread(&[-50.0, -40.0], 10.0, 0.0, 100.0), [0.0, 10.0]);
        assert_eq!(spread(&[150.0, 150.0], 10.0, 0.0, 100.0), [90.0, 100.0]);
        assert!(spread(&[], 10.0, 0.0, 100.0).is_empty());
    }
}
