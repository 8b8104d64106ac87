"""Exporting in a process of its own: the window does not wait, VTK stays on one thread per process, and cancelling just ends it."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import signal
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from e3viz import task
from e3viz.errors import FileError, UserError
from e3viz.export.animation import AnimationOptions
from e3viz.export.figure import FigureOptions, export_figure
from e3viz.export.routes import Take
from e3viz.pictures.sheet import Sheet


def export_apart(sheet: Sheet, path: Path, options: FigureOptions) -> None:
    """`export_figure` in another process. Reports to `task`; cancelling leaves what was at `path`. Raises what it raises."""
    _apart(path, export_figure, sheet, path, options)


def film_apart(take: Take, path: Path, options: AnimationOptions) -> None:
    """`animation.film` of a take in another process; the same holds."""
    _apart(path, _film, take, path, options)


def _film(take: Take, path: Path, options: AnimationOptions) -> None:
    from e3viz.export.animation import film

    film(*take.opened(), path, options)


@dataclass(frozen=True)
class Progress:
    """How far the other process is."""

    fraction: float | None
    text: str


def _apart(path: Path, function: Callable[..., None], *arguments: Any) -> None:
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_work, args=(sender, function, arguments), daemon=False, name="e3viz-export")
    process.start()
    sender.close()
    fraction, text, error = None, f"writing {path.name}", None
    try:
        while True:
            task.report(fraction, text=text)
            if not receiver.poll(0.05):
                continue
            said = receiver.recv()
            if not isinstance(said, Progress):
                error = said
                break
            fraction, text = said.fraction, said.text
    except EOFError:
        error = FileError(f"{path.name} could not be written: the process that writes it ended.", "What was there before is unchanged.")
    finally:
        _end(process)  # it has answered, or is not wanted any more
        receiver.close()
        for left in path.parent.glob(f".{path.stem}-*"):  # what a killed writer left beside its target
            shutil.rmtree(left) if left.is_dir() else left.unlink(missing_ok=True)
    if error is not None:
        raise error


def _end(process: Any) -> None:
    """Kill it with all it has started (an encoder)."""
    if process.is_alive() and hasattr(os, "killpg"):
        try:
            if os.getpgid(process.pid) == process.pid:
                os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    process.kill()
    process.join()


def _work(sender: Connection, function: Callable[..., None], arguments: tuple[Any, ...]) -> None:
    if hasattr(os, "setpgrp"):
        os.setpgrp()
    try:
        with task.running(lambda fraction, text: sender.send(Progress(fraction, text)), lambda: False):
            function(*arguments)
    except UserError as error:
        sender.send(error)
    except Exception as error:
        sender.send(RuntimeError(f"{type(error).__name__}: {error}"))
    else:
        sender.send(None)
