//! When what operations touch is read again: soon after something was written of one, every few seconds while things
//! change, less often while they do not, and once more when an operation is left. Nothing is read while none works.

use std::collections::BTreeMap;
use std::time::Duration;

use cloud::Touched;
use operate::{OperationId, Scope};
use tokio::time::Instant;

/// The least time from one reading to the next.
const LEAST: Duration = Duration::from_secs(5);
/// The most, while an operation waits for something that takes long.
const MOST: Duration = Duration::from_secs(30);
/// A reading takes at most this share of the time: one part in so many.
const SHARE: u32 = 4;

/// Something that was written of an operation.
#[derive(Clone, Debug)]
pub(crate) enum Worked {
    /// This process works on it.
    On { operation: OperationId, scope: Scope, touched: Box<Touched> },
    /// Nobody here works on it any more.
    Left(OperationId),
}

/// What to read again in one place.
pub(crate) type Round = Vec<(Scope, Touched)>;

#[derive(Debug, Default)]
pub(crate) struct Rereads {
    /// What each operation that is worked on touches.
    live: BTreeMap<OperationId, (Scope, Touched)>,
    /// What is to be read once more.
    once_more: Round,
    /// What was read again since the pull that runs began: the pull may have read it before that.
    during_pull: Round,
    began: Option<Instant>,
    /// How long to wait from `began` to the next one.
    pause: Duration,
}

impl Rereads {
    pub(crate) fn worked(&mut self, worked: Worked) {
        match worked {
            Worked::On { operation, scope, touched } => {
                self.live.insert(operation, (scope, *touched));
            }
            Worked::Left(operation) => self.once_more.extend(self.live.remove(&operation)),
        }
        self.pause = LEAST;
    }

    /// When to read next; `None` while there is nothing to read.
    pub(crate) fn due(&self) -> Option<Instant> {
        if self.live.is_empty() && self.once_more.is_empty() {
            return None;
        }
        Some(self.began.map_or_else(Instant::now, |began| began + self.pause))
    }

    /// What to read now, each place once.
    pub(crate) fn begin(&mut self, now: Instant) -> Round {
        self.began = Some(now);
        let mut round: Round = Vec::new();
        let once_more = std::mem::take(&mut self.once_more);
        for (scope, touched) in self.live.values().cloned().chain(once_more) {
            match round.iter_mut().find(|(known, _)| *known == scope) {
                Some((_, known)) => known.add(&touched),
                None => round.push((scope, touched)),
            }
        }
        self.during_pull.extend(round.iter().cloned());
        round
    }

    /// A reading has ended.
    pub(crate) fn ended(&mut self, is_changed: bool, took: Duration) {
        let next = if is_changed { LEAST } else { (self.pause * 2).clamp(LEAST, MOST) };
        self.pause = next.max(took * SHARE);
    }

    /// What was read could not be used, since a pull came in between.
    pub(crate) fn again(&mut self, round: Round) {
        self.once_more.extend(round);
    }

    /// A pull begins.
    pub(crate) fn pull_began(&mut self) {
        self.during_pull.clear();
    }

    /// It has ended and is on screen.
    pub(crate) fn pull_ended(&mut self) {
        self.once_more.append(&mut self.during_pull);
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test")]

    use super::*;

    fn scope(region: &str) -> Scope {
        Scope { partition: "aws".into(), account: "111122223333".into(), region: region.into(), profile: None }
    }

    fn on(operation: &str, region: &str, server: &str) -> Worked {
        let touched = Touched { servers: [server.to_owned()].into(), ..Touched::default() };
        Worked::On { operation: OperationId(operation.into()), scope: scope(region), touched: touched.into() }
    }

    fn servers(round: &Round) -> Vec<(String, Vec<String>)> {
        round.iter().map(|(scope, one)| (scope.region.clone(), one.servers.iter().cloned().collect())).collect()
    }

    #[test]
    fn without_operations_nothing_is_ever_due() {
        let mut rereads = Rereads::default();
        assert_eq!(rereads.due(), None);
        rereads.worked(Worked::Left(OperationId("unknown".into())));
        assert_eq!(rereads.due(), None);
    }

    #[test]
    fn operations_of_one_place_are_read_together_and_what_was_left_once_more() {
        let mut rereads = Rereads::default();
        for (operation, region, server) in
            [("a", "eu-west-1", "i-1"), ("b", "eu-west-1", "i-2"), ("c", "us-east-1", "i-3")]
        {
            rereads.worked(on(operation, region, server));
        }
        let now = Instant::now();
        let all = [
            ("eu-west-1".to_owned(), vec!["i-1".to_owned(), "i-2".to_owned()]),
            ("us-east-1".to_owned(), vec!["i-3".to_owned()]),
        ];
        assert_eq!(servers(&rereads.begin(now)), all);
        rereads.ended(true, Duration::ZERO);
        for operation in ["a", "b", "c"] {
            rereads.worked(Worked::Left(OperationId(operation.into())));
        }
        assert_eq!(rereads.due(), Some(now + LEAST));
        assert_eq!(servers(&rereads.begin(now + LEAST)), all);
        rereads.ended(true, Duration::ZERO);
        assert_eq!(rereads.due(), None);
    }

    #[test]
    fn what_does_not_change_is_read_less_often_until_something_is_written() {
        let mut rereads = Rereads::default();
        rereads.worked(on("a", "eu-west-1", "i-1"));
        let mut now = Instant::now();
        let mut pauses = Vec::new();
        for _ in 0..5 {
            rereads.begin(now);
            rereads.ended(false, Duration::ZERO);
            pauses.push(rereads.due().unwrap().duration_since(now).as_secs());
            now = rereads.due().unwrap();
        }
        assert_eq!(pauses, [10, 20, 30, 30, 30]);
        rereads.worked(on("a", "eu-west-1", "i-2"));
        rereads.begin(now);
        rereads.ended(true, Duration::ZERO);
        assert_eq!(rereads.due(), Some(now + LEAST));
        rereads.ended(true, Duration::from_secs(3));
        assert_eq!(rereads.due(), Some(now + Duration::from_secs(12)), "a slow reading leaves room for others");
    }

    #[test]
    fn what_was_read_while_a_pull_ran_is_read_once_more_after_it() {
        let mut rereads = Rereads::default();
        rereads.worked(on("a", "eu-west-1", "i-1"));
        rereads.pull_began();
        let now = Instant::now();
        rereads.begin(now);
        rereads.ended(true, Duration::ZERO);
        rereads.worked(Worked::Left(OperationId("a".into())));
        rereads.begin(now + LEAST);
        rereads.ended(true, Duration::ZERO);
        assert_eq!(rereads.due(), None);
        rereads.pull_ended();
        assert_eq!(servers(&rereads.begin(now + 2 * LEAST)), [("eu-west-1".to_owned(), vec!["i-1".to_owned()])]);
    }
}
