//! Lists in parts: how much of a list is asked for, and where it goes on.

use super::{problem::Problem, table::versions::Part};

/// Rows of a part where nobody says how many.
const USUAL: u32 = 50;
/// Most rows of a part.
const MOST: u32 = 200;

/// A part of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    limit: u32,
    skip: u32,
    last: u32,
}

impl Window {
    /// The part that `limit` and `cursor` ask for of a list in which a part begins at `last` at the latest.
    ///
    /// # Errors
    /// The cursor lies behind `last`.
    pub fn new(limit: Option<u32>, cursor: Option<u32>, last: u32) -> Result<Self, Problem> {
        let skip = cursor.unwrap_or(0);
        if skip > last {
            return Err(Problem::input(format!("{skip}; expected at most {last}")).field("cursor"));
        }
        Ok(Self { limit: limit.unwrap_or(USUAL).clamp(1, MOST), skip, last })
    }

    /// Rows to ask for: one more than is shown tells whether the list goes on.
    pub fn limit(self) -> u32 {
        self.limit + 1
    }

    /// Rows before the part.
    pub fn skip(self) -> u32 {
        self.skip
    }

    /// The part from the rows that were found; `query` is what else was asked for.
    ///
    /// # Errors
    /// None that a request could cause.
    pub fn part<R>(self, mut rows: Vec<R>, query: &[(&str, &str)]) -> Result<Part<R>, Problem> {
        let next = self.skip + self.limit;
        let more = rows.len() > self.limit as usize && next <= self.last;
        rows.truncate(self.limit as usize);
        let (limit, cursor) = (self.limit.to_string(), next.to_string());
        let query = [query, &[("limit", limit.as_str()), ("cursor", cursor.as_str())]].concat();
        let next = more.then(|| serde_html_form::to_string(query)).transpose().map_err(Problem::internal)?;
        Ok(Part { rows, next })
    }

    /// The part of rows that are all at hand.
    ///
    /// # Errors
    /// None that a request could cause.
    pub fn cut<R>(self, all: Vec<R>, query: &[(&str, &str)]) -> Result<Part<R>, Problem> {
        self.part(all.into_iter().skip(self.skip as usize).take(self.limit as usize + 1).collect(), query)
    }
}
