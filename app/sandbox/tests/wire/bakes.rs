//! Image Builder bakes: builds over time, what comes of them, and what goes wrong.

use std::{collections::BTreeSet, time::Duration};

use serde_json::{Value, json};

use crate::ask::{Answer, Client, tag, text};

const IB: &str = "arn:aws:imagebuilder:eu-west-1:210987654321";

fn start(client: &Client, pipeline: &str, token: &str) -> Answer {
    let asked = json!({ "imagePipelineArn": format!("{IB}:image-pipeline/{pipeline}"), "clientToken": token });
    client.image_builder("/StartImagePipelineExecution", &asked.to_string())
}

/// Starts a build and returns its ARN.
fn started(client: &Client, pipeline: &str, token: &str) -> String {
    start(client, pipeline, token).good().json()["imageBuildVersionArn"].as_str().unwrap().to_owned()
}

fn image(client: &Client, arn: &str) -> Value {
    client.image_builder(&format!("/GetImage?imageBuildVersionArn={arn}"), "").good().json()["image"].clone()
}

fn status(client: &Client, arn: &str) -> String {
    image(client, arn)["state"]["status"].as_str().unwrap().to_owned()
}

fn minutes(client: &Client, minutes: u64) {
    client.sandbox.advance(Duration::from_secs(60 * minutes));
}

/// The EC2 image with this id, as EC2 tells of it.
fn described(client: &Client, id: &str) -> Answer {
    client.ec2("DescribeImages", &format!("ImageId.1={id}")).good()
}

fn executions(client: &Client, arn: &str) -> Vec<Value> {
    let asked = json!({ "imageBuildVersionArn": arn }).to_string();
    let answer = client.image_builder("/ListWorkflowExecutions", &asked).good().json();
    answer["workflowExecutions"].as_array().unwrap().clone()
}

#[test]
fn a_bake_goes_through_its_states_and_leaves_images_in_both_regions() {
    let client = Client::prod();
    let arn = started(&client, "web", "t-1");
    assert_eq!(arn, format!("{IB}:image/web/1.4.3/3"), "two builds of this version were before");
    let mut states = Vec::new();
    for _ in 0..2_700 {
        let now = status(&client, &arn);
        if states.last() != Some(&now) {
            states.push(now);
        }
        client.sandbox.advance(Duration::from_secs(1));
    }
    assert_eq!(states, ["PENDING", "CREATING", "BUILDING", "TESTING", "DISTRIBUTING", "INTEGRATING", "AVAILABLE"]);
    let built = image(&client, &arn);
    assert_eq!(built["buildType"], "USER_INITIATED");
    let amis = built["outputResources"]["amis"].as_array().unwrap();
    let regions: Vec<&str> = amis.iter().map(|ami| ami["region"].as_str().unwrap()).collect();
    assert_eq!(regions, ["eu-west-1", "us-east-1"]);
    let own = described(&client, amis[0]["image"].as_str().unwrap());
    assert_eq!(tag(&own.body, "Ec2ImageBuilderArn").unwrap(), arn);
    assert_eq!(tag(&own.body, "CreatedBy").unwrap(), "EC2 Image Builder");
    assert!(own.text("name").unwrap().starts_with("web 1.4.3 2026-11-02T08-"));
    let parent = client.ec2("DescribeImages", "Owner.1=self&Filter.1.Name=name&Filter.1.Value.1=golden-al2023*").good();
    let parents = parent.each("item");
    let newest = parents
        .iter()
        .filter(|image| image.contains("<creationDate>"))
        .max_by_key(|image| text(image, "creationDate"))
        .unwrap();
    assert_eq!(own.text("sourceImageId").unwrap(), text(newest, "imageId"), "built on the newest golden image");
    let there = client.at("harbor-prod", "us-east-1");
    let copy = described(&there, amis[1]["image"].as_str().unwrap());
    assert_eq!(copy.text("sourceImageId").unwrap(), amis[0]["image"]);
    assert!(copy.text("creationDate").unwrap() > own.text("creationDate").unwrap());
    let pipeline =
        client.image_builder(&format!("/GetImagePipeline?imagePipelineArn={IB}:image-pipeline/web"), "").good().json();
    assert_eq!(pipeline["imagePipeline"]["lastRunStatus"], "AVAILABLE");
    assert_eq!(pipeline["imagePipeline"]["dateLastRun"], "2026-11-02T08:00:00.000Z");
    assert_eq!(pipeline["imagePipeline"]["dateNextRun"], "2026-11-03T04:30:00.000Z");
}

#[test]
fn a_token_makes_one_build_and_belongs_to_its_pipeline() {
    let client = Client::prod();
    let first = started(&client, "web", "t-1");
    minutes(&client, 90);
    assert_eq!(started(&client, "web", "t-1"), first);
    assert_ne!(started(&client, "web", "t-2"), first);
    for (answer, code, status) in [
        (start(&client, "api", "t-1"), "IdempotentParameterMismatchException", 400),
        (start(&client, "api", ""), "InvalidRequestException", 400),
        (start(&client, "api", &"x".repeat(65)), "InvalidRequestException", 400),
        (start(&client, "nothing", "t-3"), "ResourceNotFoundException", 404),
    ] {
        assert_eq!((answer.status, &*answer.code), (status, code), "{}", answer.body);
    }
}

#[test]
fn a_pinned_parent_stays_and_a_floating_one_moves() {
    let client = Client::prod();
    let bases = |arn: &str| {
        let built = image(&client, arn);
        let id = built["outputResources"]["amis"][0]["image"].as_str().unwrap().to_owned();
        (described(&client, &id).text("sourceImageId").unwrap(), id)
    };
    let golden = started(&client, "golden-al2023", "t-1");
    minutes(&client, 60);
    let (_, golden) = bases(&golden);
    let (web, api) = (started(&client, "web", "t-2"), started(&client, "api", "t-3"));
    minutes(&client, 60);
    assert_eq!(bases(&web).0, golden);
    let recipe = image(&client, &api)["imageRecipe"]["parentImage"].as_str().unwrap().to_owned();
    assert!(recipe.starts_with("ami-"));
    assert_eq!(bases(&api).0, recipe);
}

#[test]
fn workflows_and_their_steps_tell_how_long_a_bake_takes() {
    let client = Client::prod();
    let arn = started(&client, "web", "t-1");
    assert_eq!(executions(&client, &arn), [json!(null); 0]);
    minutes(&client, 5);
    let running = executions(&client, &arn);
    assert_eq!((running.len(), &running[0]["status"], running[0].get("endTime")), (1, &json!("RUNNING"), None));
    minutes(&client, 60);
    let done = executions(&client, &arn);
    let told: Vec<(&str, &str)> =
        done.iter().map(|one| (one["type"].as_str().unwrap(), one["status"].as_str().unwrap())).collect();
    assert_eq!(told, [("BUILD", "COMPLETED"), ("TEST", "COMPLETED"), ("DISTRIBUTION", "COMPLETED")]);
    let (from, to) = (done[0]["startTime"].as_str().unwrap(), done[2]["endTime"].as_str().unwrap());
    assert!(from < "2026-11-02T08:01" && ("2026-11-02T08:14".."2026-11-02T08:40").contains(&to), "{from} {to}");
    let asked = json!({ "workflowExecutionId": done[0]["workflowExecutionId"] }).to_string();
    let steps = client.image_builder("/ListWorkflowStepExecutions", &asked).good().json();
    let names: Vec<(&str, &str)> = steps["steps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| (step["name"].as_str().unwrap(), step["status"].as_str().unwrap()))
        .collect();
    assert_eq!(
        names,
        [
            ("LaunchBuildInstance", "COMPLETED"),
            ("ApplyBuildComponents", "COMPLETED"),
            ("InventoryCollection", "COMPLETED"),
            ("RunSanitizeScript", "COMPLETED"),
            ("RunSysPrepScript", "SKIPPED"),
            ("CreateOutputAMI", "COMPLETED"),
            ("TerminateBuildInstance", "COMPLETED"),
        ]
    );
    let id = done[1]["workflowExecutionId"].as_str().unwrap();
    let one = client.image_builder(&format!("/GetWorkflowExecution?workflowExecutionId={id}"), "").good().json();
    assert_eq!((&one["type"], &one["imageBuildVersionArn"]), (&json!("TEST"), &json!(arn)));
    let id = steps["steps"][1]["stepExecutionId"].as_str().unwrap();
    let one = client.image_builder(&format!("/GetWorkflowStepExecution?stepExecutionId={id}"), "").good().json();
    assert_eq!((&one["name"], &one["onFailure"]), (&json!("ApplyBuildComponents"), &json!("Abort")));
}

#[test]
fn the_bakes_of_the_past_end_when_their_images_were_there() {
    let client = Client::prod();
    let all = client.image_builder("/ListImageBuildVersions", "{}").good().json();
    for build in all["imageSummaryList"].as_array().unwrap() {
        let done = executions(&client, build["arn"].as_str().unwrap());
        let last = done.last().unwrap();
        let end = last["endTime"].as_str().unwrap();
        if build["state"]["status"] == "FAILED" {
            assert_eq!((&last["type"], &last["status"]), (&json!("BUILD"), &json!("FAILED")));
            assert_eq!(build["state"]["failureContext"]["failedStep"], "ApplyBuildComponents");
            continue;
        }
        assert_eq!(done.len(), 3);
        for ami in build["outputResources"]["amis"].as_array().unwrap() {
            let there = client.at("harbor-prod", ami["region"].as_str().unwrap());
            // Old ones are hidden unless they are asked for.
            let asked = format!("ImageId.1={}&IncludeDeprecated=true", ami["image"].as_str().unwrap());
            let made = there.ec2("DescribeImages", &asked).good().text("creationDate").unwrap();
            assert!(build["dateCreated"].as_str().unwrap() < &*made && &*made < end, "{made} {end}");
        }
    }
}

#[test]
fn a_bake_that_fails_says_where_and_leaves_no_image() {
    let client = Client::prod();
    client.sandbox.inject("bake-fails:resource=*image-pipeline/web,count=1".parse().unwrap());
    let images = |client: &Client| -> BTreeSet<String> {
        client.ec2("DescribeImages", "Owner.1=self").good().all("imageId").into_iter().collect()
    };
    let before = images(&client);
    let arn = started(&client, "web", "t-1");
    minutes(&client, 60);
    let failed = image(&client, &arn);
    assert_eq!(failed["state"]["status"], "FAILED");
    assert!(failed["state"]["reason"].as_str().unwrap().contains("component/harbor-web/x.x.x failed!"));
    assert_eq!(failed["outputResources"]["amis"], json!([]));
    assert_eq!(images(&client), before);
    let steps = json!({ "workflowExecutionId": failed["state"]["failureContext"]["workflowExecutionId"] }).to_string();
    let steps = client.image_builder("/ListWorkflowStepExecutions", &steps).good().json();
    let told: Vec<&str> =
        steps["steps"].as_array().unwrap().iter().map(|step| step["status"].as_str().unwrap()).collect();
    assert_eq!(told, ["COMPLETED", "FAILED", "PENDING", "PENDING", "PENDING", "PENDING", "PENDING"]);
    let again = started(&client, "web", "t-2");
    minutes(&client, 60);
    assert_eq!(status(&client, &again), "AVAILABLE");
}

#[test]
fn a_cancelled_bake_takes_back_what_it_made() {
    let client = Client::prod();
    let arn = started(&client, "web", "t-1");
    let cancel = |token: &str| {
        let asked = json!({ "imageBuildVersionArn": arn, "clientToken": token }).to_string();
        client.image_builder("/CancelImageCreation", &asked)
    };
    let tagged = format!("Owner.1=self&Filter.1.Name=tag:Ec2ImageBuilderArn&Filter.1.Value.1={arn}");
    while status(&client, &arn) != "TESTING" {
        minutes(&client, 1);
    }
    assert_eq!(client.ec2("DescribeImages", &tagged).good().all("imageId").len(), 1);
    cancel("c-1").good();
    assert_eq!(status(&client, &arn), "CANCELLED");
    minutes(&client, 60);
    assert_eq!(status(&client, &arn), "CANCELLED");
    assert_eq!(client.ec2("DescribeImages", &tagged).good().all("imageId"), [""; 0]);
    assert_eq!(cancel("c-1").good().status, 200, "the same once more is the same");
    assert_eq!(cancel("c-2").status, 400);
    assert_eq!(executions(&client, &arn).last().unwrap()["status"], "CANCELLED");
}

#[test]
fn an_image_is_built_from_a_recipe_alone() {
    let client = Client::prod();
    let asked = json!({
        "imageRecipeArn": format!("{IB}:image-recipe/api/2.0.1"),
        "infrastructureConfigurationArn": format!("{IB}:infrastructure-configuration/linux-builders"),
        "clientToken": "t-1",
    });
    let made = client.image_builder("/CreateImage", &asked.to_string()).good().json();
    let arn = made["imageBuildVersionArn"].as_str().unwrap();
    assert_eq!(arn, format!("{IB}:image/api/2.0.1/2"));
    minutes(&client, 60);
    let built = image(&client, arn);
    assert_eq!((&built["state"]["status"], built.get("sourcePipelineArn")), (&json!("AVAILABLE"), None));
    assert_eq!(built["outputResources"]["amis"].as_array().unwrap().len(), 1, "without a distribution it stays here");
    for (field, value, status) in [
        ("imageRecipeArn", format!("{IB}:image-recipe/api/9.9.9"), 404),
        ("infrastructureConfigurationArn", format!("{IB}:infrastructure-configuration/other"), 404),
        ("distributionConfigurationArn", format!("{IB}:distribution-configuration/web"), 404),
        ("clientToken", String::new(), 400),
    ] {
        let mut wrong = asked.clone();
        wrong[field] = value.into();
        assert_eq!(client.image_builder("/CreateImage", &wrong.to_string()).status, status, "{field}");
    }
}

#[test]
fn pipelines_run_by_their_schedules() {
    let client = Client::prod();
    minutes(&client, 24 * 60);
    let asked = json!({ "imagePipelineArn": format!("{IB}:image-pipeline/web") }).to_string();
    let listed = client.image_builder("/ListImagePipelineImages", &asked).good().json();
    let builds = listed["imageSummaryList"].as_array().unwrap();
    let last = builds.last().unwrap();
    assert_eq!(
        (&last["version"], &last["buildType"], &last["dateCreated"], &last["state"]["status"]),
        (&json!("1.4.3/3"), &json!("SCHEDULED"), &json!("2026-11-03T04:30:00.000Z"), &json!("AVAILABLE"))
    );
    let told: Vec<String> = client.sandbox.trace().into_iter().map(|entry| entry.what).collect();
    let arn = format!("{IB}:image/web/1.4.3/3");
    assert_eq!(
        told.iter().filter(|what| what.contains("/web")).collect::<Vec<_>>()[..5],
        [
            &format!("{IB}:image-pipeline/web runs by its schedule"),
            &format!("{arn} makes its image"),
            &format!("{arn} has an image"),
            &format!("{arn} is distributed"),
            &format!("{arn} is available"),
        ]
    );
    minutes(&client, 7 * 24 * 60);
    let listed = client.image_builder("/ListImagePipelineImages", &asked).good().json();
    assert_eq!(listed["imageSummaryList"].as_array().unwrap().len(), builds.len() + 1, "and a week later again");
}

#[test]
fn configurations_are_told() {
    let client = Client::prod();
    let get = |path: &str, name: &str| client.image_builder(&format!("{path}={IB}:{name}"), "").good().json();
    let there =
        get("/GetDistributionConfiguration?distributionConfigurationArn", "distribution-configuration/golden-al2023");
    let told = &there["distributionConfiguration"]["distributions"];
    assert_eq!((&told[0]["region"], &told[1]["region"]), (&json!("eu-west-1"), &json!("us-east-1")));
    assert_eq!(told[0]["amiDistributionConfiguration"]["launchPermission"]["userIds"], json!(["310987654321"]));
    let builders = get(
        "/GetInfrastructureConfiguration?infrastructureConfigurationArn",
        "infrastructure-configuration/linux-builders",
    );
    assert_eq!(builders["infrastructureConfiguration"]["name"], "linux-builders");
    let golden = started(&client, "golden-al2023", "t-1");
    minutes(&client, 60);
    let id = image(&client, &golden)["outputResources"]["amis"][0]["image"].as_str().unwrap().to_owned();
    assert_eq!(described(&client.at("harbor-data", "eu-west-1"), &id).all("imageId"), [id], "shared as before");
}
