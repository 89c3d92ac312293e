//! Why slices give no image.

use thiserror::Error;

use super::Series;

/// Why slices give no image.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum DicomError {
    /// Nothing to read.
    #[error("none of the {files} files is a DICOM image (\"DICM\" at byte 128, and pixels)")]
    NoImage {
        /// How many files were looked at.
        files: usize,
    },
    /// A file cannot be read.
    #[error("{file}: {what}")]
    Damaged {
        /// Name of the file.
        file: String,
        /// What is wrong.
        what: String,
    },
    /// A field is missing or holds what cannot be used.
    #[error("{file}: {field} is {found}; expected {expected}")]
    Field {
        /// Name of the file.
        file: String,
        /// Keyword and tag.
        field: &'static str,
        /// What it holds.
        found: String,
        /// What it should hold.
        expected: &'static str,
    },
    /// Compressed in a way that is not read.
    #[error(
        "{file}: the pixels are stored as {name} (TransferSyntaxUID {uid}); expected uncompressed, RLE or lossless JPEG. Decompress the \
         series first, for instance with `dcmdjpeg` or `dcmconv` of DCMTK, or convert it with dcm2niix"
    )]
    Compressed {
        /// Name of the file.
        file: String,
        /// What the transfer syntax is called.
        name: &'static str,
        /// Its UID.
        uid: String,
    },
    /// More than one series could be meant.
    #[error("{} series could be a head: {}", .0.len(), list(.0))]
    Several(Vec<Series>),
    /// The series that was asked for is not there.
    #[error("no series is called \"{wanted}\"; there are: {}", list(.found))]
    NoSeries {
        /// What was asked for.
        wanted: String,
        /// What is there.
        found: Vec<Series>,
    },
    /// The slices of a series do not fit together.
    #[error("series {series}: {what}")]
    Stack {
        /// Which series.
        series: String,
        /// What is wrong, with the field's name.
        what: String,
    },
    /// More voxels than are read.
    #[error("{found} voxels; at most {} are read", crate::nifti::MAX_VOXELS)]
    TooLarge {
        /// Voxels announced.
        found: u64,
    },
}

fn list(series: &[Series]) -> String {
    series.iter().take(12).map(ToString::to_string).collect::<Vec<_>>().join("; ")
}
