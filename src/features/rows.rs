//! Sparse rows: a samples × features matrix that stores only what is not zero.

use crate::parallel::map;

/// A matrix in compressed sparse row form.
///
/// Shape: `rows() × columns()`. Row `i` holds the columns `indices[starts[i]..starts[i + 1]]`, strictly ascending, and as many
/// values. With the feature `train` it is linfa's [`Records`](https://docs.rs/linfa/0.8/linfa/dataset/trait.Records.html).
#[derive(Debug, Clone, PartialEq)]
pub struct SparseRows {
    columns: usize,
    starts: Vec<usize>,
    indices: Vec<u32>,
    values: Vec<f32>,
}

impl SparseRows {
    /// No rows yet, `columns` wide.
    pub fn new(columns: usize) -> Self {
        SparseRows {
            columns,
            starts: vec![0],
            indices: Vec::new(),
            values: Vec::new(),
        }
    }

    /// Adds a row.
    ///
    /// # Panics
    /// If the columns are not strictly ascending or not below [`columns`](Self::columns), or if `indices` and `values`
    /// differ in length.
    pub fn push(&mut self, indices: &[u32], values: &[f32]) {
        assert_eq!(indices.len(), values.len(), "one value for each column");
        assert!(indices.is_sorted_by(|a, b| a < b), "columns must ascend");
        assert!(
            indices.last().is_none_or(|&last| (last as usize) < self.columns),
            "a column lies outside of the matrix"
        );
        self.indices.extend_from_slice(indices);
        self.values.extend_from_slice(values);
        self.starts.push(self.indices.len());
    }

    /// All rows of `parts`, in order.
    ///
    /// # Panics
    /// If a part is not `columns` wide.
    pub(super) fn concat(columns: usize, parts: Vec<SparseRows>) -> Self {
        let non_zeros = parts.iter().map(SparseRows::non_zeros).sum();
        let mut all = SparseRows::new(columns);
        all.indices = vec![0; non_zeros];
        all.values = vec![0.0; non_zeros];
        all.starts.reserve_exact(parts.iter().map(SparseRows::rows).sum());
        let (mut indices, mut values) = (&mut all.indices[..], &mut all.values[..]);
        let mut copies = Vec::with_capacity(parts.len());
        for part in parts {
            assert_eq!(part.columns, columns, "the matrices differ in width");
            let offset = all.starts[all.starts.len() - 1];
            all.starts.extend(part.starts[1..].iter().map(|start| start + offset));
            let (to_indices, to_values);
            (to_indices, indices) = indices.split_at_mut(part.non_zeros());
            (to_values, values) = values.split_at_mut(part.non_zeros());
            copies.push((part, to_indices, to_values));
        }
        // Each part is given back as soon as it is copied.
        map(copies, |(part, indices, values)| {
            indices.copy_from_slice(&part.indices);
            values.copy_from_slice(&part.values);
        });
        all
    }

    /// The number of rows.
    pub fn rows(&self) -> usize {
        self.starts.len() - 1
    }

    /// The number of columns.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// The number of stored values.
    pub fn non_zeros(&self) -> usize {
        self.values.len()
    }

    /// The columns and values of row `i`.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn row(&self, i: usize) -> (&[u32], &[f32]) {
        let range = self.starts[i]..self.starts[i + 1];
        (&self.indices[range.clone()], &self.values[range])
    }

    /// The row as (column, value) pairs.
    pub fn entries(&self, i: usize) -> impl Iterator<Item = (usize, f32)> + '_ {
        let (indices, values) = self.row(i);
        indices.iter().map(|&j| j as usize).zip(values.iter().copied())
    }

    /// Whether every value is a finite number.
    pub fn is_finite(&self) -> bool {
        self.values.iter().all(|v| v.is_finite())
    }

    /// The rows named by `rows`, in that order.
    ///
    /// # Panics
    /// If one of them does not exist.
    pub fn select(&self, rows: &[usize]) -> SparseRows {
        let mut selected = SparseRows::new(self.columns);
        for &i in rows {
            let (indices, values) = self.row(i);
            selected.push(indices, values);
        }
        selected
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_come_back_as_they_went_in() {
        let mut rows = SparseRows::new(4);
        rows.push(&[1, 3], &[0.5, 2.0]);
        rows.push(&[], &[]);
        let mut more = SparseRows::new(4);
        more.push(&[0], &[1.0]);
        let rows = SparseRows::concat(4, vec![rows, more]);
        assert_eq!((rows.rows(), rows.columns(), rows.non_zeros()), (3, 4, 3));
        assert_eq!(rows.row(0), (&[1u32, 3][..], &[0.5f32, 2.0][..]));
        assert_eq!(rows.row(2).0, [0]);
        assert_eq!(rows.select(&[2, 0]).row(1), rows.row(0));
    }

    #[test]
    #[should_panic(expected = "columns must ascend")]
    fn a_column_twice_is_a_bug() {
        SparseRows::new(4).push(&[1, 1], &[1.0, 1.0]);
    }
}
