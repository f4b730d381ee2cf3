"""The diffusers side of `scripts/bench training`: the lab's recipe for its base, in PyTorch.

    peer.py RECIPE_JSON DATA_SAFETENSORS

The data holds what Java trains on, and the noise and timesteps of its validation. Answers one JSON
line per request on stdin with one JSON line on stdout: {"steps": 100} trains on and gives
{"seconds": 31.2, "loss": 0.61}; {"evaluate": true} gives {"kept_loss": 0.58} of the moving average.
"""

import json
import math
import sys
import time
from pathlib import Path

import diffusers
import torch
from safetensors.torch import load_file

sys.path.append(str(Path(__file__).parents[1]))
from flux import transformer

torch.set_num_threads(1)


def model_of(config):
    model = transformer(config)
    with torch.no_grad():  # as Weights.random
        for parameter in model.parameters():
            if parameter.dim() > 1:
                parameter.normal_(std=parameter[0].numel() ** -0.5)
        for name, parameter in model.named_parameters():
            if parameter.dim() == 1:
                parameter.fill_(0 if name.endswith("bias") else 1)
    return model


class Training:
    def __init__(self, recipe, data):
        torch.manual_seed(recipe["seed"])
        self.recipe, self.data = recipe, data
        self.model = model_of(recipe["model"])
        self.average = {name: p.detach().clone() for name, p in self.model.named_parameters()}
        matrices = [p for p in self.model.parameters() if p.dim() > 1]
        vectors = [p for p in self.model.parameters() if p.dim() == 1]
        self.optimizer = torch.optim.AdamW(
            [{"params": matrices, "weight_decay": 0.01}, {"params": vectors, "weight_decay": 0.0}],
            lr=recipe["learning_rate"],
        )
        counts = data["train.caption_counts"]
        self.counts, self.starts = counts, counts.cumsum(0) - counts
        side = math.isqrt(data["train.latents"].shape[1])
        rows, columns = torch.meshgrid(torch.arange(side), torch.arange(side), indexing="ij")
        self.img_ids = torch.stack([torch.zeros(side * side), rows.flatten(), columns.flatten()], 1)
        self.txt_ids = torch.zeros(data["train.txt"].shape[1], 3)
        self.step = 0

    def losses(self, x, noise, t, txt, vec):
        noisy = x + (noise - x) * t[:, None, None]
        predicted = self.model(
            hidden_states=noisy,
            encoder_hidden_states=txt,
            pooled_projections=vec,
            timestep=t,
            img_ids=self.img_ids,
            txt_ids=self.txt_ids,
            return_dict=False,
        )[0]
        return (predicted - (noise - x)).square().mean((1, 2))

    def rate(self):
        recipe = self.recipe
        if self.step < recipe["warmup"]:
            return recipe["learning_rate"] * (self.step + 1) / recipe["warmup"]
        way = (self.step - recipe["warmup"]) / (recipe["steps"] - recipe["warmup"])
        return recipe["learning_rate"] * 0.5 * (1 + math.cos(math.pi * way))

    def varied(self, features):
        return features * (1 + self.recipe["text_noise"] * torch.randn_like(features))

    def train(self, steps):
        total, start = 0.0, time.perf_counter()
        for _ in range(steps):
            pictures = torch.randint(len(self.counts), (self.recipe["batch"],))
            rows = self.starts[pictures] + (torch.rand(len(pictures)) * self.counts[pictures]).long()
            captions = self.data["train.captions"][rows]
            captions[torch.rand(len(pictures)) < self.recipe["empty_prompts"]] = 0
            x = self.data["train.latents"][pictures]
            loss = self.losses(
                x,
                torch.randn_like(x),
                torch.sigmoid(torch.randn(len(pictures))),
                self.varied(self.data["train.txt"][captions]),
                self.varied(self.data["train.vec"][captions]),
            ).mean()
            self.optimizer.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
            for group in self.optimizer.param_groups:
                group["lr"] = self.rate()
            self.optimizer.step()
            keep = min(self.recipe["ema"], (1 + self.step) / (10 + self.step))
            with torch.no_grad():
                for name, parameter in self.model.named_parameters():
                    self.average[name].lerp_(parameter, 1 - keep)
            total += loss.item()
            self.step += 1
        return {"seconds": time.perf_counter() - start, "loss": total / steps}

    @torch.no_grad()
    def evaluate(self):
        trained = {name: p.detach().clone() for name, p in self.model.named_parameters()}
        self.model.load_state_dict(self.average, strict=False)
        data = self.data
        captions = data["kept.captions"][data["kept.caption_counts"].cumsum(0) - data["kept.caption_counts"]]
        parts = [
            self.losses(
                data["kept.latents"][i : i + 128],
                data["kept.noise"][i : i + 128],
                data["kept.timesteps"][i : i + 128],
                data["kept.txt"][captions[i : i + 128]],
                data["kept.vec"][captions[i : i + 128]],
            )
            for i in range(0, len(captions), 128)
        ]
        self.model.load_state_dict(trained, strict=False)
        return {"kept_loss": torch.cat(parts).mean().item()}


def main():
    training = Training(json.loads(sys.argv[1]), load_file(sys.argv[2]))
    print(json.dumps({"ready": f"diffusers {diffusers.__version__}, torch {torch.__version__}"}), flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        answer = training.evaluate() if "evaluate" in request else training.train(request["steps"])
        print(json.dumps(answer), flush=True)


main()
