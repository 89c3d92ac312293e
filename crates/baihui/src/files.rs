//! Reading and writing files: the only module that touches the disk.

use std::{
    fs,
    io::{Read, Write},
    path::{Path, PathBuf},
};

use baihui_atlas::{Atlas, File, Problem, built_in};
use baihui_clinic::knowledge::{self, Knowledge};
use baihui_head::{Head, io::glb, template};

use crate::error::{CliError, Kind};

/// Largest head file that is read, bytes.
const MAX_HEAD: u64 = 1 << 30;

/// Reads a file up to a size.
pub fn read(path: &Path, max: u64) -> Result<Vec<u8>, CliError> {
    let name = path.display();
    let file = fs::File::open(path).map_err(|e| CliError::input(format!("{name} cannot be opened: {e}")))?;
    let mut bytes = Vec::new();
    file.take(max + 1)
        .read_to_end(&mut bytes)
        .map_err(|e| CliError::input(format!("{name} cannot be read: {e}")))?;
    if bytes.len() as u64 > max {
        return Err(CliError::input(format!("{name} is larger than the {max} bytes that are read")));
    }
    Ok(bytes)
}

/// The first bytes of a file, at most `n`.
pub fn begins(path: &Path, n: u64) -> Result<Vec<u8>, CliError> {
    let failed = |e: std::io::Error| CliError::input(format!("{} cannot be read: {e}", path.display()));
    let mut bytes = Vec::new();
    fs::File::open(path).and_then(|f| f.take(n).read_to_end(&mut bytes)).map_err(failed)?;
    Ok(bytes)
}

/// The files of a folder and of the folders in it, by name.
pub fn folder(path: &Path, depth: usize, most: usize) -> Result<Vec<PathBuf>, CliError> {
    let failed = |e: std::io::Error| CliError::input(format!("{} cannot be read: {e}", path.display()));
    let mut entries: Vec<PathBuf> = fs::read_dir(path)
        .map_err(failed)?
        .map(|e| e.map(|e| e.path()))
        .collect::<Result<_, _>>()
        .map_err(failed)?;
    entries.sort();
    let mut out = Vec::new();
    for p in entries {
        if p.is_dir() && depth > 0 {
            out.extend(folder(&p, depth - 1, most)?);
        } else if p.is_file() {
            out.push(p);
        }
        if out.len() > most {
            return Err(CliError::input(format!("{} holds more than {most} files", path.display())));
        }
    }
    Ok(out)
}

/// Writes a file, making its folder.
pub fn write(path: &Path, bytes: &[u8]) -> Result<(), CliError> {
    let failed =
        |e: std::io::Error| CliError::new(Kind::Output, format!("{} cannot be written: {e}", path.display()));
    if let Some(folder) = path.parent().filter(|f| !f.as_os_str().is_empty()) {
        fs::create_dir_all(folder).map_err(failed)?;
    }
    fs::write(path, bytes).map_err(failed)
}

/// Writes to a file, or to standard output without one. A reader that has gone away is no error.
pub fn emit(output: Option<&PathBuf>, bytes: &[u8]) -> Result<(), CliError> {
    if let Some(path) = output {
        return write(path, bytes);
    }
    let mut out = std::io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(e) if e.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(CliError::new(Kind::Output, format!("standard output cannot be written: {e}")))
        }
        _ => Ok(()),
    }
}

/// The built-in head or a head file.
pub fn head(name: &str) -> Result<Head, CliError> {
    if name == "template" {
        return Ok(template::template());
    }
    let path = Path::new(name);
    let bytes = read(path, MAX_HEAD)
        .map_err(|e| e.hint("--head takes \"template\" or a head file made by `baihui head`"))?;
    glb::read_head(&bytes).map_err(|e| {
        CliError::input(format!("{name}: {e}"))
            .hint("a head file is made by `baihui head tape`; a bare surface has no landmarks")
    })
}

/// The atlas ([`atlas`]) and the head ([`head`]), read side by side.
pub fn atlas_and_head(more: &[PathBuf], name: &str) -> Result<(Atlas, Head), CliError> {
    let (atlas, head) = std::thread::scope(|scope| {
        let head = scope.spawn(|| head(name));
        // It panics only where this thread would have.
        (atlas(more), head.join().unwrap_or_else(|e| std::panic::resume_unwind(e)))
    });
    Ok((atlas?, head?))
}

/// The heads of a list, in which a folder stands for the head files in it, by name.
///
/// What a folder holds besides heads is named on standard error and passed over.
pub fn heads(names: &[String]) -> Result<Vec<Head>, CliError> {
    let mut out = Vec::new();
    for name in names {
        if !Path::new(name).is_dir() {
            out.push(head(name)?);
            continue;
        }
        let failed = |e: std::io::Error| CliError::input(format!("{name}: {e}"));
        let mut files = Vec::new();
        for entry in std::fs::read_dir(name).map_err(failed)? {
            let path = entry.map_err(failed)?.path();
            if path.extension().is_some_and(|e| e.eq_ignore_ascii_case("glb")) {
                files.push(path.to_string_lossy().into_owned());
            }
        }
        files.sort();
        let before = out.len();
        for file in &files {
            match head(file) {
                Ok(h) => out.push(h),
                Err(e) => {
                    // Nobody may be reading; the table does not depend on it.
                    let _ = writeln!(std::io::stderr(), "passed over: {}", e.message);
                }
            }
        }
        if out.len() == before {
            return Err(CliError::input(format!(
                "{name}: no head in {} .glb files of this folder",
                files.len()
            ))
            .hint("a head file is made by `baihui head tape`, `scan`, `points` or `mri`"));
        }
    }
    Ok(out)
}

/// The compiled-in atlas with the user's own files after it.
pub fn atlas(more: &[PathBuf]) -> Result<Atlas, CliError> {
    let schools = schools(&atlas_files(more)?);
    built_in::atlas(&schools).map_err(|problems| unusable("atlas", &problems))
}

/// The compiled-in knowledge of the clinic with the user's own files after it.
pub fn knowledge(atlas: &Atlas, more: &[PathBuf]) -> Result<Knowledge, CliError> {
    knowledge::built_in(atlas, &atlas_files(more)?)
        .map_err(|problems| unusable("knowledge of the clinic", &problems))
}

/// The files that are about zones and points.
pub fn schools(files: &[File]) -> Vec<File> {
    files.iter().filter(|f| !knowledge::is_mine(&f.path)).cloned().collect()
}

fn unusable(what: &str, problems: &[Problem]) -> CliError {
    let text: Vec<String> = problems.iter().take(20).map(ToString::to_string).collect();
    let rest = problems.len().saturating_sub(20);
    let more = if rest > 0 { format!("\n... and {rest} more") } else { String::new() };
    CliError::input(format!("the {what} has {} problems:\n{}{more}", problems.len(), text.join("\n")))
        .hint("`baihui atlas check` lists them all")
}

/// The user's own atlas files.
pub fn atlas_files(paths: &[PathBuf]) -> Result<Vec<File>, CliError> {
    let mut files = Vec::new();
    for path in paths {
        let failed = |e: std::io::Error| CliError::input(format!("{} cannot be read: {e}", path.display()));
        let mut found = Vec::new();
        if path.is_dir() {
            for entry in fs::read_dir(path).map_err(failed)? {
                let p = entry.map_err(failed)?.path();
                if p.extension().is_some_and(|e| e == "toml") {
                    found.push(p);
                }
            }
            for sub in ["conditions", "instruments"].map(|name| path.join(name)) {
                if sub.is_dir() {
                    for entry in fs::read_dir(&sub).map_err(failed)? {
                        found.push(entry.map_err(failed)?.path());
                    }
                }
            }
            found.retain(|p| p.extension().is_some_and(|e| e == "toml"));
            found.sort();
            if found.is_empty() {
                return Err(CliError::input(format!("the folder {} has no .toml file", path.display())));
            }
        } else {
            found.push(path.clone());
        }
        for p in found {
            let bytes = read(&p, baihui_atlas::load::MAX_FILE as u64)?;
            let text = String::from_utf8(bytes).map_err(|e| {
                CliError::input(format!(
                    "{} is not UTF-8 text: byte {} cannot be read",
                    p.display(),
                    e.utf8_error().valid_up_to()
                ))
            })?;
            files.push(File { path: p.display().to_string(), text });
        }
    }
    Ok(files)
}
