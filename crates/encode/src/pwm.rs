//! Position weight matrices with integer scores, and the exact probability of every score.

mod background;
mod matrix;
mod tail;

pub use background::Background;
pub use matrix::ScoreMatrix;
pub use tail::ScoreTail;
