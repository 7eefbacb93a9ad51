//! Lengths that a file of Arrow gives for its compressed parts: the library reserves so much memory before it looks at them, and would end
//! the program where damage has made one huge.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

use arrow_ipc::{RecordBatch, root_as_message};

use super::format::Format;
use crate::error::Result;

/// No byte stands for more: zstd repeats a byte 2^17 times in a block of four, LZ4 one at most 255 times.
const LARGEST_RATIO: u64 = 1 << 15;

/// Where messages may begin in a file: behind its mark, which is filled up to one of these. A stream is nothing but messages.
const BEHIND_MARK: [u64; 4] = [8, 16, 32, 64];

/// Walks over the messages of a file or a stream. What else may be wrong with them is left to the library, which says it.
pub fn check_lengths(file: &mut File, is_stream: bool) -> Result<()> {
    let mut place = 0;
    if !is_stream {
        for start in BEHIND_MARK {
            place = start;
            if read_at::<4>(file, start)? == Some([0xff; 4]) {
                break;
            }
        }
    }
    while let Some(next) = check_message(file, place)? {
        place = next;
    }
    file.seek(SeekFrom::Start(0))?;
    Ok(())
}

/// Checks the message at `place`; gives that of the next, if there seems to be one.
fn check_message(file: &mut File, place: u64) -> Result<Option<u64>> {
    // A mark that goes on, then how long the description is.
    let Some([0xff, 0xff, 0xff, 0xff, length @ ..]) = read_at::<8>(file, place)? else {
        return Ok(None);
    };
    let length = u64::from(u32::from_le_bytes(length));
    let mut description = Vec::new();
    Read::take(&mut *file, length).read_to_end(&mut description)?;
    let Ok(message) = root_as_message(&description) else {
        return Ok(None);
    };
    let body = place + 8 + length;
    let in_dictionary = || message.header_as_dictionary_batch().and_then(|batch| batch.data());
    if let Some(batch) = message.header_as_record_batch().or_else(in_dictionary) {
        check_batch(file, body, batch)?;
    }
    let next = u64::try_from(message.bodyLength())
        .ok()
        .and_then(|length| body.checked_add(length));
    Ok(next)
}

fn check_batch(file: &mut File, body: u64, batch: RecordBatch<'_>) -> Result<()> {
    if batch.compression().is_none() {
        return Ok(());
    }
    for part in batch.buffers().into_iter().flatten() {
        let (Ok(offset), Ok(length)) = (u64::try_from(part.offset()), u64::try_from(part.length())) else {
            continue;
        };
        let Some(place) = body.checked_add(offset).filter(|_| length > 8) else {
            continue;
        };
        // Its length when it is unpacked; -1 if it is not packed.
        let Some(unpacked) = read_at::<8>(file, place)?.map(i64::from_le_bytes) else {
            continue;
        };
        if u64::try_from(unpacked).is_ok_and(|unpacked| unpacked / LARGEST_RATIO > length) {
            let complaint = format!("{length} bytes cannot hold {unpacked}");
            return Err(Format::Arrow.unreadable(complaint));
        }
    }
    Ok(())
}

/// So many bytes, if they are there.
fn read_at<const N: usize>(file: &mut File, place: u64) -> Result<Option<[u8; N]>> {
    let mut bytes = [0; N];
    file.seek(SeekFrom::Start(place))?;
    match file.read_exact(&mut bytes) {
        Ok(()) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
        Err(error) => Err(error.into()),
    }
}
