"""Work over the workers of a cluster."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import threading

import dask.array as da
import numpy as np
import pytest
from distributed import Client

from napari_atlas_explorer.analysis.surfaces.parallel import make_surfaces
from napari_atlas_explorer.compute.cluster.dask_arrays import dask_mask, dask_statistics
from napari_atlas_explorer.compute.cluster.rank_blocks import mask_over, statistics_over
from napari_atlas_explorer.compute.cluster.shared_ranks import share_ranks, volume_in_file
from napari_atlas_explorer.compute.cluster.workers import Cluster, connect
from napari_atlas_explorer.compute.meshes.settings import SurfaceSettings
from napari_atlas_explorer.core.errors import AtlasError
from napari_atlas_explorer.core.selection import Selection
from napari_atlas_explorer.core.space.hemispheres import LEFT, RIGHT, HemispherePlane
from napari_atlas_explorer.core.statistics import region_statistics

from ...clusters import die_once, local_cluster, one_worker_dies
from ...refusals import refused


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    with local_cluster(tmp_path_factory.mktemp("workers")) as started:
        yield started


@pytest.fixture
def cluster(address, tmp_path):
    with connect(address, tmp_path) as connected:
        yield connected


def times(shared, task):
    return shared * task


def times_but_dies_once(shared, task):
    factor, marker = shared
    if task == 3:
        die_once(marker)
    return factor * task


def always_dies(shared, task):
    os._exit(3)


def refuses(shared, task):
    raise AtlasError(f"task {task} is not to be done")


def opens(shared, task):
    return open(task)  # noqa: PTH123


def test_every_task_gives_its_result_once(cluster):
    found = list(cluster.map(times, range(50), 7))
    assert sorted(found) == [(k, 7 * k) for k in range(50)]
    assert list(cluster.map(times, [])) == []


def test_tasks_of_a_worker_that_is_killed_are_done_by_others(cluster, tmp_path):
    marker = tmp_path / "died"
    found = dict(cluster.map(times_but_dies_once, range(20), (7, marker)))
    assert marker.exists()
    assert found == {k: 7 * k for k in range(20)}


def test_a_task_that_kills_every_worker_is_given_up_in_one_line(cluster):
    with refused("died", "memory"):
        list(cluster.map(always_dies, [1]))
    assert dict(cluster.map(times, [1], 7)) == {0: 7}


def test_an_error_comes_back_and_the_rest_is_left(cluster, address):
    # Workers run side by side: which task fails first is not certain.
    with refused("is not to be done"):
        list(cluster.map(refuses, range(1000)))
    results = cluster.map(times, range(1000), 2)
    next(results)
    results.close()
    with Client(address, set_as_default=False) as client:
        held = client.run_on_scheduler(lambda dask_scheduler: len(dask_scheduler.tasks))
        assert held < 100


def test_a_file_that_a_worker_cannot_open_is_named(cluster, tmp_path):
    with refused("nowhere", "No such file", "every worker sees"):
        list(cluster.map(opens, [str(tmp_path / "nowhere")]))


def test_a_cluster_that_stays_without_workers_is_given_up(tmp_path):
    with (
        local_cluster(tmp_path, 0) as empty,
        Client(empty, set_as_default=False) as client,
        refused("no worker for 0.5 s"),
    ):
        list(Cluster(client, tmp_path, patience=0.5).map(times, [1], 1))


def test_a_scheduler_that_goes_is_reported_in_one_line(tmp_path):
    with local_cluster(tmp_path, 1) as own:
        cluster = connect(own, tmp_path)
        results = cluster.map(times, range(1000), 2)
        next(results)
    with refused("scheduler has gone"):
        list(results)


# ---- what workers see --------------------------------------------------------------------------


def test_files_and_folders_that_all_see_are_accepted(cluster, tmp_path):
    (tmp_path / "atlas" / "inner").mkdir(parents=True)
    (tmp_path / "atlas" / "inner" / "a.bin").write_bytes(b"abc" * 1_000_000)
    cluster.require_visible([tmp_path / "atlas", tmp_path / "atlas" / "inner" / "a.bin"])
    with refused("no such file", "nowhere"):
        cluster.require_visible([tmp_path / "nowhere"])


@pytest.mark.skipif(sys.platform != "linux", reason="needs a path that each process has its own of")
@pytest.mark.parametrize(
    ("there", "words"),
    [
        (None, ["nothing there"]),
        ({"a": b"abc"}, ["3 bytes", "not 6"]),
        ({"a": b"abcxyz"}, ["other contents"]),
    ],
)
def test_what_a_worker_sees_otherwise_is_refused(
    cluster, address, tmp_path, monkeypatch, there, words
):
    # /proc/self/cwd is another folder in each process, as /data is on each machine.
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "a").write_bytes(b"abcdef")
    (tmp_path / "there").mkdir()
    for name, content in (there or {}).items():
        (tmp_path / "there" / name).write_bytes(content)
    monkeypatch.chdir(tmp_path / "here")
    with Client(address, set_as_default=False) as client:
        client.run(os.chdir, str(tmp_path / "there"))
        with refused("worker tcp://", "/proc/self/cwd/a", "share", *words):
            cluster.require_visible(["/proc/self/cwd/a"])
        if there:
            with refused("/proc/self/cwd", "share", "file"):
                cluster.require_visible(["/proc/self/cwd"])


def test_a_volume_that_is_mapped_from_a_file_is_not_copied(tmp_path):
    np.save(tmp_path / "ranks.npy", np.arange(24).reshape(2, 3, 4))
    mapped = np.load(tmp_path / "ranks.npy", mmap_mode="r")
    with volume_in_file(mapped, tmp_path) as path:
        assert path == tmp_path / "ranks.npy"
    for other in (mapped[1:], mapped[::-1], mapped + 1):
        with volume_in_file(other, tmp_path) as path:
            np.testing.assert_array_equal(np.load(path), other)
        assert not path.exists()
    assert (tmp_path / "ranks.npy").exists()


# ---- the same answers ----------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["none", "plane", "volume"])
def test_statistics_are_those_of_this_machine_though_a_worker_dies(
    cluster, address, small_atlas, tmp_path, kind, monkeypatch
):
    monkeypatch.setattr("napari_atlas_explorer.compute.cluster.rank_blocks.VOXELS_PER_TASK", 30)
    labels = small_atlas.ranks
    sides = {
        "none": None,
        "plane": HemispherePlane(0, 3, 2, "a plane"),
        "volume": small_atlas.hemisphere_rule,
    }[kind]
    with one_worker_dies(address, tmp_path / "died"), share_ranks(cluster, labels, sides) as shared:
        found = statistics_over(cluster, shared).as_dataframe()
    expected = region_statistics(labels, sides).as_dataframe()
    assert found.equals(expected)


@pytest.mark.parametrize("kind", ["none", "plane", "volume"])
def test_masks_are_those_of_this_machine(cluster, small_atlas, kind, monkeypatch):
    monkeypatch.setattr("napari_atlas_explorer.compute.cluster.rank_blocks.VOXELS_PER_TASK", 30)
    labels = small_atlas.ranks
    sides = {
        "none": None,
        "plane": HemispherePlane(2, 3, 1, "a plane"),
        "volume": small_atlas.hemisphere_rule,
    }[kind]
    selections = [Selection.nothing(labels), Selection.of_ranks(labels, [1, labels.n_ranks - 1])]
    if sides is not None:
        a1, a2 = (small_atlas.region_map.rank(name) for name in ("a1", "a2"))
        left = Selection.of_ranks(labels, [a1]).in_hemisphere(LEFT)
        selections.append(left | Selection.of_ranks(labels, [a2, 1]).in_hemisphere(RIGHT))
    with share_ranks(cluster, labels, sides) as shared:
        for selection in selections:
            found = mask_over(cluster, shared, selection)
            np.testing.assert_array_equal(found, selection.mask(sides))
        if sides is None:
            with refused("side"):
                mask_over(cluster, shared, selections[1].in_hemisphere(LEFT))


def test_dask_arrays_are_measured_by_the_workers_though_one_dies(address, small_atlas, tmp_path):
    ids = da.from_array(small_atlas.annotation.raw, chunks=(2, 3, 3))
    regions, grid, sides = small_atlas.region_map, small_atlas.grid, small_atlas.hemisphere_rule
    with one_worker_dies(address, tmp_path / "died"), Client(address):
        found = dask_statistics(ids, regions, grid, sides).as_dataframe()
        mask = dask_mask(ids, regions, "A", hemisphere="left", hemisphere_rule=sides).compute()
    assert found.equals(small_atlas.statistics())
    np.testing.assert_array_equal(mask, small_atlas.get_structure_mask("A", "left").raw)


def count_faces(rank, surface):
    return os.getpid(), len(surface.mesh.faces)


@pytest.mark.parametrize("side", [None, LEFT])
def test_surfaces_are_those_of_this_machine_though_a_worker_dies(
    cluster, address, small_atlas, tmp_path, side
):
    labels, sides = small_atlas.ranks, small_atlas.hemisphere_rule
    ranks = range(1, labels.n_ranks)
    expected = {m.rank: m for m in make_surfaces(labels, ranks, SurfaceSettings(), sides, side)}
    with one_worker_dies(address, tmp_path / "died"):
        found = list(make_surfaces(labels, ranks, SurfaceSettings(), sides, side, cluster=cluster))
    assert sorted(m.rank for m in found) == sorted(expected)
    for made in found:
        other = expected[made.rank]
        assert str(made.error) == str(other.error)
        if other.error is None:
            np.testing.assert_array_equal(made.result.mesh.points, other.result.mesh.points)
            np.testing.assert_array_equal(made.result.mesh.faces, other.result.mesh.faces)
    sunk = make_surfaces(labels, ranks, SurfaceSettings(), sink=count_faces, cluster=cluster)
    assert {m.result[0] for m in sunk if m.error is None} == {os.getpid()}
    assert list(make_surfaces(labels, [], SurfaceSettings(), cluster=cluster)) == []
    assert [p.name for p in tmp_path.iterdir()] == ["died"]


# ---- connecting ----------------------------------------------------------------------------------


def test_an_address_where_nobody_answers_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("napari_atlas_explorer.compute.cluster.workers.SECONDS_TO_ANSWER", 1.0)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    for address in (f"tcp://127.0.0.1:{port}", "no address", "ftp://127.0.0.1:1"):
        with refused("no scheduler answers", address):
            connect(address, tmp_path)


def test_an_address_where_something_else_answers_is_refused(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as page:
        port = page.getsockname()[1]

        def answer():
            visitor, _ = page.accept()
            with visitor:
                visitor.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
                visitor.recv(1)

        thread = threading.Thread(target=answer)
        thread.start()
        with refused("no scheduler answers", port):
            connect(f"tcp://127.0.0.1:{port}", tmp_path)
        thread.join()


def test_a_cluster_is_reached_from_where_a_loop_runs_already_as_in_a_notebook(address, tmp_path):
    async def cell():
        with connect(address, tmp_path) as cluster:
            return dict(cluster.map(times, [2, 3], 10))

    assert asyncio.run(cell()) == {0: 20, 1: 30}


def test_workers_with_another_version_are_refused(address, tmp_path, monkeypatch):
    monkeypatch.setattr("napari_atlas_explorer.__version__", "0.0.1")
    with refused("worker tcp://", "expected 0.0.1"):
        connect(address, tmp_path)


def test_without_the_extra_one_line_says_how_to_get_it():
    code = (
        "import sys; sys.modules['distributed'] = None\n"
        "from napari_atlas_explorer.cli.main import main\n"
        "sys.exit(main(['stats', 'sample', '--scheduler', 'tcp://127.0.0.1:1']))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert 'pip install "napari-atlas-explorer[distributed]"' in done.stderr
