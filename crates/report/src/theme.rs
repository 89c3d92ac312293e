//! Colours, dashes and markers that people can tell apart, on light and on dark pages.

/// Which page the picture is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// White page.
    #[default]
    Light,
    /// Dark page.
    Dark,
    /// Light, or dark where the viewer asks for it (`prefers-color-scheme`). Programs that do not know the
    /// query, such as our own PNG export, show the light page.
    Auto,
}

/// How the items of one group are drawn.
///
/// Groups differ in colour, in dash and in marker, so that they can be told apart without colour too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// sRGB, `#rrggbb`.
    pub colour: &'static str,
    /// SVG `stroke-dasharray` in px; empty for a solid line.
    pub dash: &'static str,
    /// Shape of points.
    pub marker: Marker,
    /// Whether the colour is so light that it needs a dark edge on the skin.
    pub light: bool,
}

/// Shape of a point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Marker {
    /// ●
    Circle,
    /// ■
    Square,
    /// ▲
    Up,
    /// ◆
    Diamond,
    /// ▼
    Down,
    /// ⬟
    Pentagon,
    /// ✚
    Plus,
    /// ★
    Star,
}

/// The eight styles, in the order in which groups get them; a ninth group begins again.
///
/// Colours: Okabe & Ito, "Color Universal Design" (2008), in an order that keeps the first ones dark enough
/// for thin lines on a light skin.
pub const STYLES: [Style; 8] = [
    Style { colour: "#0072b2", dash: "", marker: Marker::Circle, light: false },
    Style { colour: "#d55e00", dash: "9 3", marker: Marker::Square, light: false },
    Style { colour: "#009e73", dash: "4 2.5", marker: Marker::Up, light: false },
    Style { colour: "#cc79a7", dash: "9 3 2 3", marker: Marker::Diamond, light: false },
    Style { colour: "#e69f00", dash: "14 4", marker: Marker::Down, light: true },
    Style { colour: "#56b4e9", dash: "2 2.5", marker: Marker::Pentagon, light: true },
    Style { colour: "#222222", dash: "9 3 2 3 2 3", marker: Marker::Plus, light: false },
    Style { colour: "#f0e442", dash: "6 6", marker: Marker::Star, light: true },
];

/// Style of the group with index `i`.
pub fn style(i: usize) -> &'static Style {
    &STYLES[i % STYLES.len()]
}

/// Style sheet of a picture.
pub(crate) fn css(theme: Theme, family: &str, size_px: f64) -> String {
    const LIGHT: &str = ".bh-page{fill:#ffffff}.bh-ink{fill:#1b1f24}.bh-soft{fill:#56606b}\
        .bh-rule{stroke:#1b1f24}.bh-leader{stroke:#7c858f}.bh-casing{stroke:#ffffff}";
    const DARK: &str = ".bh-page{fill:#15181d}.bh-ink{fill:#eceff3}.bh-soft{fill:#a8b1bc}\
        .bh-rule{stroke:#eceff3}.bh-leader{stroke:#8d96a1}.bh-casing{stroke:#15181d}";
    let mut css = format!(
        "text{{font-family:{family};font-size:{size_px}px}}.bh-b{{font-weight:700}}\
         .bh-on{{fill:#101317;stroke:#ffffff;stroke-opacity:.85;stroke-width:2.6px;stroke-linejoin:round;\
         paint-order:stroke}}.bh-leader{{fill:none;stroke-width:.7px}}"
    );
    css.push_str(if theme == Theme::Dark { DARK } else { LIGHT });
    if theme == Theme::Auto {
        css.push_str("@media (prefers-color-scheme:dark){");
        css.push_str(DARK);
        css.push('}');
    }
    css
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rgb(hex: &str) -> [f64; 3] {
        [1, 3, 5].map(|i| f64::from(u8::from_str_radix(&hex[i..i + 2], 16).unwrap()) / 255.0)
    }

    /// Linear light of what a dichromat sees, by Viénot, Brettel & Mollon (1999), Color Res Appl 24:243-252:
    /// the protanope's and the deuteranope's plane as matrices on linear RGB.
    fn dichromat(hex: &str, protan: bool) -> [f64; 3] {
        let [r, g, b] = rgb(hex).map(|c| c.powf(2.2));
        if protan {
            let y = 0.11238 * r + 0.88762 * g;
            [y, y, 0.00401 * r - 0.00401 * g + b]
        } else {
            let y = 0.29275 * r + 0.70725 * g;
            [y, y, -0.02234 * r + 0.02234 * g + b]
        }
    }

    #[test]
    fn colours_stay_apart_for_dichromats_or_differ_in_form() {
        for (i, a) in STYLES.iter().enumerate() {
            for b in &STYLES[..i] {
                assert_ne!(a.marker, b.marker);
                assert_ne!(a.dash, b.dash);
                for protan in [false, true] {
                    let d: f64 = dichromat(a.colour, protan)
                        .iter()
                        .zip(dichromat(b.colour, protan))
                        .map(|(x, y)| (x.max(0.0).powf(1.0 / 2.2) - y.max(0.0).powf(1.0 / 2.2)).powi(2))
                        .sum();
                    assert!(d.sqrt() > 0.1, "{} and {}: {}", a.colour, b.colour, d.sqrt());
                }
            }
        }
    }
}
