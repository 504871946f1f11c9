//! What the user's policy allows in one account.

use insight::{BurnPolicy, Policy};
use serde::{Deserialize, Serialize};

use crate::bake_command::{BakeCommand, ConfiguredBake};

/// The least share of a group that stays healthy where neither the group nor the policy says: 90 %, the API's default
/// for an instance refresh.
pub const DEFAULT_MIN_HEALTHY_PERCENT: u8 = 90;

/// The most servers of one plan where the policy does not say.
pub const DEFAULT_BATCH: u32 = 10;

/// What the user's policy allows in one account, and what is known of the source.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Rules {
    /// Why the source can't be acted on: a file, the past, an endpoint that is neither AWS's nor loopback.
    pub read_only: Option<String>,
    /// Whether the account counts as production, so that its name has to be typed.
    pub is_production: bool,
    /// What is typed: the account's name in the policy, else its id.
    pub alias: String,
    /// The least share of a group that stays healthy, in percent, where the group's own maintenance policy does not
    /// ask for more.
    pub min_healthy_percent: u8,
    /// The least units of any group that stay healthy.
    pub floor: Option<u32>,
    /// The most servers in one plan.
    pub batch: u32,
    /// Where chance may burn; `None` for nowhere.
    pub burn: Option<BurnRules>,
    /// Why no bake command can be run for the source, as the reason of a refusal: it is in this process, where no other
    /// program reaches it.
    pub no_bakes: Option<String>,
    /// The bake commands of this machine's configuration for the account.
    pub bakes: Vec<ConfiguredBake>,
}

impl Rules {
    /// What the policy allows in the account with this id, for a source that can be acted on: who knows that it can't
    /// sets [`Rules::read_only`] and [`Rules::no_bakes`].
    #[must_use]
    pub fn of(policy: &Policy, account: &str) -> Self {
        let operate = policy.operate();
        Self {
            read_only: None,
            is_production: policy.is_production(account),
            alias: policy.account_name(account).unwrap_or(account).to_owned(),
            min_healthy_percent: operate.min_healthy_percent.unwrap_or(DEFAULT_MIN_HEALTHY_PERCENT),
            floor: operate.floor,
            batch: operate.batch.unwrap_or(DEFAULT_BATCH),
            burn: policy.burn().map(BurnRules::of),
            no_bakes: None,
            bakes: ConfiguredBake::of(policy, account),
        }
    }

    /// The bake command of this name in a region.
    #[must_use]
    pub fn bake(&self, name: &str, region: &str) -> Option<&BakeCommand> {
        let is_in = |regions: &[String]| regions.is_empty() || regions.iter().any(|one| one == region);
        self.bakes.iter().find(|bake| bake.name == name && is_in(&bake.regions)).map(|bake| &bake.command)
    }
}

/// The leash of chance (Chaos Monkey's: off by default, working hours, at most one a group and period).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct BurnRules {
    /// At most one burn of a group in this time, in seconds.
    pub period_s: u32,
    /// The first hour of the day in which it may burn, 0 to 23.
    pub from_hour: u8,
    /// The hour at which it stops, 1 to 24.
    pub to_hour: u8,
    /// The IANA time zone that the hours are of.
    pub time_zone: String,
}

impl BurnRules {
    fn of(burn: &BurnPolicy) -> Self {
        let BurnPolicy { period_s, from_hour, to_hour, ref time_zone } = *burn;
        Self { period_s, from_hour, to_hour, time_zone: time_zone.clone() }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test")]

    use super::*;
    use crate::bake_command::BakedImage;

    #[test]
    fn a_policy_that_says_nothing_leaves_little_leash() {
        let rules = Rules::of(&Policy::default(), "111122223333");
        let expected = Rules {
            read_only: None,
            is_production: true,
            alias: "111122223333".into(),
            min_healthy_percent: 90,
            floor: None,
            batch: 10,
            burn: None,
            no_bakes: None,
            bakes: Vec::new(),
        };
        assert_eq!(rules, expected);
    }

    #[test]
    fn an_account_has_the_rules_that_its_policy_says() {
        let text = r#"
            [accounts]
            111122223333 = { name = "lab", production = false }
            [operate]
            min_healthy = 50
            floor = 3
            batch = 2
            [burn]
            period = "36h"
            hours = "10-16"
            time_zone = "UTC"
        "#;
        let policy = Policy::parse(text, "emberline.toml").unwrap();
        let burn = BurnRules { period_s: 129_600, from_hour: 10, to_hour: 16, time_zone: "UTC".into() };
        let expected = Rules {
            read_only: None,
            is_production: false,
            alias: "lab".into(),
            min_healthy_percent: 50,
            floor: Some(3),
            batch: 2,
            burn: Some(burn),
            no_bakes: None,
            bakes: Vec::new(),
        };
        assert_eq!(Rules::of(&policy, "111122223333"), expected);
        let other = Rules { is_production: true, alias: "444455556666".into(), ..expected };
        assert_eq!(Rules::of(&policy, "444455556666"), other);
    }

    #[test]
    fn an_account_has_the_bake_commands_that_are_for_it() {
        let text = r#"
            [bake.web]
            command = ["packer", "build", "web.pkr.hcl"]
            directory = "/images"
            image = { manifest = "manifest.json" }
            timeout = "1h"
            accounts = ["111122223333"]
            regions = ["eu-west-1"]
            [bake.db]
            command = ["make", "db"]
            image = { tag = "release=db" }
        "#;
        let policy = Policy::parse(text, "emberline.toml").unwrap();
        let rules = Rules::of(&policy, "111122223333");
        let web = BakeCommand {
            command: ["packer", "build", "web.pkr.hcl"].map(str::to_owned).to_vec(),
            directory: "/images".into(),
            image: BakedImage::Manifest("manifest.json".into()),
            timeout_s: 3_600,
        };
        assert_eq!(rules.bake("web", "eu-west-1"), Some(&web));
        assert_eq!(rules.bake("web", "us-east-1"), None);
        let image = BakedImage::Tag { key: "release".into(), value: "db".into() };
        assert_eq!(rules.bake("db", "us-east-1").map(|db| &db.image), Some(&image));
        assert_eq!(Rules::of(&policy, "444455556666").bake("web", "eu-west-1"), None);
    }
}
