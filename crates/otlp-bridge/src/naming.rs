//! OTLP names and units as Prometheus names, by the rules of the Collector's prometheus exporter.
//!
//! The rules are those of the OpenTelemetry specification (compatibility with Prometheus, release 1.38) with suffixes and
//! without UTF-8 names. Existing dashboards query what comes out, so nothing here is a matter of taste.

/// What a metric's kind adds to its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Suffix {
    /// A monotonic sum ends with `total`.
    Total,
    /// A gauge of unit `1` ends with `ratio`.
    Ratio,
    /// Anything else ends with its unit.
    None,
}

/// The name of the family in which a metric stands. `None` when nothing of the name can stand in one.
///
/// Characters outside `[A-Za-z0-9:]` part the name into tokens, which underscores join. The unit follows unless it is a
/// token already, then what the kind adds.
pub(crate) fn metric_name(name: &str, unit: &str, suffix: Suffix) -> Option<String> {
    let parts = |byte: char| !is_name_char(byte);
    let (main, per) = unit_tokens(unit);
    let mut tokens: Vec<&str> = name.split(parts).filter(|token| !token.is_empty()).collect();
    let main = main.filter(|main| !tokens.contains(&main.as_str()));
    let per = per.filter(|per| !tokens.contains(&per.as_str()));
    // A unit that ends with an underscore keeps it at the name's end, as in the rules' first implementation.
    let main = main.map(|main| if per.is_some() { main.trim_end_matches('_').to_owned() } else { main });
    tokens.extend([&main, &per].into_iter().flatten().map(String::as_str).filter(|token| !token.is_empty()));
    let last = match suffix {
        Suffix::Total => Some("total"),
        Suffix::Ratio if unit == "1" => Some("ratio"),
        Suffix::Ratio | Suffix::None => None,
    };
    if let Some(last) = last {
        tokens.retain(|token| *token != last);
        tokens.push(last);
    }
    let joined = tokens.join("_");
    let first = joined.chars().next()?;
    if joined.chars().all(|char| char == '_') {
        return None;
    }
    Some(if first.is_ascii_digit() { format!("_{joined}") } else { joined })
}

/// The label for an attribute's key, with `prefix` before it, appended to `out`. Nothing is appended, and the answer is
/// false, where no label can be made of them.
///
/// Each run of characters outside `[A-Za-z0-9]` becomes one underscore. A leading digit gets `key_` before it, a leading
/// underscore `key`.
pub(crate) fn label_name(prefix: &str, key: &str, out: &mut String) -> bool {
    // What starts and ends with two underscores is Prometheus' own.
    let is_reserved = key.len() >= 4 && key.starts_with("__") && key.ends_with("__");
    if key.is_empty() || (prefix.is_empty() && is_reserved) {
        return false;
    }
    let start = out.len();
    if prefix.is_empty() {
        match key.chars().next() {
            Some(first) if first.is_ascii_digit() => out.push_str("key_"),
            Some(first) if !first.is_ascii_alphabetic() => out.push_str("key"),
            _ => {}
        }
    }
    for char in prefix.chars().chain(key.chars()) {
        if char.is_ascii_alphanumeric() {
            out.push(char);
        } else if out.len() == start || !out.ends_with('_') {
            out.push('_');
        }
    }
    true
}

fn is_name_char(char: char) -> bool {
    char.is_ascii_alphanumeric() || char == ':'
}

/// What a unit adds to a name: `By/s` is `bytes` and `per_second`. A part with braces is a remark and adds nothing.
fn unit_tokens(unit: &str) -> (Option<String>, Option<String>) {
    let (main, per) = unit.split_once('/').unwrap_or((unit, ""));
    let named = |part: &str, table: &[(&str, &str)]| {
        let part = part.trim();
        let is_remark = part.is_empty() || part.contains(['{', '}']);
        let word = table.iter().find(|(unit, _)| *unit == part).map_or(part, |(_, word)| word);
        (!is_remark && !word.is_empty()).then(|| word.to_owned())
    };
    let main = named(main, &MAIN_UNITS).map(|word| cleaned(&word));
    let per = named(per, &PER_UNITS).map(|word| cleaned(&format!("per_{word}")));
    let per = per.map(|per| per.trim_end_matches('_').to_owned()).filter(|per| per != "per");
    (main.filter(|main| !main.is_empty()), per)
}

/// Runs of what can't stand in a name as one underscore each, none in front.
fn cleaned(unit: &str) -> String {
    let mut clean = String::with_capacity(unit.len());
    for char in unit.chars() {
        match char {
            char if is_name_char(char) => clean.push(char),
            _ if clean.is_empty() || clean.ends_with('_') => {}
            _ => clean.push('_'),
        }
    }
    clean
}

const MAIN_UNITS: [(&str, &str); 26] = [
    ("d", "days"),
    ("h", "hours"),
    ("min", "minutes"),
    ("s", "seconds"),
    ("ms", "milliseconds"),
    ("us", "microseconds"),
    ("ns", "nanoseconds"),
    ("By", "bytes"),
    ("KiBy", "kibibytes"),
    ("MiBy", "mebibytes"),
    ("GiBy", "gibibytes"),
    ("TiBy", "tibibytes"),
    ("KBy", "kilobytes"),
    ("MBy", "megabytes"),
    ("GBy", "gigabytes"),
    ("TBy", "terabytes"),
    ("m", "meters"),
    ("V", "volts"),
    ("A", "amperes"),
    ("J", "joules"),
    ("W", "watts"),
    ("g", "grams"),
    ("Cel", "celsius"),
    ("Hz", "hertz"),
    ("1", ""),
    ("%", "percent"),
];

const PER_UNITS: [(&str, &str); 7] =
    [("s", "second"), ("m", "minute"), ("h", "hour"), ("d", "day"), ("w", "week"), ("mo", "month"), ("y", "year")];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_of_claude_code() {
        for (name, unit, exposed) in [
            ("claude_code.session.count", "", "claude_code_session_count_total"),
            ("claude_code.session.count", "{count}", "claude_code_session_count_total"),
            ("claude_code.session.count", "count", "claude_code_session_count_total"),
            ("claude_code.lines_of_code.count", "", "claude_code_lines_of_code_count_total"),
            ("claude_code.pull_request.count", "", "claude_code_pull_request_count_total"),
            ("claude_code.commit.count", "", "claude_code_commit_count_total"),
            ("claude_code.cost.usage", "USD", "claude_code_cost_usage_USD_total"),
            ("claude_code.token.usage", "tokens", "claude_code_token_usage_tokens_total"),
            ("claude_code.code_edit_tool.decision", "", "claude_code_code_edit_tool_decision_total"),
            ("claude_code.active_time.total", "s", "claude_code_active_time_seconds_total"),
            ("codex.turn.cost_microusd", "", "codex_turn_cost_microusd_total"),
            ("gemini_cli.token.usage", "", "gemini_cli_token_usage_total"),
        ] {
            assert_eq!(metric_name(name, unit, Suffix::Total).as_deref(), Some(exposed), "{name} {unit}");
        }
    }

    #[test]
    fn histograms_and_gauges() {
        for (name, unit, suffix, exposed) in [
            ("gen_ai.client.token.usage", "{token}", Suffix::None, "gen_ai_client_token_usage"),
            ("gen_ai.client.operation.duration", "s", Suffix::None, "gen_ai_client_operation_duration_seconds"),
            ("codex.turn.e2e_duration_ms", "ms", Suffix::None, "codex_turn_e2e_duration_ms_milliseconds"),
            ("request.size", "By", Suffix::None, "request_size_bytes"),
            ("cpu.utilization", "1", Suffix::Ratio, "cpu_utilization_ratio"),
            ("hit.ratio.of.cache", "1", Suffix::Ratio, "hit_of_cache_ratio"),
            ("cpu.utilization", "1", Suffix::None, "cpu_utilization"),
            ("cpu.load", "%", Suffix::Ratio, "cpu_load_percent"),
        ] {
            assert_eq!(metric_name(name, unit, suffix).as_deref(), Some(exposed), "{name} {unit}");
        }
    }

    #[test]
    fn units_of_every_shape() {
        for (name, unit, exposed) in [
            ("disk.io", "By/s", "disk_io_bytes_per_second"),
            ("disk.io.per_second", "By/s", "disk_io_per_second_bytes_per_second"),
            ("requests", "{request}/s", "requests_per_second"),
            ("requests", "1/min", "requests_per_min"),
            ("requests", "/s", "requests_per_second"),
            ("requests", "By/{request}", "requests_bytes"),
            ("requests", " By / s ", "requests_bytes_per_second"),
            ("speed", "km/h", "speed_km_per_hour"),
            ("speed", "m/s/s", "speed_meters_per_s_s"),
            ("weight", "µg", "weight_g"),
            ("odd", "a__b", "odd_a_b"),
            ("odd", "/", "odd"),
            ("odd", "///", "odd"),
            ("lag_seconds_now", "s", "lag_seconds_now"),
        ] {
            assert_eq!(metric_name(name, unit, Suffix::None).as_deref(), Some(exposed), "{name} {unit}");
        }
    }

    #[test]
    fn names_that_have_to_change() {
        for (name, exposed) in [
            ("2xx.answers", "_2xx_answers_total"),
            ("a__b..c", "a_b_c_total"),
            ("_leading_", "leading_total"),
            ("total.of.total", "of_total"),
            ("ns:name", "ns:name_total"),
            ("grüße", "gr_e_total"),
            ("total", "total"),
            ("", "total"),
            ("…", "total"),
        ] {
            assert_eq!(metric_name(name, "", Suffix::Total).as_deref(), Some(exposed), "{name}");
        }
        assert_eq!(metric_name("…", "", Suffix::None), None);
        assert_eq!(metric_name("", "", Suffix::None), None);
    }

    #[test]
    fn labels() {
        for (prefix, key, label) in [
            ("", "session.id", Some("session_id")),
            ("", "user.account_uuid", Some("user_account_uuid")),
            ("", "http.status-code", Some("http_status_code")),
            ("", "a__b", Some("a_b")),
            ("", "trailing_", Some("trailing_")),
            ("", "_private", Some("key_private")),
            ("", "__two", Some("key_two")),
            ("", "1st", Some("key_1st")),
            ("", "_1st", Some("key_1st")),
            ("", "größe", Some("gr_e")),
            ("", "утф", Some("key_")),
            ("", "___", Some("key_")),
            ("", "a:b", Some("a_b")),
            ("", "__name__", None),
            ("", "", None),
            ("otel_scope_", "a.b", Some("otel_scope_a_b")),
            ("otel_scope_", "1st", Some("otel_scope_1st")),
            ("otel_scope_", "_x", Some("otel_scope_x")),
        ] {
            let mut out = String::from("before ");
            assert_eq!(label_name(prefix, key, &mut out), label.is_some(), "{key}");
            assert_eq!(out, format!("before {}", label.unwrap_or_default()), "{key}");
        }
    }
}
