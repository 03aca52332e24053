#!/usr/bin/env python3
"""The layers of processive in PyTorch, timed: the rival of `cargo xtask layer-bench`.

    torch_speed.py [--threads 2] [--repeats 7] [--work TEXT]   # every work item whose name contains TEXT
    torch_speed.py --serve                                     # names on stdin, a JSON line for each on stdout

Every line holds `work peer device threads median_s min_s max_s peak_rss_mib`. `cargo xtask peer-bench --python
PATH` starts this script with `--serve` beside our own program and lets the two answer in turn. PyTorch's threads
wait for work by spinning, so numbers taken on a busy machine say nothing about PyTorch.

Needs torch (2.9 is what the records were made with).
"""

import argparse
import json
import resource
import statistics
import sys
import time

import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence


def forward_of(module, x, take=lambda y: y):
    """Inference: no graph is kept."""

    def run():
        with torch.no_grad():
            take(module(x))

    return run


def training_of(module, x, take=lambda y: y):
    """Forward and backward from the sum of the output; the parameters get gradients, and x if it asks for one."""

    def run():
        module.zero_grad(set_to_none=True)
        take(module(x)).sum().backward()

    return run


def pass_of(backward):
    return (training_of, "forward+backward") if backward else (forward_of, "forward")


def product():
    a, b = torch.randn(1024, 1024), torch.randn(1024, 1024)
    return lambda: a @ b


def recurrent_works():
    """Layers of 128 units over 32 sequences of 200 steps and 64 features."""
    works = {}
    for name, cell in (("lstm", nn.LSTM), ("gru", nn.GRU), ("rnn", nn.RNN)):
        for both in (False, True):
            for backward in (False, True):
                make, what = pass_of(backward)

                def prepare(cell=cell, both=both, make=make):
                    layer = cell(64, 128, batch_first=True, bidirectional=both)
                    return make(layer, torch.randn(32, 200, 64), lambda y: y[0])

                works[f"{'bi' if both else ''}{name} {what} b32 t200 i64 h128"] = prepare
    return works


def deep_works():
    """Two bidirectional layers of 256 units over 32 sequences of 50 to 500 residues."""
    lengths = sorted(torch.randint(50, 501, (32,), generator=torch.Generator().manual_seed(0)).tolist(), reverse=True)
    works = {}
    for backward in (True, False):
        make, what = pass_of(backward)

        def packed(make=make):
            layer = nn.LSTM(21, 256, num_layers=2, batch_first=True, bidirectional=True)

            class Packed(nn.Module):
                def __init__(self):
                    super().__init__()
                    self.layer = layer

                def forward(self, x):
                    return self.layer(pack_padded_sequence(x, lengths, batch_first=True))[0].data

            return make(Packed(), torch.randn(32, 500, 21))

        def padded(make=make):
            layer = nn.LSTM(21, 256, num_layers=2, batch_first=True, bidirectional=True)
            return make(layer, torch.randn(32, 500, 21), lambda y: y[0])

        works[f"bilstm 2x256 packed 50-500 {what} b32"] = packed
        works[f"bilstm 2x256 padded to 500 {what} b32"] = padded
    return works


def one_hot(batch, length):
    codes = torch.randint(0, 4, (batch, length))
    return nn.functional.one_hot(codes, 4).permute(0, 2, 1).float().contiguous()


def convolution_works():
    works = {}
    for backward in (False, True):
        make, what = pass_of(backward)

        def alone(make=make):
            return make(nn.Conv1d(4, 128, 19), one_hot(64, 1000))

        def stem(make=make):
            return make(nn.Sequential(nn.Conv1d(4, 128, 19), nn.ReLU(), nn.MaxPool1d(8)), one_hot(64, 1000))

        def inner(make=make, backward=backward):
            return make(nn.Conv1d(128, 128, 7), torch.randn(64, 128, 982, requires_grad=backward))

        works[f"conv 4->128 k19 {what} n64 l1000"] = alone
        works[f"stem conv 4->128 k19 + relu + max pool 8 {what} n64 l1000"] = stem
        works[f"conv 128->128 k7 {what} n64 l982"] = inner
    return works


class CnnBilstm(nn.Module):
    """Motif filters, local maxima, a bidirectional LSTM, the maximum over positions, one output."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv1d(4, 128, 19), nn.ReLU(), nn.MaxPool1d(8))
        self.layer = nn.LSTM(128, 128, batch_first=True, bidirectional=True)
        self.head = nn.Linear(256, 1)

    def forward(self, x):
        states, _ = self.layer(self.stem(x).transpose(1, 2))
        return self.head(states.amax(1))


def cnn(last):
    return nn.Sequential(nn.Conv1d(4, 128, 19), nn.ReLU(), nn.MaxPool1d(8), nn.Conv1d(128, 128, 7), nn.ReLU(), *last)


def whole_works():
    def step():
        model = CnnBilstm()
        optimiser = torch.optim.AdamW(model.parameters(), lr=1e-3)
        x, labels = one_hot(64, 1000), (torch.arange(64) % 2).float()[:, None]

        def run():
            optimiser.zero_grad(set_to_none=True)
            nn.functional.binary_cross_entropy_with_logits(model(x), labels).backward()
            optimiser.step()

        return run

    return {
        "cnn-bilstm training step b64 l1000": step,
        "cnn dense scan, one strand, 4 tiles of 100 kb": lambda: forward_of(
            cnn([nn.Conv1d(128, 1, 1)]), one_hot(4, 100_000)
        ),
        "cnn window scan, one strand, 256 windows of 1 kb (step 50)": lambda: forward_of(
            cnn([nn.AdaptiveMaxPool1d(1), nn.Flatten(), nn.Linear(128, 1)]), one_hot(256, 1000)
        ),
        "cnn-bilstm tile scan, one strand, 64 tiles of 1 kb": lambda: forward_of(CnnBilstm(), one_hot(64, 1000)),
    }


WORKS = {"matmul 1024^3": product, **recurrent_works(), **deep_works(), **convolution_works(), **whole_works()}


def measure(name, repeats):
    torch.manual_seed(0)
    run = WORKS[name]()
    run()
    seconds = []
    for _ in range(repeats):
        begin = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - begin)
    return {
        "work": name,
        "peer": f"torch {torch.__version__}",
        "device": "cpu",
        "threads": torch.get_num_threads(),
        "median_s": statistics.median(seconds),
        "min_s": min(seconds),
        "max_s": max(seconds),
        "peak_rss_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--work", default="")
    parser.add_argument("--serve", action="store_true")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    names = (line.rstrip("\n") for line in sys.stdin) if args.serve else (n for n in WORKS if args.work in n)
    for name in names:
        if name not in WORKS:
            sys.exit(f"error: no work is called '{name}'")
        print(json.dumps(measure(name, args.repeats)), flush=True)


if __name__ == "__main__":
    main()
