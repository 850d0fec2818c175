"""Downloads from servers that fail in every way that there is; all of them are on this machine."""

import errno
import hashlib
import io
import multiprocessing
import os
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest

import autograd as ag
from nn.data import DownloadError, cache_folder, downloads, fetch, load_names, locating, text
from nn.data.caches import user_cache
from nn.data.locating import is_allowed

CONTENT = np.random.default_rng(0).bytes(200_000)
WANTED = {"size": len(CONTENT), "sha256": hashlib.sha256(CONTENT).hexdigest()}


class Handler(BaseHTTPRequestHandler):
    """Each path is another way to answer."""

    def log_message(self, *arguments):
        pass

    def do_GET(self):
        self.server.requests.append((self.path, self.headers.get("Range")))
        getattr(self, self.path.strip("/").replace("-", "_"))()

    def send(self, content, length=None, status=200, headers=()):
        self.send_response(status)
        self.send_header("Content-Length", str(len(content) if length is None else length))
        for header in headers:
            self.send_header(*header)
        self.end_headers()
        self.wfile.write(content)

    def range(self):
        asked = self.headers.get("Range")
        return int(asked.removeprefix("bytes=").removesuffix("-")) if asked else 0

    def part(self, start, stop, said=None, total=WANTED["size"]):
        where = ("Content-Range", f"bytes {start if said is None else said}-{len(CONTENT) - 1}/{total}")
        self.send(CONTENT[start:stop], len(CONTENT) - start, 206 if start else 200, [where] if start else [])

    def good(self):
        self.part(self.range(), len(CONTENT))

    def plain(self):  # no ranges
        self.send(CONTENT)

    def without_length(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(CONTENT)

    def missing(self):
        self.send_error(404)

    def corrupted(self):
        self.send(CONTENT[:-1] + b"!")

    def page(self):
        self.send(b"<html>log in first</html>", headers=[("Content-Type", "text/html; charset=utf-8")])

    def endless(self):
        self.send_response(200)
        self.end_headers()
        for _ in range(100):
            self.wfile.write(bytes(100_000))

    def cut(self):  # 90,000 bytes at a time
        start = self.range()
        self.part(start, start + 90_000)

    def cut_without_ranges(self):
        self.send(CONTENT[:90_000], len(CONTENT))

    def stalled(self):
        self.part(self.range(), self.range() + 20_000)
        self.server.released.wait(5)

    def silent(self):
        self.server.released.wait(5)
        self.close_connection = True

    def drip(self):
        self.send_response(200)
        self.end_headers()
        for byte in CONTENT[:200]:
            self.wfile.write(bytes([byte]))
            self.wfile.flush()
            if self.server.released.wait(0.05):
                return

    def wrong_range(self):
        self.part(self.range(), len(CONTENT), said=self.range() and 17)

    def other_file(self):
        self.part(self.range(), len(CONTENT), total=300_000)

    def no_range(self):
        if self.range():
            self.send_error(416)
        else:
            self.send(CONTENT)

    def moved(self):
        self.send(b"", status=302, headers=[("Location", "/good")])

    def moved_to_a_file(self):
        self.send(b"", status=302, headers=[("Location", "file:///etc/passwd")])

    def moved_to_ftp(self):
        self.send(b"", status=302, headers=[("Location", "ftp://127.0.0.1/good")])

    def circle(self):
        self.send(b"", status=302, headers=[("Location", "/circle")])

    def garbage(self):
        self.wfile.write(b"SSH-2.0-OpenSSH_9\r\n\r\n")


class Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request, client_address):
        pass  # a client that has given up


@pytest.fixture(scope="module")
def server():
    with Server(("127.0.0.1", 0), Handler) as server:
        server.requests, server.released = [], threading.Event()
        server.address = f"http://127.0.0.1:{server.server_address[1]}/"
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield server
        server.released.set()
        server.shutdown()


@pytest.fixture
def get(server, tmp_path):
    """Fetches from these paths of the server, in a folder of its own."""
    server.requests.clear()

    def get(*paths, **options):
        urls = [path if ":" in path else server.address + path for path in paths]
        return fetch(urls, tmp_path / "new" / "data.bin", **{**WANTED, "timeout": 0.2, **options})

    (tmp_path / "new").mkdir()
    return get


def left(tmp_path):
    return sorted(path.name for path in (tmp_path / "new").iterdir())


def put_part(tmp_path, content, name="data.bin.part"):
    (tmp_path / "new" / name).write_bytes(content)


@pytest.mark.parametrize("path", ["good", "plain", "without-length", "cut", "moved"])
def test_a_file_comes_whole_and_only_once(get, server, tmp_path, path, capsys):
    assert get(path).read_bytes() == CONTENT and left(tmp_path) == ["data.bin"]
    printed = capsys.readouterr()
    assert f"Downloading data.bin, 0.2 MB, to {tmp_path / 'new'}\n" in printed.err and "100%" in printed.err
    asked = len(server.requests)
    assert get("missing").read_bytes() == CONTENT and len(server.requests) == asked
    assert capsys.readouterr() == ("", "") and printed.out == ""


def test_a_connection_that_breaks_is_taken_up_where_it_broke(get, server):
    get("cut", progress=False)
    assert [asked for _, asked in server.requests] == [None, "bytes=90000-", "bytes=180000-"]


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("missing", "HTTP 404 Not Found"),
        ("corrupted", "what it sent has another SHA-256, and was deleted"),
        ("page", "it has a web page of 25 bytes, not of 200,000"),
        ("endless", "what it sent has another SHA-256, and was deleted"),
        ("cut-without-ranges", "the connection ended after 90,000 of 200,000 bytes"),
        ("stalled", "no answer for 0.2 s, after 80,000 of 200,000 bytes"),
        ("silent", "no answer for 0.2 s"),
        ("drip", r"it is too slow, \d+ bytes in \d s"),
        ("moved-to-a-file", "HTTP 302 Found - Redirection to url 'file:///etc/passwd' is not allowed"),
        ("moved-to-ftp", "unknown url type: ftp"),
        ("circle", "HTTP 302"),
        ("garbage", "SSH-2.0-OpenSSH_9"),
        ("http://127.0.0.1:1/x", ".*refused"),
        ("http://nowhere.invalid/x", "Name or service not known"),
        ("http://127.0.0.1:1/a b", "URL can't contain control characters"),
    ],
)
def test_what_goes_wrong_is_told_and_the_next_mirror_is_tried(get, tmp_path, monkeypatch, path, message):
    def resolve(host, *arguments, real=socket.getaddrinfo):
        if host == "nowhere.invalid":
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return real(host, *arguments)

    monkeypatch.setattr("socket.getaddrinfo", resolve)  # no test asks a real one
    with pytest.raises(DownloadError, match=f"could not be downloaded:\n  http://.*: (?:{message})") as caught:
        get(path, progress=False)
    assert "Or get it by hand from one of these addresses, as " in str(caught.value)
    assert WANTED["sha256"] in str(caught.value) and str(tmp_path / "new" / "data.bin") in str(caught.value)
    assert left(tmp_path) in ([], ["data.bin.part"])
    assert get(path, "good", progress=False).read_bytes() == CONTENT and left(tmp_path) == ["data.bin"]


def test_never_more_bytes_than_the_known_size(get, monkeypatch):
    written = []

    class Counting(io.FileIO):
        def write(self, data):
            written.append(len(data))
            return super().write(data)

    monkeypatch.setattr(
        downloads, "open", lambda path, mode: Counting(path, mode) if "b" in mode else None, raising=False
    )
    with pytest.raises(DownloadError):
        get("endless", progress=False)
    assert sum(written) == len(CONTENT)


@pytest.mark.parametrize("path", ["good", "plain", "wrong-range", "other-file", "no-range"])
def test_a_part_is_continued_or_begun_anew(get, server, tmp_path, path):
    put_part(tmp_path, CONTENT[:120_000])
    assert get(path).read_bytes() == CONTENT and left(tmp_path) == ["data.bin"]
    assert server.requests[0] == (f"/{path}", "bytes=120000-")
    assert [asked for _, asked in server.requests[1:]] == ([] if path in ("good", "plain") else [None])


def test_a_part_that_is_wrong_is_not_held_against_the_mirror(get, server, tmp_path):
    put_part(tmp_path, bytes(120_000))
    assert get("good").read_bytes() == CONTENT
    assert [asked for _, asked in server.requests] == ["bytes=120000-", None]


@pytest.mark.parametrize("content", [CONTENT, CONTENT + b"more", bytes(len(CONTENT))])
def test_a_part_that_is_complete_or_too_long(get, server, tmp_path, content):
    put_part(tmp_path, content)
    assert get("good").read_bytes() == CONTENT and left(tmp_path) == ["data.bin"]
    assert len(server.requests) == (0 if content == CONTENT else 1)


def test_what_has_come_is_kept_and_told(get, server, tmp_path):
    with pytest.raises(DownloadError, match="; the 90,000 bytes that have come are kept, and are not asked for again"):
        get("cut-without-ranges")
    assert (tmp_path / "new" / "data.bin.part").read_bytes() == CONTENT[:90_000]
    put_part(tmp_path, CONTENT[:120_000])
    with pytest.raises(DownloadError, match="after 90,000 of 200,000 bytes"):  # it sends the whole, or would
        get("cut-without-ranges")
    assert (tmp_path / "new" / "data.bin.part").read_bytes() == CONTENT[:90_000]
    get("good")
    assert server.requests[-1] == ("/good", "bytes=90000-")


def test_an_interrupt_keeps_the_part(get, tmp_path, monkeypatch):
    def interrupt(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        get("good", progress=False)
    assert left(tmp_path) == ["data.bin.part"]


def test_parts_of_other_processes_are_theirs_until_they_are_old(get, server, tmp_path):
    put_part(tmp_path, CONTENT[:100_000], "data.bin.0123abcd.part")
    put_part(tmp_path, b"not ours", "data.bin.more.part")
    get("good")
    assert server.requests == [("/good", None)] and len(left(tmp_path)) == 3
    (tmp_path / "new" / "data.bin").unlink()
    an_hour_ago = time.time() - 3600
    os.utime(tmp_path / "new" / "data.bin.0123abcd.part", (an_hour_ago, an_hour_ago))
    get("good")
    assert server.requests[1:] == [("/good", "bytes=100000-")] and left(tmp_path) == ["data.bin", "data.bin.more.part"]


def test_several_at_once_do_not_hurt_each_other(server, tmp_path):
    put = tmp_path / "together" / "data.bin"
    put.parent.mkdir()
    put.with_name("data.bin.part").write_bytes(CONTENT[:50_000])
    context = multiprocessing.get_context("fork" if "fork" in multiprocessing.get_all_start_methods() else "spawn")
    options = {**WANTED, "progress": False}
    with context.Pool(3) as pool:
        running = [pool.apply_async(fetch, (server.address + "cut", put), options) for _ in range(6)]
        assert [result.get(10) for result in running] == [put] * 6
    assert put.read_bytes() == CONTENT and [path.name for path in put.parent.iterdir()] == ["data.bin"]


def test_one_is_done_while_another_waits(server, tmp_path, monkeypatch):
    half, go_on, results = threading.Event(), threading.Event(), []

    def held(self):
        self.part(0, 100_000)
        half.set()
        go_on.wait(5)
        self.wfile.write(CONTENT[100_000:])

    monkeypatch.setattr(Handler, "held", held, raising=False)
    options = {"path": tmp_path / "data.bin", "progress": False, "timeout": 5.0, **WANTED}
    waiting = threading.Thread(target=lambda: results.append(fetch(server.address + "held", **options)))
    waiting.start()
    assert half.wait(5) and fetch(server.address + "good", **options).read_bytes() == CONTENT
    go_on.set()
    waiting.join(5)
    assert results[0].read_bytes() == CONTENT and [path.name for path in tmp_path.iterdir()] == ["data.bin"]


# --- the disk -------------------------------------------------------------------------------------------


def test_a_full_disk(get, tmp_path, monkeypatch):
    class Full(io.FileIO):
        def write(self, data):
            if not self.tell():
                return super().write(data)
            raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(downloads, "open", Full, raising=False)
        with pytest.raises(
            OSError, match=r"data\.bin: No space left on device; 0\.2 MB are needed: make room"
        ) as caught:
            get("good", "missing", progress=False)
    assert caught.value.errno == errno.ENOSPC and not isinstance(caught.value, DownloadError) and left(tmp_path) == []
    monkeypatch.setattr(downloads.shutil, "disk_usage", lambda path: type("", (), {"free": 5000, "total": 9999}))
    with pytest.raises(OSError, match=r"its disk has only 5,000 bytes free; 0\.2 MB are needed"):
        get("good")


def test_paths_that_cannot_be_written(server, tmp_path, monkeypatch):
    (tmp_path / "file").write_bytes(b"mine")
    (tmp_path / "folder").mkdir()
    url = server.address + "good"
    with pytest.raises(IsADirectoryError, match=r"cannot download to .*folder: it is a folder; move it away"):
        fetch(url, tmp_path / "folder", **WANTED)
    with pytest.raises(
        FileExistsError, match=r"another file is there already, of 4 bytes, where one of 200,000 .* delete"
    ):
        fetch(url, tmp_path / "file", **WANTED)
    with pytest.raises(OSError, match=r"data\.bin: .*file is a file, not a folder; set GLASSGRAD_DATA"):
        fetch(url, tmp_path / "file" / "data.bin", **WANTED)
    assert (tmp_path / "file").read_bytes() == b"mine"

    def refuse(*arguments):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(downloads, "open", refuse, raising=False)
    with pytest.raises(PermissionError, match="Permission denied; set GLASSGRAD_DATA to a folder that can be written"):
        fetch(url, tmp_path / "folder" / "data.bin", progress=False, **WANTED)
    assert list((tmp_path / "folder").iterdir()) == []


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"urls": []}, "there are no addresses"),
        ({"urls": "file:///etc/passwd"}, "'file:///etc/passwd' is no address; want http:// or https://"),
        ({"urls": ["http:///x"]}, "is no address"),
        ({"sha256": "ab"}, "sha256='ab'; want 64 hexadecimal digits"),
        ({"size": 0}, "size=0; want"),
        ({"timeout": 0.0}, r"timeout=0\.0; want"),
    ],
)
def test_what_fetch_refuses(tmp_path, options, message):
    with pytest.raises(ag.errors.ArgumentError, match=f"fetch: .*{message}"):
        fetch(**{"urls": "http://127.0.0.1/x", "path": tmp_path / "x", **WANTED, **options})


# --- loaders --------------------------------------------------------------------------------------------


@pytest.fixture
def names(server, monkeypatch):
    """The data set of names, as this server has it."""
    server.requests.clear()
    content = b"emma\nolivia\n"
    monkeypatch.setattr(Handler, "names", lambda self: self.send(content), raising=False)
    file = downloads.RemoteFile(
        "names.txt", len(content), hashlib.sha256(content).hexdigest(), (server.address + "names",)
    )
    monkeypatch.setattr(text, "_NAMES", file)
    monkeypatch.setattr(locating, "is_allowed", lambda: True)
    return server.requests


def test_what_is_not_there_is_downloaded_to_the_cache(names, tmp_path, monkeypatch):
    monkeypatch.setenv("GLASSGRAD_DATA", str(tmp_path / "cache"))
    with pytest.raises(FileNotFoundError, match=r"load_names\(download=True\)"):
        load_names(download=False)
    with pytest.raises(FileNotFoundError, match=r"or have it downloaded: load_names\(folder, download=True\)"):
        load_names(tmp_path)
    assert not names and load_names() == ["emma", "olivia"] and len(names) == 1
    assert (cache_folder() / "text" / "names.txt").is_file() and load_names() == ["emma", "olivia"] and len(names) == 1
    assert load_names(tmp_path / "other", download=True) == ["emma", "olivia"] and len(names) == 2
    assert load_names(tmp_path / "other") == ["emma", "olivia"]


def test_an_error_names_the_variable_that_forbids_downloads(tmp_path, monkeypatch):
    monkeypatch.setenv("GLASSGRAD_DATA", str(tmp_path))
    monkeypatch.setattr(locating, "is_allowed", lambda: False)
    with pytest.raises(
        FileNotFoundError, match=r"download=True\), or with .* GLASSGRAD_DOWNLOAD, which forbids it now"
    ):
        load_names()


def test_the_environment_can_forbid_downloads(monkeypatch):
    for value, allowed in (("", True), ("1", True), ("0", False), ("No", False), ("off", False)):
        monkeypatch.setenv("GLASSGRAD_DOWNLOAD", value)
        assert is_allowed() == allowed


@pytest.mark.parametrize(
    ("platform", "variables", "expected"),
    [
        ("linux", {}, "home/.cache/glassgrad"),
        ("linux", {"XDG_CACHE_HOME": "{}/xdg"}, "xdg/glassgrad"),
        ("linux", {"XDG_CACHE_HOME": "relative"}, "home/.cache/glassgrad"),
        ("darwin", {"XDG_CACHE_HOME": "{}/xdg"}, "home/Library/Caches/glassgrad"),
        ("win32", {"LOCALAPPDATA": "{}/local"}, "local/glassgrad"),
        ("win32", {}, "home/AppData/Local/glassgrad"),
        ("linux", {"GLASSGRAD_DATA": "{}/data"}, "data"),
        ("linux", {"GLASSGRAD_DATA": ""}, "home/.cache/glassgrad"),
    ],
)
def test_the_folder_of_the_cache(monkeypatch, tmp_path, platform, variables, expected):
    monkeypatch.setattr("sys.platform", platform)
    home = {"HOME": str(tmp_path / "home"), "USERPROFILE": str(tmp_path / "home")}
    monkeypatch.setattr("os.environ", home | {key: value.format(tmp_path) for key, value in variables.items()})
    monkeypatch.setattr("nn.data.caches.user_cache", user_cache)  # the real one, whatever tests see otherwise
    assert cache_folder() == tmp_path / expected
