"""Writing files so that nothing is lost: beside the target first, then renamed over it."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from e3viz.errors import FileError


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yields a temporary path beside `path` (same suffix); on success it replaces `path`, on failure it is removed and `path` stays
    as it was. An OSError (full disk, no permission) becomes a FileError with one sentence."""
    part: Path | None = None
    try:
        handle, name = tempfile.mkstemp(suffix=path.suffix, prefix=f".{path.stem}-", dir=path.parent)
        os.close(handle)
        part = Path(name)
        yield part
        with part.open("rb") as stream:
            os.fsync(stream.fileno())
        umask = os.umask(0)
        os.umask(umask)
        part.chmod(0o666 & ~umask)
        part.replace(path)
    except OSError as error:
        raise FileError(f"{path.name} could not be written: {error.strerror or error}.", "What was there before is unchanged.") from error
    finally:
        if part is not None:
            part.unlink(missing_ok=True)
