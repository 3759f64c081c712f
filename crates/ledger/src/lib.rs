//! Exact, durable totals of what was counted: acknowledged is durable, and nothing is counted twice.
