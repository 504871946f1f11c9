//! Gzip and base64, as far as they are what they seem.

use std::io::Read;

use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use crate::fry::limits;

/// Base64 as people paste it: with or without padding.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// Shorter than this, a word is more likely a word.
const SHORTEST_BASE64: usize = 16;

/// What gzip holds; `None` where it is no gzip, an error where it is broken or too large.
pub(super) fn gunzip(bytes: &[u8]) -> Option<Result<Vec<u8>, String>> {
    bytes.starts_with(&[0x1f, 0x8b]).then(|| {
        let mut out = Vec::new();
        let cap = limits::TEXT_BYTES as u64 + 1;
        match flate2::read::MultiGzDecoder::new(bytes).take(cap).read_to_end(&mut out) {
            Ok(_) if out.len() > limits::TEXT_BYTES => {
                Err(format!("its gzip unpacks to more than {} MiB", limits::TEXT_BYTES >> 20))
            }
            Ok(_) => Ok(out),
            Err(error) => Err(format!("its gzip is broken ({error})")),
        }
    })
}

/// What base64 holds, where the whole is base64 of something that user data can be.
pub(super) fn base64(bytes: &[u8]) -> Option<Vec<u8>> {
    if bytes.len() < SHORTEST_BASE64 {
        return None;
    }
    let inner = any_base64(bytes)?;
    let is_text = |inner: &[u8]| {
        std::str::from_utf8(inner).is_ok_and(|text| !text.chars().any(|c| c.is_control() && !c.is_whitespace()))
    };
    let is_packed = inner.starts_with(&[0x1f, 0x8b]) || inner.starts_with(&[0xff, 0xfe]);
    (is_packed || is_text(&inner)).then_some(inner)
}

/// What base64 holds, whatever that is.
pub(super) fn any_base64(bytes: &[u8]) -> Option<Vec<u8>> {
    if bytes.iter().any(|byte| !(byte.is_ascii_alphanumeric() || b"+/=\r\n\t ".contains(byte))) {
        return None;
    }
    let packed: Vec<u8> = bytes.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
    LENIENT.decode(packed).ok()
}
