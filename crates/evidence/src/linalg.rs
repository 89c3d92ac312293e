//! Small dense matrices: what meta-regression with a few moderators needs, and no more.

/// A dense matrix, stored by rows.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Matrix {
    rows: usize,
    columns: usize,
    values: Vec<f64>,
}

impl Matrix {
    /// A matrix of zeros.
    pub fn zeros(rows: usize, columns: usize) -> Matrix {
        Matrix { rows, columns, values: vec![0.0; rows * columns] }
    }

    /// From columns of equal length (the length of the first decides; missing values are 0).
    pub fn from_columns(columns: &[Vec<f64>]) -> Matrix {
        let rows = columns.first().map_or(0, Vec::len);
        let mut matrix = Matrix::zeros(rows, columns.len());
        for (j, column) in columns.iter().enumerate() {
            for (i, value) in column.iter().take(rows).enumerate() {
                matrix.set(i, j, *value);
            }
        }
        matrix
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Number of columns.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// One value.
    pub fn get(&self, row: usize, column: usize) -> f64 {
        self.values[row * self.columns + column]
    }

    /// Sets one value.
    pub fn set(&mut self, row: usize, column: usize, value: f64) {
        self.values[row * self.columns + column] = value;
    }

    /// One row.
    pub fn row(&self, row: usize) -> &[f64] {
        &self.values[row * self.columns..(row + 1) * self.columns]
    }

    /// Adds `scale x xᵀ` to a square matrix.
    pub fn add_outer(&mut self, x: &[f64], scale: f64) {
        for (row, xi) in self.values.chunks_exact_mut(self.columns.max(1)).zip(x) {
            let factor = scale * xi;
            for (value, xj) in row.iter_mut().zip(x) {
                *value += factor * xj;
            }
        }
    }

    /// The transpose.
    pub fn transposed(&self) -> Matrix {
        let mut t = Matrix::zeros(self.columns, self.rows);
        for i in 0..self.rows {
            for j in 0..self.columns {
                t.set(j, i, self.get(i, j));
            }
        }
        t
    }

    /// The product with another matrix.
    pub fn times(&self, other: &Matrix) -> Matrix {
        let mut product = Matrix::zeros(self.rows, other.columns);
        for i in 0..self.rows {
            for l in 0..self.columns {
                let factor = self.get(i, l);
                for j in 0..other.columns {
                    product.values[i * other.columns + j] += factor * other.get(l, j);
                }
            }
        }
        product
    }

    /// The product with a vector.
    pub fn times_vector(&self, x: &[f64]) -> Vec<f64> {
        (0..self.rows).map(|i| dot(self.row(i), x)).collect()
    }

    /// Trace of the product with another matrix.
    pub fn trace_of_product(&self, other: &Matrix) -> f64 {
        (0..self.rows).map(|i| (0..self.columns).map(|j| self.get(i, j) * other.get(j, i)).sum::<f64>()).sum()
    }

    /// The lower Cholesky factor of a symmetric positive definite matrix, or `None` if it is not one.
    pub fn cholesky(&self) -> Option<Matrix> {
        let n = self.rows;
        let mut l = Matrix::zeros(n, n);
        for j in 0..n {
            let pivot = self.get(j, j) - l.row(j)[..j].iter().map(|x| x * x).sum::<f64>();
            if pivot.is_nan() || pivot <= 0.0 {
                return None;
            }
            let root = pivot.sqrt();
            l.set(j, j, root);
            for i in j + 1..n {
                let rest = self.get(i, j) - dot(&l.row(i)[..j], &l.row(j)[..j]);
                l.set(i, j, rest / root);
            }
        }
        Some(l)
    }

    /// The inverse and the logarithm of the determinant of a symmetric positive definite matrix.
    pub fn spd_inverse(&self) -> Option<(Matrix, f64)> {
        let l = self.cholesky()?;
        let n = self.rows;
        let ln_determinant = 2.0 * (0..n).map(|i| libm::log(l.get(i, i))).sum::<f64>();
        let mut inverse = Matrix::zeros(n, n);
        for column in 0..n {
            let mut x = vec![0.0; n];
            for i in 0..n {
                let unit = f64::from(u8::from(i == column));
                x[i] = (unit - dot(&l.row(i)[..i], &x[..i])) / l.get(i, i);
            }
            for i in (0..n).rev() {
                let rest: f64 = (i + 1..n).map(|m| l.get(m, i) * x[m]).sum();
                x[i] = (x[i] - rest) / l.get(i, i);
            }
            for (i, value) in x.into_iter().enumerate() {
                inverse.set(i, column, value);
            }
        }
        Some((inverse, ln_determinant))
    }

    /// The inverse of an upper triangular matrix without zeros on its diagonal.
    pub fn upper_inverse(&self) -> Matrix {
        let n = self.rows;
        let mut inverse = Matrix::zeros(n, n);
        for column in 0..n {
            for i in (0..=column).rev() {
                let unit = f64::from(u8::from(i == column));
                let rest: f64 = (i + 1..=column).map(|m| self.get(i, m) * inverse.get(m, column)).sum();
                inverse.set(i, column, (unit - rest) / self.get(i, i));
            }
        }
        inverse
    }

    /// Thin QR decomposition by Gram and Schmidt's process run twice, which keeps Q orthogonal to rounding.
    ///
    /// # Errors
    /// The index of the first column that depends on those before it.
    pub fn qr(&self) -> Result<(Matrix, Matrix), usize> {
        let (n, p) = (self.rows, self.columns);
        let mut q: Vec<Vec<f64>> = Vec::with_capacity(p);
        let mut r = Matrix::zeros(p, p);
        for j in 0..p {
            let mut column: Vec<f64> = (0..n).map(|i| self.get(i, j)).collect();
            let before = dot(&column, &column).sqrt();
            for _ in 0..2 {
                for (i, basis) in q.iter().enumerate() {
                    let along = dot(basis, &column);
                    r.set(i, j, r.get(i, j) + along);
                    for (c, b) in column.iter_mut().zip(basis) {
                        *c -= along * b;
                    }
                }
            }
            let norm = dot(&column, &column).sqrt();
            if norm.is_nan() || norm <= 1e-11 * before {
                return Err(j);
            }
            r.set(j, j, norm);
            column.iter_mut().for_each(|c| *c /= norm);
            q.push(column);
        }
        Ok((Matrix::from_columns(&q), r))
    }

    /// Eigenvalues and eigenvectors (columns) of a symmetric matrix by Jacobi's rotations.
    pub fn symmetric_eigen(&self) -> (Vec<f64>, Matrix) {
        let n = self.rows;
        let mut a = self.clone();
        let mut v = Matrix::zeros(n, n);
        for i in 0..n {
            v.set(i, i, 1.0);
        }
        for _ in 0..100 {
            let off: f64 =
                (0..n).flat_map(|i| (0..i).map(move |j| (i, j))).map(|(i, j)| a.get(i, j).powi(2)).sum();
            let scale: f64 = (0..n).map(|i| a.get(i, i).powi(2)).sum();
            if off <= 1e-32 * scale || off == 0.0 {
                break;
            }
            for p in 0..n {
                for q in p + 1..n {
                    if a.get(p, q) == 0.0 {
                        continue;
                    }
                    let theta = (a.get(q, q) - a.get(p, p)) / (2.0 * a.get(p, q));
                    let t = theta.signum() / (theta.abs() + (theta * theta + 1.0).sqrt());
                    let t = if theta == 0.0 { 1.0 } else { t };
                    let c = 1.0 / (t * t + 1.0).sqrt();
                    let s = t * c;
                    for i in 0..n {
                        let (x, y) = (a.get(i, p), a.get(i, q));
                        a.set(i, p, c * x - s * y);
                        a.set(i, q, s * x + c * y);
                    }
                    for i in 0..n {
                        let (x, y) = (a.get(p, i), a.get(q, i));
                        a.set(p, i, c * x - s * y);
                        a.set(q, i, s * x + c * y);
                        let (x, y) = (v.get(i, p), v.get(i, q));
                        v.set(i, p, c * x - s * y);
                        v.set(i, q, s * x + c * y);
                    }
                }
            }
        }
        ((0..n).map(|i| a.get(i, i)).collect(), v)
    }
}

/// The inner product of two vectors.
pub fn dot(x: &[f64], y: &[f64]) -> f64 {
    x.iter().zip(y).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example() -> Matrix {
        Matrix::from_columns(&[vec![4.0, 2.0, 0.6], vec![2.0, 5.0, 1.5], vec![0.6, 1.5, 3.8]])
    }

    #[test]
    fn inverse_times_matrix_is_one() {
        let (inverse, ln_determinant) = example().spd_inverse().unwrap();
        let product = inverse.times(&example());
        for i in 0..3 {
            for j in 0..3 {
                let want = f64::from(u8::from(i == j));
                assert!((product.get(i, j) - want).abs() < 1e-14);
            }
        }
        // 4(5*3.8 - 2.25) - 2(2*3.8 - 0.9) + 0.6(3 - 3)
        assert!((ln_determinant.exp() - 53.6).abs() < 1e-12);
    }

    #[test]
    fn eigenvalues_sum_to_the_trace_and_rebuild_the_matrix() {
        let (values, vectors) = example().symmetric_eigen();
        assert!((values.iter().sum::<f64>() - 12.8).abs() < 1e-13);
        for i in 0..3 {
            for j in 0..3 {
                let got: f64 = (0..3).map(|m| values[m] * vectors.get(i, m) * vectors.get(j, m)).sum();
                assert!((got - example().get(i, j)).abs() < 1e-13);
            }
        }
    }

    #[test]
    fn a_dependent_column_is_named() {
        let m = Matrix::from_columns(&[vec![1.0, 1.0, 1.0], vec![1.0, 2.0, 3.0], vec![3.0, 5.0, 7.0]]);
        assert_eq!(m.qr().unwrap_err(), 2);
    }

    #[test]
    fn what_is_not_positive_definite_has_no_factor() {
        let m = Matrix::from_columns(&[vec![1.0, 2.0], vec![2.0, 1.0]]);
        assert!(m.cholesky().is_none());
    }
}
