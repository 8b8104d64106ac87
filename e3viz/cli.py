"""The command line. `COMMANDS` is the one table of subcommands: a new one is one line there and two functions.

`e3viz FILE…` opens the window; everything else works with no window, no display and no Qt. Exit status: 0 done; 1 a file cannot be
read or written; 2 a mistake in what was typed, with the nearest valid choice; 70 a defect of the program (its traceback is shown if
E3VIZ_DEBUG is set); 130 interrupted. Nothing heavy is imported before it is known what is asked for.
"""

from __future__ import annotations

import argparse
import difflib
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from e3viz import __version__, task
from e3viz.arguments import Command, Parser, examples_of, existing, text
from e3viz.errors import FileError, UserError, nearest
from e3viz.export.commands import ANIMATE, RENDER, REPORT
from e3viz.terminal import progress
from e3viz.training.audit_command import AUDIT
from e3viz.training.commands import EVALUATE, PREDICT, RUNS, TRAIN
from e3viz.training.data_commands import DATA, GET
from e3viz.training.study_command import STUDY


def program() -> None:
    """The entry point of `e3viz` and `python -m e3viz`."""
    import warnings

    if not os.environ.get("E3VIZ_DEBUG") and not sys.warnoptions:
        warnings.simplefilter("ignore")  # what one library has to say about another is not for the person at the terminal
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a terminal that knows no Å shows a question mark, not a traceback
    sys.exit(main(sys.argv[1:]))


def main(words: Sequence[str]) -> int:
    """Do what `words` ask for; the exit status."""
    try:
        status = _dispatch(words)
        sys.stdout.flush()
        return status
    except SystemExit as end:  # argparse after --help and --version
        return end.code if isinstance(end.code, int) else 0
    except UserError as error:
        print("e3viz:", " ".join(str(error).split()), file=sys.stderr)
        return 1 if isinstance(error, FileError) else 2
    except (KeyboardInterrupt, task.Cancelled):
        print("e3viz: interrupted.", file=sys.stderr)
        return 130
    except BrokenPipeError:  # the reader of our output (head, less) has enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except Exception as error:
        return _defect(error)


def _dispatch(words: Sequence[str]) -> int:
    known = {command.name: command for command in COMMANDS}
    if words and words[0] in known:
        command = known[words[0]]
        return command.run(command.parser().read(words[1:]))
    return _window(_window_parser().read(words))


def _defect(error: Exception) -> int:
    if os.environ.get("E3VIZ_DEBUG"):
        import traceback

        traceback.print_exception(error)
    else:
        what = " ".join(str(error).split())[:200]
        print(f"e3viz: this is a defect of e3viz, please report it: {type(error).__name__}: {what}", file=sys.stderr)
        print("e3viz: set E3VIZ_DEBUG=1 to see where it happened.", file=sys.stderr)
    return 70


# ---- the window -------------------------------------------------------------------------------------------------------------------


def _window_parser() -> Parser:
    commands = "\n".join(f"  {command.name:<10}{command.summary}" for command in COMMANDS)
    examples = examples_of(("e3viz", "e3viz structure.cif run.extxyz", "e3viz --lab structures molecule.xyz", "e3viz render --help"))
    parser = Parser(
        prog="e3viz",
        usage="e3viz [FILE…] [--lab LAB] [--session FILE]\n       e3viz COMMAND …",
        description="See, build, train and question E(3)-equivariant neural networks. Without a command it opens the window.",
        epilog=f"commands (each has its own --help):\n{commands}\n\n{examples}",
    )
    parser.add_argument("files", nargs="*", metavar="FILE", type=text, help="structure files to open")
    parser.add_argument("--lab", metavar="LAB", type=text, help="the lab to show first; see “e3viz labs”")
    parser.add_argument("--session", metavar="FILE", type=Path, help="a session written by “Save session”")
    parser.add_argument("--version", action="version", version=f"e3viz {__version__}")
    parser.add_argument("--time-to-first-picture", dest="first_picture", action="store_true", help=argparse.SUPPRESS)
    return parser


def _window(asked: argparse.Namespace) -> int:
    if asked.files:
        _refuse_misspelt(asked.files[0])
    files = [existing(word) for word in asked.files]
    if asked.lab:
        from e3viz import labs

        labs.entry(asked.lab)
    if asked.session:
        existing(str(asked.session))
    _require_display(f"e3viz render structures {asked.files[0] if files else ''}".rstrip())
    from e3viz.gui.app import main as open_window

    status: int = open_window(files, asked.lab or "", asked.session, first_picture=asked.first_picture)
    return status


def _require_display(instead: str) -> None:
    """Raises UserError where no window can open, and names the command that needs none."""
    if sys.platform == "linux" and not any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")):
        raise UserError("There is no display to open a window on.", f"A picture can be had without one: {instead} -o picture.png")


def _refuse_misspelt(word: str) -> None:
    """Raises UserError for a word that is no file but looks like a command or a lab."""
    from e3viz.labs import LABS

    if Path(word).name != word or Path(word).suffix or Path(word).exists():
        return
    commands, labs = [command.name for command in COMMANDS], [entry.name for entry in LABS]
    if difflib.get_close_matches(word, commands, n=1):
        raise UserError(f"There is no command and no file called “{word}”.", nearest(word, commands))
    if close := difflib.get_close_matches(word, labs, n=1):
        raise UserError(f"There is no command and no file called “{word}”.", f"Did you mean “e3viz --lab {close[0]}”?")


# ---- the commands -----------------------------------------------------------------------------------------------------------------


def _labs_arguments(parser: Parser) -> None:
    parser.add_argument(
        "lab", metavar="LAB", nargs="?", type=text, help="list the settings of this lab, as “e3viz render --set” takes them"
    )
    parser.add_argument("--json", action="store_true", help="as a JSON list, for programs")


def _labs(asked: argparse.Namespace) -> int:
    from e3viz.labs import listing

    if asked.json:
        _print_json(listing.settings(asked.lab) if asked.lab else listing.all_labs())
    else:
        print(listing.settings_text(asked.lab) if asked.lab else listing.labs_text())
    return 0


def _info_arguments(parser: Parser) -> None:
    parser.add_argument("file", metavar="FILE", type=text, help="a structure file of any format that ASE reads")
    parser.add_argument("--json", action="store_true", help="as a JSON table, for programs")


def _info(asked: argparse.Namespace) -> int:
    from e3viz.atoms.groups import describe
    from e3viz.atoms.reading import load
    from e3viz.atoms.summary import summary, summary_text

    with progress():
        frames = load(existing(asked.file))
        facts = summary(frames)
    try:
        group = describe(frames[0])
    except UserError:  # too many atoms, or none
        group = None
    if not asked.json:
        print(summary_text(facts | {"group": group.text if group else ""}))
        return 0
    names = ("kind", "space_group", "number", "point_group", "tolerance")
    _print_json(facts | {"group": group and {name: getattr(group, name) or None for name in names}})
    return 0


def _tour_arguments(parser: Parser) -> None:
    parser.add_argument("files", nargs="*", metavar="FILE", type=text, help="a structure file for the labs that show one")
    parser.add_argument("--out", metavar="DIR", type=Path, required=True, help="the folder for the pictures; it is made if needed")


def _tour(asked: argparse.Namespace) -> int:
    files = [existing(word) for word in asked.files]
    _require_display("e3viz render LAB")
    from e3viz.gui.tour import tour

    status: int = tour(asked.out.expanduser(), files)
    return status


def _print_json(value: object) -> None:
    import json

    print(json.dumps(value, indent=1, ensure_ascii=False))


COMMANDS: tuple[Command, ...] = (
    Command("labs", "list the labs, or the settings of one", _labs_arguments, _labs, ("e3viz labs", "e3viz labs structures")),
    RENDER,
    ANIMATE,
    TRAIN,
    RUNS,
    PREDICT,
    EVALUATE,
    AUDIT,
    STUDY,
    REPORT,
    DATA,
    GET,
    Command("info", "say what a structure file holds", _info_arguments, _info, ("e3viz info run.extxyz", "e3viz info crystal.cif --json")),
    Command(
        "tour",
        "visit every lab in both themes and save a picture of each",
        _tour_arguments,
        _tour,
        ("e3viz tour --out pictures", "e3viz tour crystal.cif --out pictures"),
    ),
)
