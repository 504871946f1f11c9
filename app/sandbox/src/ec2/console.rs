//! GetConsoleOutput: what a server wrote to its serial console since it was last booted, and how far its boot is.

use std::fmt::Write;

use base64::{Engine, engine::general_purpose::STANDARD};
use jiff::{SignedDuration, Timestamp};

use super::attributes;
use crate::{
    call::Ask,
    wire::{fault::Fault, form::Form, xml::Xml},
    world::{
        id,
        image::Image,
        mould::{BAKED_S, fried_lines},
        server::{Server, ServerState},
    },
};

/// From the order to start until the kernel runs, in seconds.
const KERNEL_S: f64 = 6.0;

/// The most bytes of output that EC2 keeps.
const MAX_OUTPUT: usize = 65_536;

pub(super) fn output(ask: &Ask<'_>, form: &Form, xml: &mut Xml) -> Result<(), Fault> {
    let slot = attributes::asked(ask, form)?;
    form.flag("Latest")?;
    let server = &ask.scope.servers[slot as usize];
    let image = &ask.world.images[server.image as usize];
    let until = server.ended.as_ref().map_or(ask.now, |ended| ended.at.min(ask.now));
    let text = text(server, image, until);
    xml.id("instanceId", "i", server.id);
    xml.time("timestamp", until);
    if !text.is_empty() {
        let kept = text.len().saturating_sub(MAX_OUTPUT);
        xml.text("output", &STANDARD.encode(&text.as_bytes()[kept..]));
    }
    Ok(())
}

/// What was written by `until`; empty as long as the server has not begun to boot.
fn text(server: &Server, image: &Image, until: Timestamp) -> String {
    let mut text = String::new();
    if server.state == ServerState::Pending {
        return text;
    }
    let boot = Boot::of(server);
    for (up_s, line) in lines(server, image, &boot) {
        if boot.at(up_s) > until {
            break;
        }
        writeln!(text, "{line}\r").expect("a String takes all");
    }
    text
}

/// A server's last boot.
struct Boot {
    /// When the kernel began.
    begun: Timestamp,
    /// From then until everything was up, in seconds.
    up_s: f64,
    /// Whether it is the one that runs user data.
    first: bool,
}

impl Boot {
    fn of(server: &Server) -> Boot {
        let ordered = server.rebooted.unwrap_or(server.started);
        let first = ordered == server.born || Some(ordered) == server.reset;
        let boot_s = if first { server.boot_s } else { server.boot_s.min(BAKED_S) };
        // Hundredths, as a kernel's clock has them.
        let hundredths = (id::mix(server.id ^ 0xC0_50) % 100) as f64 / 100.0;
        let up_s = (f64::from(boot_s) - KERNEL_S - 1.0).max(0.0) + hundredths;
        Boot { begun: after(ordered, KERNEL_S), up_s, first }
    }

    /// When the kernel had run for so long.
    fn at(&self, up_s: f64) -> Timestamp {
        after(self.begun, up_s)
    }
}

fn after(at: Timestamp, seconds: f64) -> Timestamp {
    let span = SignedDuration::try_from_secs_f64(seconds).unwrap_or(SignedDuration::MAX);
    at.saturating_add(span).unwrap_or(Timestamp::MAX)
}

/// The lines of a boot, each with the seconds that the kernel had run.
fn lines(server: &Server, image: &Image, boot: &Boot) -> Vec<(f64, String)> {
    let ubuntu = image.name.contains("ubuntu");
    let system = if ubuntu { "Ubuntu 24.04.3 LTS" } else { "Amazon Linux 2023" };
    let version = if ubuntu { "24.3.1" } else { "22.2.2" };
    let up_s = boot.up_s;
    let mut lines: Vec<(f64, String)> = Vec::new();
    let kernel = |up_s: f64, line: &str| (up_s, format!("[{up_s:12.6}] {line}"));
    lines.push(kernel(0.0, &format!("Linux version 6.1.0 ({}) #1 SMP", image.architecture)));
    lines.push(kernel(up_s * 0.02, "Command line: root=LABEL=/ ro console=tty0 console=ttyS0,115200n8"));
    lines.push(kernel(up_s * 0.05, "nvme nvme0: 2/0/0 default/read/poll queues"));
    lines.push(kernel(up_s * 0.08, "systemd[1]: Detected virtualization amazon."));
    if server.never_works {
        lines.push((up_s * 0.3, "[FAILED] Failed to mount the data volume on /srv.".into()));
        lines.push((up_s * 0.3, "[DEPEND] Dependency failed for Local File Systems.".into()));
        lines.push((up_s * 0.4, "You are in emergency mode. The network was not brought up.".into()));
        lines.push((up_s * 0.4, "Press Enter for maintenance".into()));
        return lines;
    }
    let stage = |up_s: f64, module: &str| {
        let at = boot.at(up_s).strftime("%a, %d %b %Y %H:%M:%S +0000").to_string();
        (up_s, format!("Cloud-init v. {version} running '{module}' at {at}. Up {up_s:.2} seconds."))
    };
    lines.push(stage(up_s * 0.1, "init-local"));
    lines.push((up_s * 0.12, format!("ci-info: | ens5 | True | {} | {} |", server.private_ip, server.mac())));
    lines.push(stage(up_s * 0.14, "init"));
    lines.push(stage(up_s * 0.2, "modules:config"));
    lines.push((up_s * 0.22, system.to_owned()));
    let [a, b, c, d] = server.private_ip.octets();
    lines.push((up_s * 0.22, format!("ip-{a}-{b}-{c}-{d} login:")));
    lines.push(stage(up_s * 0.25, "modules:final"));
    if boot.first {
        let fried: Vec<&str> = fried_lines(server.user_data.as_deref().unwrap_or_default()).collect();
        let step = 0.74 * up_s / fried.len().max(1) as f64;
        for (nth, line) in fried.iter().enumerate() {
            let begun = up_s * 0.25 + step * nth as f64;
            lines.push((begun, format!("cloud-init[1423]: + {}", line.trim())));
            lines.push((begun + step * 0.9, format!("cloud-init[1423]: {}", outcome(line))));
        }
    }
    let at = boot.at(up_s).strftime("%a, %d %b %Y %H:%M:%S +0000").to_string();
    lines.push((
        up_s,
        format!("Cloud-init v. {version} finished at {at}. Datasource DataSourceEc2Local.  Up {up_s:.2} seconds"),
    ));
    lines
}

/// The last thing that a tool says when it is done.
fn outcome(line: &str) -> &'static str {
    const OUTCOMES: &[(&str, &str)] = &[
        ("apt", "Processing triggers for libc-bin ..."),
        ("yum", "Complete!"),
        ("dnf", "Complete!"),
        ("ansible", "PLAY RECAP: localhost : ok=38 changed=31 unreachable=0 failed=0"),
        ("pip", "Successfully installed the requirements"),
        ("npm", "added 412 packages"),
    ];
    OUTCOMES.iter().find(|(tool, _)| line.contains(tool)).map_or("100% done", |(_, outcome)| outcome)
}
