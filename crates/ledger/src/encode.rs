//! Histograms as bytes of the file: a tag, then variable-length integers and little-endian doubles.

use crate::Amount;
use crate::exponential::{Buckets, Exponential};
use crate::histogram::Histogram;

/// What is kept of a histogram account, or of a cumulative stream of histograms.
pub(crate) trait State: Sized {
    /// The first byte of its encoding.
    const TAG: u8;

    fn encode(&self) -> Vec<u8>;

    /// `None` if the bytes are not what `encode` writes.
    fn decode(bytes: &[u8]) -> Option<Self>;
}

impl State for Histogram {
    const TAG: u8 = 1;

    fn encode(&self) -> Vec<u8> {
        let mut out = vec![Self::TAG];
        put_sum(&mut out, self.sum);
        put(&mut out, self.bounds.len() as u64);
        for bound in &self.bounds {
            out.extend_from_slice(&bound.to_le_bytes());
        }
        for &count in &self.counts {
            put(&mut out, count);
        }
        out
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let mut reader = Reader(bytes.strip_prefix(&[Self::TAG])?);
        let sum = reader.sum()?;
        let length = reader.length()?;
        let bounds = (0..length).map(|_| reader.double()).collect::<Option<_>>()?;
        let counts = (0..=length).map(|_| reader.integer()).collect::<Option<Vec<_>>>()?;
        let count = counts.iter().try_fold(0_u64, |all, &count| all.checked_add(count))?;
        let histogram = Histogram { bounds, counts, sum, count };
        (reader.0.is_empty() && histogram.is_sound()).then_some(histogram)
    }
}

impl State for Exponential {
    const TAG: u8 = 2;

    fn encode(&self) -> Vec<u8> {
        let mut out = vec![Self::TAG];
        put_sum(&mut out, self.sum);
        out.extend_from_slice(&self.scale.to_le_bytes());
        out.extend_from_slice(&self.zero_threshold.to_le_bytes());
        put(&mut out, self.zero_count);
        for side in [&self.positive, &self.negative] {
            out.extend_from_slice(&side.offset.to_le_bytes());
            put(&mut out, side.counts.len() as u64);
            for &count in &side.counts {
                put(&mut out, count);
            }
        }
        out
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let mut reader = Reader(bytes.strip_prefix(&[Self::TAG])?);
        let sum = reader.sum()?;
        let (scale, zero_threshold, zero_count) = (reader.int32()?, reader.double()?, reader.integer()?);
        let (positive, negative) = (reader.buckets()?, reader.buckets()?);
        let mut counts = positive.counts.iter().chain(&negative.counts);
        let count = counts.try_fold(zero_count, |all, &count| all.checked_add(count))?;
        let exponential = Exponential { scale, zero_threshold, zero_count, positive, negative, sum, count };
        (reader.0.is_empty() && exponential.is_sound()).then_some(exponential)
    }
}

fn put(out: &mut Vec<u8>, mut value: u64) {
    loop {
        let [low, ..] = value.to_le_bytes();
        value >>= 7;
        if value == 0 {
            return out.push(low);
        }
        out.push(low | 0x80);
    }
}

fn put_sum(out: &mut Vec<u8>, sum: Option<Amount>) {
    out.push(u8::from(sum.is_some()));
    if let Some((units, nanos)) = sum.map(Amount::parts) {
        out.extend_from_slice(&units.to_le_bytes());
        out.extend_from_slice(&nanos.to_le_bytes());
    }
}

/// What is left to read.
struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*taken)
    }

    fn integer(&mut self) -> Option<u64> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let [byte] = self.take()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(value);
            }
        }
        None
    }

    /// A number of things that take a byte each at least, so that damage asks for no memory.
    fn length(&mut self) -> Option<usize> {
        usize::try_from(self.integer()?).ok().filter(|&length| length <= self.0.len())
    }

    fn double(&mut self) -> Option<f64> {
        self.take().map(f64::from_le_bytes)
    }

    fn int32(&mut self) -> Option<i32> {
        self.take().map(i32::from_le_bytes)
    }

    fn sum(&mut self) -> Option<Option<Amount>> {
        match self.take()? {
            [0] => Some(None),
            [1] => {
                let units = self.take().map(i64::from_le_bytes)?;
                Amount::from_parts(units, self.take().map(u32::from_le_bytes)?).map(Some)
            }
            _ => None,
        }
    }

    fn buckets(&mut self) -> Option<Buckets> {
        let (offset, length) = (self.int32()?, self.length()?);
        let counts = (0..length).map(|_| self.integer()).collect::<Option<_>>()?;
        Some(Buckets { offset, counts })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exponential() -> Exponential {
        Exponential {
            scale: -3,
            zero_threshold: 1e-9,
            zero_count: 300,
            positive: Buckets { offset: -70, counts: vec![1, 0, 1 << 40] },
            negative: Buckets { offset: 5, counts: vec![7] },
            sum: Amount::from_f64(-0.25),
            count: 300 + 1 + (1 << 40) + 7,
        }
    }

    #[test]
    fn there_and_back() {
        let sum = Some(Amount::from_i64(i64::MIN));
        let histogram = Histogram { bounds: vec![-1.5, 0.0], counts: vec![0, 127, 128], sum, count: 255 };
        for histogram in [Histogram::default(), Histogram { sum: None, ..histogram.clone() }, histogram] {
            assert_eq!(Histogram::decode(&histogram.encode()), Some(histogram));
        }
        for exponential in [Exponential::default(), exponential()] {
            assert_eq!(Exponential::decode(&exponential.encode()), Some(exponential));
        }
    }

    #[test]
    fn what_was_not_encoded_here() {
        let whole = exponential().encode();
        for length in 0..whole.len() {
            assert_eq!(Exponential::decode(&whole[..length]), None);
        }
        assert_eq!(Exponential::decode(&[&whole[..], &[0]].concat()), None);
        assert_eq!(Histogram::decode(&whole), None);
        assert_eq!(Histogram::decode(&[1, 0, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1]), None);
    }
}
