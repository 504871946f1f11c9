//! The window from end to end: driven by role and label, as a user or a screen reader would, on the embedded sandbox.
//!
//! The sandbox's clock stands still, so every run sees the same company at the same moment. `run` ends only when the
//! window asks for no more frames: each test that uses it proves that the window comes to rest.

#![expect(clippy::unwrap_used, reason = "a test")]

use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use cloud::{Access, Login};
use egui::{Key, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use fleet::Node;
use sandbox::Sandbox;
use session::{Setup, Source, View};
use ui::{App, Mode, WindowOptions};

/// How long a pull of the sandbox and its derivation may take on a slow machine without optimisation.
const PATIENCE: Duration = Duration::from_secs(60);

/// The window's ways to what is outside. A sandbox that it opens is given to `opened` as well.
fn setup(policy: &str, opened: impl Fn(&Sandbox) + Send + Sync + 'static) -> Setup {
    Setup {
        policy: Arc::new(insight::Policy::parse(policy, "emberline.toml").unwrap()),
        sandbox: Arc::new(move |scenario| {
            let instant = "2026-06-01T12:00:00Z".parse().expect("an instant");
            let sandbox = Sandbox::open_at(scenario, instant).map_err(|error| error.to_string())?;
            opened(&sandbox);
            let logins = sandbox.profiles().iter().map(login).collect();
            Ok(Access::in_process(Arc::new(move |request| sandbox.handle(request).into_response()), logins))
        }),
        kept: None,
    }
}

fn login(profile: &sandbox::Profile) -> Login {
    Login {
        profile: profile.name.clone(),
        account: Some(profile.account.clone()),
        regions: profile.regions.clone(),
        access_key_id: profile.access_key_id.clone(),
        secret_access_key: profile.secret_access_key.clone(),
    }
}

fn window(source: Option<Source>, select: Option<&str>) -> Harness<'static, App> {
    window_with(setup("", |_| ()), source, select)
}

fn window_with(setup: Setup, source: Option<Source>, select: Option<&str>) -> Harness<'static, App> {
    let options = WindowOptions { setup, source, select: select.map(str::to_owned) };
    Harness::builder().with_size(vec2(1440.0, 900.0)).build_eframe(|creation| App::new(creation, options).unwrap())
}

/// The window with harbor in it, and with all that the pull's second stage reads of it.
fn harbor(select: Option<&str>) -> Harness<'static, App> {
    harbor_under("", select)
}

fn harbor_under(policy: &str, select: Option<&str>) -> Harness<'static, App> {
    harbor_with(setup(policy, |_| ()), select)
}

fn harbor_with(setup: Setup, select: Option<&str>) -> Harness<'static, App> {
    let mut window = window_with(setup, Some(Source::Sandbox(String::new())), select);
    until(&mut window, |app| app.model().view.as_ref().is_some_and(has_evidence) && app.model().filtered.is_some());
    window.run();
    window
}

fn has_evidence(view: &Arc<View>) -> bool {
    view.fleet.scopes.iter().all(|scope| scope.evidence_at.is_some())
}

/// Draws frames until what other threads do has come about.
fn until(window: &mut Harness<'_, App>, is_so: impl Fn(&App) -> bool) {
    let began = Instant::now();
    while !is_so(window.state()) {
        assert!(began.elapsed() < PATIENCE, "it did not come about within {PATIENCE:?}");
        std::thread::sleep(Duration::from_millis(5));
        window.step();
    }
    window.step();
}

fn server_count(window: &Harness<'_, App>) -> usize {
    window.state().model().view.as_ref().unwrap().fleet.servers.len()
}

fn search(window: &mut Harness<'_, App>, text: &str) {
    window.key_press(Key::Slash);
    window.run();
    window.event(egui::Event::Text(text.to_owned()));
    window.run();
}

fn matches(window: &Harness<'_, App>) -> Option<usize> {
    window.state().model().filtered_servers().map(<[_]>::len)
}

#[test]
fn the_welcome_screen_opens_the_sandbox() {
    let mut window = window(None, None);
    window.run();
    window.get_by_label("Open the sandbox").click();
    until(&mut window, |app| app.model().view.is_some() && app.model().filtered.is_some());
    window.run();
    let servers = server_count(&window);
    assert!((350..=450).contains(&servers), "{servers}");
    window.get_by_label(&format!("Lineage of {servers} servers"));
    window.get_by_label(&format!("{servers} servers"));
}

#[test]
fn the_status_bar_tells_the_gaps_of_the_denied_scope() {
    let window = harbor(None);
    let gaps = window.state().model().view.as_ref().unwrap().fleet.gaps.len();
    assert!(gaps > 0);
    window.get_by_label(&format!("{gaps} gaps"));
}

#[test]
fn what_an_alert_names_is_selected_and_tells_its_story() {
    let named = harbor(Some("jenkins"));
    let view = named.state().model().view.clone().unwrap();
    let tagged = |server: &fleet::Server| view.fleet.symbols.tags(server.tags).any(|tag| tag == ("Name", "jenkins"));
    let row = view.fleet.servers.iter().position(tagged).unwrap();
    let jenkins = Some(Node::Server(fleet::ServerIx(row as u32)));
    assert_eq!(named.state().model().selection.only(), jenkins);
    named.get_by_label_contains("Born 2 years ago");
    let id = view.fleet.str(view.fleet.servers[row].id);
    assert_eq!(harbor(Some(id)).state().model().selection.only(), jenkins);
}

#[test]
fn user_data_is_shown_with_its_findings_in_the_margin_and_without_its_secrets() {
    let shown = |app: &App| app.model().user_data.is_some();
    let mut fried = harbor(Some("web-prod-7"));
    until(&mut fried, shown);
    fried.run();
    fried.get_by_label_contains("Fried at boot · 2 findings · measured ");
    fried.get_by_label("3: yum update -y (package-upgrade)");
    fried.get_by_label("5: systemctl start web");
    fried.get_by_label("This is the user data of web : 11.");
    let mut group = harbor(Some("checkout-prod"));
    until(&mut group, shown);
    group.run();
    group.get_by_label_contains("Next servers fried at boot · ");
    group.get_by_label("7: export CHECKOUT_DB_PASSWORD=******** (secret-in-user-data)");
    assert!(group.query_by_label_contains("not-a-real-password").is_none());
}

#[test]
fn a_search_selects_what_its_query_says_and_escape_takes_it_back() {
    let mut window = harbor(None);
    let all = server_count(&window);
    search(&mut window, "group:billing-legacy");
    until(&mut window, |app| app.model().filtered_servers().is_some_and(|servers| servers.len() == 8));
    window.run();
    window.get_by_label(&format!("8 of {all} match"));
    window.get_by_label("Clear the filter").click();
    window.run();
    until(&mut window, |app| app.model().filtered_servers().is_none_or(|servers| servers.len() == all));
    assert!(matches(&window).is_none_or(|count| count == all));
}

#[test]
fn the_table_lists_the_fleet_and_selects_with_the_canvas() {
    let mut window = harbor(None);
    window.key_press(Key::Num2);
    window.run();
    assert_eq!(window.state().model().mode, Mode::Servers);
    search(&mut window, "jenkins-agent-1");
    until(&mut window, |app| app.model().filtered_servers().is_some_and(|servers| servers.len() == 1));
    window.run();
    window.get_by_role_and_label(egui::accesskit::Role::Row, "jenkins-agent-1").click();
    window.run();
    assert!(matches!(window.state().model().selection.only(), Some(Node::Server(_))));
    window.get_by_label_contains("Born 95 days ago");
}

#[test]
fn the_theme_switches_and_stays_at_rest() {
    let mut window = harbor(None);
    let before = window.state().model().theme;
    window.key_press(Key::T);
    window.run();
    assert_ne!(window.state().model().theme, before);
}

#[test]
fn a_window_at_rest_draws_nothing_more() {
    let mut window = harbor(Some("jenkins"));
    // `run` panics where a window still wants frames after its limit; a second one needs hardly any.
    let frames = window.run();
    assert!(frames <= 4, "{frames} frames at rest");
}

/// Arms, plans, types and confirms, as a person does.
fn replace_what_is_selected(window: &mut Harness<'_, App>) {
    let is_disabled = |window: &Harness<'_, App>, label: &str| {
        egui_kittest::kittest::NodeT::accesskit_node(&window.get_by_label(label)).is_disabled()
    };
    assert!(is_disabled(window, "Replace…"), "nothing is armed");
    window.get_by_label_contains("Switch to Act for 210987654321").click();
    until(window, |app| !app.model().acting.armed.is_empty());
    assert!(!is_disabled(window, "Replace…"));
    window.get_by_label("Replace…").click();
    until(window, |app| app.model().acting.sheet.is_some() || app.model().acting.refused.is_some());
    assert_eq!(window.state().model().acting.refused, None);
    window.step();
    window.get_by_label("Account").focus();
    window.step();
    window.event(egui::Event::Text("210987654321".to_owned()));
    std::thread::sleep(Duration::from_millis(1_100));
    window.step();
    window.step();
    window.get_by_label("Replace 1 server").click();
    until(window, |app| !app.model().acting.operations.is_empty());
}

#[test]
fn a_server_is_replaced_by_arming_planning_typing_and_confirming() {
    let mut window = harbor(Some("api-prod-3"));
    replace_what_is_selected(&mut window);
    assert_eq!(window.state().model().mode, Mode::Operations);
    window.step();
    window.get_by_label("An operation is under way");
}

#[test]
fn the_canvas_shows_a_server_burned_and_its_successor_born_and_then_how_it_ended() {
    let opened = Arc::new(OnceLock::new());
    let keep = Arc::clone(&opened);
    let setup = setup("", move |sandbox| drop(keep.set(sandbox.clone())));
    let mut window = harbor_with(setup, Some("api-prod-3"));
    let view = |window: &Harness<'_, App>| window.state().model().view.clone().unwrap();
    let ids = |view: &View| -> BTreeSet<String> {
        view.fleet.servers.iter().map(|server| view.fleet.str(server.id).to_owned()).collect()
    };
    let before = view(&window);
    let Some(Node::Server(old)) = window.state().model().selection.only() else { panic!("a server is selected") };
    let (old, group) = (before.fleet.servers[old.0 as usize].id, before.fleet.servers[old.0 as usize].group);
    let old = before.fleet.str(old).to_owned();
    replace_what_is_selected(&mut window);
    let sandbox: &Sandbox = opened.get().unwrap();
    sandbox.set_speed(60.0);

    window.key_press(Key::Num1);
    until(&mut window, |app| app.model().view.as_ref().is_some_and(|view| !view.motion.born().is_empty()));
    let meanwhile = view(&window);
    let born: Vec<String> = ids(&meanwhile).difference(&ids(&before)).cloned().collect();
    assert_eq!((born.len(), meanwhile.pull), (1, before.pull), "without a pull");
    assert_eq!(meanwhile.fleet.servers[meanwhile.motion.born()[0].0 as usize].group, group);

    until(&mut window, |app| app.model().view.as_ref().is_some_and(|view| !ids(view).contains(&old)));
    until(&mut window, |app| app.model().acting.operations.iter().all(|operation| operation.ending.is_some()));
    window.step();
    assert_eq!(window.state().model().mode, Mode::Lineage);
    let told = window.get_all_by_label(&format!("Done: Replace {old}")).count();
    assert_eq!(told, 2, "where the eye is, and in the status bar");
    window.get_by_label("Show what was done").click();
    until(&mut window, |app| app.model().mode == Mode::Operations);
    let after = ids(&view(&window));
    assert!(after.contains(&born[0]) && !after.contains(&old), "{after:?}");
    sandbox.set_speed(0.0);
}

#[test]
fn why_a_recipe_can_not_be_baked_from_here_is_said_on_its_button() {
    let command = "[bake.batch]\ncommand = [\"make\"]\nimage = { tag = \"a=b\" }\n";
    for (policy, why) in [
        ("", "Packer bakes batch, and the policy file has no command for it here. Write [bake.NAME]"),
        (command, "no other program reaches this sandbox, which is inside Emberline"),
    ] {
        let mut window = harbor_under(policy, Some("packer:images/batch.pkr.hcl"));
        let rebake = window.get_by_label("Rebake…");
        assert!(egui_kittest::kittest::NodeT::accesskit_node(&rebake).is_disabled());
        rebake.hover();
        window.run();
        window.get_by_label_contains(why);
    }
}

#[test]
fn the_inspector_says_what_the_policy_file_takes_out_and_whose_code_describes_a_server() {
    let policy = "[[exempt]]\nquery = \"name:search-prod-14\"\nfrom = [\"lifetime\", \"drift\"]\nreason = \"under \
                  repair\"\nuntil = 2027-03-31\n[[exempt]]\nquery = \"name:search-prod-14\"\nfrom = [\"bake\"]\n\
                  reason = \"the sale\"\nuntil = 2026-01-31\n[[off]]\nquery = \"name:web-prod-1\"\n\
                  rules = [\"snowflake:old\"]\n";
    let window = harbor_under(policy, Some("search-prod-14"));
    window.get_by_label("By the policy file");
    window.get_by_label("lifetime, drift");
    let exempt = window.get_all_by_label("Exempt by the policy file until 2027-03-31: under repair.").count();
    assert_eq!(exempt, 3, "with the evidence, with the difference, and by itself");
    window.get_by_label("Counts again since 2026-01-31.");
    let window = harbor_under(policy, Some("web-prod-1"));
    window.get_by_label("Switched off by the policy file.");
    window.get_by_label("Terraform, through its template");
    assert!(harbor(Some("web-prod-7")).query_by_label("By the policy file").is_none());
}

/// Pictures of the window, in `tests/snapshots`. Each is taken right after its pull, while the freshness reads 'just
/// now'; everything else in them stands still with the sandbox's clock.
#[test]
fn the_window_looks_as_it_did() {
    let mut results = egui_kittest::SnapshotResults::new();
    let mut lineage = harbor(Some("web-prod-7"));
    until(&mut lineage, |app| app.model().user_data.is_some());
    lineage.run();
    results.add(lineage.try_snapshot("lineage_dark"));
    lineage.key_press(Key::T);
    lineage.run();
    results.add(lineage.try_snapshot("lineage_light"));
    lineage.key_press(Key::Num2);
    lineage.run();
    results.add(lineage.try_snapshot("servers_light"));
}
