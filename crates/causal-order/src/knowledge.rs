//! What is known of a graph before the search.
