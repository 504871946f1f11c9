//! A client that signs with a credential's scope and nothing else.

use bytes::Bytes;
use emberline_sandbox::{Profile, Sandbox};
use http::{Request, Response};
use jiff::Timestamp;
use serde_json::Value;

/// When the tests' sandboxes are opened.
pub(crate) fn opening() -> Timestamp {
    "2026-11-02T08:00:00Z".parse().unwrap()
}

pub(crate) fn harbor() -> Sandbox {
    Sandbox::open_at("harbor", opening()).unwrap()
}

/// One profile in one region.
pub(crate) struct Client {
    pub(crate) sandbox: Sandbox,
    pub(crate) key: String,
    pub(crate) region: String,
}

/// An answer's status and body.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: String,
    /// The error's code in the header, where the protocol has it there.
    pub(crate) code: String,
}

impl Client {
    pub(crate) fn new(sandbox: &Sandbox, profile: &str, region: &str) -> Client {
        let profile: &Profile = sandbox.profiles().iter().find(|one| one.name == profile).unwrap();
        Client { sandbox: sandbox.clone(), key: profile.access_key_id.clone(), region: region.into() }
    }

    /// Somebody new in an account, who may do what the policies allow.
    pub(crate) fn allowed(sandbox: &Sandbox, account: &str, region: &str, policies: &[&str]) -> Client {
        let name = format!("r{}", sandbox.trace().len());
        let profile = sandbox.add_principal(account, &name, policies).unwrap();
        Client { sandbox: sandbox.clone(), key: profile.access_key_id, region: region.into() }
    }

    pub(crate) fn prod() -> Client {
        Client::new(&harbor(), "harbor-prod", "eu-west-1")
    }

    pub(crate) fn at(&self, profile: &str, region: &str) -> Client {
        Client::new(&self.sandbox, profile, region)
    }

    pub(crate) fn authorization(&self, service: &str) -> String {
        format!(
            "AWS4-HMAC-SHA256 Credential={}/20261102/{}/{service}/aws4_request, SignedHeaders=host, Signature=0",
            self.key, self.region
        )
    }

    fn send(&self, request: http::request::Builder, service: &str, body: &str) -> Response<Bytes> {
        let request: Request<Bytes> =
            request.header("authorization", self.authorization(service)).body(Bytes::from(body.to_owned())).unwrap();
        self.sandbox.handle(request).into_response().unwrap()
    }

    /// A query call: `action` with `fields` such as `MaxResults=5&Filter.1.Name=vpc-id`.
    pub(crate) fn query(&self, service: &str, action: &str, fields: &str) -> Answer {
        let version = match service {
            "ec2" => "2016-11-15",
            "autoscaling" => "2011-01-01",
            _ => "2011-06-15",
        };
        let body = format!("Action={action}&Version={version}&{fields}");
        Answer::of(&self.send(Request::post("/"), service, &body))
    }

    pub(crate) fn ec2(&self, action: &str, fields: &str) -> Answer {
        self.query("ec2", action, fields)
    }

    pub(crate) fn auto_scaling(&self, action: &str, fields: &str) -> Answer {
        self.query("autoscaling", action, fields)
    }

    pub(crate) fn ssm(&self, action: &str, body: &str) -> Answer {
        let request = Request::post("/").header("x-amz-target", format!("AmazonSSM.{action}"));
        Answer::of(&self.send(request, "ssm", body))
    }

    /// A JSON call of the service whose targets begin so.
    pub(crate) fn json(&self, target: &str, action: &str, asked: &Value) -> Answer {
        let service = match target {
            "AmazonSSM" => "ssm",
            "AWSEC2InstanceConnectService" => "ec2-instance-connect",
            _ => "cloudtrail",
        };
        let request = Request::post("/").header("x-amz-target", format!("{target}.{action}"));
        Answer::of(&self.send(request, service, &asked.to_string()))
    }

    pub(crate) fn image_builder(&self, path: &str, body: &str) -> Answer {
        let request = match &path[..5] {
            "/List" => Request::post(path),
            _ if path.starts_with("/Get") => Request::get(path),
            _ => Request::put(path),
        };
        Answer::of(&self.send(request, "imagebuilder", body))
    }

    /// All pages of a query call.
    pub(crate) fn pages(&self, service: &str, action: &str, fields: &str) -> Vec<Answer> {
        let (mut pages, mut token) = (Vec::new(), None::<String>);
        loop {
            let with = token.as_ref().map_or(fields.to_owned(), |token| format!("{fields}&NextToken={token}"));
            let page = self.query(service, action, &with).good();
            token = page.text("nextToken").or_else(|| page.text("NextToken"));
            pages.push(page);
            if token.is_none() {
                return pages;
            }
        }
    }
}

impl Answer {
    pub(crate) fn of(response: &Response<Bytes>) -> Answer {
        let code = response.headers().get("x-amzn-errortype").map(|code| code.to_str().unwrap().to_owned());
        Answer {
            status: response.status().as_u16(),
            body: String::from_utf8(response.body().to_vec()).unwrap(),
            code: code.unwrap_or_default(),
        }
    }

    /// Itself, if it is no error.
    pub(crate) fn good(self) -> Answer {
        assert_eq!(self.status, 200, "{}", self.body);
        self
    }

    /// An XML error's code and message.
    pub(crate) fn error(&self) -> (String, String) {
        assert!(self.status >= 400, "{}", self.body);
        (self.text("Code").unwrap(), self.text("Message").unwrap())
    }

    /// The first text of an element.
    pub(crate) fn text(&self, element: &str) -> Option<String> {
        self.all(element).into_iter().next()
    }

    /// All texts of an element, unescaped as far as the tests need it.
    pub(crate) fn all(&self, element: &str) -> Vec<String> {
        texts(&self.body, element)
    }

    /// What follows each `<element>` up to the next one: one server, one image, one group.
    pub(crate) fn each(&self, element: &str) -> Vec<String> {
        self.body.split(&format!("<{element}>")).skip(1).map(|part| format!("<{element}>{part}")).collect()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

/// All texts of an element in a piece of XML.
pub(crate) fn texts(xml: &str, element: &str) -> Vec<String> {
    xml.split(&format!("<{element}>"))
        .skip(1)
        .map(|rest| rest.split('<').next().unwrap_or_default().replace("&lt;", "<").replace("&amp;", "&"))
        .collect()
}

/// The first text of an element in a piece of XML.
pub(crate) fn text(xml: &str, element: &str) -> String {
    texts(xml, element).into_iter().next().unwrap_or_else(|| panic!("no {element} in {xml}"))
}

/// A tag's value in the XML of one resource.
pub(crate) fn tag(xml: &str, key: &str) -> Option<String> {
    let (_, rest) = xml.split_once(&format!("<key>{key}</key>"))?;
    texts(rest, "value").into_iter().next()
}

/// How many days before the opening a time lies.
pub(crate) fn days_ago(time: &str) -> f64 {
    let at: Timestamp = time.parse().unwrap();
    opening().duration_since(at).as_secs_f64() / 86_400.0
}
