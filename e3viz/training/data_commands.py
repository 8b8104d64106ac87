"""The subcommands `data` and `get`: what a data set holds, and public ones from where they are published."""

from __future__ import annotations

import argparse
import json

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


DATA = Command(
    "data",
    "say what a data set holds and what looks wrong in it",
    _data_arguments,
    _data,
    ("e3viz data ethanol", "e3viz data md.extxyz@0:500 more/ --json"),
)
