//! Drift: field by field, where a server differs from what its template version says.
//!
//! Compared is what both sides tell. A field that a template leaves open is no drift, with one exception: nothing but
//! the template speaks when a group launches, so that a key or role that such a server has and its template does not
//! was given to it later. What either side does not tell is left out; a server whose template version is not known has
//! unknown drift, never none.

use fleet::{
    Fleet, GroupIx, Handle, ImageIx, ImageRef, Lineage, Server, ServerIx, ServerNode, Setting, Settings, Sym, SymList,
    TagSet, TemplateKind, profile_name,
};
use rustc_hash::FxHashMap;

use crate::policy::Waiver;
use crate::waived::Waivers;

/// A field that is compared.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum DriftField {
    /// The image that the root really runs.
    Image,
    /// `InstanceType`.
    Type,
    /// Security groups.
    SecurityGroups,
    /// The role, by its instance profile.
    Role,
    /// The key pair.
    Key,
    /// User data, by its hash.
    UserData,
    /// `HttpTokens` of the metadata service.
    MetadataTokens,
    /// `HttpPutResponseHopLimit`.
    MetadataHopLimit,
    /// `HttpEndpoint`.
    MetadataEndpoint,
    /// `InstanceMetadataTags`.
    MetadataTags,
    /// A volume that the template adds, or whether it goes with the server.
    Devices,
    /// `EbsOptimized`.
    EbsOptimized,
    /// Detailed monitoring.
    Monitoring,
    /// A tag that the template sets.
    Tags,
}

impl DriftField {
    /// All, in the order in which they are compared.
    pub const ALL: [Self; 14] = [
        Self::Image,
        Self::Type,
        Self::SecurityGroups,
        Self::Role,
        Self::Key,
        Self::UserData,
        Self::MetadataTokens,
        Self::MetadataHopLimit,
        Self::MetadataEndpoint,
        Self::MetadataTags,
        Self::Devices,
        Self::EbsOptimized,
        Self::Monitoring,
        Self::Tags,
    ];

    /// The report's and the query language's name: `security-groups`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Type => "type",
            Self::SecurityGroups => "security-groups",
            Self::Role => "role",
            Self::Key => "key",
            Self::UserData => "user-data",
            Self::MetadataTokens => "metadata-tokens",
            Self::MetadataHopLimit => "metadata-hop-limit",
            Self::MetadataEndpoint => "metadata-endpoint",
            Self::MetadataTags => "metadata-tags",
            Self::Devices => "devices",
            Self::EbsOptimized => "ebs-optimized",
            Self::Monitoring => "monitoring",
            Self::Tags => "tags",
        }
    }
}

/// Whether a server differs from its template version.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum DriftVerdict {
    /// In nothing that both sides tell.
    None,
    /// In at least one field.
    Differs,
    /// In fields alone that the policy file exempts.
    Exempt,
    /// Its template version is not known, or it has none.
    Unknown,
}

impl DriftVerdict {
    /// All, in the order in which people want to see them.
    pub const ALL: [Self; 4] = [Self::Differs, Self::Exempt, Self::None, Self::Unknown];

    /// The query language's name: `any`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Differs => "any",
            Self::Exempt => "exempt",
            Self::Unknown => "unknown",
        }
    }
}

/// One difference, in words.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Difference {
    /// The field.
    pub field: DriftField,
    /// What the template version says; `None` where it says that there is none.
    pub expected: Option<String>,
    /// What the server shows; `None` where it has none.
    pub actual: Option<String>,
    /// Why it does not count, in a sentence, where the policy file exempts it.
    pub exempt: Option<String>,
}

/// A side of a difference, before it is put into words.
#[derive(Clone, Copy)]
enum Side {
    None,
    Sym(Sym),
    Profile(Sym),
    List(SymList),
    Number(u8),
    Flag(bool),
    Image(ImageIx),
    Text(Handle<fleet::UserData>),
    Device(Sym, Option<bool>),
    Tag(Sym, Sym),
}

/// What a server's template version sets, as far as it is compared.
struct Wanted {
    settings: Option<Handle<Settings>>,
    instance_type: Option<Sym>,
    /// `None` where the version leaves it to the launch, or names a parameter that points elsewhere by now.
    image: Option<ImageIx>,
}

/// Compares the servers of a fleet with their template versions, with what they share looked at once.
pub struct Drifts<'a> {
    fleet: &'a Fleet,
    lineage: &'a Lineage,
    /// User data of servers that were asked for it one by one.
    user_data: FxHashMap<(fleet::ScopeIx, Sym), Handle<fleet::UserData>>,
}

impl<'a> Drifts<'a> {
    /// For the servers of `fleet`; `lineage` must be that of the same fleet.
    #[must_use]
    pub fn new(fleet: &'a Fleet, lineage: &'a Lineage) -> Self {
        let asked = fleet.attributes.iter();
        let user_data = asked.filter_map(|row| Some(((row.scope, row.server), row.user_data.value()?))).collect();
        Self { fleet, lineage, user_data }
    }

    /// Every difference of a server, by field, without those in fields that are off; `None` where its template version
    /// is not known, or it has none.
    #[must_use]
    pub fn of(&self, ix: ServerIx, waivers: Waivers<'_>) -> Option<Vec<Difference>> {
        let mut found = Vec::new();
        self.compare(ix, &mut |field, expected, actual| {
            let waiver = waivers.drift(field);
            if waiver.is_none_or(|waiver| !waiver.is_off) {
                found.push(Difference {
                    field,
                    expected: self.words(expected),
                    actual: self.words(actual),
                    exempt: waiver.map(Waiver::sentence),
                });
            }
        })?;
        Some(found)
    }

    /// Whether a server differs.
    #[must_use]
    pub fn verdict(&self, ix: ServerIx, waivers: Waivers<'_>) -> DriftVerdict {
        let mut verdict = DriftVerdict::None;
        let compared = self.compare(ix, &mut |field, _, _| match waivers.drift(field) {
            None => verdict = DriftVerdict::Differs,
            Some(waiver) if !waiver.is_off && verdict == DriftVerdict::None => verdict = DriftVerdict::Exempt,
            Some(_) => {}
        });
        compared.map_or(DriftVerdict::Unknown, |()| verdict)
    }

    /// The fields in which a server differs, each once, with what takes it out.
    pub(crate) fn fields<'w>(&self, ix: ServerIx, waivers: Waivers<'w>) -> Vec<(DriftField, Option<&'w Waiver>)> {
        let mut fields = Vec::new();
        // An unknown drift has no fields.
        let _ = self.compare(ix, &mut |field, _, _| fields.push(field));
        fields.dedup();
        fields.into_iter().map(|field| (field, waivers.drift(field))).collect()
    }

    fn wanted(&self, node: &ServerNode) -> Option<Wanted> {
        let template = self.lineage.templates.get(node.template?.at())?;
        let row = template.row? as usize;
        match template.kind {
            TemplateKind::LaunchTemplate => {
                let row = self.fleet.template_versions.get(row)?;
                let by_id = matches!(row.image, Some(ImageRef::Id(_)));
                let image = template.image.filter(|_| by_id);
                Some(Wanted { settings: row.settings, instance_type: row.instance_type, image })
            }
            TemplateKind::LaunchConfiguration => {
                let row = self.fleet.launch_configurations.get(row)?;
                Some(Wanted { settings: row.settings, instance_type: row.instance_type, image: template.image })
            }
        }
    }

    /// Calls `told` with each difference, in the order of [`DriftField`].
    fn compare(&self, ix: ServerIx, told: &mut dyn FnMut(DriftField, Side, Side)) -> Option<()> {
        let server = self.fleet.servers.get(ix.at())?;
        let node = self.lineage.servers.get(ix.at())?;
        let wanted = self.wanted(node)?;
        let overrides = Overrides::of(self.fleet, self.lineage, node.group);

        if let (Some(expected), Some(actual)) = (wanted.image, node.image)
            && expected != actual
            && !overrides.images.contains(&actual)
        {
            told(DriftField::Image, Side::Image(expected), Side::Image(actual));
        }
        if let (Some(expected), Some(actual)) = (wanted.instance_type, server.instance_type)
            && expected != actual
            && !overrides.types.contains(&actual)
        {
            told(DriftField::Type, Side::Sym(expected), Side::Sym(actual));
        }
        let settings = |handle: Option<Handle<Settings>>| self.fleet.settings.get(handle?);
        if let Some(expected) = settings(wanted.settings) {
            self.compare_settings(server, expected, settings(server.settings), told);
            self.compare_tags(expected.server_tags, server.tags, told);
        }
        Some(())
    }

    fn compare_settings(
        &self,
        server: &Server,
        expected: &Settings,
        actual: Option<&Settings>,
        told: &mut dyn FnMut(DriftField, Side, Side),
    ) {
        let in_group = server.group.is_some();
        if let Some(actual) = actual {
            if let (Setting::Is(want), Setting::Is(have)) = (expected.security_groups, actual.security_groups)
                && want != have
                && self.fleet.symbols.list(want).iter().all(|&group| self.fleet.str(group).starts_with("sg-"))
            {
                told(DriftField::SecurityGroups, Side::List(want), Side::List(have));
            }
            match (expected.profile, actual.profile) {
                (Setting::Is(want), Setting::Is(have))
                    if profile_name(self.fleet.str(want)) != profile_name(self.fleet.str(have)) =>
                {
                    told(DriftField::Role, Side::Profile(want), Side::Profile(have));
                }
                (Setting::Is(want), Setting::Unset) => told(DriftField::Role, Side::Profile(want), Side::None),
                (Setting::Unset, Setting::Is(have)) if in_group => {
                    told(DriftField::Role, Side::None, Side::Profile(have));
                }
                _ => {}
            }
            match (expected.key_name, actual.key_name) {
                (Setting::Is(want), Setting::Is(have)) if want != have => {
                    told(DriftField::Key, Side::Sym(want), Side::Sym(have));
                }
                (Setting::Is(want), Setting::Unset) => told(DriftField::Key, Side::Sym(want), Side::None),
                (Setting::Unset, Setting::Is(have)) if in_group => told(DriftField::Key, Side::None, Side::Sym(have)),
                _ => {}
            }
        }
        let text = self.user_data.get(&(server.scope, server.id)).copied();
        if let (Setting::Is(want), Some(have)) = (expected.user_data, text)
            && want != have
        {
            told(DriftField::UserData, Side::Text(want), Side::Text(have));
        }
        let Some(actual) = actual else { return };
        let (want, have) = (&expected.metadata, &actual.metadata);
        for (field, want, have) in [
            (DriftField::MetadataTokens, want.tokens, have.tokens),
            (DriftField::MetadataEndpoint, want.endpoint, have.endpoint),
            (DriftField::MetadataTags, want.tags, have.tags),
        ] {
            differing(field, want, have, Side::Sym, told);
        }
        differing(DriftField::MetadataHopLimit, want.hop_limit, have.hop_limit, Side::Number, told);
        for device in &expected.devices {
            let goes_along = device.delete_on_termination.value();
            match actual.devices.iter().find(|have| have.name == device.name) {
                None => told(DriftField::Devices, Side::Device(device.name, goes_along), Side::None),
                Some(have) => {
                    if let (Some(want), Some(has)) = (goes_along, have.delete_on_termination.value())
                        && want != has
                    {
                        let side = |flag| Side::Device(device.name, Some(flag));
                        told(DriftField::Devices, side(want), side(has));
                    }
                }
            }
        }
        differing(DriftField::EbsOptimized, expected.ebs_optimized, actual.ebs_optimized, Side::Flag, told);
        differing(DriftField::Monitoring, expected.monitoring, actual.monitoring, Side::Flag, told);
    }

    fn compare_tags(&self, expected: TagSet, actual: TagSet, told: &mut dyn FnMut(DriftField, Side, Side)) {
        let symbols = &self.fleet.symbols;
        for (key, want) in symbols.tag_syms(expected) {
            match symbols.tag_syms(actual).find(|&(has, _)| has == key).map(|(_, value)| value) {
                Some(have) if have == want => {}
                Some(have) => told(DriftField::Tags, Side::Tag(key, want), Side::Tag(key, have)),
                None => told(DriftField::Tags, Side::Tag(key, want), Side::None),
            }
        }
    }

    fn words(&self, side: Side) -> Option<String> {
        let fleet = self.fleet;
        let goes = |flag: bool| if flag { "deleted with the server" } else { "kept after the server" };
        Some(match side {
            Side::None => return None,
            Side::Sym(sym) => fleet.str(sym).to_owned(),
            Side::Profile(sym) => profile_name(fleet.str(sym)).to_owned(),
            Side::List(list) => {
                fleet.symbols.list(list).iter().map(|&sym| fleet.str(sym)).collect::<Vec<_>>().join(", ")
            }
            Side::Number(number) => number.to_string(),
            Side::Flag(flag) => flag.to_string(),
            Side::Image(image) => fleet.str(self.lineage.images.get(image.at())?.id).to_owned(),
            Side::Text(text) => format!("sha256 {}", fleet.user_data.get(text)?.short_hash()),
            Side::Device(name, None) => fleet.str(name).to_owned(),
            Side::Device(name, Some(flag)) => format!("{}, {}", fleet.str(name), goes(flag)),
            Side::Tag(key, value) => format!("{}={}", fleet.str(key), fleet.str(value)),
        })
    }
}

/// A field that both sides set, to different values.
fn differing<T: Copy + PartialEq>(
    field: DriftField,
    want: Setting<T>,
    have: Setting<T>,
    side: impl Fn(T) -> Side,
    told: &mut dyn FnMut(DriftField, Side, Side),
) {
    if let (Setting::Is(want), Setting::Is(have)) = (want, have)
        && want != have
    {
        told(field, side(want), side(have));
    }
}

/// What the overrides of a server's group may set in place of its template.
struct Overrides<'a> {
    images: &'a [ImageIx],
    types: Vec<Sym>,
}

impl<'a> Overrides<'a> {
    fn of(fleet: &Fleet, lineage: &'a Lineage, group: Option<GroupIx>) -> Self {
        let node = group.and_then(|group| lineage.groups.get(group.at()));
        let row = group.and_then(|group| fleet.groups.get(group.at()));
        let overrides = row.map(|row| row.overrides.as_slice()).unwrap_or_default();
        Self {
            images: node.map(|node| node.override_images.as_slice()).unwrap_or_default(),
            types: overrides.iter().filter_map(|one| one.instance_type).collect(),
        }
    }
}
