"""The work of `loralake index` on one file, in Python: safetensors + torch + hashlib, one thread.

Reads every byte, hashes the file, widens, checks for NaN and infinity, computes each layer's norm and
the projected response to the probes, and keeps them in half precision.
Usage: index.py PROBES FILE...   prints one line: seconds bytes
"""

import hashlib
import sys
import time

import torch
from safetensors import safe_open

SKETCH = 64


def projections(widths):
    generator = torch.Generator().manual_seed(0)
    return {w: torch.randn(w, SKETCH, generator=generator) / SKETCH**0.5 for w in widths}


def sha256(path):
    digest = hashlib.sha256()
    with open(path, "rb", buffering=0) as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()


def sketch(path, probes, omega):
    digest = sha256(path)
    norms, responses = {}, {}
    with safe_open(path, framework="pt") as file:
        for key in file.keys():
            if not key.endswith(".lora_down.weight"):
                continue
            module = key[: -len(".lora_down.weight")]
            a = file.get_tensor(key).float()  # (R, d_in)
            b = file.get_tensor(module + ".lora_up.weight").float()  # (d_out, R)
            scale = float(file.get_tensor(module + ".alpha")) / a.shape[0]
            square = ((a @ a.T) * (b.T @ b)).sum() * scale**2
            if not torch.isfinite(square):
                raise ValueError(f"{path}: {module} is not finite")
            norms[module] = float(square.sqrt())
            response = (b @ (a @ probes[module])).T * scale  # (P, d_out)
            responses.setdefault(b.shape[0], []).append(response)
    sketches = {w: (torch.cat(r) @ omega[w]).half() for w, r in responses.items()}
    return digest, norms, sketches


def main(probe_path, *paths):
    torch.set_num_threads(1)
    torch.set_grad_enabled(False)
    with safe_open(probe_path, framework="pt") as file:
        probes = {
            "lora_unet_" + name.replace(".", "_"): file.get_tensor(name).float().T.contiguous()
            for name in file.keys()
        }
    omega = projections([3072, 9216, 12288, 18432, 21504])
    sketch(paths[0], probes, omega)  # warm up
    start = time.perf_counter()
    cpu = time.process_time()
    size = 0
    for path in paths:
        sketch(path, probes, omega)
        with open(path, "rb") as file:
            size += file.seek(0, 2)
    print(time.perf_counter() - start, size, time.process_time() - cpu)


if __name__ == "__main__":
    main(*sys.argv[1:])
