"""Random programs on our engine and on the naive one of `naive.py`: every value, gradient and refusal is the same.

A program is drawn step by step: leaves, functions, views, assignments, in-place operators, modes, hooks, freezing,
passes at random times. After each step everything that it has made so far is compared.
"""

from contextlib import contextmanager, nullcontext
from operator import iadd, imul, isub

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    precondition,
    rule,
)

import autograd as ag
from autograd.errors import GlassgradError

from . import naive
from .pairs import LIMIT, MOSTLY, REFUSALS, SHAPES, Pair, facts, indices, require, same, values


class Programs(RuleBasedStateMachine):
    """Steps of programs, each taken on both engines."""

    tensors = Bundle("tensors")

    def __init__(self):
        super().__init__()
        self.naive = naive.Engine()
        self.pairs = []
        self.modes = []
        self.starts = {}  # by seed and shape: arrays of the user's, from which passes start

    def teardown(self):
        for mode, _ in reversed(self.modes):
            mode.__exit__(None, None, None)

    # --- both engines at once ------------------------------------------------------------------------------

    def add(self, ours, twin):
        """A new pair for the programs to go on with."""
        if not twin.array.size or not np.abs(twin.array).max() < LIMIT:
            return multiple()
        known = [pair for pair in self.pairs if pair.ours is ours or pair.twin is twin]
        if known:
            assert known[0].ours is ours and known[0].twin is twin, "one engine alone returned what it was given"
            return multiple()
        if all(pair.twin.memory is not twin.memory for pair in self.pairs):
            array = np.empty_like(ours.numpy())  # the order of elements in memory is open, and decides which
            array[...] = twin.array  # reshapes are views
            twin.array = array
        self.pairs.append(Pair(ours, twin))
        return self.pairs[-1]

    def both(self, ours, twin):
        """What the two engines return, as a pair to go on with; or both refuse, for the same reason."""
        expected, reason = None, ""
        try:
            expected = twin()
        except naive.Refused as error:
            reason = str(error)
        except ValueError:
            reason = "shape"
        try:
            found = ours()
        except GlassgradError as error:
            assert reason, f"ours alone refuses: {error!r}"
            kind, words = REFUSALS[reason]
            assert isinstance(error, kind) and words in str(error), f"the reason is {reason!r}: {error!r}"
            return multiple()
        assert not reason, f"ours does not refuse: {reason}"
        return self.add(found, expected) if isinstance(expected, naive.Tensor) else multiple()

    def compute(self, name, *pairs, call=None, **options):
        call = call or getattr(ag, name)
        return self.both(
            lambda: call(*[pair.ours for pair in pairs]),
            lambda: self.naive.compute(name, *[pair.twin for pair in pairs], **options),
        )

    @invariant()
    def all_is_the_same(self):
        for key, start in self.starts.items():
            assert np.array_equal(start, values(*key)), "a pass has changed the gradient that it started from"
        for place, pair in enumerate(self.pairs):
            assert same(pair.ours.numpy(), pair.twin.array), f"value {place}: {pair.ours}, not {pair.twin.array}"
            ours, twin = facts(pair)
            assert ours == twin, f"requires_grad, is_leaf, no .grad of {place} are {ours}, not {twin}"
            if pair.twin.grad is not None:
                grad = pair.ours.grad
                assert grad.is_leaf and not grad.requires_grad
                assert same(grad.numpy(), pair.twin.grad.array), f"grad {place}: {grad}, not {pair.twin.grad.array}"

    # --- tensors and functions -----------------------------------------------------------------------------

    @initialize(target=tensors, shape=st.sampled_from(SHAPES))
    def first(self, shape):
        return self.make(0, shape, requires_grad=True)

    @rule(target=tensors, seed=st.integers(0, 9), shape=st.sampled_from(SHAPES), requires_grad=MOSTLY)
    def make(self, seed, shape, requires_grad):
        array = values(seed, shape)
        ours, twin = ag.tensor(array, requires_grad=requires_grad), self.naive.tensor(array.copy())
        twin.needs_grad = requires_grad
        return self.add(ours, twin)

    @rule(target=tensors, name=st.sampled_from(["add", "subtract", "multiply"]), x=tensors, y=tensors)
    def combine(self, name, x, y):
        return self.compute(name, x, y)

    @rule(target=tensors, x=tensors, y=tensors)
    def matmul(self, x, y):
        return self.compute("matmul", x, y) if min(x.ndim, y.ndim) > 1 else multiple()

    @rule(target=tensors, x=tensors, y=tensors)
    def divide(self, x, y):
        return self.compute("divide", x, y) if np.abs(y.twin.array).min() > 0.05 else multiple()

    @rule(target=tensors, name=st.sampled_from(["exp", "sin", "abs"]), x=tensors)
    def apply(self, name, x):
        size = np.abs(x.twin.array)
        return self.compute(name, x) if size.max() < 5 and size.min() > 1e-6 else multiple()

    @rule(target=tensors, name=st.sampled_from(["sum", "mean"]), x=tensors, data=st.data())
    def reduce(self, name, x, data):
        axis = tuple(data.draw(st.sets(st.integers(0, x.ndim - 1)) if x.ndim else st.just(()), label="axis"))
        return self.compute(name, x, call=lambda x: getattr(ag, name)(x, axis), axis=axis)

    @rule(target=tensors, x=tensors, y=tensors, axis=st.integers(0, 1))
    def concatenate(self, x, y, axis):
        if axis >= min(x.ndim, y.ndim):
            return multiple()
        return self.compute("concatenate", x, y, call=lambda x, y: np.concatenate([x, y], axis), axis=axis)

    @rule(target=tensors, x=tensors, y=tensors, seed=st.integers(0, 7))
    def where(self, x, y, seed):
        try:
            mask = np.random.default_rng(seed).random(np.broadcast_shapes(x.shape, y.shape)) < 0.5
        except ValueError:
            return multiple()
        return self.compute("where", x, y, call=lambda x, y: np.where(mask, x, y), m=mask)

    @precondition(lambda self: len(self.pairs) > 8)
    @rule(pairs=st.lists(consumes(tensors), min_size=1, max_size=4, unique_by=id))
    def forget(self, pairs):
        """Let go of tensors; what was computed from them goes on."""
        for pair in pairs:
            self.pairs.remove(pair)
            self.naive.tensors.remove(pair.twin)
            pair.ours = pair.twin = None

    # --- elsewhere, often in the same memory ---------------------------------------------------------------

    def take(self, x, take):
        return self.compute("take", x, call=take, f=take)

    @rule(target=tensors, x=tensors, axes=st.permutations([0, 1, 2]))
    def transpose(self, x, axes):
        return self.take(x, lambda x: x.transpose([axis for axis in axes if axis < x.ndim])) if x.ndim else multiple()

    @rule(target=tensors, x=tensors, kind=st.sampled_from(["flat", "reversed", "longer", "column"]))
    def reshape(self, x, kind):
        if not x.ndim:
            return multiple()
        shape = {"flat": (-1,), "reversed": x.shape[::-1], "longer": (1, *x.shape), "column": (-1, 1)}[kind]
        return self.take(x, lambda x: x.reshape(shape))

    @rule(target=tensors, x=tensors, data=st.data())
    def getitem(self, x, data):
        index = data.draw(indices(x.shape), label="index")
        return self.take(x, lambda x: x[index])

    @rule(target=tensors, x=tensors)
    def copy(self, x):
        return self.take(x, np.copy)

    @rule(target=tensors, x=tensors)
    def detach(self, x):
        if not x.ndim:
            return multiple()
        twin = self.naive.tensor(x.twin.array, x.twin.memory)
        twin.is_view = x.twin.is_view
        return self.add(x.ours.detach(), twin)

    # --- changing values -----------------------------------------------------------------------------------

    def fitting(self, pair, shape):
        """A tensor that broadcasts to ``shape``: the one given, or its sum."""
        try:
            np.broadcast_to(pair.twin.array, shape)
        except ValueError:
            axes = tuple(range(pair.ndim))
            twin = self.naive.compute("sum", pair.twin, axis=axes)
            return Pair(pair.ours.sum(axes), twin)
        return pair

    def may_be_a_view(self, x):
        """Whether NumPy tells too little: memory that only a graph may know, results in a hidden array of their own."""
        if x.twin.is_view:
            return not self.naive.aliases(x.twin)
        return x.ours.data.base is not None

    def quietly(self, is_quiet):
        """A block under ``no_grad`` on both engines, if that is asked for."""
        return self.mode(False) if is_quiet else nullcontext()

    @rule(x=tensors, pick=st.integers(0, 3), y=tensors, is_quiet=st.booleans(), data=st.data())
    def setitem(self, x, pick, y, is_quiet, data):
        if pick < 2:
            x = self.computed(pick) or x
        if x.ndim and not self.may_be_a_view(x):
            index = data.draw(indices(x.shape), label="index")
            if isinstance(index, np.ndarray) and x.twin.memory is y.twin.memory:
                return  # NumPy itself overlooks that a mask writes into what is yet to be read
            with self.quietly(is_quiet):
                y = self.fitting(y, x.twin.array[index].shape)
                self.both(lambda: x.ours.__setitem__(index, y.ours), lambda: self.naive.assign(x.twin, y.twin, index))

    @rule(
        target=tensors,
        name=st.sampled_from(["add", "subtract", "multiply"]),
        x=tensors,
        y=tensors,
        is_quiet=st.booleans(),
    )
    def update(self, name, x, y, is_quiet):
        if not x.ndim:
            return multiple()
        operator = {"add": iadd, "subtract": isub, "multiply": imul}[name]
        with self.quietly(is_quiet):
            y = self.fitting(y, x.shape)
            return self.both(lambda: operator(x.ours, y.ours), lambda: self.naive.update(name, x.twin, y.twin))

    # --- what needs a gradient, and when -------------------------------------------------------------------

    @contextmanager
    def mode(self, is_recording):
        before, self.naive.is_recording = self.naive.is_recording, is_recording
        with ag.enable_grad() if is_recording else ag.no_grad():
            yield
        self.naive.is_recording = before

    @rule(is_recording=st.booleans(), steps=st.integers(1, 5))
    def enter_mode(self, is_recording, steps):
        """Record, or do not, for the next few steps."""
        mode = self.mode(is_recording)
        mode.__enter__()
        self.modes.append((mode, steps))

    @invariant()
    def a_mode_ends(self):
        if self.modes:
            mode, steps = self.modes.pop()
            if steps:
                self.modes.append((mode, steps - 1))
            else:
                mode.__exit__(None, None, None)

    @rule(x=tensors, wanted=st.booleans())
    def requires_grad(self, x, wanted):
        def twin():
            if not wanted and not x.twin.is_leaf:
                raise naive.Refused("computed")
            x.twin.needs_grad = wanted

        self.both(lambda: x.ours.requires_grad_(wanted), twin)

    @rule(x=tensors)
    def retain_grad(self, x):
        if not x.twin.is_leaf:
            x.ours.retain_grad()
            x.twin.retains = True

    @rule(x=tensors)
    def zero_grad(self, x):
        x.ours.zero_grad()
        x.twin.grad = None

    @rule(x=tensors, factor=st.sampled_from([0.5, -2.0]), shift=st.sampled_from([0.0, 1.0]))
    def register_hook(self, x, factor, shift):
        if x.twin.needs_grad:
            x.ours.register_hook(lambda g: factor * g + shift)
            x.twin.place.hooks.append(lambda g: factor * g + shift)

    @rule(target=tensors, x=tensors, pick=st.integers(0, 3))
    def multiply_by_grad(self, x, pick):
        grads = [Pair(pair.ours.grad, pair.twin.grad) for pair in self.pairs if pair.twin.grad is not None]
        grads = [pair for pair in grads if pair.ndim]
        return self.compute("multiply", x, grads[pick % len(grads)]) if grads else multiple()

    # --- passes --------------------------------------------------------------------------------------------

    def start(self, pair, seed):
        """The gradient that a pass starts from: none given, or any."""
        return None if seed == 0 else self.starts.setdefault((seed, pair.shape), values(seed, pair.shape))

    def computed(self, pick):
        """One of the tensors in a graph that are no leaves, if there are any; those that keep their gradient first."""
        pairs = sorted([pair for pair in self.pairs if not pair.twin.is_leaf], key=lambda pair: pair.twin.retains)
        return pairs[-1 - pick % len(pairs)] if pairs else None

    def recorded(self, pair, pick):
        """A tensor that needs a gradient, lest most passes be refused: the one given, or one of those that do."""
        pairs = [pair for pair in self.pairs if pair.twin.needs_grad]
        return pair if pair.twin.needs_grad or not pairs or pick == 3 else pairs[-1 - pick % len(pairs)]

    def sources(self, pair):
        """What a tensor was computed from, and itself."""
        places = {pair.twin.place}
        for place in reversed(self.naive.tape):
            if place in places:
                places |= {source for source, _, _ in place.edges}
        return [pair for pair in self.pairs if pair.twin.needs_grad and pair.twin.place in places]

    @rule(x=tensors, pick=st.integers(0, 3), seed=st.integers(0, 3), retain=st.booleans())
    def backward(self, x, pick, seed, retain):
        x = self.recorded(x, pick)
        start = self.start(x, seed)

        def twin():
            require(x)
            self.naive.backward(x.twin, start, retain)

        self.both(lambda: x.ours.backward(start, retain), twin)

    @rule()
    def differentiate_all(self):
        for pair in self.pairs:
            self.backward(pair, pick=3, seed=1, retain=True)

    @rule(
        target=tensors,
        outputs=st.lists(tensors, min_size=1, max_size=2),
        inputs=st.lists(tensors, min_size=1, max_size=2, unique_by=id),
        picks=st.none() | st.sets(st.integers(0, 9), min_size=1, max_size=2),
        seed=st.integers(0, 3),
        retain=st.booleans(),
        create=st.booleans(),
    )
    def gradients(self, outputs, inputs, picks, seed, retain, create):
        outputs = [self.recorded(pair, seed) for pair in outputs]
        sources = self.sources(outputs[0])
        if picks and sources:
            inputs = [sources[pick] for pick in {pick % len(sources) for pick in picks}]
        starts = [self.start(pair, seed) for pair in outputs]
        found = expected = []

        def ours():
            nonlocal found
            found = ag.gradients([x.ours for x in outputs], [x.ours for x in inputs], starts, retain, create)

        def twin():
            nonlocal expected
            require(*outputs, *inputs)
            places = [pair.twin.place for pair in inputs]
            pairs = [(pair.twin, start) for pair, start in zip(outputs, starts, strict=True)]
            arrived = self.naive.gradients(pairs, places, retain or create)
            if not arrived.keys() >= set(places):
                raise naive.Refused("unused")
            expected = [self.naive.tensor(arrived[place].copy()) for place in places]

        self.both(ours, twin)
        for g, h in zip(found, expected, strict=True):
            assert same(g.numpy(), h.array), f"gradients: {g}, not {h.array}"
        added = [self.add(g.detach(), h) for g, h in zip(found, expected, strict=True)]
        return multiple(*[pair for pair in added if isinstance(pair, Pair)])


TestPrograms = Programs.TestCase
TestPrograms.settings = settings(
    max_examples=5 * settings.default.max_examples, stateful_step_count=80, report_multiple_bugs=False
)
