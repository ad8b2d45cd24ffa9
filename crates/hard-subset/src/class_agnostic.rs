//! Class-agnostic hardness: unlike everything that the network was trained on.
