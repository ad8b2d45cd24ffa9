//! Class-specific hardness: unlike the source class that the network sees.
