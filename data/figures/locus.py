"""Draws data/figures/locus.svg: a scanned contig, and its best site at the resolution of the bins.

Made from the table of the README's first command, in the repository's root:

    cargo run --release -- scan data/dna/human-chr17.fa --model ctcf -o ctcf.parquet
    python3 data/figures/locus.py ctcf.parquet > data/figures/locus.svg

Needs polars. The sequence is data/dna/human-chr17.fa (see data/SOURCES.md for its origin and licence). The marked site is
the contig's strongest match to JASPAR 2024's CTCF matrix MA0139.2 on either strand: bases 14,504 to 14,519 (0-based,
half-open), forward strand, 17.1 bits over a flat background. The model did not see that matrix when it scanned.
"""

import sys

import polars as pl

SITE = (14_504, 14_519, "TCCACAAGATGGCAC")
FLANK = 300  # bases on each side of the site in the lower panel, at least
WIDTH, LEFT, RIGHT = 960, 64, 16
INK, FAINT, GRID = "#222222", "#5a5a5a", "#e3e3e3"
BLUE, VERMILION, ORANGE, GREY = "#0072b2", "#d55e00", "#e69f00", "#9a9a9a"  # Okabe & Ito: safe for the colour-blind
BOLD = ' font-weight="bold"'


def text(x, y, content, anchor="start", size=13, fill=INK, extra=""):
    return f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}" font-size="{size}" fill="{fill}"{extra}>{content}</text>'


def box(x, y, width, height, fill, opacity):
    return f'<rect x="{x:.1f}" y="{y:g}" width="{width:.1f}" height="{height:g}" fill="{fill}" fill-opacity="{opacity}"/>'


class Panel:
    """A panel of probabilities over the bases [begin, end)."""

    def __init__(self, begin, end, top, height):
        self.begin, self.end, self.top, self.height = begin, end, top, height

    def x(self, base):
        return LEFT + (base - self.begin) / (self.end - self.begin) * (WIDTH - LEFT - RIGHT)

    def y(self, p):
        return self.top + (1 - p) * self.height

    def steps(self, bins, column):
        """The outline of the bins: one flat step each."""
        path = f"M{self.x(max(bins['start'][0], self.begin)):.1f} {self.y(bins[column][0]):.1f}"
        for end, p in zip(bins["end"], bins[column]):
            path += f"V{self.y(p):.1f}H{self.x(min(end, self.end)):.1f}"
        return path

    def axes(self, ticks, unit):
        for p in (0, 0.5, 1):
            yield f'<path d="M{LEFT} {self.y(p):g}H{WIDTH - RIGHT}" stroke="{GRID if p else FAINT}"/>'
            yield text(LEFT - 8, self.y(p) + 4, f"{p:g}", "end", 12, FAINT)
        for base in ticks:
            yield f'<path d="M{self.x(base):.1f} {self.y(0):g}v5" stroke="{FAINT}"/>'
            anchor = "end" if base == self.end else "middle"
            label = f"{base:,}{unit if base == ticks[-1] else ''}"
            yield text(round(self.x(base), 1), self.y(0) + 19, label, anchor, 12, FAINT)
        middle = self.y(0.5)
        yield text(20, middle, "probability", "middle", 12, FAINT, f' transform="rotate(-90 20 {middle:g})"')


def draw(bins):
    name = bins.columns[3]
    chrom, length = bins["chrom"][0], bins["end"].max()
    site_begin, site_end, letters = SITE
    whole = Panel(0, length, 44, 100)
    near = Panel((site_begin - FLANK) // 100 * 100, -(-(site_end + FLANK) // 100) * 100, 236, 150)
    shown = bins.filter((pl.col("end") > near.begin) & (pl.col("start") < near.end))
    at_site = shown.filter((pl.col("end") > site_begin) & (pl.col("start") < site_end))[name].max()

    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} 440" width="{WIDTH}" height="440" '
        f'font-family="Helvetica, Arial, sans-serif" fill="none" role="img" aria-labelledby="title description">'
    )
    yield "<!-- Made by data/figures/locus.py, which says how and from what. -->"
    yield f'<title id="title">Probability of {name} along {chrom}</title>'
    yield (
        f'<desc id="description">Upper panel: all {len(bins):,} bins of the contig. Lower panel: the bins around its '
        f"strongest JASPAR CTCF match, at {site_begin:,} to {site_end:,}, where the probability reaches {at_site:.2f}.</desc>"
    )
    yield f'<rect width="{WIDTH}" height="440" fill="#ffffff"/>'

    heading = f"{chrom}, {length:,} bases: {len(bins):,} bins of {bins['end'][0] - bins['start'][0]} bp"
    yield text(LEFT, 26, heading, extra=BOLD)
    left, right = whole.x(near.begin), whole.x(near.end)
    beam = f"M{left:.1f} {whole.top}H{right:.1f}V{whole.y(0)}L{WIDTH - RIGHT} {near.top}H{LEFT}L{left:.1f} {whole.y(0)}Z"
    yield f'<path d="{beam}" fill="{ORANGE}" fill-opacity="0.13"/>'
    yield from whole.axes(range(0, length + 1, 5_000), " bp")
    yield f'<path d="{whole.steps(bins, name)}" stroke="{INK}" stroke-width="0.8"/>'

    yield text(LEFT, 218, "Around the strongest JASPAR CTCF match (MA0139.2)", extra=BOLD)
    begin, end = near.x(site_begin), near.x(site_end)
    yield box(begin, near.top, end - begin, near.height, ORANGE, 0.45)
    yield from near.axes(range(near.begin, near.end + 1, 100), " bp")
    mean, plus, minus = (near.steps(shown, f"{name}{strand}") for strand in ("", "_plus", "_minus"))
    corner = f"V{near.y(0):g}H{near.x(max(shown['start'][0], near.begin)):.1f}Z"
    yield f'<path d="{mean}{corner}" fill="{GREY}" fill-opacity="0.35"/>'
    yield f'<path d="{plus}" stroke="{BLUE}" stroke-width="1.8"/>'
    yield f'<path d="{minus}" stroke="{VERMILION}" stroke-width="1.8" stroke-dasharray="6 3"/>'
    site = f"{letters}, {site_begin:,}–{site_end:,}"
    yield box(WIDTH - RIGHT - 240, near.top + 8, 12, 12, ORANGE, 0.45)
    yield text(WIDTH - RIGHT - 222, near.top + 18, site, size=12, extra=' font-family="monospace"')

    y = 428
    yield box(LEFT, y - 10, 22, 10, GREY, 0.35)
    yield text(LEFT + 30, y, f"{name}: mean of both strands", size=12)
    yield f'<path d="M{LEFT + 230} {y - 5}h22" stroke="{BLUE}" stroke-width="2"/>'
    yield text(LEFT + 260, y, f"{name}_plus: as the file has it", size=12)
    yield f'<path d="M{LEFT + 470} {y - 5}h22" stroke="{VERMILION}" stroke-width="2" stroke-dasharray="6 3"/>'
    yield text(LEFT + 500, y, f"{name}_minus: reverse complement", size=12)
    yield "</svg>"


if __name__ == "__main__":
    print("\n".join(draw(pl.read_parquet(sys.argv[1]))))
