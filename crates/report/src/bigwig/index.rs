//! The R tree that finds the blocks of a region.

use super::block::Block;

const MAGIC: u32 = 0x2468_ACE0;

/// Children of a node.
const FAN_OUT: usize = 256;
const HEADER_BYTES: u64 = 48;
const NODE_BYTES: u64 = 4;
const LEAF_BYTES: u64 = 32;
const BRANCH_BYTES: u64 = 24;

/// The index of blocks that lie one after another from `blocks_at` on; the index itself begins at `here`.
///
/// Level 0 lists the blocks, every level above it the nodes below; the root, which stands first, is the level of one node.
pub(super) fn index(blocks: &[Block], blocks_at: u64, here: u64, items_per_block: u32) -> Vec<u8> {
    let levels = levels(blocks.len());
    let mut bytes = header(blocks, here, items_per_block);
    // The root's level comes first, so places are counted from the top.
    let mut starts = vec![0; levels.len()];
    let mut at = here + HEADER_BYTES;
    for (level, &entries) in levels.iter().enumerate().rev() {
        starts[level] = at;
        at += level_bytes(level, entries);
    }
    for level in (1..levels.len()).rev() {
        branches(&mut bytes, blocks, level, levels[level], starts[level - 1]);
    }
    leaves(&mut bytes, blocks, blocks_at);
    bytes
}

/// The number of entries of every level, from the blocks up.
fn levels(blocks: usize) -> Vec<usize> {
    let mut levels = vec![blocks];
    let mut nodes = blocks.div_ceil(FAN_OUT);
    while nodes > 1 {
        levels.push(nodes);
        nodes = nodes.div_ceil(FAN_OUT);
    }
    levels
}

fn entry_bytes(level: usize) -> u64 {
    if level == 0 { LEAF_BYTES } else { BRANCH_BYTES }
}

fn level_bytes(level: usize, entries: usize) -> u64 {
    let nodes = entries.div_ceil(FAN_OUT).max(1) as u64;
    nodes * NODE_BYTES + entries as u64 * entry_bytes(level)
}

fn header(blocks: &[Block], here: u64, items_per_block: u32) -> Vec<u8> {
    let mut bytes = MAGIC.to_le_bytes().to_vec();
    bytes.extend((FAN_OUT as u32).to_le_bytes());
    bytes.extend((blocks.len() as u64).to_le_bytes());
    bytes.extend(bounds(blocks));
    bytes.extend(here.to_le_bytes());
    bytes.extend(items_per_block.to_le_bytes());
    bytes.extend([0; 4]);
    bytes
}

/// From where to where sorted blocks reach: contig and base, twice.
fn bounds(blocks: &[Block]) -> Vec<u8> {
    let numbers = match (blocks.first(), blocks.last()) {
        (Some(first), Some(last)) => [first.first, last.last],
        _ => [[0; 2]; 2],
    };
    let numbers = numbers.as_flattened().iter();
    numbers.flat_map(|number| number.to_le_bytes()).collect()
}

fn node(bytes: &mut Vec<u8>, is_leaf: u8, entries: usize) {
    bytes.extend([is_leaf, 0]);
    bytes.extend((entries as u16).to_le_bytes());
}

/// A level above the blocks; the nodes below it begin at `below`.
fn branches(bytes: &mut Vec<u8>, blocks: &[Block], level: usize, entries: usize, below: u64) {
    // The blocks under an entry, and the size of the full node that it leads to.
    let under = FAN_OUT.pow(level as u32);
    let full = NODE_BYTES + FAN_OUT as u64 * entry_bytes(level - 1);
    let all: Vec<usize> = (0..entries).collect();
    for entries in all.chunks(FAN_OUT) {
        node(bytes, 0, entries.len());
        for &entry in entries {
            let last = blocks.len().min((entry + 1) * under);
            bytes.extend(bounds(&blocks[entry * under..last]));
            bytes.extend((below + entry as u64 * full).to_le_bytes());
        }
    }
}

fn leaves(bytes: &mut Vec<u8>, blocks: &[Block], blocks_at: u64) {
    if blocks.is_empty() {
        node(bytes, 1, 0);
    }
    let mut at = blocks_at;
    for blocks in blocks.chunks(FAN_OUT) {
        node(bytes, 1, blocks.len());
        for block in blocks {
            bytes.extend(bounds(std::slice::from_ref(block)));
            bytes.extend(at.to_le_bytes());
            bytes.extend(u64::from(block.bytes).to_le_bytes());
            at += u64::from(block.bytes);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_size_of_an_index_is_what_its_levels_say() {
        let block = Block {
            first: [0, 0],
            last: [0, 1],
            bytes: 1,
        };
        for blocks in [0, 1, 256, 257, 65_536, 65_537] {
            let levels = levels(blocks);
            let of_levels: u64 = levels.iter().enumerate().map(|(level, &n)| level_bytes(level, n)).sum();
            let index = index(&vec![block; blocks], 0, 0, 1);
            assert_eq!(index.len() as u64, HEADER_BYTES + of_levels, "{blocks}: {levels:?}");
        }
    }
}
