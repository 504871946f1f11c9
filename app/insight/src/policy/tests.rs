#![expect(clippy::unwrap_used, reason = "a test")]

use fleet::{Presence, RecipeKind, RecipeNode};

use super::*;

const WHOLE: &str = r#"
default_lifetime = "20d"

[[lifetime]]
query = "group:web*"
is = "14d"

[[lifetime]]
query = 'tag:env="the lab"'
is = "36h"

[[objective]]
query = "group:web* account:prod"
rto = "45m"

[[objective]]
query = "recipe:golden* or owner:none"
rto = "90s"

[accounts]
210987654321 = "prod"
310987654321 = { name = "stage", production = false }
012345678901 = { production = true }

[packer]
recipe_tags = ["our:recipe"]
base_tags = []

[operate]
min_healthy = 80
floor = 0x2
batch = 1_000

[burn]
period = "2d"
hours = "9 - 24"
time_zone = "Europe/Berlin"

[bake.web]
command = ["packer", "build", "web.pkr.hcl"]
image = { manifest = "packer-manifest.json" }
accounts = ["prod"]

[bake.web-stage]
command = ["./bake.sh", "--var", "size=3"]
directory = "stage"
image = { tag = "release=web=1" }
timeout = "90m"
recipes = ["packer:images/web.pkr.hcl", "web"]
accounts = ["stage", "012345678901"]
regions = ["eu-west-1"]
"#;

#[test]
fn a_policy_says_what_its_file_says() {
    let policy = Policy::parse(WHOLE, "emberline.toml").unwrap();
    assert_eq!(policy.default_lifetime_s(), 20 * 86_400);
    let rules: Vec<(String, u32)> =
        policy.lifetimes().iter().map(|rule| (rule.query.to_string(), rule.lifetime_s)).collect();
    assert_eq!(rules, [("group:web*".to_owned(), 14 * 86_400), ("tag:env=\"the lab\"".to_owned(), 36 * 3_600)]);
    let objectives: Vec<(String, u32)> =
        policy.objectives().iter().map(|rule| (rule.query.to_string(), rule.rto_s)).collect();
    assert_eq!(
        objectives,
        [("group:web* account:prod".to_owned(), 2_700), ("recipe:golden* or owner:none".to_owned(), 90)]
    );
    for (id, name, production) in [
        ("210987654321", Some("prod"), true),
        ("310987654321", Some("stage"), false),
        ("012345678901", None, true),
        ("999999999999", None, true),
    ] {
        assert_eq!((policy.account_name(id), policy.is_production(id)), (name, production), "{id}");
    }
    let conventions = policy.conventions();
    assert_eq!(conventions.packer_recipe_tags, ["our:recipe"]);
    assert_eq!(conventions.packer_base_tags, [""; 0]);
    assert_eq!(conventions.packer_marker_tags, Conventions::default().packer_marker_tags, "what is not given stays");
    let operate = OperatePolicy { min_healthy_percent: Some(80), floor: Some(2), batch: Some(1_000) };
    assert_eq!(policy.operate(), operate);
    let time_zone = "Europe/Berlin".to_owned();
    assert_eq!(policy.burn(), Some(&BurnPolicy { period_s: 172_800, from_hour: 9, to_hour: 24, time_zone }));
}

#[test]
fn a_bake_command_is_what_its_table_says_seen_from_the_file() {
    let policy = Policy::parse(WHOLE, "emberline.toml").unwrap().seen_from(Path::new("/etc/ember"));
    let texts = |texts: &[&str]| texts.iter().map(|&text| text.to_owned()).collect::<Vec<String>>();
    let web = BakeCommand {
        name: "web".into(),
        command: texts(&["packer", "build", "web.pkr.hcl"]),
        directory: "/etc/ember".into(),
        image: BakedImage::Manifest("packer-manifest.json".into()),
        timeout_s: 7_200,
        recipes: texts(&["web"]),
        accounts: texts(&["210987654321"]),
        regions: Vec::new(),
    };
    let stage = BakeCommand {
        name: "web-stage".into(),
        command: texts(&["./bake.sh", "--var", "size=3"]),
        directory: "/etc/ember/stage".into(),
        image: BakedImage::Tag { key: "release".into(), value: "web=1".into() },
        timeout_s: 5_400,
        recipes: texts(&["images/web.pkr.hcl", "web"]),
        accounts: texts(&["310987654321", "012345678901"]),
        regions: texts(&["eu-west-1"]),
    };
    assert_eq!(policy.bakes(), [web.clone(), stage.clone()]);
    for (account, region, expected) in [
        ("210987654321", "us-east-1", [true, false]),
        ("310987654321", "eu-west-1", [false, true]),
        ("310987654321", "us-east-1", [false, false]),
        ("999999999999", "eu-west-1", [false, false]),
    ] {
        assert_eq!([web.is_in(account, region), stage.is_in(account, region)], expected, "{account} {region}");
    }
}

#[test]
fn a_packer_template_goes_by_its_name_or_file_and_everything_else_by_its_id() {
    let arn = "arn:aws:imagebuilder:eu-west-1:210987654321:image-recipe/web";
    let recipes = format!("recipes = [\"web\", \"b.hcl\", \"{arn}\"]");
    let text = format!("[bake.web]\ncommand = [\"make\"]\nimage = {{ tag = \"a=\" }}\n{recipes}");
    let policy = Policy::parse(&text, "p.toml").unwrap();
    for (kind, id, name, expected) in [
        (RecipeKind::Packer, "packer:web", "web", true),
        (RecipeKind::Packer, "packer:images/web.pkr.hcl", "web", true),
        (RecipeKind::Packer, "packer:b.hcl", "b", true),
        (RecipeKind::Packer, "packer:webs", "webs", false),
        (RecipeKind::ImageBuilder, arn, "web", true),
        (RecipeKind::ImageBuilder, "arn:aws:imagebuilder:eu-west-1:310987654321:image-recipe/web", "web", false),
        (RecipeKind::Manual, "manual:i-1", "web", false),
    ] {
        let recipe = RecipeNode {
            kind,
            id: id.to_owned(),
            name: Some(name.to_owned()),
            scope: None,
            presence: Presence::Present,
            base: None,
            latest: None,
            servers: 0,
        };
        assert_eq!(policy.bakes()[0].bakes(&recipe), expected, "{id}");
    }
}

#[test]
fn a_bake_command_that_can_not_be_meant_is_pointed_at() {
    const COMMAND: &str = "command = [\"packer\", \"build\", \"-color=false\", \"web.pkr.hcl\"]";
    const IMAGE: &str = "image = { manifest = \"packer-manifest.json\" } or image = { tag = \"KEY=VALUE\" }";
    // Each after `[accounts]` (lines 1 and 2) and a good `[bake.db]` (3 to 5).
    for (text, expected) in [
        ("[bake.\"a b\"]", "6:7: 'a b' is no name of a bake command; write 1 to 64 letters, digits, -, _ and .".into()),
        ("[bake.x]", format!("6:7: [bake.x] has no `command`; write {COMMAND}, or leave [bake.x] out")),
        ("[bake.x]\ncommand = [\"a\"]", format!("6:7: [bake.x] has no `image`; write {IMAGE}, or leave [bake.x] out")),
        ("[bake.x]\ncomand = [\"a\"]", "7:1: [bake.x] has no key `comand`; did you mean `command`?".into()),
        ("[bake.x]\ncommand = \"packer build\"", format!("7:11: `command` is text here; write {COMMAND}")),
        ("[bake.x]\ncommand = []", format!("7:11: the command names no program; write {COMMAND}")),
        ("[bake.x]\ncommand = [\"\", \"build\"]", format!("7:11: the command names no program; write {COMMAND}")),
        ("[bake.x]\ncommand = [\"a\", 3]", format!("7:17: `command` is a number here; write {COMMAND}")),
        (
            "[bake.x]\ncommand = [\"a\", \"b\\u001b[31m\"]",
            "7:17: `command` holds characters that can't be shown, such as line breaks, or is longer than 4096 bytes; \
             put that into a file, and name the file"
                .into(),
        ),
        (
            "[bake.x]\ncommand = [\"C:/bake.BAT\"]",
            "7:11: 'C:/bake.BAT' would be run by a shell, cmd.exe; name the program that it starts".into(),
        ),
        (
            "[bake.x]\ndirectory = \"~/images\"",
            "7:13: '~/images' begins with ~, which only a shell knows; write the whole path".into(),
        ),
        ("[bake.x]\nimage = \"a.json\"", format!("7:9: `image` is text here; write {IMAGE}")),
        (
            "[bake.x]\nimage = {}",
            format!("7:9: `image` names neither a manifest nor a tag; write one of them: {IMAGE}"),
        ),
        (
            "[bake.x]\nimage = { manifest = \"a\", tag = \"b=c\" }",
            format!("7:9: `image` names a manifest and a tag; write one of them: {IMAGE}"),
        ),
        (
            "[bake.x]\nimage = { manifest = \"\" }",
            "7:22: the manifest has no name; write manifest = \"packer-manifest.json\"".into(),
        ),
        (
            "[bake.x]\nimage = { tag = \"release\" }",
            "7:17: 'release' is no tag that an image could have; write tag = \"KEY=VALUE\"".into(),
        ),
        ("[bake.x]\ntimeout = \"0s\"", "7:11: a bake can't take '0s'; write 1s to 7d, such as 2h".into()),
        ("[bake.x]\ntimeout = \"8d\"", "7:11: a bake can't take '8d'; write 1s to 7d, such as 2h".into()),
        ("[bake.x]\ntimeout = 2", "7:11: `timeout` is a number here; write timeout = \"2h\"".into()),
        ("[bake.x]\nrecipes = []", "7:11: `recipes` is empty; write recipes = [\"web\"], or leave it out".into()),
        ("[bake.x]\naccounts = [\"prud\"]", "7:13: no account is called 'prud'; did you mean `prod`?".into()),
        (
            "[bake.x]\naccounts = [\"12345\"]",
            "7:13: no account is called '12345'; write its 12 digits, or name it under [accounts]".into(),
        ),
        (
            "[bake.x]\naccounts = []",
            "7:12: `accounts` is empty, so that it bakes nowhere; write accounts = [\"210987654321\"], or by its name \
             under [accounts], or leave it out"
                .into(),
        ),
        ("[bake.x]\nregions = [\"EU\"]", "7:12: 'EU' is no region; write regions = [\"eu-west-1\"]".into()),
        (
            "[bake.x]\ncommand = [\"a\"]\nimage = { tag = \"a=b\" }\nrecipes = [\"packer:db\"]",
            "6:7: [bake.db] and [bake.x] bake the same recipe in the same place; give each its own `accounts`, \
             `regions` or `recipes`"
                .into(),
        ),
    ] {
        let good = "[accounts]\n210987654321 = \"prod\"\n[bake.db]\ncommand = [\"make\"]\nimage = { tag = \"a=b\" }\n";
        let error = Policy::parse(&format!("{good}{text}"), "p.toml").expect_err(text);
        assert_eq!(error.to_string(), format!("p.toml:{expected}"), "{text}");
    }
}

#[test]
fn one_recipe_is_baked_by_several_commands_in_several_places() {
    let bake = |name: &str, place: &str| {
        format!("[bake.{name}]\ncommand = [\"make\"]\nimage = {{ tag = \"a=b\" }}\nrecipes = [\"web\"]\n{place}\n")
    };
    for (one, other, is_clear) in [
        ("accounts = [\"210987654321\"]", "accounts = [\"310987654321\"]", true),
        ("regions = [\"eu-west-1\"]", "regions = [\"us-east-1\"]", true),
        ("accounts = [\"210987654321\"]", "regions = [\"us-east-1\"]", false),
        ("", "regions = [\"us-east-1\"]", false),
    ] {
        let text = bake("one", one) + &bake("other", other);
        assert_eq!(Policy::parse(&text, "p.toml").is_ok(), is_clear, "{one} {other}");
    }
}

#[test]
fn an_empty_policy_is_the_default() {
    let policy = Policy::parse("# nothing\n", "emberline.toml").unwrap();
    assert_eq!(policy, Policy::default());
    assert_eq!(policy.default_lifetime_s(), 2_592_000);
    assert_eq!((policy.operate(), policy.burn()), (OperatePolicy::default(), None));
}

#[test]
fn an_error_names_file_line_and_column_and_what_would_be_right() {
    for (text, expected) in [
        ("\nlifetimes = 3", "p.toml:2:1: a policy has no key `lifetimes`; did you mean `lifetime`?"),
        (
            "colour = 3",
            "p.toml:1:1: a policy has no key `colour`; known are lifetime, default_lifetime, exempt, off, objective, accounts, \
             packer, operate, burn, bake",
        ),
        ("default_lifetime = 30", "p.toml:1:20: `default_lifetime` is a number here; write default_lifetime = \"30d\""),
        ("default_lifetime = \"30\"", "p.toml:1:20: '30' has no unit; write 30d for days (units: s m h d w)"),
        ("default_lifetime = \"59m\"", "p.toml:1:20: '59m' is too short for a lifetime; the shortest is 1h"),
        ("default_lifetime = \"0d\"", "p.toml:1:20: '0d' is too short for a lifetime; the shortest is 1h"),
        (
            "default_lifetime = \"36501d\"",
            "p.toml:1:20: '36501d' is too long for a lifetime; the longest is 36500d, and the tag emberline:exempt means \
             for good",
        ),
        ("lifetime = \"14d\"", "p.toml:1:12: `lifetime` is text here; write [[lifetime]] with query and is"),
        ("[[lifetime]]\nquery = \"web\"", "p.toml:1:1: this [[lifetime]] has no `is`; write is = \"14d\""),
        ("[[lifetime]]\nis = \"14d\"", "p.toml:1:1: this [[lifetime]] has no `query`; write query = \"group:web*\""),
        ("[[lifetime]]\nqeury = \"web\"", "p.toml:2:1: [[lifetime]] has no key `qeury`; did you mean `query`?"),
        (
            "[[lifetime]]\nis = \"14d\"\nquery = \"web grop:x\"",
            "p.toml:3:14: in this query, column 5: no field is called `grop`; did you mean `group:`?",
        ),
        (
            "[[lifetime]]\nquery = 'ö grop:x'",
            "p.toml:2:12: in this query, column 3: no field is called `grop`; did you mean `group:`?",
        ),
        (
            "[[lifetime]]\nquery = \"\\\"x\\\" grop:x\"",
            "p.toml:2:9: in this query, column 5: no field is called `grop`; did you mean `group:`?",
        ),
        (
            "[[lifetime]]\nquery = \"web or\"",
            "p.toml:2:14: in this query, column 5: something must follow `or`; to look for the word itself, quote it",
        ),
        (
            "[[lifetime]]\nquery = \" \"",
            "p.toml:2:9: this query selects everything; to set the lifetime of all others, write default_lifetime",
        ),
        (
            "[[lifetime]]\nquery = \"web -age>3d\"",
            "p.toml:2:9: a lifetime can't depend on `age`, which follows from it; select by group, tag, account, recipe \
             and the like",
        ),
        (
            "[[lifetime]]\nquery = \"phoenix:due or web\"",
            "p.toml:2:9: a lifetime can't depend on `phoenix`, which follows from it; select by group, tag, account, \
             recipe and the like",
        ),
        (
            "[[lifetime]]\nquery = \"behind>3d\"",
            "p.toml:2:9: a lifetime can't depend on `behind`, which follows from it; select by group, tag, account, \
             recipe and the like",
        ),
        ("[accounts]\n12345 = \"prod\"", "p.toml:2:1: `12345` is no account id; write its 12 digits"),
        (
            "[accounts]\n210987654321 = 3",
            "p.toml:2:16: `210987654321` is a number here; write its name, such as \"prod\", or { name = \"prod\", \
             production = false }",
        ),
        (
            "[accounts]\n210987654321 = \" \"",
            "p.toml:2:16: an account's name can't be empty; write one, or leave the line out",
        ),
        (
            "[accounts]\n210987654321 = { production = \"no\" }",
            "p.toml:2:31: `production` is text here; write production = false",
        ),
        (
            "[accounts]\n210987654321 = { prod = true }",
            "p.toml:2:18: an account has no key `prod`; known are name, production",
        ),
        ("[packer]\nrecipe_tag = []", "p.toml:2:1: [packer] has no key `recipe_tag`; did you mean `recipe_tags`?"),
        (
            "[packer]\nbase_tags = \"SourceAMI\"",
            "p.toml:2:13: `base_tags` is text here; write base_tags = [\"packer:template\"]",
        ),
        ("[packer]\nbase_tags = [\"\"]", "p.toml:2:14: a tag's key can't be empty"),
        ("operate = 90", "p.toml:1:11: `operate` is a number here; write [operate] with min_healthy = 90"),
        ("[operate]\nmin_helthy = 90", "p.toml:2:1: [operate] has no key `min_helthy`; did you mean `min_healthy`?"),
        (
            "[operate]\nmin_healthy = 101",
            "p.toml:2:15: `min_healthy` is 101; write a whole number from 0 to 100: a percentage, such as 90",
        ),
        (
            "[operate]\nmin_healthy = 0.9",
            "p.toml:2:15: `min_healthy` is 0.9; write a whole number from 0 to 100: a percentage, such as 90",
        ),
        (
            "[operate]\nmin_healthy = \"90%\"",
            "p.toml:2:15: `min_healthy` is text here; write a whole number: a percentage, such as 90",
        ),
        (
            "[operate]\nfloor = -1",
            "p.toml:2:9: `floor` is -1; write a whole number from 0 to 4294967295: healthy units, such as 2",
        ),
        (
            "[operate]\nbatch = 4294967296",
            "p.toml:2:9: `batch` is 4294967296; write a whole number from 0 to 4294967295: servers, such as 10",
        ),
        (
            "burn = true",
            "p.toml:1:8: `burn` is true or false here; write [burn] with period = \"1d\", hours = \"9-15\" and \
             time_zone = \"Europe/Berlin\"",
        ),
        (
            "[burn]\nperiod = \"1d\"\nhours = \"9-15\"",
            "p.toml:1:1: [burn] has no `time_zone`; write time_zone = \"Europe/Berlin\", or leave [burn] out",
        ),
        (
            "[burn]\nperiod = \"1d\"\ntime_zone = \"UTC\"",
            "p.toml:1:1: [burn] has no `hours`; write hours = \"9-15\", or leave [burn] out",
        ),
        (
            "[burn]\nhours = \"9-15\"\ntime_zone = \"UTC\"",
            "p.toml:1:1: [burn] has no `period`; write period = \"1d\", or leave [burn] out",
        ),
        ("[burn]\nhour = \"9-15\"", "p.toml:2:1: [burn] has no key `hour`; did you mean `hours`?"),
        ("[burn]\nperiod = \"1\"", "p.toml:2:10: '1' has no unit; write 1d for days (units: s m h d w)"),
        (
            "[burn]\nperiod = \"59m\"",
            "p.toml:2:10: one burn in '59m' is not a period; write one from 1h to 365d, such as 1d",
        ),
        (
            "[burn]\nperiod = \"366d\"",
            "p.toml:2:10: one burn in '366d' is not a period; write one from 1h to 365d, such as 1d",
        ),
        (
            "[burn]\nhours = \"9am-3pm\"",
            "p.toml:2:9: '9am-3pm' are no hours; write the first and the last of a day, 0 to 24, such as 9-15",
        ),
        (
            "[burn]\nhours = \"9-25\"",
            "p.toml:2:9: '9-25' are no hours; write the first and the last of a day, 0 to 24, such as 9-15",
        ),
        (
            "[burn]\nhours = \"+9-15\"",
            "p.toml:2:9: '+9-15' are no hours; write the first and the last of a day, 0 to 24, such as 9-15",
        ),
        (
            "[burn]\nhours = \"22-6\"",
            "p.toml:2:9: '22-6' ends before it begins; the hours are of one day, such as 9-15",
        ),
        ("[burn]\nhours = \"9-9\"", "p.toml:2:9: '9-9' ends before it begins; the hours are of one day, such as 9-15"),
        (
            "[burn]\ntime_zone = \"Europe/Berlim\"",
            "p.toml:2:13: no time zone is called 'Europe/Berlim'; did you mean `Europe/Berlin`?",
        ),
        (
            "[burn]\ntime_zone = \"\"",
            "p.toml:2:13: no time zone is called ''; write one by its IANA name, such as Europe/Berlin or UTC",
        ),
        (
            "[burn]\ntime_zone = \"../../etc/passwd\"",
            "p.toml:2:13: no time zone is called '../../etc/passwd'; write one by its IANA name, such as Europe/Berlin \
             or UTC",
        ),
    ] {
        assert_eq!(Policy::parse(text, "p.toml").expect_err(text).to_string(), expected, "{text}");
    }
}

#[test]
fn the_policy_in_the_readme_is_one() {
    let readme = include_str!("../../../../README.md");
    let blocks = readme.split("```toml\n").skip(1).map(|block| block.split_once("```").unwrap().0);
    let text: String = blocks.collect();
    let policy = Policy::parse(&text, "README.md").unwrap();
    assert_eq!((policy.lifetimes().len(), policy.waivers().len(), policy.bakes().len()), (1, 2, 1));
}

#[test]
fn text_that_is_no_toml_is_pointed_at() {
    for (text, line, column) in [("x", 1, 2), ("\n[[lifetime]\n", 2, 12), ("a = 1\na = 2", 2, 1), ("é = \"", 1, 1)] {
        let error = Policy::parse(text, "p.toml").unwrap_err();
        assert!(error.message.starts_with("this is not TOML: "), "{error}");
        assert!(!error.message.contains('\n'), "{error}");
        assert_eq!((error.line, error.column), (line, column), "{error}");
    }
}

#[test]
fn a_lifetime_is_an_hour_to_a_hundred_years() {
    for (text, seconds) in [("1h", 3_600), ("60m", 3_600), ("36500d", 3_153_600_000), ("2w", 1_209_600)] {
        assert_eq!(parse_lifetime(text), Ok(seconds));
    }
    assert!(parse_lifetime("forever").is_err());
}

mod properties {
    use proptest::prelude::*;

    use super::super::Policy;

    proptest! {
        #[test]
        fn any_text_is_a_policy_or_says_where_not(text in "[a-z\\[\\]=\"' \n{},é\\\\0-9#.]{0,80}") {
            if let Err(error) = Policy::parse(&text, "p.toml") {
                prop_assert!(error.line >= 1 && error.line <= text.matches('\n').count() + 1);
                prop_assert!(error.column >= 1);
            }
        }
    }
}

#[test]
fn an_objective_that_is_none_says_where_and_what_would_be_right() {
    for (text, expected) in [
        (
            "[[objective]]\nquery = 'group:web*'\nrto = '0m'",
            "p.toml:3:7: '0m' is too short for a recovery objective; write one such as 15m",
        ),
        (
            "[[objective]]\nquery = 'group:web*'\nrto = '15'",
            "p.toml:3:7: '15' has no unit; write 15d for days (units: s m h d w)",
        ),
        ("[[objective]]\nquery = 'group:web*'\nrto = 15", "p.toml:3:7: `rto` is a number here; write rto = \"45m\""),
        ("[[objective]]\nrto = '15m'", "p.toml:1:1: this [[objective]] has no `query`; write query = \"group:web*\""),
        ("[[objective]]\nquery = 'group:web*'", "p.toml:1:1: this [[objective]] has no `rto`; write rto = \"45m\""),
        (
            "[[objective]]\nquery = ''\nrto = '15m'",
            "p.toml:2:9: this query selects everything; to select every group, write group:*",
        ),
        (
            "[[objective]]\nquery = 'group:*'\nis = '15m'",
            "p.toml:3:1: [[objective]] has no key `is`; known are query, rto",
        ),
        ("objective = '15m'", "p.toml:1:13: `objective` is text here; write [[objective]] with query and rto"),
        (
            "[[objective]]\nquery = 'group:web* age>3d'\nrto = '15m'",
            "p.toml:2:9: a group's objective can't depend on `age`, which only a server has; select by group, tag, account, recipe and the like",
        ),
        (
            "[[objective]]\nquery = 'zone:eu-west-1a'\nrto = '15m'",
            "p.toml:2:9: a group's objective can't depend on `zone`, which only a server has; select by group, tag, account, recipe and the like",
        ),
        (
            "[[objective]]\nquery = 'rto:none'\nrto = '15m'",
            "p.toml:2:9: a group's objective can't depend on `rto`, which only a server has; select by group, tag, account, recipe and the like",
        ),
    ] {
        assert_eq!(Policy::parse(text, "p.toml").unwrap_err().to_string(), expected, "{text}");
    }
}
