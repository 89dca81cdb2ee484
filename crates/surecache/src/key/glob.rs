//! Patterns of plain keys, matched as Redis and Valkey match them.
//!
//! ```text
//! *        any bytes, or none
//! ?        one byte
//! [a-z_]   one of these, either end of a span first; [^...] one that is none of them
//! \x       x itself, also within brackets
//! ```
//! What is left open at the end is closed there. Bytes are compared, not letters.

use std::ffi::c_char;

/// A pattern, read.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Glob {
    source: Vec<u8>,
    pieces: Vec<Piece>,
    is_open: bool,
}

#[derive(Clone, Debug, Eq, PartialEq)]
enum Piece {
    Any,
    Many,
    One(u8),
    Of { is_negated: bool, spans: Vec<Span> },
}

/// Both ends included. Servers compare characters of C, which have a sign on most machines.
type Span = (c_char, c_char);

impl Glob {
    /// The pattern that a text says. Every text is one.
    pub fn new(source: &[u8]) -> Self {
        let (mut pieces, mut rest, mut is_open) = (Vec::new(), source, false);
        while let Some((first, behind)) = rest.split_first() {
            rest = behind;
            match (first, behind.split_first()) {
                (b'*', _) => pieces.push(Piece::Many),
                (b'?', _) => pieces.push(Piece::Any),
                (b'[', _) => {
                    let (piece, end) = brackets(behind);
                    pieces.push(piece);
                    is_open = end.is_none();
                    rest = end.unwrap_or_default();
                }
                (b'\\', Some((escaped, behind))) => {
                    pieces.push(Piece::One(*escaped));
                    rest = behind;
                }
                (other, _) => {
                    is_open = *other == b'\\';
                    pieces.push(Piece::One(*other));
                }
            }
        }
        pieces.dedup_by(|next, before| (&*next, &*before) == (&Piece::Many, &Piece::Many));
        Self { source: source.to_vec(), pieces, is_open }
    }

    /// A text as a pattern that only itself matches.
    pub fn escape(text: &[u8]) -> Vec<u8> {
        let mut escaped = Vec::with_capacity(text.len());
        for byte in text {
            if matches!(byte, b'*' | b'?' | b'[' | b']' | b'\\') {
                escaped.push(b'\\');
            }
            escaped.push(*byte);
        }
        escaped
    }

    /// The text that says it.
    pub fn as_bytes(&self) -> &[u8] {
        &self.source
    }

    /// True where its text ends within brackets or behind a backslash: what is written behind it
    /// would be taken for a part of it.
    pub fn is_open(&self) -> bool {
        self.is_open
    }

    /// What every key that matches begins with.
    pub fn beginning(&self) -> Vec<u8> {
        let literal = |piece: &Piece| match piece {
            Piece::One(byte) => Some(*byte),
            _ => None,
        };
        self.pieces.iter().map_while(literal).collect()
    }

    /// Whether a key matches. Takes at most so many steps: the bytes of both, multiplied.
    pub fn matches(&self, key: &[u8]) -> bool {
        let (mut piece, mut at) = (0, 0);
        // The piece behind the last `*`, and where in the key it was tried.
        let mut tried: Option<(usize, usize)> = None;
        loop {
            match (self.pieces.get(piece), key.get(at)) {
                (Some(Piece::Many), _) => {
                    piece += 1;
                    tried = Some((piece, at));
                }
                (Some(one), Some(byte)) if one.takes(*byte) => (piece, at) = (piece + 1, at + 1),
                (None, None) => return true,
                _ => match &mut tried {
                    Some((behind, from)) if *from < key.len() => {
                        *from += 1;
                        (piece, at) = (*behind, *from);
                    }
                    _ => return false,
                },
            }
        }
    }
}

impl Piece {
    /// Whether a byte is what it stands for, of those that stand for one.
    fn takes(&self, byte: u8) -> bool {
        match self {
            Self::Any => true,
            Self::Many => false,
            Self::One(one) => *one == byte,
            Self::Of { is_negated, spans } => {
                let byte = character(byte);
                spans.iter().any(|(low, high)| (*low..=*high).contains(&byte)) != *is_negated
            }
        }
    }
}

/// What stands in brackets, and what is behind them; `None` where nothing closes them.
fn brackets(source: &[u8]) -> (Piece, Option<&[u8]>) {
    let (is_negated, mut rest) = match source.strip_prefix(b"^") {
        Some(rest) => (true, rest),
        None => (false, source),
    };
    let mut spans = Vec::new();
    let end = loop {
        rest = match rest {
            [] => break None,
            [b'\\', escaped, behind @ ..] => {
                spans.push(span(*escaped, *escaped));
                behind
            }
            [b']', behind @ ..] => break Some(behind),
            [low, b'-', high, behind @ ..] => {
                spans.push(span(*low, *high));
                behind
            }
            [one, behind @ ..] => {
                spans.push(span(*one, *one));
                behind
            }
        };
    };
    (Piece::Of { is_negated, spans }, end)
}

fn span(one: u8, other: u8) -> Span {
    let (one, other) = (character(one), character(other));
    (one.min(other), one.max(other))
}

fn character(byte: u8) -> c_char {
    c_char::from_ne_bytes([byte])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Glob;

    fn matching(pattern: &str) -> Vec<&'static str> {
        let keys = ["a", "b", "ab", "abc", "a*c", "a]c", "a-c", "a\\c", "[", "^"];
        let glob = Glob::new(pattern.as_bytes());
        keys.into_iter().filter(|key| glob.matches(key.as_bytes())).collect()
    }

    #[test]
    fn each_sign_means_what_the_head_says() {
        assert_eq!(matching("a"), ["a"]);
        assert_eq!(matching("?"), ["a", "b", "[", "^"]);
        assert_eq!(matching("a*"), ["a", "ab", "abc", "a*c", "a]c", "a-c", "a\\c"]);
        assert_eq!(matching("**b**"), ["b", "ab", "abc"]);
        assert_eq!(matching("a?c"), ["abc", "a*c", "a]c", "a-c", "a\\c"]);
        assert_eq!(matching("a[a-c]c"), ["abc"]);
        assert_eq!(matching("a[c-a]*"), ["ab", "abc"]);
        assert_eq!(matching("a[^b]c"), ["a*c", "a]c", "a-c", "a\\c"]);
        assert_eq!(matching("a\\*c"), ["a*c"]);
        assert_eq!(matching("a[-\\]*]c"), ["a*c", "a]c", "a-c"]);
        assert_eq!(matching("\\^"), ["^"]);
    }

    #[test]
    fn what_is_open_at_the_end_is_closed_there() {
        assert_eq!(matching("["), [""; 0]);
        assert_eq!(matching("[^"), ["a", "b", "[", "^"]);
        assert_eq!(matching("[ab"), ["a", "b"]);
        assert_eq!(matching("a[\\"), [""; 0]);
        assert_eq!(matching("[]a]"), [""; 0]);
        assert!(Glob::new(b"a\\").matches(b"a\\"));
    }

    proptest! {
        #[test]
        fn an_escaped_text_matches_itself_alone(
            text in any::<Vec<u8>>(),
            other in any::<Vec<u8>>(),
        ) {
            let glob = Glob::new(&Glob::escape(&text));
            prop_assert!(glob.matches(&text));
            prop_assert_eq!(glob.matches(&other), text == other);
        }
    }
}
