//! Peaks on a genome.

use std::collections::{HashMap, HashSet};

use processive_core::{Contig, Peak, Region};

use crate::{ContigAliases, IngestError};

/// Peaks whose contigs exist.
#[derive(Clone, Debug, PartialEq)]
pub struct PlacedPeaks {
    /// Peaks that lie in the genome, their contigs named as the genome names them.
    pub peaks: Vec<Peak>,
    /// Peaks that reach past the end of their contig: a sign of another assembly. They are for the caller to
    /// report, not to use.
    pub outside: Vec<Peak>,
}

/// Checks peaks against the contigs of a genome, after renaming them.
///
/// # Errors
/// [`IngestError::UnknownContigs`] when the genome lacks a contig that a peak names; it shows both lists.
pub fn place_peaks(
    peaks: Vec<Peak>,
    contigs: &[Contig],
    aliases: Option<&ContigAliases>,
) -> Result<PlacedPeaks, IngestError> {
    let lengths: HashMap<&str, u64> = contigs
        .iter()
        .map(|contig| (contig.name.as_str(), contig.length))
        .collect();
    let name_of = |peak: &Peak| -> String {
        let name = peak.region.contig();
        aliases.map_or(name, |aliases| aliases.rename(name)).to_owned()
    };
    let in_peaks = distinct(peaks.iter().map(name_of));
    let unknown: Vec<String> = in_peaks
        .iter()
        .filter(|name| !lengths.contains_key(name.as_str()))
        .cloned()
        .collect();
    if !unknown.is_empty() {
        return Err(IngestError::UnknownContigs {
            unknown,
            in_peaks,
            in_genome: contigs.iter().map(|contig| contig.name.clone()).collect(),
        });
    }
    let renamed = peaks.into_iter().map(|peak| rename(name_of(&peak), peak));
    let (peaks, outside) = renamed.partition(|peak| peak.region.end() <= lengths[peak.region.contig()]);
    Ok(PlacedPeaks { peaks, outside })
}

fn rename(contig: String, peak: Peak) -> Peak {
    let region = Region::new(contig, peak.region.start(), peak.region.end());
    let region = region.expect("another name leaves start and end in order");
    Peak { region, ..peak }
}

/// Returns every name once, in the order of its first occurrence.
fn distinct(names: impl Iterator<Item = String>) -> Vec<String> {
    let mut seen = HashSet::new();
    names.filter(|name| seen.insert(name.clone())).collect()
}

#[cfg(test)]
mod tests {
    use processive_core::Strand;

    use super::*;

    fn peak(contig: &str, start: u64, end: u64) -> Peak {
        Peak {
            region: Region::new(contig, start, end).unwrap(),
            summit: Some(1),
            name: Some(format!("{contig}_{start}")),
            score: Some(2.0),
            strand: Strand::Minus,
        }
    }

    fn genome() -> Vec<Contig> {
        ["chrI", "chrII"].map(|name| Contig::new(name, 100)).to_vec()
    }

    #[test]
    fn peaks_past_the_end_of_their_contig_are_set_apart() -> Result<(), IngestError> {
        let peaks = [(0, 100), (90, 101), (100, 110), (500, 510), (5, 10)];
        let peaks = peaks.map(|(start, end)| peak("chrI", start, end)).to_vec();
        let placed = place_peaks(peaks.clone(), &genome(), None)?;
        assert_eq!(placed.peaks, [peaks[0].clone(), peaks[4].clone()]);
        assert_eq!(placed.outside, peaks[1..4]);
        Ok(())
    }

    #[test]
    fn unknown_contigs_show_both_lists_and_the_option_that_helps() {
        let peaks = vec![
            peak("chr2", 1, 5),
            peak("chrI", 1, 5),
            peak("chr1", 1, 5),
            peak("chr2", 7, 9),
        ];
        let error = place_peaks(peaks, &genome(), None).unwrap_err();
        assert_eq!(
            error.to_string(),
            "2 of 3 contigs that the peaks name are not in the genome (chr2, chr1); the peaks name: chr2, chrI, chr1; \
             the genome has: chrI, chrII; when only the names differ, give a two-column file (name in the peaks, name \
             in the genome) with --contig-aliases FILE"
        );
    }

    #[test]
    fn long_lists_of_contigs_are_shortened() {
        let peaks = (1..=30)
            .map(|number| peak(&format!("scaffold_{number}"), 1, 5))
            .collect();
        let message = place_peaks(peaks, &genome(), None).unwrap_err().to_string();
        assert!(
            message.contains("scaffold_8 and 22 more; the genome has: chrI, chrII;"),
            "{message}"
        );
    }

    #[test]
    fn no_peaks_are_placed_nowhere() -> Result<(), IngestError> {
        let placed = place_peaks(Vec::new(), &genome(), None)?;
        assert!(placed.peaks.is_empty() && placed.outside.is_empty());
        Ok(())
    }
}
