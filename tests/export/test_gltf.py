from __future__ import annotations

import io
import json
import struct

import numpy as np
import pytest
import trimesh
from pictures.scenes import colours, molecule

from e3viz.export import gltf
from e3viz.pictures.scene import Scene, Segments, Spheres, Surface
from e3viz.pictures.style import LIGHT


def opened(scene: Scene) -> trimesh.Scene:
    return trimesh.load_scene(io.BytesIO(gltf.write(scene, LIGHT)), file_type="glb")


def document(scene: Scene) -> dict:
    data = gltf.write(scene, LIGHT)
    magic, version, length = struct.unpack("<III", data[:12])
    assert (magic, version, length) == (0x46546C67, 2, len(data))
    size, kind = struct.unpack("<II", data[12:20])
    assert kind == 0x4E4F534A and size % 4 == 0
    return json.loads(data[20 : 20 + size])


def test_up_is_y_and_lengths_are_kept() -> None:
    centres = np.array([[0.0, 0, 0], [0, 0, 3.0], [2.0, 0, 0]])
    scene = opened(Scene({"atoms": Spheres(centres, np.full(3, 0.5), colours(3))}))
    low, high = scene.bounds
    assert low == pytest.approx([-0.5, -0.5, -0.5], abs=0.02) and high == pytest.approx([2.5, 3.5, 0.5], abs=0.02)


def test_balls_sticks_and_arrows_are_solid_and_have_their_volumes() -> None:
    scene = molecule()
    models = opened(scene).geometry
    assert set(models) >= {"atoms", "bonds", "forces", "lobe", "ghost", "cell"}
    atoms = scene.actors["atoms"]
    assert isinstance(atoms, Spheres)
    assert models["atoms"].volume == pytest.approx((4 / 3 * np.pi * atoms.radii**3).sum(), rel=0.03)
    for name in ("atoms", "forces", "lobe"):
        assert models[name].volume > 0, "faces look outwards"


def test_colours_are_linear_light_and_survive() -> None:
    paint = np.uint8([[255, 0, 0], [128, 128, 128]])
    made = document(Scene({"a": Spheres(np.array([[0.0, 0, 0], [3, 0, 0]]), np.ones(2), paint)}))
    accessor = made["accessors"][made["meshes"][0]["primitives"][0]["attributes"]["COLOR_0"]]
    assert accessor["normalized"] and accessor["componentType"] == 5123 and accessor["type"] == "VEC4"
    assert gltf.linear(np.array([0, 128, 255])) == pytest.approx([0, 0.21586, 1], abs=1e-4)
    data = gltf.write(Scene({"a": Spheres(np.array([[0.0, 0, 0], [3, 0, 0]]), np.ones(2), paint)}), LIGHT)
    view = made["bufferViews"][accessor["bufferView"]]
    seen = np.frombuffer(data[-made["buffers"][0]["byteLength"] :][view["byteOffset"] :][: view["byteLength"]], np.uint16).reshape(-1, 4)
    grey = round(0.21586 * 65535)
    assert {tuple(int(v) for v in c) for c in seen} == {(65535, 0, 0, 65535), (grey, grey, grey, 65535)}


def test_ghosts_are_blended_and_flat_things_unlit() -> None:
    points = np.array([[0.0, 0, 0], [1, 0, 0], [0, 1, 0]])
    flat = Surface(points, np.array([[0, 1, 2]]), colours(3), lit=False, opacity=0.4)
    made = document(Scene({"plane": flat, "edge": Segments(points[:1], points[1:2], dashed=True)}))
    plane, edge = made["materials"]
    assert plane["alphaMode"] == "BLEND" and plane["pbrMetallicRoughness"]["baseColorFactor"][3] == 0.4 and plane["doubleSided"]
    assert "KHR_materials_unlit" in edge["extensions"] and made["extensionsUsed"] == ["KHR_materials_unlit"]
    assert made["meshes"][1]["primitives"][0]["mode"] == 1


def test_labels_are_named_nodes() -> None:
    names = {n["name"] for n in document(molecule())["nodes"]}
    assert {"C1", "H₂", "atoms"} <= names


def test_every_buffer_view_is_aligned_and_inside() -> None:
    made = document(molecule(40))
    total = made["buffers"][0]["byteLength"]
    for view in made["bufferViews"]:
        assert view["byteOffset"] % 4 == 0 and view["byteOffset"] + view["byteLength"] <= total


def test_what_is_not_finite_is_left_out() -> None:
    centres = np.array([[0.0, 0, 0], [np.nan, 0, 0]])
    scene = opened(Scene({"atoms": Spheres(centres, np.ones(2), colours(2))}))
    assert np.isfinite(scene.bounds).all() and scene.bounds[1] == pytest.approx([1, 1, 1], abs=0.05)
    assert document(Scene())["nodes"] == [{"name": "scene", "rotation": pytest.approx([-(0.5**0.5), 0, 0, 0.5**0.5])}]
