"""State dicts and files of weights: what goes in, what comes out, and what does not fit."""

import json

import numpy as np
import pytest
import safetensors.numpy

import autograd as ag
import nn


def model():
    return nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2))


def test_a_state_dict_is_a_copy():
    net = model()
    state = net.state_dict()
    assert list(state) == ["0.weight", "0.bias", "2.weight", "2.bias"]
    state["0.weight"][...] = 7
    assert not (net[0].weight.data == 7).any()
    assert all(array.flags.c_contiguous and array.flags.owndata for array in state.values())


def test_loading_writes_in_place():
    net, other = model(), model()
    storage = net[0].weight.data
    assert net.load_state_dict(other.state_dict()) == ([], [])
    assert net[0].weight.data is storage
    for p, q in zip(net.parameters(), other.parameters(), strict=True):
        np.testing.assert_array_equal(p.data, q.data)


def test_loading_is_noticed_by_a_graph_that_keeps_the_old_values():
    net = model()
    loss = net(ag.ones(2, 3)).sum()
    net.load_state_dict(model().state_dict())
    with pytest.raises(ag.errors.GradientError, match="changed in place"):
        loss.backward()


def test_loading_takes_tensors_and_converts_floats():
    net = nn.Linear(2, 1)
    net.load_state_dict({"weight": ag.tensor(np.array([[1.0, 2.0]])), "bias": np.array([3])})
    assert net.weight.dtype == np.float32 and net.weight.tolist() == [[1, 2]] and net.bias.tolist() == [3]


def test_all_that_does_not_fit_is_said_at_once_and_nothing_is_changed():
    net = model()
    before = net.state_dict()
    state = {name: array + 1 for name, array in before.items()}
    del state["0.bias"]
    state["head.weight"] = np.zeros(1)
    state["2.weight"] = state["2.weight"].T
    state["2.bias"] = np.zeros(2, complex)
    with pytest.raises(ag.errors.ArgumentError) as caught:
        net.load_state_dict(state)
    message = str(caught.value)
    assert "load_state_dict into Sequential: 4 of its entries do not fit, so nothing was changed." in message
    for line in (
        "missing: 0.bias",
        "unexpected: head.weight",
        "wrong shape: 2.weight is (2, 4) in the model, (4, 2) in the state dict",
        "wrong dtype: 2.bias is float32 in the model, complex128 in the state dict",
    ):
        assert f"\n  {line}" in message
    for name, array in net.state_dict().items():
        np.testing.assert_array_equal(array, before[name])


def test_not_strict_skips_but_says_what_was_skipped():
    net = model()
    state = {"0.weight": np.ones((4, 3)), "head.weight": np.zeros(1)}
    missing, unexpected = net.load_state_dict(state, strict=False)
    assert missing == ["0.bias", "2.weight", "2.bias"] and unexpected == ["head.weight"]
    assert net[0].weight.data.min() == 1
    with pytest.raises(ag.errors.ArgumentError, match="1 of its entries do not fit"):
        net.load_state_dict({"0.weight": np.ones((3, 4))}, strict=False)


def test_buffers_are_saved_unless_they_are_not_persistent():
    class Counter(nn.Module):
        def __init__(self):
            self.register_buffer("count", np.zeros((), np.int64))
            self.register_buffer("cache", np.zeros(3), persistent=False)
            self.register_buffer("later", None)

    counter = Counter()
    assert list(counter.state_dict()) == ["count"]
    counter.load_state_dict({"count": np.array(5)})
    assert counter.count.item() == 5
    with pytest.raises(ag.errors.ArgumentError, match="wrong dtype"):
        counter.load_state_dict({"count": np.array(5.5)})


def refusal(net, state):
    with pytest.raises(ag.errors.ArgumentError) as caught:
        net.load_state_dict(state)
    return str(caught.value)


def prefixed(prefix, state):
    return {prefix + name: array for name, array in state.items()}


@pytest.mark.parametrize("prefix", ["module.", "model.", "net.body."])
def test_a_prefix_too_much_is_named(prefix):
    state = prefixed(prefix, model().state_dict())
    said = refusal(model(), state)
    assert f"All unexpected names begin with '{prefix}': load {{name.removeprefix('{prefix}'): array" in said
    model().load_state_dict({name.removeprefix(prefix): array for name, array in state.items()})


def test_the_state_of_a_part_is_recognized():
    whole = nn.Sequential(model(), nn.ReLU())
    assert "It looks like the state of a part: load it into model.get_submodule('0')." in refusal(
        whole, model().state_dict()
    )


def test_a_checkpoint_is_recognized():
    state = {"epoch": 3, "state_dict": model().state_dict()}
    assert "It looks like a checkpoint: load its part, checkpoint['state_dict']." in refusal(model(), state)


def test_other_names_have_no_false_remedy():
    state = model().state_dict()
    state["head.weight"] = state.pop("2.weight")
    said = refusal(model(), state)
    assert "strict=False skips missing and unexpected ones." in said and "begin with" not in said


def test_axes_in_another_order_are_recognized():
    net = nn.Module()
    net.kernel = nn.Parameter(np.zeros((8, 3, 5, 7)))
    net.square = nn.Parameter(np.zeros((2, 4, 4)))
    said = refusal(net, {"kernel": np.zeros((5, 7, 3, 8)), "square": np.zeros((4, 4, 2))})
    assert "(5, 7, 3, 8) in the state dict; its axes look reordered: give its .transpose(3, 2, 0, 1)" in said
    assert np.zeros((5, 7, 3, 8)).transpose(3, 2, 0, 1).shape == net.kernel.shape
    assert said.count("its axes") == 1  # which axes of equal length are which, shapes do not tell
    assert "it looks transposed: give its .T" in refusal(
        nn.Linear(2, 3), {"weight": np.zeros((2, 3)), "bias": np.zeros(3)}
    )


# --- tied weights -----------------------------------------------------------------------------------------


def tied():
    net = nn.Sequential(nn.Linear(3, 3, bias=False), nn.Linear(3, 3, bias=False))
    net[1].weight = net[0].weight
    return net


def test_tied_weights_are_loaded_from_either_name():
    one = np.ones((3, 3))
    for state in ({"0.weight": one}, {"1.weight": one}, {"0.weight": one, "1.weight": one.copy()}):
        net = tied()
        assert net.load_state_dict(state) == ([], [])
        assert net[0].weight is net[1].weight and (net[0].weight.data == 1).all()
    assert "missing: 0.weight\n  missing: 1.weight" in refusal(tied(), {})


def test_tied_weights_that_differ_are_refused():
    net = tied()
    before = net.state_dict()
    said = refusal(net, {"0.weight": np.ones((3, 3)), "1.weight": np.zeros((3, 3))})
    assert "tied: 1.weight and 0.weight are one tensor in the model, but differ in the state dict" in said
    np.testing.assert_array_equal(net.state_dict()["0.weight"], before["0.weight"])


def test_tied_weights_travel_through_files(tmp_path):
    from safetensors.numpy import load_file, save_file

    net, other = tied(), tied()
    nn.save(net, tmp_path / "both.safetensors")
    assert sorted(load_file(tmp_path / "both.safetensors")) == ["0.weight", "1.weight"]
    save_file({"1.weight": net[1].weight.data}, tmp_path / "one.safetensors")  # as PyTorch's save_model writes
    for name in ("both", "one"):
        other[0].weight.data[...] = 0
        nn.load_weights(other, tmp_path / f"{name}.safetensors")
        np.testing.assert_array_equal(other[0].weight.data, net[0].weight.data)
        assert other[0].weight is other[1].weight


# --- files ----------------------------------------------------------------------------------------------


def test_weights_travel_through_a_file(tmp_path):
    net, other = model(), model()
    net[0].weight.data = np.asfortranarray(net[0].weight.data)
    path = tmp_path / "model.safetensors"
    nn.save(net, path, {"epoch": "3"})
    assert nn.load_weights(other, path) == {"epoch": "3"}
    for p, q in zip(net.parameters(), other.parameters(), strict=True):
        np.testing.assert_array_equal(p.data, q.data)
    assert [file.name for file in tmp_path.iterdir()] == ["model.safetensors"]


def test_a_failed_save_leaves_the_old_file_and_no_other(tmp_path, monkeypatch):
    path = tmp_path / "model.safetensors"
    net = model()
    nn.save(net, path)
    before = path.read_bytes()

    def full_disk(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full_disk)
    net[0].weight.data[...] = 0
    with pytest.raises(OSError, match="No space left"):
        nn.save(net, path)
    assert path.read_bytes() == before and len(list(tmp_path.iterdir())) == 1


def test_files_that_do_not_serve_say_why(tmp_path):
    net = model()
    with pytest.raises(FileNotFoundError):
        nn.load_weights(net, tmp_path / "nowhere.safetensors")
    for load in (nn.load, lambda path: nn.load_weights(net, path)):
        with pytest.raises(IsADirectoryError, match=tmp_path.name):
            load(tmp_path)
    path = tmp_path / "model.safetensors"
    nn.save(net, path)
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(ag.errors.ArgumentError, match=r"model\.safetensors is no whole safetensors file.*torch\.save"):
        nn.load_weights(net, path)
    with pytest.raises(TypeError, match=r"save: want a module, nn\.save\(model, path\), not a dict"):
        nn.save(net.state_dict(), path)
    nn.save(nn.Linear(3, 4), path)
    with pytest.raises(ag.errors.ArgumentError, match=r"missing: 0\.weight"):
        nn.load_weights(net, path)
    assert nn.load_weights(net, path, strict=False) == {}


@pytest.mark.parametrize("kind", ["BF16", "F8_E4M3"])
def test_numbers_that_numpy_does_not_have_are_named(tmp_path, kind):
    size = 2 if kind == "BF16" else 1
    entry = {"dtype": kind, "shape": [3], "data_offsets": [0, 3 * size]}
    header = json.dumps({"bias": entry}).encode()
    path = tmp_path / "model.safetensors"
    path.write_bytes(len(header).to_bytes(8, "little") + header + bytes(3 * size))
    with pytest.raises(ag.errors.ArgumentError, match=rf"model\.safetensors: bias is of {kind} .*tensor\.float\(\)"):
        nn.load_weights(nn.Linear(2, 3), path, strict=False)


@pytest.mark.parametrize("dtype", [np.int8, np.int32, bool])
def test_whole_numbers_of_a_file_are_no_weights(tmp_path, dtype):
    path, layer = tmp_path / "model.safetensors", nn.Linear(2, 3)
    before = layer.state_dict()
    safetensors.numpy.save_file({**before, "bias": np.ones(3, dtype)}, path)
    with pytest.raises(
        ag.errors.ArgumentError, match=rf"bias is of {np.dtype(dtype)} numbers, in the model of float32"
    ):
        nn.load_weights(layer, path)
    np.testing.assert_array_equal(layer.weight.data, before["weight"])


def test_metadata_is_text(tmp_path):
    with pytest.raises(TypeError, match="'epoch': 3 is not text; write 'epoch': '3'"):
        nn.save(model(), tmp_path / "model.safetensors", {"epoch": 3})
