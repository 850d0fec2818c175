"""State dicts and files of weights: what goes in, what comes out, and what does not fit."""

import numpy as np
import pytest

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
    path = tmp_path / "model.safetensors"
    nn.save(net, path)
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(ag.errors.ArgumentError, match=r"model\.safetensors is no whole safetensors file"):
        nn.load_weights(net, path)
    nn.save(nn.Linear(3, 4), path)
    with pytest.raises(ag.errors.ArgumentError, match=r"missing: 0\.weight"):
        nn.load_weights(net, path)
    assert nn.load_weights(net, path, strict=False) == {}


def test_metadata_is_text(tmp_path):
    with pytest.raises(TypeError, match="'epoch': 3 is not text; write 'epoch': '3'"):
        nn.save(model(), tmp_path / "model.safetensors", {"epoch": 3})
