"""The diffusers + PEFT side of `scripts/bench generate`.

    peer.py BASE INPUTS THREADS

BASE is the lab's base model in BFL's form. INPUTS has what our run chose: pictures.json with each picture's
adapters and their scales, adapters/ID.safetensors as diffusers loads them, and inputs.safetensors with text
features and noise, which cost nothing here. Answers one JSON line per request on stdin with one JSON line on
stdout: {"way": "switch", "from": 0, "to": 32, "batch": 16, "out": DIR} paints those pictures as PNG files and
gives {"seconds": 4.2}.

    load     one by one; each picture's adapters are loaded from their files, and deleted afterwards
    switch   one by one; all adapters are loaded before, set_adapters chooses
    batch    PEFT's mixed batches: adapter_names gives each sample one adapter, so the adapters of a picture
             are joined before into one (the factors of all, behind one another), loaded like any other

What is loaded before is not counted.
"""

import json
import logging
import sys
import time
from functools import partial
from pathlib import Path

import torch
from diffusers import AutoencoderKL, FlowMatchEulerDiscreteScheduler, FluxPipeline
from diffusers.loaders.single_file_utils import convert_ldm_vae_checkpoint
from peft.tuners.lora import LoraLayer
from safetensors.torch import load_file

sys.path += [str(Path(__file__).parents[1]), str(Path(__file__).parents[1] / "diffusion")]
from adapters import layers_of
from flux import transformer

ALONE = {  # layers beside the blocks
    "img_in": "x_embedder",
    "txt_in": "context_embedder",
    "time_in.in_layer": "time_text_embed.timestep_embedder.linear_1",
    "time_in.out_layer": "time_text_embed.timestep_embedder.linear_2",
    "vector_in.in_layer": "time_text_embed.text_embedder.linear_1",
    "vector_in.out_layer": "time_text_embed.text_embedder.linear_2",
    "final_layer.linear": "proj_out",
}
NORMS = {
    "double_blocks.{}.img_attn.norm.query_norm": "transformer_blocks.{}.attn.norm_q",
    "double_blocks.{}.img_attn.norm.key_norm": "transformer_blocks.{}.attn.norm_k",
    "double_blocks.{}.txt_attn.norm.query_norm": "transformer_blocks.{}.attn.norm_added_q",
    "double_blocks.{}.txt_attn.norm.key_norm": "transformer_blocks.{}.attn.norm_added_k",
    "single_blocks.{}.norm.query_norm": "single_transformer_blocks.{}.attn.norm_q",
    "single_blocks.{}.norm.key_norm": "single_transformer_blocks.{}.attn.norm_k",
}


def read_transformer(base):
    c = json.loads((base / "flux-lab.json").read_text())
    model = transformer(c)
    ours = load_file(base / "flux-lab.safetensors")
    theirs = {}
    for end in ("weight", "bias"):
        for original, parts in layers_of(model).items():
            rows = ours[f"{original}.{end}"].split([d_out for _, _, d_out in parts])
            theirs |= {f"{name}.{end}": part for (name, _, _), part in zip(parts, rows, strict=True)}
        theirs |= {f"{name}.{end}": ours[f"{original}.{end}"] for original, name in ALONE.items()}
        shift, scale = ours[f"final_layer.adaLN_modulation.1.{end}"].chunk(2)
        theirs[f"norm_out.linear.{end}"] = torch.cat([scale, shift])
    for original, name in NORMS.items():
        blocks = c["depth"] if original.startswith("double") else c["depth_single_blocks"]
        theirs |= {f"{name.format(i)}.weight": ours[f"{original.format(i)}.scale"] for i in range(blocks)}
    model.load_state_dict(theirs)
    return model.eval()


def read_auto_encoder(base):
    c = json.loads((base / "ae.json").read_text())
    blocks = len(c["block_out_channels"])
    model = AutoencoderKL(
        down_block_types=("DownEncoderBlock2D",) * blocks,
        up_block_types=("UpDecoderBlock2D",) * blocks,
        use_quant_conv=False,
        use_post_quant_conv=False,
        **c,
    )
    model.load_state_dict(convert_ldm_vae_checkpoint(load_file(base / "ae.safetensors"), model.config))
    return model.eval()


def as_adapter_name(module, args, kwargs, names):
    return args, {**kwargs, "adapter_names": names}


class Peer:
    def __init__(self, base, inputs):
        self.folder = inputs / "adapters"
        self.pictures = json.loads((inputs / "pictures.json").read_text())
        self.inputs = load_file(inputs / "inputs.safetensors")
        self.sampling = json.loads((base / "sampling.json").read_text())
        self.pipeline = FluxPipeline(
            scheduler=FlowMatchEulerDiscreteScheduler(shift=1.0), vae=read_auto_encoder(base), text_encoder=None,
            tokenizer=None, text_encoder_2=None, tokenizer_2=None, transformer=read_transformer(base))
        self.pipeline.set_progress_bar_config(disable=True)
        self.loaded = None

    def paint(self, begin, end, out):
        """Pictures of one call of the pipeline, with the adapters that are active."""
        negative = [self.inputs[name].expand(end - begin, *[-1] * (self.inputs[name].dim() - 1))
                    for name in ("negative_txt", "negative_vec")]
        images = self.pipeline(
            prompt_embeds=self.inputs["txt"][begin:end],
            pooled_prompt_embeds=self.inputs["vec"][begin:end],
            negative_prompt_embeds=negative[0],
            negative_pooled_prompt_embeds=negative[1],
            true_cfg_scale=self.sampling["true_guidance"],
            num_inference_steps=self.sampling["steps"],
            width=self.sampling["width"],
            height=self.sampling["height"],
            latents=self.inputs["noise"][begin:end],
        ).images
        for picture, image in zip(self.pictures[begin:end], images, strict=True):
            image.save(out / f"{picture['key']}.png")

    def load(self, adapter, weights=None):
        self.pipeline.load_lora_weights(
            weights or self.folder, adapter_name=adapter,
            **({} if weights else {"weight_name": f"{adapter}.safetensors"}))

    def joined(self, picture):
        """One adapter that does what the picture's adapters do together."""
        factors = {}
        for adapter, scale in zip(picture["adapters"], picture["scales"], strict=True):
            for name, value in load_file(self.folder / f"{adapter}.safetensors").items():
                is_b = name.endswith("lora_B.weight")
                factors.setdefault(name, []).append(value * scale if is_b else value)
        return {name: torch.cat(all, 1 if name.endswith("lora_B.weight") else 0) for name, all in factors.items()}

    def preload(self, way, begin, end):
        """What may be there before the first picture."""
        if self.loaded == (way, begin, end):
            return
        self.pipeline.unload_lora_weights()
        if way == "switch":
            for adapter in sorted({a for picture in self.pictures[begin:end] for a in picture["adapters"]}):
                self.load(adapter)
        if way == "batch":
            for picture in self.pictures[begin:end]:
                self.load(picture["key"], self.joined(picture))
        self.loaded = (way, begin, end)

    def run(self, way, begin, end, batch, out):
        if way == "batch":
            for first in range(begin, end, batch):
                last = min(end, first + batch)
                names = [picture["key"] for picture in self.pictures[first:last]]
                hook = partial(as_adapter_name, names=names)
                handles = [module.register_forward_pre_hook(hook, with_kwargs=True)
                           for module in self.pipeline.transformer.modules() if isinstance(module, LoraLayer)]
                self.paint(first, last, out)
                for handle in handles:
                    handle.remove()
            return
        for i in range(begin, end):
            picture = self.pictures[i]
            if way == "load":
                for adapter in picture["adapters"]:
                    self.load(adapter)
            self.pipeline.set_adapters(picture["adapters"], picture["scales"])
            self.paint(i, i + 1, out)
            if way == "load":
                self.pipeline.delete_adapters(picture["adapters"])

    def answer(self, request):
        way, begin, end = request["way"], request["from"], request["to"]
        out = Path(request["out"])
        out.mkdir(parents=True, exist_ok=True)
        self.preload(way, begin, end)
        start = time.perf_counter()
        self.run(way, begin, end, request["batch"], out)
        return {"seconds": time.perf_counter() - start}


def main():
    logging.disable(logging.WARNING)
    torch.set_num_threads(int(sys.argv[3]))
    torch.set_num_interop_threads(1)
    with torch.inference_mode():
        peer = Peer(Path(sys.argv[1]), Path(sys.argv[2]))
        print(json.dumps({"ready": f"torch {torch.__version__}"}), flush=True)
        for line in sys.stdin:
            print(json.dumps(peer.answer(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
