"""Makes the networks of this folder, each with an image and what ONNX Runtime answers.

    pip install numpy onnx onnxruntime
    python inference/tests/onnx/make.py
"""

import json
import pathlib

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

import networks
from networks import Builder

HERE = pathlib.Path(__file__).resolve().parent
MEAN, DEVIATION = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]


def normalised(pixels, mean, deviation):
    """As the simulator does it, in single precision; channels first."""
    x = pixels.astype(np.float32) / np.float32(255)
    x = (x - np.array(mean, dtype=np.float32)) / np.array(deviation, dtype=np.float32)
    return np.ascontiguousarray(x.transpose(2, 0, 1))[None]


def session(model):
    options = onnxruntime.SessionOptions()
    # What is fused there is computed otherwise; networks rounded to few bits would differ by whole steps.
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    return onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])


def fixture(name, model, side, mean=MEAN, deviation=DEVIATION, last=False, says=None, outside=False):
    onnx.checker.check_model(model, full_check=True)
    pixels = np.random.default_rng(7).integers(0, 256, size=(side, side, len(mean)), dtype=np.uint8)
    image = normalised(pixels, mean, deviation)
    image = np.ascontiguousarray(image.transpose(0, 2, 3, 1)) if last else image
    run = session(model)
    outputs = [output.name for output in run.get_outputs()]
    made = dict(zip(outputs, run.run(None, {"image": image})))
    kinds = {node.output[0]: node.op_type for node in model.graph.node}
    answers = {}
    for output, numbers in made.items():
        source = next(node.input[0] for node in model.graph.node if node.output[0] == output)
        answers[output] = {"kind": kinds[source], "numbers": [float(number) for number in numbers.ravel()]}
    path = HERE / f"{name}.onnx"
    if outside:
        onnx.save_model(
            model, path, save_as_external_data=True, location=f"{name}.onnx.data", size_threshold=64,
        )
    else:
        onnx.save_model(model, path)
    expected = {"side": side, "pixels": pixels.ravel().tolist(), "outputs": answers}
    (HERE / f"{name}.json").write_text(json.dumps(expected, separators=(",", ":")) + "\n")
    if says is not None:
        (HERE / f"{name}.yaml").write_text(says)
    size = path.stat().st_size
    assert size < 100_000, (name, size)
    print(f"{name}: {size} bytes, opset {model.opset_import[0].version}, {len(model.graph.node)} nodes")


def said(mean=MEAN, deviation=DEVIATION, more=""):
    return f"input:\n  normalise: {{mean: {mean}, deviation: {deviation}}}\n{more}"


def classifier(build, opset, shape, seed=1, metadata=None, **arguments):
    b = Builder(opset, seed)
    logits = build(b, **arguments)
    classes = arguments.get("classes", 10)
    return b.model(shape, [(logits, "logits", [shape[0], classes])], metadata)


def quantised(opset):
    """A network as tools for quantisation leave it: pairs of nodes round activations, and weights lie in few bits."""
    b = Builder(opset, 3)

    def rounded(x, scale, zero, kind):
        grid = [b.constant(np.float32(scale)), b.constant(np.array(zero, dtype=kind))]
        return b.node("DequantizeLinear", [b.node("QuantizeLinear", [x] + grid)] + grid)

    def weight(*shape):
        codes = b.constant(b.random.integers(-127, 128, size=shape, dtype=np.int8))
        scales = b.constant((0.02 / np.sqrt(shape[1]) * b.random.uniform(0.5, 1, size=shape[0])).astype(np.float32))
        zeros = b.constant(np.zeros(shape[0], dtype=np.int8))
        return b.node("DequantizeLinear", [codes, scales, zeros], axis=0)

    x = rounded("image", 0.02, 114, np.uint8)
    x = b.relu(b.node("Conv", [x, weight(8, 3, 3, 3), b.vector(8)], pads=[1] * 4, strides=[2, 2]))
    x = rounded(x, 0.03, -128, np.int8)
    x = rounded(b.global_pool(x), 0.01, 0, np.uint8)
    x = b.node("Gemm", [b.flatten(x), weight(5, 8), b.vector(5)], transB=1)
    return b.model([1, 3, 12, 12], [(x, "logits", [1, 5])])


def with_exits(opset):
    """Two early exits and a q at the end, which nothing but their names tells apart."""
    b = Builder(opset, 5)
    logits, features, channels, early = networks.resnet18(b, 0.035, 6, exits=True)
    hidden = b.relu(b.linear(features, channels, 4))
    q = b.node("Sigmoid", [b.linear(hidden, 4, 1)])
    outputs = [(q, "q", ["batch", 1]), (logits, "logits", ["batch", 6])]
    outputs += [(exit, f"exit{number}", ["batch", 6]) for number, exit in enumerate(early)]
    return b.model(["batch", 3, "height", "width"], outputs)


def main():
    grey = dict(mean=[0.286], deviation=[0.353])
    grey_says = said([0.286], [0.353])
    fixture("lenet", classifier(networks.lenet, 11, ["batch", 1, 28, 28], width=0.5), 28, says=grey_says, **grey)
    fixture("perceptron", classifier(networks.perceptron, 13, [1, 1, 28, 28], width=0.1), 28, says=grey_says, **grey)
    # All that is said of it is in the file.
    metadata = {"Image.NominalPixelRange": "Normalized_1_1"}
    half = dict(mean=[0.5] * 3, deviation=[0.5] * 3)
    keras = classifier(networks.keras, 13, ["batch", 16, 16, 3], width=0.25, metadata=metadata)
    fixture("keras", keras, 16, last=True, **half)
    metadata = {"appealsim": said() + "name: narrow-resnet\n"}
    resnet = classifier(networks.resnet18, 17, ["batch", 3, 32, 32], width=0.035, classes=10, metadata=metadata)
    fixture("resnet18", resnet, 32)
    for name, build, opset, width in [
        ("mobilenet-v2", networks.mobilenet_v2, 11, 0.06),
        ("mobilenet-v3", networks.mobilenet_v3_small, 17, 0.06),
        ("mobilenet-v3-old", networks.mobilenet_v3_small, 11, 0.05),
        ("squeezenet", networks.squeezenet, 13, 0.1),
        ("efficientnet", networks.efficientnet_b0, 21, 0.03),
    ]:
        model = classifier(build, opset, ["batch", 3, 32, 32], width=width, classes=10)
        fixture(name, model, 32, says=said())
    model = classifier(networks.shufflenet_v2, 18, ["batch", 3, 32, 32], width=0.1, classes=10, side=32)
    fixture("shufflenet", model, 32, says=said())
    fixture("densenet", classifier(networks.densenet, 11, ["batch", 3, 12, 12], width=0.7), 12, says=said())
    for opset in (11, 21):
        model = classifier(networks.odds_and_ends, opset, [1, 3, 13, 13], classes=5)
        fixture(f"odds-and-ends-{opset}", model, 13, says=said())
    fixture("quantised", quantised(13), 12, says=said())
    more = "  size: 32x32\noutputs: {classes: logits, q: q, exits: [exit0, {classes: exit1}]}\nclasses: [a, b, c, d, e, f]\n"
    fixture("exits", with_exits(17), 32, says=said(more=more))
    outside = classifier(networks.lenet, 18, ["batch", 1, 28, 28], width=0.5)
    fixture("outside", outside, 28, says=grey_says, outside=True, **grey)


if __name__ == "__main__":
    main()
