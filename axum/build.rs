//! Embeds the pages that `scripts/build-web` built; without them the crate builds too, and serves none.

use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR").unwrap_or_default()).join("../web/dist");
    let embedded = |name: &str| {
        let file = root.join(name);
        println!("cargo::rerun-if-changed={}", file.display());
        if file.is_file() { format!("Some(include_bytes!({:?}))", file) } else { "None".to_owned() }
    };
    let source = format!(
        "const SCRIPT: Option<&'static [u8]> = {};\nconst STYLE: Option<&'static [u8]> = {};\n",
        embedded("twinlock.js"),
        embedded("twinlock.css")
    );
    let out = env::var("OUT_DIR").unwrap_or_default();
    if let Err(error) = fs::write(Path::new(&out).join("pages.rs"), source) {
        println!("cargo::error=cannot write the list of pages: {error}");
    }
}
