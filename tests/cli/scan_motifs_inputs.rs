//! `scan --motifs`: every format of motif file and every form of genome, and what is refused.

use crate::fixture::Cli;
use crate::motif_sample::{FIRST, SECOND, folder, genome, jaspar, meme, motifs, rows, transfac};
use crate::sample::{bases, bgzip, fasta, gzip, save_tiny_model};

#[test]
fn all_formats_of_motifs_and_forms_of_genomes_have_the_same_hits() {
    let cli = folder();
    let expected = rows(&cli, "genome.fa", "m.meme", &[]);
    cli.write("m.jaspar", jaspar(&motifs()));
    cli.write("m.transfac", transfac(&motifs()));
    cli.write("m.txt.gz", gzip(meme(&motifs()).as_bytes()));
    for file in ["m.jaspar", "m.transfac", "m.txt.gz"] {
        assert_eq!(rows(&cli, "genome.fa", file, &[]), expected, "{file}");
    }
    let plain = fasta(&genome());
    cli.write("g.fa.gz", gzip(plain.as_bytes()));
    cli.write("b.fa.gz", bgzip(plain.as_bytes(), 300));
    for file in ["g.fa.gz", "b.fa.gz"] {
        assert_eq!(rows(&cli, file, "m.meme", &[]), expected, "{file}");
    }
    let args = ["scan", "-", "--motifs", "m.meme", "--p", "0.005", "-o", "-"];
    assert_eq!(cli.run_piped(plain.as_bytes(), &args).succeeded().stdout, expected);
    let args = ["scan", "genome.fa", "--motifs", "-", "--p", "0.005", "-o", "-"];
    let piped = cli.run_piped(meme(&motifs()).as_bytes(), &args).succeeded();
    assert_eq!(piped.stdout, expected);
}

#[test]
fn motifs_with_one_accession_are_told_apart_and_only_chooses_among_them() {
    let cli = folder();
    cli.write("twice.meme", meme(&[("M1 first", &FIRST), ("M1 second", &SECOND)]));
    let args = ["scan", "genome.fa", "--motifs", "twice.meme", "--p", "0.005", "-o", "-"];
    let outcome = cli.succeed(&args);
    assert!(
        outcome.stderr.contains("the first is called M1#2"),
        "{}",
        outcome.stderr
    );
    let expected = rows(&cli, "genome.fa", "m.meme", &[]).replace("M2", "M1#2");
    assert_eq!(outcome.stdout, expected);

    let kept = |id: &str| {
        let lines = expected
            .lines()
            .skip(1)
            .filter(|line| line.contains(&format!("\t{id}\t")));
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    for (choice, id) in [("m1#2", "M1#2"), ("SECOND", "M1#2"), ("first", "M1")] {
        let text = rows(&cli, "genome.fa", "twice.meme", &["--only", choice]);
        assert_eq!(text.lines().skip(1).collect::<Vec<_>>(), kept(id), "{choice}");
    }
}

#[test]
fn the_background_is_counted_in_the_genome_or_given() {
    let cli = Cli::new();
    let letters = bases(3000, 9).replace("GC", "AA");
    cli.write("genome.fa", fasta(&[("c", &letters)]));
    cli.write("m.meme", meme(&motifs()));
    let share = |base: char| letters.matches(base).count() as f64 / letters.len() as f64;
    let given = ['A', 'C', 'G', 'T'].map(|base| share(base).to_string());
    cli.write(
        "bg.txt",
        "ACGT"
            .chars()
            .zip(&given)
            .map(|(base, share)| format!("{base} {share}\n"))
            .collect::<String>(),
    );
    let expected = rows(&cli, "genome.fa", "m.meme", &["--background", "genome"]);
    for choice in [&given.join(","), "bg.txt"] {
        assert_eq!(rows(&cli, "genome.fa", "m.meme", &["--background", choice]), expected);
    }
    assert_ne!(rows(&cli, "genome.fa", "m.meme", &[]), expected);
}

#[test]
fn what_makes_no_sense_is_refused() {
    let cli = folder();
    save_tiny_model(&cli.path("tiny"));
    cli.write(
        "zero.meme",
        "MEME version 4\nMOTIF Z\nletter-probability matrix: w= 0\n",
    );
    cli.write("cut.jaspar", ">M1 x\nA [ 1 2 ]\nC [ 1 2 ]\nG [ 1 ]\nT [ 1 2 ]\n");
    let usual = ["scan", "genome.fa", "--motifs", "m.meme", "-o", "x.tsv"];
    let with = |more: &[&'static str]| [&usual[..], more].concat();
    for (args, parts) in [
        (
            with(&["--model", "tiny"]),
            &["--model and --motifs exclude each other"][..],
        ),
        (
            vec!["scan", "genome.fa", "-o", "x.tsv"],
            &["nothing to scan with", "--model", "--motifs"],
        ),
        (with(&["--bin", "5"]), &["--motifs", "--bin"]),
        (with(&["--threshold", "0.5"]), &["--motifs", "--threshold"]),
        (with(&["--batch-size", "5"]), &["--motifs", "--batch-size"]),
        (with(&["--p", "0"]), &["--p", "above 0"]),
        (with(&["--only", "M7"]), &["m.meme", "'M7'"]),
        (with(&["--background", "0.5,0.5,0,0"]), &["--background"]),
        (with(&["-r", "chr9"]), &["chr9"]),
        (
            vec!["scan", "genome.fa", "--motifs", "m.meme", "-o", "x.bw"],
            &["bigwig", ".parquet"],
        ),
        (vec!["scan", "-", "--motifs", "-", "-o", "x.tsv"], &["standard input"]),
        (
            vec!["scan", "genome.fa", "--motifs", "zero.meme", "-o", "x.tsv"],
            &["zero.meme, line 3", "width"],
        ),
        (
            vec!["scan", "genome.fa", "--motifs", "cut.jaspar", "-o", "x.tsv"],
            &["cut.jaspar, line 4", "M1"],
        ),
        (
            vec!["scan", "genome.fa", "--motifs", "genome.fa", "-o", "x.tsv"],
            &["genome.fa, line 2"],
        ),
        (
            vec!["scan", "genome.fa", "--motifs", "absent.meme", "-o", "x.tsv"],
            &["absent.meme"],
        ),
        (
            vec!["scan", "genome.fa", "--model", "tiny", "--p", "0.1", "-o", "x.tsv"],
            &["--motifs"],
        ),
    ] {
        cli.refuse(&args, parts);
    }
}
