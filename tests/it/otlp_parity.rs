//! The bridge and a live Collector side by side.

mod cases;

use testkit::http;

use crate::otelcol::Collector;
use crate::tools::Tools;

#[test]
fn dump() {
    let Some(tools) = Tools::find("otlp_parity", &["otelcol"]) else { return };
    let mut out = String::new();
    for case in cases::all(1_767_225_600_000_000_000) {
        let collector = Collector::start(&tools);
        out += &format!("\n==== {}\n", case.name);
        for request in &case.requests {
            let headers = [("Content-Type", "application/x-protobuf")];
            let answer = http::post(collector.otlp.address(), "/v1/metrics", &headers, &request.protobuf()).unwrap();
            out += &format!("> {}\n", String::from_utf8(request.json(testkit::otlp::Integers::Strings)).unwrap());
            out += &format!("< {} {:?}\n", answer.status, answer.text());
        }
        let page = http::get(collector.page, "/metrics", &[]).unwrap();
        out += &format!("-- page: {}\n{}", page.status, page.text());
        let log = collector.otlp.stderr();
        if !log.is_empty() {
            out += &format!("-- log:\n{log}");
        }
    }
    std::fs::write("/tmp/peer-naming.txt", out).unwrap();
}
