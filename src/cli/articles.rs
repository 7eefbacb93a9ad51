//! The articles that the user named: files, folders, standard input, and what they hold.

use std::path::{Path, PathBuf};

use crate::error::{ErrorKind, Result};

/// The extensions of articles that are looked for in folders.
const EXTENSIONS: [&str; 11] = [
    "txt", "text", "md", "markdown", "jsonl", "ndjson", "csv", "tsv", "html", "htm", "xhtml",
];

/// The files behind some paths, the files of a folder in the order of their names; standard input if there is none.
pub fn files(paths: &[PathBuf]) -> Result<Vec<PathBuf>> {
    if paths.is_empty() {
        return Ok(vec![PathBuf::from("-")]);
    }
    let mut files = Vec::new();
    for path in paths {
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let before = files.len();
        collect(path, &mut files)?;
        if files.len() == before {
            return Err(ErrorKind::InvalidParameter {
                name: "the folder",
                value: path.display().to_string(),
                must: "one with articles: .txt, .md, .jsonl, .csv or .html files",
            }
            .into());
        }
    }
    Ok(files)
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    let in_folder = |error: std::io::Error| crate::Error::from(error).in_file(folder);
    let mut entries = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(in_folder)? {
        entries.push(entry.map_err(in_folder)?.path());
    }
    entries.sort();
    for path in entries {
        let is_link = path.symlink_metadata().is_ok_and(|m| m.file_type().is_symlink());
        if path.is_dir() {
            // A link could lead back to where it stands.
            if !is_link {
                collect(&path, files)?;
            }
        } else if is_article(&path) {
            files.push(path);
        }
    }
    Ok(())
}

fn is_article(path: &Path) -> bool {
    let extension = |path: &Path| {
        path.extension()
            .and_then(|e| e.to_str())
            .unwrap_or_default()
            .to_ascii_lowercase()
    };
    let hidden = path
        .file_name()
        .and_then(|name| name.to_str())
        .is_none_or(|name| name.starts_with('.'));
    let inner = match extension(path).as_str() {
        "gz" | "zst" => extension(&path.with_extension("")),
        other => other.to_owned(),
    };
    !hidden && EXTENSIONS.contains(&inner.as_str())
}

/// The name by which an article of a file is known.
pub fn name(path: &Path) -> String {
    match path.file_name() {
        Some(name) => name.to_string_lossy().into_owned(),
        None => path.display().to_string(),
    }
}
