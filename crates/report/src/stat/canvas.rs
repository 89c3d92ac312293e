//! A page to draw on: primitives with classes, and the style sheet of both themes.

use std::fmt::Write as _;

use super::Look;
use crate::{
    Theme,
    font::{self, Weight},
    xml::{escape, push_px},
};

/// Where a text stands relative to its point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// Names of the style classes.
pub(super) mod class {
    /// Body text.
    pub(in super::super) const INK: &str = "i";
    /// Secondary text.
    pub(in super::super) const SOFT: &str = "s";
    /// Axes and frames.
    pub(in super::super) const AXIS: &str = "a";
    /// Faint lines.
    pub(in super::super) const GRID: &str = "g";
    /// Marks of studies.
    pub(in super::super) const MARK: &str = "m";
    /// Lines of studies.
    pub(in super::super) const LINE: &str = "l";
    /// Pooled marks.
    pub(in super::super) const POOL: &str = "p";
    /// Lines of pooled results.
    pub(in super::super) const POOL_LINE: &str = "q";
    /// Open marks.
    pub(in super::super) const OPEN: &str = "o";
    /// Shaded regions, light to dark.
    pub(in super::super) const SHADE: [&str; 3] = ["c1", "c2", "c3"];
    /// Emphasised cells.
    pub(in super::super) const CELL: &str = "e";
}

const LIGHT: &str = ".bg{fill:#fff}.i{fill:#1b1f24}.s{fill:#56606b}.a{stroke:#1b1f24}.g{stroke:#c9cfd6}\
    .m{fill:#0072b2}.l{stroke:#0072b2}.p{fill:#d55e00}.q{stroke:#d55e00}.o{fill:#fff;stroke:#0072b2}\
    .c1{fill:#f3f5f7}.c2{fill:#dfe4e9}.c3{fill:#c5cdd6}.e{fill:#e3eef6}";
const DARK: &str = ".bg{fill:#15181d}.i{fill:#eceff3}.s{fill:#a8b1bc}.a{stroke:#eceff3}.g{stroke:#3d444d}\
    .m{fill:#56b4e9}.l{stroke:#56b4e9}.p{fill:#e69f00}.q{stroke:#e69f00}.o{fill:#15181d;stroke:#56b4e9}\
    .c1{fill:#1d2127}.c2{fill:#2a3038}.c3{fill:#3a424d}.e{fill:#20364a}";

/// A page under construction.
pub(super) struct Canvas {
    pub(super) width: f64,
    pub(super) size: f64,
    body: String,
    theme: Theme,
}

impl Canvas {
    pub(super) fn new(look: Look) -> Self {
        Self { width: look.width.px(), size: look.width.type_px(), body: String::new(), theme: look.theme }
    }

    /// Height of a line of text.
    pub(super) fn line_height(&self) -> f64 {
        self.size * 1.45
    }

    pub(super) fn text_width(&self, text: &str, weight: Weight) -> f64 {
        font::width_px(text, self.size, weight)
    }

    fn attr(&mut self, name: &str, x: f64) {
        let _ = write!(self.body, " {name}=\"");
        push_px(&mut self.body, x);
        self.body.push('"');
    }

    /// Text with its baseline at `y`.
    pub(super) fn text(&mut self, x: f64, y: f64, anchor: Anchor, weight: Weight, class: &str, text: &str) {
        if text.is_empty() {
            return;
        }
        let bold = if weight == Weight::Bold { " b" } else { "" };
        let _ = write!(self.body, "<text class=\"{class}{bold}\"");
        self.attr("x", x);
        self.attr("y", y);
        match anchor {
            Anchor::Start => {}
            Anchor::Middle => self.body.push_str(" text-anchor=\"middle\""),
            Anchor::End => self.body.push_str(" text-anchor=\"end\""),
        }
        let _ = writeln!(self.body, ">{}</text>", escape(text));
    }

    /// Text shortened to a width; the whole of it is kept as a tooltip.
    pub(super) fn text_fit(&mut self, x: f64, y: f64, weight: Weight, class: &str, text: &str, max: f64) {
        let shown = font::fit(text, self.size, weight, max);
        if shown == text {
            self.text(x, y, Anchor::Start, weight, class, text);
        } else {
            let _ = write!(self.body, "<g><title>{}</title>", escape(text));
            self.text(x, y, Anchor::Start, weight, class, &shown);
            self.body.push_str("</g>\n");
        }
    }

    pub(super) fn line(&mut self, class: &str, from: [f64; 2], to: [f64; 2], width: f64, dash: &str) {
        let _ = write!(self.body, "<line class=\"{class}\"");
        self.attr("x1", from[0]);
        self.attr("y1", from[1]);
        self.attr("x2", to[0]);
        self.attr("y2", to[1]);
        let _ = write!(self.body, " stroke-width=\"{width}\"");
        if !dash.is_empty() {
            let _ = write!(self.body, " stroke-dasharray=\"{dash}\"");
        }
        self.body.push_str("/>\n");
    }

    /// A line that says something when pointed at.
    pub(super) fn tipped_line(&mut self, class: &str, from: [f64; 2], to: [f64; 2], width: f64, tip: &str) {
        let _ = write!(self.body, "<g><title>{}</title>", escape(tip));
        self.line(class, from, to, width, "");
        self.body.push_str("</g>\n");
    }

    /// A polygon that says something when pointed at.
    pub(super) fn tipped_polygon(&mut self, class: &str, points: &[[f64; 2]], tip: &str) {
        let _ = write!(self.body, "<g><title>{}</title>", escape(tip));
        self.polygon(class, points);
        self.body.push_str("</g>\n");
    }

    pub(super) fn rect(&mut self, class: &str, x: f64, y: f64, w: f64, h: f64) {
        let _ = write!(self.body, "<rect class=\"{class}\"");
        self.attr("x", x);
        self.attr("y", y);
        self.attr("width", w);
        self.attr("height", h);
        self.body.push_str("/>\n");
    }

    pub(super) fn circle(&mut self, class: &str, at: [f64; 2], r: f64, tip: &str) {
        let _ = write!(self.body, "<circle class=\"{class}\"");
        self.attr("cx", at[0]);
        self.attr("cy", at[1]);
        self.attr("r", r);
        if tip.is_empty() {
            self.body.push_str("/>\n");
        } else {
            let _ = writeln!(self.body, "><title>{}</title></circle>", escape(tip));
        }
    }

    pub(super) fn polygon(&mut self, class: &str, points: &[[f64; 2]]) {
        let _ = write!(self.body, "<polygon class=\"{class}\" points=\"");
        self.points(points);
        self.body.push_str("\"/>\n");
    }

    pub(super) fn polyline(&mut self, class: &str, points: &[[f64; 2]], width: f64, dash: &str) {
        let _ =
            write!(self.body, "<polyline class=\"{class}\" fill=\"none\" stroke-width=\"{width}\" points=\"");
        self.points(points);
        self.body.push('"');
        if !dash.is_empty() {
            let _ = write!(self.body, " stroke-dasharray=\"{dash}\"");
        }
        self.body.push_str("/>\n");
    }

    fn points(&mut self, points: &[[f64; 2]]) {
        for (i, [x, y]) in points.iter().enumerate() {
            if i > 0 {
                self.body.push(' ');
            }
            push_px(&mut self.body, *x);
            self.body.push(',');
            push_px(&mut self.body, *y);
        }
    }

    /// The picture, with a title and a description for those who do not see it.
    pub(super) fn finish(self, height: f64, title: &str, description: &str) -> String {
        let mm = |px: f64| (px * 25.4 / 96.0 * 10.0).round() / 10.0;
        let mut css = format!(
            "text{{font-family:{};font-size:{:.2}px}}.b{{font-weight:700}}.o{{stroke-width:1.2px}}",
            font::FAMILY,
            self.size
        );
        css.push_str(if self.theme == Theme::Dark { DARK } else { LIGHT });
        if self.theme == Theme::Auto {
            let _ = write!(css, "@media (prefers-color-scheme:dark){{{DARK}}}");
        }
        let (w, h) = ((self.width * 10.0).round() / 10.0, height.ceil());
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{}mm\" height=\"{}mm\" viewBox=\"0 0 {w} {h}\" role=\"img\">\n\
             <title>{}</title>\n<desc>{}</desc>\n<style>{css}</style>\n\
             <rect class=\"bg\" width=\"{w}\" height=\"{h}\"/>\n{}</svg>\n",
            mm(w),
            mm(h),
            escape(title),
            escape(description),
            self.body
        )
    }
}

/// Breaks a text into lines no wider than `max`, at blanks; a single word that is too long is cut.
pub(crate) fn wrap(text: &str, size: f64, weight: Weight, max: f64) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        if let Some(last) = lines.last_mut() {
            let joined = format!("{last} {word}");
            if font::width_px(&joined, size, weight) <= max {
                *last = joined;
                continue;
            }
        }
        lines.push(font::fit(word, size, weight, max));
    }
    lines
}
