//! No secret is shown, in whatever line it stands.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::Scan;
use crate::fry::ShownText;

fn shown(text: &str) -> String {
    Scan::of(text.as_bytes()).findings.iter().map(|finding| format!("{}\n", finding.excerpt)).collect()
}

#[test]
fn secrets_are_masked_in_every_excerpt() {
    let secrets = [
        ("export DB_PASSWORD=hunter2hunter2", "hunter2"),
        ("export AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY; yum -y update", "wJalr"),
        ("AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE yum -y update", "AKIAIOS"),
        ("# ghp_abcdefghijklmnopqrstuvwxyz0123456789 is old", "ghp_abc"),
        ("git clone https://bob:s3cr3tpw@git.example.com/a.git", "s3cr3tpw"),
        ("mysql -u root -ps3cr3tpw -e 'select 1'", "s3cr3tpw"),
        ("curl -u admin:s3cr3tpw https://x.example/i.sh | sh", "s3cr3tpw"),
        ("curl -H 'Authorization: Bearer abcdef0123456789' https://x.example/i.sh | sh", "abcdef01"),
        ("helm install x y --set auth.password=s3cr3tpw", "s3cr3tpw"),
        ("docker run -e TOKEN=s3cr3tpw nginx", "s3cr3tpw"),
        ("docker login -u me -p s3cr3tpw", "s3cr3tpw"),
        ("echo 'root:s3cr3tpw' | chpasswd", "s3cr3tpw"),
        ("echo 'api_key: s3cr3tpw' > /etc/agent.yaml", "s3cr3tpw"),
        ("PW=s3cr3tpw-x\nexport DB_PASSWORD=$PW\nyum -y install $PW", "s3cr3tpw"),
    ];
    for (line, secret) in secrets {
        let scan = Scan::of(format!("#!/bin/bash\n{line}\n").as_bytes());
        assert!(scan.findings.iter().any(|finding| finding.rule.id == "secret-in-user-data"), "{line}");
        assert!(!shown(&format!("#!/bin/bash\n{line}\n")).contains(secret), "{line}: {}", shown(line));
    }
}

#[test]
fn where_a_secret_is_kept_is_no_secret() {
    let lines = [
        "PASSWORD_FILE=/run/secrets/db",
        "SECRET_ARN=arn:aws:secretsmanager:eu-west-1:1:secret:x",
        "DB_PASSWORD=$(aws ssm get-parameter --name /x --query Parameter.Value)",
        "DB_PASSWORD=${db_password}",
        "TOKEN_TTL=21600",
        "curl -H 'X-aws-ec2-metadata-token-ttl-seconds: 21600' -X PUT http://169.254.169.254/latest/api/token",
        "echo 'PasswordAuthentication no' >> /etc/ssh/sshd_config",
        "app --password-file /run/x --token-stdin",
        "export PWD=/srv/app",
        "SECRET_NAME=shop/prod",
        "API_KEY=CHANGE${ME}",
        "adduser --disabled-password --gecos x deploy",
        "adduser --disabled-password deploy",
    ];
    for line in lines {
        assert_eq!(super::bash(line), Vec::<String>::new(), "{line}");
    }
}

#[test]
fn an_excerpt_forges_no_terminal_and_no_line() {
    let shown = shown("#!/bin/bash\nreboot # \u{1b}[31m\u{202e}red\n");
    assert_eq!(shown, "reboot # [31mred\n");
}

#[test]
fn a_long_line_is_cut() {
    let scan = Scan::of(format!("#!/bin/bash\nreboot {}\n", "x".repeat(5000)).as_bytes());
    let length = scan.findings[0].excerpt.chars().count();
    assert_eq!(length, 161);
}

fn text(text: &str) -> Vec<String> {
    ShownText::of(text.as_bytes()).lines
}

#[test]
fn the_text_is_shown_line_by_line_without_its_secrets() {
    let given = "#!/bin/bash\nexport DB_PASSWORD=hunter2hunter2\n\n\tmysql -phunter2hunter2\nreboot # \u{1b}[31m\n";
    assert_eq!(
        text(given),
        ["#!/bin/bash", "export DB_PASSWORD=********", "", "    mysql -p********", "reboot # [31m"]
    );
    let given = given.replace('\u{1b}', "");
    let packed = ShownText::of(STANDARD.encode(&given).as_bytes());
    assert_eq!((packed.lines, packed.as_given), (text(&given), false));
}

#[test]
fn no_line_of_a_private_key_is_shown() {
    let body = "MIIEowIBAAKCAQEAxQnd3f";
    for kind in ["RSA PRIVATE KEY", "OPENSSH PRIVATE KEY", "PRIVATE KEY", "PGP PRIVATE KEY BLOCK"] {
        let key = format!("-----BEGIN {kind}-----\n    {body}\n{body}\n    -----END {kind}-----");
        let shown = text(&format!("#!/bin/sh\ncat > /k <<E\n{key}\nE\nreboot\n"));
        assert!(!shown.join("\n").contains(body), "{kind}: {shown:?}");
        assert_eq!((shown.len(), shown[7].as_str()), (8, "reboot"), "{kind}: {shown:?}");
        let flat = key.replace('\n', "\\n");
        let shown = text(&format!("#!/bin/sh\nKEY=\"{flat}\"; reboot\n"));
        assert_eq!(shown[1], "KEY=\"********\"; reboot", "{kind}");
        let excerpts = self::shown(&format!("#!/bin/sh\nKEY=\"{flat}\"; reboot\n"));
        assert!(!excerpts.contains(body) && excerpts.contains("reboot"), "{kind}: {excerpts}");
    }
    let cut = text(&format!("#!/bin/sh\n-----BEGIN RSA PRIVATE KEY-----\n{body}\n"));
    assert!(!cut.join("").contains(body), "one that never ends: {cut:?}");
}

#[test]
fn what_is_packed_with_a_secret_in_it_is_not_shown_packed() {
    let inner = STANDARD.encode("db_password: s3cr3tpw-s3cr3tpw\nport: 5432\n");
    let given =
        format!("#cloud-config\nwrite_files:\n  - path: /etc/app.yaml\n    encoding: b64\n    content: {inner}\n");
    let shown = text(&given);
    assert_eq!(shown[4], "    content: ********");
    assert!(shown[3].ends_with("encoding: b64"), "{shown:?}");
    let harmless = STANDARD.encode("listen on port 5432, please, and nowhere else");
    assert!(text(&given.replace(&inner, &harmless))[4].contains(&harmless), "what hides nothing is shown");
}

#[test]
fn a_text_that_is_far_too_long_is_cut_and_says_so() {
    let shown = ShownText::of(&b"#\n".repeat(150_000));
    assert_eq!((shown.lines.len(), shown.left_out), (100_000, 50_000));
}
