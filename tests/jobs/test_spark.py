"""The frames of Spark, where it is installed: pyspark is 500 MB, and needs Java."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

import nnc
from tests.support.running import MAIL

pyspark = pytest.importorskip("pyspark")


@pytest.fixture(scope="module")
def spark() -> Any:
    from pyspark.sql import SparkSession

    session = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
    session = session.getOrCreate()
    yield session
    session.stop()


@pytest.mark.seconds(300)
def test_a_frame_gives_what_evaluate_gives(spark: Any) -> None:
    from nnc.jobs.spark import evaluate

    network = nnc.loads(MAIL)
    rows = [(n, n % 2, n // 2 % 2, n * 7 % 101) for n in range(1000)]
    frame = spark.createDataFrame(rows, ["id", "blacklisted", "bayes", "links"]).repartition(5)
    found = evaluate(frame, network, extra="keep").orderBy("id").collect()
    names = ("blacklisted", "bayes", "links")
    columns = {name: [row[n] for row in rows] for n, name in enumerate(names, 1)}
    expected = nnc.evaluate(network, columns)
    assert [row["id"] for row in found] == list(range(1000))
    assert [row["verdict"] for row in found] == expected["verdict"].tolist()
    assert [Fraction(row["points"]) for row in found] == expected["points"].tolist()
    assert [row["flags"] for row in found] == (expected["flags"] @ [1, 2]).tolist()
    assert evaluate(frame.where("id < 0"), network).count() == 0
    with pytest.raises(Exception, match="blacklisted"):
        evaluate(frame.withColumn("blacklisted", frame["id"]), network).collect()
    with pytest.raises(nnc.InvalidRowsError, match="the name of an output"):
        evaluate(frame.withColumnRenamed("id", "points"), network, extra="keep")


@pytest.mark.seconds(300)
def test_tasks_of_files_run_on_spark(spark: Any, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for n in range(4):
        (tmp_path / f"in/{n}.csv").write_text("blacklisted,bayes\n0,1\n1,1\n")
    network = nnc.loads(MAIL)
    job = nnc.job(network, tmp_path / "in", tmp_path / "out")
    results = job.finish(spark.sparkContext.parallelize(job.tasks, 4).map(nnc.do).collect())
    assert str(results) == "4 files, 8 rows"
