//! Values as the bytes of a block.

/// One value and the bases that have it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Item {
    pub(crate) start: u32,
    pub(crate) end: u32,
    pub(crate) value: f32,
}

impl Item {
    fn width(&self) -> u32 {
        self.end - self.start
    }
}

/// How the places of values are told.
#[derive(Clone, Copy)]
enum Layout {
    /// Start and end of each.
    BedGraph = 1,
    /// The start of each; all have one width.
    VariableStep = 2,
    /// The start of the first; all have one width and touch.
    FixedStep = 3,
}

impl Layout {
    fn bytes_per_value(self) -> usize {
        match self {
            Self::BedGraph => 12,
            Self::VariableStep => 8,
            Self::FixedStep => 4,
        }
    }
}

/// A block has a number of values of 16 bits.
const MOST_VALUES: usize = u16::MAX as usize;

/// The bytes of values of one contig: a header of 24, then 4 to 12 for each.
///
/// The shortest of three layouts is taken. Values that touch and are whole bins of `bin` bases are told bin by bin when
/// that is no longer: the value of a long entry once for each of its bins.
pub(super) fn encode(contig: u32, items: &[Item], bin: u32) -> Vec<u8> {
    match in_bins(items, bin) {
        Some(bins) => encode_as(Layout::FixedStep, contig, &bins),
        None if items.iter().any(|item| item.width() != items[0].width()) => encode_as(Layout::BedGraph, contig, items),
        None => encode_as(Layout::VariableStep, contig, items),
    }
}

/// The values bin by bin, when that is possible and takes no more bytes than one by one.
fn in_bins(items: &[Item], bin: u32) -> Option<Vec<Item>> {
    let touch = items.windows(2).all(|pair| pair[0].end == pair[1].start);
    let [Item { start, .. }, .., Item { end, .. }] = items else {
        return Some(items.to_vec());
    };
    let one_by_one = items.len() * Layout::BedGraph.bytes_per_value();
    let bins = ((end - start) / bin) as usize;
    let is_shorter = bins <= MOST_VALUES && bins * Layout::FixedStep.bytes_per_value() <= one_by_one;
    if !touch || !is_shorter || items.iter().any(|item| item.width() % bin != 0) {
        return None;
    }
    let of_item = |item: &Item| {
        let value = item.value;
        let starts = (item.start..item.end).step_by(bin as usize);
        starts.map(move |start| Item {
            start,
            end: start + bin,
            value,
        })
    };
    Some(items.iter().flat_map(of_item).collect())
}

fn encode_as(layout: Layout, contig: u32, items: &[Item]) -> Vec<u8> {
    let width = match layout {
        Layout::BedGraph => 0,
        Layout::VariableStep | Layout::FixedStep => items[0].width(),
    };
    let step = if matches!(layout, Layout::FixedStep) { width } else { 0 };
    let mut bytes = Vec::with_capacity(24 + layout.bytes_per_value() * items.len());
    for number in [contig, items[0].start, items[items.len() - 1].end, step, width] {
        bytes.extend(number.to_le_bytes());
    }
    bytes.extend([layout as u8, 0]);
    bytes.extend((items.len() as u16).to_le_bytes());
    for item in items {
        match layout {
            Layout::BedGraph => {
                bytes.extend(item.start.to_le_bytes());
                bytes.extend(item.end.to_le_bytes());
            }
            Layout::VariableStep => bytes.extend(item.start.to_le_bytes()),
            Layout::FixedStep => {}
        }
        bytes.extend(item.value.to_le_bytes());
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_told_in_the_shortest_way() {
        let items = |places: &[(u32, u32)]| -> Vec<Item> {
            let item = |&(start, end)| Item { start, end, value: 0.5 };
            places.iter().map(item).collect()
        };
        // Bins of 10: 4 bytes for every bin, or 8 or 12 for every entry.
        for (places, kind, bytes) in [
            (&[(0, 10), (10, 20), (20, 30)][..], 3, 12),
            (&[(5, 9)], 3, 4),
            (&[(0, 10), (20, 30)], 2, 16),
            (&[(0, 10), (10, 20), (20, 25)], 1, 36),
            (&[(0, 10), (10, 30)], 3, 12),
            (&[(0, 10), (10, 60)], 3, 24),
            (&[(0, 10), (10, 70)], 1, 24),
            (&[(0, 1_000_000), (1_000_000, 1_000_010)], 1, 24),
        ] {
            let block = encode(7, &items(places), 10);
            assert_eq!((block[20], block.len() - 24), (kind, bytes), "{places:?}");
        }
    }
}
