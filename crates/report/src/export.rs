//! SVG to PNG with the fonts that we ship and no others.

use std::sync::{Arc, OnceLock};

use resvg::{
    tiny_skia::{Pixmap, Transform},
    usvg::{self, fontdb},
};
use thiserror::Error;

use crate::font;

/// Most picture elements of a PNG.
const MAX_PIXELS: f64 = 1e8;

/// Why an SVG could not be drawn.
#[derive(Debug, Error)]
pub enum PngError {
    /// The text is not an SVG that we can read.
    #[error("the SVG cannot be read")]
    Svg(#[source] usvg::Error),
    /// The picture would be empty, or larger than 10⁸ picture elements.
    #[error(
        "a picture of {width} × {height} px at scale {scale} cannot be made (1 to 100 million picture elements)"
    )]
    Size {
        /// Width of the SVG in px.
        width: f32,
        /// Height of the SVG in px.
        height: f32,
        /// The scale asked for.
        scale: f64,
    },
    /// The PNG could not be written.
    #[error("the PNG cannot be written")]
    Encode(#[from] png::EncodingError),
}

/// PNG bytes of a picture. The fast setting takes a fifth of the default's time for a file a little larger.
fn encode(pixmap: &Pixmap) -> Result<Vec<u8>, png::EncodingError> {
    let opaque = pixmap.pixels().iter().all(|p| p.alpha() == 255);
    let data: Vec<u8> = if opaque {
        pixmap.pixels().iter().flat_map(|p| [p.red(), p.green(), p.blue()]).collect()
    } else {
        let straight = pixmap.pixels().iter().map(|p| p.demultiply());
        straight.flat_map(|p| [p.red(), p.green(), p.blue(), p.alpha()]).collect()
    };
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, pixmap.width(), pixmap.height());
    encoder.set_color(if opaque { png::ColorType::Rgb } else { png::ColorType::Rgba });
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::Fast);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&data)?;
    writer.finish()?;
    Ok(bytes)
}

pub(crate) fn fonts() -> Arc<fontdb::Database> {
    static FONTS: OnceLock<Arc<fontdb::Database>> = OnceLock::new();
    Arc::clone(FONTS.get_or_init(|| {
        let mut db = fontdb::Database::new();
        for bytes in [font::REGULAR, font::BOLD, font::HANZI] {
            db.load_font_data(bytes.to_vec());
        }
        db.set_sans_serif_family("Noto Sans");
        Arc::new(db)
    }))
}

/// An SVG with its styles resolved and its text laid out in our fonts.
pub(crate) fn tree(svg: &str) -> Result<usvg::Tree, PngError> {
    let options =
        usvg::Options { fontdb: fonts(), font_family: "Noto Sans".to_owned(), ..usvg::Options::default() };
    usvg::Tree::from_str(svg, &options).map_err(PngError::Svg)
}

/// Draws an SVG at `scale` picture elements per px and returns the bytes of a PNG.
///
/// # Errors
/// [`PngError`] where the text is no SVG or the picture would be empty or too large.
pub fn png(svg: &str, scale: f64) -> Result<Vec<u8>, PngError> {
    let tree = tree(svg)?;
    let (width, height) = (tree.size().width(), tree.size().height());
    let size = || PngError::Size { width, height, scale };
    let (w, h) = ((f64::from(width) * scale).round(), (f64::from(height) * scale).round());
    // Also refuses a scale that is not a number.
    if !(w >= 1.0 && h >= 1.0 && w * h <= MAX_PIXELS) {
        return Err(size());
    }
    let mut pixmap = Pixmap::new(w as u32, h as u32).ok_or_else(size)?;
    resvg::render(&tree, Transform::from_scale(scale as f32, scale as f32), &mut pixmap.as_mut());
    Ok(encode(&pixmap)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_what_it_cannot_draw() {
        assert!(matches!(png("<svg", 1.0), Err(PngError::Svg(_))));
        let ok = r#"<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"/>"#;
        for scale in [0.0, -1.0, f64::NAN, 1e9] {
            assert!(matches!(png(ok, scale), Err(PngError::Size { .. })), "{scale}");
        }
        assert_eq!(&png(ok, 1.0).unwrap()[1..4], b"PNG");
    }

    #[test]
    fn text_is_drawn_in_both_scripts() {
        for text in ["GV20", "百会"] {
            let svg = format!(
                r#"<svg xmlns="http://www.w3.org/2000/svg" width="80" height="30"><rect width="80" height="30" fill="white"/>
                <text x="5" y="22" font-size="20" font-family="{}">{text}</text></svg>"#,
                font::FAMILY
            );
            let bytes = png(&svg, 1.0).unwrap();
            let image = Pixmap::decode_png(&bytes).unwrap();
            let dark = image.pixels().iter().filter(|p| p.red() < 100).count();
            assert!(dark > 50, "{text}: {dark} dark picture elements");
        }
    }
}
