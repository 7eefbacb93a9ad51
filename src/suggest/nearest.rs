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
    pub fn similarity(&mut self, row: (&[u32], &[f32])) -> f64 {
        self.cosines(row).map(|(_, cosine)| cosine).fold(0.0, f64::max)
    }

    /// The sum of the cosines of a row of length 1 and the `count` most similar rows here but `itself`.
    pub fn sum_of_similarities(&mut self, row: (&[u32], &[f32]), itself: Option<usize>, count: usize) -> f64 {
        let others = self.cosines(row).filter(|&(number, _)| Some(number) != itself);
        let mut cosines: Vec<f64> = others.map(|(_, cosine)| cosine).collect();
        if cosines.len() > count {
            cosines.select_nth_unstable_by(count, |a, b| b.total_cmp(a));
            cosines.truncate(count);
        }
        cosines.iter().sum()
    }

    /// The number and the cosine of each row that has a term in common with a row of length 1.
    fn cosines(&mut self, (columns, values): (&[u32], &[f32])) -> impl Iterator<Item = (usize, f64)> + '_ {
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
            .map(|number| (number as usize, std::mem::take(&mut products[number as usize])))
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

    #[test]
    fn the_sum_is_over_the_most_similar_others() {
        let mut nearest = Nearest::new(4);
        nearest.add((&[0, 1], &[0.6, 0.8]));
        nearest.add((&[1, 2], &[0.8, 0.6]));
        nearest.add((&[1], &[1.0]));
        let row: (&[u32], &[f32]) = (&[0, 1], &[0.6, 0.8]);
        for (itself, count, sum) in [
            (Some(0), 1, 0.8),
            (Some(0), 2, 0.8 + 0.64),
            (Some(0), 4, 0.8 + 0.64),
            (None, 2, 1.0 + 0.8),
        ] {
            let found = nearest.sum_of_similarities(row, itself, count);
            assert!((found - sum).abs() < 1e-6, "{found} for {sum}");
        }
    }
}
