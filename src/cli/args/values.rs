//! Values that several commands check alike.

use crate::error::{ErrorKind, Result};

pub fn parse_threads(value: &str) -> Result<usize> {
    match value.parse() {
        Ok(threads) if (1..=1024).contains(&threads) => Ok(threads),
        _ => Err(invalid("the number of threads", value, "from 1 to 1024")),
    }
}

pub fn parse_share(value: &str) -> Result<f64> {
    match value.parse() {
        Ok(share) if (0.0..=1.0).contains(&share) => Ok(share),
        _ => Err(invalid("the share", value, "from 0 to 1")),
    }
}

pub fn invalid(name: &'static str, value: &str, must: &'static str) -> crate::Error {
    ErrorKind::InvalidParameter {
        name,
        value: value.to_owned(),
        must,
    }
    .into()
}
