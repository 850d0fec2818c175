"""Texts, vocabularies, batches of sequences and made-up tasks: what they hold, and what they say when misused."""

import datetime
import json
import os
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd as ag
from nn.data import (
    BPTTIterator,
    CharVocabulary,
    DataLoader,
    SequenceDataset,
    WordVocabulary,
    adding_problem,
    dates,
    load_names,
    load_reviews,
    load_shakespeare,
    read_text,
    reversal,
    tokenize,
)

REVIEWS = ("rt-polarity.pos", "rt-polarity.neg")

# --- files ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"one\r\ntwo\rthree\n\r\n", "one\ntwo\nthree\n\n"),
        ("\ufeffnaïve – 日本".encode(), "naïve – 日本"),
    ],
)
def test_a_plain_text(tmp_path, content, text):
    (tmp_path / "a.txt").write_bytes(content)
    assert read_text(tmp_path / "a.txt") == read_text(str(tmp_path / "a.txt"), max_bytes=len(content)) == text


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", r"a\.txt is empty\."),
        (b" \n\t\n", "is empty, but for white space"),
        (b"PK\x03\x04\0\0", "no text: its character 4 is a zero byte. An archive"),
        (b"abc\xe9d", r"not in utf-8: its byte 3 is 0xe9 .* as in read_text\(path, encoding='cp1252'\)"),
        ("Grüße".encode("utf-16"), r"like UTF-16: save it as UTF-8, .* read_text\(path, encoding='utf-16'\)"),
        (b"x" * 101, "has 101 bytes, more than the 100 that are allowed. If that is right, raise max_bytes"),
    ],
)
def test_what_is_no_text(tmp_path, content, message):
    (tmp_path / "a.txt").write_bytes(content)
    with pytest.raises(ag.errors.ArgumentError, match=message):
        read_text(tmp_path / "a.txt", max_bytes=100)


def test_other_encodings_and_other_paths(tmp_path):
    (tmp_path / "a.txt").write_bytes("Grüße".encode("utf-16"))
    assert read_text(tmp_path / "a.txt", encoding="utf-16") == "Grüße"
    with pytest.raises(ag.errors.ArgumentError, match="no encoding 'utf-99'"):
        read_text(tmp_path / "a.txt", encoding="utf-99")
    with pytest.raises(FileNotFoundError, match=r"no file no/poem\.txt; paths are relative to the current folder, /"):
        read_text("no/poem.txt")
    with pytest.raises(IsADirectoryError, match="is a folder; give the path of a text file in it"):
        read_text(tmp_path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes")
def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ag.errors.ArgumentError, match="no ordinary file, but a device or a pipe"):
        read_text(tmp_path / "pipe")


def test_data_sets_are_found_in_three_places(tmp_path, monkeypatch):
    (tmp_path / "text").mkdir()
    (tmp_path / "text" / "names.txt").write_text("emma\n olivia \n\nava")
    (tmp_path / "tinyshakespeare.txt").write_text("First Citizen:\n")
    assert load_names(tmp_path) == load_names(tmp_path / "text") == ["emma", "olivia", "ava"]
    monkeypatch.setenv("GLASSGRAD_DATA", str(tmp_path))
    assert load_names() == ["emma", "olivia", "ava"] and load_shakespeare() == "First Citizen:\n"


@pytest.mark.parametrize("load", [load_shakespeare, load_names, load_reviews])
def test_without_files_the_error_says_what_to_do(load, tmp_path, monkeypatch):
    monkeypatch.delenv("GLASSGRAD_DATA", raising=False)
    with pytest.raises(
        FileNotFoundError, match=r"GLASSGRAD_DATA is not set; get .* from https://.* into a folder text/"
    ):
        load()
    with pytest.raises(FileNotFoundError, match="is no folder; get"):
        load(tmp_path / "none")
    (tmp_path / REVIEWS[0]).write_text("only one of them")
    with pytest.raises(FileNotFoundError, match=r"does not have \S+.*; get .* and set GLASSGRAD_DATA to the folder"):
        load(tmp_path)
    for name in ("tinyshakespeare.txt", "names.txt", *REVIEWS):
        (tmp_path / name).write_text("\n<!DOCTYPE html><title>404</title>")
    with pytest.raises(ag.errors.ArgumentError, match=r"holds a web page, not the data\. Get it again from https://"):
        load(tmp_path)


def test_reviews_in_the_encodings_that_there_are(tmp_path):
    praise, blame = "jiří's film – what a café \n", "a naïve cliché . \n"
    for once in (praise.encode("utf-8"), praise.encode("utf-8").decode("latin-1").encode("utf-8")):
        (tmp_path / REVIEWS[0]).write_bytes(once)
        (tmp_path / REVIEWS[1]).write_bytes(blame.encode("cp1252") * 2)
        sentences, labels = load_reviews(tmp_path)
        assert sentences == [praise.strip(), blame.strip(), blame.strip()]
        assert labels.tolist() == [1, 0, 0] and labels.dtype == np.int64


def test_the_real_texts(data_folder):
    text, names, (sentences, labels) = load_shakespeare(), load_names(), load_reviews()
    assert len(text) == 1_115_394 and len(set(text)) == 65 and text.startswith("First Citizen:\nBefore we proceed")
    assert len(names) == 32_033 and names[:2] == ["emma", "olivia"] and all(map(str.isalpha, names))
    assert len(sentences) == len(labels) == 10_662 and labels[:5331].all() and not labels[5331:].any()
    together = " ".join(sentences)
    assert "ladrón de orquídeas" in together and "Ã" not in together and "â\x80" not in together


# --- vocabularies ---------------------------------------------------------------------------------------


@given(st.text(max_size=60), st.text(max_size=20))
def test_characters_there_and_back(text, other):
    vocabulary = CharVocabulary.from_text(text + "a", specials=["<pad>", "<unk>"])
    ids = vocabulary.encode(text)
    assert ids.dtype == np.int64 and [vocabulary.tokens[i] for i in ids] == list(text)
    assert vocabulary.decode(ids) == text
    assert CharVocabulary.from_json(vocabulary.to_json()) == vocabulary
    assert vocabulary.decode(vocabulary.encode(other)) == "".join(c if c in text + "a" else "<unk>" for c in other)


def test_a_character_that_is_not_there():
    vocabulary = CharVocabulary.from_text("abc")
    assert vocabulary.encode("").tolist() == []
    with pytest.raises(
        ag.errors.ArgumentError, match=r"the character '\?' at 2 is not among its 3 .* specials=\['<unk>'"
    ):
        vocabulary.encode("ab?\U0001f600")
    assert "b" in vocabulary and "?" not in vocabulary
    with pytest.raises(ag.errors.ArgumentError, match=r"'<end>' is not in it; name it .* specials=\['<end>'\]"):
        vocabulary.index("<end>")


def test_specials_come_first_and_are_not_written():
    vocabulary = CharVocabulary.from_text("ba", specials=["<pad>", "<start>", "<end>"])
    assert [vocabulary.index(token) for token in vocabulary.tokens] == [0, 1, 2, 3, 4]
    assert vocabulary.decode([1, 4, 3, 2, 0, 0]) == "ba"
    with pytest.raises(ag.errors.ArgumentError, match="found the token 5; tokens are 0 to 4, since the vocabulary"):
        vocabulary.decode([0, 5])
    with pytest.raises(ag.errors.DtypeError, match=r"CharVocabulary\.decode: tokens are integers"):
        vocabulary.decode([0.5])


def test_a_million_characters_are_encoded_in_a_moment():
    text = "To be, or not to be: that is the question.\n" * 25_000
    vocabulary = CharVocabulary.from_text(text)
    started = time.perf_counter()
    ids = vocabulary.encode(text)
    assert time.perf_counter() - started < 0.5  # about 0.01 s, on a machine that is not busy
    assert len(ids) == len(text) and vocabulary.decode(ids[:43]) == text[:43]


@given(st.text(max_size=60))
def test_words_of_any_text(text):
    vocabulary = WordVocabulary.from_text([text, "."], specials=[])
    assert vocabulary.decode(vocabulary.encode(text)).split(" ") == (tokenize(text) or [""])
    assert WordVocabulary.from_json(vocabulary.to_json()) == vocabulary


def test_words():
    assert tokenize("It's O’Neill's\twell-known café_1 -- NO!!") == [
        "it's", "o’neill's", "well-known", "café_1", "-", "-", "no", "!", "!",
    ]  # fmt: skip
    texts = ["the cat saw the dog", "the dog ran", "a cat"]
    vocabulary = WordVocabulary.from_text(texts, min_count=2)
    assert vocabulary.tokens == ("<pad>", "<unk>", "the", "cat", "dog")
    assert vocabulary.encode("The cat, ran").tolist() == [2, 3, 1, 1] and vocabulary.encode(" ").dtype == np.int64
    assert vocabulary.decode([2, 3, 1, 0]) == "the cat <unk>"
    assert WordVocabulary.from_text(texts, max_size=3) == WordVocabulary(["<pad>", "<unk>", "the"])
    assert WordVocabulary.from_json(vocabulary.to_json()) == vocabulary != CharVocabulary("a")
    with pytest.raises(ag.errors.ArgumentError, match="the word 'bird' is not among its 5 tokens"):
        WordVocabulary.from_text("the cat saw a dog", specials=[]).encode("a bird")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: CharVocabulary([]), "there are no tokens"),
        (lambda: CharVocabulary("abc"), r"'abc' is no character .*write CharVocabulary\.from_text\(text\)"),
        (lambda: CharVocabulary(["a", "<eos>"]), "'<eos>' is no character .*or one of <pad>, <unk>, <start>, <end>"),
        (lambda: CharVocabulary(["a", 3]), "3 is no character"),
        (lambda: CharVocabulary(["a", "b", "a"]), "'a' is there twice, as 0 and as 2"),
        (lambda: CharVocabulary.from_text("a", specials=["a"]), "'a' is there twice"),
        (lambda: CharVocabulary.from_text(["ab", "c"]), r"from_text: want a text, a str, got a list.*'\\n'\.join"),
        (lambda: CharVocabulary("a").encode(["a"]), "encode: want a text, a str, got a list. Several"),
        (lambda: CharVocabulary("a").encode(b"a"), r"got a bytes\. .*data\.decode\(\)"),
        (lambda: WordVocabulary(["a"]).encode(None), "encode: want a text, a str, got a NoneType"),
        (lambda: WordVocabulary(["Cat"]), r"'Cat' is no word \(in small letters, as tokenize gives them"),
        (lambda: WordVocabulary(["a cat"]), "'a cat' is no word"),
        (lambda: WordVocabulary.from_text("a", max_size=1), "max_size=1 has no room for 2 special tokens"),
        (lambda: CharVocabulary.from_json("[" * 100_000), "this is no JSON"),
        (lambda: CharVocabulary.from_json("["), "this is no JSON"),
        (lambda: CharVocabulary.from_json('["a"]'), "this JSON is no vocabulary; want"),
        (lambda: CharVocabulary.from_json('{"kind": "words", "tokens": ["a"]}'), "of 'words'; want 'characters'"),
        (lambda: CharVocabulary.from_json('{"kind": "characters", "tokens": [["a"]]}'), r"\['a'\] is no character"),
    ],
)
def test_what_a_vocabulary_refuses(make, message):
    with pytest.raises(ag.errors.ArgumentError, match=f"Vocabulary: .*{message}"):
        make()


@pytest.mark.parametrize("text", [None, ["a"], b"ab"], ids=repr)
def test_only_text_has_words(text):
    with pytest.raises(ag.errors.ArgumentError, match=f"tokenize: got a {type(text).__name__}; want a text"):
        tokenize(text)


# --- batches --------------------------------------------------------------------------------------------


@given(st.integers(2, 80), st.integers(1, 9), st.integers(1, 9))
def test_batches_continue_each_other(count, batch_size, steps):
    if count <= batch_size:
        with pytest.raises(ag.errors.ArgumentError, match=f"{count} tokens are too few for {batch_size} streams"):
            BPTTIterator(range(count), batch_size, steps)
        return
    batches = BPTTIterator(np.arange(count, dtype=np.uint8), batch_size, steps)
    epoch = list(batches)
    assert len(epoch) == len(batches) and all(inputs.shape[1] == steps for inputs, _ in epoch[:-1])
    inputs, targets = (np.concatenate(parts, axis=1) for parts in zip(*epoch, strict=True))
    length = (count - 1) // batch_size
    np.testing.assert_array_equal(inputs, np.arange(batch_size * length).reshape(batch_size, length))
    np.testing.assert_array_equal(targets, inputs + 1)
    epoch[0][0][:] = 99
    again = list(batches)
    assert again[0][0][0, 0] == 0 and len(again) == len(epoch)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: BPTTIterator("to be", 1, 2), ag.errors.ArgumentError, r"got text, want .*CharVocabulary\.encode"),
        (
            lambda: BPTTIterator([0, 1], 0, 2),
            ag.errors.ArgumentError,
            "batch_size=0; want a whole number of at least 1",
        ),
        (lambda: BPTTIterator([0, 1], 1, 2.5), ag.errors.ArgumentError, r"steps=2\.5; want a whole number"),
        (lambda: BPTTIterator([[0, 1]], 1, 2), ag.errors.ShapeError, r"got \(1, 2\)"),
        (lambda: BPTTIterator([[0, 1], [2]], 1, 2), ag.errors.ShapeError, r"of different lengths.*np\.concatenate"),
        (lambda: SequenceDataset([]), ag.errors.ArgumentError, "there are no sequences"),
        (lambda: SequenceDataset([[1], []]), ag.errors.ArgumentError, "sequence 1 is empty. Leave it out"),
        (lambda: SequenceDataset([[1], [0.5]]), ag.errors.DtypeError, "SequenceDataset, sequence 1: tokens are integ"),
        (lambda: SequenceDataset([[1], [2]], [0]), ag.errors.ArgumentError, "2 sequences, but the others have 1 rows"),
        (
            lambda: SequenceDataset([[1], [2]], [[1, 2], [3]]),
            ag.errors.ArgumentError,
            r"argument 1 after .* no array.*SequenceDataset\(sources, SequenceDataset\(targets\)\)",
        ),
        (lambda: SequenceDataset([[1]], padding=-1), ag.errors.ArgumentError, "padding=-1; want"),
    ],
)
def test_what_batches_refuse(make, error, message):
    with pytest.raises(error, match=message):
        make()


def test_sequences_are_padded_to_the_longest_of_the_batch():
    dataset = SequenceDataset([[1], [2, 3, 4], [5, 6]], np.eye(3), SequenceDataset([[7, 8], [9], [9]]), padding=99)
    tokens, lengths, rows, targets, target_lengths = dataset[np.array([2, 0])]
    assert tokens.tolist() == [[5, 6], [1, 99]] and tokens.dtype == lengths.dtype == np.int64
    assert lengths.tolist() == [2, 1] and rows.tolist() == np.eye(3)[[2, 0]].tolist()
    assert targets.tolist() == [[9, 0], [7, 8]] and target_lengths.tolist() == [1, 2]
    assert dataset[:2][0].shape == (2, 3)
    assert [part.tolist() for part in dataset[-2]] == [[2, 3, 4], [0, 1, 0], [9]]
    with pytest.raises(IndexError):
        dataset[3]
    epoch = [tokens for tokens, *_ in DataLoader(dataset, batch_size=1, shuffle=True)]
    assert sorted(tokens.tolist() for tokens in epoch) == [[[1]], [[2, 3, 4]], [[5, 6]]]


# --- tasks ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("length", [2, 7, 200])
def test_the_adding_problem(length):
    inputs, targets = adding_problem(2000, length, seed=3)
    assert inputs.dtype == targets.dtype == np.float32
    numbers, marks = inputs[:, :, 0], inputs[:, :, 1]
    assert set(np.unique(marks)) <= {0, 1} and numbers.min() >= 0 and numbers.max() < 1
    assert (marks[:, : length // 2].sum(axis=1) == 1).all() and (marks[:, length // 2 :].sum(axis=1) == 1).all()
    assert marks.any(axis=0).all()
    np.testing.assert_allclose((numbers * marks).sum(axis=1), targets, rtol=1e-6)
    assert abs(((targets - 1) ** 2).mean() - 1 / 6) < 0.02
    np.testing.assert_array_equal(adding_problem(2000, length, seed=3)[0], inputs)
    assert (adding_problem(2000, length, seed=4)[1] != targets).any()


def test_reversal():
    source, target = reversal(500, (2, 6), symbols=4, seed=1)
    assert all(a.tolist() == b[::-1].tolist() for a, b in zip(source, target, strict=True)) and len(source) == 500
    assert {len(sequence) for sequence in source} == {2, 3, 4, 5, 6}
    assert set(np.concatenate(source).tolist()) == {3, 4, 5, 6}
    assert len(SequenceDataset(source, SequenceDataset(target))) == 500 and reversal(0) == ([], [])


def read(written):
    """The date that a person reads; dots go with the day first, strokes with the month first."""
    formats = ["%d %B %Y", "%d %b %Y", "%B %d, %Y", "%b %d, %Y", "%A, %d %B %Y", "%A, %B %d, %Y", "%a %d %b %Y"]
    found = []
    for style in [*formats, "%d.%m.%y", "%d.%m.%Y", "%m/%d/%Y", "%m/%d/%y", "%Y %B %d"]:
        try:
            found.append((style, datetime.datetime.strptime(written, style).date()))
        except ValueError:
            continue
    assert len({date for _, date in found}) == 1, written
    if "day" in written or written[:3] in ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"):
        assert written.startswith(f"{found[0][1]:%a}")
    return found


def test_dates():
    written, iso = dates(3000, seed=5)
    styles = set()
    for text, expected in zip(written, iso, strict=True):
        found = read(text)
        assert found[0][1].isoformat() == expected
        styles.update(style for style, _ in found)
    assert len(styles) == 12
    assert min(iso) < "1972" and max(iso) > "2066" and min(iso) >= "1969-01-01" and max(iso) <= "2068-12-31"
    assert len(set(iso)) > 2800 and dates(3000, seed=5) == (written, iso) != dates(3000, seed=6)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: adding_problem(3, 1), "adding_problem: length=1; want a whole number of at least 2"),
        (lambda: adding_problem(-1, 4), "samples=-1"),
        (lambda: reversal(3, (4, 2)), r"lengths=\(4, 2\); want the least length first"),
        (lambda: reversal(3, (0, 2)), r"lengths\[0\]=0; want"),
        (lambda: reversal(3, symbols=0), "symbols=0"),
        (lambda: dates(3, seed=-1), "dates: seed=-1"),
    ],
)
def test_what_tasks_refuse(make, message):
    with pytest.raises(ag.errors.ArgumentError, match=message):
        make()


def test_vocabularies_are_json_that_others_read():
    assert json.loads(CharVocabulary(["é"]).to_json()) == {"kind": "characters", "tokens": ["é"]}
