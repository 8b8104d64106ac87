"""`python -m e3viz.training FOLDER`: the process of a run. It begins or goes on with it, and ends with status 0 if all is in order."""

from __future__ import annotations

import sys
from pathlib import Path

from e3viz.errors import UserError


def main(words: list[str]) -> int:
    """The exit status: 0 in order, 1 failed, 2 a mistake in what was asked, 130 interrupted."""
    if len(words) != 1 or words[0] in ("-h", "--help"):
        print("usage: python -m e3viz.training FOLDER", file=sys.stderr)
        return 2
    from e3viz.training.loop import train

    try:
        status = train(Path(words[0]))
    except UserError as error:
        print("e3viz:", error, file=sys.stderr)
        return 2
    print(f"{status.state}: {status.sentence}", flush=True)
    return {"failed": 1, "interrupted": 130}.get(status.state, 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
