//! Images and label images: a grid of voxels with its place in space.

use std::collections::BTreeMap;

use glam::{DMat3, DVec3};
use thiserror::Error;

use crate::frame::{Mni, Point};

/// Voxel-to-millimetre map: `mm = linear · (i, j, k) + offset`, RAS.
///
/// Voxel (0, 0, 0) is the *centre* of the first voxel, as in NIfTI-1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Grid {
    /// Number of voxels along i, j, k; i runs fastest in memory.
    pub dims: [usize; 3],
    /// Linear part, mm per voxel.
    pub linear: DMat3,
    /// Position of voxel (0, 0, 0), mm.
    pub offset: DVec3,
}

impl Grid {
    /// Number of voxels.
    pub fn len(&self) -> usize {
        self.dims.iter().product()
    }

    /// Whether there is no voxel.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Place of voxel (i, j, k) in memory; the caller keeps the indices in range.
    pub fn index(&self, i: usize, j: usize, k: usize) -> usize {
        i + self.dims[0] * (j + self.dims[1] * k)
    }

    /// Position in mm of a (fractional) voxel index.
    pub fn to_mm(&self, ijk: DVec3) -> DVec3 {
        self.linear * ijk + self.offset
    }

    /// Fractional voxel index of a position in mm. Not finite where the grid is degenerate.
    pub fn to_voxel(&self, mm: DVec3) -> DVec3 {
        self.linear.inverse() * (mm - self.offset)
    }

    /// Edge lengths of a voxel, mm.
    pub fn voxel_mm(&self) -> [f64; 3] {
        [self.linear.x_axis.length(), self.linear.y_axis.length(), self.linear.z_axis.length()]
    }

    /// The voxel whose centre is nearest to a position, or `None` outside the grid.
    pub fn voxel_at(&self, mm: DVec3) -> Option<[usize; 3]> {
        let v = self.to_voxel(mm).round();
        let mut out = [0; 3];
        for (a, (x, n)) in v.to_array().into_iter().zip(self.dims).enumerate() {
            // Comparison is false for NaN, so that a degenerate grid answers None.
            if !(x >= 0.0 && x < n as f64) {
                return None;
            }
            out[a] = x as usize;
        }
        Some(out)
    }
}

/// A scalar image.
#[derive(Clone, Debug)]
pub struct Volume {
    /// Where the voxels are.
    pub grid: Grid,
    /// Values, i fastest.
    pub data: Vec<f32>,
}

impl Volume {
    /// Value at a voxel, or `outside` beyond the grid.
    pub fn get(&self, i: isize, j: isize, k: isize, outside: f32) -> f32 {
        let [x, y, z] = self.grid.dims;
        if i < 0 || j < 0 || k < 0 || i as usize >= x || j as usize >= y || k as usize >= z {
            return outside;
        }
        self.data[self.grid.index(i as usize, j as usize, k as usize)]
    }

    /// Trilinear interpolation at a position in mm; `outside` is taken for voxels beyond the grid.
    pub fn sample(&self, mm: DVec3, outside: f32) -> f64 {
        let v = self.grid.to_voxel(mm);
        if !v.is_finite() {
            return f64::from(outside);
        }
        let base = v.floor();
        let t = v - base;
        let (i, j, k) = (base.x as isize, base.y as isize, base.z as isize);
        let mut sum = 0.0;
        for (di, wx) in [(0, 1.0 - t.x), (1, t.x)] {
            for (dj, wy) in [(0, 1.0 - t.y), (1, t.y)] {
                for (dk, wz) in [(0, 1.0 - t.z), (1, t.z)] {
                    sum += wx
                        * wy
                        * wz
                        * f64::from(self.get(
                            i.saturating_add(di),
                            j.saturating_add(dj),
                            k.saturating_add(dk),
                            outside,
                        ));
                }
            }
        }
        sum
    }
}

/// Why a volume is not a label image.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum LabelError {
    /// A voxel is not a whole number from 0 to 65 535.
    #[error("voxel ({i}, {j}, {k}) has the value {value}; a label must be a whole number from 0 to 65535")]
    NotALabel {
        /// Voxel index along i.
        i: usize,
        /// Voxel index along j.
        j: usize,
        /// Voxel index along k.
        k: usize,
        /// The value found.
        value: f32,
    },
    /// A line of the name table is not "number name …".
    #[error("line {line} of the label names is {found:?}; expected a label number, a space and a name")]
    BadName {
        /// Line, from 1.
        line: usize,
        /// What is there.
        found: String,
    },
}

/// A label image in MNI space, with names. Label 0 is "outside".
#[derive(Clone, Debug)]
pub struct LabelVolume {
    /// Where the voxels are, mm in MNI space.
    pub grid: Grid,
    /// Labels, i fastest.
    pub labels: Vec<u16>,
    /// Names by label; a label without a name is allowed.
    pub names: BTreeMap<u16, String>,
}

impl LabelVolume {
    /// Takes an image of whole numbers for labels.
    ///
    /// # Errors
    /// [`LabelError::NotALabel`] names the first voxel that is not a whole number in range.
    pub fn from_volume(volume: &Volume, names: BTreeMap<u16, String>) -> Result<Self, LabelError> {
        let mut labels = Vec::with_capacity(volume.data.len());
        for (n, &value) in volume.data.iter().enumerate() {
            if !(0.0..=65_535.0).contains(&value) || value.fract() != 0.0 {
                let [x, y, _] = volume.grid.dims;
                return Err(LabelError::NotALabel { i: n % x, j: n / x % y, k: n / x / y, value });
            }
            labels.push(value as u16);
        }
        Ok(Self { grid: volume.grid, labels, names })
    }

    /// The label at a position, by nearest voxel; 0 outside the grid.
    pub fn label_at(&self, at: Point<Mni>) -> u16 {
        self.grid.voxel_at(at.mm).map_or(0, |[i, j, k]| self.labels[self.grid.index(i, j, k)])
    }

    /// The label other than 0 whose voxel centre is nearest within `radius_mm`, with its distance in mm.
    ///
    /// Ties go to the smaller label.
    pub fn nearest(&self, at: Point<Mni>, radius_mm: f64) -> Option<(u16, f64)> {
        if !(at.mm.is_finite() && radius_mm >= 0.0) {
            return None;
        }
        let centre = self.grid.to_voxel(at.mm);
        let inverse = self.grid.linear.inverse();
        if !(centre.is_finite() && inverse.is_finite()) {
            return None;
        }
        // Half extents of the box around the ball, in voxels: the rows of the inverse give how far the index
        // moves at most for one millimetre.
        let reach =
            DVec3::new(inverse.row(0).length(), inverse.row(1).length(), inverse.row(2).length()) * radius_mm;
        let range = |c: f64, r: f64, n: usize| {
            let lo = libm::ceil(c - r).max(0.0);
            let hi = libm::floor(c + r).min(n as f64 - 1.0);
            if lo > hi { 0..0 } else { lo as usize..hi as usize + 1 }
        };
        let mut best: Option<(u16, f64)> = None;
        for k in range(centre.z, reach.z, self.grid.dims[2]) {
            for j in range(centre.y, reach.y, self.grid.dims[1]) {
                for i in range(centre.x, reach.x, self.grid.dims[0]) {
                    let label = self.labels[self.grid.index(i, j, k)];
                    if label == 0 {
                        continue;
                    }
                    let d = self.grid.to_mm(DVec3::new(i as f64, j as f64, k as f64)).distance(at.mm);
                    if d <= radius_mm && best.is_none_or(|(l, b)| d < b || (d == b && label < l)) {
                        best = Some((label, d));
                    }
                }
            }
        }
        best
    }

    /// Name of a label, where the table has one.
    pub fn name(&self, label: u16) -> Option<&str> {
        self.names.get(&label).map(String::as_str)
    }
}

/// Reads a table of label names: one "number name [anything]" a line, as in MRIcron's `aal.nii.txt`.
///
/// # Errors
/// [`LabelError::BadName`] names the first line that is neither empty nor of that form.
pub fn parse_label_names(text: &str) -> Result<BTreeMap<u16, String>, LabelError> {
    let mut names = BTreeMap::new();
    for (n, line) in text.lines().enumerate() {
        let mut words = line.split_whitespace();
        let Some(first) = words.next() else { continue };
        match (first.parse(), words.next()) {
            (Ok(label), Some(name)) => {
                names.insert(label, name.to_owned());
            }
            _ => return Err(LabelError::BadName { line: n + 1, found: line.chars().take(80).collect() }),
        }
    }
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grid() -> Grid {
        Grid {
            dims: [4, 3, 2],
            linear: DMat3::from_diagonal(DVec3::new(2.0, 1.0, 3.0)),
            offset: DVec3::new(-3.0, 0.0, 1.0),
        }
    }

    #[test]
    fn voxel_and_mm_are_inverse() {
        let g = grid();
        for v in [DVec3::new(0.0, 0.0, 0.0), DVec3::new(3.0, 2.0, 1.0), DVec3::new(1.5, 0.25, 0.5)] {
            assert!(g.to_voxel(g.to_mm(v)).distance(v) < 1e-12);
        }
        assert_eq!(g.voxel_at(DVec3::new(3.2, 2.1, 3.9)), Some([3, 2, 1]));
        assert_eq!(g.voxel_at(DVec3::new(30.0, 0.0, 0.0)), None);
        assert_eq!(g.voxel_at(DVec3::NAN), None);
    }

    #[test]
    fn trilinear_reproduces_a_linear_image() {
        let g = grid();
        let f = |p: DVec3| 2.0 * p.x - p.y + 0.5 * p.z;
        let mut data = Vec::new();
        for k in 0..2 {
            for j in 0..3 {
                for i in 0..4 {
                    data.push(f(g.to_mm(DVec3::new(f64::from(i), f64::from(j), f64::from(k)))) as f32);
                }
            }
        }
        let v = Volume { grid: g, data };
        let p = DVec3::new(0.3, 1.4, 2.2);
        assert!((v.sample(p, 0.0) - f(p)).abs() < 1e-5);
        assert_eq!(v.sample(DVec3::splat(1e9), 7.0), 7.0);
    }

    #[test]
    fn nearest_label_is_the_exhaustive_one() {
        let g = grid();
        let mut labels = vec![0_u16; 24];
        labels[g.index(3, 2, 1)] = 5;
        labels[g.index(0, 0, 0)] = 9;
        let l = LabelVolume { grid: g, labels, names: BTreeMap::new() };
        let at = Point::ras(0.0, 1.0, 2.0);
        let d5 = g.to_mm(DVec3::new(3.0, 2.0, 1.0)).distance(at.mm);
        let d9 = g.to_mm(DVec3::ZERO).distance(at.mm);
        assert!(d9 < d5);
        assert_eq!(l.nearest(at, 50.0), Some((9, d9)));
        assert_eq!(l.nearest(at, d9 * 0.99), None);
        assert_eq!(l.nearest(Point::new(DVec3::NAN), 5.0), None);
        assert_eq!(l.label_at(Point::ras(3.1, 2.0, 4.0)), 5);
        assert_eq!(l.label_at(Point::ras(300.0, 2.0, 4.0)), 0);
    }

    #[test]
    fn names_are_read_and_nonsense_is_refused() {
        let t = parse_label_names("1 Precentral_L 2001\n\n2 Precentral_R 2002\n").unwrap();
        assert_eq!(t[&2], "Precentral_R");
        assert_eq!(
            parse_label_names("1 A\nx B"),
            Err(LabelError::BadName { line: 2, found: "x B".to_owned() })
        );
        let v = Volume { grid: grid(), data: vec![0.5; 24] };
        assert!(LabelVolume::from_volume(&v, BTreeMap::new()).is_err());
    }
}
