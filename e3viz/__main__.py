"""`python -m e3viz`: the same as the command `e3viz`."""

from e3viz.cli import program

if __name__ == "__main__":
    program()
