"""How many cores a process may use, as its affinity and its control groups say."""

import math
import os

import pytest
import threadpoolctl

from gan_scratch import cores


def blas_threads():
    return {library["num_threads"] for library in threadpoolctl.threadpool_info()
            if library["user_api"] == "blas"}


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="affinity is told on Linux only")
def test_affinity_counts():
    before = os.sched_getaffinity(0)
    try:
        os.sched_setaffinity(0, {min(before)})
        assert cores.allowed_cores() == 1
    finally:
        os.sched_setaffinity(0, before)
    assert 1 <= cores.allowed_cores() <= len(before)


@pytest.mark.parametrize("groups, files, expected", [
    ("0::/", {"cpu.max": "250000 100000"}, 2.5),
    ("0::/", {"cpu.max": "max 100000"}, math.inf),
    ("0::/a/b", {"a/cpu.max": "300000 100000", "a/b/cpu.max": "max 100000"}, 3),
    ("0::/hidden/from/here", {"cpu.max": "50000 100000"}, 0.5),
    ("4:cpu,cpuacct:/\n3:memory:/", {
        "cpu,cpuacct/cpu.cfs_quota_us": "150000", "cpu,cpuacct/cpu.cfs_period_us": "100000",
    }, 1.5),
    ("4:cpu:/a", {"cpu/a/cpu.cfs_quota_us": "-1", "cpu/a/cpu.cfs_period_us": "100000"}, math.inf),
    ("3:memory:/", {"memory/cpu.max": "100000 100000"}, math.inf),
    ("0::/", {}, math.inf),
])  # fmt: skip
def test_the_quota_of_control_groups(groups, files, expected, tmp_path):
    (tmp_path / "groups").write_text(groups)
    for name, content in files.items():
        (tmp_path / "mounted" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "mounted" / name).write_text(content)
    assert cores.quota(tmp_path / "groups", tmp_path / "mounted") == expected


@pytest.mark.parametrize("quota, expected", [(0.5, 1), (1.5, 2), (math.inf, None)])
def test_a_quota_limits_the_cores_and_half_a_core_is_one(quota, expected, monkeypatch):
    monkeypatch.setattr(cores, "quota", lambda: quota)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)), raising=False)
    assert cores.allowed_cores() == (expected or 8)


def test_blas_has_one_thread_inside_the_block_and_as_many_as_before_afterwards():
    cores.blas.cache_clear()  # SciPy brings a BLAS of its own, which other tests may have loaded
    with threadpoolctl.threadpool_limits(2):
        with pytest.raises(KeyError), cores.one_blas_thread():
            assert blas_threads() == {1} and cores.available_threads() == 1
            raise KeyError
        assert blas_threads() == {2} and cores.available_threads() <= 2
