"""Makes the golden numbers of crates/kernels/tests/torch_golden.rs: PyTorch's own layers, forward and backward.

    python3 -m venv venv && venv/bin/pip install torch==2.9.0 numpy==2.4.6
    venv/bin/python tests/golden/layers/make.py

Everything here comes from torch; nothing comes from processive. Tensors are nested lists in torch's own layout
and under torch's own names; the test turns them into the layout of the kernels.

Inputs are decimals rounded to float32, so the kernels read exactly what torch read. torch computes in float64 and
the answers are written with 9 significant digits: the difference to a kernel is the kernel's own rounding. The loss
is the sum of the outputs, each times a random number (`loss_weight`). What lies past the end of a sequence is
random, too, in the inputs and in `loss_weight`: nobody may read it.
"""

import json
import pathlib
import random

import numpy
import torch
from torch import nn
from torch.nn.functional import max_pool1d, one_hot, pad, relu
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

SEED = 20261125
HERE = pathlib.Path(__file__).parent
VERSIONS = {"torch": torch.__version__, "numpy": numpy.__version__}
UNKNOWN = 4

torch.set_num_threads(1)


def write(name, cases):
    content = {"made_by": "tests/golden/layers/make.py", "versions": VERSIONS, "seed": SEED}
    content |= {"cases": cases}
    text = json.dumps(content, separators=(",", ":"))
    (HERE / name).write_text(text.replace('"cases":', '\n"cases":').replace('{"name":', '\n{"name":') + "\n")


def draw(rng, shape, scale, digits=3):
    """Uniform decimals as their nearest float32, held in float64."""
    count = torch.Size(shape).numel()
    values = [round(rng.uniform(-scale, scale), digits) for _ in range(count)]
    return torch.tensor(values, dtype=torch.float32).double().reshape(shape)


def given(tensor):
    """An input: the shortest decimals that are this float32."""
    return [given(row) for row in tensor] if tensor.dim() else float(str(numpy.float32(tensor.item())))


def answer(tensor):
    """An answer: 9 significant digits."""
    return [answer(row) for row in tensor] if tensor.dim() else float(f"{tensor.item():.9g}")


def lay_out(rows, steps):
    """Rows `[length, channels]` of different lengths as `[batch, steps, channels]`, zero past their ends."""
    return torch.stack([pad(row, (0, 0, 0, steps - len(row))) for row in rows])


RECURRENT = {"elman": nn.RNN, "gru": nn.GRU, "lstm": nn.LSTM}


def weights(net, end):
    """The weights of one direction, whose names in torch have the given ending."""
    return [(name, getattr(net, f"{name}_{end}")) for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")]


def recurrent():
    """nn.RNN (tanh), nn.GRU and nn.LSTM over packed sequences, in one direction and in both."""
    rng = random.Random(SEED)
    cases = []
    for cell, layer in RECURRENT.items():
        for directions, lengths, inputs, hidden in [(1, [4, 9, 1], 3, 19), (2, [12, 1, 7, 12], 5, 11)]:
            net = layer(inputs, hidden, batch_first=True, bidirectional=directions == 2).double()
            for parameter in net.parameters():
                parameter.data = draw(rng, parameter.shape, 1.5 / hidden**0.5)
            x = draw(rng, (len(lengths), max(lengths), inputs), 1.5).requires_grad_()
            loss_weight = draw(rng, (len(lengths), max(lengths), directions * hidden), 1)
            packed = pack_padded_sequence(x, torch.tensor(lengths), batch_first=True, enforce_sorted=False)
            output, _ = pad_packed_sequence(net(packed)[0], batch_first=True)
            (output * loss_weight).sum().backward()
            sets = [weights(net, end) for end in ("l0", "l0_reverse")[:directions]]
            cases.append(
                {
                    "name": f"{cell}, one direction" if directions == 1 else f"{cell}, both directions",
                    "cell": cell,
                    "directions": directions,
                    "hidden": hidden,
                    "lengths": lengths,
                    "x": given(x),
                    "parameters": [{name: given(value) for name, value in named} for named in sets],
                    "loss_weight": given(loss_weight),
                    "output": answer(output),
                    "d_x": answer(x.grad),
                    "d_parameters": [{name: answer(value.grad) for name, value in named} for named in sets],
                }
            )
    write("recurrent.json", cases)


def conv1d():
    """nn.Conv1d that keeps the length, one sequence at a time; `pad_left` zeros before it and the rest after it."""
    rng = random.Random(SEED + 1)
    cases = []
    for kernel, dilation, inputs, outputs in [(5, 1, 3, 11), (3, 2, 7, 5), (3, 4, 4, 9), (4, 2, 3, 10), (1, 1, 5, 3)]:
        lengths = [12, 1, 7]
        net = nn.Conv1d(inputs, outputs, kernel, dilation=dilation).double()
        for parameter in net.parameters():
            parameter.data = draw(rng, parameter.shape, 1)
        x = draw(rng, (len(lengths), max(lengths), inputs), 1.5).requires_grad_()
        loss_weight = draw(rng, (len(lengths), max(lengths), outputs), 1)
        left = (kernel - 1) // 2 * dilation
        right = (kernel - 1) * dilation - left
        rows = [net(pad(row[:length].T, (left, right))).T for row, length in zip(x, lengths)]
        output = lay_out(rows, max(lengths))
        (output * loss_weight).sum().backward()
        cases.append(
            {
                "name": f"kernel {kernel}, dilation {dilation}",
                "dilation": dilation,
                "pad_left": left,
                "lengths": lengths,
                "x": given(x),
                "weight": given(net.weight),
                "bias": given(net.bias),
                "loss_weight": given(loss_weight),
                "output": answer(output),
                "d_x": answer(x.grad),
                "d_weight": answer(net.weight.grad),
                "d_bias": answer(net.bias.grad),
            }
        )
    write("conv1d.json", cases)


def columns(codes):
    """One-hot columns `[4, length]`, zero for unknown letters."""
    return one_hot(torch.tensor(codes), UNKNOWN + 1)[:, :UNKNOWN].T.double()


def stem():
    """One-hot letters, nn.Conv1d, ReLU and max pooling whose last run may be short, one sequence at a time."""
    rng = random.Random(SEED + 3)
    cases = []
    for kernel, filters, padding, pool in [(7, 9, (3, 3), 8), (6, 17, (2, 3), 8), (5, 3, (4, 4), None)]:
        lengths = [33, 8, 1, 20]
        codes = [[rng.choice([0, 1, 2, 3, 0, 1, 2, 3, UNKNOWN]) for _ in range(max(lengths))] for _ in lengths]
        positions = [length + sum(padding) - kernel + 1 for length in lengths]
        size = pool or max(positions)  # None: one maximum over the whole sequence
        net = nn.Conv1d(4, filters, kernel).double()
        for parameter in net.parameters():
            parameter.data = draw(rng, parameter.shape, 0.8, digits=6)
        steps = -(-max(positions) // size)
        loss_weight = draw(rng, (len(lengths), steps, filters), 1)
        rows = []
        for row, length in zip(codes, lengths):
            scores = net(pad(columns(row[:length]), padding))
            assert_no_ties(scores, size)
            rows.append(max_pool1d(relu(scores)[None], size, ceil_mode=True)[0].T)
        output = lay_out(rows, steps)
        (output * loss_weight).sum().backward()
        cases.append(
            {
                "name": f"{filters} motifs of {kernel}, maxima over {size}",
                "pool": size,
                "padding": padding,
                "lengths": lengths,
                "codes": codes,
                "weight": given(net.weight),
                "bias": given(net.bias),
                "loss_weight": given(loss_weight),
                "output": answer(output),
                "d_weight": answer(net.weight.grad),
                "d_bias": answer(net.bias.grad),
            }
        )
    write("stem.json", cases)


def assert_no_ties(scores, size):
    """The winner of every run stands out by more than float32 rounds, so that its gradient has one place to go."""
    for run in scores.split(size, dim=1):
        candidates = torch.cat([run, torch.zeros(len(run), 1)], dim=1)  # the rectifier is one more candidate
        first, second = candidates.topk(2, dim=1).values.T
        assert (first - second).min() > 2e-5, "two winners of one run: take another seed"


if __name__ == "__main__":
    recurrent()
    conv1d()
    stem()
