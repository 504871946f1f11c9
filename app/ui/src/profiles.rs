//! The AWS profiles that the welcome screen offers, read on a thread of their own.

use std::sync::mpsc::{Receiver, TryRecvError, channel};

use session::ProfileInfo;

/// The profiles, as far as they are known.
#[derive(Default)]
pub enum Profiles {
    /// Nobody has asked.
    #[default]
    Unasked,
    /// They are being read.
    Reading(Receiver<Result<Vec<ProfileInfo>, String>>),
    /// They were read, or why not.
    Read(Result<Vec<ProfileInfo>, String>),
}

impl Profiles {
    /// Starts reading. `read` runs on a thread of its own and `wake` after it.
    pub fn ask(
        &mut self,
        read: impl FnOnce() -> Result<Vec<ProfileInfo>, String> + Send + 'static,
        wake: impl FnOnce() + Send + 'static,
    ) {
        let (tell, told) = channel();
        *self = Self::Reading(told);
        std::thread::spawn(move || {
            // A window that has closed meanwhile does not want to know.
            let _ = tell.send(read());
            wake();
        });
    }

    /// Takes the answer in, if it is there.
    pub fn poll(&mut self) {
        if let Self::Reading(told) = self {
            match told.try_recv() {
                Ok(read) => *self = Self::Read(read),
                Err(TryRecvError::Empty) => {}
                Err(TryRecvError::Disconnected) => {
                    *self = Self::Read(Err("reading the AWS configuration ended without an answer".to_owned()));
                }
            }
        }
    }
}
