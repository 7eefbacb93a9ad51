//! A file that notices if it is changed under its reader.

use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::path::Path;
use std::time::SystemTime;

/// A file that is an error at its end if it has become shorter since it was opened, or is as long as then and was written to. What is only
/// added behind its end is read, as of a log.
pub struct WatchedFile {
    file: File,
    size: u64,
    modified: Option<SystemTime>,
}

/// Opens what must not be a folder.
pub fn open_file(path: &Path) -> io::Result<(File, Metadata)> {
    let file = File::open(path)?;
    let metadata = file.metadata()?;
    if metadata.is_dir() {
        let remark = "it is a folder, name the files in it";
        return Err(io::Error::new(io::ErrorKind::IsADirectory, remark));
    }
    Ok((file, metadata))
}

/// The file was changed while it was read.
#[derive(Debug, thiserror::Error)]
#[error("the file was changed while it was read; start again when it is complete")]
pub struct Changed;

impl WatchedFile {
    pub fn open(path: &Path) -> io::Result<Self> {
        let (file, metadata) = open_file(path)?;
        Ok(WatchedFile {
            file,
            // Pipes and devices have no size to keep.
            size: if metadata.is_file() { metadata.len() } else { 0 },
            modified: metadata.modified().ok().filter(|_| metadata.is_file()),
        })
    }

    fn is_changed(&self) -> io::Result<bool> {
        let now = self.file.metadata()?;
        Ok(self.modified.is_some()
            && (now.len() < self.size || now.len() == self.size && now.modified().ok() != self.modified))
    }
}

impl Read for WatchedFile {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read(buffer)?;
        match count == 0 && !buffer.is_empty() && self.is_changed()? {
            true => Err(io::Error::new(io::ErrorKind::InvalidData, Changed)),
            false => Ok(count),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    /// Reads a file of 100,000 bytes after something was done to it behind the first of them.
    fn read_after(change: impl FnOnce(&mut File)) -> io::Result<usize> {
        let mut other = tempfile::NamedTempFile::new()?;
        other.write_all(&[b'a'; 100_000])?;
        // Long ago, so that every write is later.
        other.as_file().set_modified(SystemTime::UNIX_EPOCH)?;
        let mut file = WatchedFile::open(other.path())?;
        file.read_exact(&mut [0])?;
        change(other.as_file_mut());
        file.read_to_end(&mut Vec::new())
    }

    #[test]
    fn what_is_cut_or_written_over_is_an_error_and_what_grows_is_read() {
        assert_eq!(read_after(|_| ()).unwrap(), 99_999);
        assert_eq!(read_after(|file| file.write_all(b"more").unwrap()).unwrap(), 100_003);
        let cut = read_after(|file| file.set_len(50_000).unwrap());
        assert!(cut.unwrap_err().to_string().contains("changed while it was read"));
        let over = read_after(|file| {
            use std::io::Seek;
            file.rewind().unwrap();
            file.write_all(b"b").unwrap();
        });
        assert!(over.is_err());
    }
}
