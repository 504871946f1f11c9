//! Whatever the bytes: no panic, and an end.

use std::io::Write;

use proptest::prelude::*;

use super::{Scan, Verdict};

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn bombs_end_as_unknown() {
    let zeros = gzip(&vec![b'a'; 64 << 20]);
    let mut nested = b"#!/bin/sh\nreboot\n".to_vec();
    for _ in 0..40 {
        nested = gzip(&nested);
    }
    let mut laughs = String::from("#cloud-config\na0: &a0 [x, x, x, x, x, x, x, x, x]\n");
    for level in 1..30 {
        let before = level - 1;
        let list = vec![format!("*a{before}"); 9].join(", ");
        laughs.push_str(&format!("a{level}: &a{level} [{list}]\n"));
    }
    let deep = format!("#cloud-config\na: {}\n", "[".repeat(10_000));
    let cases = [zeros, nested, laughs.into_bytes(), deep.into_bytes(), b"\x1f\x8bbroken".to_vec(), vec![0; 5000]];
    for (at, bytes) in cases.iter().enumerate() {
        assert_eq!(Scan::of(bytes).verdict, Verdict::Unknown, "case {at}");
    }
}

#[test]
fn characters_beyond_a_byte_crash_no_grammar() {
    for text in
        ["{\u{31860}", "x={\u{10ffff}..\u{1d7d8}}", "echo {1..\u{fffff}\u{2003}}", "\0\u{7f}<<\u{e000}\n\u{e000}\n"]
    {
        for head in HEADS {
            Scan::of(format!("{head}\n{text}\n").as_bytes());
        }
    }
    assert_eq!(super::found("#!/bin/bash\necho \u{31860} {\u{31860} && reboot # größer\n"), ["reboot-at-boot:2"]);
}

#[test]
fn scripts_that_call_themselves_end() {
    let mut doubling = String::from("#!/bin/bash\nf0() { reboot; }\n");
    for level in 1..40 {
        doubling.push_str(&format!("f{level}() {{ f{0}; f{0}; }}\n", level - 1));
    }
    doubling.push_str("f39\n");
    let mut growing = String::from("#!/bin/bash\nx=aaaaaaaaaaaaaaaa\n");
    for _ in 0..60 {
        growing.push_str("x=$x$x\n");
    }
    let recursive = "#!/bin/bash\na() { b; }\nb() { a; eval a; bash -c a; }\na\n";
    let deep = format!("#!/bin/bash\n{}true{}\n", "$(".repeat(3000), ")".repeat(3000));
    let nested = format!("#!/bin/bash\n{}\n", "bash -c \"".repeat(200));
    for text in [&doubling, &growing, recursive, &deep, &nested] {
        Scan::of(text.as_bytes());
    }
    let found = super::found("#!/bin/bash\na() { b; }\nb() { a; }\na\nreboot\n");
    assert_eq!(found, ["reboot-at-boot:5"]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn any_bytes_are_read(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        Scan::of(&bytes);
    }

    #[test]
    fn any_text_after_any_first_line_is_read(head in prop::sample::select(HEADS), body in "\\PC{0,200}") {
        Scan::of(format!("{head}\n{body}").as_bytes());
    }

    #[test]
    fn any_words_of_shell_are_read(words in proptest::collection::vec(prop::sample::select(WORDS), 0..60)) {
        Scan::of(format!("#!/bin/bash\n{}", words.join(" ")).as_bytes());
    }
}

const HEADS: &[&str] = &[
    "#!/bin/bash",
    "#cloud-config",
    "#cloud-config-archive",
    "#cloud-boothook",
    "#include",
    "#part-handler",
    "<powershell>",
    "<script>",
    "## template: jinja\n#cloud-config",
    "Content-Type: multipart/mixed; boundary=x\n\n--x\n",
    "{\"ignition\":",
    "[settings]",
    "variant: fcos\nversion: 1",
    "#!/usr/bin/env python3",
    "version: v1alpha1\nmachine:",
    "",
];

const WORDS: &[&str] = &[
    "cat",
    "<<EOF",
    "\nEOF\n",
    "|",
    "bash",
    "-c",
    "\"",
    "'",
    "$(",
    ")",
    "`",
    "{",
    "}",
    "f()",
    ";",
    "\n",
    "&&",
    "if",
    "then",
    "fi",
    "while",
    "do",
    "done",
    "sleep",
    "1",
    ">",
    "/tmp/x",
    "<<<",
    "$x",
    "${x:-y}",
    "x=",
    "x=(a b)",
    "\\",
    "case",
    "esac",
    "in",
    "eval",
    "sudo",
    "-u",
    "env",
    "curl",
    "-o",
    "https://x",
    "for",
    "%{",
    "${f(",
    "[[",
    "]]",
    "<(",
    "#",
    "docker",
    "run",
    "apt-get",
    "install",
    "python3",
    "-",
];
