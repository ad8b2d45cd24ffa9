//! The same sample scores the same bits twice over, and the same number on one thread and two.

use golden::assert_close;
use tensor_core::Seed;
use transferability_metrics::catalogue;

use crate::samples::{Drawn, full_sample};

/// libtorch's eigensolver and its sums add in another order on another number of threads: a few units in the last
/// place, times the condition of the sample.
const RTOL: f64 = 1e-12;

#[test]
fn every_metric_repeats_its_bits_and_does_not_depend_on_the_threads() {
    // Large enough for libtorch to share the work out: it does so from 32768 elements on.
    let sample = full_sample(&Drawn::new(11, 600, 64, 5));
    let scores_on = |n_threads| {
        tch::set_num_threads(n_threads);
        let score = |metric: &dyn transferability_metrics::Metric| metric.score(&sample).expect("a score");
        catalogue(Seed::new(7))
            .iter()
            .map(|metric| score(&**metric))
            .collect::<Vec<_>>()
    };
    let before = tch::get_num_threads();
    let (once, again, on_two) = (scores_on(1), scores_on(1), scores_on(2));
    tch::set_num_threads(before);
    assert_eq!(once, again);
    assert_close(&on_two, &once, RTOL, 0.0);
}
