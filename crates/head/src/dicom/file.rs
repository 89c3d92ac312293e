//! One DICOM file: the few fields that place its pixels, and where those are.
//!
//! `dicom-parser` walks the elements; values that are not needed are stepped over and never decoded, so that neither a
//! name nor a birthday of the patient is ever held. A length beyond the file is refused before memory is asked for.

use std::{collections::BTreeMap, io::Cursor, ops::Range};

use dicom_core::PrimitiveValue;
use dicom_encoding::transfer_syntax::TransferSyntax;
use dicom_parser::StatefulDecode;
use dicom_parser::dataset::{LazyDataToken, lazy_read::LazyDataSetReader};
use dicom_transfer_syntax_registry::entries;
use glam::DVec3;

use super::{DicomError, Source};

/// Where `DICM` stands.
const MAGIC: Range<usize> = 128..132;
/// Longest value of a field that is needed, bytes.
const MAX_VALUE: u32 = 1 << 16;
/// Deepest nesting of sequences.
const MAX_DEPTH: usize = 24;
/// Most frames of a file.
const MAX_FRAMES: usize = 1 << 14;

/// A field by keyword and tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Field {
    pub tag: (u16, u16),
    pub name: &'static str,
}

macro_rules! fields {
    ($($constant:ident = $name:literal, $group:literal, $element:literal;)*) => {
        $(pub(super) const $constant: Field = Field {
            tag: ($group, $element), name: concat!($name, " (", stringify!($group), ",", stringify!($element), ")"),
        };)*
        const NEEDED: &[Field] = &[$($constant),*];
    };
}

fields! {
    IMAGE_TYPE = "ImageType", 0x0008, 0x0008;
    SOP_INSTANCE = "SOPInstanceUID", 0x0008, 0x0018;
    MODALITY = "Modality", 0x0008, 0x0060;
    DESCRIPTION = "SeriesDescription", 0x0008, 0x103E;
    ECHO_TIME = "EchoTime", 0x0018, 0x0081;
    ECHO_NUMBERS = "EchoNumbers", 0x0018, 0x0086;
    TRIGGER_TIME = "TriggerTime", 0x0018, 0x1060;
    SERIES_UID = "SeriesInstanceUID", 0x0020, 0x000E;
    SERIES_NUMBER = "SeriesNumber", 0x0020, 0x0011;
    ACQUISITION_NUMBER = "AcquisitionNumber", 0x0020, 0x0012;
    POSITION = "ImagePositionPatient", 0x0020, 0x0032;
    ORIENTATION = "ImageOrientationPatient", 0x0020, 0x0037;
    TEMPORAL_POSITION = "TemporalPositionIdentifier", 0x0020, 0x0100;
    SAMPLES = "SamplesPerPixel", 0x0028, 0x0002;
    PHOTOMETRIC = "PhotometricInterpretation", 0x0028, 0x0004;
    FRAMES = "NumberOfFrames", 0x0028, 0x0008;
    ROWS = "Rows", 0x0028, 0x0010;
    COLUMNS = "Columns", 0x0028, 0x0011;
    SPACING = "PixelSpacing", 0x0028, 0x0030;
    ALLOCATED = "BitsAllocated", 0x0028, 0x0100;
    STORED = "BitsStored", 0x0028, 0x0101;
    HIGH_BIT = "HighBit", 0x0028, 0x0102;
    REPRESENTATION = "PixelRepresentation", 0x0028, 0x0103;
    INTERCEPT = "RescaleIntercept", 0x0028, 0x1052;
    SLOPE = "RescaleSlope", 0x0028, 0x1053;
}

const SYNTAX: Field = Field { tag: (0x0002, 0x0010), name: "TransferSyntaxUID (0x0002,0x0010)" };
const PIXELS: Field = Field { tag: (0x7FE0, 0x0010), name: "PixelData (0x7FE0,0x0010)" };
const SHARED: (u16, u16) = (0x5200, 0x9229);
const PER_FRAME: (u16, u16) = (0x5200, 0x9230);

/// Where a field stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    Root,
    Shared,
    Frame(usize),
}

/// How the pixels are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Coding {
    Little,
    Big,
    Rle,
    /// Pixels as lossless JPEG (ITU-T T.81 annex H).
    JpegLossless,
}

/// One slice and its place, in DICOM's own axes (left, posterior, superior), mm.
#[derive(Clone, Copy, Debug)]
pub(super) struct Frame {
    /// Middle of the first voxel.
    pub position: DVec3,
    /// Direction along a row, to higher columns.
    pub along_row: DVec3,
    /// Direction along a column, to higher rows.
    pub along_column: DVec3,
    /// Distance between rows, and between columns, mm.
    pub spacing: [f64; 2],
    pub slope: f64,
    pub intercept: f64,
}

/// A file with pixels.
#[derive(Clone, Debug)]
pub(super) struct Image<'a> {
    pub file: &'a str,
    pub bytes: &'a [u8],
    pub series: String,
    pub number: String,
    pub description: String,
    pub instance: String,
    /// What tells images of one series at the same place apart, each with its field.
    pub kinds: Vec<(&'static str, String)>,
    pub size: [usize; 2],
    pub allocated: u16,
    pub stored: u16,
    pub high_bit: u16,
    pub signed: bool,
    pub coding: Coding,
    pub frames: Vec<Frame>,
    /// Where the pixels are: one range for plain ones, one a fragment for encapsulated ones.
    pub pixels: Vec<Range<usize>>,
}

/// Whether bytes are a DICOM file.
pub(super) fn is_dicom(bytes: &[u8]) -> bool {
    bytes.get(MAGIC) == Some(b"DICM")
}

struct Reader<'a> {
    source: Source<'a>,
    values: BTreeMap<(Level, Field), PrimitiveValue>,
}

/// Reads a file; `None` where it has no pixels (a report, a directory of the medium).
pub(super) fn read(source: Source<'_>) -> Result<Option<Image<'_>>, DicomError> {
    let mut r = Reader { source, values: BTreeMap::new() };
    let (start, syntax) = r.meta()?;
    let (coding, syntax) = r.coding(&syntax)?;
    let pixels = r.walk(start, &syntax)?;
    match pixels {
        Some(pixels) => r.image(coding, pixels).map(Some),
        None => Ok(None),
    }
}

impl<'a> Reader<'a> {
    fn damaged(&self, what: impl ToString) -> DicomError {
        DicomError::Damaged { file: self.source.name.to_owned(), what: what.to_string() }
    }

    fn wrong(&self, field: Field, found: impl ToString, expected: &'static str) -> DicomError {
        let found: String = found.to_string().chars().take(80).collect();
        DicomError::Field { file: self.source.name.to_owned(), field: field.name, found, expected }
    }

    /// Where the data set begins, and its transfer syntax.
    fn meta(&mut self) -> Result<(usize, String), DicomError> {
        let bytes = self.source.bytes;
        // (0002,0000) UL 4: how long the group is.
        let first =
            bytes.get(132..144).ok_or_else(|| self.damaged("the file ends within its first element"))?;
        if first[..8] != [2, 0, 0, 0, b'U', b'L', 4, 0] {
            return Err(self.damaged("byte 132: no FileMetaInformationGroupLength (0002,0000)"));
        }
        let length = u32::from_le_bytes([first[8], first[9], first[10], first[11]]) as usize;
        let end = 144 + length;
        let group = bytes.get(144..end).ok_or_else(|| {
            self.damaged(format!(
                "FileMetaInformationGroupLength (0002,0000) is {length}; the file ends before"
            ))
        })?;
        let mut at = 0;
        while let Some(h) = group.get(at..at + 8) {
            let tag = (u16::from_le_bytes([h[0], h[1]]), u16::from_le_bytes([h[2], h[3]]));
            let long = [b"OB", b"OW", b"UN", b"SQ", b"UT"].iter().any(|vr| vr[..] == h[4..6]);
            let (from, length) = if long {
                let Some(l) = group.get(at + 8..at + 12) else { break };
                (at + 12, u32::from_le_bytes([l[0], l[1], l[2], l[3]]) as usize)
            } else {
                (at + 8, usize::from(u16::from_le_bytes([h[6], h[7]])))
            };
            let Some(value) = from.checked_add(length).and_then(|end| group.get(from..end)) else { break };
            if tag == SYNTAX.tag {
                let text: String = String::from_utf8_lossy(value).trim_end_matches(['\0', ' ']).to_owned();
                return Ok((end, text));
            }
            at = from + length;
        }
        Err(self.wrong(SYNTAX, "not there", "a UID"))
    }

    fn coding(&self, uid: &str) -> Result<(Coding, TransferSyntax), DicomError> {
        let explicit = || entries::EXPLICIT_VR_LITTLE_ENDIAN.erased();
        let name = match uid {
            "1.2.840.10008.1.2" => return Ok((Coding::Little, entries::IMPLICIT_VR_LITTLE_ENDIAN.erased())),
            "1.2.840.10008.1.2.1" => return Ok((Coding::Little, explicit())),
            "1.2.840.10008.1.2.2" => return Ok((Coding::Big, entries::EXPLICIT_VR_BIG_ENDIAN.erased())),
            "1.2.840.10008.1.2.5" => return Ok((Coding::Rle, explicit())),
            "1.2.840.10008.1.2.4.57" | "1.2.840.10008.1.2.4.70" => {
                return Ok((Coding::JpegLossless, explicit()));
            }
            "1.2.840.10008.1.2.1.99" => "a deflated data set",
            "1.2.840.10008.1.2.4.50" | "1.2.840.10008.1.2.4.51" => "JPEG with loss",
            "1.2.840.10008.1.2.4.80" | "1.2.840.10008.1.2.4.81" => "JPEG-LS",
            "1.2.840.10008.1.2.4.90" | "1.2.840.10008.1.2.4.91" => "JPEG 2000",
            "1.2.840.10008.1.2.4.201" | "1.2.840.10008.1.2.4.202" | "1.2.840.10008.1.2.4.203" => {
                "High-Throughput JPEG 2000"
            }
            _ => "something unknown",
        };
        let uid = uid.chars().take(64).collect();
        Err(DicomError::Compressed { file: self.source.name.to_owned(), name, uid })
    }

    /// Collects the needed fields; returns where the pixels are.
    fn walk(
        &mut self,
        start: usize,
        syntax: &TransferSyntax,
    ) -> Result<Option<Vec<Range<usize>>>, DicomError> {
        let data = self.source.bytes.get(start..).unwrap_or_default();
        let mut reader =
            LazyDataSetReader::new_with_ts(Cursor::new(data), syntax).map_err(|e| self.damaged(e))?;
        // Sequences that are open, each with the number of items begun.
        let mut open: Vec<((u16, u16), usize)> = Vec::new();
        let mut depth = 0_usize;
        let mut fragments: Option<Vec<Range<usize>>> = None;
        while let Some(token) = reader.advance() {
            let token = token.map_err(|e| self.damaged(e))?;
            match token {
                LazyDataToken::SequenceStart { tag, .. } => {
                    if open.len() >= MAX_DEPTH {
                        return Err(self.damaged(format!("sequences nested deeper than {MAX_DEPTH}")));
                    }
                    open.push(((tag.group(), tag.element()), 0));
                }
                LazyDataToken::PixelSequenceStart => {
                    if !open.is_empty() {
                        return Err(self.damaged("encapsulated pixels within a sequence"));
                    }
                    open.push((PIXELS.tag, 0));
                    fragments = Some(Vec::new());
                }
                LazyDataToken::SequenceEnd => {
                    if open.pop().is_none() {
                        return Err(self.damaged("the end of a sequence that was not begun"));
                    }
                    if open.is_empty() && fragments.is_some() {
                        return Ok(fragments);
                    }
                }
                LazyDataToken::ItemStart { .. } => {
                    depth += 1;
                    let Some(last) = open.last_mut() else {
                        return Err(self.damaged("an item outside of a sequence"));
                    };
                    last.1 += 1;
                }
                LazyDataToken::ItemEnd => {
                    depth = depth
                        .checked_sub(1)
                        .filter(|_| !open.is_empty())
                        .ok_or_else(|| self.damaged("the end of an item that was not begun"))?;
                }
                LazyDataToken::ElementHeader(_) => {}
                LazyDataToken::LazyValue { header, decoder } => {
                    let tag = (header.tag.group(), header.tag.element());
                    let length = header.len.get().unwrap_or(u32::MAX);
                    let from = decoder.position() as usize;
                    let range = from.checked_add(length as usize).map(|end| from..end);
                    let Some(range) = range.filter(|r| r.end <= data.len()) else {
                        return Err(self.damaged(format!(
                            "({:04X},{:04X}) announces {length} bytes; {} are left",
                            tag.0,
                            tag.1,
                            data.len().saturating_sub(from)
                        )));
                    };
                    let level = match open.first() {
                        None => Some(Level::Root),
                        Some((SHARED, _)) => Some(Level::Shared),
                        Some((PER_FRAME, n)) => Some(Level::Frame(n.saturating_sub(1))),
                        Some(_) => None,
                    };
                    if tag == PIXELS.tag && open.is_empty() {
                        let all = start + range.start..start + range.end;
                        return Ok(Some(Vec::from([all])));
                    }
                    let field = NEEDED.iter().find(|f| f.tag == tag);
                    let token = LazyDataToken::LazyValue { header, decoder };
                    if let (Some(level), Some(field)) = (level, field)
                        && length <= MAX_VALUE
                    {
                        let value = token
                            .into_value()
                            .map_err(|_| self.wrong(*field, "unreadable", "a value of its type"))?;
                        self.values.insert((level, *field), value);
                    } else {
                        token.skip().map_err(|e| self.damaged(e))?;
                    }
                }
                LazyDataToken::LazyItemValue { len, decoder } => {
                    let from = decoder.position() as usize;
                    let end = from.checked_add(len as usize).filter(|e| *e <= data.len());
                    let end = end.ok_or_else(|| {
                        self.damaged(format!("a fragment announces {len} bytes beyond the file"))
                    })?;
                    if let Some(f) = &mut fragments {
                        f.push(start + from..start + end);
                    }
                    LazyDataToken::LazyItemValue { len, decoder }.skip().map_err(|e| self.damaged(e))?;
                }
                _ => {}
            }
        }
        Ok(fragments.filter(|f| !f.is_empty()))
    }

    /// A field of a frame: its own, else what all frames share, else the file's.
    fn value(&self, frame: usize, field: Field) -> Option<&PrimitiveValue> {
        [Level::Frame(frame), Level::Shared, Level::Root].iter().find_map(|l| self.values.get(&(*l, field)))
    }

    fn text(&self, field: Field) -> String {
        let v = self.values.get(&(Level::Root, field)).map(|v| v.to_str().into_owned());
        v.unwrap_or_default().trim().trim_matches('\0').chars().take(120).collect()
    }

    fn integer(&self, field: Field, expected: &'static str, most: usize) -> Result<usize, DicomError> {
        let v =
            self.values.get(&(Level::Root, field)).ok_or_else(|| self.wrong(field, "not there", expected))?;
        let n: i64 = v.to_int().map_err(|_| self.wrong(field, v.to_str(), expected))?;
        usize::try_from(n).ok().filter(|n| *n <= most).ok_or_else(|| self.wrong(field, n, expected))
    }

    fn numbers<const N: usize>(
        &self,
        frame: usize,
        field: Field,
        expected: &'static str,
    ) -> Result<Option<[f64; N]>, DicomError> {
        let Some(v) = self.value(frame, field) else { return Ok(None) };
        let wrong = || self.wrong(field, v.to_str(), expected);
        let all = v.to_multi_float64().map_err(|_| wrong())?;
        let all: [f64; N] = all.try_into().map_err(|_| wrong())?;
        if all.iter().all(|x| x.is_finite() && x.abs() < 1e9) { Ok(Some(all)) } else { Err(wrong()) }
    }

    fn frame(&self, n: usize) -> Result<Frame, DicomError> {
        const THREE: &str = "three numbers, mm";
        const SIX: &str = "two perpendicular unit vectors";
        const TWO: &str = "two lengths above 0, mm";
        let needed = |field: Field, expected| self.wrong(field, "not there", expected);
        let p: [f64; 3] = self.numbers(n, POSITION, THREE)?.ok_or_else(|| needed(POSITION, THREE))?;
        let o: [f64; 6] = self.numbers(n, ORIENTATION, SIX)?.ok_or_else(|| needed(ORIENTATION, SIX))?;
        let s: [f64; 2] = self.numbers(n, SPACING, TWO)?.ok_or_else(|| needed(SPACING, TWO))?;
        let (row, column) = (DVec3::new(o[0], o[1], o[2]), DVec3::new(o[3], o[4], o[5]));
        if (row.length() - 1.0).abs() > 0.02
            || (column.length() - 1.0).abs() > 0.02
            || row.dot(column).abs() > 0.02
        {
            return Err(self.wrong(ORIENTATION, format!("{o:?}"), SIX));
        }
        if !s.iter().all(|s| (0.05..=20.0).contains(s)) {
            return Err(self.wrong(SPACING, format!("{s:?}"), "two lengths of 0.05 to 20 mm"));
        }
        const NUMBER: &str = "a number";
        let slope = self.numbers(n, SLOPE, NUMBER)?.map_or(1.0, |[s]: [f64; 1]| s);
        let intercept = self.numbers(n, INTERCEPT, NUMBER)?.map_or(0.0, |[i]: [f64; 1]| i);
        // A slope of 0 is a field that was never filled in.
        let slope = if slope == 0.0 { 1.0 } else { slope };
        Ok(Frame {
            position: DVec3::from_array(p),
            along_row: row.normalize(),
            along_column: column.normalize(),
            spacing: s,
            slope,
            intercept,
        })
    }

    fn image(self, coding: Coding, pixels: Vec<Range<usize>>) -> Result<Image<'a>, DicomError> {
        let modality = self.text(MODALITY);
        if !modality.is_empty() && modality != "MR" {
            return Err(self.wrong(MODALITY, modality, "MR: a magnetic resonance image"));
        }
        let kind = self.text(IMAGE_TYPE);
        if kind.split('\\').any(|k| k.trim() == "MOSAIC") {
            return Err(self.wrong(
                IMAGE_TYPE,
                kind,
                "one slice a frame (a mosaic is a sheet of functional images)",
            ));
        }
        let samples = self.integer(SAMPLES, "1", 4)?;
        if samples != 1 {
            return Err(self.wrong(SAMPLES, samples, "1: grey values"));
        }
        let photometric = self.text(PHOTOMETRIC);
        if photometric != "MONOCHROME2" {
            return Err(self.wrong(PHOTOMETRIC, photometric, "MONOCHROME2: bright is much"));
        }
        const SIZE: &str = "1 to 4096";
        let (rows, columns) = (self.integer(ROWS, SIZE, 4096)?, self.integer(COLUMNS, SIZE, 4096)?);
        if rows == 0 || columns == 0 {
            return Err(self.wrong(if rows == 0 { ROWS } else { COLUMNS }, 0, SIZE));
        }
        let allocated = self.integer(ALLOCATED, "8 or 16", 64)?;
        if allocated != 8 && allocated != 16 {
            return Err(self.wrong(ALLOCATED, allocated, "8 or 16"));
        }
        let stored = if self.values.contains_key(&(Level::Root, STORED)) {
            self.integer(STORED, "1 to BitsAllocated", allocated)?.max(1)
        } else {
            allocated
        };
        let high_bit = if self.values.contains_key(&(Level::Root, HIGH_BIT)) {
            self.integer(HIGH_BIT, "BitsStored - 1 to BitsAllocated - 1", allocated - 1)?
        } else {
            stored - 1
        };
        if high_bit + 1 < stored {
            return Err(self.wrong(HIGH_BIT, high_bit, "BitsStored - 1 to BitsAllocated - 1"));
        }
        let signed = self.integer(REPRESENTATION, "0 or 1", 1)? == 1;
        let count = if self.values.contains_key(&(Level::Root, FRAMES)) {
            self.integer(FRAMES, "1 to 16384", MAX_FRAMES)?.max(1)
        } else {
            1
        };
        let frames = (0..count).map(|n| self.frame(n)).collect::<Result<Vec<_>, _>>()?;
        if count > 1 && !self.values.keys().any(|(l, f)| *f == POSITION && matches!(l, Level::Frame(_))) {
            return Err(self.wrong(FRAMES, count, "1, or PlanePositionSequence for each frame"));
        }
        let series = self.text(SERIES_UID);
        if series.is_empty() {
            return Err(self.wrong(SERIES_UID, "not there", "a UID"));
        }
        let kinds =
            [IMAGE_TYPE, ECHO_NUMBERS, ECHO_TIME, ACQUISITION_NUMBER, TEMPORAL_POSITION, TRIGGER_TIME];
        Ok(Image {
            file: self.source.name,
            bytes: self.source.bytes,
            series,
            number: self.text(SERIES_NUMBER),
            description: self.text(DESCRIPTION),
            instance: self.text(SOP_INSTANCE),
            kinds: kinds.map(|f| (f.name, self.text(f))).to_vec(),
            size: [columns, rows],
            allocated: allocated as u16,
            stored: stored as u16,
            high_bit: high_bit as u16,
            signed,
            coding,
            frames,
            pixels,
        })
    }
}
