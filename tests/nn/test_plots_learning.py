"""Pictures of what is learnt: activations, decision boundaries, loss landscapes, runs; and the style of all."""

import json
import sys
import threading
from types import SimpleNamespace

import numpy as np
import pytest

import autograd as ag
import nn
from autograd.errors import ArgumentError, ShapeError
from nn.plots import (
    LossLandscape,
    loss_landscape,
    plot_activations,
    plot_decision_boundary,
    plot_loss_landscape,
    plot_runs,
)
from nn.plots.style import one_style
from nn.train import History

pytest.importorskip("matplotlib")
from matplotlib import rcParams, style
from matplotlib.colors import to_hex, to_rgb
from matplotlib.contour import QuadContourSet

F = nn.functional


def legend(figure):
    return [text.get_text().strip() for text in figure.legends[0].get_texts()]


# --- the style ------------------------------------------------------------------------------------------

PICTURES = {
    "loss and accuracy": lambda: plot_runs({"a": history(1.0, 0.5, accuracy=0.5), "b": history(0.9, 0.7)})[0],
    "a map": lambda: nn.plots.plot_confusion(np.array([[5, 1], [0, 4]]), ["cat", "dog"]),
    "a landscape": lambda: LossLandscape(
        np.add.outer(np.arange(3) ** 2, np.arange(3)), *[np.arange(3)] * 2, 0.0
    ).plot(),
}


def as_bytes(axes, path):
    axes.figure.savefig(path, metadata={"Date": None})
    return path.read_bytes()


@pytest.mark.parametrize("draw", PICTURES.values(), ids=PICTURES)
def test_no_style_of_the_user_changes_a_picture(draw, tmp_path):
    with style.context({"svg.hashsalt": "salt"}):
        want = as_bytes(draw(), tmp_path / "a.svg")
    with style.context(["dark_background", {"font.size": 20, "savefig.bbox": "tight", "svg.hashsalt": "salt"}]):
        before = dict(rcParams)
        axes = draw()
        assert as_bytes(axes, tmp_path / "b.svg") == want, "where its user saves it, too"
        assert dict(rcParams) == before


def test_fonts_are_the_users_and_threads_wait_for_each_other():
    drawn = threading.Thread(target=PICTURES["a map"])
    with style.context(["dark_background", {"font.family": "serif"}]):
        before = dict(rcParams)
        with one_style():
            assert rcParams["font.family"] == ["serif"] and rcParams["text.color"] == "black"
            drawn.start()
            drawn.join(0.1)
            assert drawn.is_alive()
        drawn.join()
        assert dict(rcParams) == before


@pytest.mark.parametrize("name", [name for name in nn.plots.__all__ if name.startswith("plot_")])
def test_all_plots_draw_in_the_one_style_and_say_what_is_missing(name, monkeypatch):
    """It is entered first of all, and without matplotlib it cannot be; so arguments do not matter here."""
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    plot = getattr(nn.plots, name)
    if name == "plot_loss_landscape":  # computes before it draws
        plot = LossLandscape(np.ones((3, 3)), np.arange(3), np.arange(3), 1.0).plot
    with pytest.raises(ModuleNotFoundError, match=r"pip install 'glassgrad\[viz\]'"):
        plot()


# --- activations ----------------------------------------------------------------------------------------


def test_activations_stand_beside_their_derivatives(tmp_path):
    axes = plot_activations("Tanh", nn.LeakyReLU(0.2), nn.LeakyReLU(0.5), F.gelu, np.sin, path=tmp_path / "f.png")
    assert [axis.get_title() for axis in axes] == ["Tanh", "LeakyReLU(0.2)", "LeakyReLU(0.5)", "gelu", "sin"]
    for axis, function, derivative in (
        (axes[0], np.tanh, lambda x: 1 - np.tanh(x) ** 2),
        (axes[4], np.sin, np.cos),
    ):
        for line, true in zip(axis.lines[2::3], (function, derivative), strict=True):
            np.testing.assert_allclose(line.get_ydata(), true(line.get_xdata()), atol=1e-12)
    assert len({axis.get_ylim() for axis in axes}) == 1, "one scale"
    assert [len(axis.patches) for axis in axes] == [2, 0, 0, 1, 0], "shaded on the flat sides, not at a lowest point"
    left = axes[0].patches[0]
    assert 1 - np.tanh(left.get_x() + left.get_width()) ** 2 == pytest.approx(0.05, rel=0.06)
    assert (tmp_path / "f.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("activation", "at", "taken", "ends"),
    [
        (nn.ReLU, [0], [0], [1]),
        (nn.Hardtanh(), [-1, 1], [0, 0], [1, 1]),
        (lambda x: abs(3 * x - 1), [1 / 3], None, None),  # no round number
        (np.abs, [0], [0], [-1, 1]),
        (nn.ELU, [], [], []),
    ],
)
def test_a_derivative_is_broken_where_it_jumps(activation, at, taken, ends):
    (axis,) = plot_activations(activation)
    curve, hollow, full = axis.lines[5:8]
    np.testing.assert_allclose(full.get_xdata(), at, atol=1e-8)
    np.testing.assert_allclose(curve.get_xdata()[np.isnan(curve.get_ydata())], at, atol=1e-8)
    if taken is not None:
        np.testing.assert_allclose(full.get_ydata(), taken, atol=1e-12)
        np.testing.assert_allclose(np.sort(hollow.get_ydata()), ends)


def test_a_function_that_jumps_is_broken_too_and_nothing_is_drawn_outside_of_its_domain():
    steps, logs = plot_activations("Heaviside", ag.log)
    assert steps.lines[4].get_xydata().tolist() == [[0, 0]]
    curve, slopes = (logs.lines[place] for place in (2, 5))
    for line in (curve, slopes):
        assert np.isnan(line.get_ydata()[line.get_xdata() < 0]).all()


def test_layers_stay_as_they_are():
    layer = nn.PReLU(init=0.1)
    weight, before = layer.weight, layer.weight.data.copy()
    (axis,) = plot_activations(layer)
    assert layer.training and layer.weight is weight and weight.grad is None and weight.dtype == "float32"
    assert np.array_equal(weight.data, before) and axis.lines[7].get_ydata() == pytest.approx([0.1])


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        (["ReLu"], {}, "there is no 'ReLu' in nn or nn.functional; want a name such as 'Tanh'"),
        ([nn.Softmax(0)], {}, "Softmax is not elementwise"),
        ([np.sum], {}, "sum is not elementwise"),
        ([3], {}, "got 3; want a layer"),
        ([], {"limits": (1, 1)}, r"limits=\(1, 1\); want two numbers"),
    ],
)
def test_what_is_no_activation(arguments, options, message):
    with pytest.raises(ArgumentError, match=message):
        plot_activations(*arguments, **options)


# --- decision boundaries --------------------------------------------------------------------------------

POINTS = np.array([[-1.0, -1.0], [-0.5, 1.0], [0.5, 0.0], [1.0, 0.8]])


@pytest.mark.parametrize(
    "model",
    [
        lambda p: p[:, :1] * [[-20.0, 20.0]],
        lambda p: 40 * p[:, 0],
        lambda p: ag.tensor(40 * p[:, :1], requires_grad=True),
        lambda p: F.softmax(p[:, :1] * [[-20.0, 20.0]], 1),
        lambda p: F.sigmoid(40 * p[:, 0]),
    ],
    ids=["scores", "one score", "a column of them", "probabilities", "one probability"],
)
def test_all_kinds_of_outputs_give_the_same_picture(model):
    axes = plot_decision_boundary(model, POINTS, [0, 1, 1, 1], ["low", "high"], resolution=41)
    (boundary,) = (each for each in axes.collections if isinstance(each, QuadContourSet))
    np.testing.assert_allclose(boundary.get_paths()[0].vertices[:, 0], 0, atol=1e-6)
    picture = axes.images[0].get_array()
    first = picture[0]
    for color, sure in (("#0072b2", first[0]), ("#d55e00", first[-1])):
        np.testing.assert_allclose(sure, (1 + np.array(to_rgb(color))) / 2, atol=0.01)
    assert first[20].min() > 0.9, "pale where it is not sure"
    assert np.array_equal(picture, np.tile(first, (41, 1, 1)))
    assert axes.get_title(loc="left") == "3 of 4 right"
    assert legend(axes.figure) == ["low", "high", "taken for another"]


def test_functions_that_return_classes_have_regions_too():
    axes = plot_decision_boundary(lambda p: (p[:, 0] > 0) * 1 + (p[:, 1] > 0), POINTS, [0, 1, 1, 2], resolution=21)
    assert len({tuple(color) for color in axes.images[0].get_array().reshape(-1, 3)}) == 3
    assert axes.get_title(loc="left") == "4 of 4 right" and legend(axes.figure) == ["0", "1", "2"]
    assert len(axes.figure.axes) == 1, "no scale of probabilities"


def test_models_stay_as_they_are_and_get_no_more_points_than_they_are_to():
    model = nn.Sequential(nn.Linear(2, 4), nn.BatchNorm1d(4), nn.Dropout(), nn.Linear(4, 3))
    seen = []
    model.register_forward_hook(lambda module, args, out: seen.append((len(out), module.training, out.requires_grad)))
    state, draws = model.state_dict(), ag.default_generator().bit_generator.state
    plot_decision_boundary(model, POINTS, np.array([[0], [1], [2], [0]]), resolution=20, batch_size=150)
    assert seen == [(150, False, False), (150, False, False), (104, False, False)]
    assert all(module.training for module in model.modules())
    assert all(np.array_equal(model.state_dict()[path], array) for path, array in state.items())
    assert ag.default_generator().bit_generator.state == draws


def test_outputs_that_are_not_finite_are_told(tmp_path):
    axes = plot_decision_boundary(lambda p: np.log(p[:, 0]), POINTS, [0, 0, 0, 1], path=tmp_path / "nan.png")
    assert "output not finite" in legend(axes.figure)
    assert axes.get_title(loc="left") == "1 of 4 right", "of NaN there is no class 0"
    assert to_hex(axes.images[0].get_array()[0, 0]) == "#d8dee4"
    assert (tmp_path / "nan.png").exists()


@pytest.mark.parametrize(
    ("model", "inputs", "labels", "error", "message"),
    [
        (abs, np.zeros((5, 4)), np.zeros(5), ShapeError, r"of two features, \(n, 2\), got inputs of shape \(5, 4\)"),
        (abs, POINTS, np.eye(4), ShapeError, r"Of one-hot rows take labels.argmax\(1\)"),
        (abs, POINTS, [0.5, 0, 0, 1], ArgumentError, "whole numbers from 0"),
        (abs, POINTS, [np.nan, 0, 0, 1], ArgumentError, r"1 of the 4 numbers in labels is not finite: nan at \(0,\)"),
        (abs, POINTS * [[1, np.nan]], [0, 0, 0, 1], ArgumentError, r"in inputs are not finite: nan at \(0, 1\), and"),
        (abs, POINTS, [0, 1, 2, 3], ArgumentError, "a label 3, and the model has 2 classes"),
        (np.sum, POINTS, [0, 0, 0, 1], ShapeError, r"the model made \(\); want a score for each class"),
    ],
)
def test_what_has_no_boundary(model, inputs, labels, error, message):
    with pytest.raises(error, match=message):
        plot_decision_boundary(model, inputs, labels, resolution=5)


# --- loss landscapes ------------------------------------------------------------------------------------


def data(samples=6, classes=2):
    rng = np.random.default_rng(0)
    return rng.normal(size=(samples, 3)).astype("float32"), rng.integers(classes, size=samples)


def test_a_landscape_is_the_loss_of_the_weights_moved():
    model = nn.Linear(3, 2).double()
    inputs, labels = data()
    inputs = inputs.astype(float)
    first, second = {"weight": np.ones((2, 3))}, [np.zeros((2, 3)), np.array([1.0, -1.0])]
    before = model.state_dict()
    found = loss_landscape(
        model, F.cross_entropy, (inputs, labels), directions=(first, second), span=2.0, resolution=5, batch_size=4
    )
    assert found.xs.tolist() == found.ys.tolist() == [-2, -1, 0, 1, 2]
    moved = nn.Linear(3, 2).double()
    for row, y in enumerate(found.ys):
        for column, x in enumerate(found.xs):
            moved.load_state_dict({"weight": before["weight"] + x, "bias": before["bias"] + y * second[1]})
            assert found.losses[row, column] == pytest.approx(F.cross_entropy(moved(inputs), labels).item())
    assert found.loss == pytest.approx(found.losses[2, 2])
    assert all(np.array_equal(model.state_dict()[path], array) for path, array in before.items())


def test_landscapes_do_not_depend_on_the_scale_of_layers():
    """What filter normalization is for: of rectifiers, ten times one layer and a tenth of the next are the same."""
    model = nn.Sequential(nn.Linear(3, 8, bias=False), nn.ReLU(), nn.Linear(8, 2, bias=False)).double()
    inputs, labels = data()
    losses = []
    for _ in range(2):
        rng = np.random.default_rng(3)
        found = loss_landscape(model, F.cross_entropy, (inputs.astype(float), labels), resolution=5, rng=rng)
        losses.append(found.losses)
        model[0].weight.data *= 10
        model[2].weight.data /= 10
    np.testing.assert_allclose(*losses)
    assert np.ptp(losses[0]) > 0.01


def test_only_weights_that_learn_are_moved_and_nothing_is_changed(capsys):
    model = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Dropout(), nn.Linear(4, 2))
    model[0].requires_grad_(False)
    model.train()
    seen = []
    model[0].register_forward_hook(lambda layer, args, out: seen.append((layer.weight.data.copy(), layer.training)))
    state = model.state_dict()
    loss_landscape(model, F.cross_entropy, data(), resolution=3, progress=True)
    assert "9/9" in capsys.readouterr().err
    assert all(np.array_equal(weight, state["0.weight"]) and not training for weight, training in seen)
    assert all(np.array_equal(model.state_dict()[path], array) for path, array in state.items())
    assert all(module.training for module in model.modules()) and model[3].weight.grad is None
    with pytest.raises(ArgumentError, match="Sequential has no parameters that learn"):
        loss_landscape(model.requires_grad_(False), F.cross_entropy, data())


def test_a_trajectory_is_seen_on_the_plane_that_it_lies_in():
    model = nn.Linear(3, 2)
    u, v = np.zeros((2, 3)), np.zeros((2, 3))
    u[0, 0], v[1, 2] = 1.0, 1.0
    steps = np.array([[4.0, 1.0], [3.0, -1.0], [1.0, 0.5]])
    weight = np.array(model.weight.data)
    states = [dict(model.state_dict(), weight=weight + a * u + b * v) for a, b in steps]
    found = loss_landscape(model, F.cross_entropy, data(), trajectory=iter(states), resolution=4)
    distances = [np.linalg.norm(p[:, None] - p[None], axis=-1) for p in (found.trajectory, steps)]
    np.testing.assert_allclose(*distances, rtol=1e-4)
    np.testing.assert_allclose(np.linalg.norm(found.trajectory, axis=1), np.linalg.norm(steps, axis=1), rtol=1e-4)
    assert sum(found.shares) == pytest.approx(1) and found.shares[0] > 0.7
    for places, axis in zip(found.trajectory.T, (found.xs, found.ys), strict=True):
        assert axis[0] < min(0, *places) and max(0, *places) < axis[-1]
    axes = found.plot()
    assert legend(axes.figure) == ["first state", "states after it", "the weights"]
    assert "% of the states' variance" in axes.get_xlabel()


def test_losses_that_are_not_finite_leave_holes(tmp_path):
    def loss(out, labels):
        return F.cross_entropy(out, labels) if out.max() < 5 else ag.tensor(np.inf)

    axes = plot_loss_landscape(nn.Linear(3, 2), loss, data(), span=30.0, resolution=9, path=tmp_path / "holes.png")
    assert legend(axes.figure) == ["the weights", "loss not finite"] and (tmp_path / "holes.png").exists()
    flat = LossLandscape(np.ones((3, 3)), np.arange(3), np.arange(3), 1.0)
    assert flat.plot().figure.axes[1].get_yticks().tolist() == [1] and flat._repr_png_().startswith(b"\x89PNG")
    nothing = LossLandscape(np.full((3, 3), np.nan), np.arange(3), np.arange(3), np.nan)
    assert nothing._repr_png_() is None and "none of them finite" in str(nothing)
    with pytest.raises(ArgumentError, match="with a smaller span"):
        nothing.plot()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"span": 0.0}, r"span=0.0; want a number above 0"),
        ({"directions": [{}]}, r"want two directions"),
        ({"directions": [{"wieght": np.zeros((2, 3))}, {}]}, r"a direction has wieght, which Linear has not"),
        ({"directions": [[np.zeros((2, 3))], {}]}, r"a list of 2 arrays, as model.parameters\(\) has them; got 1 of"),
        ({"directions": [{"weight": np.zeros(6)}, {}]}, r"weight of shape \(6,\); in the model it is \(2, 3\)"),
        ({"trajectory": [{"weight": np.zeros((2, 3))}]}, r"a state of the trajectory has no bias"),
        ({"trajectory": [[np.zeros((2, 3)), np.zeros(2)]]}, r"lie on a line with the weights"),
        ({"trajectory": [], "directions": [{}, {}]}, r"directions or a trajectory but not both"),
    ],
)
def test_what_makes_no_plane(options, message):
    with pytest.raises(ArgumentError, match=message):
        loss_landscape(nn.Linear(3, 2), F.cross_entropy, data(), resolution=3, **options)


# --- runs -----------------------------------------------------------------------------------------------


def history(*losses, **more):
    return History([{"epoch": epoch, "loss": loss, "lr": 0.1, **more} for epoch, loss in enumerate(losses, 1)])


def test_runs_of_different_length_share_panels(tmp_path):
    runs = {"short": history(0.9, 0.5, val_loss=0.7, accuracy=0.5), "_long": history(0.8, 0.7, 0.6, 0.5)}
    losses, accuracies = plot_runs(runs, path=tmp_path / "runs.svg")
    curves = [
        (line.get_color(), line.get_linestyle(), list(line.get_ydata()))
        for line in losses.lines
        if len(line.get_xdata())
    ]
    blue, vermilion = "#0072b2", "#d55e00"
    assert curves == [
        (blue, "--", [0.9, 0.5]), (blue, "-", [0.7, 0.7]), (vermilion, "--", [0.8, 0.7, 0.6, 0.5]),
    ]  # fmt: skip
    assert legend(losses.figure) == ["short", "_long", "validation", "training"]
    assert losses.get_ylim()[0] == 0 and accuracies.get_ylim()[1] == 1
    (rates,) = plot_runs(runs, ["lr"])
    assert rates.get_ylabel() == "lr" and legend(rates.figure) == ["short", "_long"], "nothing is validated"
    (tmp_path / "runs.svg").read_text()


def test_runs_that_fail_do_not_hide_the_others():
    nan = float("nan")
    runs = {"good": history(2.0, 1.0, 0.5), "burst": history(3.0, 1e6, nan), "never": history(nan, nan)}
    (axis,) = plot_runs(runs)
    assert axis.get_ylim() == (0, 6.0), "three times the median of 2 and 1e6, the lower one"
    crosses = [line for line in axis.lines if line.get_marker() == "x"]
    assert [line.get_xydata().tolist() for line in crosses] == [[[2, 1]], [[1, 1]]], "both on the upper edge"
    assert legend(axis.figure)[-1] == "not finite after"
    (alone,) = plot_runs({"hole": history(1.0, nan, 0.5, nan, nan)})
    dots, cross = (next(line for line in alone.lines if line.get_marker() == marker) for marker in "ox")
    assert dots.get_xydata().tolist() == [[1, 1], [3, 0.5]] and cross.get_xydata().tolist() == [[3, 0.5]]


def test_folders_and_logs_are_read(tmp_path):
    rows = History([{"epoch": 1, "loss": 0.5, "f1": np.float32(0.25), "confusion": np.eye(2)}])
    trainer = SimpleNamespace(history=rows)
    for name in ("going-on", "over"):
        (tmp_path / name).mkdir()
    log = nn.train.CSVLog(tmp_path / "going-on" / "log.csv")
    log.on_fit_start(trainer)
    with open(log.path, "a") as file:
        file.write("2,0.4")  # of 0.45,0.5: it is being written
    (tmp_path / "over" / "history.json").write_text(json.dumps({"epochs": [{"epoch": 1, "loss": None}]}))
    nn.train.JSONLinesLog(tmp_path / "lines.jsonl").on_fit_start(trainer)
    paths = [tmp_path / "going-on", str(tmp_path / "over"), tmp_path / "lines.jsonl"]
    losses, scores = plot_runs(paths)
    assert legend(losses.figure)[:3] == ["going-on", "over", "lines.jsonl"]
    assert scores.get_ylabel() == "f1" and losses.lines[0].get_xydata().tolist() == [[1, 0.5]]
    assert losses.lines[-2].get_ydata().tolist() == [0.5]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"[1, 2]", "is no log of a run"),
        (b'{"epochs": [1]}', "its rows are no objects"),
        (b"\xff", "is no log of a run"),
        (b"[" * 100_000, "is no log of a run"),
        (b'{"epochs": []}', "has no epochs"),
    ],
)
def test_files_that_are_no_logs(tmp_path, content, message):
    (tmp_path / "history.json").write_bytes(content)
    with pytest.raises(ArgumentError, match=message):
        plot_runs({"run": tmp_path})


@pytest.mark.parametrize(
    ("runs", "metrics", "message"),
    [
        ({}, None, "0 runs; want 1 to 24"),
        ("runs/a", None, r"want several: \['runs/a', ...\]"),
        (["no/such/folder"], None, "cannot be read"),
        ({"a": 3}, None, "run 'a' is 3; want a History"),
        (3, None, "got 3; want a name for each history"),
        (History([{"loss": 1.0}]), None, r"got History of 1 epochs.*\{'first': history, ...\}"),
        ([History([{"loss": 1.0}])], None, r"want a name for each history"),
        ({"a": history()}, None, "run 'a' has no epochs"),
        ({"a": history(1.0)}, ["los"], "no run has los; want some of epoch, loss, lr"),
    ],
)
def test_what_is_no_run(runs, metrics, message):
    with pytest.raises(ArgumentError, match=message):
        plot_runs(runs, metrics)
