"""What tensors of PyTorch have that these do not, and what is written for it here, where NumPy's names hold."""

INSTEAD = {
    "bool": "x.astype(bool)",
    "chunk": "np.array_split(x, chunks, axis)",
    "clamp": "x.clip(min, max)",
    "clone": "x.copy()",
    "contiguous": "x itself: any order in memory is taken",
    "cpu": "x itself: there is no other device",
    "cuda": "x itself: arrays are in main memory",
    "device": "nothing: there is one device",
    "dim": "x.ndim",
    "double": "x.astype('float64')",
    "expand": "np.broadcast_to(x, shape), or nothing: operations broadcast",
    "expand_as": "np.broadcast_to(x, other.shape), or nothing: operations broadcast",
    "float": "x.astype('float32')",
    "half": "x.astype('float16')",
    "index_select": "x.take(indices, axis)",
    "int": "x.astype(int)",
    "long": "x.astype(int)",
    "mm": "x @ y",
    "bmm": "x @ y",
    "mul": "x * y",
    "narrow": "x[start : start + length]",
    "ndimension": "x.ndim",
    "numel": "x.size",
    "permute": "x.transpose(axes)",
    "pow": "x**y",
    "sub": "x - y",
    "div": "x / y",
    "t": "x.T",
    "to": "x.astype(dtype)",
    "type": "x.astype(dtype)",
    "type_as": "x.astype(y.dtype)",
    "unbind": "list(x)",
    "unsqueeze": "np.expand_dims(x, axis), or x[:, None]",
    "view": "x.reshape(shape)",
    "view_as": "x.reshape(y.shape)",
}


def instead(name: str) -> str:
    """A sentence on what to write for a name of PyTorch's, or nothing."""
    return f" It is PyTorch's; here write {INSTEAD[name]}." if name in INSTEAD else ""
