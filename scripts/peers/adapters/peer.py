"""The PyTorch side of `scripts/bench adapters`: a step of a group of adapters on a FLUX in BFL's form.

    peer.py MODEL_JSON

Answers one JSON line per request on stdin with one JSON line on stdout:
{"group": 8, "rank": 4, "batch": 16, "steps": 12} gives {"seconds_a_step": 0.3}. The model is as plain
as ours: fused qkv, scaled_dot_product_attention, baddbmm for the low-rank branches, frozen base.
"""

import json
import sys
import time

import torch
import torch.nn.functional as F

torch.set_num_threads(1)
TEXT, SIDE, PICTURES = 12, 4, 24


class Flux:
    def __init__(self, config):
        self.c = config
        self.d, self.heads = config["hidden_size"], config["num_heads"]
        d, mlp = self.d, int(config["hidden_size"] * config["mlp_ratio"])
        self.layers = {}
        for i in range(config["depth"]):
            for s in ("img", "txt"):
                for name, shape in (
                    ("attn.qkv", (3 * d, d)), ("attn.proj", (d, d)), ("mlp.0", (mlp, d)),
                    ("mlp.2", (d, mlp)), ("mod.lin", (6 * d, d)),
                ):
                    self.layers[f"double.{i}.{s}_{name}"] = shape
        for i in range(config["depth_single_blocks"]):
            self.layers[f"single.{i}.linear1"] = (3 * d + mlp, d)
            self.layers[f"single.{i}.linear2"] = (d, d + mlp)
            self.layers[f"single.{i}.modulation.lin"] = (3 * d, d)
        outside = {
            "img_in": (d, config["in_channels"]), "txt_in": (d, config["context_in_dim"]),
            "time.0": (d, 256), "time.1": (d, d), "vector.0": (d, config["vec_in_dim"]),
            "vector.1": (d, d), "final.mod": (2 * d, d), "final": (config["in_channels"], d),
        }
        self.weights = {
            name: (torch.randn(shape) / shape[1] ** 0.5, torch.zeros(shape[0]))
            for name, shape in (self.layers | outside).items()
        }
        self.scale = torch.ones(d // self.heads)
        self.adapters = {}

    def linear(self, name, x):
        y = F.linear(x, *self.weights[name])
        if name not in self.adapters:
            return y
        down, up = self.adapters[name]
        groups = down.shape[0]
        h = torch.bmm(x.reshape(groups, -1, x.shape[-1]), down.transpose(1, 2))
        return torch.baddbmm(y.reshape(groups, -1, y.shape[-1]), h, up).view_as(y)

    def norm(self, x, shift, scale):
        return torch.addcmul(shift, F.layer_norm(x, x.shape[-1:], eps=1e-6), scale + 1)

    def split(self, qkv):
        b, l, _ = qkv.shape
        q, k, v = qkv.reshape(b, l, 3, self.heads, -1).permute(2, 0, 3, 1, 4).unbind()
        d = q.shape[-1:]
        return F.rms_norm(q, d, self.scale, 1e-6), F.rms_norm(k, d, self.scale, 1e-6), v

    def attention(self, q, k, v, pe):
        def turn(x):
            return torch.view_as_real(torch.view_as_complex(x.unflatten(-1, (-1, 2))) * pe).flatten(3)

        return F.scaled_dot_product_attention(turn(q), turn(k), v).transpose(1, 2).flatten(2)

    def forward(self, img, txt, pe, t, y):
        freqs = torch.exp(-9.21034 * torch.arange(128) / 128)
        angles = t[:, None] * 1000 * freqs
        time_in = torch.cat([angles.cos(), angles.sin()], -1)
        vec = self.linear("time.1", F.silu(self.linear("time.0", time_in)))
        vec = F.silu(vec + self.linear("vector.1", F.silu(self.linear("vector.0", y))))
        streams = {"img": self.linear("img_in", img), "txt": self.linear("txt_in", txt)}
        for i in range(self.c["depth"]):
            mods, heads = {}, {}
            for s, x in streams.items():
                n = f"double.{i}.{s}_"
                mods[s] = self.linear(n + "mod.lin", vec)[:, None].chunk(6, -1)
                heads[s] = self.split(self.linear(n + "attn.qkv", self.norm(x, *mods[s][:2])))
            q, k, v = (torch.cat([heads["txt"][j], heads["img"][j]], 2) for j in range(3))
            a = self.attention(q, k, v, pe)
            parts = {"txt": a[:, :TEXT], "img": a[:, TEXT:]}
            for s, x in streams.items():
                n, m = f"double.{i}.{s}_", mods[s]
                x = torch.addcmul(x, m[2], self.linear(n + "attn.proj", parts[s]))
                hidden = F.gelu(self.linear(n + "mlp.0", self.norm(x, *m[3:5])), approximate="tanh")
                streams[s] = torch.addcmul(x, m[5], self.linear(n + "mlp.2", hidden))
        x = torch.cat([streams["txt"], streams["img"]], 1)
        for i in range(self.c["depth_single_blocks"]):
            n = f"single.{i}."
            m = self.linear(n + "modulation.lin", vec)[:, None].chunk(3, -1)
            both = self.linear(n + "linear1", self.norm(x, *m[:2]))
            q, k, v = self.split(both[..., : 3 * self.d])
            hidden = F.gelu(both[..., 3 * self.d :], approximate="tanh")
            joined = torch.cat([self.attention(q, k, v, pe), hidden], -1)
            x = torch.addcmul(x, m[2], self.linear(n + "linear2", joined))
        m = self.linear("final.mod", vec)[:, None].chunk(2, -1)
        return self.linear("final", self.norm(x[:, TEXT:], *m))


def run(model, group, rank, batch, steps):
    c, n = model.c, group * batch
    model.adapters = {
        name: (
            ((torch.rand(group, rank, shape[1]) * 2 - 1) / shape[1] ** 0.5).requires_grad_(),
            torch.zeros(group, rank, shape[0]).requires_grad_(),
        )
        for name, shape in model.layers.items()
    }
    optimizer = torch.optim.Adam([p for pair in model.adapters.values() for p in pair], lr=4e-3)
    latents = torch.randn(group, PICTURES, SIDE * SIDE, c["in_channels"])
    txt = torch.randn(group, PICTURES, TEXT, c["context_in_dim"])
    vec = torch.randn(group, PICTURES, c["vec_in_dim"])
    angles = torch.rand(TEXT + SIDE * SIDE, model.d // model.heads // 2)
    pe = torch.polar(torch.ones_like(angles), angles)
    rows = torch.arange(group)[:, None]
    start = time.perf_counter()
    for _ in range(steps):
        pick = torch.randint(PICTURES, (group, batch))
        x = latents[rows, pick].flatten(0, 1)
        noise, t = torch.randn_like(x), torch.sigmoid(torch.randn(n))
        noisy = x + (noise - x) * t[:, None, None]
        v = model.forward(noisy, txt[rows, pick].flatten(0, 1), pe, t, vec[rows, pick].flatten(0, 1))
        loss = (v - (noise - x)).square().mean((1, 2)).sum() / batch
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return (time.perf_counter() - start) / steps


def main():
    with open(sys.argv[1]) as file:
        model = Flux(json.load(file))
    print(json.dumps({"ready": f"torch {torch.__version__}"}), flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        print(json.dumps({"seconds_a_step": run(model, **request)}), flush=True)


main()
