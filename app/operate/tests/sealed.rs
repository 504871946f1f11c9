//! What may be sent is a type, not a convention: outside this crate nobody makes a verified step, a proof that a scope
//! is armed or a plan confirmed, or a call on its way, be it out of its parts, out of another one or out of text.

use emberline_operate::{Armed, Confirmed, Sending, VerifiedStep};
use serde::de::DeserializeOwned;

/// Each file under `sealed/` tries to make one; beside it stands what the compiler says to that. To write those anew
/// for another compiler: `TRYBUILD=overwrite cargo test -p emberline-operate --test sealed`, and read the difference.
#[test]
fn nobody_else_makes_one() {
    trybuild::TestCases::new().compile_fail("tests/sealed/*.rs");
}

/// Both implementations of this trait are for what can be copied, kept or read back. For anything else there is but
/// one, so that the compiler can tell which is meant: where it can't, this does not compile.
trait Unique<Which> {
    fn holds() -> bool {
        true
    }
}

impl<T: ?Sized> Unique<()> for T {}

struct IsClone;
impl<T: Clone> Unique<IsClone> for T {}

struct IsDefault;
impl<T: Default> Unique<IsDefault> for T {}

struct IsRead;
impl<T: DeserializeOwned> Unique<IsRead> for T {}

struct IsWritten;
impl<T: serde::Serialize> Unique<IsWritten> for T {}

struct IsMadeOfAPlan;
impl<T: From<emberline_operate::Plan>> Unique<IsMadeOfAPlan> for T {}

struct IsMadeOfAMutation;
impl<T: From<emberline_operate::ExactMutation>> Unique<IsMadeOfAMutation> for T {}

#[test]
fn none_is_copied_kept_or_read_back() {
    assert!(<VerifiedStep as Unique<_>>::holds());
    assert!(<Armed as Unique<_>>::holds());
    assert!(<Confirmed as Unique<_>>::holds());
    assert!(<Sending<'static> as Unique<_>>::holds());
}
