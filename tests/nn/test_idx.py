"""IDX files: every dtype and shape, gzipped or not; and files that lie, are cut short, or were never IDX."""

import contextlib
import gzip
import struct
import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import autograd as ag
from nn.data import load_mnist, read_idx

CODES = {"u1": 8, "i1": 9, "i2": 11, "i4": 12, "f4": 13, "f8": 14}


def zipped(content):
    """The same bytes each time: without the time of day that gzip writes, from which the names of tests are made."""
    return gzip.compress(content, mtime=0)


def idx(array):
    """The array as the bytes of an IDX file."""
    array = np.asarray(array)
    code = CODES[array.dtype.str[1:]]
    header = bytes([0, 0, code, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape)
    return header + array.astype(array.dtype.newbyteorder(">")).tobytes()


@pytest.fixture
def read(tmp_path):
    """Reads bytes as an IDX file."""

    def read(content, **options):
        (tmp_path / "file").write_bytes(content)
        return read_idx(tmp_path / "file", **options)

    return read


def damaged(message):
    return pytest.raises(ag.errors.ArgumentError, match=f"^.*file cannot be read as an IDX file: {message}")


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
@pytest.mark.parametrize("dtype", CODES)
def test_what_was_written_is_read(read, dtype, pack):
    for shape in ((), (3,), (0, 5), (4, 2, 3)):
        array = np.arange(np.prod(shape, dtype=int)).reshape(shape).astype(dtype) - np.array(1).astype(dtype)
        again = read(pack(idx(array)))
        assert again.dtype == np.dtype(dtype) and again.dtype.isnative and again.shape == shape
        np.testing.assert_array_equal(again, array)
        again[...] = 0  # it is a new array, free to be changed


def test_a_file_of_several_chunks(read):
    array = np.random.default_rng(0).integers(0, 256, (3, 1000, 1100), np.uint8)
    for pack in (bytes, gzip.compress):
        np.testing.assert_array_equal(read(pack(idx(array))), array)


def test_gzipped_in_parts(read):
    content = idx(np.arange(100, dtype="i4"))
    parts = gzip.compress(content[:50]) + gzip.compress(content[50:])
    np.testing.assert_array_equal(read(parts), np.arange(100))


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_a_header_that_lies_costs_no_memory(read, pack):
    tracemalloc.start()
    try:
        with damaged(r"its header says uint8 of shape \(1000, 1000, 1000\), 1,000,000,000 bytes, and only 5 follow"):
            read(pack(bytes([0, 0, 8, 3]) + struct.pack(">3I", 1000, 1000, 1000) + b"12345"))
        assert tracemalloc.get_traced_memory()[1] < 10_000_000
    finally:
        tracemalloc.stop()


def test_a_gzip_bomb_costs_no_memory(read):
    """A little file that unpacks to a hundred megabytes, in spite of its header and in keeping with it."""
    zeros = bytes(100_000_000)
    tracemalloc.start()
    try:
        small, honest = (
            gzip.compress(bytes([0, 0, 8, 1]) + struct.pack(">I", n) + zeros, compresslevel=1) for n in (10, len(zeros))
        )
        tracemalloc.reset_peak()
        before = tracemalloc.get_traced_memory()[0]
        with damaged(r"its header says uint8 of shape \(10,\), 10 bytes, and more follow"):
            read(small)
        with damaged(
            r"its header says .* more than the 50,000,000 that are allowed\. If that is right, raise max_bytes"
        ):
            read(honest, max_bytes=50_000_000)
        assert tracemalloc.get_traced_memory()[1] - before < 10_000_000
    finally:
        tracemalloc.stop()
    assert len(read(honest)) == len(zeros)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "it begins with b''"),
        (b"<!DOCTYPE html>", "it begins with b'<!DO', .* A download that went wrong may have left a web page"),
        (b"\0\0\7\1" + bytes(8), r"it begins with b'\\x00\\x00\\x07\\x01', where .* a code of its dtype"),
        (b"\0\0\10\3" + bytes(8), "it ends within its header, which has 3 axes"),
        (idx(np.arange(5, dtype="u1"))[:-1], r"its header says uint8 of shape \(5,\), 5 bytes, and only 4 follow"),
        (idx(np.arange(5, dtype="i2")) + b"1", r"its header says int16 of shape \(5,\), 10 bytes, and more follow"),
        (
            b"\0\0\10\2" + b"\xff" * 8,
            ".* 18,446,744,065,119,617,025 bytes, more than the 1,073,741,824 that are allowed",
        ),
        (b"\0\0\10\3" + b"\xff" * 8 + bytes(4), "its header says .*, 0 bytes: "),
        (b"\0\0\10\xff" + bytes(255 * 4), "its header says .*, 0 bytes: "),
        (zipped(idx(np.arange(5000, dtype="i4")))[:-20], "its compressed data is damaged or cut short"),
        (zipped(b"")[:5], "its compressed data is damaged or cut short"),
        (zipped(idx(np.arange(5, dtype="u1"))) + b"more", "its compressed data is damaged or cut short"),
        (zipped(idx(np.arange(9, dtype="u1")))[:-8] + bytes(8), "its compressed data is damaged .*CRC"),
    ],
)
def test_what_is_no_idx_file_is_said_in_a_line(read, content, message):
    with damaged(message) as caught:
        read(content)
    assert "\n" not in str(caught.value)


@given(array=hnp.arrays("i2", hnp.array_shapes(min_side=0)), data=st.data())
def test_a_damaged_file_is_an_error_or_other_numbers(tmp_path_factory, array, data):
    content = bytearray(idx(array))
    for _ in range(data.draw(st.integers(1, 3))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    packed = bytearray(zipped(bytes(content)))
    if data.draw(st.booleans()):
        packed[data.draw(st.integers(0, len(packed) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path_factory.mktemp("idx") / "file"
    for damaged_content in (content, packed):
        path.write_bytes(damaged_content)
        with contextlib.suppress(ag.errors.ArgumentError):
            assert read_idx(path).nbytes <= len(content)


def test_no_file_is_an_error_of_the_system(tmp_path):
    for path in (tmp_path / "none", tmp_path):
        with pytest.raises(OSError):
            read_idx(path)


# --- MNIST ----------------------------------------------------------------------------------------------


def write(folder, part, count=3, suffix="", images=None, labels=None):
    """Files of that many digits, of which the first pixel is their number, and the label too."""
    folder.mkdir(parents=True, exist_ok=True)
    if images is None:
        images = np.zeros((count, 28, 28), np.uint8)
        images[:, 0, 0] = np.arange(count)
    labels = np.arange(count, dtype=np.uint8) if labels is None else labels
    pack = gzip.compress if suffix else bytes
    (folder / f"{part}-images-idx3-ubyte{suffix}").write_bytes(pack(idx(images)))
    (folder / f"{part}-labels-idx1-ubyte{suffix}").write_bytes(pack(idx(labels)))


@pytest.mark.parametrize("subfolder", ["", "mnist", "MNIST/raw"])
@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_mnist_is_found_in_these_places(tmp_path, monkeypatch, subfolder, suffix):
    write(tmp_path / subfolder, "train", 4, suffix)
    write(tmp_path / subfolder, "t10k", 2, suffix)
    monkeypatch.setenv("GLASSGRAD_DATA", str(tmp_path))
    for images, labels in (load_mnist(), load_mnist(str(tmp_path))):
        assert images.shape == (4, 1, 28, 28) and images.dtype == np.float32 and labels.dtype == np.int64
        np.testing.assert_array_equal(images[:, 0, 0, 0], np.arange(4, dtype=np.float32) / np.float32(255))
        assert labels.tolist() == [0, 1, 2, 3]
    assert len(load_mnist(train=False)[0]) == 2


def test_all_digits_are_preferred_to_some_and_a_given_folder_to_the_variable(tmp_path, monkeypatch):
    write(tmp_path, "train10k", 2)
    assert len(load_mnist(tmp_path)[0]) == 2
    write(tmp_path / "mnist", "train", 6, ".gz")
    assert len(load_mnist(tmp_path)[0]) == 6
    write(tmp_path / "other", "train", 1)
    monkeypatch.setenv("GLASSGRAD_DATA", str(tmp_path))
    assert len(load_mnist(tmp_path / "other")[0]) == 1


def test_without_files_the_error_says_what_to_do(tmp_path, monkeypatch):
    for variables in ({}, {"GLASSGRAD_DATA": ""}):
        monkeypatch.setattr("os.environ", variables)
        with pytest.raises(FileNotFoundError, match="the variable GLASSGRAD_DATA is not set; get train-images-idx3-ub"):
            load_mnist()
    with pytest.raises(FileNotFoundError, match=r"none is no folder; get t10k-images-idx3-ubyte and t10k-labels-idx1"):
        load_mnist(tmp_path / "none", train=False)
    write(tmp_path, "train")
    (tmp_path / "train-labels-idx1-ubyte").unlink()
    with pytest.raises(FileNotFoundError, match=r"does not have both files; get .* set GLASSGRAD_DATA to the folder"):
        load_mnist(tmp_path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"count": 2, "labels": np.zeros(3, np.uint8)}, "has 2 images, but .* has 3 labels: these files do not belong"),
        (
            {"images": np.zeros((3, 8, 8), np.uint8)},
            r"uint8 numbers of shape \(3, 8, 8\); want images of shape \(n, 28",
        ),
        ({"images": np.zeros((3, 28, 28), "f4")}, r"has float32 numbers of shape \(3, 28, 28\); want images .* uint8"),
        ({"count": 0}, r"shape \(0, 28, 28\); want images"),
        ({"labels": np.array([1, 2, 47], np.uint8)}, "want labels .* from 0 to 9"),
        ({"labels": np.zeros((3, 1), np.uint8)}, r"shape \(3, 1\); want labels of shape \(n,\)"),
    ],
)
def test_files_of_something_else_are_refused(tmp_path, content, message):
    write(tmp_path, "train", **content)
    with pytest.raises(ag.errors.ArgumentError, match=message):
        load_mnist(tmp_path)


def test_the_real_digits(data_folder):
    for (images, labels), count in ((load_mnist(), (10_000, 60_000)), (load_mnist(train=False), (10_000,))):
        assert len(images) in count and images.shape[1:] == (1, 28, 28) and (images.min(), images.max()) == (0, 1)
        assert 0.12 < images.mean() < 0.14
        assert (np.bincount(labels, minlength=10) > 0.08 * len(labels)).all()
    assert labels[:5].tolist() == [7, 2, 1, 0, 4]  # the test digits begin so
