//! The window.

use std::sync::Arc;

use session::{KeptPulls, Setup};
use ui::{WindowError, WindowOptions};

use super::args::Window;
use super::{Done, Failed, source};

/// Opens the window and returns when it is closed.
pub(crate) fn open(args: &Window) -> Result<Done, Failed> {
    let policy = Arc::new(args.source.policy()?.policy);
    let options = WindowOptions {
        setup: Setup { policy, sandbox: source::open_sandbox(), kept: KeptPulls::of_user() },
        source: args.source.named(),
        select: args.select.clone(),
    };
    match ui::run(options) {
        Ok(()) => Ok(Done::Whole),
        Err(WindowError::NoDisplay) => {
            Err(anyhow::anyhow!("there is no display to open a window on; `emberline report --sandbox` prints instead")
                .into())
        }
        Err(error) => Err(error.into()),
    }
}
