//! How much is asked for at once.

use std::time::Duration;

/// A batch that takes longer is halved: the server answers nobody else meanwhile, and the scrape's time may be over.
const SLOW: Duration = Duration::from_millis(10);
/// A batch that takes no longer is doubled again.
const FAST: Duration = Duration::from_millis(3);

/// The size of a batch, as the server bears it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pace {
    size: u32,
    most: u32,
}

impl Pace {
    /// Begins with `size`.
    pub(super) fn new(size: u32, most: u32) -> Self {
        Pace { size: size.clamp(1, most.max(1)), most: most.max(1) }
    }

    pub(super) fn size(self) -> u32 {
        self.size
    }

    /// A batch of this size took so long.
    pub(super) fn took(&mut self, time: Duration) {
        if time > SLOW {
            self.halve();
        } else if time <= FAST {
            self.size = self.size.saturating_mul(2).min(self.most);
        }
    }

    pub(super) fn halve(&mut self) {
        self.size = (self.size / 2).max(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slow_batches_get_smaller_and_fast_ones_larger() {
        let mut pace = Pace::new(100, 150);
        let mut after = |millis| {
            pace.took(Duration::from_millis(millis));
            pace.size()
        };
        assert_eq!([11, 500, 5, 1, 1, 1].map(&mut after), [50, 25, 25, 50, 100, 150]);
        assert_eq!([20; 9].map(&mut after)[8], 1);
        assert_eq!(Pace::new(0, 0).size(), 1);
    }
}
