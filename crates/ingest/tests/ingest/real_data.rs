//! Real files, when they are there; the counts are those of the data sets' own descriptions.

use std::{
    collections::HashMap,
    num::NonZeroUsize,
    path::{Path, PathBuf},
};

use processive_core::{Contig, Region};
use processive_ingest::{
    ContigAliases, FastaStream, IndexedFasta, TableColumns, contig_lengths, looks_like_protein, place_peaks,
    read_fasta, read_labelled_fasta, read_motifs, read_peaks, read_positives_negatives, read_sequence_table,
};

use crate::files::{Folder, bgzip};

/// The path of a real file; says so when it is absent.
pub(crate) fn real(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared/data")
        .join(name);
    if path.exists() {
        Some(path)
    } else {
        eprintln!("SKIPPED: {} is absent", path.display());
        None
    }
}

pub(crate) fn threads(count: usize) -> NonZeroUsize {
    NonZeroUsize::new(count).unwrap()
}

#[test]
fn the_yeast_genome_has_its_published_lengths() {
    let Some(path) = real("sacCer3_distiller/sacCer3.fa.gz") else {
        return;
    };
    let Some(sizes) = real("sacCer3_distiller/sacCer3.chrom.sizes") else {
        return;
    };
    let sizes = std::fs::read_to_string(sizes).unwrap();
    let sizes: HashMap<&str, u64> = sizes
        .lines()
        .map(|line| line.split_once('\t').unwrap())
        .map(|(name, length)| (name, length.parse().unwrap()))
        .collect();
    for count in [1, 2, 5] {
        let contigs = contig_lengths(&path, threads(count)).unwrap();
        assert_eq!(contigs.len(), 17);
        assert!(
            contigs
                .iter()
                .all(|contig| sizes[contig.name.as_str()] == contig.length),
            "{count}"
        );
    }
}

#[test]
fn regions_of_the_yeast_genome_agree_with_another_reader_and_with_the_stream() {
    let Some(source) = real("sacCer3_distiller/sacCer3.fa.gz") else {
        return;
    };
    let folder = Folder::new();
    let packed = folder.path().join("sacCer3.fa.gz");
    std::fs::copy(&source, &packed).unwrap();
    let mut text = Vec::new();
    std::io::copy(&mut processive_ingest::open(&source).unwrap(), &mut text).unwrap();
    let plain = folder.write("sacCer3.fa", text);

    let mut packed = IndexedFasta::open(&packed).unwrap();
    let mut ours = IndexedFasta::open(&plain).unwrap();
    let mut theirs = bio::io::fasta::IndexedReader::from_file(&plain).unwrap();
    assert_eq!(folder.names().len(), 5, "two files, two .fai, one .gzi");
    let mut stream = FastaStream::open(&source, threads(3)).unwrap();
    for contig in ours.contigs().to_vec() {
        assert_eq!(stream.next_contig().unwrap().as_ref(), Some(&contig.name));
        let mut streamed = Vec::new();
        stream.read_block(&mut streamed, usize::MAX).unwrap();
        assert_eq!(ours.fetch(&Region::whole(&contig)).unwrap(), streamed);
        for start in (0..contig.length - 77).step_by(9973) {
            let region = Region::new(&contig.name, start, start + 77).unwrap();
            let mut expected = Vec::new();
            theirs.fetch(&contig.name, start, start + 77).unwrap();
            theirs.read(&mut expected).unwrap();
            assert_eq!(ours.fetch(&region).unwrap(), expected, "{region}");
            assert_eq!(packed.fetch(&region).unwrap(), expected, "{region}");
        }
    }
}

#[test]
fn escherichia_coli_has_its_published_composition() {
    let Some(path) = real("ecoli_k12_mg1655/NC_000913.3.fasta.gz") else {
        return;
    };
    let mut stream = FastaStream::open(&path, threads(1)).unwrap();
    assert!(stream.next_contig().unwrap().unwrap().contains("NC_000913.3"));
    let mut counts: HashMap<u8, u32> = HashMap::new();
    let mut block = Vec::new();
    while stream.read_block(&mut block, 1 << 16).unwrap() > 0 {
        for letter in block.drain(..) {
            *counts.entry(letter).or_default() += 1;
        }
    }
    assert_eq!(stream.next_contig().unwrap(), None);
    // GenBank U00096.3, statistics of the record: 4,641,652 bases.
    let expected = [
        (b'A', 1_142_742),
        (b'C', 1_180_091),
        (b'G', 1_177_437),
        (b'T', 1_141_382),
    ];
    assert_eq!(counts, HashMap::from(expected));
    // One gzip stream is held in memory.
    let mut genome = IndexedFasta::open(&path).unwrap();
    let name = genome.contigs()[0].name.clone();
    // The genome begins with the leader of the threonine operon.
    let start = genome.fetch(&Region::new(name, 0, 20).unwrap()).unwrap();
    assert_eq!(start, b"AGCTTTTCATTCTGACTGCA");
}

#[test]
fn yeast_peaks_lie_in_the_yeast_genome_under_its_names() {
    let Some(genome) = real("sacCer3_distiller/sacCer3.fa.gz") else {
        return;
    };
    let Some(folder) = real("yeast_chipexo_rossi2021/peaks") else {
        return;
    };
    let contigs = contig_lengths(&genome, threads(1)).unwrap();
    let numerals = [
        "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII", "XIII", "XIV", "XV", "XVI",
    ];
    let pairs: Vec<String> = numerals
        .iter()
        .zip(1..)
        .map(|(numeral, number)| format!("chr{number}\tchr{numeral}"))
        .collect();
    let written = Folder::new();
    let aliases = ContigAliases::read(&written.write("aliases.tsv", pairs.join("\n"))).unwrap();

    let reb1 = read_peaks(&folder.join("Reb1_CX.bed")).unwrap();
    assert_eq!(reb1.len(), 1078);
    let message = place_peaks(reb1, &contigs, None).unwrap_err().to_string();
    assert!(message.contains("--contig-aliases FILE"), "{message}");
    for entry in std::fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        let lines = std::fs::read_to_string(&path).unwrap().lines().count();
        if lines == 0 {
            assert!(read_peaks(&path).is_err(), "{}", path.display());
            continue;
        }
        let peaks = read_peaks(&path).unwrap();
        assert_eq!(peaks.len(), lines, "{}", path.display());
        let placed = place_peaks(peaks, &contigs, Some(&aliases)).unwrap();
        assert_eq!(
            (placed.peaks.len(), placed.outside.len()),
            (lines, 0),
            "{}",
            path.display()
        );
    }
}

#[test]
fn peaks_of_a_peak_caller_have_summits_and_signals() {
    let Some(path) = real("macs3_test/run_callpeak_narrow0_peaks.narrowPeak") else {
        return;
    };
    let Some(summits) = real("macs3_test/run_callpeak_narrow0_summits.bed") else {
        return;
    };
    let (peaks, summits) = (read_peaks(&path).unwrap(), read_peaks(&summits).unwrap());
    let centres: Vec<u64> = peaks.iter().map(processive_core::Peak::centre).collect();
    let expected: Vec<u64> = summits.iter().map(|summit| summit.region.start()).collect();
    assert_eq!(centres, expected);
    assert!(peaks.iter().all(|peak| peak.score.is_some_and(|score| score > 0.0)));
}

#[test]
fn published_tables_have_their_published_sizes() {
    let columns = TableColumns::default();
    for (name, rows) in [
        ("gue_tf/tf_0_train.csv", 32_378),
        ("gue_tf/tf_0_test.csv", 1_000),
        ("gue_tf/tf_2_train.csv", 19_000),
        ("gue_tf/mouse_3_test.csv", 239),
    ] {
        let Some(path) = real(name) else { continue };
        let examples = read_sequence_table(&path, &columns).unwrap();
        assert_eq!(examples.len(), rows, "{name}");
        assert!(examples.iter().all(|example| example.sequence.len() == 101), "{name}");
        let bound = examples.iter().filter(|example| example.label).count();
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(
            bound,
            text.lines().filter(|line| line.ends_with(",1")).count(),
            "{name}"
        );
    }
    let Some(path) = real("deepram_chip/SRF_H1-hESC_SRF_HudsonAlpha_B.seq.gz") else {
        return;
    };
    let columns = TableColumns {
        sequence: "seq".to_owned(),
        label: "Bound".to_owned(),
    };
    let examples = read_sequence_table(&path, &columns).unwrap();
    let bound = examples.iter().filter(|example| example.label).count();
    assert_eq!((examples.len(), bound), (1000, 500));
}

#[test]
fn published_fasta_sets_have_their_published_sizes() {
    for (name, records, lengths) in [
        ("fastsk_tf/CTCF.train.fasta", 2_000, 100..=100),
        ("fastsk_tf/EP300_47848.test.fasta", 724, 200..=200),
        ("fastsk_tf/Pbde.train.fasta", 4_500, 112..=9_414),
    ] {
        let Some(path) = real(name) else { continue };
        let examples = read_labelled_fasta(&path).unwrap();
        assert_eq!(examples.len(), records, "{name}");
        assert!(
            examples.iter().all(|example| lengths.contains(&example.sequence.len())),
            "{name}"
        );
        let bound = examples.iter().filter(|example| example.label).count();
        assert_eq!(bound * 2, records, "{name}");
    }
    let (Some(pos), Some(neg)) = (real("nanog/positives_test.fa"), real("nanog/negatives_test.fa")) else {
        return;
    };
    let examples = read_positives_negatives(&pos, &neg).unwrap();
    assert_eq!(examples.iter().filter(|example| example.label).count(), 960);
    assert_eq!(examples.len(), 960 + 964);
    let contigs: Vec<&str> = examples
        .iter()
        .map(|example| example.region.as_ref().unwrap().contig())
        .collect();
    assert!(
        contigs.iter().all(|contig| ["chr1", "chr2"].contains(contig)),
        "test chromosomes are 1 and 2"
    );
    assert!(!examples.iter().any(|example| looks_like_protein(&example.sequence)));
}

#[test]
fn motif_collections_are_complete() {
    if let Some(path) = real("motifs/JASPAR2024.meme") {
        let motifs = read_motifs(&path).unwrap();
        assert_eq!(motifs.len(), 2346);
        let ctcf = motifs.iter().find(|motif| motif.id() == "MA0139.2").unwrap();
        assert_eq!((ctcf.name(), ctcf.probabilities().len()), ("CTCF", 15));
        let [_, second, ..] = ctcf.probabilities() else {
            panic!("15 positions")
        };
        assert!((second[1] - 0.876_232).abs() < 1e-5, "{second:?}");
    }
    if let Some(path) = real("motifs/chrombpnet_motifs.meme.txt") {
        assert_eq!(read_motifs(&path).unwrap().len(), 2193);
    }
}

#[test]
fn real_proteins_look_like_proteins() {
    let Some(path) = real("cb513_ts115_ps4/TS115.fasta") else {
        return;
    };
    let proteins = read_fasta(&path).unwrap();
    assert_eq!(proteins.len(), 115);
    for protein in proteins {
        assert!(looks_like_protein(&protein.sequence), "{}", protein.name);
    }
}

#[test]
fn a_large_contig_streams_through_a_small_block() {
    // 8 Mb in one line: neither the line nor the contig is ever held.
    let mut text = b">long\n".to_vec();
    text.extend(b"ACGTTGCAN".iter().cycle().take(8_000_000));
    let folder = Folder::new();
    for (name, content) in [("plain.fa", text.clone()), ("packed.fa.gz", bgzip(&text, 65_280))] {
        let path = folder.write(name, content);
        let mut stream = FastaStream::open(&path, threads(2)).unwrap();
        stream.next_contig().unwrap();
        let mut block = Vec::with_capacity(10_000);
        let mut total = 0;
        while stream.read_block(&mut block, 10_000).unwrap() > 0 {
            assert!(
                block
                    .iter()
                    .zip(b"ACGTTGCAN".iter().cycle().skip(total % 9))
                    .all(|(a, b)| a == b)
            );
            total += block.len();
            block.clear();
            assert_eq!(block.capacity(), 10_000);
        }
        assert_eq!(total, 8_000_000);
        assert_eq!(
            contig_lengths(&path, threads(2)).unwrap(),
            [Contig::new("long", 8_000_000)]
        );
    }
}
