//! `processive prepare structure`: what is left out, what is kept, and for what.

use std::collections::BTreeMap;

use processive_core::ChainRow;
use processive_report::read_chain_table;

use crate::fixture::Cli;
use crate::fold_sample::residues;
use crate::sample::gzip;

/// A row of a table of chains by column.
type Row = BTreeMap<String, String>;

/// A table of chains with as many states as residues: `H` throughout, or `eight` throughout.
fn table(rows: &[(&str, &str, &str, &str)]) -> String {
    let mut text = "id\tsplit\tsequence\tq3\tq8\n".to_owned();
    for (id, split, letters, eight) in rows {
        let [q3, q8] = [if *eight == "T" { "C" } else { "H" }, eight].map(|state| state.repeat(letters.len()));
        text += &format!("{id}\t{split}\t{letters}\t{q3}\t{q8}\n");
    }
    text
}

fn rows(text: &str) -> Vec<Row> {
    let mut lines = text.lines().map(|line| line.split('\t').map(str::to_owned));
    let names: Vec<String> = lines.next().unwrap().collect();
    lines.map(|cells| names.iter().cloned().zip(cells).collect()).collect()
}

/// The letters with every fifth replaced by the next amino acid.
fn relative(letters: &str) -> String {
    const AMINO_ACIDS: &str = "ACDEFGHIKLMNPQRSTVWYA";
    let next = |letter: char| {
        AMINO_ACIDS
            .split_once(letter)
            .and_then(|(_, behind)| behind.chars().next())
    };
    let changed = letters.char_indices();
    changed
        .map(|(place, letter)| if place % 5 == 2 { next(letter).unwrap() } else { letter })
        .collect()
}

const TAG: &str = "MGSSHHHHHHSSGLVPRGSH";

/// A folder with chains of two sources and protected chains:
/// - `three.tsv`: 12 families of two relatives (f0a f0b ...), a leaked stretch, a near copy of a test chain, a chain that
///   shares a tag with one, and a chain whose copy is in
/// - `eight.tsv`: with states of eight, without the first residue, and under a bare number;
/// - `test.csv`: the protected chains, as `NetSurfP` has them.
fn folder() -> Cli {
    let cli = Cli::new();
    let [leaked, near, tagged, own, twice, other] = [901, 902, 903, 904, 905, 906].map(|seed| residues(120, seed));
    let stretch = format!("{}{}", &own[..80], &leaked[20..60]);
    let close = relative(&near);
    let with_tag = format!("{TAG}{other}");
    let mut chains = vec![
        ("leak".to_owned(), stretch),
        ("near".to_owned(), close),
        ("tagged".to_owned(), with_tag),
        ("twice".to_owned(), twice.clone()),
    ];
    for family in 0..12 {
        let letters = residues(100, 1000 + family);
        chains.push((format!("f{family}b"), relative(&letters)));
        chains.push((format!("f{family}a"), letters));
    }
    let of_three: Vec<_> = chains
        .iter()
        .map(|(id, letters)| (&id[..], "", &letters[..], ""))
        .collect();
    cli.write("three.tsv", table(&of_three));
    cli.write("eight.tsv", table(&[("17", "", &twice[1..], "T")]));
    let spaced = |text: &str| text.chars().map(|letter| format!("{letter} ")).collect::<String>();
    let mut test = "input, dssp3, dssp8, disorder, cb513_mask\n".to_owned();
    for letters in [leaked, near, format!("{TAG}{tagged}")] {
        let ones = "1.0 ".repeat(letters.len());
        let coil = "C ".repeat(letters.len());
        test += &format!("{},{coil},{coil},{ones},{ones}\n", spaced(&letters));
    }
    cli.write("test.csv", test);
    cli
}

const BOTH: [&str; 8] = [
    "prepare",
    "structure",
    "--chains",
    "three.tsv",
    "eight.tsv",
    "--valid-share",
    "0.2",
    "--protect",
];

fn prepare<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&BOTH[..], &["test.csv"], more].concat()
}

#[test]
fn leaks_and_copies_are_left_out_and_reported() {
    let cli = folder();
    let outcome = cli.succeed(&prepare(&["-o", "out.tsv", "--report", "drops.tsv"]));
    let drops = rows(&cli.read_text("drops.tsv"));
    let told: Vec<[&str; 4]> = drops
        .iter()
        .map(|drop| ["id", "source", "reason", "with"].map(|column| &drop[column][..]))
        .collect();
    assert_eq!(
        told,
        [
            ["leak", "three", "shared-stretch", "test_1"],
            ["near", "three", "similar", "test_2"],
            ["eight-17", "eight", "carried-over", "twice"],
        ]
    );
    // 40 residues were copied; every fifth was changed.
    assert!(
        drops[0]["stretch_length"].parse::<usize>().unwrap() >= 40,
        "{:?}",
        drops[0]
    );
    let identity: f64 = drops[1]["identity"].parse().unwrap();
    assert!((0.78..0.82).contains(&identity), "{identity}");
    assert_eq!((&drops[2]["identity"][..], &drops[2]["residues"][..]), ("", "119"));

    let table = rows(&cli.read_text("out.tsv"));
    assert_eq!(table.len(), 26);
    let of = |id: &str| table.iter().find(|row| row["id"] == id).unwrap();
    // A tag is no sign of kinship.
    assert_eq!(of("tagged")["q3"], "H".repeat(140));
    assert_eq!(of("tagged")["q8"], "");
    // The chain that has all residues has the eight states of its copy; H beats T, which is no helix.
    assert_eq!(of("twice")["mask"], format!("0{}", "1".repeat(119)));
    assert_eq!(of("twice")["q8"][1..], "H".repeat(119));

    let text = outcome.stderr;
    for part in [
        "source",
        "shared-stretch",
        "shares 20 residues or more in a row with one of 3 protected chains",
        "25 % identity or more over 50 % or more of the shorter chain",
        "at most 20 % of the scored residues",
        "left: 1 chain (119 scored residues) with states of eight, 25 chains",
        "14 clusters",
    ] {
        assert!(text.contains(part), "'{part}' is not in {text}");
    }
    let count = |source: &str| {
        let line = text.lines().find(|line| line.starts_with(source)).unwrap();
        line.split_whitespace()
            .skip(2)
            .map(|number| number.parse().unwrap())
            .collect::<Vec<usize>>()
    };
    let (three, eight, all) = (count("three "), count("eight "), count("all "));
    assert_eq!(three[..6], [28, 0, 1, 1, 0, 0]);
    assert_eq!(eight, [1, 0, 0, 0, 0, 1, 0, 0]);
    assert_eq!(three[6] + three[7], 26);
    assert_eq!(all[0], 29);
}

#[test]
fn validation_chains_have_no_kin_in_training() {
    let cli = folder();
    cli.succeed(&prepare(&["-o", "out.tsv"]));
    let table = rows(&cli.read_text("out.tsv"));
    for family in 0..12 {
        let members = ["a", "b"].map(|member| {
            let id = format!("f{family}{member}");
            table.iter().find(|row| row["id"] == id).unwrap()
        });
        for column in ["split", "cluster"] {
            assert_eq!(members[0][column], members[1][column]);
        }
        assert_eq!(members[0]["cluster"], format!("f{family}b"));
    }
    let residues = |split: &str| {
        let rows = table.iter().filter(|row| row["split"] == split);
        rows.map(|row| row["sequence"].len()).sum::<usize>()
    };
    let (train, valid) = (residues("train"), residues("valid"));
    // A family has 200 residues; the share is reached but for less than that.
    assert!(
        valid * 5 <= train + valid && (valid + 200) * 5 > train + valid,
        "{train} {valid}"
    );
    cli.succeed(&prepare(&["-o", "again.tsv", "-@", "1"]));
    assert_eq!(cli.read("again.tsv"), cli.read("out.tsv"));
    cli.succeed(&prepare(&["-o", "other.tsv", "--seed", "2"]));
    assert_ne!(cli.read("other.tsv"), cli.read("out.tsv"));
}

#[test]
fn all_formats_hold_the_same_and_are_read_back() {
    let cli = folder();
    for output in ["out.tsv", "out.tsv.gz", "out.parquet"] {
        cli.succeed(&prepare(&["-o", output]));
    }
    let text = cli.read_text("out.tsv");
    let parquet = read_chain_table(&cli.path("out.parquet")).unwrap();
    let cells = |row: &ChainRow| {
        let eight = row.chain.labels.eight().unwrap_or_default();
        [
            row.chain.id.clone(),
            row.source.clone(),
            row.split.clone(),
            row.cluster.clone(),
            String::from_utf8(row.chain.sequence.clone()).unwrap(),
            eight.iter().map(|state| char::from(state.letter())).collect(),
        ]
    };
    let columns = ["id", "source", "split", "cluster", "sequence", "q8"];
    let of_text: Vec<_> = rows(&text)
        .iter()
        .map(|row| columns.map(|column| row[column].clone()))
        .collect();
    assert_eq!(parquet.iter().map(cells).collect::<Vec<_>>(), of_text);

    // Prepared once more, without anything to leave out, every form gives the same table.
    for input in ["out.tsv", "out.tsv.gz", "out.parquet"] {
        let output = format!("from-{input}.tsv");
        let args = [
            "prepare",
            "structure",
            "--chains",
            input,
            "--valid-share",
            "0.2",
            "-o",
            &output,
        ];
        assert!(cli.succeed(&args).stderr.contains("no test chains are named"));
        assert_eq!(cli.read_text(&output), text, "{input}");
    }
    let told = cli.succeed(&["inspect", "out.parquet"]).stdout;
    assert!(told.contains("prepare structure --chains three.tsv"), "{told}");
}

#[test]
fn chains_of_the_split_test_are_protected_and_kept_only_if_asked() {
    let cli = Cli::new();
    let [first, second, third] = [911, 912, 913].map(|seed| residues(90, seed));
    let leak = relative(&first);
    cli.write(
        "chains.tsv",
        table(&[
            ("a", "train", &leak, ""),
            ("b", "test", &first, ""),
            ("c", "valid", &second, ""),
            ("d", "train", &third, ""),
        ]),
    );
    let args = ["prepare", "structure", "--chains", "chains.tsv", "--valid-share", "0.5"];
    cli.succeed(&[&args[..], &["-o", "out.tsv", "--report", "drops.tsv"]].concat());
    let ids = |name: &str| {
        rows(&cli.read_text(name))
            .iter()
            .map(|row| row["id"].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(ids("out.tsv"), ["c", "d"]);
    assert_eq!(rows(&cli.read_text("drops.tsv"))[0]["with"], "b");
    let outcome = cli.succeed(&[&args[..], &["-o", "with.tsv", "--keep-test"]].concat());
    assert!(outcome.stderr.contains("kept in the split test"), "{}", outcome.stderr);
    assert_eq!(ids("with.tsv"), ["c", "d", "b"]);
    assert_eq!(rows(&cli.read_text("with.tsv"))[2]["split"], "test");
    let of = |name: &str| cli.read_text(name).lines().map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(of("with.tsv")[..3], of("out.tsv"));
}

#[test]
fn a_table_grows_and_its_validation_chains_stay() {
    let cli = Cli::new();
    let [first, second, third] = [921, 922, 923].map(|seed| residues(90, seed));
    cli.write(
        "old.tsv",
        table(&[("a", "valid", &first, ""), ("b", "train", &second, "")]),
    );
    cli.write(
        "more.tsv",
        table(&[("c", "", &relative(&first), ""), ("d", "", &third, "")]),
    );
    let grow = ["prepare", "structure", "--keep-valid", "-o", "out.tsv", "--chains"];
    let args = [&grow[..], &["old.tsv", "more.tsv", "--report", "drops.tsv"]].concat();
    let told = cli.succeed(&args).stderr;
    assert!(told.contains("came in the split valid: kept"), "{told}");
    let kept = rows(&cli.read_text("out.tsv"));
    let kept: Vec<_> = kept.iter().map(|row| [&row["id"][..], &row["split"]]).collect();
    assert_eq!(kept, [["b", "train"], ["d", "train"], ["a", "valid"]]);
    let drops = rows(&cli.read_text("drops.tsv"));
    assert_eq!([&drops[0]["id"][..], &drops[0]["with"]], ["c", "a"]);

    let args = [&grow[..], &["more.tsv", "--force"]].concat();
    let told = cli.run(&args).stderr;
    assert!(told.contains("no chain comes in the split 'valid'"), "{told}");
    let told = cli.run(&[&args[..], &["--valid-share", "0.1"]].concat()).stderr;
    assert!(told.contains("--valid-share"), "{told}");
}

#[test]
fn protected_chains_come_as_fasta_too_and_sources_take_other_names() {
    let cli = folder();
    let fasta = format!(">t1 a test chain\n{}\n", residues(120, 902));
    cli.write("set.fa.gz", gzip(fasta.as_bytes()));
    let run = [
        &BOTH[..],
        &["set.fa.gz", "test.csv", "--rename", "three=one", "set.fa=two"],
    ]
    .concat();
    cli.succeed(&[&run[..], &["-o", "out.tsv", "--report", "drops.tsv"]].concat());
    let drops = rows(&cli.read_text("drops.tsv"));
    let near = drops.iter().find(|drop| drop["id"] == "near").unwrap();
    let told = ["source", "with", "with_source"].map(|column| &near[column][..]);
    assert_eq!(told, ["one", "t1", "two"]);
}

#[test]
fn a_prepared_table_is_trained_on() {
    let cli = folder();
    cli.succeed(&prepare(&["-o", "out.parquet", "--report", "drops.tsv"]));
    let train = [
        "train",
        "structure",
        "--chains",
        "out.parquet",
        "--drops",
        "drops.tsv",
        "--arch",
        "gru",
        "--hidden",
        "4",
        "--epochs",
        "1",
        "--no-progress",
        "-o",
        "model.safetensors",
    ];
    cli.succeed(&train);
    let told = cli.succeed(&["models", "model.safetensors"]).stdout;
    assert!(told.contains("eight-17"), "{told}");
}

#[test]
fn what_cannot_be_prepared_is_refused() {
    let cli = folder();
    cli.write("there.tsv", "kept");
    let [first, second] = [921, 922].map(|seed| residues(80, seed));
    cli.write("test.tsv", table(&[("a", "test", &first, "")]));
    cli.write("repeated.tsv", table(&[("a", "", &first, ""), ("a", "", &second, "")]));
    cli.write("broken.tsv", "id\tsequence\tq3\na\tMKV\tHH\n");
    let out = ["-o", "out.tsv"];
    for (more, parts) in [
        (&["--chains", "there.tsv"][..], &["there.tsv"][..]),
        (&[], &["no labelled chains are named", "--chains"]),
        (&["--chains", "test.tsv"], &["all chains are in the split 'test'"]),
        (&["--chains", "repeated.tsv"], &["'a' of 'repeated' occurs twice"]),
        (&["--chains", "broken.tsv"], &["broken.tsv", "'a'"]),
        (&["--chains", "three.tsv", "--protect", "none.csv"], &["none.csv"]),
        (
            &["--chains", "three.tsv", "--protect", "three.tsv"],
            &["no chain is left"],
        ),
        (
            &["--chains", "three.tsv", "--rename", "x=y"],
            &["no source is called 'x'", "three"],
        ),
        (&["--chains", "three.tsv", "--rename", "x"], &["SOURCE=NAME"]),
        (
            &["--chains", "three.tsv", "--valid-share", "0"],
            &["--valid-share cannot be 0", "more than 0"],
        ),
        (
            &["--chains", "three.tsv", "--valid-share", "1"],
            &["--valid-share cannot be 1", "less than 1"],
        ),
        (
            &["--chains", "three.tsv", "--valid-share", "NaN"],
            &["--valid-share cannot be NaN"],
        ),
        (&["--chains", "three.tsv", "--reduction", "hec"], &["ghi-eb"]),
    ] {
        cli.refuse(&[&["prepare", "structure"], more, &out].concat(), parts);
    }
    let args = ["prepare", "structure", "--chains", "three.tsv"];
    cli.refuse(&[&args[..], &["-o", "there.tsv"]].concat(), &["there.tsv", "--force"]);
    cli.refuse(
        &[&args[..], &["-o", "out.tsv", "--report", "there.tsv"]].concat(),
        &["there.tsv", "--force"],
    );
    cli.refuse(
        &[&args[..], &["-o", "out.csv"]].concat(),
        &["out.csv", "parquet, tsv, tsv.gz"],
    );
    cli.refuse(&args, &["--output"]);
    cli.succeed(&[&args[..], &["-o", "there.tsv", "--force"]].concat());
}
