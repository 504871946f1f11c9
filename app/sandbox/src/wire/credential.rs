//! Who asks, and of which service and region: the credential's scope in the signature.

/// The scope of a signature, version 4.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Credential<'a> {
    pub(crate) access_key_id: &'a str,
    pub(crate) region: &'a str,
    pub(crate) service: &'a str,
}

impl<'a> Credential<'a> {
    /// Reads an `Authorization` header: `AWS4-HMAC-SHA256 Credential=KEY/DATE/REGION/SERVICE/aws4_request, ...`.
    /// The signature itself is not looked at.
    pub(crate) fn parse(header: &'a str) -> Option<Credential<'a>> {
        let fields = header.strip_prefix("AWS4-HMAC-SHA256")?;
        let scope = fields.split(',').find_map(|field| field.trim().strip_prefix("Credential="))?;
        let mut parts = scope.trim().split('/');
        let credential = Credential { access_key_id: parts.next()?, region: parts.nth(1)?, service: parts.next()? };
        (parts.next() == Some("aws4_request") && parts.next().is_none()).then_some(credential)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scope_is_read_and_nothing_else_is() {
        let good =
            "AWS4-HMAC-SHA256 Credential=AKIA1/20261102/eu-west-1/ec2/aws4_request, SignedHeaders=host, Signature=00";
        assert_eq!(
            Credential::parse(good),
            Some(Credential { access_key_id: "AKIA1", region: "eu-west-1", service: "ec2" })
        );
        for bad in
            ["", "Bearer x", "AWS4-HMAC-SHA256 Credential=AKIA1/20261102/eu-west-1/ec2", "AWS4-HMAC-SHA256 Signature=0"]
        {
            assert_eq!(Credential::parse(bad), None, "{bad}");
        }
    }
}
