//! Steps of Adam.

/// The moments of the gradient.
#[derive(Debug, Clone)]
pub(super) struct Adam {
    first: Vec<f64>,
    second: Vec<f64>,
    n_steps: i32,
}

/// The decay rates of the moments: Bello et al. 2022, appendix C.1.
const FIRST_DECAY: f64 = 0.99;
const SECOND_DECAY: f64 = 0.999;

/// Keeps the division finite. Kingma, Ba, *Adam: A Method for Stochastic Optimization*, 2015, algorithm 1.
const EPSILON: f64 = 1e-8;

impl Adam {
    pub(super) fn new(n: usize) -> Self {
        Self {
            first: vec![0.0; n],
            second: vec![0.0; n],
            n_steps: 0,
        }
    }

    /// Puts the step, before it is scaled by the learning rate, into the place of the gradient.
    pub(super) fn step(&mut self, gradient: &mut [f64]) {
        self.n_steps += 1;
        let first_weight = 1.0 - FIRST_DECAY.powi(self.n_steps);
        let second_weight = 1.0 - SECOND_DECAY.powi(self.n_steps);
        for ((gradient, first), second) in gradient.iter_mut().zip(&mut self.first).zip(&mut self.second) {
            *first = FIRST_DECAY * *first + (1.0 - FIRST_DECAY) * *gradient;
            *second = SECOND_DECAY * *second + (1.0 - SECOND_DECAY) * *gradient * *gradient;
            *gradient = (*first / first_weight) / ((*second / second_weight).sqrt() + EPSILON);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_step_is_the_sign_of_the_gradient() {
        let mut gradient = [2.0, -0.5, 0.0];
        Adam::new(3).step(&mut gradient);
        golden::assert_close(&gradient, &[1.0, -1.0, 0.0], 1e-7, 0.0);
    }
}
