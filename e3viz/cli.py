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
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from e3viz import __version__, task
from e3viz.arguments import Parser, assignment, choice, existing, positive, size, text
from e3viz.errors import FileError, UserError, nearest
from e3viz.terminal import progress


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


def _render_arguments(parser: Parser) -> None:
    add = parser.add_argument
    add("lab", metavar="LAB", type=text, help="the lab that draws; see “e3viz labs”")
    add("file", metavar="FILE", nargs="?", type=text, help="the file it shows; without one, a default worth looking at")
    add("-o", "--output", metavar="OUT", type=Path, required=True, help="the file to write; its suffix says in which format")
    add("--set", metavar="field=value", type=assignment, action="append", default=[], help="a setting of the lab; more may follow it")
    add("--state", metavar="STATE.json", type=Path, help="settings of the lab as JSON, or a saved session")
    add("--g", metavar="G", type=text, help="the element of E(3) that acts: “axis=x,y,z angle=deg inversion mirror=x,y,z shift=x,y,z”")
    add("--size", metavar="WxH", type=size, default=(1200.0, 900.0, "px"), help="1600x1200 pixels, or 80x60mm on paper")
    add("--dpi", metavar="N", type=positive, help="dots per inch: 300 for a size in mm, otherwise 96; more makes text larger")
    add("--theme", metavar="light|dark", type=choice("theme", ("light", "dark")), default="light", help="colours; light if not given")
    add("--transparent", action="store_true", help="no background")
    add("--no-title", action="store_true", help="leave out the title and the line under it")
    add("--no-legend", action="store_true", help="leave out what colours and marks mean")
    add("--panel", metavar="NAME", type=text, default="", help="one of the lab's pictures alone")
    add("--view", metavar="V", type=text, default="", help="x, y, z, -x, …, a lattice vector a, b, c, or a direction such as 1,1,0")


def _render(asked: argparse.Namespace) -> int:
    from e3viz.export.figure import FigureOptions, export_figure
    from e3viz.export.request import Request, sheet_of
    from e3viz.pictures.style import THEMES
    from e3viz.symmetry.notation import parse_element

    width, height, unit = asked.size
    options = FigureOptions(
        width=width,
        height=height,
        unit=unit,
        dpi=asked.dpi or (300.0 if unit == "mm" else 96.0),
        theme=THEMES[asked.theme],
        transparent=asked.transparent,
        panel=asked.panel or None,
        title=not asked.no_title,
        legend=not asked.no_legend,
    )
    request = Request(
        lab=asked.lab,
        file=existing(asked.file) if asked.file else None,
        state=asked.state,
        settings=dict(asked.set),
        g=None if asked.g is None else parse_element(asked.g),
        view=asked.view,
    )
    output = asked.output.expanduser()
    if not output.parent.is_dir():
        raise FileError(f"There is no folder “{output.parent}” to write {output.name} into.", "Make it first.")
    with progress():
        export_figure(sheet_of(request), output, options)
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


def _sentence(summary: str) -> str:
    return summary[:1].upper() + summary[1:] + "."


def _examples(lines: Sequence[str]) -> str:
    return "examples:\n" + "\n".join(f"  {line}" for line in lines)


COMMANDS: tuple[Command, ...] = (
    Command("labs", "list the labs, or the settings of one", _labs_arguments, _labs, ("e3viz labs", "e3viz labs structures")),
    Command(
        "render",
        "draw what the window would show into a picture, a vector figure or a 3D model",
        _render_arguments,
        _render,
        (
            "e3viz render structures -o ethanol.png",
            "e3viz render structures crystal.cif --set supercell=2,2,1 style='space filling' --view a -o crystal.pdf",
            "e3viz render structures run.extxyz --set frame=12 --g 'axis=0,0,1 angle=90 inversion' --size 80x60mm --dpi 600 -o figure.png",
            "e3viz render structures --theme dark --transparent -o model.glb",
        ),
    ),
    Command("info", "say what a structure file holds", _info_arguments, _info, ("e3viz info run.extxyz", "e3viz info crystal.cif --json")),
    Command(
        "tour",
        "visit every lab in both themes and save a picture of each",
        _tour_arguments,
        _tour,
        ("e3viz tour --out pictures", "e3viz tour crystal.cif --out pictures"),
    ),
)
