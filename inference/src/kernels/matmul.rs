//! A safe face on the `gemm` crate.

/// A read-only matrix view with any strides; rows may overlap, which is how a convolution reads its windows in place.
#[derive(Clone, Copy)]
pub struct Matrix<'a> {
    data: &'a [f32],
    rows: usize,
    columns: usize,
    row_stride: usize,
    column_stride: usize,
}

impl<'a> Matrix<'a> {
    /// `rows`×`columns`, row after row.
    pub fn row_major(data: &'a [f32], rows: usize, columns: usize) -> Self {
        Self::strided(data, rows, columns, columns)
    }

    /// Rows of `columns` values each, the next row starting `row_stride` values later.
    ///
    /// # Panics
    /// If the view reaches beyond `data`.
    pub fn strided(data: &'a [f32], rows: usize, columns: usize, row_stride: usize) -> Self {
        let reach = if rows * columns == 0 { 0 } else { (rows - 1) * row_stride + columns };
        assert!(reach <= data.len(), "a view of {reach} values over {} of them", data.len());
        Self { data, rows, columns, row_stride, column_stride: 1 }
    }

    /// The same values, rows and columns exchanged.
    pub fn transposed(self) -> Self {
        Self {
            rows: self.columns,
            columns: self.rows,
            row_stride: self.column_stride,
            column_stride: self.row_stride,
            ..self
        }
    }
}

/// C ← A·B, or C ← C + A·B if `accumulate`; C is row-major.
///
/// One thread, so the order of every sum depends on the sizes alone.
///
/// # Panics
/// If the shapes do not fit.
pub fn matmul(c: &mut [f32], a: Matrix, b: Matrix, accumulate: bool) {
    let (m, k, n) = (a.rows, a.columns, b.columns);
    assert_eq!(k, b.rows, "inner extents");
    assert_eq!(c.len(), m * n, "extent of the product");
    if m * n == 0 {
        return;
    }
    // SAFETY: `Matrix` can only be built when its furthest element lies inside its slice, `transposed` keeps the same
    // set of elements, and C has exactly m·n values and is borrowed mutably, so it aliases neither A nor B.
    unsafe {
        gemm::gemm(
            m,
            n,
            k,
            c.as_mut_ptr(),
            1,
            n as isize,
            accumulate,
            a.data.as_ptr(),
            a.column_stride as isize,
            a.row_stride as isize,
            b.data.as_ptr(),
            b.column_stride as isize,
            b.row_stride as isize,
            1.0,
            1.0,
            false,
            false,
            false,
            gemm::Parallelism::None,
        );
    }
}
