from __future__ import annotations

import numpy as np
import pytest
import trimesh
from pictures.scenes import colours

from e3viz.pictures import meshes
from e3viz.pictures.view import HEAD_LENGTH, HEAD_RADIUS


def solid(mesh: meshes.Mesh) -> trimesh.Trimesh:
    made = trimesh.Trimesh(mesh.points, mesh.faces)
    made.merge_vertices(merge_norm=True, merge_tex=True)
    made.update_faces(made.nondegenerate_faces())
    return made


def test_balls_are_closed_round_and_face_outwards() -> None:
    points, faces = meshes.ball(3)
    made = trimesh.Trimesh(points, faces, process=False)
    assert made.is_watertight and made.is_winding_consistent
    assert made.volume == pytest.approx(4 / 3 * np.pi, rel=0.02)
    assert np.allclose(np.linalg.norm(points, axis=1), 1)
    assert np.abs(meshes.normals(points, faces) - points).max() < 0.03


def test_cylinders_and_arrows_have_their_volume_and_lie_where_they_should() -> None:
    start, vector = np.array([[1.0, 2, 3]]), np.array([[0.5, -1.0, 2.0]])
    length = np.linalg.norm(vector)
    tube = solid(meshes.cylinders(start, start + vector, 0.2, colours(1), sides=128))
    assert tube.is_watertight and tube.volume == pytest.approx(np.pi * 0.04 * length, rel=0.01)
    arrow = solid(meshes.arrows(start, vector, 0.05, colours(1), sides=128))
    head = HEAD_LENGTH * 0.05
    true = np.pi * 0.05**2 * (length - head) + np.pi * (HEAD_RADIUS * 0.05) ** 2 * head / 3
    assert arrow.is_watertight and arrow.volume == pytest.approx(true, rel=0.01)
    assert np.abs(arrow.vertices - (start + vector)).sum(axis=1).min() < 1e-6, "its tip is where the vector ends"


def test_short_arrows_shrink_whole_and_none_is_longer_than_its_vector() -> None:
    for length in (0.0, 1e-9, 0.01, 0.1, 3.0):
        mesh = meshes.arrows(np.zeros((1, 3)), np.array([[0, 0, length]]), 0.05, colours(1))
        assert np.isfinite(mesh.points).all() and np.isfinite(mesh.normals).all()
        assert mesh.points[:, 2].min() >= -1e-6 and mesh.points[:, 2].max() == pytest.approx(length, abs=1e-6)


def test_normals_stand_on_the_surface() -> None:
    mesh = meshes.arrows(np.zeros((1, 3)), np.array([[0.3, 0.2, 2.0]]), 0.1, colours(1), sides=64)
    corners = mesh.points[mesh.faces]
    cross = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    area = np.linalg.norm(cross, axis=1)
    real = area > 1e-9
    agree = np.einsum("ij,ij->i", cross[real] / area[real][:, None], mesh.normals[mesh.faces[real]].mean(axis=1))
    assert agree.min() > 0.9


def test_dashes_cover_both_ends_and_leave_gaps() -> None:
    starts, ends = meshes.dashes(np.array([[0.0, 0, 0], [0, 0, 0]]), np.array([[10.0, 0, 0], [0, 1, 0]]))
    along = starts[:, 0] > 0
    assert starts.min() == 0 and np.allclose(ends.max(axis=0), [10, 1, 0])
    covered = np.linalg.norm(ends - starts, axis=1).sum()
    assert 0.5 * 11 < covered < 0.75 * 11 and along.sum() > 20
    assert len(meshes.dashes(np.zeros((0, 3)), np.zeros((0, 3)))[0]) == 0
