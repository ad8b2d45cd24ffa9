//! The report: one section file per example, and an index made of all sections there are.
//!
//! ```text
//! DIR/sections/10-transferability.html    first line: {"id": …, "title": …} in a comment; then the section's HTML
//! DIR/sections/20-….html                  written by another example
//! DIR/index.html                          every section in the order of its file name, under one style sheet
//! ```
//!
//! An example writes its own section and assembles the index again, so examples may run in any order, alone or all.
//! Everything is inline: the index opens offline and can be sent as one file.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use serde::{Deserialize, Serialize};
use tensor_core::array_io::write_atomically;

use super::html::{concat, escape};

const STYLE: &str = include_str!("report.css");
const MARK_START: &str = "<!-- ";
const MARK_END: &str = " -->";

/// One example's part of the report.
#[derive(Debug, Clone)]
pub(crate) struct Section {
    /// Place among the sections, 0 to 99.
    pub(crate) order: u8,
    /// Name in links and in the file's name: lower-case letters and hyphens.
    pub(crate) id: &'static str,
    /// Heading.
    pub(crate) title: &'static str,
    /// HTML under the heading.
    pub(crate) body: String,
}

/// The first line of a section file.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Mark {
    id: String,
    title: String,
}

/// Writes the section into `directory`, assembles the index, and returns the index's path.
pub(crate) fn publish(directory: &Path, section: &Section) -> anyhow::Result<PathBuf> {
    let sections = directory.join("sections");
    fs::create_dir_all(&sections)
        .with_context(|| format!("{}: cannot make this folder", sections.display()))?;
    let mark = Mark {
        id: section.id.to_owned(),
        title: section.title.to_owned(),
    };
    let text = format!(
        "{MARK_START}{}{MARK_END}\n{}",
        serde_json::to_string(&mark)?,
        section.body
    );
    let path = sections.join(format!("{:02}-{}.html", section.order, section.id));
    write_atomically(path, |file| file.write_all(text.as_bytes()))?;

    let index = directory.join("index.html");
    let text = assemble(&sections)?;
    write_atomically(&index, |file| file.write_all(text.as_bytes()))?;
    Ok(index)
}

fn assemble(sections: &Path) -> anyhow::Result<String> {
    let sections = section_files(sections)?
        .iter()
        .map(|path| {
            let text = fs::read_to_string(path)
                .with_context(|| format!("{}: cannot read this file", path.display()))?;
            let (mark, body) = split_mark(&text).with_context(|| {
                format!(
                    "{}: expected a first line `<!-- {{\"id\": …}} -->`",
                    path.display()
                )
            })?;
            Ok((escape(&mark.id), escape(&mark.title), body.to_owned()))
        })
        .collect::<anyhow::Result<Vec<_>>>()?;
    let links = sections
        .iter()
        .map(|(id, title, _)| format!("<a href=\"#{id}\">{title}</a>\n"));
    let bodies = sections
        .iter()
        .map(|(id, title, body)| format!("<section id=\"{id}\">\n<h2>{title}</h2>\n{body}</section>\n"));
    let (links, bodies) = (concat(links), concat(bodies));
    Ok(format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>Plumbline report</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<header>\n<h1>Plumbline</h1>\n\
         <nav>\n{links}</nav>\n</header>\n<main>\n{bodies}</main>\n</body>\n</html>\n"
    ))
}

fn section_files(sections: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let cannot_list = || format!("{}: cannot list this folder", sections.display());
    let mut paths = Vec::new();
    for entry in fs::read_dir(sections).with_context(cannot_list)? {
        let path = entry.with_context(cannot_list)?.path();
        if path.extension().is_some_and(|extension| extension == "html") {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

fn split_mark(text: &str) -> Option<(Mark, &str)> {
    let (first_line, body) = text.split_once('\n')?;
    let mark = first_line.strip_prefix(MARK_START)?.strip_suffix(MARK_END)?;
    Some((serde_json::from_str(mark).ok()?, body))
}
