//! A question with its text, tables and figures as one HTML file that needs nothing else.

use std::fmt::Write as _;

use crate::xml::escape;

/// A part of a page.
#[derive(Debug, Clone, PartialEq)]
pub enum Part {
    /// A heading of the second level.
    Heading(String),
    /// A paragraph.
    Text(String),
    /// A list.
    List(Vec<String>),
    /// A paragraph that stands out, such as the verdict.
    Callout(String),
    /// A table: header and rows.
    Table {
        /// Caption.
        caption: String,
        /// Column names.
        header: Vec<String>,
        /// Rows.
        rows: Vec<Vec<String>>,
    },
    /// A figure made by this crate, taken as it is.
    Figure {
        /// The SVG.
        svg: String,
        /// Caption.
        caption: String,
    },
    /// Figures beside each other as far as there is room, each an SVG with its caption.
    Figures(Vec<(String, String)>),
    /// An address with its text.
    Link {
        /// Address; other than `http` and `https` it is shown but not linked.
        url: String,
        /// Text.
        text: String,
    },
}

const CSS: &str = ":root{color-scheme:light dark}body{font:16px/1.5 'Noto Sans','Source Sans 3',Helvetica,Arial,sans-serif;\
max-width:52rem;margin:2rem auto;padding:0 1rem;background:#fff;color:#1b1f24}h1{font-size:1.6rem}h2{font-size:1.2rem;margin-top:2rem}\
table{border-collapse:collapse;width:100%;font-size:.9rem}caption{text-align:left;font-weight:700;padding:.3rem 0}\
th,td{text-align:left;vertical-align:top;padding:.3rem .6rem .3rem 0;border-bottom:1px solid #c9cfd6}\
figure{margin:1.5rem 0;overflow-x:auto}.row{display:grid;gap:1rem;grid-template-columns:repeat(auto-fit,minmax(min(100%,15rem),1fr));\
width:min(95vw,78rem);margin:1rem 0 1rem calc(50% - min(47.5vw,39rem))}.row figure{margin:0}.row svg{width:100%}figure svg{max-width:100%;height:auto}figcaption{font-size:.9rem;color:#56606b}\
.callout{border-left:4px solid #d55e00;padding:.6rem 1rem;background:#f3f5f7}a{color:#0072b2}\
@media (prefers-color-scheme:dark){body{background:#15181d;color:#eceff3}th,td{border-color:#3d444d}figcaption{color:#a8b1bc}\
.callout{border-color:#e69f00;background:#1d2127}a{color:#56b4e9}}@media print{body{margin:0;max-width:none}}";

/// The page. Figures should be drawn with [`crate::Theme::Auto`], so that they follow the reader's theme.
pub fn page(title: &str, language: &str, parts: &[Part]) -> String {
    let mut out = format!(
        "<!DOCTYPE html>\n<html lang=\"{}\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width\">\n\
         <title>{t}</title>\n<style>{CSS}</style>\n</head>\n<body>\n<h1>{t}</h1>\n",
        escape(language),
        t = escape(title)
    );
    let mut figures = 0;
    for part in parts {
        match part {
            Part::Heading(text) => {
                let _ = writeln!(out, "<h2>{}</h2>", escape(text));
            }
            Part::Text(text) => {
                let _ = writeln!(out, "<p>{}</p>", escape(text));
            }
            Part::Callout(text) => {
                let _ = writeln!(out, "<p class=\"callout\">{}</p>", escape(text));
            }
            Part::List(items) => {
                out.push_str("<ul>\n");
                for item in items {
                    let _ = writeln!(out, "<li>{}</li>", escape(item));
                }
                out.push_str("</ul>\n");
            }
            Part::Table { caption, header, rows } => {
                let _ = writeln!(out, "<table>\n<caption>{}</caption>", escape(caption));
                out.push_str("<thead><tr>");
                for cell in header {
                    let _ = write!(out, "<th scope=\"col\">{}</th>", escape(cell));
                }
                out.push_str("</tr></thead>\n<tbody>\n");
                for row in rows {
                    out.push_str("<tr>");
                    for cell in row {
                        let _ = write!(out, "<td>{}</td>", escape(cell));
                    }
                    out.push_str("</tr>\n");
                }
                out.push_str("</tbody>\n</table>\n");
            }
            Part::Figure { svg, caption } => {
                figure(&mut out, &mut figures, svg, caption);
            }
            Part::Figures(all) => {
                out.push_str("<div class=\"row\">\n");
                for (svg, caption) in all {
                    figure(&mut out, &mut figures, svg, caption);
                }
                out.push_str("</div>\n");
            }
            Part::Link { url, text } => {
                let known = url.starts_with("https://") || url.starts_with("http://");
                if known {
                    let _ = writeln!(out, "<p><a href=\"{}\">{}</a></p>", escape(url), escape(text));
                } else {
                    let _ = writeln!(out, "<p>{} {}</p>", escape(text), escape(url));
                }
            }
        }
    }
    out.push_str("</body>\n</html>\n");
    out
}

fn figure(out: &mut String, number: &mut usize, svg: &str, caption: &str) {
    *number += 1;
    // Every figure has classes of one letter: its rules are kept to itself.
    let scoped = scope_style(svg, &format!("f{number}"));
    let _ = writeln!(
        out,
        "<figure id=\"f{number}\">\n{scoped}<figcaption>{}</figcaption>\n</figure>",
        escape(caption)
    );
}

/// Puts `#id ` before every selector of a figure's style sheet, since style sheets in HTML reach the whole page.
fn scope_style(svg: &str, id: &str) -> String {
    let (Some(start), Some(end)) = (svg.find("<style>"), svg.find("</style>")) else { return svg.to_owned() };
    let (head, css, tail) = (&svg[..start + 7], &svg[start + 7..end], &svg[end..]);
    let mut scoped = String::with_capacity(css.len() * 2);
    for rule in css.split_inclusive(['{', '}']) {
        if let Some(selector) = rule.strip_suffix('{') {
            if !selector.starts_with('@') {
                let _ = write!(scoped, "#{id} ");
            }
            scoped.push_str(rule);
        } else {
            scoped.push_str(rule);
        }
    }
    format!("{head}{scoped}{tail}")
}
