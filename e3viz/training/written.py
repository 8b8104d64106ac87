"""What a run writes down per epoch: its event, the same as a row of CSV and for TensorBoard, errors measured with the model as it stands,
and arrays of its probe and of predictions on the validation part."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np

from e3viz.atoms.edit import act, without_results
from e3viz.atoms.structure import Structure
from e3viz.errors import UserError
from e3viz.potentials.contract import Featured, Potential, Prediction
from e3viz.symmetry.element import Element
from e3viz.training import metrics
from e3viz.training.config import Config
from e3viz.training.evaluation import predict
from e3viz.training.events import EventWriter
from e3viz.training.parts import Parts
from e3viz.training.recording import Recording
from e3viz.training.run import Run
from e3viz.training.tables import Tables

MOST_COMPONENTS = 3000
"""Force components kept per epoch for parity plots."""
_TURN = Element((0.48, -0.6, 0.64), 77.0, True)
"""Some rotation with inversion under which the probe's forces are compared."""


class Written:
    """Of one run, which goes on from epoch `done`."""

    def __init__(self, run: Run, config: Config, parts: Parts, events: EventWriter, done: int) -> None:
        self.run, self.config, self.parts, self.events = run, config, parts, events
        self._probe: Recording | None = None
        self._parity: Recording | None = None
        self._board = self._tensorboard() if config.record.tensorboard else None
        self._tables = Tables(run.folder, done)

    def measure(self, potential: Potential, epoch: int) -> dict[str, float]:
        """Errors on the validation part and some training frames, and the probe's equivariance error. Records arrays on the way."""
        facts: dict[str, float] = {}
        if self._few_train:
            found = metrics.errors(self._few_train, predict(potential, self._few_train))
            facts |= {f"train_{name}": value for name, value in found.items()}
        valid = self._valid
        if valid:
            said = predict(potential, valid)
            facts |= {f"valid_{name}": value for name, value in metrics.errors(valid, said).items()}
            kept = self.config.record.parity
            if kept:
                self._record_parity(epoch, valid[:kept], said[:kept])
        if self.parts.probe is not None:
            facts |= self._record_probe(potential, self.parts.probe, epoch)
        return facts

    def epoch(self, epoch: int, facts: Mapping[str, Any]) -> None:
        """The event of an epoch, and its row. Raises FileError."""
        event = self.events.write("epoch", epoch=epoch, **facts)
        row = {name: value for name, value in event.items() if name != "event"}
        self._tables.append(row, self.events.end)
        if self._board is not None:
            self._board(epoch, row)

    # ---- arrays ---------------------------------------------------------------------------------------------------------------------

    @cached_property
    def _valid(self) -> list[Structure]:
        return self.parts.valid

    @cached_property
    def _few_train(self) -> list[Structure]:
        return self.parts.data.part(self.parts.split.train[: self.config.record.train_errors])

    def _record_parity(self, epoch: int, structures: list[Structure], said: list[Prediction]) -> None:
        found = metrics.parity(structures, said)
        chosen = (
            np.unique(np.linspace(0, found.forces.shape[1] - 1, MOST_COMPONENTS).astype(int)) if found.forces.size else np.zeros(0, int)
        )
        if self._parity is None:
            frames = self.parts.split.valid[: len(structures)]
            origins = [[self.parts.data.origins[n].file, self.parts.data.origins[n].frame] for n in frames]
            about = {
                "origins": origins,
                "energy": found.energy[0].tolist(),
                "energy_frames": found.energy_frames.astype(int).tolist(),
                "forces": found.forces[0][chosen].tolist(),
                "forces_frames": found.forces_frames[chosen].astype(int).tolist(),
                "forces_atoms": found.forces_atoms[chosen].astype(int).tolist(),
            }
            self._parity = Recording(self.run.path("parity"), about)
        self._parity.write(epoch, {"energy": found.energy[1], "forces": found.forces[1][chosen].astype(np.float32)})

    def _record_probe(self, potential: Potential, probe: Structure, epoch: int) -> dict[str, float]:
        plain = without_results(probe)
        said, turned = potential.predict([plain, act(plain, _TURN)])
        away = turned.forces - _TURN.act_on_vectors(said.forces)
        arrays: dict[str, Any] = {"energy": np.float64(said.energy), "energies": said.energies, "forces": said.forces}
        layers: list[dict[str, str]] = []
        if self.config.record.features and isinstance(potential, Featured):
            for n, layer in enumerate(potential.features(plain)):
                arrays[f"features_{n}"] = layer.values.astype(np.float32)
                layers.append({"layer": layer.layer, "irreps": layer.irreps})
        if self._probe is None:
            labels = {"energy": probe.values.get("energy"), "forces": probe.arrays["forces"].tolist() if "forces" in probe.arrays else None}
            about = {
                "numbers": probe.numbers.tolist(),
                "positions": probe.positions.tolist(),
                "cell": probe.cell.tolist(),
                "pbc": list(probe.pbc),
                "labels": labels,
                "layers": layers,
            }
            self._probe = Recording(self.run.path("probe"), about)
        self._probe.write(epoch, arrays)
        return {"equivariance_error": float(np.abs(away).max(initial=0.0))}

    def _tensorboard(self) -> Any:
        try:
            from tensorboard.compat.proto.event_pb2 import Event
            from tensorboard.compat.proto.summary_pb2 import Summary
            from tensorboard.summary.writer.event_file_writer import EventFileWriter
        except ImportError as error:
            raise UserError("TensorBoard is not installed.", "Install it with: pip install e3viz[tensorboard]") from error
        writer = EventFileWriter(str(self.run.path("tensorboard")))

        def board(epoch: int, row: Mapping[str, Any]) -> None:
            numbers = {name: value for name, value in row.items() if isinstance(value, int | float) and name not in ("epoch", "time")}
            values = [Summary.Value(tag=name.replace("_", "/", 1), simple_value=float(value)) for name, value in numbers.items()]
            writer.add_event(Event(wall_time=row["time"], step=epoch, summary=Summary(value=values)))
            writer.flush()

        return board
