//! What is refused, and how it says so.

use crate::run::{DONE, FAILED, Home, WRONG_USAGE, run};

#[test]
fn a_bad_query_points_at_its_column() {
    let cases = [
        ("age>", 4),
        ("age>30x", 5),
        ("phoenix:ancient", 9),
        ("group:web* (", 12),
        ("age>30d )", 9),
        ("colour:red", 1),
        ("name:web and or", 14),
        ("ip:10.1.2.300", 4),
        ("bake:boiled", 6),
    ];
    for (query, column) in cases {
        let ended = run(&["report", "--sandbox", "--query", query]).expect(WRONG_USAGE);
        assert!(ended.err.contains(&format!("column {column}")), "{query}: {}", ended.err);
        assert_eq!(ended.out, "", "{query}");
    }
}

#[test]
fn wrong_arguments_are_wrong_usage() {
    let cases: &[(&[&str], &str)] = &[
        (&["report", "--colour"], "--colour"),
        (&["report", "--format", "yaml"], "yaml"),
        (&["report", "--sandbox", "--file", "x.fleet"], "--file"),
        (&["report", "--sandbox", "--profile", "prod"], "--profile"),
        (&["report", "--sandbox=atlantis"], "atlantis"),
        (&["report", "--sandbox=generated:many"], "many"),
        (&["report", "--sandbox", "--policy", "missing.toml"], "missing.toml"),
        (&["pull", "--sandbox"], "--output"),
        (&["render", "--sandbox"], "--output"),
        (&["sandbox"], "--listen"),
        (&["sandbox", "--listen", "somewhere"], "somewhere"),
        (&["sandbox", "--listen", "127.0.0.1:0", "--speed", "fast"], "a speed is a number from 0 to 1000000"),
        (
            &["sandbox", "--listen", "127.0.0.1:0", "--fault", "throtle"],
            "there is no kind 'throtle'; there are throttle,",
        ),
        (&["sandbox", "--listen", "127.0.0.1:0", "--fault", "throttle:count=x"], "count=x is not a whole number"),
        (&["launch"], "launch"),
    ];
    for (arguments, named) in cases {
        let ended = run(arguments).expect(WRONG_USAGE);
        assert!(ended.err.contains(named), "{arguments:?}: {}", ended.err);
        assert_eq!(ended.out, "", "{arguments:?}");
    }
}

#[test]
fn the_sandbox_listens_on_loopback_only() {
    for listen in ["0.0.0.0:0", "192.0.2.1:8080", "[::]:0"] {
        let ended = run(&["sandbox", "--listen", listen]).expect(FAILED);
        assert!(ended.err.contains(listen) && ended.err.contains("use 127.0.0.1:"), "{listen}: {}", ended.err);
        assert_eq!(ended.out, "");
    }
}

#[test]
fn without_a_display_the_window_says_what_to_do_in_one_line() {
    for arguments in [&[][..], &["--sandbox"], &["--sandbox", "--select", "i-0123456789abcdef0"]] {
        let ended = run(arguments).expect(FAILED);
        assert!(ended.err.contains("emberline report --sandbox"), "{}", ended.err);
        assert!(ended.err.contains("display"), "{}", ended.err);
        assert_eq!(ended.err.trim().lines().count(), 1, "{}", ended.err);
    }
}

#[test]
fn an_endpoint_of_the_environment_is_not_guessed_about() {
    let home = Home::new();
    let mut command = home.command(&["report", "--region", "eu-west-1"]);
    command
        .env("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
        .env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
        .env("AWS_SECRET_ACCESS_KEY", "secret");
    let ended = crate::run::ended(command.output().unwrap()).expect(FAILED);
    for named in ["AWS_ENDPOINT_URL", "--endpoint-url", "--ignore-configured-endpoint-urls"] {
        assert!(ended.err.contains(named), "{named}: {}", ended.err);
    }
}

#[test]
fn a_profile_that_wants_mfa_says_how_to_get_a_session() {
    let home = Home::new();
    home.write(
        ".aws/config",
        "[profile prod]\nregion = eu-west-1\nrole_arn = arn:aws:iam::210987654321:role/reader\n\
         source_profile = base\nmfa_serial = arn:aws:iam::210987654321:mfa/ada\n[profile base]\nregion = eu-west-1\n",
    );
    let ended = home.run(&["report", "--profile", "prod"]).expect(FAILED);
    for named in ["prod", "MFA code", "aws configure export-credentials --profile prod"] {
        assert!(ended.err.contains(named), "{named}: {}", ended.err);
    }
}

#[test]
fn a_profile_that_is_not_there_is_named() {
    let home = Home::new();
    home.write(".aws/config", "[profile prod]\nregion = eu-west-1\n");
    let ended = home.run(&["report", "--profile", "prdo", "--region", "eu-west-1"]).expect(FAILED);
    assert!(ended.err.contains("prdo"), "{}", ended.err);
}

#[test]
fn help_names_every_command() {
    let help = run(&["--help"]).expect(DONE).out;
    for command in ["report", "render", "pull", "scan", "plan", "apply", "operations", "sandbox"] {
        assert!(help.lines().any(|line| line.trim_start().starts_with(command)), "{command}: {help}");
    }
    assert_eq!(run(&["--version"]).expect(DONE).out.trim(), concat!("emberline ", env!("CARGO_PKG_VERSION")));
}

#[test]
fn every_fault_is_explained_where_it_is_asked_for() {
    let help = run(&["sandbox", "--help"]).expect(DONE).out;
    for word in ["throttle", "html500", "lost-after", "bake-fails", "chance=0.1", "for=30s"] {
        assert!(help.contains(word), "{word}: {help}");
    }
}

#[test]
fn the_query_language_is_explained_where_it_is_used() {
    let help = run(&["report", "--help"]).expect(DONE).out;
    for word in ["phoenix:overdue", "age>30d", "tag:env=prod"] {
        assert!(help.contains(word), "{word}: {help}");
    }
}
