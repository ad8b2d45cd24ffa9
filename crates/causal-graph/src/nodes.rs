//! The names of a graph's nodes.

use std::collections::HashMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// Distinct names, numbered from 0 in the order they were given. Cheap to clone: the names are shared.
///
/// Serde writes the list of names.
///
/// # Examples
///
/// ```
/// use causal_graph::Nodes;
///
/// let nodes = Nodes::new(["smoke", "lung"])?;
/// assert_eq!(nodes.index("lung")?, 1);
/// assert_eq!(nodes.name(0), "smoke");
/// assert!(nodes.index("asia").is_err());
/// assert_eq!(Nodes::numbered(3).name(2), "X2");
/// # Ok::<(), causal_graph::Error>(())
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(try_from = "Vec<String>", into = "Vec<String>")]
pub struct Nodes(Arc<Names>);

#[derive(Debug)]
struct Names {
    names: Vec<String>,
    index: HashMap<String, usize>,
}

impl Nodes {
    /// Nodes of these names.
    ///
    /// # Errors
    ///
    /// [`Error::RepeatedNode`] if a name is given twice.
    pub fn new<S: Into<String>>(names: impl IntoIterator<Item = S>) -> Result<Self> {
        let names: Vec<String> = names.into_iter().map(Into::into).collect();
        let mut index = HashMap::with_capacity(names.len());
        for (node, name) in names.iter().enumerate() {
            if index.insert(name.clone(), node).is_some() {
                return Err(Error::RepeatedNode { name: name.clone() });
            }
        }
        Ok(Self(Arc::new(Names { names, index })))
    }

    /// `X0`, `X1`, …
    #[allow(clippy::missing_panics_doc, reason = "the names are distinct")]
    pub fn numbered(n_nodes: usize) -> Self {
        Self::new((0..n_nodes).map(|node| format!("X{node}"))).expect("numbers are distinct")
    }

    /// The number of nodes.
    pub fn len(&self) -> usize {
        self.0.names.len()
    }

    /// Whether there is no node.
    pub fn is_empty(&self) -> bool {
        self.0.names.is_empty()
    }

    /// The names in order.
    pub fn names(&self) -> &[String] {
        &self.0.names
    }

    /// The name of a node of this graph; `?` for an index beyond the last.
    pub fn name(&self, node: usize) -> &str {
        self.0.names.get(node).map_or("?", String::as_str)
    }

    /// The node of that name, if there is one.
    pub fn get(&self, name: &str) -> Option<usize> {
        self.0.index.get(name).copied()
    }

    /// The node of that name.
    ///
    /// # Errors
    ///
    /// [`Error::UnknownNode`] if there is none.
    pub fn index(&self, name: &str) -> Result<usize> {
        self.get(name).ok_or_else(|| Error::UnknownNode {
            name: name.to_owned(),
            expected: self.names().to_vec(),
        })
    }

    /// Checks that an index is that of a node.
    ///
    /// # Errors
    ///
    /// [`Error::NodeOutOfRange`] if it is not.
    pub fn check(&self, node: usize) -> Result<()> {
        if node < self.len() {
            return Ok(());
        }
        Err(Error::NodeOutOfRange {
            index: node,
            n_nodes: self.len(),
        })
    }

    /// Checks that `what` has the same nodes in the same order.
    ///
    /// # Errors
    ///
    /// [`Error::OtherNodes`] if it has not.
    pub fn check_same(&self, what: &'static str, other: &Self) -> Result<()> {
        if self == other {
            return Ok(());
        }
        Err(Error::OtherNodes {
            what,
            got: other.names().to_vec(),
            expected: self.names().to_vec(),
        })
    }
}

impl PartialEq for Nodes {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.0.names == other.0.names
    }
}

impl Eq for Nodes {}

impl TryFrom<Vec<String>> for Nodes {
    type Error = Error;

    fn try_from(names: Vec<String>) -> Result<Self> {
        Self::new(names)
    }
}

impl From<Nodes> for Vec<String> {
    fn from(nodes: Nodes) -> Self {
        nodes.names().to_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_distinct_and_keep_their_order() -> Result<()> {
        assert!(matches!(Nodes::new(["a", "b", "a"]), Err(Error::RepeatedNode { name }) if name == "a"));
        let nodes = Nodes::new(["b", "", "ä b"])?;
        assert_eq!(nodes.names(), ["b", "", "ä b"]);
        for (node, name) in nodes.names().iter().enumerate() {
            assert_eq!(nodes.index(name)?, node);
            assert_eq!(nodes.name(node), name);
            assert!(nodes.check(node).is_ok());
        }
        assert_eq!(nodes.name(3), "?");
        assert_eq!(nodes.get("B"), None);
        assert!(matches!(
            nodes.check(3),
            Err(Error::NodeOutOfRange { index: 3, n_nodes: 3 })
        ));
        assert!(Nodes::numbered(0).is_empty());
        Ok(())
    }

    #[test]
    fn the_same_names_in_another_order_are_other_nodes() -> Result<()> {
        let (nodes, turned) = (Nodes::new(["a", "b"])?, Nodes::new(["b", "a"])?);
        assert!(nodes.check_same("the copy", &Nodes::new(["a", "b"])?).is_ok());
        assert!(nodes.check_same("the clone", &nodes.clone()).is_ok());
        assert!(matches!(
            nodes.check_same("the other", &turned),
            Err(Error::OtherNodes { what: "the other", got, expected }) if got == ["b", "a"] && expected == ["a", "b"]
        ));
        Ok(())
    }

    #[test]
    fn an_unknown_name_is_answered_with_the_known_ones() {
        let error = Nodes::numbered(10)
            .index("lung")
            .expect_err("no such node")
            .to_string();
        assert!(
            error.contains("`lung`") && error.contains("`X0`, `X1`") && error.contains("and 2 more"),
            "{error}"
        );
    }

    #[test]
    fn serde_writes_the_names() {
        let nodes: Nodes = serde_json::from_str(r#"["a","b"]"#).expect("two names");
        assert_eq!(serde_json::to_string(&nodes).expect("two names"), r#"["a","b"]"#);
        let error = serde_json::from_str::<Nodes>(r#"["a","a"]"#).expect_err("a name twice");
        assert!(error.to_string().contains("given twice"), "{error}");
    }
}
