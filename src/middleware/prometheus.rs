//! The counts of a process as Prometheus reads them.
//! Source: Prometheus, "Exposition formats", text format 0.0.4.

use std::{
    collections::BTreeMap,
    fmt::{Display, Write as _},
};

use super::{BOUNDS, End, Name, OperationStats, Stats};
use crate::error::ErrorCode;

/// What is written of an alias: the sum of what has its name, since a label must not occur twice.
#[derive(Default)]
struct Alias {
    sums: [u64; 8],
    errors: BTreeMap<&'static str, u64>,
    operations: BTreeMap<Name, OperationStats>,
}

impl Alias {
    fn add(&mut self, stats: Stats) {
        let Stats { running, waiting, done, failed, abandoned, bytes_in, bytes_out, retries, errors, operations } =
            stats;
        let more = [running, waiting, done, failed, abandoned, bytes_in, bytes_out, retries];
        self.sums.iter_mut().zip(more).for_each(|(sum, more)| *sum += more);
        for (code, count) in errors {
            *self.errors.entry(ErrorCode::as_str(code)).or_default() += count;
        }
        for (name, more) in operations {
            let sum = self.operations.entry(name).or_default();
            sum.ends.iter_mut().zip(more.ends).for_each(|(sum, more)| *sum += more);
            sum.buckets.iter_mut().zip(more.buckets).for_each(|(sum, more)| *sum += more);
            sum.seconds += more.seconds;
        }
    }
}

/// The counts of aliases in Prometheus' text format.
#[must_use]
pub fn text(counts: impl IntoIterator<Item = (String, Stats)>) -> String {
    let mut aliases = BTreeMap::<String, Alias>::new();
    for (alias, stats) in counts {
        aliases.entry(escaped(&alias)).or_default().add(stats);
    }
    let mut page = Page(String::new());
    page.operations(&aliases);
    page.durations(&aliases);
    page.family("s3storage_errors_total", "counter", "Operations that failed, by the code of the error.");
    for (alias, of) in &aliases {
        for (code, count) in &of.errors {
            page.line("s3storage_errors_total", &format!("bucket=\"{alias}\",code=\"{code}\""), count);
        }
    }
    page.steps(&aliases);
    page.sums(&aliases, "s3storage_retries_total", "counter", "Requests that were sent again.", 7);
    page.sums(&aliases, "s3storage_received_bytes_total", "counter", "Bytes of contents that were received.", 5);
    page.sums(&aliases, "s3storage_sent_bytes_total", "counter", "Bytes of contents that were written.", 6);
    page.sums(&aliases, "s3storage_running_steps", "gauge", "Steps that have a place of the limit now.", 0);
    page.sums(&aliases, "s3storage_waiting_steps", "gauge", "Steps that wait for a place of the limit now.", 1);
    page.0
}

struct Page(String);

impl Page {
    fn family(&mut self, name: &str, kind: &str, help: &str) {
        // Writing to a string does not fail.
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }

    fn line(&mut self, name: &str, labels: &str, value: impl Display) {
        let _ = writeln!(self.0, "{name}{{{labels}}} {value}");
    }

    fn operations(&mut self, aliases: &BTreeMap<String, Alias>) {
        self.family("s3storage_operations_total", "counter", "Operations that have ended.");
        for (alias, of) in aliases {
            for (name, stats) in &of.operations {
                for (end, count) in End::ALL.iter().zip(stats.ends) {
                    let (name, end) = (name.as_str(), end.as_str());
                    let labels = format!("bucket=\"{alias}\",operation=\"{name}\",outcome=\"{end}\"");
                    self.line("s3storage_operations_total", &labels, count);
                }
            }
        }
    }

    fn durations(&mut self, aliases: &BTreeMap<String, Alias>) {
        const FAMILY: &str = "s3storage_operation_duration_seconds";
        self.family(FAMILY, "histogram", "How long operations worked.");
        for (alias, of) in aliases {
            for (name, stats) in &of.operations {
                let labels = format!("bucket=\"{alias}\",operation=\"{}\"", name.as_str());
                let mut up_to = 0;
                for (bound, count) in BOUNDS.iter().zip(stats.buckets) {
                    up_to += count;
                    self.line(&format!("{FAMILY}_bucket"), &format!("{labels},le=\"{bound}\""), up_to);
                }
                self.line(&format!("{FAMILY}_bucket"), &format!("{labels},le=\"+Inf\""), stats.count());
                self.line(&format!("{FAMILY}_sum"), &labels, stats.seconds);
                self.line(&format!("{FAMILY}_count"), &labels, stats.count());
            }
        }
    }

    fn steps(&mut self, aliases: &BTreeMap<String, Alias>) {
        self.family("s3storage_steps_total", "counter", "Steps of operations (requests and contents) that have ended.");
        for (alias, of) in aliases {
            for (end, count) in End::ALL.iter().zip(&of.sums[2..]) {
                let labels = format!("bucket=\"{alias}\",outcome=\"{}\"", end.as_str());
                self.line("s3storage_steps_total", &labels, count);
            }
        }
    }

    fn sums(&mut self, aliases: &BTreeMap<String, Alias>, name: &str, kind: &str, help: &str, which: usize) {
        self.family(name, kind, help);
        for (alias, of) in aliases {
            self.line(name, &format!("bucket=\"{alias}\""), of.sums[which]);
        }
    }
}

/// The value of a label.
fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_escaped_aliases_of_one_name_are_summed_and_buckets_count_up() {
        let mut of_read = OperationStats { ends: [2, 1, 0], seconds: 1.5, ..OperationStats::default() };
        (of_read.buckets[0], of_read.buckets[2]) = (1, 1);
        let stats = || Stats {
            done: 2,
            retries: 4,
            errors: vec![(ErrorCode::Timeout, 1)],
            operations: vec![(Name::Read, of_read)],
            ..Stats::default()
        };
        let text = text([("a\"\\\n".to_owned(), stats()), ("a\"\\\n".to_owned(), stats())]);
        for line in [
            r#"s3storage_operations_total{bucket="a\"\\\n",operation="read",outcome="done"} 4"#,
            r#"s3storage_operation_duration_seconds_bucket{bucket="a\"\\\n",operation="read",le="0.005"} 2"#,
            r#"s3storage_operation_duration_seconds_bucket{bucket="a\"\\\n",operation="read",le="0.025"} 4"#,
            r#"s3storage_operation_duration_seconds_bucket{bucket="a\"\\\n",operation="read",le="60"} 4"#,
            r#"s3storage_operation_duration_seconds_bucket{bucket="a\"\\\n",operation="read",le="+Inf"} 6"#,
            r#"s3storage_operation_duration_seconds_sum{bucket="a\"\\\n",operation="read"} 3"#,
            r#"s3storage_errors_total{bucket="a\"\\\n",code="TIMEOUT"} 2"#,
            r#"s3storage_steps_total{bucket="a\"\\\n",outcome="done"} 4"#,
            r#"s3storage_retries_total{bucket="a\"\\\n"} 8"#,
        ] {
            assert!(text.lines().any(|found| found == line), "{line}\nin\n{text}");
        }
    }
}
