//! What becomes of a program, and of all that it has started.

use std::ops::ControlFlow;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use cloud::Environment;

use super::keep;
use crate::bakery::log::Log;
use crate::bakery::process::{Ended, Program, run};

/// How long a test waits at most for what should come at once.
const LONG: Duration = Duration::from_secs(60);

fn shell(script: &str) -> Vec<String> {
    ["sh", "-c", script].map(str::to_owned).to_vec()
}

fn run_for(command: &[String], timeout: Duration) -> (Result<Ended, String>, Vec<String>) {
    let environment =
        Environment { set: [("AWS_REGION".into(), "eu-west-1".into())].into(), removed: vec!["AWS_PROFILE".into()] };
    let (directory, clean_up) = (Path::new("/"), LONG);
    let program = Program { command, directory, environment: &environment, timeout, clean_up };
    let mut lines = Vec::new();
    let ended = run(&program, &mut Log::default(), &mut keep(&mut lines));
    (ended, lines)
}

/// The number of a process that a script told in a line `pid 123`.
fn told_pid(lines: &[String]) -> String {
    lines.iter().find_map(|line| line.strip_prefix("pid ")).unwrap_or_else(|| panic!("{lines:?}")).to_owned()
}

/// Demands that a process is gone, or about to be: it was killed, and who inherited it has to take note.
fn demand_gone(pid: &str) {
    let until = Instant::now() + Duration::from_secs(10);
    while Command::new("ps").args(["-o", "stat=", "-p", pid]).output().unwrap().stdout.iter().any(|&c| {
        // What is dead and not yet buried says Z.
        c.is_ascii_alphabetic() && c != b'Z'
    }) {
        assert!(Instant::now() < until, "{pid} is still there");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn a_program_is_run_in_its_folder_with_its_environment_and_nothing_to_read() {
    let script = "pwd; echo error >&2; cat; echo \"$AWS_REGION ${AWS_PROFILE-none}\"; printf 'no end'";
    let (ended, mut lines) = run_for(&shell(script), LONG);
    assert_eq!(ended, Ok(Ended::Well));
    // Two streams have no order between them.
    lines.sort();
    assert_eq!(lines, ["/", "error", "eu-west-1 none", "no end"]);
}

#[test]
fn no_shell_looks_at_the_arguments() {
    let command = ["printf", "%s\n", "$(reboot)", "a b", "*", "; echo c"].map(str::to_owned);
    let (ended, lines) = run_for(&command, LONG);
    assert_eq!((ended, lines), (Ok(Ended::Well), ["$(reboot)", "a b", "*", "; echo c"].map(str::to_owned).to_vec()));
}

#[test]
fn how_a_program_ended_is_told() {
    for (script, how) in [
        ("echo no; exit 3", "ended with exit status 3"),
        ("kill -9 $$", "was ended by signal 9"),
        ("exec false", "ended with exit status 1"),
    ] {
        assert_eq!(run_for(&shell(script), LONG).0, Ok(Ended::Badly(how.to_owned())), "{script}");
    }
}

#[test]
fn a_program_that_can_not_be_started_says_why_and_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let text = folder.path().join("notes.txt");
    std::fs::write(&text, "not a program").unwrap();
    for (program, why) in [
        ("no-such-packer", "there is no program no-such-packer on this machine's PATH. Install it"),
        ("./no/packer", "there is no program ./no/packer (looked for from /)"),
        (text.to_str().unwrap(), "may not be run. Make it executable"),
    ] {
        let error = run_for(&[program.to_owned()], LONG).0.unwrap_err();
        assert!(error.contains(why), "{error}");
    }
    let (gone, environment) = (folder.path().join("gone"), Environment::default());
    let command = shell("true");
    let program =
        Program { command: &command, directory: &gone, environment: &environment, timeout: LONG, clean_up: LONG };
    let error = run(&program, &mut Log::default(), &mut keep(&mut Vec::new())).unwrap_err();
    assert!(error.contains("gone is not there. Write the right one as its `directory`"), "{error}");
}

#[test]
fn a_program_is_seen_from_its_own_folder() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("bake.sh");
    std::fs::write(&script, "#!/bin/sh\necho \"it is $0\"\n").unwrap();
    std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755)).unwrap();
    let (environment, command) = (Environment::default(), ["./bake.sh".to_owned()]);
    let program = Program {
        command: &command,
        directory: folder.path(),
        environment: &environment,
        timeout: LONG,
        clean_up: LONG,
    };
    let mut lines = Vec::new();
    assert_eq!(run(&program, &mut Log::default(), &mut keep(&mut lines)), Ok(Ended::Well));
    assert!(lines[0].ends_with("/bake.sh"), "{lines:?}");
}

/// Runs a script until it says `ready`, and stops it then. It may clean up for so long.
fn stopped(script: &str, clean_up: Duration) -> (Ended, Vec<String>) {
    let (command, environment) = (shell(script), Environment::default());
    let directory = Path::new("/");
    let program = Program { command: &command, directory, environment: &environment, timeout: LONG, clean_up };
    let mut lines: Vec<String> = Vec::new();
    let mut is_ready = false;
    let ended = run(&program, &mut Log::default(), &mut |line| {
        lines.extend(line.map(str::to_owned));
        is_ready |= line == Some("ready");
        if is_ready { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    (ended.unwrap(), lines)
}

#[test]
fn a_program_that_is_stopped_cleans_up_and_leaves_nothing_behind() {
    let script = "trap 'echo cleaning up; exit 0' TERM; sleep 300 & echo \"pid $!\"; echo ready; wait";
    let (ended, lines) = stopped(script, LONG);
    assert_eq!(ended, Ended::Stopped { killed: false });
    assert!(lines.contains(&"cleaning up".to_owned()), "{lines:?}");
    demand_gone(&told_pid(&lines));
}

#[test]
fn a_program_that_does_not_stop_is_killed_with_all_that_it_started() {
    let script = "trap '' TERM; (trap '' TERM; sleep 300) & echo \"pid $!\"; echo ready; wait; sleep 300";
    let (ended, lines) = stopped(script, Duration::from_secs(1));
    assert_eq!(ended, Ended::Stopped { killed: true });
    demand_gone(&told_pid(&lines));
}

#[test]
fn a_program_is_stopped_after_its_time() {
    let (ended, lines) = run_for(&shell("sleep 300 & echo \"pid $!\"; wait"), Duration::from_secs(1));
    assert_eq!(ended, Ok(Ended::TimedOut { killed: false }));
    demand_gone(&told_pid(&lines));
}

#[test]
fn what_a_program_leaves_running_is_ended_with_it() {
    let began = Instant::now();
    // It holds the output open, too.
    let (ended, lines) = run_for(&shell("sleep 300 & echo \"pid $!\""), LONG);
    assert_eq!(ended, Ok(Ended::Well));
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
    demand_gone(&told_pid(&lines));
}

#[test]
fn it_is_asked_again_and_again_whether_to_go_on() {
    for (script, least) in [("sleep 2", 3), ("exec >&- 2>&-; sleep 2", 3), ("yes | head -n 300000; sleep 1", 2)] {
        let (command, environment) = (shell(script), Environment::default());
        let program = Program {
            command: &command,
            directory: Path::new("/"),
            environment: &environment,
            timeout: LONG,
            clean_up: LONG,
        };
        let mut asked = 0;
        let ended = run(&program, &mut Log::default(), &mut |line| {
            asked += usize::from(line.is_none());
            ControlFlow::Continue(())
        });
        assert_eq!(ended, Ok(Ended::Well), "{script}");
        // Every fifth of a second, and less often on a machine that is very busy.
        assert!(asked >= least, "{script}: {asked} times");
    }
}

#[test]
fn an_endless_log_is_bounded_and_its_end_is_kept() {
    let (ended, lines) = run_for(&shell("yes 'the same' | head -n 200000; echo 'the end'; exit 1"), LONG);
    assert_eq!(ended, Ok(Ended::Badly("ended with exit status 1".to_owned())));
    assert_eq!(lines.len(), 2_101);
    assert_eq!((lines[2_000].as_str(), lines[2_100].as_str()), ("(197901 lines are left out)", "the end"));
}
