//! The atlas that is compiled in.

use rust_embed::RustEmbed;

use crate::load::{Atlas, File, Problem};

#[derive(RustEmbed)]
#[folder = "../../atlas"]
#[include = "landmarks.toml"]
#[include = "settings.toml"]
#[include = "counterparts.toml"]
#[include = "references.toml"]
#[include = "schools/*.toml"]
struct Folder;

/// The files of the atlas that is compiled in, in order of their paths.
pub fn files() -> Vec<File> {
    let mut paths: Vec<String> = Folder::iter().map(|p| p.into_owned()).collect();
    paths.sort();
    paths
        .into_iter()
        .filter_map(|path| {
            let file = Folder::get(&path)?;
            let text = String::from_utf8_lossy(&file.data).into_owned();
            Some(File { path: format!("atlas/{path}"), text })
        })
        .collect()
}

/// The atlas that is compiled in, with further files (a practitioner's own schools) after it.
///
/// # Errors
/// Every problem found; a test proves that the compiled-in files have none.
pub fn atlas(more: &[File]) -> Result<Atlas, Vec<Problem>> {
    let mut all = files();
    all.extend_from_slice(more);
    Atlas::load(&all)
}
