//! What needs logic around the build.
fn main() {}
