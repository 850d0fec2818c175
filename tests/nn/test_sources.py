"""Tables, archives and data sets in files: what they hold, and what is said of files that lie."""

import gzip
import hashlib
import io
import struct
import tarfile
import tracemalloc
import zipfile

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd as ag
from nn.data import (
    CIFAR10_CLASSES,
    FASHION_MNIST_CLASSES,
    IRIS_CLASSES,
    TensorDataset,
    embedded,
    load_cifar10,
    load_fashion_mnist,
    load_iris,
    load_mnist,
    load_reviews,
    read_csv,
    read_npz,
)


@pytest.fixture
def csv(tmp_path):
    """Reads a text as a table."""

    def read(content, **options):
        data = content if isinstance(content, bytes) else content.encode()
        (tmp_path / "table.csv").write_bytes(data)
        return read_csv(tmp_path / "table.csv", **options)

    return read


def refused(message):
    return pytest.raises(ag.errors.ArgumentError, match=message)


# --- tables ---------------------------------------------------------------------------------------------

FLOWERS = """length, width ,count,species
1.5,2e-1,3,"setosa"
4, .5 ,-4,versicolor

+6.25,1,5,setosa
"""


def test_a_table(csv):
    table = csv(FLOWERS)
    assert list(table.columns) == ["length", "width", "count", "species"] and len(table) == 3
    assert [table[name].dtype for name in table.columns] == [np.float32, np.float32, np.int64, np.int64]
    np.testing.assert_array_equal(table["length"], np.float32([1.5, 4, 6.25]))
    assert table["count"].tolist() == [3, -4, 5] and table["species"].tolist() == [0, 1, 0]
    assert table.classes == {"species": ("setosa", "versicolor")}
    features, labels = table.arrays("species")
    assert (
        features.dtype == np.float32
        and features.tolist() == np.float32([[1.5, 0.2, 3], [4, 0.5, -4], [6.25, 1, 5]]).tolist()
    )
    assert len(TensorDataset(*table.arrays("count", features=["width"]))) == 3 and labels.tolist() == [0, 1, 0]


@pytest.mark.parametrize(
    ("content", "options", "columns"),
    [
        ("1,2\n3,4\n", {}, {"0": [1, 3], "1": [2, 4]}),
        ("\ufeff1;x\r\n3;y\r\n", {"delimiter": ";"}, {"0": [1, 3], "1": [0, 1]}),
        ("2001,2002\n3,4\n", {"header": True}, {"2001": [3], "2002": [4]}),
        ("a,b\nc,d\n", {"header": False}, {"0": [0, 1], "1": [0, 1]}),
        ("zip\n01\n1\n01\n", {"text": ["zip"]}, {"zip": [0, 1, 0]}),
        ("x,y\n1,2\n,3\n4,?\n5,6", {"missing": "drop"}, {"x": [1, 5], "y": [2, 6]}),
        ("x,s\n,a\n3,NA\n4,b", {"missing": "nan"}, {"x": [np.nan, 3, 4], "s": [1, 0, 2]}),
        ("x,s\n1,\nNaN,b", {"missing": "nan"}, {"x": [1, np.nan], "s": [0, 1]}),
        ("x,y\n,\n,", {"missing": "nan"}, {"x": [np.nan] * 2, "y": [np.nan] * 2}),
        ("x\n-99\n3", {"missing": "drop", "missing_values": ["-99"]}, {"x": [3]}),
        ('x,"a ""b"", c"\n1,"two\nlines"\n', {}, {"x": [1], 'a "b", c': [0]}),
        ("x\n1\n9223372036854775807\n", {}, {"x": [1, 2**63 - 1]}),
        ("x\n1\n9223372036854775808\n-inf", {}, {"x": [1, 2.0**63, -np.inf]}),
        ("x\n1.5\n1e60\n1e999\n", {}, {"x": [1.5, np.inf, np.inf]}),
        (f"x\n{'9' * 5000}\n", {}, {"x": [np.inf]}),
        ("1  2\n 3 4\n", {"delimiter": " "}, {"0": [1, 3], "1": [2, 4]}),
        ("x,\n1,2", {}, {"x": [1], "1": [2]}),
        ("gr\xfc\xdfe\n1".encode("cp1252"), {"encoding": "cp1252"}, {"gr\xfc\xdfe": [1]}),
    ],
)
def test_tables_of_other_kinds(csv, content, options, columns):
    table = csv(content, **options)
    assert list(table.columns) == list(columns)
    for name, values in columns.items():
        np.testing.assert_array_equal(table[name], np.array(values, table[name].dtype))


@pytest.mark.parametrize(
    ("content", "options", "message"),
    [
        ("", {}, r"table\.csv is empty"),
        ("x,y\n", {}, r"table\.csv has no rows\."),
        ("x\n?", {"missing": "drop"}, "has no rows that are complete"),
        ("x,y\n1,2\n3\n", {}, "line 3: it has 1 values, but the first line has 2"),
        ('x,y\n"1\n",2\n3,4,5\n', {}, "line 4: it has 3 values"),
        ("x,y\n1,2\n3,\n", {}, r"line 3, column 'y': the value is missing \(''\)\. Leave .*'drop'"),
        ("x,y\n1,2\n3,4a\n", {}, r"line 3, column 'y': '4a' is no number, though .* text=\['y'\]; if this stands"),
        ("x\n1\n1_000\n", {}, "line 3, column 'x': '1_000' is no number"),
        ("a,b,a\n1,2,3\n", {}, "line 1: columns 0 and 2 have the same name, 'a'. Rename one"),
        ("a;b\n1;2\n", {}, "has a single column, 'a;b'; want delimiter=';'?"),
        ('x\n"1\n', {}, "line 2: unexpected end of data"),
        ("x\n" + "9" * 200_000, {}, "field larger than field limit"),
        (b"x\n1\ncaf\xe9\n", {}, r"is not in utf-8: after line \d comes a byte 0xe9 .* encoding='cp1252'"),
        ("x\n1", {"encoding": "utf-99"}, "no encoding 'utf-99'"),
        ("x\n1", {"missing": "zero"}, "missing='zero'; want 'error', 'drop' or 'nan'"),
        ("x\n1", {"delimiter": ", "}, "delimiter=', '; want one character"),
        ("x\n1", {"text": ["y"]}, r"text='y', but .* has the columns \['x'\]"),
        ("x\n1", {"max_bytes": 2}, "has 3 bytes, more than the 2 that are allowed. If that is right, raise max_bytes"),
    ],
)
def test_what_a_table_is_refused_for(csv, content, options, message):
    with refused(message):
        csv(content, **options)


def test_what_a_table_has_not(csv, tmp_path):
    table = csv("city,x,y\nRome,1,2\nOslo,3,4\n")
    with refused("there is no column 'z'; there are 'city', 'x', 'y'"):
        table["z"]
    with refused(r"the feature 'city' is text, of 2 classes, .* np\.eye\(2, dtype='float32'\)\[table\['city'\]\]"):
        table.arrays("y")
    with refused("there are no features besides 'y'"):
        table.arrays("y", features=[])
    with pytest.raises(FileNotFoundError, match=r"there is no file none\.csv"):
        read_csv("none.csv")
    with pytest.raises(IsADirectoryError):
        read_csv(tmp_path)


cells = st.one_of(st.integers(-(2**62), 2**62).map(str), st.floats(allow_nan=False, width=32).map(repr))


@given(st.lists(st.tuples(cells, cells), min_size=1, max_size=8))
def test_every_number_is_read(tmp_path_factory, rows):
    path = tmp_path_factory.getbasetemp() / "numbers.csv"
    path.write_text("x,y\n" + "\n".join(map(",".join, rows)))
    table = read_csv(path)
    for name, values in zip("xy", zip(*rows, strict=True), strict=True):
        whole = all(value.lstrip("-").isdigit() for value in values)
        expected = np.array([int(value) if whole else float(value) for value in values])
        np.testing.assert_array_equal(table[name], expected.astype(np.int64 if whole else np.float32))


# --- NumPy's archives -----------------------------------------------------------------------------------


def npy(array, **header):
    """The bytes of an array as NumPy writes it, whose header may lie."""
    file = io.BytesIO()
    fields = np.lib.format.header_data_from_array_1_0(array) | header
    np.lib.format.write_array_header_1_0(file, fields)
    return file.getvalue() + array.tobytes()


@pytest.fixture
def npz(tmp_path):
    """Reads these members as an archive."""

    def read(members, **options):
        with zipfile.ZipFile(tmp_path / "data.npz", "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in members:
                archive.writestr(name, content)
        return read_npz(tmp_path / "data.npz", **options)

    return read


def test_archives_of_arrays(tmp_path):
    arrays = {
        "matrix": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
        "labels": np.array([3, 1], np.int8),
        "empty": np.zeros((0, 4), np.float32),
        "number": np.array(2.5),
        "words": np.array(["a", "bc"]),
    }
    for save in (np.savez, np.savez_compressed):
        save(tmp_path / "data.npz", **arrays)
        read = read_npz(tmp_path / "data.npz")
        assert list(read) == list(arrays)
        for name, array in arrays.items():
            np.testing.assert_array_equal(read[name], array, strict=True)


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ([], "it has no arrays"),
        ([("notes.txt", b"x")], r"it has 'notes\.txt', which is no array"),
        ([("x.npy", b"no array")], "magic string"),
        ([("x.npy", npy(np.zeros(3))[:-1])], r"float64 of shape \(3,\), 24 bytes, but has 23"),
        ([("x.npy", npy(np.zeros(3), shape=(10**12,)))], "8,000,000,000,000 bytes, but has 24"),
        ([("x.npy", npy(np.zeros(200)))], "its arrays have 1,600 bytes, more than the 1,000 that are allowed. If"),
        ([("x.npy", npy(np.zeros(70))), ("y.npy", npy(np.zeros(70)))], "its arrays have 1,120 bytes, more than"),
    ],
)
def test_archives_that_are_refused(npz, members, message):
    with refused(rf"data\.npz cannot be read as an \.npz file: .*{message}"):
        npz(members, max_bytes=1000)


def test_archives_that_lie(npz, tmp_path):
    path = tmp_path / "data.npz"
    np.savez(path, x=np.array([{}], object))
    with refused("Python objects, that is pickles, which can run any program"):
        read_npz(path)
    np.save(tmp_path / "x.npy", np.zeros(3))
    with refused(r"It is a single array, \.npy: np\.load\(path, allow_pickle=False\)"):
        read_npz(tmp_path / "x.npy")
    np.savez_compressed(path, x=np.zeros(1000))
    whole = path.read_bytes()
    for cut in (10, len(whole) // 2, len(whole) - 10):
        path.write_bytes(whole[:cut])
        with refused("cannot be read as an"):
            read_npz(path)
    for save in (np.savez, np.savez_compressed):
        save(path, x=np.arange(1000.0))
        damaged = bytearray(path.read_bytes())
        damaged[len(damaged) // 2] ^= 1
        path.write_bytes(damaged)
        with refused("cannot be read as an"):
            read_npz(path)


def test_a_bomb_takes_no_memory(tmp_path):
    path = tmp_path / "data.npz"
    for array, header, message in (
        (np.zeros(1 << 21), {"shape": (1 << 30,)}, "but has 16,777,216"),
        (np.zeros(1 << 21), {}, "more than the 1,000,000 that are allowed"),
    ):
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("x.npy", npy(array, **header))
        assert path.stat().st_size < 50_000
        tracemalloc.start()
        with refused(message):
            read_npz(path, max_bytes=1_000_000)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 1_000_000


# --- data sets in files ---------------------------------------------------------------------------------


def idx(array):
    return bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()


def write_mnist(folder, first, part="train"):
    folder.mkdir(parents=True, exist_ok=True)
    images = np.zeros((3, 28, 28), np.uint8)
    images[:, 0, 0] = first
    (folder / f"{part}-images-idx3-ubyte").write_bytes(idx(images))
    (folder / f"{part}-labels-idx1-ubyte.gz").write_bytes(gzip.compress(idx(np.array([0, 9, 4], np.uint8))))


def test_fashion_is_not_taken_for_digits(tmp_path, monkeypatch):
    monkeypatch.setenv("GLASSGRAD_DATA", str(tmp_path))
    write_mnist(tmp_path, 255)
    with pytest.raises(
        FileNotFoundError, match=r"Fashion-MNIST: .* does not have both files; get .*fashion-mnist/, and"
    ):
        load_fashion_mnist(download=False)
    write_mnist(tmp_path / "fashion-mnist", 51)
    images, labels = load_fashion_mnist()
    assert images.shape == (3, 1, 28, 28) and images[:, 0, 0, 0].tolist() == [np.float32(0.2)] * 3
    assert [FASHION_MNIST_CLASSES[label] for label in labels] == ["T-shirt/top", "ankle boot", "coat"]
    assert load_fashion_mnist(tmp_path / "fashion-mnist")[0].max() == np.float32(0.2)
    assert load_mnist()[0].max() == 1


def test_some_digits_do_where_all_were_not_asked_for(tmp_path, monkeypatch):
    monkeypatch.setenv("GLASSGRAD_DATA", str(tmp_path))
    write_mnist(tmp_path, 255, "train10k")
    fetched = []
    monkeypatch.setattr("nn.data.locating.fetch", lambda urls, path, **options: fetched.append((urls, path)) or path)
    monkeypatch.setattr("nn.data.locating.is_allowed", lambda: True)
    assert len(load_mnist()[0]) == 3 and not fetched
    with pytest.raises(FileNotFoundError):  # since this fetch fetches nothing
        load_mnist(download=True)
    assert [path.name for _, path in fetched] == ["train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"]
    assert {path.parent for _, path in fetched} == {tmp_path / "mnist"}
    assert all(url.startswith("https://") and url.endswith(path.name) for urls, path in fetched for url in urls)


def test_what_is_downloaded_is_known_beforehand():
    from nn.data import cifar, mnist, text

    files = [file for title, part in mnist._FILES for file in mnist._remote(title, part)]
    files += [cifar._ARCHIVE, text._SHAKESPEARE, text._NAMES, text._REVIEWS]
    assert len({file.sha256 for file in files}) == len(files) == 12
    for file in files:
        assert len(bytes.fromhex(file.sha256)) == 32 and file.size > 1000 and len(set(file.urls)) == 2


RECORDS = {f"data_batch_{i}.bin": 2 for i in range(1, 6)} | {"test_batch.bin": 3}


def cifar_files(**changes):
    """Files as CIFAR-10's, with a few photographs each, all of whose pixels are their number."""
    files = {}
    for number, (name, count) in enumerate(RECORDS.items()):
        samples = np.full((count, 3073), 10 * number, np.uint8)
        samples[:, 0] = np.arange(count) + number
        samples[:, 1:1025] += 1  # red
        samples[:, 1] = 255  # the pixel on the left above
        files[name] = samples.tobytes()
    return files | {"readme.html": b"<html>", "batches.meta.txt": b"airplane\n"} | changes


def write_tar(path, files, mode="w:gz", folder="cifar-10-batches-bin/"):
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, mode) as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(folder + name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))


@pytest.mark.parametrize("where", ["", "cifar10", "unpacked"])
def test_cifar(tmp_path, where):
    if where == "unpacked":
        for name, content in cifar_files().items():
            (tmp_path / "cifar-10-batches-bin").mkdir(exist_ok=True)
            (tmp_path / "cifar-10-batches-bin" / name).write_bytes(content)
    else:
        write_tar(tmp_path / where / "cifar-10-binary.tar.gz", cifar_files())
    images, labels = load_cifar10(tmp_path)
    assert images.shape == (10, 3, 32, 32) and images.dtype == np.float32 and labels.dtype == np.int64
    assert labels.tolist() == [0, 1, 1, 2, 2, 3, 3, 4, 4, 5]
    assert images[:, 0, 0, 0].tolist() == [1] * 10
    np.testing.assert_array_equal(images[:, 0, 5, 7] * 255, np.repeat([1, 11, 21, 31, 41], 2).astype(np.float32))
    np.testing.assert_allclose(images[:, 2, 5, 7] * 255, np.repeat([0, 10, 20, 30, 40], 2), rtol=1e-6)
    images, labels = load_cifar10(tmp_path, train=False)
    assert [CIFAR10_CLASSES[label] for label in labels] == ["dog", "frog", "horse"] and len(images) == 3
    assert list(tmp_path.rglob("*.bin")) == [] or where == "unpacked"


def test_archives_of_something_else_are_refused(tmp_path):
    path = tmp_path / "cifar-10-binary.tar.gz"

    def check(message, train=True):
        with refused(message):
            load_cifar10(tmp_path, train)

    write_tar(path, {"data_batch_1.bin": bytes(3073)})
    check(r"tar\.gz cannot be read as the archive .*: it does not have data_batch_2\.bin and .* Delete it, and get it")
    write_tar(path, cifar_files(**{"test_batch.bin": bytes(3074)}))
    check(r"test_batch\.bin has 3,074 bytes; want samples of 3,073 bytes each", train=False)
    write_tar(path, cifar_files(**{"data_batch_3.bin": b"\x0a" + bytes(3072)}))
    check(r"data_batch_3\.bin has a label 10; want labels from 0 to 9")
    write_tar(path, {"big": bytes(220_000_000)} | cifar_files())
    check("unpacked it is larger than 215,110,000 bytes")
    write_tar(path, cifar_files())
    whole = path.read_bytes()
    for content in (whole[:-60], whole[: len(whole) // 2], b"<html>", b"", whole[:40] + b"!" + whole[41:]):
        path.write_bytes(content)
        check("cannot be read as the archive that it should be")


def test_links_and_paths_in_an_archive_lead_nowhere(tmp_path):
    secret = tmp_path / "secret"
    secret.write_bytes(bytes(3073))
    with tarfile.open(tmp_path / "cifar-10-binary.tar.gz", "w:gz") as archive:
        link = tarfile.TarInfo("cifar-10-batches-bin/test_batch.bin")
        link.type, link.linkname = tarfile.SYMTYPE, str(secret)
        archive.addfile(link)
    with refused(r"it does not have test_batch\.bin"):
        load_cifar10(tmp_path, train=False)
    write_tar(tmp_path / "cifar-10-binary.tar.gz", {"test_batch.bin": bytes(3073)}, folder="../../")
    assert load_cifar10(tmp_path, train=False)[1].tolist() == [0]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cifar-10-binary.tar.gz", "secret"]


def test_reviews_from_their_archive(tmp_path):
    files = {"rt-polarity.pos": b"a fine film .\n", "rt-polarity.neg": "a café .\n".encode("cp1252")}
    write_tar(tmp_path / "text" / "rt-polaritydata.tar.gz", files, folder="rt-polaritydata/")
    sentences, labels = load_reviews(tmp_path)
    assert sentences == ["a fine film .", "a café ."] and labels.tolist() == [1, 0]


# --- data sets that come with the package ---------------------------------------------------------------


def test_iris_is_fishers():
    features, labels = load_iris()
    assert features.shape == (150, 4) and features.dtype == np.float32 and labels.dtype == np.int64
    assert np.bincount(labels).tolist() == [50, 50, 50] and len(IRIS_CLASSES) == 3
    tenths = np.rint(features * 10).astype(np.uint8)
    assert tenths[[34, 37]].tolist() == [[49, 31, 15, 2], [49, 36, 14, 1]]
    recorded = embedded._IRIS.with_name("IRIS.md").read_text(encoding="utf-8")
    assert hashlib.sha256(tenths.tobytes() + labels.astype(np.uint8).tobytes()).hexdigest() in recorded
    means = [features[labels == k].mean(axis=0) for k in range(3)]  # as in Fisher's table II
    np.testing.assert_allclose(
        means, [[5.006, 3.428, 1.462, 0.246], [5.936, 2.770, 4.260, 1.326], [6.588, 2.974, 5.552, 2.026]], atol=5e-4
    )
