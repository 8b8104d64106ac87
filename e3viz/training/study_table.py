"""The results of a study as one tidy table: a row per run, read from the runs' folders or from a CSV file.

Units stand in the first line of the CSV: energies meV per structure and meV/atom, forces meV/Å per component, times s.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from e3viz.errors import FileError
from e3viz.files import replacing
from e3viz.training.study import Study, finite

UNITS = "# units: energy_mae, energy_rmse meV; energy_*_per_atom meV/atom; force_mae, force_rmse meV/Angstrom; seconds, cpu_seconds s"
ERRORS = {
    "energy_mae": "energy_mae",
    "energy_rmse": "energy_rmse",
    "energy_mae_per_atom": "energy_mae_per_atom",
    "energy_rmse_per_atom": "energy_rmse_per_atom",
    "force_mae": "forces_mae",
    "force_rmse": "forces_rmse",
}
"""Column → name among a run's errors, where they are eV and eV/Å."""


@dataclass(frozen=True)
class Row:
    """One run. Errors are of the held-out test part; NaN where a run has none."""

    potential: str
    title: str
    n_train: int
    seed: int
    energy_mae: float
    force_mae: float
    energy_rmse: float
    force_rmse: float
    energy_mae_per_atom: float
    energy_rmse_per_atom: float
    seconds: float
    cpu_seconds: float
    epochs: int
    parameters: int
    n_test: int
    data_hash: str
    versions: str
    run: str = ""


def rows(study: Study) -> list[Row]:
    """The runs that have ended in order."""
    found = []
    for cell in study.plan.cells():
        result = study.run(cell).result()
        if not result:
            continue
        errors = result.get("errors", {}).get("test", {})
        numbers = {column: 1e3 * finite(errors.get(name)) for column, name in ERRORS.items()}
        found.append(
            Row(
                potential=cell.learner.name, title=cell.learner.title, n_train=cell.size, seed=cell.seed, **numbers,
                seconds=finite(result.get("seconds")), cpu_seconds=finite(result.get("cpu_seconds")), epochs=int(result.get("epoch", 0)),
                parameters=int(result.get("parameters", 0)), n_test=int(result.get("frames", {}).get("test", 0)),
                data_hash=str(result.get("data_hash", ""))[:16], versions=_versions(result), run=cell.name,
            )
        )  # fmt: skip
    return found


def write(found: Iterable[Row], path: Path, notes: Iterable[str] = ()) -> None:
    """As CSV, or as Parquet where the suffix says so. notes: further lines of comment. Raises FileError."""
    if path.suffix == ".parquet":
        _write_parquet(list(found), path)
        return
    stream = io.StringIO()
    stream.writelines(f"# {note}\n" for note in notes)
    stream.write(UNITS + "\n")
    writer = csv.DictWriter(stream, [one.name for one in fields(Row)], lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: _short(value) for name, value in asdict(row).items()} for row in found)
    with replacing(path) as beside:
        beside.write_text(stream.getvalue(), encoding="utf-8")


def read(path: Path) -> list[Row]:
    """From CSV. Raises FileError for a file that is no such table."""
    try:
        lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line.strip() and not line.startswith("#")]
    except (OSError, UnicodeDecodeError) as error:
        raise FileError(f"{path.name} cannot be read as a table of results.", "e3viz study writes one.") from error
    kinds = {one.name: {"int": int, "float": float, "str": str}[str(one.type)] for one in fields(Row)}
    found = []
    for number, entry in enumerate(csv.DictReader(lines), start=2):
        try:
            found.append(Row(**{name: kinds[name](value) for name, value in entry.items() if name in kinds}))
        except (TypeError, ValueError) as error:
            raise FileError(
                f"Row {number} of {path.name} is no result of a run.", "Its columns are those that e3viz study writes."
            ) from error
    return found


def _write_parquet(found: list[Row], path: Path) -> None:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise FileError("Parquet needs the package pyarrow.", "Install it with: pip install e3viz[study]") from error
    columns = {one.name: [getattr(row, one.name) for row in found] for one in fields(Row)}
    with replacing(path) as beside:
        pyarrow.parquet.write_table(pyarrow.table(columns), beside)


def _versions(result: dict[str, Any]) -> str:
    known = result.get("versions", {})
    return " ".join(f"{name} {known[name]}" for name in ("e3viz", "torch", "numpy") if name in known)


def _short(value: Any) -> Any:
    return f"{value:.6g}" if isinstance(value, float) else value
