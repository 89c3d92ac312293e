//! Colin27: its scalp and brain as surfaces, and the reference points that are known on it.

use anyhow::{Context, Result, ensure};
use baihui_head::{
    Surface, nifti,
    scalp::{
        extract::{self, Options},
        gaussian, isosurface, remesh,
    },
    volume::{Grid, Volume},
};
use glam::{DMat3, DVec3};

use super::inputs::Inputs;

/// Published fiducials of Colin27, mm, MNI: FieldTrip's standard_1005.elc, the same numbers in MNE's
/// colin27_1005.elc.
pub(crate) const NASION: DVec3 = DVec3::new(0.0, 86.8, -40.0);
/// See [`NASION`].
pub(crate) const INION: DVec3 = DVec3::new(0.0, -118.6, -23.1);
/// See [`NASION`].
pub(crate) const LPA: DVec3 = DVec3::new(-86.1, -20.0, -48.0);
/// See [`NASION`].
pub(crate) const RPA: DVec3 = DVec3::new(85.8, -20.0, -48.0);

/// Where the image ends and the surface is no skin any more: largest |x|, largest y, smallest z, mm. One to
/// two millimetres inside the planes on which the image is cropped (|x| = 90.5, y = 91.5, z = −71.5).
pub(crate) const CROP: (f64, f64, f64) = (88.0, 89.5, -69.0);

/// What is taken from the images of one person.
pub(crate) struct Colin {
    /// Closed scalp, flat where the image is cropped.
    pub(crate) scalp: Surface,
    /// The same without what is thinner than about a centimetre, that is without the ears.
    pub(crate) bare: Surface,
    /// Outer surface of the brain.
    pub(crate) brain: Surface,
    /// Centres of the left and right eyeball.
    pub(crate) eyes: [DVec3; 2],
    /// Grey value between skin and air.
    pub(crate) threshold: f64,
}

impl Colin {
    pub(crate) fn load(inputs: &Inputs) -> Result<Self> {
        let read = |name: &str| -> Result<Volume> {
            let bytes = inputs.debian(&format!("mricron/templates/{name}.nii.gz"))?;
            Ok(nifti::read(&bytes).with_context(|| format!("{name}.nii.gz"))?.volume)
        };
        let image = read("ch2")?;
        // One and a half millimetres take the steps of the voxels off the flat vault; the same on a sphere of the
        // head's size sinks it by σ²/R, 0.03 mm.
        let smooth = Options { sigma_mm: 1.5, ..Options::default() };
        let (scalp, threshold) = extract::scalp(&image, &smooth).context("ch2's scalp")?;
        let (bare, _) = extract::scalp(&image, &Options { open_mm: 5.0, close_mm: 2.0, ..smooth })
            .context("ch2's scalp without ears")?;
        ensure!(scalp.is_watertight(), "the scalp is not closed");
        let eyes = [eyeball(&image, -1.0)?, eyeball(&image, 1.0)?];
        let brain = brain(&read("ch2bet")?)?;
        Ok(Self { scalp, bare, brain, eyes, threshold })
    }
}

/// The brain's outer surface: the brain-only image smoothed and resampled, so that gyri stay and noise goes.
fn brain(image: &Volume) -> Result<Surface> {
    let mut soft = image.clone();
    // The image is zero outside the brain; what counts is brain or not, not how bright.
    let cap = 40.0;
    for v in &mut soft.data {
        *v = v.clamp(0.0, cap);
    }
    gaussian::smooth(&mut soft, 1.0, 0.0);
    let fine = isosurface::largest_component(&isosurface::isosurface(&soft, f64::from(cap) / 2.0, 0.0)?)?;
    // A grid of two millimetres has the number of faces that is wanted.
    let step = 2.0;
    let (lo, hi) = fine.bounds();
    let dims = (hi - lo + DVec3::splat(8.0)) / step;
    let grid = Grid {
        dims: [dims.x as usize, dims.y as usize, dims.z as usize],
        linear: DMat3::from_diagonal(DVec3::splat(step)),
        offset: (lo - DVec3::splat(4.0)).round(),
    };
    let mut coarse = Volume { grid, data: Vec::with_capacity(grid.len()) };
    for k in 0..grid.dims[2] {
        for j in 0..grid.dims[1] {
            for i in 0..grid.dims[0] {
                let mm = grid.to_mm(DVec3::new(i as f64, j as f64, k as f64));
                coarse.data.push(soft.sample(mm, 0.0) as f32);
            }
        }
    }
    let coarse = isosurface::largest_component(&isosurface::isosurface(&coarse, f64::from(cap) / 2.0, 0.0)?)?;
    Ok(remesh::isotropic(&coarse, &fine, |_| 2.3, 3, remesh::Border::Keep)?)
}

/// Centre of an eyeball: the vitreous is the one large dark ball in the bright fat of the orbit.
///
/// Centroid of the dark voxels within a ball, moved to that centroid until it rests. The start is a rough
/// place read off the image; the result does not depend on its last centimetre.
fn eyeball(image: &Volume, side: f64) -> Result<DVec3> {
    let mut centre = DVec3::new(side * 33.0, 67.0, -41.0);
    for _ in 0..30 {
        let (mut sum, mut count) = (DVec3::ZERO, 0.0);
        for k in -12..=12 {
            for j in -12..=12 {
                for i in -12..=12 {
                    let d = DVec3::new(f64::from(i), f64::from(j), f64::from(k));
                    let v = image.sample(centre + d, 0.0);
                    if d.length() < 12.0 && (20.0..75.0).contains(&v) {
                        sum += d;
                        count += 1.0;
                    }
                }
            }
        }
        ensure!(count > 500.0, "no eyeball at {centre}");
        let step = sum / count;
        centre += step;
        if step.length() < 1e-3 {
            break;
        }
    }
    Ok(centre)
}
