//! From the bytes of a person's files to a [`Head`], with what was found and the page to look at: one door for the
//! command line and the server. Nothing here touches the disk.
//!
//! [`mri::make`], [`scan::make`] and [`points::make`] take files, wishes and a [`Progress`], and give a [`Made`].

use std::sync::Arc;

use baihui_head::Head;
pub use baihui_head::progress::Progress;
use glam::DAffine3;
use serde::Serialize;

use crate::error::CliError;

mod archive;
mod given;
pub mod mri;
pub mod points;
pub mod quality;
pub mod scan;
pub mod zones;

pub use given::{Given, Typed, three};

/// A file's name, without its folder, and its bytes. The name's ending tells the format.
#[derive(Clone, Debug, Default)]
pub struct File {
    /// Name.
    pub name: String,
    /// Bytes; shared, so that a second attempt on the same files needs no second copy of them.
    pub bytes: Arc<Vec<u8>>,
}

impl File {
    /// The name's ending without the dot, in small letters; of `a.mrk.json` the last.
    pub fn extension(&self) -> String {
        self.name.rsplit_once('.').map_or_else(String::new, |(_, e)| e.to_lowercase())
    }

    /// An error about this file.
    fn error(&self, e: impl ToString) -> CliError {
        CliError::input(format!("{}: {}", self.name, e.to_string()))
    }
}

/// Something that the user should know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Doubt {
    /// Short name of the part that it is about.
    pub part: String,
    /// What it is and what it means.
    pub text: String,
}

/// A head, and what a user wants to know of it.
#[derive(Clone, Debug)]
pub struct Made {
    /// The head.
    pub head: Head,
    /// What was found, in rows of name and value.
    pub found: Vec<[String; 2]>,
    /// What is doubtful.
    pub doubts: Vec<Doubt>,
    /// The same for programs.
    pub details: serde_json::Value,
    /// From the coordinates and the unit of the file to the head's mm: where a landmark that was moved on the head lies
    /// in the file.
    pub from_file: DAffine3,
    /// The page to look at before the head is trusted: HTML, whole in itself. Empty if it was not wanted.
    pub page: String,
}

/// The error of work that the caller stopped.
fn interrupted() -> CliError {
    CliError::input("interrupted")
}

/// Says what is done next, and asks whether to go on.
fn step(progress: &mut Progress<'_>, what: &str, share: f64) -> Result<(), CliError> {
    baihui_head::progress::step(progress, what, share).map_err(|_| interrupted())
}

/// `progress` as a part of something longer, from `from` to `to`.
fn part<'a>(progress: &'a mut Progress<'_>, from: f64, to: f64) -> impl FnMut(&str, f64) -> bool + 'a {
    move |what, share| progress(what, from + (to - from) * share)
}

fn pairs(found: Vec<(&str, String)>) -> Vec<[String; 2]> {
    found.into_iter().map(|(a, b)| [a.to_owned(), b]).collect()
}
