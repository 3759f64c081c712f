//! What can be wrong with a response, and what Prometheus 3.15 does with it.

/// Declares the enum and the list of all its variants from one text, so that neither can lack a rule.
macro_rules! rules {
    ($($(#[doc = $doc:literal])+ $rule:ident,)+) => {
        /// One rule that a response to a scrape keeps.
        ///
        /// Each variant says what is wrong, then what Prometheus does with it;
        /// "fails the scrape" is `up` = 0 and no sample stored.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Rule { $($(#[doc = $doc])+ $rule,)+ }

        impl Rule {
            /// Every rule, in the order of declaration.
            pub const ALL: &'static [Rule] = &[$(Rule::$rule,)+];
        }
    };
}

rules! {
    // The response.

    /// The status line or a header cannot be read. Fails the scrape.
    Head,
    /// The status is not 200. Fails the scrape, also with 204 and 206.
    Status,
    /// The body's end is not where Content-Length or the chunks put it, or nothing says where it is.
    /// A short body fails the scrape, spare bytes are dropped; without a length, a page cut off by a crash looks whole.
    BodyLength,
    /// The body is not what Content-Encoding says, or says something else than gzip.
    /// A bad checksum, a cut stream, zstd and unknown codings fail the scrape.
    ContentEncoding,
    /// Content-Type is not exactly that of text 0.0.4 or OpenMetrics 1.0.0 in UTF-8, or of delimited protobuf.
    /// An absent, unknown or unreadable type fails the scrape (there is no fallback since 3.0);
    /// a missing or odd version is guessed at.
    ContentType,

    // Bytes and lines.

    /// A line is not UTF-8. In a label value or HELP it fails the scrape.
    Utf8,
    /// A line ends with CR LF. Fails the scrape: the CR is read as part of the value.
    CarriageReturn,
    /// The last line does not end with a line feed. Is accepted, and therefore takes `1` for a cut-off `12`.
    FinalNewline,
    /// A line is empty. Is skipped in text, fails the scrape in OpenMetrics.
    BlankLine,
    /// A line is no metadata, comment or sample; a message breaks off, or a metric in it has not the value of its type.
    /// Fails the scrape, but for spare blanks and commas, which no encoder should need forgiven, and absent values,
    /// which are taken for 0.
    Malformed,
    /// The page lacks `# EOF` (OpenMetrics). Fails the scrape: the page may be cut off.
    EofMissing,
    /// There is more after `# EOF` (OpenMetrics). Fails the scrape.
    AfterEof,
    /// The page has no sample. Is accepted with `up` = 1: a dead exporter looks healthy.
    Empty,

    // Metadata.

    /// TYPE names a type that the format does not have, as `untyped` in OpenMetrics or `unknown` in text.
    /// Fails the scrape.
    TypeWord,
    /// A family with samples has no TYPE. Is accepted;
    /// its type is unknown to users, its histograms are not seen as such.
    TypeMissing,
    /// A family with samples has no HELP. Is accepted; users see no description.
    HelpMissing,
    /// TYPE, HELP or UNIT is given twice for one family. Is accepted; the last one wins.
    MetadataTwice,
    /// TYPE, HELP or UNIT comes after samples of its family. Is accepted; those samples were read without it.
    MetadataLate,
    /// TYPE of a counter ends with `_total`, which only its samples may (OpenMetrics). Is accepted;
    /// metadata and series do not match.
    TypeTotal,
    /// UNIT is not the last word of the family's name (OpenMetrics). Fails the scrape.
    Unit,
    /// The lines of a family, or of one histogram or summary in it, are not together. Is accepted;
    /// both formats forbid it.
    FamilySplit,

    // Names, labels and text.

    /// A metric's name is not `[a-zA-Z_:][a-zA-Z0-9_:]*`. Fails the scrape, unless the name is quoted;
    /// then older servers and promtool refuse it.
    /// A NUL at its start ends the page of text there, unnoticed.
    MetricName,
    /// A label's name is not `[a-zA-Z_][a-zA-Z0-9_]*`, or starts with the reserved `__`.
    /// Fails the scrape if it cannot be read or is `__name__`; others are accepted.
    LabelName,
    /// One series has a label name twice. Fails the scrape.
    DuplicateLabel,
    /// A backslash is followed by something else than the format knows, or a quote in HELP stands bare (OpenMetrics).
    /// Is accepted; the backslash stays in the text.
    Escape,
    /// A sample's name does not fit its family's type, as `x` or `x_total` under `# TYPE x histogram`. Is accepted;
    /// the sample has no type.
    SampleName,
    /// A counter's samples do not end with `_total`, and the name is not on the caller's list.
    /// Is accepted; in OpenMetrics, where the list does not help, metadata and series do not match:
    /// such a family's type is `unknown`.
    CounterTotal,
    /// A `_created` line beside a counter, histogram or summary.
    /// Is stored as a series of its own, which nobody asked for.
    Created,
    /// A series is there twice once empty labels are dropped, labels are sorted,
    /// and `le` and `quantile` are read as numbers.
    /// The second sample is lost with a warning at each scrape; if only the spelling differs, without one.
    DuplicateSeries,
    /// The series of one family do not all have the same label names. Is accepted; aggregations come out wrong.
    LabelSet,

    // Values.

    /// A value is not a decimal number, `+Inf`, `-Inf` or `NaN` within the range of a double. Fails the scrape.
    Number,
    /// A sample has a timestamp. Old or future samples are dropped, others never go stale;
    /// fractions fail the scrape in text.
    Timestamp,
    /// An exemplar stands in text, or at a sample that is no counter or bucket.
    /// Fails the scrape in text, is accepted in OpenMetrics; other readers refuse it.
    ExemplarPlace,
    /// An exemplar's label names and values have over 128 characters together. Is accepted; other readers refuse it.
    ExemplarSize,
    /// A counter, or a bucket, count or sum, is negative, NaN or infinite. Is accepted; `rate()` returns garbage.
    CounterValue,

    // Histograms and summaries.

    /// A bucket's `le` is absent or no number. Is accepted; `histogram_quantile()` ignores the bucket.
    BucketBound,
    /// Buckets are not sorted by `le`. Is accepted; OpenMetrics forbids it.
    BucketOrder,
    /// A bucket counts less than one with a smaller `le`. Is accepted; quantiles come out wrong.
    BucketCumulative,
    /// A histogram has no bucket `le="+Inf"`. Is accepted; `histogram_quantile()` returns NaN.
    BucketInf,
    /// The bucket `le="+Inf"` is not equal to `_count`. Is accepted; quantiles and averages contradict each other.
    BucketCount,
    /// A summary's `quantile` is absent or not within 0 and 1. Is accepted; the series means nothing.
    Quantile,
    /// `le` or `quantile` is not spelt as OpenMetrics wants it (`1.0`, not `1`). Prometheus 3 respells it;
    /// others store two series when the format changes.
    LabelFloat,
    /// A histogram or summary lacks `_sum` or `_count`. Is accepted; averages return nothing.
    SumOrCountMissing,

    // Native histograms.

    /// A native histogram's schema is not within −4 and 8. Fails the scrape.
    NativeSchema,
    /// Spans are not of as many buckets as there are, or one begins within the one before. Fails the scrape.
    NativeSpans,
    /// A bucket is negative, or the buckets do not add up to the count. Fails the scrape.
    NativeCount,
    /// A histogram has a schema, but no span, zero threshold or zero count. Is taken for a classic one.
    NativeHidden,

    // From one scrape to the next.

    /// A series is spelt other than in the previous page, mostly by the order of its labels.
    /// Is accepted; Prometheus looks series up by their text, so each change costs it time and memory.
    SeriesText,
    /// A family has another type than in the previous page. Is accepted; queries and metadata do not match.
    TypeChanged,
    /// A counter, or a bucket, count or sum, is smaller than in the previous page. Is taken for a restart:
    /// `rate()` adds the whole value.
    CounterFell,
}
