"""The diffusers side of `scripts/bench/run diffusion`.

Makes a mid-size FLUX transformer with random weights, saves it and its inputs in the work folder,
then answers one JSON line per request on stdin with one JSON line on stdout:
{"case": "a", "batch": 1} -> {"ms": 312.5}. The Java side is the driver: both never run at once.
"""

import json
import sys
import time
from pathlib import Path

import torch
from diffusers import FluxTransformer2DModel
from safetensors.torch import save_file

IMAGE_SIDE, TEXT_TOKENS, BATCHES = 16, 128, (1, 4)


def make_model():
    torch.manual_seed(0)
    model = FluxTransformer2DModel(
        in_channels=64,
        num_layers=4,
        num_single_layers=8,
        attention_head_dim=64,
        num_attention_heads=12,
        joint_attention_dim=768,
        pooled_projection_dim=768,
        guidance_embeds=True,
        axes_dims_rope=(16, 24, 24),
    )
    return model.eval()


def make_inputs(batch):
    generator = torch.Generator().manual_seed(batch)
    grid = torch.stack(torch.meshgrid(torch.arange(IMAGE_SIDE), torch.arange(IMAGE_SIDE), indexing="ij"), -1)
    ids = torch.cat([torch.zeros(IMAGE_SIDE**2, 1), grid.reshape(-1, 2).float()], 1)
    return {
        "hidden_states": torch.randn(batch, IMAGE_SIDE**2, 64, generator=generator),
        "encoder_hidden_states": torch.randn(batch, TEXT_TOKENS, 768, generator=generator),
        "pooled_projections": torch.randn(batch, 768, generator=generator),
        "timestep": torch.full((batch,), 0.5),
        "guidance": torch.full((batch,), 3.5),
        "img_ids": ids,
        "txt_ids": torch.zeros(TEXT_TOKENS, 3),
    }


class Peer:
    def __init__(self, folder):
        self.model = make_model()
        self.model.save_pretrained(folder / "transformer")
        self.inputs = {batch: make_inputs(batch) for batch in BATCHES}
        for batch, inputs in self.inputs.items():
            tensors = {f"in.{name}": value.contiguous() for name, value in inputs.items()}
            save_file({**tensors, "out": self.forward(batch)}, folder / f"batch{batch}.safetensors")
        self.cases = {"a": self.forward}

    def forward(self, batch):
        return self.model(**self.inputs[batch], return_dict=False)[0]

    def measure(self, request):
        start = time.perf_counter()
        self.cases[request["case"]](request["batch"])
        return {"ms": (time.perf_counter() - start) * 1000}


def main():
    torch.set_num_threads(1)
    torch.set_num_interop_threads(1)
    with torch.inference_mode():
        peer = Peer(Path(sys.argv[1]))
        print(json.dumps({"ready": f"torch {torch.__version__}"}), flush=True)
        for line in sys.stdin:
            print(json.dumps(peer.measure(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
