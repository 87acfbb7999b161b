//! YAML to a tree in which everything knows its place.
//!
//! Invariant: the tree is no deeper and no larger than the limits, aliases counted as often as they are used, so that no
//! text grows when it is read. Keys are texts, each once in its mapping. What keys mean is not known here.

use std::collections::HashMap;

use plumbago_protocol::limits;
use saphyr_parser::{Event, Parser, ScalarStyle, Span};

/// A place in a file's text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mark {
    /// From 1.
    pub line: usize,
    /// In characters from 1.
    pub column: usize,
    /// In characters from the start of the text.
    pub index: usize,
}

impl Mark {
    fn of(marker: saphyr_parser::Marker) -> Mark {
        Mark { line: marker.line(), column: marker.col() + 1, index: marker.index() }
    }
}

/// A value of a file.
#[derive(Clone, Debug)]
pub struct Node {
    /// Where it begins.
    pub mark: Mark,
    /// Where it ends, in characters from the start of the text.
    pub end: usize,
    /// What it is.
    pub value: Value,
    /// How many nodes it is made of, itself included.
    size: usize,
}

/// What a value is.
#[derive(Clone, Debug)]
pub enum Value {
    /// A scalar.
    Text(Text),
    /// A list.
    List(Vec<Node>),
    /// A mapping, in the order of the text.
    Map(Vec<(Key, Node)>),
}

/// A scalar: everything is text until somebody asks for more.
#[derive(Clone, Debug)]
pub struct Text {
    /// The text, without quotes.
    pub text: String,
    pub(super) style: ScalarStyle,
}

impl Text {
    /// Whether nothing stands there, or a word for it.
    pub fn is_null(&self) -> bool {
        self.style == ScalarStyle::Plain && matches!(self.text.as_str(), "" | "~" | "null" | "Null" | "NULL")
    }
}

/// A key of a mapping.
#[derive(Clone, Debug)]
pub struct Key {
    /// The key.
    pub name: String,
    /// Where it stands.
    pub mark: Mark,
}

/// What is wrong with the text as YAML.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TreeFault {
    /// Where.
    pub mark: Mark,
    /// What, as a sentence without a full stop.
    pub message: String,
}

impl Node {
    /// What it is, with its article.
    pub fn kind(&self) -> &'static str {
        match &self.value {
            Value::Text(text) if text.is_null() => "nothing",
            Value::Text(_) => "a text",
            Value::List(_) => "a list",
            Value::Map(_) => "a mapping",
        }
    }
}

/// Reads the one document of a text; `None` if there is none.
///
/// # Errors
/// The first thing that is no YAML, or goes beyond what YAML may hold here.
pub fn parse(text: &str) -> Result<Option<Node>, TreeFault> {
    let mut builder = Builder::default();
    let mut parser = Parser::new_from_str(text);
    while let Some(event) = parser.next_event() {
        match event {
            Ok((event, span)) => builder.event(event, span)?,
            Err(error) => {
                let mark = Mark::of(*error.marker());
                return Err(TreeFault { mark, message: format!("this is no YAML: {}", error.info()) });
            }
        }
    }
    Ok(builder.root)
}

/// A list or mapping that is not closed yet.
struct Open {
    mark: Mark,
    anchor: usize,
    value: OpenValue,
    size: usize,
}

enum OpenValue {
    List(Vec<Node>),
    Map { entries: Vec<(Key, Node)>, key: Option<Key>, places: HashMap<String, Mark> },
}

#[derive(Default)]
struct Builder {
    root: Option<Node>,
    open: Vec<Open>,
    anchors: HashMap<usize, Node>,
    nodes: usize,
    documents: usize,
}

impl Builder {
    fn event(&mut self, event: Event<'_>, span: Span) -> Result<(), TreeFault> {
        let mark = Mark::of(span.start);
        match event {
            Event::DocumentStart(_) => {
                self.documents += 1;
                if self.documents > 1 {
                    return Err(fault(mark, "a file holds one document: leave out the second \"---\""));
                }
                Ok(())
            }
            Event::Alias(anchor) => {
                let Some(node) = self.anchors.get(&anchor) else {
                    return Err(fault(mark, "this alias stands within what it stands for"));
                };
                // Counted before it is copied: aliases of aliases grow fast.
                let grown = self.nodes.saturating_add(node.size);
                if grown > limits::RULE_FILE_NODES_MAX {
                    return Err(too_many(mark));
                }
                self.nodes = grown;
                let node = node.clone();
                self.add(node)
            }
            Event::Scalar(text, style, anchor, tag) => {
                known_tag(tag.as_deref(), mark)?;
                let value = Value::Text(Text { text: text.into_owned(), style });
                let node = Node { mark, end: span.end.index(), value, size: 1 };
                self.count(mark)?;
                self.anchor(anchor, &node);
                self.add(node)
            }
            Event::SequenceStart(anchor, tag) => {
                known_tag(tag.as_deref(), mark)?;
                self.begin(mark, anchor, OpenValue::List(Vec::new()))
            }
            Event::MappingStart(anchor, tag) => {
                known_tag(tag.as_deref(), mark)?;
                let (entries, places) = (Vec::new(), HashMap::new());
                self.begin(mark, anchor, OpenValue::Map { entries, key: None, places })
            }
            Event::SequenceEnd | Event::MappingEnd => self.finish(span),
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => Ok(()),
        }
    }

    fn begin(&mut self, mark: Mark, anchor: usize, value: OpenValue) -> Result<(), TreeFault> {
        self.count(mark)?;
        if self.open.len() >= limits::RULE_FILE_DEPTH_MAX {
            let message = format!("lists and mappings nest at most {} deep", limits::RULE_FILE_DEPTH_MAX);
            return Err(fault(mark, message));
        }
        self.open.push(Open { mark, anchor, value, size: 1 });
        Ok(())
    }

    fn finish(&mut self, span: Span) -> Result<(), TreeFault> {
        let Some(open) = self.open.pop() else { return Ok(()) };
        let value = match open.value {
            OpenValue::List(list) => Value::List(list),
            OpenValue::Map { entries, .. } => Value::Map(entries),
        };
        let node = Node { mark: open.mark, end: span.end.index(), value, size: open.size };
        self.anchor(open.anchor, &node);
        self.add(node)
    }

    /// Puts a whole node where it belongs.
    fn add(&mut self, node: Node) -> Result<(), TreeFault> {
        let Some(open) = self.open.last_mut() else {
            self.root = Some(node);
            return Ok(());
        };
        open.size = open.size.saturating_add(node.size);
        match &mut open.value {
            OpenValue::List(list) => list.push(node),
            OpenValue::Map { entries, key, places } => match key.take() {
                Some(key) => entries.push((key, node)),
                None => {
                    let Value::Text(text) = node.value else {
                        return Err(fault(node.mark, "a key is a text"));
                    };
                    if let Some(first) = places.insert(text.text.clone(), node.mark) {
                        let message = format!(
                            "the key {:?} stands here twice, first in line {}",
                            text.text, first.line
                        );
                        return Err(fault(node.mark, message));
                    }
                    *key = Some(Key { name: text.text, mark: node.mark });
                }
            },
        }
        Ok(())
    }

    fn anchor(&mut self, anchor: usize, node: &Node) {
        if anchor > 0 {
            self.anchors.insert(anchor, node.clone());
        }
    }

    fn count(&mut self, mark: Mark) -> Result<(), TreeFault> {
        self.nodes += 1;
        if self.nodes > limits::RULE_FILE_NODES_MAX { Err(too_many(mark)) } else { Ok(()) }
    }
}

/// The tags of YAML itself say nothing new; others ask for something that is not there. `!= 5` without quotes is one.
fn known_tag(tag: Option<&saphyr_parser::Tag>, mark: Mark) -> Result<(), TreeFault> {
    match tag {
        None => Ok(()),
        Some(tag) if tag.is_yaml_core_schema() => Ok(()),
        Some(tag) => Err(fault(mark, format!("there are no tags such as {tag}; quote the text"))),
    }
}

fn too_many(mark: Mark) -> TreeFault {
    let most = limits::RULE_FILE_NODES_MAX;
    fault(mark, format!("a file holds at most {most} values, aliases counted as often as they are used"))
}

fn fault(mark: Mark, message: impl Into<String>) -> TreeFault {
    TreeFault { mark, message: message.into() }
}
