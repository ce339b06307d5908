"""The networks of nn.ts in PyTorch, the way its community writes them: the dynamic convolution is one grouped
convolution over the samples of a batch.

    nn_torch.py [dy_]resnet18|[dy_]mobilenetv2_WIDTH HEIGHT WIDTH BATCH train|infer STEPS

Prints {"ms_median", "params", "torch", "threads"} as JSON.
"""

import json
import statistics
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F

KERNELS, REDUCTION, TEMPERATURE = 4, 4, 30.0


class DynamicConv(nn.Module):
    """Each sample is convolved with its own mixture of KERNELS kernels; `up` makes it a transposed 4x4, stride 2."""

    def __init__(self, inputs, outputs, size, stride, groups, up):
        super().__init__()
        self.stride, self.groups, self.up = stride, groups, up
        shape = (inputs, outputs) if up else (outputs, inputs // groups)
        self.kernels = nn.Parameter(torch.empty(KERNELS, *shape, size, size))
        self.biases = nn.Parameter(torch.zeros(KERNELS, outputs))
        for kernel in self.kernels:
            nn.init.kaiming_normal_(kernel)
        hidden = max(1, inputs // REDUCTION)
        self.attention = nn.Sequential(nn.Linear(inputs, hidden), nn.ReLU(), nn.Linear(hidden, KERNELS))

    def forward(self, x):
        batch = len(x)
        weights = F.softmax(self.attention(x.mean((2, 3))) / TEMPERATURE, dim=1)
        kernels = torch.einsum("bk,k...->b...", weights, self.kernels).flatten(0, 1)
        biases = (weights @ self.biases).flatten()
        side_by_side = x.reshape(1, -1, *x.shape[2:])
        if self.up:
            y = F.conv_transpose2d(side_by_side, kernels, biases, stride=2, padding=1, groups=batch)
        else:
            padding = kernels.shape[-1] // 2
            y = F.conv2d(side_by_side, kernels, biases, self.stride, padding, groups=batch * self.groups)
        return y.view(batch, -1, *y.shape[2:])


class Residual(nn.Module):
    """A branch beside a shortcut, with an activation after both where there is one."""

    def __init__(self, branch, shortcut, activation):
        super().__init__()
        self.branch, self.shortcut, self.activation = branch, shortcut, activation

    def forward(self, x):
        return self.activation(self.shortcut(x) + self.branch(x))


class Builder:
    """Networks of one kind of convolution."""

    def __init__(self, dynamic):
        self.dynamic = dynamic

    def conv(self, inputs, outputs, size=1, stride=1, groups=1, up=False, activation=None):
        if self.dynamic:
            layer = DynamicConv(inputs, outputs, size, stride, groups, up)
        elif up:
            layer = nn.ConvTranspose2d(inputs, outputs, size, 2, 1, bias=False)
        else:
            layer = nn.Conv2d(inputs, outputs, size, stride, size // 2, groups=groups, bias=False)
        layers = [layer, nn.BatchNorm2d(outputs)]
        return nn.Sequential(*layers, activation(inplace=True)) if activation else nn.Sequential(*layers)

    def stem(self, outputs, size, activation):
        """The first convolution is never dynamic."""
        return Builder(False).conv(3, outputs, size, 2, activation=activation)

    def basic_block(self, inputs, outputs, stride):
        branch = nn.Sequential(
            self.conv(inputs, outputs, 3, stride, activation=nn.ReLU), self.conv(outputs, outputs, 3)
        )
        same = stride == 1 and inputs == outputs
        shortcut = nn.Identity() if same else self.conv(inputs, outputs, 1, stride)
        return Residual(branch, shortcut, nn.ReLU(inplace=True))

    def inverted_residual(self, inputs, outputs, stride, expansion, size=3):
        inner = inputs * expansion
        expand = [self.conv(inputs, inner, activation=nn.ReLU6)] if expansion > 1 else []
        depthwise = self.conv(inner, inner, size, stride, groups=inner, activation=nn.ReLU6)
        branch = nn.Sequential(*expand, depthwise, self.conv(inner, outputs))
        same = stride == 1 and inputs == outputs
        return Residual(branch, nn.Identity(), nn.Identity()) if same else branch

    def resnet18_deconv(self):
        layers, channels = [self.stem(64, 7, nn.ReLU), nn.MaxPool2d(3, 2, 1)], 64
        for outputs, stride in [(64, 1), (128, 2), (256, 2), (512, 2)]:
            layers += [self.basic_block(channels, outputs, stride), self.basic_block(outputs, outputs, 1)]
            channels = outputs
        for _ in range(3):
            layers.append(self.conv(channels, 256, 4, up=True, activation=nn.ReLU))
            channels = 256
        return nn.Sequential(*layers, nn.Conv2d(channels, 17, 1))

    def mobilenetv2_bottleneck(self, width):
        def scaled(channels):
            rounded = max(8, int(channels * width + 4) // 8 * 8)
            return rounded + 8 if rounded < 0.9 * channels * width else rounded

        channels = scaled(32)
        layers = [self.stem(channels, 3, nn.ReLU6)]
        stages = [(1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)]
        for expansion, outputs, blocks, stride in stages:
            for block in range(blocks):
                layers.append(self.inverted_residual(channels, scaled(outputs), 1 if block else stride, expansion))
                channels = scaled(outputs)
        for outputs, blocks in [(256, 2), (128, 1), (128, 1)]:
            layers.append(nn.Upsample(scale_factor=2, mode="bilinear", align_corners=False))
            for _ in range(blocks):
                layers.append(self.inverted_residual(channels, outputs, 1, 2, 5))
                channels = outputs
        return nn.Sequential(*layers, nn.Conv2d(channels, 17, 1))


def build(name):
    builder, name = Builder(name.startswith("dy_")), name.removeprefix("dy_")
    if name == "resnet18":
        return builder.resnet18_deconv()
    return builder.mobilenetv2_bottleneck(float(name.removeprefix("mobilenetv2_")))


def step_of(network, mode, height, width, batch):
    images, target = torch.randn(batch, 3, height, width), torch.rand(batch, 17, height // 4, width // 4)
    if mode == "infer":
        network.eval()
        return torch.inference_mode()(lambda: network(images))
    optimizer = torch.optim.Adam(network.parameters(), 1e-3)

    def train():
        optimizer.zero_grad()
        F.mse_loss(network(images), target).backward()
        optimizer.step()

    return train


def main():
    name, height, width, batch, mode, steps = sys.argv[1:]
    torch.manual_seed(0)
    network = build(name)
    step = step_of(network, mode, int(height), int(width), int(batch))
    times = []
    for _ in range(2 + int(steps)):
        start = time.perf_counter()
        step()
        times.append(1e3 * (time.perf_counter() - start))
    print(
        json.dumps(
            {
                "ms_median": statistics.median(times[2:]),
                "params": sum(weights.numel() for weights in network.parameters()),
                "torch": torch.__version__,
                "threads": torch.get_num_threads(),
            }
        )
    )


main()
