//! A folder of DICOM slices.

use std::path::Path;

use baihui_head::volume::Volume;

use crate::error::CliError;

/// Reads a series.
pub fn read(path: &Path) -> Result<Volume, CliError> {
    Err(CliError::input(format!("{} is a folder; DICOM is not read yet", path.display()))
        .hint("convert the series to NIfTI (dcm2niix)"))
}
