//! From the bytes of one HTTP/1.1 response to its body.

use std::io::Read;

use super::{Report, Rule};

/// No page comes near; what inflates to more is a bomb.
const MAX_INFLATED: u64 = 16 << 20;

/// One response, its body unframed and inflated as far as that went.
pub(crate) struct Response {
    pub(crate) status: u16,
    /// In the order received, names as received.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Response {
    /// Reads a response; `None`, with a [`Rule::Head`], if there is no body to speak of.
    pub(crate) fn read(raw: &[u8], report: &mut Report) -> Option<Response> {
        let Some((status, headers, framed)) = head(raw) else {
            report.here(Rule::Head, "the response does not start with a status line and headers of HTTP/1.1");
            return None;
        };
        let mut response = Response { status, headers, body: Vec::new() };
        let unframed = response.unframe(framed, report);
        response.body = response.inflate(unframed, report);
        Some(response)
    }

    /// All values of a header, whatever the case of its name.
    pub(crate) fn values(&self, name: &str) -> Vec<&str> {
        let named = self.headers.iter().filter(|(header, _)| header.eq_ignore_ascii_case(name));
        named.map(|(_, value)| value.as_str()).collect()
    }

    fn unframe(&self, framed: &[u8], report: &mut Report) -> Vec<u8> {
        let mut body = framed.to_vec();
        let problem = match (&self.values("content-length")[..], &self.values("transfer-encoding")[..]) {
            ([length], []) if decimal(length) == Some(framed.len()) => None,
            ([length], []) => Some(format!("Content-Length is {length}, the body has {} bytes", framed.len())),
            ([], ["chunked"]) => {
                body.clear();
                let whole = unchunk(framed, &mut body);
                whole.is_none().then(|| format!("the chunks break off or run over after {} bytes", body.len()))
            }
            _ => Some("the head has not exactly one Content-Length or `Transfer-Encoding: chunked`".to_owned()),
        };
        if let Some(problem) = problem {
            report.here(Rule::BodyLength, problem);
        }
        body
    }

    #[expect(
        clippy::disallowed_types,
        clippy::disallowed_methods,
        reason = "what a program under test has sent, and take bounds it"
    )]
    fn inflate(&self, body: Vec<u8>, report: &mut Report) -> Vec<u8> {
        let codings = self.values("content-encoding");
        let gzip = match codings[..] {
            [] | ["identity"] => return body,
            ["gzip"] => flate2::read::MultiGzDecoder::new(&body[..]),
            _ => {
                report.here(Rule::ContentEncoding, format!("the coding {:?} is not gzip", codings.join(", ")));
                return body;
            }
        };
        let mut inflated = Vec::new();
        let problem = match gzip.take(MAX_INFLATED + 1).read_to_end(&mut inflated) {
            Err(err) => err.to_string(),
            Ok(_) if body.is_empty() => "there is nothing to inflate".to_owned(),
            Ok(length) if length as u64 > MAX_INFLATED => format!("inflates to over {MAX_INFLATED} bytes"),
            Ok(_) => return inflated,
        };
        report.here(Rule::ContentEncoding, format!("gzip: {problem}"));
        inflated
    }
}

type Head<'a> = (u16, Vec<(String, String)>, &'a [u8]);

/// Status, headers and what follows them.
fn head(raw: &[u8]) -> Option<Head<'_>> {
    let end = raw.windows(4).position(|window| window == b"\r\n\r\n")?;
    let (head, rest) = raw.split_at(end);
    let mut lines = std::str::from_utf8(head).ok()?.split("\r\n");
    let (code, reason) = lines.next()?.strip_prefix("HTTP/1.1 ")?.split_once(' ')?;
    let status = decimal(code).filter(|_| code.len() == 3 && is_value(reason))?;
    let headers = lines.map(header).collect::<Option<_>>()?;
    Some((u16::try_from(status).ok()?, headers, rest.get(4..)?))
}

fn header(line: &str) -> Option<(String, String)> {
    let (name, value) = line.split_once(':')?;
    let is_name = !name.is_empty() && name.bytes().all(|b| b.is_ascii_graphic());
    (is_name && is_value(value)).then(|| (name.to_owned(), value.trim_matches([' ', '\t']).to_owned()))
}

fn is_value(text: &str) -> bool {
    !text.contains(|c: char| c.is_control() && c != '\t')
}

/// Appends what the chunks carry; `None` where they break off, are malformed, or are followed by anything.
fn unchunk(mut rest: &[u8], body: &mut Vec<u8>) -> Option<()> {
    loop {
        let (line, after) = crlf_line(rest)?;
        let size = line.split(|b| *b == b';').next()?;
        let size = Some(size).filter(|size| size.iter().all(u8::is_ascii_hexdigit))?;
        let size = usize::from_str_radix(std::str::from_utf8(size).ok()?, 16).ok()?;
        rest = after;
        if size == 0 {
            break;
        }
        body.extend_from_slice(rest.get(..size).unwrap_or(rest));
        rest = rest.get(size..)?.strip_prefix(b"\r\n")?;
    }
    loop {
        let (trailer, after) = crlf_line(rest)?;
        rest = after;
        if trailer.is_empty() {
            return rest.is_empty().then_some(());
        }
    }
}

fn crlf_line(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = bytes.windows(2).position(|window| window == b"\r\n")?;
    Some((bytes.get(..end)?, bytes.get(end + 2..)?))
}

fn decimal(text: &str) -> Option<usize> {
    text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok())?
}
