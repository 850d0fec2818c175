"""The table of a model: numbers worked out by hand, on models of every kind; and the model as it was before."""

import numpy as np
import pytest

import autograd as ag
import nn

F = nn.functional


def lenet5():
    return nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2),
        nn.Tanh(),
        nn.AvgPool2d(2),
        nn.Conv2d(6, 16, 5),
        nn.Tanh(),
        nn.AvgPool2d(2),
        nn.Flatten(),
        nn.Linear(400, 120),
        nn.Tanh(),
        nn.Linear(120, 84),
        nn.Tanh(),
        nn.Linear(84, 10),
    )


def rows(model, input):
    return {layer.path: layer for layer in nn.summary(model, input).layers}


# --- numbers --------------------------------------------------------------------------------------------


def test_lenet5_by_hand():
    found = nn.summary(lenet5(), (1, 1, 28, 28))
    costs = [layer.multiply_adds for layer in found.layers if layer.multiply_adds]
    assert costs == [28 * 28 * 6 * 25, 10 * 10 * 16 * 6 * 25, 400 * 120, 120 * 84, 84 * 10]
    assert found.multiply_adds == 117_600 + 240_000 + 48_000 + 10_080 + 840 == 416_520
    assert found.parameters == 156 + 2_416 + 48_120 + 10_164 + 850 == 61_706 and found.frozen == 0
    fields = [(layer.receptive_field, layer.stride) for layer in found.layers[1:7]]
    sizes = [(5, 1), (5, 1), (6, 2), (14, 2), (14, 2), (16, 4)]  # LeCun et al., 1998: of 16, a unit of S4 sees 16 x 16
    assert fields == [((size, size), (stride, stride)) for size, stride in sizes]
    assert found.layers[7].receptive_field is None
    outputs = 2 * 6 * 784 + 6 * 196 + 2 * 16 * 100 + 16 * 25 + 2 * 120 + 2 * 84 + 10
    assert found.output_bytes - found.layers[7].output_bytes == 4 * outputs  # flattening may copy, or not


def test_numbers_grow_with_the_batch():
    assert nn.summary(lenet5(), (3, 1, 28, 28)).multiply_adds == 3 * 416_520


@pytest.mark.parametrize(
    ("compute", "inputs", "cost"),
    [
        (lambda x, y: x @ y, [(2, 3), (3, 4)], 24),
        (lambda x, y: x @ y, [(5, 2, 3), (3, 4)], 120),
        (lambda x, y: x @ y, [(3,), (3,)], 3),
        (lambda x, y: x @ y, [(2, 0), (0, 4)], 0),
        (lambda x, y: np.dot(x, y), [(2, 3), (3,)], 6),
        (lambda x, y: np.dot(x, y), [(), (2, 3)], 6),
        (lambda x, y: ag.vecmat(x, y), [(5, 3), (3, 2)], 30),
        (lambda x, y: ag.matvec(x, y), [(2, 3), (5, 3)], 30),
        (lambda x, y: np.inner(x, y), [(2, 3), (4, 3)], 24),
        (lambda x, y: np.vdot(x, y), [(2, 3), (2, 3)], 6),
        (lambda x, y: np.vecdot(x, y), [(2, 3), (2, 3)], 6),
        (lambda x, y: np.tensordot(x, y, 2), [(5, 2, 3), (2, 3, 4)], 120),
        (lambda x, y: F.linear(x, y), [(2, 3), (4, 3)], 24),
        (lambda x, y: F.conv2d(x, y, groups=2), [(1, 4, 5, 5), (6, 2, 3, 3)], 6 * 9 * 2 * 9),
        (lambda x, y: F.conv2d(x, y, stride=2, padding=1), [(2, 3, 5, 5), (4, 3, 3, 3)], 2 * 4 * 9 * 3 * 9),
        (lambda x, y: F.conv_transpose2d(x, y), [(1, 4, 5, 5), (4, 6, 3, 3)], 4 * 25 * 6 * 9),
        (lambda x, y: F.conv_transpose2d(x, y, None, 2, groups=2), [(1, 4, 5, 5), (4, 3, 3, 3)], 4 * 25 * 3 * 9),
        (lambda x, y: np.convolve(x, y, "same"), [(5,), (3,)], 15 - 1 - 1),
        (lambda x, y: F.scaled_dot_product_attention(x, y, y), [(1, 2, 5, 4), (1, 2, 7, 4)], 2 * 5 * 7 * (4 + 4)),
        (lambda x, y: x * y + x, [(2, 3), (2, 3)], 0),
    ],
)
def test_products_out_of_layers_are_counted(compute, inputs, cost):
    class Custom(nn.Module):
        def forward(self, x, y):
            return compute(x, y)

    found = nn.summary(Custom(), tuple(inputs))
    assert found.multiply_adds == cost and found.uncounted == ()


def test_a_transformer_layer_by_hand():
    length, width, hidden = 5, 8, 16
    found = nn.summary(nn.TransformerEncoderLayer(width, 2, hidden, batch_first=True), (1, length, width))
    projections, scores_and_values = 4 * length * width**2, 2 * length**2 * width
    assert found.multiply_adds == projections + scores_and_values + 2 * length * width * hidden


def test_what_shapes_alone_do_not_tell_is_counted():
    class Custom(nn.Module):
        def forward(self, x):
            return np.dot(np.einsum("ij,kj->ik", x, x), 3.0)

    found = nn.summary(Custom(), (2, 3))
    assert (found.multiply_adds, found.uncounted) == (12 + 4, ())


def test_an_lstm_with_a_projection_by_hand():
    weights = 4 * 5 * 3 + 4 * 5 * 2 + 2 * 5
    assert nn.summary(nn.LSTM(3, 5, proj_size=2), (7, 2, 3)).multiply_adds == 7 * 2 * weights


@pytest.fixture
def registry_is_left_as_it_was():
    primitives = dict(ag.ops._primitives)
    yield
    ag.ops._primitives = primitives


@pytest.mark.usefixtures("registry_is_left_as_it_was")
def test_a_primitive_of_ones_own_is_counted_as_it_says_and_not_as_another_of_its_name():
    def model(multiply_adds):
        @ag.primitive(multiply_adds=multiply_adds)
        def linear(x, w):
            return x @ w

        class Custom(nn.Module):
            def forward(self, x, w):
                return linear(x, w)

        return Custom()

    found = nn.summary(model(lambda x_shape, w_shape: 7 * x_shape[0] * w_shape[1]), ((2, 3), (3, 4)))
    assert found.multiply_adds == 7 * 8 and found.uncounted == ()
    found = nn.summary(model(lambda: None), ((2, 3), (3, 4)))
    assert found.uncounted == ("linear",) and "multiply-adds      0, without linear" in str(found)


def test_what_was_computed_before_does_not_count():
    class Custom(nn.Module):
        def __init__(self):
            w = ag.tensor(np.diag([1.0, 2.0]), requires_grad=True)
            self.constants = {"product": w @ w, "vectors": np.linalg.eigh(w)[1]}

        def forward(self, x):
            return x * self.constants["product"] + self.constants["vectors"]

    assert nn.summary(Custom(), (2, 2)).multiply_adds == 0


# --- receptive fields -----------------------------------------------------------------------------------


class Residual(nn.Module):
    def __init__(self, stride=1):
        self.conv1 = nn.Conv2d(4, 4, 3, stride=stride, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(4)
        self.conv2 = nn.Conv2d(4, 4, 3, padding=1)
        self.short = nn.Conv2d(4, 4, 1, stride=stride)

    def forward(self, x):
        out = ag.relu(self.norm(self.conv1(x)))
        return ag.relu(self.conv2(out) + self.short(x))


def test_fields_follow_branches_and_functions():
    found = rows(nn.Sequential(Residual(), Residual(2), nn.MaxPool2d(3, 2)), (1, 4, 16, 16))
    fields = {path: (row.receptive_field, row.stride) for path, row in found.items()}
    assert fields["0.norm"] == ((3, 3), (1, 1)) and fields["0.conv2"] == fields["0"] == ((5, 5), (1, 1))
    assert fields["1.conv1"] == ((7, 7), (2, 2)) and fields["1.short"] == ((5, 5), (2, 2))
    assert fields["1"] == ((11, 11), (2, 2)) and fields["2"] == ((15, 15), (4, 4))
    assert fields[""] == fields["2"]


def measured(model, x):
    """How wide a part of the input the middle element of the result depends on, and the next one's distance."""
    x = ag.tensor(x, requires_grad=True)
    out = model(x)
    places = []
    for i in (out.shape[2] // 2, out.shape[2] // 2 + 1):
        (g,) = ag.gradients(out[0, :, i].sum(), x, retain_graph=True)
        (used,) = np.nonzero(g.data[0].any(axis=0))
        places.append((used.min(), used.max()))
    return places[0][1] - places[0][0] + 1, places[1][0] - places[0][0]


@pytest.mark.parametrize(
    "layers",
    [
        lambda: [nn.Conv1d(1, 2, 3), nn.Conv1d(2, 1, 5, stride=2), nn.Tanh(), nn.Conv1d(1, 1, 2)],
        lambda: [nn.Conv1d(1, 2, 3, dilation=4), nn.AvgPool1d(2, stride=3), nn.Conv1d(2, 1, 3)],
        lambda: [nn.AvgPool1d(3), nn.Conv1d(1, 1, 2, padding=1), nn.LPPool1d(2, 2)],
    ],
)
def test_fields_are_what_gradients_say(layers):
    model = nn.Sequential(*layers()).double()
    x = np.random.default_rng(0).normal(size=(1, 1, 64))
    row = nn.summary(model, x).layers[0]
    assert (row.receptive_field, row.stride) == tuple((n,) for n in measured(model, x))


def test_fields_end_where_positions_mix():
    model = nn.Sequential(nn.Conv2d(1, 2, 3), nn.ConvTranspose2d(2, 2, 3), nn.ReLU())
    assert [layer.receptive_field for layer in nn.summary(model, (1, 1, 8, 8)).layers[1:]] == [(3, 3), None, None]
    model = nn.Sequential(nn.Conv1d(1, 1, 3), nn.Linear(6, 6))
    assert [layer.receptive_field for layer in nn.summary(model, (1, 1, 8)).layers[1:]] == [(3,), None]
    assert [layer.stride for layer in nn.summary(nn.Conv2d(1, 1, (3, 2), stride=(2, 1)), (1, 1, 8, 8)).layers] == [
        (2, 1)
    ]


def test_images_without_a_batch():
    found = nn.summary(nn.Sequential(nn.Conv2d(1, 2, 3), nn.MaxPool2d(2)), (1, 8, 8))
    assert [layer.receptive_field for layer in found.layers] == [(4, 4), (3, 3), (4, 4)]


# --- modules that are called otherwise than once ----------------------------------------------------------


class Recurrent(nn.Module):
    def __init__(self):
        self.cell = nn.Linear(3, 3)
        self.unused = nn.Linear(5, 5)
        self.layers = nn.ModuleList([nn.Linear(3, 2)])

    def forward(self, x):
        for _ in range(4):
            x = self.cell(x)
        return self.layers[0](x), {"hidden": x}


def test_layers_that_are_called_several_times_or_never():
    found = nn.summary(Recurrent(), (2, 3))
    by_path = {layer.path: layer for layer in found.layers}
    cell, unused = by_path["cell"], by_path["unused"]
    assert (cell.calls, cell.multiply_adds, cell.parameters) == (4, 4 * 2 * 9, 12)
    assert (unused.calls, unused.multiply_adds, unused.parameters) == (0, 0, 30) and unused.output_shape is None
    assert by_path["layers"].calls == 0 and by_path["layers.0"].output_shape == (2, 2)
    assert by_path[""].output_shape == ((2, 2), (2, 3))
    assert found.parameters == sum(p.size for p in Recurrent().parameters())
    head, _, line, *_ = str(found).splitlines()
    assert "output  " in head and "calls" in head and line.split("(2, 3)")[1].split() == ["4", "12", "72"]


def test_shared_and_tied_parameters_are_counted_once():
    shared = nn.Linear(3, 3)
    model = nn.Sequential(shared, nn.Tanh(), shared, nn.Linear(3, 3))
    model[3].weight = shared.weight
    found = nn.summary(model, (1, 3))
    assert found.parameters == 15 and found.multiply_adds == 27
    assert [layer.path for layer in found.layers] == ["", "0", "1", "3"]
    assert [layer.parameters for layer in found.layers] == [0, 12, 0, 3]


def test_frozen_parameters():
    model = nn.Sequential(nn.Linear(3, 4), nn.Linear(4, 2))
    model[0].requires_grad_(False)
    found = nn.summary(model, (1, 3))
    assert (found.parameters, found.frozen, found.layers[1].frozen) == (26, 16, 16)
    assert "parameters         26, 10 of them to learn" in str(found)


# --- inputs ---------------------------------------------------------------------------------------------


def test_inputs_are_arrays_tensors_shapes_or_several_of_these():
    model = nn.Linear(3, 2).double()
    for given in (np.ones((4, 3)), ag.ones(4, 3, dtype="float64"), (4, 3), [4, 3], (np.ones((4, 3)),), ((4, 3),)):
        assert nn.summary(model, given).layers[0].output_shape == (4, 2)
    embedding = nn.Sequential(nn.Embedding(5, 3), nn.Linear(3, 2))
    assert nn.summary(embedding, np.array([[1, 2]])).layers[0].output_shape == (1, 2, 2)
    with pytest.raises(TypeError, match=r"want an array, a shape such as \(1, 3, 32, 32\)"):
        nn.summary(model, "image")
    with pytest.raises(TypeError, match="want a module, not a type"):
        nn.summary(nn.ReLU, (1, 3))


# --- the model afterwards -------------------------------------------------------------------------------


class Restless(nn.Module):
    """Changes whatever it can when it is called."""

    def __init__(self):
        self.drop = nn.Dropout(0.5)
        self.register_buffer("count", np.zeros((), np.int64))
        self.register_buffer("total", np.zeros(2))

    def forward(self, x):
        self.count.data[...] += 1
        self.total = self.total + 1
        return self.drop(x) + ag.rand(*x.shape)


def test_the_model_is_left_as_it_was():
    model = nn.Sequential(Restless(), nn.Linear(3, 2))
    model[1].eval()
    handle = model[1].register_forward_hook(lambda m, args, out: out * 1)
    ag.manual_seed(0)
    numbers = ag.rand(3).tolist()
    ag.manual_seed(0)
    keys = {module: list(vars(module)) for module in model.modules()}
    nn.summary(model, (1, 3))
    assert ag.rand(3).tolist() == numbers
    assert model[0].count.item() == 0 and model[0].total.tolist() == [0, 0]
    assert model[0].drop.training and not model[1].training
    assert len(model[1]._hooks.of_kind["forward"]) == 1
    handle.remove()
    assert {name for module in keys for name in set(vars(module)) - set(keys[module])} <= {"training"}
    assert ag.is_grad_enabled() and model[1].weight.grad is None


def test_generators_of_modules_are_left_where_they_were():
    class Noise(nn.Module):
        def __init__(self):
            self.rng = np.random.default_rng(0)

        def forward(self, x):
            return x + self.rng.normal(size=x.shape).astype("f4")

    model = nn.Sequential(nn.Linear(2, 2), Noise())
    nn.summary(model, (1, 2))
    assert model[1].rng.random() == np.random.default_rng(0).random()


def test_an_error_of_the_model_comes_through_and_leaves_no_hooks():
    model = nn.Sequential(nn.ReLU(), nn.Linear(3, 2))
    with pytest.raises(ag.errors.ShapeError, match=r"Sequential\.1 \(linear\)"):
        nn.summary(model, (1, 4))
    assert all(module._hooks is None and module.training for module in model.modules())


# --- looks ----------------------------------------------------------------------------------------------


def test_the_table():
    model = nn.Sequential(nn.Sequential(nn.Conv1d(1, 1, 3), nn.ReLU()), nn.Flatten(), nn.Linear(6, 3))
    found = nn.summary(model, (1, 1, 8))
    assert str(found).splitlines()[:-1] == [
        "path  layer                                               output     parameters  multiply-adds  field  stride",
        "      Sequential                                          (1, 3)",
        "0       Sequential                                        (1, 1, 6)                                 3       1",
        "0.0       Conv1d(1, 1, kernel_size=(3,), stride=(1,))     (1, 1, 6)           4             18      3       1",
        "0.1       ReLU()                                          (1, 1, 6)                                 3       1",
        "1       Flatten(start_dim=1, end_dim=-1)                  (1, 6)",
        "2       Linear(in_features=6, out_features=3, bias=True)  (1, 3)             21             18",
        "parameters         25",
        "multiply-adds      36",
    ]
    assert repr(found) == str(found)
    assert str(found).splitlines()[-1] == f"memory of outputs  {found.output_bytes} bytes"


def test_the_table_for_notebooks():
    page = nn.summary(nn.Sequential(nn.Linear(2, 1)), (1, 2))._repr_html_()
    assert page.count("<tr>") == 3 and "Linear(in_features=2" in page and "<td>3</td>" in page

    class Odd(nn.Module):
        def extra_repr(self):
            return "<b>&"

        def forward(self, x):
            return x

    assert "Odd(&lt;b&gt;&amp;)" in nn.summary(Odd(), (1, 2))._repr_html_()
