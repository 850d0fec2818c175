"""What is loaded when nn is."""

import subprocess
import sys

SLOW = ("concurrent.futures", "json", "logging", "numpy.random", "queue", "safetensors", "threadpoolctl")


def loaded(program):
    program += f"; import sys; print(*sorted(set(sys.modules).intersection({SLOW})))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return done.stdout.split()


def test_what_takes_long_to_load_is_loaded_when_it_is_needed():
    assert loaded("import autograd, nn") == loaded("import numpy")
