"""Which format a file is in, by its first bytes where they tell, by its name where they do not. Names are in ASE's spelling."""

from __future__ import annotations

import difflib
import re
from pathlib import Path

from e3viz.atoms.formats.source import BOM, Source

_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"- of UlmASE-Trajectory", "traj"),
    (b"AFFormatASE-Trajectory", "traj"),
    (b"SQLite format 3\0", "db"),
    (b"PK\x03\x04", "npz"),
    (b"PK\x05\x06", "npz"),
)
_NAMES: tuple[tuple[str, str], ...] = (
    (r"(POSCAR|CONTCAR|CENTCAR)", "vasp"),
    (r"XDATCAR", "vasp-xdatcar"),
    (r"OUTCAR", "vasp-out"),
    (r"vasp.*\.xml$", "vasp-xml"),
    (r"^HISTORY$", "dlp-history"),
    (r"^CONFIG$", "dlp4"),
    (r"^coord$", "turbomole"),
    (r"\.XV$", "siesta-xv"),
)
_SUFFIXES: dict[str, str] = {
    ".xyz": "extxyz", ".extxyz": "extxyz", ".exyz": "extxyz", ".cif": "cif", ".pdb": "proteindatabank", ".ent": "proteindatabank",
    ".traj": "traj", ".db": "db", ".cube": "cube", ".cub": "cube", ".npz": "npz", ".dump": "lammps-dump-text",
    ".lammpstrj": "lammps-dump-text", ".poscar": "vasp", ".vasp": "vasp", ".gen": "gen", ".gro": "gromacs", ".g96": "gromos",
    ".mol": "mol", ".sdf": "sdf", ".xsf": "xsf", ".com": "gaussian-in", ".gjf": "gaussian-in", ".res": "res", ".shelx": "res",
    ".cell": "castep-cell", ".castep": "castep-castep", ".geom": "castep-geom", ".md": "castep-md", ".xsd": "xsd", ".xtd": "xtd",
    ".cjson": "cjson", ".con": "eon", ".arc": "dmol-arc", ".car": "dmol-car", ".magres": "magres", ".cfg": "cfg", ".json": "json",
    ".f34": "crystal", ".rmc6f": "rmc6f", ".nwi": "nwchem-in", ".nwo": "nwchem-out", ".pwi": "espresso-in", ".pwo": "espresso-out",
    ".in": "aims", ".v_sim": "v-sim", ".ascii": "v-sim", ".lmp": "lammps-data", ".lammps": "lammps-data", ".data": "lammps-data",
    ".jsv": "jsv", ".restart": "cp2k-restart", ".nomad-json": "nomad-json", ".xtl": "mustem", ".sys": "sys",
    ".log": "", ".out": "", ".xml": "",
}  # fmt: skip
_BINARY = {"traj", "db", "npz", "netcdftrajectory", "gpw", "cp2k-dcd", "lammps-dump-binary"}
_LAMMPS_COUNT = re.compile(rb"^\s*\d+\s+atoms\s*(#.*)?$", re.MULTILINE)
_NUMBER = rb"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eEdD][-+]?\d+)?"
_XYZ_ROW = re.compile(rb"\A\s*\d+\s*\n[^\n]*\n\s*\w+\s+" + rb"\s+".join([_NUMBER] * 3))
_POSCAR = re.compile(rb"\A[^\n]*\n\s*" + _NUMBER + rb"\s*\n" + (rb"\s*" + rb"\s+".join([_NUMBER] * 3) + rb"\s*\n") * 3)


def recognise(source: Source) -> str:
    """The format of a file; raises FileError where it is none that can be read."""
    head = source.head
    if head.startswith((b"\xff\xfe", b"\xfe\xff")) and head[:200].count(0) > min(200, len(head)) // 3:
        raise source.error("is written in UTF-16.", "Save it as UTF-8, which every program reads.")
    by_content = _by_content(head.removeprefix(BOM))
    if by_content:
        return by_content
    by_name = format_of_name(source.name)
    if by_name and (b"\0" not in head[:4096] or by_name in _BINARY):
        return by_name
    if b"\0" in head[:4096]:
        raise source.error(
            "holds binary data of no kind that can be read.", "Structure files are mostly text; ASE's .traj and .db, and .npz can be read."
        )
    by_ase = _by_ase(head)
    if by_ase:
        return by_ase
    raise source.error("is in no format that can be read.", _nearest_suffix(source))


def known_suffixes() -> list[str]:
    """The suffixes that say a format by themselves, each with its dot, for file dialogues."""
    return sorted(suffix for suffix in _SUFFIXES)


def _by_content(head: bytes) -> str:
    for magic, name in _MAGIC:
        if head.startswith(magic):
            return name
    start = head[:4096].lstrip()
    tests = (
        ("lammps-dump-text", start.startswith(b"ITEM:")),
        ("mlearn", start.startswith((b"[", b"{")) and re.search(rb'"@class"\s*:\s*"Structure"', head)),
        ("lammps-data", b"xlo xhi" in head and _LAMMPS_COUNT.search(head)),
        ("vasp-xml", start.startswith(b"<?xml") and b"<modeling" in head),
        ("orca-output", b"* O   R   C   A *" in head),
        ("vasp-out", re.match(rb"vasp\.\d+\.\d", start)),
        ("gaussian-out", b"Entering Gaussian System" in head or b"Gaussian, Inc." in head),
        ("extxyz", _XYZ_ROW.match(head[:8192])),
    )
    return next((name for name, passed in tests if passed), "")


def format_of_name(name: str) -> str:
    """The format that a file's name alone says, or nothing."""
    for pattern, found in _NAMES:
        if re.search(pattern, name):
            return found
    return _SUFFIXES.get(Path(name).suffix.lower(), "")


def _by_ase(head: bytes) -> str:
    from ase.io.formats import UnknownFileTypeError, match_magic

    try:
        return str(match_magic(head).name)
    except UnknownFileTypeError:
        return "vasp" if _POSCAR.match(head) else ""


def _nearest_suffix(source: Source) -> str:
    known = [suffix for suffix, name in _SUFFIXES.items() if name]
    near = difflib.get_close_matches(source.suffix, known, n=1, cutoff=0.7)
    return f"Did you mean “{near[0]}”?" if near else "Readable are for example .xyz, .cif, .pdb, .traj, POSCAR, vasprun.xml and .cube."
