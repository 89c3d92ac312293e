//! PDF: pages made of SVG pictures, with text that can be selected and searched.
//!
//! [`write`] takes any pages of pictures and is all that a printed sheet needs; [`document`] lays out the parts of a
//! report ([`Part`]) on A4. Pictures go through the same tree as PNGs ([`crate::png`]), so that paper and screen agree;
//! glyphs keep their characters, fonts are ours and embedded as subsets. The same input gives the same bytes.

mod draw;
mod layout;

use krilla::Document;
use krilla::geom::{Size, Transform};
use krilla::metadata::Metadata;
use krilla::page::PageSettings;
use thiserror::Error;

use crate::export::{PngError, tree};
use crate::stat::html::Part;

/// Points of PDF in a millimetre.
pub(crate) const PT_PER_MM: f64 = 72.0 / 25.4;
/// Points of PDF in a px of 1/96 inch.
const PT_PER_PX: f32 = 0.75;

/// Most pages of one document.
const MOST_PAGES: usize = 2_000;

/// A picture on a page.
#[derive(Debug, Clone, PartialEq)]
pub struct Placed {
    /// The SVG, with a size of its own.
    pub svg: String,
    /// Left edge, from the left of the page.
    pub x_mm: f64,
    /// Upper edge, from the top of the page.
    pub y_mm: f64,
    /// Factor on the picture's own size.
    pub scale: f64,
}

/// A page.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// Width.
    pub width_mm: f64,
    /// Height.
    pub height_mm: f64,
    /// Pictures, the later above the earlier.
    pub pictures: Vec<Placed>,
}

impl Page {
    /// A page of just the size of a picture.
    ///
    /// # Errors
    /// [`PdfError::Picture`] where it cannot be read.
    pub fn of(svg: String) -> Result<Self, PdfError> {
        let size = tree(&svg).map_err(|source| PdfError::Picture { page: 1, source })?.size();
        let mm = |px: f32| f64::from(px) * 25.4 / 96.0;
        let (width_mm, height_mm) = (mm(size.width()), mm(size.height()));
        Ok(Self { width_mm, height_mm, pictures: vec![Placed { svg, x_mm: 0.0, y_mm: 0.0, scale: 1.0 }] })
    }
}

/// Why a PDF cannot be made.
#[derive(Debug, Error)]
pub enum PdfError {
    /// A picture cannot be read.
    #[error("page {page}: {source}")]
    Picture {
        /// Page, from 1.
        page: usize,
        /// Why.
        source: PngError,
    },
    /// A size or place is no number, or out of reason.
    #[error("page {page}: {what} is {value} mm")]
    Size {
        /// Page, from 1.
        page: usize,
        /// Which.
        what: &'static str,
        /// Its value.
        value: f64,
    },
    /// More pages than are sensible.
    #[error("{0} pages are too many; at most 2000 are written")]
    TooMany(usize),
    /// The file cannot be put together.
    #[error("the PDF cannot be put together: {0}")]
    Write(String),
}

/// Writes pages of pictures as one PDF. The title is that of the document's properties; the language is an ISO code.
///
/// # Errors
/// [`PdfError`], with the page.
pub fn write(title: &str, language: &str, pages: &[Page]) -> Result<Vec<u8>, PdfError> {
    if pages.len() > MOST_PAGES {
        return Err(PdfError::TooMany(pages.len()));
    }
    let mut document = Document::new();
    let mut fonts = draw::Fonts::default();
    document.set_metadata(
        Metadata::new()
            .title(title.to_owned())
            .language(language.to_owned())
            .creator(concat!("Baihui ", env!("CARGO_PKG_VERSION")).to_owned()),
    );
    for (i, page) in pages.iter().enumerate() {
        let number = i + 1;
        let checked = |what, value: f64, range: std::ops::RangeInclusive<f64>| {
            if range.contains(&value) { Ok(value) } else { Err(PdfError::Size { page: number, what, value }) }
        };
        // 5 m is what readers of PDF allow.
        let size = [("the width", page.width_mm), ("the height", page.height_mm)]
            .map(|(what, mm)| checked(what, mm, 1.0..=5_000.0));
        let [width, height] = size;
        let (width, height) = ((width? * PT_PER_MM) as f32, (height? * PT_PER_MM) as f32);
        let size = Size::from_wh(width, height).ok_or(PdfError::Size {
            page: number,
            what: "the width",
            value: page.width_mm,
        })?;
        let mut sheet = document.start_page_with(PageSettings::new(size));
        let mut surface = sheet.surface();
        for picture in &page.pictures {
            let x = checked("the left edge of a picture", picture.x_mm, -5_000.0..=5_000.0)?;
            let y = checked("the upper edge of a picture", picture.y_mm, -5_000.0..=5_000.0)?;
            let scale = checked("the scale of a picture", picture.scale, 1e-4..=1e4)? as f32 * PT_PER_PX;
            let tree = tree(&picture.svg).map_err(|source| PdfError::Picture { page: number, source })?;
            let (x, y) = ((x * PT_PER_MM) as f32, (y * PT_PER_MM) as f32);
            surface.push_transform(&Transform::from_row(scale, 0.0, 0.0, scale, x, y));
            draw::group(tree.root(), &mut surface, &mut fonts);
            surface.pop();
        }
        surface.finish();
        sheet.finish();
    }
    document.finish().map_err(|e| PdfError::Write(format!("{e:?}")))
}

/// Lays out a report on A4 and writes it.
///
/// # Errors
/// [`PdfError`].
pub fn document(title: &str, language: &str, parts: &[Part]) -> Result<Vec<u8>, PdfError> {
    write(title, language, &layout::pages(title, parts)?)
}
