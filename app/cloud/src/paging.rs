//! From one page of a listing to the next.

use crate::api_call::ApiCall;
use crate::failure::{Again, Failure};

/// The token of the page after the one that `token` gave; none after the last.
///
/// # Errors
/// Where an endpoint gives the same token again, which would keep us forever.
pub(crate) fn after(
    call: ApiCall,
    token: Option<&str>,
    next: Option<&str>,
    again: Again,
) -> Result<Option<String>, Failure> {
    let next = next.filter(|next| !next.is_empty());
    if next.is_some() && next == token {
        let said =
            format!("{} gave the token of the same page twice: what comes after it is missing", call.operation());
        return Err(Failure::error(&said, &format!("{}.", again.first())));
    }
    Ok(next.map(str::to_owned))
}

#[cfg(test)]
mod tests {
    use super::*;

    const CALL: ApiCall = ApiCall::new("ec2:DescribeInstances");

    #[test]
    fn pages_end_where_no_token_comes_or_an_empty_one() {
        assert_eq!(after(CALL, None, Some("a"), Again::Pull), Ok(Some("a".to_owned())));
        assert_eq!(after(CALL, Some("a"), Some("b"), Again::Pull), Ok(Some("b".to_owned())));
        assert_eq!(after(CALL, Some("b"), Some(""), Again::Pull), Ok(None));
        assert_eq!(after(CALL, Some("b"), None, Again::Pull), Ok(None));
    }

    #[test]
    fn the_same_token_twice_is_no_way_on() {
        let said = after(CALL, Some("a"), Some("a"), Again::Try).map_err(|failure| failure.message());
        let expected = "DescribeInstances gave the token of the same page twice: what comes after it is missing. Try \
                        again.";
        assert_eq!(said, Err(expected.to_owned()));
    }
}
