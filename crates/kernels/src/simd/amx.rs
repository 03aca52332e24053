//! x86-64 with AMX: products of small matrices of bytes in registers of sixteen rows.
#![allow(unsafe_code, reason = "instructions that have no intrinsics, and a system call")]

use std::arch::asm;
use std::arch::x86_64::__cpuid_count;

use super::{ByteLine, Dots, LANES};
use crate::byte_panels::BytePanels;
use crate::byte_product::{ByteRows, Sink};

mod halves;

pub(crate) use halves::HalfTiles;

/// Rows of a register, and lines of weights that one holds.
const ROWS: usize = 16;
/// Rows that are multiplied together: two registers.
const BLOCK: usize = 2 * ROWS;

/// Proof that the CPU has AMX with products of bytes, and that the system has given this process its registers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tiles(());

/// The sums of a block of rows and two panels: upper and lower rows, left and right panel.
#[repr(align(64))]
struct Sums([[[[i32; LANES]; ROWS]; 2]; 2]);

/// The registers of this thread, set up for blocks of one size; given back when dropped.
struct Registers {
    /// Rows of the block, and lines of weights in a register.
    size: Option<(usize, usize)>,
}

/// What `ldtilecfg` reads.
#[repr(C, align(64))]
struct Setup {
    palette: u8,
    first_row: u8,
    reserved: [u8; 14],
    bytes: [u16; 16],
    rows: [u8; 16],
}

impl Tiles {
    /// Returns the proof, if the CPU has AMX and the system lets this process use it.
    pub(crate) fn new() -> Option<Self> {
        // Leaf 7: bit 24 says that there are registers, bit 25 that there are products of bytes.
        let both = 0b11 << 24;
        let has_registers = !cfg!(miri) && __cpuid_count(7, 0).edx & both == both;
        (has_registers && is_permitted()).then_some(Self(()))
    }

    /// [`Dots::multiply`] with these registers.
    ///
    /// # Panics
    /// When a row is not there.
    #[inline(always)]
    pub(super) fn multiply<D: Dots>(self, dots: D, a: ByteRows<'_>, b: &BytePanels, sink: &mut impl Sink) {
        let (depth, panels) = (b.depth(), b.count());
        let mut registers = Registers { size: None };
        let mut sums = Sums([[[[0; LANES]; ROWS]; 2]; 2]);
        for left in (0..panels).step_by(2) {
            // The last panel of an odd number is its own neighbour.
            let pair = [left, (left + 1).min(panels - 1)];
            let lines = pair.map(|panel| &b.lines()[panel * depth..][..depth]);
            for first in (0..a.count).step_by(BLOCK) {
                let rows = BLOCK.min(a.count - first);
                for half in &mut sums.0 {
                    for (sums, panel) in half.iter_mut().zip(pair) {
                        sums.fill(b.starts()[panel]);
                    }
                }
                registers.add_products(self, rows, &a.data[first * a.stride..], a.stride, lines, &mut sums);
                let upper = rows.div_ceil(2);
                for row in 0..rows {
                    let (half, at) = if row < upper { (0, row) } else { (1, row - upper) };
                    for panel in left..panels.min(left + 2) {
                        let sums = dots.load_sums(&sums.0[half][panel - left][at]);
                        sink.put(dots, first + row, panel, sums);
                    }
                }
            }
        }
    }
}

/// Asks the system for the registers, which Linux gives to processes on request.
#[cfg(target_os = "linux")]
fn is_permitted() -> bool {
    const ARCH_PRCTL: i64 = 158;
    const ARCH_REQ_XCOMP_PERM: u64 = 0x1023;
    const TILE_DATA: u64 = 18;
    let answer: i64;
    // SAFETY: the call reads its two numbers and changes nothing but what this process may use; the system overwrites the two
    // registers that are named.
    unsafe {
        asm!(
            "syscall",
            inlateout("rax") ARCH_PRCTL => answer,
            in("rdi") ARCH_REQ_XCOMP_PERM,
            in("rsi") TILE_DATA,
            out("rcx") _,
            out("r11") _,
            options(nostack),
        );
    }
    answer == 0
}

#[cfg(not(target_os = "linux"))]
fn is_permitted() -> bool {
    false
}

impl Registers {
    /// Adds the products of `rows` rows of bytes, `stride` apart, and two panels of as many lines of weights to the sums.
    fn add_products(
        &mut self,
        tiles: Tiles,
        rows: usize,
        bytes: &[u8],
        stride: usize,
        panels: [&[ByteLine]; 2],
        sums: &mut Sums,
    ) {
        let lines = panels[0].len();
        assert!((1..=BLOCK).contains(&rows) && panels[1].len() == lines);
        assert!(bytes.len() >= (rows - 1) * stride + 4 * lines, "all rows are there");
        let whole = lines / ROWS;
        for (done, steps, height) in [(0, whole, ROWS), (whole * ROWS, 1, lines % ROWS)] {
            if steps == 0 || height == 0 {
                continue;
            }
            self.set_up(tiles, rows, height);
            // SAFETY: `steps` times `height` lines from `done` are within both panels, and four times as many bytes of every row
            // within `bytes`, by the assertions above; the registers are set up for so many rows and lines.
            unsafe {
                let panels = panels.map(|panel| panel.as_ptr().add(done));
                multiply(steps, rows, bytes.as_ptr().add(4 * done), stride, panels, sums);
            }
        }
    }

    /// Sets the registers up for blocks of `rows` rows, and `lines` lines of weights at a time.
    fn set_up(&mut self, _: Tiles, rows: usize, lines: usize) {
        if self.size == Some((rows, lines)) {
            return;
        }
        let (upper, lower) = halves(rows);
        let line = size_of::<ByteLine>();
        // Four registers of sums, two of inputs, two of weights.
        let heights = [upper, upper, lower, lower, upper, lower, lines, lines];
        let widths = [line, line, line, line, 4 * lines, 4 * lines, line, line];
        let mut setup = Setup {
            palette: 1,
            first_row: 0,
            reserved: [0; 14],
            bytes: [0; 16],
            rows: [0; 16],
        };
        for register in 0..heights.len() {
            setup.rows[register] = heights[register] as u8;
            setup.bytes[register] = widths[register] as u16;
        }
        // SAFETY: the token proves that the registers may be used; all have between 1 and 16 rows of between 4 and 64 bytes.
        unsafe {
            asm!("ldtilecfg [{setup}]", setup = in(reg) &raw const setup, options(nostack, readonly));
        }
        self.size = Some((rows, lines));
    }
}

impl Drop for Registers {
    fn drop(&mut self) {
        if self.size.is_some() {
            // SAFETY: they have been set up, so they may be used; nothing is kept in them.
            unsafe { asm!("tilerelease", options(nomem, nostack)) }
        }
    }
}

/// The rows of both registers of a block: one row stands in both.
fn halves(rows: usize) -> (usize, usize) {
    (rows.div_ceil(2), (rows / 2).max(1))
}

/// Adds `steps` products of registers to the sums.
///
/// # Safety
/// The registers are set up for `rows` rows; `steps` times what they take is readable from `bytes`, row by row, and from both
/// panels.
unsafe fn multiply(
    steps: usize,
    rows: usize,
    bytes: *const u8,
    stride: usize,
    panels: [*const ByteLine; 2],
    sums: &mut Sums,
) {
    let (_, lower) = halves(rows);
    // SAFETY: the caller's; sums are four times 16 lines. Registers are read after they are written, and written to `sums`.
    unsafe {
        asm!(
            "tileloadd tmm0, [{sums} + {line}]",
            "tileloadd tmm1, [{sums} + {line} + {tile}]",
            "tileloadd tmm2, [{sums} + {line} + 2 * {tile}]",
            "tileloadd tmm3, [{sums} + {line} + 3 * {tile}]",
            "2:",
            "tileloadd tmm4, [{upper} + {stride}]",
            "tileloadd tmm6, [{left} + {line}]",
            "tdpbusd tmm0, tmm4, tmm6",
            "tileloadd tmm7, [{right} + {line}]",
            "tdpbusd tmm1, tmm4, tmm7",
            "tileloadd tmm5, [{lower} + {stride}]",
            "tdpbusd tmm2, tmm5, tmm6",
            "tdpbusd tmm3, tmm5, tmm7",
            "add {upper}, 64",
            "add {lower}, 64",
            "add {left}, 1024",
            "add {right}, 1024",
            "dec {steps}",
            "jnz 2b",
            "tilestored [{sums} + {line}], tmm0",
            "tilestored [{sums} + {line} + {tile}], tmm1",
            "tilestored [{sums} + {line} + 2 * {tile}], tmm2",
            "tilestored [{sums} + {line} + 3 * {tile}], tmm3",
            sums = in(reg) &raw mut *sums,
            line = in(reg) size_of::<ByteLine>(),
            stride = in(reg) stride,
            upper = inout(reg) bytes => _,
            lower = inout(reg) bytes.add((rows - lower) * stride) => _,
            left = inout(reg) panels[0] => _,
            right = inout(reg) panels[1] => _,
            steps = inout(reg) steps => _,
            tile = const size_of::<[[i32; LANES]; ROWS]>(),
            out("tmm0") _, out("tmm1") _, out("tmm2") _, out("tmm3") _,
            out("tmm4") _, out("tmm5") _, out("tmm6") _, out("tmm7") _,
            options(nostack),
        );
    }
}
