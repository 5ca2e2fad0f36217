"""The shipped networks in ONNX Runtime, tract and PyTorch, one thread, beside this project's kernels.

    pip install numpy onnx onnxruntime pyyaml safetensors sympy tract torch
    python inference/benches/peers.py

Runs this project's own benches and prints ratios (above 1: faster than the faster peer). Rounds are interleaved and the
fastest of each counts, since neighbours on a machine only ever slow things down. A step of PyTorch is forward, backward
and the optimiser on a batch that lies in memory; the epoch that this project's bench trains shuffles and alters images,
measures the held-out ones and writes a checkpoint besides.
"""

import pathlib
import re
import subprocess
import tempfile
import time

import numpy as np
import onnx
import onnxruntime
import torch
import tract
import yaml
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import CalibrationDataReader, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process
from safetensors.numpy import load_file

HOME = pathlib.Path(__file__).resolve().parents[2]
NETWORKS = HOME / "inference" / "networks"
ROUNDS = 5
BATCHES = [1, 32]


class Graph:
    """An ONNX graph of one of this project's architectures, channels first, normalisation as nodes of its own."""

    def __init__(self, name):
        self.weights = load_file(NETWORKS / f"{name}.safetensors")
        self.architecture = yaml.safe_load((NETWORKS / f"{name}.yaml").read_text())
        self.nodes, self.constants, self.count = [], [], 0

    def node(self, kind, inputs, **attributes):
        self.count += 1
        self.nodes.append(helper.make_node(kind, inputs, [f"t{self.count}"], **attributes))
        return f"t{self.count}"

    def constant(self, name):
        self.constants.append(numpy_helper.from_array(self.weights[name], name))
        return name

    def conv(self, x, name, stride=1, relu=True, groups=1):
        kernel = self.weights[f"{name}.weight"].shape[-1]
        pads = [kernel // 2] * 4
        x = self.node("Conv", [x, self.constant(f"{name}.weight")], strides=[stride] * 2, pads=pads, group=groups)
        fields = ["weight", "bias", "running_mean", "running_var"]
        x = self.node("BatchNormalization", [x] + [self.constant(f"{name}.norm.{f}") for f in fields], epsilon=1e-5)
        return self.node("Relu", [x]) if relu else x

    def dense(self, x, name):
        inputs = [x, self.constant(f"{name}.weight"), self.constant(f"{name}.bias")]
        return self.node("Gemm", inputs, transB=1)

    def block(self, x, index, block):
        name = f"extractor.{index}"
        if block == "global-average-pool":
            return self.node("Flatten", [self.node("GlobalAveragePool", [x])])
        (kind, fields), = block.items()
        stride = fields.get("stride", 1)
        if kind == "conv":
            return self.conv(x, f"{name}.conv", stride)
        if kind == "separable":
            x = self.conv(x, f"{name}.depthwise", stride, groups=self.weights[f"{name}.depthwise.weight"].shape[0])
            return self.conv(x, f"{name}.pointwise")
        assert kind == "residual", kind
        body = self.conv(self.conv(x, f"{name}.first", stride), f"{name}.second", relu=False)
        if f"{name}.shortcut.weight" in self.weights:
            x = self.conv(x, f"{name}.shortcut", stride, relu=False)
        return self.node("Relu", [self.node("Add", [body, x])])

    def model(self, batch):
        x = "image"
        for index, block in enumerate(self.architecture["extractor"]):
            x = self.block(x, index, block)
        features, logits = x, self.dense(x, "approximator")
        outputs = [logits]
        if "predictor" in self.architecture:
            logs = self.node("LogSoftmax", [logits], axis=1)
            k = numpy_helper.from_array(np.array([4], dtype=np.int64), "k")
            self.constants.append(k)
            self.nodes.append(helper.make_node("TopK", [self.node("Exp", [logs]), "k"], ["largest", "places"], axis=1))
            seen = self.node("Concat", [features, logits, logs, "largest"], axis=1)
            hidden = self.node("Relu", [self.dense(seen, "predictor.hidden")])
            outputs.append(self.node("Sigmoid", [self.dense(hidden, "predictor.out")]))
        shape = [batch, 1, 28, 28]
        graph = helper.make_graph(
            self.nodes,
            self.architecture["name"],
            [helper.make_tensor_value_info("image", TensorProto.FLOAT, shape)],
            [helper.make_tensor_value_info(o, TensorProto.FLOAT, [batch, None]) for o in outputs],
            self.constants,
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
        onnx.checker.check_model(model)
        return model.SerializeToString()


def onnx_runtime(model):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    return lambda images: session.run(None, {"image": images})


class Noise(CalibrationDataReader):
    """Images to choose scales by, which make no difference to the speed."""

    def __init__(self):
        self.images = iter(np.random.default_rng(1).normal(size=(16, 1, 1, 28, 28)).astype(np.float32))

    def get_next(self):
        image = next(self.images, None)
        return None if image is None else {"image": image}


def in_integers(model):
    """The model of one image with its layers in 8 bits, by ONNX Runtime's own tools."""
    with tempfile.TemporaryDirectory() as folder:
        given, folded, made = (str(pathlib.Path(folder) / name) for name in ["given", "folded", "made"])
        pathlib.Path(given).write_bytes(model)
        quant_pre_process(given, folded)
        types = {"activation_type": QuantType.QUInt8, "weight_type": QuantType.QInt8}
        quantize_static(folded, made, Noise(), per_channel=True, **types)
        return pathlib.Path(made).read_bytes()


def tract_runtime(model):
    with tempfile.NamedTemporaryFile(suffix=".onnx") as file:
        file.write(model)
        file.flush()
        runnable = tract.onnx().load(file.name).into_model().into_runnable()
    return lambda images: runnable.run([images])


def milliseconds_an_image(run, batch):
    images = np.random.default_rng(1).normal(size=(batch, 1, 28, 28)).astype(np.float32)
    passes = max(1, 256 // batch)
    run(images)
    start = time.perf_counter()
    for _ in range(passes):
        run(images)
    return (time.perf_counter() - start) * 1e3 / (passes * batch)


class Block(torch.nn.Module):
    """A block of an extractor in PyTorch."""

    def __init__(self, inputs, kind, out, stride):
        super().__init__()
        self.kind = kind
        if kind == "separable":
            self.body = torch.nn.Sequential(conv(inputs, inputs, 3, stride, inputs), conv(inputs, out, 1))
        elif kind == "residual":
            same = stride == 1 and inputs == out
            self.body = torch.nn.Sequential(conv(inputs, out, 3, stride), conv(out, out, 3, relu=False))
            self.round = torch.nn.Identity() if same else conv(inputs, out, 1, stride, relu=False)
        else:
            assert kind == "conv", kind
            self.body = conv(inputs, out, 3, stride)

    def forward(self, x):
        if self.kind == "residual":
            return torch.relu(self.body(x) + self.round(x))
        return self.body(x)


def conv(inputs, out, kernel, stride=1, groups=1, relu=True):
    layers = [torch.nn.Conv2d(inputs, out, kernel, stride, kernel // 2, groups=groups, bias=False)]
    layers += [torch.nn.BatchNorm2d(out)] + [torch.nn.ReLU()] * relu
    return torch.nn.Sequential(*layers)


def classifier(name):
    architecture = yaml.safe_load((NETWORKS / f"{name}.yaml").read_text())
    blocks, channels = [], architecture["input"]["channels"]
    for block in architecture["extractor"][:-1]:
        (kind, fields), = block.items()
        blocks.append(Block(channels, kind, fields["out"], fields.get("stride", 1)))
        channels = fields["out"]
    head = [torch.nn.AdaptiveAvgPool2d(1), torch.nn.Flatten(), torch.nn.Linear(channels, architecture["classes"])]
    return torch.nn.Sequential(*blocks, *head)


def images_a_second_in_training(model, layout):
    model = model.to(memory_format=layout)
    optimiser = torch.optim.SGD(model.parameters(), 0.1, momentum=0.9, nesterov=True, weight_decay=5e-4)
    x = torch.randn(128, 1, 28, 28).to(memory_format=layout)
    y = torch.randint(0, 10, (128,))
    best = np.inf
    for _ in range(4):
        start = time.perf_counter()
        optimiser.zero_grad()
        torch.nn.functional.cross_entropy(model(x), y).backward()
        optimiser.step()
        best = min(best, time.perf_counter() - start)
    return 128 / best


def ours(bench, *only):
    """Images a second of each network: the fastest that one of the project's own benches prints."""
    command = ["cargo", "bench", "-q", "-p", "inference", "--bench", bench, "--", *only]
    text = subprocess.run(command, cwd=HOME, capture_output=True, text=True, check=True).stdout
    found = re.findall(r"(fmnist-\w+)\s+[\d.]+ \S+ .*\n\D*([\d.]+) (Kitem|item)/s", text)
    return {name: float(value) * (1e3 if unit == "Kitem" else 1.0) for name, value, unit in found}


def keep(best, key, value, better):
    best[key] = better(value, best.get(key, value))


def main():
    torch.set_num_threads(1)
    names = ["fmnist-little", "fmnist-big"]
    runs = {}
    for name in names:
        for batch in BATCHES:
            model = Graph(name).model(batch)
            runs[name, batch] = {"ONNX Runtime": onnx_runtime(model), "tract": tract_runtime(model)}
    integers = {name: onnx_runtime(in_integers(Graph(name).model(1))) for name in names}
    classifiers = {name: classifier(name) for name in names}
    own, own_integers, peers, peer_integers, own_training, torch_training = {}, {}, {}, {}, {}, {}
    for _ in range(ROUNDS):
        for name, value in ours("networks").items():
            keep(own, name, 1e3 / value, min)
        for name, value in ours("integers", "eight_bits").items():
            keep(own_integers, name, 1e3 / value, min)
        for name, run in integers.items():
            keep(peer_integers, name, milliseconds_an_image(run, 1), min)
        for (name, batch), runtimes in runs.items():
            for runtime, run in runtimes.items():
                keep(peers, (name, batch, runtime), milliseconds_an_image(run, batch), min)
        for name, value in ours("training").items():
            keep(own_training, name, value, max)
        for name, model in classifiers.items():
            for layout in [torch.contiguous_format, torch.channels_last]:
                keep(torch_training, name, images_a_second_in_training(model, layout), max)
    print("| network | batch | this project, ms an image | ONNX Runtime | tract | ratio |\n|---|---|---|---|---|---|")
    for name in names:
        for batch in BATCHES:
            # A batch is that many images one after the other here: a batch of N costs N times a batch of one.
            onnx_time, tract_time = (peers[name, batch, runtime] for runtime in ["ONNX Runtime", "tract"])
            ratio = min(onnx_time, tract_time) / own[name]
            print(f"| {name} | {batch} | {own[name]:.4f} | {onnx_time:.4f} | {tract_time:.4f} | {ratio:.2f} |")
    print("\n| network | this project in 8 bits, ms an image | ONNX Runtime in 8 bits | ratio |\n|---|---|---|---|")
    for name in names:
        mine, theirs = own_integers[name], peer_integers[name]
        print(f"| {name} | {mine:.4f} | {theirs:.4f} | {theirs / mine:.2f} |")
    print("\n| network | this project, images trained on a second | PyTorch | ratio |\n|---|---|---|---|")
    for name in names:
        mine, theirs = own_training[name], torch_training[name]
        print(f"| {name} | {mine:.0f} | {theirs:.0f} | {mine / theirs:.2f} |")


if __name__ == "__main__":
    main()
