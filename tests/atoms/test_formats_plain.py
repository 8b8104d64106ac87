"""Numbers of plain tables are bit for bit those of Python's `float`, and what is no plain table is never taken for one."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from e3viz.atoms.formats.plain import TableParser
from e3viz.atoms.formats.rows import Column, read_rows
from e3viz.errors import FileError

PATTERNS = [
    "{:16.8f}",
    "{:12.6f}",
    "{:.6g}",
    "{:.6f}",
    "{:.15g}",
    "{:+.3f}",
    "{:10.1f}",
    "{:.0f}",
    "{:20.12f}",
    "{:8.3f}",
    "{:.10e}",
    "{!r}",
]
numbers = st.one_of(
    st.floats(-1e4, 1e4), st.floats(-1e-4, 1e-4), st.floats(-1e12, 1e12), st.integers(-(10**6), 10**6).map(float), st.just(-0.0)
)


def text_of(rows: list[list[float]], patterns: list[str], gap: str = " ") -> bytes:
    return "".join(gap.join(p.format(x) for p, x in zip(patterns, row, strict=True)) + "\n" for row in rows).encode()


@given(st.data())
def test_every_number_is_correctly_rounded(data: st.DataObject) -> None:
    width = data.draw(st.integers(1, 4))
    patterns = [data.draw(st.sampled_from(PATTERNS)) for _ in range(width)]
    rows = data.draw(st.lists(st.lists(numbers, min_size=width, max_size=width), min_size=1, max_size=12))
    block = text_of(rows, patterns, data.draw(st.sampled_from([" ", "   ", "\t"])))
    table = TableParser("N" * width).parse(block)
    expected = np.array([[float(word) for word in line.split()] for line in block.splitlines()])
    if table is not None:
        assert table[0].tobytes() == expected.tobytes()
    columns = [Column("all", "R", width)]
    assert read_rows([block], len(rows), columns, "x")["all"].reshape(len(rows), width).tobytes() == expected.tobytes()


@pytest.mark.parametrize("pattern", ["{:16.8f}", "{:.6g}", "{:.6f}", "{:12.4f}"])
def test_usual_patterns_are_plain(pattern: str) -> None:
    random_ = np.random.default_rng(0)
    values = random_.normal(scale=30, size=(500, 3)).tolist()
    expected = np.array([[float(pattern.format(x)) for x in row] for row in values])
    block = b"".join((b"Si " if i % 3 else b"O\t") + text_of([row], [pattern] * 3) for i, row in enumerate(values))
    table = TableParser("SNNN").parse(block)
    assert table is not None
    assert table[0].tobytes() == expected.tobytes()
    assert table[1][0].tolist() == [b"Si" if i % 3 else b"O" for i in range(500)]
    middle = b"".join(b"%d label%d %s -0 \r\n" % (i, i, text_of([row], [pattern] * 3).strip()) for i, row in enumerate(values))
    table = TableParser("-SNNN").parse(middle)
    assert table is not None
    assert table[0].tobytes() == expected.tobytes()
    assert table[1][0].tolist() == [b"label%d" % i for i in range(500)]


@pytest.mark.parametrize(
    "line",
    [
        "1 2-3 4",
        "1 2..3 4",
        "1 --2 4",
        "1 . 4",
        "1 - 4",
        "1 2,3 4",
        "1 x 4",
        "1 2",
        "1 0x1 4",
        "1 \u0663 4",
        "",
        "1 2\r3 4",
        "1 +-2 4",
        "1 .- 4",
        "1 [2,3]",
        "1 [2 3]",
        '1 "2" 4',
        "1 true 4",
        "1 null 4",
        "1 98446744073709551616 4",
        f"1 {'9' * 400} 4",
        f"1 -{'9' * 25} 4",
        "1 1e999 4",
    ],
)
def test_what_is_no_number_is_none(line: str) -> None:
    block = ("1 2 3\n" * 5 + line + "\n" + "1 2 3\n" * 5).encode()
    assert TableParser("NNN").parse(block) is None
    aligned = "".join(f"{words[:12]:>12}\n" for words in ["1 2 3"] * 5 + [line] + ["1 2 3"] * 5).encode()
    assert TableParser("NNN").parse(aligned) is None


def test_random_bytes_among_numbers_never_pass_for_others() -> None:
    chance = random.Random(5)
    sound = text_of(np.random.default_rng(1).normal(size=(40, 3)).tolist(), ["{:12.6f}"] * 3)
    refused = 0
    for _ in range(600):
        damaged = bytearray(sound)
        damaged[chance.randrange(len(damaged))] = chance.choice(b"0129.-+eE xX\n\t\r\0\xc3")
        table = TableParser("NNN").parse(bytes(damaged))
        if table is None:
            refused += 1
            continue
        try:
            expected = [[float(word) for word in line.split()[:3]] for line in bytes(damaged).split(b"\n") if line.strip(b" \t\r\0")]
        except ValueError:
            pytest.fail(f"took {bytes(damaged)!r}")
        assert table[0].tolist() == expected
    assert 100 < refused < 600


def test_whole_numbers_text_and_logicals_in_long_tables() -> None:
    lines = b"".join(b"%d atom%d %s %d 0.5\n" % (i, i % 7, b"T" if i % 3 else b"F", 10**12 + i) for i in range(3000))
    columns = [Column("id", "I"), Column("name", "S"), Column("flag", "L"), Column("-", "-"), Column("x", "R")]
    table = read_rows([lines[:1111], lines[1111:50000], lines[50000:]], 3000, columns, "x")
    assert table["id"].tolist() == list(range(3000))
    assert table["name"][2999] == b"atom3"
    assert table["flag"].tolist() == [bool(i % 3) for i in range(3000)]
    assert table["x"].tolist() == [0.5] * 3000


def test_a_misfit_far_inside_is_shown() -> None:
    lines = [b"%12.6f %12.6f\n" % (i, -i) for i in range(5000)]
    lines[4321] = b"    1.0 two\n"
    with pytest.raises(FileError, match=r"“1\.0 two” for atom 4321"):
        read_rows([b"".join(lines)], 5000, [Column("x", "R", 2)], "x")
    with pytest.raises(FileError, match="ends after 4000 of 5000"):
        read_rows([b"".join(lines[:4000])], 5000, [Column("x", "R", 2)], "x")
