#!/usr/bin/env python3
"""A scan by processive beside the same scan by PyTorch: the same weights, genome, bins, strands, and threads.

    torch_scan.py --processive target/release/processive --model ctcf.safetensors --genome genome.fa.gz \\
        [--threads 2] [--rounds 3] [--tile 65536] [--windows 200000] [--precision-compute int8]

The model is a bag-cnn, cnn or dilated-cnn with whole edges, or a recurrent network whose halo is known. PyTorch runs it over
tiles: features once per base, sliding maxima by doubling, the head over all windows at once; --tile names the tile's length.
A recurrent network reads the rows of a tile as a batch, each with the model's halo on both sides; --rows names their number.
The fastest of several tiles and batches counts. It also scores some windows one by one, as programs do that cut windows. Reading the genome and
writing the table count on our side only. Every round runs both in turn; printed are bases per second, both strands, of
each, the ratio's median and extremes, and the largest difference of any score.

Needs torch, numpy, polars or pyarrow. Bins are those of the model (`processive models FILE`) unless --bin says otherwise.
"""

import argparse
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import torch
from torch.nn.functional import relu

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import torch_reader  # noqa: E402


def sliding_maxima(x, width, step):
    """The maximum of every `width` steps, one for each `step`: windows of doubled width from two that overlap."""
    done = 1
    while done * 2 <= width:
        x = torch.maximum(x[..., : x.shape[-1] - done], x[..., done:])
        done *= 2
    if done < width:
        rest = width - done
        x = torch.maximum(x[..., : x.shape[-1] - rest], x[..., rest:])
    return x[..., ::step]


def stream_features(member, x, halo, rows):
    """The features `[1, channels, steps]` of a recurrent network under a tile with a halo at both ends."""
    stride = 1 if member.stem is None else member.stem.pool
    around = halo // stride
    steps = -(-x.shape[2] // stride) - 2 * around
    width = -(-steps // rows)
    starts = [min(row * width, steps - width) for row in range(-(-steps // width))]  # the last row overlaps the one before
    letters = (width + 2 * around) * stride
    x = torch.nn.functional.pad(x, (0, -x.shape[2] % stride))
    batch = torch.stack([x[0, :, start * stride : start * stride + letters] for start in starts])
    features = batch if member.stem is None else member.stem(batch)
    for layer in member.layers:
        features = layer(features)
    inner = features[:, :, around : around + width]
    rest = steps - (len(starts) - 1) * width
    joined = torch.cat([*inner[:-1], inner[-1][:, width - rest :]], 1)
    return joined[None]


def member_logits(member, x, window, step, halo, rows):
    """The logits of every window of one tile of columns `[1, 4, length]`: `[windows, classes]`."""
    if isinstance(member, torch_reader.RecurrentNet):
        stride = 1 if member.stem is None else member.stem.pool
        features = stream_features(member, x, halo, rows)
        return read_out(member.head, features, -(-window // stride), step // stride)
    if isinstance(member, torch_reader.BagCnn):
        scores = relu(torch.nn.Conv1d.forward(member.stem, x))
        features = sliding_maxima(scores, window - member.stem.kernel_size[0] + 1, step)[0].T
        return dense(member.head, features)
    length, features = x.shape[2], member.stem(x)
    if isinstance(member, torch_reader.Cnn):
        for conv in member.convs:
            features = relu(conv(features))
    else:
        for block in member.blocks:
            features = features + relu(block(features))
    features = member.whole(features, length)
    steps = member.whole(member.stem(x[:, :, :window]), window).shape[2]
    return read_out(member.head, features, steps, step // member.whole.pool)


def read_out(head, x, steps, step):
    kind = head.readout.kind
    parts = []
    if kind in ("max", "max-mean", "profile"):
        parts.append(sliding_maxima(x, steps, step)[0].T)
    if kind in ("mean", "max-mean"):
        parts.append(torch.nn.functional.avg_pool1d(x, steps, step)[0].T)
    if kind == "profile":
        distance = (torch.arange(steps) - (steps - 1) // 2).clamp(-head.readout.reach, head.readout.reach)
        weights = head.readout.profile[distance + head.readout.reach].T[:, None]  # [channels, 1, steps]
        parts.append(torch.nn.functional.conv1d(x, weights, stride=step, groups=x.shape[1])[0].T)
    return dense(head, torch.cat(parts, 1))


def dense(head, vector):
    if head.dense is not None:
        vector = relu(head.dense(vector))
    return head.output(vector)


@torch.inference_mode()
def scan_tiles(model, columns, window, step, halo, bins, rows):
    """Scores of both strands, `[windows]`, of a contig's columns, padded so that window 0 begins one halo behind its first."""
    window += 2 * halo
    windows = (columns.shape[1] - window) // step + 1
    scores = torch.empty(windows)
    for first in range(0, windows, bins):
        count = min(bins, windows - first)
        tile = columns[:, first * step : (first + count - 1) * step + window][None]
        strands = []
        for x in (tile, tile.flip(1, 2)):
            logits = torch.stack(
                [member_logits(member, x, window - 2 * halo, step, halo, rows) for member in model.members]
            ).double()
            strands.append(torch.sigmoid(model.slope * logits + model.offset).mean(0)[:, 0])
        scores[first : first + count] = (strands[0] + strands[1].flip(0)) / 2
    return scores


@torch.inference_mode()
def scan_windows(model, columns, window, step, count, batch=256):
    """Seconds that `count` windows take one by one, both strands, in batches."""
    begin = time.perf_counter()
    for first in range(0, count, batch):
        rows = [columns[:, i * step : i * step + window] for i in range(first, min(count, first + batch))]
        model.both_strands(torch.stack(rows))
    return time.perf_counter() - begin


def our_scan(program, model, genome, step, threads, precision, output):
    command = [program, "scan", genome, "--model", model, "--bin", str(step)]
    command += ["--threads", str(threads), "--force", "-q", "-o", output]
    command += ["--precision-compute", precision] if precision != "f32" else []
    begin = time.perf_counter()
    subprocess.run(command, check=True)
    return time.perf_counter() - begin


def read_scores(path, column):
    try:
        import polars

        return polars.read_parquet(path, columns=[column])[column].to_torch()
    except ImportError:
        import pyarrow.parquet

        return torch.tensor(pyarrow.parquet.read_table(path, columns=[column])[column].to_numpy())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--processive", required=True)
    parser.add_argument("--model", required=True, help="a model file")
    parser.add_argument("--genome", required=True, help="FASTA of one contig without runs of N")
    parser.add_argument("--bin", type=int, help="bases of a bin, when they are not the model's")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--tile", type=int, action="append", help="bases; may be repeated")
    parser.add_argument("--rows", type=int, action="append", help="rows of a batch; may be repeated")
    parser.add_argument("--windows", type=int, default=4096, help="windows to score one by one")
    parser.add_argument("--precision-compute", choices=["f32", "int8"], default="f32", help="of processive alone")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    model = torch_reader.load(args.model)
    window, step = model.description["window"], args.bin or model.description["bin"]
    [(_, sequence)] = torch_reader.read_fasta(args.genome)
    before, bins = window // 2 - step // 2, -(-len(sequence) // step)
    after = (bins - 1) * step + window - before - len(sequence)
    is_recurrent = isinstance(model.members[0], torch_reader.RecurrentNet)
    halo = (model.description.get("forgetting") or {}).get("halo") if is_recurrent else 0
    if halo is None:
        sys.exit(f"{args.model} has no measured halo: processive halo {args.model} {args.genome} -o measured.safetensors")
    columns = torch_reader.one_hot("N" * (before + halo) + sequence + "N" * (max(0, after) + halo))

    def seconds_per_base(cut):
        tile, rows = cut
        part = columns[:, : 4 * tile + window]
        return timed(scan_tiles, model, part, window, step, halo, tile // step, rows)[0] / part.shape[1]

    ours, theirs, ratios = [], [], []
    rows = (args.rows or [16, 32, 64, 128]) if is_recurrent else [1]
    cuts = [(tile, count) for tile in args.tile or [16_384, 65_536, 262_144] for count in rows]
    seconds_per_base(cuts[0])
    best_tile, best_rows = min(cuts, key=seconds_per_base)
    with tempfile.TemporaryDirectory() as folder:
        output = f"{folder}/ours.parquet"
        for _ in range(args.rounds):
            seconds = our_scan(
                args.processive, args.model, args.genome, step, args.threads, args.precision_compute, output
            )
            ours.append(seconds)
            seconds, scores = timed(
                scan_tiles, model, columns, window, step, halo, best_tile // step, best_rows
            )
            theirs.append(seconds)
            ratios.append(seconds / ours[-1])
        found = read_scores(output, model.classes[0])
    difference = (found.double() - scores.double()).abs().max().item()
    windows = min(args.windows, bins)
    alone = scan_windows(model, columns[:, halo:], window, step, windows) / (windows * step)
    batches = f" in {best_rows} rows with halos of {halo}" if is_recurrent else ""
    rate = lambda seconds: f"{len(sequence) / statistics.median(seconds) / 1e6:.3f} Mbp/s"
    print(f"{args.model}: window {window}, bin {step}, both strands, {args.threads} threads, {len(sequence):,} bases")
    print(f"processive          {rate(ours)}")
    print(f"torch {torch.__version__}, tiles of {best_tile:,}{batches}: {rate(theirs)}")
    print(f"torch, {windows} windows one by one: {1 / alone / 1e6:.4f} Mbp/s")
    print(f"ratio to tiles {statistics.median(ratios):.2f} ({min(ratios):.2f}-{max(ratios):.2f})")
    print(f"largest difference of a score {difference:.1e}")
    if args.precision_compute != "f32":
        return 0  # How large the difference may be is for the reader to judge.
    # Two tilings of a recurrent network, each within 1e-4 of the untiled sequence.
    return 0 if difference < (2e-4 if is_recurrent else 1e-5) else 1


def timed(function, *arguments):
    begin = time.perf_counter()
    result = function(*arguments)
    return time.perf_counter() - begin, result


if __name__ == "__main__":
    sys.exit(main())
