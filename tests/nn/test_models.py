"""Models: shapes, sizes that the papers state, gradients that reach every parameter; saved and made again."""

import inspect
import json
import os
import re
import threading
from pathlib import Path

import numpy as np
import pytest

import autograd as ag
import nn
from nn import models
from nn.models import MODELS
from nn.weights import BUILT_BY

# Arguments of each model, an input for it, and the shape of what comes out.
CALLS = {
    "mlp": ((6, [5], 3), np.zeros((2, 2, 3), "f4"), (2, 3)),
    "autoencoder": (((1, 4, 4), [6], 2), np.zeros((2, 1, 4, 4), "f4"), (2, 1, 4, 4)),
    "lenet5": ((), np.zeros((2, 1, 28, 28), "f4"), (2, 10)),
    "vgg_small": ((3, 2, [4, 5]), np.zeros((2, 2, 8, 9), "f4"), (2, 3)),
    "resnet8": ((4, 1), np.zeros((2, 1, 9, 8), "f4"), (2, 4)),
    "resnet18": ((4, 3), np.zeros((2, 3, 33, 40), "f4"), (2, 4)),
    "transformer_encoder": ((9, 3, 8, 2, 2, 12), np.array([[1, 2, 3], [4, 0, 0]]), (2, 3)),
    "char_rnn": (("abcd", 3, 5, 2, "gru"), np.array([[1, 2, 3], [2, 0, 0]]), (2, 3, 4)),
}


def first(out):
    """What a model gives, without the states that some return beside it."""
    return out[0] if isinstance(out, tuple) else out


def test_every_model_is_tried():
    assert CALLS.keys() == MODELS.keys()


@pytest.mark.parametrize("name", MODELS)
def test_shapes_and_gradients(name):
    args, x, shape = CALLS[name]
    model = MODELS[name](*args)
    x = x + np.random.default_rng(0).normal(size=x.shape).astype(x.dtype) if x.dtype.kind == "f" else x
    out = first(model(x))
    assert out.shape == shape
    (out * np.arange(out.size, dtype="f4").reshape(shape)).sum().backward()
    silent = [path for path, p in model.named_parameters() if p.grad is None]
    assert not silent
    assert first(MODELS[name](*args).eval()(x[:0])).shape == (0, *shape[1:])


@pytest.mark.parametrize("name", MODELS)
def test_a_model_is_a_page_at_most(name):
    assert len(inspect.getsource(MODELS[name].__wrapped__).splitlines()) <= 60


@pytest.mark.parametrize(
    ("model", "parameters"),
    [
        (models.lenet5(), 61_706),
        (models.resnet8(), 78_042),  # 0.08 million
        (models.resnet18(), 11_689_512),  # as torchvision states it
    ],
)
def test_numbers_of_parameters(model, parameters):
    assert sum(p.size for p in model.parameters()) == parameters


def test_an_autoencoder_learns_to_repeat():
    ag.manual_seed(0)
    images = nn.data.load_digits()[0][:64]
    model = models.autoencoder((1, 8, 8), [32], code=8)
    optimizer = nn.optim.Adam(model.parameters(), lr=1e-2)
    losses = []
    for _ in range(60):
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(model(images), ag.tensor(images))
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.4 * losses[0]


def test_a_transformer_does_not_see_what_fills_up():
    model = models.transformer_encoder(9, 2, 8, 2, 1, 12).eval()
    short, long = np.array([[3, 4]]), np.array([[3, 4, 0, 0, 0]])
    np.testing.assert_allclose(model(short).data, model(long).data, atol=1e-6)


@pytest.mark.parametrize(
    "activation",
    ["Nonsense", "Module", "__class__", "Linear", ag.relu, nn.ReLU(), nn.Linear, int, 3],
    ids=lambda kind: getattr(kind, "__name__", repr(kind)),
)
def test_an_activation_by_a_wrong_name(activation):
    with pytest.raises(ag.errors.ArgumentError, match="want a class of nn or its name"):
        models.mlp(2, [3], 1, activation=activation)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: models.mlp(64, 3, 10),
            r"mlp: hidden=3; want a list of whole numbers of at least 0, such as hidden=\[3\]",
        ),
        (lambda: models.mlp(64, [8, 1.5], 10), r"mlp: hidden=\[8, 1\.5\]; want a list of whole numbers"),
        (lambda: models.autoencoder(5), r"autoencoder: shape=5; .* such as shape=\[5\]"),
        (lambda: models.autoencoder((5,), 3), "autoencoder: hidden=3"),
        (lambda: models.vgg_small(widths=3), "vgg_small: widths=3; .* of at least 1"),
        (
            lambda: models.ResNet((1, 1), (4, 8, 16)),
            r"ResNet: blocks=\(1, 1\), widths=\(4, 8, 16\); want as many of both",
        ),
        (lambda: models.ResNet((), ()), "at least one"),
        (lambda: models.ResNet(1, 4), "ResNet: blocks=1; want a list"),
        (lambda: models.ResNet((0,), (4,)), r"ResNet: blocks=\(0,\); .* of at least 1"),
        (lambda: models.ResNet((1, -1), (4, 4)), r"ResNet: blocks=\(1, -1\)"),
        (lambda: models.ResNet((1,), ("a",)), r"ResNet: widths=\('a',\)"),
    ],
)
def test_what_no_model_is_made_of(make, message):
    with pytest.raises(ag.errors.ArgumentError, match=message):
        make()


def test_lists_of_widths_take_any_form():
    assert repr(models.mlp(4, np.array([3, 2]), 1)) == repr(models.mlp(4, iter([3, 2]), 1))
    assert repr(models.autoencoder((4,), (3, 2), 1)) == repr(models.autoencoder(np.array([4]), iter([3, 2]), 1))


def test_a_transformer_takes_batches_of_tokens():
    model = models.transformer_encoder(9, 2, 8, 2, 1, 12)
    with pytest.raises(
        ag.errors.ShapeError, match=r"TransformerClassifier.*\(batch, time\), got \(2,\).*tokens\[None\]"
    ):
        model(np.array([1, 2]))
    with pytest.raises(
        ag.errors.DtypeError, match=r"TransformerClassifier.*tokens is a list; want a Tensor or an array"
    ):
        model([[1, 2]])


# --- save and load ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", MODELS)
def test_a_saved_model_is_made_again(name, tmp_path):
    args, x, _ = CALLS[name]
    model = MODELS[name](*args).eval()
    nn.save(model, tmp_path / "m.safetensors", {"epoch": "3"})
    before = ag.default_generator().bit_generator.state
    again = nn.load(tmp_path / "m.safetensors").eval()
    assert ag.default_generator().bit_generator.state == before, "values were drawn, only to be written over"
    assert type(again) is type(model) and repr(again) == repr(model)
    np.testing.assert_array_equal(first(model(x)).data, first(again(x)).data)
    assert nn.load_weights(again, tmp_path / "m.safetensors")["epoch"] == "3"


@pytest.mark.parametrize("activation", [nn.Tanh, "Tanh"])
def test_arguments_by_name_and_classes_are_noted(activation, tmp_path):
    nn.save(models.mlp(2, (3,), out_features=1, activation=activation, dropout=0.1), tmp_path / "m.safetensors")
    again = nn.load(tmp_path / "m.safetensors")
    assert [type(layer).__name__ for layer in again] == ["Flatten", "Linear", "Tanh", "Dropout", "Linear"]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_model_comes_back_in_the_dtype_that_it_was_saved_in(dtype, tmp_path):
    nn.save(models.lenet5().to(dtype), tmp_path / "m.safetensors")
    for default in ("float32", "float64"):
        ag.set_default_dtype(default)
        assert {p.dtype for p in nn.load(tmp_path / "m.safetensors").parameters()} == {np.dtype(dtype)}
        assert ag.get_default_dtype() == default


def refusal(path):
    with pytest.raises(ag.errors.ArgumentError) as caught:
        nn.load(path)
    assert str(path) in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("model", [nn.Linear(2, 3), models.mlp(2, [3], 1, activation=lambda: nn.ReLU())])
def test_what_is_not_known_by_its_name_is_filled_by_load_weights(model, tmp_path):
    nn.save(model, tmp_path / "m.safetensors")
    assert "does not say how its model was built" in refusal(tmp_path / "m.safetensors")
    assert "nn.load_weights(model, path)" in refusal(tmp_path / "m.safetensors")


def written(tmp_path, note):
    """A file whose note says something else of the weights of a small mlp."""
    path = tmp_path / "m.safetensors"
    nn.save(models.mlp(2, [3], 1), path, {BUILT_BY: note if isinstance(note, str) else json.dumps(note)})
    return path


@pytest.mark.parametrize(
    ("note", "message"),
    [
        ("no json", "is damaged"),
        ("[" * 100_000, "is damaged"),
        ([], "is damaged"),
        ({"model": "mlp"}, "is damaged"),
        ({"model": "eval", "arguments": {}}, "names the model 'eval'; known are mlp, autoencoder"),
        ({"model": ["mlp"], "arguments": {}}, r"names the model \['mlp'\]"),
        ({"model": "mlp", "arguments": [2, [3], 1]}, "is damaged"),
        ({"model": "mlp", "arguments": {"in_features": 2}}, r"mlp\(in_features=2\) cannot be built"),
        ({"model": "mlp", "arguments": {"in_features": "2", "hidden": [3], "out_features": 1}}, "cannot be built"),
        ({"model": "mlp", "arguments": {"in_features": 2, "hidden": 3, "out_features": 1}}, "cannot be built"),
        ({"model": "mlp", "arguments": {"in_features": 10**9, "hidden": [10**9], "out_features": 1}}, "too large"),
        ({"model": "mlp", "arguments": {"in_features": 2, "hidden": [1] * 20_000, "out_features": 1}}, "too large"),
        ({"model": "mlp", "arguments": {"in_features": 2, "hidden": {"a": 3}, "out_features": 1}}, "too large"),
        (
            {"model": "mlp", "arguments": {"in_features": 2, "hidden": [3], "out_features": 1, "activation": "load"}},
            "activation='load'; want a class of nn",
        ),
        (
            {"model": "mlp", "arguments": {"in_features": 2, "hidden": [4], "out_features": 1}},
            "does not fit its weights",
        ),
        ({"model": "lenet5", "arguments": {}}, "does not fit its weights"),
    ],
)
def test_a_note_that_does_not_fit_is_refused(note, message, tmp_path):
    assert re.search(message, refusal(written(tmp_path, note)))


def test_a_note_about_a_huge_model_takes_no_memory(tmp_path):
    resident = Path("/proc/self/statm")
    if not resident.exists():
        pytest.skip("this system does not tell how much memory a process has")
    note = {"model": "mlp", "arguments": {"in_features": 9_999, "hidden": [9_999] * 20, "out_features": 1}}
    path = written(tmp_path, note)
    page, most = os.sysconf("SC_PAGESIZE"), 0

    def watch():
        nonlocal most
        while not is_done.wait(0.001):
            most = max(most, int(resident.read_text().split()[1]) * page)

    before = int(resident.read_text().split()[1]) * page
    is_done = threading.Event()
    watcher = threading.Thread(target=watch)
    watcher.start()
    refusal(path)
    is_done.set()
    watcher.join()
    assert most - before < 9_999**2 * 4  # one weight of twenty


def test_a_file_that_is_none(tmp_path):
    (tmp_path / "m.safetensors").write_bytes(b"nothing")
    assert "is no whole safetensors file" in refusal(tmp_path / "m.safetensors")
    with pytest.raises(FileNotFoundError):
        nn.load(tmp_path / "missing.safetensors")
