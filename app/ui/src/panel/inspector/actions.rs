//! What can be done with what is selected. A button that is not allowed is there all the same and says why not.

use egui::{Frame, Margin, Panel, Popup, Ui};
use fleet::{GroupIx, Node, RecipeIx, RecipeNode, ScopeIx, ServerIx};
use jiff::Timestamp;
use operate::{Action, RefreshChoices, Rules, Scope};
use session::{Baker, SourceKind, View, recipe_of_group};

use crate::acting::{is_same, not_now, operate_scope, scope_title};
use crate::command::Command;
use crate::model::Model;
use crate::naming;
use crate::theme::{GRID, Theme, Type};
use crate::widget::{Icon, Weight, button, label, link};
use crate::words::counted;

/// The lifetime that is offered first where a group has none: 30 days, as everywhere.
const DEFAULT_LIFETIME_S: u32 = 30 * 86_400;

/// An action that may be chosen.
struct Offer {
    /// What the button says.
    words: String,
    action: Action,
    /// Why it can't be done with this, whatever is armed.
    why_not: Option<String>,
}

impl Offer {
    fn of(words: impl Into<String>, action: Action) -> Self {
        Self { words: words.into(), action, why_not: None }
    }

    fn unless(mut self, why_not: Option<String>) -> Self {
        self.why_not = self.why_not.or(why_not);
        self
    }
}

/// The actions of a selection: where they act, those with a button of their own, the others.
struct Offers {
    scope: Option<Scope>,
    shown: Vec<Offer>,
    more: Vec<Offer>,
    /// What should be known of them.
    note: Option<String>,
}

/// An action on what is selected, as the palette lists it.
pub(crate) struct Listed {
    /// What it is done to.
    pub(crate) name: String,
    /// What the button says.
    pub(crate) words: String,
    /// Where it acts.
    pub(crate) scope: Option<Scope>,
    pub(crate) action: Action,
    /// Why it can't be done now.
    pub(crate) why_not: Option<String>,
}

/// The actions on what is selected, and after them those on the group and the recipe that a selected server is of.
pub(crate) fn listed(model: &Model, now: Timestamp) -> Vec<Listed> {
    let Some(view) = model.view.as_deref() else { return Vec::new() };
    let selected = model.selection.nodes();
    let mut targets = vec![selected.to_vec()];
    if let [Node::Server(server)] = *selected {
        let group = view.lineage.servers.get(server.at()).and_then(|row| row.group);
        targets.extend(group.map(|group| vec![Node::Group(group)]));
        targets.extend(view.lineage.recipe_of(server).map(|recipe| vec![Node::Recipe(recipe)]));
    }
    let mut listed = Vec::new();
    for nodes in targets {
        let Some(Offers { scope, shown, more, .. }) = offers(view, &nodes) else { continue };
        let not_now = not_here(model, scope.as_ref(), now);
        let name = match *nodes {
            [node] => naming::title(&view.fleet, &view.lineage, node),
            _ => String::new(),
        };
        listed.extend(shown.into_iter().chain(more).map(|offer| Listed {
            name: name.clone(),
            words: offer.words,
            scope: scope.clone(),
            action: offer.action,
            why_not: offer.why_not.or_else(|| not_now.clone()),
        }));
    }
    listed
}

/// Why nothing can be done with the selection now, whatever it is.
fn not_here(model: &Model, scope: Option<&Scope>, now: Timestamp) -> Option<String> {
    match scope {
        Some(scope) => not_now(model, scope, now),
        None => Some("They lie in different accounts or regions: a plan acts in one of them.".to_owned()),
    }
}

pub(super) fn actions_ui(ui: &mut Ui, model: &Model, view: &View, commands: &mut Vec<Command>) {
    let Some(offers) = offers(view, model.selection.nodes()) else { return };
    let theme = Theme::of(ui);
    let frame = Frame::new().fill(theme.surface.panel).inner_margin(Margin { left: 0, right: 10, top: 10, bottom: 12 });
    Panel::bottom("actions").frame(frame).show(ui, |ui| {
        let now = Timestamp::now();
        let not_now = not_here(model, offers.scope.as_ref(), now);
        if let Some(scope) = &offers.scope
            && model.acting.read_only.is_none()
            && crate::acting::armed_left(&model.acting, scope, now).is_none()
        {
            let words = format!("Switch to Act for {}", scope_title(Some(view), scope));
            if link(ui, Type::Small, &words).on_hover_text("For 15 minutes; each action is confirmed").clicked() {
                commands.push(Command::Arm(scope.clone()));
            }
            ui.add_space(GRID);
        }
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing = egui::vec2(2.0 * GRID, 1.5 * GRID);
            for (position, offer) in offers.shown.iter().enumerate() {
                let weight = if position == 0 { Weight::Primary } else { Weight::Secondary };
                offer_ui(ui, offer, weight, &offers, not_now.as_ref(), commands);
            }
            if !offers.more.is_empty() {
                let response = button(ui, Weight::Quiet, Some(Icon::More), "More");
                Popup::menu(&response).accessible_name("More actions").show(|ui| {
                    ui.set_min_width(280.0);
                    for offer in &offers.more {
                        menu_item(ui, offer, &offers, not_now.as_ref(), commands);
                    }
                });
            }
        });
        if let Some(note) = &offers.note {
            label(ui, Type::Caption, theme.text.muted, note.as_str());
        }
        if let Some(why) = not_now.filter(|_| model.acting.read_only.is_some() || offers.scope.is_none()) {
            label(ui, Type::Caption, theme.text.muted, why);
        }
    });
}

fn offer_ui(
    ui: &mut Ui,
    offer: &Offer,
    weight: Weight,
    offers: &Offers,
    not_now: Option<&String>,
    commands: &mut Vec<Command>,
) {
    let why_not = offer.why_not.as_ref().or(not_now);
    let response = ui.add_enabled_ui(why_not.is_none(), |ui| button(ui, weight, None, &offer.words)).inner;
    let is_clicked = response.clicked();
    if let Some(why) = why_not {
        response.on_disabled_hover_text(why);
    } else if let (true, Some(scope)) = (is_clicked, &offers.scope) {
        commands.push(Command::Ask(scope.clone(), Box::new(offer.action.clone())));
    }
}

fn menu_item(ui: &mut Ui, offer: &Offer, offers: &Offers, not_now: Option<&String>, commands: &mut Vec<Command>) {
    let why_not = offer.why_not.as_ref().or(not_now);
    let response = ui.add_enabled(why_not.is_none(), egui::Button::new(offer.words.as_str()));
    let is_clicked = response.clicked();
    if let Some(why) = why_not {
        response.on_disabled_hover_text(why);
    } else if let (true, Some(scope)) = (is_clicked, &offers.scope) {
        commands.push(Command::Ask(scope.clone(), Box::new(offer.action.clone())));
        ui.close();
    }
}

/// What is offered for a selection; `None` for what nothing can be done with.
fn offers(view: &View, nodes: &[Node]) -> Option<Offers> {
    match *nodes {
        [Node::Server(server)] => server_offers(view, server),
        [Node::Group(group)] => group_offers(view, group),
        [Node::Recipe(recipe)] => recipe_offers(view, recipe),
        [_, _, ..] => several_offers(view, nodes),
        _ => None,
    }
}

fn scope_of(view: &View, node: Node) -> Option<Scope> {
    operate_scope(&view.fleet, naming::scope(&view.fleet, &view.lineage, node)?)
}

/// Why somebody else's machinery has to be asked.
fn owned(owner: &str) -> String {
    format!("{owner} owns it and would undo what Emberline does. Act there.")
}

fn server_offers(view: &View, ix: ServerIx) -> Option<Offers> {
    let row = view.fleet.servers.get(ix.at())?;
    let id = view.fleet.str(row.id).to_owned();
    let owner = view.fleet.owner(row);
    let owned = || owner.as_deref().map(owned);
    Some(Offers {
        scope: scope_of(view, Node::Server(ix)),
        shown: vec![Offer::of("Replace…", Action::Replace { servers: vec![id.clone()] }).unless(owned())],
        more: vec![
            Offer::of("Reimage…", Action::Reimage { server: id.clone(), image: None }).unless(owned()),
            Offer::of("Bake it into an image…", Action::Bake { server: id, name: None, reboot: true }).unless(owned()),
        ],
        note: None,
    })
}

fn group_offers(view: &View, ix: GroupIx) -> Option<Offers> {
    let row = view.fleet.groups.get(ix.at())?;
    let group = view.fleet.str(row.name).to_owned();
    let owner = view.fleet.group_owner(row);
    let owned = || owner.as_deref().map(owned);
    let choices = RefreshChoices::default();
    let mut shown =
        vec![Offer::of("Roll…", Action::Roll { group: group.clone(), choices: choices.clone() }).unless(owned())];
    let (recipe, no_recipe) = match recipe_of(view, ix) {
        Ok(recipe) => (recipe, None),
        // Whoever has written a command for this place knows what it bakes: the choices ask for its name.
        Err(_) if has_command(view, row.scope) => (String::new(), None),
        Err(why) => (String::new(), Some(why)),
    };
    let rebake = Action::RebakeRoll { group: group.clone(), recipe, pipeline: None, choices, pauses: true };
    shown.push(Offer::of("Rebake and roll…", rebake).unless(owned()).unless(no_recipe));
    let lifetime_s = row.max_instance_lifetime_s.unwrap_or(DEFAULT_LIFETIME_S);
    let set_lifetime = Action::SetLifetime { group: group.clone(), lifetime_s };
    let mut more = vec![Offer::of("Set its lifetime…", set_lifetime).unless(owned())];
    // Which server it hits follows from the second, and the sheet shows it before it is done.
    let seed = u64::try_from(Timestamp::now().as_second()).unwrap_or(0);
    more.push(Offer::of("Burn one of its servers…", Action::Burn { group, seed }).unless(owned()));
    Some(Offers { scope: scope_of(view, Node::Group(ix)), shown, more, note: None })
}

/// What bakes the image of a group's template, as an action calls it; else why it can't be baked from here.
fn recipe_of(view: &View, ix: GroupIx) -> Result<String, String> {
    let unknown = || {
        "Nothing tells which recipe the image of its template was baked from: bake it where it is baked, then roll."
            .to_owned()
    };
    let recipe = recipe_of_group(&view.lineage, ix).ok_or_else(unknown)?;
    baked_by(view, recipe, view.fleet.groups.get(ix.at()).map(|row| row.scope))
}

/// What an action calls a recipe that is baked in this place; else why it can't be baked from here.
fn baked_by(view: &View, recipe: &RecipeNode, scope: Option<ScopeIx>) -> Result<String, String> {
    let scope = scope.and_then(|scope| view.fleet.scope(scope));
    let text = |sym: fn(&fleet::Scope) -> fleet::Sym| scope.map_or("", |scope| view.fleet.str(sym(scope)));
    match Baker::of(&view.policy, recipe, text(|scope| scope.account), text(|scope| scope.region)) {
        Baker::Pipeline => Ok(recipe.id.clone()),
        Baker::Command(_) if view.source.kind() == SourceKind::Sandbox => {
            Err("A command bakes it, and no other program reaches this sandbox, which is inside Emberline: `emberline \
             sandbox --listen 127.0.0.1:0` serves one that can be reached."
                .to_owned())
        }
        Baker::Command(name) => Ok(name),
        Baker::Nothing(why) => Err(why),
    }
}

/// Whether a bake command can be run in this place.
fn has_command(view: &View, scope: ScopeIx) -> bool {
    let Some(scope) = view.fleet.scope(scope).filter(|_| view.source.kind() != SourceKind::Sandbox) else {
        return false;
    };
    let (account, region) = (view.fleet.str(scope.account), view.fleet.str(scope.region));
    view.policy.bakes().iter().any(|bake| bake.is_in(account, region))
}

fn recipe_offers(view: &View, ix: RecipeIx) -> Option<Offers> {
    let recipe = view.lineage.recipes.get(ix.at())?;
    let scope = scope_of(view, Node::Recipe(ix))?;
    let (recipe, why_not) = match baked_by(view, recipe, recipe.scope) {
        Ok(name) => (name, None),
        Err(why) => (recipe.id.clone(), Some(why)),
    };
    let rebake = Offer::of("Rebake…", Action::Rebake { recipe, pipeline: None }).unless(why_not);
    Some(Offers { scope: Some(scope), shown: vec![rebake], more: Vec::new(), note: None })
}

fn several_offers(view: &View, nodes: &[Node]) -> Option<Offers> {
    let rows = nodes.iter().map(|&node| match node {
        Node::Server(ix) => view.fleet.servers.get(ix.at()),
        _ => None,
    });
    let rows: Vec<&fleet::Server> = rows.collect::<Option<_>>()?;
    let first = scope_of(view, *nodes.first()?)?;
    let is_one = nodes.iter().all(|&node| scope_of(view, node).is_some_and(|scope| is_same(&scope, &first)));
    let owner = rows.iter().find_map(|row| Some(owned(&view.fleet.owner(row)?)));
    let servers: Vec<String> = rows.iter().map(|row| view.fleet.str(row.id).to_owned()).collect();
    let words = format!("Replace these {}…", counted(servers.len() as u64, "server"));
    let most = Rules::of(&view.policy, &first.account).batch;
    let limit = format!("One plan replaces at most {}, one after the other.", counted(most.into(), "server"));
    let too_many = (servers.len() > most as usize)
        .then(|| format!("{limit} Select fewer, or raise `batch` under [operate] in the policy file."));
    let replace = Offer::of(words, Action::Replace { servers }).unless(owner).unless(too_many.clone());
    let note = Some(too_many.unwrap_or(limit));
    Some(Offers { scope: is_one.then_some(first), shown: vec![replace], more: Vec::new(), note })
}
