//! Whether a container is to run, by its restart policy and what became of it.

use crate::container::{Container, Policy, State};
use crate::inventory::run::Run;

/// Whether it is to run. The engine starts every container that ends under `always` and `unless-stopped`, so that one which
/// is down was stopped by hand: but for one whose start failed, and one whose end was seen and asked for by nobody.
pub(crate) fn expected_running(container: &Container, run: &Run) -> bool {
    let Some(state) = container.state else { return false };
    match (container.policy, state) {
        // Someone wants it so.
        (_, State::Paused | State::Removing) | (Policy::No, _) => false,
        (_, State::Running | State::Restarting) => true,
        (Policy::Always | Policy::UnlessStopped, State::Dead) => true,
        (Policy::Always | Policy::UnlessStopped, State::Created | State::Exited) => {
            container.failed_to_start || (run.was_seen_to_end() && !run.stopped)
        }
        (Policy::OnFailure, State::Created | State::Exited | State::Dead) => {
            container.failed_to_start || (!run.stopped && container.exit_code.is_some_and(|code| has_failed(code, run)))
        }
    }
}

/// Whether the engine takes the code for a failure. It can't be seen of one that ended before anybody looked whether the signal
/// that ended it was a stop.
fn has_failed(code: i64, run: &Run) -> bool {
    code != 0 && (run.was_seen_to_end() || !matches!(code, 137 | 143))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expected(policy: Policy, state: State, change: impl FnOnce(&mut Container, &mut Run)) -> bool {
        let mut container = Container { policy, state: Some(state), started_nanos: Some(1), ..Container::default() };
        let mut run = Run::of(&container);
        change(&mut container, &mut run);
        expected_running(&container, &run)
    }

    #[test]
    fn while_it_is_up() {
        for (policy, running) in
            [(Policy::No, false), (Policy::OnFailure, true), (Policy::Always, true), (Policy::UnlessStopped, true)]
        {
            assert_eq!(expected(policy, State::Running, |_, _| {}), running, "{policy:?}");
            assert_eq!(expected(policy, State::Restarting, |_, _| {}), running, "{policy:?}");
            assert!(!expected(policy, State::Paused, |_, _| {}), "{policy:?}");
        }
    }

    #[test]
    fn one_that_is_down_at_first_sight_was_stopped_by_hand_unless_it_could_not_start() {
        for policy in [Policy::Always, Policy::UnlessStopped, Policy::OnFailure, Policy::No] {
            assert!(!expected(policy, State::Exited, |_, _| {}), "{policy:?}");
            let failed = expected(policy, State::Created, |container, _| container.failed_to_start = true);
            assert_eq!(failed, policy != Policy::No, "{policy:?}");
        }
    }

    #[test]
    fn one_whose_end_was_seen() {
        let ended = |stopped| {
            move |container: &mut Container, run: &mut Run| {
                container.exit_code = Some(1);
                run.ends_as(stopped);
            }
        };
        for policy in [Policy::Always, Policy::OnFailure] {
            assert!(expected(policy, State::Exited, ended(false)), "{policy:?}");
            assert!(!expected(policy, State::Exited, ended(true)), "{policy:?}");
        }
    }

    #[test]
    fn one_that_a_signal_ended_before_anybody_looked_was_stopped() {
        for (code, expects) in [(0, false), (1, true), (137, false), (139, true), (143, false)] {
            let ended = |container: &mut Container, _: &mut Run| container.exit_code = Some(code);
            assert_eq!(expected(Policy::OnFailure, State::Exited, ended), expects, "{code}");
        }
    }

    #[test]
    fn a_word_that_is_not_known() {
        let container = Container { policy: Policy::Always, ..Container::default() };
        assert!(!expected_running(&container, &Run::default()));
    }
}
