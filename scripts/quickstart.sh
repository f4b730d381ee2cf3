#!/usr/bin/env bash
# From nothing to a catalog and a picture: builds LoraLake, indexes the lab's zoo, paints with two of its adapters.
#   scripts/quickstart.sh [FOLDER]   where catalog and picture go (default: .loralake/quickstart)
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
out=${1:-$root/.loralake/quickstart}
cd "$root"
echo "1. Index 300 adapters, and some files that are none:"
scripts/loralake index --catalog "$out/catalog" --model lab --probes tests/lab/base/probes.safetensors \
  --source tests/lab/zoo --source tests/lab/zoo-bad --show 12
echo
echo "2. One adapter from close:"
scripts/loralake inspect tests/lab/zoo/my-flux-lora-806.safetensors --model lab
echo
echo "3. A picture, with two adapters at once:"
scripts/loralake paint --base tests/lab/base --prompt "a mosaic of a red apple" --seed 1 \
  --adapter tests/lab/zoo/my-flux-lora-806.safetensors:0.8 --adapter tests/lab/zoo/pytorch_lora_weights_571.safetensors:0.5 --out "$out/apple.png"
echo
echo "Catalog:            $out/catalog   (a second run of this command reads no adapter again)"
echo "Picture:            $out/apple.png"
echo "What the lab is:    tests/lab/README.md, with its contact sheets in tests/lab/report"
