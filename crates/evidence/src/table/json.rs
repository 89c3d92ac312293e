//! JSON tables: an array of flat objects, or an object of equally long columns.

use super::cells::{RawRow, RawTable, check_header};
use super::{Limits, TableError};
use serde_json::Value;

impl RawTable {
    /// Reads CSV or JSON, told apart by the first character.
    ///
    /// # Errors
    /// [`TableError`].
    pub fn from_bytes(bytes: &[u8], limits: &Limits) -> Result<RawTable, TableError> {
        match bytes.iter().find(|b| !b.is_ascii_whitespace()) {
            Some(b'[' | b'{') => RawTable::from_json(bytes, limits),
            _ => RawTable::from_csv(bytes, limits),
        }
    }

    /// Reads a JSON table into cells. Nested values are refused; `null` is an empty cell. Columns come in
    /// the order of their first appearance (objects are read with their keys sorted).
    ///
    /// # Errors
    /// [`TableError::Json`] with the place, or a limit.
    pub fn from_json(bytes: &[u8], limits: &Limits) -> Result<Self, TableError> {
        if bytes.len() > limits.bytes {
            return Err(TableError::TooLarge { what: "bytes", found: bytes.len(), limit: limits.bytes });
        }
        // serde_json refuses nesting deeper than 128 by itself.
        let value: Value = serde_json::from_slice(bytes).map_err(|e| TableError::Json(e.to_string()))?;
        let objects = match value {
            Value::Array(items) => items,
            Value::Object(columns) => columns_to_objects(columns)?,
            _ => return Err(TableError::Json("expected an array of objects, one a row".into())),
        };
        if objects.is_empty() {
            return Err(TableError::Empty("no rows"));
        }
        if objects.len() > limits.rows {
            return Err(TableError::TooLarge { what: "rows", found: objects.len(), limit: limits.rows });
        }
        let mut header: Vec<String> = Vec::new();
        for (i, object) in objects.iter().enumerate() {
            let Value::Object(map) = object else {
                return Err(TableError::Json(format!("element {} is not an object", i + 1)));
            };
            for key in map.keys() {
                if !header.contains(key) {
                    header.push(key.clone());
                    if header.len() > limits.columns {
                        return Err(TableError::TooLarge {
                            what: "columns",
                            found: header.len(),
                            limit: limits.columns,
                        });
                    }
                }
            }
        }
        check_header(&header)?;
        let mut rows = Vec::with_capacity(objects.len());
        for (i, object) in objects.iter().enumerate() {
            let mut cells = Vec::with_capacity(header.len());
            for name in &header {
                let cell = match object.get(name) {
                    None | Some(Value::Null) => String::new(),
                    Some(Value::String(text)) => text.trim().to_owned(),
                    Some(Value::Number(n)) => n.to_string(),
                    Some(Value::Bool(b)) => b.to_string(),
                    Some(Value::Array(_) | Value::Object(_)) => {
                        return Err(TableError::Json(format!(
                            "element {}, `{name}`: found a nested value, expected text or a number",
                            i + 1
                        )));
                    }
                };
                if cell.len() > limits.cell_bytes {
                    return Err(TableError::TooLarge {
                        what: "bytes in one cell",
                        found: cell.len(),
                        limit: limits.cell_bytes,
                    });
                }
                cells.push(cell);
            }
            rows.push(RawRow { line: i + 1, cells });
        }
        Ok(Self { header, rows, separator: None })
    }
}

fn columns_to_objects(columns: serde_json::Map<String, Value>) -> Result<Vec<Value>, TableError> {
    // {"trials": [...]} or {"data": [...]}: one key that holds the rows.
    if columns.len() == 1
        && let Some(Value::Array(items)) = columns.values().next()
        && items.iter().all(Value::is_object)
    {
        return Ok(items.clone());
    }
    let mut length = None;
    for (name, column) in &columns {
        let Value::Array(items) = column else {
            return Err(TableError::Json(format!("`{name}` is not a column (an array)")));
        };
        match length {
            None => length = Some((name.clone(), items.len())),
            Some((ref first, n)) if n != items.len() => {
                return Err(TableError::Json(format!(
                    "column `{name}` has {} values, column `{first}` has {n}",
                    items.len()
                )));
            }
            Some(_) => {}
        }
    }
    let n = length.map_or(0, |(_, n)| n);
    Ok((0..n)
        .map(|i| {
            Value::Object(
                columns.iter().map(|(k, v)| (k.clone(), v.get(i).cloned().unwrap_or(Value::Null))).collect(),
            )
        })
        .collect())
}
