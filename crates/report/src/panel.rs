//! One view with its labels: the part of a page that single pictures and sheets share.

use baihui_head::Side;
use glam::{DVec2, DVec3};

use crate::{
    camera::View,
    draw::{self, SLACK},
    font::{self, Weight},
    label::{self, Ground, Obstacles, Page, Place, Placed, Rect, Target},
    raster::Backdrop,
    theme::{Style, style},
    trace::{self, Run, resample, runs},
    view::{Emphasis, Figure, Hidden, Item, Kind, LabelText},
    xml::{escape, px},
};

/// Up to this many items [`LabelText::Auto`] shows names.
pub(crate) const AUTO_NAMES: usize = 40;
/// Room between the head and a column, px, where the leaders fan out.
pub(crate) const GUTTER: f64 = 22.0;
/// Room for the swatch at the leader's end of a column, px.
const SWATCH: f64 = 13.0;

/// Room that the marks and lines of others keep from a label beside its item, px: so much more than it keeps from its own
/// that nobody takes it for theirs.
const APART: f64 = 7.0;

/// Share of a line that must be seen for it to be labelled.
const ENOUGH: f64 = 0.2;

/// One view, drawn.
pub(crate) struct Panel {
    /// Width and height, px.
    pub(crate) size: DVec2,
    /// SVG, origin at the left upper corner.
    pub(crate) body: String,
    /// What it shows, in words.
    pub(crate) description: String,
    /// Groups that are seen, as indices into all groups, ascending.
    pub(crate) groups: Vec<usize>,
    /// px per mm.
    pub(crate) camera_scale: f64,
}

/// The label of an item: what is bold and what follows.
struct Words {
    bold: String,
    rest: String,
}

impl Words {
    fn width(&self, size: f64) -> f64 {
        let space = if self.rest.is_empty() { 0.0 } else { size * 0.35 };
        SLACK
            * (font::width_px(&self.bold, size, Weight::Bold)
                + space
                + font::width_px(&self.rest, size, Weight::Regular))
    }

    /// Cut to a width.
    fn fit(&self, size: f64, max: f64) -> Self {
        let bold = font::fit(&self.bold, size, Weight::Bold, max / SLACK);
        let left = max / SLACK - font::width_px(&bold, size, Weight::Bold) - size * 0.35;
        let rest = if self.rest.is_empty() || left < size * 2.0 {
            String::new()
        } else {
            font::fit(&self.rest, size, Weight::Regular, left)
        };
        Self { bold, rest }
    }

    fn tspans(&self) -> String {
        let rest = if self.rest.is_empty() {
            String::new()
        } else {
            format!(r#"<tspan dx=".35em">{}</tspan>"#, escape(&self.rest))
        };
        format!(r#"<tspan class="bh-b">{}</tspan>{rest}"#, escape(&self.bold))
    }
}

fn with_names(figure: &Figure) -> bool {
    match figure.options.labels {
        LabelText::Auto => figure.items.len() <= AUTO_NAMES,
        LabelText::Code => false,
        LabelText::CodeAndName => true,
    }
}

fn words(item: &Item, names: bool) -> Words {
    Words { bold: item.code.clone(), rest: if names { item.label.clone() } else { String::new() } }
}

/// Width of each label column for a page of a width: the longest label, at most a quarter of the page, or a third for
/// a code, which a reader looks up and which is useless when it is cut.
pub(crate) fn column_width(figure: &Figure, page_px: f64) -> f64 {
    let size = figure.options.font_px;
    let names = with_names(figure);
    let items = figure.items.iter().map(|i| words(i, names).width(size));
    let arrows = figure.arrows.iter().map(|a| SLACK * font::width_px(&a.text, size, Weight::Bold));
    let longest = items.chain(arrows).fold(0.0, f64::max);
    let code = figure.items.iter().map(|i| words(i, false).width(size)).fold(0.0, f64::max);
    let most = (page_px * 0.25).max((code + SWATCH + 2.0).min(page_px * 0.34));
    (longest + SWATCH + 2.0).clamp(30.0, most.max(30.0))
}

/// What is seen of one item.
struct Seen<'a> {
    item: &'a Item,
    style: &'static Style,
    group: usize,
    runs: Vec<Run>,
    /// Position of a point.
    at: Option<DVec2>,
}

impl Seen<'_> {
    fn radius(&self) -> f64 {
        match self.item.emphasis {
            Emphasis::Faint => 2.8,
            Emphasis::Normal => 3.4,
            Emphasis::Strong => 4.6,
        }
    }

    fn stroke_width(&self) -> f64 {
        match self.item.emphasis {
            Emphasis::Faint => 1.6,
            Emphasis::Normal => 2.3,
            Emphasis::Strong => 3.4,
        }
    }

    /// Whether enough is seen to be labelled: a point, or [`ENOUGH`] of a line or border. What peeps over the
    /// contour from the far side is drawn without a label, so that it is not taken for the near one.
    fn is_shown(&self) -> bool {
        let total: f64 = self.runs.iter().map(|r| r.samples as f64).sum();
        let seen: f64 = self.runs.iter().filter(|r| r.seen).map(|r| r.samples as f64).sum();
        self.at.is_some() || (seen > 0.0 && seen >= ENOUGH * total)
    }

    /// Where a leader may end.
    fn anchors(&self, index: usize, landmarks: &[(usize, DVec2)]) -> Vec<DVec2> {
        if let Some(at) = self.at {
            return vec![at];
        }
        let Some(run) = self.runs.iter().filter(|r| r.seen).max_by(|a, b| a.length().total_cmp(&b.length()))
        else {
            return Vec::new();
        };
        let closed = matches!(self.item.kind, Kind::Area { .. });
        if closed {
            // The middle of the seen border, if it lies inside.
            let n = run.course.len() as f64;
            let centre = run.course.iter().sum::<DVec2>() / n;
            if inside(centre, &run.course) {
                return vec![centre];
            }
        }
        // Along the line, the place farthest from all else first; the ends are left to the ends' marks.
        let mut along: Vec<(f64, DVec2)> = [0.5, 0.35, 0.65, 0.2, 0.8, 0.1, 0.9]
            .iter()
            .filter_map(|&f| run.at(f).map(|(p, _)| p))
            .map(|p| {
                let others = landmarks.iter().filter(|(i, _)| *i != index);
                (others.map(|(_, o)| o.distance(p)).fold(24.0, f64::min), p)
            })
            .collect();
        along.sort_by(|a, b| b.0.total_cmp(&a.0));
        if along.is_empty() {
            // Seen end-on: a course without length.
            return run.course.first().copied().into_iter().collect();
        }
        along.into_iter().map(|(_, p)| p).collect()
    }
}

/// Whether an item is on the side of a head that a lateral view looks away from. What of it peeps over the midline is
/// drawn without a label, so that it is not taken for the near one.
fn is_far_side(side: Side, view: View) -> bool {
    view.side().is_some_and(|near| side == near.mirrored())
}

/// Whether a point lies inside a polygon (even-odd rule).
fn inside(p: DVec2, polygon: &[DVec2]) -> bool {
    let mut odd = false;
    for (i, a) in polygon.iter().enumerate() {
        let b = polygon[(i + 1) % polygon.len()];
        if (a.y > p.y) != (b.y > p.y) && p.x < a.x + (p.y - a.y) / (b.y - a.y) * (b.x - a.x) {
            odd = !odd;
        }
    }
    odd
}

impl Panel {
    /// Draws one view with columns of a width.
    pub(crate) fn new(figure: &Figure, backdrop: &Backdrop, column: f64) -> Self {
        let names = with_names(figure);
        let size = figure.options.font_px;
        let line = size * 1.26;
        let head = backdrop.camera.size;
        let all_groups = figure.all_groups();
        let width = head.x + 2.0 * (column + GUTTER);
        let mut height = head.y;
        let words_above = caption_words(figure, backdrop.camera.view);
        let band = band(&words_above, head.x, size);
        let offset_x = column + GUTTER;

        let mut seen: Vec<Seen> = figure
            .items
            .iter()
            .map(|item| see(item, backdrop, all_groups.iter().position(|g| g.key == item.group).unwrap_or(0)))
            .collect();
        let arrows: Vec<[DVec2; 2]> = figure
            .arrows
            .iter()
            .filter(|a| backdrop.sees(a.from) && backdrop.sees(a.to))
            .map(|a| [a.from, a.to].map(|p| backdrop.camera.project(p).truncate()))
            .collect();
        let arrow_words: Vec<Words> = figure
            .arrows
            .iter()
            .filter(|a| backdrop.sees(a.from) && backdrop.sees(a.to))
            .map(|a| Words { bold: a.text.clone(), rest: String::new() })
            .collect();

        // The page grows until the columns hold every label.
        let with_code = (0..seen.len()).filter(|&i| seen[i].is_shown() && !seen[i].item.code.is_empty());
        let (far, shown): (Vec<usize>, Vec<usize>) = with_code
            .partition(|&i| !figure.options.whole && is_far_side(seen[i].item.side, backdrop.camera.view));
        let mut offset = DVec2::new(offset_x, band);
        let placed = loop {
            let (targets, obstacles) = to_place(&seen, &shown, &arrows, &arrow_words, offset, names, size);
            let ground = |r: &Rect| ground(r, backdrop, offset, width, band);
            let page = Page {
                columns: [0.0, width - column].map(|x| Rect::new(x, band, column, height)),
                line,
                middle: offset.x + head.x / 2.0,
                ground: &ground,
            };
            match label::place(&targets, &obstacles, &page) {
                Ok(placed) => break placed,
                Err(label::TooShort(needed)) => {
                    // At least one px, so that rounding cannot keep this from ending.
                    height = needed.max(height + 1.0);
                    offset.y = band + (height - head.y) / 2.0;
                }
            }
        };

        let mut body = String::new();
        body.push_str(&captions(&words_above, offset.x, head.x, size, band));
        body.push_str(&head_image(backdrop, offset));
        if let Some(cortex) = &figure.cortex {
            body.push_str(&cortex.svg(figure.head, backdrop, figure.options.density, offset, size));
        }
        for s in &mut seen {
            s.shift(offset);
        }
        let arrows: Vec<[DVec2; 2]> = arrows.iter().map(|a| a.map(|p| p + offset)).collect();
        body.push_str(&leaders(&placed));
        for s in &seen {
            body.push_str(&surface_marks(s, backdrop, offset, figure.options.hidden));
        }
        for a in &arrows {
            body.push_str(&arrow(*a));
        }
        for &i in far.iter().chain(&shown) {
            body.push_str(&point_marks(&seen[i]));
        }
        for (k, p) in placed.iter().enumerate() {
            let (words, style, target) = match shown.get(k) {
                Some(&i) => (words(seen[i].item, names), Some(seen[i].style), seen[i].item.code.as_str()),
                None => {
                    let w = &arrow_words[k - shown.len()];
                    (Words { bold: w.bold.clone(), rest: String::new() }, None, w.bold.as_str())
                }
            };
            body.push_str(&label_text(p, &words, style, target, column, size));
        }

        let mut groups: Vec<usize> = shown.iter().map(|&i| seen[i].group).collect();
        groups.sort_unstable();
        groups.dedup();
        let description = describe(figure, backdrop.camera.view, shown.iter().map(|&i| seen[i].item));
        Self {
            size: DVec2::new(width, height + band),
            body,
            description,
            groups,
            camera_scale: backdrop.camera.scale,
        }
    }
}

/// Projects an item and finds what is seen of it.
fn see<'a>(item: &'a Item, backdrop: &Backdrop, group: usize) -> Seen<'a> {
    let mut seen = Seen { item, style: style(group), group, runs: Vec::new(), at: None };
    match &item.kind {
        Kind::Point { at, .. } => {
            seen.at = backdrop.sees(*at).then(|| backdrop.camera.project(*at).truncate());
        }
        Kind::Line { path, .. } => seen.runs = runs(backdrop, path, false),
        Kind::Area { outline, closed } => seen.runs = runs(backdrop, outline, *closed),
    }
    seen
}

impl Seen<'_> {
    fn shift(&mut self, by: DVec2) {
        self.at = self.at.map(|p| p + by);
        for r in &mut self.runs {
            for p in &mut r.course {
                *p += by;
            }
        }
    }
}

/// Targets (items, then arrows) and obstacles in the panel's coordinates.
fn to_place(
    seen: &[Seen],
    shown: &[usize],
    arrows: &[[DVec2; 2]],
    arrow_words: &[Words],
    offset: DVec2,
    names: bool,
    size: f64,
) -> (Vec<Target>, Obstacles) {
    let mut obstacles = Obstacles::default();
    for (n, &i) in shown.iter().enumerate() {
        let s = &seen[i];
        if let Some(at) = s.at {
            obstacles.marks.push((at + offset, s.radius() + 1.0, n));
        }
        for r in s.runs.iter().filter(|r| r.seen) {
            obstacles.add_stroke(r.course.iter().map(|&p| p + offset).collect(), n);
        }
    }
    for (n, a) in arrows.iter().enumerate() {
        obstacles.add_stroke(a.map(|p| p + offset).to_vec(), shown.len() + n);
    }
    // Where anchors on lines should not be: points, and a few places along the other lines.
    let mut landmarks: Vec<(usize, DVec2)> = Vec::new();
    for &i in shown {
        landmarks.extend(seen[i].at.map(|p| (i, p)));
        for r in seen[i].runs.iter().filter(|r| r.seen) {
            landmarks.extend((0..=12).filter_map(|k| r.at(f64::from(k) / 12.0).map(|(p, _)| (i, p))));
        }
    }
    let mut targets: Vec<Target> = shown
        .iter()
        .map(|&i| {
            let s = &seen[i];
            let width = words(s.item, false).width(size);
            Target {
                anchors: s.anchors(i, &landmarks).into_iter().map(|p| p + offset).collect(),
                radius: if s.at.is_some() { s.radius() + 0.5 } else { s.stroke_width() },
                beside: (!names).then_some(width),
                apart: APART,
                rank: s.item.emphasis as u8,
            }
        })
        .collect();
    targets.extend(arrows.iter().zip(arrow_words).map(|(a, w)| Target {
        anchors: [0.5, 0.4, 0.6].iter().map(|&t| a[0].lerp(a[1], t) + offset).collect(),
        radius: 1.5,
        beside: Some(w.width(size)),
        // It is about what it stands between.
        apart: 1.0,
        rank: 3,
    }));
    (targets, obstacles)
}

/// What a box beside an item would stand on: wholly on the head, or wholly beside it between the columns.
fn ground(rect: &Rect, backdrop: &Backdrop, offset: DVec2, width: f64, band: f64) -> Option<Ground> {
    let mut on = 0;
    let mut off = 0;
    for x in 0..=4 {
        for y in 0..=2 {
            let t = DVec2::new(f64::from(x) / 4.0, f64::from(y) / 2.0);
            let p = rect.min + (rect.max - rect.min) * t;
            if backdrop.covers(p - offset) {
                on += 1;
            } else {
                off += 1;
            }
        }
    }
    let between = Rect {
        min: DVec2::new(offset.x - GUTTER + 2.0, band),
        max: DVec2::new(width - offset.x + GUTTER - 2.0, offset.y + backdrop.camera.size.y),
    };
    match (on, off) {
        _ if !between.contains(rect) => None,
        (_, 0) => Some(Ground::Skin),
        (0, _) => Some(Ground::Page),
        _ => None,
    }
}

/// What is written above a view: its name, and the words at its left and right.
fn caption_words(figure: &Figure, view: View) -> [String; 3] {
    if let Some([middle, left, right]) = &figure.options.captions {
        return [middle.clone(), format!("← {left}"), format!("{right} →")];
    }
    let [left, right] = view.captions();
    let middle = match view.side() {
        Some(Side::Left) => "patient's left side",
        Some(Side::Right) => "patient's right side",
        _ => view.heading(),
    };
    [middle.to_owned(), format!("← {left}"), format!("{right} →")]
}

/// Whether the words above a view stand on one line, and the height of what they need, px.
fn band([middle, left, right]: &[String; 3], width: f64, size: f64) -> f64 {
    let wide = font::width_px(middle, size * 1.08, Weight::Bold) / 2.0
        + font::width_px(left, size, Weight::Regular).max(font::width_px(right, size, Weight::Regular));
    let one_line = wide * SLACK + size < width / 2.0 + GUTTER * 0.5;
    size * if one_line { 1.9 } else { 3.2 }
}

fn captions([middle, left, right]: &[String; 3], x: f64, width: f64, size: f64, band: f64) -> String {
    let y = band - size * 0.9;
    // Above a head that is narrower than its words these reach over the columns of labels, which begin below.
    let words = font::width_px(left, size, Weight::Regular) + font::width_px(right, size, Weight::Regular);
    let half = (width + GUTTER).max(words * SLACK + size) / 2.0;
    let centre = x + width / 2.0;
    let mut out = draw::text(centre - half, y, "bh-soft", "start", size, left);
    out.push_str(&draw::text(centre, size, "bh-ink bh-b", "middle", size * 1.08, middle));
    out.push_str(&draw::text(centre + half, y, "bh-soft", "end", size, right));
    out
}

/// The shaded head.
fn head_image(backdrop: &Backdrop, offset: DVec2) -> String {
    // The picture may be a fraction of an element larger than the camera's.
    let per_px = backdrop.pixels[0] as f64 / backdrop.camera.size.x;
    format!(
        r#"<image x="{}" y="{}" width="{}" height="{}" preserveAspectRatio="none" href="{}"/>"#,
        px(offset.x),
        px(offset.y),
        px(backdrop.camera.size.x),
        px(backdrop.pixels[1] as f64 / per_px),
        backdrop.uri()
    )
}

fn leaders(placed: &[Placed]) -> String {
    let mut out = String::new();
    for p in placed {
        if let Place::Column(side, [a, b]) = p.place {
            // A short level piece joins the label's line.
            let stub = if side == 0 { -3.0 } else { 3.0 };
            let course = [a, b, b + DVec2::new(stub, 0.0)];
            out.push_str(&format!(r#"<path class="bh-leader" d="{}"/>"#, draw::path(&course, false)));
        }
    }
    out
}

fn opacity(item: &Item) -> &'static str {
    if item.emphasis == Emphasis::Faint { r#" opacity=".5""# } else { "" }
}

/// Name of an item for those who cannot see it, and for the tip under the mouse.
fn tip(item: &Item) -> String {
    let name = if item.label.is_empty() { String::new() } else { format!(" {}", item.label) };
    let side =
        if item.side == Side::Midline { "midline".to_owned() } else { format!("patient's {}", item.side) };
    format!("<title>{} ({side})</title>", escape(&format!("{}{name}", item.code)))
}

/// Ellipses, areas and lines.
fn surface_marks(s: &Seen, backdrop: &Backdrop, offset: DVec2, hidden: Hidden) -> String {
    let mut out = String::new();
    let fade = opacity(s.item);
    let project = |p: DVec3| backdrop.camera.project(p).truncate() + offset;
    if hidden == Hidden::Faint {
        for r in s.runs.iter().filter(|r| !r.seen) {
            out.push_str(&format!(
                r#"<path d="{}" fill="none" stroke="{}" stroke-opacity=".45" stroke-width="1.2" stroke-dasharray="1.5 3"/>"#,
                draw::path(&r.course, false),
                s.style.colour
            ));
        }
    }
    let seen = || s.runs.iter().filter(|r| r.seen);
    match &s.item.kind {
        Kind::Point { ellipse: Some(ellipse), .. } if s.at.is_some() => {
            let whole = resample(ellipse, true);
            let all_seen = whole.iter().all(|&p| backdrop.sees(p));
            for r in runs(backdrop, ellipse, true).iter().filter(|r| r.seen) {
                let course: Vec<DVec2> = r.course.iter().map(|&p| p + offset).collect();
                let fill = if all_seen { s.style.colour } else { "none" };
                out.push_str(&format!(
                    r#"<path d="{}" fill="{fill}" fill-opacity=".16" stroke="{}" stroke-width=".9" stroke-opacity=".9"{fade}/>"#,
                    draw::path(&course, all_seen),
                    s.style.colour
                ));
            }
        }
        Kind::Point { .. } => {}
        Kind::Line { path, parts } => {
            for r in seen() {
                out.push_str(&draw::stroke(&r.course, s.style, s.stroke_width(), fade));
            }
            for (at, along) in at_fractions(path, parts) {
                if backdrop.sees(at) {
                    let p = project(at);
                    if let Some(d) = (project(at + along) - p).try_normalize() {
                        out.push_str(&tick(p, d.perp(), s, fade));
                    }
                }
            }
            for end in [path.first(), path.last()].into_iter().flatten() {
                if backdrop.sees(*end) {
                    out.push_str(&end_mark(project(*end), s, fade));
                }
            }
        }
        Kind::Area { .. } => {
            // The seen pieces in order, joined across the contour where the border goes to the far side.
            let border: Vec<DVec2> = seen().flat_map(|r| r.course.iter().copied()).collect();
            if border.len() > 2 {
                out.push_str(&format!(
                    r#"<path d="{}" fill="{}" fill-opacity=".26"{fade}/>"#,
                    draw::path(&border, true),
                    s.style.colour
                ));
            }
            for r in seen() {
                out.push_str(&draw::stroke(&r.course, s.style, s.stroke_width() * 0.75, fade));
            }
        }
    }
    if out.is_empty() { out } else { format!("<g>{}{out}</g>", tip(s.item)) }
}

fn tick(p: DVec2, normal: DVec2, s: &Seen, fade: &str) -> String {
    let d = draw::path(&[p - normal * 5.0, p + normal * 5.0], false);
    format!(
        r##"<path d="{d}" stroke="#ffffff" stroke-width="3.4" stroke-opacity=".8"{fade}/><path d="{d}" stroke="{}" stroke-width="1.7"{fade}/>"##,
        if s.style.light { "#222222" } else { s.style.colour }
    )
}

fn end_mark(p: DVec2, s: &Seen, fade: &str) -> String {
    let edge = if s.style.light { "#222222" } else { "#ffffff" };
    format!(
        r#"<circle cx="{}" cy="{}" r="{}" fill="{}" stroke="{edge}" stroke-width=".8"{fade}/>"#,
        px(p.x),
        px(p.y),
        px(s.stroke_width() * 0.5 + 1.2),
        s.style.colour
    )
}

fn point_marks(s: &Seen) -> String {
    let Some(at) = s.at else { return String::new() };
    format!("<g>{}{}</g>", tip(s.item), draw::marker(at, s.radius(), s.style, opacity(s.item)))
}

/// Positions at fractions of a path's length, with the direction of the path there (unit, mm).
fn at_fractions(path: &[DVec3], fractions: &[f64]) -> Vec<(DVec3, DVec3)> {
    let path = trace::resample(path, false);
    let length: f64 = path.windows(2).map(|w| w[0].distance(w[1])).sum();
    let mut out = Vec::new();
    for f in fractions.iter().filter(|f| f.is_finite()) {
        let mut left = length * f;
        for w in path.windows(2) {
            let d = w[0].distance(w[1]);
            if left <= d && d > 0.0 {
                out.push((w[0].lerp(w[1], left / d), (w[1] - w[0]) / d));
                break;
            }
            left -= d;
        }
    }
    out
}

fn arrow([from, to]: [DVec2; 2]) -> String {
    let Some(d) = (to - from).try_normalize() else { return String::new() };
    let head = (from.distance(to) * 0.45).min(7.0);
    let base = to - d * head;
    let tip = [to, base + d.perp() * head * 0.45, base - d.perp() * head * 0.45];
    let shaft = draw::path(&[from, base], false);
    let tip = draw::path(&tip, true);
    format!(
        r##"<path d="{shaft}" stroke="#ffffff" stroke-width="3.6" stroke-opacity=".8"/><path d="{tip}" fill="#15181d" stroke="#ffffff" stroke-width="1"/><path d="{shaft}" stroke="#15181d" stroke-width="1.5"/>"##
    )
}

/// The text of a label, in a column with its group's marker.
fn label_text(
    p: &Placed,
    words: &Words,
    style: Option<&Style>,
    code: &str,
    column: f64,
    size: f64,
) -> String {
    let base = (p.rect.min.y + p.rect.max.y) / 2.0 + size * 0.36;
    let text = |x: f64, class: &str, anchor: &str, words: &Words| {
        format!(
            r#"<text x="{}" y="{}" class="{class}" text-anchor="{anchor}" data-code="{}">{}</text>"#,
            px(x),
            px(base),
            escape(code),
            words.tspans()
        )
    };
    match p.place {
        Place::Beside(ground) => {
            let class = if ground == Ground::Skin { "bh-on" } else { "bh-ink" };
            let words = Words { bold: words.bold.clone(), rest: String::new() };
            text((p.rect.min.x + p.rect.max.x) / 2.0, class, "middle", &words)
        }
        Place::Column(side, [_, end]) => {
            let words = words.fit(size, column - SWATCH);
            let away = if side == 0 { -1.0 } else { 1.0 };
            let mut out = style
                .map_or_else(String::new, |s| draw::marker(end + DVec2::new(away * 6.0, 0.0), 3.2, s, ""));
            let anchor = if side == 0 { "end" } else { "start" };
            out.push_str(&text(end.x + away * SWATCH, "bh-ink", anchor, &words));
            out
        }
    }
}

fn describe<'a>(figure: &Figure, view: View, items: impl Iterator<Item = &'a Item>) -> String {
    let what = match view {
        View::Front => "from the front; the patient's left is at the viewer’s right",
        View::Back => "from behind; the patient's left is at the viewer’s left",
        View::Left => "from the patient's left; the nose points to the viewer’s left",
        View::Right => "from the patient's right; the nose points to the viewer’s right",
        View::Top => "from above, nose up; the patient's left is at the viewer’s left",
    };
    let list: Vec<String> = items
        .map(|i| match i.side {
            Side::Midline => i.code.clone(),
            side => format!("{} {side}", i.code),
        })
        .collect();
    let shown =
        if list.is_empty() { "nothing is marked".to_owned() } else { format!("marked: {}", list.join(", ")) };
    format!("{}, orthographic view {what}; {shown}.", figure.head.name)
}
