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
echo "2. Learn from captions of 241 of them what weights mean (the other 59 are held out: styles and subjects never seen together):"
scripts/loralake train-alignment --catalog "$out/catalog" --captions tests/lab/truth.jsonl --hold-out tests/lab/held-out.jsonl --folds 0
echo
echo "3. Find, by weights alone, the adapter that draws mosaics of hearts. It is lora_5dee_final, one of those held out:"
scripts/loralake search --catalog "$out/catalog" --k 3 "a mosaic of a heart"
echo
echo "4. Paint 48 prompts, for each of which retrieval finds three adapters. No adapter of what a prompt asks for as a whole has told its captions:"
sed -nE 's/.*"kind":"full".*"captions":\["[^"]*","([^"]*)".*/\1/p' tests/lab/held-out.jsonl | head -48 > "$out/prompts.txt"
fusion=(--fusion mean)
if [ -d tests/lab/gates/encoder ]; then # gates know adapters by the embeddings of their own encoder
  scripts/loralake train-alignment --catalog "$out/catalog" --use tests/lab/gates/encoder/*.json
  fusion=(--gates tests/lab/gates/full)
fi
scripts/loralake generate --prompts "$out/prompts.txt" --catalog "$out/catalog" --base tests/lab/base --k 3 "${fusion[@]}" --out "$out/pictures"
echo
echo "Catalog:            $out/catalog   (a second run of this command reads no adapter again)"
echo "Pictures:           $out/pictures/00000.tar, as WebDataset, with 00000.parquet"
echo "Open this:          $out/pictures/report.html"
echo "What the lab is:    tests/lab/README.md, with its contact sheets in tests/lab/report"
