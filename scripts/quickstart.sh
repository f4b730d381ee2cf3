#!/usr/bin/env bash
# From nothing to a catalog that finds adapters by their weights, and a picture. Builds LoraLake first.
#   scripts/quickstart.sh [FOLDER]   where catalog and picture go (default: .loralake/quickstart)
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
out=${1:-$root/.loralake/quickstart}
cd "$root"
echo "1. Index the lab's 300 adapters, and some files that are none:"
scripts/loralake index --catalog "$out/catalog" --model lab --probes tests/lab/base/probes.safetensors \
  --source tests/lab/zoo --source tests/lab/zoo-bad --show 12
echo
echo "2. Learn from captions of 241 of them what weights mean (the other 59 are held out: styles and subjects never seen together):"
scripts/loralake train-alignment --catalog "$out/catalog" --captions tests/lab/truth.jsonl --hold-out tests/lab/held-out.jsonl --folds 0 \
  --head contrastive --validation 0 --seed 1
echo
echo "3. Find, by weights alone, the adapter that draws mosaics of hearts. It is lora_5dee_final, one of those held out:"
scripts/loralake search --catalog "$out/catalog" --k 3 "a mosaic of a heart"
echo
echo "4. Paint with the three adapters that retrieval finds: the first alone, added up, and by gates that know what each is for:"
for way in single sum gated; do
  scripts/loralake paint --base tests/lab/base --prompt "a mosaic of a red heart" --seed 1 --out "$out/heart-$way.png" \
    --adapters auto --catalog "$out/catalog" --k 3 --fusion $way $([ $way = gated ] && echo --gates tests/lab/gates/full)
done
echo
echo "Catalog:            $out/catalog   (a second run of this command reads no adapter again)"
echo "Pictures:           $out/heart-single.png, heart-sum.png, heart-gated.png"
echo "What the lab is:    tests/lab/README.md, with its contact sheets in tests/lab/report"
