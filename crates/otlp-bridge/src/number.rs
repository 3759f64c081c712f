//! Amounts of the ledger on a page.

use exposition::Number;
use ledger::Amount;

/// The amount with all its digits.
pub(crate) fn number(amount: Amount) -> Number {
    let (units, nanos) = amount.parts();
    Number::Decimal { units, nanos }
}
