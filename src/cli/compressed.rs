//! Unpacks `.gz` and `.zst`: all parts of a file, each checked against its checksum, and nothing that swells without end.

use std::error::Error;
use std::io::{self, BufRead, BufReader, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::read::MultiGzDecoder;
use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

use super::watched::Changed;

/// How many times its size a file may unpack to: text shrinks to a third or a tenth, a decompression bomb to a thousandth.
const MOST: u64 = 200;
/// So many bytes do no harm, whatever they were.
const HARMLESS: u64 = 1 << 26;

/// What a compressed stream holds.
pub struct Unpacked<D> {
    decoder: D,
    /// Bytes read so far, as they lie on the disk.
    packed: Arc<AtomicU64>,
    unpacked: u64,
}

impl<R: Read> Unpacked<MultiGzDecoder<R>> {
    pub fn gzip(reader: R, packed: Arc<AtomicU64>) -> Self {
        Unpacked::new(MultiGzDecoder::new(reader), packed)
    }
}

impl<R: Read> Unpacked<Frames<R>> {
    pub fn zstd(reader: R, packed: Arc<AtomicU64>) -> Self {
        Unpacked::new(Frames::new(reader), packed)
    }
}

impl<D: Read> Unpacked<D> {
    fn new(decoder: D, packed: Arc<AtomicU64>) -> Self {
        Unpacked {
            decoder,
            packed,
            unpacked: 0,
        }
    }
}

impl<D: Read> Read for Unpacked<D> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.decoder.read(buffer).map_err(plain)?;
        self.unpacked += count as u64;
        if self.unpacked > HARMLESS && self.unpacked / MOST > self.packed.load(Ordering::Relaxed) {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                format!(
                    "it unpacks to more than {MOST} times its size, as a decompression bomb does; if it is none, unpack it first and give what comes out"
                ),
            ));
        }
        Ok(count)
    }
}

/// What went wrong in words that help.
fn plain(error: io::Error) -> io::Error {
    if error.kind() == io::ErrorKind::Interrupted {
        return error;
    }
    // The innermost error of input, if a decoder has wrapped one.
    let mut root = &error;
    let mut cause = error.get_ref().map(|inner| inner as &(dyn Error + 'static));
    while let Some(inner) = cause {
        root = inner.downcast_ref().unwrap_or(root);
        cause = inner.source();
    }
    if root.raw_os_error().is_some() || root.get_ref().is_some_and(|e| e.is::<Changed>()) {
        // Not the packed data: the file itself.
        return io::Error::new(root.kind(), root.to_string());
    }
    let remark = match root.kind() {
        io::ErrorKind::UnexpectedEof => "the compressed data are cut short; copy the file again".to_owned(),
        _ => format!("the compressed data are damaged ({error}); copy the file again"),
    };
    io::Error::new(io::ErrorKind::InvalidData, remark)
}

/// The frames of a zstd stream, one after another: `pzstd`, `cat` and loggers write more than one.
pub struct Frames<R> {
    reader: BufReader<R>,
    decoder: FrameDecoder,
    started: bool,
}

impl<R: Read> Frames<R> {
    fn new(reader: R) -> Self {
        Frames {
            reader: BufReader::with_capacity(1 << 16, reader),
            decoder: FrameDecoder::new(),
            started: false,
        }
    }

    /// Starts the next frame, if there is one.
    fn next_frame(&mut self) -> io::Result<bool> {
        loop {
            if self.reader.fill_buf()?.is_empty() {
                return match self.started {
                    true => Ok(false),
                    false => Err(io::ErrorKind::UnexpectedEof.into()),
                };
            }
            match self.decoder.init(&mut self.reader) {
                Ok(()) => {
                    self.started = true;
                    return Ok(true);
                }
                Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame { length, .. })) => {
                    let length = u64::from(length);
                    if io::copy(&mut self.reader.by_ref().take(length), &mut io::sink())? < length {
                        return Err(io::ErrorKind::UnexpectedEof.into());
                    }
                    self.started = true;
                }
                Err(error) => return Err(io::Error::other(error)),
            }
        }
    }

    /// Whether what the last frame unpacked to is what was packed, as far as the frame tells.
    fn is_intact(&self) -> bool {
        let said = self.decoder.get_checksum_from_data();
        said.is_none() || said == self.decoder.get_calculated_checksum()
    }
}

impl<R: Read> Read for Frames<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let count = self.decoder.read(buffer)?;
            if count > 0 || buffer.is_empty() {
                return Ok(count);
            }
            if !self.decoder.is_finished() {
                let one = BlockDecodingStrategy::UptoBlocks(1);
                self.decoder
                    .decode_blocks(&mut self.reader, one)
                    .map_err(io::Error::other)?;
            } else if !self.is_intact() {
                return Err(io::Error::other("its checksum does not match"));
            } else if !self.next_frame()? {
                return Ok(0);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::GzEncoder;
    use ruzstd::encoding::{CompressionLevel, compress_to_vec};
    use std::io::Write;

    const TEXT: &[u8] = b"text\nWe will respond.\nWe welcome it.\n";

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn zstd(bytes: &[u8]) -> Vec<u8> {
        compress_to_vec(bytes, CompressionLevel::Fastest)
    }

    fn read(unpacked: &mut dyn Read) -> Result<Vec<u8>, String> {
        let mut bytes = Vec::new();
        unpacked.read_to_end(&mut bytes).map_err(|error| error.to_string())?;
        Ok(bytes)
    }

    fn unpack(packed: &[u8]) -> Result<Vec<u8>, String> {
        let size = Arc::new(AtomicU64::new(packed.len() as u64));
        match packed.starts_with(&[0x1f, 0x8b]) {
            true => read(&mut Unpacked::gzip(packed, size)),
            false => read(&mut Unpacked::zstd(packed, size)),
        }
    }

    #[test]
    fn all_parts_of_a_file_are_read() {
        for pack in [gzip, zstd] {
            assert_eq!(unpack(&pack(TEXT)).unwrap(), TEXT);
            let twice = [pack(TEXT), pack(TEXT)].concat();
            assert_eq!(unpack(&twice).unwrap(), [TEXT, TEXT].concat());
        }
        // A frame of the user's own between two others.
        let own = b"\x50\x2a\x4d\x18\x03\0\0\0abc".to_vec();
        let three = [zstd(TEXT), own, zstd(TEXT)].concat();
        assert_eq!(unpack(&three).unwrap(), [TEXT, TEXT].concat());
    }

    #[test]
    fn what_is_cut_anywhere_is_cut_short() {
        for packed in [gzip(TEXT), zstd(TEXT)] {
            for length in 1..packed.len() {
                let found = unpack(&packed[..length]);
                // Less than a magic number tells nothing.
                assert!(length < 4 || found.unwrap_err().contains("cut short"), "{length}");
            }
        }
        assert!(read(&mut Unpacked::zstd(&[][..], Arc::default())).is_err());
    }

    #[test]
    fn a_checksum_that_does_not_match_is_damage() {
        for mut packed in [gzip(TEXT), zstd(TEXT)] {
            let place = packed.len() - 5;
            packed[place] ^= 4;
            let found = unpack(&packed).unwrap_err();
            assert!(found.contains("damaged"), "{found}");
        }
        let behind = [zstd(TEXT), b"something else".to_vec()].concat();
        assert!(unpack(&behind).unwrap_err().contains("damaged"));
    }

    #[test]
    fn a_bomb_is_refused() {
        for pack in [gzip, zstd] {
            let bomb = pack(&vec![b'\n'; 2 * HARMLESS as usize]);
            assert!(bomb.len() as u64 * MOST < HARMLESS);
            assert!(unpack(&bomb).unwrap_err().contains("decompression bomb"));
        }
    }
}
