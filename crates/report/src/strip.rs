//! Paper strips to scale: one for each line, with its parts, to be cut out and laid on the head; and rulers to check
//! the printer by.

use thiserror::Error;

use crate::{
    font,
    theme::{self, Theme},
    xml::escape,
};

/// A line of the head as a strip.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// What it is called, with its side.
    pub name: String,
    /// Length along the skin, mm.
    pub length_mm: f64,
    /// Where its parts meet, as fractions of its length.
    pub parts: Vec<f64>,
    /// What is written at its start.
    pub start: String,
    /// And at its end.
    pub end: String,
}

/// A sheet of paper.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Page {
    /// Width, mm.
    pub width_mm: f64,
    /// Height, mm.
    pub height_mm: f64,
}

/// Why there is no strip.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum StripError {
    /// Too long for the paper.
    #[error(
        "{name} is {length_mm:.0} mm long; the page holds strips of {room_mm:.0} mm along its longer side"
    )]
    TooLong {
        /// Which.
        name: String,
        /// Its length, mm.
        length_mm: f64,
        /// What the page holds, mm.
        room_mm: f64,
    },
    /// More than one page holds.
    #[error("{found} strips; one page holds {room}")]
    TooMany {
        /// How many.
        found: usize,
        /// What the page holds.
        room: usize,
    },
}

/// Unprinted border, mm.
const MARGIN_MM: f64 = 12.0;
/// Height of a strip with its gap, mm.
const STRIP_MM: f64 = 22.0;
/// Height of the strip itself, mm.
const BODY_MM: f64 = 12.0;
/// Paper beyond the ends, mm, to hold it by.
const TAB_MM: f64 = 8.0;

/// A page across, all measures in mm.
///
/// # Errors
/// [`StripError`] where a line is longer than the page or there are too many.
pub fn svg(title: &str, lines: &[Line], page: Page) -> Result<String, StripError> {
    let (w, h) = (page.width_mm.max(page.height_mm), page.width_mm.min(page.height_mm));
    let room_mm = w - 2.0 * (MARGIN_MM + TAB_MM);
    if let Some(l) = lines.iter().find(|l| l.length_mm.is_nan() || l.length_mm > room_mm) {
        return Err(StripError::TooLong { name: l.name.clone(), length_mm: l.length_mm, room_mm });
    }
    let top = MARGIN_MM + 32.0;
    let room = ((h - MARGIN_MM - top) / STRIP_MM) as usize;
    if lines.len() > room {
        return Err(StripError::TooMany { found: lines.len(), room });
    }
    let mut body = String::new();
    let text = |x: f64, y: f64, anchor: &str, size: f64, text: &str| {
        format!(
            r#"<text class="bh-ink" x="{x:.2}" y="{y:.2}" text-anchor="{anchor}" style="font-size:{size}px">{}</text>"#,
            escape(text)
        )
    };
    let line = |x1: f64, y1: f64, x2: f64, y2: f64, width: f64| {
        format!(
            r##"<path d="M{x1:.3} {y1:.3}L{x2:.3} {y2:.3}" stroke="#000" stroke-width="{width}" fill="none"/>"##
        )
    };
    body += &text(MARGIN_MM, MARGIN_MM + 4.0, "start", 4.2, title);
    // Rulers along both sides: printers may stretch one of them only.
    let y = MARGIN_MM + 12.0;
    body += &line(MARGIN_MM, y, MARGIN_MM + 100.0, y, 0.25);
    for mm in 0..=100 {
        let x = MARGIN_MM + f64::from(mm);
        let tick = if mm % 10 == 0 {
            4.0
        } else if mm % 5 == 0 {
            2.8
        } else {
            1.8
        };
        body += &line(x, y, x, y + tick, 0.15);
        if mm % 10 == 0 {
            body += &text(x, y + 7.5, "middle", 3.0, &mm.to_string());
        }
    }
    body += &text(MARGIN_MM + 106.0, y + 3.0, "start", 3.4, "100 mm across: check with a ruler before use");
    let x = w - MARGIN_MM - 6.0;
    body += &line(x, MARGIN_MM, x, MARGIN_MM + 100.0, 0.25);
    for cm in 0..=10 {
        let y = MARGIN_MM + 10.0 * f64::from(cm);
        body += &line(x, y, x + 3.0, y, 0.15);
    }
    body += &text(x - 1.5, MARGIN_MM + 106.0, "middle", 3.0, "100 mm down");
    for (i, l) in lines.iter().enumerate() {
        let y = top + STRIP_MM * i as f64;
        let x0 = MARGIN_MM + TAB_MM;
        let x1 = x0 + l.length_mm;
        body += &format!(
            r##"<rect x="{:.3}" y="{y:.3}" width="{:.3}" height="{BODY_MM}" fill="none" stroke="#000" stroke-width="0.2" stroke-dasharray="1.5 1"/>"##,
            x0 - TAB_MM,
            l.length_mm + 2.0 * TAB_MM
        );
        body += &line(x0, y, x0, y + BODY_MM, 0.4);
        body += &line(x1, y, x1, y + BODY_MM, 0.4);
        body += &line(x0, y + BODY_MM, x1, y + BODY_MM, 0.6);
        let mut from = 0.0;
        for to in l.parts.iter().copied().chain([1.0]) {
            let x = x0 + to * l.length_mm;
            if to < 1.0 {
                body += &line(x, y + BODY_MM - 6.0, x, y + BODY_MM, 0.4);
            }
            let middle = x0 + (from + to) / 2.0 * l.length_mm;
            let share = format!("{:.0} mm", (to - from) * l.length_mm);
            body += &text(middle, y + BODY_MM - 1.6, "middle", 3.0, &share);
            from = to;
        }
        for mm in 1..=(l.length_mm as u32) {
            let tick = if mm % 10 == 0 { 2.4 } else { 1.2 };
            let x = x0 + f64::from(mm);
            body += &line(x, y, x, y + tick, 0.12);
        }
        let name = format!("{} · {:.1} mm", l.name, l.length_mm);
        body += &text((x0 + x1) / 2.0, y + 5.8, "middle", 3.4, &name);
        body += &text(x0 - TAB_MM + 0.8, y + BODY_MM + 3.4, "start", 3.0, &l.start);
        body += &text(x1 + TAB_MM - 0.8, y + BODY_MM + 3.4, "end", 3.0, &l.end);
    }
    Ok(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{w}mm\" height=\"{h}mm\" viewBox=\"0 0 {w} {h}\" \
         role=\"img\"><title>{}</title><style>{}</style><rect width=\"{w}\" height=\"{h}\" fill=\"#fff\"/>{body}</svg>\n",
        escape(title),
        theme::css(Theme::Light, font::FAMILY, 3.4),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    const A4: Page = Page { width_mm: 210.0, height_mm: 297.0 };

    fn line(length_mm: f64) -> Line {
        Line {
            name: "MS6 left".into(),
            length_mm,
            parts: vec![0.2, 0.6],
            start: "start".into(),
            end: "end".into(),
        }
    }

    #[test]
    fn a_strip_has_its_length_in_millimetres() {
        let text = svg("T", &[line(171.5)], A4).unwrap();
        let doc = roxmltree::Document::parse(&text).unwrap();
        let root = doc.root_element();
        assert_eq!(
            (root.attribute("width"), root.attribute("viewBox")),
            (Some("297mm"), Some("0 0 297 210"))
        );
        // One unit is one millimetre: the cut line is the strip and two tabs.
        let cut = doc.descendants().find(|n| n.attribute("stroke-dasharray").is_some()).unwrap();
        assert_eq!(cut.attribute("width"), Some("187.500"));
        let ends: Vec<&str> = doc
            .descendants()
            .filter(|n| n.attribute("stroke-width") == Some("0.6"))
            .filter_map(|n| n.attribute("d"))
            .collect();
        assert_eq!(ends, ["M20.000 56.000L191.500 56.000"]);
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        assert!(matches!(svg("T", &[line(300.0)], A4), Err(StripError::TooLong { .. })));
        assert!(matches!(svg("T", &vec![line(100.0); 9], A4), Err(StripError::TooMany { .. })));
        assert!(svg("T", &[line(f64::NAN)], A4).is_err());
    }
}
