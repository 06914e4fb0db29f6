"""Runs on a Dask cluster: the bytes of a run here, whatever happens to the workers."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from distributed import LocalCluster

from rightscheck.audit import cluster as clusters
from rightscheck.audit.batch import run
from rightscheck.audit.cluster import Cluster, Part, parts_of
from rightscheck.audit.kernel import Kernel, Options
from rightscheck.audit.outputs import Output
from rightscheck.audit.source import table_source
from rightscheck.audit.tables import UNIT
from rightscheck.cli.main import run as cli_run
from rightscheck.problems import InputError, SurroundingsError
from rightscheck.rulebook.load import rulebook_from_content
from tests.audit.test_batch import RULES, big_table
from tests.books import content

ROWS = 30_000


@pytest.fixture(scope="module")
def scheduler() -> Iterator[str]:
    with LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address="127.0.0.1:0") as local:
        yield local.scheduler_address


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("cluster") / "in.parquet"
    big_table(path, ROWS)  # eight row groups, one bad row in a thousand
    return path


def kernel_of(**options: Any) -> Kernel:
    return Kernel(rulebook_from_content(content(RULES)), Options(**options))


def on_cluster(
    address: str, table: Path, out: Path, meanwhile: Callable[[Cluster, int], None] = lambda _cluster, _row: None
) -> Any:
    kernel = kernel_of(lists=out.suffix != ".parquet")
    cluster = Cluster(address, kernel)
    source = table_source(table)
    try:
        pieces = partial(cluster.pieces, source, seed=3, encode=out.suffix == ".parquet")
        output = Output(out, out.suffix[1:], {}, resume=True)
        return run(source, output, kernel, pieces=pieces, progress=lambda row, _: meanwhile(cluster, row))
    finally:
        cluster.close()


@pytest.mark.parametrize("kind", ["parquet", "csv"])
def test_the_results_are_the_bytes_of_a_run_here(scheduler: str, table: Path, tmp_path: Path, kind: str) -> None:
    here, there = tmp_path / f"here.{kind}", tmp_path / f"there.{kind}"
    one = run(table_source(table), Output(here, kind, {}), kernel_of(lists=kind == "csv"))
    two = on_cluster(scheduler, table, there)

    assert there.read_bytes() == here.read_bytes()
    assert Path(f"{there}.rejects").read_bytes() == Path(f"{here}.rejects").read_bytes()
    assert json.dumps(two.tally.data(), sort_keys=True) == json.dumps(one.tally.data(), sort_keys=True)
    assert two.row == one.row == ROWS


def test_rows_of_other_forms_are_sent_to_the_workers(scheduler: str, table: Path, tmp_path: Path) -> None:
    lines = [
        json.dumps({n: v for n, v in row.items() if v is not None}) for row in pq.read_table(table).to_pylist()[:3000]
    ]
    (tmp_path / "in.jsonl").write_text("\n".join(["{", *lines]) + "\n")
    run(table_source(tmp_path / "in.jsonl"), Output(tmp_path / "here.parquet", "parquet", {}), kernel_of())
    on_cluster(scheduler, tmp_path / "in.jsonl", tmp_path / "there.parquet")

    assert (tmp_path / "there.parquet").read_bytes() == (tmp_path / "here.parquet").read_bytes()
    rejects = (tmp_path / "there.parquet.rejects").read_text()
    assert rejects == (tmp_path / "here.parquet.rejects").read_text()
    assert "1,,is not JSON" in rejects


def test_a_killed_worker_loses_nothing(table: Path, tmp_path: Path) -> None:
    run(table_source(table), Output(tmp_path / "here.parquet", "parquet", {}), kernel_of())
    killed: list[int] = []

    def kill(cluster: Cluster, row: int) -> None:
        if row < ROWS // 2 and len(killed) < 2:
            # a worker killed a moment ago may still be listed, and does not answer
            alive = set(cluster.client.run(os.getpid, on_error="ignore").values()) - set(killed)
            if alive:
                killed.append(min(alive))
                os.kill(killed[-1], signal.SIGKILL)

    with LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address="127.0.0.1:0") as local:
        on_cluster(local.scheduler_address, table, tmp_path / "there.parquet", kill)

    assert len(killed) == 2
    assert (tmp_path / "there.parquet").read_bytes() == (tmp_path / "here.parquet").read_bytes()


def test_a_run_goes_on_on_a_cluster(scheduler: str, table: Path, tmp_path: Path) -> None:
    run(table_source(table), Output(tmp_path / "here.parquet", "parquet", {}), kernel_of())

    class Broken(Exception):
        pass

    def broken(_: Cluster, row: int) -> None:
        if row > ROWS // 3:
            raise Broken

    with pytest.raises(Broken):
        on_cluster(scheduler, table, tmp_path / "there.parquet", broken)
    on_cluster(scheduler, table, tmp_path / "there.parquet")

    assert (tmp_path / "there.parquet").read_bytes() == (tmp_path / "here.parquet").read_bytes()


@pytest.mark.parametrize("skip", [0, 1, 24_576, 24_577, 300_000, 450_000])
def test_parts_give_each_row_once(tmp_path: Path, skip: int) -> None:
    rows, sizes = 450_000, [260_000, 1, 100_000, 89_999]
    columns = {"case": pa.array([str(n) for n in range(1, rows + 1)]), "measure": ["m"] * rows, "type": ["x"] * rows}
    whole = pa.table(columns)
    with pq.ParquetWriter(tmp_path / "t.parquet", whole.schema) as writer:
        start = 0
        for size in sizes:
            writer.write_table(whole.slice(start, size), row_group_size=size)
            start += size
    source = table_source(tmp_path / "t.parquet")
    found = [unit for part in parts_of(source, skip) for unit in part.read()]
    here = list(source.read(skip))

    assert [n for unit in found for n in unit.numbers.tolist()] == list(range(skip + 1, rows + 1))
    assert [u.batch.column("case")[0].as_py() for u in found] == [str(u.numbers[0]) for u in found]
    assert len(found) == len(here) if skip % UNIT == 0 else len(found) >= len(here)
    assert all(isinstance(part, Part) for part in parts_of(source, skip))


def test_a_bad_table_and_a_missing_scheduler_are_told(scheduler: str, tmp_path: Path) -> None:
    (tmp_path / "in.parquet").write_bytes(b"PAR1" + b"x" * 100)
    with pytest.raises(InputError, match="is not a parquet file"):
        on_cluster(scheduler, tmp_path / "in.parquet", tmp_path / "out.parquet")
    pq.write_table(pa.table({"case": ["a"], "measure": ["m"], "typ": ["x"]}), tmp_path / "names.parquet")
    with pytest.raises(InputError, match="did you mean `type`"):
        on_cluster(scheduler, tmp_path / "names.parquet", tmp_path / "names.out.parquet")
    with pytest.raises(SurroundingsError, match="cannot be reached"):
        Cluster("not an address", kernel_of())


def test_workers_of_another_version_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    plugin = clusters.Kernels(kernel_of())
    assert plugin.kernel.book.sha256 == kernel_of().book.sha256
    monkeypatch.setattr(clusters, "__version__", "0.0.0")
    with pytest.raises(Exception, match=r"a worker has version 0\.0\.0"):
        _ = plugin.kernel


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    book = rulebook_from_content(content(RULES))
    monkeypatch.setattr("rightscheck.cli.common.load_rulebook", lambda path: book)
    (tmp_path / "in.csv").write_text("case,measure,type\n" + "".join(f"c-{n},m,assembly-ban\n" for n in range(50)))
    args = ["audit", "cases", str(tmp_path / "in.csv"), "--format", "json", "--seed", "1", "-o"]
    assert cli_run([*args, str(tmp_path / "a.parquet"), "--dask", "local"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert cli_run([*args, str(tmp_path / "b.parquet")]) == 0
    also = json.loads(capsys.readouterr().out)
    assert {**told, "seconds": 0} == {**also, "seconds": 0}
    assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()
    assert cli_run([*args, str(tmp_path / "c.parquet"), "--dask", "local", "--engine", "durable"]) == 2
    monkeypatch.setitem(sys.modules, "distributed", None)
    capsys.readouterr()
    assert cli_run([*args, str(tmp_path / "c.parquet"), "--dask", "local"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "pip install 'rightscheck[dask]'" in line
