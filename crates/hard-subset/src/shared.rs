//! One hardness for a pool of networks.
