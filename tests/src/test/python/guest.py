"""Runs verbs in a Spark session that is there before them, with a Delta of its own: guest.py JARS VERB... [-- VERB...]

JARS has LoraLake's jar without Delta, Delta's own, and what goes beside, divided by commas.
"""

import itertools
import sys

from py4j.protocol import Py4JJavaError
from pyspark.sql import SparkSession

spark = (
    SparkSession.builder.master("local[2]")
    .config("spark.jars", sys.argv[1])
    .config("spark.ui.enabled", "false")
    .config("spark.sql.extensions", "io.delta.sql.DeltaSparkSessionExtension")
    .config("spark.sql.catalog.spark_catalog", "org.apache.spark.sql.delta.catalog.DeltaCatalog")
    .getOrCreate()
)
for is_divider, words in itertools.groupby(sys.argv[2:], lambda word: word == "--"):
    if is_divider:
        continue
    words = list(words)
    arguments = spark.sparkContext._gateway.new_array(spark._jvm.java.lang.String, len(words))
    for i, word in enumerate(words):
        arguments[i] = word
    try:
        spark._jvm.io.loralake.jobs.Main.main(arguments)
        print(words[0], "returned")
    except Py4JJavaError as failure:
        print(words[0], "threw", failure.java_exception.getMessage())
print("the session has counted to", spark.range(3).count())
