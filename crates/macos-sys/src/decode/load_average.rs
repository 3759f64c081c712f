//! How many threads run or wait to.

/// Runnable threads, averaged over time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LoadAverage {
    /// Over one minute.
    pub one: f64,
    /// Over five minutes.
    pub five: f64,
    /// Over fifteen minutes.
    pub fifteen: f64,
}

/// Reads what getloadavg has written and how many averages it says that it has; `None` unless all three.
#[must_use]
pub fn decode_load_average(averages: [f64; 3], written: i32) -> Option<LoadAverage> {
    let [one, five, fifteen] = averages;
    (written == 3).then_some(LoadAverage { one, five, fifteen })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_averages_and_none() {
        let load = LoadAverage { one: 1.5, five: 2.0, fifteen: 2.25 };
        assert_eq!(decode_load_average([1.5, 2.0, 2.25], 3), Some(load));
        assert_eq!(decode_load_average([0.0; 3], -1), None);
    }
}
