//! `emberline sandbox`: the simulated AWS on a loopback port.

use std::io::Write;

use anyhow::Context;

use super::args::Sandbox as Args;
use super::{Done, Failed};

/// Serves until it is interrupted.
pub(crate) fn serve(args: &Args) -> Result<Done, Failed> {
    let spec = match (args.servers, args.seed) {
        (Some(servers), Some(seed)) => format!("generated:{servers}:{seed}"),
        (Some(servers), None) => format!("generated:{servers}"),
        (None, _) => args.scenario.clone().unwrap_or_default(),
    };
    let sandbox = sandbox::Sandbox::open(&spec).map_err(Failed::usage)?;
    sandbox.set_speed(args.speed);
    for fault in &args.fault {
        sandbox.inject(fault.clone());
    }
    let profiles = sandbox.profiles().to_vec();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(async {
        let serving = sandbox::serve(sandbox.clone(), args.listen, |address| {
            let mut out = std::io::stdout().lock();
            // Whoever closed our output does not want to read this; the server serves all the same.
            let _ = writeln!(out, "listening on http://{address}");
            for profile in &profiles {
                let _ = writeln!(
                    out,
                    "account {} ({}), {}: AWS_ACCESS_KEY_ID={} AWS_SECRET_ACCESS_KEY={}",
                    profile.account,
                    profile.name,
                    profile.regions.join(" and "),
                    profile.access_key_id,
                    profile.secret_access_key,
                );
            }
            let _ = out.flush();
        });
        tokio::select! {
            served = serving => served.with_context(|| format!("the sandbox can't listen on {}", args.listen)),
            interrupted = tokio::signal::ctrl_c() => Ok(interrupted?),
        }
    })?;
    // A fault that was never met proves nothing: whoever asked for it should know.
    for count in sandbox.faults().iter().filter(|count| count.fired == 0) {
        anstream::eprintln!("the fault '{}' never struck; it was met {} times", count.spec, count.matched);
    }
    Ok(Done::Whole)
}
