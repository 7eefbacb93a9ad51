//! The model file.
//!
//! | bytes | what |
//! | --- | --- |
//! | 8 | the magic, `demarche` |
//! | 4 | format version, 1 |
//! | 4 | length of the card |
//! | … | the card: JSON, readable with `head` |
//! | 8 | length of the arrays |
//! | 32 | BLAKE3 of all other bytes of the file |
//! | … | the arrays |
//!
//! All numbers are little-endian. The arrays, each with its length (u32) first: words and their forms (each a list of
//! lengths in bytes, u16, then UTF-8), the number of forms of each word (one byte), n-grams (two u32 each), one byte for each node that says whether it
//! has a column, idf (f32), coefficients (f32), intercept (f32).
//!
//! Reading trusts nothing: every length is checked against the bytes that are there before anything is allocated, every
//! index against what it points into, every number for being finite. There is no code in the file and no way to name any.
//!
//! Why not a ready-made format? safetensors holds tensors only: the vocabulary would be a tensor of bytes and every check of
//! this page would still be needed; its free-form metadata says nothing of what a model is. postcard is a fine
//! format for structures, but it decodes value by value and does not know when to stop believing a length. `benches/README.md` has the load
//! times of all three. What costs is not decoding but making the look-up tables, which no format saves.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use crate::error::{ErrorKind, Result};
use crate::features::{Strings, Vocabulary};
use crate::parallel::join;

use super::{ConformalThresholds, Model, ModelCard};

const MAGIC: &[u8; 8] = b"demarche";
/// The format that this crate writes, and the newest that it reads.
pub const FORMAT_VERSION: u32 = 1;
/// The most bytes that the arrays of a model take: 2 GiB. All counts and sums within fit into 32 bits therefore.
pub const LARGEST_MODEL: u64 = 1 << 31;
/// The longest card that is read, in bytes: 1 GiB; with many labels it is long, since it says what each was taken for.
const LONGEST_CARD: u64 = 1 << 30;
const CHECKSUM: usize = blake3::OUT_LEN;

/// The bytes of a file that starts like a model and is not larger than one can be; of any other file its start.
pub(super) fn read(path: &Path) -> Result<Vec<u8>> {
    let mut file = File::open(path)?;
    let mut bytes = Vec::new();
    let magic = MAGIC.len() as u64;
    file.by_ref().take(magic).read_to_end(&mut bytes)?;
    if bytes == MAGIC {
        let most = LARGEST_MODEL + LONGEST_CARD + 64;
        // No more than is there: a device says 0.
        let size = file.metadata()?.len().min(most) as usize;
        bytes.try_reserve_exact(size).map_err(std::io::Error::other)?;
        file.take(most).read_to_end(&mut bytes)?;
    }
    Ok(bytes)
}

/// Refuses a model that would be larger than [`LARGEST_MODEL`].
#[cfg(feature = "train")]
pub(crate) fn check_size(vocabulary: &Vocabulary, labels: usize) -> Result<()> {
    let strings = |strings: &Strings| 2 * strings.len() + strings.text().len();
    let strings = (strings(&vocabulary.words) + strings(&vocabulary.forms) + vocabulary.form_counts.len()) as u64;
    let nodes = 8 * vocabulary.ngrams.len() as u64 + vocabulary.columns.len() as u64;
    let floats = (vocabulary.len() as u64)
        .saturating_mul(1 + labels as u64)
        .saturating_add(labels as u64);
    let lengths = 4 * 8;
    match floats.saturating_mul(4).saturating_add(strings + nodes + lengths) {
        0..=LARGEST_MODEL => Ok(()),
        _ => Err(too_large()),
    }
}

fn too_large() -> crate::Error {
    ErrorKind::TooMany {
        what: "bytes in the model",
        limit: LARGEST_MODEL,
        remedy: "keep fewer terms with --min-df or --max-features",
    }
    .into()
}

impl Model {
    /// The bytes of a model file.
    pub fn to_bytes(&self) -> Vec<u8> {
        let card = serde_json::to_string_pretty(&self.card).expect("a card is made of strings and finite numbers");
        let mut arrays = Vec::new();
        write_strings(&mut arrays, &self.vocabulary.words);
        write_strings(&mut arrays, &self.vocabulary.forms);
        write_length(&mut arrays, self.vocabulary.form_counts.len());
        arrays.extend(&self.vocabulary.form_counts);
        write_length(&mut arrays, self.vocabulary.ngrams.len());
        for (beginning, word) in &self.vocabulary.ngrams {
            arrays.extend(beginning.to_le_bytes());
            arrays.extend(word.to_le_bytes());
        }
        write_length(&mut arrays, self.vocabulary.columns.len());
        arrays.extend(self.vocabulary.has_column().map(u8::from));
        for numbers in [&self.idf[..], &self.coefficients, &self.intercept] {
            write_length(&mut arrays, numbers.len());
            numbers.iter().for_each(|x| arrays.extend(x.to_le_bytes()));
        }

        let mut bytes = Vec::with_capacity(MAGIC.len() + 16 + card.len() + CHECKSUM + arrays.len() + 2);
        bytes.extend(MAGIC);
        bytes.extend(FORMAT_VERSION.to_le_bytes());
        bytes.extend((card.len() as u32 + 2).to_le_bytes());
        bytes.push(b'\n');
        bytes.extend(card.as_bytes());
        bytes.push(b'\n');
        bytes.extend((arrays.len() as u64).to_le_bytes());
        let checksum = checksum(&bytes, &arrays);
        bytes.extend(checksum.as_bytes());
        bytes.extend(arrays);
        bytes
    }

    /// Reads the bytes of a model file.
    ///
    /// # Errors
    /// [`ErrorKind::ModelEmpty`], [`ErrorKind::NotAModel`], [`ErrorKind::ModelVersion`], [`ErrorKind::ModelTruncated`],
    /// [`ErrorKind::ModelDamaged`], or [`ErrorKind::TooMany`] if its arrays are longer than [`LARGEST_MODEL`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        if bytes.is_empty() {
            return Err(ErrorKind::ModelEmpty.into());
        }
        let shared = bytes.len().min(MAGIC.len());
        if bytes[..shared] != MAGIC[..shared] {
            return Err(ErrorKind::NotAModel.into());
        }
        let mut reader = Reader {
            bytes,
            position: MAGIC.len(),
        };
        let version = reader.u32()?;
        if version != FORMAT_VERSION {
            return Err(ErrorKind::ModelVersion {
                found: version,
                supported: FORMAT_VERSION,
            }
            .into());
        }
        let card_length = reader.u32()?;
        if u64::from(card_length) > LONGEST_CARD {
            return Err(damaged("its card is too long"));
        }
        let card = reader.take(card_length as usize)?;
        let arrays_length = reader.u64()?;
        if arrays_length > LARGEST_MODEL {
            return Err(too_large());
        }
        let head = &bytes[..reader.position];
        let expected = reader.take(CHECKSUM)?;
        let found = (bytes.len() - reader.position) as u64;
        if found < arrays_length {
            let head = reader.position as u64;
            return Err(ErrorKind::ModelTruncated {
                expected: head.saturating_add(arrays_length),
                found: bytes.len() as u64,
            }
            .into());
        }
        if found > arrays_length {
            return Err(damaged("it is longer than it says"));
        }
        let arrays = &bytes[reader.position..];
        // Read while the checksum is computed, and believed only if it matches.
        let read = || {
            let card: ModelCard = serde_json::from_slice(card).map_err(|_| damaged("its card cannot be read"))?;
            read_arrays(card, arrays)
        };
        let (found, model) = join(|| checksum(head, arrays), read);
        match found.as_bytes() == expected {
            true => model,
            false => Err(damaged("its checksum does not match")),
        }
    }
}

fn checksum(head: &[u8], arrays: &[u8]) -> blake3::Hash {
    let mut hasher = blake3::Hasher::new();
    hasher.update(head);
    hasher.update(arrays);
    hasher.finalize()
}

fn damaged(how: &'static str) -> crate::Error {
    ErrorKind::ModelDamaged(how).into()
}

/// The arrays, each checked against the others and the card.
fn read_arrays(card: ModelCard, arrays: &[u8]) -> Result<Model> {
    let mut reader = Reader {
        bytes: arrays,
        position: 0,
    };
    let words = reader.strings()?;
    let forms = reader.strings()?;
    let count = reader.length(1)?;
    let form_counts = reader.take(count)?.to_vec();
    if !words.iter().is_sorted_by(|a, b| a < b) {
        return Err(damaged("its words are out of order"));
    }
    let all_forms: usize = form_counts.iter().map(|&count| usize::from(count)).sum();
    if form_counts.len() != words.len() || form_counts.contains(&0) || all_forms != forms.len() {
        return Err(damaged("its words and their forms differ in number"));
    }
    let count = reader.length(8)?;
    let pairs = reader.take(8 * count)?.as_chunks::<8>().0;
    let pair = |bytes: &[u8; 8]| {
        let both = u64::from_le_bytes(*bytes);
        (both as u32, (both >> 32) as u32)
    };
    let ngrams: Vec<(u32, u32)> = pairs.iter().map(pair).collect();
    let points_back = |(i, &(beginning, word)): (usize, &(u32, u32))| {
        (beginning as usize) < words.len() + i && (word as usize) < words.len()
    };
    if !ngrams.iter().enumerate().all(points_back) {
        return Err(damaged("a term points outside of the vocabulary"));
    }
    let count = reader.length(1)?;
    let has_column = reader.take(count)?;
    if has_column.len() != words.len() + ngrams.len() || has_column.iter().any(|&b| b > 1) {
        return Err(damaged("its columns do not fit its vocabulary"));
    }
    let vocabulary = Vocabulary::new(words, forms, form_counts, ngrams, has_column.iter().map(|&b| b == 1));
    let idf = reader.floats()?;
    if idf.iter().any(|&idf| idf <= 0.0) {
        return Err(damaged("an idf is not above zero"));
    }
    let coefficients = reader.floats()?;
    let intercept = reader.floats()?;
    if reader.position != arrays.len() {
        return Err(damaged("it has bytes that belong to nothing"));
    }
    let (columns, labels) = (vocabulary.len(), card.labels.len());
    if labels < 2
        || card
            .labels
            .iter()
            .enumerate()
            .any(|(i, label)| card.labels[..i].contains(label))
    {
        return Err(damaged("it needs at least two different labels"));
    }
    let fits = card.features == columns && idf.len() == columns && intercept.len() == labels;
    if !fits || Some(coefficients.len()) != columns.checked_mul(labels) {
        return Err(damaged("its arrays differ in length"));
    }
    if !card.calibration.fits(labels) {
        return Err(damaged("its calibration makes no sense"));
    }
    if !card.conformal.as_ref().is_none_or(ConformalThresholds::fits) {
        return Err(damaged("its thresholds for prediction sets make no sense"));
    }
    if !card.least_known_share.is_none_or(|share| (0.0..=1.0).contains(&share)) {
        return Err(damaged("its share of known words makes no sense"));
    }
    card.analyzer
        .check()
        .and(card.vectorizer.check())
        .map_err(|_| damaged("its options make no sense"))?;
    Ok(Model {
        card,
        vocabulary: vocabulary.into(),
        idf: idf.into(),
        coefficients,
        intercept,
    })
}

fn write_length(bytes: &mut Vec<u8>, length: usize) {
    let length = u32::try_from(length).expect("a model has fewer than 2³² entries in an array");
    bytes.extend(length.to_le_bytes());
}

/// The longest word that a file holds; longer ones are cut where texts are read.
fn write_strings(bytes: &mut Vec<u8>, strings: &Strings) {
    write_length(bytes, strings.len());
    for string in strings.iter() {
        let length = u16::try_from(string.len()).expect("the vocabulary has no word of 64 kB");
        bytes.extend(length.to_le_bytes());
    }
    bytes.extend(strings.text().as_bytes());
}

/// Reads forward and never past the end.
struct Reader<'b> {
    bytes: &'b [u8],
    position: usize,
}

impl<'b> Reader<'b> {
    fn take(&mut self, count: usize) -> Result<&'b [u8]> {
        let end = self.position.checked_add(count);
        match end.and_then(|end| self.bytes.get(self.position..end)) {
            Some(taken) => {
                self.position += count;
                Ok(taken)
            }
            None => Err(ErrorKind::ModelTruncated {
                expected: (self.position as u64).saturating_add(count as u64),
                found: self.bytes.len() as u64,
            }
            .into()),
        }
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        Ok(self.take(N)?.try_into().expect("take gives as many bytes as asked for"))
    }

    fn u32(&mut self) -> Result<u32> {
        self.array().map(u32::from_le_bytes)
    }

    fn u64(&mut self) -> Result<u64> {
        self.array().map(u64::from_le_bytes)
    }

    /// A number of entries of `size` bytes each, all of which are there.
    fn length(&mut self, size: usize) -> Result<usize> {
        let count = self.u32()? as usize;
        let left = self.bytes.len() - self.position;
        if count > left / size {
            return Err(damaged("an array is longer than the file"));
        }
        Ok(count)
    }

    fn strings(&mut self) -> Result<Strings> {
        let count = self.length(2)?;
        let lengths = self.take(2 * count)?.chunks_exact(2);
        let lengths = lengths.map(|length| u32::from(u16::from_le_bytes([length[0], length[1]])));
        // No sum overflows: the file would have to hold as many bytes.
        let ends: Vec<u32> = lengths
            .scan(0u32, |end, length| {
                *end = end.saturating_add(length);
                Some(*end)
            })
            .collect();
        let text = self.take(ends.last().map_or(0, |&end| end as usize))?;
        let text = std::str::from_utf8(text).map_err(|_| damaged("a word is not UTF-8"))?;
        Strings::cut(text.to_owned(), ends).ok_or_else(|| damaged("a word is not UTF-8"))
    }

    fn floats(&mut self) -> Result<Vec<f32>> {
        let count = self.length(4)?;
        let floats = self.take(4 * count)?.as_chunks::<4>().0;
        let floats: Vec<f32> = floats.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect();
        match floats.iter().all(|x| x.is_finite()) {
            true => Ok(floats),
            false => Err(damaged("a number is not finite")),
        }
    }
}
