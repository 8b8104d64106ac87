"""Scenes as binary glTF 2.0 (GLB): one mesh per actor, with normals, colours at the points and a rough, non-metallic material.

glTF's up is y and a scene's is z, so everything hangs under one node turned by −90° about x. Colours at points are linear there
and sRGB here. Lengths are kept as numbers (1 Å becomes 1 m). Labels become named, empty nodes at their places.
Khronos Group, glTF 2.0 specification, 2021.
"""

from __future__ import annotations

import json
import math
import struct
from typing import Any

import numpy as np
from numpy.typing import NDArray

from e3viz.pictures import meshes
from e3viz.pictures.meshes import Mesh
from e3viz.pictures.scene import Actor, Arrows, Labels, Scene, Segments, Spheres, Sticks, Surface
from e3viz.pictures.style import Theme, rgb

FLOAT, SHORT, INTEGER = 5126, 5123, 5125
TRIANGLES, LINES = 4, 1
POINTS, INDICES = 34962, 34963


def write(scene: Scene, theme: Theme) -> bytes:
    """The GLB file."""
    return _Writer(scene, theme).file()


def linear(colours: NDArray[Any]) -> NDArray[np.float64]:
    """Linear light, 0 to 1, of sRGB colours, 0 to 255."""
    part = np.asarray(colours, dtype=float) / 255.0
    light: NDArray[np.float64] = np.where(part <= 0.04045, part / 12.92, ((part + 0.055) / 1.055) ** 2.4)
    return light


def balls(actor: Spheres) -> Mesh:
    """Spheres as one mesh, the coarser the more there are."""
    good = np.isfinite(actor.centres).all(axis=1) & np.isfinite(actor.radii) & (np.asarray(actor.radii) > 0)
    centres, radii = np.asarray(actor.centres, dtype=float)[good], np.asarray(actor.radii, dtype=float)[good]
    points, faces = meshes.ball(3 if len(centres) <= 400 else 2 if len(centres) <= 8000 else 1)
    n = len(points)
    return Mesh(
        (centres[:, None] + radii[:, None, None] * points).reshape(-1, 3).astype(np.float32),
        np.tile(points, (len(centres), 1)).astype(np.float32),
        (faces[None] + n * np.arange(len(centres))[:, None, None]).reshape(-1, 3).astype(np.int32),
        np.repeat(np.asarray(actor.colours, dtype=np.uint8)[good], n, axis=0),
    )


def mesh(actor: Actor) -> Mesh | None:
    """An actor as triangles, None for what has none."""
    if isinstance(actor, Spheres):
        return balls(actor)
    if isinstance(actor, Sticks):
        sides = 20 if len(actor.starts) <= 2000 else 8
        return meshes.cylinders(np.asarray(actor.starts), np.asarray(actor.ends), actor.radius, np.asarray(actor.colours), sides)
    if isinstance(actor, Arrows):
        return meshes.arrows(np.asarray(actor.origins), np.asarray(actor.vectors), actor.radius, np.asarray(actor.colours))
    if isinstance(actor, Surface):
        return _sheet(actor)
    return None


def _sheet(actor: Surface) -> Mesh:
    points, faces, colours = np.asarray(actor.points, dtype=np.float32), np.asarray(actor.faces), np.asarray(actor.colours, dtype=np.uint8)
    good = np.asarray(np.isfinite(points).all(axis=1))
    faces = faces[good[faces].all(axis=1)]
    points = np.nan_to_num(points, posinf=0.0, neginf=0.0)
    if actor.smooth:
        return Mesh(points, meshes.surface_normals(actor), faces.astype(np.int32), colours)
    split = np.arange(3 * len(faces)).reshape(-1, 3).astype(np.int32)
    corners = points[faces.ravel()]
    return Mesh(corners, meshes.normals(corners, split), split, colours[faces.ravel()])


class _Writer:
    def __init__(self, scene: Scene, theme: Theme) -> None:
        self.theme = theme
        self.blob = bytearray()
        self.parts: dict[str, list[Any]] = {k: [] for k in ("nodes", "meshes", "materials", "accessors", "bufferViews")}
        self.plain = False
        half = math.sqrt(0.5)
        self.parts["nodes"].append({"name": "scene", "rotation": [-half, 0.0, 0.0, half], "children": []})
        for name, actor in scene.actors.items():
            if actor.opacity > 0.0:
                self.add(name, actor)

    def file(self) -> bytes:
        document: dict[str, Any] = {"asset": {"version": "2.0", "generator": "e3viz"}, "scene": 0, "scenes": [{"nodes": [0]}]}
        if self.plain:
            document["extensionsUsed"] = ["KHR_materials_unlit"]
        if not self.parts["nodes"][0]["children"]:
            del self.parts["nodes"][0]["children"]
        document |= {key: part for key, part in self.parts.items() if part}
        if self.blob:
            document["buffers"] = [{"byteLength": len(self.blob)}]
        text = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
        text += b" " * (-len(text) % 4)
        chunks = struct.pack("<II", len(text), 0x4E4F534A) + text
        if self.blob:
            chunks += struct.pack("<II", len(self.blob), 0x004E4942) + self.blob
        return struct.pack("<III", 0x46546C67, 2, 12 + len(chunks)) + chunks

    def add(self, name: str, actor: Actor) -> None:
        if isinstance(actor, Labels):
            for text, point in zip(actor.texts, np.asarray(actor.points, dtype=float), strict=True):
                if np.isfinite(point).all():
                    self.node({"name": text, "translation": [float(v) for v in point]})
        elif isinstance(actor, Segments):
            self.lines(name, actor)
        else:
            made = mesh(actor)
            if made is not None and len(made.faces):
                self.triangles(name, actor, made)

    def triangles(self, name: str, actor: Actor, made: Mesh) -> None:
        colours = np.concatenate([linear(made.colours), np.ones((len(made.colours), 1))], axis=1)
        primitive = {
            "attributes": {
                "POSITION": self.array(made.points, "VEC3", FLOAT, limits=True),
                "NORMAL": self.array(_unit(made.normals), "VEC3", FLOAT),
                "COLOR_0": self.array(np.rint(colours * 65535.0).astype(np.uint16), "VEC4", SHORT, normalised=True),
            },
            "indices": self.array(made.faces.astype(np.uint32).ravel(), "SCALAR", INTEGER, target=INDICES),
            "mode": TRIANGLES,
            "material": self.material(
                name, (1.0, 1.0, 1.0), actor.opacity, lit=getattr(actor, "lit", True), two_sided=isinstance(actor, Surface)
            ),
        }
        self.mesh(name, primitive)

    def lines(self, name: str, actor: Segments) -> None:
        good = np.isfinite(actor.starts).all(axis=1) & np.isfinite(actor.ends).all(axis=1)
        starts, ends = np.asarray(actor.starts)[good], np.asarray(actor.ends)[good]
        if actor.dashed:
            starts, ends = meshes.dashes(starts, ends)
        if not len(starts):
            return
        points = np.stack([starts, ends], axis=1).reshape(-1, 3).astype(np.float32)
        r, g, b = linear(np.array(rgb(self.theme.colour(actor.colour))))
        material = self.material(name, (float(r), float(g), float(b)), actor.opacity, lit=False, two_sided=False)
        self.mesh(name, {"attributes": {"POSITION": self.array(points, "VEC3", FLOAT, limits=True)}, "mode": LINES, "material": material})

    def mesh(self, name: str, primitive: dict[str, Any]) -> None:
        self.parts["meshes"].append({"name": name, "primitives": [primitive]})
        self.node({"name": name, "mesh": len(self.parts["meshes"]) - 1})

    def node(self, node: dict[str, Any]) -> None:
        self.parts["nodes"].append(node)
        self.parts["nodes"][0]["children"].append(len(self.parts["nodes"]) - 1)

    def material(self, name: str, colour: tuple[float, float, float], opacity: float, *, lit: bool, two_sided: bool) -> int:
        made: dict[str, Any] = {
            "name": name,
            "pbrMetallicRoughness": {"baseColorFactor": [*colour, float(opacity)], "metallicFactor": 0.0, "roughnessFactor": 0.55},
            "doubleSided": two_sided,
        }
        if opacity < 1.0:
            made["alphaMode"] = "BLEND"
        if not lit:
            made["extensions"] = {"KHR_materials_unlit": {}}
            self.plain = True
        self.parts["materials"].append(made)
        return len(self.parts["materials"]) - 1

    def array(
        self, values: NDArray[Any], kind: str, component: int, *, limits: bool = False, normalised: bool = False, target: int = POINTS
    ) -> int:
        data = np.ascontiguousarray(values).tobytes()
        self.parts["bufferViews"].append({"buffer": 0, "byteOffset": len(self.blob), "byteLength": len(data), "target": target})
        self.blob += data + b"\0" * (-len(data) % 4)
        made: dict[str, Any] = {
            "bufferView": len(self.parts["bufferViews"]) - 1,
            "componentType": component,
            "count": len(values),
            "type": kind,
        }
        if limits:
            made |= {"min": values.min(axis=0).tolist(), "max": values.max(axis=0).tolist()}
        if normalised:
            made["normalized"] = True
        self.parts["accessors"].append(made)
        return len(self.parts["accessors"]) - 1


def _unit(normals: NDArray[Any]) -> NDArray[np.float32]:
    length = np.linalg.norm(normals, axis=1, keepdims=True)
    upright = np.tile([0.0, 0.0, 1.0], (len(normals), 1))
    unit: NDArray[np.float32] = np.divide(normals, length, out=upright, where=length > 0).astype(np.float32)
    return unit
