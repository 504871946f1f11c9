//! What cards say.

use std::fmt::Write;

use fleet::{Fleet, Grade, GroupIx, ImageIx, Lineage, Node, Presence, RecipeIx, RecipeKind, TemplateIx, TemplateKind};
use insight::Findings;

use crate::card::{CardOf, ColumnKind, Flags};
use crate::classes::{Class, Classes};

/// The text and the looks of a card, and what it is sorted by.
#[derive(Clone, PartialEq, Debug, Default)]
pub(crate) struct Label {
    pub(crate) title: String,
    pub(crate) subtitle: String,
    pub(crate) badge: String,
    pub(crate) flags: Flags,
    /// Cards of one column are sorted by this name, this number and their place in the lineage.
    pub(crate) sort_name: String,
    pub(crate) sort_number: u32,
}

/// The labels of all cards.
pub(crate) fn of(classes: &Classes, fleet: &Fleet, lineage: &Lineage, findings: &Findings) -> Vec<Label> {
    let use_of = Use::of(fleet, lineage);
    let writer = Writer { fleet, lineage, findings, use_of };
    (0..).zip(&classes.classes).map(|(ix, class)| writer.label(class, classes.depth.get(&ix).copied())).collect()
}

/// How template versions and recipes are used, counted once over the fleet.
struct Use {
    /// Servers of each template version whose group wants another one.
    behind: Vec<u32>,
    /// Whether some group wants the template version.
    wanted: Vec<bool>,
    /// The least sure grade of each recipe's images that are in use.
    grades: Vec<Option<Grade>>,
    /// Whether the servers of each group come from more than one template version.
    split: Vec<bool>,
}

impl Use {
    fn of(fleet: &Fleet, lineage: &Lineage) -> Self {
        let mut behind = vec![0; lineage.templates.len()];
        let mut first: Vec<Option<Option<TemplateIx>>> = vec![None; fleet.groups.len()];
        let mut split = vec![false; fleet.groups.len()];
        for server in &lineage.servers {
            if server.behind_its_group == Some(true)
                && let Some(behind) = server.template.and_then(|template| behind.get_mut(template.at()))
            {
                *behind += 1;
            }
            if let Some(group) = server.group
                && let Some(first) = first.get_mut(group.at())
            {
                split[group.at()] |= *first.get_or_insert(server.template) != server.template;
            }
        }
        let mut wanted = vec![false; lineage.templates.len()];
        for template in lineage.groups.iter().flat_map(|group| group.wants.iter().chain(&group.also)) {
            if let Some(wanted) = wanted.get_mut(template.at()) {
                *wanted = true;
            }
        }
        let mut grades = vec![None; lineage.recipes.len()];
        for image in lineage.images.iter().filter(|image| image.servers > 0) {
            if let Some(grade) = grades.get_mut(image.recipe.at()) {
                *grade = (*grade).max(image.recipe_grade);
            }
        }
        Self { behind, wanted, grades, split }
    }
}

struct Writer<'a> {
    fleet: &'a Fleet,
    lineage: &'a Lineage,
    findings: &'a Findings,
    use_of: Use,
}

impl Writer<'_> {
    fn label(&self, class: &Class, depth: Option<u8>) -> Label {
        let mut label = match &class.of {
            CardOf::Node(Node::Image(image)) => self.image(*image, class, depth),
            CardOf::Node(Node::Recipe(recipe)) => self.recipe(*recipe, class),
            CardOf::Node(Node::TemplateVersion(template)) => self.template(*template, class),
            CardOf::Node(Node::Group(group)) => self.group(*group, class),
            // No card stands for a server; were one to, it would say that it is none of the others.
            CardOf::Node(Node::Server(_)) | CardOf::NoImage => unknown("unknown image", servers(class.servers)),
            CardOf::NoTemplate => unknown("no template", servers(class.servers)),
            CardOf::NoGroup => Label { badge: badge(class, &[]), ..unknown("no group", String::new()) },
            CardOf::UnreadGroup(group) => {
                Label { badge: badge(class, &["could not be read".to_owned()]), ..unknown(group, String::new()) }
            }
            CardOf::Owner(owner) => {
                Label { title: owner.clone(), badge: badge(class, &["owned elsewhere".to_owned()]), ..Label::default() }
            }
        };
        if label.sort_name.is_empty() {
            label.sort_name.clone_from(&label.title);
        }
        label
    }

    fn image(&self, ix: ImageIx, class: &Class, depth: Option<u8>) -> Label {
        let image = &self.lineage.images[ix.at()];
        let id = short_id(self.fleet.str(image.id));
        let name = image.rows.iter().find_map(|&row| self.fleet.text(self.fleet.images.get(row as usize)?.name));
        let ghost = image.presence == Presence::Gone;
        let behind_days = self.findings.images.get(ix.at()).and_then(|finding| finding.behind_days);
        let behind = behind_days.filter(|&days| days > 0).map(|days| format!("{days} d behind"));
        let mut subtitle = match image.presence {
            Presence::Gone => format!("gone · {id}"),
            Presence::Unread => format!("not read · {id}"),
            Presence::Present if class.column == ColumnKind::Image => behind.unwrap_or_else(|| id.clone()),
            Presence::Present => behind.unwrap_or_else(|| match behind_days {
                Some(_) => "newest".to_owned(),
                None => id.clone(),
            }),
        };
        if let Some(older) = depth.filter(|&older| older > 0) {
            let _ = write!(subtitle, " · +{older} older");
        }
        let flags = Flags { ghost, unknown: image.presence == Presence::Unread, ..Flags::default() };
        Label { title: name.map_or(id, str::to_owned), subtitle, flags, ..Label::default() }
    }

    fn recipe(&self, ix: RecipeIx, class: &Class) -> Label {
        let recipe = &self.lineage.recipes[ix.at()];
        if recipe.kind == RecipeKind::Unknown {
            // Sorts after every name, since what is unknown is nobody's family.
            return Label { sort_number: 1, ..unknown("unknown recipe", servers(class.servers)) };
        }
        let kind = match recipe.kind {
            RecipeKind::ImageBuilder => "Image Builder",
            RecipeKind::Packer => "Packer",
            RecipeKind::Manual => "by hand",
            RecipeKind::Vendor => "vendor",
            RecipeKind::Unknown => "unknown",
        };
        let subtitle = match self.use_of.grades.get(ix.at()).copied().flatten() {
            Some(grade) => format!("{kind} · {}", grade.as_str()),
            None => kind.to_owned(),
        };
        let flags = Flags {
            ghost: recipe.presence == Presence::Gone,
            unknown: recipe.presence == Presence::Unread,
            ..Flags::default()
        };
        Label { title: recipe.name.clone().unwrap_or_else(|| recipe.id.clone()), subtitle, flags, ..Label::default() }
    }

    fn template(&self, ix: TemplateIx, class: &Class) -> Label {
        let template = &self.lineage.templates[ix.at()];
        let name = self.fleet.text(template.name).unwrap_or_else(|| self.fleet.str(template.id));
        let behind = self.use_of.behind[ix.at()];
        let title = match template.version {
            Some(version) => format!("{name} : {version}"),
            None => name.to_owned(),
        };
        let subtitle = match template.presence {
            Presence::Gone => "gone".to_owned(),
            Presence::Unread => "not read".to_owned(),
            Presence::Present if behind > 0 => format!("{} behind", servers(behind)),
            Presence::Present if template.kind == TemplateKind::LaunchConfiguration => {
                "launch configuration".to_owned()
            }
            Presence::Present if self.use_of.wanted[ix.at()] && class.servers == 0 => "wanted, not yet run".to_owned(),
            Presence::Present if class.servers == 0 => "unused".to_owned(),
            Presence::Present => servers(class.servers),
        };
        let flags = Flags {
            ghost: template.presence == Presence::Gone,
            unknown: template.presence == Presence::Unread,
            behind: behind > 0,
            stuck: false,
        };
        Label {
            title,
            subtitle,
            flags,
            sort_name: name.to_owned(),
            sort_number: template.version.unwrap_or(0),
            ..Label::default()
        }
    }

    fn group(&self, ix: GroupIx, class: &Class) -> Label {
        let group = &self.fleet.groups[ix.at()];
        let finding = self.findings.groups.get(ix.at()).copied().unwrap_or_default();
        let stuck = finding.behind > 0 && self.use_of.split.get(ix.at()) == Some(&true);
        let mut notes = Vec::new();
        if stuck {
            notes.push(format!("{} behind", finding.behind));
        }
        if let Some((when, _)) = finding.herd {
            notes.push(format!("herd due {}", when.timestamp().strftime("%-d %b")));
        }
        let flags = Flags { behind: finding.behind > 0, stuck, ..Flags::default() };
        let title = self.fleet.str(group.name).to_owned();
        Label { title, badge: badge(class, &notes), flags, ..Label::default() }
    }
}

fn unknown(title: &str, subtitle: String) -> Label {
    let flags = Flags { unknown: true, ..Flags::default() };
    Label { title: title.to_owned(), subtitle, flags, ..Label::default() }
}

fn servers(count: u32) -> String {
    insight::human::counted(i64::from(count), "server")
}

fn badge(class: &Class, notes: &[String]) -> String {
    let mut badge = if class.servers == 0 { "no servers".to_owned() } else { grouped(class.servers) };
    if class.overdue > 0 {
        let _ = write!(badge, " · {} overdue", grouped(class.overdue));
    }
    for note in notes {
        let _ = write!(badge, " · {note}");
    }
    badge
}

/// A number with its thousands set apart: `12 345`, by a thin space that no line breaks at.
pub(crate) fn grouped(number: u32) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + 6);
    for (at, digit) in digits.char_indices() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) && digits.len() > 4 {
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    text
}

/// An id's beginning and end: `ami-0c41…e7`.
pub(crate) fn short_id(id: &str) -> String {
    let chars: Vec<char> = id.chars().collect();
    if chars.len() <= 14 {
        return id.to_owned();
    }
    let (head, tail) = (&chars[..8], &chars[chars.len() - 2..]);
    head.iter().chain(['…'].iter()).chain(tail).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_shortened_to_what_tells_it_apart() {
        assert_eq!(short_id("ami-0c41d2c9b37f11ae7"), "ami-0c41…e7");
        assert_eq!(short_id("ami-12345678"), "ami-12345678");
        assert_eq!(short_id("ä".repeat(40).as_str()), "ääääääää…ää");
    }

    #[test]
    fn thousands_are_set_apart_from_five_digits_on() {
        assert_eq!(
            [999, 1234, 12_345, 1_234_567].map(grouped),
            ["999", "1234", "12\u{202f}345", "1\u{202f}234\u{202f}567"]
        );
    }
}
