"""Long files: the first frame at once, the rest looked through behind it, and never the whole of it in memory."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from ase.io import read
from atoms.made_files import crystal, lammps_dump, long_frames

from e3viz import task
from e3viz.atoms.formats import indexed, source, xyz
from e3viz.atoms.reading import changed_on_disk, clear_cache, load
from e3viz.errors import FileError

FRAME = '3\nProperties=species:S:1:pos:R:3:forces:R:3 energy={e} pbc="F F F"\nO 0 0 {z:.3f} 0 0 {f}\nH 0.9 0 0 0 0 0\nH 0 0.9 0 0 0 -1\n'
COUNT = 400


@pytest.fixture(autouse=True)
def _short_is_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """Treats files of some kilobytes as if they were gigabytes."""
    clear_cache()
    monkeypatch.setattr(source, "IN_MEMORY", 1000)
    monkeypatch.setattr(indexed, "AT_ONCE", 1000)
    monkeypatch.setattr(xyz, "BLOCK", 1500)


def long_file(folder: Path) -> Path:
    path = folder / "long.xyz"
    path.write_text("".join(FRAME.format(e=-i, z=i / 100, f=i) for i in range(COUNT)))
    return path


def test_frames_columns_and_count(tmp_path: Path) -> None:
    opened = load(long_file(tmp_path))
    assert opened[0].values["energy"] == 0
    opened.wait()
    assert opened.complete
    assert len(opened) == COUNT
    assert opened[COUNT - 1].positions[0, 2] == (COUNT - 1) / 100
    assert opened.column("energy").tolist() == [-float(i) for i in range(COUNT)]
    assert opened.column("max_force").tolist() == [max(1.0, i) for i in range(COUNT)]
    assert [structure.values["energy"] for structure in opened] == [-i for i in range(COUNT)]


def test_a_later_frame_can_be_asked_for_at_once(tmp_path: Path) -> None:
    assert load(long_file(tmp_path))[333].values["energy"] == -333


def test_frames_longer_than_a_block(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xyz, "BLOCK", 64)
    monkeypatch.setattr(xyz, "BEGINNING", 128)
    path = long_file(tmp_path)
    path.write_text(path.read_text().rstrip("\n"))
    opened = load(path)
    opened.wait()
    assert len(opened) == COUNT
    assert opened[COUNT - 1].arrays["forces"][2, 2] == -1
    assert not opened.notes


def test_a_block_may_end_anywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = long_file(tmp_path)
    for block in range(150, 290, 7):
        monkeypatch.setattr(xyz, "BLOCK", block)
        clear_cache()
        opened = load(path)
        opened.wait()
        assert opened.column("energy").tolist() == [-float(i) for i in range(COUNT)]


def test_a_long_dump(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "long.dump"
    frames = [crystal(seed) for seed in range(20)]
    path.write_text(lammps_dump(frames))
    for block in (700, 701, 997, 5000):
        clear_cache()
        monkeypatch.setattr(source.Text.blocks, "__defaults__", (block,))
        opened = load(path)
        opened.wait()
        assert opened.column("timestep").tolist() == [100.0 * i for i in range(20)]
        np.testing.assert_allclose(opened[13].arrays["forces"], frames[13].get_forces(), atol=1e-8)


def test_a_file_rewritten_or_removed_while_it_is_read(tmp_path: Path) -> None:
    path = long_file(tmp_path)
    opened = load(path)
    opened.wait()
    path.write_text(FRAME.format(e=1, z=1, f=1) * 10)
    os.utime(path, ns=(1, 1))
    assert changed_on_disk(opened)
    with pytest.raises(FileError, match="changed on disk"):
        opened[17]
    path.unlink()
    with pytest.raises(FileError, match="no longer there"):
        opened[18]
    assert opened[0].values["energy"] == 0  # what was looked at stays


def test_waiting_reports_and_can_be_cancelled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(indexed, "STEP", 0.0)
    heard: list[float | None] = []
    opened = load(long_file(tmp_path))
    with task.running(lambda fraction, text: heard.append(fraction), lambda: len(heard) > 5), pytest.raises(task.Cancelled):
        opened.column("energy")
    assert heard[0] is not None
    assert len(opened.column("energy")) == COUNT


def test_only_a_few_frames_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(indexed, "KEPT_FRAMES", 5)
    opened = load(long_file(tmp_path))
    first = opened[0]
    assert opened[0] is first
    for frame in range(1, 10):
        opened[frame]
    assert opened[0] is not first


def test_a_first_frame_of_many_atoms_is_looked_through_only_once(tmp_path: Path) -> None:
    table, dump = long_frames(tmp_path)
    whole = read(table, index=":")
    for path in (table, dump):
        opened = load(path)
        opened.wait()
        assert [len(structure) for structure in opened] == [len(atoms) for atoms in whole]
        assert (opened[0].numbers == whole[0].numbers).all()
        assert np.abs(opened[0].positions - whole[0].positions).max() < 1e-7
        assert np.abs(opened[0].arrays["forces"] - whole[0].get_forces()).max() < 1e-7
        assert np.abs(opened[1].positions - whole[1].positions).max() < 1e-7
        data = path.read_bytes()
        for part in (0.9, 0.5, 0.01):
            path.write_bytes(data[: int(part * len(data))])
            with pytest.raises(FileError):
                load(path)


def test_a_first_frame_of_many_atoms_may_end_the_file_without_an_end_of_line(tmp_path: Path) -> None:
    table, _ = long_frames(tmp_path)
    data = table.read_bytes()
    lines = data.split(b"\n")
    count = int(lines[0])
    table.write_bytes(b"\n".join(lines[: count + 2]))
    opened = load(table)
    opened.wait()
    assert (len(opened), len(opened[0])) == (1, count)
    assert not opened.notes
