//! Each guard where it stands alone: what it refuses and, one step beside that, what it lets pass.

#![expect(clippy::unwrap_used, reason = "a test")]

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::*;
use crate::rules::{BurnRules, Rules};
use crate::situation::{Situation, Subjects};
use crate::testing::{Account, Slip, Still, at, now, rules, scope};
use crate::{OperationId, RefreshFacts, World};

const ALL_TOUCHES: [Touch; 4] =
    [Touch::Terminate, Touch::Reimage, Touch::Bake { reboot: true }, Touch::Bake { reboot: false }];

const REFRESH: Reach = Reach::Refresh { scale_in_protected: false, standby: false };

fn looked_at(account: &Account, journal: &Slip) -> Situation {
    let world = World { calls: account, journal, time: &Still };
    let some = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
    let subjects =
        Subjects { groups: some(&["web"]), servers: some(&["i-1", "i-9"]), whole: some(&["web"]), retired: some(&[]) };
    Situation::read(world, &scope(), &subjects).unwrap()
}

fn changed(change: impl FnOnce(&mut Account)) -> Situation {
    let mut account = Account::new();
    change(&mut account);
    looked_at(&account, &Slip::default())
}

fn held_by_another(name: &str) -> Situation {
    let holders = [(format!("{}/{name}", scope()), OperationId("op-another".into()))];
    looked_at(&Account::new(), &Slip { holders: holders.into(), ..Slip::default() })
}

fn names(refusals: impl IntoIterator<Item = Refusal>) -> Vec<Guard> {
    refusals.into_iter().map(|refusal| refusal.guard).collect()
}

/// Who refuses to touch `i-1`, a member of the group `web`, for each of [`ALL_TOUCHES`].
fn touched(situation: &Situation) -> [Vec<Guard>; 4] {
    ALL_TOUCHES.map(|touch| names(server(situation, "i-1", touch)))
}

/// Whether a guard, and no other, refuses each of [`ALL_TOUCHES`].
fn by(guard: Guard, refused: [bool; 4]) -> [Vec<Guard>; 4] {
    refused.map(|refused| if refused { vec![guard] } else { Vec::new() })
}

#[test]
fn nothing_stands_against_what_is_well() {
    let situation = changed(|_| {});
    assert_eq!(touched(&situation), by(Guard::Alive, [false; 4]));
    for reach in [Reach::Named, REFRESH, Reach::Lifetime, Reach::ActiveRefresh] {
        assert_eq!(group(&situation, "web", reach), [], "{reach:?}");
    }
}

#[test]
fn a_protected_server_is_touched_by_nothing() {
    let situation = changed(|account| {
        account.server("i-1").tags.insert(PROTECT_TAG.into(), "the last of its kind".into());
    });
    assert_eq!(touched(&situation), by(Guard::ProtectTag, [true; 4]));
    let [refusal] = &server(&situation, "i-1", Touch::Reimage)[..] else { panic!("one refusal") };
    assert_eq!(refusal.reason, "i-1 has the tag emberline:protect: the last of its kind");
    assert_eq!(names(group(&situation, "web", Reach::Named)), [], "its neighbours may be touched");
    for whole in [REFRESH, Reach::Lifetime] {
        assert_eq!(names(group(&situation, "web", whole)), [Guard::ProtectTag], "{whole:?}");
    }
    let situation = changed(|account| {
        account.web().tags.insert(PROTECT_TAG.into(), String::new());
    });
    assert_eq!(names(group(&situation, "web", Reach::Named)), [Guard::ProtectTag]);
}

#[test]
fn protection_from_termination_and_from_stopping_is_honoured() {
    let situation = changed(|account| account.server("i-1").termination_protected = Some(true));
    assert_eq!(touched(&situation), by(Guard::TerminationProtection, [true, true, false, false]));
    assert_eq!(names(group(&situation, "web", REFRESH)), [Guard::TerminationProtection]);
    let situation = changed(|account| account.server("i-1").stop_protected = Some(true));
    assert_eq!(touched(&situation), by(Guard::TerminationProtection, [true, true, true, false]));
    assert_eq!(names(group(&situation, "web", Reach::Lifetime)), [], "Auto Scaling stops no server");
}

#[test]
fn what_was_not_asked_for_is_unknown_and_refuses_what_depends_on_it() {
    let mut situation = changed(|_| {});
    let asked = |situation: &mut Situation, termination: Option<bool>, stop: Option<bool>| {
        let server = situation.servers.get_mut("i-1").unwrap();
        (server.termination_protected, server.stop_protected) = (termination, stop);
    };
    asked(&mut situation, None, None);
    assert_eq!(touched(&situation), by(Guard::Known, [true, true, true, false]));
    assert_eq!(names(group(&situation, "web", REFRESH)), [Guard::Known]);
    asked(&mut situation, Some(false), None);
    assert_eq!(touched(&situation), by(Guard::Known, [true, true, true, false]));
    assert_eq!(names(group(&situation, "web", REFRESH)), [], "a refresh stops nothing");
}

#[test]
fn protection_from_scale_in_is_honoured() {
    let situation = changed(|account| account.member(0).protected_from_scale_in = true);
    assert_eq!(touched(&situation), by(Guard::ScaleInProtection, [true, false, false, false]));
    assert_eq!(names(group(&situation, "web", REFRESH)), [], "a refresh leaves it where it is");
    let too = Reach::Refresh { scale_in_protected: true, standby: false };
    assert_eq!(names(group(&situation, "web", too)), [Guard::ScaleInProtection]);
}

#[test]
fn who_is_in_standby_is_left_alone() {
    for lifecycle in ["Standby", "EnteringStandby"] {
        let situation = changed(|account| account.member(0).lifecycle = lifecycle.into());
        assert_eq!(touched(&situation), by(Guard::Standby, [true, true, true, false]), "{lifecycle}");
        assert_eq!(names(group(&situation, "web", REFRESH)), [], "a refresh leaves it where it is");
        let too = Reach::Refresh { scale_in_protected: false, standby: true };
        assert_eq!(names(group(&situation, "web", too)), [Guard::Standby], "{lifecycle}");
    }
}

#[test]
fn what_somebody_else_owns_is_left_to_it() {
    let situation = changed(|account| account.server("i-1").owner = Some("Karpenter".into()));
    assert_eq!(touched(&situation), by(Guard::ForeignOwner, [true; 4]));
    let situation = changed(|account| account.web().owner = Some("the EKS node group blue".into()));
    for reach in [Reach::Named, REFRESH, Reach::Lifetime, Reach::ActiveRefresh] {
        assert_eq!(names(group(&situation, "web", reach)), [Guard::ForeignOwner], "{reach:?}");
    }
}

#[test]
fn what_another_operation_holds_is_left_to_it() {
    let situation = held_by_another("i-1");
    assert_eq!(touched(&situation), by(Guard::OneOperation, [true; 4]));
    assert_eq!(names(group(&situation, "web", REFRESH)), [Guard::OneOperation]);
    assert_eq!(names(group(&situation, "web", Reach::Named)), []);
    let situation = held_by_another("web");
    for reach in [Reach::Named, REFRESH, Reach::Lifetime, Reach::ActiveRefresh] {
        assert_eq!(names(group(&situation, "web", reach)), [Guard::OneOperation], "{reach:?}");
    }
    assert_eq!(names(held(&held_by_another("i-9"), "i-9").err()), [Guard::OneOperation]);
}

#[test]
fn what_leaves_or_has_left_is_not_worked_on() {
    for (state, refused) in [
        ("pending", [false, true, true, true]),
        ("stopping", [false, true, true, true]),
        ("stopped", [false, true, false, false]),
        ("shutting-down", [true; 4]),
        ("terminated", [true; 4]),
        ("a state of tomorrow", [true; 4]),
    ] {
        let situation = changed(|account| account.server("i-1").state = state.into());
        assert_eq!(touched(&situation), by(Guard::Alive, refused), "{state}");
    }
    for lifecycle in ["Terminating", "Terminating:Wait", "Detaching", "Warmed:Stopped"] {
        let situation = changed(|account| account.member(0).lifecycle = lifecycle.into());
        assert_eq!(touched(&situation), by(Guard::Alive, [true, true, true, false]), "{lifecycle}");
    }
    let situation = changed(|account| drop(account.servers.remove("i-1")));
    assert_eq!(touched(&situation), by(Guard::Known, [true; 4]));
    let situation = changed(|account| account.web().members.retain(|member| member.server != "i-1"));
    assert_eq!(touched(&situation), by(Guard::Alive, [true, true, true, false]), "its group does not list it");
    let situation = changed(|account| account.web().status = Some("Delete in progress".into()));
    assert_eq!(names(group(&situation, "web", Reach::Named)), [Guard::Alive]);
}

#[test]
fn capacity_is_counted_in_units_and_health_is_known_or_refused() {
    for (unit, refused) in [("units", false), ("vcpu", true), ("memory-mib", true)] {
        let situation = changed(|account| account.web().capacity_type = Some(unit.into()));
        assert_eq!(names(group(&situation, "web", Reach::Named)) == [Guard::CapacityUnit], refused, "{unit}");
    }
    let situation = changed(|account| account.web().classic_load_balancers.push("old".into()));
    assert_eq!(names(group(&situation, "web", Reach::Named)), [Guard::Known]);
    let situation = changed(|account| drop(account.servers.remove("i-2")));
    assert_eq!(names(group(&situation, "web", REFRESH)), [Guard::Known], "is i-2 protected?");
}

#[test]
fn what_a_replacement_needs_is_not_suspended() {
    for process in ["Launch", "Terminate", "HealthCheck", "ReplaceUnhealthy", "AddToLoadBalancer"] {
        let situation = changed(|account| account.web().suspended.push(process.into()));
        for reach in [Reach::Named, REFRESH, Reach::Lifetime] {
            assert_eq!(names(group(&situation, "web", reach)), [Guard::SuspendedProcesses], "{process} {reach:?}");
        }
    }
    let situation = changed(|account| account.web().suspended.push("InstanceRefresh".into()));
    assert_eq!(names(group(&situation, "web", Reach::Named)), []);
    assert_eq!(names(group(&situation, "web", REFRESH)), [Guard::SuspendedProcesses]);
    let situation = changed(|account| account.web().suspended.push("AZRebalance".into()));
    assert_eq!(names(group(&situation, "web", REFRESH)), []);
}

#[test]
fn no_refresh_is_under_way() {
    for (status, refused) in [("InProgress", true), ("Baking", true), ("Successful", false), ("Cancelled", false)] {
        let situation = changed(|account| {
            let refresh = RefreshFacts {
                id: "r-1".into(),
                status: status.into(),
                reason: None,
                percent: None,
                to_update: None,
                started_at: Some(now()),
                ended_at: None,
                template: None,
            };
            account.refreshes.insert("web".into(), vec![refresh]);
        });
        for reach in [Reach::Named, REFRESH, Reach::Lifetime] {
            assert_eq!(names(group(&situation, "web", reach)) == [Guard::ActiveRefresh], refused, "{status} {reach:?}");
        }
        assert_eq!(names(group(&situation, "web", Reach::ActiveRefresh)), [], "stopping it is not hindered by it");
    }
}

#[test]
fn the_floor_holds_unless_the_successor_comes_first_or_nobody_is_missed() {
    let out = |coming| TakeOut { group: "web", server: "i-1", desired: 3, coming };
    let situation = changed(|_| {});
    assert_eq!(names(take_out(&situation, &rules(), out(0)).err()), [Guard::Floor]);
    assert_eq!(take_out(&situation, &rules(), out(1)).unwrap().lowest, 3);
    let half = Rules { min_healthy_percent: 50, ..rules() };
    assert_eq!(take_out(&situation, &half, out(0)).unwrap().lowest, 2);
    let floor = Rules { floor: Some(3), ..half };
    assert_eq!(names(take_out(&situation, &floor, out(0)).err()), [Guard::Floor]);
    let situation = changed(|account| account.member(0).healthy = false);
    assert_eq!(take_out(&situation, &rules(), out(0)).unwrap().lowest, 2);
}

#[test]
fn desired_capacity_stays_between_what_was_found_and_the_largest() {
    let situation = changed(|_| {});
    let web = &situation.groups["web"];
    for (desired, refused) in [(2, true), (3, false), (5, false), (6, true)] {
        assert_eq!(names(surge(web, 3, desired).err()) == [Guard::DesiredCapacity], refused, "{desired}");
    }
}

#[test]
fn settings_are_ones_that_are_taken() {
    for (lifetime_s, refused) in [(0, false), (86_399, true), (86_400, false), (31_536_000, false), (31_536_001, true)]
    {
        assert_eq!(names(lifetime(lifetime_s).err()) == [Guard::Setting], refused, "{lifetime_s}");
    }
    for (servers, refused) in [(10, false), (11, true), (usize::MAX, true)] {
        assert_eq!(names(batch(&rules(), servers).err()) == [Guard::Batch], refused, "{servers}");
    }
    assert_eq!(names(batch(&Rules { batch: 0, ..rules() }, 1).err()), [Guard::Batch]);
}

#[test]
fn chance_burns_on_working_days_in_working_hours_and_once_a_period() {
    let leash =
        |time_zone: &str| BurnRules { period_s: 86_400, from_hour: 9, to_hour: 15, time_zone: time_zone.into() };
    let burned = |time_zone, now: Timestamp, last| {
        names(burn(&Rules { burn: Some(leash(time_zone)), ..rules() }, "web", now, last))
    };
    // A Monday, at noon.
    assert_eq!(burned("UTC", now(), None), []);
    for (from_now_s, refused) in [(-10_801, true), (-10_800, false), (10_799, false), (10_800, true)] {
        assert_eq!(burned("UTC", at(from_now_s), None) == [Guard::BurnLeash], refused, "{from_now_s} s from noon");
    }
    assert_eq!(burned("UTC", at(4 * 86_400), None), [], "a Friday");
    assert_eq!(burned("UTC", at(5 * 86_400), None), [Guard::BurnLeash], "a Saturday");
    assert_eq!(burned("UTC", at(-86_400), None), [Guard::BurnLeash], "a Sunday");
    assert_eq!(burned("Asia/Tokyo", now(), None), [Guard::BurnLeash], "nine in the evening");
    assert_eq!(burned("Nowhere/At-all", now(), None), [Guard::BurnLeash]);
    assert_eq!(burned("UTC", now(), Some(at(-86_399))), [Guard::BurnLeash]);
    assert_eq!(burned("UTC", now(), Some(at(-86_400))), []);
    assert_eq!(burned("UTC", now(), Some(at(60))), [Guard::BurnLeash], "a clock that was set back");
    assert_eq!(names(burn(&rules(), "web", now(), None)), [Guard::BurnLeash], "off by default");
}

#[test]
fn each_guard_has_a_name_of_its_own_and_is_in_the_list() {
    let names: BTreeSet<&str> = Guard::ALL.iter().map(|guard| guard.name()).collect();
    assert_eq!(names.len(), Guard::ALL.len());
    for guard in Guard::ALL {
        assert_eq!(serde_json::to_value(guard).ok(), Some(guard.name().into()));
    }
}

#[test]
fn what_aws_dates_is_compared_with_aws_clock() {
    // Born a second ago by our clock, and ten minutes ago by AWS's.
    let mut situation = changed(|account| account.server("i-1").born_at = Some(at(-1)));
    assert!(!situation.healthy("web", "i-1"), "its warm-up of a minute is not over");
    situation.aws_at = at(600);
    assert!(situation.healthy("web", "i-1"));
}
