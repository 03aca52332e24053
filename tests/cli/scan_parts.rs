//! Scans in parts, of models and of motifs.

use crate::fixture::Cli;

/// Makes all parts of the scan that the words `scan` and `more` ask for, and returns the names of the files, the last one first.
pub(crate) fn parts(cli: &Cli, scan: &[&str], count: usize, more: &[&str]) -> Vec<String> {
    let part = |number| {
        let (name, shard) = (format!("{number}-of-{count}.parquet"), format!("{number}/{count}"));
        cli.succeed(&[scan, &["-o", &name, "--shard", &shard, "--force"], more].concat());
        name
    };
    (1..=count).rev().map(part).collect()
}

/// Gathers parts, and returns what is said of it.
pub(crate) fn gather(cli: &Cli, parts: &[String], more: &[&str]) -> String {
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    cli.succeed(&[&["gather"], &parts[..], more].concat()).stderr
}
