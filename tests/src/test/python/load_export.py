"""Loads an exported adapter into diffusers' transformer with PEFT and compares its output with the
reference: load_export.py FIXTURES ADAPTER   prints the largest difference"""

import json
import sys
from pathlib import Path

import torch
from diffusers import FluxTransformer2DModel
from safetensors.torch import load_file


def main(fixtures, adapter):
    fixtures = Path(fixtures)
    config = json.loads((fixtures / "flux/config.json").read_text())
    known = FluxTransformer2DModel.__init__.__wrapped__.__code__.co_varnames
    model = FluxTransformer2DModel(**{k: v for k, v in config.items() if k in known})
    model.load_state_dict(load_file(fixtures / "flux/transformer_diffusers.safetensors"))
    model.eval()
    model.load_lora_adapter(load_file(adapter), prefix="transformer")
    case = load_file(fixtures / "flux/case2.safetensors")
    inputs = {k[3:]: v for k, v in case.items() if k.startswith("in.")}
    with torch.no_grad():
        output = model(**inputs, return_dict=False)[0]
    expected = load_file(fixtures / "lora/outputs.safetensors")["main.scale1.0"]
    print(float((output - expected).abs().max()))


main(*sys.argv[1:])
