"""Weights travel to and from PyTorch, and the same architecture gives the same outputs and gradients with them."""

import numpy as np
import pytest

import autograd as ag
import nn

try:
    import torch
except ImportError:
    torch = None
else:
    torch.set_num_threads(1)

pytestmark = pytest.mark.skipif(torch is None, reason="PyTorch is not installed: make test-parity")


# --- the architectures in PyTorch ---------------------------------------------------------------------------


def mlp():
    t = torch.nn
    return t.Sequential(t.Flatten(), t.Linear(12, 8), t.Tanh(), t.Linear(8, 5))


def lenet5():
    t = torch.nn
    return t.Sequential(
        *(t.Conv2d(1, 6, 5, padding=2), t.ReLU(), t.MaxPool2d(2), t.Conv2d(6, 16, 5), t.ReLU(), t.MaxPool2d(2)),
        *(t.Flatten(), t.Linear(400, 120), t.ReLU(), t.Linear(120, 84), t.ReLU(), t.Linear(84, 10)),
    )


def vgg_small():
    t = torch.nn
    layers, channels = [], 3
    for width in (8, 12):
        for before in (channels, width):
            layers += [t.Conv2d(before, width, 3, padding=1, bias=False), t.BatchNorm2d(width), t.ReLU()]
        layers.append(t.MaxPool2d(2))
        channels = width
    return t.Sequential(*layers, t.AdaptiveAvgPool2d(1), t.Flatten(), t.Dropout(0.0), t.Linear(channels, 10))


def resnet18():
    """As in torchvision, whose names it has."""
    t = torch.nn

    class Block(t.Module):
        def __init__(self, inputs, outputs, stride):
            super().__init__()
            self.conv1, self.bn1 = t.Conv2d(inputs, outputs, 3, stride, 1, bias=False), t.BatchNorm2d(outputs)
            self.conv2, self.bn2 = t.Conv2d(outputs, outputs, 3, 1, 1, bias=False), t.BatchNorm2d(outputs)
            self.downsample = None
            if stride != 1 or inputs != outputs:
                self.downsample = t.Sequential(t.Conv2d(inputs, outputs, 1, stride, bias=False), t.BatchNorm2d(outputs))

        def forward(self, x):
            out = self.bn2(self.conv2(torch.relu(self.bn1(self.conv1(x)))))
            return torch.relu(out + (x if self.downsample is None else self.downsample(x)))

    class ResNet(t.Module):
        def __init__(self):
            super().__init__()
            self.conv1, self.bn1 = t.Conv2d(3, 64, 7, 2, 3, bias=False), t.BatchNorm2d(64)
            self.maxpool = t.MaxPool2d(3, 2, 1)
            widths = (64, 64, 128, 256, 512)
            for i in range(1, 5):
                blocks = Block(widths[i - 1], widths[i], 1 if i == 1 else 2), Block(widths[i], widths[i], 1)
                setattr(self, f"layer{i}", t.Sequential(*blocks))
            self.avgpool, self.fc = t.AdaptiveAvgPool2d((1, 1)), t.Linear(512, 7)

        def forward(self, x):
            x = self.maxpool(torch.relu(self.bn1(self.conv1(x))))
            x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
            return self.fc(self.avgpool(x).flatten(1))

    return ResNet()


def encoder(kit):
    layer = kit.TransformerEncoderLayer(8, 2, 16, dropout=0.0, activation="gelu", batch_first=True)
    return kit.TransformerEncoder(layer, 2)


PAIRS = {
    "mlp": (lambda: nn.models.mlp(12, [8], 5, activation="Tanh"), mlp, (3, 3, 4)),
    "lenet5": (nn.models.lenet5, lenet5, (3, 1, 28, 28)),
    "vgg_small": (lambda: nn.models.vgg_small(widths=(8, 12)), vgg_small, (3, 3, 8, 8)),
    "resnet18": (lambda: nn.models.resnet18(7), resnet18, (2, 3, 40, 36)),
    "transformer encoder": (lambda: encoder(nn), lambda: encoder(torch.nn), (3, 5, 8)),
}


def assert_equal(ours, theirs, tolerance):
    ours = ag.value_of(ours)
    theirs = theirs.detach().numpy()
    np.testing.assert_allclose(ours, theirs, rtol=tolerance, atol=tolerance * max(1.0, np.abs(theirs).max(initial=0)))


def scrambled(model):
    """The model with state as after training: running statistics that are not those it began with."""
    with torch.no_grad():
        for name, buffer in model.named_buffers():
            if name.endswith("running_mean"):
                buffer.normal_()
            elif name.endswith("running_var"):
                buffer.uniform_(0.5, 2.0)
    return model


@pytest.mark.parametrize("name", PAIRS)
@pytest.mark.parametrize("training", [True, False])
def test_weights_travel_both_ways(name, training, tmp_path):
    safetensors = pytest.importorskip("safetensors.torch", reason="compares with safetensors' files of PyTorch")
    make_ours, make_theirs, shape = PAIRS[name]
    torch.manual_seed(0)
    ours, theirs = make_ours().double().train(training), scrambled(make_theirs().double()).train(training)
    values = np.random.default_rng(0).normal(size=shape)

    def compare():
        x, tx = ag.tensor(values, requires_grad=True), torch.tensor(values, requires_grad=True)
        out, tout = ours(x), theirs(tx)
        assert_equal(out, tout, 1e-9)
        g = np.random.default_rng(1).normal(size=out.shape)
        ours.zero_grad()
        theirs.zero_grad()
        out.backward(g)
        tout.backward(torch.tensor(g))
        assert_equal(x.grad, tx.grad, 1e-8)
        for (path, p), (other, q) in zip(ours.named_parameters(), theirs.named_parameters(), strict=True):
            assert path == other
            assert_equal(p.grad, q.grad, 1e-8)

    safetensors.save_file(theirs.state_dict(), tmp_path / "theirs.safetensors")
    nn.load_weights(ours, tmp_path / "theirs.safetensors")
    compare()
    for (path, b), (other, c) in zip(ours.named_buffers(), theirs.named_buffers(), strict=True):
        assert path == other
        assert_equal(b, c, 1e-10)

    other = make_ours().double()
    for tensor in other.buffers():
        if tensor.dtype.kind == "f":
            tensor.data[...] = np.random.default_rng(2).uniform(0.5, 2.0, tensor.shape)
    ours = other.train(training)
    nn.save(ours, tmp_path / "ours.safetensors")
    theirs.load_state_dict(safetensors.load_file(tmp_path / "ours.safetensors"))
    compare()
