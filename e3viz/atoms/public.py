"""Public data sets by name: where they are published, under which licence, and how to get them, or take the copy that a person has.

Each lands in a folder of its own, with a hidden file that says where it came from. Checksums are the publisher's where they are known;
where none is, the first download's is kept and later ones must match it. A download that was cut off goes on where it stopped.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from e3viz import task
from e3viz.atoms.downloading import download, part_of
from e3viz.errors import FileError, UserError, nearest
from e3viz.files import replacing

_BLOCK = 1 << 20
RECORD = ".public.json"


@dataclass(frozen=True)
class PublicFile:
    """name: under which it is kept; url; checksum: `sha256:…` or `md5:…`, empty where none is known; size: bytes, 0 where unknown."""

    name: str
    url: str
    checksum: str = ""
    size: int = 0


@dataclass(frozen=True)
class PublicSet:
    """One data set. says: what it is; licence; source: its page; reference: what to cite."""

    name: str
    says: str
    licence: str
    source: str
    reference: str
    files: tuple[PublicFile, ...]

    @property
    def size(self) -> int:
        """Bytes of all files, 0 where one is unknown."""
        return sum(one.size for one in self.files) if all(one.size for one in self.files) else 0

    @property
    def readable(self) -> bool:
        """Whether its files are read as they are, without unpacking."""
        return not any(".tar" in one.name for one in self.files)

    @property
    def training_path(self) -> Path:
        """The file to fit to, where it is kept; the others are for tests, and isolated atoms."""
        chosen = next((one for one in self.files if "train" in one.name), self.files[0])
        return place(self) / chosen.name


_RMD17 = "Christensen and von Lilienfeld, Mach. Learn.: Sci. Technol. 1, 045018 (2020)"
_FIGSHARE = "https://doi.org/10.6084/m9.figshare.12672038"
_BOTNET = "https://raw.githubusercontent.com/davkovacs/BOTNet-datasets/main"
_MLEARN = "https://raw.githubusercontent.com/materialsvirtuallab/mlearn/master/data"
_MOLECULES = {
    "aspirin": (62265757, "17fd6fb69066888613f7e16b358a7553"),
    "azobenzene": (62265754, "be79df918468eb3579aa73a0becf7390"),
    "benzene": (62265739, "18c9242bc90fbf28215f6dd81e650f16"),
    "ethanol": (62265733, "eb837fb8deb27d4e0d52f71a03aff776"),
    "malonaldehyde": (62265736, "cdc1d70c0c34062ddde6e5071eb6fe21"),
    "naphthalene": (62265751, "0efba19c9907e3852318b1e6008b3b9e"),
    "paracetamol": (62265760, "ba10784f7b67635427085f6d7ec2dd97"),
    "salicylic": (62265748, "900fedf242da438400fa4293348d7dd1"),
    "toluene": (62265742, "0f2913d51f8149c90ab28d697a076f64"),
    "uracil": (62265745, "992a4479c28a07e0cce6da964805be31"),
}
"""figshare's number and MD5 of each molecule's file."""

_3BPA_FILES = (
    "iso_atoms",
    "train_300K",
    "train_mixedT",
    *(f"test_{part}" for part in ("300K", "600K", "1200K", "dih_beta120", "dih_beta150", "dih_beta180")),
)

_3BPA_KNOWN = {
    "iso_atoms": ("sha256:e12a2465a2612bf38fd5dabdf64d4b57fc58ce9610a858c54ea1142d517c053f", 504),
    "train_mixedT": ("", 1_504_818),
}
_MLEARN_FILES = {
    "Si": {
        "training": ("sha256:ae6d4b0a65b00e0fcf7ba0a6fad366716710d2f0d21d70199203089c6866b500", 2_669_946),
        "test": ("sha256:d452b30a89f23bff76f7cc529b7b6c2d159ea81ccd5a4599fb1a18207654fa91", 309_803),
    },
    "Mo": {
        "training": ("sha256:b13305fca0d0d2631ab080c8fcf13c743ee79a911712fb65a34ca88fadf09f9a", 2_127_325),
        "test": ("sha256:68169e2927c2115daa2f504805fcb9548ee65daf2dd015428807ba92f8e13bb8", 250_629),
    },
    "Ge": {"training": ("", 2_796_663), "test": ("", 311_848)},
    "Li": {"training": ("", 2_446_522), "test": ("", 279_684)},
}
"""Checksum and size of what the publisher's files were in November 2026."""


def _rmd17(molecule: str) -> PublicSet:
    number, md5 = _MOLECULES[molecule]
    file = PublicFile(f"rmd17_{molecule}.npz", f"https://ndownloader.figshare.com/files/{number}", f"md5:{md5}")
    says = f"revised MD17, {molecule}: 100 000 frames, PBE/def2-SVP; fit to 1 000 of them at most"
    return PublicSet(f"rmd17-{molecule}", says, "CC0 1.0", _FIGSHARE, _RMD17, (file,))


def _mlearn(element: str) -> PublicSet:
    known = _MLEARN_FILES.get(element, {})
    files = tuple(PublicFile(f"{part}.json", f"{_MLEARN}/{element}/{part}.json", *known.get(part, ())) for part in ("training", "test"))
    source = "https://github.com/materialsvirtuallab/mlearn"
    reference = "Zuo et al., J. Phys. Chem. A 124, 731 (2020)"
    return PublicSet(
        f"mlearn-{element}", f"{element}: bulk, strained, vacancy, surface and AIMD cells, PBE", "BSD 3-Clause", source, reference, files
    )


PUBLIC: tuple[PublicSet, ...] = (
    PublicSet(
        "rmd17",
        "revised MD17: ten molecules with the official splits, as one archive to unpack",
        "CC0 1.0",
        _FIGSHARE,
        _RMD17,
        (
            PublicFile(
                "rmd17.tar.bz2",
                "https://ndownloader.figshare.com/files/23950376",
                "sha256:cddeea2ec2c4b22a9de16a9a65a3eeedac5b29da9c99c20bbff0153912bf922b",
                1_066_301_513,
            ),
        ),
    ),
    *(_rmd17(molecule) for molecule in _MOLECULES),
    PublicSet(
        "3bpa",
        "3-(benzyloxy)pyridin-2-amine: 500 training frames at 300 K, tests at 300, 600 and 1200 K and dihedral scans, ωB97X/6-31G(d)",
        "MIT (collection); the data come with the article",
        "https://github.com/davkovacs/BOTNet-datasets",
        "Kovács et al., J. Chem. Theory Comput. 17, 7696 (2021)",
        tuple(PublicFile(f"{name}.xyz", f"{_BOTNET}/dataset_3BPA/{name}.xyz", *_3BPA_KNOWN.get(name, ())) for name in _3BPA_FILES),
    ),
    PublicSet(
        "acac",
        "acetylacetone: 500 training frames at 300 K, tests at 300 and 600 K and a dihedral scan, PBE/def2-SVP",
        "MIT",
        "https://github.com/davkovacs/BOTNet-datasets",
        "Batatia et al., arXiv 2205.06643 (2022)",
        tuple(
            PublicFile(f"{name}.xyz", f"{_BOTNET}/dataset_acac/{name}.xyz", f"sha256:{checksum}", size)
            for name, size, checksum in (
                ("isolated_atoms", 455, "b74f321b453374621b447d65c60979f70df1b7182c8ee0215388b2c574f33823"),
                ("train_300K", 880_100, "8f5706d6902360555a5be59395612d2afc3489a75688388a58e7275fdad68af3"),
                ("test_MD_300K", 1_144_100, "2291f3186a3cc6a5e05e92952c84a9237ca53f862d78fd3316a769360719ec43"),
                ("test_MD_600K", 1_144_153, "d5a5bba154ec43f915eb7529f86ec3af60e6f911743859daba030181a0378ff7"),
                ("test_dihedral", 43_974, "0c2246a593579de5a4450698d5f4ba5802b095824b7f211aa5889339967c6809"),
            )
        ),
    ),
    *(_mlearn(element) for element in ("Cu", "Ge", "Li", "Mo", "Ni", "Si")),
)
"""The table: a new set is one entry."""


def public_set(name: str) -> PublicSet:
    """Raises UserError, with the nearest name, if there is none."""
    found = {one.name: one for one in PUBLIC}.get(name.lower()) or {one.name.lower(): one for one in PUBLIC}.get(name.lower())
    if found is None:
        raise UserError(f"There is no public data set called “{name}”.", nearest(name, [one.name for one in PUBLIC]))
    return found


def place(one: PublicSet) -> Path:
    """The folder where it is kept on this machine; it need not be there."""
    home = os.environ.get("E3VIZ_HOME")
    if home:
        return Path(home) / "public" / one.name
    from platformdirs import user_data_path

    return Path(user_data_path("e3viz", appauthor=False)) / "public" / one.name


def here(one: PublicSet, folder: Path | None = None) -> bool:
    """Whether all of its files are there."""
    at = folder or place(one)
    return all((at / file.name).exists() for file in one.files)


def arrived(one: PublicSet, folder: Path | None = None) -> int:
    """Bytes of it that are on this machine while it is not all here: whole files and the part of one."""
    at = folder or place(one)
    if here(one, folder):
        return 0
    found = [path for file in one.files for path in (at / file.name, part_of(file.url, at)) if path.exists()]
    return sum(path.stat().st_size for path in found)


def get(one: PublicSet, folder: Path | None = None) -> Path:
    """Download what is not there yet; the folder. Reports progress and can be cancelled; what has arrived is kept. Raises FileError."""
    at = _made(folder or place(one))
    for file in one.files:
        if not (at / file.name).exists():
            download(file.url, at / file.name, expected_checksum(at, file))
            _settle(at, one, file)
    return at


def take(one: PublicSet, given: Path, folder: Path | None = None) -> Path:
    """Copy it from a file or folder that a person has; the folder. Raises FileError where files are missing or differ from the published."""
    at = _made(folder or place(one))
    for file in one.files:
        source = _find(given, file.name)
        expected = expected_checksum(at, file)
        if expected and not _matches(source, expected):
            raise FileError(f"{source} is not the published {file.name}: its checksum differs.", f"It can be had from {one.source}.")
        with replacing(at / file.name) as beside:
            task.report(None, text=f"Copying {file.name}")
            shutil.copyfile(source, beside)
        _settle(at, one, file)
    return at


def checksum(path: Path, kind: str = "sha256") -> str:
    """`sha256:…` or `md5:…` of a file, reporting progress."""
    made = hashlib.new(kind)
    size, done = path.stat().st_size, 0
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK):
            made.update(block)
            done += len(block)
            task.report(done, size, f"Checking {path.name}")
    return f"{kind}:{made.hexdigest()}"


def _matches(path: Path, expected: str) -> bool:
    return checksum(path, expected.partition(":")[0]) == expected


def _made(folder: Path) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FileError(f"The folder {folder} cannot be made: {error.strerror or error}.") from error
    return folder


def _find(given: Path, name: str) -> Path:
    if given.is_file() and (given.name == name or given.suffix == Path(name).suffix):
        return given
    found = sorted(given.rglob(name)) if given.is_dir() else []
    if not found:
        raise FileError(f"“{given}” has no file {name}.", "Name the folder that holds it.")
    return found[0]


def _record(folder: Path) -> dict[str, Any]:
    try:
        said = json.loads((folder / RECORD).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return said if isinstance(said, dict) else {}


def expected_checksum(folder: Path, file: PublicFile) -> str:
    """The published checksum, or the one that the first download into `folder` had; empty where neither is known."""
    return file.checksum or str(_record(folder).get("files", {}).get(file.name, {}).get("checksum", ""))


def _settle(folder: Path, one: PublicSet, file: PublicFile) -> None:
    """Write down where a file came from."""
    said = _record(folder) or {"name": one.name, "licence": one.licence, "source": one.source, "reference": one.reference, "files": {}}
    now = checksum(folder / file.name)
    said["files"][file.name] = {"url": file.url, "checksum": now, "published": file.checksum, "time": round(time.time())}
    with replacing(folder / RECORD) as beside:
        beside.write_text(json.dumps(said, indent=1), encoding="utf-8")
