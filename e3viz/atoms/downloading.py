"""Downloading a file by HTTP so that nothing is lost: a part that has arrived stays beside the target, and the next try goes on from there.

pooch checks the checksum and puts the file in its place; what it lacks is going on with a part (RFC 9110, range requests).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from e3viz import task
from e3viz.errors import FileError

_BLOCK = 1 << 16
_PATIENCE = 10.0
"""Seconds without a byte after which a connection counts as lost."""


def download(url: str, path: Path, checksum: str = "") -> Path:
    """The file at `path`. checksum: `sha256:…` or `md5:…`, empty for any. Reports progress; cancelled, it keeps what has arrived.

    Raises FileError without a network, for a server's refusal, a full disk and a checksum that differs.
    """
    import pooch
    import requests

    pooch.get_logger().setLevel("WARNING")
    try:
        pooch.retrieve(url, known_hash=checksum or None, fname=path.name, path=path.parent, downloader=_fetch)
    except requests.HTTPError as error:
        raise FileError(
            f"{path.name} cannot be downloaded: the server answered {error.response.status_code}.", f"It was asked at {url}."
        ) from error
    except requests.RequestException as error:
        raise FileError(
            f"{path.name} could not be downloaded: there is no connection to {url.split('/')[2]}.",
            "What has arrived is kept; try again, or use a copy that you have.",
        ) from error
    except ValueError as error:
        raise FileError(f"{path.name} arrived damaged: its checksum differs from the published one.", "Try again.") from error
    except OSError as error:
        raise FileError(f"{path.name} could not be written: {error.strerror or error}.") from error
    return path


def part_of(url: str, folder: Path) -> Path:
    """Where the part of a file that has arrived lies."""
    return folder / f".{url.rstrip('/').split('/')[-1]}.part"


def _fetch(url: str, output: Any, pooch: Any) -> None:
    """What pooch calls: the whole file at `output`, or an exception and the part beside it."""
    import requests

    target = Path(str(output))
    part = part_of(url, target.parent)
    stamp = part.with_suffix(".stamp")  # which version of the file the part is of
    before = part.stat().st_size if part.exists() and stamp.exists() else 0
    headers = {"Range": f"bytes={before}-", "If-Range": stamp.read_text()} if before else {}
    with requests.get(url, headers={**headers, "Accept-Encoding": "identity"}, stream=True, timeout=_PATIENCE) as answer:
        if answer.status_code == 416:  # nothing lies beyond the part: it is of another file
            part.unlink(missing_ok=True)
            stamp.unlink(missing_ok=True)
            _fetch(url, output, pooch)
            return
        answer.raise_for_status()
        done = before if answer.status_code == 206 else 0
        total = done + int(answer.headers.get("Content-Length", 0))
        version = answer.headers.get("ETag") or answer.headers.get("Last-Modified") or ""
        if version and not version.startswith("W/"):
            stamp.write_text(version)
        else:
            stamp.unlink(missing_ok=True)
        with part.open("ab" if done else "wb") as stream:
            for block in answer.iter_content(_BLOCK):
                stream.write(block)
                done += len(block)
                task.report(
                    done if total else None, total, f"Downloading: {done / 1e6:.1f} MB" + (f" of {total / 1e6:.1f}" if total else "")
                )
        if total and done != total:
            raise requests.ConnectionError(f"{done} of {total} bytes arrived")
    stamp.unlink(missing_ok=True)
    part.replace(target)
