//! Network of treatments: nodes by participants, edges by trials.

use super::baujat::footer;
use super::canvas::{Anchor, Canvas, class, wrap};
use super::{Look, StatFigureError, Width, finite};
use crate::font::{self, Weight};

/// Most treatments of one figure.
const MOST_NODES: usize = 60;

/// A treatment.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// Name.
    pub label: String,
    /// Participants; the area of the node is in proportion.
    pub participants: f64,
}

/// A direct comparison.
#[derive(Debug, Clone, PartialEq)]
pub struct Edge {
    /// Indices of the two treatments.
    pub between: [usize; 2],
    /// Trials; the width of the edge is in proportion.
    pub trials: usize,
}

/// A network figure.
#[derive(Debug, Clone, PartialEq)]
pub struct Network {
    /// Title.
    pub title: String,
    /// Treatments, drawn around a circle from the top, clockwise.
    pub nodes: Vec<Node>,
    /// Comparisons.
    pub edges: Vec<Edge>,
    /// Lines under the figure.
    pub footer: Vec<String>,
}

/// Draws the network. The number of trials stands on each edge where there is room.
///
/// # Errors
/// [`StatFigureError`] for an empty network, too many treatments, and edges that lead nowhere.
pub fn svg(f: &Network, look: Look) -> Result<String, StatFigureError> {
    let n = f.nodes.len();
    if n == 0 {
        return Err(StatFigureError::Empty("no treatment"));
    }
    if n > MOST_NODES {
        return Err(StatFigureError::TooMany { what: "treatments", found: n, limit: MOST_NODES });
    }
    for e in &f.edges {
        if e.between.iter().any(|i| *i >= n) || e.between[0] == e.between[1] {
            return Err(StatFigureError::Shape(format!("an edge joins {:?}, of {n} treatments", e.between)));
        }
    }
    for node in &f.nodes {
        if finite("the number of participants", &node.label, node.participants)? < 0.0 {
            return Err(StatFigureError::Number {
                what: "the number of participants",
                label: node.label.clone(),
                value: node.participants.to_string(),
            });
        }
    }
    let mut c = Canvas::new(look);
    let (w, size, lh) = (c.width, c.size, c.line_height());
    let pad = size * 0.6;
    let mut top = pad + size;
    for line in wrap(&f.title, size, Weight::Bold, w - 2.0 * pad) {
        c.text(pad, top, Anchor::Start, Weight::Bold, class::INK, &line);
        top += lh;
    }
    // Labels stand outside the circle: give the sides the room that they need.
    let longest = f.nodes.iter().map(|l| c.text_width(&l.label, Weight::Regular)).fold(0.0, f64::max);
    let side = longest.min(w * 0.28) + size * 2.2;
    // Neighbours on the circle must be a line of text apart where their labels stand.
    let needed = (n as f64 / 2.0 + 2.0) * lh;
    let radius =
        (w / 2.0 - side - pad).min(if look.width == Width::Page { 150.0 } else { 85.0 }).max(size * 5.0);
    let radius_y = radius.max(needed / 2.0);
    let largest = f.nodes.iter().map(|l| l.participants).fold(0.0, f64::max);
    let node_r = |p: f64| {
        let share = if largest > 0.0 { libm::sqrt(p / largest) } else { 1.0 };
        (size * 0.95 * share).max(size * 0.3)
    };
    let centre = [w / 2.0, top + lh + radius_y + size];
    let at: Vec<[f64; 2]> = (0..n)
        .map(|i| {
            let a = std::f64::consts::TAU * i as f64 / n as f64;
            [centre[0] + radius * libm::sin(a), centre[1] - radius_y * libm::cos(a)]
        })
        .collect();
    let most = f.edges.iter().map(|e| e.trials).max().unwrap_or(1).max(1);
    for e in &f.edges {
        let width = 1.0 + 5.0 * e.trials as f64 / most as f64;
        c.line(class::GRID, at[e.between[0]], at[e.between[1]], (width * 10.0).round() / 10.0, "");
    }
    // Names first, so that numbers keep clear of them. Where neighbours are closer than a line of text, the names
    // of that side stand in a column, joined to their nodes by thin lines.
    let mut lowest = centre[1] + radius_y;
    let mut names: Vec<(f64, f64, Anchor, String)> = vec![(0.0, 0.0, Anchor::Start, String::new()); n];
    let mut leaders = Vec::new();
    for side in [-1.0, 0.0, 1.0] {
        let mut here: Vec<usize> = (0..n)
            .filter(|&i| {
                let dx = at[i][0] - centre[0];
                if side == 0.0 { dx.abs() < 1.0 } else { dx.abs() >= 1.0 && dx * side > 0.0 }
            })
            .collect();
        here.sort_by(|&a, &b| at[a][1].total_cmp(&at[b][1]));
        let wished: Vec<f64> = here.iter().map(|&i| at[i][1] + size * 0.35).collect();
        let baselines = if side == 0.0 { wished.clone() } else { spread(&wished, lh) };
        let moved = wished.iter().zip(&baselines).any(|(a, b)| (a - b).abs() > 0.5);
        for (&i, ty) in here.iter().zip(baselines) {
            let [x, y] = at[i];
            let r = node_r(f.nodes[i].participants);
            let gap = r + size * 0.4;
            let (tx, ty, anchor) = if side == 0.0 {
                let above = y < centre[1] || n == 1;
                (x, if above { y - gap } else { y + gap + size * 0.75 }, Anchor::Middle)
            } else {
                let tx = if moved { centre[0] + side * (radius + size * 1.6) } else { x + side * gap };
                if moved {
                    leaders.push(([x + side * r, y], [tx - side * 2.0, ty - size * 0.35]));
                }
                (tx, ty, if side > 0.0 { Anchor::Start } else { Anchor::End })
            };
            let room = match anchor {
                Anchor::Start => w - pad - tx,
                Anchor::Middle => w - 2.0 * pad,
                Anchor::End => tx - pad,
            };
            lowest = lowest.max(ty).max(y + r);
            names[i] = (tx, ty, anchor, font::fit(&f.nodes[i].label, size, Weight::Regular, room));
        }
    }
    let mut taken: Vec<[f64; 4]> = Vec::new();
    for ((node, [x, y]), (tx, ty, anchor, shown)) in f.nodes.iter().zip(&at).zip(&names) {
        let r = node_r(node.participants) + 1.0;
        let tw = c.text_width(shown, Weight::Regular);
        let left = match anchor {
            Anchor::Start => *tx,
            Anchor::Middle => tx - tw / 2.0,
            Anchor::End => tx - tw,
        };
        taken.push([left, ty - size * 0.8, left + tw, ty + size * 0.25]);
        taken.push([x - r, y - r, x + r, y + r]);
    }
    for (from, to) in leaders {
        c.line(class::GRID, from, to, 0.6, "");
    }
    let mut bare = 0;
    for e in &f.edges {
        let text = e.trials.to_string();
        let (tw, th) = (c.text_width(&text, Weight::Regular), size);
        let (p, q) = (at[e.between[0]], at[e.between[1]]);
        let spot = [0.5, 0.4, 0.6, 0.3, 0.7, 0.22, 0.78].into_iter().find_map(|s| {
            let (x, y) = (p[0] + s * (q[0] - p[0]), p[1] + s * (q[1] - p[1]));
            let b = [x - tw / 2.0 - 2.0, y - th / 2.0 - 1.0, x + tw / 2.0 + 2.0, y + th / 2.0 + 1.0];
            let free = !taken.iter().any(|t| b[0] < t[2] && t[0] < b[2] && b[1] < t[3] && t[1] < b[3]);
            free.then_some((x, y, b))
        });
        match spot {
            Some((x, y, b)) => {
                taken.push(b);
                c.rect("bg", b[0], b[1], b[2] - b[0], b[3] - b[1]);
                c.text(x, y + size * 0.35, Anchor::Middle, Weight::Regular, class::SOFT, &text);
            }
            None => bare += 1,
        }
    }
    for ((node, at), (tx, ty, anchor, shown)) in f.nodes.iter().zip(&at).zip(&names) {
        let tip = format!("{}: {} participants", node.label, node.participants);
        c.circle(class::MARK, *at, node_r(node.participants), &tip);
        c.text(*tx, *ty, *anchor, Weight::Regular, class::INK, shown);
    }
    let mut notes = f.footer.clone();
    if bare > 0 {
        notes.push(format!("{bare} comparisons have no room for their number of trials."));
    }
    let height = footer(&mut c, &notes, lowest + size, pad);
    let described = f
        .edges
        .iter()
        .map(|e| {
            format!("{} – {}: {} trials", f.nodes[e.between[0]].label, f.nodes[e.between[1]].label, e.trials)
        })
        .collect::<Vec<_>>()
        .join("; ");
    Ok(c.finish(height, &f.title, &described))
}

/// Positions at least `gap` apart, in the same order, near those wished for and about the same middle.
fn spread(wished: &[f64], gap: f64) -> Vec<f64> {
    let mut out: Vec<f64> = Vec::with_capacity(wished.len());
    for &y in wished {
        out.push(out.last().map_or(y, |last: &f64| y.max(last + gap)));
    }
    // What was pushed down is shared: half of the overhang goes up again.
    let (Some(&last), Some(&wish)) = (out.last(), wished.last()) else { return out };
    let mut limit = f64::midpoint(last, wish);
    for y in out.iter_mut().rev() {
        *y = y.min(limit);
        limit = *y - gap;
    }
    out
}
