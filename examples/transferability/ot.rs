//! `ot`: optimal transport between two clouds of points, or for given costs, read from files.

mod inputs;
mod method;
mod solution;

use std::path::PathBuf;

use serde::Serialize;
use serde_json::json;
use tensor_core::report::Provenance;
use tensor_core::{Device, array_io, convert};

use crate::support::arguments::RunArguments;
use crate::support::bars::Bars;
use crate::support::exit::{bad_input, one_line};
use crate::support::output;
use crate::support::table::Table;
use crate::support::workers::Workers;

use inputs::{InputArguments, Inputs};
use method::{Method, MethodArguments};
use ot_transferability::Status;
use solution::Solution;

/// Files, the method, and where the plan goes.
#[derive(Debug, clap::Args)]
pub(crate) struct OtArguments {
    /// How the problem is solved
    #[arg(long, value_enum, value_name = "NAME")]
    method: Method,
    #[command(flatten)]
    inputs: InputArguments,
    #[command(flatten)]
    parameters: MethodArguments,
    /// Where the plan goes: (n, m), float64
    #[arg(long, value_name = "P.npy")]
    plan: Option<PathBuf>,
    #[command(flatten)]
    run: RunArguments,
}

/// What `--json` prints; what a method has no value for is null.
#[derive(Serialize)]
struct Printed {
    method: Method,
    #[serde(flatten)]
    solution: Solution,
    n_sources: usize,
    n_targets: usize,
    seed: u64,
    provenance: Provenance,
}

/// Solves the problem, writes the plan if asked for, and prints the result.
pub(crate) fn run(arguments: &OtArguments) -> anyhow::Result<()> {
    arguments
        .method
        .refuse_what_it_does_not_take(&arguments.given())?;
    arguments.check_where_the_plan_goes()?;
    let workers = Workers::start(arguments.run.threads()?)?;
    let inputs = Inputs::read(&arguments.inputs).map_err(from_ot)?;
    let solver = arguments.method.solver(
        &arguments.parameters,
        arguments.inputs.ground(),
        arguments.run.seed,
    );
    let (n_sources, n_targets) = (inputs.n_sources, inputs.n_targets);
    let provenance = Provenance {
        seed: Some(arguments.run.seed),
        parameters: json!({
            "method": arguments.method,
            "cost": inputs.ground(),
            "solver": &solver,
        }),
        inputs: inputs.hashes.clone(),
        ..Provenance::new(
            "ot-transferability",
            env!("CARGO_PKG_VERSION"),
            Device::Cpu,
            inputs.kind,
        )
    };
    let (solution, plan) = workers
        .install(|| solver.solve(inputs, &mut Bars::default()))
        .map_err(from_ot)?;
    if let (Some(path), Some(plan)) = (&arguments.plan, plan) {
        let written = convert::tensor_from_array(plan.to_dense().view())
            .and_then(|dense| array_io::write_npy(path, &dense));
        written.map_err(|error| from_ot(error.into()))?;
    }
    if solution.status == Some(Status::IterationLimit) {
        output::note("not converged: the cap on the iterations came first");
    }
    if arguments.run.json {
        return output::result(&output::to_json(&Printed {
            method: arguments.method,
            solution,
            n_sources,
            n_targets,
            seed: arguments.run.seed,
            provenance,
        })?);
    }
    output::result(&table(&solution)?)
}

impl OtArguments {
    /// A solution that cannot be stored is an error before the work starts.
    fn check_where_the_plan_goes(&self) -> anyhow::Result<()> {
        let Some(path) = &self.plan else {
            return Ok(());
        };
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        match folder {
            Some(folder) if !folder.is_dir() => Err(bad_input(format_args!(
                "{}: there is no folder {}",
                path.display(),
                folder.display()
            ))),
            _ => Ok(()),
        }
    }

    /// The arguments that were given of those that not every method takes.
    fn given(&self) -> Vec<&'static str> {
        let mut given = self.parameters.given();
        given.extend(self.inputs.given());
        given.extend(self.plan.is_some().then_some("--plan"));
        given
    }
}

/// The quantities that the method has a value for.
fn table(solution: &Solution) -> anyhow::Result<String> {
    let mut table = Table::new().words("quantity").numbers("value");
    if let serde_json::Value::Object(fields) = serde_json::to_value(solution)? {
        for (name, value) in fields.into_iter().filter(|(_, value)| !value.is_null()) {
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            table.row(vec![name.replace('_', " "), value]);
        }
    }
    Ok(table.to_text())
}

/// What the crate refuses, the user can mend; what libtorch refuses is a fault of ours.
pub(crate) fn from_ot(error: ot_transferability::Error) -> anyhow::Error {
    use ot_transferability::Error;
    match error {
        Error::Core(tensor_core::Error::Torch { .. })
        | Error::Sample(transferability_metrics::Error::Core(tensor_core::Error::Torch { .. })) => {
            error.into()
        }
        error => bad_input(one_line(&error.to_string())),
    }
}
