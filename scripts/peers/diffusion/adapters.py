"""Random adapters for every block layer of the bench's transformer, and what PEFT makes of them."""

import re

import torch
from safetensors.torch import save_file

RANK = 16

# A fused layer of the original model and the projections that diffusers splits it into.
FUSED = {
    r"transformer_blocks\.(\d+)\.attn\.to_[qkv]": "double_blocks.{}.img_attn.qkv",
    r"transformer_blocks\.(\d+)\.attn\.add_[qkv]_proj": "double_blocks.{}.txt_attn.qkv",
    r"transformer_blocks\.(\d+)\.attn\.to_out\.0": "double_blocks.{}.img_attn.proj",
    r"transformer_blocks\.(\d+)\.attn\.to_add_out": "double_blocks.{}.txt_attn.proj",
    r"transformer_blocks\.(\d+)\.ff\.net\.0\.proj": "double_blocks.{}.img_mlp.0",
    r"transformer_blocks\.(\d+)\.ff\.net\.2": "double_blocks.{}.img_mlp.2",
    r"transformer_blocks\.(\d+)\.ff_context\.net\.0\.proj": "double_blocks.{}.txt_mlp.0",
    r"transformer_blocks\.(\d+)\.ff_context\.net\.2": "double_blocks.{}.txt_mlp.2",
    r"transformer_blocks\.(\d+)\.norm1\.linear": "double_blocks.{}.img_mod.lin",
    r"transformer_blocks\.(\d+)\.norm1_context\.linear": "double_blocks.{}.txt_mod.lin",
    r"single_transformer_blocks\.(\d+)\.(?:attn\.to_[qkv]|proj_mlp)": "single_blocks.{}.linear1",
    r"single_transformer_blocks\.(\d+)\.proj_out": "single_blocks.{}.linear2",
    r"single_transformer_blocks\.(\d+)\.norm\.linear": "single_blocks.{}.modulation.lin",
}
ORDER = ["q", "k", "v", "mlp"]  # of the rows of a fused layer


def original_name(name):
    for pattern, original in FUSED.items():
        match = re.fullmatch(pattern, name)
        if match:
            return original.format(match[1])
    return None


def row_order(name):
    match = re.search(r"(?:to|add)_([qkv])|proj_(mlp)", name)
    return ORDER.index(match[1] or match[2]) if match else 0


def layers_of(model):
    """{original name: [(diffusers name, in, out), ...] in the order of the rows}."""
    layers = {}
    for name, module in model.named_modules():
        original = original_name(name)
        if isinstance(module, torch.nn.Linear) and original:
            layers.setdefault(original, []).append((name, module.in_features, module.out_features))
    return {original: sorted(parts, key=lambda part: row_order(part[0])) for original, parts in layers.items()}


def write(layers, folder, index):
    """Two updates, each in the form that either side loads:

    split{index}   q, k, v and mlp trained apart (diffusers, ai-toolkit): one file for both sides
    fused{index}   one pair for a fused layer (sd-scripts, original names): A is shared, so for PEFT
                   it is repeated for each projection, as diffusers' converters do (fused{index}_peft)
    """
    generator = torch.Generator().manual_seed(index)
    split, fused, fused_peft = {}, {}, {}
    for original, parts in layers.items():
        shared = torch.randn(RANK, parts[0][1], generator=generator) / parts[0][1] ** 0.5
        ups = []
        for name, d_in, d_out in parts:
            down = torch.randn(RANK, d_in, generator=generator) / d_in**0.5
            up = torch.randn(d_out, RANK, generator=generator) * 0.02
            ups.append(up)
            split[f"transformer.{name}.lora_A.weight"] = down
            split[f"transformer.{name}.lora_B.weight"] = up
            fused_peft[f"transformer.{name}.lora_A.weight"] = shared.clone()
            fused_peft[f"transformer.{name}.lora_B.weight"] = up
        fused[f"diffusion_model.{original}.lora_A.weight"] = shared
        fused[f"diffusion_model.{original}.lora_B.weight"] = torch.cat(ups)
    for kind, tensors in {f"split{index}": split, f"fused{index}": fused, f"fused{index}_peft": fused_peft}.items():
        save_file(tensors, folder / f"{kind}.safetensors")
