"""Networks of full size from ONNX files: here and in ONNX Runtime, one thread each, outputs compared and times beside
each other.

    pip install numpy onnx onnxruntime
    python inference/benches/onnx_peers.py [--light | name ...]

Ratios above 1: faster than ONNX Runtime. Rounds are interleaved and the fastest of each counts, since neighbours on a
machine only ever slow things down. Weights are random. With `--light`, the topologies that the package `onnx` ships are
compared instead, or refused by name.
"""

import pathlib
import subprocess
import sys
import tempfile
import time

import numpy as np
import onnx
import onnxruntime
from onnx import numpy_helper

HOME = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(HOME / "inference" / "tests" / "onnx"))
import networks
from networks import Builder

# Of each network in each round, as many passes as take so many milliseconds.
ROUNDS, LONG_ENOUGH = 5, 300
SAID = "input:\n  layout: channels-first\n  normalise: {mean: [0.485, 0.456, 0.406], deviation: [0.229, 0.224, 0.225]}\n"
GREY = "input:\n  normalise: {mean: [0.286], deviation: [0.353]}\n"
# Name, network, opset, side, what is said of its images.
FULL = [
    ("lenet", networks.lenet, 11, 28, GREY),
    ("resnet18", networks.resnet18, 17, 224, SAID),
    ("mobilenet-v2", networks.mobilenet_v2, 11, 224, SAID),
    ("mobilenet-v3", networks.mobilenet_v3_small, 17, 224, SAID),
    ("shufflenet", networks.shufflenet_v2, 18, 224, SAID),
    ("squeezenet", networks.squeezenet, 13, 224, SAID),
    ("efficientnet", networks.efficientnet_b0, 21, 224, SAID),
]


def example():
    command = ["cargo", "build", "-q", "--release", "-p", "inference", "--example", "onnx", "--message-format=json"]
    lines = subprocess.run(command, cwd=HOME, capture_output=True, text=True, check=True).stdout.splitlines()
    return next(line.split('"executable":"')[1].split('"')[0] for line in lines if '"executable":"' in line)


def here(program, path, image, passes):
    """Milliseconds and logits, or the error."""
    done = subprocess.run([program, str(path), str(image), str(passes)], capture_output=True, text=True)
    if done.returncode != 0:
        return None, done.stderr.strip()
    first, *logits = done.stdout.split()
    return float(first), np.array(logits, dtype=np.float64)


def onnx_runtime(path, name="image"):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    return lambda image: session.run(None, {name: image})


def milliseconds(run, image, passes):
    best = np.inf
    for _ in range(passes):
        start = time.perf_counter()
        run(image)
        best = min(best, time.perf_counter() - start)
    return best * 1e3


def write(folder, name, model, side, channels, said):
    """The files of a network, with an image, and that image as the network takes it."""
    path = folder / f"{name}.onnx"
    onnx.save_model(model, path)
    path.with_suffix(".yaml").write_text(said)
    pixels = np.random.default_rng(7).integers(0, 256, size=(side, side, channels), dtype=np.uint8)
    path.with_suffix(".bin").write_bytes(pixels.tobytes())
    mean, deviation = ([0.286], [0.353]) if channels == 1 else ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
    x = (pixels.astype(np.float32) / np.float32(255) - np.float32(mean)) / np.float32(deviation)
    return path, np.ascontiguousarray(x.transpose(2, 0, 1))[None]


def difference(logits, expected, last):
    """The largest difference, beside the largest number."""
    found = logits
    if last == "Softmax":
        found = np.exp(logits - logits.max())
        found /= found.sum()
    return np.abs(found - expected).max() / max(1.0, np.abs(expected).max())


def last_kind(model):
    made = {output: node for node in model.graph.node for output in node.output}
    node = made[model.graph.output[0].name]
    while node.op_type in ("Identity", "Reshape", "Flatten", "Squeeze"):
        node = made[node.input[0]]
    return node.op_type


def compare(program, names, folder):
    prepared = []
    for name, build, opset, side, said in FULL:
        if names and name not in names:
            continue
        channels = 1 if said is GREY else 3
        b = Builder(opset)
        logits = build(b)
        model = b.model(["batch", channels, side, side], [(logits, "logits", ["batch", None])])
        prepared.append((name, model, *write(folder, name, model, side, channels, said)))
    best, differences, passes = {}, {}, {}
    for name, model, path, image in prepared:
        expected = onnx_runtime(path)(image)[0].ravel()
        time_here, logits = here(program, path, path.with_suffix(".bin"), 5)
        assert time_here is not None, logits
        passes[name] = max(5, int(LONG_ENOUGH / time_here))
        differences[name] = difference(logits, expected, last_kind(model))
    runs = {name: onnx_runtime(path) for name, _, path, _ in prepared}
    for _ in range(ROUNDS):
        for name, _, path, image in prepared:
            time_here, _ = here(program, path, path.with_suffix(".bin"), passes[name])
            there = milliseconds(runs[name], image, passes[name])
            old = best.get(name, (np.inf, np.inf))
            best[name] = (min(old[0], time_here), min(old[1], there))
    print("| network | largest difference | this project, ms an image | ONNX Runtime | ratio |\n|---|---|---|---|---|")
    for name, (mine, theirs) in best.items():
        print(f"| {name} | {differences[name]:.1e} | {mine:.3f} | {theirs:.3f} | {theirs / mine:.2f} |", flush=True)


def filled(model):
    """The same with random weights, in place of the equal ones that nodes of these topologies make."""
    random, shapes = np.random.default_rng(3), {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    kept = []
    for node in model.graph.node:
        if node.op_type != "ConstantOfShape":
            kept.append(node)
            continue
        shape = shapes[node.input[0]]
        if len(shape) == 1:
            numbers = random.uniform(0.5, 1, size=shape)
        else:
            # Small enough for probabilities that differ at the end.
            numbers = random.normal(size=shape) * np.sqrt(0.5 / np.prod(shape[1:]))
        model.graph.initializer.append(numpy_helper.from_array(numbers.astype(np.float32), node.output[0]))
    del model.graph.node[:]
    model.graph.node.extend(kept)
    return model


def light(program, folder):
    """The topologies that the package `onnx` ships."""
    data = pathlib.Path(onnx.__file__).parent / "backend" / "test" / "data" / "light"
    print("\n| light topology | opset | largest difference, or why it is refused |\n|---|---|---|")
    for path in sorted(data.glob("*.onnx")):
        model = filled(onnx.load(path))
        opset = model.opset_import[0].version
        written, image = write(folder, path.stem, model, 224, 3, SAID)
        time_here, logits = here(program, written, written.with_suffix(".bin"), 1)
        if time_here is None:
            print(f"| {path.stem} | {opset} | {logits.split('onnx: ', 1)[-1][:120]} |", flush=True)
        else:
            expected = onnx_runtime(written, image_of(model))(image)[0].ravel()
            print(f"| {path.stem} | {opset} | {difference(logits, expected, last_kind(model)):.1e} |", flush=True)
        for file in folder.iterdir():
            file.unlink()


def image_of(model):
    constants = {tensor.name for tensor in model.graph.initializer}
    return next(value.name for value in model.graph.input if value.name not in constants)


def main():
    names = [name for name in sys.argv[1:] if not name.startswith("--")]
    program = example()
    with tempfile.TemporaryDirectory() as folder:
        if "--light" not in sys.argv:
            compare(program, names, pathlib.Path(folder))
        else:
            light(program, pathlib.Path(folder))


if __name__ == "__main__":
    main()
