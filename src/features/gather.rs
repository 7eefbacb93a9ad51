//! Lists that are filled anew for every few texts, in loops that must not stall.

/// Items of some texts, one text after another. Memory is kept from one use to the next.
#[derive(Debug, Clone)]
pub(super) struct ByText<T> {
    /// Those behind the last text are old.
    items: Vec<T>,
    /// Text `i` has the items `starts[i]..starts[i + 1]`.
    starts: Vec<usize>,
}

impl<T> Default for ByText<T> {
    fn default() -> Self {
        ByText {
            items: Vec::new(),
            starts: vec![0],
        }
    }
}

impl<T> ByText<T> {
    pub fn clear(&mut self) {
        self.starts.truncate(1);
    }

    fn len(&self) -> usize {
        self.starts.last().copied().unwrap_or_default()
    }

    /// Adds a text, with the items that `gather` finds.
    pub fn gather(&mut self, gather: impl FnOnce(&mut Found<'_, T>)) {
        let mut found = Found {
            count: self.len(),
            items: &mut self.items,
        };
        gather(&mut found);
        let count = found.count;
        self.starts.push(count);
    }

    /// The items of all texts.
    pub fn all(&self) -> &[T] {
        &self.items[..self.len()]
    }

    /// The items of all texts, to be changed.
    pub fn all_mut(&mut self) -> &mut [T] {
        let len = self.len();
        &mut self.items[..len]
    }

    /// The items of each text.
    pub fn texts(&self) -> impl ExactSizeIterator<Item = &[T]> + DoubleEndedIterator + Clone {
        self.starts.windows(2).map(|range| &self.items[range[0]..range[1]])
    }

    /// The items of the last text.
    pub fn last(&self) -> &[T] {
        self.texts().next_back().unwrap_or_default()
    }
}

/// Takes items without a branch: what is not wanted is overwritten by what comes next. A branch on what is just being fetched from memory
/// would have to wait for it.
pub(super) struct Found<'i, T> {
    pub items: &'i mut Vec<T>,
    pub count: usize,
}

impl<T: Copy + Default> Found<'_, T> {
    /// Makes room for `more` items.
    #[inline(always)]
    pub fn reserve(&mut self, more: usize) {
        let needed = self.count + more;
        if self.items.len() < needed {
            self.grow(needed);
        }
    }

    /// Apart, so that what seldom happens takes no room in the loops.
    #[cold]
    #[inline(never)]
    fn grow(&mut self, needed: usize) {
        self.items.resize(2 * needed, T::default());
    }

    /// Takes an item, and makes room for it.
    #[inline(always)]
    pub fn push(&mut self, item: T) {
        if self.items.len() == self.count {
            // Is not given the item: it would have to be put together in memory, and read back before that is done.
            self.grow(self.count + 1);
        }
        self.items[self.count] = item;
        self.count += 1;
    }

    /// Takes an item if it is wanted.
    ///
    /// # Panics
    /// If no room was made for it.
    #[inline(always)]
    pub fn add(&mut self, wanted: bool, item: T) {
        self.items[self.count] = item;
        self.count += usize::from(wanted);
    }

    /// Takes the items that are wanted.
    ///
    /// # Panics
    /// If `items` are more than it says.
    #[inline(always)]
    pub fn extend(&mut self, items: impl ExactSizeIterator<Item = (bool, T)>) {
        self.reserve(items.len());
        let room = &mut self.items[self.count..];
        let mut count = 0;
        for (wanted, item) in items {
            room[count] = item;
            count += usize::from(wanted);
        }
        self.count += count;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_items_are_not_seen_again() {
        let mut list = ByText::default();
        let odd = |range: std::ops::Range<u32>| {
            move |found: &mut Found<'_, u32>| found.extend(range.map(|i| (i % 2 == 1, i)))
        };
        list.gather(odd(0..6));
        list.gather(odd(0..0));
        list.gather(odd(6..10));
        assert_eq!(list.texts().collect::<Vec<_>>(), [&[1, 3, 5][..], &[], &[7, 9]]);
        list.clear();
        assert_eq!((list.all(), list.last()), (&[][..], &[][..]));
        list.gather(odd(2..4));
        assert_eq!((list.all(), list.last()), (&[3][..], &[3][..]));
    }
}
