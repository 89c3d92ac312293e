//! The fonts that we ship and the widths of text set in them.
//!
//! Noto Sans and a subset of Noto Sans CJK SC; see `fonts/README.md` for their making and licence.

use std::sync::OnceLock;

use skrifa::{
    FontRef, MetadataProvider,
    instance::{LocationRef, Size},
};

/// Noto Sans Regular, subset.
pub const REGULAR: &[u8] = include_bytes!("../fonts/NotoSans-Regular.ttf");
/// Noto Sans Bold, subset.
pub const BOLD: &[u8] = include_bytes!("../fonts/NotoSans-Bold.ttf");
/// Noto Sans CJK SC Regular, subset to the Hanzi that the atlas uses.
pub const HANZI: &[u8] = include_bytes!("../fonts/NotoSansCJKsc-Regular.otf");

/// The `font-family` of every picture: ours first, then what common systems have.
pub const FAMILY: &str = "'Noto Sans','Noto Sans CJK SC','Noto Sans SC','Source Sans 3','Helvetica Neue',\
     Helvetica,Arial,'PingFang SC','Microsoft YaHei',sans-serif";

/// Weight of text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    /// 400.
    Regular,
    /// 700.
    Bold,
}

/// Advance widths of one font in units of the em.
struct Widths {
    /// Sorted by character.
    of: Vec<(u32, f32)>,
}

impl Widths {
    fn new(bytes: &[u8]) -> Self {
        let Ok(font) = FontRef::new(bytes) else { return Self { of: Vec::new() } };
        let metrics = font.glyph_metrics(Size::unscaled(), LocationRef::default());
        let em = f32::from(font.metrics(Size::unscaled(), LocationRef::default()).units_per_em.max(1));
        let mut of: Vec<(u32, f32)> = font
            .charmap()
            .mappings()
            .filter_map(|(c, glyph)| metrics.advance_width(glyph).map(|w| (c, w / em)))
            .collect();
        of.sort_by_key(|&(c, _)| c);
        Self { of }
    }

    fn get(&self, c: char) -> Option<f64> {
        let i = self.of.binary_search_by_key(&u32::from(c), |&(c, _)| c).ok()?;
        Some(f64::from(self.of[i].1))
    }
}

fn tables() -> &'static [Widths; 3] {
    static TABLES: OnceLock<[Widths; 3]> = OnceLock::new();
    TABLES.get_or_init(|| [REGULAR, BOLD, HANZI].map(Widths::new))
}

/// Whether one of the fonts has a glyph for a character.
pub fn has_glyph(c: char) -> bool {
    tables().iter().any(|t| t.get(c).is_some())
}

/// Width of a text in px at a size in px, without kerning (which only narrows).
///
/// A character that no font has counts as one em, as the box that is drawn for it.
pub fn width_px(text: &str, size_px: f64, weight: Weight) -> f64 {
    let [regular, bold, hanzi] = tables();
    let first = if weight == Weight::Bold { bold } else { regular };
    text.chars().map(|c| first.get(c).or_else(|| hanzi.get(c)).unwrap_or(1.0)).sum::<f64>() * size_px
}

/// The text, cut with an ellipsis so that it is at most `max_px` wide.
pub fn fit(text: &str, size_px: f64, weight: Weight, max_px: f64) -> String {
    if width_px(text, size_px, weight) <= max_px {
        return text.to_owned();
    }
    let mut left = max_px - width_px("…", size_px, weight);
    let mut out = String::new();
    for c in text.chars() {
        left -= width_px(c.encode_utf8(&mut [0; 4]), size_px, weight);
        if left < 0.0 {
            break;
        }
        out.push(c);
    }
    out.truncate(out.trim_end().len());
    out.push('…');
    out
}

/// A text in lines of at most `max_px`, broken where `between` stands. What is too long by itself is cut.
pub fn lines(text: &str, between: &str, size_px: f64, weight: Weight, max_px: f64) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for part in text.split(between) {
        match out.last_mut() {
            Some(line) if width_px(&format!("{line}{between}{part}"), size_px, weight) <= max_px => {
                line.push_str(between);
                line.push_str(part);
            }
            _ => out.push(fit(part, size_px, weight, max_px)),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_are_those_of_the_fonts() {
        // Noto Sans: H is 741/1000 em, in Bold 765/1000; a Hanzi fills the em.
        assert!((width_px("H", 1000.0, Weight::Regular) - 741.0).abs() < 0.5);
        assert!((width_px("H", 1000.0, Weight::Bold) - 765.0).abs() < 0.5);
        assert!((width_px("百会", 10.0, Weight::Regular) - 20.0).abs() < 1e-6);
    }

    #[test]
    fn pinyin_and_signs_have_glyphs() {
        for c in "āáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜ顶颞前斜线百会→−≈°±′″–—…".chars()
        {
            assert!(has_glyph(c), "{c} ({:04X})", c as u32);
        }
    }

    #[test]
    fn every_hanzi_of_the_atlas_has_a_glyph() {
        let atlas = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../atlas");
        let mut folders = vec![atlas];
        while let Some(folder) = folders.pop() {
            let Ok(entries) = std::fs::read_dir(&folder) else { continue };
            for path in entries.flatten().map(|e| e.path()) {
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|e| e == "toml") {
                    let text = std::fs::read_to_string(&path).unwrap();
                    let missing: String = text
                        .chars()
                        .filter(|c| ('\u{3400}'..='\u{9fff}').contains(c) && !has_glyph(*c))
                        .collect();
                    assert!(missing.is_empty(), "{}: run fonts/subset.py for {missing}", path.display());
                }
            }
        }
    }

    #[test]
    fn fit_cuts_what_is_too_long() {
        let cut = fit("Anterior oblique line of vertex-temporal", 12.0, Weight::Regular, 100.0);
        assert!(cut.ends_with('…') && width_px(&cut, 12.0, Weight::Regular) <= 100.0, "{cut}");
        assert_eq!(fit("GV20", 12.0, Weight::Bold, 100.0), "GV20");
        assert_eq!(fit("GV20", 12.0, Weight::Bold, 1.0), "…");
    }

    #[test]
    fn lines_break_between_parts_and_lose_none() {
        let text = "first part · second part · third";
        assert_eq!(lines(text, " · ", 10.0, Weight::Regular, 1e4), [text]);
        let wide = width_px("second part · third", 10.0, Weight::Regular);
        let broken = lines(text, " · ", 10.0, Weight::Regular, wide);
        assert_eq!(broken, ["first part", "second part · third"]);
    }
}
