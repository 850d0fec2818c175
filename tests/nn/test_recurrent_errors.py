"""What recurrent layers and cells refuse, and how they say it."""

import numpy as np
import pytest

import autograd as ag
import nn

E = ag.errors
SINGLE = (nn.GRU, nn.RNN)
zeros = np.zeros


def net(part):
    class Net(nn.Module):
        def __init__(self):
            self.encoder = part

        def forward(self, *args, **kwargs):
            return self.encoder(*args, **kwargs)

    return Net()


STATE = zeros((2, 3, 5))
REFUSED = {
    "a list": (([[1.0]],), E.DtypeError, r"input is a list; want a Tensor or an array"),
    "one axis": (
        (zeros(2),),
        E.ShapeError,
        r"an input of shape \(time, batch, 2\), or \(time, 2\) for a single sequence, got \(2,\)\. input_size=2 is",
    ),
    "another width": ((zeros((4, 3, 7)),), E.ShapeError, r"got \(4, 3, 7\)\. input_size=2 is the length of the last"),
    "integers": ((zeros((4, 3, 2), int),), E.DtypeError, r"input is \(4, 3, 2\) int64, .* input\.astype\('float64'\)"),
    "float32": (
        (zeros((4, 3, 2), "f4"),),
        E.DtypeError,
        r"input is \(4, 3, 2\) float32, but weight is \(20, 2\) float",
    ),
    "one state": ((STATE,), E.ArgumentError, r"hx is a ndarray; want a tuple of 2 states, \(h_0, c_0\)"),
    "three states": (((STATE,) * 3,), E.ArgumentError, r"hx is a tuple of 3; want a tuple of 2 states"),
    "no c": (((STATE, None),), E.DtypeError, r"c_0 is a NoneType; want a Tensor or an array"),
    "states of one layer": (
        ((STATE, STATE[:1]),),
        E.ShapeError,
        r"want c_0 of shape \(2, 3, 5\), \(layers \* directions, batch, width\), for an input of \(4, 3, 2\), got "
        r"\(1, 3, 5\)",
    ),
    "states of a batch_first": (
        ((zeros((2, 4, 5)),) * 2,),
        E.ShapeError,
        r"an input of \(4, 3, 2\), got \(2, 4, 5\)\. By batch_first=False these are 3 sequences",
    ),
    "states of another batch": (((STATE[:, :1], STATE),), E.ShapeError, r"want h_0 of shape \(2, 3, 5\)"),
    "a state without a batch": (((STATE[:, 0], STATE),), E.ShapeError, r"want h_0 of shape \(2, 3, 5\)"),
    "a narrow state": (
        ((STATE, STATE.astype("f4")),),
        E.DtypeError,
        r"c_0 is \(2, 3, 5\) float32, but input is \(4, 3, 2\) float64; .* c_0\.astype\('float64'\)",
    ),
    "fractions": ((None, [1.0, 2.0, 3.0]), E.ArgumentError, r"lengths are \(3,\) float64; want integers, the number"),
    "a mask": ((None, [True, False, True]), E.ArgumentError, r"lengths are \(3,\) bool; want integers"),
    "lists": ((None, [[1], [1, 2], [3]]), E.ArgumentError, r"lengths are \(3,\) object; want integers, the number"),
    "text": ((None, "abc"), E.ArgumentError, r"lengths are \(\) <U3; want integers"),
    "too long": ((None, [1, 5, 2]), E.ArgumentError, r"lengths has 5; want 0 to 4, the number of steps of the input"),
    "negative": ((None, np.array([1, -1, 2])), E.ArgumentError, r"lengths has -1; want 0 to 4"),
    "too few": ((None, [1, 2]), E.ShapeError, r"want lengths of shape \(3,\), one for each sequence of the batch, got"),
    "lengths of a batch_first": (
        (None, [3, 1, 2, 3]),
        E.ShapeError,
        r"got \(4,\)\. They are as many as there are steps",
    ),
    "one number": ((None, 3), E.ShapeError, r"want lengths of shape \(3,\)"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_does_not_fit_is_named_with_its_place(what):
    arguments, error, message = REFUSED[what]
    inputs = (zeros((4, 3, 2)),) if isinstance(arguments[0], (tuple, type(None))) or arguments[0] is STATE else ()
    with pytest.raises(error, match=r"^Net\.encoder \(LSTM\): .*" + message):
        net(nn.LSTM(2, 5, bidirectional=True, dtype="float64"))(*inputs, *arguments)


def test_a_layer_of_one_state_takes_no_tuple():
    for layer in SINGLE:
        with pytest.raises(E.ArgumentError, match="hx is a tuple; there is one state here: give h_0 itself"):
            layer(2, 5)(zeros((4, 3, 2), "f4"), (zeros((1, 3, 5), "f4"),))
    with pytest.raises(E.ShapeError, match=r"h_0 of shape \(1, 5\), \(layers \* directions, width\), .* \(1, 1, 5\)"):
        nn.GRU(2, 5)(zeros((4, 2), "f4"), zeros((1, 1, 5), "f4"))
    with pytest.raises(E.ShapeError, match=r"lengths of shape \(1,\)"):
        nn.GRU(2, 5)(zeros((4, 2), "f4"), lengths=[1, 2])


def test_lengths_without_their_name_are_no_state():
    for lengths in ([4, 2, 1], np.array([4, 2, 1]), ag.tensor([4, 2, 1])):
        with pytest.raises(E.ArgumentError, match=r"^GRU \(GRU\): hx, the states, are whole .* name: lengths="):
            nn.GRU(2, 5)(zeros((4, 3, 2), "f4"), lengths)


def test_results_of_a_recurrent_layer_given_on_as_they_are():
    message = r"^Sequential\.1 \(linear\): input is a tuple; want .* such as the first of these 2, input\[0\]"
    with pytest.raises(E.DtypeError, match=message):
        nn.Sequential(nn.GRU(2, 5), nn.Linear(5, 1))(zeros((4, 3, 2), "f4"))
    packed = nn.utils.rnn.pack_sequence([zeros((4, 2), "f4")])
    with pytest.raises(E.DtypeError, match=r"input is a PackedSequence; want .* of these 4, input\[0\]"):
        nn.Linear(2, 1)(packed)
    assert nn.Linear(2, 1)(packed[0]).shape == (4, 1)


def test_packed_sequences_that_do_not_fit():
    model = net(nn.LSTM(2, 5, dtype="float64"))
    packed = nn.utils.rnn.pack_padded_sequence(zeros((4, 3, 2)), [4, 2, 1])
    with pytest.raises(E.ArgumentError, match=r"Net\.encoder \(LSTM\): lengths= beside a PackedSequence.* leave them"):
        model(packed, lengths=[4, 2, 1])
    with pytest.raises(E.ShapeError, match=r"Net\.encoder \(LSTM\): want packed rows of shape \(n, 2\), got \(7, 1\)"):
        model(packed._replace(data=packed.data[:, :1]))
    with pytest.raises(E.ShapeError, match=r"want packed data of 7 rows, the sum of batch_sizes, got \(6, 2\)"):
        model(packed._replace(data=packed.data[1:]))
    with pytest.raises(E.ArgumentError, match=r"batch_sizes=\[1, 2, 2, 2\]; want integers, at least 1 at each step"):
        model(packed._replace(batch_sizes=np.array([1, 2, 2, 2])))
    with pytest.raises(E.ArgumentError, match=r"sorted_indices=\[0, 0, 1\]; want each of the sequences once"):
        model(packed._replace(sorted_indices=np.array([0, 0, 1])))
    with pytest.raises(E.ShapeError, match=r"want h_0 of shape \(1, 3, 5\)"):
        model(packed, (zeros((1, 2, 5)), zeros((1, 2, 5))))
    with pytest.raises(E.DtypeError, match=r"float32, but weight is"):
        model(packed._replace(data=packed.data.astype("f4")))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: nn.RNN(0, 5), r"RNN: input_size=0; want a whole number of at least 1"),
        (lambda: nn.GRU(2, 5.0), r"GRU: hidden_size=5\.0; want a whole number"),
        (lambda: nn.LSTM(2, 5, num_layers=0), r"LSTM: num_layers=0; want"),
        (lambda: nn.GRU(2, 5, dropout=2), r"GRU: dropout=2; want a probability, 0 to 1"),
        (lambda: nn.LSTM(2, 5, proj_size=5), r"LSTM: proj_size=5, hidden_size=5; a projection makes the result narrow"),
        (lambda: nn.LSTM(2, 5, proj_size=-1), r"LSTM: proj_size=-1; want a whole number of at least 0"),
        (
            lambda: nn.LSTM(2, 5, bias=False, forget_bias=1.0),
            r"forget_bias=1\.0, bias=False; want a number, or None, and",
        ),
        (lambda: nn.LSTM(2, 5, forget_bias="much"), r"forget_bias='much', bias=True; want a number"),
        (lambda: nn.LayerNormLSTM(2, 5, forget_bias="much"), r"LayerNormLSTM: forget_bias='much', bias=True; want"),
        (lambda: nn.RNN(2, 5, nonlinearity="gelu"), r"RNN: nonlinearity='gelu'; want 'tanh' or 'relu'"),
        (lambda: nn.RNNCell(2, 5, nonlinearity="gelu"), r"RNNCell: nonlinearity='gelu'; want"),
        (lambda: nn.LSTMCell(2, 0), r"LSTMCell: hidden_size=0; want a whole number of at least 1"),
    ],
)
def test_settings_that_make_no_layer(make, message):
    with pytest.raises(E.ArgumentError, match=message):
        make()


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (([1.0, 2.0],), E.DtypeError, r"input is a list"),
        ((zeros((4, 3, 2)),), E.ShapeError, r"want an input of shape \(batch, 2\), or \(2,\), got \(4, 3, 2\)"),
        ((zeros((3, 2), "f4"),), E.DtypeError, r"input is \(3, 2\) float32, but weight_ih is \(20, 2\) float64"),
        ((zeros((3, 2)), zeros((3, 5))), E.ArgumentError, r"hx is a ndarray; want a tuple of 2 states, \(h, c\)"),
        (
            (zeros((3, 2)), (zeros((3, 5)), zeros((1, 5)))),
            E.ShapeError,
            r"want c of shape \(3, 5\) for an input of shape \(3, 2\), got \(1, 5\)",
        ),
        ((zeros(2), (zeros((1, 5)), zeros(5))), E.ShapeError, r"want h of shape \(5,\) for an input of shape \(2,\)"),
        ((zeros((3, 2)), (zeros((3, 5)), None)), E.DtypeError, r"c is a NoneType"),
    ],
)
def test_what_does_not_fit_a_cell(arguments, error, message):
    with pytest.raises(error, match=r"^Net\.encoder \(LSTMCell\): " + message):
        net(nn.LSTMCell(2, 5, dtype="float64"))(*arguments)
