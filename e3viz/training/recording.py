"""Arrays that a run keeps per epoch, such as a probe's forces: `NAME.bin` with one record of fixed length per epoch, and `NAME.json` that
says what a record is made of.

The first 64 epochs stay; then of each doubling of their number 64 that are evenly spread, so that a long run keeps some hundreds. The last
record in the file is always the newest epoch: one that is not to stay is written over by the next. The number of the epoch stands at both
ends of a record, so that a reader knows a record that is only half there.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from e3viz.errors import FileError
from e3viz.files import replacing

PER_DOUBLING = 64


def stays(epoch: int) -> bool:
    """Whether the record of this epoch is kept when newer ones come."""
    step = 1 << max(0, (epoch // PER_DOUBLING).bit_length() - 1)
    return epoch % step == 0


class Recording:
    """Writes one. about: plain facts that do not change, such as labels and names."""

    def __init__(self, stem: Path, about: Mapping[str, Any]) -> None:
        self.stem, self.about = stem, dict(about)
        self._type: np.dtype[Any] | None = None

    def write(self, epoch: int, arrays: Mapping[str, NDArray[Any]]) -> None:
        """The record of an epoch; the shapes of the first record are those of all. Raises FileError."""
        if self._type is None:
            self._begin(arrays)
        assert self._type is not None
        record = np.zeros((), dtype=self._type)
        record["epoch"] = record["again"] = epoch
        for name, array in arrays.items():
            record[name] = array
        path = self.stem.with_suffix(".bin")
        try:
            with path.open("r+b" if path.exists() else "w+b") as stream:
                count = path.stat().st_size // self._type.itemsize
                while count:
                    stream.seek((count - 1) * self._type.itemsize)
                    last = np.frombuffer(stream.read(self._type.itemsize), self._type)[0]
                    if last["epoch"] == last["again"] and last["epoch"] < epoch and stays(int(last["epoch"])):
                        break
                    count -= 1
                stream.seek(count * self._type.itemsize)
                stream.write(record.tobytes())
                stream.truncate()
        except OSError as error:
            raise FileError(f"{path.name} could not be written: {error.strerror or error}.") from error

    def _begin(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        fields = [(name, np.dtype(array.dtype).newbyteorder("<").str, list(array.shape)) for name, array in arrays.items()]
        wanted = {"fields": fields, "about": self.about}
        self._type = _record_type(fields)
        path = self.stem.with_suffix(".json")
        if path.exists() and json.loads(path.read_text(encoding="utf-8")).get("fields") == json.loads(json.dumps(fields)):
            return
        self.stem.with_suffix(".bin").unlink(missing_ok=True)
        with replacing(path) as beside:
            beside.write_text(json.dumps(wanted), encoding="utf-8")


def read_recording(stem: Path) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """What does not change, and for each name the records (epochs, …), with `epoch` (epochs,); both empty where there is no recording."""
    try:
        said = json.loads(stem.with_suffix(".json").read_text(encoding="utf-8"))
        kind = _record_type([(name, dtype, shape) for name, dtype, shape in said["fields"]])
        raw = np.fromfile(stem.with_suffix(".bin"), dtype=np.uint8)
    except (OSError, ValueError, KeyError, TypeError):
        return {}, {}
    records = raw[: len(raw) // kind.itemsize * kind.itemsize].view(kind)
    records = records[records["epoch"] == records["again"]]
    return said["about"], {name: records[name] for name in (kind.names or ()) if name != "again"}


def _record_type(fields: list[Any]) -> np.dtype[Any]:
    entries = [(str(name), str(dtype), tuple(int(n) for n in shape)) for name, dtype, shape in fields]
    return np.dtype([("epoch", "<i8"), *entries, ("again", "<i8")])
