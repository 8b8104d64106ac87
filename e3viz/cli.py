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
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from e3viz import __version__, task
from e3viz.arguments import Parser, assignment, choice, text
from e3viz.errors import FileError, UserError, nearest


@dataclass(frozen=True)
class Command:
    """One subcommand. arguments: adds its options to a parser; run: does it and returns the exit status; examples: for its help."""

    name: str
    summary: str
    arguments: Callable[[Parser], None]
    run: Callable[[argparse.Namespace], int]
    examples: tuple[str, ...]

    def parser(self) -> Parser:
        """The parser of what follows its name."""
        parser = Parser(prog=f"e3viz {self.name}", description=_sentence(self.summary), epilog=_examples(self.examples))
        self.arguments(parser)
        return parser


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
    examples = _examples(("e3viz", "e3viz structure.cif run.extxyz", "e3viz --lab structures molecule.xyz", "e3viz render --help"))
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
    return parser


def _window(asked: argparse.Namespace) -> int:
    files = [_openable(word, first=not index) for index, word in enumerate(asked.files)]
    if asked.lab:
        from e3viz import labs

        labs.entry(asked.lab)
    if asked.session:
        _openable(str(asked.session))
    if sys.platform == "linux" and not any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")):
        shown = asked.files[0] if files else "FILE"
        raise UserError(
            "There is no display to open a window on.", f"A picture can be had without one: e3viz render structures {shown} -o picture.png"
        )
    from e3viz.gui.app import main as open_window

    status: int = open_window(files, asked.lab, asked.session)
    return status


def _openable(word: str, *, first: bool = False) -> Path:
    """The path that a person typed; raises FileError if nothing can be there, and UserError if it looks like a misspelt command."""
    path = Path(word).expanduser()
    if path.is_dir():
        raise FileError(f"“{word}” is a folder.", "Name a file in it.")
    if path.exists():
        return path
    if first and path.name == word and not path.suffix:
        from e3viz.labs import LABS

        commands, labs = [command.name for command in COMMANDS], [entry.name for entry in LABS]
        if difflib.get_close_matches(word, commands, n=1):
            raise UserError(f"There is no command and no file called “{word}”.", nearest(word, commands))
        if close := difflib.get_close_matches(word, labs, n=1):
            raise UserError(f"There is no command and no file called “{word}”.", f"Did you mean “e3viz --lab {close[0]}”?")
    raise FileError(f"There is no file “{word}”.", _beside(path))


def _beside(path: Path) -> str:
    try:
        near = difflib.get_close_matches(path.name, [other.name for other in path.parent.iterdir()], n=1)
    except OSError:
        return ""
    return f"Did you mean “{near[0]}”?" if near else ""


# ---- the commands -----------------------------------------------------------------------------------------------------------------


def _labs_arguments(parser: Parser) -> None:
    parser.add_argument("--json", action="store_true", help="as a JSON list, for programs")


def _labs(asked: argparse.Namespace) -> int:
    from e3viz.labs import LABS

    if asked.json:
        _print_json([{"name": e.name, "title": e.title, "section": e.section, "summary": e.summary} for e in LABS])
        return 0
    width = max(len(entry.name) for entry in LABS) + 2
    for entry in LABS:
        print(f"{entry.name:<{width}}{entry.summary}")
    return 0


def _info_arguments(parser: Parser) -> None:
    parser.add_argument("file", metavar="FILE", type=text, help="a structure file of any format that ASE reads")
    parser.add_argument("--json", action="store_true", help="as a JSON table, for programs")


def _info(asked: argparse.Namespace) -> int:
    from e3viz.atoms.reading import load
    from e3viz.atoms.summary import summary, summary_text

    with _progress():
        facts = summary(load(_openable(asked.file)))
    if asked.json:
        _print_json(facts)
    else:
        print(summary_text(facts))
    return 0


def _render_arguments(parser: Parser) -> None:
    parser.add_argument("lab", metavar="LAB", type=text, help="the lab that draws; see “e3viz labs”")
    parser.add_argument("file", metavar="FILE", nargs="?", type=text, help="the file it shows; without one, a default worth looking at")
    parser.add_argument("-o", "--output", metavar="OUT", type=Path, required=True, help="the file to write; its suffix says what it is")
    parser.add_argument(
        "--set", metavar="field=value", type=assignment, action="append", default=[], help="a setting of the lab; several may follow"
    )
    parser.add_argument("--state", metavar="STATE.json", type=Path, help="settings of the lab as JSON, or a saved session")
    parser.add_argument(
        "--g", metavar="G", type=text, help="the element of E(3) that acts: axis=x,y,z angle=deg inversion mirror=… shift=…"
    )
    parser.add_argument("--size", metavar="WxH", type=text, help="pixels (1600x1200), or millimetres (80x60mm) at --dpi")
    parser.add_argument("--dpi", metavar="N", type=text, help="dots per inch of a size in millimetres")
    parser.add_argument(
        "--theme", metavar="light|dark", type=choice("theme", ("light", "dark")), default="light", help="colours; light if not given"
    )
    parser.add_argument("--transparent", action="store_true", help="no background")
    parser.add_argument("--panel", metavar="NAME", type=text, default="", help="one of the lab's pictures alone")
    parser.add_argument(
        "--view", metavar="V", type=text, default="", help="x, y, z, -x, …, a lattice vector a, b, c, or a direction such as 1,1,0"
    )


def _tour_arguments(parser: Parser) -> None:
    parser.add_argument("--out", metavar="DIR", type=Path, required=True, help="the folder for the pictures; it is made if needed")


def _tour(asked: argparse.Namespace) -> int:
    from e3viz.gui.tour import tour

    status: int = tour(asked.out)
    return status


def _print_json(value: object) -> None:
    import json

    print(json.dumps(value, indent=1, ensure_ascii=False))


@contextmanager
def _progress() -> Iterator[None]:
    """Within this block slow work is told of on the terminal, on one line that is gone at the end; nothing if it is no terminal."""
    if not sys.stderr.isatty():
        yield
        return

    def heard(fraction: float | None, doing: str) -> None:
        share = "" if fraction is None else f"{100 * fraction:3.0f} % "
        print(f"\r\x1b[K{share}{doing}", end="", file=sys.stderr, flush=True)

    try:
        with task.running(heard, lambda: False):
            yield
    finally:
        print("\r\x1b[K", end="", file=sys.stderr, flush=True)


def _sentence(summary: str) -> str:
    return summary[:1].upper() + summary[1:] + "."


def _examples(lines: Sequence[str]) -> str:
    return "examples:\n" + "\n".join(f"  {line}" for line in lines)


COMMANDS: tuple[Command, ...] = (
    Command("labs", "list the labs", _labs_arguments, _labs, ("e3viz labs", "e3viz labs --json")),
    Command("info", "say what a structure file holds", _info_arguments, _info, ("e3viz info run.extxyz", "e3viz info crystal.cif --json")),
    Command("tour", "visit every lab in both themes and save a picture of each", _tour_arguments, _tour, ("e3viz tour --out pictures",)),
)
