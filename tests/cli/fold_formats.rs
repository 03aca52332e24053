//! What a fold writes, format by format.

use std::io::Read;

use flate2::read::GzDecoder;
use processive_core::{Reduction, State8};
use processive_ingest::read_structure_predictions;
use processive_report::inspect_parquet;

use crate::fixture::Cli;
use crate::fold_sample::{Protein, eight_by_definition, fold, fold_folder, proteins, structure_model};

/// The proteins without the stop sign at an end: id, description, letters.
fn expected() -> Vec<(String, String, String)> {
    let part = |(header, letters): Protein| {
        let (id, description) = header.split_once(' ').unwrap_or((&header, ""));
        (
            id.to_owned(),
            description.to_owned(),
            letters.trim_end_matches('*').to_owned(),
        )
    };
    proteins().into_iter().map(part).collect()
}

/// Sums of the eight states by the rule, and the first of the largest as its letter.
fn three_of(eight: &[f32; 8]) -> ([f32; 3], char) {
    let mut sums = [0.0f64; 3];
    for (state, &p) in State8::ALL.iter().zip(eight) {
        sums[Reduction::GhiEb.reduce(*state) as usize] += f64::from(p);
    }
    let three = sums.map(|sum| sum as f32);
    let largest = three.iter().copied().fold(0.0, f32::max);
    let place = three.iter().position(|p| p.to_bits() == largest.to_bits()).unwrap();
    (three, ['H', 'E', 'C'][place])
}

#[test]
fn rows_are_the_probabilities_of_each_protein_alone() {
    let cli = fold_folder();
    cli.succeed(&fold("out.tsv", &["--states", "8"]));
    let text = cli.read_text("out.tsv");
    let mut lines = text.lines();
    assert_eq!(
        lines.next().unwrap(),
        "id\tposition\tresidue\tstate\tstate8\tp_helix\tp_strand\tp_coil\tp_h\tp_b\tp_e\tp_g\tp_i\tp_t\tp_s\tp_c\tconfidence"
    );
    let mut called = String::new();
    for (id, _, letters) in expected() {
        for (at, (letter, eight)) in letters.chars().zip(eight_by_definition(&letters)).enumerate() {
            let cells: Vec<&str> = lines.next().unwrap().split('\t').collect();
            let (three, state) = three_of(&eight);
            assert_eq!(
                cells[..4],
                [&*id, &(at + 1).to_string(), &letter.to_string(), &state.to_string()]
            );
            let found: Vec<u32> = cells[5..16]
                .iter()
                .map(|p| p.parse::<f32>().unwrap().to_bits())
                .collect();
            assert!(
                found.into_iter().eq(three.iter().chain(&eight).map(|p| p.to_bits())),
                "{cells:?}"
            );
            let mut sorted = three;
            sorted.sort_by(f32::total_cmp);
            let lead = f64::from(10.0 * (sorted[2] - sorted[1]));
            let digit: f64 = cells[16].parse().unwrap();
            assert!(
                digit <= lead + 1e-4 && (lead < digit + 1.0001 || digit > 8.5),
                "{cells:?}"
            );
            called.push(state);
        }
    }
    assert_eq!(lines.next(), None);
    assert!(
        "HEC".chars().all(|state| called.matches(state).count() > 20),
        "{called}"
    );
}

/// A table as lines of cells.
fn cells(text: &str) -> Vec<Vec<String>> {
    text.lines()
        .map(|line| line.split('\t').map(str::to_owned).collect())
        .collect()
}

/// The tiny fold as TSV: its rows without the heading.
fn rows(cli: &Cli) -> Vec<Vec<String>> {
    cells(&cli.succeed(&fold("-", &["-q"])).stdout).split_off(1)
}

#[test]
fn ss2_horiz_fasta_and_json_hold_the_states_of_the_table() {
    let cli = fold_folder();
    let rows = rows(&cli);
    let column = |index: usize| rows.iter().map(|row| row[index].as_str()).collect::<String>();
    let (letters, states, digits) = (column(2), column(3), column(7));

    cli.succeed(&fold("out.ss2", &[]));
    let ss2 = cli.read_text("out.ss2");
    assert_eq!(ss2.matches("# PSIPRED VFORMAT (processive V").count(), 12);
    let named: Vec<&str> = ss2.lines().filter_map(|line| line.strip_prefix("# >")).collect();
    assert!(
        named
            .iter()
            .copied()
            .eq(proteins().iter().map(|(header, _)| header.as_str()))
    );
    let lines: Vec<&str> = ss2
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .collect();
    assert_eq!(lines.len(), rows.len());
    for (line, row) in lines.iter().zip(&rows) {
        let p = |index: usize| row[index].parse::<f32>().unwrap();
        let expected = format!(
            "{:>4} {} {}  {:6.3} {:6.3} {:6.3}",
            row[1],
            row[2],
            row[3],
            p(6),
            p(4),
            p(5)
        );
        assert_eq!(*line, expected);
    }

    cli.succeed(&fold("out.horiz", &[]));
    let horiz = cli.read_text("out.horiz");
    let joined = |name: &str| {
        horiz
            .lines()
            .filter_map(|line| line.strip_prefix(name))
            .collect::<String>()
    };
    assert_eq!(
        (joined("Conf: "), joined("Pred: "), joined("  AA: ")),
        (digits, states.clone(), letters.clone())
    );

    cli.succeed(&fold("out.fa", &[]));
    let fasta = cli.read_text("out.fa");
    let lines: Vec<&str> = fasta.lines().collect();
    let part = |first: usize| lines.iter().skip(first).step_by(3).copied().collect::<Vec<_>>();
    let headers: Vec<String> = proteins().into_iter().map(|(header, _)| format!(">{header}")).collect();
    assert_eq!(
        (part(0).as_slice(), part(1).concat(), part(2).concat()),
        (
            headers.iter().map(String::as_str).collect::<Vec<_>>().as_slice(),
            letters,
            states.clone()
        )
    );

    cli.succeed(&fold("out.jsonl.gz", &["--precision", "3"]));
    let mut text = String::new();
    GzDecoder::new(&cli.read("out.jsonl.gz")[..])
        .read_to_string(&mut text)
        .unwrap();
    let objects: Vec<serde_json::Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let joined: String = objects.iter().map(|object| object["state"].as_str().unwrap()).collect();
    assert_eq!(joined, states);
    for (object, (id, description, letters)) in objects.iter().zip(expected()) {
        assert_eq!(
            (&object["id"], &object["description"]),
            (&id.into(), &description.into())
        );
        assert_eq!(
            (&object["sequence"], &object["length"]),
            (&letters.as_str().into(), &letters.len().into())
        );
    }
}

#[test]
fn segments_and_gff3_are_the_runs_of_the_table() {
    let cli = fold_folder();
    let rows = rows(&cli);
    let mut runs: Vec<(String, usize, usize, String)> = Vec::new();
    for row in &rows {
        let position: usize = row[1].parse().unwrap();
        match runs.last_mut() {
            Some((id, _, end, state)) if *id == row[0] && *end + 1 == position && *state == row[3] => *end = position,
            _ => runs.push((row[0].clone(), position - 1, position, row[3].clone())),
        }
    }
    cli.succeed(&fold("out.segments.tsv", &[]));
    let table = cells(&cli.read_text("out.segments.tsv"));
    assert_eq!(table[0], ["id", "start", "end", "state", "mean_p", "length"]);
    let found: Vec<_> = table[1..]
        .iter()
        .map(|row| {
            (
                row[0].clone(),
                row[1].parse().unwrap(),
                row[2].parse().unwrap(),
                row[3].clone(),
            )
        })
        .collect();
    assert_eq!(found, runs);

    cli.succeed(&fold("out.gff3", &[]));
    let gff = cli.read_text("out.gff3");
    let features = cells(&gff).into_iter().filter(|row| row.len() == 9).collect::<Vec<_>>();
    for (feature, segment) in features.iter().zip(&table[1..]) {
        assert_eq!(feature[0].replace("%3D", "=").replace("%3B", ";"), segment[0]);
        let start: usize = segment[1].parse().unwrap();
        assert_eq!(
            (&feature[3], &feature[4], &feature[5]),
            (&(start + 1).to_string(), &segment[2], &segment[4])
        );
    }
    assert_eq!(features.len(), runs.len());
}

#[test]
fn a_single_protein_has_exactly_the_lines_of_psipred() {
    let cli = fold_folder();
    cli.write("proteins.fa", ">one of one\nMKTAY\n");
    cli.succeed(&fold("out.ss2", &[]));
    let lines: Vec<String> = cli.read_text("out.ss2").lines().map(str::to_owned).collect();
    assert_eq!(lines.len(), 7);
    assert!(lines[0].starts_with("# PSIPRED VFORMAT (processive V") && lines[1].is_empty());
    assert!(lines[2].starts_with("   1 M ") && lines[6].starts_with("   5 Y "));
}

#[test]
fn parquet_says_how_it_was_made_and_inspect_and_columns_explain_it() {
    let cli = fold_folder();
    cli.succeed(&fold("out.parquet", &["-@2", "-v", "--batch-size", "77"]));
    let summary = inspect_parquet(&cli.path("out.parquet")).unwrap();
    assert_eq!((summary.rows, summary.row_groups), (620, 1));
    let footer = &summary.key_values;
    let command = "processive fold proteins.fa --model tiny.safetensors --output out.parquet";
    assert_eq!(footer["processive.command"], command);
    assert_eq!(footer["processive.version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(footer["processive.model.digest"], structure_model().digest());
    assert_eq!(footer["processive.reduction"], "ghi-eb");
    assert!(!footer.contains_key("bio.coordinate_system_zero_based"));

    let text = cli.succeed(&["inspect", "out.parquet"]).stdout;
    assert!(
        text.contains("620 rows in 1 row group\n") && text.contains("processive.proteins  "),
        "{text}"
    );
    let page = cli.succeed(&["columns", "fold"]).stdout;
    for column in &summary.columns {
        assert!(
            page.lines()
                .any(|line| line.trim_start().starts_with(&format!("{} ", column.name))),
            "{page}"
        );
    }
    let page = cli.succeed(&["columns", "segments"]).stdout;
    assert!(page.contains("half-open"), "{page}");
}

#[test]
fn what_is_written_reads_back_as_a_prediction() {
    let cli = fold_folder();
    let rows = rows(&cli);
    let states = |id: &str| {
        rows.iter()
            .filter(|row| row[0] == id)
            .map(|row| row[3].as_str())
            .collect::<String>()
    };
    for output in ["out.ss2", "out.horiz", "out.fasta", "out.tsv", "out.ss2.gz"] {
        cli.succeed(&fold(output, &["-q"]));
        let chains = read_structure_predictions(&cli.path(output)).unwrap();
        assert_eq!(chains.len(), 12, "{output}");
        for (chain, (id, _, letters)) in chains.iter().zip(expected()) {
            assert_eq!(chain.id, id, "{output}");
            assert_eq!(chain.sequence.as_deref(), Some(letters.as_bytes()), "{output}");
            let found = chain.states.three(Reduction::GhiEb);
            let found: String = found.iter().map(|state| char::from(state.letter())).collect();
            assert_eq!(found, states(&id), "{output}, {id}");
        }
    }
}
