//! What libFuzzer's messages say of one target.

/// The figures of a run, as text, which is all that is done with them.
#[derive(Debug, PartialEq)]
pub(super) struct Report {
    executions: String,
    edges: String,
    corpus: String,
    /// Why it ended before its time; empty when it did not.
    pub(super) finding: String,
}

pub(super) const HEADING: &str = "\
    target            | executions |  edges | corpus | findings\n\
    ----------------- | ---------: | -----: | -----: | -------:";

impl Report {
    /// Reads the messages of a whole run.
    pub(super) fn of(log: &[u8]) -> Self {
        let log = String::from_utf8_lossy(log);
        // The last of the lines `#4096 pulse cov: 1234 ft: 5678 corp: 90/12Kb …`, and of the statistics behind them.
        let word_after = |mark: &str| {
            let rest = log.rsplit_once(mark).map(|(_, rest)| rest);
            rest.and_then(|rest| rest.split_whitespace().next()).unwrap_or("?").to_owned()
        };
        let corpus = word_after(" corp: ");
        Report {
            executions: word_after("stat::number_of_executed_units:"),
            edges: word_after(" cov: "),
            corpus: corpus.split('/').next().unwrap_or_default().to_owned(),
            finding: finding(&log),
        }
    }

    /// A row of the table.
    pub(super) fn row(&self, target: &str, has_finding: bool) -> String {
        let Report { executions, edges, corpus, .. } = self;
        format!("{target:17} | {executions:>10} | {edges:>6} | {corpus:>6} | {:>8}", u8::from(has_finding))
    }
}

/// What a panic said, and where the input is; the stack is left out.
fn finding(log: &str) -> String {
    let panic = log.lines().skip_while(|line| !line.contains("panicked at"));
    let panic = panic.take_while(|line| !line.starts_with("stack backtrace:") && !line.starts_with("note:"));
    let other = log.lines().filter(|line| line.contains("ERROR: libFuzzer:") || line.contains("Test unit written to"));
    panic.chain(other).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_to_its_end() {
        let log = b"#2 INITED cov: 10 ft: 11 corp: 1/1b exec/s: 0 rss: 28Mb\n\
            #4096\tpulse  cov: 1234 ft: 5678 corp: 90/12Kb lim: 43 exec/s: 2048 rss: 31Mb\n\
            #5000\tDONE   cov: 1240 ft: 5690 corp: 91/12Kb lim: 43 exec/s: 2048 rss: 31Mb\n\
            Done 5000 runs in 3 second(s)\nstat::number_of_executed_units: 5000\nstat::peak_rss_mb:              31\n";
        let report = Report::of(log);
        assert_eq!(report.row("query", false), "query             |       5000 |   1240 |     91 |        0");
        assert_eq!(report.finding, "");
    }

    #[test]
    fn a_panic() {
        let log = b"#2 INITED cov: 10 ft: 11 corp: 1/1b exec/s: 0 rss: 28Mb\n\n\
            thread '<unnamed>' (7) panicked at src/lib.rs:1:9:\nno\nstack backtrace:\n   0: main\n\
            ==7== ERROR: libFuzzer: deadly signal\n\
            artifact_prefix='a/'; Test unit written to a/crash-1\nstat::number_of_executed_units: 3\n";
        let report = Report::of(log);
        assert_eq!(report.row("query", true), "query             |          3 |     10 |      1 |        1");
        assert_eq!(
            report.finding,
            "thread '<unnamed>' (7) panicked at src/lib.rs:1:9:\nno\n==7== ERROR: libFuzzer: deadly signal\n\
             artifact_prefix='a/'; Test unit written to a/crash-1"
        );
    }

    #[test]
    fn a_run_that_did_not_begin() {
        assert_eq!(
            Report::of(b"error: no\n").row("query", true),
            "query             |          ? |      ? |      ? |        1"
        );
    }
}
