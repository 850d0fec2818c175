"""Pictures of filters, feature maps, receptive fields, maps with names, and histograms of weights and gradients."""

import numpy as np
import pytest

import autograd as ag
import nn
from nn.train import Checkpoints, Histograms, Trainer
from nn.train.histogram_log import MOST_EPOCHS, Counts

pytest.importorskip("matplotlib")

RNG = np.random.default_rng(0)


def arrays(axes):
    return [np.asarray(image.get_array()) for image in axes.images]


def overlapping(axes):
    """Pairs of tick labels of one axis that lie on each other when the picture is drawn."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    canvas = FigureCanvasAgg(axes.figure)
    canvas.draw()
    found = []
    for axis in (axes.xaxis, axes.yaxis):
        labels = [label for label in axis.get_ticklabels() if label.get_text()]
        boxes = [label.get_window_extent(canvas.get_renderer()) for label in labels]
        found += [(i, i + 1) for i in range(len(boxes) - 1) if boxes[i].overlaps(boxes[i + 1])]
    return found


# --- filters --------------------------------------------------------------------------------------------


def test_filters_are_the_weights():
    layer = nn.Conv2d(1, 3, 5, rng=RNG)
    axes = nn.plots.plot_filters(layer)
    np.testing.assert_allclose(arrays(axes), layer.weight.data[:, 0], rtol=1e-6)
    low, high = axes.images[0].get_clim()
    assert -low == high == pytest.approx(np.abs(layer.weight.data).max())
    norms = arrays(nn.plots.plot_filters(RNG.normal(size=(3, 2, 1, 2)) * 0 + [3.0, 4.0]))
    np.testing.assert_allclose(norms, np.tile([[3.0, 4.0]], (3, 1, 1)) * np.sqrt(2))
    weight = RNG.normal(size=(70, 4, 3, 2))
    chosen = nn.plots.plot_filters(weight, channels=[3, 1], limit=40)
    np.testing.assert_allclose(arrays(chosen), weight[:40, [3, 1]].reshape(80, 3, 2))
    assert chosen.get_title(loc="left") == "the first 40 of 70 filters 3 × 2, input channels 3, 1 from above"


def test_what_is_not_finite_is_crossed_out():
    weight = RNG.normal(size=(4, 2, 3, 3))
    weight[1, 0, 0, 0], weight[3] = np.inf, np.nan
    axes = nn.plots.plot_filters(weight, channels=[0, 1], limit=3)
    assert axes.get_title(loc="left").endswith("from above; crossed out: 2 that are not finite")
    assert len(axes.lines) == 2 * 2, "two lines over each part of the second filter; the fourth is not shown"
    assert axes.images[0].get_clim()[1] == np.abs(weight[np.isfinite(weight)]).max()
    nothing = nn.plots.plot_filters(np.full((2, 3, 2, 2), np.nan))
    assert "crossed out: 2" in nothing.get_title(loc="left") and np.isfinite(arrays(nothing)).all()
    model = nn.Sequential(nn.Conv2d(1, 3, 3, rng=RNG), nn.ReLU())
    model[0].weight.data[:] = [[[[0.0]]], [[[np.nan]]], [[[1.0]]]]
    model[0].bias.data[0] = -1.0
    _, maps = nn.plots.plot_feature_maps(model, RNG.random((1, 6, 6)), "1")
    assert maps.get_title(loc="left").endswith("; crossed out: 1 that is 0 everywhere, 1 that is not finite")
    with pytest.raises(ag.errors.ArgumentError, match="the derivative of 0 is not finite"):
        nn.plots.plot_receptive_field(model, (1, 6, 6), "0")


def test_filters_in_colours_have_grey_at_zero():
    weight = np.zeros((1, 3, 1, 2))
    weight[0, :, 0, 1] = [2.0, -2.0, 1.0]
    (tile,) = arrays(nn.plots.plot_filters(weight))
    np.testing.assert_allclose(tile, [[[0.5, 0.5, 0.5], [1.0, 0.0, 0.75]]])


def test_filters_of_a_transposed_convolution_in_groups():
    layer = nn.ConvTranspose2d(4, 6, 2, groups=2, rng=RNG)
    first_of_second_group = layer.weight.data[2:, 0]  # of the input channels 2 and 3, to the result's channel 3
    np.testing.assert_allclose(arrays(nn.plots.plot_filters(layer, channels=0))[3], first_of_second_group[0])
    np.testing.assert_allclose(arrays(nn.plots.plot_filters(layer, channels=1))[3], first_of_second_group[1])


def test_filters_refuse_what_has_none():
    with pytest.raises(ag.errors.ShapeError, match=r"got a Linear.*reshape"):
        nn.plots.plot_filters(nn.Linear(4, 2))
    with pytest.raises(ag.errors.ShapeError, match=r"got \(2, 3\)"):
        nn.plots.plot_filters(np.ones((2, 3)))
    with pytest.raises(ag.errors.ArgumentError, match=r"channels=\[4\].*4 input channels"):
        nn.plots.plot_filters(np.ones((2, 4, 3, 3)), channels=[4])


# --- feature maps ---------------------------------------------------------------------------------------


def test_feature_maps_are_what_the_layers_return(tmp_path):
    model = nn.Sequential(nn.Conv2d(1, 3, 3, rng=RNG), nn.ReLU(), nn.BatchNorm2d(3), nn.Dropout(0.5), nn.Flatten())
    model[0].weight.data[1], model[0].bias.data[1] = 0.0, -1.0  # its channel is dead behind the ReLU
    image = RNG.random((1, 7, 6))
    draws = ag.default_generator().bit_generator.state
    shown, first, second = nn.plots.plot_feature_maps(model, image, [model[0], "1"], path=tmp_path / "maps.png")
    out = model[0](ag.tensor(image[np.newaxis].astype("f4"))).data[0]
    np.testing.assert_allclose(arrays(first), out, rtol=1e-6)
    np.testing.assert_allclose(arrays(second), np.maximum(out, 0), rtol=1e-6)
    np.testing.assert_allclose(arrays(shown)[0], image[0], rtol=1e-6)
    assert "crossed out: 1 that is 0 everywhere" in second.get_title(loc="left")
    assert (len(first.lines), len(second.lines)) == (0, 2)
    assert model.training and model[3].training and not model[2].num_batches_tracked.item()
    assert ag.default_generator().bit_generator.state == draws
    assert (tmp_path / "maps.png").read_bytes().startswith(b"\x89PNG")
    assert len(nn.plots.plot_feature_maps(model, image)) == 2  # the only convolution


def test_feature_maps_leave_no_hooks_behind_after_an_error():
    model = nn.Sequential(nn.Conv2d(1, 2, 3), nn.Linear(9, 1))  # the second one fails
    with pytest.raises(ag.errors.ShapeError):
        nn.plots.plot_feature_maps(model, np.ones((1, 8, 8)), ["0", "1"])
    assert model.training and not any(m._hooks and any(m._hooks.of_kind.values()) for m in model.modules())
    for wrong in ("encoder", 1, [1]):
        with pytest.raises(
            ag.errors.ArgumentError, match=r"layer=.* is not a part of the model; give its path, such as '"
        ):
            nn.plots.plot_feature_maps(model, np.ones((1, 8, 8)), wrong)
    with pytest.raises(ag.errors.ArgumentError, match=r"layer='layr2' .* such as 'layer2'"):
        nn.plots.plot_receptive_field(nn.models.resnet8(), (3, 8, 8), "layr2")
    with pytest.raises(ag.errors.ArgumentError, match="not a part of the model"):
        nn.plots.plot_feature_maps(model, np.ones((1, 8, 8)), nn.ReLU())
    with pytest.raises(ag.errors.ShapeError, match=r"layer '1' returns \(1, 2\)"):
        nn.plots.plot_feature_maps(nn.Sequential(nn.Flatten(), nn.Linear(4, 2)), np.ones((1, 2, 2)), "1")
    with pytest.raises(ag.errors.ArgumentError, match="no Conv2d"):
        nn.plots.plot_feature_maps(nn.Sequential(nn.ReLU()), np.ones((1, 2, 2)))


# --- receptive fields -----------------------------------------------------------------------------------


class Residual(nn.Module):
    def __init__(self):
        self.wide, self.short = nn.Conv2d(3, 3, 5, padding=2), nn.Conv2d(3, 3, 1)

    def forward(self, x):
        return ag.relu(self.wide(x) + self.short(x))


def frame_of(axes):
    """Top, left, height and width of the pixels in the frame."""
    frame = axes.patches[-1]
    return frame.get_y() + 0.5, frame.get_x() + 0.5, frame.get_height(), frame.get_width()


@pytest.mark.parametrize(
    ("model", "shape"),
    [
        (lambda: nn.Sequential(*list(nn.models.lenet5())[:6]), (1, 48, 52)),
        (lambda: nn.Sequential(Residual(), nn.MaxPool2d(3, 2), Residual(), nn.BatchNorm2d(3)), (3, 40, 40)),
        (lambda: nn.Sequential(nn.Conv2d(2, 2, (3, 2), dilation=(2, 1)), nn.Tanh(), nn.AvgPool2d(2)), (2, 20, 24)),
    ],
)
def test_the_frame_is_the_field_that_summary_tells(model, shape):
    model = model()
    found = nn.summary(model, (1, *shape)).layers[0]
    first, second = (nn.plots.plot_receptive_field(model, (1, *shape), position=at) for at in ((3, 4), (4, 6)))
    assert frame_of(first)[2:] == found.receptive_field
    down, right = np.subtract(frame_of(second), frame_of(first))[:2]
    assert (down, right) == (found.stride[0], 2 * found.stride[1])


def test_frames_end_at_the_border_and_hold_all_that_a_linear_layer_sees():
    model = nn.models.lenet5()
    assert frame_of(nn.plots.plot_receptive_field(model, (1, 28, 28), "5", (0, 0))) == (0, 0, 14, 14)
    assert frame_of(nn.plots.plot_receptive_field(model, (2, 1, 28, 28), model[5], (7, -1, 4))) == (14, 14, 14, 14)
    assert frame_of(nn.plots.plot_receptive_field(model, (1, 28, 28), position=(3,))) == (0, 0, 28, 28)


def test_the_shade_is_the_derivative():
    model = nn.Sequential(nn.Conv2d(2, 3, 3, rng=RNG))
    weight, images = model[0].weight.data, RNG.normal(size=(4, 2, 6, 5)).astype("f4")
    model.requires_grad_(False)
    axes = nn.plots.plot_receptive_field(model, images, "0", (1, 2, 0))
    want = np.zeros((6, 5))
    want[2:5, 0:3] = np.abs(weight[1]).sum(axis=0)
    grey, heat = arrays(axes)
    np.testing.assert_allclose(heat, want / want.max(), rtol=1e-5)
    np.testing.assert_allclose(grey, images[0].mean(axis=0), rtol=1e-6)
    assert axes.get_title(loc="left") == "layer 0 at [1, 2, 0]: 3 × 3 of 6 × 5 pixels"
    assert model.training and all(p.grad is None for p in model.parameters())


class Blind(nn.Module):
    def forward(self, x):
        return ag.zeros(*x.shape) + 0 * ag.where(x.data == x.data, x, 0.0)


def test_fields_refuse_what_has_none():
    model = nn.Sequential(nn.Conv2d(1, 3, 3))
    with pytest.raises(
        ag.errors.ArgumentError, match=r"position=\(6, 0\); .* \(32, 3, 6, 6\): want a place in \(6, 6\)"
    ):
        nn.plots.plot_receptive_field(model, (1, 8, 8), position=(6, 0))
    with pytest.raises(ag.errors.ArgumentError, match="position"):
        nn.plots.plot_receptive_field(model, (1, 8, 8), position=(0,))
    for shape in ((1, -1, 28), (8, 8), (1, 1, 1, 8, 8)):
        with pytest.raises(ag.errors.ShapeError, match=r"each at least 1; got images=\("):
            nn.plots.plot_receptive_field(model, shape)
    with pytest.raises(ag.errors.ShapeError, match=r"image\[np.newaxis\]"):
        nn.plots.plot_receptive_field(model, np.ones((8, 8)))
    with pytest.raises(ag.errors.ArgumentError, match="does not make this element"):
        nn.plots.plot_receptive_field(Blind(), (1, 8, 8))


# --- maps with names ------------------------------------------------------------------------------------


def test_a_map_for_each_head():
    weights = RNG.dirichlet(np.ones(7), size=(6, 5))
    axes = nn.plots.plot_attention(ag.tensor(weights), "abcdefg", ["one", "two", "three", "four", "five"])
    np.testing.assert_array_equal([arrays(axis)[0] for axis in axes], weights)
    assert len({axis.images[0].get_clim() for axis in axes}) == 1
    assert [axis.get_title() for axis in axes] == [f"head {number}" for number in range(6)]
    assert [bool(axis.get_xlabel()) for axis in axes] == [False, False, True, True, True, True]
    for shape in ((5, 5, 7), (1, 5, 5, 7)):
        with pytest.raises(ag.errors.ShapeError, match=r"or \(heads, 5, 5\)"):
            nn.plots.plot_attention(np.ones(shape), "abcde", "abcde")


@pytest.mark.parametrize("length", [3, 20, 130])
def test_names_do_not_lie_on_each_other(length):
    names = [f"a long name {number}" for number in range(length)]
    assert not overlapping(nn.plots.plot_confusion(RNG.integers(0, 9, (length, length)), names))
    assert not overlapping(nn.plots.plot_attention(np.eye(length), names, names))
    low, high = nn.plots.plot_attention(np.full((2, length), 1 / length), names, "ab").images[0].get_clim()
    assert (low, high) == (0, 1 / length)
    axes = nn.plots.plot_confusion(np.ones((length, length)))
    assert not overlapping(axes) and len(axes.texts) == (length**2 if length < 25 else 0)


def test_counts_are_written_in_full():
    axes = nn.plots.plot_confusion(np.array([[1234567, 0], [0.25, 3.0]]))
    assert [text.get_text() for text in axes.texts] == ["1234567", "0.25", "3"]


def test_maps_of_what_is_not_finite_are_refused():
    with pytest.raises(
        ag.errors.ArgumentError, match=r"plot_confusion: 1 of the 4 numbers in counts .* nan at \(1, 1\)"
    ):
        nn.plots.plot_confusion(np.array([[1, 0], [2, np.nan]]))
    with pytest.raises(ag.errors.ArgumentError, match=r"in weights are not finite: inf at \(0, 0\), and others"):
        nn.plots.plot_attention(np.full((2, 2), np.inf), "ab", "ab")


# --- histograms -----------------------------------------------------------------------------------------

X = RNG.normal(size=(48, 4)).astype("f4")
Y = (X[:, 0] > 0).astype(int)


def trainer_of(*callbacks):
    model = nn.Sequential(nn.Linear(4, 8, rng=np.random.default_rng(1)), nn.ReLU(), nn.Linear(8, 2))
    ag.manual_seed(5)
    model[2].reset_parameters(np.random.default_rng(2))
    return Trainer(model, nn.functional.cross_entropy, nn.optim.SGD(model.parameters(), lr=0.5), callbacks=callbacks)


def test_histograms_count_weights_and_gradients():
    histograms = Histograms(every=2)
    trainer = trainer_of(histograms)
    before = trainer.model[0].weight.data.copy()
    trainer.fit((X, Y), epochs=3, batch_size=16, progress=False)
    counts = histograms.counts["0.weight"]
    assert list(histograms.counts) == ["0.weight", "2.weight"] and histograms.epochs == [0, 1, 2, 3]
    for row, values in ((counts.weights[0], before), (counts.weights[3], trainer.model[0].weight.data)):
        np.testing.assert_array_equal(row, np.histogram(values, counts.weight_edges)[0])
    assert [row.sum() for row in counts.gradients] == [0, 2 * 32, 2 * 32, 2 * 32]  # two of three steps
    biases = Histograms("*.bias")
    trainer_of(biases).fit((X, Y), epochs=1, progress=False)
    assert list(biases.counts) == ["0.bias", "2.bias"]
    with pytest.raises(ag.errors.ArgumentError, match=r"'3\.\*', which fits none .* 0\.weight"):
        trainer_of(Histograms(["3.*"])).fit((X, Y), epochs=1, progress=False)
    for wrong in ([3], 3, [], b"0"):
        with pytest.raises(ag.errors.ArgumentError, match="want paths or patterns of parameters"):
            Histograms(wrong)


def test_counts_stay_right_when_their_range_grows():
    counts, values = Counts(), RNG.normal(size=500)
    for scale in (0.0, 0.3, 5.0):
        counts.end_epoch(scale * values)
    for scale, row in zip((0.0, 0.3, 5.0), counts.weights, strict=True):
        np.testing.assert_array_equal(row, np.histogram(scale * values, counts.weight_edges)[0])
    counts.add_gradient(np.array([0.0, -1.5e-3, 1e-20, 1e9, np.nan]))
    zeros, *rest = counts.pending
    edges = counts.gradient_edges
    (place,) = np.flatnonzero((edges[:-1] <= 1.5e-3) & (edges[1:] > 1.5e-3))
    assert zeros == 1 and np.flatnonzero(rest).tolist() == [0, place, len(edges) - 2]


def test_long_runs_keep_few_epochs_and_lose_no_gradient():
    histograms = Histograms()
    trainer = trainer_of(histograms)
    trainer.fit((X, Y), epochs=2 * MOST_EPOCHS + 7, batch_size=48, progress=False)
    assert histograms.epochs == list(range(0, 2 * MOST_EPOCHS + 7, 4))
    counts = histograms.counts["0.weight"]
    assert len(counts.weights) == len(counts.gradients) == len(histograms.epochs)
    assert {int(row.sum()) for row in counts.gradients[1:]} == {4 * 32}
    assert counts.pending.sum() == (2 * MOST_EPOCHS + 7) % 4 * 32


class StopAt(nn.train.Callback):
    step = 0

    def on_step_end(self, trainer):
        if trainer.step == self.step:
            trainer.stop("enough")


def test_a_resumed_run_has_the_same_counts(tmp_path):
    whole, cut, resumed = (Histograms(every=2) for _ in range(3))
    trainer_of(whole).fit((X, Y), epochs=3, batch_size=16, progress=False)
    stop = StopAt()
    stop.step = 4  # in the middle of the second epoch
    trainer_of(cut, stop, Checkpoints(tmp_path)).fit((X, Y), epochs=3, batch_size=16, progress=False)
    assert cut.epochs == [0, 1]
    trainer = trainer_of(resumed, StopAt(), Checkpoints(tmp_path))
    assert trainer.resume(tmp_path)
    trainer.fit((X, Y), epochs=3, batch_size=16, progress=False)
    assert resumed.epochs == whole.epochs == [0, 1, 2, 3]
    for path, counts in whole.counts.items():
        np.testing.assert_array_equal(counts.weights, resumed.counts[path].weights)
        np.testing.assert_array_equal(counts.gradients, resumed.counts[path].gradients)


def test_histograms_are_drawn(tmp_path):
    histograms = Histograms(["*"])
    with pytest.raises(ag.errors.ArgumentError, match="no epoch was counted yet"):
        histograms.plot()
    trainer = trainer_of(histograms)
    trainer.model[0].weight.data[0] = 0.0
    trainer.model[0].bias.data[0] = -9.0  # a dead unit: a share of the gradients is 0
    trainer.fit((X, Y), epochs=2, progress=False)
    axes = histograms.plot(tmp_path / "histograms.png")
    assert [axis.get_title(loc="left") for axis in axes[::2]] == list(histograms.counts) and len(axes) == 8
    assert len({axis.get_ylim() for axis in axes[1::2]}) == 1
    assert "% are 0" in axes[1].get_title(loc="right")
    middle = axes[0].lines[1].get_ydata()
    assert abs(middle[-1] - np.median(trainer.model[0].weight.data)) < 0.03
    left, _ = nn.plots.plot_histograms(histograms, ["2.weight"])
    assert left.figure.get_suptitle() == "1 of 4 parameters that were counted"
    with pytest.raises(ag.errors.ArgumentError, match="want one or some of those"):
        nn.plots.plot_histograms(histograms, ["nothing"])
    assert nn.plots.plot_histograms(histograms, "2.weight")[0].get_title(loc="left") == "2.weight"


def test_histograms_of_nothing_but_zeros_are_drawn_and_do_not_stretch_the_scale():
    histograms = Histograms()
    trainer = trainer_of(histograms)
    trainer.model[0].weight.data[:], trainer.model[0].bias.data[:] = 0.0, -1.0  # all units are dead
    trainer.fit((X, Y), epochs=2, progress=False)
    _, *(nothing, _, last) = histograms.plot()  # no warning of matplotlib's
    assert nothing.get_title(loc="right") == last.get_title(loc="right") == "100% are 0"
    histograms.counts["2.weight"].gradients[1][40] = 9
    low, high = histograms.plot()[1].get_ylim()
    edges = histograms.counts["2.weight"].gradient_edges
    assert low <= edges[39] < edges[40] <= high < 1e-5, "that of the gradients that are not 0"
    empty = Histograms()
    model = nn.Sequential(nn.BatchNorm1d(4), nn.Flatten())
    optimizer = nn.optim.SGD(model.parameters(), lr=0.1)
    Trainer(model, nn.functional.mse_loss, optimizer, callbacks=[empty]).fit((X, X), epochs=1, progress=False)
    with pytest.raises(ag.errors.ArgumentError, match=r"no parameter was counted.*Histograms\('\*'\)"):
        empty.plot()


def test_a_notebook_shows_a_figure():
    (axes,) = nn.plots.plot_activations("ReLU")
    assert axes.figure._repr_png_().startswith(b"\x89PNG")
