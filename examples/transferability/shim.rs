use transferability_metrics::*;
pub(crate) fn catalogue(seed: tensor_core::Seed) -> Vec<Box<dyn Metric>> {
    vec![Box::new(Nce), Box::new(Leep), Box::new(NLeep { seed, ..NLeep::default() }), Box::new(LogMe::default()), Box::new(HScore), Box::new(RegularizedHScore),
    Box::new(Gbc::default()), Box::new(TransRate::default()), Box::new(Lfc), Box::new(Parc { seed, ..Parc::default() }), Box::new(Sfda::default())]
}
pub(crate) fn by_name(name: &str, seed: tensor_core::Seed) -> Result<Box<dyn Metric>> {
    let known = catalogue(seed).iter().map(|m| m.name()).collect();
    catalogue(seed).into_iter().find(|m| m.name() == name).ok_or(Error::UnknownMetric { got: name.to_owned(), known })
}
