//! From text to [`Term`]s.
//!
//! ```text
//! either := both ("or" both)*
//! both   := term (["and"] term)*
//! term   := "not" term | "-" term | "(" either ")" | "quoted" | name ":" values | name comparison | word
//! ```

use std::net::IpAddr;
use std::ops::Range;

use winnow::ascii::Caseless;
use winnow::combinator::{alt, eof, opt, peek};
use winnow::error::{ErrMode, ParserError};
use winnow::stream::{LocatingSlice, Location};
use winnow::token::{any, literal, one_of, take_while};
use winnow::{ModalParser, Parser};

use super::pattern::{Needle, Pattern};
use super::tree::{AddressPattern, Comparison, Operator, Term};
use super::words::{FIELDS, NAMES};
use super::{Field, QueryError, Verdict, nearest};
use crate::duration::parse_duration;

/// A query typed by a person is far shorter; the limit keeps a pasted file from becoming one.
const LONGEST_CHARS: usize = 4096;
/// Parentheses and `not` within each other, which cost stack.
const DEEPEST: usize = 64;

type Input<'a> = LocatingSlice<&'a str>;
type Parsed<O> = Result<O, ErrMode<Wrong>>;

/// What is wrong, over a range of bytes.
#[derive(Clone, Debug, PartialEq)]
struct Wrong {
    bytes: Range<usize>,
    message: String,
}

impl ParserError<Input<'_>> for Wrong {
    type Inner = Self;

    fn from_input(input: &Input<'_>) -> Self {
        let at = input.current_token_start();
        Self { bytes: at..at + 1, message: "something else was expected here".to_owned() }
    }

    fn into_inner(self) -> Result<Self, Self> {
        Ok(self)
    }
}

fn wrong<O>(bytes: Range<usize>, message: impl Into<String>) -> Parsed<O> {
    Err(ErrMode::Cut(Wrong { bytes, message: message.into() }))
}

pub(super) fn parse(text: &str) -> Result<Option<Term>, QueryError> {
    let error = |Wrong { bytes, message }: Wrong| {
        let chars = |to: usize| text[..text.floor_char_boundary(to)].chars().count();
        let (start, end) = (chars(bytes.start), chars(bytes.end));
        QueryError { column: start + 1, width: end.saturating_sub(start).max(1), message }
    };
    if text.chars().nth(LONGEST_CHARS).is_some() {
        let bytes = text.char_indices().nth(LONGEST_CHARS).map_or(0..1, |(at, _)| at..at + 1);
        return Err(error(Wrong { bytes, message: format!("a query has at most {LONGEST_CHARS} characters") }));
    }
    if text.trim().is_empty() {
        return Ok(None);
    }
    let mut input = Input::new(text);
    let parsed = either(&mut input, 0).and_then(|term| match here(&input) {
        None => Ok(term),
        Some((at, _)) => wrong(at..at + 1, "no ( stands before this )"),
    });
    parsed.map(Some).map_err(|e| match e {
        ErrMode::Backtrack(found) | ErrMode::Cut(found) => error(found),
        ErrMode::Incomplete(_) => error(Wrong::from_input(&input)),
    })
}

/// What comes next, with its place.
fn here(input: &Input<'_>) -> Option<(usize, char)> {
    input.as_ref().chars().next().map(|c| (input.current_token_start(), c))
}

/// Whether `c` may stand in a word without quotes.
fn is_bare(c: char) -> bool {
    !c.is_whitespace() && !matches!(c, '(' | ')' | '"')
}

/// The keyword `word`, where it is a word of its own.
fn keyword<'a>(word: &'static str) -> impl ModalParser<Input<'a>, Range<usize>, Wrong> {
    let end = peek(alt((eof.void(), one_of(|c: char| !is_bare(c)).void())));
    (literal(Caseless(word)), end).span()
}

fn space(input: &mut Input<'_>) -> Parsed<()> {
    take_while(0.., char::is_whitespace).void().parse_next(input)
}

fn either(input: &mut Input<'_>, depth: usize) -> Parsed<Term> {
    let mut terms = Vec::new();
    let mut after = None;
    loop {
        match both(input, depth, after)? {
            Term::Or(inner) => terms.extend(inner),
            term => terms.push(term),
        }
        match opt(keyword("or")).parse_next(input)? {
            Some(found) => after = Some((found, "or")),
            None => return Ok(one_or(terms, Term::Or)),
        }
    }
}

/// Terms up to an `or`, a `)` or the end. `after` is the keyword before, which needs one.
fn both(input: &mut Input<'_>, depth: usize, mut after: Option<(Range<usize>, &'static str)>) -> Parsed<Term> {
    let mut terms = Vec::new();
    loop {
        space(input)?;
        let joins = opt(alt((peek(keyword("or")).map(|at| (at, "or")), keyword("and").map(|at| (at, "and")))))
            .parse_next(input)?;
        let ends = matches!(here(input), None | Some((_, ')')));
        match (joins, &after) {
            (Some((at, word)), None) if terms.is_empty() => {
                return wrong(
                    at,
                    format!("something must stand before `{word}`; to look for the word itself, quote it"),
                );
            }
            (Some((at, word)), Some((_, before))) => {
                return wrong(at, format!("something must stand between `{before}` and `{word}`"));
            }
            (Some((_, "or")), None) => return Ok(one_or(terms, Term::And)),
            (Some(and), None) => {
                after = Some(and);
                continue;
            }
            (None, Some((at, word))) if ends => {
                return wrong(
                    at.clone(),
                    format!("something must follow `{word}`; to look for the word itself, quote it"),
                );
            }
            (None, None) if ends && terms.is_empty() => {
                let at = input.current_token_start();
                return wrong(at..at + 1, "a word, a field or a comparison must stand here");
            }
            (None, None) if ends => return Ok(one_or(terms, Term::And)),
            (None, _) => after = None,
        }
        match term(input, depth)? {
            Term::And(inner) => terms.extend(inner),
            term => terms.push(term),
        }
    }
}

fn one_or(mut terms: Vec<Term>, many: impl FnOnce(Vec<Term>) -> Term) -> Term {
    if terms.len() == 1 { terms.remove(0) } else { many(terms) }
}

fn term(input: &mut Input<'_>, depth: usize) -> Parsed<Term> {
    let start = input.current_token_start();
    if depth > DEEPEST {
        return wrong(start..start + 1, format!("more than {DEEPEST} parentheses or `not` stand within each other"));
    }
    match here(input) {
        Some((_, '(')) => {
            any.parse_next(input)?;
            space(input)?;
            if here(input).is_some_and(|(_, c)| c == ')') {
                return wrong(start..start + 2, "nothing stands between the parentheses");
            }
            if here(input).is_none() {
                return wrong(start..start + 1, "this ( is never closed");
            }
            let inner = either(input, depth + 1)?;
            match opt(')').parse_next(input)? {
                Some(_) => Ok(inner),
                None => wrong(start..start + 1, "this ( is never closed"),
            }
        }
        Some((_, '"')) => {
            let text = quoted(input)?;
            if text.is_empty() {
                return wrong(start..start + 2, "nothing stands between the quotes");
            }
            ends_word(input)?;
            Ok(Term::Free { needle: Needle::new(&text, true), memo: 0 })
        }
        Some((_, '-')) => {
            any.parse_next(input)?;
            if here(input).is_none_or(|(_, c)| c.is_whitespace() || c == ')') {
                return wrong(start..start + 1, "`-` stands before what it excludes, without a space: -web");
            }
            negated(input, "-", depth)
        }
        _ => match opt(keyword("not")).parse_next(input)? {
            Some(found) => {
                space(input)?;
                if here(input).is_none_or(|(_, c)| c == ')') {
                    return wrong(found, "something must follow `not`; to look for the word itself, quote it");
                }
                negated(input, "not", depth)
            }
            None => word(input),
        },
    }
}

/// What `before` (`not` or `-`) excludes. A keyword there is as little a word to look for as anywhere else.
fn negated(input: &mut Input<'_>, before: &str, depth: usize) -> Parsed<Term> {
    let joins =
        opt(alt((keyword("and").map(|at| (at, "and")), keyword("or").map(|at| (at, "or"))))).parse_next(input)?;
    match joins {
        Some((at, word)) => wrong(
            at,
            format!("something must stand between `{before}` and `{word}`; to look for the word itself, quote it"),
        ),
        None => Ok(Term::Not(Box::new(term(input, depth + 1)?))),
    }
}

/// Text in quotes, in which `\"` and `\\` stand for `"` and `\`.
fn quoted(input: &mut Input<'_>) -> Parsed<String> {
    let start = input.current_token_start();
    any.parse_next(input)?;
    let mut text = String::new();
    loop {
        match opt(any).parse_next(input)? {
            Some('"') => return Ok(text),
            Some('\\') => match opt(one_of(['"', '\\'])).parse_next(input)? {
                Some(c) => text.push(c),
                None => text.push('\\'),
            },
            Some(c) => text.push(c),
            None => return wrong(start..start + 1, "this quote is never closed"),
        }
    }
}

/// That nothing is glued to a closing quote, or a quote to a word.
fn ends_word(input: &Input<'_>) -> Parsed<()> {
    match here(input) {
        Some((at, c)) if is_bare(c) || c == '"' => {
            wrong(at..at + 1, "a quote holds a whole word: put a space here, or all of it in the quotes")
        }
        _ => Ok(()),
    }
}

/// A free word, or a name with what follows it.
fn word(input: &mut Input<'_>) -> Parsed<Term> {
    let start = input.current_token_start();
    let whole: &str = peek(take_while(1.., is_bare)).parse_next(input)?;
    if !whole.contains([':', '<', '>', '=']) || whole.parse::<IpAddr>().is_ok() {
        let text: &str = take_while(1.., is_bare).parse_next(input)?;
        ends_word(input)?;
        return Ok(Term::Free { needle: Needle::new(text, false), memo: 0 });
    }
    let head: &str = take_while(0.., |c| is_bare(c) && !matches!(c, ':' | '<' | '>' | '=')).parse_next(input)?;
    let span = start..input.current_token_start();
    let name = head.to_ascii_lowercase();
    let colon = opt(':').parse_next(input)?.is_some();
    if head.is_empty() {
        let message = if colon {
            "a field's name must stand before the colon: group:web*"
        } else {
            "a comparison is written without spaces: age>30d"
        };
        return wrong(start..start + 1, message);
    }
    let rest: &str = peek(take_while(0.., is_bare)).parse_next(input)?;
    match (name.as_str(), colon) {
        ("age", _) => Ok(Term::Age(comparison(input, "age")?)),
        ("behind", _) => Ok(Term::Behind(comparison(input, "behind")?)),
        ("tag", true) => tag(input),
        ("ip", true) => Ok(Term::Ip { any: alternatives(input, "ip:", address)?, memo: 0 }),
        (_, true) => match (Verdict::named(&name), FIELDS.iter().find(|(field, _)| *field == name)) {
            (Some(of), _) => verdict(input, of),
            (None, Some(&(_, field))) => text_field(input, field),
            (None, None) => wrong(span, unknown_field(head, whole)),
        },
        (known, false) if NAMES.contains(&known) => {
            let value = rest.trim_start_matches(['<', '>', '=']);
            let words = Verdict::named(known).map_or(&[][..], Verdict::words);
            // Of a verdict only its own words can stand there.
            let value = words.first().filter(|_| !words.contains(&value)).copied().unwrap_or(value);
            wrong(span, format!("`{known}` is not compared; write {known}:{value}"))
        }
        (_, false) => match nearest(head, ["age", "behind"]) {
            Some(meant) => wrong(span, format!("nothing is called `{head}`; did you mean `{meant}`?")),
            None if rest.starts_with('=') => wrong(span, format!("to ask for a tag, write tag:{head}{rest}")),
            None => wrong(span, "only `age` and `behind` are compared: age>30d; to look for the text itself, quote it"),
        },
    }
}

fn unknown_field(head: &str, whole: &str) -> String {
    match nearest(head, NAMES) {
        Some(meant @ ("age" | "behind")) => format!("nothing is called `{head}`; did you mean `{meant}>`?"),
        Some(meant) => format!("no field is called `{head}`; did you mean `{meant}:`?"),
        None => format!(
            "no field is called `{head}`; fields are {}; to look for the text itself, quote it: \"{whole}\"",
            NAMES.join(" ")
        ),
    }
}

fn comparison(input: &mut Input<'_>, name: &str) -> Parsed<Comparison> {
    let start = input.current_token_start();
    let operator = opt(alt((
        ">=".value(Operator::MoreOrEqual),
        "<=".value(Operator::LessOrEqual),
        ">".value(Operator::More),
        "<".value(Operator::Less),
    )))
    .parse_next(input)?;
    let Some(operator) = operator else {
        return wrong(start..start + 1, format!("`{name}` is compared by >, >=, < or <=: {name}>30d"));
    };
    let (text, span) = take_while(0.., is_bare).with_span().parse_next(input)?;
    let text: &str = text;
    if text.is_empty() {
        return wrong(start..span.end, format!("a duration must follow, without a space: {name}>30d"));
    }
    ends_word(input)?;
    match parse_duration(text) {
        Ok(seconds) => Ok(Comparison { operator, seconds }),
        Err(e) => wrong(span, e.to_string()),
    }
}

/// Values separated by commas, each made by `each` of its text, whether it was quoted, and its place.
fn alternatives<T>(
    input: &mut Input<'_>,
    before: &str,
    each: impl Fn(&str, bool, Range<usize>) -> Parsed<T>,
) -> Parsed<Vec<T>> {
    let mut found = Vec::new();
    loop {
        let start = input.current_token_start();
        let (text, is_quoted) = if here(input).is_some_and(|(_, c)| c == '"') {
            (quoted(input)?, true)
        } else {
            let text: &str = take_while(0.., |c| is_bare(c) && c != ',').parse_next(input)?;
            (text.to_owned(), false)
        };
        let end = input.current_token_start();
        if text.is_empty() && !is_quoted {
            let after = if found.is_empty() { before } else { "," };
            return wrong(start.saturating_sub(1)..start.max(1), format!("a value must follow `{after}`"));
        }
        found.push(each(&text, is_quoted, start..end)?);
        if opt(',').parse_next(input)?.is_none() {
            ends_word(input)?;
            return Ok(found);
        }
    }
}

fn text_field(input: &mut Input<'_>, field: Field) -> Parsed<Term> {
    let any = alternatives(input, &format!("{}:", field.as_str()), |text, is_quoted, span| {
        if text.is_empty() {
            return wrong(span, "nothing stands between the quotes");
        }
        Ok(Pattern::new(text, is_quoted))
    })?;
    Ok(Term::Text { field, any, memo: 0 })
}

fn verdict(input: &mut Input<'_>, of: Verdict) -> Parsed<Term> {
    let (name, words) = (of.as_str(), of.words());
    let any = alternatives(input, &format!("{name}:"), |text, _, span| {
        match words.iter().find(|word| word.eq_ignore_ascii_case(text)) {
            Some(word) => Ok(*word),
            None => {
                let hint = nearest(text, words.iter().copied());
                let hint = match hint {
                    Some(meant) => format!("; did you mean {meant}?"),
                    None if of == Verdict::Bake && text.contains('-') => {
                        format!("; to ask for what a rule found, write fry:{text}")
                    }
                    None => String::new(),
                };
                let (last, first) = words.split_last().expect("every verdict has words");
                wrong(span, format!("{name} is {} or {last}, not '{text}'{hint}", first.join(", ")))
            }
        }
    })?;
    Ok(Term::Verdict { of, any })
}

fn tag(input: &mut Input<'_>) -> Parsed<Term> {
    let start = input.current_token_start();
    let (key, is_quoted) = if here(input).is_some_and(|(_, c)| c == '"') {
        (quoted(input)?, true)
    } else {
        let key: &str = take_while(0.., |c| is_bare(c) && c != '=').parse_next(input)?;
        (key.to_owned(), false)
    };
    if key.is_empty() {
        return wrong(start.saturating_sub(1)..start.max(1), "a tag's key must follow: tag:env=prod or tag:env");
    }
    if !is_quoted && let Some(comma) = key.find(',') {
        let at = start + comma;
        return wrong(at..at + 1, "one key at a time: tag:env or tag:team; a comma may stand after the =");
    }
    let key = Pattern::new(&key, is_quoted);
    let any = match opt('=').parse_next(input)? {
        Some(_) => Some(alternatives(input, "=", |text, is_quoted, _| Ok(Pattern::new(text, is_quoted)))?),
        None => {
            ends_word(input)?;
            None
        }
    };
    Ok(Term::Tag { key, any, key_memo: 0, value_memo: 0 })
}

fn address(text: &str, is_quoted: bool, span: Range<usize>) -> Parsed<AddressPattern> {
    let network = || -> Option<AddressPattern> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address.parse::<IpAddr>().ok()?, Some(prefix.parse::<u8>().ok()?)),
            None => (text.parse::<IpAddr>().ok()?, None),
        };
        let whole = if address.is_ipv4() { 32 } else { 128 };
        let prefix = prefix.unwrap_or(whole);
        (prefix <= whole).then(|| AddressPattern::network(address, prefix))
    };
    if let Some(network) = network() {
        return Ok(network);
    }
    let pattern = Pattern::new(text, is_quoted);
    if !is_quoted && (text.contains(['*', '?']) || pattern.is_word(Field::Ip.absent_word())) {
        return Ok(AddressPattern::Text(pattern));
    }
    wrong(span, format!("'{text}' is no address; write 10.1.2.3, 10.1.0.0/16 or 10.1.*"))
}
