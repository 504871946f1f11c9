use std::sync::Arc;

use egui::{Event, Key, Modifiers, PointerButton, Pos2, RawInput, Rect, pos2, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use jiff::SignedDuration;
use operate::{
    BakeCommand, BakedImage, Baseline, Caller, Capacity, FORMAT, Guard, Loss, LossKind, Plan, PlanFile,
    PlannedMutation, Refusal, Rollback, Scope, Step,
};

use super::*;

fn at_ms(millis: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_millis(millis)
}

fn scope() -> Scope {
    Scope { partition: "aws".into(), account: "111122223333".into(), region: "eu-west-1".into(), profile: None }
}

fn plan() -> Plan {
    let mutation = PlannedMutation::SetDesiredCapacity { group: "web".into(), desired: 4 };
    let work = operate::Work::Send { mutation, makes: None, desired: Some(3), takes_out: None };
    Plan {
        format: FORMAT,
        action: Action::Replace { servers: vec!["i-1".into()] },
        scope: scope(),
        endpoint: Some(operate::Endpoint::Aws),
        caller: Caller { account: "111122223333".into(), arn: "arn:aws:iam::111122223333:user/ada".into() },
        made_at: at_ms(0),
        summary: "Replace web-1 (i-1) in the group web, launching its successor first.".into(),
        baseline: Baseline::default(),
        steps: vec![Step { name: "surge".into(), sentence: "Raise web from 3 to 4 servers.".into(), work }],
        capacity: vec![Capacity { group: "web".into(), before: 3, lowest: 3, after: 3, floor: 2, desired: 3 }],
        losses: vec![Loss {
            server: "i-1".into(),
            kind: LossKind::Volume,
            what: "vol-1".into(),
            sentence: "The volume vol-1 is deleted.".into(),
        }],
        warnings: vec!["CloudFormation owns the template.".into()],
        rollback: Rollback::Impossible("A terminated server does not come back.".into()),
    }
}

/// The plan on a sheet that can be confirmed from the first second on.
fn sheet(hash: &str, to_type: Option<&str>) -> PlanSheet {
    PlanSheet {
        file: PlanFile { hash: hash.into(), plan: plan() },
        account_name: "shop".into(),
        to_type: to_type.map(str::to_owned),
        ready_at: at_ms(1_000),
        commands: vec!["aws autoscaling set-desired-capacity --desired-capacity 4".into()],
        refusals: Vec::new(),
        beginning: false,
    }
}

/// The same without what takes long to lay out: what is tried with it is the foot of the sheet.
fn small_sheet(hash: &str, to_type: Option<&str>) -> PlanSheet {
    let mut small = PlanSheet { commands: Vec::new(), ..sheet(hash, to_type) };
    (small.file.plan.capacity, small.file.plan.losses) = (Vec::new(), Vec::new());
    (small.file.plan.warnings, small.file.plan.caller.arn) = (Vec::new(), String::new());
    small
}

fn acting(sheet: PlanSheet) -> Acting {
    Acting { armed: vec![(scope(), at_ms(900_000))], sheet: Some(Arc::new(sheet)), ..Acting::default() }
}

struct Desk {
    has_fonts: bool,
    sheet: ConfirmSheet,
    acting: Acting,
    now: Timestamp,
    commands: Vec<Command>,
}

impl Desk {
    fn of(acting: Acting) -> Self {
        let sheet = ConfirmSheet::default();
        Self { has_fonts: false, sheet, acting, now: at_ms(0), commands: Vec::new() }
    }

    fn ui(&mut self, ui: &Ui) {
        if std::mem::replace(&mut self.has_fonts, true) {
            self.sheet.ui(ui, &self.acting, self.now, &mut self.commands);
        } else {
            Theme::install(ui.ctx());
        }
    }

    fn confirms(&self) -> usize {
        self.commands.iter().filter(|command| matches!(command, Command::Confirm { .. })).count()
    }
}

fn window(acting: Acting) -> Harness<'static, Desk> {
    window_at(acting, 0.25)
}

/// The same with so many seconds from one frame to the next.
fn window_at(acting: Acting, step_s: f32) -> Harness<'static, Desk> {
    let builder = Harness::builder().with_size(vec2(1024.0, 768.0)).with_step_dt(step_s);
    let mut window = builder.build_ui_state(|ui, desk: &mut Desk| desk.ui(ui), Desk::of(acting));
    for _ in 0..3 {
        window.step();
    }
    window
}

fn at(window: &mut Harness<'_, Desk>, millis: i64) {
    window.state_mut().now = at_ms(millis);
    window.step();
    window.step();
}

fn is_open(window: &Harness<'_, Desk>) -> bool {
    !window.get_by_label("Replace 1 server").accesskit_node().is_disabled()
}

fn press(window: &mut Harness<'_, Desk>, label: &str) {
    window.get_by_label(label).click();
    // Long enough for a click to be a single one: a step is a quarter of a second.
    for _ in 0..5 {
        window.step();
    }
}

#[test]
fn a_bake_command_is_shown_to_its_last_word() {
    let command = BakeCommand {
        command: ["packer", "build", "web image.pkr.hcl"].map(str::to_owned).to_vec(),
        directory: "/home/ada/images".into(),
        image: BakedImage::Tag { key: "release".into(), value: "web".into() },
        timeout_s: 7_200,
    };
    let work = operate::Work::BakeCommand { recipe: "web".into(), shown: command };
    let mut shown = sheet("h", None);
    shown.file.plan.steps = vec![Step { name: "bake".into(), sentence: "Run the bake command web.".into(), work }];
    let window = window(acting(shown));
    window.get_by_label("packer build 'web image.pkr.hcl'");
    window.get_by_label("in /home/ada/images, for 2h at most; finds its image by the tag release=web");
}

#[test]
fn cancel_has_the_focus_and_enter_cancels() {
    let mut window = window(acting(sheet("a", None)));
    at(&mut window, 5_000);
    assert!(window.get_by_label("Cancel").accesskit_node().is_focused());
    window.key_press(Key::Enter);
    window.step();
    assert_eq!(window.state().commands, [Command::DropSheet]);
}

#[test]
fn the_first_second_confirms_nothing() {
    let mut window = window(acting(sheet("a", None)));
    assert!(!is_open(&window));
    window.get_by_label_contains("it can be confirmed in a moment");
    press(&mut window, "Replace 1 server");
    at(&mut window, 999);
    press(&mut window, "Replace 1 server");
    assert_eq!(window.state().confirms(), 0);
    at(&mut window, 1_000);
    assert!(is_open(&window));
    press(&mut window, "Replace 1 server");
    assert_eq!(window.state().confirms(), 1);
}

#[test]
fn production_is_typed_exactly_and_enter_in_the_field_confirms_nothing() {
    let mut window = window(acting(sheet("a", Some("shop"))));
    at(&mut window, 2_000);
    window.get_by_label_contains("Type shop above");
    for (typed, opens) in [("sho", false), ("p", true), ("s", false)] {
        window.get_by_label("Account").focus();
        window.step();
        window.event(Event::Text(typed.into()));
        window.step();
        window.key_press(Key::Enter);
        window.step();
        assert_eq!(is_open(&window), opens, "after {typed}");
    }
    assert_eq!(window.state().confirms(), 0);
}

#[test]
fn a_plan_is_confirmed_once_and_the_next_one_anew() {
    let mut window = window(acting(sheet("a", None)));
    at(&mut window, 2_000);
    for _ in 0..4 {
        press(&mut window, "Replace 1 server");
    }
    let confirm = Command::Confirm { plan_hash: "a".into(), typed: String::new() };
    assert_eq!(window.state().commands, [confirm]);
    window.get_by_label_contains("Follow it under Operations");
    window.state_mut().acting = acting(sheet("b", None));
    at(&mut window, 3_000);
    press(&mut window, "Replace 1 server");
    assert_eq!(window.state().confirms(), 1, "it was not looked at for a second");
    at(&mut window, 4_000);
    press(&mut window, "Replace 1 server");
    assert_eq!(window.state().confirms(), 2);
}

#[test]
fn what_stands_against_it_is_shown_in_place_with_plan_again() {
    let refusal =
        Refusal { guard: Guard::Floor, reason: "the group web has 2 healthy servers".into(), next: "Wait.".into() };
    let mut window = window(acting(PlanSheet { refusals: vec![refusal], ..sheet("a", None) }));
    at(&mut window, 2_000);
    window.get_by_label("The group web has 2 healthy servers.");
    assert!(window.query_by_label("Replace 1 server").is_none());
    press(&mut window, "Plan again");
    assert_eq!(window.state().commands, [Command::Plan(scope(), Box::new(plan().action))]);
}

#[test]
fn halted_or_no_longer_armed_it_says_so() {
    let halted = Acting { halted: true, ..acting(sheet("a", None)) };
    let disarmed = Acting { armed: Vec::new(), ..acting(sheet("a", None)) };
    for (acting, words) in [(halted, "The kill switch is pulled"), (disarmed, "Acting has run out here")] {
        let mut window = window(acting);
        at(&mut window, 2_000);
        assert!(!is_open(&window), "{words}");
        window.get_by_label_contains(words);
    }
}

#[test]
fn the_whole_plan_is_on_the_sheet() {
    let mut window = window(acting(sheet("a", None)));
    at(&mut window, 2_000);
    for words in [
        "shop · 111122223333 · eu-west-1",
        "as arn:aws:iam::111122223333:user/ada",
        "Raise web from 3 to 4 servers.",
        "web: 3 healthy now, 3 at the lowest, 3 in the end; its floor is 2",
        "The volume vol-1 is deleted.",
        "CloudFormation owns the template.",
        "A terminated server does not come back.",
    ] {
        window.get_by_label(words);
    }
    assert!(window.query_by_label_contains("set-desired-capacity").is_none());
    press(&mut window, "Show 1 call");
    window.get_by_label("aws autoscaling set-desired-capacity --desired-capacity 4");
}

/// What a hand does on the confirm button: presses and releases, one after the other.
fn click_at(window: &mut Harness<'_, Desk>, pos: Pos2) {
    window.event(Event::PointerMoved(pos));
    for pressed in [true, false] {
        window.event(Event::PointerButton { pos, button: PointerButton::Primary, pressed, modifiers: Modifiers::NONE });
    }
    window.step();
}

#[test]
fn a_double_click_confirms_nothing_and_a_single_one_does_after_a_moment() {
    let mut window = window_at(acting(sheet("a", None)), 0.03);
    at(&mut window, 2_000);
    let confirm = window.get_by_label("Replace 1 server").rect().center();
    click_at(&mut window, confirm);
    assert_eq!(window.state().confirms(), 0, "the first click waits for a second one");
    window.get_by_label_contains("It begins in a moment");
    click_at(&mut window, confirm);
    for _ in 0..40 {
        window.step();
    }
    assert_eq!(window.state().confirms(), 0, "it was a double click");
    assert!(window.query_by_label_contains("It begins in a moment").is_none());
    click_at(&mut window, confirm);
    for _ in 0..40 {
        window.step();
    }
    assert_eq!(window.state().confirms(), 1);
}

/// Numbers that follow from a seed: Knuth's linear congruence, its high bits.
struct Chance(u64);

impl Chance {
    fn below(&mut self, most: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % most
    }
}

/// Everything that a hand on mouse and keyboard does, where it does most harm.
fn some_events(chance: &mut Chance, confirm: Pos2, events: &mut Vec<Event>) {
    let key = |key, pressed| Event::Key { key, physical_key: None, pressed, repeat: false, modifiers: Modifiers::NONE };
    match chance.below(8) {
        0 => events.push(Event::Text("shop".into())),
        kind @ 1..=4 => {
            let pressed = [Key::Enter, Key::Space, Key::Tab, Key::Enter][kind as usize - 1];
            events.extend([key(pressed, true), key(pressed, false)]);
        }
        _ => {
            let pos = match chance.below(5) {
                0 => pos2(chance.below(1024) as f32, chance.below(768) as f32),
                1 => confirm - vec2(100.0, 0.0),
                2 => confirm - vec2(0.0, 36.0),
                _ => confirm,
            };
            let click = |pressed| Event::PointerButton {
                pos,
                button: PointerButton::Primary,
                pressed,
                modifiers: Modifiers::NONE,
            };
            events.push(Event::PointerMoved(pos));
            for _ in 0..=chance.below(2) {
                events.extend([click(true), click(false)]);
            }
        }
    }
}

/// Whether an event presses something that can click.
fn is_press(event: &Event) -> bool {
    match event {
        Event::PointerButton { pressed, .. } => *pressed,
        Event::Key { key, pressed, .. } => *pressed && *key != Key::Tab,
        _ => false,
    }
}

#[test]
fn ten_thousand_streams_of_clicks_and_keys_confirm_no_plan_twice() {
    const STREAMS: usize = 10_000;
    let confirm = {
        let mut window = window(acting(small_sheet("a", None)));
        at(&mut window, 2_000);
        window.get_by_label("Replace 1 server").rect().center()
    };
    let (ctx, mut chance) = (egui::Context::default(), Chance(20_261_123));
    let mut desk = Desk::of(Acting::default());
    let (mut time_s, mut sent, mut most) = (0.0, 0, 0);
    for stream in 0..STREAMS {
        let to_type = (chance.below(3) == 0).then_some("shop");
        desk.acting = acting(small_sheet(&stream.to_string(), to_type));
        desk.commands.clear();
        let ready = if chance.below(4) == 0 { 950 } else { 1_000 };
        let mut presses_s: Vec<f64> = Vec::new();
        // In the first frame the sheet comes up under hands that are busy already; in the end they rest.
        for now_ms in [0, ready, ready + 100, ready + 900] {
            let mut events = Vec::new();
            for _ in 0..chance.below(3) {
                some_events(&mut chance, confirm, &mut events);
            }
            let is_rest = now_ms == ready + 900;
            if is_rest {
                events.clear();
            }
            time_s += if is_rest { 0.6 } else { 0.05 * (1 + chance.below(24)) as f64 };
            presses_s.extend(events.iter().filter(|event| is_press(event)).map(|_| time_s));
            let before = desk.confirms();
            desk.now = at_ms(now_ms);
            let screen_rect = Some(Rect::from_min_size(Pos2::ZERO, vec2(1024.0, 768.0)));
            let input = RawInput { screen_rect, time: Some(time_s), events, focused: true, ..RawInput::default() };
            // Nothing paints here, and egui demands that what was to be painted is handled.
            ctx.run_ui(input, |ui| desk.ui(ui)).textures_delta.clear();
            if desk.confirms() > before {
                let [.., earlier, last] = [&[f64::NEG_INFINITY], &*presses_s].concat()[..] else { unreachable!() };
                let (apart, since) = (last - earlier, time_s - last);
                assert!(apart >= 0.5 && since >= 0.5, "stream {stream}: {apart} s and {since} s apart");
            }
            if now_ms < 1_000 {
                assert_eq!(desk.confirms(), 0, "stream {stream}: after {now_ms} ms");
            }
        }
        assert!(desk.confirms() <= 1, "stream {stream}: {:?}", desk.commands);
        for command in &desk.commands {
            if let Command::Confirm { plan_hash, typed } = command {
                assert_eq!(*plan_hash, stream.to_string());
                assert!(to_type.is_none_or(|to_type| to_type == typed), "stream {stream}: {typed:?} was typed");
            }
        }
        sent += desk.confirms();
        most = most.max(desk.commands.len());
    }
    // Streams that never reach the button would show nothing.
    assert!(sent > STREAMS / 100, "only {sent} of {STREAMS} streams confirmed");
    assert!(most > 1, "no stream pressed on after its first command");
}
