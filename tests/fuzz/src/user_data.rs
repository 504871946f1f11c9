//! Any bytes are user data to somebody: reading them neither panics nor takes long.
//!
//! ```sh
//! cargo +nightly fuzz run --fuzz-dir tests/fuzz user_data tests/fuzz/corpus/user_data tests/fry/corpus -- -timeout=10
//! ```

#![no_main]

use emberline_insight::fry::Scan;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let scan = Scan::of(bytes);
    for finding in &scan.findings {
        assert!(finding.line > 0 && !finding.excerpt.contains('\n'), "{finding:?}");
    }
});
