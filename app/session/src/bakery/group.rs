//! A program together with everything that it starts, as one thing that can be stopped: a process group on Unix, a job
//! on Windows. Nothing of it outlives its owner here.

#[cfg(unix)]
pub(super) use unix::Group;
#[cfg(windows)]
pub(super) use windows::Group;

#[cfg(unix)]
mod unix {
    use std::io::Result;
    use std::os::unix::process::CommandExt;
    use std::process::{Child, ChildStderr, ChildStdout, Command, ExitStatus};

    use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};

    /// A process group. Its leader is waited for last: as long as it is not, nobody else can get its number.
    pub(in crate::bakery) struct Group {
        leader: Child,
        /// How the leader ended, once it was waited for: nothing is sent to the group from then on.
        ended: Option<ExitStatus>,
    }

    impl Group {
        pub(in crate::bakery) fn spawn(mut command: Command) -> Result<Self> {
            Ok(Self { leader: command.process_group(0).spawn()?, ended: None })
        }

        pub(in crate::bakery) fn output(&mut self) -> (Option<ChildStdout>, Option<ChildStderr>) {
            (self.leader.stdout.take(), self.leader.stderr.take())
        }

        /// Whether the program has ended; what it has started may go on. One that can't be asked is gone.
        pub(in crate::bakery) fn has_ended(&mut self) -> bool {
            let how = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
            !matches!(waitid(WaitId::Pid(Pid::from_child(&self.leader)), how), Ok(None))
        }

        /// Tells it to stop, so that it can clean up. Whether it was killed instead.
        pub(in crate::bakery) fn stop(&mut self) -> bool {
            self.signal(Signal::TERM);
            false
        }

        /// Ends it now, whatever it does.
        pub(in crate::bakery) fn kill(&mut self) {
            self.signal(Signal::KILL);
        }

        /// Ends what is left of it, and tells how the program itself ended.
        pub(in crate::bakery) fn end(&mut self) -> Result<ExitStatus> {
            if let Some(status) = self.ended {
                return Ok(status);
            }
            self.kill();
            let status = self.leader.wait()?;
            self.ended = Some(status);
            Ok(status)
        }

        fn signal(&self, signal: Signal) {
            // It fails where nothing of the group is left, which is what was wanted.
            let _ = kill_process_group(Pid::from_child(&self.leader), signal);
        }
    }

    impl Drop for Group {
        fn drop(&mut self) {
            let _ = self.end();
        }
    }
}

#[cfg(windows)]
mod windows {
    use std::io::Result;
    use std::process::{ChildStderr, ChildStdout, Command, ExitStatus};

    use process_wrap::std::{ChildWrapper, CommandWrap, JobObject};

    /// A job.
    pub(in crate::bakery) struct Group(Box<dyn ChildWrapper>);

    impl Group {
        pub(in crate::bakery) fn spawn(command: Command) -> Result<Self> {
            CommandWrap::from(command).wrap(JobObject).spawn().map(Self)
        }

        pub(in crate::bakery) fn output(&mut self) -> (Option<ChildStdout>, Option<ChildStderr>) {
            (self.0.stdout().take(), self.0.stderr().take())
        }

        /// Whether the program has ended; what it has started may go on. One that can't be asked is gone.
        pub(in crate::bakery) fn has_ended(&mut self) -> bool {
            !matches!(self.0.try_wait(), Ok(None))
        }

        /// Ends it, since there is no word for stopping that every program of this system listens to. Whether it was
        /// killed.
        pub(in crate::bakery) fn stop(&mut self) -> bool {
            self.kill();
            true
        }

        /// Ends it now, whatever it does.
        pub(in crate::bakery) fn kill(&mut self) {
            // It fails where nothing of the job is left, which is what was wanted.
            let _ = self.0.start_kill();
        }

        /// Ends what is left of it, and tells how the program itself ended.
        pub(in crate::bakery) fn end(&mut self) -> Result<ExitStatus> {
            self.kill();
            self.0.wait()
        }
    }

    impl Drop for Group {
        fn drop(&mut self) {
            let _ = self.end();
        }
    }
}
