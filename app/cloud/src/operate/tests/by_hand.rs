//! Answers that the sandbox never gives, written by hand.

use ::operate::{Address, LaunchFrom, Mutation};
use bytes::Bytes;
use http::Response;

use super::*;

struct ByHand {
    operator: Operator,
    scope: Scope,
    runtime: Runtime,
}

/// An AWS that answers a call with what `answer` makes of the call's name.
fn answering(answer: impl Fn(&str) -> Response<Bytes> + Send + Sync + 'static) -> ByHand {
    let login = Login {
        profile: "prod".into(),
        account: None,
        regions: vec!["eu-west-1".into()],
        access_key_id: "AKIAPROD".into(),
        secret_access_key: "secret".into(),
    };
    let scope = Scope {
        partition: "aws".into(),
        account: "111122223333".into(),
        region: "eu-west-1".into(),
        profile: Some("prod".into()),
    };
    let handler = move |request: http::Request<Bytes>| {
        let form: Vec<(String, String)> = form_urlencoded::parse(request.body()).into_owned().collect();
        let call = form.iter().find(|(key, _)| key == "Action").map(|(_, action)| action.as_str()).unwrap_or_default();
        Ok(answer(call))
    };
    let access = Access::in_process(Arc::new(handler), vec![login]).with_quota_share(1_000.0);
    let runtime = Runtime::new().unwrap();
    ByHand { operator: Operator::new(&access, runtime.handle().clone()), scope, runtime }
}

fn page(status: u16, body: impl Into<String>) -> Response<Bytes> {
    Response::builder().status(status).body(Bytes::from(body.into())).unwrap()
}

fn good(call: &str, inner: &str) -> Response<Bytes> {
    page(200, format!("<{call}Response><{call}Result>{inner}</{call}Result></{call}Response>"))
}

fn ec2_good(call: &str, inner: &str) -> Response<Bytes> {
    page(200, format!("<{call}Response><requestId>r-1</requestId>{inner}</{call}Response>"))
}

impl ByHand {
    fn send(&self, change: &ExactMutation) -> Sent {
        let line = self.operator.line(&self.scope).unwrap();
        self.runtime.block_on(changes::transmit(&line, change, Some(&Token("op-1-0".into())), &|| Ok(())))
    }
}

#[test]
fn an_answer_that_is_not_aws_proves_nothing() {
    let cases = [
        page(200, "<html>Sign in to the guest network</html>"),
        page(200, ""),
        page(204, ""),
        page(302, ""),
        page(400, ""),
        page(403, "<html>Forbidden by the proxy</html>"),
        page(404, "not here"),
        page(500, "<html>oops</html>"),
    ];
    for case in cases {
        let what = format!("{case:?}");
        let aws = answering(move |_| case.clone());
        let set = Mutation::SetDesiredCapacity { group: "web".into(), desired: 3 };
        assert!(matches!(aws.send(&set), Sent::Unknown { .. }), "{what}");
        let terminate = Mutation::TerminateInstances { server: "i-1".into() };
        assert!(matches!(aws.send(&terminate), Sent::Unknown { .. }), "{what}");
    }
}

#[test]
fn a_launch_that_names_no_server_is_unknown_and_one_that_does_is_taken() {
    let launch = Mutation::RunInstances { from: LaunchFrom::Template { id: "lt-1".into(), version: 3 }, subnet: None };
    let nothing = answering(|call| ec2_good(call, "<instancesSet/>"));
    let sent = nothing.send(&launch);
    assert!(matches!(&sent, Sent::Unknown { why } if why.contains("did not tell what was done")), "{sent:?}");
    let made =
        answering(|call| ec2_good(call, "<instancesSet><item><instanceId>i-9</instanceId></item></instancesSet>"));
    let Sent::Accepted { request_id, receipt } = made.send(&launch) else { panic!() };
    assert_eq!(request_id.as_deref(), Some("r-1"));
    assert_eq!(receipt.made[&::operate::Output::Successor], "i-9");
}

#[test]
fn a_desired_capacity_that_aws_can_not_hold_is_not_sent() {
    let aws = answering(|_| panic!("nothing is to be sent"));
    let set = Mutation::SetDesiredCapacity { group: "web".into(), desired: u32::MAX };
    let Sent::Refused { code, .. } = aws.send(&set) else { panic!() };
    assert_eq!(code, Sent::NOT_SENT);
}

/// A group with what is given beside its bounds.
fn group_with(inner: &'static str) -> Read<Option<GroupFacts>> {
    let aws = answering(move |call| match call {
        "DescribeAutoScalingGroups" => good(
            call,
            &format!(
                "<AutoScalingGroups><member><AutoScalingGroupName>web</AutoScalingGroupName>\
                <AutoScalingGroupARN>arn:web</AutoScalingGroupARN><MinSize>1</MinSize><MaxSize>4</MaxSize>{inner}\
                </member></AutoScalingGroups>"
            ),
        ),
        _ => good(call, "<LifecycleHooks/>"),
    });
    aws.operator.group(&aws.scope, "web")
}

#[test]
fn a_bound_of_minus_one_is_none_and_lattice_is_no_target_group() {
    let group = group_with(
        "<DesiredCapacity>2</DesiredCapacity><DefaultInstanceWarmup>-1</DefaultInstanceWarmup>\
         <MaxInstanceLifetime>0</MaxInstanceLifetime><InstanceMaintenancePolicy><MinHealthyPercentage>-1\
         </MinHealthyPercentage><MaxHealthyPercentage>-1</MaxHealthyPercentage></InstanceMaintenancePolicy>\
         <TargetGroupARNs><member>arn:aws:elasticloadbalancing:eu-west-1:1:targetgroup/web/1</member></TargetGroupARNs>\
         <TrafficSources><member><Identifier>arn:aws:elasticloadbalancing:eu-west-1:1:targetgroup/web/1</Identifier>\
         </member><member><Identifier>arn:aws:vpc-lattice:eu-west-1:1:targetgroup/tg-1</Identifier></member>\
         <member><Identifier>classic</Identifier></member></TrafficSources>\
         <Instances><member><InstanceId>i-2</InstanceId><LifecycleState>Standby</LifecycleState><HealthStatus>HEALTHY\
         </HealthStatus><ProtectedFromScaleIn>true</ProtectedFromScaleIn><WeightedCapacity>4</WeightedCapacity></member>\
         <member><InstanceId>i-1</InstanceId><LifecycleState>Warmed:Running</LifecycleState><HealthStatus>Healthy\
         </HealthStatus><ProtectedFromScaleIn>false</ProtectedFromScaleIn></member></Instances>",
    );
    let group = group.unwrap().unwrap();
    assert_eq!((group.warmup_s, group.max_instance_lifetime_s), (0, None));
    assert_eq!((group.min_healthy_percent, group.max_healthy_percent), (None, None));
    assert_eq!(group.target_groups, ["arn:aws:elasticloadbalancing:eu-west-1:1:targetgroup/web/1"]);
    assert_eq!(group.classic_load_balancers, ["arn:aws:vpc-lattice:eu-west-1:1:targetgroup/tg-1", "classic"]);
    assert_eq!(group.members.len(), 1, "the warm pool's are no members");
    let member = &group.members[0];
    assert_eq!((member.server.as_str(), member.units, member.healthy), ("i-2", 4, true));
    assert!(member.protected_from_scale_in && member.lifecycle == "Standby");
}

#[test]
fn half_an_answer_is_no_group() {
    let member = "<DesiredCapacity>2</DesiredCapacity><Instances><member><LifecycleState>InService</LifecycleState>\
                  </member></Instances>";
    assert_eq!(
        group_with(member).unwrap_err().to_string(),
        "The answer to DescribeAutoScalingGroups does not tell the id of a server of web. Try again; nothing is done on \
         half an answer."
    );
    let weight = group_with(
        "<DesiredCapacity>2</DesiredCapacity><Instances><member><InstanceId>i-2</InstanceId><LifecycleState>InService\
         </LifecycleState><HealthStatus>Healthy</HealthStatus><ProtectedFromScaleIn>false</ProtectedFromScaleIn>\
         <WeightedCapacity>many</WeightedCapacity></member></Instances>",
    );
    assert!(weight.unwrap_err().to_string().contains("the weight of i-2"));
}

#[test]
fn an_address_of_an_account_is_elastic_and_one_of_amazon_is_public() {
    let aws = answering(|call| {
        match call {
        "DescribeInstances" => ec2_good(
            call,
            "<reservationSet><item><instancesSet><item><instanceId>i-1</instanceId><imageId>ami-1</imageId>
            <instanceState><name>stopped</name></instanceState><instanceType>m7g.large</instanceType>
            <spotInstanceRequestId>sir-1</spotInstanceRequestId><rootDeviceName>/dev/xvda</rootDeviceName>
            <privateIpAddress>10.0.0.1</privateIpAddress><ipAddress>52.0.0.1</ipAddress>
            <blockDeviceMapping><item><deviceName>/dev/sdf</deviceName><ebs><volumeId>vol-2</volumeId>
            <deleteOnTermination>false</deleteOnTermination></ebs></item><item><deviceName>/dev/xvda</deviceName>
            <ebs><volumeId>vol-1</volumeId><deleteOnTermination>true</deleteOnTermination></ebs></item></blockDeviceMapping>
            <networkInterfaceSet><item><networkInterfaceId>eni-1</networkInterfaceId>
            <privateIpAddress>10.0.0.1</privateIpAddress><attachment><deviceIndex>0</deviceIndex>
            <attachTime>2026-01-02T00:00:00.000Z</attachTime><deleteOnTermination>false</deleteOnTermination></attachment>
            <association><publicIp>52.0.0.1</publicIp><ipOwnerId>111122223333</ipOwnerId></association>
            <privateIpAddressesSet><item><privateIpAddress>10.0.0.1</privateIpAddress></item><item>
            <privateIpAddress>10.0.0.2</privateIpAddress><association><publicIp>52.0.0.2</publicIp>
            <ipOwnerId>amazon</ipOwnerId></association></item></privateIpAddressesSet></item></networkInterfaceSet>
            <tagSet><item><key>Name</key><value>old\u{202e}</value></item></tagSet>
            </item></instancesSet></item></reservationSet>",
        ),
        "DescribeInstanceAttribute" => ec2_good(
            call,
            "<instanceId>i-1</instanceId><disableApiTermination><value>true</value></disableApiTermination>\
             <disableApiStop><value>false</value></disableApiStop>",
        ),
        other => panic!("{other} is not needed for a stopped server"),
    }
    });
    let server = aws.operator.servers(&aws.scope, &["i-1".into()], Detail::Protections).unwrap().remove(0);
    assert_eq!(
        server.addresses,
        [
            Address::Private("10.0.0.1".into()),
            Address::Private("10.0.0.2".into()),
            Address::Public("52.0.0.2".into()),
            Address::Elastic("52.0.0.1".into()),
        ]
    );
    assert_eq!((server.name.as_deref(), server.owner.as_deref()), (Some("old"), Some("spot request sir-1")));
    assert_eq!((server.termination_protected, server.stop_protected), (Some(true), Some(false)));
    let checked = aws.operator.servers(&aws.scope, &["i-1".into()], Detail::Checks).unwrap().remove(0);
    assert_eq!(checked.checks_passed, Some(false));
    assert_eq!(
        server.volumes.iter().map(|one| (one.is_root, one.delete_on_termination)).collect::<Vec<_>>(),
        [(false, false), (true, true)]
    );
    assert!(server.interfaces[0].is_primary && !server.interfaces[0].delete_on_termination);
    assert_eq!(server.born_at.unwrap().to_string(), "2026-01-02T00:00:00Z");
}

#[test]
fn a_protection_that_is_not_told_is_not_taken_for_none() {
    let aws = answering(|call| match call {
        "DescribeInstances" => ec2_good(
            call,
            "<reservationSet><item><instancesSet><item><instanceId>i-1</instanceId><instanceState><name>stopped</name>
            </instanceState></item></instancesSet></item></reservationSet>",
        ),
        _ => ec2_good(call, "<instanceId>i-1</instanceId>"),
    });
    let error = aws.operator.servers(&aws.scope, &["i-1".into()], Detail::Protections).unwrap_err();
    // Both are asked for at the same time, and either may be the first that does not tell.
    let told = error.to_string();
    let of = |which: &str| told.contains(&format!("does not tell the {which} protection of i-1"));
    assert!(of("termination") || of("stop"), "{told}");
}

#[test]
fn a_server_is_found_in_target_groups_by_its_id_and_by_its_private_address() {
    let aws = answering(|call| match call {
        "DescribeInstances" => ec2_good(
            call,
            "<reservationSet><item><instancesSet><item><instanceId>i-1</instanceId><imageId>ami-1</imageId>\
             <instanceType>m6i.large</instanceType><instanceState><name>running</name></instanceState>\
             <privateIpAddress>10.0.0.1</privateIpAddress></item></instancesSet></item></reservationSet>",
        ),
        "DescribeTargetGroups" => good(
            call,
            "<TargetGroups><member><TargetGroupArn>arn:aws:elasticloadbalancing:eu-west-1:1:targetgroup/web/1\
             </TargetGroupArn><TargetType>instance</TargetType><Protocol>QUIC</Protocol></member></TargetGroups>",
        ),
        _ => good(
            call,
            "<TargetHealthDescriptions>\
             <member><Target><Id>i-1</Id><Port>80</Port></Target><TargetHealth><State>healthy</State></TargetHealth></member>\
             <member><Target><Id>10.0.0.1</Id><Port>81</Port><AvailabilityZone>all</AvailabilityZone></Target>\
             <TargetHealth><State>draining</State></TargetHealth>\
             </member>\
             <member><Target><Id>10.0.0.10</Id></Target><TargetHealth><State>healthy</State></TargetHealth></member>\
             <member><Target><Id>i-10</Id></Target><TargetHealth><State>healthy</State></TargetHealth></member>\
             </TargetHealthDescriptions>",
        ),
    });
    let server = aws.operator.servers(&aws.scope, &["i-1".into()], Detail::Plain).unwrap();
    let registered = aws.operator.registered(&aws.scope, &server).unwrap();
    let web = "arn:aws:elasticloadbalancing:eu-west-1:1:targetgroup/web/1";
    let by_id = ::operate::RegistrationFacts {
        server: "i-1".into(),
        target_group: web.into(),
        target: "i-1".into(),
        port: Some(80),
        zone: None,
        state: "healthy".into(),
        target_type: "instance".into(),
        protocol: Some("QUIC".into()),
    };
    let by_address = ::operate::RegistrationFacts {
        target: "10.0.0.1".into(),
        port: Some(81),
        zone: Some("all".into()),
        state: "draining".into(),
        ..by_id.clone()
    };
    assert_eq!(registered, [by_id, by_address]);
    let told = aws.operator.targets(&aws.scope, &[web.into()]).unwrap();
    let told: Vec<(&str, Option<u16>)> = told.iter().map(|one| (one.server.as_str(), one.port)).collect();
    assert_eq!(told, [("i-1", Some(80)), ("i-10", None)], "an address is no server of a group");
    assert_eq!(aws.operator.registered(&aws.scope, &[]).unwrap(), []);
}
