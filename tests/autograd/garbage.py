"""What the collector finds that is ours, whatever other tests have left behind."""

import gc


def settle():
    """Collect until nothing is found: what a finalizer brings back for a moment is garbage again the next time."""
    for _ in range(10):
        if not gc.collect():
            return


def is_ours(thing):
    modules = (getattr(thing, "__module__", None), type(thing).__module__)
    return any(isinstance(module, str) and module.partition(".")[0] == "autograd" for module in modules)


def collected():
    """The objects of ours that the collector frees now, since they were parts of cycles."""
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        gc.collect()
        return [thing for thing in gc.garbage if is_ours(thing)]
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
