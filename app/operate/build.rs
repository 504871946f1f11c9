//! Lets a test build lack a guard, so that a test can show that its absence is noticed. The environment variable
//! `EMBERLINE_WITHOUT_GUARD`, set when it is built, makes such a build; set when that is run, it names the guard. Any
//! other build never looks for it. An environment variable and not a cargo feature, since features unify: no dependency
//! can take a guard out of somebody else's build.

use std::env;

fn main() {
    println!("cargo:rerun-if-env-changed=EMBERLINE_WITHOUT_GUARD");
    println!("cargo:rustc-check-cfg=cfg(without_guard)");
    if env::var_os("EMBERLINE_WITHOUT_GUARD").is_some_and(|guard| !guard.is_empty()) {
        println!("cargo:rustc-cfg=without_guard");
    }
}
