//! A file that appears whole or not at all.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

/// Written beside its destination, and renamed over it by [`commit`](AtomicFile::commit). Dropped without that, it leaves
/// what was there before.
pub(crate) struct AtomicFile {
    target: Target,
}

enum Target {
    Aside {
        file: BufWriter<NamedTempFile>,
        destination: PathBuf,
    },
    /// A device or a named pipe: nothing to keep, nothing to rename.
    Direct(BufWriter<File>),
}

impl AtomicFile {
    pub fn create(destination: &Path) -> io::Result<Self> {
        // A link is written through, not replaced.
        let destination = std::fs::canonicalize(destination).unwrap_or_else(|_| destination.to_owned());
        match std::fs::metadata(&destination) {
            Ok(found) if found.is_dir() => {
                return Err(io::Error::new(
                    io::ErrorKind::IsADirectory,
                    "it is a folder, name a file in it",
                ));
            }
            Ok(found) if !found.is_file() => {
                let file = File::options().write(true).open(&destination)?;
                return Ok(AtomicFile {
                    target: Target::Direct(BufWriter::new(file)),
                });
            }
            _ => {}
        }
        let folder = match destination.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        let mut builder = tempfile::Builder::new();
        builder.prefix(".demarche-").suffix(".part");
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        let file = builder
            .tempfile_in(folder)
            .map_err(|e| io::Error::new(e.kind(), plain(&e)))?;
        let file = BufWriter::with_capacity(1 << 16, file);
        Ok(AtomicFile {
            target: Target::Aside { file, destination },
        })
    }

    /// Puts the file in its place.
    pub fn commit(self) -> io::Result<()> {
        match self.target {
            Target::Aside { file, destination } => {
                let file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
                file.as_file().sync_all()?;
                file.persist(&destination)?;
                Ok(())
            }
            Target::Direct(mut file) => file.flush(),
        }
    }
}

/// The system's own words: tempfile adds the temporary name, which tells the user nothing.
fn plain(error: &io::Error) -> String {
    let words = error.to_string();
    match words.split_once(" at path ") {
        Some((words, _)) => words.to_owned(),
        None => words,
    }
}

impl Write for AtomicFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.target {
            Target::Aside { file, .. } => file.write(bytes),
            Target::Direct(file) => file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.target {
            Target::Aside { file, .. } => file.flush(),
            Target::Direct(file) => file.flush(),
        }
    }
}
