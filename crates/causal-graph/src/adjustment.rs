//! Sets of covariates that make an effect identifiable by adjustment.
