//! Pieces of HTML.

/// The text with the characters that mean something to HTML written as entities.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

/// The pieces one after the other.
pub(crate) fn concat(pieces: impl IntoIterator<Item = String>) -> String {
    pieces
        .into_iter()
        .fold(String::new(), |text, piece| text + &piece)
}

/// A list of plain texts.
pub(crate) fn list<T: AsRef<str>>(items: &[T]) -> String {
    let items = items
        .iter()
        .map(|item| format!("<li>{}</li>\n", escape(item.as_ref())));
    format!("<ul>\n{}</ul>\n", concat(items))
}

/// A paragraph of plain text.
pub(crate) fn paragraph(text: &str) -> String {
    format!("<p>{}</p>\n", escape(text))
}

/// A heading inside a section.
pub(crate) fn heading(text: &str) -> String {
    format!("<h3>{}</h3>\n", escape(text))
}

/// A figure: `content` is HTML, `caption` says in plain text what is seen.
pub(crate) fn figure(content: &str, caption: &str) -> String {
    format!(
        "<figure>\n{content}\n<figcaption>{}</figcaption>\n</figure>\n",
        escape(caption)
    )
}

/// A part that opens on a click; `content` is HTML.
pub(crate) fn details(summary: &str, content: &str) -> String {
    format!(
        "<details><summary>{}</summary>\n{content}</details>\n",
        escape(summary)
    )
}
