//! One table, written for a terminal or for the report.

use comfy_table::{CellAlignment, LineStyle, TableStyle};

use super::html::{concat, escape};

/// A line under the header and nothing else.
const STYLE: TableStyle = TableStyle::new().header_separator(LineStyle::none().fill('─').junction('─'));

/// Rows of text under named columns.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    columns: Vec<Column>,
    rows: Vec<Vec<String>>,
}

#[derive(Debug, Clone)]
struct Column {
    title: String,
    numeric: bool,
}

impl Table {
    /// A table without columns.
    pub(crate) fn new() -> Self {
        Self {
            columns: Vec::new(),
            rows: Vec::new(),
        }
    }

    /// Adds a column of words, aligned left; a title may have several lines.
    pub(crate) fn words(mut self, title: impl Into<String>) -> Self {
        self.columns.push(Column {
            title: title.into(),
            numeric: false,
        });
        self
    }

    /// Adds a column of numbers, aligned right.
    pub(crate) fn numbers(mut self, title: impl Into<String>) -> Self {
        self.columns.push(Column {
            title: title.into(),
            numeric: true,
        });
        self
    }

    /// Adds a row; cells that are missing stay empty.
    pub(crate) fn row(&mut self, cells: Vec<String>) {
        self.rows.push(cells);
    }

    /// The table in a terminal's characters, a line feed at its end.
    pub(crate) fn to_text(&self) -> String {
        let mut table = comfy_table::Table::new();
        table.load_style(STYLE);
        table.set_header(
            self.columns
                .iter()
                .map(|column| column.title.as_str())
                .collect::<Vec<_>>(),
        );
        for row in &self.rows {
            table.add_row(row);
        }
        for (index, column) in self.columns.iter().enumerate() {
            if let (true, Some(column)) = (column.numeric, table.column_mut(index)) {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        format!("{table}\n")
    }

    /// The table as an HTML figure that scrolls sideways where it does not fit.
    pub(crate) fn to_html(&self, caption: &str) -> String {
        let header = self.columns.iter().map(|column| {
            let title = escape(&column.title).replace('\n', "<br>");
            format!("<th{}>{title}</th>", column.class())
        });
        let rows = self.rows.iter().map(|row| {
            let cells = self.columns.iter().zip(row);
            let cells = cells.map(|(column, cell)| format!("<td{}>{}</td>", column.class(), escape(cell)));
            format!("<tr>{}</tr>\n", concat(cells))
        });
        format!(
            "<figure><figcaption>{}</figcaption>\n<div class=\"wide\"><table>\n<thead><tr>{}</tr></thead>\n\
             <tbody>\n{}</tbody>\n</table></div></figure>\n",
            escape(caption),
            concat(header),
            concat(rows)
        )
    }
}

impl Column {
    fn class(&self) -> &'static str {
        if self.numeric { " class=\"number\"" } else { "" }
    }
}
