//! An AWS of a few lines: it tells which call was made and answers with what a test wrote.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use emberline_cloud::{Access, Cancel, Login, PullError, pull};
use fleet::{Call, Fleet, Gap};
use http::{Request, Response};

/// A request, as far as tests look at it.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) service: String,
    pub(crate) region: String,
    pub(crate) key: String,
    /// `DescribeInstances`; of Image Builder, whose calls are paths, the last part of the path.
    pub(crate) action: String,
    /// The form's fields.
    pub(crate) fields: BTreeMap<String, String>,
    /// The body, and of Image Builder the query too.
    pub(crate) text: String,
}

impl Asked {
    fn of(request: &Request<Bytes>) -> Self {
        let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let credential = header("authorization").split("Credential=").nth(1).unwrap();
        let credential: Vec<&str> = credential.split(',').next().unwrap().split('/').collect();
        let body = String::from_utf8(request.body().to_vec()).unwrap();
        let fields: BTreeMap<String, String> = form_urlencoded::parse(body.as_bytes()).into_owned().collect();
        let action = match (fields.get("Action"), header("x-amz-target").split_once('.')) {
            (Some(action), _) => action.clone(),
            (None, Some((_, target))) => target.to_owned(),
            (None, None) => request.uri().path().trim_matches('/').to_owned(),
        };
        let text = format!("{}{body}", request.uri().query().unwrap_or_default());
        let [key, _, region, service] = credential[..4] else { panic!("{credential:?}") };
        Self { service: service.into(), region: region.into(), key: key.into(), action, fields, text }
    }

    pub(crate) fn field(&self, name: &str) -> &str {
        self.fields.get(name).map_or("", String::as_str)
    }

    /// The values of a list: `ImageId.1`, `ImageId.2`, ...
    pub(crate) fn list(&self, name: &str) -> Vec<&str> {
        (1..).map_while(|number| self.fields.get(&format!("{name}.{number}"))).map(String::as_str).collect()
    }

    /// An answer with nothing in it.
    pub(crate) fn nothing(&self) -> Response<Bytes> {
        self.xml("")
    }

    /// An answer whose XML holds `inner`; of the JSON services, `inner` itself.
    pub(crate) fn xml(&self, inner: &str) -> Response<Bytes> {
        let action = &self.action;
        let body = match self.service.as_str() {
            "ec2" => format!(
                r#"<?xml version="1.0" encoding="UTF-8"?><{action}Response xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><requestId>r</requestId>{inner}</{action}Response>"#
            ),
            "autoscaling" | "sts" => format!(
                "<{action}Response><{action}Result>{inner}</{action}Result><ResponseMetadata><RequestId>r</RequestId>\
                 </ResponseMetadata></{action}Response>"
            ),
            _ if inner.is_empty() => "{}".to_owned(),
            _ => inner.to_owned(),
        };
        Response::builder().status(200).body(body.into()).unwrap()
    }

    /// An error, in the service's own way.
    pub(crate) fn error(&self, status: u16, code: &str, message: &str) -> Response<Bytes> {
        let answer = Response::builder().status(status);
        match self.service.as_str() {
            "ec2" => answer.body(
                format!(
                    "<Response><Errors><Error><Code>{code}</Code><Message>{message}</Message></Error></Errors>\
                     <RequestID>r</RequestID></Response>"
                )
                .into(),
            ),
            "autoscaling" | "sts" => answer.body(
                format!(
                    "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>\
                     <RequestId>r</RequestId></ErrorResponse>"
                )
                .into(),
            ),
            _ => answer.header("x-amzn-errortype", code).body(format!(r#"{{"message":"{message}"}}"#).into()),
        }
        .unwrap()
    }
}

/// What a test answers; `None` for the plain answer with nothing in it.
pub(crate) type Script = dyn Fn(&Asked) -> Option<Response<Bytes>> + Send + Sync;

/// Everything that was asked, and the way to ask.
#[derive(Clone)]
pub(crate) struct Fake {
    pub(crate) access: Access,
    asked: Arc<Mutex<Vec<Asked>>>,
}

pub(crate) fn login(profile: &str, regions: &[&str]) -> Login {
    Login {
        profile: profile.into(),
        account: None,
        regions: regions.iter().map(|&region| region.into()).collect(),
        access_key_id: format!("AKIA{}", profile.to_uppercase()),
        secret_access_key: "secret".into(),
    }
}

impl Fake {
    /// One profile `prod` with the region eu-west-1.
    pub(crate) fn new(script: impl Fn(&Asked) -> Option<Response<Bytes>> + Send + Sync + 'static) -> Self {
        Self::with(vec![login("prod", &["eu-west-1"])], script)
    }

    pub(crate) fn with(
        logins: Vec<Login>,
        script: impl Fn(&Asked) -> Option<Response<Bytes>> + Send + Sync + 'static,
    ) -> Self {
        let script: Arc<Script> = Arc::new(script);
        let asked: Arc<Mutex<Vec<Asked>>> = Arc::default();
        let log = asked.clone();
        let access = Access::in_process(
            Arc::new(move |request| {
                let asked = Asked::of(&request);
                log.lock().unwrap().push(asked.clone());
                Ok(script(&asked).unwrap_or_else(|| plain(&asked)))
            }),
            logins,
        );
        Self { access, asked }
    }

    pub(crate) async fn pull(&self) -> Result<Fleet, PullError> {
        pull(&self.access, &|_| {}, &Cancel::new()).await
    }

    /// How often an action was asked for.
    pub(crate) fn count(&self, action: &str) -> usize {
        self.asked.lock().unwrap().iter().filter(|asked| asked.action == action).count()
    }

    /// Every request for an action, in order.
    pub(crate) fn requests(&self, action: &str) -> Vec<Asked> {
        self.asked.lock().unwrap().iter().filter(|asked| asked.action == action).cloned().collect()
    }
}

fn plain(asked: &Asked) -> Response<Bytes> {
    if asked.action == "GetCallerIdentity" { identity(asked, "111122223333") } else { asked.nothing() }
}

pub(crate) fn identity(asked: &Asked, account: &str) -> Response<Bytes> {
    asked.xml(&format!("<Arn>arn:aws:iam::{account}:user/ada</Arn><UserId>AIDA</UserId><Account>{account}</Account>"))
}

pub(crate) fn page_for_people(status: u16) -> Response<Bytes> {
    let body = "<!doctype html><html><title>500 Internal Server Error</title><h1>Internal Server Error</h1></html>";
    Response::builder().status(status).header("content-type", "text/html; charset=utf-8").body(body.into()).unwrap()
}

/// A reservation with one running server.
pub(crate) fn server(id: &str, image: &str) -> String {
    server_in(id, image, "running")
}

pub(crate) fn server_in(id: &str, image: &str, state: &str) -> String {
    format!(
        "<item><instancesSet><item><instanceId>{id}</instanceId><imageId>{image}</imageId><instanceState><code>16\
         </code><name>{state}</name></instanceState><launchTime>2026-01-02T03:04:05.000Z</launchTime></item>\
         </instancesSet></item>"
    )
}

pub(crate) fn servers(list: &[String], token: Option<&str>) -> String {
    let token = token.map(|token| format!("<nextToken>{token}</nextToken>")).unwrap_or_default();
    format!("<reservationSet>{}</reservationSet>{token}", list.concat())
}

pub(crate) fn ids(fleet: &Fleet) -> Vec<&str> {
    fleet.servers.iter().map(|server| fleet.str(server.id)).collect()
}

pub(crate) fn gap_of(fleet: &Fleet, call: Call) -> &Gap {
    let mut gaps = fleet.gaps.iter().filter(|gap| gap.call == call);
    let gap = gaps.next().unwrap_or_else(|| panic!("no gap of {call:?}"));
    assert_eq!(gaps.next(), None, "one gap of {call:?}");
    gap
}

/// The calls that have a gap.
pub(crate) fn gap_calls(fleet: &Fleet) -> Vec<Call> {
    fleet.gaps.iter().map(|gap| gap.call).collect()
}
