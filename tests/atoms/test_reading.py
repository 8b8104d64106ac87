"""The door to structure files: what it gives, what it keeps, and what it says about files that are none."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from e3viz import task
from e3viz.atoms.reading import changed_on_disk, clear_cache, load
from e3viz.errors import FileError, UserError
from e3viz.resources import SAMPLE

WATER = '3\nProperties=species:S:1:pos:R:3:forces:R:3 energy=-1.5 pbc="F F F"\nO 0 0 0 0 0 1\nH 0.9 0 0 0 0 0\nH 0 0.9 0 0 0 -1\n'


@pytest.fixture(autouse=True)
def _forget() -> None:
    clear_cache()


def written(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def sentence(path: Path) -> str:
    """The one sentence that a bad file ends in."""
    with pytest.raises(FileError) as caught:
        load(path)
    message = caught.value.message
    assert "\n" not in message
    assert message.endswith(".")
    assert "Traceback" not in message
    assert caught.value.hint
    return message


def test_the_bundled_sample_is_whole_and_quick_columns_agree_with_its_frames() -> None:
    sample = load(SAMPLE)
    assert len(sample) == 1197
    assert sample.complete
    assert sample[0].values["energy"] == -4209.86102173
    assert sample[1196].arrays["forces"].shape == (9, 3)
    assert sample.columns()[:2] == ["energy", "max_force"]
    assert sample.column("energy")[1000] == sample[1000].values["energy"]
    assert sample.column("max_force")[7] == pytest.approx(np.linalg.norm(sample[7].arrays["forces"], axis=1).max())


def test_opening_the_sample_imports_no_ase() -> None:
    code = (
        "import sys; from e3viz.atoms.reading import load; from e3viz.resources import SAMPLE;"
        "load(SAMPLE).column('energy'); sys.exit('ase' in sys.modules or 'scipy' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_an_opened_file_is_kept_until_it_changes(tmp_path: Path) -> None:
    path = written(tmp_path, "water.xyz", WATER)
    first = load(path)
    assert load(str(path)) is first
    assert not changed_on_disk(first)
    written(tmp_path, "water.xyz", WATER * 2)
    os.utime(path, ns=(1, 1))
    assert changed_on_disk(first)
    assert len(load(path)) == 2
    assert load(path) is not first


def test_a_file_deleted_while_shown_goes_on_being_shown(tmp_path: Path) -> None:
    path = written(tmp_path, "water.xyz", WATER * 3)
    opened = load(path)
    path.unlink()
    assert opened[2].values["energy"] == -1.5
    assert not changed_on_disk(opened)
    assert "does not exist" in sentence(path)


def test_structures_cannot_be_written_into(tmp_path: Path) -> None:
    structure = load(written(tmp_path, "water.xyz", WATER))[0]
    with pytest.raises(ValueError, match="read-only"):
        structure.positions[0, 0] = 1.0
    with pytest.raises(ValueError, match="read-only"):
        structure.arrays["forces"][0, 0] = 1.0


def test_names_with_spaces_and_letters_of_any_alphabet(tmp_path: Path) -> None:
    folder = tmp_path / "мои структуры 水"
    folder.mkdir()
    assert len(load(written(folder, "eau pure – été.xyz", WATER))) == 1


@pytest.mark.parametrize(
    ("name", "content", "part"),
    [
        ("empty.xyz", b"", "is empty"),
        ("blank.cif", b"\n  \n", "is empty"),
        ("noise.xyz", bytes(range(256)) * 20, "binary"),
        ("noise.bin", bytes(range(255, -1, -1)) * 20, "binary"),
        ("text.abc", b"The quick brown fox\njumps\n", "no format"),
        ("cut.xyz", WATER[:-20].encode(), "no whole frame"),
        ("nothing.xyz", b"0\n\n", "holds 0 atoms"),
        ("negative.xyz", b"-3\n\nH 0 0 0\n", "-3 atoms"),
        ("absurd.xyz", b"999999999999\n\nH 0 0 0\n", "far too short"),
        ("nan.xyz", b"1\n\nH nan 0 0\n", "which is no place"),
        ("infinite.xyz", b"1\n\nH 1e400 0 0\n", "which is no place"),
        ("flat.xyz", b'1\nLattice="1 0 0 0 1 0 1 1 0"\nH 0 0 0\n', "without volume"),
        ("words.xyz", b"1\n\nH here and there\n", "“H here and there” for atom 0"),
        ("wide.xyz", WATER.encode("utf-16"), "UTF-16"),
        ("cut.cif", b"data_x\n_cell_length_a 5\n", "cif"),
        ("damaged.xyz.gz", b"\x1f\x8b\x08" + bytes(40), "compressed"),
    ],
)
def test_a_bad_file_ends_in_one_sentence(tmp_path: Path, name: str, content: bytes, part: str) -> None:
    assert part in sentence(written(tmp_path, name, content))


def test_a_folder_and_a_missing_file_are_named(tmp_path: Path) -> None:
    assert "is a folder" in sentence(tmp_path)
    written(tmp_path, "water.xyz", WATER)
    with pytest.raises(FileError) as caught:
        load(tmp_path / "watr.xyz")
    assert "water.xyz" in caught.value.hint


def test_an_unknown_suffix_names_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(FileError) as caught:
        load(written(tmp_path, "molecule.xzy", "what is\nthis\n"))
    assert ".xyz" in caught.value.hint


def test_what_follows_damage_is_left_out_and_told(tmp_path: Path) -> None:
    opened = load(written(tmp_path, "running.xyz", WATER * 2 + WATER[:40]))
    assert len(opened) == 2
    assert "cut off" in opened.notes[0]
    opened = load(written(tmp_path, "odd.xyz", WATER + "three\n" + WATER))
    assert len(opened) == 1
    assert "three" in opened.notes[0]


def test_a_frame_or_column_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    opened = load(written(tmp_path, "water.xyz", WATER))
    with pytest.raises(UserError, match="no frame 1"):
        opened[1]
    with pytest.raises(UserError, match="Did you mean “energy”"):
        opened.column("enrgy")


def test_reading_can_be_cancelled(tmp_path: Path) -> None:
    path = written(tmp_path, "long.xyz", WATER * 2000)
    with pytest.raises(task.Cancelled), task.running(lambda fraction, text: None, lambda: True):
        load(path)
