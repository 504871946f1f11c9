#![expect(clippy::unwrap_used, reason = "a test")]

use super::*;

/// A server of texts, with symbols only for its addresses and tags.
struct Server {
    symbols: Symbols,
    age_s: Option<i64>,
    behind_days: Option<i64>,
    phoenix: &'static str,
    texts: Vec<(Field, &'static str)>,
    addresses: SymList,
    tags: TagSet,
}

impl Subject for Server {
    fn symbols(&self) -> &Symbols {
        &self.symbols
    }

    fn age_s(&self) -> Option<i64> {
        self.age_s
    }

    fn behind_days(&self) -> Option<i64> {
        self.behind_days
    }

    fn verdict(&self, of: Verdict) -> &str {
        match of {
            Verdict::Phoenix => self.phoenix,
            Verdict::Snowflake => "suspect",
            Verdict::Drift => "none",
            Verdict::Bake => "mixed",
            Verdict::Rto => "at-risk",
        }
    }

    fn tags(&self) -> TagSet {
        self.tags
    }

    fn texts(&self, field: Field, mut found: impl FnMut(Text<'_>) -> bool) -> bool {
        (field == Field::Ip && found(Text::List(self.addresses)))
            || self.texts.iter().any(|&(of, text)| of == field && found(Text::Str(text)))
    }
}

fn web() -> Server {
    let mut symbols = Symbols::default();
    let tags = symbols.intern_tags([
        ("Name", "web-prod-7"),
        ("env", "prod"),
        ("aws:autoscaling:groupName", "web-prod"),
        ("team", ""),
    ]);
    let addresses = ["10.1.2.30", "2001:db8::7"].map(|address| symbols.intern(address));
    Server {
        addresses: symbols.intern_list(&addresses),
        tags,
        symbols,
        age_s: Some(43 * 86_400),
        behind_days: Some(61),
        phoenix: "overdue",
        texts: vec![
            (Field::Id, "i-0f3a91c27be4410d2"),
            (Field::Account, "210987654321"),
            (Field::Account, "Prod EU"),
            (Field::Region, "eu-west-1"),
            (Field::State, "running"),
            (Field::Type, "m7g.large"),
            (Field::Group, "web-prod"),
            (Field::Template, "web"),
            (Field::Template, "web:11"),
            (Field::Image, "ami-0c41"),
            (Field::Image, "web 1.4.2"),
            (Field::Recipe, "web"),
            (Field::Fry, "package-upgrade"),
            (Field::Dns, "ip-10-1-2-30.eu-west-1.compute.internal"),
        ],
    }
}

/// One whose clocks nobody knows.
fn stranger() -> Server {
    Server {
        symbols: Symbols::default(),
        age_s: None,
        behind_days: None,
        phoenix: "unknown",
        texts: vec![(Field::Id, "i-1")],
        addresses: SymList::default(),
        tags: TagSet::default(),
    }
}

#[test]
fn each_form_of_the_language_selects_what_it_says() {
    for (text, web_is, stranger_is) in [
        ("", true, true),
        ("   ", true, true),
        ("age>30d", true, false),
        ("age<30d", false, false),
        ("not age>30d", false, true),
        ("age>43d", false, false),
        ("age>=43d", true, false),
        ("age<=43d", true, false),
        ("age:>1000h", true, false),
        ("AGE>6w", true, false),
        ("behind>60d", true, false),
        ("behind<61d", false, false),
        ("phoenix:overdue", true, false),
        ("phoenix:Due,Overdue", true, false),
        ("phoenix:unknown", false, true),
        ("snowflake:suspect drift:none", true, true),
        ("rto:at-risk", true, true),
        ("rto:AT-RISK,missed", true, true),
        ("-rto:at-risk or rto:none", false, false),
        ("bake:mixed", true, true),
        ("bake:Fried,mixed -bake:baked", true, true),
        ("bake:unknown", false, false),
        ("fry:package-*", true, false),
        ("fry:none", false, true),
        ("snowflake:Snowflake,unknown or drift:any", false, false),
        ("group:web*", true, false),
        ("group:web", false, false),
        ("group:api*,web-?rod", true, false),
        ("GROUP:WEB-PROD", true, false),
        ("group:none", false, true),
        ("not group:none", true, false),
        ("group:\"none\"", false, false),
        ("image:unknown", false, true),
        ("recipe:unknown", false, true),
        ("owner:none", true, true),
        ("account:210987654321", true, false),
        ("account:\"prod eu\"", true, false),
        ("template:web:11", true, false),
        ("image:ami-0c41", true, false),
        ("name:web-prod-7", true, false),
        ("ip:10.1.2.30", true, false),
        ("ip:10.1.2.3", false, false),
        ("ip:10.1.0.0/16", true, false),
        ("ip:10.1.255.255/16", true, false),
        ("ip:10.2.0.0/16", false, false),
        ("ip:0.0.0.0/0", true, false),
        ("ip:2001:DB8:0::7", true, false),
        ("ip:2001:db8::/32", true, false),
        ("ip:10.1.*", true, false),
        ("ip:none", false, true),
        ("tag:env=prod", true, false),
        ("tag:ENV=stage,PR*", true, false),
        ("tag:env=stage", false, false),
        ("tag:env", true, false),
        ("tag:owner", false, false),
        ("tag:team=\"\"", true, false),
        ("tag:aws:autoscaling:groupName=web-prod", true, false),
        ("tag:*=prod", true, false),
        ("prod-7", true, false),
        ("PROD-7", true, false),
        ("0f3a", true, false),
        ("10.1.2", true, false),
        ("2001:db8::7", true, false),
        ("compute.internal", true, false),
        ("\"web 1.4\"", true, false),
        ("web*7", true, false),
        ("m7g", false, false),
        ("web api", false, false),
        ("web or api", true, false),
        ("api or i-", true, true),
        ("web and prod", true, false),
        ("-web", false, true),
        ("-(web or api) i-", false, true),
        ("not not web", true, false),
        ("api or web -stage", true, false),
        ("(api or web) stage", false, false),
        ("api or web stage", false, false),
        ("web or api stage", true, false),
        ("\"or\"", false, false),
    ] {
        let query = Query::parse(text).unwrap_or_else(|e| panic!("{text}: {e}"));
        for (who, server, expected) in [("web", web(), web_is), ("stranger", stranger(), stranger_is)] {
            assert_eq!(query.matches(&server), expected, "{text} on {who}");
            assert_eq!(Search::new(&query, &server.symbols).matches(&server), expected, "{text} on {who}, remembered");
        }
    }
}

#[test]
fn an_error_points_at_the_column_and_says_what_would_be_right() {
    for (text, column, width, message) in [
        ("grop:web", 1, 4, "no field is called `grop`; did you mean `group:`?"),
        ("web or grop:web", 8, 4, "no field is called `grop`; did you mean `group:`?"),
        ("ö gruop:web", 3, 5, "no field is called `gruop`; did you mean `group:`?"),
        ("agee:>3d", 1, 4, "nothing is called `agee`; did you mean `age>`?"),
        ("agee>3d", 1, 4, "nothing is called `agee`; did you mean `age`?"),
        (
            "bake:package-upgrade",
            6,
            15,
            "bake is baked, mixed, fried or unknown, not 'package-upgrade'; to ask for what a rule found, write \
             fry:package-upgrade",
        ),
        (
            "snowflake:suspct",
            11,
            6,
            "snowflake is snowflake, suspect, reproducible or unknown, not 'suspct'; did you mean suspect?",
        ),
        ("web drift:image", 11, 5, "drift is any, exempt, none or unknown, not 'image'"),
        ("rto>20m", 1, 3, "`rto` is not compared; write rto:met"),
        ("phoenix=overdue", 1, 7, "`phoenix` is not compared; write phoenix:overdue"),
        ("rto:misssed", 5, 7, "rto is met, at-risk, missed, unknown or none, not 'misssed'; did you mean missed?"),
        ("age>30", 5, 2, "'30' has no unit; write 30d for days (units: s m h d w)"),
        ("age>", 4, 1, "a duration must follow, without a space: age>30d"),
        ("age > 30d", 5, 1, "a comparison is written without spaces: age>30d"),
        ("age:30d", 5, 1, "`age` is compared by >, >=, < or <=: age>30d"),
        ("age=30d", 4, 1, "`age` is compared by >, >=, < or <=: age>30d"),
        ("age>3mo", 5, 3, "'3mo' is no duration; write a whole number and a unit, such as 14d (units: s m h d w)"),
        ("group=web", 1, 5, "`group` is not compared; write group:web"),
        ("env=prod", 1, 3, "to ask for a tag, write tag:env=prod"),
        ("cpu>4", 1, 3, "only `age` and `behind` are compared: age>30d; to look for the text itself, quote it"),
        (
            "phoenix:overdu",
            9,
            6,
            "phoenix is young, due, overdue, exempt or unknown, not 'overdu'; did you mean overdue?",
        ),
        ("phoenix:", 8, 1, "a value must follow `phoenix:`"),
        ("group:", 6, 1, "a value must follow `group:`"),
        ("group: web", 6, 1, "a value must follow `group:`"),
        ("group:web,", 10, 1, "a value must follow `,`"),
        ("tag:", 4, 1, "a tag's key must follow: tag:env=prod or tag:env"),
        ("tag:env=", 8, 1, "a value must follow `=`"),
        ("tag:env,team", 8, 1, "one key at a time: tag:env or tag:team; a comma may stand after the ="),
        ("ip:10.1.2", 4, 6, "'10.1.2' is no address; write 10.1.2.3, 10.1.0.0/16 or 10.1.*"),
        ("ip:10.1.0.0/33", 4, 11, "'10.1.0.0/33' is no address; write 10.1.2.3, 10.1.0.0/16 or 10.1.*"),
        (":web", 1, 1, "a field's name must stand before the colon: group:web*"),
        ("(web", 1, 1, "this ( is never closed"),
        ("web (", 5, 1, "this ( is never closed"),
        ("web)", 4, 1, "no ( stands before this )"),
        ("()", 1, 2, "nothing stands between the parentheses"),
        ("\"web", 1, 1, "this quote is never closed"),
        ("\"\"", 1, 2, "nothing stands between the quotes"),
        ("\"web\"x", 6, 1, "a quote holds a whole word: put a space here, or all of it in the quotes"),
        ("web\"x\"", 4, 1, "a quote holds a whole word: put a space here, or all of it in the quotes"),
        ("or web", 1, 2, "something must stand before `or`; to look for the word itself, quote it"),
        ("web or", 5, 2, "something must follow `or`; to look for the word itself, quote it"),
        ("web and or api", 9, 2, "something must stand between `and` and `or`"),
        ("(web or) api", 6, 2, "something must follow `or`; to look for the word itself, quote it"),
        ("not", 1, 3, "something must follow `not`; to look for the word itself, quote it"),
        ("not or web", 5, 2, "something must stand between `not` and `or`; to look for the word itself, quote it"),
        ("web -and", 6, 3, "something must stand between `-` and `and`; to look for the word itself, quote it"),
        ("- web", 1, 1, "`-` stands before what it excludes, without a space: -web"),
    ] {
        let error = Query::parse(text).expect_err(text);
        assert_eq!((error.column, error.width, error.message.as_str()), (column, width, message), "{text}");
    }
}

#[test]
fn a_word_that_is_no_field_is_shown_how_to_be_looked_for() {
    let error = Query::parse("arn:aws:ec2").unwrap_err();
    assert!(error.message.ends_with("to look for the text itself, quote it: \"arn:aws:ec2\""), "{error}");
    assert!(Query::parse("\"arn:aws:ec2\"").is_ok());
}

#[test]
fn hostile_depth_and_length_are_refused() {
    for (text, message) in [
        ("(".repeat(4000) + "web", "more than 64 parentheses or `not` stand within each other"),
        ("not ".repeat(1000) + "web", "more than 64 parentheses or `not` stand within each other"),
        ("-".repeat(4000) + "web", "more than 64 parentheses or `not` stand within each other"),
        ("ö".repeat(4097), "a query has at most 4096 characters"),
    ] {
        assert_eq!(Query::parse(&text).unwrap_err().message, message);
    }
    assert!(Query::parse(&"ö".repeat(4096)).is_ok());
}

#[test]
fn a_find_across_two_names_does_not_hide_the_one_that_it_runs_into() {
    for (names, needle) in [(["a", "aaa"], "aaa"), (["web-web", "-web-web-1"], "web-web-"), (["ab", "abab"], "*abab*")]
    {
        let mut symbols = Symbols::default();
        let named = names.map(|name| symbols.intern_tags([("Name", name)]));
        let query = Query::parse(&format!("name:x* or {needle}")).unwrap();
        let search = Search::new(&query, &symbols);
        let found = named
            .map(|tags| search.matches(&Server { symbols: symbols.clone(), tags, texts: Vec::new(), ..stranger() }));
        assert_eq!(found, [false, true], "{names:?} {needle}");
    }
}

#[test]
fn a_query_is_written_in_its_shortest_form() {
    for (text, written) in [
        ("  web   and (api) ", "web api"),
        ("(a b) c", "a b c"),
        ("(a or b) or c", "a or b or c"),
        ("a or (b c)", "a or b c"),
        ("(a or b) c", "(a or b) c"),
        ("-(a b)", "not (a b)"),
        ("age:>=2w", "age>=14d"),
        ("behind>0s", "behind>0s"),
        ("PHOENIX:Due", "phoenix:due"),
        ("ip:10.1.2.3/16,10.1.2.3/32", "ip:10.1.0.0/16,10.1.2.3"),
        ("tag:\"my key\"=\"a \\\"b\\\\\",c*", "tag:\"my key\"=\"a \\\"b\\\\\",c*"),
    ] {
        assert_eq!(Query::parse(text).unwrap().to_string(), written, "{text}");
    }
}

#[test]
fn a_query_tells_what_it_reads() {
    let query = Query::parse("-(age>3d or behind>1d) phoenix:due tag:env web group:x group:y ip:10.0.0.1").unwrap();
    assert_eq!(
        query.words(),
        [
            Word::Age,
            Word::Behind,
            Word::Verdict(Verdict::Phoenix),
            Word::Tag,
            Word::Free,
            Word::Field(Field::Group),
            Word::Field(Field::Ip)
        ]
    );
}

#[test]
fn the_reference_fits_a_terminal_and_its_examples_parse() {
    for line in HELP.lines() {
        assert!(line.chars().count() <= 80, "{line}");
    }
    let examples = HELP.lines().filter_map(|line| line.strip_prefix("  ")).filter(|line| !line.starts_with(' '));
    for example in examples.filter_map(|line| line.split("   ").next()) {
        assert!(Query::parse(example).is_ok(), "{example}");
    }
}

mod properties {
    use proptest::prelude::*;

    use super::super::*;
    use super::{stranger, web};

    fn token() -> impl Strategy<Value = String> {
        prop_oneof![
            "[a-z*?.,=<>:-]{1,8}",
            prop::sample::select(vec![
                "and",
                "or",
                "not",
                "-",
                "(",
                ")",
                "-web",
                "\"a b\"",
                "\"or\"",
                "age>3d",
                "behind<=2w",
                "phoenix:due,young",
                "group:web*,\"x y\"",
                "tag:env=prod,\"a\\\"b\"",
                "tag:env",
                "ip:10.1.2.3",
                "ip:10.0.0.0/9",
                "ip:::1/64",
                "recipe:unknown",
                "none",
                "WEB",
                "ö",
            ])
            .prop_map(str::to_owned),
        ]
    }

    fn agrees(text: &str) -> Result<(), TestCaseError> {
        let query = match Query::parse(text) {
            Ok(query) => query,
            Err(e) => {
                prop_assert!(e.column >= 1 && e.column <= text.chars().count() + 1 && e.width >= 1, "{}", e);
                return Ok(());
            }
        };
        let written = query.to_string();
        prop_assert_eq!(Query::parse(&written), Ok(query.clone()), "{}", written);
        for server in [web(), stranger()] {
            prop_assert_eq!(query.matches(&server), Search::new(&query, &server.symbols).matches(&server));
        }
        Ok(())
    }

    proptest! {
        #[test]
        fn any_text_parses_or_says_where_not(text in any::<String>()) {
            agrees(&text)?;
        }

        #[test]
        fn what_parses_is_written_so_that_it_parses_the_same(tokens in prop::collection::vec(token(), 0..12)) {
            agrees(&tokens.join(" "))?;
            agrees(&tokens.concat())?;
        }

        #[test]
        fn a_remembered_search_finds_what_comparing_finds(
            names in prop::collection::vec("[abA-]{0,6}", 1..8),
            needle in "[abB-]{1,3}",
        ) {
            let mut symbols = Symbols::default();
            let servers: Vec<(TagSet, SymList)> = names
                .iter()
                .map(|name| {
                    let address = symbols.intern(&format!("{name}@"));
                    (symbols.intern_tags([("Name", name.as_str())]), symbols.intern_list(&[address]))
                })
                .collect();
            for text in [format!("\"{needle}\""), format!("*{needle}?*"), format!("name:*{needle}*")] {
                let Ok(query) = Query::parse(&text) else { continue };
                let search = Search::new(&query, &symbols);
                for &(tags, addresses) in &servers {
                    let named = super::Server { symbols: symbols.clone(), tags, texts: Vec::new(), ..stranger() };
                    prop_assert_eq!(search.matches(&named), query.matches(&named), "{}", text);
                    let addressed = super::Server { addresses, tags: TagSet::default(), ..named };
                    prop_assert_eq!(search.matches(&addressed), query.matches(&addressed), "{}", text);
                }
            }
        }
    }
}
