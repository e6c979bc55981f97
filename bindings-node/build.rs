//! Tells the linker of each platform that Node brings the rest.

fn main() {
    napi_build::setup();
}
