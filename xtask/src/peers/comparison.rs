//! The table of a comparison.

use std::fmt::Write as _;

use serde::Serialize;

use super::case::{Rival, Run, Scale, Target};
use super::sides::{Machine, Record};

/// All rows of one run.
#[derive(Serialize)]
pub(super) struct Comparison {
    pub(super) scale: Scale,
    pub(super) machine: Machine,
    pub(super) rows: Vec<Row>,
}

/// One case at one size.
#[derive(Serialize)]
pub(super) struct Row {
    case: String,
    peer_case: Option<String>,
    ours: Record,
    peer: Option<Record>,
    /// Our CPU time over the peer's.
    ratio: Option<f64>,
    target: Target,
    met: bool,
    /// Seconds of the work that cannot be avoided, where it is known.
    floor_seconds: Option<f64>,
    value_difference: Option<f64>,
}

impl Row {
    pub(super) fn new(run: &Run, ours: Record, peer: Option<Record>, machine: &Machine) -> Self {
        let ratio = peer.as_ref().map(|peer| ours.seconds / peer.seconds);
        // What was not measured misses its target.
        let met = match run.target {
            Target::Share(share) => ratio.is_some_and(|ratio| ratio <= share),
            Target::Seconds(limit) => ours.seconds <= limit,
            Target::Megabytes(limit) => ours.peak_megabytes.is_some_and(|peak| peak <= limit),
            Target::AddedMegabytes(limit) => ours.added_megabytes.is_some_and(|added| added <= limit),
            Target::None => true,
        };
        Self {
            case: run.ours.clone(),
            peer_case: run.rival.as_ref().map(Rival::to_string),
            ratio,
            target: run.target,
            met,
            floor_seconds: ours.floor.as_ref().map(|floor| machine.seconds(floor)),
            value_difference: peer
                .as_ref()
                .and_then(|peer| Some((ours.value? - peer.value?).abs())),
            ours,
            peer,
        }
    }

    fn write_into(&self, text: &mut String) {
        let target = match self.target {
            Target::Share(share) => share.to_string(),
            Target::Seconds(limit) => format!("{limit} s"),
            Target::Megabytes(limit) => format!("{limit} MB"),
            Target::AddedMegabytes(limit) => format!("+{limit} MB"),
            Target::None => String::new(),
        };
        let times_floor = self.floor_seconds.map(|floor| self.ours.seconds / floor);
        let _ = writeln!(
            text,
            "{:<30} {:<28} {:>10.5} {:>10} {:>7} {:>7}  {:>10} {:>7}  {:>15} {:>9}",
            self.case,
            self.peer_case.as_deref().unwrap_or(""),
            self.ours.seconds,
            shown(self.peer.as_ref().map(|peer| peer.seconds), |seconds| format!(
                "{seconds:.5}"
            )),
            shown(self.ratio, |ratio| format!("{ratio:.4}")),
            target,
            shown(self.floor_seconds, |seconds| format!("{seconds:.5}")),
            shown(times_floor, |times| format!("{times:.2}")),
            number(self.ours.value),
            shown(self.value_difference, |difference| format!("{difference:.1e}")),
        );
    }

    /// What the table has no column for.
    fn remarks(&self) -> Vec<String> {
        let mut remarks = Vec::new();
        if let (Target::Megabytes(_), Some(peak)) = (self.target, self.ours.peak_megabytes) {
            remarks.push(format!("peak memory {peak:.0} MB"));
        }
        if let Some(added) = self.ours.added_megabytes {
            remarks.push(format!("{added:.1} MB beyond the inputs"));
        }
        let sides = [("ours", Some(&self.ours)), ("peer", self.peer.as_ref())];
        for (side, record) in sides {
            let Some(record) = record else {
                continue;
            };
            if let Some(distance) = record.hamming_distance {
                remarks.push(format!("{side}: structural Hamming distance {distance}"));
            }
            let Some(error) = record.marginal_error else {
                if record.value.is_none() {
                    remarks.push(format!("{side}: no finite value"));
                }
                continue;
            };
            let after = shown(record.iterations, |iterations| {
                format!(" after {iterations} iterations")
            });
            remarks.push(format!(
                "{side}: value {}, marginal error {error:.1e}{after}",
                number(record.value)
            ));
        }
        remarks
    }

    fn missed(&self) -> Option<String> {
        let said = match self.target {
            _ if self.met => return None,
            Target::Share(share) => format!(
                "takes {:.4} of the other side's CPU time, the target is {share}",
                self.ratio.unwrap_or(f64::NAN)
            ),
            Target::Seconds(limit) => format!("takes {:.4} s, the target is {limit} s", self.ours.seconds),
            Target::Megabytes(limit) => format!(
                "holds {:.0} MB at once, the target is {limit} MB",
                self.ours.peak_megabytes.unwrap_or(f64::NAN)
            ),
            Target::AddedMegabytes(limit) => format!(
                "holds {:.1} MB beyond its inputs, the target is {limit} MB",
                self.ours.added_megabytes.unwrap_or(f64::NAN)
            ),
            Target::None => return None,
        };
        Some(format!("target missed: {} {said}\n", self.case))
    }
}

impl Comparison {
    /// The rows, what is known of the run, and what was missed.
    pub(super) fn table(&self) -> String {
        let mut text = format!(
            "{:<30} {:<28} {:>10} {:>10} {:>7} {:>7}  {:>10} {:>7}  {:>15} {:>9}\n",
            "case",
            "peer",
            "ours [s]",
            "peer [s]",
            "ratio",
            "target",
            "floor [s]",
            "x floor",
            "value",
            "differs"
        );
        for row in &self.rows {
            row.write_into(&mut text);
        }
        for row in &self.rows {
            for remark in row.remarks() {
                let _ = writeln!(text, "{}: {remark}", row.case);
            }
        }
        let _ = write!(
            text,
            "CPU seconds, least of up to 5 repetitions, one thread on either side, {} size. Floor: {:.1} GFLOP/s (matrix \
             product, f64) and {:.1} GB/s (sum)",
            self.scale.name(),
            self.machine.flops_per_second / 1e9,
            self.machine.bytes_per_second / 1e9,
        );
        if let Some(rate) = self.machine.exponentials_per_second {
            let _ = write!(
                text,
                " and {:.2} billion exponentials/s (libtorch, f64)",
                rate / 1e9
            );
        }
        text += ", measured in the same run.\n";
        if let Some(tool) = self
            .rows
            .iter()
            .find_map(|row| row.peer.as_ref()?.tool.as_deref())
        {
            let _ = writeln!(text, "Peers: {tool}.");
        }
        if self.scale != Scale::Full {
            text += "the targets hold for the full size\n";
            return text;
        }
        text.extend(self.rows.iter().filter_map(Row::missed));
        if self.rows.iter().all(|row| row.met) {
            text += "every target is met\n";
        }
        text
    }
}

fn number(value: Option<f64>) -> String {
    value.map_or_else(|| "none".to_owned(), |value| format!("{value:.8}"))
}

fn shown<T>(value: Option<T>, show: impl FnOnce(T) -> String) -> String {
    value.map(show).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::super::sides::Floor;
    use super::*;

    const MACHINE: Machine = Machine {
        flops_per_second: 8e9,
        bytes_per_second: 4e9,
        exponentials_per_second: None,
    };

    fn record_of(seconds: f64, value: f64) -> Record {
        let floor = Some(Floor {
            flops: 4e9,
            bytes: 1e9,
            exponentials: 0.0,
        });
        Record {
            value: Some(value),
            seconds,
            repetitions: 3,
            threads: 1,
            floor,
            marginal_error: None,
            hamming_distance: None,
            iterations: None,
            peak_megabytes: Some(500.0),
            added_megabytes: Some(20.0),
            tool: None,
        }
    }

    fn table(seconds: f64, peer: Option<Record>, target: Target) -> String {
        let run = Run {
            ours: "logme".to_owned(),
            rival: peer.as_ref().map(|_| Rival::Peer("logme".to_owned())),
            target,
        };
        let rows = vec![Row::new(&run, record_of(seconds, 0.5), peer, &MACHINE)];
        let machine = MACHINE;
        Comparison {
            scale: Scale::Full,
            machine,
            rows,
        }
        .table()
    }

    #[test]
    fn a_missed_target_has_a_line_of_its_own() {
        let met = table(3.5, Some(record_of(10.0, 0.25)), Target::Share(0.35));
        assert!(met.ends_with("every target is met\n"), "{met}");
        let missed = [
            (
                Some(record_of(10.0, 0.25)),
                Target::Share(0.35),
                "takes 0.4000 of the other side's CPU time, the target is 0.35",
            ),
            (None, Target::Seconds(1.0), "takes 4.0000 s, the target is 1 s"),
            (
                None,
                Target::Megabytes(400.0),
                "holds 500 MB at once, the target is 400 MB",
            ),
            (
                None,
                Target::AddedMegabytes(16.0),
                "holds 20.0 MB beyond its inputs, the target is 16 MB",
            ),
        ];
        for (peer, target, line) in missed {
            let text = table(4.0, peer, target);
            assert!(
                text.ends_with(&format!("target missed: logme {line}\n")),
                "{text}"
            );
        }
    }

    #[test]
    fn a_row_compares_times_and_values() {
        let run = Run {
            ours: "a".to_owned(),
            rival: Some(Rival::Peer("b".to_owned())),
            target: Target::None,
        };
        let row = Row::new(&run, record_of(3.0, 0.5), Some(record_of(10.0, 0.25)), &MACHINE);
        assert_eq!(row.floor_seconds, Some(0.75));
        assert_eq!(row.ratio, Some(0.3));
        assert_eq!(row.value_difference, Some(0.25));
        assert!(row.met);
    }

    #[test]
    fn memory_and_marginal_errors_stand_under_the_table() {
        let error = |error, iterations| Record {
            marginal_error: Some(error),
            iterations: Some(iterations),
            ..record_of(1.0, 0.5)
        };
        let run = Run {
            ours: "a".to_owned(),
            rival: Some(Rival::Peer("b".to_owned())),
            target: Target::Megabytes(500.0),
        };
        let remarks = Row::new(&run, error(1e-9, 100), Some(error(0.03, 999)), &MACHINE).remarks();
        assert_eq!(
            remarks,
            [
                "peak memory 500 MB",
                "20.0 MB beyond the inputs",
                "ours: value 0.50000000, marginal error 1.0e-9 after 100 iterations",
                "peer: value 0.50000000, marginal error 3.0e-2 after 999 iterations",
            ]
        );
    }
}
