"""The shipped networks in ONNX Runtime, one thread, beside this project's kernels.

    pip install numpy onnx onnxruntime pyyaml safetensors
    python inference/benches/peers.py

Runs `cargo bench -p inference --bench networks` for this project's side and prints ratios (above 1: faster than the peer).
Rounds are interleaved and the fastest of each counts, since neighbours on a machine only ever slow things down.
"""

import pathlib
import re
import subprocess
import time

import numpy as np
import onnx
import onnxruntime
import yaml
from onnx import TensorProto, helper, numpy_helper
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

    def session(self):
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
        shape = ["n", 1, 28, 28]
        graph = helper.make_graph(
            self.nodes,
            self.architecture["name"],
            [helper.make_tensor_value_info("image", TensorProto.FLOAT, shape)],
            [helper.make_tensor_value_info(o, TensorProto.FLOAT, ["n", None]) for o in outputs],
            self.constants,
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
        onnx.checker.check_model(model)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        return onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])


def milliseconds_an_image(session, batch):
    images = np.random.default_rng(1).normal(size=(batch, 1, 28, 28)).astype(np.float32)
    passes = max(1, 256 // batch)
    session.run(None, {"image": images})
    start = time.perf_counter()
    for _ in range(passes):
        session.run(None, {"image": images})
    return (time.perf_counter() - start) * 1e3 / (passes * batch)


def ours():
    """Milliseconds an image: the fastest that the project's own bench prints."""
    bench = ["cargo", "bench", "-q", "-p", "inference", "--bench", "networks"]
    text = subprocess.run(bench, cwd=HOME, capture_output=True, text=True, check=True).stdout
    found = re.findall(r"(fmnist-\w+)\s+([\d.]+) (µs|ms|s) ", text)
    scale = {"µs": 1e-3, "ms": 1.0, "s": 1e3}
    images = 32
    return {name: float(value) * scale[unit] / images for name, value, unit in found}


def main():
    names = ["fmnist-little", "fmnist-big"]
    sessions = {name: Graph(name).session() for name in names}
    own, peers = {}, {}
    for _ in range(ROUNDS):
        for name, value in ours().items():
            own[name] = min(value, own.get(name, value))
        for name, session in sessions.items():
            for batch in BATCHES:
                value = milliseconds_an_image(session, batch)
                peers[name, batch] = min(value, peers.get((name, batch), value))
    print("| network | batch | this project, ms an image | ONNX Runtime | ratio |\n|---|---|---|---|---|")
    for name in names:
        for batch in BATCHES:
            # A batch is that many images one after the other here: a batch of N costs N times a batch of one.
            peer = peers[name, batch]
            print(f"| {name} | {batch} | {own[name]:.4f} | {peer:.4f} | {peer / own[name]:.2f} |")


if __name__ == "__main__":
    main()
