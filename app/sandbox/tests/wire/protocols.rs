//! What each protocol's answers and errors look like.

use bytes::Bytes;
use http::{Method, Request};

use crate::ask::{Answer, Client, harbor};

#[test]
fn answers_carry_what_aws_sends_along() {
    let client = Client::prod();
    let cases = [
        ("ec2", "DescribeRegions", "text/xml;charset=UTF-8"),
        ("autoscaling", "DescribeAutoScalingGroups", "text/xml"),
        ("sts", "GetCallerIdentity", "text/xml"),
    ];
    for (service, action, kind) in cases {
        let request = Request::post("/")
            .header("authorization", client.authorization(service))
            .body(Bytes::from(format!("Action={action}")))
            .unwrap();
        let response = client.sandbox.handle(request).into_response().unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], kind);
        assert_eq!(response.headers()["date"], "Mon, 02 Nov 2026 08:00:00 GMT");
        let id = response.headers()["x-amzn-requestid"].to_str().unwrap();
        assert_eq!(id.len(), 36);
        assert!(Answer::of(&response).body.contains(id), "the body names the request too");
    }
}

#[test]
fn a_caller_is_told_who_they_are() {
    let answer = Client::prod().query("sts", "GetCallerIdentity", "").good();
    assert_eq!(answer.text("Account").unwrap(), "210987654321");
    assert_eq!(answer.text("Arn").unwrap(), "arn:aws:sts::210987654321:assumed-role/EmberlineReader/emberline");
    assert!(answer.text("UserId").unwrap().ends_with(":emberline"));
}

#[test]
fn an_unknown_key_is_refused_in_each_services_words() {
    let mut client = Client::prod();
    client.key = "AKIANOBODY".into();
    let cases = [
        ("ec2", 401, "AuthFailure"),
        ("autoscaling", 403, "InvalidClientTokenId"),
        ("sts", 403, "InvalidClientTokenId"),
    ];
    for (service, status, code) in cases {
        let answer = client.query(service, "DescribeRegions", "");
        assert_eq!((answer.status, &*answer.error().0), (status, code));
    }
    let answer = client.ssm("GetParameter", "{}");
    assert_eq!((answer.status, &answer.json()["__type"]), (400, &"UnrecognizedClientException".into()));
    assert_eq!(client.image_builder("/ListImages", "{}").status, 403);
}

#[test]
fn an_unsigned_request_is_told_so() {
    let cases = [
        (
            Request::post("/").body(Bytes::from("Action=DescribeRegions")).unwrap(),
            "<Code>MissingAuthenticationToken</Code>",
        ),
        (
            Request::post("/").header("x-amz-target", "AmazonSSM.GetParameter").body(Bytes::new()).unwrap(),
            "MissingAuthenticationTokenException",
        ),
    ];
    for (request, want) in cases {
        let answer = Answer::of(&harbor().handle(request).into_response().unwrap());
        assert_eq!(answer.status, 403);
        assert!(answer.body.contains(want), "{}", answer.body);
    }
}

#[test]
fn what_is_not_simulated_is_an_unknown_action() {
    let client = Client::prod();
    assert_eq!(
        client.ec2("DeleteVolume", "InstanceId.1=i-1").error(),
        ("InvalidAction".into(), "The action DeleteVolume is not valid for this web service.".into())
    );
    assert_eq!(client.auto_scaling("DeletePolicy", "").error().0, "InvalidAction");
    assert_eq!(client.query("sts", "AssumeRole", "").error().0, "InvalidAction");
    assert_eq!(client.ssm("DeleteParameter", "{}").json()["__type"], "UnknownOperationException");
    assert_eq!(client.image_builder("/CreateComponent", "{}").status, 404);
    assert_eq!(client.ec2("", "").error().0, "MissingAction");
}

#[test]
fn a_service_or_region_that_is_not_there_is_refused() {
    let mut client = Client::prod();
    let answer = client.query("s3", "ListBuckets", "");
    assert_eq!((answer.status, &*answer.error().0), (403, "SignatureDoesNotMatch"));
    client.region = "mars-1".into();
    assert!(client.ec2("DescribeRegions", "").error().1.contains("'mars-1'"));
}

#[test]
fn only_awss_paths_and_methods_are_served() {
    let client = Client::prod();
    let ask = |method: Method, path: &str, service: &str| {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("authorization", client.authorization(service))
            .body(Bytes::from("Action=DescribeRegions"))
            .unwrap();
        client.sandbox.handle(request).into_response().unwrap().status().as_u16()
    };
    assert_eq!(ask(Method::POST, "/", "ec2"), 200);
    assert_eq!(ask(Method::GET, "/?Action=DescribeRegions", "ec2"), 200);
    assert_eq!(ask(Method::POST, "/admin", "ec2"), 404);
    assert_eq!(ask(Method::DELETE, "/", "ec2"), 405);
    assert_eq!(ask(Method::POST, "/GetImage", "imagebuilder"), 404);
}

#[test]
fn ec2_refuses_parameters_that_it_does_not_know() {
    let client = Client::prod();
    assert_eq!(
        client.ec2("DescribeInstances", "Colour=red").error(),
        ("UnknownParameter".into(), "The parameter Colour is not recognized".into())
    );
    let dry = client.ec2("DescribeInstances", "DryRun=true");
    assert_eq!((dry.status, &*dry.error().0), (412, "DryRunOperation"));
}

#[test]
fn a_denial_is_worded_as_aws_words_it() {
    let client = Client::new(&harbor(), "harbor-data", "us-east-1");
    let request = Request::post("/ListImagePipelines")
        .header("authorization", client.authorization("imagebuilder"))
        .body(Bytes::new())
        .unwrap();
    let response = client.sandbox.handle(request).into_response().unwrap();
    assert_eq!(response.status(), 403);
    assert_eq!(response.headers()["x-amzn-errortype"], "AccessDeniedException");
    assert_eq!(
        Answer::of(&response).json()["message"],
        "User: arn:aws:sts::310987654321:assumed-role/EmberlineReader/emberline is not authorized to perform: \
         imagebuilder:ListImagePipelines on resource: arn:aws:imagebuilder:us-east-1:310987654321:image-pipeline/* \
         because no identity-based policy allows the imagebuilder:ListImagePipelines action"
    );
    assert_eq!(client.at("harbor-data", "eu-west-1").image_builder("/ListImagePipelines", "").status, 200);
    assert_eq!(client.ec2("DescribeImages", "Owner.1=self").status, 200);
}

#[test]
fn parameters_are_found_by_name_version_and_arn() {
    let client = Client::prod();
    let name = "/harbor/batch/image";
    let one = client.ssm("GetParameter", &format!(r#"{{"Name":"{name}"}}"#)).good().json();
    let parameter = &one["Parameter"];
    assert!(parameter["Value"].as_str().unwrap().starts_with("ami-0"));
    assert_eq!((&parameter["Version"], &parameter["DataType"]), (&88.into(), &"aws:ec2:image".into()));
    assert!(parameter["LastModifiedDate"].is_number());
    let arn = parameter["ARN"].as_str().unwrap();
    assert_eq!(arn, "arn:aws:ssm:eu-west-1:210987654321:parameter/harbor/batch/image");
    let many =
        client.ssm("GetParameters", &format!(r#"{{"Names":["{name}:88","{name}:3","{arn}","/no"]}}"#)).good().json();
    assert_eq!(many["Parameters"].as_array().unwrap().len(), 2);
    assert_eq!(many["InvalidParameters"], serde_json::json!([format!("{name}:3"), "/no"]));
    assert_eq!(client.ssm("GetParameter", r#"{"Name":"/no"}"#).json()["__type"], "ParameterNotFound");
    assert_eq!(client.ssm("GetParameters", r#"{"Names":[]}"#).json()["__type"], "ValidationException");
    assert_eq!(client.ssm("GetParameter", "[").json()["__type"], "SerializationException");
}

#[test]
fn a_body_of_more_than_a_mebibyte_is_refused() {
    let client = Client::prod();
    let answer = client.ec2("DescribeInstances", &"x".repeat(1 << 20));
    assert_eq!((answer.status, &*answer.error().0), (413, "RequestEntityTooLarge"));
}
