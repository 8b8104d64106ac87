"""The subcommands `train`, `runs`, `predict` and `evaluate`."""

from __future__ import annotations

import argparse
import json
import shutil
from pathlib import Path
from typing import Any

from e3viz.arguments import TRUST, Command, Parser, assignment, existing, natural, positive, text, whole
from e3viz.errors import FileError, UserError, nearest
from e3viz.terminal import progress


def _train_arguments(parser: Parser) -> None:
    add = parser.add_argument
    add("config", metavar="CONFIG.toml", nargs="?", type=text, help="a run as TOML, or the folder of a run to go on with")
    add("--potential", metavar="NAME", type=text, help="nequip, schnet, …")
    add("--data", metavar="FILE", type=text, action="append", default=[], help="labelled frames: a file, file@0:100, a folder or “ethanol”")
    add("--valid-data", metavar="FILE", type=text, action="append", default=[], help="frames that only validate")
    add("--test-data", metavar="FILE", type=text, action="append", default=[], help="frames that only test")
    add("--train", metavar="N", type=natural, help="training frames; all that are left if not given")
    add("--valid", metavar="N", type=whole, help="validation frames")
    add("--seed", metavar="N", type=whole, help="of the split and of all that is random in the fit; 0 if not given")
    add("--max-seconds", metavar="S", type=positive, help="most seconds of training")
    add("--max-epochs", metavar="N", type=natural, help="most epochs")
    add("--patience", metavar="N", type=natural, help="end after so many epochs without a better validation error")
    add("--target", metavar="E", type=positive, help="end when the validation error has come down to this, eV/Å")
    add("--threads", metavar="N", type=natural, help="cores to use; 1 if not given")
    add("--set", metavar="key=value", type=assignment, action="append", default=[], help="a setting of the potential, or stop.clock=cpu, …")
    add("--out", metavar="DIR", type=Path, help="folder of the run; runs/… if not given")
    add("--background", action="store_true", help="leave the run to itself; follow it with “e3viz runs DIR --follow”")


_OPTIONS = {
    "potential": "potential",
    "train": "data.train",
    "valid": "data.valid",
    "seed": "seed",
    "max_seconds": "stop.seconds",
    "max_epochs": "stop.epochs",
    "patience": "stop.patience",
    "target": "stop.target",
    "threads": "threads",
}


def _train(asked: argparse.Namespace) -> int:
    from e3viz.training.run import create

    new = not asked.config or not Path(asked.config).expanduser().is_dir()
    if not new:
        run = _one_run(Path(asked.config).expanduser())
        if asked.set or asked.out or any(getattr(asked, name) is not None for name in _OPTIONS):
            raise UserError("A run goes on with what it began with.", "To change something, fork it: e3viz runs DIR --fork best --set …")
    else:
        config = _config(asked)
        run = create(asked.out, config) if asked.out else create(_free_folder(config), config)
    return _start(run, background=asked.background, new=new)


def _config(asked: argparse.Namespace) -> Any:
    from e3viz.toml import read_toml, value_of
    from e3viz.training.config import config_of

    here = Path.cwd()
    if asked.config:
        path = existing(asked.config)
        config = config_of(read_toml(path)).located(path.parent)
    elif asked.potential:
        config = config_of({"potential": asked.potential})
    else:
        raise UserError(
            "Training needs a potential and data.", "Write for example --potential nequip --data ethanol --train 100 --valid 50."
        )
    changes: dict[str, Any] = {"data." + name: [_readable(one) for one in files] for name, files in _files(asked).items() if files}
    changes |= {name: getattr(asked, option) for option, name in _OPTIONS.items() if getattr(asked, option) is not None}
    changes |= {name: value_of(value) for name, value in asked.set}
    config = config.changed(changes).located(here)
    if not config.data.files:
        raise UserError("Training needs data.", "Write for example --data ethanol --train 100 --valid 50.")
    return config


def _files(asked: argparse.Namespace) -> dict[str, list[str]]:
    return {"files": asked.data, "valid_files": asked.valid_data, "test_files": asked.test_data}


def _readable(source: str) -> str:
    """The source, if there is such a file; raises FileError with the nearest name."""
    from e3viz.atoms.datasets import named_sets

    name = source.partition("@")[0]
    if name not in named_sets() and not Path(source).expanduser().exists() and not Path(name).expanduser().is_dir():
        existing(name)
    return source


def _free_folder(config: Any) -> Path:
    stem = f"{config.potential}-{config.data.train or 'all'}-{config.seed}"
    names = (f"{stem}{'' if n == 1 else f'-{n}'}" for n in range(1, 10_000))
    return next(Path("runs") / name for name in names if not (Path("runs") / name).exists())


def _start(run: Any, *, background: bool, new: bool) -> int:
    from e3viz.training.following import follow, outcome
    from e3viz.training.launching import launch
    from e3viz.training.places import remember

    remember(run.folder.parent)
    process = launch(run, detached=background)
    if background:
        print(run.folder)
        return 0
    status = follow(run, process)
    if status.state == "failed":
        if new and not run.checkpoints():  # a mistake in what was typed leaves nothing behind
            shutil.rmtree(run.folder)
        raise UserError(status.sentence)
    if status.state == "cut off" or process.returncode not in (0, 130):
        raise FileError(f"The process of the run {run.folder.name} ended with status {process.returncode}.", "See log.txt in its folder.")
    print("\n".join(outcome(run)))
    return 130 if status.state == "interrupted" else 0


def _runs_arguments(parser: Parser) -> None:
    add = parser.add_argument
    add(
        "folder",
        metavar="DIR",
        nargs="?",
        type=text,
        default=".",
        help="a folder of runs, or one run; here if not given, or where the window keeps its own if there are none here",
    )
    add("--follow", action="store_true", help="show how a run gets on, until it ends")
    add("--pause", action="store_true", help="let it rest")
    add("--resume", action="store_true", help="end the pause, or go on with a run that was cut off, in the background")
    add("--stop", action="store_true", help="end it and keep the best model")
    add("--cancel", action="store_true", help="end it at once; it can still be resumed")
    add("--fork", metavar="CHECKPOINT", type=text, help="begin another run from best, last, epoch-000100, …")
    add("--set", metavar="key=value", type=assignment, action="append", default=[], help="what the fork changes")
    add("--out", metavar="DIR", type=Path, help="folder of the fork")
    add("--json", action="store_true", help="list them as JSON")


def _runs(asked: argparse.Namespace) -> int:
    from e3viz.toml import value_of
    from e3viz.training.launching import launch
    from e3viz.training.places import runs_folder
    from e3viz.training.run import find_runs, fork

    folder = Path(asked.folder).expanduser()
    if not folder.is_dir():
        beside = [one.name for one in folder.parent.iterdir() if one.is_dir()] if folder.parent.is_dir() else []
        raise FileError(f"There is no folder “{asked.folder}”.", nearest(folder.name, beside))
    if asked.fork:
        if not asked.out:
            raise UserError("A fork needs a folder.", "Write for example --out runs/fork.")
        made = fork(_one_run(folder), asked.fork, asked.out, {name: value_of(value) for name, value in asked.set})
        process = launch(made)
        print(made.folder)
        return _follow(made, process) if asked.follow else 0
    wanted = [what for what in ("pause", "resume", "stop", "cancel") if getattr(asked, what)]
    if len(wanted) > 1:
        raise UserError(f"A run cannot {wanted[0]} and {wanted[1]} at once.", "Ask for one.")
    started = None
    if wanted == ["resume"] and not _one_run(folder).alive():
        started = launch(_one_run(folder))
    elif wanted:
        _one_run(folder).ask(wanted[0])
    if asked.follow:
        return _follow(_one_run(folder), started)
    if not wanted:
        found = find_runs(folder)
        if not found and asked.folder == ".":  # nothing here: those that windows have begun
            found = find_runs(runs_folder())
        print(json.dumps([_row(run) for run in found], indent=1, ensure_ascii=False) if asked.json else _table(found))
    return 0


def _follow(run: Any, process: Any) -> int:
    """Follow a run to its end and say what came out."""
    from e3viz.training.following import follow, outcome

    status = follow(run, process)
    print("\n".join(outcome(run)) if status.ended else f"{run.name} is {status.state}.")
    return 0


def _one_run(folder: Path) -> Any:
    """The run in a folder. Raises UserError if it is none, naming those that are inside."""
    from e3viz.training.run import Run, find_runs

    if (folder / "config.toml").is_file():
        return Run(folder)
    inside = find_runs(folder)
    if len(inside) == 1:
        return inside[0]
    names = ", ".join(str(run.folder) for run in inside[-6:])
    raise UserError(
        f"The folder {folder.resolve().name} is no run.", f"Name one of those in it: {names}." if names else "It has no config.toml."
    )


def _row(run: Any) -> dict[str, Any]:
    from dataclasses import asdict

    status = run.status()
    try:
        config = run.config()
        what = {"potential": config.potential, "train": config.data.train, "seed": config.seed}
    except UserError as error:  # a run of a newer version, or half-written
        what = {"potential": "?", "train": 0, "seed": 0, "note": str(error)}
    return {"folder": str(run.folder), "name": run.name, **what, **asdict(status)}


def _table(runs: list[Any]) -> str:
    if not runs:
        return "There are no runs here. Begin one with: e3viz train --potential nequip --data ethanol --train 100 --valid 50"
    rows = [("run", "state", "potential", "train", "seed", "epoch", "best", "error", "seconds")]
    for run in runs:
        row = _row(run)
        score = "" if row["best_score"] is None else f"{row['best_score']:.4g}"
        epochs = f"{row['epoch']}/{row['epochs']}" if row["epochs"] else str(row["epoch"])
        numbers = (str(row["train"] or "all"), str(row["seed"]), epochs, str(row["best_epoch"] or ""), score, f"{row['seconds']:.0f}")
        rows.append((row["folder"], row["state"], row["potential"], *numbers))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join("  ".join(word.ljust(width) for word, width in zip(row, widths, strict=True)).rstrip() for row in rows)


def _model_arguments(parser: Parser) -> None:
    parser.add_argument(
        "model",
        metavar="MODEL",
        type=text,
        help="an .e3p file, the folder of a run, .snapcoeff, .mtp, a model of MACE or NequIP, .toml",
    )
    parser.add_argument("file", metavar="FILE", type=text, help="structures: a file, file@0:100, a folder or “ethanol”")
    parser.add_argument("--trust", action="store_true", help=TRUST)


def _predict_arguments(parser: Parser) -> None:
    _model_arguments(parser)
    parser.add_argument("-o", "--output", metavar="OUT.extxyz", type=Path, required=True, help="where to write the structures")


def _predictions(asked: argparse.Namespace) -> tuple[Any, Any]:
    """The data, and what the model says of them."""
    from e3viz.atoms.datasets import load_data
    from e3viz.training.evaluation import open_model, predict

    model = Path(asked.model).expanduser()
    with progress():
        potential = open_model(model if model.is_dir() else existing(asked.model), trusting=asked.trust)
        data = load_data([_readable(asked.file)])
        return data, predict(potential, data.structures)


def _predict(asked: argparse.Namespace) -> int:
    from e3viz.atoms.writing import save
    from e3viz.training.evaluation import with_predictions

    output = asked.output.expanduser()
    if not output.parent.is_dir():
        raise FileError(f"There is no folder “{output.parent}” to write {output.name} into.", "Make it first.")
    if output.suffix.lower() not in (".extxyz", ".xyz", ".traj", ".db"):
        raise UserError(f"Predictions cannot be written as “{output.name}”.", "Right would be for example predicted.extxyz.")
    data, said = _predictions(asked)
    frames = [with_predictions(structure, one) for structure, one in zip(data.structures, said, strict=True)]
    with progress():
        save(frames, output, "extxyz" if output.suffix.lower() in (".xyz", ".extxyz") else "")
    return 0


def _evaluate_arguments(parser: Parser) -> None:
    _model_arguments(parser)
    parser.add_argument("--json", action="store_true", help="as a JSON table in eV, eV/atom, eV/Å and eV/Å³")


def _evaluate(asked: argparse.Namespace) -> int:
    from e3viz.training import metrics

    data, said = _predictions(asked)
    found = metrics.errors(data.structures, said)
    if not found:
        raise UserError(f"{asked.file} carries neither energies nor forces to compare with.", "“e3viz predict” needs none.")
    if asked.json:
        print(
            json.dumps(
                {"model": asked.model, "file": asked.file, "frames": len(data), "hash": data.hash, **found}, indent=1, ensure_ascii=False
            )
        )
    else:
        print("\n".join([f"{len(data)} frames", *metrics.lines(found)]))
    return 0


TRAIN = Command(
    "train",
    "fit a potential to data, as a run that can be watched, stopped and resumed",
    _train_arguments,
    _train,
    (
        "e3viz train --potential nequip --data ethanol --train 100 --valid 50 --out runs/first",
        "e3viz train --potential schnet --data md.extxyz@0:500 --train 400 --valid 100 --max-seconds 600 --set learning_rate=0.002 r_max=5",
        "e3viz train config.toml --seed 3 --out runs/third",
        "e3viz train runs/first",
    ),
)
RUNS = Command(
    "runs",
    "list runs; follow, pause, resume, stop or fork one",
    _runs_arguments,
    _runs,
    (
        "e3viz runs",
        "e3viz runs runs/first --follow",
        "e3viz runs runs/first --stop",
        "e3viz runs runs/first --fork best --set learning_rate=0.001 --out runs/second",
    ),
)
PREDICT = Command(
    "predict",
    "write what a model says of structures beside the labels they have",
    _predict_arguments,
    _predict,
    ("e3viz predict runs/first/best.e3p md.extxyz -o predicted.extxyz",),
)
EVALUATE = Command(
    "evaluate",
    "measure a model's errors on labelled structures",
    _evaluate_arguments,
    _evaluate,
    ("e3viz evaluate runs/first ethanol@-297:", "e3viz evaluate Si.snapcoeff test.json --json"),
)
