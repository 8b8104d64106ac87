"""Everything that decides a run, as a TOML file: potential and settings, data and split, seed, when to stop, what to record, versions.

The file in the folder of a run is the whole truth: when the run starts, defaults, the hash of the data and the versions of the programs are
written into it, and a resumed run refuses data with another hash. Times are seconds, errors eV, eV/atom and eV/Å.
"""

from __future__ import annotations

import platform
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from e3viz import __version__, potentials
from e3viz.errors import UserError, nearest
from e3viz.potentials.contract import NOTHING
from e3viz.potentials.settings import plain, read, setting
from e3viz.toml import read_toml, toml_text, write_toml

MONITORS = ("forces_mae", "forces_rmse", "energy_mae_per_atom", "energy_rmse_per_atom", "sum")
REFERENCES = ("least squares", "isolated atoms", "none")


@dataclass(frozen=True)
class DataConfig:
    """Which frames are fitted to, which choose the best epoch, which measure. Frames by hand: `0:100, 150, 200:300:2`."""

    files: tuple[str, ...] = setting((), "files, slices such as file.xyz@0:100, folders, or “ethanol”")
    valid_files: tuple[str, ...] = setting((), "files that only validate; their frames are all used, or the first `valid`")
    test_files: tuple[str, ...] = setting((), "files that only test")
    split: str = setting("seed", "how frames are shared out", choices=("seed", "group", "file", "hand"))
    group: str = setting("", "the value of frames that names their group, for split = “group”")
    train: int = setting(0, "training frames, 0 for all that are left", low=0, high=100_000_000)
    valid: int = setting(0, "validation frames", low=0, high=100_000_000)
    test: int = setting(0, "test frames, 0 for all of the fixed test part and of test files; -1 for none", low=-1, high=100_000_000)
    train_frames: str = setting("", "for split = “hand”")
    valid_frames: str = setting("", "for split = “hand”")
    test_frames: str = setting("", "for split = “hand”")
    references: str = setting("least squares", "reference energies of elements", choices=REFERENCES)
    hash: str = setting("", "of the data; a run refuses others. Empty: taken when the run starts")


@dataclass(frozen=True)
class StopConfig:
    """When a run ends, besides the potential's own rule. 0 means never."""

    epochs: int = setting(0, "most epochs", low=0, high=100_000_000)
    seconds: float = setting(0.0, "most seconds of training", low=0.0, high=1e9)
    clock: str = setting("wall", "seconds by the clock on the wall, or of all cores together", choices=("wall", "cpu"))
    patience: int = setting(0, "epochs without a better validation error", low=0, high=100_000_000)
    target: float = setting(0.0, "validation error that is good enough, eV/Å or eV/atom", low=0.0, high=1e9)
    monitor: str = setting("forces_mae", "the validation error that chooses the best epoch", choices=MONITORS)


@dataclass(frozen=True)
class RecordConfig:
    """What a run writes down of itself."""

    validate_every: int = setting(1, "epochs between validations", low=1, high=1_000_000)
    keep_every: int = setting(100, "epochs between checkpoints that stay, 0 for none", low=0, high=1_000_000)
    train_errors: int = setting(10, "training frames whose errors are measured beside the validation", low=0, high=1_000_000)
    parity: int = setting(50, "validation frames whose predictions are kept per epoch", low=0, high=10_000)
    probe: str = setting("", "a frame watched per epoch, such as file.xyz@0; empty: the first validation frame; “none”")
    features: bool = setting(True, "also the probe's features, where the potential has them")
    tensorboard: bool = setting(False, "also events for TensorBoard")


@dataclass(frozen=True)
class Config:
    """One run. settings: of the potential; parent: run, checkpoint and epoch that it was forked from; versions: of the programs."""

    potential: str
    seed: int = 0
    threads: int = 1
    settings: Mapping[str, Any] = field(default_factory=lambda: NOTHING)
    data: DataConfig = field(default_factory=DataConfig)
    stop: StopConfig = field(default_factory=StopConfig)
    record: RecordConfig = field(default_factory=RecordConfig)
    parent: Mapping[str, Any] = field(default_factory=lambda: NOTHING)
    versions: Mapping[str, str] = field(default_factory=lambda: NOTHING)

    def table(self) -> dict[str, Any]:
        """As plain values, for TOML."""
        sections = {"data": plain(self.data), "stop": plain(self.stop), "record": plain(self.record)}
        maps = {"parent": dict(self.parent), "versions": dict(self.versions)}
        head = {"potential": self.potential, "seed": self.seed, "threads": self.threads}
        return {**head, "settings": dict(self.settings), **sections, **{name: table for name, table in maps.items() if table}}

    def text(self) -> str:
        """As TOML."""
        return toml_text(self.table())

    def save(self, path: Path) -> None:
        """As a TOML file."""
        write_toml(self.table(), path)

    def located(self, folder: Path) -> Config:
        """The same with names of files, as they were meant in `folder`, that hold from anywhere."""
        from e3viz.atoms.datasets import located

        files, valid_files, test_files = (
            tuple(located(one, folder) for one in names) for names in (self.data.files, self.data.valid_files, self.data.test_files)
        )
        data = replace(self.data, files=files, valid_files=valid_files, test_files=test_files)
        probe = self.record.probe
        return replace(self, data=data, record=self.record if probe in ("", "none") else replace(self.record, probe=located(probe, folder)))

    def changed(self, changes: Mapping[str, Any]) -> Config:
        """With changes by dotted name (`stop.patience`, `data.train`, `seed`); a name without a dot that is none of a run's own is a
        setting of the potential. Raises UserError with the nearest name."""
        table = self.table()
        for name, value in changes.items():
            section, dot, inner = name.partition(".")
            if not dot and section in _PLAIN:
                table[section] = value
            elif not dot:
                table["settings"] = {**table["settings"], section: value}
            elif section in table and isinstance(table[section], dict):
                table[section] = {**table[section], inner: value}
            else:
                raise UserError(f"A run has no section “{section}”.", nearest(section, ["settings", *_SECTIONS]))
        return config_of(table)


_SECTIONS: Mapping[str, type] = {"data": DataConfig, "stop": StopConfig, "record": RecordConfig}
_PLAIN: Mapping[str, type] = {"potential": str, "seed": int, "threads": int}


def read_config(path: Path) -> Config:
    """Raises FileError for what is no TOML, UserError for names and values that a run does not have."""
    return config_of(read_toml(path))


def config_of(table: Mapping[str, Any]) -> Config:
    """A config from plain values, checked but for the potential's own settings, which need the potential's module."""
    known = [one.name for one in fields(Config)]
    for name, value in table.items():
        if name not in known:
            inside = next((s for s, kind in _SECTIONS.items() if name in {one.name for one in fields(kind)}), "")
            raise UserError(f"A run has no entry “{name}”.", f"It belongs into [{inside}]." if inside else nearest(name, known))
        if isinstance(value, Mapping) != (name not in _PLAIN):
            raise UserError(
                f"“{name}” of a run is {'a table' if isinstance(value, Mapping) else 'no table'}.", _WANTED.get(name, f"Write [{name}].")
            )
        if name in _PLAIN and (type(value) is not _PLAIN[name]):
            raise UserError(f"{name} = {value!r} cannot be.", _WANTED[name])
    if "potential" not in table:
        raise UserError("The run names no potential.", f"Write potential = “{potentials.POTENTIALS[0].name}”, for example.")
    names = [entry.name for entry in potentials.POTENTIALS]
    if table["potential"] not in names:
        raise UserError(f"There is no potential called “{table['potential']}”.", nearest(table["potential"], names))
    if not 1 <= table.get("threads", 1) <= 1024 or table.get("seed", 0) < 0:
        raise UserError("A run has at least one thread, and a seed of at least 0.", "Leave them out for 1 and 0.")
    sections = {name: read(kind, table.get(name, {}), f"[{name}]") for name, kind in _SECTIONS.items()}
    for name in ("files", "valid_files", "test_files"):
        if any(not isinstance(one, str) for one in getattr(sections["data"], name)):
            raise UserError(f"[data] {name} is a list of names.", "Write files = [“one.xyz”, “two.xyz@0:100”].")
    return Config(**{**table, **sections})


_WANTED = {
    "potential": "Write for example potential = “nequip”.",
    "seed": "Write a whole number, for example seed = 0.",
    "threads": "Write a whole number, for example threads = 1.",
}


def completed(config: Config, settings: Any, data_hash: str) -> Config:
    """With every default written out, the hash of the data, and the versions."""
    return replace(config, settings=plain(settings), data=replace(config.data, hash=data_hash), versions=versions())


def versions() -> dict[str, str]:
    """Of what decides the numbers of a run."""
    found = {"e3viz": __version__, "python": platform.python_version(), "machine": f"{platform.system()} {platform.machine()}"}
    for name in ("numpy", "torch"):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
