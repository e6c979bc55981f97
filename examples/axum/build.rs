//! The pages lie beside this crate: a change there is a change here.

fn main() {
    println!("cargo::rerun-if-changed=../pages");
}
