//! The maps on a network's way from images to features, kept if somebody asks for them.

use tensor_core::Tensor;

/// Maps in the order in which the network makes them; nothing is kept in training.
#[derive(Debug)]
pub(super) struct Taps(Option<Vec<Tensor>>);

impl Taps {
    /// Keeps nothing.
    pub(super) fn closed() -> Self {
        Self(None)
    }

    /// Keeps every map that is offered.
    pub(super) fn open() -> Self {
        Self(Some(Vec::new()))
    }

    /// Offers the map (n, c, h, w) behind a block.
    pub(super) fn offer(&mut self, map: &Tensor) {
        if let Some(maps) = &mut self.0 {
            maps.push(map.shallow_clone());
        }
    }

    /// The maps that were kept.
    pub(super) fn into_maps(self) -> Vec<Tensor> {
        self.0.unwrap_or_default()
    }
}
