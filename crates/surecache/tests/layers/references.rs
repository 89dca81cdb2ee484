//! The paths in a file that start at the crate's root or at a parent, made absolute.

use crate::tokens::{Token, tokens};

/// A path that a file names.
#[derive(Debug, Eq, PartialEq)]
pub(crate) struct Reference {
    /// From 1.
    pub(crate) line: usize,
    /// From the crate's root.
    pub(crate) path: Vec<String>,
}

/// All such paths in `source`, the text of a file that is the module `module`. Each branch of a
/// group in braces is a path of its own; `self` and globs stand for the path before them.
pub(crate) fn references(module: &[String], source: &str) -> Vec<Reference> {
    let tokens = tokens(source);
    let mut found = Vec::new();
    let mut modules = Modules { file: module, inline: Vec::new(), depth: 0 };
    for at in 0..tokens.len() {
        modules.step(&tokens, at);
        let is_start = !matches!(tokens.get(at.wrapping_sub(1)), Some(token) if is(token, "::"));
        if !is_start || !tokens.get(at + 1).is_some_and(|token| is(token, "::")) {
            continue;
        }
        let base = match tokens[at].text.as_str() {
            "crate" => Vec::new(),
            "self" => modules.path(),
            "super" => {
                let mut path = modules.path();
                path.pop();
                path
            }
            _ => continue,
        };
        branch(&tokens, at + 2, base, &mut found);
    }
    found
}

/// Reads one branch of a path, from what follows its `::`; gives the place behind it.
fn branch(
    tokens: &[Token],
    mut at: usize,
    mut path: Vec<String>,
    found: &mut Vec<Reference>,
) -> usize {
    let line = tokens.get(at).map_or(0, |token| token.line);
    while let Some(token) = tokens.get(at) {
        match token.text.as_str() {
            "{" => return group(tokens, at + 1, &path, found),
            "super" => {
                path.pop();
            }
            "self" | "*" => {}
            name if name.starts_with(|first: char| first.is_alphanumeric() || first == '_') => {
                path.push(name.to_owned());
            }
            _ => break,
        }
        at += 1;
        if !tokens.get(at).is_some_and(|token| is(token, "::")) {
            break;
        }
        at += 1;
    }
    found.push(Reference { line, path });
    at
}

fn group(tokens: &[Token], mut at: usize, path: &[String], found: &mut Vec<Reference>) -> usize {
    while let Some(token) = tokens.get(at) {
        match token.text.as_str() {
            "}" => return at + 1,
            "," => at += 1,
            "as" => at += 2,
            _ => {
                let next = branch(tokens, at, path.to_vec(), found);
                at = next.max(at + 1);
            }
        }
    }
    at
}

/// In which module a token stands.
struct Modules<'a> {
    file: &'a [String],
    inline: Vec<(String, usize)>,
    depth: usize,
}

impl Modules<'_> {
    fn step(&mut self, tokens: &[Token], at: usize) {
        match tokens[at].text.as_str() {
            "{" => {
                if at >= 2 && is(&tokens[at - 2], "mod") {
                    self.inline.push((tokens[at - 1].text.clone(), self.depth));
                }
                self.depth += 1;
            }
            "}" => {
                self.depth = self.depth.saturating_sub(1);
                self.inline.pop_if(|(_, depth)| *depth == self.depth);
            }
            _ => {}
        }
    }

    fn path(&self) -> Vec<String> {
        self.file.iter().chain(self.inline.iter().map(|(name, _)| name)).cloned().collect()
    }
}

fn is(token: &Token, text: &str) -> bool {
    token.text == text
}

mod tests {
    use super::*;

    fn paths(module: &str, source: &str) -> Vec<String> {
        let module: Vec<_> = module.split("::").map(str::to_owned).collect();
        references(&module, source).into_iter().map(|found| found.path.join("::")).collect()
    }

    #[test]
    fn groups_are_taken_apart() {
        let source = "use crate::{a, b::{self, c as d, e::*}, f::g};";
        assert_eq!(paths("x", source), ["a", "b", "b::c", "b::e", "f::g"]);
    }

    #[test]
    fn parents_are_counted_from_the_module_inline_ones_included() {
        let source = "use super::a;\nmod tests { use super::*; use super::super::b; }\n\
                      use super::super::c;";
        assert_eq!(paths("x::y", source), ["x::a", "x::y", "x::b", "c"]);
    }

    #[test]
    fn paths_in_code_count_and_those_in_comments_and_text_do_not() {
        let source = "// crate::a\n/* crate::b /* */ crate::c */\nfn f<'a>() -> crate::d::E<'a> {\n\
                      let text = \"crate::g\"; let raw = r#\"crate::\"h\"#; 'x'; crate::i::j(); }";
        assert_eq!(paths("x", source), ["d::E", "i::j"]);
        let lines: Vec<_> = references(&[], source).iter().map(|found| found.line).collect();
        assert_eq!(lines, [3, 4]);
    }

    #[test]
    fn visibility_and_generic_arguments_are_no_path_on() {
        assert_eq!(paths("x", "pub(crate) fn f() { crate::a::B::<u8>::new() }"), ["a::B"]);
    }
}
