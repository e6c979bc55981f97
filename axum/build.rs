//! Embeds the pages that `scripts/build-web` built; without them the crate builds too, and serves none.

use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR").unwrap_or_default()).join("../web/dist");
    println!("cargo::rerun-if-changed={}", root.display());
    let mut files: Vec<PathBuf> =
        fs::read_dir(root).map(|folder| folder.flatten().map(|entry| entry.path()).collect()).unwrap_or_default();
    files.sort();
    let pages: String = files
        .iter()
        .filter_map(|file| Some((file.file_name()?.to_str()?, file)))
        .filter(|(name, _)| name.starts_with("twinlock.") && (name.ends_with(".js") || name.ends_with(".css")))
        .map(|(name, file)| format!("({name:?}, include_bytes!({file:?})),\n"))
        .collect();
    let source = format!("const PAGES: &[(&str, &[u8])] = &[{pages}];\n");
    let out = env::var("OUT_DIR").unwrap_or_default();
    if let Err(error) = fs::write(Path::new(&out).join("pages.rs"), source) {
        println!("cargo::error=cannot write the list of pages: {error}");
    }
}
