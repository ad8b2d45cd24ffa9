//! Rust source reduced to its code: no comments, no text of literals, no test modules. Lines stay where they are.

/// What the scan is inside of.
enum Inside {
    Code,
    LineComment,
    /// Depth of nesting.
    BlockComment(usize),
    /// A string; `Some(n)` for a raw one with `n` number signs.
    Text(Option<usize>),
}

/// `source` with every character of a comment or literal replaced by a space.
pub(super) fn code_only(source: &str) -> String {
    let chars: Vec<char> = source.chars().collect();
    let at = |i: usize| chars.get(i).copied().unwrap_or('\0');
    let mut code = String::with_capacity(source.len());
    let mut inside = Inside::Code;
    let mut i = 0;
    while i < chars.len() {
        let mut n_taken = 1;
        let mut is_code = false;
        match inside {
            Inside::Code => match (at(i), at(i + 1)) {
                ('/', '/') => inside = Inside::LineComment,
                ('/', '*') => {
                    inside = Inside::BlockComment(1);
                    n_taken = 2;
                }
                ('"', _) => inside = Inside::Text(None),
                ('r', '"' | '#') if !is_word(i.checked_sub(1).map_or('\0', at)) || is_prefix(&chars, i) => {
                    let n_signs = chars[i + 1..].iter().take_while(|&&c| c == '#').count();
                    if at(i + 1 + n_signs) == '"' {
                        inside = Inside::Text(Some(n_signs));
                        n_taken = n_signs + 2;
                    } else {
                        is_code = true;
                    }
                }
                ('\'', '\\') => {
                    let after_escape = chars.iter().skip(i + 3);
                    n_taken = 4 + after_escape.take_while(|&&c| c != '\'').count();
                }
                ('\'', _) if at(i + 2) == '\'' => n_taken = 3,
                _ => is_code = true,
            },
            Inside::LineComment => {
                if at(i) == '\n' {
                    inside = Inside::Code;
                }
            }
            Inside::BlockComment(depth) => match (at(i), at(i + 1)) {
                ('/', '*') => {
                    inside = Inside::BlockComment(depth + 1);
                    n_taken = 2;
                }
                ('*', '/') => {
                    inside = if depth == 1 {
                        Inside::Code
                    } else {
                        Inside::BlockComment(depth - 1)
                    };
                    n_taken = 2;
                }
                _ => {}
            },
            Inside::Text(None) => match at(i) {
                '\\' => n_taken = 2,
                '"' => inside = Inside::Code,
                _ => {}
            },
            Inside::Text(Some(n_signs)) => {
                if at(i) == '"' && (1..=n_signs).all(|k| at(i + k) == '#') {
                    inside = Inside::Code;
                    n_taken = n_signs + 1;
                }
            }
        }
        for &c in &chars[i..(i + n_taken).min(chars.len())] {
            code.push(if is_code || c == '\n' { c } else { ' ' });
        }
        i += n_taken;
    }
    code
}

/// `code` (as [`code_only`] returns it) with every item under `#[cfg(test)]` replaced by spaces.
pub(super) fn without_tests(code: &str) -> String {
    let mut rest = code.to_owned();
    for attribute in ["#[cfg(test)]", "#[cfg(all(test"] {
        while let Some(start) = rest.find(attribute) {
            let end = start + item_length(&rest[start..]);
            let blank: String = rest[start..end]
                .chars()
                .map(|c| if c == '\n' { '\n' } else { ' ' })
                .collect();
            rest.replace_range(start..end, &blank);
        }
    }
    rest
}

/// The modules that `code` declares under `#[cfg(test)]` and that lie in files of their own.
pub(super) fn test_module_files(code: &str) -> Vec<String> {
    let mut names = Vec::new();
    for (start, _) in code.match_indices("#[cfg(test)]") {
        let item = &code[start..start + item_length(&code[start..])];
        let words: Vec<&str> = item
            .split(|c: char| !is_word(c))
            .filter(|word| !word.is_empty())
            .collect();
        if let (Some(place), true) = (words.iter().position(|word| *word == "mod"), item.ends_with(';')) {
            names.extend(words.get(place + 1).map(|name| (*name).to_owned()));
        }
    }
    names
}

/// Bytes from an attribute to the end of the item that it stands on: its first semicolon outside of all
/// brackets, or the brace that closes its first block.
fn item_length(code: &str) -> usize {
    let mut depth = 0_usize;
    for (i, c) in code.char_indices() {
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => {
                depth = depth.saturating_sub(1);
                if depth == 0 && c == '}' {
                    return i + 1;
                }
            }
            ';' if depth == 0 => return i + 1,
            _ => {}
        }
    }
    code.len()
}

/// Whether the `r` at `i` follows a literal's prefix letter that itself starts a word: `br"…"`, `cr"…"`.
fn is_prefix(chars: &[char], i: usize) -> bool {
    let letter = i.checked_sub(1).and_then(|k| chars.get(k));
    let before = i.checked_sub(2).and_then(|k| chars.get(k));
    matches!(letter, Some('b' | 'c')) && !before.is_some_and(|&c| is_word(c))
}

/// Whether `c` can be part of an identifier.
pub(super) fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(source: &str) -> Vec<String> {
        code_only(source).split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn comments_are_no_code() {
        assert_eq!(words("a // dbg!\nb /* x /* y */ z */ c"), ["a", "b", "c"]);
        assert_eq!(words("/// doc\n//! doc\nfn"), ["fn"]);
    }

    #[test]
    fn literals_are_no_code() {
        assert_eq!(words(r#"a "x \" // y" b"#), ["a", "b"]);
        assert_eq!(words(r##"a r#"x " y"# b"##), ["a", "b"]);
        assert_eq!(words(r#"a br"x" ; b"#), ["a", "b", ";", "b"]);
        assert_eq!(words(r"a '\'' b '\u{1F600}' c '/' d"), ["a", "b", "c", "d"]);
    }

    #[test]
    fn lifetimes_and_raw_identifiers_are_code() {
        assert_eq!(
            words("fn f<'a>(x: &'a str) r#type"),
            ["fn", "f<'a>(x:", "&'a", "str)", "r#type"]
        );
        assert_eq!(words("for r in 0"), ["for", "r", "in", "0"]);
    }

    #[test]
    fn lines_stay_where_they_are() {
        let source = "a\n/* x\ny */\nr#\"p\nq\"#\nb";
        assert_eq!(code_only(source).lines().count(), source.lines().count());
        assert_eq!(code_only(source).lines().last(), Some("b"));
    }

    #[test]
    fn test_items_are_cut_out_and_nothing_else() {
        let code = "a();\n#[cfg(test)]\n#[allow(x)]\nmod tests {\n fn f() { b(); }\n}\nc();\n#[cfg(test)]\nuse d;\ne();";
        let left: Vec<String> = without_tests(code)
            .split_whitespace()
            .map(str::to_owned)
            .collect();
        assert_eq!(left, ["a();", "c();", "e();"]);
        assert_eq!(
            without_tests("#[cfg(all(test, unix))]\nmod t { x }\ny").trim(),
            "y"
        );
        assert_eq!(
            without_tests("#[cfg(test)]\nconst A: [u8; 2] = [1; 2];\ny").trim(),
            "y"
        );
    }

    #[test]
    fn test_modules_in_files_are_named() {
        assert_eq!(
            test_module_files("#[cfg(test)]\nmod tests;\nmod b;\n#[cfg(test)]\npub(crate) mod c { }"),
            ["tests"]
        );
    }
}
