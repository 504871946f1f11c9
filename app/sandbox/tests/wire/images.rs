//! Who sees which image, where it came from, and what names it; templates and their versions.

use crate::ask::{Client, tag, text, texts};

fn id_of(client: &Client, name: &str) -> String {
    let answer = client
        .ec2("DescribeImages", &format!("Owner.1=self&IncludeDisabled=true&Filter.1.Name=name&Filter.1.Value.1={name}"))
        .good();
    assert_eq!(answer.all("imageState").len(), 1, "{name}: {}", answer.body);
    answer.text("imageId").unwrap()
}

#[test]
fn owners_and_launch_permissions_choose() {
    let client = Client::prod();
    let count = |client: &Client, fields: &str| client.ec2("DescribeImages", fields).good().all("imageState").len();
    assert_eq!(count(&client, "Owner.1=self"), 14);
    assert_eq!(count(&client, "Owner.1=self&IncludeDisabled=true"), 15);
    assert_eq!(count(&client, "Owner.1=self"), count(&client, "Owner.1=210987654321"));
    assert_eq!(count(&client, "Owner.1=amazon"), 3, "a deprecated one is hidden");
    assert_eq!(count(&client, "Owner.1=amazon&IncludeDeprecated=true"), 4);
    assert_eq!(count(&client, "Owner.1=aws-marketplace"), 1);
    let data = client.at("harbor-data", "eu-west-1");
    assert_eq!(count(&data, "Owner.1=self"), 0);
    assert_eq!(count(&data, "ExecutableBy.1=self"), 4, "the golden images are shared");
    assert_eq!(count(&data, "Owner.1=210987654321"), 4);
    assert_eq!(client.ec2("DescribeImages", "Owner.1=me").error().0, "InvalidUserID.Malformed");
}

#[test]
fn tags_of_a_shared_image_are_its_owners_alone() {
    let prod = Client::prod();
    let shared = id_of(&prod, "golden-ubuntu-121-*");
    let mine = prod.ec2("DescribeImages", &format!("ImageId.1={shared}")).good();
    assert_eq!(tag(&mine.body, "packer_template").unwrap(), "images/golden-ubuntu.pkr.hcl");
    let theirs = prod.at("harbor-data", "eu-west-1").ec2("DescribeImages", &format!("ImageId.1={shared}")).good();
    assert_eq!(theirs.text("name"), mine.text("name"));
    assert_eq!((theirs.all("key").len(), theirs.text("sourceInstanceId")), (0, None));
    let by_tag = "Filter.1.Name=tag:packer_template&Filter.1.Value.1=*";
    assert_eq!(prod.at("harbor-data", "eu-west-1").ec2("DescribeImages", by_tag).good().all("imageState").len(), 0);
}

#[test]
fn a_private_image_of_others_does_not_exist() {
    let prod = Client::prod();
    let private = id_of(&prod, "web 1.4.3*");
    let theirs = prod.at("harbor-data", "eu-west-1").ec2("DescribeImages", &format!("ImageId.1={private}"));
    assert_eq!(theirs.error().0, "InvalidAMIID.NotFound");
    let elsewhere = prod.at("harbor-prod", "us-east-1").ec2("DescribeImages", &format!("ImageId.1={private}"));
    assert_eq!(elsewhere.error().0, "InvalidAMIID.NotFound");
}

#[test]
fn a_deprecated_vendor_image_is_hidden_but_for_its_id() {
    let client = Client::prod();
    let focal = client
        .ec2(
            "DescribeImages",
            "Owner.1=099720109477&IncludeDeprecated=true&Filter.1.Name=name&Filter.1.Value.1=*focal*",
        )
        .good();
    let id = focal.text("imageId").unwrap();
    assert!(focal.text("deprecationTime").is_some());
    assert_eq!(
        client
            .ec2("DescribeImages", "Owner.1=099720109477&Filter.1.Name=name&Filter.1.Value.1=*focal*")
            .good()
            .all("imageId")
            .len(),
        0
    );
    assert_eq!(client.ec2("DescribeImages", &format!("ImageId.1={id}")).good().text("imageId").unwrap(), id);
}

#[test]
fn ancestry_goes_back_to_the_vendor_across_regions() {
    let client = Client::prod().at("harbor-prod", "us-east-1");
    let copy = id_of(&client, "web 1.4.3*");
    let answer = client.ec2("GetImageAncestry", &format!("ImageId={copy}")).good();
    let chain = answer.each("creationDate");
    assert_eq!(chain.len(), 4, "copy, web, golden, vendor: {}", answer.body);
    assert_eq!(text(&chain[0], "imageId"), copy);
    assert_eq!(text(&chain[0], "sourceImageRegion"), "eu-west-1");
    for pair in chain.windows(2) {
        assert_eq!(text(&pair[0], "sourceImageId"), text(&pair[1], "imageId"));
    }
    assert_eq!(text(&chain[3], "imageOwnerAlias"), "amazon");
    assert!(texts(&chain[3], "sourceImageId").is_empty());
    assert_eq!(client.ec2("GetImageAncestry", "").error().0, "MissingParameter");
}

#[test]
fn references_name_servers_templates_parameters_and_recipes() {
    let client = Client::prod();
    let of = |name: &str, fields: &str| {
        let id = id_of(&client, name);
        let mut kinds =
            client.ec2("DescribeImageReferences", &format!("ImageId.1={id}&{fields}")).good().all("resourceType");
        kinds.sort_unstable();
        kinds.dedup();
        kinds
    };
    let all = "IncludeAllResourceTypes=true";
    assert_eq!(of("batch-88-amd64-*", all), ["ec2:Instance", "ssm:Parameter"]);
    assert_eq!(of("api 2.1.0*", all), ["ec2:Instance", "ec2:LaunchTemplate"]);
    let only = "ResourceType.1.ResourceType=ec2:LaunchTemplate";
    assert_eq!(of("api 2.1.0*", only), ["ec2:LaunchTemplate"]);
    let pinned =
        client.image_builder("/ListImageRecipes", r#"{"filters":[{"name":"name","values":["api"]}]}"#).good().json();
    let parent = pinned["imageRecipeSummaryList"][0]["parentImage"].as_str().unwrap().to_owned();
    let answer = client.ec2("DescribeImageReferences", &format!("ImageId.1={parent}&{all}")).good();
    let arn = "arn:aws:imagebuilder:eu-west-1:210987654321:image-recipe/api/2.0.1".to_owned();
    assert!(answer.all("arn").contains(&arn), "{}", answer.body);
    let many: String = (1..=11).map(|n| format!("ImageId.{n}={parent}&")).collect();
    assert_eq!(client.ec2("DescribeImageReferences", &format!("{many}{all}")).error().0, "InvalidParameterValue");
    assert_eq!(client.ec2("DescribeImageReferences", &format!("ImageId.1={parent}")).error().0, "MissingParameter");
}

#[test]
fn template_versions_are_account_wide_for_latest_and_default_only() {
    let client = Client::prod();
    let wide = |names: &str| client.ec2("DescribeLaunchTemplateVersions", names);
    assert_eq!(
        wide("LaunchTemplateVersion.1=$Latest&LaunchTemplateVersion.2=$Default").good().all("versionNumber").len(),
        10
    );
    assert_eq!(wide("LaunchTemplateVersion.1=1").error().0, "InvalidParameterValue");
    assert_eq!(wide("").error().0, "MissingParameter");
    let web = "LaunchTemplateName=web";
    assert_eq!(wide(web).good().all("versionNumber"), ["12", "11"], "newest first, the deleted one is gone");
    assert_eq!(wide(&format!("{web}&LaunchTemplateVersion.1=11")).good().all("defaultVersion"), ["false"]);
    assert_eq!(wide(&format!("{web}&LaunchTemplateVersion.1=10")).error().0, "InvalidLaunchTemplateId.VersionNotFound");
    assert_eq!(wide(&format!("{web}&MaxVersion=11")).good().all("versionNumber"), ["11"]);
    assert_eq!(wide("LaunchTemplateId=lt-00000000000000001").error().0, "InvalidLaunchTemplateId.NotFound");
    assert_eq!(
        wide(&format!("{web}&Filter.1.Name=instance-type&Filter.1.Value.1=m7i.*")).good().all("versionNumber"),
        ["12"]
    );
}

#[test]
fn a_parameter_is_resolved_only_when_asked() {
    let client = Client::prod();
    let image = |more: &str| {
        client
            .ec2("DescribeLaunchTemplateVersions", &format!("LaunchTemplateName=batch{more}"))
            .good()
            .text("imageId")
            .unwrap()
    };
    assert_eq!(image(""), "resolve:ssm:/harbor/batch/image");
    assert_eq!(image("&ResolveAlias=true"), id_of(&client, "batch-88-amd64-*"));
}

#[test]
fn builds_tell_the_images_that_came_of_them() {
    let client = Client::prod();
    let all = client.image_builder("/ListImageBuildVersions", "{}").good().json();
    let builds = all["imageSummaryList"].as_array().unwrap();
    assert_eq!(builds.len(), 8);
    let web = "arn:aws:imagebuilder:eu-west-1:210987654321:image/web/1.4.3/2";
    let got =
        client.image_builder(&format!("/GetImage?imageBuildVersionArn={}", web.replace('/', "%2F")), "").good().json();
    let image = &got["image"];
    assert_eq!(image["imageRecipe"]["version"], "1.4.3");
    assert_eq!(
        image["imageRecipe"]["parentImage"],
        "arn:aws:imagebuilder:eu-west-1:210987654321:image/golden-al2023/x.x.x"
    );
    assert_eq!(image["sourcePipelineArn"], "arn:aws:imagebuilder:eu-west-1:210987654321:image-pipeline/web");
    let amis = image["outputResources"]["amis"].as_array().unwrap();
    let regions: Vec<&str> = amis.iter().map(|ami| ami["region"].as_str().unwrap()).collect();
    assert_eq!(regions, ["eu-west-1", "us-east-1"]);
    assert_eq!(amis[0]["image"], *id_of(&client, "web 1.4.3*"));
    let tagged = client.ec2("DescribeImages", "Owner.1=self&Filter.1.Name=name&Filter.1.Value.1=web 1.4.3*").good();
    assert_eq!(tag(&tagged.body, "Ec2ImageBuilderArn").unwrap(), web);
    let failed: Vec<&serde_json::Value> = builds.iter().filter(|build| build["state"]["status"] == "FAILED").collect();
    assert_eq!((failed.len(), &failed[0]["version"]), (1, &"1.4.3/1".into()));
    let one = client
        .image_builder(
            "/ListImageBuildVersions",
            r#"{"imageVersionArn":"arn:aws:imagebuilder:eu-west-1:210987654321:image/web/1.4.3"}"#,
        )
        .good()
        .json();
    assert_eq!(one["imageSummaryList"].as_array().unwrap().len(), 2);
}

#[test]
fn image_builder_pages_filters_and_misses() {
    let client = Client::prod();
    let (mut names, mut token) = (Vec::new(), None::<String>);
    loop {
        let body = serde_json::json!({ "maxResults": 2, "nextToken": token }).to_string();
        let page = client.image_builder("/ListImageRecipes", &body).good().json();
        let here = page["imageRecipeSummaryList"].as_array().unwrap();
        assert!(here.len() <= 2);
        names.extend(here.iter().map(|recipe| recipe["arn"].as_str().unwrap().rsplit_once(':').unwrap().1.to_owned()));
        token = page["nextToken"].as_str().map(str::to_owned);
        if token.is_none() {
            break;
        }
    }
    let want = [
        "golden-al2023/1.0.2",
        "golden-al2023/1.0.3",
        "golden-al2023/1.0.4",
        "web/1.4.2",
        "web/1.4.3",
        "api/2.0.1",
        "api/2.1.0",
    ];
    assert_eq!(names, want.map(|name| format!("image-recipe/{name}")));
    let pipelines =
        client.image_builder("/ListImagePipelines", r#"{"filters":[{"name":"name","values":["web"]}]}"#).good().json();
    let arn = pipelines["imagePipelineList"][0]["arn"].as_str().unwrap();
    let got = client.image_builder(&format!("/GetImagePipeline?imagePipelineArn={arn}"), "").good().json();
    assert_eq!(got["imagePipeline"]["name"], "web");
    for (path, body, status) in [
        ("/GetImage?imageBuildVersionArn=arn:no", "", 404),
        ("/GetImageRecipe", "", 400),
        ("/GetImagePipeline?imagePipelineArn=", "", 400),
        ("/ListImages", r#"{"filters":[{"name":"colour","values":["red"]}]}"#, 400),
        ("/ListImages", r#"{"owner":"Me"}"#, 400),
        ("/ListImages", "{", 400),
        (
            "/ListImageBuildVersions",
            r#"{"imageVersionArn":"arn:aws:imagebuilder:eu-west-1:210987654321:image/no/1.0.0"}"#,
            404,
        ),
    ] {
        assert_eq!(client.image_builder(path, body).status, status, "{path} {body}");
    }
    assert_eq!(
        client.image_builder("/ListImages", r#"{"owner":"Amazon"}"#).good().json()["imageVersionList"],
        serde_json::json!([])
    );
}
