//! A pull after a pull: what can't have changed is not asked for again, and what it says is what a whole pull says.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use emberline_cloud::{Access, Cancel, pull_with_evidence};
use fleet::{Fleet, TemplateVersion};
use sandbox::Sandbox;

use super::logins;

type Asked = Arc<Mutex<BTreeMap<String, usize>>>;

/// The way to a sandbox, and how often each action was asked for.
fn counted(sandbox: &Sandbox) -> (Access, Asked) {
    let asked = Asked::default();
    let (counter, handler) = (asked.clone(), sandbox.clone());
    let answer = move |request: http::Request<Bytes>| {
        *counter.lock().unwrap().entry(action(&request)).or_default() += 1;
        handler.handle(request).into_response()
    };
    (Access::in_process(Arc::new(answer), logins(sandbox)), asked)
}

fn action(request: &http::Request<Bytes>) -> String {
    let body = String::from_utf8_lossy(request.body()).into_owned();
    let of_form = body.split('&').find_map(|field| field.strip_prefix("Action=")).map(str::to_owned);
    of_form.unwrap_or_else(|| request.uri().path().trim_start_matches('/').to_owned())
}

/// A pull that rests on an earlier one, and its picture.
async fn again(access: &Access, earlier: Option<Fleet>) -> (Fleet, Fleet) {
    let (access, picture) = (access.clone(), Arc::new(Mutex::new(None)));
    let seen = Arc::clone(&picture);
    let pulling = tokio::spawn(async move {
        let hand_on = move |fleet: Fleet| *seen.lock().unwrap() = Some(fleet);
        pull_with_evidence(&access, earlier.as_ref(), Some(&hand_on), &|_| {}, &Cancel::new()).await
    });
    let fleet = pulling.await.unwrap().unwrap();
    let picture = picture.lock().unwrap().take().unwrap();
    (fleet, picture)
}

/// Everything that a template version says, in words.
fn versions(fleet: &Fleet) -> Vec<String> {
    let told = |row: &TemplateVersion| {
        let settings = row.settings.and_then(|settings| fleet.settings.get(settings)).unwrap();
        let text = |sym| fleet.str(sym);
        let groups = settings
            .security_groups
            .value()
            .map(|list| fleet.symbols.list(list).iter().map(|&group| text(group)).collect::<Vec<_>>());
        let devices: Vec<_> =
            settings.devices.iter().map(|device| (text(device.name), device.delete_on_termination)).collect();
        let user_data = settings.user_data.value().and_then(|text| fleet.user_data.get(text));
        let image = row.image.map(|image| match image {
            fleet::ImageRef::Id(id) => (text(id), None),
            fleet::ImageRef::Parameter { name, image } => (text(name), image.map(text)),
        });
        format!(
            "{:?}",
            (
                (fleet.text(Some(row.template)), row.version, fleet.text(row.description), row.created),
                (fleet.text(row.created_by), image, fleet.text(row.instance_type)),
                (settings.key_name.value().map(text), settings.profile.value().map(text), groups, devices),
                (settings.metadata.tokens.value().map(text), settings.metadata.hop_limit),
                (user_data.map(|text| (text.short_hash(), text.bytes().map(<[u8]>::len)))),
                (settings.ebs_optimized, settings.monitoring),
                fleet.symbols.tags(settings.server_tags).collect::<Vec<_>>(),
            )
        )
    };
    fleet.template_versions.iter().map(told).collect()
}

/// Everything that the evidence says, in words.
fn evidence(fleet: &Fleet) -> Vec<String> {
    let text = |sym| fleet.str(sym);
    let activities = fleet.activities.iter().map(|row| {
        let (server, status) = (fleet.text(row.server), fleet.text(row.status));
        format!("{:?}", (text(row.group), server, row.kind, status, fleet.text(row.message), row.started, row.ended))
    });
    let refreshes = fleet.refreshes.iter().map(|row| format!("{:?}", (text(row.id), text(row.group), row.percent)));
    let builds = fleet.build_times.iter().map(|row| format!("{:?}", (text(row.build), row.started, row.ended)));
    let boots = fleet
        .boot_times
        .iter()
        .map(|row| format!("{:?}", (text(row.server), text(row.template.id), row.template.version, row.seconds)));
    let logins =
        fleet.logins.iter().map(|row| format!("{:?}", (text(row.server), row.kind, fleet.text(row.who), row.at)));
    let changes = fleet.changes.iter().map(|row| format!("{:?}", (text(row.server), fleet.text(row.who), row.at)));
    let managed = fleet.managed.iter().map(|row| text(row.server).to_owned());
    let attributes = fleet.attributes.iter().map(|row| {
        let user_data = row.user_data.value().and_then(|text| fleet.user_data.get(text));
        format!("{:?}", (text(row.server), user_data.map(fleet::UserData::short_hash), row.termination_protected))
    });
    let gaps = fleet.gaps.iter().filter(|gap| gap.call.is_evidence()).map(|gap| text(gap.message).to_owned());
    activities
        .chain(refreshes)
        .chain(builds)
        .chain(boots)
        .chain(logins)
        .chain(changes)
        .chain(managed)
        .chain(attributes)
        .chain(gaps)
        .collect()
}

fn harbor() -> Sandbox {
    Sandbox::open_at("harbor", "2026-06-01T12:00:00Z".parse().unwrap()).unwrap()
}

fn count(asked: &Asked, action: &str) -> usize {
    asked.lock().unwrap().get(action).copied().unwrap_or(0)
}

/// Has the owner of a scope change something.
fn change(sandbox: &Sandbox, fleet: &Fleet, scope: fleet::ScopeIx, form: &str) {
    let scope = fleet.scope(scope).unwrap();
    let (account, region) = (fleet.str(scope.account), fleet.str(scope.region));
    let profile = sandbox.profiles().iter().find(|profile| profile.account == account).unwrap();
    let key = &profile.access_key_id;
    let request = http::Request::post(format!("https://ec2.{region}.amazonaws.com/"))
        .header("content-type", "application/x-www-form-urlencoded")
        .header(
            "authorization",
            format!(
                "AWS4-HMAC-SHA256 Credential={key}/20260601/{region}/ec2/aws4_request, SignedHeaders=host, Signature=00"
            ),
        )
        .body(Bytes::from(format!("Version=2016-11-15&{form}")))
        .unwrap();
    let answer = sandbox.handle(request).into_response().unwrap();
    assert_eq!(answer.status(), 200, "{form}: {}", String::from_utf8_lossy(answer.body()));
}

#[tokio::test]
async fn a_second_pull_says_the_same_and_asks_for_no_version_and_no_time_again() {
    let sandbox = harbor();
    let (access, asked) = counted(&sandbox);
    let (first, picture) = again(&access, None).await;
    assert!(picture.scopes.iter().all(|scope| scope.evidence_at.is_none()) && picture.logins.is_empty());
    let of = |asked: &Asked| asked.lock().unwrap().values().sum::<usize>();
    let before = of(&asked);
    let templates = first.templates.len();
    assert!(count(&asked, "DescribeLaunchTemplateVersions") >= templates);
    asked.lock().unwrap().clear();

    let (second, picture) = again(&access, Some(first.clone())).await;
    println!("{before} calls, then {}: {:?}", of(&asked), asked.lock().unwrap());
    for action in ["DescribeLaunchTemplateVersions", "ListWorkflowExecutions"] {
        assert_eq!(count(&asked, action), 0, "{action}");
    }
    let measured = first.boot_times.len();
    assert!(measured > 10 && count(&asked, "GetConsoleOutput") <= 100, "{measured}");
    assert_eq!(versions(&second), versions(&first));
    assert_eq!(evidence(&second), evidence(&first));
    // While it reads the evidence anew, the picture keeps what was known.
    assert_eq!(evidence(&picture), evidence(&first));
    let times = |fleet: &Fleet| fleet.scopes.iter().map(|scope| scope.evidence_at).collect::<Vec<_>>();
    assert_eq!(times(&picture), times(&first));
    assert!(times(&second).iter().all(Option::is_some));
    assert_eq!(second.gaps.len(), first.gaps.len());
}

#[tokio::test]
async fn a_new_version_has_its_template_read_again_and_no_other() {
    let sandbox = harbor();
    let (access, asked) = counted(&sandbox);
    let (first, _) = again(&access, None).await;
    let template = first.templates.iter().find(|template| template.latest_version > Some(1)).unwrap();
    let id = first.str(template.id);
    let form = format!(
        "Action=CreateLaunchTemplateVersion&LaunchTemplateId={id}&SourceVersion={}&LaunchTemplateData.InstanceType=m7i.large",
        template.latest_version.unwrap()
    );
    change(&sandbox, &first, template.scope, &form);
    asked.lock().unwrap().clear();
    let (second, _) = again(&access, Some(first.clone())).await;
    assert_eq!(count(&asked, "DescribeLaunchTemplateVersions"), 1);
    let (whole, _) = again(&access, None).await;
    assert_eq!(versions(&second), versions(&whole));
    assert_eq!(versions(&second).len(), versions(&first).len() + 1);
}

#[tokio::test]
async fn versions_that_were_not_read_whole_or_whose_texts_are_gone_are_asked_for_again() {
    let sandbox = harbor();
    let (access, asked) = counted(&sandbox);
    let (whole, _) = again(&access, None).await;
    let with_text: std::collections::BTreeSet<_> = whole
        .template_versions
        .iter()
        .filter(|row| whole.settings.get(row.settings.unwrap()).unwrap().user_data.value().is_some())
        .map(|row| (row.scope, row.template))
        .collect();
    let mut saved = Vec::new();
    whole.save(&mut saved).unwrap();
    let from_a_file = Fleet::load(saved.as_slice()).unwrap();
    asked.lock().unwrap().clear();
    let (again_read, _) = again(&access, Some(from_a_file)).await;
    assert_eq!(count(&asked, "DescribeLaunchTemplateVersions"), with_text.len());
    assert_eq!(versions(&again_read), versions(&whole));

    sandbox.inject("denied:action=ec2:DescribeLaunchTemplateVersions".parse().unwrap());
    let (denied, _) = again(&access, None).await;
    assert!(denied.template_versions.is_empty());
    sandbox.clear_faults();
    let (mended, _) = again(&access, Some(denied)).await;
    assert_eq!(versions(&mended), versions(&whole));
}
