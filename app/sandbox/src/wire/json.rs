//! The body of a JSON call.

use serde::Deserialize;

use super::fault::Fault;

/// Reads what a call asks; a body that is not there is an empty object.
///
/// # Errors
/// `SerializationException` if it is no JSON or not of the call's form.
pub(crate) fn read<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, Fault> {
    let text: &[u8] = if body.is_empty() { b"{}" } else { body };
    serde_json::from_slice(text).map_err(|error| Fault::new("SerializationException", error.to_string()))
}
