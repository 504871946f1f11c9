//! What the ARNs of EC2 Image Builder say: builds, recipes and parents.

/// The tag that Image Builder puts on an image: the ARN of the build that made it.
pub(crate) const BUILD_TAG: &str = "Ec2ImageBuilderArn";

/// `arn:aws:imagebuilder:REGION:ACCOUNT:image/NAME/1.4.2/3`, or a parent such as `.../image/NAME/x.x.x`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct BuildArn<'a> {
    /// `arn:aws:imagebuilder:REGION:ACCOUNT`.
    pub(crate) prefix: &'a str,
    /// The name, which is its recipe's too.
    pub(crate) name: &'a str,
    /// `1.4.2/3`; of a parent perhaps `1.4.2`, `1.x.x` or nothing.
    pub(crate) version: &'a str,
}

impl<'a> BuildArn<'a> {
    pub(crate) fn parse(arn: &'a str) -> Option<Self> {
        let (prefix, rest) = arn.split_once(":image/")?;
        let mut fields = prefix.split(':');
        let is_ours = fields.next() == Some("arn") && fields.nth(1) == Some("imagebuilder") && fields.count() == 2;
        let (name, version) = rest.split_once('/').unwrap_or((rest, ""));
        (is_ours && !name.is_empty()).then_some(Self { prefix, name, version })
    }

    /// The ARN, without its version, of the recipe that made the build: Image Builder names a build after it.
    pub(crate) fn recipe_key(self) -> String {
        format!("{}:image-recipe/{}", self.prefix, self.name)
    }

    /// Whether a build of this version is meant by `wanted`, in which `x` stands for any number and a missing build
    /// number for any build.
    pub(crate) fn is_meant_by(self, wanted: Self) -> bool {
        let (semantic, build) = self.version.split_once('/').unwrap_or((self.version, ""));
        let (wanted_semantic, wanted_build) = wanted.version.split_once('/').unwrap_or((wanted.version, ""));
        let numbers_agree = wanted_semantic.is_empty()
            || (semantic.split('.').count() == wanted_semantic.split('.').count()
                && semantic.split('.').zip(wanted_semantic.split('.')).all(|(is, want)| want == "x" || is == want));
        self.prefix == wanted.prefix
            && self.name == wanted.name
            && numbers_agree
            && (wanted_build.is_empty() || build == wanted_build)
    }
}

/// Splits a recipe's ARN, `...:image-recipe/NAME/1.4.2`, into the ARN without its version and the version.
pub(crate) fn recipe_key(arn: &str) -> Option<(&str, &str)> {
    let (_, rest) = arn.split_once(":image-recipe/")?;
    let (name, version) = rest.split_once('/').unwrap_or((rest, ""));
    let key = &arn[..arn.len() - rest.len() + name.len()];
    (!name.is_empty()).then_some((key, version))
}

/// The name in a recipe's ARN, with or without its version.
pub(crate) fn recipe_name(arn: &str) -> Option<&str> {
    let (_, rest) = arn.split_once(":image-recipe/")?;
    Some(rest.split_once('/').map_or(rest, |(name, _)| name))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test")]

    use super::*;

    const HERE: &str = "arn:aws:imagebuilder:eu-west-1:111111111111";

    #[test]
    fn a_build_leads_to_the_key_of_its_recipe() {
        let arn = format!("{HERE}:image/web/1.4.2/3");
        let build = BuildArn::parse(&arn).unwrap();
        assert_eq!((build.name, build.version), ("web", "1.4.2/3"));
        let recipe = format!("{HERE}:image-recipe/web/1.4.2");
        assert_eq!(recipe_key(&recipe), Some((&*build.recipe_key(), "1.4.2")));
        assert_eq!(recipe_name(&recipe), Some("web"));
    }

    #[test]
    fn what_is_no_arn_of_a_build_is_none() {
        for arn in ["", "web", "arn:aws:ec2:eu-west-1:1:image/ami-1", "arn:aws:imagebuilder:r:1:image/", ":image/web/1"]
        {
            assert_eq!(BuildArn::parse(arn), None, "{arn}");
        }
        assert_eq!(recipe_key("arn:aws:imagebuilder:r:1:component/web/1.0.0"), None);
    }

    #[test]
    fn a_parent_with_wildcards_means_every_build_that_fits() {
        let cases = [
            ("x.x.x", "1.4.2/3", true),
            ("1.x.x", "1.4.2/3", true),
            ("2.x.x", "1.4.2/3", false),
            ("1.4.2", "1.4.2/3", true),
            ("1.4.2/3", "1.4.2/3", true),
            ("1.4.2/2", "1.4.2/3", false),
            ("", "1.4.2/3", true),
            ("x.x", "1.4.2/3", false),
        ];
        for (wanted, version, means) in cases {
            let (wanted, build) = (format!("{HERE}:image/web/{wanted}"), format!("{HERE}:image/web/{version}"));
            let (wanted, build) = (BuildArn::parse(&wanted).unwrap(), BuildArn::parse(&build).unwrap());
            assert_eq!(build.is_meant_by(wanted), means, "{wanted:?} {build:?}");
        }
    }
}
