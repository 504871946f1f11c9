//! What files do once they are written: systemd units that start commands, compose files that pull images, and the
//! folders whose scripts are run at boot.

use super::facts::{Act, Dialect, Facts, Made, Place, Word};
use super::yaml::{self, Node};
use super::{cloud_config, shell};

/// Follows the files that a text makes, for what they run at boot.
pub(super) fn follow(facts: &mut Facts) {
    let mut seen = 0;
    // A script may write a unit that starts a script: what was made meanwhile is followed too.
    while seen < facts.files.len() && !facts.is_full() {
        let made = facts.files[seen].clone();
        seen += 1;
        let path = made.path.to_ascii_lowercase();
        if path.ends_with(".service") || path.contains(".service.d/") {
            unit(facts, &made);
        } else if runs_at_boot(&path) {
            super::script(facts, &made.text.text, made.text.origin.clone(), 2);
        } else if is_compose(&path) && facts.acts.iter().any(brings_up) {
            images(facts, &made);
        }
    }
}

fn runs_at_boot(path: &str) -> bool {
    path.contains("/var/lib/cloud/scripts/per-") || path.ends_with("/rc.local")
}

fn is_compose(path: &str) -> bool {
    (path.ends_with(".yml") || path.ends_with(".yaml"))
        && path.rsplit('/').next().is_some_and(|name| name.contains("compose"))
}

/// `docker compose up`, `docker-compose up`, `podman-compose pull`.
fn brings_up(act: &Act) -> bool {
    act.name.ends_with("-compose")
        || (["docker", "podman", "nerdctl"].contains(&act.name.as_str())
            && act.args.iter().any(|word| word.text == "compose" || word.text == "stack"))
}

/// The commands that a unit starts. systemd is no shell, but its words are close enough to one's.
fn unit(facts: &mut Facts, made: &Made) {
    let text = &made.text.text;
    let mut rows = text.lines().enumerate();
    while let Some((row, line)) = rows.next() {
        let Some((key, value)) = line.trim().split_once('=') else { continue };
        if !key.starts_with("Exec") {
            if key == "Environment" {
                let place = made.text.origin.place(text, row);
                if let Some((name, value)) = value.trim_matches('"').split_once('=') {
                    facts.setting(name, Word { known: !value.contains('$'), ..Word::known(value) }, place);
                }
            }
            continue;
        }
        let mut command = value.trim().trim_start_matches(['-', '@', '+', '!', ':']).to_owned();
        while command.ends_with('\\') {
            let Some((_, more)) = rows.next() else { break };
            command.push('\n');
            command.push_str(more);
        }
        // `%i` and `%n` are systemd's own; stopping is not booting.
        if key.starts_with("ExecStart") || key.starts_with("ExecCondition") {
            shell::read(facts, &command, made.text.origin.down(row), 2);
        }
    }
}

/// The images of a compose file, as the pulls that bringing it up makes of them.
fn images(facts: &mut Facts, made: &Made) {
    let Ok(document) = yaml::parse(&made.text.text) else { return };
    let Some(services) = document.get("services") else { return };
    let place = |node: &Node| made.text.origin.place(&made.text.text, node.line as usize - 1);
    let mut pulls: Vec<(String, Place)> = Vec::new();
    cloud_config::flatten(services, &mut |path, node| {
        if path.split('.').count() == 2 && path.ends_with(".image") {
            pulls.push((node.text().unwrap_or_default().to_owned(), place(node)));
        }
    });
    for (image, place) in pulls {
        pull(facts, image, place);
    }
}

/// An image that is pulled, as the command that would pull it.
pub(super) fn pull(facts: &mut Facts, image: String, place: Place) {
    facts.act(Act {
        name: "docker".to_owned(),
        program: Word::known("docker"),
        args: vec![Word::known("pull"), Word { known: !image.contains('$'), ..Word::known(image) }],
        dialect: Dialect::Posix,
        place,
        fed_by: Vec::new(),
        fed: None,
        outputs: Vec::new(),
        captured: false,
        in_loop: false,
    });
}
