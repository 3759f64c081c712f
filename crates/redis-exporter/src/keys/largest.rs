//! The largest of many.

use std::cmp::Ordering;

use exporter_toolkit::order;

/// The first of everything that was added, in an order; of the rest nothing is kept.
#[derive(Debug)]
pub(super) struct Largest<T> {
    most: usize,
    order: fn(&T, &T) -> Ordering,
    /// Up to twice as many, so that they are sorted rarely.
    kept: Vec<T>,
    /// Whether the last of `kept` is the least that is still of interest.
    full: bool,
}

impl<T> Largest<T> {
    /// Keeps `most`; `order` puts the largest first.
    pub(super) fn new(most: usize, order: fn(&T, &T) -> Ordering) -> Self {
        Largest { most, order, kept: Vec::new(), full: false }
    }

    pub(super) fn add(&mut self, one: T) {
        if self.full && self.least().is_none_or(|least| (self.order)(&one, least) == Ordering::Greater) {
            return;
        }
        self.kept.push(one);
        if self.kept.len() > self.most.saturating_mul(2) {
            self.cut();
        }
    }

    /// Those that are kept, the largest first.
    pub(super) fn into_vec(mut self) -> Vec<T> {
        self.cut();
        self.kept.shrink_to_fit();
        self.kept
    }

    fn least(&self) -> Option<&T> {
        self.kept.get(self.most.checked_sub(1)?)
    }

    fn cut(&mut self) {
        order::sort_by(&mut self.kept, self.order);
        if self.kept.len() > self.most {
            self.kept.truncate(self.most);
            self.full = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_of_a_hundred() {
        let mut largest = Largest::new(3, |a: &i32, b| b.cmp(a));
        for number in (0..100).map(|number| number * 37 % 100) {
            largest.add(number);
            assert!(largest.kept.len() <= 6);
        }
        assert_eq!(largest.into_vec(), [99, 98, 97]);
    }

    #[test]
    fn fewer_than_are_kept() {
        let mut largest = Largest::new(3, |a: &i32, b| b.cmp(a));
        largest.add(1);
        largest.add(2);
        assert_eq!(largest.into_vec(), [2, 1]);
    }

    #[test]
    fn none_are_kept() {
        let mut largest = Largest::new(0, |a: &i32, b| b.cmp(a));
        largest.add(1);
        assert_eq!(largest.into_vec(), [0; 0]);
    }
}
