//! One row for each protein.

use processive_core::{ChainRow, LabelledChain, Reduction};

use super::carry::with_states_of_copy;
use super::duplicates::duplicates;
use super::prepare::{DropReason, DroppedChain};

/// Rows without copies, and what became of them.
pub(super) struct Merged {
    /// The rows that stay, in their order.
    pub(super) rows: Vec<ChainRow>,
    /// The pairs of kin between them.
    pub(super) pairs: Vec<(usize, usize)>,
    /// The rows that are gone, in their order.
    pub(super) drops: Vec<DroppedChain>,
}

/// Leaves one copy of every protein.
///
/// Where the copy to keep knows eight states, and a superfluous one has three but can take the eight over
/// ([`with_states_of_copy`]), the latter stays instead: the sources with three states list all residues of a chain and
/// those with eight the resolved ones only. Of several such copies the one with the most scored residues stays; residues
/// that only the copy of eight has are lost.
pub(super) fn merge(mut rows: Vec<ChainRow>, pairs: &[(usize, usize)], rule: Reduction) -> Merged {
    let chains: Vec<&LabelledChain> = rows.iter().map(|row| &row.chain).collect();
    let kept_in_place_of = duplicates(&chains, pairs);
    let heirs = heirs(&chains, &kept_in_place_of, rule);
    // For every row the row that stays: itself, the one it is a copy of, or the heir of that.
    let stays: Vec<usize> = (0..rows.len())
        .map(|row| kept_in_place_of[row].unwrap_or(row))
        .map(|keeper| heirs[keeper].as_ref().map_or(keeper, |(heir, _)| *heir))
        .collect();
    let drops = (0..rows.len()).filter(|&row| stays[row] != row);
    let drops = drops
        .map(|row| copy(&rows[row], &rows[stays[row]], kept_in_place_of[row].is_none()))
        .collect();
    for (heir, chain) in heirs.into_iter().flatten() {
        rows[heir].chain = chain;
    }
    let mut places = vec![0; rows.len()];
    let mut count = 0;
    for (row, place) in places.iter_mut().enumerate() {
        *place = count;
        count += usize::from(stays[row] == row);
    }
    let pairs = pairs.iter().map(|&(a, b)| (places[stays[a]], places[stays[b]]));
    Merged {
        pairs: pairs.filter(|(a, b)| a != b).collect(),
        drops,
        rows: rows
            .into_iter()
            .enumerate()
            .filter(|&(row, _)| stays[row] == row)
            .map(|(_, row)| row)
            .collect(),
    }
}

/// For every chain the copy that takes its states of eight over, with them.
fn heirs(
    chains: &[&LabelledChain],
    kept_in_place_of: &[Option<usize>],
    rule: Reduction,
) -> Vec<Option<(usize, LabelledChain)>> {
    let mut heirs: Vec<Option<(usize, LabelledChain)>> = vec![None; chains.len()];
    for (copy, keeper) in kept_in_place_of.iter().enumerate() {
        let Some(keeper) = *keeper else { continue };
        let Some(chain) = with_states_of_copy(chains[copy], chains[keeper], rule) else {
            continue;
        };
        let best = heirs[keeper].as_ref().map_or(0, |(_, best)| best.scored_residues());
        if chain.scored_residues() > best {
            heirs[keeper] = Some((copy, chain));
        }
    }
    heirs
}

fn copy(row: &ChainRow, with: &ChainRow, is_carried_over: bool) -> DroppedChain {
    DroppedChain {
        id: row.chain.id.clone(),
        source: row.source.clone(),
        scored_residues: row.chain.scored_residues(),
        reason: if is_carried_over {
            DropReason::CarriedOver
        } else {
            DropReason::Duplicate
        },
        with_id: with.chain.id.clone(),
        with_source: with.source.clone(),
        stretch: String::new(),
        identity: None,
        cover: None,
    }
}
