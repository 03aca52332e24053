//! A reader of bigWig after the tables of Kent et al. 2010, for tests: it checks what it passes.

use std::io::Read;
use std::path::Path;

use flate2::read::ZlibDecoder;

pub(crate) struct BigWigFile {
    bytes: Vec<u8>,
}

/// A value and its bases.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Value {
    pub(crate) contig: u32,
    pub(crate) start: u32,
    pub(crate) end: u32,
    pub(crate) score: f32,
}

/// A summary of a stretch.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Stretch {
    pub(crate) contig: u32,
    pub(crate) start: u32,
    pub(crate) end: u32,
    pub(crate) bases: u32,
    pub(crate) min: f32,
    pub(crate) max: f32,
    pub(crate) sum: f32,
    pub(crate) squares: f32,
}

/// Bases of a contig.
pub(crate) type Query = (u32, u32, u32);

impl BigWigFile {
    pub(crate) fn open(path: &Path) -> Self {
        let file = Self {
            bytes: std::fs::read(path).unwrap(),
        };
        let length = file.bytes.len();
        assert_eq!((file.u32(0), file.u16(4)), (0x888F_FC26, 4));
        assert_eq!(file.u32(length - 4), 0x888F_FC26);
        assert_eq!(file.bytes[32..44], [0; 12], "fields of bigBed");
        assert_eq!(file.bytes[56..64], [0; 8], "no extension");
        file
    }

    fn array<const N: usize>(&self, at: usize) -> [u8; N] {
        self.bytes[at..at + N].try_into().unwrap()
    }

    fn u16(&self, at: usize) -> u16 {
        u16::from_le_bytes(self.array(at))
    }

    fn u32(&self, at: usize) -> u32 {
        u32::from_le_bytes(self.array(at))
    }

    fn u64(&self, at: usize) -> usize {
        usize::try_from(u64::from_le_bytes(self.array(at))).unwrap()
    }

    fn f64(&self, at: usize) -> f64 {
        f64::from_le_bytes(self.array(at))
    }

    /// Bases, smallest, largest, sum, sum of squares.
    pub(crate) fn summary(&self) -> (usize, [f64; 4]) {
        let at = self.u64(44);
        (self.u64(at), [8, 16, 24, 32].map(|field| self.f64(at + field)))
    }

    /// Name, number and length of every contig in the order of the tree.
    pub(crate) fn contigs(&self) -> Vec<(String, u32, u32)> {
        let at = self.u64(8);
        assert!(at < self.u64(16), "readers of the beginning find the names in it");
        assert_eq!((self.u32(at), self.u32(at + 12)), (0x78CA_8C91, 8));
        let mut contigs = Vec::new();
        self.walk_contigs(at + 32, self.u32(at + 8) as usize, &mut contigs);
        assert_eq!(contigs.len(), self.u64(at + 16));
        assert!(contigs.is_sorted_by(|a, b| a.0 < b.0), "{contigs:?}");
        contigs
    }

    fn walk_contigs(&self, at: usize, key: usize, contigs: &mut Vec<(String, u32, u32)>) {
        let is_leaf = self.bytes[at] == 1;
        for item in 0..usize::from(self.u16(at + 2)) {
            let at = at + 4 + item * (key + 8);
            let name = String::from_utf8(self.bytes[at..at + key].to_vec()).unwrap();
            let name = name.trim_end_matches('\0').to_owned();
            if is_leaf {
                contigs.push((name, self.u32(at + key), self.u32(at + key + 4)));
            } else {
                let first = contigs.len();
                self.walk_contigs(self.u64(at + key), key, contigs);
                assert_eq!(contigs[first].0, name, "the key of a node is its first name");
            }
        }
    }

    /// Places and sizes of the blocks that may hold a region, or of all.
    fn blocks(&self, index: usize, query: Option<Query>) -> Vec<(usize, usize)> {
        assert_eq!(self.u32(index), 0x2468_ACE0);
        let mut blocks = Vec::new();
        self.walk_index(index + 48, query, &mut blocks);
        if query.is_none() {
            assert_eq!(blocks.len(), self.u64(index + 8));
        }
        blocks
    }

    fn walk_index(&self, at: usize, query: Option<Query>, blocks: &mut Vec<(usize, usize)>) {
        let is_leaf = self.bytes[at] == 1;
        for item in 0..usize::from(self.u16(at + 2)) {
            let at = at + 4 + item * if is_leaf { 32 } else { 24 };
            let [start, end] = [at, at + 8].map(|at| (self.u32(at), self.u32(at + 4)));
            if query.is_some_and(|(contig, from, to)| end <= (contig, from) || start >= (contig, to)) {
                continue;
            }
            if is_leaf {
                blocks.push((self.u64(at + 16), self.u64(at + 24)));
            } else {
                self.walk_index(self.u64(at + 16), query, blocks);
            }
        }
    }

    fn unpack(&self, (at, size): (usize, usize)) -> Vec<u8> {
        let mut raw = Vec::new();
        ZlibDecoder::new(&self.bytes[at..at + size])
            .read_to_end(&mut raw)
            .unwrap();
        assert!(
            raw.len() <= self.u32(52) as usize,
            "a block is larger than the header says"
        );
        raw
    }

    /// The number of blocks that a query opens, and their values that overlap it; or everything.
    pub(crate) fn values(&self, query: Option<Query>) -> (usize, Vec<Value>) {
        let blocks = self.blocks(self.u64(24), query);
        if query.is_none() {
            assert_eq!(blocks.len(), self.u64(self.u64(16)), "the number before the data");
        }
        let is_wanted = |value: &Value| {
            query.is_none_or(|(contig, from, to)| value.contig == contig && value.start < to && value.end > from)
        };
        let values = blocks.iter().flat_map(|&block| decode(&self.unpack(block)));
        (blocks.len(), values.filter(is_wanted).collect())
    }

    /// The widths of the zoom levels with their stretches.
    pub(crate) fn zooms(&self) -> Vec<(u32, Vec<Stretch>)> {
        let level = |level: usize| {
            let at = 64 + 24 * level;
            let blocks = self.blocks(self.u64(at + 16), None);
            let raw: Vec<u8> = blocks.iter().flat_map(|&block| self.unpack(block)).collect();
            let stretches: Vec<Stretch> = raw.chunks_exact(32).map(stretch).collect();
            assert_eq!(self.u32(self.u64(at + 8)) as usize, stretches.len());
            (self.u32(at), stretches)
        };
        (0..usize::from(self.u16(6))).map(level).collect()
    }
}

fn number(bytes: &[u8], field: usize) -> u32 {
    u32::from_le_bytes(bytes[4 * field..4 * field + 4].try_into().unwrap())
}

fn decode(raw: &[u8]) -> Vec<Value> {
    let [contig, start, end, step, span] = [0, 1, 2, 3, 4].map(|field| number(raw, field));
    let count = u32::from(u16::from_le_bytes(raw[22..24].try_into().unwrap()));
    let items = &raw[24..];
    let value = |item: u32| {
        let item_at = |width: usize| &items[item as usize * width..][..width];
        let (start, end, bits) = match raw[20] {
            1 => {
                let item = item_at(12);
                (number(item, 0), number(item, 1), number(item, 2))
            }
            2 => {
                let item = item_at(8);
                (number(item, 0), number(item, 0) + span, number(item, 1))
            }
            3 => (start + item * step, start + item * step + span, number(item_at(4), 0)),
            other => panic!("there is no section of type {other}"),
        };
        Value {
            contig,
            start,
            end,
            score: f32::from_bits(bits),
        }
    };
    let values: Vec<Value> = (0..count).map(value).collect();
    assert_eq!((values[0].start, values[values.len() - 1].end), (start, end));
    values
}

fn stretch(bytes: &[u8]) -> Stretch {
    let float = |field| f32::from_bits(number(bytes, field));
    Stretch {
        contig: number(bytes, 0),
        start: number(bytes, 1),
        end: number(bytes, 2),
        bases: number(bytes, 3),
        min: float(4),
        max: float(5),
        sum: float(6),
        squares: float(7),
    }
}
