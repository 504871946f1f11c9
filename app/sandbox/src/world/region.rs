//! AWS's regions of the `aws` partition and their zones, as DescribeRegions tells them.

/// A region.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Region {
    pub(crate) name: &'static str,
    /// What its zone ids begin with: `euw1` in `euw1-az1`.
    pub(crate) zone_id_prefix: &'static str,
    /// The last letters of its zones' names.
    pub(crate) zones: &'static str,
    /// Its country or state, in words.
    pub(crate) geography: &'static str,
    /// `Ireland` in `Europe (Ireland) 1`.
    pub(crate) long_name: &'static str,
}

const fn region(
    name: &'static str,
    zone_id_prefix: &'static str,
    zones: &'static str,
    geography: &'static str,
    long_name: &'static str,
) -> Region {
    Region { name, zone_id_prefix, zones, geography, long_name }
}

/// The regions that are enabled in every account.
pub(crate) const REGIONS: &[Region] = &[
    region("ap-northeast-1", "apne1", "acd", "Japan", "Asia Pacific (Tokyo)"),
    region("ap-northeast-2", "apne2", "abcd", "South Korea", "Asia Pacific (Seoul)"),
    region("ap-northeast-3", "apne3", "abc", "Japan", "Asia Pacific (Osaka)"),
    region("ap-south-1", "aps1", "abc", "India", "Asia Pacific (Mumbai)"),
    region("ap-southeast-1", "apse1", "abc", "Singapore", "Asia Pacific (Singapore)"),
    region("ap-southeast-2", "apse2", "abc", "Australia", "Asia Pacific (Sydney)"),
    region("ca-central-1", "cac1", "abd", "Canada", "Canada (Central)"),
    region("eu-central-1", "euc1", "abc", "Germany", "Europe (Frankfurt)"),
    region("eu-north-1", "eun1", "abc", "Sweden", "Europe (Stockholm)"),
    region("eu-west-1", "euw1", "abc", "Ireland", "Europe (Ireland)"),
    region("eu-west-2", "euw2", "abc", "United Kingdom", "Europe (London)"),
    region("eu-west-3", "euw3", "abc", "France", "Europe (Paris)"),
    region("sa-east-1", "sae1", "abc", "Brazil", "South America (Sao Paulo)"),
    region("us-east-1", "use1", "abcdef", "United States of America", "US East (N. Virginia)"),
    region("us-east-2", "use2", "abc", "United States of America", "US East (Ohio)"),
    region("us-west-1", "usw1", "ac", "United States of America", "US West (N. California)"),
    region("us-west-2", "usw2", "abcd", "United States of America", "US West (Oregon)"),
];

/// The region called `name`.
pub(crate) fn find(name: &str) -> Option<&'static Region> {
    REGIONS.iter().find(|region| region.name == name)
}

impl Region {
    /// The name of the `zone`-th zone, such as `eu-west-1a`.
    pub(crate) fn zone_name(&self, zone: u8) -> String {
        let at = usize::from(zone).min(self.zones.len() - 1);
        format!("{}{}", self.name, &self.zones[at..=at])
    }

    /// The id of the `zone`-th zone, such as `euw1-az1`.
    pub(crate) fn zone_id(&self, zone: u8) -> String {
        format!("{}-az{}", self.zone_id_prefix, zone + 1)
    }

    /// The zones' indices.
    pub(crate) fn zone_indices(&self) -> impl Iterator<Item = u8> + use<> {
        0..u8::try_from(self.zones.len()).expect("a region has a handful of zones")
    }

    /// The zone with this letter.
    pub(crate) fn zone_of(&self, letter: char) -> Option<u8> {
        self.zones.find(letter).and_then(|at| u8::try_from(at).ok())
    }

    /// The domain of private names: the oldest region has its own.
    pub(crate) fn private_domain(&self) -> String {
        if self.name == "us-east-1" { "ec2.internal".into() } else { format!("{}.compute.internal", self.name) }
    }

    /// The domain of public names.
    pub(crate) fn public_domain(&self) -> String {
        if self.name == "us-east-1" {
            "compute-1.amazonaws.com".into()
        } else {
            format!("{}.compute.amazonaws.com", self.name)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_are_named_as_aws_names_them() {
        let tokyo = find("ap-northeast-1").expect("a region");
        assert_eq!((tokyo.zone_name(1), tokyo.zone_id(1)), ("ap-northeast-1c".into(), "apne1-az2".into()));
        assert_eq!((tokyo.zone_of('d'), tokyo.zone_of('b')), (Some(2), None));
        assert_eq!(find("us-east-1").expect("a region").private_domain(), "ec2.internal");
        assert_eq!(find("mars-1"), None);
    }
}
