"""The training loop: epochs of a fit, validation, the best model kept, until a rule, a person or a mistake ends it.

After each epoch the event is written first, then the best model, then the checkpoint: whenever the process is killed, what was done after
the last checkpoint is done again with the very same numbers, and nothing else is lost. A mistake ends the run with one sentence in its
status, and the last checkpoint stays good.
"""

from __future__ import annotations

import math
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from e3viz import task
from e3viz.errors import UserError
from e3viz.potentials import kind
from e3viz.potentials.contract import Fit, Kind, Potential, settings_of
from e3viz.potentials.saving import save
from e3viz.training import metrics
from e3viz.training.checkpoints import Checkpoint, Progress, also_as, read_checkpoint, write_checkpoint
from e3viz.training.config import StopConfig, completed
from e3viz.training.evaluation import predict
from e3viz.training.parts import prepare
from e3viz.training.priority import give_way
from e3viz.training.process import Process
from e3viz.training.run import Run, Status, write_json
from e3viz.training.written import Written


@dataclass(frozen=True)
class Ending:
    """Why a run ended. state: as in Status; sentence: for a person."""

    state: str
    sentence: str


def train(folder: Path) -> Status:
    """Begin or go on with the run in `folder`, to its end. Raises UserError only if another process works on it or it has no config."""
    run = Run(folder)
    run.config()
    with Process(run) as process:
        try:
            ending = _Training(run, process).run_on()
        except task.Cancelled:  # while it was being prepared, or measured at the end
            ending = Ending("interrupted", "Interrupted; it can go on.") if process.signalled else Ending("cancelled", "Cancelled.")
        except UserError as error:
            process.make_room()
            ending = Ending("failed", str(error))
        except OSError as error:
            process.make_room()
            ending = Ending("failed", f"The folder of the run cannot be written any more: {error.strerror or error}.")
        except MemoryError:
            ending = Ending("failed", "There is not enough memory. Take smaller batches, a shorter cutoff or a smaller network.")
        return process.end(ending.state, ending.sentence)


class _Training:
    """One process's share of a run."""

    def __init__(self, run: Run, process: Process) -> None:
        self.run, self.process = run, process
        self.config = run.config()
        self.kind: Kind = kind(self.config.potential)
        self.settings = settings_of(self.kind, self.config.settings)
        _set_threads(self.config.threads)
        with process.listening("Reading the data", within_budget=False):
            self.parts = prepare(self.config)
        self._settle_config()
        with process.listening("Preparing the fit", within_budget=False):
            self.fit: Fit = self.kind.fit(self.settings, self.parts.fit_data)
        self.progress = self._restore()
        self.written = Written(run, self.config, self.parts, process.events, self.progress.epoch)

    def run_on(self) -> Ending:
        """To the end."""
        process = self.process
        process.spent_before(self.progress.seconds, self.progress.cpu_seconds)
        facts = {
            "epoch": self.progress.epoch,
            "frames": {name: len(getattr(self.parts.split, name)) for name in ("train", "valid", "test")},
            "left_out": len(self.parts.split.left_out),
            "steps_per_epoch": self._steps_per_epoch(),
            "threads": self.config.threads,
            "pid": os.getpid(),
        }
        process.events.write("resumed" if self.progress.epoch and not self._forked else "started", **facts)
        if facts["left_out"] and not self.progress.epoch:
            process.events.write("note", text=f"{facts['left_out']} frames are copies of others, or of test frames, and were left out.")
        process.status(state="running", epochs=self._most_epochs(), monitor=self.config.stop.monitor, **self._counts())
        ending = self._reason()
        while ending is None:
            try:
                with process.listening(f"Epoch {self.progress.epoch + 1}", self._limit(), self.config.stop.clock):
                    self._epoch()
                give_way()
                ending = self._reason()
            except task.Cancelled:
                ending = self._asked()
        if ending.state in ("finished", "stopped"):
            self._finish(ending)
        return ending

    # ---- one epoch ------------------------------------------------------------------------------------------------------------------

    def _epoch(self) -> None:
        values = dict(self.fit.epoch())
        epoch = self.progress.epoch + 1
        facts: dict[str, Any] = {_EPOCH_NAMES.get(name, name): value for name, value in values.items()}
        potential, score = None, None
        if epoch % self.config.record.validate_every == 0 or self.fit.done or epoch == self._most_epochs():
            potential = self.fit.potential()
            with np.errstate(over="ignore", invalid="ignore"):  # a fit that blows up is told of by its score
                facts |= self.written.measure(potential, epoch)
            score = self._score(facts)
            self.fit.validated(score)
        best = score is not None and (self.progress.best_score is None or score < self.progress.best_score)
        seconds, cpu_seconds = self.process.spent()
        self.progress = replace(self.progress, epoch=epoch, seconds=seconds, cpu_seconds=cpu_seconds)
        if best:
            self.progress = replace(self.progress, best_epoch=epoch, best_score=score)
        self.written.epoch(
            epoch, {"seconds": round(seconds, 4), "cpu_seconds": round(cpu_seconds, 4), "score": score, "best": best, **facts}
        )
        if best and potential is not None:
            self._save(potential, "best.e3p", facts)
        self._checkpoint(epoch, best)
        self.process.status(surely=False, **self._counts())

    def _score(self, facts: Mapping[str, Any]) -> float:
        """The number whose fall is the aim. Raises UserError if it is none."""
        score = _score(self.config.stop, facts)
        if score is not None and not math.isfinite(score):
            raise UserError(
                f"The validation error stopped being a finite number in epoch {self.progress.epoch + 1}.",
                "Lower the learning rate, or look for odd labels in the data.",
            )
        return float(facts.get("loss", -self.progress.epoch)) if score is None else score

    def _checkpoint(self, epoch: int, best: bool) -> None:
        folder = self.run.path("checkpoints")
        write_checkpoint(Checkpoint(self.progress, self.fit.state()), folder / "last.safetensors")
        if best:
            also_as(folder / "last.safetensors", folder / "best.safetensors")
        every = self.config.record.keep_every
        if every and epoch % every == 0:
            also_as(folder / "last.safetensors", folder / f"epoch-{epoch:06d}.safetensors")

    def _save(self, potential: Potential, name: str, facts: Mapping[str, Any]) -> None:
        measured = {
            key: value for key, value in facts.items() if key.startswith(("train_", "valid_", "test_")) and isinstance(value, float)
        }
        data = {
            "files": list(self.config.data.files),
            "hash": self.config.data.hash,
            **{part: len(getattr(self.parts.split, part)) for part in ("train", "valid", "test")},
            "seed": self.config.seed,
            "epoch": self.progress.epoch,
            "run": self.run.folder.name,
        }
        save(potential.described(data=data, metrics=measured, versions=dict(self.config.versions)), self.run.path(name))

    # ---- beginning ------------------------------------------------------------------------------------------------------------------

    @property
    def _forked(self) -> bool:
        return not self.run.path("checkpoints/last.safetensors").exists()

    def _settle_config(self) -> None:
        """Write the whole truth into the config, once."""
        settled = completed(self.config, self.settings, self.parts.data.hash)
        if not self.config.data.hash or not self.config.versions:
            settled.save(self.run.path("config.toml"))
        elif settled.versions != self.config.versions:
            changed = sorted(name for name, now in settled.versions.items() if self.config.versions.get(name) != now)
            self.process.events.write("note", text=f"The run goes on with another version of {', '.join(changed)}.")
        self.config = replace(settled, versions=self.config.versions or settled.versions)
        write_json(self.parts.table(), self.run.path("split.json"))

    def _restore(self) -> Progress:
        """From the last checkpoint, or the one that a fork begins with."""
        last, start = (self.run.path(f"checkpoints/{name}.safetensors") for name in ("last", "start"))
        if not last.exists() and not start.exists():
            return Progress(settings=dict(self.config.settings))
        found = read_checkpoint(last if last.exists() else start)
        self.fit.restore(found.state)
        self.fit.epochs = found.epoch
        if not last.exists():  # a fork: its own best counts, its own clock runs
            before = found.progress.settings or {}
            self.fit.resettled({name for name, value in self.config.settings.items() if before.get(name, value) != value})
            return Progress(epoch=found.epoch, settings=dict(self.config.settings))
        return replace(found.progress, settings=dict(self.config.settings))

    def _steps_per_epoch(self) -> int:
        batch = getattr(self.settings, "batch", 0)
        return math.ceil(len(self.parts.split.train) / batch) if batch else 1

    # ---- ending ---------------------------------------------------------------------------------------------------------------------

    def _most_epochs(self) -> int:
        own = int(getattr(self.settings, "epochs", 0) or 0)
        return min((n for n in (own, self.config.stop.epochs) if n), default=0)

    def _limit(self) -> float:
        """When the budget is spent; the first epoch is never cut short, so that there is always a model."""
        limit = self.config.stop.seconds
        return math.inf if not limit or not self.progress.epoch else limit

    def _reason(self) -> Ending | None:
        """Why it ends after this epoch, if it does."""
        stop, now = self.config.stop, self.progress
        if now.epoch and self.fit.done:
            return Ending("finished", f"Done after {now.epoch} {'epoch' if now.epoch == 1 else 'epochs'}.")
        if stop.epochs and now.epoch >= stop.epochs:
            return Ending("finished", f"Done after {now.epoch} epochs, as asked.")
        if now.best_score is not None and stop.target and now.best_score <= stop.target:
            return Ending(
                "finished", f"The validation error reached {now.best_score:.4g} in epoch {now.best_epoch}; {stop.target:g} was asked for."
            )
        if now.best_epoch and stop.patience and now.epoch - now.best_epoch >= stop.patience:
            return Ending(
                "finished", f"The validation error has not fallen for {stop.patience} epochs; the best is epoch {now.best_epoch}."
            )
        if now.epoch and stop.seconds and self.process.spent()[stop.clock == "cpu"] >= stop.seconds:
            return Ending("finished", f"The {stop.seconds:g} seconds are spent, after {now.epoch} epochs.")
        return None

    def _asked(self) -> Ending:
        """Why work was cut short within an epoch."""
        asked = self.process.asked()
        if asked == "stop" and self.progress.epoch:
            return Ending("stopped", f"Stopped after {self.progress.epoch} epochs; the best is epoch {self.progress.best_epoch}.")
        if asked in ("stop", "cancel"):
            return Ending("cancelled", f"Cancelled after {self.progress.epoch} epochs.")
        if self.process.signalled:
            return Ending("interrupted", f"Interrupted after {self.progress.epoch} epochs; it can go on from there.")
        return self._reason() or Ending("interrupted", f"Cut short after {self.progress.epoch} epochs; it can go on from there.")

    def _finish(self, ending: Ending) -> None:
        """Last model, errors of the best one on the test part, and the result."""
        from e3viz.potentials.saving import read

        with self.process.listening("Measuring the best model", within_budget=False):
            self._save(self.fit.potential(), "last.e3p", {})
            best = read(self.run.path("best.e3p")) if self.run.path("best.e3p").exists() else self.fit.potential()
            found = {"valid": metrics.errors(self.parts.valid, predict(best, self.parts.valid))} if self.parts.valid else {}
            if self.parts.test:
                found["test"] = metrics.errors(self.parts.test, predict(best, self.parts.test))
        flat = {f"{part}_{name}": value for part, one in found.items() for name, value in one.items()}
        save(best.described(metrics={**best.card.metrics, **flat}), self.run.path("best.e3p"))
        result = {
            "potential": self.config.potential,
            "state": ending.state,
            "sentence": ending.sentence,
            **self._counts(),
            "parameters": best.parameters(),
            "frames": {name: len(getattr(self.parts.split, name)) for name in ("train", "valid", "test")},
            "errors": found,
            "seed": self.config.seed,
            "data_hash": self.config.data.hash,
            "versions": dict(self.config.versions),
        }
        write_json(result, self.run.path("result.json"))
        self.process.events.write("result", **result)

    def _counts(self) -> dict[str, Any]:
        now = self.progress
        return {
            "epoch": now.epoch,
            "seconds": round(now.seconds, 3),
            "cpu_seconds": round(now.cpu_seconds, 3),
            "best_epoch": now.best_epoch,
            "best_score": now.best_score,
        }


_EPOCH_NAMES = {"energy_rmse_per_atom": "step_energy_rmse_per_atom", "forces_rmse": "step_forces_rmse", "stress_rmse": "step_stress_rmse"}
"""What a fit says of its own steps, under names apart from the errors that are measured after them."""


def _score(stop: StopConfig, facts: Mapping[str, Any]) -> float | None:
    """The monitored error of the validation part, or of the training frames where there is none; None if neither is measured."""
    for part in ("valid", "train"):
        forces, energy = facts.get(f"{part}_forces_mae"), facts.get(f"{part}_energy_mae_per_atom")
        if forces is None and energy is None:
            continue
        if stop.monitor == "sum":
            return float((forces or 0.0) + (energy or 0.0))
        value = facts.get(f"{part}_{stop.monitor}")
        return float(value if value is not None else energy if energy is not None else forces or 0.0)
    return None


def _set_threads(threads: int) -> None:
    """For torch where the potential has loaded it; NumPy's were set with the environment of the process."""
    torch = sys.modules.get("torch")
    if torch is not None:
        torch.set_num_threads(threads)
