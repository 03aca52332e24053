//! What a scan refuses: with a message that helps, exit status 2, and no file left behind.

use std::fs;

use crate::fixture::Cli;
use crate::sample::{bases, bgzip, fasta, genome, gzip, model, save_tiny_model};

fn folder() -> Cli {
    let cli = Cli::new();
    cli.write("genome.fa", fasta(&genome()));
    save_tiny_model(&cli.path("tiny.safetensors"));
    cli
}

fn scan<'a>(genome: &'a str, model: &'a str, output: &'a str) -> Vec<&'a str> {
    vec!["scan", genome, "--model", model, "-o", output]
}

const PROTEIN: &str =
    ">sp|P69905\nMVLSPADKTNVKAAWGKVGAHAGEYGAEALERMFLSFPTTKTYFPHFDLSHGSAQVKGHGKKVADALTNAVAHVDDMPNALSALSDLHAHKLRVD\n";

#[test]
fn genomes_that_are_none_are_refused_with_file_and_line() {
    let cli = folder();
    let good = format!(">chr1\n{}\n", bases(5000, 4));
    let packed = gzip(fasta(&genome()).as_bytes());
    let blocks = bgzip(fasta(&genome()).as_bytes(), 300);
    let cases: [(&str, Vec<u8>, &[&str]); 12] = [
        ("empty.fa", vec![], &["empty.fa", "is empty"]),
        (
            "text.fa",
            b"chrom\tstart\nchr1\t5\n".to_vec(),
            &["text.fa, line 1", "not a FASTA file", "chrom"],
        ),
        (
            "cut.fa.gz",
            packed[..packed.len() / 2].to_vec(),
            &["cut.fa.gz", "is truncated"],
        ),
        (
            "no_trailer.fa.gz",
            packed[..packed.len() - 4].to_vec(),
            &["no_trailer.fa.gz", "is truncated"],
        ),
        (
            "cut_bgzip.fa.gz",
            blocks[..blocks.len() - 28].to_vec(),
            &["cut_bgzip.fa.gz", "is truncated"],
        ),
        (
            "twice.fa",
            format!("{good}>chr1\nACGT\n").into_bytes(),
            &["twice.fa, line 3", "'chr1'", "second time"],
        ),
        (
            "header.fa",
            format!("{good}>chr2\n>chr3\nACGT\n").into_bytes(),
            &["header.fa, line 3", "'chr2'", "no sequence"],
        ),
        (
            "last.fa",
            format!("{good}>chr2\n").into_bytes(),
            &["last.fa, line 3", "'chr2'", "no sequence"],
        ),
        (
            "nameless.fa",
            b">\nACGT\n".to_vec(),
            &["nameless.fa, line 1", "no name"],
        ),
        (
            "digit.fa",
            format!("{good}>chr2\nAC\nG7T\n").into_bytes(),
            &["digit.fa, line 5", "'7'", "'chr2'"],
        ),
        (
            "protein.fa",
            PROTEIN.as_bytes().to_vec(),
            &["sp|P69905", "looks like protein", "MVLSPADKT"],
        ),
        ("archive.fa", b"PK\x03\x04rest".to_vec(), &["archive.fa", "zip"]),
    ];
    for (name, content, parts) in cases {
        cli.write(name, content);
        for output in ["out.tsv", "out.parquet"] {
            cli.refuse(&scan(name, "tiny.safetensors", output), &[&[name][..], parts].concat());
        }
        // What went to standard output before the mistake was found cannot be taken back; the status tells.
        let outcome = cli.run(&scan(name, "tiny.safetensors", "-"));
        assert_eq!(outcome.code, Some(2), "{outcome:#?}");
    }
    cli.refuse(
        &scan("missing.fa", "tiny.safetensors", "out.tsv"),
        &["missing.fa", "No such file"],
    );
    cli.refuse(&scan(".", "tiny.safetensors", "out.tsv"), &["cannot scan ."]);
}

#[test]
fn a_model_that_is_cut_anywhere_is_refused() {
    let cli = folder();
    let whole = cli.read("tiny.safetensors");
    for cut in (0..whole.len()).step_by(64) {
        cli.write("cut.safetensors", &whole[..cut]);
        cli.refuse(
            &scan("genome.fa", "cut.safetensors", "out.tsv"),
            &["cut.safetensors", &format!("{cut} bytes")],
        );
    }
}

#[test]
fn files_that_are_no_models_are_refused() {
    let cli = folder();
    let header = br#"{"weight":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#;
    let foreign = [&(header.len() as u64).to_le_bytes()[..], header, &[0; 4]].concat();
    cli.write("foreign.safetensors", foreign);
    let parts = [
        "foreign.safetensors",
        "without a processive description",
        "processive train",
    ];
    cli.refuse(&scan("genome.fa", "foreign.safetensors", "out.tsv"), &parts);
    cli.refuse(
        &scan("genome.fa", "genome.fa", "out.tsv"),
        &["genome.fa is not a whole safetensors file"],
    );
    model(&["tiny"], "protein")
        .save(&cli.path("protein.safetensors"))
        .unwrap();
    let parts = ["model tiny reads protein", "dna model"];
    cli.refuse(&scan("genome.fa", "protein.safetensors", "out.tsv"), &parts);
    for name in ["no-such-model", "missing.safetensors"] {
        cli.refuse(
            &scan("genome.fa", name, "out.tsv"),
            &["no model file and no bundled model", name],
        );
    }
}

#[test]
fn outputs_that_cannot_be_written_are_refused() {
    let cli = folder();
    fs::create_dir(cli.path("folder.tsv")).unwrap();
    for (output, parts) in [
        ("missing/out.tsv", &["missing/out.tsv", "No such file"][..]),
        ("genome.fa/out.tsv", &["genome.fa/out.tsv"]),
        ("folder.tsv", &["folder.tsv is a folder"]),
        ("out.txt", &["out.txt", "--format", "parquet, tsv"]),
        ("out.wig", &["out.wig", "--format", "bigwig, bw"]),
        ("out", &["'out'", "--format"]),
        ("out.bed", &["--threshold"]),
    ] {
        cli.refuse(&scan("genome.fa", "tiny.safetensors", output), parts);
    }
    #[cfg(target_os = "linux")]
    for format in ["tsv", "parquet"] {
        let args = [
            &scan("genome.fa", "tiny.safetensors", "/dev/full")[..],
            &["--format", format],
        ]
        .concat();
        cli.refuse(&args, &["/dev/full", "No space left"]);
    }
}

#[test]
fn an_existing_output_is_kept_unless_force_is_given() {
    let cli = folder();
    for output in ["out.tsv", "out.parquet", "out.bedgraph.gz", "out.bw"] {
        cli.write(output, "precious");
        let args = scan("genome.fa", "tiny.safetensors", output);
        cli.refuse(&args, &[output, "exists already", "--force"]);
        cli.succeed(&[&args[..], &["--force"]].concat());
        assert_ne!(cli.read(output), b"precious");
    }
    // A scan that fails does not replace what is there.
    cli.write("bad.fa", ">chr1\nACGT\n>chr1\nACGT\n");
    cli.refuse(
        &[&scan("bad.fa", "tiny.safetensors", "out.tsv")[..], &["--force"]].concat(),
        &["second time"],
    );
}

#[test]
fn options_that_do_not_fit_are_refused() {
    let cli = folder();
    for (output, more, parts) in [
        (
            "out.tsv",
            &["--threshold", "0.5"][..],
            &["--threshold makes calls", "tsv"][..],
        ),
        ("out.tsv", &["--column", "tiny"], &["--column", "tsv"]),
        (
            "out.bw",
            &["--threshold", "0.5"],
            &["--threshold makes calls", "bigwig"],
        ),
        (
            "-",
            &["--format", "bigwig"],
            &["bigwig is not written to standard output"],
        ),
        (
            "/dev/stdout",
            &["--format", "bigwig"],
            &["bigwig is not written to standard output"],
        ),
        (
            "out.bedgraph",
            &["--column", "other"],
            &["'other'", "tiny, tiny_plus, tiny_minus"],
        ),
        ("out.bed", &["--threshold", "1.5"], &["--threshold", "between 0 and 1"]),
        ("out.bed", &["--threshold", "NaN"], &["--threshold", "between 0 and 1"]),
        (
            "out.parquet",
            &["--quantize", "u8", "--precision", "3"],
            &["--quantize", "--precision"],
        ),
        ("out.tsv", &["--quantize", "u16"], &["--quantize", "only parquet"]),
        ("out.bw", &["--quantize", "u16"], &["--quantize", "only parquet"]),
        (
            "out.bed",
            &["--quantize", "u8", "--threshold", "0.5"],
            &["--quantize", "only parquet"],
        ),
        ("out.parquet", &["--quantize", "u32"], &["--quantize", "u8, u16"]),
        ("out.tsv", &["--bin", "0"], &["--bin"]),
        ("out.tsv", &["--batch-size", "0"], &["--batch-size"]),
        ("out.tsv", &["-@", "0"], &["--threads"]),
        ("out.tsv", &["--strand", "minus"], &["--strand", "both, plus"]),
        ("out.tsv", &["--format", "vcf"], &["--format", "parquet, tsv"]),
        ("out.tsv", &["--device", "gpu"], &["--device", "auto, cpu, cuda"]),
        ("out.tsv", &["-q", "-v"], &["--quiet", "--verbose"]),
        ("out.tsv", &["--no-such-option"], &["--no-such-option"]),
    ] {
        cli.refuse(
            &[&scan("genome.fa", "tiny.safetensors", output)[..], more].concat(),
            parts,
        );
    }
}

#[test]
fn cuda_is_refused_and_never_replaced_by_the_processor() {
    let cli = folder();
    for device in ["cuda", "cuda:1"] {
        let args = [
            &scan("genome.fa", "tiny.safetensors", "out.tsv")[..],
            &["--device", device],
        ]
        .concat();
        cli.refuse(&args, &["this build has no CUDA support"]);
    }
    cli.succeed(
        &[
            &scan("genome.fa", "tiny.safetensors", "out.tsv")[..],
            &["--device", "cpu"],
        ]
        .concat(),
    );
}
