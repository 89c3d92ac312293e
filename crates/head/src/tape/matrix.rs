//! Matrices of a handful of rows.

use std::ops::{Index, IndexMut};

/// A dense matrix, row by row.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Matrix {
    rows: usize,
    columns: usize,
    a: Vec<f64>,
}

impl Matrix {
    pub(super) fn zeros(rows: usize, columns: usize) -> Self {
        Self { rows, columns, a: vec![0.0; rows * columns] }
    }

    pub(super) fn from_fn(rows: usize, columns: usize, f: impl Fn(usize, usize) -> f64) -> Self {
        let a = (0..rows * columns).map(|n| f(n / columns, n % columns)).collect();
        Self { rows, columns, a }
    }

    pub(super) fn column(v: &[f64]) -> Self {
        Self { rows: v.len(), columns: 1, a: v.to_vec() }
    }

    pub(super) fn transposed(&self) -> Self {
        Self::from_fn(self.columns, self.rows, |i, j| self[(j, i)])
    }

    pub(super) fn times(&self, other: &Self) -> Self {
        debug_assert_eq!(self.columns, other.rows);
        Self::from_fn(self.rows, other.columns, |i, j| {
            (0..self.columns).map(|k| self[(i, k)] * other[(k, j)]).sum()
        })
    }

    pub(super) fn minus(&self, other: &Self) -> Self {
        Self::from_fn(self.rows, self.columns, |i, j| self[(i, j)] - other[(i, j)])
    }

    /// `self⁻¹ · b` by elimination with row exchange; `None` where `self` is singular to working precision.
    pub(super) fn solve(&self, b: &Self) -> Option<Self> {
        let n = self.rows;
        debug_assert!(n == self.columns && n == b.rows);
        let (mut a, mut x) = (self.clone(), b.clone());
        let scale = self.a.iter().fold(0.0_f64, |m, v| m.max(v.abs()));
        for c in 0..n {
            let pivot = (c..n).max_by(|&i, &j| a[(i, c)].abs().total_cmp(&a[(j, c)].abs()))?;
            let size = a[(pivot, c)].abs();
            if size.is_nan() || size <= 1e-13 * scale {
                return None;
            }
            a.exchange(c, pivot);
            x.exchange(c, pivot);
            for i in 0..n {
                if i != c {
                    let f = a[(i, c)] / a[(c, c)];
                    for j in c..n {
                        a[(i, j)] -= f * a[(c, j)];
                    }
                    for j in 0..x.columns {
                        x[(i, j)] -= f * x[(c, j)];
                    }
                }
            }
        }
        for i in 0..n {
            for j in 0..x.columns {
                x[(i, j)] /= a[(i, i)];
            }
        }
        Some(x)
    }

    fn exchange(&mut self, i: usize, j: usize) {
        for k in 0..self.columns {
            self.a.swap(i * self.columns + k, j * self.columns + k);
        }
    }
}

impl Index<(usize, usize)> for Matrix {
    type Output = f64;
    fn index(&self, (i, j): (usize, usize)) -> &f64 {
        &self.a[i * self.columns + j]
    }
}

impl IndexMut<(usize, usize)> for Matrix {
    fn index_mut(&mut self, (i, j): (usize, usize)) -> &mut f64 {
        &mut self.a[i * self.columns + j]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn solving_undoes_multiplying() {
        let a = Matrix::from_fn(4, 4, |i, j| 1.0 / (1.0 + i as f64 + 2.0 * j as f64) - f64::from(i == j));
        let x = Matrix::from_fn(4, 2, |i, j| i as f64 - 2.0 * j as f64);
        let found = a.solve(&a.times(&x)).unwrap();
        for i in 0..4 {
            for j in 0..2 {
                assert!((found[(i, j)] - x[(i, j)]).abs() < 1e-12);
            }
        }
        assert_eq!(Matrix::from_fn(2, 2, |i, _| i as f64).solve(&Matrix::column(&[1.0, 1.0])), None);
        assert_eq!(Matrix::from_fn(1, 1, |_, _| f64::NAN).solve(&Matrix::column(&[1.0])), None);
    }
}
