//! `scan --motifs` in parts on several machines, and what is gathered of them.

use processive_report::inspect_parquet;

use crate::motif_sample::{FIRST, SECOND, folder, genome, meme};
use crate::sample::{bases, bgzip, fasta, gzip, save_tiny_model};
use crate::scan_parts::{gather, parts};

const SCAN: [&str; 6] = ["scan", "genome.fa", "--motifs", "m.meme", "--p", "0.005"];

#[test]
fn gathered_parts_are_the_table_of_one_search_in_every_format() {
    let cli = folder();
    for (rows, counts) in [
        (&["--p", "0.005"][..], &[1, 2, 3, 7, 40][..]),
        (
            &[
                "--p",
                "0.01",
                "--background",
                "genome",
                "--strand",
                "plus",
                "--pseudocount",
                "1",
            ],
            &[3],
        ),
        (
            &["--only", "second", "--p", "0.2", "-r", "chr1:101-1,700", "-r", "chr2"],
            &[4],
        ),
        (&["--p", "1e-9"], &[2]),
    ] {
        let scan = [&SCAN[..4], rows].concat();
        for &count in counts {
            let part = |number: usize| {
                let (name, shard) = (format!("{number}.parquet"), format!("{number}/{count}"));
                let threads = ["-@1", "-@2"][number % 2];
                cli.succeed(&[&scan[..], &["-o", &name, "--shard", &shard, "--force", threads]].concat());
                name
            };
            let parts: Vec<String> = (1..=count).rev().map(part).collect();
            for output in ["x.parquet", "x.tsv", "x.tsv.gz", "x.bed", "x.bed.gz"] {
                let table = ["-o", output, "--force"];
                cli.succeed(&[&scan[..], &table].concat());
                let whole = cli.read(output);
                gather(&cli, &parts, &table);
                assert!(cli.read(output) == whole, "{count} parts, {output}, {rows:?}");
            }
        }
    }
}

#[test]
fn the_genome_may_be_packed_and_regions_may_be_listed() {
    let cli = folder();
    let text = cli.read("genome.fa");
    cli.write("block.fa.gz", bgzip(&text, 700));
    cli.write("stream.fa.gz", gzip(&text));
    // The second region ends inside a hit's reach of the first; none has a base of the third contig but its N.
    cli.write(
        "places.bed",
        "chr2\t100\t400\nchr1\t0\t300\nchr1\t303\t310\nnone\t5\t60\n",
    );
    for genome in ["genome.fa", "block.fa.gz", "stream.fa.gz"] {
        for regions in [&[][..], &["-R", "places.bed"]] {
            let scan = ["scan", genome, "--motifs", "m.meme", "--p", "0.05", "--force"];
            let scan = [&scan[..], regions, &["-o"]].concat();
            cli.succeed(&[&scan[..], &["whole.parquet"]].concat());
            for shard in ["1/3", "2/3", "3/3"] {
                cli.succeed(&[&scan[..], &[&format!("{}.parquet", &shard[..1]), "--shard", shard]].concat());
            }
            let parts = ["2.parquet", "1.parquet", "3.parquet"];
            cli.succeed(&[&["gather", "-o", "gathered.parquet", "--force"], &parts[..]].concat());
            assert!(cli.read("gathered.parquet") == cli.read("whole.parquet"), "{genome}");
            let rows = |name: &str| inspect_parquet(&cli.path(name)).unwrap().rows;
            assert!(parts.iter().all(|part| rows(part) < rows("whole.parquet")));
            assert_eq!(parts.iter().map(|part| rows(part)).sum::<u64>(), rows("whole.parquet"));
        }
    }
}

#[test]
fn every_part_has_the_background_of_the_whole_genome() {
    let cli = folder();
    // The halves of the genome have other bases each.
    cli.write(
        "genome.fa",
        fasta(&[
            ("at", bases(2000, 1).replace('G', "A")),
            ("gc", bases(2000, 2).replace('T', "C")),
        ]),
    );
    let parts = parts(&cli, &SCAN, 2, &["--background", "genome"]);
    let background = |name: &str| inspect_parquet(&cli.path(name)).unwrap().key_values["processive.background"].clone();
    cli.succeed(&[&SCAN[..], &["--background", "genome", "-o", "whole.parquet"]].concat());
    for part in &parts {
        assert_eq!(background(part), background("whole.parquet"));
    }
    gather(&cli, &parts, &["-o", "gathered.parquet"]);
    assert!(cli.read("gathered.parquet") == cli.read("whole.parquet"));
}

#[test]
fn what_is_said_counts_the_part_and_the_whole() {
    let cli = folder();
    // 2,044 + 70 + 3 + 1,500 bases, of which a quarter is the first 904.
    let whole = cli.succeed(&[&SCAN[..], &["-o", "whole.parquet"]].concat()).stderr;
    let part = cli
        .succeed(&[&SCAN[..], &["-o", "1.parquet", "--shard", "1/4"]].concat())
        .stderr;
    assert!(
        part.contains("genome.fa: shard 1/4 of 4 contigs, 904 bases (900 A C G T, 4 N, 0 other letters)"),
        "{part}"
    );
    let gathered = gather(
        &cli,
        &parts(&cli, &SCAN, 4, &["-q"]),
        &["-o", "whole.parquet", "--force"],
    );
    assert!(
        gathered.contains("4 shards of a scan: 4 contigs, 3,617 bases"),
        "{gathered}"
    );
    // Hits, windows with unknown letters, and the motifs with most hits: the same lines but the first and the last.
    let said = |text: &str| {
        let (_, said) = text.split_once("whole.parquet: ").unwrap();
        said.lines().take(6).map(str::to_owned).collect::<Vec<_>>()
    };
    assert!(said(&whole)[0].contains(" hits of 2 motifs on both strands, p <= 0.005 (exact; background uniform"));
    assert!(said(&whole)[3..].iter().any(|line| line.contains("M2")), "{whole}");
    assert_eq!(said(&gathered)[..5], said(&whole)[..5]);
}

#[test]
fn parts_that_do_not_belong_together_are_refused_by_name() {
    let cli = folder();
    let parts = parts(&cli, &SCAN, 3, &[]);
    let [third, second, first] = [0, 1, 2].map(|part| parts[part].as_str());
    let foreign = |name: &str, more: &[&str]| {
        cli.succeed(&[&SCAN[..], &["-o", name, "--shard", "3/3"], more].concat());
    };
    foreign("background.parquet", &["--background", "0.3,0.2,0.2,0.3"]);
    foreign("regions.parquet", &["-r", "chr1"]);
    cli.succeed(&[
        "scan",
        "genome.fa",
        "--motifs",
        "m.meme",
        "--p",
        "0.01",
        "-o",
        "p.parquet",
        "--shard",
        "3/3",
    ]);
    cli.succeed(&[&SCAN[..], &["-o", "four.parquet", "--shard", "3/4"]].concat());
    cli.succeed(&[&SCAN[..], &["-o", "whole.parquet"]].concat());
    save_tiny_model(&cli.path("tiny"));
    let model = [
        "scan",
        "genome.fa",
        "--model",
        "tiny",
        "-o",
        "model.parquet",
        "--shard",
        "3/3",
    ];
    cli.succeed(&model);
    cli.write("copy.parquet", cli.read(second));
    cli.write("cut.parquet", &cli.read(third)[..500]);
    // The same motifs in another order, under the same name.
    cli.write("m.meme", meme(&[("M2 second", &SECOND), ("M1 first", &FIRST)]));
    foreign("motifs.parquet", &[]);
    cli.write("m.meme", meme(&crate::motif_sample::motifs()));
    let mut other = genome();
    other.truncate(2);
    cli.write("genome.fa", fasta(&other));
    foreign("genome.parquet", &[]);
    for (given, said) in [
        (&[first, third][..], &["of 3 shards one is missing: 2/3"][..]),
        (
            &[first, second, "copy.parquet", third],
            &["copy.parquet", second, "both shard 2/3"],
        ),
        (
            &[first, second, "motifs.parquet"],
            &["different scans", "processive.motifs"],
        ),
        (
            &[first, second, "p.parquet"],
            &["p.parquet", "different scans", "--p 0.01"],
        ),
        (
            &[first, second, "background.parquet"],
            &["different scans", r#"processive.background is '{"A":0.3"#],
        ),
        (
            &[first, second, "regions.parquet"],
            &["different scans", "--region chr1"],
        ),
        (
            &[first, second, "genome.parquet"],
            &["genome.parquet", "different scans", "the list of contigs"],
        ),
        (
            &[first, second, "four.parquet"],
            &["the number of shards is 4 in the one and 3 in the other"],
        ),
        (
            &[first, second, "model.parquet"],
            &[
                "model.parquet",
                "the kind of table is scores of models in the one and hits of motifs in the other",
            ],
        ),
        (
            &["model.parquet", first, second],
            &[
                first,
                "the kind of table is hits of motifs in the one and scores of models in the other",
            ],
        ),
        (
            &[first, second, third, "whole.parquet"],
            &["whole.parquet is no shard", "--shard"],
        ),
        (&[first, second, "cut.parquet"], &["cut.parquet is cut short"]),
        (&[first, second, "m.meme"], &["m.meme is not a Parquet file"]),
    ] {
        for output in ["out.parquet", "out.bed"] {
            cli.refuse(&[&["gather"], given, &["-o", output]].concat(), said);
        }
    }
}

#[test]
fn options_that_do_not_fit_are_refused() {
    let cli = folder();
    for (more, said) in [
        (&["-o", "x.parquet", "--shard", "4/3"][..], &["'4/3'"][..]),
        (
            &["-o", "x.bed", "--shard", "1/3"],
            &["--shard 1/3 writes parquet", "bed"],
        ),
        (&["-o", "-", "--shard", "1/3"], &["--shard 1/3 writes parquet", "tsv"]),
        (
            &["-o", "x.parquet", "--shard", "1/3", "--top", "5"],
            &["--motifs", "--top"],
        ),
        (
            &["-o", "x.parquet", "--shard", "1/3", "--resume"],
            &["--shard", "--resume"],
        ),
    ] {
        cli.refuse(&[&SCAN[..], more].concat(), said);
    }
    let piped = ["scan", "-", "--motifs", "m.meme", "--shard", "1/2", "-o", "x.parquet"];
    cli.run_on("genome.fa", &piped).refused(&["standard input"]);

    let parts = parts(&cli, &SCAN, 2, &[]);
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    for (more, said) in [
        (&["-o", "x.bw"][..], &["bigwig", ".parquet"][..]),
        (
            &["-o", "x.parquet", "--precision", "3"],
            &["--precision is for the scores of models"],
        ),
        (
            &["-o", "x.bed", "--threshold", "0.5"],
            &["--threshold is for the scores of models"],
        ),
        (&["-o", "x.bed", "--top", "3"], &["--top is for"]),
        (&["-o", "x", "--partition-by", "chrom"], &["--partition-by is for"]),
        (&["-o", "x.parquet", "--model", "ctcf"], &["--model is for"]),
    ] {
        cli.refuse(&[&["gather"], &parts[..], more].concat(), said);
    }
}
