//! Link flags of the extension.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    // The library stays mapped until the process ends: a helper thread (name look-up) may outlive the module's shutdown.
    if std::env::var("CARGO_CFG_TARGET_OS").as_deref() == Ok("linux") {
        println!("cargo::rustc-cdylib-link-arg=-Wl,-z,nodelete");
    }
}
