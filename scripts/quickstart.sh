#!/usr/bin/env bash
# From nothing to a catalog that finds adapters by their weights, and 48 pictures painted with them. Builds LoraLake first.
#   scripts/quickstart.sh [FOLDER]   where catalog and pictures go (default: .loralake/quickstart)
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
out=${1:-$root/.loralake/quickstart}
cd "$root"
echo "1. Index the lab's 300 adapters, and some files that are none:"
scripts/loralake index --catalog "$out/catalog" --model lab --probes tests/lab/base/probes.safetensors \
  --source tests/lab/zoo --source tests/lab/zoo-bad --show 12
echo
echo "2. Embed them with the lab's encoder, which knows the captions of 241 (scripts/lab-encoder.sh makes it in two minutes; the other 59 show"
echo "   styles and subjects that it has never seen together):"
scripts/loralake train-alignment --catalog "$out/catalog" --use tests/lab/encoder/contrastive-*.json
echo
echo "3. Find, by weights alone, the adapter that draws mosaics of hearts. It is lora_5dee_final, one of those 59:"
scripts/loralake search --catalog "$out/catalog" --k 3 "a tile mosaic of a heart"
echo
echo "4. Paint with the three that retrieval finds: the first alone, added up, and by gates that know what each is for:"
for way in single sum gated; do
  scripts/loralake paint --base tests/lab/base --prompt "a tile mosaic of a red heart" --seed 1 --out "$out/heart-$way.png" \
    --adapters auto --catalog "$out/catalog" --k 3 --fusion $way $([ $way = gated ] && echo --gates tests/lab/gates/full)
done
echo
echo "5. Paint 48 prompts, three adapters each. No caption that training saw tells of such a style and such a subject together:"
scripts/loralake generate --prompts tests/lab/prompts.txt --catalog "$out/catalog" --base tests/lab/base --k 3 \
  --gates tests/lab/gates/full --out "$out/pictures"
echo
echo "Catalog:            $out/catalog   (a second run of this command reads no adapter again)"
echo "One prompt, three ways: $out/heart-single.png, heart-sum.png, heart-gated.png"
echo "48 pictures:        $out/pictures/00000.tar, as WebDataset, with 00000.parquet"
echo "Open this:          $out/pictures/report.html"
echo "What the lab is:    tests/lab/README.md, with its contact sheets in tests/lab/report"
