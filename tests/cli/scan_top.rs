//! Scans that write the best sites only.

use crate::fixture::Cli;
use crate::sample::{BIN, WINDOW, fasta, genome, model, save_tiny_model};
use crate::table::{Row, read_tsv};

fn scan<'a>(output: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    [
        &["scan", "genome.fa", "--model", "tiny.safetensors", "-o", output],
        more,
    ]
    .concat()
}

fn folder() -> Cli {
    let cli = Cli::new();
    cli.write("genome.fa", fasta(&genome()));
    save_tiny_model(&cli.path("tiny.safetensors"));
    cli
}

/// The best sites among rows, in genome order: a row leaves when a better one, or an equal one before it, is within a
/// window; then the best `limit` by the score in a column stay.
fn best_sites(rows: &[Row], limit: usize, column: usize) -> Vec<Row> {
    let hides = |other: &Row, row: &Row| {
        let is_near = other.chrom == row.chrom && other.start.abs_diff(row.start) < WINDOW as u64;
        let (theirs, own) = (other.scores[column], row.scores[column]);
        is_near && (theirs > own || (theirs.to_bits() == own.to_bits() && other.start < row.start))
    };
    let mut sites: Vec<Row> = rows
        .iter()
        .filter(|row| !rows.iter().any(|other| hides(other, row)))
        .cloned()
        .collect();
    sites.sort_by(|a, b| b.scores[column].total_cmp(&a.scores[column]));
    sites.truncate(limit);
    sites.sort_by(|a, b| (&a.chrom, a.start).cmp(&(&b.chrom, b.start)));
    sites
}

#[test]
fn the_best_sites_are_rows_of_the_whole_scan() {
    let cli = folder();
    cli.succeed(&scan("all.tsv", &[]));
    let (names, rows) = read_tsv(&cli.read_text("all.tsv"));
    for (limit, column, more) in [
        (9, 0, &[][..]),
        (4, 2, &["--column", "tiny_minus"]),
        (1000, 0, &["-@3"]),
    ] {
        let number = limit.to_string();
        let outcome = cli.succeed(&scan("top.tsv", &[&["--top", &number, "--force"], more].concat()));
        let expected = best_sites(&rows, limit, column);
        assert_eq!(read_tsv(&cli.read_text("top.tsv")), (names.clone(), expected.clone()));
        let said = format!(
            "top.tsv: the {} best sites of 196 bins of {BIN} bp by tiny",
            expected.len()
        );
        assert!(outcome.stderr.contains(&said), "{outcome:#?}");
    }
}

#[test]
fn bed_and_narrowpeak_hold_a_line_for_each_site() {
    let cli = folder();
    cli.succeed(&scan("top.tsv", &["--top", "6"]));
    let (_, rows) = read_tsv(&cli.read_text("top.tsv"));
    let thousandths = |row: &Row| (f64::from(row.scores[0]) * 1000.0).round();
    let bed = |row: &Row| {
        let Row { chrom, start, end, .. } = row;
        format!("{chrom}\t{start}\t{end}\ttiny\t{}\t.", thousandths(row))
    };
    cli.succeed(&scan("top.bed", &["--top", "6"]));
    let expected: String = rows.iter().map(|row| bed(row) + "\n").collect();
    assert_eq!(cli.read_text("top.bed"), expected);
    cli.succeed(&scan("top.narrowPeak", &["--top", "6"]));
    let peak = |row: &Row| {
        format!(
            "{}\t{}\t-1\t-1\t{}\n",
            bed(row),
            row.scores[0],
            (row.end - row.start) / 2
        )
    };
    assert_eq!(
        cli.read_text("top.narrowPeak"),
        rows.iter().map(peak).collect::<String>()
    );
    for other in ["top.parquet", "top.bw", "top.bedgraph.gz"] {
        cli.succeed(&scan(other, &["--top", "6"]));
    }
}

#[test]
fn sites_of_several_classes_are_ranked_by_their_mean_unless_a_column_is_chosen() {
    let cli = folder();
    model(&["a", "b"], "dna").save(&cli.path("tiny.safetensors")).unwrap();
    cli.succeed(&scan("all.tsv", &["--strand", "plus"]));
    let (_, mut rows) = read_tsv(&cli.read_text("all.tsv"));
    for row in &mut rows {
        row.scores.push(f32::midpoint(row.scores[0], row.scores[1]));
    }
    for (column, more) in [(2, &[][..]), (1, &["--column", "b"])] {
        let more = [&["--top", "5", "--strand", "plus", "--force"], more].concat();
        cli.succeed(&scan("top.tsv", &more));
        let mut expected = best_sites(&rows, 5, column);
        for row in &mut expected {
            row.scores.truncate(2);
        }
        assert_eq!(read_tsv(&cli.read_text("top.tsv")).1, expected);
    }
    cli.refuse(
        &scan("top.bed", &["--top", "5"]),
        &["choose one of the columns a, a_plus"],
    );
}

#[test]
fn a_number_that_is_none_and_a_threshold_beside_it_are_refused() {
    let cli = folder();
    for (more, said) in [
        (&["--top", "0"][..], &["--top"][..]),
        (&["--top", "-1"], &["-1"]),
        (&["--top", "5", "--threshold", "0.5"], &["--top", "--threshold"]),
        (&["--top", "5", "--column", "other"], &["'other'", "tiny, tiny_plus"]),
    ] {
        cli.refuse(&scan("top.bed", more), said);
    }
}
