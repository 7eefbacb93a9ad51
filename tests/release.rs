//! What is easily forgotten at a release: one version everywhere, links that lead somewhere, every `unsafe` in its list.

mod program;

use std::path::{Path, PathBuf};

use program::repository;

fn read(name: &str) -> String {
    std::fs::read_to_string(repository(name)).unwrap()
}

/// The files below a folder with one of these extensions.
fn files(folder: &Path, extensions: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path, extensions));
        } else if path
            .extension()
            .is_some_and(|e| extensions.iter().any(|wanted| e == *wanted))
        {
            found.push(path);
        }
    }
    found
}

#[test]
fn one_version_everywhere() {
    let version = env!("CARGO_PKG_VERSION");
    assert!(read("CITATION.cff").contains(&format!("\nversion: {version}\n")));
    assert!(read("CHANGELOG.md").contains(version));
    // The package on the registry is without the Python binding.
    if Path::new(&repository("python")).exists() {
        assert!(read("python/Cargo.toml").contains(&format!("\nversion = \"{version}\"\n")));
    }
}

#[test]
fn links_between_documents_lead_somewhere() {
    let mut documents = files(Path::new(&repository("docs")), &["md"]);
    for name in [
        "README.md",
        "SECURITY.md",
        "CONTRIBUTING.md",
        "CHANGELOG.md",
        "data/README.md",
        "models/README.md",
    ] {
        documents.push(repository(name).into());
    }
    let mut links = 0;
    for document in documents {
        let text = std::fs::read_to_string(&document).unwrap();
        for rest in text.split("](").skip(1) {
            let target = rest.split([')', '#']).next().unwrap();
            if target.is_empty() || target.contains("://") {
                continue;
            }
            links += 1;
            let path = document.parent().unwrap().join(target);
            assert!(path.exists(), "{} links to {target}", document.display());
        }
    }
    assert!(links > 15, "{links}");
}

#[test]
fn every_unsafe_is_in_its_list() {
    let list = read("docs/unsafe.md");
    let (mut own, mut of_tests, mut of_python) = (0, 0, 0);
    let mut folders = vec![("src", &mut own), ("tests", &mut of_tests)];
    let has_python = Path::new(&repository("python")).exists();
    if has_python {
        folders.push(("python/src", &mut of_python));
    }
    for (folder, count) in folders {
        for file in files(Path::new(&repository(folder)), &["rs"]) {
            // A block, a function, an implementation; not the word in a sentence or a string.
            let text = std::fs::read_to_string(&file).unwrap();
            if ["{", "fn ", "impl "]
                .iter()
                .any(|kind| text.contains(&format!("unsafe {kind}")))
                && !file.ends_with("release.rs")
            {
                *count += 1;
                let name = file
                    .strip_prefix(repository(""))
                    .unwrap()
                    .to_str()
                    .unwrap()
                    .replace('\\', "/");
                assert!(list.contains(&format!("`{name}`")), "{name}");
            }
        }
    }
    assert_eq!((own, of_tests, of_python), (1, 1, usize::from(has_python)));
}
