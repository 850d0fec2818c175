"""An engine as obvious as can be, with which `test_twin` compares ours: a tape of what was computed, read backwards.

Values are NumPy's arrays, so that views and writes mean what they mean there. Derivatives read copies, beside which
stands how often the memory that they were made from had been written to.
"""

from collections import Counter
from functools import partial

import numpy as np


class Refused(Exception):
    """What must not be done; its argument says in a word why."""


class Place:
    """A line of the tape: an edge is an input's place, the input's shape, and the gradient in it as a function."""

    def __init__(self):
        self.edges, self.reads, self.hooks, self.is_released = [], {}, [], False


class Tensor:
    def __init__(self, array, memory=None):
        self.array, self.memory, self.is_view, self.place = np.asarray(array), memory or object(), bool(memory), Place()
        self.needs_grad, self.retains, self.grad = False, False, None

    @property
    def is_leaf(self):
        return not (self.needs_grad and self.place.edges)


def assigned(x, y, i):
    out = np.array(x)
    out[i] = y
    return out


def put_back(g, shape, take):
    """Zeros of ``shape``, to which each element of ``g`` is added where ``take`` takes such an element from."""
    places = np.arange(np.prod(shape, dtype=int)).reshape(shape)
    return np.bincount(np.ravel(take(places)).astype(int), np.ravel(g), places.size).reshape(shape)


# What computes the result, and for each operand the gradient in it, and which values that reads: o is the result.
FUNCTIONS = {
    "add": (np.add, (lambda o, x, y, g: g, ""), (lambda o, x, y, g: g, "")),
    "subtract": (np.subtract, (lambda o, x, y, g: g, ""), (lambda o, x, y, g: -g, "")),
    "multiply": (np.multiply, (lambda o, x, y, g: g * y, "y"), (lambda o, x, y, g: g * x, "x")),
    "divide": (np.divide, (lambda o, x, y, g: g / y, "y"), (lambda o, x, y, g: -g * o / y, "yo")),
    "matmul": (np.matmul, (lambda o, x, y, g: g @ y.mT, "y"), (lambda o, x, y, g: x.mT @ g, "x")),
    "exp": (np.exp, (lambda o, x, g: g * o, "o")),
    "sin": (np.sin, (lambda o, x, g: g * np.cos(x), "x")),
    "abs": (np.abs, (lambda o, x, g: g * np.sign(x), "x")),
    "sum": (np.sum, (lambda o, x, g, axis: np.expand_dims(g, axis) + np.zeros(x.shape), "")),
    "mean": (np.mean, (lambda o, x, g, axis: np.expand_dims(g, axis) * o.size / x.size + np.zeros(x.shape), "")),
    "take": (lambda x, f: f(x), (lambda o, x, g, f: put_back(g, x.shape, f), "")),
    "where": (lambda x, y, m: np.where(m, x, y), (lambda o, x, y, g, m: g * m, ""), (lambda o, x, y, g, m: g * ~m, "")),
    "concatenate": (
        lambda x, y, axis: np.concatenate([x, y], axis),
        *[(lambda o, x, y, g, axis, i=i: np.split(g, [x.shape[axis]], axis)[i], "") for i in range(2)],
    ),
    "setitem": (
        assigned,
        (lambda o, x, y, g, i: assigned(g, 0, i), ""),
        (lambda o, x, y, g, i: put_back(g - assigned(g, 0, i), y.shape, lambda p: assigned(0 * o, p, i)), ""),
    ),
}


class Engine:
    def __init__(self):
        self.tensors, self.tape, self.writes, self.is_recording = [], [], Counter(), True

    def tensor(self, array, memory=None):
        self.tensors.append(Tensor(array, memory))
        self.tape.append(self.tensors[-1].place)
        return self.tensors[-1]

    def compute(self, name, *operands, **options):
        function, *rules = FUNCTIONS[name]
        value, x = function(*[t.array for t in operands], **options), operands[0]
        out = self.tensor(value, x.memory if np.shares_memory(value, x.array) else None)
        copies = [np.array(t.array) for t in (out, *operands)]
        for t, (rule, reads) in zip(operands, rules, strict=True):
            if t.needs_grad and self.is_recording:
                out.needs_grad = True
                out.place.edges.append((t.place, t.array.shape, partial(rule, *copies, **options)))
                memories = [{"o": out, "x": x, "y": operands[-1]}[letter].memory for letter in reads]
                out.place.reads |= {memory: self.writes[memory] for memory in memories}
        return out

    def is_recorded(self, x, y):
        if self.is_recording and x.needs_grad and x.is_leaf:
            raise Refused("leaf")
        return self.is_recording and (x.needs_grad or y.needs_grad)

    def aliases(self, x):
        return [t for t in self.tensors if t.memory is x.memory and t.array is not x.array]

    def assign(self, x, y, i):
        if self.is_recorded(x, y):
            if x.is_view and (x.needs_grad or self.aliases(x)):
                raise Refused("view")
            new = self.compute("setitem", x, y, i=i)
            x.array, x.memory, x.place, x.needs_grad = new.array, new.memory, new.place, True
        else:
            x.array[i] = np.array(y.array)
            self.writes[x.memory] += 1

    def update(self, name, x, y):
        """What ``x`` is after ``x += y`` and the like."""
        is_recorded, new = self.is_recorded(x, y), self.compute(name, x, y)
        if new.array.shape != x.array.shape:
            raise Refused("shape")
        return new if is_recorded else self.assign(x, new, ...) or x

    def gradients(self, starts, targets, retain):
        """Gradients by place, as far as they lead to ``targets``; ``starts`` are pairs of a tensor and its gradient."""
        arrived, wanted = {}, set(targets)
        for place in self.tape:
            wanted |= {place for source, _, _ in place.edges if source in wanted}
        for x, g in starts:
            if g is None and x.array.size != 1:
                raise Refused("start")
            arrived[x.place] = arrived.get(x.place, 0) + (np.ones(x.array.shape) if g is None else g)
        for place in filter(arrived.__contains__, reversed(self.tape)):
            for hook in place.hooks:
                arrived[place] = hook(arrived[place])
            edges = [edge for edge in place.edges if edge[0] in wanted]
            if edges and place.is_released:
                raise Refused("released")
            if edges and any(self.writes[memory] != before for memory, before in place.reads.items()):
                raise Refused("changed")
            for source, shape, rule in edges:
                g = rule(arrived[place])
                arrived[source] = arrived.get(source, 0) + put_back(g, shape, partial(np.broadcast_to, shape=g.shape))
            place.is_released |= bool(edges) and not retain
        return arrived

    def backward(self, x, g, retain):
        arrived = self.gradients([(x, g)], self.tape, retain)
        for x in [x for x in self.tensors if x.needs_grad and x.place in arrived and (x.is_leaf or x.retains)]:
            if x.grad is None or not x.is_leaf:
                x.grad = self.tensor(arrived[x.place] + (0 if x.grad is None else x.grad.array))
            else:
                x.grad.array += arrived[x.place]
                self.writes[x.grad.memory] += 1
