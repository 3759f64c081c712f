//! Requests of every shape, written in every way, and read; and the reference decoder beside ours on damaged ones.

use otlp::{DecodeError, Encoding, Limits};
use proptest::prelude::*;

use crate::captures::fixtures;
use crate::protobuf::within;
use crate::wire::{Message, Style};
use crate::{describe, reference, trees, wire};

/// By what they print: it takes one NaN for another and tells −0 from 0.
fn shown(tree: &impl std::fmt::Debug) -> String {
    format!("{tree:?}")
}

fn style() -> impl Strategy<Value = Style> {
    any::<[bool; 4]>().prop_map(|[quoted, packed, defaults, noise]| Style { quoted, packed, defaults, noise })
}

fn in_protobuf(message: &Message, style: Style) -> Vec<u8> {
    let mut bytes = Vec::new();
    wire::protobuf(message, style, &mut bytes);
    bytes
}

fn in_json(message: &Message, style: Style) -> Vec<u8> {
    let mut text = String::new();
    wire::json(message, style, &mut text);
    text.into_bytes()
}

/// The tree comes back from both encodings, and the reference decoder reads it too.
macro_rules! comes_back {
    ($tree:expr, $style:expr, $signal:ident) => {
        let (tree, style) = ($tree, $style);
        let message = describe::$signal(&tree);
        let expected = shown(&tree);

        let bytes = in_protobuf(&message, style);
        prop_assert_eq!(shown(&reference::$signal(&bytes).unwrap()), &*expected);
        prop_assert_eq!(shown(&otlp::$signal(&bytes, Encoding::Protobuf, &Limits::default()).unwrap()), &*expected);

        let json = in_json(&message, style);
        let read = otlp::$signal(&json, Encoding::Json, &Limits::default());
        prop_assert_eq!(shown(&read.unwrap()), &*expected, "{}", String::from_utf8_lossy(&json));
    };
}

/// What the reference takes, ours takes and reads alike. It refuses text that is not UTF-8, and messages of any kind
/// beyond a depth of 100; ours refuses what is beyond its limits.
macro_rules! agrees {
    ($bytes:expr, $signal:ident) => {
        let bytes = $bytes;
        let ours = otlp::$signal(bytes, Encoding::Protobuf, &Limits::default());
        match (reference::$signal(bytes), ours) {
            (Ok(_), Err(DecodeError::TooMany { .. })) | (Err(_), _) => {}
            (Ok(theirs), Ok(ours)) if ours == theirs => {}
            (Ok(theirs), ours) => assert_eq!(shown(&ours.unwrap()), shown(&theirs), "{bytes:?}"),
        }
    };
}

/// Changes single bytes, and cuts off what is behind the end.
fn damage(bytes: &mut Vec<u8>, changes: &[(prop::sample::Index, u8)], end: Option<prop::sample::Index>) {
    for (at, byte) in changes {
        if !bytes.is_empty() {
            let at = at.index(bytes.len());
            bytes[at] = *byte;
        }
    }
    if let Some(end) = end {
        bytes.truncate(end.index(bytes.len() + 1));
    }
}

fn changes() -> impl Strategy<Value = (Vec<(prop::sample::Index, u8)>, Option<prop::sample::Index>)> {
    let byte = prop_oneof![any::<u8>(), 0_u8..32, Just(0xff), Just(0x80)];
    let end = prop_oneof![4 => Just(None), 1 => any::<prop::sample::Index>().prop_map(Some)];
    (prop::collection::vec((any::<prop::sample::Index>(), byte), 1..6), end)
}

/// What JSON is made of, and what it is not.
fn marks() -> impl Strategy<Value = Vec<(prop::sample::Index, u8)>> {
    let mark = prop::sample::select(&b"{}[]\",:\\u0n-.e \x80\xff"[..]);
    prop::collection::vec((any::<prop::sample::Index>(), mark), 0..3)
}

proptest! {
    #[test]
    fn metrics_come_back(tree in trees::metrics(), style in style()) {
        comes_back!(tree, style, metrics);
    }

    #[test]
    fn logs_come_back(tree in trees::logs(), style in style()) {
        comes_back!(tree, style, logs);
    }

    #[test]
    fn traces_come_back(tree in trees::traces(), style in style()) {
        comes_back!(tree, style, traces);
    }

    #[test]
    fn damaged_metrics_in_protobuf(tree in trees::metrics(), style in style(), (changes, end) in changes()) {
        let mut bytes = in_protobuf(&describe::metrics(&tree), style);
        damage(&mut bytes, &changes, end);
        agrees!(&bytes, metrics);
    }

    #[test]
    fn damaged_logs_in_protobuf(tree in trees::logs(), style in style(), (changes, end) in changes()) {
        let mut bytes = in_protobuf(&describe::logs(&tree), style);
        damage(&mut bytes, &changes, end);
        agrees!(&bytes, logs);
    }

    #[test]
    fn damaged_traces_in_protobuf(tree in trees::traces(), style in style(), (changes, end) in changes()) {
        let mut bytes = in_protobuf(&describe::traces(&tree), style);
        damage(&mut bytes, &changes, end);
        agrees!(&bytes, traces);
    }

    // Two messages one after the other are one, whose parts add up.
    #[test]
    fn metrics_in_two_pieces(first in trees::metrics(), second in trees::metrics(), style in style()) {
        let pieces = [describe::metrics(&first), describe::metrics(&second)];
        let bytes = pieces.map(|piece| in_protobuf(&piece, style)).concat();
        agrees!(&bytes, metrics);
    }

    /// A resource, scope, metric, point or value in two pieces, of which the second may say something else.
    #[test]
    fn parts_of_messages_in_two_pieces(first in trees::metrics(), second in trees::metrics(), style in style()) {
        let [first, second] = [first, second].map(|tree| in_protobuf(&describe::metrics(&tree), style));
        // Without their keys and lengths, several levels deep.
        let (mut one, mut other) = (&first[..], &second[..]);
        let mut path = Vec::new();
        for _ in 0..5 {
            let (Some((number, inner)), Some((_, theirs))) = (first_block(one), first_block(other)) else { break };
            path.push(number);
            (one, other) = (inner, theirs);
            agrees!(&within(&path, &[one, other].concat()), metrics);
        }
    }

    #[test]
    fn damaged_requests_in_json(
        which in any::<prop::sample::Index>(),
        (changes, end) in changes(),
        marks in marks(),
    ) {
        let requests = fixtures(".json");
        let mut bytes = which.get(&requests).1.clone();
        damage(&mut bytes, &changes[..changes.len() / 2], end);
        damage(&mut bytes, &marks, None);
        let limits = Limits::default();
        let reads = [
            otlp::metrics(&bytes, Encoding::Json, &limits).map(drop),
            otlp::logs(&bytes, Encoding::Json, &limits).map(drop),
            otlp::traces(&bytes, Encoding::Json, &limits).map(drop),
        ];
        // What is taken is JSON. Escapes of fields that are skipped are not looked at.
        if reads.contains(&Ok(())) && !bytes.contains(&b'\\') {
            let text = String::from_utf8_lossy(&bytes);
            let read = serde_json::from_str::<serde_json::Value>(&text);
            let is_json = read.map_or_else(|error| error.to_string().contains("number out of range"), |_| true);
            prop_assert!(is_json, "{}", text);
        }
    }
}

#[test]
fn real_requests_damaged_at_every_byte() {
    let limits = Limits::default();
    for (name, bytes) in fixtures("delta.metrics.pb").into_iter().chain(fixtures("cost.logs.pb")) {
        for at in 0..bytes.len() {
            for byte in [0, 0x7f, 0xff, bytes[at] ^ 1, bytes[at] ^ 8] {
                let mut damaged = bytes.clone();
                damaged[at] = byte;
                if name.contains("metrics") {
                    agrees!(&damaged, metrics);
                } else {
                    agrees!(&damaged, logs);
                }
            }
            assert_eq!(
                otlp::metrics(&bytes[..at], Encoding::Json, &limits).unwrap_err().to_string().lines().count(),
                1
            );
        }
    }
}

/// The first field that declares its length: its number and content.
fn first_block(bytes: &[u8]) -> Option<(u32, &[u8])> {
    let (key, rest) = bytes.split_first()?;
    let (length, rest) = match rest {
        [length @ 0..0x80, rest @ ..] => (usize::from(*length), rest),
        [low, high @ 0..0x80, rest @ ..] => (usize::from(low & 0x7f) | usize::from(*high) << 7, rest),
        _ => return None,
    };
    (key & 0x87 == 2).then_some((u32::from(key >> 3), rest.get(..length)?))
}
