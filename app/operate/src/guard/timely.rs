//! Can what is read still be acted on? A change goes out within a minute of the reading that it stands on, so that what
//! takes longer to read could never be acted on: better to hear that from the plan than at the first step.

use jiff::{SignedDuration, Timestamp};

use super::{Guard, Refusal};
use crate::verify::VALID_FOR;

/// Refuses what was read from `read_at` until `now`, where that took too long.
///
/// # Errors
/// [`Guard::Fresh`].
pub fn timely(read_at: Timestamp, now: Timestamp) -> Result<(), Refusal> {
    let took = now.duration_since(read_at);
    Guard::Fresh.demand((SignedDuration::ZERO..=VALID_FOR).contains(&took), || {
        let reason = format!(
            "reading the state took {} s, and a change has to go out within {} s of it",
            took.as_secs(),
            VALID_FOR.as_secs()
        );
        let next =
            "Plan again. If it stays so, it is too much at once: name fewer servers, or act on the group by hand.";
        (reason, next.to_owned())
    })
}
