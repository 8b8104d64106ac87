"""The subcommands `data` and `get`: what a data set holds, and public ones from where they are published."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from e3viz.arguments import Command, Parser, text
from e3viz.terminal import progress


def _data_arguments(parser: Parser) -> None:
    parser.add_argument("files", metavar="FILE", nargs="+", type=text, help="a file, file@0:100, a folder or “ethanol”")
    parser.add_argument("--json", action="store_true", help="as a JSON table, with every finding")


def _data(asked: argparse.Namespace) -> int:
    from e3viz.atoms.data_summary import data_summary, data_summary_text
    from e3viz.atoms.datasets import load_data

    with progress():
        facts = data_summary(load_data(asked.files))
    print(json.dumps(facts, indent=1, ensure_ascii=False) if asked.json else data_summary_text(facts))
    return 0


def _get_arguments(parser: Parser) -> None:
    parser.add_argument("name", metavar="NAME", nargs="?", type=text, help="a public data set; without one, a list of them")
    parser.add_argument("--from", dest="given", metavar="PATH", type=Path, help="take the file or folder that is already at hand")
    parser.add_argument("--to", metavar="DIR", type=Path, help="where to put it; e3viz's own folder of data if not given")


def _get(asked: argparse.Namespace) -> int:
    from e3viz.atoms.public import PUBLIC, get, here, public_set, take

    if not asked.name:
        for one in PUBLIC:
            size = f"{one.size / 1e6:,.1f} MB".replace(",", " ") if one.size else "?"
            print(f"{one.name:<21}{size:>11}  {'here' if here(one) else '    '}  {one.says} [{one.licence}]")
        return 0
    one = public_set(asked.name)
    with progress():
        folder = take(one, asked.given.expanduser(), asked.to) if asked.given else get(one, asked.to)
    print(folder)
    print(f"{one.says}\nlicence: {one.licence}\nplease cite: {one.reference}")
    return 0


DATA = Command(
    "data",
    "say what a data set holds and what looks wrong in it",
    _data_arguments,
    _data,
    ("e3viz data ethanol", "e3viz data md.extxyz@0:500 more/ --json"),
)
GET = Command(
    "get",
    "get a public data set: rMD17, 3BPA, AcAc, mlearn",
    _get_arguments,
    _get,
    ("e3viz get", "e3viz get acac", "e3viz get rmd17-ethanol --from rmd17_ethanol.npz"),
)
