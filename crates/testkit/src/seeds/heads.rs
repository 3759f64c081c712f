//! Responses that are wrong before their page is read.

use super::{Alone, UP};
use crate::Rule;
use crate::responses::{TEXT_TYPE, coded, framed, gzip, response, typed};

pub(super) fn heads() -> Vec<Alone> {
    let length = UP.len();
    let status = |status: &str| {
        response(&format!("HTTP/1.1 {status}\r\nContent-Type: {TEXT_TYPE}\r\nContent-Length: {length}"), UP)
    };
    let flipped_checksum = || {
        let mut body = gzip(UP);
        let checksum = body.len() - 8;
        body[checksum] ^= 1;
        body
    };
    vec![
        (Rule::Head, "nothing", Vec::new()),
        (Rule::Head, "a page without a head", UP.into()),
        (Rule::Head, "a head that breaks off", b"HTTP/1.1 200 OK\r\nContent-Type: text/pl".to_vec()),
        (Rule::Head, "another protocol", response("ICY 200 OK\r\nContent-Length: 0", "")),
        (Rule::Head, "a header without a colon", response("HTTP/1.1 200 OK\r\nContent-Length", "")),
        (Rule::Head, "a space before the colon", response("HTTP/1.1 200 OK\r\nContent-Length : 0", "")),
        (Rule::Head, "line feeds alone", b"HTTP/1.1 200 OK\nContent-Length: 0\n\n\r\n\r\n".to_vec()),
        (Rule::Status, "204", response("HTTP/1.1 204 No Content", "")),
        (Rule::Status, "206", status("206 Partial Content")),
        (Rule::Status, "503", status("503 Service Unavailable")),
        (Rule::Status, "302", status("302 Found")),
        (
            Rule::BodyLength,
            "a body shorter than Content-Length",
            framed(&format!("Content-Length: {}", length + 1), UP),
        ),
        (Rule::BodyLength, "a body longer than Content-Length", framed(&format!("Content-Length: {}", length - 1), UP)),
        (Rule::BodyLength, "a length that is no number", framed("Content-Length: +35", UP)),
        (Rule::BodyLength, "no length", response(&format!("HTTP/1.1 200 OK\r\nContent-Type: {TEXT_TYPE}"), UP)),
        (Rule::BodyLength, "two lengths", framed("Content-Length: 35\r\nContent-Length: 35", UP)),
        (
            Rule::BodyLength,
            "a length and chunks",
            framed("Content-Length: 5\r\nTransfer-Encoding: chunked", "0\r\n\r\n"),
        ),
        (Rule::BodyLength, "chunks that break off", framed("Transfer-Encoding: chunked", format!("23\r\n{UP}\r\n"))),
        (
            Rule::BodyLength,
            "a chunk longer than said",
            framed("Transfer-Encoding: chunked", format!("22\r\n{UP}\r\n0\r\n\r\n")),
        ),
        (
            Rule::BodyLength,
            "a chunk of no size",
            framed("Transfer-Encoding: chunked", format!("x\r\n{UP}\r\n0\r\n\r\n")),
        ),
        (
            Rule::BodyLength,
            "bytes after the last chunk",
            framed("Transfer-Encoding: chunked", format!("23\r\n{UP}\r\n0\r\n\r\nup 1")),
        ),
        (Rule::ContentEncoding, "zstd", coded("zstd", [0x28, 0xb5, 0x2f, 0xfd])),
        (
            Rule::ContentEncoding,
            "gzip twice",
            response(
                &format!(
                    "HTTP/1.1 200 OK\r\nContent-Type: {TEXT_TYPE}\r\nContent-Encoding: gzip\r\nContent-Encoding: gzip\r\nContent-Length: 35"
                ),
                UP,
            ),
        ),
        (Rule::ContentEncoding, "plain text under gzip", coded("gzip", UP)),
        (Rule::ContentEncoding, "nothing under gzip", coded("gzip", "")),
        (Rule::ContentEncoding, "gzip cut off", coded("gzip", &gzip(UP)[..40])),
        (Rule::ContentEncoding, "gzip with a wrong checksum", coded("gzip", flipped_checksum())),
        (Rule::ContentEncoding, "bytes after gzip", coded("gzip", [gzip(UP), UP.into()].concat())),
        (Rule::ContentType, "none", response(&format!("HTTP/1.1 200 OK\r\nContent-Length: {length}"), UP)),
        (Rule::ContentType, "two", framed(&format!("Content-Type: {TEXT_TYPE}\r\nContent-Length: {length}"), UP)),
        (Rule::ContentType, "text/html", typed("text/html; charset=utf-8", UP)),
        (Rule::ContentType, "application/json", typed("application/json", UP)),
        (Rule::ContentType, "not parsable", typed("text/plain; version=0.0.4; charset", UP)),
        (
            Rule::ContentType,
            "OpenMetrics 2.0",
            typed("application/openmetrics-text; version=2.0.0; charset=utf-8", format!("{UP}# EOF\n")),
        ),
    ]
}
