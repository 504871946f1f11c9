//! Commands are understood, not their letters.

use super::{Scan, Verdict, bash, found};

#[test]
fn what_is_only_said_is_no_finding() {
    let cases = [
        "# yum update",
        "echo \"yum update\"",
        "echo 'curl https://x.io | sh'",
        "logger -t boot 'reboot is due'",
        "cat > /etc/motd <<'EOF'\napt-get install -y foo\nEOF",
        "never() { reboot; }",
        "case $1 in install) ;; esac",
        "grep -r 'docker pull' /etc",
        "if ! command -v dnf; then :; fi",
        "command -V apt-get install -y nginx",
        "grubby --info=ALL; grubby --default-kernel",
        "[ -n \"$(command -v grubby)\" ]",
    ];
    for text in cases {
        assert_eq!(bash(text), Vec::<String>::new(), "{text}");
    }
}

#[test]
fn a_command_is_found_under_whatever_wraps_it() {
    let cases = [
        "sudo -E env X=1 apt-get -y dist-upgrade",
        "bash -c \"apt-get -y dist-upgrade\"",
        "sudo sh -ec 'cd /; apt-get -y dist-upgrade'",
        "true && { apt-get -y dist-upgrade || exit 1; }",
        "up() { apt-get -y \"$@\"; }; up dist-upgrade",
        "for verb in update dist-upgrade; do apt-get -y \"$verb\"; done",
        "nohup timeout -k 5 600 nice -n 10 apt-get -y dist-upgrade > /dev/null 2>&1 &",
        "su - root -c 'apt-get -y dist-upgrade'",
        "runuser -l root -c 'apt-get -y dist-upgrade'",
        "eval 'apt-get -y dist-upgrade'",
        "APT='apt-get -y'; $APT dist-upgrade",
        "echo dist-upgrade | xargs apt-get -y dist-upgrade",
        "OUT=$(apt-get -y dist-upgrade 2>&1)",
        "if apt-get -y dist-upgrade; then :; fi",
        "/usr/bin/apt-get -o Dpkg::Options::=--force-confold -y dist-upgrade",
        "( apt-get -y dist-upgrade )",
        "DEBIAN_FRONTEND=noninteractive apt-get -y dist-upgrade",
    ];
    for text in cases {
        assert!(bash(text).contains(&"package-upgrade:2".to_owned()), "{text}: {:?}", bash(text));
    }
}

#[test]
fn here_documents_to_an_interpreter_are_scripts_with_lines_of_their_own() {
    assert_eq!(bash("cat <<EOF | sudo bash\ntrue\nreboot\nEOF"), ["reboot-at-boot:4"]);
    assert_eq!(bash("bash -s <<'EOF'\nreboot\nEOF"), ["reboot-at-boot:3"]);
    assert_eq!(bash("python3 - <<EOF\nimport os\nos.system('reboot')\nEOF"), ["reboot-at-boot:4"]);
    assert_eq!(bash("cat > /tmp/x.sh <<EOF\nreboot\nEOF\nbash /tmp/x.sh"), ["reboot-at-boot:3"]);
    assert_eq!(bash("cat > /tmp/x.sh <<EOF\nreboot\nEOF\nchmod +x /tmp/x.sh && /tmp/x.sh"), ["reboot-at-boot:3"]);
}

#[test]
fn asking_the_instance_about_itself_is_no_download() {
    let cases = [
        "ID=$(curl -s http://169.254.169.254/latest/meta-data/instance-id)",
        "curl -sf http://localhost/health",
        "IP=$(curl -s https://checkip.amazonaws.com)",
        "curl -X POST https://hooks.corp.example/up -d ok",
        "curl -fsS https://hc-ping.example/abc",
        "URL=http://169.254.169.254/latest; wget -qO- $URL/user-data | bash",
        "aws s3 cp /var/log/x.tgz s3://logs/",
        "code=$(curl -s -o /dev/null -w '%{http_code}' https://app.corp.internal/)",
    ];
    for text in cases {
        assert_eq!(bash(text), Vec::<String>::new(), "{text}");
    }
}

#[test]
fn what_was_downloaded_is_known_where_it_runs() {
    let cases = [
        "curl -sL https://x.io/i.sh | sudo -E bash -",
        "bash <(wget -qO- https://x.io/i.sh)",
        "sh -c \"$(curl -fsSL https://x.io/i.sh)\"",
        "eval \"$(curl -s https://x.io/i.sh)\"",
        "X=$(curl -s https://x.io/i.sh); echo \"$X\" | bash",
        "curl -s https://x.io/i.sh | tee /tmp/i.sh | sh",
        "curl -so /tmp/i.sh https://x.io/i.sh; bash /tmp/i.sh",
        "aws s3 cp s3://b/i.sh - | bash",
        "git clone https://x.io/r.git /opt/r; /opt/r/install.sh",
        "git clone https://x.io/r.git /opt/r; cd /opt/r; ./install.sh",
        "cd /opt; wget https://x.io/r.tgz; tar xf r.tgz; cd r; ./install.sh",
        "wget -P /tmp https://x.io/r.zip; cd /tmp; unzip r.zip; ./r/install",
        "source <(curl -s https://x.io/i.sh)",
        "wget https://x.io/i.py; python3 i.py",
    ];
    for text in cases {
        let found = bash(text);
        assert!(found.contains(&"pipe-to-shell:2".to_owned()), "{text}: {found:?}");
    }
    let in_the_image = "curl -so /etc/app.json https://x.io/app.json; cd /opt/app; ./start.sh; python3 manage.py check";
    assert_eq!(bash(in_the_image), ["network-download:2"]);
    for text in ["curl -s https://x.io/a.json | python3 -m json.tool", "curl -s https://x.io/a | perl -ne 'print'"] {
        assert!(!bash(text).contains(&"pipe-to-shell:2".to_owned()), "{text}");
    }
}

#[test]
fn versions_are_pinned_as_each_package_manager_writes_them() {
    let cases = [
        ("apt-get install -y nginx=1.24.0-1", false),
        ("apt-get install -y nginx=1.24.0-1 jq", true),
        ("apt-get install -y $PACKAGES", false),
        ("apt-get install -y ./local.deb", false),
        ("yum install -y httpd-2.4.57", false),
        ("yum install -y java-17-amazon-corretto", true),
        ("dnf install -y docker-ce-3:24.0.7", false),
        ("pip install flask==3.0.0", false),
        ("pip install 'flask>=3'", true),
        ("pip install -r requirements.txt", false),
        ("npm install -g pm2@5.3.0", false),
        ("npm install -g @scope/tool", true),
        ("npm install -g @scope/tool@1.2.3", false),
        ("npm install -g pm2@latest", true),
        ("gem install puma -v 6.4.0", false),
        ("gem install puma", true),
        ("go install example.com/x@v1.2.3", false),
        ("go install example.com/x@latest", true),
        ("apk add nodejs=20.1-r0", false),
        ("choco install -y git --version 2.43.0", false),
        ("snap install kubectl --classic", true),
    ];
    for (text, open) in cases {
        assert_eq!(bash(text).iter().any(|found| found.starts_with("unpinned")), open, "{text}: {:?}", bash(text));
    }
}

#[test]
fn a_tag_that_moves_is_told_from_one_that_stands() {
    let cases = [
        ("docker pull nginx", true),
        ("docker run -d --name x -p 80:80 -v /a:/b nginx:latest", true),
        ("docker run --rm registry.corp:5000/app", true),
        ("docker run --rm registry.corp:5000/app:1.2", false),
        ("docker run -d nginx:1.25.3 latest", false),
        ("docker pull app@sha256:0123", false),
        ("docker pull $IMAGE", false),
        ("docker pull app:${TAG:-latest}", true),
        ("TAG=latest; docker pull app:$TAG", true),
        ("docker run -it --network=host app:1.0 sh -c 'docker pull nginx'", false),
        ("ctr -n k8s.io images pull docker.io/library/redis:alpine", true),
        ("docker exec web pull nginx", false),
    ];
    for (text, floats) in cases {
        assert_eq!(bash(text), if floats { vec!["floating-container-tag:2"] } else { vec![] }, "{text}");
    }
}

#[test]
fn a_loop_waits_only_if_it_sleeps() {
    assert_eq!(bash("until mountpoint -q /data; do\n  sleep 1\ndone"), ["waiting-loop:2"]);
    assert_eq!(bash("timeout 60 bash -c 'until nc -z db 1; do sleep 1; done'"), ["waiting-loop:2"]);
    assert_eq!(bash("for f in *.conf; do cp $f /etc; done"), Vec::<String>::new());
    assert_eq!(bash("sleep 2"), Vec::<String>::new());
    assert_eq!(bash("sleep 2m"), ["waiting-loop:2"]);
}

#[test]
fn the_verdict_follows_from_what_is_added() {
    let cases = [
        ("#!/bin/bash\nsystemctl start web\n", Verdict::Baked),
        ("#!/bin/bash\nyum install -y jq-1.6\n", Verdict::Mixed),
        ("#!/bin/bash\nyum install -y jq-1.6\nyum install -y git-2.40\n", Verdict::Fried),
        ("#!/bin/bash\nyum -y update\n", Verdict::Fried),
        ("#!/bin/bash\nexport DB_PASSWORD=abcdef123\n", Verdict::Baked),
        ("#!/usr/bin/lua\nprint(1)\n", Verdict::Unknown),
        ("#cloud-config\n- [\n", Verdict::Unknown),
        ("hello world\n", Verdict::Unknown),
        ("", Verdict::Baked),
    ];
    for (text, verdict) in cases {
        assert_eq!(Scan::of(text.as_bytes()).verdict, verdict, "{text}");
    }
    assert_eq!(Scan::of(b" \n").format, None);
}

#[test]
fn a_script_without_a_first_line_is_read_and_said_not_to_run() {
    assert_eq!(found("yum -y update\nreboot\n"), ["package-upgrade:1", "unreadable:1", "reboot-at-boot:2"]);
    let scan = Scan::of(b"yum -y update\n");
    let said = scan.findings.iter().find(|finding| finding.rule.id == "unreadable").map(super::super::FryFinding::why);
    assert!(said.as_deref().is_some_and(|why| why.contains("names no interpreter")), "{said:?}");
}

#[test]
fn programs_that_do_the_same_are_known_by_each_of_their_names() {
    for (text, rule) in [
        ("command dnf -y upgrade", "package-upgrade"),
        ("dnf5 -y upgrade", "package-upgrade"),
        ("dnf5 install -y nginx-1.26.2", "package-install"),
        ("nix-env -iA nixpkgs.nginx", "package-install"),
        ("grubby --update-kernel=ALL --args=audit=1", "kernel-change"),
        ("wcurl -O app.tgz https://dl.example.com/app.tgz", "network-download"),
        ("kubectl apply -f https://dl.example.com/app.yaml", "network-download"),
        ("kubectl create --filename=https://dl.example.com/app.yaml", "network-download"),
        ("npx -y @example/agent@1.2.3", "language-package-install"),
        ("cpan Mojolicious", "language-package-install"),
        ("pip download -d /opt/wheels app==1.2.3", "language-package-install"),
        ("terraform -chdir=/opt/infra apply -auto-approve", "config-management"),
    ] {
        assert!(bash(text).contains(&format!("{rule}:2")), "{text}: {:?}", bash(text));
    }
    assert_eq!(bash("kubectl apply -f /opt/app.yaml"), Vec::<String>::new());
}
