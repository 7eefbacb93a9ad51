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
        file: BufWriter<PartFile>,
        folder: PathBuf,
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
        let file = BufWriter::with_capacity(1 << 16, PartFile::create(folder)?);
        let folder = folder.to_owned();
        Ok(AtomicFile {
            target: Target::Aside {
                file,
                folder,
                destination,
            },
        })
    }

    /// Puts the file in its place.
    pub fn commit(self) -> io::Result<()> {
        match self.target {
            Target::Aside {
                file,
                folder,
                destination,
            } => {
                let file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
                file.as_file().sync_all()?;
                file.persist(&folder, &destination)
            }
            Target::Direct(mut file) => file.flush(),
        }
    }
}

/// A file in the making.
enum PartFile {
    /// Without a name: whatever ends the program, nothing is left of it.
    #[cfg(target_os = "linux")]
    Unnamed(File),
    /// Where the system has no such files; left behind by what ends the program at once.
    Named(NamedTempFile),
}

impl PartFile {
    fn create(folder: &Path) -> io::Result<Self> {
        #[cfg(target_os = "linux")]
        if let Some(file) = unnamed::create(folder) {
            return Ok(PartFile::Unnamed(file));
        }
        let named = named().tempfile_in(folder);
        named
            .map(PartFile::Named)
            .map_err(|e| io::Error::new(e.kind(), plain(&e)))
    }

    fn as_file(&self) -> &File {
        match self {
            #[cfg(target_os = "linux")]
            PartFile::Unnamed(file) => file,
            PartFile::Named(file) => file.as_file(),
        }
    }

    /// Renames it; what has no name gets one in `folder` first, for a moment.
    #[cfg_attr(not(target_os = "linux"), allow(unused_variables))]
    fn persist(self, folder: &Path, destination: &Path) -> io::Result<()> {
        let named = match self {
            #[cfg(target_os = "linux")]
            PartFile::Unnamed(file) => named()
                .make_in(folder, |path| unnamed::link(&file, path))?
                .into_temp_path(),
            PartFile::Named(file) => file.into_temp_path(),
        };
        Ok(named.persist(destination)?)
    }
}

impl Write for PartFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.as_file().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.as_file().flush()
    }
}

/// How such a file is called.
fn named() -> tempfile::Builder<'static, 'static> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".demarche-").suffix(".part");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder
}

#[cfg(target_os = "linux")]
mod unnamed {
    use std::fs::File;
    use std::io;
    use std::os::fd::AsRawFd;
    use std::os::unix::fs::OpenOptionsExt;
    use std::path::Path;

    use rustix::fs::{AtFlags, CWD, OFlags, linkat};

    /// The name of an open file; only the kernel's own file system can give a file without a name one.
    fn name(file: &File) -> String {
        format!("/proc/self/fd/{}", file.as_raw_fd())
    }

    /// A file without a name in `folder`; `None` where there are none, or could be given no name.
    pub fn create(folder: &Path) -> Option<File> {
        let mut options = File::options();
        options.write(true).custom_flags(OFlags::TMPFILE.bits() as i32);
        let file = options.open(folder).ok()?;
        Path::new(&name(&file)).exists().then_some(file)
    }

    pub fn link(file: &File, path: &Path) -> io::Result<()> {
        Ok(linkat(CWD, name(file), CWD, path, AtFlags::SYMLINK_FOLLOW)?)
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

#[cfg(test)]
mod tests {
    use super::*;

    fn written(folder: &Path, file: PartFile) -> AtomicFile {
        AtomicFile {
            target: Target::Aside {
                file: BufWriter::new(file),
                folder: folder.to_owned(),
                destination: folder.join("out"),
            },
        }
    }

    #[test]
    fn with_and_without_a_name_the_old_file_stands_until_the_new_one_is_whole() {
        let folder = tempfile::tempdir().unwrap();
        let names = || std::fs::read_dir(folder.path()).unwrap().count();
        let path = folder.path().join("out");
        let kinds: [fn(&Path) -> PartFile; 2] = [
            |folder| PartFile::create(folder).unwrap(),
            |folder| PartFile::Named(named().tempfile_in(folder).unwrap()),
        ];
        for kind in kinds {
            std::fs::write(&path, "old").unwrap();
            let mut file = written(folder.path(), kind(folder.path()));
            file.write_all(b"half").unwrap();
            file.flush().unwrap();
            drop(file);
            assert_eq!((std::fs::read_to_string(&path).unwrap().as_str(), names()), ("old", 1));
            let mut file = written(folder.path(), kind(folder.path()));
            file.write_all(b"whole").unwrap();
            file.commit().unwrap();
            assert_eq!(
                (std::fs::read_to_string(&path).unwrap().as_str(), names()),
                ("whole", 1)
            );
        }
    }
}
