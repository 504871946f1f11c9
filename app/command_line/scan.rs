//! `emberline scan`: what one file of user data does at boot.

use std::io::{IsTerminal, Read};
use std::path::Path;

use anyhow::Context;
use insight::fry::{Scan, Severity};
use report::Style;

use super::args::{Deny, Scan as ScanArgs, ScanFormat};
use super::{Done, Failed, headless};

/// More than this is no user data, packed as it may be: EC2 takes 16 KiB.
const MOST_BYTES: u64 = 16 << 20;

/// Reads a file or standard input, prints what was found, and ends as `--deny` says.
pub(crate) fn scan(args: &ScanArgs) -> Result<Done, Failed> {
    let bytes = read(&args.file)?;
    let scan = Scan::of(&bytes);
    let name = args.file.display().to_string();
    let colour = args.output.is_none() && std::io::stdout().is_terminal();
    let text = match args.format {
        ScanFormat::Table => report::scan_table(&scan, &name, Style { width: 100, colour }),
        ScanFormat::Json => report::scan_json(&scan),
        ScanFormat::Sarif => report::sarif(&scan, &uri(&args.file), env!("CARGO_PKG_VERSION")),
    };
    headless::write(args.output.as_deref(), text.as_bytes())?;
    let denied = args.deny.is_some_and(|deny| scan.worst() >= Some(severity(deny)));
    Ok(if denied { Done::Denied } else { Done::Whole })
}

fn severity(deny: Deny) -> Severity {
    match deny {
        Deny::High => Severity::High,
        Deny::Medium => Severity::Medium,
        Deny::Low => Severity::Low,
    }
}

fn read(file: &Path) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if file.as_os_str() == "-" {
        std::io::stdin().take(MOST_BYTES + 1).read_to_end(&mut bytes).context("standard input can't be read")?;
    } else {
        let open = std::fs::File::open(file);
        open.and_then(|open| open.take(MOST_BYTES + 1).read_to_end(&mut bytes))
            .with_context(|| format!("{} can't be read", file.display()))?;
    }
    let mib = MOST_BYTES >> 20;
    anyhow::ensure!(
        bytes.len() as u64 <= MOST_BYTES,
        "{} is larger than {mib} MiB, and EC2 takes 16 KiB of user data: name the file that becomes it",
        file.display()
    );
    Ok(bytes)
}

/// The file's address for SARIF: relative as the path is, with what no address may hold escaped.
fn uri(file: &Path) -> String {
    if file.as_os_str() == "-" {
        return "stdin".to_owned();
    }
    let path = file.display().to_string().replace('\\', "/");
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
    let escaped: String = path
        .bytes()
        .map(|byte| if is_plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect();
    if path.starts_with('/') { format!("file://{escaped}") } else { escaped }
}
