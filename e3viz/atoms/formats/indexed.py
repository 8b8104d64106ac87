"""Long text files of many frames: only where each frame begins is kept, and a frame is parsed when it is asked for.

The first frame is there as soon as its own end has been found. The rest of the file is looked through at once where it is short, and
in a thread of its own where it is long, so that a file of gigabytes shows its first frame immediately and never lies in memory.
"""

from __future__ import annotations

import threading
import time
import weakref
from abc import abstractmethod
from array import array
from collections import OrderedDict
from collections.abc import Callable, Iterator

import numpy as np

from e3viz import task
from e3viz.atoms.formats.sound import sound
from e3viz.atoms.formats.source import Source, Text
from e3viz.atoms.structure import FloatArray, Structure
from e3viz.atoms.trajectory import Trajectory, check_column, check_frame, frozen, number, number_names
from e3viz.errors import FileError

AT_ONCE = 48 << 20  # bytes: a file up to this size is looked through before `load` returns (some 30 ms)
KEPT_ATOMS = 2_500_000  # atoms of parsed frames that are kept, the newest first
KEPT_FRAMES = 64
STEP = 0.05  # s between reports


class IndexedTrajectory(Trajectory):
    """Frames found by `_spans` and parsed by `_parse`; both are all that a format has to say."""

    def __init__(self, source: Source, format: str) -> None:
        self.path, self.format = source.path, format
        self._text: Text = source.text
        self._starts, self._stops = array("q"), array("q")
        self._looking = threading.Lock()
        self._keeping = threading.Lock()
        self._kept: OrderedDict[int, Structure] = OrderedDict()
        self._columns: dict[str, FloatArray] = {}
        self._complete = False
        self._remaining = self._spans(self._text)
        self._look(enough=lambda: len(self._stops) > 0)
        if not self._stops:
            raise FileError(f"{self.path.name} holds no whole frame.", self.notes[0] if self.notes else "It may be cut off.")
        self[0]
        if self._text.size <= AT_ONCE:
            self.wait()
        else:
            threading.Thread(target=_look_behind, args=(weakref.ref(self),), name=f"index {self.path.name}", daemon=True).start()

    def _first_read_on(self, start: int) -> int:
        """Parses frame 0 without knowing where it stops, and says so. What is long is looked through only once that way."""
        try:
            with self._text.opened() as read:
                structure, stop = self._parse_to_its_end(read, start, self._text.size, self.path.name)
        except MemoryError:
            raise FileError(f"{self.path.name} does not fit into memory.", "Read a smaller part of it.") from None
        self._keep(0, sound(structure, self.path.name))
        return stop

    def _parse_to_its_end(self, read: Callable[[int, int], bytes], start: int, stop: int, where: str) -> tuple[Structure, int]:
        """A frame that may stop before `stop`, and where it does. For formats that call `_first_read_on`."""
        return self._parse(read, start, stop, where), stop

    @abstractmethod
    def _spans(self, text: Text) -> Iterator[tuple[int, int]]:
        """Start and stop of every frame in bytes; stops at damage, having told `_note` about it."""

    @abstractmethod
    def _parse(self, read: Callable[[int, int], bytes], start: int, stop: int, where: str) -> Structure:
        """One frame; raises FileError, beginning with `where`, if it is damaged."""

    def _number(self, read: Callable[[int, int], bytes], name: str, frame: int) -> float:
        """One entry of a column. Formats that know it without parsing the atoms override this."""
        start, stop = self._starts[frame], self._stops[frame]
        return number(self._parse(read, start, stop, f"Frame {frame} of {self.path.name}"), name)

    def _note(self, sentence: str) -> None:
        self.notes = (*self.notes, sentence)

    def __len__(self) -> int:
        return len(self._stops)

    @property
    def complete(self) -> bool:
        """See Trajectory."""
        return self._complete

    def wait(self) -> None:
        """See Trajectory."""
        self._look(enough=lambda: False)

    def __getitem__(self, frame: int) -> Structure:
        if frame >= len(self._stops) and not self._complete:
            self._look(enough=lambda: len(self._stops) > frame)
        check_frame(self, frame)
        with self._keeping:
            if frame in self._kept:
                self._kept.move_to_end(frame)
                return self._kept[frame]
        where = self.path.name if len(self) == 1 else f"Frame {frame} of {self.path.name}"
        try:
            with self._text.opened() as read:
                structure = self._parse(read, self._starts[frame], self._stops[frame], where)
        except MemoryError:
            raise FileError(f"{where} does not fit into memory.", "Close other files, or read a smaller part of it.") from None
        return self._keep(frame, sound(structure, where))

    def _keep(self, frame: int, structure: Structure) -> Structure:
        with self._keeping:
            self._kept[frame] = structure
            while len(self._kept) > KEPT_FRAMES or (len(self._kept) > 1 and sum(map(len, self._kept.values())) > KEPT_ATOMS):
                self._kept.popitem(last=False)
        return structure

    def column(self, name: str) -> FloatArray:
        """See Trajectory. Waits for the whole file to be looked through."""
        self.wait()
        check_column(self, name)
        if name not in self._columns:
            count, entries, told = len(self), array("d"), 0.0
            with self._text.opened() as read:
                for frame in range(count):
                    entries.append(self._number(read, name, frame))
                    if (now := time.monotonic()) - told > STEP:
                        told = now
                        task.report(frame, count, f"Reading {name} of {self.path.name}")
            self._columns[name] = frozen(np.array(entries))
        return self._columns[name]

    def columns(self) -> list[str]:
        """See Trajectory. Judged by the first frame and the last one known."""
        names = set(number_names(self[0]))
        if len(self) > 1:
            names.update(number_names(self[len(self) - 1]))
        return sorted(names, key=lambda name: (name != "energy", name != "max_force", name))

    def _look(self, enough: Callable[[], bool]) -> None:
        told = 0.0
        while not self._complete and not enough():
            with self._looking:
                self._look_on(time.monotonic() + STEP, enough)
            if (now := time.monotonic()) - told > STEP:
                told = now
                task.report(self._stops[-1] if self._stops else 0, self._text.size, f"Looking through {self.path.name}")

    def _look_on(self, until: float, enough: Callable[[], bool]) -> None:
        if self._complete:
            return
        for start, stop in self._remaining:
            self._starts.append(start)
            self._stops.append(stop)
            if enough() or time.monotonic() > until:
                return
        self._complete = True


def _look_behind(reference: weakref.ref[IndexedTrajectory]) -> None:
    """Looks on in small steps, and stops when nobody holds the trajectory any more."""
    while (trajectory := reference()) is not None and not trajectory.complete:
        try:
            with trajectory._looking:
                trajectory._look_on(time.monotonic() + STEP, lambda: False)
        except FileError as error:
            trajectory._note(str(error))
            trajectory._complete = True
        del trajectory
