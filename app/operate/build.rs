//! Takes one guard out of a test build, so that a test can show that its absence is noticed: the environment variable
//! `EMBERLINE_WITHOUT_GUARD` names it. An environment variable and not a cargo feature, since features unify: no
//! dependency can take a guard out of somebody else's build.

use std::env;

fn main() {
    println!("cargo:rerun-if-env-changed=EMBERLINE_WITHOUT_GUARD");
    println!("cargo:rustc-check-cfg=cfg(without_guard)");
    if let Ok(guard) = env::var("EMBERLINE_WITHOUT_GUARD")
        && !guard.is_empty()
    {
        println!("cargo:rustc-cfg=without_guard");
        println!("cargo:rustc-env=EMBERLINE_REMOVED_GUARD={guard}");
    }
}
