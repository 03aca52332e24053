//! The B+ tree that leads from the name of a contig to its number and length.

const MAGIC: u32 = 0x78CA_8C91;

/// Children of a node.
const FAN_OUT: usize = 256;
const HEADER_BYTES: usize = 32;
const NODE_BYTES: usize = 4;

/// Number and length of a contig, or the place of a node.
const VALUE_BYTES: usize = 8;

/// The tree of contigs (name, length), which are numbered in this order; it begins at `here` in the file.
///
/// Level 0 lists the contigs by name, byte by byte; every level above it the first names of the nodes below.
pub(super) fn contig_tree(contigs: &[(String, u32)], here: u64) -> Vec<u8> {
    let mut by_name: Vec<usize> = (0..contigs.len()).collect();
    by_name.sort_by_key(|&number| &contigs[number].0);
    let key = contigs.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    let mut levels = vec![contigs.len()];
    while levels[levels.len() - 1] > FAN_OUT {
        levels.push(levels[levels.len() - 1].div_ceil(FAN_OUT));
    }
    let level_bytes = |entries: usize| entries.div_ceil(FAN_OUT).max(1) * NODE_BYTES + entries * (key + VALUE_BYTES);

    let mut bytes = header(contigs.len(), key);
    let mut below = here + HEADER_BYTES as u64;
    for (level, &entries) in levels.iter().enumerate().rev() {
        below += level_bytes(entries) as u64;
        let under = FAN_OUT.pow(level as u32);
        for first in (0..entries.max(1)).step_by(FAN_OUT) {
            let last = entries.min(first + FAN_OUT);
            bytes.extend([u8::from(level == 0), 0]);
            bytes.extend(((last - first) as u16).to_le_bytes());
            for entry in first..last {
                let number = by_name[entry * under];
                let name = contigs[number].0.as_bytes();
                bytes.extend(name);
                bytes.resize(bytes.len() + key - name.len(), 0);
                if level == 0 {
                    bytes.extend((number as u32).to_le_bytes());
                    bytes.extend(contigs[number].1.to_le_bytes());
                } else {
                    let full = NODE_BYTES + FAN_OUT * (key + VALUE_BYTES);
                    bytes.extend((below + (entry * full) as u64).to_le_bytes());
                }
            }
        }
    }
    bytes
}

fn header(contigs: usize, key: usize) -> Vec<u8> {
    let mut bytes = MAGIC.to_le_bytes().to_vec();
    for number in [contigs.clamp(1, FAN_OUT), key, VALUE_BYTES] {
        bytes.extend((number as u32).to_le_bytes());
    }
    bytes.extend((contigs as u64).to_le_bytes());
    bytes.extend([0; 8]);
    bytes
}
