//! What a text is by its first words, as cloud-init, Ignition, EC2Launch and the makers of images tell it.

/// What reads a part at boot.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Format {
    /// Nothing but white space.
    Empty,
    /// A script that names its interpreter, such as `bash` or `python3`.
    Script(String),
    /// A script that cloud-init runs early, at every boot.
    Boothook,
    /// cloud-init's YAML.
    CloudConfig,
    /// A list of parts in YAML.
    CloudConfigArchive,
    /// A JSON patch of the cloud-config before it.
    CloudConfigJsonp,
    /// Addresses of more user data.
    Include,
    /// Python that teaches cloud-init a new kind of part.
    PartHandler,
    /// JSON of Ignition (Flatcar, Fedora CoreOS).
    Ignition,
    /// YAML that Ignition's is made from.
    Butane,
    /// `<powershell>` and `<script>` of EC2Launch.
    Windows,
    /// YAML tasks of EC2Launch v2.
    LaunchTasks,
    /// Settings of a Bottlerocket server, in TOML.
    Bottlerocket,
    /// The machine configuration of Talos.
    Talos,
    /// The configuration of an EKS node (nodeadm).
    NodeConfig,
    /// MIME multi-part.
    Mime,
    /// Text without a first line that anything would know.
    Unknown,
}

impl Format {
    /// The word for it in reports.
    pub fn name(&self) -> &str {
        match self {
            Self::Empty => "empty",
            Self::Script(_) => "script",
            Self::Boothook => "cloud-boothook",
            Self::CloudConfig => "cloud-config",
            Self::CloudConfigArchive => "cloud-config-archive",
            Self::CloudConfigJsonp => "cloud-config-jsonp",
            Self::Include => "include",
            Self::PartHandler => "part-handler",
            Self::Ignition => "ignition",
            Self::Butane => "butane",
            Self::Windows => "windows",
            Self::LaunchTasks => "ec2launch-tasks",
            Self::Bottlerocket => "bottlerocket",
            Self::Talos => "talos",
            Self::NodeConfig => "node-config",
            Self::Mime => "mime",
            Self::Unknown => "unknown",
        }
    }

    /// By the first words, then by the content type that a MIME part states (cloud-init asks in this order).
    pub(in crate::fry) fn of(text: &str, content_type: Option<&str>) -> Self {
        let start = text.trim_start();
        if start.is_empty() {
            return Self::Empty;
        }
        let first = start.lines().next().unwrap_or_default().trim_end();
        let head = first.to_ascii_lowercase();
        if let Some(interpreter) = first.strip_prefix("#!") {
            return Self::Script(interpreter_name(interpreter));
        }
        // The longer words first: each is the beginning of the next.
        let known = [
            ("#cloud-config-archive", Self::CloudConfigArchive),
            ("#cloud-config-jsonp", Self::CloudConfigJsonp),
            ("#cloud-config", Self::CloudConfig),
            ("#cloud-boothook", Self::Boothook),
            ("#include", Self::Include),
            ("#part-handler", Self::PartHandler),
        ];
        if let Some((_, format)) = known.into_iter().find(|(word, _)| head.starts_with(word)) {
            return format;
        }
        match content_type {
            Some("text/cloud-config") => return Self::CloudConfig,
            Some("text/cloud-config-archive") => return Self::CloudConfigArchive,
            Some("text/cloud-config-jsonp") => return Self::CloudConfigJsonp,
            Some("text/cloud-boothook") => return Self::Boothook,
            Some("text/part-handler") => return Self::PartHandler,
            Some("text/x-include-url" | "text/x-include-once-url") => return Self::Include,
            Some("application/node.eks.aws") => return Self::NodeConfig,
            Some(kind) if kind.starts_with("text/x-shellscript") => return Self::Script("sh".to_owned()),
            _ => {}
        }
        Self::of_settings(start, &head)
    }

    /// What has no magic first line and is known by its keys.
    fn of_settings(start: &str, head: &str) -> Self {
        let has_line = |test: &dyn Fn(&str) -> bool| start.lines().any(|line| test(line.trim_end()));
        let tags = ["<powershell", "<script", "<persist", "<detach", "<runasl"];
        let lower_start = start.get(..4096.min(start.len())).unwrap_or(start).to_ascii_lowercase();
        if tags.iter().any(|tag| head.starts_with(tag) || lower_start.contains(&format!("\n{tag}"))) {
            return Self::Windows;
        }
        if start.starts_with('{') {
            return if start.contains("\"ignition\"") { Self::Ignition } else { Self::Unknown };
        }
        let is_table = |line: &str| line.starts_with("[settings") || line.starts_with("settings.");
        if has_line(&is_table) {
            return Self::Bottlerocket;
        }
        if has_line(&|line| line.starts_with("variant:")) && has_line(&|line| line.starts_with("version:")) {
            return Self::Butane;
        }
        if has_line(&|line| line == "machine:") && has_line(&|line| line.starts_with("version: v1")) {
            return Self::Talos;
        }
        if has_line(&|line| line.starts_with("apiVersion: node.eks.aws")) {
            return Self::NodeConfig;
        }
        if has_line(&|line| line == "tasks:") && has_line(&|line| line.trim_start().starts_with("- task:")) {
            return Self::LaunchTasks;
        }
        Self::Unknown
    }
}

/// `/usr/bin/env -S python3 -u` is `python3`, `/bin/bash -xe` is `bash`.
fn interpreter_name(line: &str) -> String {
    let base = |word: &str| word.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
    let mut words = line.split_whitespace();
    let first = base(words.next().unwrap_or_default());
    if first != "env" {
        return first;
    }
    words.find(|word| !word.starts_with('-') && !word.contains('=')).map(base).unwrap_or_default()
}
