"""The subcommands `render`, `animate` and `report`: what the window would show, as a file, with no window and no display."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from e3viz.arguments import Command, Parser, assignment, choice, existing, positive, size, text
from e3viz.errors import FileError, UserError
from e3viz.terminal import progress

if TYPE_CHECKING:
    from e3viz.pictures.sheet import Paper


def _shown_arguments(parser: Parser) -> None:
    """What both commands take: what is shown, and how it looks."""
    add = parser.add_argument
    add("lab", metavar="LAB", type=text, help="the lab that draws; see “e3viz labs”")
    add("file", metavar="FILE", nargs="?", type=text, help="the file it shows; without one, a default worth looking at")
    add("-o", "--output", metavar="OUT", type=Path, required=True, help="the file to write; its suffix says in which format")
    add("--set", metavar="field=value", type=assignment, action="append", default=[], help="a setting of the lab; more may follow it")
    add("--state", metavar="STATE.json", type=Path, help="settings of the lab as JSON, or a saved session")
    add("--g", metavar="G", type=text, help="the element of E(3) that acts: “axis=x,y,z angle=deg inversion mirror=x,y,z shift=x,y,z”")
    add("--dpi", metavar="N", type=positive, help="dots per inch: 300 for a size in mm, otherwise 96; more makes text larger")
    add("--theme", metavar="light|dark", type=choice("theme", ("light", "dark")), default="light", help="colours; light if not given")
    add("--transparent", action="store_true", help="no background")
    add("--no-title", action="store_true", help="leave out the title and the line under it")
    add("--no-legend", action="store_true", help="leave out what colours and marks mean")
    add("--panel", metavar="NAME", type=text, default="", help="one of the lab's pictures alone")
    add("--view", metavar="V", type=text, default="", help="x, y, z, -x, …, a lattice vector a, b, c, or a direction such as 1,1,0")


def _figure_options(words: argparse.Namespace, paper: Paper | None = None) -> Any:
    """paper: the size where none was given, of a page that has one of its own."""
    from e3viz.export.figure import ON_PAPER, FigureOptions
    from e3viz.pictures.style import THEMES

    width, height, unit = words.size or ((paper.width, paper.height, "mm") if paper else (1200.0, 900.0, "px"))
    return FigureOptions(
        width=width,
        height=height,
        unit=unit,
        dpi=words.dpi or (300.0 if unit == "mm" else 96.0),
        theme=THEMES[words.theme],
        transparent=words.transparent,
        panel=words.panel or None,
        title=not words.no_title,
        legend=not words.no_legend,
        text=paper.text if paper else ON_PAPER,
        scenes=getattr(words, "scenes", "auto"),
    )


def _request(words: argparse.Namespace) -> Any:
    from e3viz.export.request import Request
    from e3viz.symmetry.notation import parse_element

    return Request(
        lab=words.lab,
        file=existing(words.file) if words.file else None,
        state=words.state,
        settings=dict(words.set),
        g=None if words.g is None else parse_element(words.g),
        view=words.view,
    )


def _output(words: argparse.Namespace) -> Path:
    output: Path = words.output.expanduser()
    if not output.parent.is_dir():
        raise FileError(f"There is no folder “{output.parent}” to write {output.name} into.", "Make it first.")
    return output


def _render_arguments(parser: Parser) -> None:
    _shown_arguments(parser)
    add = parser.add_argument
    kinds = ("auto", "shapes", "pictures")
    add(
        "--scenes",
        metavar="|".join(kinds),
        type=choice("kind", kinds),
        default="auto",
        help="how SVG and PDF hold 3D; pictures have the --dpi",
    )
    add("--size", metavar="WxH", type=size, help="1600x1200 pixels, or 80x60mm on paper; 1200x900 if not given")


def _render(words: argparse.Namespace) -> int:
    from e3viz.export.figure import export_figure
    from e3viz.export.request import asked

    _figure_options(words)  # what is wrong with them is said before anything is drawn
    output = _output(words)
    with progress():
        sheet = asked(_request(words)).sheet()
        export_figure(sheet, output, _figure_options(words, sheet.paper))
    return 0


def _animate_arguments(parser: Parser) -> None:
    _shown_arguments(parser)
    add = parser.add_argument
    add(
        "--along",
        metavar="PATH",
        type=text,
        default="",
        help="what moves: a film of the lab, g, turn:x,y,z, group:D4, orbit, field:from..to, or keyframes of a --state session",
    )
    add("--size", metavar="WxH", type=size, default=(1280.0, 720.0, "px"), help="pixels of a frame; 1280x720 if not given")
    add("--fps", metavar="F", type=positive, default=30.0, help="frames a second; 30 if not given")
    add("--seconds", metavar="S", type=positive, help="how long; as the film suggests if not given")
    add("--fine", action="store_true", help="draw at twice the size and average: smoother edges, several times slower")
    add("--there-and-back", action="store_true", help="and back again, for a film that is played in a loop")
    add("--list", action="store_true", help="list what can be animated here, and write nothing")


def _animate(words: argparse.Namespace) -> int:
    from e3viz.export import routes
    from e3viz.export.animation import AnimationOptions, film
    from e3viz.export.request import asked

    request = asked(_request(words))
    lab, state, g = request.lab, request.state, request.g
    offered = routes.offered(lab, state, g, request.keyframes)
    if words.list:
        for route, title in offered:
            print(f"{route.name or route.kind:<16}{title}")
        return 0
    if words.size[2] != "px":
        raise UserError("An animation is measured in pixels.", "Write for example --size 1280x720.")
    route = routes.parse(words.along, lab, state, g, request.keyframes) if words.along else offered[0][0]
    options = AnimationOptions(
        _figure_options(words),
        fps=words.fps,
        seconds=words.seconds or route.seconds,
        quality="fine" if words.fine else "normal",
        there_and_back=words.there_and_back,
    )
    seen = replace(lab, pictures=lambda state, g: request.seen(lab.pictures(state, g)))
    with progress():
        film(seen, routes.along(route, lab, state, g), _output(words), options)
    return 0


def _report_arguments(parser: Parser) -> None:
    add = parser.add_argument
    add(
        "study",
        metavar="STUDY",
        type=text,
        help="the folder of a study, a table of results, or the name of one that comes with the program",
    )
    add("-o", "--output", metavar="OUT.html", type=Path, required=True, help="the file to write")


def _report(words: argparse.Namespace) -> int:
    from e3viz.labs import load
    from e3viz.labs.data_efficiency.report import save
    from e3viz.labs.data_efficiency.state import PRESETS, State
    from e3viz.symmetry.element import IDENTITY

    output, open_file = _output(words), load("data-efficiency").open_file
    assert open_file is not None
    with progress():
        state = State(study=words.study) if words.study in PRESETS else open_file(State(), existing(words.study))
        save(state, IDENTITY, output)
    return 0


REPORT = Command(
    "report",
    "write a study as one HTML file: figures, tables, settings, and how to repeat it",
    _report_arguments,
    _report,
    ("e3viz report poster -o poster.html", "e3viz report studies/mine -o mine.html"),
)

RENDER = Command(
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
)

ANIMATE = Command(
    "animate",
    "film what the window would show along a path of states: MP4, WebM, GIF, APNG or a folder of pictures",
    _animate_arguments,
    _animate,
    (
        "e3viz animate harmonics -o turning.mp4",
        "e3viz animate groups --along elements --seconds 12 -o square.gif",
        "e3viz animate structures run.extxyz --along trajectory --size 1920x1080 --fine -o run.mp4",
        "e3viz animate harmonics --set view='one harmonic' --along turn:1,1,1 --transparent -o turn.webm",
        "e3viz animate structures --along orbit --fps 24 -o pictures/",
    ),
)
