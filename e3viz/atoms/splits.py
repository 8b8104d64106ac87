"""Splits of a data set into parts to fit, to choose by, and to measure with.

One permutation per seed decides everything: the first N of it are the training part, the last ones the validation part, so that larger
training parts contain the smaller ones and validate on the same frames. No structure is ever in two parts: of frames that are duplicates
the first stands for all, and the others are left out. Frames held out by the bundled set are for tests only, wherever they turn up.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from e3viz.atoms.datasets import HELD_OUT_FRAMES, DataSet
from e3viz.errors import UserError, nearest

RULES = ("seed", "group", "file", "hand")


@dataclass(frozen=True)
class Split:
    """Frame numbers of a data set, in the order of the permutation. left_out: copies of frames that are in a part."""

    train: tuple[int, ...]
    valid: tuple[int, ...]
    test: tuple[int, ...]
    left_out: tuple[int, ...] = ()


@dataclass(frozen=True, eq=False)
class Pool:
    """What may be drawn from. frames: numbers that training may see, one per structure; held: fixed test part; copies: the rest."""

    frames: NDArray[np.int64]
    held: NDArray[np.int64]
    copies: NDArray[np.int64]


def pool(data: DataSet, fixed_test: Sequence[int] = ()) -> Pool:
    """fixed_test: frames that are for tests only, besides those that the bundled set holds out."""
    held = data.held_out.copy()
    held[list(fixed_test)] = True
    first = data.first_alike
    classes_held = np.isin(first, first[held])  # a copy of a test frame is no training frame
    alone = first == np.arange(len(data))
    return Pool(np.flatnonzero(alone & ~classes_held), np.flatnonzero(held), np.flatnonzero(~held & (classes_held | ~alone)))


def by_seed(data: DataSet, train: int, valid: int = 0, seed: int = 0, fixed_test: Sequence[int] = ()) -> Split:
    """The first `train` and the last `valid` of one permutation. Test: the fixed part, or where there is none all that is left."""
    drawn = pool(data, fixed_test)
    order = np.random.default_rng(seed).permutation(drawn.frames)
    _check(train, valid, len(order))
    return _split(drawn, order[:train], order[len(order) - valid :], order[train : len(order) - valid])


def by_group(data: DataSet, labels: Sequence[str], train: int, valid: int = 0, seed: int = 0, *, fixed_test: Sequence[int] = ()) -> Split:
    """As `by_seed`, but whole groups of frames with one label are in one part: validation takes groups from the end of a permutation of
    them until it has `valid` frames, training from its beginning; frames beyond the numbers asked for are in no part but the test."""
    drawn = pool(data, fixed_test)
    random = np.random.default_rng(seed)
    groups: dict[str, list[int]] = {}
    for frame in drawn.frames:
        groups.setdefault(labels[int(frame)], []).append(int(frame))
    names = sorted(groups)
    order = [random.permutation(groups[names[k]]) for k in random.permutation(len(names))]
    valids, taken = [], 0
    while order and taken < valid:
        valids.append(order.pop())
        taken += len(valids[-1])
    trains, got = [], 0
    while order and got < train:
        trains.append(order.pop(0))
        got += len(trains[-1])
    if taken < valid or got < train:
        raise UserError(
            f"The {len(names)} groups do not give {train} training and {valid} validation frames apart from each other.",
            "Ask for fewer frames, or split by seed.",
        )
    empty = np.zeros(0, dtype=np.int64)
    rest = np.concatenate([*order, empty])
    return _split(drawn, np.concatenate([*trains, empty])[:train], np.concatenate([*valids, empty])[:valid], rest)


def group_labels(data: DataSet, name: str) -> list[str]:
    """Each frame's value called `name`, or its file for “file”. Raises UserError where frames have none."""
    if name == "file":
        return [origin.file for origin in data.origins]
    labels = [structure.values.get(name) for structure in data.structures]
    missing = next((frame for frame, label in enumerate(labels) if label is None or isinstance(label, np.ndarray)), None)
    if missing is not None:
        known = sorted({key for structure in data.structures for key, value in structure.values.items() if isinstance(value, str | int)})
        raise UserError(f"{data.origins[missing].capital} has no value “{name}” to group by.", nearest(name, [*known, "file"]))
    return [str(label) for label in labels]


def by_hand(data: DataSet, train: Sequence[int], valid: Sequence[int], test: Sequence[int] = ()) -> Split:
    """As given. Raises UserError for a frame in two parts, a duplicate across parts, and a held-out frame that training would see."""
    first = data.first_alike
    named = {"training": train, "validation": valid, "test": test}
    seen: dict[int, tuple[str, int]] = {}
    for part, frames in named.items():
        for frame in frames:
            if not 0 <= frame < len(data):
                raise UserError(f"There is no frame {frame} for the {part} part.", f"The data have frames 0 to {len(data) - 1}.")
            if part != "test" and data.held_out[frame]:
                raise UserError(
                    f"{data.origins[frame].capital} belongs to the fixed test part of the bundled ethanol.",
                    f"Nothing is fitted to its last {HELD_OUT_FRAMES} frames; leave them out of the {part} part.",
                )
            before = seen.setdefault(int(first[frame]), (part, frame))
            if before != (part, frame):
                what = "is" if before[1] == frame else f"is the same structure as {data.origins[before[1]]}, which is"
                raise UserError(
                    f"{data.origins[frame].capital} of the {part} part {what} in the {before[0]} part already.",
                    "Name each structure once.",
                )
    return Split(tuple(train), tuple(valid), tuple(test))


def frames_of(text: str, count: int) -> tuple[int, ...]:
    """Frames written as `0:100, 150, 200:300:2`. Raises UserError."""
    found: list[int] = []
    for word in (word.strip() for word in text.split(",") if word.strip()):
        try:
            ends = [int(end) if end.strip() else None for end in word.split(":")]
            found += range(count)[slice(*ends)] if len(ends) > 1 else [range(count)[ends[0] or 0]]
        except (ValueError, IndexError, TypeError):
            raise UserError(f"“{word}” names no frames among {count}.", "Write for example 0:100, 150, 200:300:2.") from None
    return tuple(found)


def _check(train: int, valid: int, available: int) -> None:
    if train < 1 or valid < 0:
        raise UserError(f"A training part of {train} and a validation part of {valid} frames cannot be.", "Ask for at least one to fit to.")
    if train + valid > available:
        raise UserError(
            f"{train} training and {valid} validation frames were asked for, and there are {available}.",
            "Test frames and copies do not count.",
        )


def _split(drawn: Pool, train: NDArray[np.int64], valid: NDArray[np.int64], rest: NDArray[np.int64]) -> Split:
    test = drawn.held if len(drawn.held) else rest
    return Split(_numbers(train), _numbers(valid), _numbers(test), _numbers(drawn.copies))


def _numbers(frames: NDArray[np.int64]) -> tuple[int, ...]:
    return tuple(int(frame) for frame in frames)
