//! Bake commands from end to end: the real binary runs a real program, this test itself as a Packer that makes its image
//! at the sandbox.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::Stdio;
use std::time::Duration;

use operate::{PlanFile, Work};
use serde_json::{Value, json};

use crate::bench::{Bench, PROD, REGION};
use crate::run::{DONE, Ended, FAILED, Home, REFUSED, WRONG_USAGE};

/// What the Packer of a test does, in `play.json` of its folder.
const PLAY: &str = "play.json";

/// Plays Packer: makes images at the endpoint that its environment names, as `play.json` says, and writes a manifest.
#[test]
#[ignore = "a program that other tests run, and no test"]
fn plays_packer() {
    let Ok(play) = std::fs::read_to_string(PLAY) else { return };
    let play: Value = serde_json::from_str(&play).unwrap();
    println!("\x1b[1;32m==> web: \x1b[0mmaking the image\x1b[2J\x07\u{202e}");
    eprintln!("==> web: a warning");
    let (mut artifacts, mut made) = (Vec::new(), Vec::new());
    for image in play["images"].as_array().unwrap() {
        let id = create_image(play["server"].as_str().unwrap(), image);
        let said = image["said_region"].as_str().map_or_else(|| std::env::var("AWS_REGION").unwrap(), str::to_owned);
        artifacts.push(format!("{said}:{id}"));
        made.push(id);
    }
    std::fs::write("made.json", json!(made).to_string()).unwrap();
    if play["manifest"] == true {
        let build_time = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
        let build = json!({
            "name": "web", "builder_type": "amazon-ebs", "build_time": build_time, "files": null,
            "artifact_id": artifacts.join(","), "packer_run_uuid": "run-2", "custom_data": null,
        });
        let manifest = json!({"builds": [build], "last_run_uuid": "run-2"});
        std::fs::write("packer-manifest.json", manifest.to_string()).unwrap();
    }
    if play["waits"] == true {
        println!("ready");
        std::thread::sleep(Duration::from_secs(300));
    }
    println!("==> web: all done");
    std::process::exit(i32::try_from(play["exit"].as_i64().unwrap_or(0)).unwrap());
}

/// `CreateImage`, as its name and its tag `release` say; its id.
fn create_image(server: &str, image: &Value) -> String {
    let variable = |name: &str| std::env::var(name).unwrap();
    let (region, key) = (variable("AWS_REGION"), variable("AWS_ACCESS_KEY_ID"));
    assert_eq!(variable("AWS_DEFAULT_REGION"), region);
    let text = |name: &str| image[name].as_str().unwrap_or_default().to_owned();
    let body = form_urlencoded::Serializer::new(String::new())
        .extend_pairs([("Action", "CreateImage"), ("Version", "2016-11-15"), ("InstanceId", server)])
        .extend_pairs([("Name", text("name")), ("NoReboot", "true".to_owned())])
        .extend_pairs([("TagSpecification.1.ResourceType", "image"), ("TagSpecification.1.Tag.1.Key", "release")])
        .append_pair("TagSpecification.1.Tag.1.Value", &text("release"))
        .finish();
    let address = variable("AWS_ENDPOINT_URL").strip_prefix("http://").unwrap().to_owned();
    let mut stream = TcpStream::connect(&address).unwrap();
    write!(
        stream,
        "POST / HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Length: {}\r\nContent-Type: \
         application/x-www-form-urlencoded\r\nAuthorization: AWS4-HMAC-SHA256 \
         Credential={key}/20261102/{region}/ec2/aws4_request, SignedHeaders=host, Signature=0\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (_, rest) = answer.split_once("<imageId>").unwrap_or_else(|| panic!("{answer}"));
    rest.split_once('<').unwrap().0.to_owned()
}

/// A bench with a policy in which `web-bake` bakes the Packer template `batch`.
struct Bakery {
    bench: Bench,
    policy: String,
}

impl Bakery {
    fn open() -> Self {
        // A minute in a second: an image is made in some.
        Self::at_speed("60")
    }

    fn at_speed(speed: &str) -> Self {
        let bench = Bench::of(&["--scenario", "harbor", "--speed", speed], PROD);
        let policy = bench.home.path().join("emberline.toml").display().to_string();
        let bakery = Self { bench, policy };
        bakery.configure("image = { manifest = \"packer-manifest.json\" }");
        bakery
    }

    /// Writes the policy, with this beside the command.
    fn configure(&self, more: &str) {
        let program = std::env::current_exe().unwrap();
        let command = [program.to_str().unwrap(), "--exact", "baking::plays_packer", "--ignored", "--nocapture"];
        self.bench.home.write(
            "emberline.toml",
            &format!(
                "[accounts]\n{PROD} = \"prod\"\n[bake.web-bake]\ncommand = {}\ndirectory = \"images\"\nrecipes = \
                 [\"batch\"]\naccounts = [\"prod\"]\nregions = [\"{REGION}\"]\n{more}\n",
                json!(command)
            ),
        );
    }

    /// What the program does when it is run.
    fn play(&self, mut play: Value) {
        play["server"] = self.bench.servers("search-prod")[0].clone().into();
        self.bench.home.write(&format!("images/{PLAY}"), &play.to_string());
    }

    fn run(&self, arguments: &[&str]) -> Ended {
        let mut all = arguments.to_vec();
        all.extend(["--policy", &self.policy]);
        self.bench.run(&all)
    }

    fn plan(&self, arguments: &[&str]) -> (String, String) {
        let path = self.bench.home.path().join("plan.json").display().to_string();
        let mut all = vec!["plan"];
        all.extend(arguments);
        all.extend(["-o", &path]);
        (self.run(&all).expect(DONE).err, path)
    }

    fn apply(&self, plan: &str) -> Ended {
        self.run(&["apply", plan, "--yes", "--confirm", PROD])
    }

    fn operation(&self) -> Value {
        let list = self.bench.home.run(&["operations", "list", "--format", "json"]).expect(DONE).json();
        list[0].clone()
    }

    /// Ids of the images that the last run made.
    fn made(&self) -> Vec<String> {
        let text = std::fs::read_to_string(self.bench.home.path().join("images/made.json")).unwrap();
        serde_json::from_str(&text).unwrap()
    }
}

#[test]
fn a_recipe_is_baked_by_its_command_and_the_image_is_known() {
    let bakery = Bakery::open();
    bakery.play(json!({"images": [{"name": "baked-1"}], "manifest": true}));
    let (shown, plan) = bakery.plan(&["rebake", "batch"]);
    assert!(shown.contains("--exact baking::plays_packer --ignored --nocapture"), "{shown}");
    assert!(shown.contains("/images, for 2h at most; finds its image in packer-manifest.json"), "{shown}");

    let applied = bakery.apply(&plan).expect(DONE);
    assert!(applied.err.contains("==> web: making the image\n"), "{:?}", applied.err);
    assert!(applied.err.contains("==> web: a warning\n"), "{:?}", applied.err);
    assert!(!applied.err.contains(['\x1b', '\x07', '\u{202e}']), "{:?}", applied.err);
    let operation = bakery.operation();
    assert_eq!(operation["state"], "done");
    assert_eq!(operation["outputs"], json!({"image": bakery.made()[0]}));
    let shown = bakery.bench.home.run(&["operations", "show", operation["id"].as_str().unwrap()]).expect(DONE).out;
    assert!(shown.contains("==> web: all done") && !shown.contains(['\x1b', '\u{202e}']), "{shown:?}");

    // By a tag, over the image that has it by now.
    bakery.configure("image = { tag = \"release=web\" }");
    for name in ["baked-2", "baked-3"] {
        bakery.play(json!({"images": [{"name": name, "release": "web"}]}));
        let (_, plan) = bakery.plan(&["rebake", "web-bake"]);
        bakery.apply(&plan).expect(DONE);
        assert_eq!(bakery.operation()["outputs"], json!({"image": bakery.made()[0]}), "{name}");
    }
}

#[test]
fn an_image_that_can_not_be_told_is_no_image() {
    let bakery = Bakery::open();
    for (number, (image, play, why)) in [
        (
            "image = { manifest = \"packer-manifest.json\" }",
            json!({"images": [{"name": "made-a"}, {"name": "made-b"}], "manifest": true}),
            "by its manifest it put out 2 images in eu-west-1",
        ),
        (
            "image = { manifest = \"packer-manifest.json\" }",
            json!({"images": [{"name": "made-c", "said_region": "us-east-1"}], "manifest": true}),
            "by its manifest it put out no image in eu-west-1, only ami-",
        ),
        ("image = { manifest = \"other.json\" }", json!({"images": []}), "it wrote no manifest"),
        (
            "image = { tag = \"release=web\" }",
            json!({"images": [{"name": "made-d", "release": "web"}, {"name": "made-e", "release": "web"}]}),
            "there are 2 new images with the tag release=web",
        ),
        (
            "image = { manifest = \"packer-manifest.json\" }",
            json!({"images": [], "exit": 3}),
            "ended with exit status 3; its last line: ==> web: all done",
        ),
        (
            "image = { manifest = \"packer-manifest.json\" }\ntimeout = \"2s\"",
            json!({"images": [], "waits": true}),
            "had not ended after 2s and was stopped. Give it a longer `timeout` under [bake.web-bake]",
        ),
    ]
    .into_iter()
    .enumerate()
    {
        bakery.configure(image);
        bakery.play(play);
        let (_, plan) = bakery.plan(&["rebake", "batch"]);
        let failed = bakery.apply(&plan).expect(FAILED);
        assert!(failed.err.contains(why), "{number}: {}", failed.err);
        assert!(failed.err.contains("What the bake command web-bake has done by then is not known"), "{}", failed.err);
        assert_eq!(bakery.operation()["outputs"], json!({}), "{number}");
    }
}

#[test]
fn a_command_is_run_only_as_the_plan_showed_it_and_never_from_a_plan() {
    let bakery = Bakery::open();
    bakery.play(json!({"images": [{"name": "never"}], "manifest": true}));
    let (_, plan) = bakery.plan(&["rebake", "batch"]);
    // A plan that was written by hand, its hash made to fit, names a program of its own.
    let PlanFile { plan: mut edited, .. } = PlanFile::parse(&std::fs::read_to_string(&plan).unwrap()).unwrap();
    let Work::BakeCommand { shown, .. } = &mut edited.steps[0].work else { panic!("it bakes by a command") };
    shown.command = vec!["touch".into(), "packer-manifest.json\u{1b}[2J".into()];
    let edited = bakery.bench.home.write("edited.json", &PlanFile::of(edited).to_json());
    let refused = bakery.apply(&edited).expect(REFUSED);
    assert!(refused.err.contains("touch 'packer-manifest.json[2J'"), "what it says is shown: {}", refused.err);
    assert!(refused.err.contains("the bake command web-bake is not what the plan shows"), "{}", refused.err);

    bakery.configure("image = { manifest = \"packer-manifest.json\" }\ntimeout = \"1h\"");
    let changed = bakery.apply(&plan).expect(REFUSED);
    assert!(
        changed.err.contains("the bake command web-bake is not what the plan shows: here it is"),
        "{}",
        changed.err
    );
    bakery.bench.home.write("emberline.toml", "");
    let gone = bakery.apply(&plan).expect(REFUSED);
    assert!(gone.err.contains("no bake command is configured here for web-bake"), "{}", gone.err);
    for file in ["made.json", "packer-manifest.json"] {
        assert!(!bakery.bench.home.path().join("images").join(file).exists(), "nothing was run");
    }
}

#[test]
fn what_can_not_be_baked_says_why() {
    let bakery = Bakery::open();
    std::fs::create_dir_all(bakery.bench.home.path().join("images")).unwrap();
    let packer = bakery.run(&["plan", "rebake", "golden-ubuntu"]).expect(REFUSED);
    assert!(
        packer.err.contains("no bake command is configured here for packer:images/golden-ubuntu"),
        "{}",
        packer.err
    );
    assert!(packer.err.contains("under [bake.NAME] in the policy file"), "{}", packer.err);
    let inside =
        bakery.bench.home.run(&["plan", "rebake", "batch", "--sandbox", "--policy", &bakery.policy]).expect(REFUSED);
    assert!(inside.err.contains("this sandbox is inside Emberline"), "{}", inside.err);
    let wrong = bakery.bench.home.write("wrong.toml", "[bake.web]\ncommand = \"packer build .\"\n");
    let wrong = Home::new().run(&["plan", "rebake", "web", "--sandbox", "--policy", &wrong]).expect(WRONG_USAGE);
    assert!(wrong.err.contains("wrong.toml:2:11: `command` is text here"), "{}", wrong.err);

    bakery.bench.home.write(
        "emberline.toml",
        "[bake.web-bake]\ncommand = [\"no-such-packer\"]\ndirectory = \"images\"\nimage = { tag = \"a=b\" }\nrecipes = \
         [\"batch\"]\n",
    );
    let (_, plan) = bakery.plan(&["rebake", "batch"]);
    let missing = bakery.apply(&plan).expect(FAILED);
    assert!(missing.err.contains("There is no program no-such-packer on this machine's PATH"), "{}", missing.err);
    assert!(missing.err.contains("Nothing was changed."), "{}", missing.err);
}

#[test]
fn a_group_is_rebaked_by_a_command_and_rolled() {
    // Ten minutes in a second: a group is rolled in some.
    let bakery = Bakery::at_speed("600");
    bakery.play(json!({"images": [{"name": "baked-for-search"}], "manifest": true}));
    let (shown, plan) = bakery.plan(&["rebake-roll", "search-prod", "--recipe", "web-bake"]);
    assert!(shown.contains("Run the bake command web-bake of this machine's configuration."), "{shown}");
    let steps = std::fs::read_to_string(&plan).unwrap();
    let steps: Value = serde_json::from_str(&steps).unwrap();
    let calls: Vec<&str> = steps["plan"]["steps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| match &step["work"] {
            work if work.get("bake-command").is_some() => "bake-command",
            work => work["send"]["mutation"]["call"].as_str().unwrap_or("wait"),
        })
        .collect();
    assert_eq!(calls, ["bake-command", "wait", "CreateLaunchTemplateVersion", "StartInstanceRefresh", "wait", "wait"]);

    let before = bakery.bench.servers("search-prod");
    bakery.apply(&plan).expect(DONE);
    let operation = bakery.operation();
    assert_eq!(operation["state"], "done");
    let made = bakery.made();
    assert_eq!(operation["outputs"]["image"], made[0]);
    let report = bakery.bench.report();
    let servers = report["servers"].as_array().unwrap().iter().filter(|server| server["group"] == "search-prod");
    let runs: Vec<(&str, &str)> =
        servers.map(|server| (server["id"].as_str().unwrap(), server["image"].as_str().unwrap())).collect();
    assert_eq!(runs.len(), before.len());
    for (id, image) in runs {
        assert!(!before.iter().any(|old| old == id), "{id} was there before");
        assert_eq!(image, made[0], "{id}");
    }
}

/// Sends what a terminal's Ctrl-C and what a machine that shuts down sends, while the command's program runs.
#[cfg(target_os = "linux")]
#[test]
fn whoever_is_told_to_end_stops_the_program_and_leaves_nothing_of_it() {
    let bakery = Bakery::open();
    bakery.play(json!({"images": [], "waits": true}));
    for signal in ["-INT", "-TERM"] {
        let (_, plan) = bakery.plan(&["rebake", "batch"]);
        let arguments = ["apply", &plan, "--yes", "--confirm", PROD, "--policy", &bakery.policy];
        let mut command = bakery.bench.served.command(&bakery.bench.home, PROD, REGION, &arguments);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
        lines.find(|line| line.ends_with("  ready")).expect("it runs");
        let folder = bakery.bench.home.path().join("images").canonicalize().unwrap();
        assert_eq!(running_in(&folder), 1, "the program runs in its folder");
        let sent = std::process::Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap();
        assert!(sent.success());
        let rest: Vec<String> = lines.collect();
        assert_eq!(child.wait().unwrap().code(), Some(FAILED), "{signal}: {rest:?}");
        assert!(rest.iter().any(|line| line.contains("was stopped")), "{signal}: {rest:?}");
        assert_eq!(running_in(&folder), 0, "{signal}: nothing of it is left");
    }
}

/// How many processes run in a folder.
#[cfg(target_os = "linux")]
fn running_in(folder: &std::path::Path) -> usize {
    let processes = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    processes.filter(|one| std::fs::read_link(one.path().join("cwd")).is_ok_and(|cwd| cwd == folder)).count()
}
