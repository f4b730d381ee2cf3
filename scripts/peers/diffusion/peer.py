"""The diffusers + PEFT side of `scripts/bench diffusion`.

Makes a mid-size FLUX transformer with random weights, saves it, its inputs and random adapters in
the work folder, then answers one JSON line per request on stdin with one JSON line on stdout:
{"case": "base", "batch": 1} -> {"ms": 312.5}; with "save", the output goes into that file first.
The Java side is the driver: both never run at once.
"""

import json
import logging
import sys
import time
from functools import partial
from pathlib import Path

import torch
from diffusers import FluxPipeline, FluxTransformer2DModel
from peft.tuners.lora import LoraLayer
from safetensors.torch import save_file

import adapters

IMAGE_SIDE, TEXT_TOKENS, BATCHES, ADAPTERS = 16, 128, (1, 4, 8), 8


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


def as_adapter_name(module, args, kwargs, names):
    return args, {**kwargs, "adapter_names": names}


class Peer:
    def __init__(self, folder, dtype, clock):
        self.folder = folder
        self.dtype = dtype
        self.clock = clock
        self.model = make_model()
        self.model.save_pretrained(folder / "transformer")
        self.model.to(dtype)
        self.inputs = {batch: make_inputs(batch) for batch in BATCHES}
        for batch, inputs in self.inputs.items():
            save_file({f"in.{name}": value.contiguous() for name, value in inputs.items()},
                      folder / f"batch{batch}.safetensors")
        layers = adapters.layers_of(self.model)
        for index in range(ADAPTERS):
            adapters.write(layers, folder, index)
        self.pipeline = None
        self.case = None
        self.cases = {
            "base": (self.use_no_adapters, self.forward),
            "one fused": (partial(self.use, "fused{}_peft", 1), self.forward),
            "one split": (partial(self.use, "split{}", 1), self.forward),
            "three fused": (partial(self.use, "fused{}_peft", 3), self.forward),
            "three split": (partial(self.use, "split{}", 3), self.forward),
            "own batched": (partial(self.use, "fused{}_peft", ADAPTERS), self.forward_by_name),
            "own one by one": (partial(self.use, "fused{}_peft", ADAPTERS), self.forward_one_by_one),
            "exchange": (partial(self.use, "split{}", 1), self.exchange),
        }

    def run(self, name, batch):
        """Sets the case up where another ran before, then times it: (output, milliseconds)."""
        set_up, call = self.cases[name]
        if self.case != name:
            set_up()
            self.case = name
        return call(batch)

    def timed(self, call):
        start = self.clock()
        output = call()
        return output, (self.clock() - start) * 1000

    def use_no_adapters(self):
        if self.pipeline:
            self.pipeline.unload_lora_weights()  # takes PEFT's layers out again

    def use(self, files, count):
        """Loads the first adapters of a kind and makes them all active."""
        if self.pipeline is None:
            self.pipeline = FluxPipeline(scheduler=None, vae=None, text_encoder=None, tokenizer=None,
                                         text_encoder_2=None, tokenizer_2=None, transformer=self.model)
        else:
            self.pipeline.unload_lora_weights()
        names = []
        for index in range(count):
            name = files.format(index)
            self.load(name, name)
            names.append(name)
        self.names = names
        self.pipeline.set_adapters(names, [1.0] * count)

    def load(self, file, name):
        self.pipeline.load_lora_weights(self.folder, weight_name=f"{file}.safetensors", adapter_name=name)

    def call_model(self, inputs):
        typed = {name: value if name.endswith("ids") else value.to(self.dtype) for name, value in inputs.items()}
        return self.model(**typed, return_dict=False)[0]

    def forward(self, batch):
        return self.timed(lambda: self.call_model(self.inputs[batch]))

    def forward_by_name(self, batch):
        """PEFT's mixed batches: a hook tells each of its layers the adapter of each sample."""
        hook = partial(as_adapter_name, names=self.names[:batch])
        handles = [module.register_forward_pre_hook(hook, with_kwargs=True)
                   for module in self.model.modules() if isinstance(module, LoraLayer)]
        try:
            return self.forward(batch)
        finally:
            for handle in handles:
                handle.remove()

    def forward_one_by_one(self, batch):
        """The samples one after the other; changing the active adapter is not counted."""
        outputs, total = [], 0.0
        for i in range(batch):
            self.pipeline.set_adapters([self.names[i]], [1.0])
            sample = {name: value if name.endswith("ids") else value[i : i + 1]
                      for name, value in self.inputs[batch].items()}
            output, ms = self.timed(lambda: self.call_model(sample))
            outputs.append(output)
            total += ms
        return torch.cat(outputs), total

    def exchange(self, batch):
        """Another adapter in place of the present one; deleting the old one is not counted."""
        old = self.names[0]
        new = "split1" if old == "split0" else "split0"

        def load_and_set():
            self.load(new, new)
            self.pipeline.set_adapters([new], [1.0])

        _, ms = self.timed(load_and_set)
        self.pipeline.delete_adapters([old])
        self.names = [new]
        return None, ms

    def answer(self, request):
        output, ms = self.run(request["case"], request["batch"])
        if "save" in request:
            save_file({"out": output.float().contiguous()}, request["save"])
        return {"ms": ms}


def main():
    logging.disable(logging.WARNING)
    torch.set_num_threads(1)
    torch.set_num_interop_threads(1)
    dtype = {"f32": torch.float32, "bf16": torch.bfloat16}[sys.argv[2]]
    clock = {"wall": time.perf_counter, "cpu": time.thread_time}[sys.argv[3]]
    with torch.inference_mode():
        peer = Peer(Path(sys.argv[1]), dtype, clock)
        print(json.dumps({"ready": f"torch {torch.__version__}"}), flush=True)
        for line in sys.stdin:
            print(json.dumps(peer.answer(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
