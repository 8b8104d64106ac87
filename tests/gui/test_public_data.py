"""The page of public data sets: what it says, and downloads from a server on this machine that go on, stop, fail and are taken up again."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest

from e3viz.atoms import public
from e3viz.atoms.public import PublicFile, PublicSet, here
from e3viz.resources import SAMPLE

CONTENT = SAMPLE.read_bytes()[:400_000]
SHA = f"sha256:{hashlib.sha256(CONTENT).hexdigest()}"


class Server(BaseHTTPRequestHandler):
    """Serves one file by ranges; after the first half it waits for `go`."""

    go: ClassVar[threading.Event] = threading.Event()
    asked: ClassVar[list[int]] = []

    def do_GET(self) -> None:
        start = int(self.headers.get("Range", "bytes=0-")[6:-1])
        self.asked.append(start)
        self.send_response(206 if start else 200)
        self.send_header("ETag", '"one"')
        self.send_header("Content-Length", str(len(CONTENT) - start))
        self.end_headers()
        half = max(start, len(CONTENT) // 2)
        try:
            self.wfile.write(CONTENT[start:half])
            self.wfile.flush()
            while not self.go.wait(0.01):
                pass
            self.wfile.write(CONTENT[half:])
        except OSError:
            pass

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def dialog(window: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    from e3viz.gui import public_data

    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(Server, "go", threading.Event())
    monkeypatch.setattr(Server, "asked", [])
    server = ThreadingHTTPServer(("127.0.0.1", 0), Server)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    address = f"http://127.0.0.1:{server.server_address[1]}/training.extxyz"
    sets = (
        PublicSet("made", "made up", "CC0", "https://example.org", "nobody", (PublicFile("training.extxyz", address, SHA, len(CONTENT)),)),
        PublicSet("lost", "far away", "MIT", "https://example.org", "nobody", (PublicFile("x.xyz", "http://127.0.0.1:1/x.xyz"),)),
    )
    for module in (public, public_data):
        monkeypatch.setattr(module, "PUBLIC", sets)
    window.do("public-data")
    yield window.findChild(public_data.PublicData, "public")
    Server.go.set()
    window.worker.wait_idle()
    server.shutdown()
    thread.join()
    server.server_close()


def texts(dialog: Any) -> str:
    from PySide6.QtWidgets import QLabel

    return "\n".join(label.text() for label in dialog.findChildren(QLabel) if label.isVisible())


def button(dialog: Any, name: str) -> Any:
    from PySide6.QtWidgets import QPushButton

    return dialog.findChild(QPushButton, f"public.{name}")


def test_a_download_shows_progress_stops_and_goes_on(window: Any, dialog: Any, until: Callable[..., None]) -> None:
    said = texts(dialog)
    assert "CC0" in said and "0.4 MB" in said and SHA[7:23] in said and "not on this machine" in said
    button(dialog, "get").click()
    until(lambda: "of 0.4" in texts(dialog) and window.worker.job("public.made.data").fraction == pytest.approx(0.5, abs=0.2))
    assert button(dialog, "stop").isVisible() and not button(dialog, "get").isVisible()
    button(dialog, "stop").click()
    Server.go.set()
    window.worker.wait_idle()
    until(lambda: "have arrived" in texts(dialog) and button(dialog, "get").text() == "Go on")
    until(lambda: not window.worker._left)
    button(dialog, "get").click()
    until(lambda: "It is on this machine" in texts(dialog))
    assert here(public.PUBLIC[0]) and 0 < Server.asked[1] < len(CONTENT)
    button(dialog, "train").click()
    assert window.store.session.lab == "training"
    assert window.store.session.state().data == str(public.PUBLIC[0].training_path)
    assert window.worker.wait_idle()


def test_what_fails_is_a_sentence_and_a_copy_is_taken(window: Any, dialog: Any, until: Callable[..., None], tmp_path: Path) -> None:
    dialog.choose("lost")
    button(dialog, "get").click()
    until(lambda: "there is no connection to 127.0.0.1:1" in texts(dialog))
    dialog.choose("made")
    assert "no connection" not in texts(dialog)
    (tmp_path / "training.extxyz").write_bytes(CONTENT[:-5])
    dialog.take_chosen(tmp_path)
    until(lambda: "is not the published training.extxyz" in texts(dialog))
    (tmp_path / "training.extxyz").write_bytes(CONTENT)
    dialog.take_chosen(tmp_path)
    until(lambda: "It is on this machine" in texts(dialog))
    button(dialog, "show").click()
    assert window.worker.wait_idle() and window.opening.current == public.PUBLIC[0].training_path


def test_everything_in_it_can_be_named_and_explained(dialog: Any) -> None:
    from PySide6.QtWidgets import QAbstractButton

    for widget in dialog.findChildren(QAbstractButton):
        assert widget.objectName() and widget.accessibleName() and widget.toolTip()
