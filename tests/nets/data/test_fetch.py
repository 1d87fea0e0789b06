"""Fetching, against a server on loopback that breaks off, lies, and sends what was not asked for."""

from __future__ import annotations

import errno
import hashlib
import http.server
import io
import tarfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace

import pytest

from nets.data import DataFileError, RawData, SplitSettings, fetch, published
from nets.data.catalog import SOURCES
from nets.data.published import Download

BODY = bytes(range(256)) * 2000


@dataclass
class Server:
    """A server of one file.

    Attributes:
        address: of the file.
        answer: what the handler does with a request, which may be changed.
        ranges: the Range header of each request, "" without one.
    """

    address: str = ""
    answer: Callable[[http.server.BaseHTTPRequestHandler], None] = lambda handler: None
    ranges: list[str] = field(default_factory=list)


@pytest.fixture
def server() -> Iterator[Server]:
    """A server on loopback; its answer sends BODY and knows ranges."""
    state = Server(answer=send_whole)

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            state.ranges.append(self.headers.get("Range", ""))
            state.answer(self)

        def log_message(self, *arguments: object) -> None:
            """Says nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        state.address = f"http://127.0.0.1:{running.server_port}/file.bin"
        yield state
        running.shutdown()
        thread.join()


def send(handler: http.server.BaseHTTPRequestHandler, body: bytes, claimed: int | None = None) -> None:
    """Sends the part of the body that was asked for, with a length that may be a lie."""
    start = (
        int(handler.headers["Range"].removeprefix("bytes=").rstrip("-")) if "Range" in handler.headers else 0
    )
    part = body[start:]
    handler.send_response(206 if start else 200)
    if start:
        handler.send_header("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")
    handler.send_header("Content-Length", str(len(part) if claimed is None else claimed))
    handler.end_headers()
    handler.wfile.write(part)


def send_whole(handler: http.server.BaseHTTPRequestHandler) -> None:
    send(handler, BODY)


def send_in_pieces_of(n_bytes: int) -> Callable[[http.server.BaseHTTPRequestHandler], None]:
    """Returns an answer that claims the whole and breaks off."""

    def answer(handler: http.server.BaseHTTPRequestHandler) -> None:
        start = int(handler.headers.get("Range", "bytes=0-").removeprefix("bytes=").rstrip("-"))
        send(handler, BODY[: start + n_bytes], claimed=len(BODY) - start)
        handler.close_connection = True

    return answer


def item(server: Server, body: bytes = BODY, unpack: bool = False) -> Download:
    """Returns the description of the file as it was published."""
    return Download(server.address, len(body), f"sha256:{hashlib.sha256(body).hexdigest()}", unpack)


def quiet(name: str, done: int, size: int) -> None:
    """Shows no progress."""


def test_a_file_is_fetched_whole_and_progress_is_told(server: Server, cache: Path) -> None:
    told: list[tuple[str, int, int]] = []
    place = fetch.fetch("mnist", lambda *progress: told.append(progress), [item(server)])
    assert place == cache / "raw" / "mnist"
    assert (place / "file.bin").read_bytes() == BODY
    assert told[-1] == ("file.bin", len(BODY), len(BODY))
    assert {path.name for path in place.parent.iterdir()} == {"mnist", ".mnist.lock"}


def test_an_md5_will_do(server: Server) -> None:
    md5 = Download(server.address, len(BODY), f"md5:{hashlib.md5(BODY).hexdigest()}")
    assert (fetch.fetch("mnist", quiet, [md5]) / "file.bin").exists()


def test_what_is_there_is_not_fetched_again(server: Server) -> None:
    fetch.fetch("mnist", quiet, [item(server)])
    fetch.fetch("mnist", quiet, [item(server)])
    assert len(server.ranges) == 1


def test_a_broken_connection_is_resumed_where_it_broke_off(server: Server) -> None:
    server.answer = send_in_pieces_of(200_000)
    place = fetch.fetch("mnist", quiet, [item(server)])
    assert (place / "file.bin").read_bytes() == BODY
    assert server.ranges == ["", "bytes=200000-", "bytes=400000-"]


def test_a_server_that_falls_silent_is_left_and_asked_again(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetch, "TIMEOUT_SECONDS", 0.1)
    finished = threading.Event()

    def fall_silent(handler: http.server.BaseHTTPRequestHandler) -> None:
        server.answer = send_whole
        send(handler, BODY[:300_000], claimed=len(BODY))
        handler.wfile.flush()
        finished.wait(timeout=10)

    server.answer = fall_silent
    place = fetch.fetch("mnist", quiet, [item(server)])
    finished.set()
    assert (place / "file.bin").read_bytes() == BODY
    assert server.ranges[1].startswith("bytes=")


def test_a_download_goes_on_after_the_program_was_ended(server: Server, cache: Path) -> None:
    partial = cache / "raw" / ".mnist.download"
    partial.mkdir(parents=True)
    (partial / "file.bin").write_bytes(BODY[:1000])
    fetch.fetch("mnist", quiet, [item(server)])
    assert server.ranges == ["bytes=1000-"]


def test_a_wrong_beginning_is_fetched_again_from_the_start(server: Server, cache: Path) -> None:
    partial = cache / "raw" / ".mnist.download"
    partial.mkdir(parents=True)
    (partial / "file.bin").write_bytes(b"x" * 1000)
    place = fetch.fetch("mnist", quiet, [item(server)])
    assert (place / "file.bin").read_bytes() == BODY
    assert server.ranges == ["bytes=1000-", ""]


def test_a_server_without_ranges_starts_over(server: Server, cache: Path) -> None:
    partial = cache / "raw" / ".mnist.download"
    partial.mkdir(parents=True)
    (partial / "file.bin").write_bytes(BODY[:1000])

    def ignore_range(handler: http.server.BaseHTTPRequestHandler) -> None:
        del handler.headers["Range"]
        send_whole(handler)

    server.answer = ignore_range
    assert (fetch.fetch("mnist", quiet, [item(server)]) / "file.bin").read_bytes() == BODY


def status(code: int) -> Callable[[http.server.BaseHTTPRequestHandler], None]:
    """Returns an answer with an error and no file."""
    return lambda handler: handler.send_error(code)


BAD_ANSWERS = {
    "wrong bytes": (lambda h: send(h, BODY[::-1]), "has not the checksum sha256:"),
    "too many bytes": (lambda h: send(h, BODY + b"x" * 100_000), f"more than the {len(BODY)} bytes"),
    "too many bytes without a length": (
        lambda h: h.wfile.write(b"HTTP/1.0 200 OK\r\n\r\n" + BODY * 2),
        "more than",
    ),
    "always breaks off at once": (send_in_pieces_of(0), "ended after 0 of 512000 bytes"),
    "claims less": (lambda h: send(h, BODY, claimed=7), "ended after 140 of 512000"),
    "claims a negative length": (lambda h: send(h, BODY[:7], claimed=-5), "ended after 7"),
    "not found": (status(404), "the server says 404"),
    "range not satisfiable": (status(416), "the server says 416"),
    "no HTTP": (lambda h: h.wfile.write(b"SSH-2.0-OpenSSH\r\n"), "the connection broke off"),
    "hangs up": (lambda h: h.connection.close(), "the connection broke off|no connection"),
    "forwards to a file": (
        lambda h: h.wfile.write(b"HTTP/1.0 302 Found\r\nLocation: file:///etc/passwd\r\n\r\n"),
        "302",
    ),
}


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
@pytest.mark.parametrize("case", BAD_ANSWERS)
def test_a_bad_answer_is_one_error_and_leaves_nothing_in_place(
    case: str, server: Server, cache: Path
) -> None:
    answer, reason = BAD_ANSWERS[case]
    server.answer = answer
    with pytest.raises(fetch.FetchError, match=reason) as caught:
        fetch.fetch("mnist", quiet, [item(server)])
    assert str(caught.value).startswith(f"{server.address}: ")
    assert f"Download it by hand and put it into {cache}/raw/mnist" in str(caught.value)
    assert not (cache / "raw" / "mnist").exists()
    assert not list(cache.rglob("*.tmp"))
    assert len(server.ranges) <= 20


def test_without_a_network_the_address_and_the_folder_are_said(cache: Path) -> None:
    nowhere = Download("http://127.0.0.1:1/file.bin", 5, "md5:0")
    with pytest.raises(
        fetch.FetchError, match=rf"http://127\.0\.0\.1:1/file\.bin: no connection.*{cache}/raw/mnist"
    ):
        fetch.fetch("mnist", quiet, [nowhere])


def test_two_fetches_at_once_do_it_once(server: Server) -> None:
    threads = [threading.Thread(target=fetch.fetch, args=("mnist", quiet, [item(server)])) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert server.ranges == [""]


def packed(names: dict[str, bytes]) -> bytes:
    """Returns a .tar.gz of these files."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as archive:
        for name, contents in names.items():
            info = tarfile.TarInfo(name)
            info.size = len(contents)
            archive.addfile(info, io.BytesIO(contents))
    return stream.getvalue()


def test_an_archive_is_unpacked(server: Server) -> None:
    body = packed({"set/a": b"1", "set/b": b"2"})
    server.answer = lambda handler: send(handler, body)
    place = fetch.fetch("cifar10", quiet, [item(server, body, unpack=True)])
    assert (place / "set" / "b").read_bytes() == b"2"
    assert not (place / "file.bin").exists()


@pytest.mark.parametrize(
    ("names", "reason"),
    [({"../evil": b"x"}, "leaves the folder"), ({"zeros": bytes(20_000_000)}, "unpacks to too much")],
)
def test_an_archive_that_is_not_safe_leaves_nothing(
    names: dict[str, bytes], reason: str, server: Server, cache: Path
) -> None:
    body = packed(names)
    server.answer = lambda handler: send(handler, body)
    with pytest.raises(DataFileError, match=reason):
        fetch.fetch("cifar10", quiet, [item(server, body, unpack=True)])
    assert not (cache / "raw" / "cifar10").exists()
    assert not list(cache.rglob("evil"))


def test_files_by_hand_are_read_before_they_are_taken(
    tmp_path: Path, cache: Path, tiny: SimpleNamespace
) -> None:
    read = SOURCES["mnist"].read
    written = tiny.mnist(tmp_path / "good")
    raw = fetch.import_files("mnist", tmp_path / "good", lambda folder: read(folder, SplitSettings("mnist")))
    assert len(raw.pool) == len(written.y)
    tiny.mnist(tmp_path / "bad")
    (tmp_path / "bad" / "t10k-labels-idx1-ubyte").write_bytes(b"")
    with pytest.raises(DataFileError, match="is no IDX file"):
        fetch.import_files("mnist", tmp_path / "bad", lambda folder: read(folder, SplitSettings("mnist")))
    assert published.locate_published(SplitSettings("mnist")) == cache / "raw" / "mnist"
    assert (cache / "raw" / "mnist" / "t10k-labels-idx1-ubyte").stat().st_size > 0


def test_an_archive_by_hand_with_a_published_name_needs_its_checksum(tmp_path: Path) -> None:
    (tmp_path / "cifar-10-python.tar.gz").write_bytes(packed({"a": b"1"}))
    with pytest.raises(DataFileError, match="has not the published checksum md5:c58f"):
        fetch.import_files("cifar10", tmp_path / "cifar-10-python.tar.gz", lambda folder: pytest.fail("read"))


def by_hand(name: str, path: Path) -> RawData:
    return fetch.import_files(name, path, lambda folder: SOURCES[name].read(folder, SplitSettings(name)))


@pytest.mark.parametrize("name", ["mnist", "fashion-mnist", "cifar10", "cifar100", "tiny-imagenet"])
def test_a_wrong_folder_is_named_as_it_was_given_and_not_copied(
    name: str, tmp_path: Path, cache: Path
) -> None:
    (tmp_path / "given").mkdir()
    (tmp_path / "given" / "holiday.jpg").write_bytes(b"")
    with pytest.raises(DataFileError, match=rf"^{tmp_path}/given: holds no ") as caught:
        by_hand(name, tmp_path / "given")
    assert "\n" not in str(caught.value)
    assert not list(cache.rglob("holiday.jpg"))


@pytest.mark.parametrize("name", ["mnist", "cifar10", "tiny-imagenet"])
def test_a_wrong_archive_is_named_as_it_was_given(name: str, tmp_path: Path) -> None:
    (tmp_path / "given.tar").write_bytes(packed({"holiday.jpg": b""}))
    with pytest.raises(DataFileError, match=rf"^{tmp_path}/given\.tar: holds no "):
        by_hand(name, tmp_path / "given.tar")


def test_what_an_archive_lacks_is_named_by_its_place_there(tmp_path: Path) -> None:
    (tmp_path / "given.tar").write_bytes(
        packed({"wnids.txt": b"n01\n", "train/n01/images/0.JPEG": b"", "words.txt": b""})
    )
    with pytest.raises(DataFileError, match=rf"^{tmp_path}/given\.tar/"):
        by_hand("tiny-imagenet", tmp_path / "given.tar")


def test_one_of_the_files_of_mnist_is_not_the_set(tmp_path: Path) -> None:
    (tmp_path / "train-images-idx3-ubyte.gz").write_bytes(b"")
    with pytest.raises(DataFileError, match=r"is one of several files; expected the folder of train-images"):
        by_hand("mnist", tmp_path / "train-images-idx3-ubyte.gz")


def test_the_files_of_mnist_may_lie_in_a_folder_of_the_one_that_is_named(
    tmp_path: Path, tiny: SimpleNamespace
) -> None:
    written = tiny.mnist(tmp_path / "MNIST" / "raw", compressed=True)
    assert len(by_hand("mnist", tmp_path / "MNIST").pool) == len(written.y)
    assert len(
        SOURCES["mnist"].read(published.locate_published(SplitSettings("mnist")), SplitSettings("mnist")).pool
    )


@pytest.mark.parametrize("name", ["mnist", "cifar10"])
def test_of_a_folder_of_downloads_the_files_of_the_set_alone_are_taken(
    name: str, tmp_path: Path, cache: Path, tiny: SimpleNamespace
) -> None:
    downloads = tmp_path / "downloads"
    write = {"mnist": tiny.mnist, "cifar10": lambda folder: tiny.cifar10(folder / "cifar", "python")}
    write[name](downloads)
    ours = {file.relative_to(downloads) for file in downloads.rglob("*") if file.is_file()}
    (downloads / "film.mkv").write_bytes(b"large")
    (downloads / "broken").symlink_to("nowhere")
    by_hand(name, downloads)
    kept = cache / "raw" / name
    assert {file.relative_to(kept) for file in kept.rglob("*") if file.is_file()} == ours
    SOURCES[name].read(kept, SplitSettings(name))


def test_a_full_disk_is_said_of_the_place_and_not_of_what_is_copied(
    tmp_path: Path, cache: Path, tiny: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(source: object, target: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    tiny.mnist(tmp_path / "given")
    monkeypatch.setattr(fetch.shutil, "copyfileobj", full)
    with pytest.raises(OSError, match="No space left on device; HPSEARCH_DATA") as caught:
        by_hand("mnist", tmp_path / "given")
    assert caught.value.filename == str(cache / "raw" / "mnist")


def test_what_is_published_is_complete() -> None:
    assert set(published.PUBLISHED) < set(SOURCES)
    for downloads in published.PUBLISHED.values():
        for download in downloads:
            algorithm, _, digest = download.checksum.partition(":")
            assert len(digest) == {"md5": 32, "sha256": 64}[algorithm]
            assert download.name
