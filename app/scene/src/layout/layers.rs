//! The class graph in columns, before its cards have an order.

/// Cards in columns, with the edges between one column and the next.
pub(crate) struct Layers {
    /// Nodes of each column in their first order: by name.
    pub(crate) columns: Vec<Vec<u32>>,
    /// Neighbours of each node in the column before.
    pub(crate) left: Adjacency,
    /// Neighbours of each node in the column after.
    pub(crate) right: Adjacency,
    /// Where each node's component stands among the others.
    pub(crate) component: Vec<u32>,
}

/// Lists of neighbours, all in one vector.
pub(crate) struct Adjacency {
    starts: Vec<u32>,
    nodes: Vec<u32>,
}

impl Adjacency {
    /// The lists of `len` nodes from pairs (node, neighbour).
    pub(crate) fn of(len: usize, pairs: impl Iterator<Item = (u32, u32)> + Clone) -> Self {
        let mut starts = vec![0_u32; len + 1];
        for (node, _) in pairs.clone() {
            starts[node as usize + 1] += 1;
        }
        for at in 0..len {
            starts[at + 1] += starts[at];
        }
        let mut next = starts.clone();
        let mut nodes = vec![0; starts[len] as usize];
        for (node, neighbour) in pairs {
            nodes[next[node as usize] as usize] = neighbour;
            next[node as usize] += 1;
        }
        Self { starts, nodes }
    }

    /// How many there are in all lists.
    pub(crate) fn len(&self) -> usize {
        self.nodes.len()
    }

    /// The neighbours of a node.
    pub(crate) fn of_node(&self, node: u32) -> &[u32] {
        &self.nodes[self.starts[node as usize] as usize..self.starts[node as usize + 1] as usize]
    }
}
