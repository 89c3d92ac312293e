//! Grey values of one frame.

use std::{borrow::Cow, ops::Range};

use super::{
    DicomError,
    file::{Coding, Image},
};

/// The grey values of a frame, row by row, with slope and intercept applied.
pub(super) fn decode(image: &Image<'_>, frame: usize) -> Result<Vec<f32>, DicomError> {
    let damaged = |what: String| DicomError::Damaged { file: image.file.to_owned(), what };
    let n = image.size[0] * image.size[1];
    let bytes = usize::from(image.allocated / 8);
    let raw: Vec<u16> = match image.coding {
        Coding::Little | Coding::Big => {
            let all = image.pixels.first().and_then(|r| image.bytes.get(r.clone())).unwrap_or_default();
            let from = frame * n * bytes;
            let part = all.get(from..from + n * bytes).ok_or_else(|| {
                damaged(format!(
                    "PixelData (7FE0,0010) has {} bytes; {} frames of {} × {} take {}",
                    all.len(),
                    image.frames.len(),
                    image.size[0],
                    image.size[1],
                    image.frames.len() * n * bytes
                ))
            })?;
            match (bytes, image.coding) {
                (1, _) => part.iter().map(|&b| u16::from(b)).collect(),
                (_, Coding::Big) => part.chunks_exact(2).map(|b| u16::from_be_bytes([b[0], b[1]])).collect(),
                _ => part.chunks_exact(2).map(|b| u16::from_le_bytes([b[0], b[1]])).collect(),
            }
        }
        Coding::Rle => run_lengths(&fragment(image, frame)?, n, bytes).ok_or_else(|| {
            damaged("the RLE data of PixelData (7FE0,0010) end early or are damaged".to_owned())
        })?,
        Coding::JpegLossless => jpeg(&fragment(image, frame)?, image.size)
            .map_err(|what| damaged(format!("the JPEG data of PixelData (7FE0,0010): {what}")))?,
    };
    let f = image.frames[frame];
    let shift = image.high_bit + 1 - image.stored;
    let mask = if image.stored >= 16 { u16::MAX } else { (1 << image.stored) - 1 };
    let sign = 1_u16 << (image.stored - 1);
    let value = |v: u16| {
        let v = (v >> shift) & mask;
        let v = if image.signed && v & sign != 0 { i32::from(v) - (1 << image.stored) } else { i32::from(v) };
        let v = (f64::from(v) * f.slope + f.intercept) as f32;
        if v.is_finite() { v } else { 0.0 }
    };
    Ok(raw.into_iter().map(value).collect())
}

const START_OF_JPEG: [u8; 2] = [0xFF, 0xD8];

/// The bytes of a frame that is stored in fragments.
fn fragment<'a>(image: &Image<'a>, frame: usize) -> Result<Cow<'a, [u8]>, DicomError> {
    let bytes = |r: &Range<usize>| image.bytes.get(r.clone()).unwrap_or_default();
    let (items, frames) = (&image.pixels, image.frames.len());
    // The first item is the table of offsets, which a reader may pass over where it is empty; then each frame is one
    // fragment, or the only frame is several.
    let fragments = items.get(usize::from(items.len() > frames)..).unwrap_or_default();
    if fragments.len() == frames {
        return Ok(Cow::Borrowed(bytes(&fragments[frame])));
    }
    if frames == 1 && !fragments.is_empty() {
        let begins = items.first().is_some_and(|r| bytes(r).starts_with(&START_OF_JPEG));
        let all = if begins { items } else { fragments };
        return Ok(Cow::Owned(all.iter().flat_map(|r| bytes(r).iter().copied()).collect()));
    }
    let what = format!(
        "PixelData (7FE0,0010) has {} fragments for {} frames; expected one each",
        fragments.len(),
        image.frames.len()
    );
    Err(DicomError::Damaged { file: image.file.to_owned(), what })
}

/// Grey values of a lossless JPEG of this many columns and rows. Its own header is read first: what it announces is
/// compared before anything is made of it.
fn jpeg(data: &[u8], [columns, rows]: [usize; 2]) -> Result<Vec<u16>, String> {
    let mut decoder = jpeg_decoder::Decoder::new(data);
    decoder.set_max_decoding_buffer_size(2 * columns * rows);
    decoder.read_info().map_err(|e| e.to_string())?;
    let info = decoder.info().ok_or("it has no header")?;
    if (usize::from(info.width), usize::from(info.height)) != (columns, rows) {
        return Err(format!("it has {} × {} pixels; expected {columns} × {rows}", info.width, info.height));
    }
    let out = decoder.decode().map_err(|e| e.to_string())?;
    let grey: Vec<u16> = match info.pixel_format {
        jpeg_decoder::PixelFormat::L8 => out.iter().map(|&b| u16::from(b)).collect(),
        jpeg_decoder::PixelFormat::L16 => {
            out.chunks_exact(2).map(|b| u16::from_ne_bytes([b[0], b[1]])).collect()
        }
        other => return Err(format!("its pixels are {other:?}; expected grey values")),
    };
    if grey.len() == columns * rows { Ok(grey) } else { Err("it ends early".to_owned()) }
}

/// DICOM's run lengths (PS3.5 annex G): a header of 64 bytes with the segments' offsets, then one segment a byte of the
/// pixel, the high byte first, each packed as PackBits.
fn run_lengths(data: &[u8], pixels: usize, bytes: usize) -> Option<Vec<u16>> {
    let word =
        |at: usize| data.get(at..at + 4).map(|b| u32::from_le_bytes([b[0], b[1], b[2], b[3]]) as usize);
    if word(0)? != bytes {
        return None;
    }
    let mut out = vec![0_u16; pixels];
    for segment in 0..bytes {
        let from = word(4 + 4 * segment)?;
        let to = if segment + 1 < bytes { word(8 + 4 * segment)? } else { data.len() };
        let mut input = data.get(from..to)?.iter();
        let mut at = 0;
        while at < pixels {
            let n = *input.next()? as i8;
            if n >= 0 {
                for _ in 0..=n {
                    let v = u16::from(*input.next()?);
                    // Segments are padded; what is beyond the last pixel is no pixel.
                    if let Some(o) = out.get_mut(at) {
                        *o = *o << 8 | v;
                    }
                    at += 1;
                }
            } else if n > -128 {
                let v = u16::from(*input.next()?);
                for _ in 0..=-i16::from(n) {
                    if let Some(o) = out.get_mut(at) {
                        *o = *o << 8 | v;
                    }
                    at += 1;
                }
            }
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_and_literals_make_bytes_high_byte_first() {
        let mut data = vec![0_u8; 64];
        data[0] = 2;
        data[4] = 64;
        data[8] = 66;
        // High bytes: 1 four times; low bytes: 5, 6 as they are, then 7 twice.
        data.extend([0xFD, 1, 1, 5, 6, 0xFF, 7]);
        assert_eq!(run_lengths(&data, 4, 2), Some(vec![0x105, 0x106, 0x107, 0x107]));
        assert_eq!(run_lengths(&data, 5, 2), None);
        assert_eq!(run_lengths(&data, 4, 1), None);
        assert_eq!(run_lengths(&data[..60], 4, 2), None);
    }
}
