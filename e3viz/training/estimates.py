"""How long a run will take and how much memory, said before it starts.

Three ways, best first: `measured` fits a little of the real data with the real settings in a process of its own (two epochs on some twenty
structures, and again on half of them, so that what grows with the data is told from what does not); `from_runs` goes by the pace
of an earlier run of the same settings on this machine; `counted` multiplies counts (structures, atoms, neighbours within the cutoff, channels,
paths of the tensor product) by what one of each cost on one core of a 2.x GHz Xeon. The last is good to a factor of two or three.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from e3viz import task
from e3viz.errors import UserError
from e3viz.training.config import Config, read_config

FEW = 20
"""Structures that a measurement fits to."""
_BASE = {"nequip": 262.0, "schnet": 262.0, "cartesian": 262.0, "snap": 65.0, "mtp": 150.0}
"""MiB of a run's process before it has any data: torch is most of it."""


@dataclass(frozen=True)
class Estimate:
    """epoch: seconds of one; seconds: of the whole run, at most, 0 if it has no end of its own; memory: MiB at the peak, 0 if unknown;
    how: measured, earlier run or counted; source: what it was measured on."""

    epoch: float
    seconds: float
    memory: float
    how: str
    source: str = ""

    @property
    def epochs(self) -> int:
        """How many epochs there is time for."""
        return max(1, round(self.seconds / self.epoch)) if self.seconds and self.epoch else 0


def whole_run(config: Config, settings: Any, epoch: float) -> float:
    """Seconds of a run whose epochs take so long, by what ends it first; 0 if nothing does."""
    own, asked = int(getattr(settings, "epochs", 1) or 0), config.stop.epochs
    ends = [n * epoch for n in (own, asked) if n]
    return min([*ends, *([config.stop.seconds] if config.stop.seconds else [])], default=0.0)


# ---- measured -----------------------------------------------------------------------------------------------------------------------


def measured(config: Config, frames: int) -> Estimate:
    """By fitting a little, in a process of its own; frames: how many training structures the run will have. Raises UserError."""
    with tempfile.TemporaryDirectory(prefix="e3viz-estimate-") as name:
        path = Path(name) / "config.toml"
        config.save(path)
        environment = os.environ | {"OMP_NUM_THREADS": str(config.threads)}
        with (Path(name) / "log.txt").open("w+", encoding="utf-8") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "e3viz.training.estimates", str(path)], stdout=log, stderr=log, env=environment
            )
            try:
                while process.poll() is None:
                    task.report(None, text="Measuring how long an epoch takes")
                    time.sleep(0.05)
            finally:
                process.kill()
                process.wait()
            log.seek(0)
            said = log.read().splitlines()
    try:
        found = json.loads(said[-1])
        if "error" in found:
            raise UserError(found["error"])
        small, large = found["small"], found["large"]
    except (IndexError, ValueError, KeyError, TypeError):
        raise UserError("The measurement ended without a word.", "The memory may not suffice; try smaller batches.") from None
    from e3viz.potentials import settings_type
    from e3viz.potentials.settings import read

    more = max(1, large["frames"] - small["frames"])
    epoch = large["epoch"] * frames / large["frames"] + large["frame"] * (config.data.valid + config.record.train_errors)
    memory = large["memory"] + max(0.0, large["memory"] - small["memory"]) / more * (frames - large["frames"])
    seconds = whole_run(config, read(settings_type(config.potential), config.settings, config.potential), epoch)
    return Estimate(epoch, seconds, memory, "measured", f"{large['frames']} structures of these data")


def _measure(config: Config) -> dict[str, dict[str, float]]:
    """Inside the process."""
    count = FEW
    return {name: _fitted(replace(config, data=replace(config.data, train=n))) for name, n in (("small", count // 2), ("large", count))}


def _fitted(config: Config) -> dict[str, float]:
    from e3viz.potentials import kind
    from e3viz.potentials.contract import settings_of
    from e3viz.training.loop import _set_threads
    from e3viz.training.parts import prepare

    one = kind(config.potential)
    _set_threads(config.threads)
    parts = prepare(replace(config, data=replace(config.data, valid=min(config.data.valid, 5), test=-1)))
    fit = one.fit(settings_of(one, config.settings), parts.fit_data)
    fit.epoch()
    took = []
    for _ in range(1 if fit.done else 2):
        began = time.perf_counter()
        fit.epoch()
        took.append(time.perf_counter() - began)
    potential = fit.potential()
    few = list(parts.fit_data.train[:5])
    potential.predict(few)
    began = time.perf_counter()
    potential.predict(few)
    frame = (time.perf_counter() - began) / len(few)
    return {"frames": float(len(parts.fit_data.train)), "epoch": min(took), "frame": frame, "memory": _peak()}


def _peak() -> float:
    """MiB that this process has used at most; 0 where that is not known. Linux hands `ru_maxrss` of the parent down, so it comes second."""
    try:
        lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
        return next(float(line.split()[1]) for line in lines if line.startswith("VmHWM:")) / 1024.0
    except (OSError, StopIteration, ValueError):
        pass
    try:
        import resource
    except ImportError:
        return 0.0
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024.0 if sys.platform != "darwin" else 1024.0**2)


# ---- from runs, and counted ---------------------------------------------------------------------------------------------------------


def from_runs(config: Config, frames: int, folder: Path) -> Estimate | None:
    """By the newest run of the same potential, settings and threads in a folder of runs; None where there is none."""
    from e3viz.potentials import settings_type
    from e3viz.potentials.settings import plain, read
    from e3viz.training.curves import Curves
    from e3viz.training.run import find_runs

    wanted = read(settings_type(config.potential), config.settings, config.potential)
    free = {"epochs", "learning_rate", "patience", "factor", "seed"}
    compared = {name: value for name, value in plain(wanted).items() if name not in free}
    for run in reversed(find_runs(folder)):
        try:
            other = run.config()
        except UserError:
            continue
        alike = other.potential == config.potential and other.threads == config.threads and other.data.files == config.data.files
        if not alike or any(other.settings.get(name) != value for name, value in compared.items()):
            continue
        curves = Curves(run.path("events.jsonl"))
        curves.update()
        trained = len(run.split().get("train", ()))
        if len(curves) < 2 or not trained:
            continue
        spent = curves.column("seconds")
        epoch = float(spent[-1] - spent[0]) / (len(curves) - 1) * frames / trained
        return Estimate(epoch, whole_run(config, wanted, epoch), 0.0, "earlier run", run.name)
    return None


def counted(config: Config, summary: Mapping[str, Any], frames: int) -> Estimate:
    """From counts alone. summary: of the data (`atoms.data_summary`)."""
    from e3viz.potentials import settings_type
    from e3viz.potentials.settings import read

    settings = read(settings_type(config.potential), config.settings, config.potential)
    atoms = summary["atoms"]["total"] / max(1, summary["frames"])
    near = summary_neighbours(summary, getattr(settings, "r_max", 5.0))
    per_frame, held = _costs(config.potential, settings, atoms, near)
    epoch = per_frame * (frames + 0.4 * (config.data.valid + config.record.train_errors)) / max(1.0, 0.8 * config.threads)
    batch = min(getattr(settings, "batch", frames), frames)
    memory = _BASE.get(config.potential, 400.0) + held * (batch if hasattr(settings, "batch") else frames)
    return Estimate(epoch, whole_run(config, settings, epoch), memory, "counted")


def summary_neighbours(summary: Mapping[str, Any], r_max: float) -> float:
    """How many neighbours an atom has within a cutoff, by density in crystals, and all others in a molecule smaller than it."""
    most = float(summary["atoms"]["most"] - 1)
    volume = summary["volume_per_atom"]
    if summary["periodic"] and volume["least"]:
        return float(4.19 * r_max**3 / (0.5 * (volume["least"] + volume["most"])))
    return float(min(most, 0.07 * 4.19 * r_max**3))  # a molecule holds about a tenth of an atom per Å³, and much of the sphere is outside


def _costs(potential: str, settings: Any, atoms: float, near: float) -> tuple[float, float]:
    """Seconds per structure and epoch, and MiB per structure that is held at once; fitted to measurements on ethanol."""
    pairs = atoms * near
    if potential == "nequip":
        count = paths(settings.l_max, odd=settings.odd)
        work = pairs * settings.layers * settings.channels * count
        return float(settings.layers * (1.7e-3 + 2.2e-4 * count) / settings.batch + 2.65e-8 * work), float(8.6e-5 * work)
    if potential == "schnet":
        work = pairs * settings.layers * settings.channels
        return float(settings.layers * 8.5e-4 / settings.batch + 5.2e-8 * work), float(2.6e-4 * work)
    if potential == "cartesian":
        work = pairs * (settings.layers + 1) * settings.channels**2
        return float(settings.layers * 8.5e-4 / settings.batch + 4.4e-10 * work), float(
            2.6e-4 * pairs * settings.layers * settings.channels
        )
    count = round((settings.twojmax + 2) ** 3 / 12) if potential == "snap" else round(2.0 ** (settings.level / 1.33))
    per_pair = 9.2e-8 if potential == "snap" else 6.1e-8
    return 2e-4 + per_pair * pairs * count, 4.0 * (3.0 * atoms + 1.0) * count * 8.0 / 2**20


def paths(l_max: int, *, odd: bool = False) -> int:
    """How many paths the tensor product of features and harmonics has, all of them up to l_max."""
    ls = range(l_max + 1)
    triples = [(a, b, c) for a in ls for b in ls for c in range(abs(a - b), min(l_max, a + b) + 1)]
    return sum(2 if odd else (a + b + c) % 2 == 0 for a, b, c in triples)


def main(words: list[str]) -> int:
    """Measure the run of a config, and write what was found as JSON."""
    try:
        print(json.dumps(_measure(read_config(Path(words[0])))), flush=True)
    except UserError as error:
        print(json.dumps({"error": str(error)}), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
