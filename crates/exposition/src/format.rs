//! The formats of a page, and how a request chooses one.

use crate::families::Families;
use crate::{openmetrics, protobuf, text};

/// An exposition format that this crate writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// Prometheus text format 0.0.4.
    Text,
    /// OpenMetrics 1.0.0, with the scheme by which the client would escape names beyond the classic grammar.
    OpenMetrics(Escaping),
    /// Delimited protobuf messages of `io.prometheus.client.MetricFamily`, with the same scheme.
    Protobuf(Escaping),
}

/// How a client wants names that are not in the classic grammar; ours always are, so the answer only repeats it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Escaping {
    /// As they are.
    AllowUtf8,
    /// Anything else becomes an underscore; what a client that names no scheme gets.
    #[default]
    Underscores,
    /// A dot becomes `_dot_`.
    Dots,
    /// Code points in hexadecimal.
    Values,
}

impl Format {
    /// The Content-Type of a page in this format.
    #[must_use]
    pub fn content_type(self) -> &'static str {
        match self {
            Format::Text => "text/plain; version=0.0.4; charset=utf-8",
            Format::OpenMetrics(Escaping::AllowUtf8) => {
                "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=allow-utf-8"
            }
            Format::OpenMetrics(Escaping::Underscores) => {
                "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=underscores"
            }
            Format::OpenMetrics(Escaping::Dots) => {
                "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=dots"
            }
            Format::OpenMetrics(Escaping::Values) => {
                "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=values"
            }
            Format::Protobuf(Escaping::AllowUtf8) => {
                "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited; escaping=allow-utf-8"
            }
            Format::Protobuf(Escaping::Underscores) => {
                "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited; escaping=underscores"
            }
            Format::Protobuf(Escaping::Dots) => {
                "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited; escaping=dots"
            }
            Format::Protobuf(Escaping::Values) => {
                "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited; escaping=values"
            }
        }
    }

    /// Appends the page to `out`: families by name, samples in the order in which they were staged.
    pub fn encode(self, page: &mut Families, out: &mut Vec<u8>) {
        self.encode_open(page, out);
        self.end(out);
    }

    /// As [`Format::encode`] for a page that goes on: whoever writes the rest, as a [`Store`](crate::Store) does, calls
    /// [`Format::end`] once after it.
    pub fn encode_open(self, page: &mut Families, out: &mut Vec<u8>) {
        match self {
            Format::Text => text::encode(page, out),
            Format::OpenMetrics(_) => openmetrics::encode(page, out),
            Format::Protobuf(_) => protobuf::encode(page, out),
        }
    }

    /// Appends what a page in this format ends with.
    pub fn end(self, out: &mut Vec<u8>) {
        match self {
            Format::Text | Format::Protobuf(_) => {}
            Format::OpenMetrics(_) => out.extend_from_slice(openmetrics::END),
        }
    }
}

/// Which text format a server prefers where the client takes both.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Preference {
    /// Text 0.0.4, like the exporters that dashboards were made for: OpenMetrics renames bounds and retypes counters.
    #[default]
    Text,
    /// OpenMetrics wherever the client names it.
    OpenMetrics,
}

/// Chooses the format for an `Accept` header (`None` or empty: the client names nothing).
///
/// Protobuf when it ranks first: the client names it with a higher quality than any other format that we have, or with
/// the same and before it, as Prometheus does that wants native histograms. Text whenever the client names `text/plain` or
/// nothing we have; OpenMetrics when it names that and not `text/plain`, or when the server prefers it. A quality of 0
/// means that the client does not take the type; otherwise qualities decide about protobuf alone. What cannot be read is
/// ignored: there is always an answer.
#[must_use]
pub fn negotiate(accept: Option<&str>, preference: Preference) -> Format {
    let ranges = accept.unwrap_or_default().split(',').map(MediaRange::parse);
    let (mut takes_text, mut openmetrics) = (false, None);
    let mut first: Option<(f64, Format)> = None;
    for range in ranges.filter(MediaRange::is_wanted) {
        let Some(format) = range.format() else { continue };
        match format {
            Format::Text => takes_text = true,
            Format::OpenMetrics(_) => openmetrics = openmetrics.or(Some(format)),
            Format::Protobuf(_) => {}
        }
        if first.is_none_or(|(quality, _)| quality < range.quality) {
            first = Some((range.quality, format));
        }
    }
    match (first, openmetrics) {
        (Some((_, protobuf @ Format::Protobuf(_))), _) => protobuf,
        (_, Some(openmetrics)) if !takes_text || preference == Preference::OpenMetrics => openmetrics,
        _ => Format::Text,
    }
}

/// Whether an `Accept-Encoding` header (`None`: not sent) takes gzip.
#[must_use]
pub fn accepts_gzip(accept_encoding: Option<&str>) -> bool {
    let mut ranges = accept_encoding.unwrap_or_default().split(',').map(MediaRange::parse);
    ranges.any(|range| range.is_wanted() && range.is("gzip"))
}

/// One element of an `Accept` or `Accept-Encoding` header.
struct MediaRange<'h> {
    name: &'h str,
    version: &'h str,
    proto: &'h str,
    encoding: &'h str,
    escaping: Escaping,
    /// 1 if there is none, 0 if it cannot be read.
    quality: f64,
}

impl<'h> MediaRange<'h> {
    fn parse(element: &'h str) -> Self {
        let mut parts = element.split(';').map(str::trim);
        let name = parts.next().unwrap_or_default();
        let escaping = Escaping::default();
        let mut range = MediaRange { name, version: "", proto: "", encoding: "", escaping, quality: 1.0 };
        for (key, value) in parts.filter_map(|parameter| parameter.split_once('=')) {
            let value = value.trim().trim_matches('"');
            match key.trim() {
                "q" | "Q" => range.quality = value.parse().unwrap_or(0.0),
                "version" => range.version = value,
                "proto" => range.proto = value,
                "encoding" => range.encoding = value,
                "escaping" => range.escaping = Escaping::parse(value),
                _ => {}
            }
        }
        range
    }

    fn is_wanted(&self) -> bool {
        self.quality > 0.0
    }

    /// The format of ours that it names, if it names one.
    fn format(&self) -> Option<Format> {
        if self.is("text/plain") {
            return Some(Format::Text);
        }
        // 0.0.1 is what a client without a version means, and a subset of 1.0.0 as we write it.
        if self.is("application/openmetrics-text") && matches!(self.version, "" | "0.0.1" | "1.0.0") {
            return Some(Format::OpenMetrics(self.escaping));
        }
        // There are other messages, and other ways to put them one after another.
        let is_ours = self.proto == "io.prometheus.client.MetricFamily" && self.encoding == "delimited";
        (self.is("application/vnd.google.protobuf") && is_ours).then_some(Format::Protobuf(self.escaping))
    }

    fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }
}

impl Escaping {
    fn parse(scheme: &str) -> Self {
        match scheme {
            "allow-utf-8" => Escaping::AllowUtf8,
            "dots" => Escaping::Dots,
            "values" => Escaping::Values,
            _ => Escaping::Underscores,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const OPENMETRICS: Format = Format::OpenMetrics(Escaping::Underscores);
    const PROTOBUF: Format = Format::Protobuf(Escaping::Underscores);

    #[test]
    fn stock_prometheus_gets_text_unless_the_server_prefers_openmetrics() {
        let stock = "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.7,application/openmetrics-text;version=0.0.1;q=0.6,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.5,text/plain;version=0.0.4;q=0.4,*/*;q=0.3";
        assert_eq!(negotiate(Some(stock), Preference::Text), Format::Text);
        assert_eq!(negotiate(Some(stock), Preference::OpenMetrics), Format::OpenMetrics(Escaping::AllowUtf8));
    }

    /// Prometheus 3.15 with `scrape_native_histograms`.
    #[test]
    fn prometheus_that_wants_native_histograms_gets_protobuf() {
        let native = "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.6,application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1";
        for preference in [Preference::Text, Preference::OpenMetrics] {
            assert_eq!(negotiate(Some(native), preference), PROTOBUF);
        }
    }

    #[test]
    fn protobuf_when_it_ranks_first() {
        const NAME: &str = "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited";
        for (accept, format) in [
            (NAME.to_owned(), PROTOBUF),
            (format!("{NAME};escaping=values"), Format::Protobuf(Escaping::Values)),
            (format!("{NAME}, text/plain"), PROTOBUF),
            (format!("text/plain, {NAME}"), Format::Text),
            (format!("text/plain;q=0.5, {NAME};q=0.6"), PROTOBUF),
            (format!("{NAME};q=0.5, text/plain;q=0.6"), Format::Text),
            (format!("{NAME};q=0.5, application/openmetrics-text;q=0.6"), OPENMETRICS),
            (format!("{NAME};q=0.5, application/openmetrics-text;q=0.6, text/plain;q=0.1"), Format::Text),
            (format!("{NAME};q=0.5, application/json, */*"), PROTOBUF),
            (format!("{NAME};q=0"), Format::Text),
            (format!("{NAME};q=NaN"), Format::Text),
            (NAME.replace("delimited", "text"), Format::Text),
            (NAME.replace("MetricFamily", "Metric"), Format::Text),
            ("application/vnd.google.protobuf".to_owned(), Format::Text),
            (NAME.replace("proto=io.prometheus.client.MetricFamily", "Proto=\"\""), Format::Text),
        ] {
            assert_eq!(negotiate(Some(&accept), Preference::Text), format, "{accept}");
        }
    }

    #[test]
    fn every_other_client() {
        for (accept, format) in [
            ("", Format::Text),
            ("*/*", Format::Text),
            ("text/html", Format::Text),
            ("application/openmetrics-text", OPENMETRICS),
            ("application/openmetrics-text; version=1.0.0", OPENMETRICS),
            (
                "Application/OpenMetrics-Text;version=\"1.0.0\";escaping=dots, */*;q=0.1",
                Format::OpenMetrics(Escaping::Dots),
            ),
            ("application/openmetrics-text;version=1.0.0;escaping=<script>", OPENMETRICS),
            ("application/openmetrics-text;version=2.0.0", Format::Text),
            ("application/openmetrics-text;q=0", Format::Text),
            ("application/openmetrics-text;q=banana", Format::Text),
            ("application/openmetrics-text, text/plain;q=0", OPENMETRICS),
            (",;,=;q", Format::Text),
        ] {
            assert_eq!(negotiate(Some(accept), Preference::Text), format, "{accept}");
        }
        assert_eq!(negotiate(None, Preference::OpenMetrics), Format::Text);
    }

    const PIECES: &[&str] = &[
        "text/plain",
        "application/openmetrics-text",
        "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited",
        "*/*",
        "gzip",
        ";q=0",
        ";q=2",
        ";q=",
        ";version=",
        "1.0.0",
        "2.0.0",
        ";escaping=",
        "dots",
        "<script>",
        ",",
        ";",
        "=",
        "\"",
        " ",
        "ü",
    ];

    fn any_header() -> impl Strategy<Value = String> {
        let pieces = prop::collection::vec(prop::sample::select(PIECES), 0..800).prop_map(|pieces| pieces.concat());
        prop_oneof![any::<String>(), pieces]
    }

    proptest! {
        #[test]
        fn any_header_has_an_answer_that_what_it_adds_in_vain_does_not_change(header in any_header()) {
            for preference in [Preference::Text, Preference::OpenMetrics] {
                let format = negotiate(Some(&header), preference);
                let is_named = match format {
                    Format::Text => true,
                    Format::OpenMetrics(_) => header.contains("application/openmetrics-text"),
                    Format::Protobuf(_) => header.contains("application/vnd.google.protobuf"),
                };
                prop_assert!(is_named);
                prop_assert_eq!(negotiate(Some(&format!("image/png, {header},*/*;q=0.1")), preference), format);
                prop_assert!(!format.content_type().contains("script"));
            }
            prop_assert!(!accepts_gzip(Some(&header)) || header.contains("gzip"));
        }
    }

    #[test]
    fn gzip_only_when_asked() {
        for (header, gzip) in
            [("gzip", true), ("deflate, GZIP;q=0.5", true), ("gzip;q=0", false), ("identity", false), ("", false)]
        {
            assert_eq!(accepts_gzip(Some(header)), gzip, "{header}");
        }
        assert!(!accepts_gzip(None));
    }
}
