//! The tree keeps its layers: each uses only those below it, stores do not know each other, crates
//! depend downwards, files stay small.

#![expect(clippy::unwrap_used, reason = "a tree that cannot be read fails the test")]

mod crates;
mod references;
mod rules;
mod tokens;

use std::fs;
use std::path::{Path, PathBuf};

use references::references;
use rules::{Source, Stores, too_long, violations};

#[test]
fn each_layer_uses_only_those_below_it() {
    let folder = root().join("crates/surecache/src");
    let stores = Stores::of(&read(&folder.join("store/mod.rs")));
    let mut files = 0;
    let mut found = Vec::new();
    for path in rust_files(&folder) {
        files += 1;
        let module = module_of(path.strip_prefix(&folder).unwrap());
        let source = Source { file: shown(&path), module: module.clone() };
        found.extend(violations(&source, &references(&module, &read(&path)), &stores));
    }
    assert!(files > 20, "found too few files to believe it: {files}");
    assert!(found.is_empty(), "the layers are broken:\n{}", found.join("\n"));
}

#[test]
fn no_file_is_longer_than_its_limit() {
    let sources: Vec<_> = sorted_entries(&root().join("crates"))
        .into_iter()
        .flat_map(|folder| rust_files(&folder.join("src")))
        .collect();
    assert!(sources.len() > 20, "found too few files to believe it: {}", sources.len());
    let found: Vec<_> =
        sources.iter().filter_map(|path| too_long(&shown(path), &read(path))).collect();
    assert!(found.is_empty(), "files are too long:\n{}", found.join("\n"));
}

#[test]
fn crates_depend_downwards() {
    let manifests: Vec<_> = sorted_entries(&root().join("crates"))
        .into_iter()
        .map(|folder| folder.join("Cargo.toml"))
        .filter(|manifest| manifest.exists())
        .collect();
    assert!(manifests.len() >= 3, "found too few crates to believe it: {}", manifests.len());
    let found: Vec<_> = manifests
        .iter()
        .flat_map(|manifest| crates::violations(&shown(manifest), &read(manifest)))
        .collect();
    assert!(found.is_empty(), "the crates' order is broken:\n{}", found.join("\n"));
}

/// `flow/plan.rs` is the module `flow::plan`, `flow/mod.rs` is `flow`, `lib.rs` the root.
fn module_of(path: &Path) -> Vec<String> {
    let mut names: Vec<_> = path
        .with_extension("")
        .components()
        .map(|part| part.as_os_str().to_string_lossy().into_owned())
        .collect();
    if names.last().is_some_and(|last| last == "mod" || last == "lib") {
        names.pop();
    }
    names
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for path in sorted_entries(folder) {
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}

fn sorted_entries(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap();
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap()
}

fn shown(path: &Path) -> String {
    path.strip_prefix(root()).unwrap().display().to_string()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}
