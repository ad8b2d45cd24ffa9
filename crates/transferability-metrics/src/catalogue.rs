//! All metrics by name.

use tensor_core::Seed;

use crate::{
    Error, Gbc, HScore, Leep, Lfc, LogMe, Metric, NLeep, Nce, Parc, RegularizedHScore, Result, Sfda,
    TransRate,
};

/// Every metric with its default parameters, those that draw random numbers with the seed given.
///
/// # Examples
///
/// ```
/// use tensor_core::Seed;
/// use transferability_metrics::catalogue;
///
/// let names: Vec<&str> = catalogue(Seed::new(0)).iter().map(|metric| metric.name()).collect();
/// let all = "nce leep nleep logme hscore hscore-reg gbc transrate lfc parc sfda";
/// assert_eq!(names.join(" "), all);
/// ```
pub fn catalogue(seed: Seed) -> Vec<Box<dyn Metric>> {
    vec![
        Box::new(Nce),
        Box::new(Leep),
        Box::new(NLeep {
            seed,
            ..NLeep::default()
        }),
        Box::new(LogMe::default()),
        Box::new(HScore),
        Box::new(RegularizedHScore),
        Box::new(Gbc::default()),
        Box::new(TransRate::default()),
        Box::new(Lfc),
        Box::new(Parc {
            seed,
            ..Parc::default()
        }),
        Box::new(Sfda::default()),
    ]
}

/// The metric of that name, with its default parameters.
///
/// # Errors
///
/// [`Error::UnknownMetric`] with the names that there are.
///
/// # Examples
///
/// ```
/// use tensor_core::Seed;
/// use transferability_metrics::{Requirement, by_name};
///
/// assert_eq!(by_name("leep", Seed::new(0))?.requires(), Requirement::Probabilities);
/// let error = by_name("leap", Seed::new(0)).unwrap_err();
/// assert!(error.to_string().starts_with("metric `leap` is not known: expected one of nce, leep, nleep, "));
/// # Ok::<(), transferability_metrics::Error>(())
/// ```
pub fn by_name(name: &str, seed: Seed) -> Result<Box<dyn Metric>> {
    let mut metrics = catalogue(seed);
    match metrics.iter().position(|metric| metric.name() == name) {
        Some(index) => Ok(metrics.swap_remove(index)),
        None => Err(Error::UnknownMetric {
            got: name.to_owned(),
            known: metrics.iter().map(Metric::name).collect(),
        }),
    }
}
