"""Public data sets, from a server on this machine: progress, parts that go on, checksums, cancelling, a copy already at hand."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest

from e3viz import task
from e3viz.atoms import public
from e3viz.atoms.datasets import load_data
from e3viz.atoms.public import PUBLIC, RECORD, PublicFile, PublicSet, checksum, get, here, place, public_set, take
from e3viz.errors import FileError, UserError
from e3viz.resources import SAMPLE

CONTENT = SAMPLE.read_bytes()
SHA = f"sha256:{hashlib.sha256(CONTENT).hexdigest()}"


class Server(BaseHTTPRequestHandler):
    """Serves one file, by ranges; `breaks_after` bytes it hangs up."""

    protocol_version = "HTTP/1.1"
    breaks_after: ClassVar[int] = 0
    stamp: ClassVar[str] = '"one"'
    asked: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        if self.path != "/data.extxyz":
            self.send_error(404)
            return
        given = self.headers.get("Range", "")
        self.asked.append(given)
        start = int(given[6:-1]) if given and self.headers.get("If-Range") == self.stamp else 0
        self.send_response(206 if start else 200)
        self.send_header("ETag", self.stamp)
        self.send_header("Content-Length", str(len(CONTENT) - start))
        self.end_headers()
        stop = start + self.breaks_after if self.breaks_after else len(CONTENT)
        self.wfile.write(CONTENT[start:stop])
        if stop < len(CONTENT):
            self.wfile.flush()
            self.close_connection = True

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def url(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(Server, "breaks_after", 0)
    monkeypatch.setattr(Server, "asked", [])
    server = ThreadingHTTPServer(("127.0.0.1", 0), Server)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/data.extxyz"
    server.shutdown()
    thread.join()
    server.server_close()


def served(url: str, expected: str = SHA) -> PublicSet:
    return PublicSet("made", "made up", "CC0", "here", "nobody", (PublicFile("data.extxyz", url, expected, len(CONTENT)),))


def test_a_set_is_downloaded_with_progress_and_not_twice(url: str, tmp_path: Path) -> None:
    heard: list[float | None] = []
    one = served(url)
    with task.running(lambda fraction, _: heard.append(fraction), lambda: False):
        folder = get(one, tmp_path / "made")
    assert (folder / "data.extxyz").read_bytes() == CONTENT and here(one, folder)
    assert len(heard) > 5 and heard[-1] == 1.0
    said = json.loads((folder / RECORD).read_text())
    assert said["licence"] == "CC0" and said["files"]["data.extxyz"]["checksum"] == SHA
    get(one, folder)
    assert len(Server.asked) == 1
    assert sorted(path.name for path in folder.iterdir()) == [RECORD, "data.extxyz"]
    assert len(load_data([folder])) == 1197


def test_a_part_that_arrived_is_not_asked_for_again(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Server, "breaks_after", 300_000)
    for _ in range(2):
        with pytest.raises(FileError, match="kept; try again"):
            get(served(url), tmp_path)
    assert not here(served(url), tmp_path)
    monkeypatch.setattr(Server, "breaks_after", 0)
    get(served(url), tmp_path)
    assert (tmp_path / "data.extxyz").read_bytes() == CONTENT
    second, third = (int(given[6:-1]) for given in Server.asked[1:])
    assert 200_000 < second <= 300_000 and 200_000 < third - second <= 300_000
    assert not list(tmp_path.glob(".*.part")) and not list(tmp_path.glob(".*.stamp"))


def test_a_part_of_another_version_is_thrown_away(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Server, "breaks_after", 300_000)
    with pytest.raises(FileError):
        get(served(url), tmp_path)
    monkeypatch.setattr(Server, "breaks_after", 0)
    monkeypatch.setattr(Server, "stamp", '"two"')
    get(served(url), tmp_path)
    assert (tmp_path / "data.extxyz").read_bytes() == CONTENT


def test_cancelling_keeps_what_has_arrived(url: str, tmp_path: Path) -> None:
    seen: list[float | None] = []
    with task.running(lambda fraction, _: seen.append(fraction), lambda: len(seen) >= 4), pytest.raises(task.Cancelled):
        get(served(url), tmp_path)
    (part,) = tmp_path.glob(".*.part")
    kept = part.stat().st_size
    assert 0 < kept < len(CONTENT)
    get(served(url), tmp_path)
    assert Server.asked[1] == f"bytes={kept}-" and (tmp_path / "data.extxyz").read_bytes() == CONTENT


def test_a_file_that_arrives_damaged_is_not_kept(url: str, tmp_path: Path) -> None:
    with pytest.raises(FileError, match="checksum differs"):
        get(served(url, "md5:" + "0" * 32), tmp_path)
    assert not (tmp_path / "data.extxyz").exists()


def test_without_a_published_checksum_the_first_one_counts(url: str, tmp_path: Path) -> None:
    one = served(url, "")
    get(one, tmp_path)
    (tmp_path / "data.extxyz").unlink()
    get(one, tmp_path)
    said = json.loads((tmp_path / RECORD).read_text())
    said["files"]["data.extxyz"]["checksum"] = "sha256:" + "0" * 64
    (tmp_path / RECORD).write_text(json.dumps(said))
    (tmp_path / "data.extxyz").unlink()
    with pytest.raises(FileError, match="checksum differs"):
        get(one, tmp_path)


def test_what_a_server_or_a_network_refuses(url: str, tmp_path: Path) -> None:
    with pytest.raises(FileError, match="answered 404"):
        get(served(url.replace("data", "other")), tmp_path)
    with pytest.raises(FileError, match=r"no connection to 127\.0\.0\.1:1"):
        get(served("http://127.0.0.1:1/data.extxyz"), tmp_path)


def test_a_copy_at_hand_is_taken_if_it_is_the_published_one(tmp_path: Path, odd_folder: Path) -> None:
    one = served("http://nowhere/data.extxyz")
    (odd_folder / "deep").mkdir()
    (odd_folder / "deep" / "data.extxyz").write_bytes(CONTENT)
    folder = take(one, odd_folder, tmp_path / "made")
    assert (folder / "data.extxyz").read_bytes() == CONTENT and here(one, folder)
    (odd_folder / "deep" / "data.extxyz").write_bytes(CONTENT[:-1])
    with pytest.raises(FileError, match="is not the published data"):
        take(one, odd_folder, tmp_path / "other")
    with pytest.raises(FileError, match="has no file data"):
        take(one, tmp_path / "nothing", tmp_path / "other")
    assert checksum(SAMPLE) == SHA


def test_the_table_is_sound() -> None:
    names = [one.name for one in PUBLIC]
    assert len(set(names)) == len(names) and {"rmd17", "3bpa", "acac", "mlearn-Si"} <= set(names)
    for one in PUBLIC:
        assert one.licence and one.reference and one.source.startswith("https://") and one.files
        for file in one.files:
            kind, _, digits = file.checksum.partition(":")
            assert file.url.startswith("https://") and len(digits) == {"sha256": 64, "md5": 32, "": 0}[kind]
    with pytest.raises(UserError, match="“acac”"):
        public_set("acca")
    assert public_set("MLEARN-si").name == "mlearn-Si"


def test_the_published_copies_match_the_table(shared_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("E3VIZ_HOME", str(tmp_path))
    with pytest.raises(FileError, match="e3viz get acac"):
        load_data(["acac@0:3"])
    for element in ("Si", "Mo"):
        take(public_set(f"mlearn-{element}"), shared_data / "mlearn" / element)
        assert public_set(f"mlearn-{element}").size == sum(
            path.stat().st_size for path in (shared_data / "mlearn" / element).glob("*.json")
        )
    assert take(public_set("acac"), shared_data / "acac") == place(public_set("acac")) == tmp_path / "public" / "acac"
    assert len(load_data(["acac"])) == 1848
    assert public.RECORD not in load_data(["acac"]).origins[0].file
