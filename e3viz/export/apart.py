"""Exporting in a process of its own: the window does not wait, VTK stays on one thread per process, and cancelling just ends it."""

from __future__ import annotations

import multiprocessing
from multiprocessing.connection import Connection
from pathlib import Path

from e3viz.errors import FileError, UserError
from e3viz.export.figure import FigureOptions, export_figure
from e3viz.pictures.sheet import Sheet
from e3viz.task import report


def export_apart(sheet: Sheet, path: Path, options: FigureOptions) -> None:
    """`export_figure` in another process. Reports to `task`; cancelling leaves what was at `path`. Raises what it raises."""
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_work, args=(sender, sheet, path, options), daemon=True, name="e3viz-export")
    process.start()
    sender.close()
    try:
        while not receiver.poll(0.05):
            report(None, text=f"writing {path.name}")
        error = receiver.recv()
    except EOFError:
        error = FileError(f"{path.name} could not be written: the process that writes it ended.", "What was there before is unchanged.")
    finally:
        process.kill()  # it has answered, or is not wanted any more
        process.join()
        receiver.close()
        for left in path.parent.glob(f".{path.stem}-*{path.suffix}"):  # what a killed writer left beside its target
            left.unlink(missing_ok=True)
    if error is not None:
        raise error


def _work(sender: Connection, sheet: Sheet, path: Path, options: FigureOptions) -> None:
    try:
        export_figure(sheet, path, options)
    except UserError as error:
        sender.send(error)
    except Exception as error:
        sender.send(RuntimeError(f"{type(error).__name__}: {error}"))
    else:
        sender.send(None)
