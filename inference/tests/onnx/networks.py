"""Image classifiers as ONNX graphs, node by node as PyTorch's exporter writes those of torchvision, with random weights.

Every network is a function of a `Builder` and a width: 1 is full size, less is narrower.
"""

import numpy as np
from onnx import TensorProto, helper, numpy_helper


class Builder:
    """Nodes and constants under construction; methods return the name of the value that they make."""

    def __init__(self, opset, seed=1):
        self.opset = opset
        self.random = np.random.default_rng(seed)
        self.nodes, self.constants, self.count = [], [], 0

    def node(self, kind, inputs, outputs=1, name=None, **attributes):
        self.count += 1
        name = name or f"/{kind}_{self.count}"
        made = [f"v{self.count}"] if outputs == 1 else [f"v{self.count}.{i}" for i in range(outputs)]
        self.nodes.append(helper.make_node(kind, inputs, made, name=name, **attributes))
        return made[0] if outputs == 1 else made

    def constant(self, array):
        self.count += 1
        self.constants.append(numpy_helper.from_array(np.asarray(array), f"c{self.count}"))
        return f"c{self.count}"

    def floats(self, *numbers):
        return self.constant(np.array(numbers if len(numbers) != 1 else numbers[0], dtype=np.float32))

    def whole(self, *numbers):
        return self.constant(np.array(numbers, dtype=np.int64))

    def weight(self, *shape):
        """As He's rule has it, so that numbers keep their size through many layers."""
        deviation = np.sqrt(2.0 / max(1, np.prod(shape[1:])))
        return self.constant((self.random.normal(size=shape) * deviation).astype(np.float32))

    def vector(self, length, around=0.0, spread=0.1):
        return self.constant((around + spread * self.random.uniform(-1, 1, size=length)).astype(np.float32))

    # Layers.

    def conv(self, x, inputs, outputs, kernel, stride=1, padding=None, groups=1, dilation=1, bias=True):
        rows, columns = kernel if isinstance(kernel, tuple) else (kernel, kernel)
        padding = [rows // 2, columns // 2] * 2 if padding is None else padding
        padding = [padding] * 4 if isinstance(padding, int) else padding
        read = [x, self.weight(outputs, inputs // groups, rows, columns)] + ([self.vector(outputs)] if bias else [])
        return self.node(
            "Conv", read, kernel_shape=[rows, columns], strides=[stride] * 2, pads=padding, group=groups,
            dilations=[dilation] * 2,
        )

    def norm(self, x, channels, epsilon=1e-5):
        figures = [self.vector(channels, 1), self.vector(channels), self.vector(channels), self.vector(channels, 1)]
        return self.node("BatchNormalization", [x] + figures, epsilon=epsilon, momentum=0.9)

    def relu(self, x):
        return self.node("Relu", [x])

    def clip(self, x, low, high):
        return self.node("Clip", [x, self.floats(low), self.floats(high)])

    def hard_swish(self, x):
        if self.opset >= 14:
            return self.node("HardSwish", [x])
        return self.node("Mul", [x, self.node("HardSigmoid", [x], alpha=1 / 6, beta=0.5)])

    def silu(self, x):
        return self.node("Mul", [x, self.node("Sigmoid", [x])])

    def pool(self, kind, x, kernel, stride, padding=0, **attributes):
        return self.node(
            kind, [x], kernel_shape=[kernel] * 2, strides=[stride] * 2, pads=[padding] * 4, **attributes
        )

    def global_pool(self, x):
        return self.node("GlobalAveragePool", [x])

    def mean(self, x):
        if self.opset < 18:
            return self.node("ReduceMean", [x], axes=[2, 3], keepdims=0)
        return self.node("ReduceMean", [x, self.whole(2, 3)], keepdims=0)

    def flatten(self, x):
        return self.node("Flatten", [x], axis=1)

    def linear(self, x, inputs, outputs, name=None):
        return self.node("Gemm", [x, self.weight(outputs, inputs), self.vector(outputs)], transB=1, name=name)

    def unsqueeze(self, x, axis):
        if self.opset < 13:
            return self.node("Unsqueeze", [x], axes=[axis])
        return self.node("Unsqueeze", [x, self.whole(axis)])

    def split(self, x, parts):
        if self.opset < 13:
            return self.node("Split", [x], outputs=len(parts), axis=1, split=parts)
        return self.node("Split", [x, self.whole(*parts)], outputs=len(parts), axis=1)

    def pad(self, x, top, left, bottom, right):
        return self.node("Pad", [x, self.whole(0, 0, top, left, 0, 0, bottom, right)], mode="constant")

    def model(self, shape, outputs, metadata=None, layout=None):
        """`outputs` are names of values with the names that they get and their extents."""
        for value, name, _ in outputs:
            self.nodes.append(helper.make_node("Identity", [value], [name], name=f"/out/{name}"))
        graph = helper.make_graph(
            self.nodes,
            "main_graph",
            [helper.make_tensor_value_info("image", TensorProto.FLOAT, shape)],
            [helper.make_tensor_value_info(name, TensorProto.FLOAT, extents) for _, name, extents in outputs],
            self.constants,
        )
        model = helper.make_model(
            graph, opset_imports=[helper.make_opsetid("", self.opset)], ir_version=8 if self.opset < 21 else 10
        )
        if metadata:
            helper.set_model_props(model, metadata)
        return model


def lenet(b, width=1.0, classes=10):
    """28×28 pixels of one channel (LeCun et al. 1998)."""
    first, second = scaled(6, width), scaled(16, width)
    x = b.pool("AveragePool", b.node("Tanh", [b.conv("image", 1, first, 5)]), 2, 2)
    x = b.pool("AveragePool", b.node("Tanh", [b.conv(x, first, second, 5, padding=0)]), 2, 2)
    # As `x.view(x.size(0), -1)` is written out.
    batch = b.node("Gather", [b.node("Shape", [x]), b.constant(np.array(0, dtype=np.int64))], axis=0)
    shape = b.node("Concat", [b.unsqueeze(batch, 0), b.whole(-1)], axis=0)
    x = b.node("Reshape", [x, shape])
    for inputs, outputs in [(25 * second, scaled(120, width)), (scaled(120, width), scaled(84, width))]:
        x = b.node("Tanh", [b.linear(x, inputs, outputs)])
    return b.linear(x, scaled(84, width), classes)


def perceptron(b, width=1.0, classes=10):
    """A multilayer perceptron as TensorFlow's converter writes it: products and sums of their own."""
    hidden = scaled(128, width)
    x = b.node("Reshape", ["image", b.whole(-1, 28 * 28)])
    x = b.node("Add", [b.node("MatMul", [x, b.weight(28 * 28, hidden)]), b.vector(hidden)])
    x = b.node("LeakyRelu", [x], alpha=0.1)
    x = b.node("Add", [b.node("MatMul", [x, b.weight(hidden, classes)]), b.vector(classes)])
    return b.node("Softmax", [x], axis=-1)


def keras(b, width=1.0, classes=10):
    """A small Keras network: channels last, uneven padding, flattened with the channels last."""
    c = scaled(32, width)
    x = b.node("Transpose", ["image"], perm=[0, 3, 1, 2])
    x = b.node("Conv", [x, b.weight(c, 3, 3, 3), b.vector(c)], auto_pad="SAME_UPPER", strides=[2, 2])
    x = b.relu(b.norm(x, c, epsilon=1e-3))
    x = b.pad(x, 0, 0, 1, 1)
    x = b.node("Conv", [x, b.weight(c, 1, 3, 3), b.vector(c)], auto_pad="VALID", strides=[2, 2], group=c)
    x = b.clip(x, 0.0, 6.0)
    x = b.node("Conv", [x, b.weight(2 * c, c, 1, 1)], kernel_shape=[1, 1])
    x = b.node("Add", [x, b.constant(b.random.normal(size=(1, 2 * c, 1, 1)).astype(np.float32))])
    x = b.node("Sub", [b.node("Mul", [b.relu(x), b.floats(0.5)]), b.floats(0.25)])
    x = b.node("Transpose", [x], perm=[0, 2, 3, 1])
    side = 4
    x = b.node("Reshape", [x, b.whole(-1, side * side * 2 * c)])
    x = b.node("Dropout", [x])
    x = b.node("Add", [b.node("MatMul", [x, b.weight(side * side * 2 * c, classes)]), b.vector(classes)])
    return b.node("Softmax", [x], axis=1)


def basic_block(b, x, inputs, outputs, stride):
    y = b.relu(b.conv(x, inputs, outputs, 3, stride))
    y = b.conv(y, outputs, outputs, 3)
    if stride != 1 or inputs != outputs:
        x = b.conv(x, inputs, outputs, 1, stride)
    return b.relu(b.node("Add", [y, x]))


def resnet18(b, width=1.0, classes=1000, exits=False):
    """He et al. 2016; normalisation is part of the convolutions, as the exporter leaves it."""
    c = scaled(64, width)
    x = b.pool("MaxPool", b.relu(b.conv("image", 3, c, 7, 2)), 3, 2, 1)
    early, inputs = [], c
    for stage in range(4):
        outputs = c * 2**stage
        for block in range(2):
            x = basic_block(b, x, inputs, outputs, 2 if stage > 0 and block == 0 else 1)
            inputs = outputs
        if exits and stage in (1, 2):
            early.append(b.linear(b.flatten(b.global_pool(x)), inputs, classes, name=f"/exit{stage}"))
    features = b.flatten(b.global_pool(x))
    logits = b.linear(features, inputs, classes)
    return (logits, features, inputs, early) if exits else logits


def mobilenet_v2(b, width=1.0, classes=1000):
    """Sandler et al. 2018."""
    settings = [(1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)]
    inputs = scaled(32, width)
    x = b.clip(b.conv("image", 3, inputs, 3, 2), 0.0, 6.0)
    for expand, channels, repeats, first in settings:
        outputs = scaled(channels, width)
        for repeat in range(repeats):
            stride = first if repeat == 0 else 1
            hidden, y = inputs * expand, x
            if expand != 1:
                y = b.clip(b.conv(y, inputs, hidden, 1), 0.0, 6.0)
            y = b.clip(b.conv(y, hidden, hidden, 3, stride, groups=hidden), 0.0, 6.0)
            y = b.conv(y, hidden, outputs, 1)
            x = b.node("Add", [x, y]) if stride == 1 and inputs == outputs else y
            inputs = outputs
    last = scaled(1280, width)
    x = b.clip(b.conv(x, inputs, last, 1), 0.0, 6.0)
    return b.linear(b.flatten(b.global_pool(x)), last, classes)


def squeeze_excite(b, x, channels, squeezed, gate, activation):
    y = b.global_pool(x)
    y = activation(b.conv(y, channels, squeezed, 1))
    return b.node("Mul", [gate(b.conv(y, squeezed, channels, 1)), x])


def mobilenet_v3_small(b, width=1.0, classes=1000):
    """Howard et al. 2019."""
    settings = [
        (3, 16, 16, True, "RE", 2), (3, 72, 24, False, "RE", 2), (3, 88, 24, False, "RE", 1), (5, 96, 40, True, "HS", 2),
        (5, 240, 40, True, "HS", 1), (5, 240, 40, True, "HS", 1), (5, 120, 48, True, "HS", 1), (5, 144, 48, True, "HS", 1),
        (5, 288, 96, True, "HS", 2), (5, 576, 96, True, "HS", 1), (5, 576, 96, True, "HS", 1),
    ]
    inputs = scaled(16, width)
    x = b.hard_swish(b.conv("image", 3, inputs, 3, 2))
    for kernel, expanded, outputs, excite, activation, stride in settings:
        activation = b.relu if activation == "RE" else b.hard_swish
        hidden, outputs, y = scaled(expanded, width), scaled(outputs, width), x
        if hidden != inputs:
            y = activation(b.conv(y, inputs, hidden, 1))
        y = activation(b.conv(y, hidden, hidden, kernel, stride, groups=hidden))
        if excite:
            hard = lambda z: b.node("HardSigmoid", [z], alpha=1 / 6)
            y = squeeze_excite(b, y, hidden, scaled(hidden / 4), hard, b.relu)
        y = b.conv(y, hidden, outputs, 1)
        x = b.node("Add", [x, y]) if stride == 1 and inputs == outputs else y
        inputs = outputs
    last, hidden = scaled(576, width), scaled(1024, width)
    x = b.hard_swish(b.conv(x, inputs, last, 1))
    x = b.hard_swish(b.linear(b.flatten(b.global_pool(x)), last, hidden))
    return b.linear(x, hidden, classes)


def shuffle(b, x, channels, side):
    x = b.node("Reshape", [x, b.whole(-1, 2, channels // 2, side, side)])
    x = b.node("Transpose", [x], perm=[0, 2, 1, 3, 4])
    return b.node("Reshape", [x, b.whole(-1, channels, side, side)])


def shufflenet_v2(b, width=1.0, classes=1000, side=224):
    """Ma et al. 2018, the ×1.0 network."""
    inputs, side = scaled(24, width), side // 4
    x = b.pool("MaxPool", b.relu(b.conv("image", 3, inputs, 3, 2)), 3, 2, 1)
    for channels, repeats in [(116, 4), (232, 8), (464, 4)]:
        outputs = 2 * scaled(channels / 2, width, 2)
        half, side = outputs // 2, side // 2
        for repeat in range(repeats):
            if repeat == 0:
                left = b.conv(b.conv(x, inputs, inputs, 3, 2, groups=inputs), inputs, half, 1)
                left, right, reads, stride = b.relu(left), x, inputs, 2
            else:
                (left, right), reads, stride = b.split(x, [half, half]), half, 1
            right = b.relu(b.conv(right, reads, half, 1))
            right = b.conv(right, half, half, 3, stride, groups=half)
            right = b.relu(b.conv(right, half, half, 1))
            x = shuffle(b, b.node("Concat", [left, right], axis=1), outputs, side)
        inputs = outputs
    last = scaled(1024, width)
    x = b.relu(b.conv(x, inputs, last, 1))
    return b.linear(b.mean(x), last, classes)


def squeezenet(b, width=1.0, classes=1000):
    """Iandola et al. 2016, version 1.1; its pools count what is left over."""
    x = b.relu(b.conv("image", 3, scaled(64, width), 3, 2, padding=0))
    inputs = scaled(64, width)
    plan = ["pool", (16, 64), (16, 64), "pool", (32, 128), (32, 128), "pool", (48, 192), (48, 192), (64, 256), (64, 256)]
    for step in plan:
        if step == "pool":
            x = b.pool("MaxPool", x, 3, 2, ceil_mode=1)
            continue
        squeezed, expanded = (scaled(channels, width) for channels in step)
        x = b.relu(b.conv(x, inputs, squeezed, 1))
        sides = [b.relu(b.conv(x, squeezed, expanded, kernel)) for kernel in (1, 3)]
        x, inputs = b.node("Concat", sides, axis=1), 2 * expanded
    x = b.relu(b.conv(b.node("Dropout", [x]), inputs, classes, 1))
    return b.node("Softmax", [b.flatten(b.global_pool(x))], axis=1)


def efficientnet_b0(b, width=1.0, classes=1000):
    """Tan & Le 2019."""
    settings = [
        (1, 3, 1, 16, 1), (6, 3, 2, 24, 2), (6, 5, 2, 40, 2), (6, 3, 2, 80, 3), (6, 5, 1, 112, 3), (6, 5, 2, 192, 4),
        (6, 3, 1, 320, 1),
    ]
    inputs = scaled(32, width)
    x = b.silu(b.conv("image", 3, inputs, 3, 2))
    for expand, kernel, first, channels, repeats in settings:
        outputs = scaled(channels, width)
        for repeat in range(repeats):
            stride, hidden, y = first if repeat == 0 else 1, inputs * expand, x
            if expand != 1:
                y = b.silu(b.conv(y, inputs, hidden, 1))
            y = b.silu(b.conv(y, hidden, hidden, kernel, stride, groups=hidden))
            squeezed = max(1, inputs // 4)
            y = squeeze_excite(b, y, hidden, squeezed, lambda z: b.node("Sigmoid", [z]), b.silu)
            y = b.conv(y, hidden, outputs, 1)
            x = b.node("Add", [y, x]) if stride == 1 and inputs == outputs else y
            inputs = outputs
    last = scaled(1280, width)
    x = b.silu(b.conv(x, inputs, last, 1))
    return b.linear(b.flatten(b.global_pool(x)), last, classes)


def densenet(b, width=1.0, classes=10):
    """Two dense blocks (Huang et al. 2017): normalisation comes before the convolution, and cannot be folded into it."""
    growth, inputs = scaled(12, width), scaled(24, width)
    x = b.conv("image", 3, inputs, 3, bias=False)
    for block in range(2):
        for _ in range(3):
            y = b.relu(b.norm(x, inputs))
            y = b.conv(y, inputs, growth, 3, bias=False)
            x, inputs = b.node("Concat", [x, y], axis=1), inputs + growth
        if block == 0:
            y = b.conv(b.relu(b.norm(x, inputs)), inputs, inputs // 2, 1, bias=False)
            x, inputs = b.pool("AveragePool", y, 2, 2, 0), inputs // 2
    x = b.relu(b.norm(x, inputs))
    return b.linear(b.flatten(b.global_pool(x)), inputs, classes)


def odds_and_ends(b, width=1.0, classes=5):
    """What no other network here has: groups, dilation, uneven kernels, pools that count their padding, residual gates."""
    c = 16
    x = b.conv("image", 3, c, (3, 5), 1)
    x = b.node("LeakyRelu", [x], alpha=0.2)
    x = b.conv(x, c, c, 3, groups=4, dilation=2, padding=[2, 2, 2, 2])
    x = b.clip(x, -1.0, 0.75)
    x = b.pool("AveragePool", x, 3, 2, 1, count_include_pad=1)
    x = b.pool("AveragePool", x, 3, 1, 1, count_include_pad=0)
    x = b.node("Mul", [b.node("Tanh", [x]), b.node("HardSigmoid", [x])])
    y = b.conv(x, c, c, 1)
    # As older exporters write a hard swish.
    y = b.node("Div", [b.node("Mul", [y, b.clip(b.node("Add", [y, b.floats(3.0)]), 0.0, 6.0)]), b.floats(6.0)])
    x = b.node("Sum", [x, y, x])
    x = b.node("Concat", [x, b.node("Slice", [x, b.whole(3), b.whole(11), b.whole(1), b.whole(2)])], axis=1)
    y = b.node("Concat", [b.global_pool(x), b.node("GlobalMaxPool", [x])], axis=1)
    y = b.node("Squeeze", [y, b.whole(2, 3)]) if b.opset >= 13 else b.node("Squeeze", [y], axes=[2, 3])
    y = b.node("Gemm", [y, b.weight(40, classes), b.floats(0.5)], alpha=0.5, beta=2.0)
    return b.node("LogSoftmax", [y], axis=1)


def scaled(channels, width=1.0, least=1):
    return max(least, int(round(channels * width)))
