//! File formats of graphs, networks and tables.
