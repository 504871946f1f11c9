//! Names of vendors, and what is the same from one release of a product to the next.

/// A name for the owner aliases of AWS.
pub(super) fn alias_name(alias: &str) -> Option<&'static str> {
    match alias {
        "amazon" => Some("Amazon"),
        "aws-marketplace" => Some("AWS Marketplace"),
        "aws-backup-vault" => Some("AWS Backup"),
        _ => None,
    }
}

/// A name for an account that publishes images, from the vendors' own pages on where to find them.
pub(super) fn account_name(account: &str) -> Option<&'static str> {
    match account {
        "099720109477" => Some("Canonical"),
        "136693071363" => Some("Debian"),
        "309956199498" => Some("Red Hat"),
        "013907871322" => Some("SUSE"),
        "792107900819" => Some("Rocky Linux"),
        "764336703387" => Some("AlmaLinux"),
        "125523088429" => Some("Fedora"),
        "075585003325" => Some("Flatcar"),
        _ => None,
    }
}

const SEPARATORS: [char; 5] = ['-', '_', ' ', '/', '@'];

/// An image's name without its dates, times, build numbers and a last version: what stays from one release to the
/// next. A word of digits and dots with a run of six digits or more is a date, a time, an epoch or a build number
/// (`20240927`, `2023.5.20240903.0`); shorter numbers (`al2023`, `22.04`, `kernel-6.1`, `2022`) are the product's,
/// unless they spell a date or follow one.
pub(super) fn name_stem(name: &str) -> String {
    let words: Vec<&str> = name.split_inclusive(SEPARATORS).collect();
    let bare = |at: usize| words.get(at).map_or("", |word| word.trim_end_matches(SEPARATORS));
    let mut stem = String::with_capacity(name.len());
    let mut in_date = false;
    for at in 0..words.len() {
        let word = bare(at);
        let is_last = at + 1 == words.len();
        let starts_date = is_year(word) && is_two_digits(bare(at + 1));
        let continues = in_date && word.starts_with(|c: char| c.is_ascii_digit()) && is_numeric(word);
        in_date = starts_date || continues || is_release(word) || (is_last && at > 0 && is_version(word));
        if !in_date {
            stem.push_str(words[at]);
        }
    }
    stem.trim_end_matches(SEPARATORS).to_owned()
}

fn is_numeric(word: &str) -> bool {
    word.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | ':' | 'T' | 'Z' | 'v' | '+'))
}

fn is_year(word: &str) -> bool {
    word.len() == 4 && (word.starts_with("19") || word.starts_with("20")) && word.chars().all(|c| c.is_ascii_digit())
}

/// A month or a day; of a day with its time (`09T12:30`) the day.
fn is_two_digits(word: &str) -> bool {
    let day = word.split('T').next().unwrap_or(word);
    day.len() == 2 && day.chars().all(|c| c.is_ascii_digit())
}

/// A date, a time, an epoch or a build number in one word.
fn is_release(word: &str) -> bool {
    let has_long_run = word.split(|c: char| !c.is_ascii_digit()).any(|run| run.len() >= 6);
    let mut parts = word.split('.');
    let is_dotted_date = parts.next().is_some_and(is_year) && parts.next().is_some_and(is_two_digits);
    is_numeric(word) && (has_long_run || is_dotted_date)
}

/// `1.4.2`, `v1.4.2`, `v7`.
fn is_version(word: &str) -> bool {
    let number = word.strip_prefix('v').unwrap_or(word);
    let is_number = !number.is_empty() && number.chars().all(|c| c.is_ascii_digit() || c == '.');
    is_number && (number.len() < word.len() || number.split('.').count() == 3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_of_one_product_have_one_stem() {
        let cases = [
            ("web-2026-09-09-1230", "web"),
            ("web 2026-09-09T12-30-00Z", "web"),
            ("web-1725897600", "web"),
            ("web_20260909", "web"),
            ("al2023-ami-2023.5.20240903.0-kernel-6.1-x86_64", "al2023-ami-kernel-6.1-x86_64"),
            (
                "ubuntu/images/hvm-ssd/ubuntu-jammy-22.04-amd64-server-20240927",
                "ubuntu/images/hvm-ssd/ubuntu-jammy-22.04-amd64-server",
            ),
            ("Windows_Server-2022-English-Full-Base-2024.09.11", "Windows_Server-2022-English-Full-Base"),
            ("debian-12-amd64-20240901-1857", "debian-12-amd64"),
            ("RHEL-9.4.0_HVM-20240605-x86_64-82-Hourly2-GP3", "RHEL-9.4.0_HVM-x86_64-82-Hourly2-GP3"),
            ("amzn2-ami-hvm-2.0.20240916.0-x86_64-gp2", "amzn2-ami-hvm-x86_64-gp2"),
            ("web-1.4.2", "web"),
            ("web-v7", "web"),
            ("v7", "v7"),
            ("web", "web"),
            ("20260909", ""),
            ("", ""),
        ];
        for (name, stem) in cases {
            assert_eq!(name_stem(name), stem, "{name}");
        }
    }
}
