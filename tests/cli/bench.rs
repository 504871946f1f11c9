//! What acts on a sandbox of its own: a home, a served sandbox, and the binary against it.

use serde_json::Value;

use crate::run::{DONE, Ended, Home, ended};
use crate::served::Served;

pub(crate) const PROD: &str = "210987654321";
pub(crate) const GENERATED: &str = "410987654321";
pub(crate) const REGION: &str = "eu-west-1";

/// One home with one sandbox.
pub(crate) struct Bench {
    pub(crate) home: Home,
    pub(crate) served: Served,
    pub(crate) account: &'static str,
}

impl Bench {
    pub(crate) fn harbor() -> Self {
        Self::of(&[], PROD)
    }

    /// Small groups, and a minute in a second.
    pub(crate) fn fast() -> Self {
        Self::of(&["--servers", "40", "--seed", "7", "--speed", "60"], GENERATED)
    }

    pub(crate) fn of(arguments: &[&str], account: &'static str) -> Self {
        let home = Home::new();
        let served = Served::start(&home, arguments);
        Self { home, served, account }
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Ended {
        ended(self.served.command(&self.home, self.account, REGION, arguments).output().unwrap())
    }

    pub(crate) fn report(&self) -> Value {
        self.run(&["report", "--format", "json"]).expect(DONE).json()
    }

    /// Ids of a group's servers, sorted.
    pub(crate) fn servers(&self, group: &str) -> Vec<String> {
        let report = self.report();
        let servers = report["servers"].as_array().unwrap().iter().filter(|server| server["group"] == group);
        let mut ids: Vec<String> = servers.map(|server| server["id"].as_str().unwrap().to_owned()).collect();
        ids.sort();
        ids
    }

    /// Plans, and gives the file's path.
    pub(crate) fn plan(&self, arguments: &[&str]) -> String {
        let path = self.home.path().join("plan.json").display().to_string();
        let mut all = vec!["plan"];
        all.extend(arguments);
        all.extend(["-o", &path]);
        self.run(&all).expect(DONE);
        path
    }
}
