//! Why a command on evidence failed.

use baihui_evidence::claim::ClaimError;
use baihui_evidence::network::NetworkError;
use baihui_evidence::pairwise::PoolError;
use baihui_evidence::rare::RareError;
use baihui_evidence::regression::RegressionError;
use baihui_evidence::table::TableError;
use baihui_evidence::table::effects::EffectsError;
use baihui_report::stat::StatFigureError;

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum EvidenceError {
    /// A file cannot be read or written.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// Output cannot be written.
    #[error("the output cannot be written: {0}")]
    Output(#[from] std::io::Error),
    /// A table is refused.
    #[error("{path}:\n{source}")]
    Table {
        /// The file.
        path: String,
        /// Why.
        source: TableError,
    },
    /// Effects cannot be computed.
    #[error("{path}: {source}")]
    Effects {
        /// The file.
        path: String,
        /// Why.
        source: EffectsError,
    },
    /// Studies cannot be pooled.
    #[error("{path}: {source}{unused}")]
    Pool {
        /// The file.
        path: String,
        /// Why.
        source: PoolError,
        /// Rows that were not used, each on a line of its own.
        unused: String,
    },
    /// Moderators, groups or clusters cannot be analysed.
    #[error("{path}: {source}")]
    Regression {
        /// The file.
        path: String,
        /// Why.
        source: RegressionError,
    },
    /// Tables of events cannot be pooled.
    #[error("{path}: {source}")]
    Rare {
        /// The file.
        path: String,
        /// Why.
        source: RareError,
    },
    /// The measurements of a single patient cannot be used.
    #[error("{path}: {message}")]
    Single {
        /// The file.
        path: String,
        /// Why.
        message: String,
    },
    /// A network cannot be analysed.
    #[error("{path}: {source}{hint}")]
    Network {
        /// The file.
        path: String,
        /// Why.
        source: NetworkError,
        /// What would help.
        hint: &'static str,
    },
    /// A figure cannot be drawn.
    #[error("the figure: {0}")]
    Figure(#[from] StatFigureError),
    /// A PDF cannot be made.
    #[error("the PDF: {0}")]
    Pdf(#[from] baihui_report::pdf::PdfError),
    /// A PNG cannot be made.
    #[error("the figure: {0}")]
    Png(#[from] baihui_report::PngError),
    /// A claim is refused.
    #[error("{0}")]
    Claim(#[from] ClaimError),
    /// An argument is not understood.
    #[error("{0}")]
    Argument(String),
}
