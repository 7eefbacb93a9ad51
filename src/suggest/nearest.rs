//! How like a row is to the most similar of many.

/// Rows to compare with, by column, so that only rows with a common term are met.
#[derive(Debug, Default)]
pub(super) struct Nearest {
    /// For each column the rows that have it, and their values.
    rows_with: Vec<Vec<(u32, f32)>>,
    /// Room for one product for each row; all zero between calls.
    products: Vec<f64>,
    touched: Vec<u32>,
}

impl Nearest {
    /// No rows yet, `columns` wide.
    pub fn new(columns: usize) -> Self {
        Nearest {
            rows_with: vec![Vec::new(); columns],
            ..Nearest::default()
        }
    }

    /// Adds a row of length 1.
    pub fn add(&mut self, (columns, values): (&[u32], &[f32])) {
        let number = self.products.len() as u32;
        self.products.push(0.0);
        for (&column, &value) in columns.iter().zip(values) {
            self.rows_with[column as usize].push((number, value));
        }
    }

    /// The cosine of a row of length 1 and the most similar row here; 0 if none has a common term.
    pub fn similarity(&mut self, (columns, values): (&[u32], &[f32])) -> f64 {
        for (&column, &value) in columns.iter().zip(values) {
            for &(number, other) in &self.rows_with[column as usize] {
                let product = &mut self.products[number as usize];
                if *product == 0.0 {
                    self.touched.push(number);
                }
                *product += f64::from(value) * f64::from(other);
            }
        }
        let products = &mut self.products;
        self.touched
            .drain(..)
            .map(|number| std::mem::take(&mut products[number as usize]))
            .fold(0.0, f64::max)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_similar_row_counts_and_nothing_is_left_over() {
        let mut nearest = Nearest::new(4);
        assert_eq!(nearest.similarity((&[0], &[1.0])), 0.0);
        nearest.add((&[0, 1], &[0.6, 0.8]));
        nearest.add((&[1, 2], &[0.8, 0.6]));
        for _ in 0..2 {
            let cosine = nearest.similarity((&[0, 1], &[0.6, 0.8]));
            assert!((cosine - 1.0).abs() < 1e-6, "{cosine}");
            let cosine = nearest.similarity((&[2, 3], &[0.6, 0.8]));
            assert!((cosine - 0.36).abs() < 1e-6, "{cosine}");
        }
        assert_eq!(nearest.similarity((&[3], &[1.0])), 0.0);
    }
}
