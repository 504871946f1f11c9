//! YAML as a tree that knows its lines. Scalars stay text: what is true (`yes`, in the YAML
//! 1.1 that cloud-init reads) is for who asks.

use rustc_hash::FxHashMap;
use saphyr_parser::{Event, Parser, ScalarStyle, Span};

use super::limits;

/// A node and the line it begins on, from 1.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Node {
    pub value: Value,
    pub line: u32,
    /// Lines of the text are lines of the document, one to one.
    literal: bool,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Value {
    Text(String),
    List(Vec<Node>),
    Map(Vec<(Node, Node)>),
}

/// Why a text is no YAML.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct YamlError {
    pub line: u32,
    pub what: String,
}

impl Node {
    fn compound(value: Value, line: u32) -> Self {
        Self { value, line, literal: true }
    }

    pub(super) fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Whether line n of the text is line n of the document from there.
    pub(super) fn keeps_lines(&self) -> bool {
        self.literal
    }

    /// The items of a list, or the node itself where it is none: many keys take one or several.
    pub(super) fn items(&self) -> &[Node] {
        match &self.value {
            Value::List(items) => items,
            _ => std::slice::from_ref(self),
        }
    }

    pub(super) fn pairs(&self) -> &[(Node, Node)] {
        match &self.value {
            Value::Map(pairs) => pairs,
            _ => &[],
        }
    }

    /// What a key of a map holds; where it stands twice, the last counts.
    pub(super) fn get(&self, key: &str) -> Option<&Node> {
        self.pairs().iter().rev().find(|(name, _)| name.text() == Some(key)).map(|(_, value)| value)
    }
}

/// The first document of a text; an empty text is an empty map.
pub(super) fn parse(text: &str) -> Result<Node, YamlError> {
    let mut loader = Loader { parser: Parser::new_from_str(text), anchors: FxHashMap::default(), nodes: 0 };
    // What is missing at the end is missing after the last line that there is.
    let last = text.trim_end().lines().count().max(1) as u32;
    loader.document().map_err(|error| YamlError { line: error.line.min(last), ..error })
}

struct Loader<'a> {
    parser: Parser<'a, saphyr_parser::StrInput<'a>>,
    /// Each anchor's node and how many nodes it is.
    anchors: FxHashMap<usize, (Node, usize)>,
    nodes: usize,
}

impl<'a> Loader<'a> {
    fn next(&mut self) -> Result<(Event<'a>, Span), YamlError> {
        match self.parser.next_event() {
            Some(Ok(event)) => Ok(event),
            Some(Err(error)) => Err(YamlError {
                line: error.marker().line().max(1) as u32,
                what: format!("its YAML is wrong ({})", error.info()),
            }),
            None => Err(YamlError { line: 1, what: "its YAML ends too early".to_owned() }),
        }
    }

    fn document(&mut self) -> Result<Node, YamlError> {
        loop {
            let (event, span) = self.next()?;
            match event {
                Event::StreamEnd | Event::DocumentEnd => return Ok(Node::compound(Value::Map(Vec::new()), 1)),
                Event::StreamStart | Event::DocumentStart(_) | Event::Nothing => {}
                event => return self.node(event, span, 0),
            }
        }
    }

    fn node(&mut self, event: Event<'a>, span: Span, depth: usize) -> Result<Node, YamlError> {
        let line = span.start.line().max(1) as u32;
        let before = self.nodes;
        self.count(1, line)?;
        if depth > limits::NESTING {
            return Err(YamlError { line, what: format!("its YAML is nested more than {} deep", limits::NESTING) });
        }
        let (node, anchor) = match event {
            Event::Scalar(text, style, anchor, tag) => (self.scalar(&text, style, tag.as_deref(), span), anchor),
            Event::SequenceStart(anchor, _) => {
                let mut items = Vec::new();
                loop {
                    match self.next()? {
                        (Event::SequenceEnd, _) => break,
                        (event, span) => items.push(self.node(event, span, depth + 1)?),
                    }
                }
                (Node::compound(Value::List(items), line), anchor)
            }
            Event::MappingStart(anchor, _) => {
                let mut pairs = Vec::new();
                loop {
                    let key = match self.next()? {
                        (Event::MappingEnd, _) => break,
                        (event, span) => self.node(event, span, depth + 1)?,
                    };
                    let (event, span) = self.next()?;
                    let value = self.node(event, span, depth + 1)?;
                    // `<<: *defaults` (YAML 1.1): the keys of the other map, under those that stand here.
                    if key.text() == Some("<<") {
                        let others = value.items().iter().flat_map(Node::pairs).cloned().collect::<Vec<_>>();
                        pairs.splice(0..0, others);
                    } else {
                        pairs.push((key, value));
                    }
                }
                (Node::compound(Value::Map(pairs), line), anchor)
            }
            Event::Alias(anchor) => {
                let (node, size) = self
                    .anchors
                    .get(&anchor)
                    .cloned()
                    .ok_or_else(|| YamlError { line, what: "its YAML has an alias of nothing".to_owned() })?;
                self.count(size, line)?;
                return Ok(node);
            }
            _ => return Err(YamlError { line, what: "its YAML ends too early".to_owned() }),
        };
        if anchor > 0 {
            self.anchors.insert(anchor, (node.clone(), self.nodes - before));
        }
        Ok(node)
    }

    fn scalar(&self, text: &str, style: ScalarStyle, tag: Option<&saphyr_parser::Tag>, span: Span) -> Node {
        let text = if tag.is_some_and(|tag| tag.suffix == "binary") {
            super::decode_binary(text).unwrap_or_else(|| text.to_owned())
        } else {
            text.to_owned()
        };
        // A text that was folded has fewer lines than the document.
        let literal = style == ScalarStyle::Literal || !text.contains('\n');
        // A block begins with its first line that is not blank, as the parser counts; its text with the blank ones.
        let blank = if literal { text.len() - text.trim_start_matches('\n').len() } else { 0 };
        let line = (span.start.line().max(1) as u32).saturating_sub(blank as u32).max(1);
        Node { value: Value::Text(text), line, literal }
    }

    fn count(&mut self, more: usize, line: u32) -> Result<(), YamlError> {
        self.nodes += more;
        if self.nodes > limits::NODES {
            let most = limits::NODES;
            return Err(YamlError { line, what: format!("its YAML unfolds to more than {most} nodes") });
        }
        Ok(())
    }
}
