//! Two motifs in every format, and a genome that they are searched for in.

use crate::fixture::Cli;
use crate::sample::{bases, fasta};

/// Counts of A, C, G, T at the positions of two motifs.
pub(crate) const FIRST: [[u32; 4]; 6] = [
    [17, 1, 1, 1],
    [0, 18, 1, 1],
    [2, 1, 16, 1],
    [0, 0, 0, 20],
    [5, 5, 5, 5],
    [1, 1, 17, 1],
];
pub(crate) const SECOND: [[u32; 4]; 5] = [[1, 9, 9, 1], [20, 0, 0, 0], [0, 1, 0, 19], [3, 13, 1, 3], [0, 0, 20, 0]];

pub(crate) const HEADING: &str = "chrom\tstart\tend\tmotif\tname\tstrand\tscore\tp";

pub(crate) fn meme(motifs: &[(&str, &[[u32; 4]])]) -> String {
    let mut text = "MEME version 4\n\nALPHABET= ACGT\n\n".to_owned();
    for (names, counts) in motifs {
        text += &format!(
            "MOTIF {names}\nletter-probability matrix: alength= 4 w= {} nsites= 20\n",
            counts.len()
        );
        for row in *counts {
            text += &row.map(|count| format!("{:.2}", f64::from(count) / 20.0)).join(" ");
            text += "\n";
        }
    }
    text
}

pub(crate) fn jaspar(motifs: &[(&str, &[[u32; 4]])]) -> String {
    let mut text = String::new();
    for (names, counts) in motifs {
        text += &format!(">{names}\n");
        for (base, letter) in "ACGT".chars().enumerate() {
            let row: Vec<String> = counts.iter().map(|column| column[base].to_string()).collect();
            text += &format!("{letter} [ {} ]\n", row.join(" "));
        }
    }
    text
}

pub(crate) fn transfac(motifs: &[(&str, &[[u32; 4]])]) -> String {
    let mut text = String::new();
    for (names, counts) in motifs {
        let (id, name) = names.split_once(' ').unwrap();
        text += &format!("AC {id}\nXX\nNA {name}\nXX\nP0 A C G T\n");
        for (place, row) in counts.iter().enumerate() {
            text += &format!("{:02} {}\n", place + 1, row.map(|count| count.to_string()).join(" "));
        }
        text += "XX\n//\n";
    }
    text
}

pub(crate) fn motifs() -> [(&'static str, &'static [[u32; 4]]); 2] {
    [("M1 first", &FIRST), ("M2 second", &SECOND)]
}

pub(crate) fn genome() -> Vec<(&'static str, String)> {
    let gaps = bases(900, 1).to_lowercase() + &"N".repeat(40) + &bases(700, 2) + "RYK-" + &bases(400, 3);
    vec![
        ("chr1", gaps),
        ("none", "N".repeat(70)),
        ("short", "ACG".to_owned()),
        ("chr2", bases(1500, 4)),
    ]
}

pub(crate) fn folder() -> Cli {
    let cli = Cli::new();
    cli.write("genome.fa", fasta(&genome()));
    cli.write("m.meme", meme(&motifs()));
    cli
}

pub(crate) fn rows(cli: &Cli, genome: &str, motifs: &str, more: &[&str]) -> String {
    let args = ["scan", genome, "--motifs", motifs, "--p", "0.005", "-o", "-"];
    cli.succeed(&[&args[..], more].concat()).stdout
}
