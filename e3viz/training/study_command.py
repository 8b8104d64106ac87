"""The subcommand `study`: run what is missing of a plan, resume what was cut off, write the table."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from e3viz.arguments import Command, Parser, existing, text
from e3viz.errors import UserError
from e3viz.terminal import progress

if TYPE_CHECKING:
    from e3viz.training.study_table import Row


def _arguments(parser: Parser) -> None:
    add = parser.add_argument
    add("study", metavar="STUDY.toml", type=text, help="the plan: data, potentials, sizes, seeds, rule")
    add(
        "--workers",
        metavar="N",
        type=_whole,
        default=max(1, (os.cpu_count() or 2) - 1),
        help="runs at once; one less than the cores if not given",
    )
    add("--dask", metavar="ADDRESS", type=text, help="leave the runs to the workers of this Dask scheduler instead")
    add("--out", metavar="DIR", type=Path, help="the study's folder; beside the plan, under its name, if not given")
    add("--table", metavar="FILE", type=Path, help="also write the results here: .csv or .parquet")
    add("--only-table", action="store_true", help="start no runs: write the table of those that are done")


def _run(asked: argparse.Namespace) -> int:
    from e3viz.task import Cancelled
    from e3viz.training import study_table
    from e3viz.training.executors import Dask, Executor, Local, pursue
    from e3viz.training.lock import Lock
    from e3viz.training.pursuing import STOP
    from e3viz.training.run import Status
    from e3viz.training.study import Cell, open_study

    study = open_study(existing(asked.study), asked.out.expanduser() if asked.out else None)
    plan = study.plan
    everything = list(plan.cells())
    lock = Lock(study.folder / "lock")
    if not asked.only_table:
        lock.take()
    try:
        study.check_data()
        missing = study.missing()
        print(f"{plan.title}: {len(everything)} runs, {len(everything) - len(missing)} done; rule: {plan.rule.rule}", flush=True)
        done = len(everything) - len(missing)

        def ended(cell: Cell, status: Status) -> None:
            nonlocal done
            done += 1
            study_table.write(study_table.rows(study), study.folder / "results.csv")
            print(f"[{done}/{len(everything)}] {cell.name}: {status.state}. {status.sentence}", flush=True)

        def tried(cell: Cell, status: Status) -> None:
            print(f"[choosing] {cell.name}: {status.state}. {status.sentence}", flush=True)

        if missing and not asked.only_table:
            executor: Executor = Dask(asked.dask) if asked.dask else Local(asked.workers)
            stop = study.folder / STOP
            stop.unlink(missing_ok=True)
            with progress(stop.exists):
                pursue(study, executor, ended, tried)
    except Cancelled:
        print("Stopped. Start it again to go on.", flush=True)
    finally:
        lock.release()
    found = study_table.rows(study)
    study_table.write(found, study.folder / "results.csv")
    if asked.table is not None:
        study_table.write(found, asked.table.expanduser())
    for line in summary(found):
        print(line)
    holes = study.failed()
    for cell, sentence in holes:
        print(f"{cell.name} failed: {sentence}")
    return int(bool(holes))


def summary(found: Sequence[Row]) -> list[str]:
    """Mean force errors, a line per potential."""
    sizes = sorted({row.n_train for row in found})
    lines = ["force MAE, meV/Å".ljust(22) + "".join(f"{size:>9}" for size in sizes)] if found else []
    for name in dict.fromkeys(row.potential for row in found):
        cells = []
        for size in sizes:
            own = [row.force_mae for row in found if (row.potential, row.n_train) == (name, size)]
            cells.append(f"{sum(own) / len(own):9.1f}" if own else " " * 8 + "–")
        lines.append(name.ljust(22) + "".join(cells))
    return lines


def _whole(word: str) -> int:
    if not word.isdigit() or int(word) < 1:
        raise UserError(f"“{word}” is no number of workers.", "Write for example --workers 2.")
    return int(word)


STUDY = Command(
    "study",
    "learn the same data with several potentials at several training sizes, and write the table of errors",
    _arguments,
    _run,
    (
        "e3viz study poster.toml --workers 3",
        "e3viz study poster.toml --dask tcp://head:8786",
        "e3viz study poster.toml --only-table --table results.parquet",
    ),
)
