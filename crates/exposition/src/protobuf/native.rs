//! Native histograms.

use super::wire;

/// A histogram with exponential buckets as Prometheus has it.
#[derive(Debug, PartialEq)]
pub(crate) struct Native {
    /// −4 to 8: bounds are the powers of `2^(2^-schema)`.
    pub(crate) schema: i32,
    pub(crate) zero_threshold: f64,
    pub(crate) zero_count: u64,
    pub(crate) positive: Span,
    pub(crate) negative: Span,
}

/// The buckets of one sign, without a gap; the first and the last are not empty.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Span {
    /// The index of the first bucket, whose upper bound is that power of the base.
    pub(crate) offset: i32,
    pub(crate) counts: Vec<u64>,
}

impl Native {
    /// The same histogram before anything was observed.
    pub(crate) fn emptied(self) -> Native {
        Native { zero_count: 0, positive: Span::default(), negative: Span::default(), ..self }
    }

    /// Appends the fields of a histogram that make it a native one.
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        wire::signed(5, self.schema.into(), out);
        wire::double(6, self.zero_threshold, out);
        wire::unsigned(7, self.zero_count, out);
        self.negative.write(9, 10, out);
        if self.positive.counts.is_empty() {
            // A span of nothing tells a native histogram that is empty from a classic one.
            wire::message(12, out, |out| {
                wire::signed(1, 0, out);
                wire::unsigned(2, 0, out);
            });
        }
        self.positive.write(12, 13, out);
    }
}

impl Span {
    /// The span, and each count as its difference to the one before.
    fn write(&self, span: u8, deltas: u8, out: &mut Vec<u8>) {
        if self.counts.is_empty() {
            return;
        }
        wire::message(span, out, |out| {
            wire::signed(1, self.offset.into(), out);
            wire::unsigned(2, self.counts.len() as u64, out);
        });
        wire::message(deltas, out, |out| {
            let mut before = 0;
            for count in &self.counts {
                wire::zigzag(count.wrapping_sub(before).cast_signed(), out);
                before = *count;
            }
        });
    }
}
