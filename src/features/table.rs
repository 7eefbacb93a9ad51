//! A hash table that is built once and asked millions of times.

use std::hash::{BuildHasher, RandomState};
use std::hint::select_unpredictable;

use super::prefetch::prefetch;

/// Maps keys of `W` words, one or two, to numbers, with `N` entries in a bucket. `N` is chosen such that a bucket is a cache line: one read
/// answers nearly every question, whether the key is there or not, and there is no branch on what was found in it, so that many
/// questions are under way at once.
///
/// Where a key lies depends on a number drawn at random, so that no model file can be made to crowd into one place. What is
/// found does not depend on it.
#[derive(Debug, Clone)]
pub(crate) struct Table<const W: usize, const N: usize> {
    buckets: Vec<Bucket<W, N>>,
    /// Two bits of one word for each key, as a Bloom filter: it stays in the cache where the buckets do not.
    filter: Vec<u64>,
    seed: u64,
}

/// A key with its hash, which is needed more than once.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Hashed<const W: usize> {
    key: [u64; W],
    hash: u64,
}

impl<const W: usize> Hashed<W> {
    pub fn key(self) -> [u64; W] {
        self.key
    }

    /// The half of the hash that does not say in which bucket the key is.
    pub fn low_half(self) -> u32 {
        self.hash as u32
    }

    /// One bit, by which a full bucket remembers what it had no room for.
    fn class(self) -> u32 {
        1 << (self.hash % 32)
    }
}

impl<const W: usize> Default for Hashed<W> {
    /// A key that is nowhere.
    fn default() -> Self {
        Hashed {
            key: [u64::MAX; W],
            hash: 0,
        }
    }
}

#[derive(Debug, Clone)]
#[repr(align(64))]
struct Bucket<const W: usize, const N: usize> {
    keys: [[u64; W]; N],
    values: [u32; N],
    /// Which entries found no room here and went on to the next bucket: a bit for each [class](Hashed::class) of keys.
    overflown: u32,
}

impl<const W: usize, const N: usize> Bucket<W, N> {
    /// The number of `key`, or [`ABSENT`]. No branch on what is found: it would be wrong half of the time, and have to wait for the
    /// bucket, with all questions behind it.
    #[inline(always)]
    fn find(&self, key: &[u64; W]) -> u32 {
        let entries = self.keys.iter().zip(&self.values);
        entries.fold(ABSENT, |found, (other, &value)| {
            let different = other.iter().zip(key).fold(0, |different, (a, b)| different | (a ^ b));
            select_unpredictable(different == 0, value, found)
        })
    }
}

/// What is found for a key that is not there.
pub(crate) const ABSENT: u32 = u32::MAX;

/// How full buckets are on average. Fuller ones overflow often, emptier ones waste the cache.
const LOAD: f64 = 0.5;
/// Bits of the filter for each entry: one key in twenty that is not there passes it.
const FILTER_BITS: usize = 8;

impl<const W: usize, const N: usize> Table<W, N> {
    /// Marks an empty place; no key may be equal to it.
    const EMPTY: [u64; W] = [u64::MAX; W];

    /// Room for `entries`; more of them slow it down.
    pub fn with_capacity(entries: usize) -> Self {
        let empty = Bucket {
            keys: [Self::EMPTY; N],
            values: [ABSENT; N],
            overflown: 0,
        };
        Table {
            buckets: vec![empty; (entries as f64 / (N as f64 * LOAD)) as usize + 2],
            filter: vec![0; entries * FILTER_BITS / 64 + 1],
            seed: RandomState::new().hash_one(W),
        }
    }

    #[inline(always)]
    pub fn hash(&self, key: [u64; W]) -> Hashed<W> {
        const ODD: u64 = 0x9e37_79b9_7f4a_7c15;
        let [first, second] = [key[0] ^ self.seed, if W > 1 { key[W - 1] ^ ODD } else { ODD }];
        let product = u128::from(first) * u128::from(second);
        let hash = (product >> 64) as u64 ^ product as u64;
        Hashed { key, hash }
    }

    /// The bucket in which a key belongs: by the upper half of its hash.
    #[inline(always)]
    fn home(&self, key: Hashed<W>) -> usize {
        (((key.hash >> 32) * self.buckets.len() as u64) >> 32) as usize
    }

    /// The place of a key's bits in the filter: by the lower half.
    #[inline(always)]
    fn bits(&self, key: Hashed<W>) -> (usize, u64) {
        let place = u64::from(key.hash as u32) * self.filter.len() as u64;
        (
            (place >> 32) as usize,
            (1 << ((place >> 26) % 64)) | (1 << ((place >> 20) % 64)),
        )
    }

    /// Whether the key may be there; if not, it is not.
    #[inline(always)]
    pub fn may_have(&self, key: Hashed<W>) -> bool {
        let (word, bits) = self.bits(key);
        self.filter[word] & bits == bits
    }

    /// Says that [`may_have`](Table::may_have) will be asked soon.
    #[inline(always)]
    pub fn prefetch_filter(&self, key: Hashed<W>) {
        prefetch(&self.filter, self.bits(key).0);
    }

    /// Says that `key` will be asked for soon.
    #[inline(always)]
    pub fn prefetch(&self, key: Hashed<W>) {
        prefetch(&self.buckets, self.home(key));
    }

    /// The same if `soon` is true, without a branch on it.
    #[inline(always)]
    pub fn prefetch_if(&self, soon: bool, key: Hashed<W>) {
        prefetch(&self.buckets, select_unpredictable(soon, self.home(key), 0));
    }

    /// The number of `key`, or [`ABSENT`].
    #[inline(always)]
    pub fn get(&self, key: Hashed<W>) -> u32 {
        let home = self.home(key);
        let bucket = &self.buckets[home];
        let found = bucket.find(&key.key);
        if (found == ABSENT) & (bucket.overflown & key.class() != 0) {
            return self.get_beyond(home, key);
        }
        found
    }

    /// Goes on behind a bucket that had no room for all that belongs there.
    #[cold]
    fn get_beyond(&self, home: usize, key: Hashed<W>) -> u32 {
        let (before, behind) = self.buckets.split_at(home + 1);
        for bucket in behind.iter().chain(before) {
            let found = bucket.find(&key.key);
            if found != ABSENT || bucket.overflown & key.class() == 0 {
                return found;
            }
        }
        ABSENT
    }

    /// Adds keys with their numbers; a key that is there gets the new one.
    pub fn extend(&mut self, entries: impl IntoIterator<Item = ([u64; W], u32)>) {
        // Hashed some entries ahead, so that the bucket has come when it is filled.
        const AHEAD: usize = 16;
        let mut waiting = [(Hashed::default(), ABSENT); AHEAD];
        let mut next = 0;
        for (key, value) in entries {
            let key = self.hash(key);
            self.prefetch(key);
            let (earlier, number) = std::mem::replace(&mut waiting[next], (key, value));
            next = (next + 1) % AHEAD;
            self.insert(earlier, number);
        }
        for i in 0..AHEAD {
            let (key, value) = waiting[(next + i) % AHEAD];
            self.insert(key, value);
        }
    }

    fn insert(&mut self, key: Hashed<W>, value: u32) {
        if key.key == Self::EMPTY {
            return;
        }
        let (word, bits) = self.bits(key);
        self.filter[word] |= bits;
        let mut place = self.home(key);
        for _ in 0..self.buckets.len() {
            let bucket = &mut self.buckets[place];
            let free = bucket
                .keys
                .iter()
                .position(|other| *other == key.key || *other == Self::EMPTY);
            if let Some(free) = free {
                bucket.keys[free] = key.key;
                bucket.values[free] = value;
                return;
            }
            bucket.overflown |= key.class();
            place = (place + 1) % self.buckets.len();
        }
        unreachable!("a table has twice the room that it was asked for");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_is_a_cache_line() {
        assert_eq!(size_of::<Bucket<1, 5>>(), 64);
        assert_eq!(size_of::<Bucket<2, 3>>(), 64);
    }

    #[test]
    fn every_key_is_found_and_no_other() {
        let key = |i: u64| [i.wrapping_mul(0x1234_5678_9abc_def1)];
        let mut table = Table::<1, 5>::with_capacity(1000);
        // More than asked for, so that many buckets overflow.
        table.extend((0..1900).map(|i| (key(i), i as u32)));
        table.extend([(key(7), 70)]);
        let get = |key| table.get(table.hash(key));
        for i in 0..1900 {
            assert_eq!(get(key(i)), if i == 7 { 70 } else { i as u32 });
            assert!(table.may_have(table.hash(key(i))));
        }
        assert!((1900..9000).all(|i| get(key(i)) == ABSENT));
        let passed = (1900..9000).filter(|&i| table.may_have(table.hash(key(i)))).count();
        assert!(passed < 2500, "{passed}");
        assert_eq!(get([u64::MAX]), ABSENT);
        let empty = Table::<2, 3>::with_capacity(0);
        assert_eq!(empty.get(empty.hash([1, 2])), ABSENT);
    }
}
