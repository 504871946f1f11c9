//! The same line is found in whatever it is packed in, on the line of the decoded text.

use std::io::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::{Scan, Verdict, found, found_in};

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

const SCRIPT: &str = "#!/bin/sh\ntrue\nreboot\n";

#[test]
fn base64_and_gzip_are_taken_off_in_any_order() {
    let once = STANDARD.encode(SCRIPT);
    let cases: [Vec<u8>; 6] = [
        SCRIPT.into(),
        once.clone().into(),
        once.as_bytes().chunks(20).flat_map(|line| [line, b"\n"].concat()).collect(),
        gzip(SCRIPT.as_bytes()),
        STANDARD.encode(gzip(SCRIPT.as_bytes())).into(),
        gzip(STANDARD.encode(gzip(once.as_bytes())).as_bytes()),
    ];
    for (at, bytes) in cases.iter().enumerate() {
        assert_eq!(found_in(bytes), ["reboot-at-boot:3"], "case {at}");
        assert_eq!(Scan::of(bytes).lines_as_given, at == 0, "case {at}");
    }
}

#[test]
fn each_part_of_nested_mime_is_read_in_its_place() {
    let inner = format!(
        "Content-Type: multipart/mixed; boundary=in\n\n--in\nContent-Type: text/x-shellscript\n\n{SCRIPT}\n--in--\n"
    );
    let packed = STANDARD.encode(SCRIPT);
    let text = format!(
        "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=\"out\"\n\n--out\n{inner}--out\n\
         Content-Type: text/x-shellscript\nContent-Transfer-Encoding: base64\n\n{packed}\n--out--\n"
    );
    // The last part's three lines stand where its one packed line was.
    assert_eq!(found(&text), ["reboot-at-boot:12", "reboot-at-boot:21"]);
    assert_eq!(Scan::of(text.as_bytes()).format.as_deref(), Some("mime"));
}

#[test]
fn a_multi_part_without_its_boundary_is_unknown() {
    let scan = Scan::of(b"Content-Type: multipart/mixed; boundary=\"gone\"\n\nno part here\n");
    assert_eq!(scan.verdict, Verdict::Unknown);
}

#[test]
fn windows_line_ends_and_a_mark_at_the_start_change_nothing() {
    let windows = format!("\u{feff}{}", SCRIPT.replace('\n', "\r\n"));
    assert_eq!(found(&windows), ["reboot-at-boot:3"]);
    let wide: Vec<u8> = [0xff, 0xfe]
        .into_iter()
        .chain("<powershell>\nRestart-Computer\n</powershell>".encode_utf16().flat_map(u16::to_le_bytes))
        .collect();
    assert_eq!(found_in(&wide), ["reboot-at-boot:2"]);
}

#[test]
fn later_cloud_config_takes_the_place_of_earlier_unless_it_says_otherwise() {
    let parts = |how: &str| {
        format!(
            "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/cloud-config\n\n#cloud-config\nruncmd:\n- reboot\n\
             --b\nContent-Type: text/cloud-config\n{how}\n#cloud-config\nruncmd:\n- yum -y update\n--b--\n"
        )
    };
    assert_eq!(found(&parts("")), ["package-upgrade:14"]);
    assert_eq!(
        found(&parts("Merge-Type: list(append)+dict(recurse_array)\n")),
        ["reboot-at-boot:8", "package-upgrade:15"]
    );
}

#[test]
fn anchors_and_merge_keys_of_yaml_are_followed() {
    let text = "#cloud-config\nx: &x\n  runcmd: &r\n  - reboot\nruncmd: *r\n";
    assert_eq!(found(text), ["reboot-at-boot:4"]);
    assert_eq!(
        found("#cloud-config\nbase: &b {mode: reboot}\npower_state:\n  <<: *b\n  delay: now\n"),
        ["reboot-at-boot:2"]
    );
}

#[test]
fn yes_is_true_as_cloud_init_reads_it() {
    for (value, is_true) in
        [("yes", true), ("on", true), ("True", true), ("no", false), ("off", false), ("\"false\"", false)]
    {
        let text = format!("#cloud-config\npackage_upgrade: {value}\n");
        assert_eq!(!found(&text).is_empty(), is_true, "{value}");
    }
}

#[test]
fn terraform_and_jinja_are_read_through() {
    assert_eq!(
        found("#!/bin/bash\n%{ if x ~}\nreboot\n%{ else }\nyum -y update\n%{ endif }\n"),
        ["reboot-at-boot:3", "package-upgrade:5"]
    );
    assert_eq!(found("#!/bin/bash\necho ${jsonencode({a = \"b\"})} > /etc/x\nreboot\n"), ["reboot-at-boot:3"]);
    let jinja = "## template: jinja\n#cloud-config\n{% if v1.x %}\nruncmd:\n- echo {{ v1.y }}\n- reboot\n{% endif %}\n";
    assert_eq!(found(jinja), ["reboot-at-boot:6"]);
}

#[test]
fn both_spellings_of_a_boothook_are_scripts() {
    assert_eq!(found("#cloud-boothook\n#!/bin/sh\nreboot\n"), ["reboot-at-boot:3"]);
    assert_eq!(found("#cloud-boothook\nreboot\n"), ["reboot-at-boot:2"]);
}
