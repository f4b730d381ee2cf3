"""Reads a LoraLake catalog without Spark and prints what it finds as JSON: read_catalog.py CATALOG"""
import json
import os
import sys

import deltalake


def main(catalog):
    adapters = deltalake.DeltaTable(f"{catalog}/adapters").to_pyarrow_table()
    quarantine = deltalake.DeltaTable(f"{catalog}/quarantine").to_pyarrow_table()
    runs = deltalake.DeltaTable(f"{catalog}/runs").to_pyarrow_table()
    print(json.dumps({
        "adapters": sorted(adapters["adapter_id"].to_pylist()),
        "locations": sorted(place["uri"] for row in adapters["locations"].to_pylist() for place in row),
        "sketch_bytes": sum(len(sketch) for sketch in adapters["sketch"].to_pylist()),
        "quarantine": {row["uri"]: row["reason"] for row in quarantine.select(["uri", "reason"]).to_pylist()},
        "runs": runs.num_rows,
    }), flush=True)


main(sys.argv[1])
os._exit(0)  # deltalake 1.6.6 aborts in one of ten orderly exits ("terminate called without an active exception")
