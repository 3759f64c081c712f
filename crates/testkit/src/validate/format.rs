//! The formats, where they differ.

/// The Content-Type parameters that a server may add to say how names were escaped; ours need no escaping.
const ESCAPING_SCHEMES: [&str; 4] = ["allow-utf-8", "underscores", "dots", "values"];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Text,
    OpenMetrics,
    Protobuf,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Counter,
    Gauge,
    Histogram,
    GaugeHistogram,
    Summary,
    Info,
    StateSet,
    Untyped,
}

impl Format {
    /// The format that a Content-Type names, and whether it names it exactly:
    /// the right version and UTF-8, or the right message and framing; at most an escaping scheme beside.
    pub(super) fn of(content_type: &str) -> Option<(Format, bool)> {
        let mut parts = content_type.split(';').map(str::trim);
        let (format, wanted_version) = match parts.next()? {
            "text/plain" => (Format::Text, "0.0.4"),
            "application/openmetrics-text" => (Format::OpenMetrics, "1.0.0"),
            "application/vnd.google.protobuf" => (Format::Protobuf, ""),
            _ => return None,
        };
        let mut parameters: Vec<_> = parts.map(|part| part.split_once('=').unwrap_or((part, ""))).collect();
        parameters.sort_unstable();
        let scheme = parameters.iter().position(|(name, _)| *name == "escaping").map(|at| parameters.remove(at).1);
        let exact = match parameters[..] {
            [("charset", charset), ("version", version)] => {
                is_utf8(charset) && version == wanted_version && format != Format::Protobuf
            }
            [("encoding", "delimited"), ("proto", "io.prometheus.client.MetricFamily")] => format == Format::Protobuf,
            _ => false,
        };
        Some((format, exact && scheme.is_none_or(|scheme| ESCAPING_SCHEMES.contains(&scheme))))
    }

    /// The type that a word after TYPE stands for, if the format has it.
    pub(super) fn kind(self, word: &str) -> Option<Kind> {
        match (self, word) {
            (_, "counter") => Some(Kind::Counter),
            (_, "gauge") => Some(Kind::Gauge),
            (_, "histogram") => Some(Kind::Histogram),
            (_, "summary") => Some(Kind::Summary),
            (Format::Text, "untyped") | (Format::OpenMetrics, "unknown") => Some(Kind::Untyped),
            (Format::OpenMetrics, "gaugehistogram") => Some(Kind::GaugeHistogram),
            (Format::OpenMetrics, "info") => Some(Kind::Info),
            (Format::OpenMetrics, "stateset") => Some(Kind::StateSet),
            _ => None,
        }
    }

    /// What the samples of a type append to their family's name; the empty ending is the name alone.
    ///
    /// An OpenMetrics counter must have `_total`;
    /// the bare name is known so that [`super::Rule::CounterTotal`] can name it.
    pub(super) fn endings(self, kind: Kind) -> &'static [&'static str] {
        match (kind, self) {
            (Kind::Counter, Format::OpenMetrics) => &["_total", ""],
            (Kind::Counter, Format::Text | Format::Protobuf) | (Kind::Gauge | Kind::StateSet | Kind::Untyped, _) => {
                &[""]
            }
            (Kind::Histogram, _) => &["_bucket", "_sum", "_count"],
            (Kind::GaugeHistogram, _) => &["_bucket", "_gsum", "_gcount"],
            (Kind::Summary, _) => &["", "_sum", "_count"],
            (Kind::Info, _) => &["_info"],
        }
    }
}

impl Kind {
    /// The label that tells the samples of one histogram or summary apart.
    pub(crate) fn own_label(self) -> Option<&'static str> {
        match self {
            Kind::Histogram | Kind::GaugeHistogram => Some("le"),
            Kind::Summary => Some("quantile"),
            Kind::Counter | Kind::Gauge | Kind::Info | Kind::StateSet | Kind::Untyped => None,
        }
    }
}

fn is_utf8(charset: &str) -> bool {
    charset.eq_ignore_ascii_case("utf-8")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_types_of_this_project_and_of_go() {
        for (text, format) in [
            ("text/plain; version=0.0.4; charset=utf-8", Format::Text),
            ("text/plain;version=0.0.4;charset=UTF-8", Format::Text),
            ("text/plain; version=0.0.4; charset=utf-8; escaping=underscores", Format::Text),
            ("application/openmetrics-text; version=1.0.0; charset=utf-8", Format::OpenMetrics),
            ("application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=allow-utf-8", Format::OpenMetrics),
            (
                "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited",
                Format::Protobuf,
            ),
            (
                "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited; escaping=dots",
                Format::Protobuf,
            ),
        ] {
            assert_eq!(Format::of(text), Some((format, true)), "{text}");
        }
    }

    #[test]
    fn content_types_that_name_the_format_badly() {
        for text in [
            "text/plain",
            "text/plain; charset=utf-8",
            "text/plain; version=9.9.9; charset=utf-8",
            "text/plain; version=0.0.4",
            "text/plain; version=0.0.4; charset=latin1",
            "text/plain; version=0.0.4; version=0.0.4; charset=utf-8",
            "text/plain; version=0.0.4; charset=utf-8; escaping=<script>",
            "text/plain; version=0.0.4; charset=utf-8; escaping=dots; escaping=dots",
            "text/plain; version=0.0.4; charset=utf-8;",
        ] {
            assert_eq!(Format::of(text), Some((Format::Text, false)), "{text}");
        }
        assert_eq!(
            Format::of("application/openmetrics-text; version=2.0.0; charset=utf-8"),
            Some((Format::OpenMetrics, false))
        );
        for text in [
            "application/vnd.google.protobuf",
            "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=text",
            "application/vnd.google.protobuf; proto=io.prometheus.client.Metric; encoding=delimited",
            "application/vnd.google.protobuf; version=; charset=utf-8",
            "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited; escaping=<script>",
        ] {
            assert_eq!(Format::of(text), Some((Format::Protobuf, false)), "{text}");
        }
        assert_eq!(Format::of("text/html; charset=utf-8"), None);
        assert_eq!(Format::of(""), None);
    }
}
