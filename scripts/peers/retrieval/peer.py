"""The faiss side of `scripts/bench retrieval`: an exact flat index over the same vectors.

The work folder holds rows.f32 and queries.f32 (384 wide). Answers one JSON line per request with one
JSON line: {"case": "search", "batch": 256} -> {"ms": 812.0}; with "save", the ids of the ten best rows
of each query go into that file first, int64, as the tensor "out".
"""

import json
import sys
import time
from pathlib import Path

import faiss
import numpy
from safetensors.numpy import save_file

WIDTH, K = 384, 10


def main():
    work = Path(sys.argv[1])
    clock = time.perf_counter if sys.argv[3] == "wall" else time.thread_time
    faiss.omp_set_num_threads(1)
    index = faiss.IndexFlatIP(WIDTH)
    rows = numpy.fromfile(work / "rows.f32", dtype=numpy.float32).reshape(-1, WIDTH)
    index.add(rows)
    del rows
    queries = numpy.fromfile(work / "queries.f32", dtype=numpy.float32).reshape(-1, WIDTH)
    print(json.dumps({"ready": f"faiss {faiss.__version__}"}), flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        start = clock()
        _, ids = index.search(queries[: request["batch"]], K)
        ms = 1e3 * (clock() - start)
        if "save" in request:
            save_file({"out": ids.astype(numpy.int64)}, request["save"])
        print(json.dumps({"ms": ms}), flush=True)


main()
