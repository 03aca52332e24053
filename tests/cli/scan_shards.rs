//! Scans in parts on several machines, and what is gathered of them.

use std::fs;

use processive_report::inspect_parquet;

use crate::fixture::Cli;
use crate::sample::{bases, bgzip, fasta, genome, gzip, model, save_tiny_model};
use crate::scan_parts::{gather, parts};

const SCAN: [&str; 4] = ["scan", "genome.fa", "--model", "tiny.safetensors"];

/// A genome of several contigs, one of them with a gap, and a model.
fn folder() -> Cli {
    let cli = Cli::new();
    let gaps = format!("{}{}{}", bases(3000, 7), "N".repeat(500), bases(2000, 8));
    cli.write(
        "genome.fa",
        fasta(&[("a", gaps), ("b", bases(30, 9)), ("c", bases(4000, 10))]),
    );
    save_tiny_model(&cli.path("tiny.safetensors"));
    cli
}

#[test]
fn gathered_parts_are_the_file_of_one_scan_in_every_format() {
    let cli = folder();
    for rows in [&[][..], &["--bin", "3", "--strand", "plus", "--batch-size", "50"]] {
        let scan = [&SCAN[..], rows].concat();
        for (count, threads) in [(1, "-@2"), (3, "-@1"), (40, "-@2")] {
            let parts = parts(&cli, &SCAN, count, &[rows, &[threads]].concat());
            for (output, table) in [
                ("x.parquet", &[][..]),
                ("x.parquet", &["--precision", "3"]),
                ("x.parquet", &["--quantize", "u8"]),
                ("x.parquet", &["--top", "7", "--column", "tiny"]),
                ("x.tsv.gz", &[]),
                ("x.bedgraph", &[]),
                ("x.bw", &[]),
                ("x.bed", &["--threshold", "0.5"]),
                ("x.narrowPeak", &["--threshold", "0.5", "--precision", "1"]),
            ] {
                let table = [&["-o", output, "--force"], table].concat();
                cli.succeed(&[&scan[..], &table].concat());
                let whole = cli.read(output);
                gather(&cli, &parts, &table);
                assert!(cli.read(output) == whole, "{count} parts, {table:?}");
            }
        }
    }
}

#[test]
fn the_genome_may_be_packed_and_its_index_is_made() {
    let cli = folder();
    let text = cli.read("genome.fa");
    cli.write("block.fa.gz", bgzip(&text, 700));
    cli.write("stream.fa.gz", gzip(&text));
    for genome in ["genome.fa", "block.fa.gz", "stream.fa.gz"] {
        let scan = ["scan", genome, "--model", "tiny.safetensors", "--force", "-o"];
        cli.succeed(&[&scan[..], &["whole.parquet"]].concat());
        for shard in ["1/2", "2/2"] {
            cli.succeed(&[&scan[..], &[&format!("{}.parquet", &shard[..1]), "--shard", shard]].concat());
        }
        cli.succeed(&["gather", "2.parquet", "1.parquet", "-o", "gathered.parquet", "--force"]);
        assert!(cli.read("gathered.parquet") == cli.read("whole.parquet"), "{genome}");
    }
    assert!(cli.path("genome.fa.fai").exists() && cli.path("block.fa.gz.gzi").exists());
    assert!(!cli.path("stream.fa.gz.fai").exists());
}

#[test]
fn regions_and_folders_are_gathered_too() {
    let cli = folder();
    let regions = ["-r", "a:2901-3600", "-r", "c"];
    let whole = [&SCAN[..], &regions, &["-o", "whole.parquet"]].concat();
    cli.succeed(&whole);
    let parts = parts(&cli, &SCAN, 3, &regions);
    gather(&cli, &parts, &["-o", "gathered.parquet"]);
    assert!(cli.read("gathered.parquet") == cli.read("whole.parquet"));

    cli.succeed(&[&SCAN[..], &regions, &["-o", "whole", "--partition-by", "chrom"]].concat());
    gather(&cli, &parts, &["-o", "gathered", "--partition-by", "chrom"]);
    for contig in ["chrom=a", "chrom=c"] {
        let read = |folder: &str| fs::read(cli.path(folder).join(contig).join("part-0.parquet")).unwrap();
        assert!(read("gathered") == read("whole"), "{contig}");
    }
}

#[test]
fn what_is_said_counts_the_part_and_the_whole() {
    let cli = folder();
    let whole = cli.succeed(&[&SCAN[..], &["-o", "whole.parquet"]].concat()).stderr;
    let part = cli
        .succeed(&[&SCAN[..], &["-o", "1.parquet", "--shard", "1/4"]].concat())
        .stderr;
    // 550 + 3 + 400 bins of 10 are 8 batches of 128, of which the last one is not full.
    assert!(
        part.contains("genome.fa: shard 1/4 of 3 contigs, 2,560 bases"),
        "{part}"
    );
    assert!(part.contains("1.parquet: 256 bins of 10 bp by tiny"), "{part}");
    let gathered = gather(&cli, &parts(&cli, &SCAN, 4, &["-q"]), &["-o", "gathered.parquet"]);
    assert!(
        gathered.contains("4 shards of a scan: 3 contigs, 9,530 bases"),
        "{gathered}"
    );
    let sites = |text: &str| {
        let (_, sites) = text.split_once("best sites").unwrap();
        sites.lines().take(12).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(sites(&gathered), sites(&whole));
    let written = |text: &str| {
        let line = text.lines().find(|line| line.contains(" bins of 10 bp by tiny"));
        line.unwrap().split_once(": ").unwrap().1.to_owned()
    };
    assert_eq!(written(&gathered), written(&whole));
}

#[test]
fn more_parts_than_bins_leave_some_without_a_row() {
    let cli = folder();
    cli.write("genome.fa", fasta(&[("c", bases(25, 1))]));
    let parts = parts(&cli, &SCAN, 5, &["--batch-size", "1"]);
    let rows = |name: &String| inspect_parquet(&cli.path(name)).unwrap().rows;
    let mut rows: Vec<u64> = parts.iter().map(rows).collect();
    rows.reverse();
    assert_eq!(rows, [0, 1, 0, 1, 1]);
    cli.succeed(&[&SCAN[..], &["--batch-size", "1", "-o", "whole.parquet"]].concat());
    gather(&cli, &parts, &["-o", "gathered.parquet"]);
    assert!(cli.read("gathered.parquet") == cli.read("whole.parquet"));
}

#[test]
fn parts_that_do_not_belong_together_are_refused_by_name() {
    let cli = folder();
    let parts = parts(&cli, &SCAN, 3, &[]);
    let [third, second, first] = [0, 1, 2].map(|part| parts[part].as_str());
    let foreign = |name: &str, more: &[&str]| {
        cli.succeed(&[&SCAN[..], &["-o", name], more].concat());
    };
    foreign("bin.parquet", &["--shard", "3/3", "--bin", "5"]);
    foreign("four.parquet", &["--shard", "3/4"]);
    foreign("whole.parquet", &[]);
    cli.write("copy.parquet", cli.read(second));
    cli.write("cut.parquet", &cli.read(third)[..500]);
    model(&["other"], "dna").save(&cli.path("tiny.safetensors")).unwrap();
    foreign("model.parquet", &["--shard", "3/3"]);
    save_tiny_model(&cli.path("tiny.safetensors"));
    cli.write("genome.fa", fasta(&genome()));
    foreign("genome.parquet", &["--shard", "3/3"]);
    for (given, said) in [
        (&[first, third][..], &["of 3 shards one is missing: 2/3"][..]),
        (&[second], &["of 3 shards some are missing: 1/3, 3/3"]),
        (
            &[first, second, "copy.parquet", third],
            &["copy.parquet", second, "both shard 2/3"],
        ),
        (
            &[first, second, "bin.parquet"],
            &["bin.parquet", "different scans", "--bin 5"],
        ),
        (
            &[first, second, "model.parquet"],
            &["model.parquet", "different scans", "processive.model.digest"],
        ),
        (
            &[first, second, "genome.parquet"],
            &["genome.parquet", "different scans", "the list of contigs"],
        ),
        (
            &[first, second, "four.parquet"],
            &[
                "four.parquet",
                "the number of shards is 4 in the one and 3 in the other",
            ],
        ),
        (
            &[first, second, third, "whole.parquet"],
            &["whole.parquet is no shard", "--shard"],
        ),
        (&[first, second, "cut.parquet"], &["cut.parquet is cut short"]),
        (&[first, second, "genome.fa"], &["genome.fa is not a Parquet file"]),
        (&[first, second, "missing.parquet"], &["missing.parquet"]),
        (&[], &["SHARD"]),
    ] {
        for output in ["out.parquet", "out.tsv"] {
            cli.refuse(&[&["gather"], given, &["-o", output]].concat(), said);
        }
    }
}

#[test]
fn options_that_do_not_fit_a_part_are_refused() {
    let cli = folder();
    for (more, said) in [
        (
            &["-o", "x.parquet", "--shard", "0/3"][..],
            &["'0/3'", "3/8 is the third of eight"][..],
        ),
        (&["-o", "x.parquet", "--shard", "4/3"], &["'4/3'"]),
        (
            &["-o", "x.tsv", "--shard", "1/3"],
            &["--shard 1/3 writes parquet", "tsv"],
        ),
        (&["-o", "-", "--shard", "1/3"], &["--shard 1/3 writes parquet"]),
        (
            &["-o", "x.parquet", "--shard", "1/3", "--precision", "3"],
            &["give --precision to gather"],
        ),
        (
            &["-o", "x.parquet", "--shard", "1/3", "--quantize", "u8"],
            &["give --quantize to gather"],
        ),
        (
            &["-o", "x.parquet", "--shard", "1/3", "--top", "3"],
            &["give --top to gather"],
        ),
        (
            &["-o", "x.parquet", "--shard", "1/3", "--partition-by", "chrom"],
            &["give --partition-by to gather"],
        ),
    ] {
        cli.refuse(&[&SCAN[..], more].concat(), said);
    }
    let standard_input = [
        "scan",
        "-",
        "--model",
        "tiny.safetensors",
        "--shard",
        "1/2",
        "-o",
        "x.parquet",
    ];
    cli.run_on("genome.fa", &standard_input).refused(&["standard input"]);
}

#[test]
fn a_threshold_of_the_card_needs_the_model_of_the_scan() {
    let cli = folder();
    let parts = parts(&cli, &SCAN, 2, &[]);
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    let calls = ["-o", "out.bed", "--threshold", "model"];
    let gather = [&["gather"], &parts[..], &calls].concat();
    cli.refuse(&gather, &["the card of the model of tiny", "--model"]);
    let model = [&gather[..], &["--model", "tiny.safetensors"]].concat();
    cli.succeed(&model);
    let gathered = cli.read("out.bed");
    cli.succeed(&[&SCAN[..], &calls, &["--force"]].concat());
    assert_eq!(gathered, cli.read("out.bed"));
    cli.refuse(
        &[&gather[..], &["--force", "--model", "ctcf"]].concat(),
        &["the model that scored tiny", "ctcf is another one"],
    );
}
