//! That names stay names, in both formats.

use super::markdown::{code, escaped};
use super::{LONGEST_NAME, shown_name};

#[test]
fn markdown_takes_text_for_what_it_is() {
    for (text, safe) in [
        ("plain words, 43 d (of 30 d)", "plain words, 43 d (of 30 d)"),
        ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ("a|b", "a\\|b"),
        ("*a* _b_ `c` ~~d~~", "\\*a\\* \\_b\\_ \\`c\\` \\~\\~d\\~\\~"),
        ("![x](y) [z]: w", "\\!\\[x\\](y) \\[z\\]: w"),
        ("&lt;", "&amp;lt;"),
        ("\\|", "\\\\\\|"),
        ("https://x.example", "https:&#8203;//x.example"),
        ("www.x.example", "www&#8203;.x.example"),
        ("@everyone", "@&#8203;everyone"),
        ("$x$", "\\$x\\$"),
    ] {
        assert_eq!(escaped(text), safe);
    }
}

#[test]
fn a_name_is_fenced_by_more_backticks_than_it_has() {
    for (name, in_table, fenced) in [
        ("web-prod", true, "`web-prod`"),
        ("a`b", true, "``a`b``"),
        ("`a``", true, "``` `a`` ```"),
        ("a|b", true, "`a\\|b`"),
        ("a|b", false, "`a|b`"),
        ("<b>", true, "`<b>`"),
        (" ", true, "`   `"),
    ] {
        assert_eq!(code(name, in_table), fenced);
    }
}

#[test]
fn a_name_is_cut_at_a_character_and_without_what_turns_it_around() {
    assert_eq!(shown_name("web\u{202e}dorp\u{1b}[31m"), "webdorp[31m");
    let long = "ö".repeat(10_000);
    let cut = shown_name(&long);
    assert_eq!((cut.chars().count(), cut.ends_with("ö…")), (LONGEST_NAME + 1, true));
}
