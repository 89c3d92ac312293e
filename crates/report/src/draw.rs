//! Pieces of SVG: paths, markers, text, scale bar and legend.

use glam::DVec2;

use crate::{
    font::{self, Weight},
    theme::{Marker, Style, style},
    view::Figure,
    xml::{escape, push_px, px},
};

/// `d` of a polyline.
pub(crate) fn path(course: &[DVec2], close: bool) -> String {
    let mut d = String::new();
    for (i, p) in course.iter().enumerate() {
        d.push(if i == 0 { 'M' } else { 'L' });
        push_px(&mut d, p.x);
        d.push(' ');
        push_px(&mut d, p.y);
    }
    if close && !d.is_empty() {
        d.push('Z');
    }
    d
}

/// A line of text; `anchor` is `start`, `middle` or `end`.
pub(crate) fn text(x: f64, y: f64, class: &str, anchor: &str, size: f64, content: &str) -> String {
    format!(
        r#"<text x="{}" y="{}" class="{class}" text-anchor="{anchor}" style="font-size:{}px">{}</text>"#,
        px(x),
        px(y),
        px(size),
        escape(content)
    )
}

/// Corners of a star or regular polygon, the first one at `turn` of a full turn from the top.
fn corners(c: DVec2, radii: &[f64], n: usize, turn: f64) -> Vec<DVec2> {
    (0..n)
        .map(|i| {
            let a = core::f64::consts::TAU * (i as f64 / n as f64 + turn);
            let r = radii[i % radii.len()];
            c + DVec2::new(libm::sin(a), -libm::cos(a)) * r
        })
        .collect()
}

/// A marker of radius `r`, filled with the style's colour, with a thin edge that keeps it apart from any ground.
pub(crate) fn marker(c: DVec2, r: f64, style: &Style, attributes: &str) -> String {
    let edge = if style.light { "#222222" } else { "#ffffff" };
    let paint = format!(
        r#"fill="{}" stroke="{edge}" stroke-width="0.9" stroke-linejoin="round"{attributes}"#,
        style.colour
    );
    // Radii that give the shapes about the area of the circle.
    let polygon = match style.marker {
        Marker::Circle => {
            return format!(r#"<circle cx="{}" cy="{}" r="{}" {paint}/>"#, px(c.x), px(c.y), px(r));
        }
        Marker::Square => corners(c, &[r * 1.25], 4, 0.125),
        Marker::Up => corners(c, &[r * 1.4], 3, 0.0),
        Marker::Down => corners(c, &[r * 1.4], 3, 0.5),
        Marker::Diamond => corners(c, &[r * 1.3], 4, 0.0),
        Marker::Pentagon => corners(c, &[r * 1.2], 5, 0.0),
        Marker::Star => corners(c, &[r * 1.5, r * 0.7], 10, 0.0),
        Marker::Plus => {
            let (a, b) = (r * 1.25, r * 0.45);
            [
                (b, a),
                (b, b),
                (a, b),
                (a, -b),
                (b, -b),
                (b, -a),
                (-b, -a),
                (-b, -b),
                (-a, -b),
                (-a, b),
                (-b, b),
                (-b, a),
            ]
            .map(|(x, y)| c + DVec2::new(x, y))
            .to_vec()
        }
    };
    format!(r#"<path d="{}" {paint}/>"#, path(&polygon, true))
}

/// The round numbers of mm for a scale bar.
fn bar_mm(scale: f64, width: f64) -> f64 {
    [100.0, 50.0, 20.0, 10.0].into_iter().find(|mm| mm * scale <= width * 0.25).unwrap_or(5.0)
}

/// What stands under the views.
pub(crate) struct Foot {
    pub(crate) body: String,
    /// y of its lower edge.
    pub(crate) bottom: f64,
}

/// Scale bar, legend of the groups (indices into all groups) and credits, from `top` down.
pub(crate) fn foot(figure: &Figure, groups: &[usize], scale: f64, x0: f64, top: f64, width: f64) -> Foot {
    let size = figure.options.font_px;
    let line = size * 1.5;
    let mut body = String::new();
    let base = top + line;
    // Scale bar with a tick at each 10 mm.
    let mm = bar_mm(scale, width);
    let length = mm * scale;
    let mut ticks = format!("M{} {}h{}", px(x0), px(base), px(length));
    for i in 0..=(mm / 10.0) as usize {
        let major = i == 0 || (i as f64) * 10.0 >= mm;
        let x = x0 + i as f64 * 10.0 * scale;
        ticks.push_str(&format!("M{} {}v{}", px(x), px(base), if major { "-6" } else { "-3.5" }));
    }
    body.push_str(&format!(r#"<path d="{ticks}" fill="none" class="bh-rule" stroke-width="1"/>"#));
    let words = format!("{mm} mm");
    body.push_str(&text(x0 + length + 6.0, base, "bh-ink", "start", size, &words));
    let after = length + 6.0 + font::width_px(&words, size, Weight::Regular) * SLACK + 24.0;

    // Legend to the right of the bar, as many lines as it needs.
    let all = figure.all_groups();
    let (mut x, mut y) = (x0 + after, base);
    for &g in groups {
        let style = style(g);
        let sample = 34.0;
        let room = (width - sample).max(1.0);
        let name = font::fit(&all[g].name, size, Weight::Regular, room / SLACK);
        let w = sample + font::width_px(&name, size, Weight::Regular) * SLACK;
        if x + w > x0 + width && x > x0 {
            x = x0;
            y += line;
        }
        let middle = y - size * 0.35;
        body.push_str(&stroke(&[DVec2::new(x, middle), DVec2::new(x + 26.0, middle)], style, 2.4, ""));
        body.push_str(&marker(DVec2::new(x + 13.0, middle), 3.8, style, ""));
        body.push_str(&text(x + sample, y, "bh-ink", "start", size, &name));
        x += w + 18.0;
    }
    let mut bottom = y + size * 0.4;
    if !figure.options.credits.is_empty() {
        let small = size * 0.85;
        // Sources and licences must be readable: what is too long for the page goes on in the next line.
        for line in font::lines(&figure.options.credits, " · ", small, Weight::Regular, width / SLACK) {
            bottom += small * 1.5;
            body.push_str(&text(x0, bottom, "bh-soft", "start", small, &line));
        }
        bottom += small * 0.4;
    }
    Foot { body, bottom }
}

/// Room that text gets beyond its width in our fonts, for viewers that have others.
pub(crate) const SLACK: f64 = 1.06;

/// A line in a group's style over its casing.
pub(crate) fn stroke(course: &[DVec2], style: &Style, width: f64, attributes: &str) -> String {
    let d = path(course, false);
    let (casing, more) = if style.light { ("#222222", 1.3) } else { ("#ffffff", 2.2) };
    let dash =
        if style.dash.is_empty() { String::new() } else { format!(r#" stroke-dasharray="{}""#, style.dash) };
    format!(
        r#"<g fill="none" stroke-linejoin="round"{attributes}><path d="{d}" stroke="{casing}" stroke-opacity=".8" stroke-width="{}" stroke-linecap="round"/><path d="{d}" stroke="{}" stroke-width="{}"{dash}/></g>"#,
        px(width + more),
        style.colour,
        px(width),
    )
}
