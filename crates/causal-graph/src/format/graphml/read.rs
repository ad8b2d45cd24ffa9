//! The reader: events of the XML one after the other, open elements on a stack.

use std::borrow::Cow;
use std::collections::HashMap;

use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::{Reader as XmlReader, XmlVersion};

use super::super::Problem;
use super::super::cursor::Cursor;
use super::super::draft::GraphDraft;
use super::super::identified::{IdentifiedEdge, IdentifiedGraph, IdentifiedNode, RepeatedNames};
use super::FORMAT;
use crate::{Error, Result};

pub(super) fn draft(text: &str) -> Result<GraphDraft<'_>> {
    let cursor = Cursor::new(text, FORMAT);
    let mut reader = Reader {
        start: cursor.at(),
        cursor,
        open: Vec::new(),
        fields: HashMap::new(),
        nodes: Vec::new(),
        edges: Vec::new(),
        has_graph: false,
    };
    reader.document()?;
    reader.finish()
}

struct Reader<'a> {
    cursor: Cursor<'a>,
    /// Where the XML starts, after a byte-order mark.
    start: usize,
    /// The elements that are open, the innermost last.
    open: Vec<Element>,
    /// The keys of names and labels.
    fields: HashMap<String, Field>,
    nodes: Vec<IdentifiedNode<'static>>,
    edges: Vec<IdentifiedEdge<'static>>,
    has_graph: bool,
}

/// An element that is open.
enum Element {
    Root,
    Graph {
        is_directed: bool,
    },
    Node(usize),
    /// The name or label of a node, and what was read of it.
    Data {
        node: usize,
        field: Field,
        text: String,
    },
    Other,
}

/// What a key stands for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Field {
    Name,
    Label,
}

impl<'a> Reader<'a> {
    fn document(&mut self) -> Result<()> {
        let mut xml = XmlReader::from_str(self.cursor.rest());
        loop {
            let at = self.place(xml.buffer_position());
            let event = match xml.read_event() {
                Ok(event) => event,
                Err(error) => {
                    let at = self.place(xml.error_position());
                    return Err(self.cursor.error_at(at, Problem::Xml(error)));
                }
            };
            match event {
                Event::Start(tag) => self.open_element(&tag, at)?,
                Event::Empty(tag) => {
                    self.open_element(&tag, at)?;
                    self.close_element();
                }
                Event::End(_) => self.close_element(),
                Event::Text(text) => self.text(&text.xml10_content()),
                Event::CData(text) => self.text(&text.xml10_content()),
                Event::GeneralRef(reference) => self.reference(&reference, at)?,
                Event::Eof => break,
                _ => {}
            }
        }
        if !self.open.is_empty() {
            self.cursor.jump(self.start + self.cursor.rest().len());
            return Err(self.cursor.unexpected("the end of an element"));
        }
        Ok(())
    }

    fn place(&self, position: u64) -> usize {
        self.start + usize::try_from(position).unwrap_or(usize::MAX - self.start)
    }

    fn open_element(&mut self, tag: &BytesStart<'_>, at: usize) -> Result<()> {
        let name = tag.local_name();
        let element = match (self.open.last(), name.as_ref()) {
            (None, "graphml") => Element::Root,
            (None, found) => {
                let (found, expected) = (found.to_owned(), "`graphml`");
                return Err(self.cursor.error_at(at, Problem::Unexpected { found, expected }));
            }
            (Some(Element::Root), "key") => {
                self.key(tag, at)?;
                Element::Other
            }
            (Some(Element::Root), "graph") if self.has_graph => {
                return Err(self.cursor.error_at(at, Problem::Repeated { what: "`graph`" }));
            }
            (Some(Element::Root | Element::Node(_)), "graph") => {
                self.has_graph = true;
                let is_directed = match self.attribute(tag, "edgedefault", at)?.as_deref() {
                    Some("directed") => true,
                    Some("undirected") => false,
                    _ => {
                        let what = "`edgedefault`, directed or undirected,";
                        return Err(self.cursor.error_at(at, Problem::Missing { what }));
                    }
                };
                Element::Graph { is_directed }
            }
            (Some(Element::Graph { .. }), "node") => {
                let id = self.required(tag, "id", "the `id` of the node", at)?;
                let id = Cow::Owned(id);
                self.nodes.push(IdentifiedNode {
                    id,
                    at,
                    ..IdentifiedNode::default()
                });
                Element::Node(self.nodes.len() - 1)
            }
            (Some(&Element::Graph { is_directed }), "edge") => {
                self.edge(tag, is_directed, at)?;
                Element::Other
            }
            (Some(Element::Graph { .. }), "hyperedge") => {
                let (found, expected) = ("hyperedge".to_owned(), "edges between two nodes");
                return Err(self.cursor.error_at(at, Problem::Unexpected { found, expected }));
            }
            (Some(&Element::Node(node)), "data") => {
                let key = self.attribute(tag, "key", at)?.unwrap_or_default();
                match self.fields.get(&key) {
                    Some(&field) => Element::Data {
                        node,
                        field,
                        text: String::new(),
                    },
                    None => Element::Other,
                }
            }
            _ => Element::Other,
        };
        self.open.push(element);
        Ok(())
    }

    fn close_element(&mut self) {
        if let Some(Element::Data { node, field, text }) = self.open.pop() {
            let node = &mut self.nodes[node];
            let slot = match field {
                Field::Name => &mut node.name,
                Field::Label => &mut node.label,
            };
            *slot = Some(Cow::Owned(text));
        }
    }

    fn text(&mut self, more: &str) {
        if let Some(Element::Data { text, .. }) = self.open.last_mut() {
            text.push_str(more);
        }
    }

    fn reference(&mut self, reference: &BytesRef<'_>, at: usize) -> Result<()> {
        let character = reference
            .resolve_char_ref()
            .map_err(|error| self.cursor.error_at(at, Problem::Xml(error)))?;
        let name = reference.xml10_content();
        match (character, resolve_predefined_entity(&name)) {
            (Some(character), _) => self.text(character.encode_utf8(&mut [0; 4])),
            (None, Some(text)) => self.text(text),
            (None, None) => {
                let (found, expected) = (format!("&{name};"), "a predefined entity");
                return Err(self.cursor.error_at(at, Problem::Unexpected { found, expected }));
            }
        }
        Ok(())
    }

    /// Remembers the key of names and that of labels.
    fn key(&mut self, tag: &BytesStart<'_>, at: usize) -> Result<()> {
        let id = self.required(tag, "id", "the `id` of the key", at)?;
        let of = self.attribute(tag, "for", at)?;
        let field = match self.attribute(tag, "attr.name", at)?.as_deref() {
            Some("name") => Field::Name,
            Some("label") => Field::Label,
            _ => return Ok(()),
        };
        if of.is_none_or(|of| of == "node" || of == "all") {
            self.fields.insert(id, field);
        }
        Ok(())
    }

    fn edge(&mut self, tag: &BytesStart<'_>, is_default_directed: bool, at: usize) -> Result<()> {
        let from = self.required(tag, "source", "the `source` of the edge", at)?;
        let to = self.required(tag, "target", "the `target` of the edge", at)?;
        let is_directed = match self.attribute(tag, "directed", at)?.as_deref() {
            None => is_default_directed,
            Some("true" | "1") => true,
            Some("false" | "0") => false,
            Some(other) => {
                let (found, expected) = (other.to_owned(), "true or false");
                return Err(self.cursor.error_at(at, Problem::Unexpected { found, expected }));
            }
        };
        self.edges.push(IdentifiedEdge {
            from: Cow::Owned(from),
            to: Cow::Owned(to),
            is_directed,
            at,
        });
        Ok(())
    }

    fn required(&self, tag: &BytesStart<'_>, name: &str, what: &'static str, at: usize) -> Result<String> {
        let value = self.attribute(tag, name, at)?;
        value.ok_or_else(|| self.cursor.error_at(at, Problem::Missing { what }))
    }

    fn attribute(&self, tag: &BytesStart<'_>, name: &str, at: usize) -> Result<Option<String>> {
        let xml_error = |error: quick_xml::Error| -> Error { self.cursor.error_at(at, Problem::Xml(error)) };
        let mut found = None;
        // The checks of the parser compare each attribute with all before it.
        for attribute in tag.attributes().with_checks(false) {
            let attribute = attribute.map_err(|error| xml_error(error.into()))?;
            if attribute.key.as_ref() != name {
                continue;
            }
            if found.is_some() {
                let what = "an attribute of the element";
                return Err(self.cursor.error_at(at, Problem::Repeated { what }));
            }
            let value = attribute
                .normalized_value(XmlVersion::Implicit1_0)
                .map_err(xml_error)?;
            found = Some(value.into_owned());
        }
        Ok(found)
    }

    fn finish(self) -> Result<GraphDraft<'a>> {
        if !self.has_graph {
            return Err(self.cursor.error(Problem::Missing { what: "`graph`" }));
        }
        let mut graph = IdentifiedGraph::new();
        for node in self.nodes {
            graph.add_node(node);
        }
        for edge in self.edges {
            graph.add_edge(edge);
        }
        graph.into_draft(&self.cursor, RepeatedNames::UseIdentifiers)
    }
}
