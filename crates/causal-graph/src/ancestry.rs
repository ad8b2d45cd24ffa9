//! Transitive closure and reduction, moral graph, Markov blanket.
