"""The PyTorch side of `scripts/bench alignment`: one training step of the contrastive head.

Answers one JSON line per request on stdin with one JSON line on stdout:
{"case": "COMPONENTS", "batch": 192} -> {"ms": 9.1}, the mean of 20 steps. The step is that of
io.loralake.alignment: noise drawn anew, two linear maps, symmetric InfoNCE, AdamW.
"""

import json
import sys
import time

import torch

WIDTH, STEPS, NOISE, SCALE = 384, 20, 0.3, 1 / 0.07


class Head:
    def __init__(self, components, batch):
        generator = torch.Generator().manual_seed(0)
        self.x = torch.randn(batch, components, generator=generator)
        self.y = torch.randn(batch, WIDTH, generator=generator)
        self.adapter = torch.nn.Parameter(torch.randn(components, WIDTH) / components**0.5)
        self.text = torch.nn.Parameter(torch.eye(WIDTH))
        self.optimizer = torch.optim.AdamW([self.adapter, self.text], lr=2e-3, weight_decay=0.05)

    def step(self):
        x = self.x + NOISE * torch.randn_like(self.x)
        a = torch.nn.functional.normalize(x @ self.adapter)
        t = torch.nn.functional.normalize(self.y @ self.text)
        logits = SCALE * a @ t.T
        target = torch.arange(len(x))
        loss = (
            torch.nn.functional.cross_entropy(logits, target)
            + torch.nn.functional.cross_entropy(logits.T, target)
        ) / 2
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()


def main():
    torch.set_num_threads(1)
    clock = time.perf_counter if sys.argv[3] == "wall" else time.thread_time
    heads = {}
    print(json.dumps({"ready": f"torch {torch.__version__}"}), flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        size = int(request["case"]), request["batch"]
        head = heads.setdefault(size, None) or Head(*size)
        heads[size] = head
        start = clock()
        for _ in range(STEPS):
            head.step()
        print(json.dumps({"ms": 1e3 * (clock() - start) / STEPS}), flush=True)


main()
