//! mmCIF files that mkdssp 4 annotated.

mod records;
mod residues;

use std::{collections::HashMap, path::Path};

use processive_core::{LabelledChain, State8, StructureLabels};

use self::{
    records::{Conformation, Records},
    residues::one_letter,
};
use super::{chain_id, stem};
use crate::{IngestError, StructureError};

/// Reads the protein chains of an mmCIF file that mkdssp 4 annotated, each with its whole sequence; the id is `1CBS-A`:
/// the entry and the author's name of the chain.
///
/// The sequence is what was in the sample (SEQRES). Residues that DSSP did not place, because their coordinates or a part
/// of their backbone is missing, are not scored. MSE is M, SEC U and PYL O; other modified residues are what the entry's
/// canonical sequence says, or X. The first model and, of alternative residues, the first count. Chains without a
/// residue that DSSP placed are left out.
///
/// States come from `_dssp_struct_summary`, which mkdssp writes since 4.3, else from `_struct_conf`. The latter does not
/// tell B from E: a strand of one residue is B there. State P is loop.
///
/// # Errors
/// - [`StructureError::NoDsspRecords`], which says how to annotate a file;
/// - [`StructureError::InvalidCif`] for what breaks the grammar or is not of mkdssp;
/// - [`IngestError::Empty`] without a protein chain, and as [`open`](crate::open).
pub fn read_mmcif_structure(path: &Path) -> Result<Vec<LabelledChain>, IngestError> {
    let records = Records::read(path)?;
    if !records.annotated {
        return Err(StructureError::NoDsspRecords { path: path.to_owned() }.into());
    }
    let mut polymers = polymers(&records);
    if records.summary.is_empty() {
        assign_conformations(&records, &mut polymers);
    } else {
        assign_summary(&records, &mut polymers);
    }
    let entry = records.entry.clone().unwrap_or_else(|| stem(path));
    let labelled = |polymer: &Polymer| polymer.labelled(&entry, records.canonical(&polymer.entity));
    let chains: Vec<LabelledChain> = polymers.iter().filter_map(labelled).collect();
    if chains.is_empty() {
        return Err(IngestError::Empty {
            path: path.to_owned(),
            expected: "protein chain with residues that DSSP placed",
        });
    }
    Ok(chains)
}

/// A chain of the sample.
struct Polymer {
    asym: String,
    entity: String,
    chain: String,
    residues: Vec<Placed>,
}

/// A residue of a chain.
struct Placed {
    number: u32,
    /// The letter; `None` for a modified residue.
    letter: Option<u8>,
    /// Its state, when DSSP placed it.
    state: Option<State8>,
}

impl Polymer {
    /// Whether this is a protein: as the file says, else by its residues.
    fn is_protein(&self, records: &Records) -> bool {
        let known = self.residues.iter().filter(|residue| residue.letter.is_some()).count();
        records
            .is_protein(&self.entity)
            .unwrap_or(known * 2 > self.residues.len())
    }

    fn labelled(&self, entry: &str, canonical: Option<&[u8]>) -> Option<LabelledChain> {
        let scored: Vec<bool> = self.residues.iter().map(|residue| residue.state.is_some()).collect();
        let states = self.residues.iter().map(|residue| residue.state.unwrap_or(State8::C));
        // A chromophore has several letters there: then the canonical sequence cannot be laid beside the residues.
        let canonical = canonical.filter(|letters| letters.len() == self.residues.len());
        let letter = |(place, residue): (usize, &Placed)| {
            let parent = || canonical.map_or(b'X', |letters| letters[place]);
            residue.letter.unwrap_or_else(parent)
        };
        scored.contains(&true).then(|| LabelledChain {
            id: chain_id(entry, &self.chain),
            sequence: self.residues.iter().enumerate().map(letter).collect(),
            labels: StructureLabels::Eight(states.collect()),
            scored,
        })
    }
}

/// Lays out the chains, without states.
fn polymers(records: &Records) -> Vec<Polymer> {
    let mut polymers: Vec<Polymer> = Vec::new();
    let mut of_asym: HashMap<&str, usize> = HashMap::new();
    let monomers = records.monomers();
    for monomer in &monomers {
        let index = *of_asym.entry(&monomer.asym).or_insert_with(|| {
            polymers.push(Polymer {
                asym: monomer.asym.clone(),
                entity: monomer.entity.clone(),
                chain: records.author_name(&monomer.asym),
                residues: Vec::new(),
            });
            polymers.len() - 1
        });
        let residues = &mut polymers[index].residues;
        // Alternative residues have the same number; the first counts.
        if residues.last().is_none_or(|last| last.number != monomer.number) {
            residues.push(Placed {
                number: monomer.number,
                letter: one_letter(&monomer.name),
                state: None,
            });
        }
    }
    polymers.retain(|polymer| polymer.is_protein(records));
    polymers
}

/// Gives residues the states of `_dssp_struct_summary`.
fn assign_summary(records: &Records, polymers: &mut [Polymer]) {
    for polymer in polymers {
        let Some(states) = records.summary.get(&polymer.asym) else {
            continue;
        };
        for residue in &mut polymer.residues {
            residue.state = states.get(&residue.number).copied();
        }
    }
}

/// Gives residues the states of `_struct_conf`: those with a whole backbone are loop where no record says otherwise.
fn assign_conformations(records: &Records, polymers: &mut [Polymer]) {
    for polymer in &mut *polymers {
        for residue in &mut polymer.residues {
            let placed = records.has_backbone(&polymer.asym, residue.number);
            residue.state = placed.then_some(State8::C);
        }
    }
    for conformation in &records.conformations {
        let residues: Vec<&mut State8> = covered(conformation, polymers).collect();
        let state = match conformation.state {
            State8::E if residues.len() == 1 => State8::B,
            state => state,
        };
        for residue in residues {
            *residue = state;
        }
    }
}

/// The states of the placed residues from the beginning to the end of a record. mkdssp joins equal states at the end of one
/// chain and the beginning of the next.
fn covered<'a>(record: &Conformation, polymers: &'a mut [Polymer]) -> impl Iterator<Item = &'a mut State8> {
    let place = |asym: &str| polymers.iter().position(|polymer| polymer.asym == asym);
    let (first, last) = (place(&record.begin.0), place(&record.end.0));
    let (begin, end) = (record.begin.1, record.end.1);
    polymers.iter_mut().enumerate().flat_map(move |(index, polymer)| {
        let from = match first {
            Some(first) if index == first => begin,
            Some(first) if index > first => 0,
            None if Some(index) == last => 0,
            _ => u32::MAX,
        };
        let to = match last {
            Some(last) if index == last => end,
            Some(last) if index < last => u32::MAX - 1,
            None if Some(index) == first => u32::MAX - 1,
            _ => 0,
        };
        let residues = polymer.residues.iter_mut();
        residues
            .filter(move |residue| (from..=to).contains(&residue.number))
            .filter_map(|residue| residue.state.as_mut())
    })
}
