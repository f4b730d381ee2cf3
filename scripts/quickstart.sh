#!/usr/bin/env bash
# From nothing to a catalog that finds adapters by their weights, and 48 pictures painted with them. Builds LoraLake first.
#   scripts/quickstart.sh [FOLDER]   where adapters, catalog and pictures go (default: .loralake/quickstart)
set -euo pipefail
root=$(cd "$(dirname "$(readlink -f "$0")")/.." && pwd)
out=${1:-$root/.loralake/quickstart}
case $out in -*) false ;; esac && [ $# -le 1 ] || { sed -n '2,3s/^# *//p' "$0" >&2; exit 2; }
out=$(mkdir -p "$out" && realpath "$out") # beside whoever asks
cd "$root"
rm -rf "$out"/adapters/{first,later}
mkdir -p "$out/adapters/first" "$out/adapters/later"
cp -p tests/lab/zoo/*.safetensors "$out/adapters/first" # with their times: a second run must not read them again
sed 's/.*"file":"\([^"]*\)".*/\1/' tests/lab/held-out.jsonl | (cd "$out/adapters/first" && xargs mv -t ../later)
index() {
  scripts/loralake index --catalog "$out/catalog" --model lab --probes tests/lab/base/probes.safetensors "$@"
}
echo "1. Index 241 of the lab's adapters, and some files that are none:"
index --source "$out/adapters/first" --source tests/lab/zoo-bad --show 12
echo
echo "2. Embed them with the lab's encoder, which learned from their captions (scripts/lab-encoder.sh makes it in two minutes):"
scripts/loralake train-alignment --catalog "$out/catalog" --use tests/lab/encoder
echo
echo "3. Paint a mosaic of a heart, which none of them was trained on, with the three that retrieval finds: the first alone, added up,"
echo "   and by gates that know what each is for:"
for way in single sum gated; do
  [ -e "$out/heart-$way.png" ] || # a second run finds the adapter for it, which step 5 brings
    scripts/loralake paint --base tests/lab/base --prompt "a tile mosaic of a red heart" --seed 1 --out "$out/heart-$way.png" \
      --adapters auto --catalog "$out/catalog" --k 3 --fusion $way $([ $way = gated ] && echo --gates tests/lab/gates/full)
done
echo
echo "4. Paint 48 such prompts, three adapters each. No adapter of the catalog, no caption and no gate has learned this style and this subject together:"
scripts/loralake generate --prompts tests/lab/prompts.txt --catalog "$out/catalog" --base tests/lab/base --k 3 \
  --gates tests/lab/gates/full --out "$out/pictures"
echo
echo "5. The other 59 arrive, without a word about what they draw. Only they are read, and embedded in the same run:"
index --source "$out/adapters/first" --source "$out/adapters/later" --source tests/lab/zoo-bad
echo
echo "6. Find, by weights alone, the adapter that draws mosaics of hearts. It is lora_5dee_final, one of those 59:"
scripts/loralake search --catalog "$out/catalog" --k 3 "a tile mosaic of a heart"
echo
echo "Catalog:            $out/catalog   (a second run of this command reads no adapter again)"
echo "One prompt, three ways: $out/heart-single.png, heart-sum.png, heart-gated.png"
echo "48 pictures:        $out/pictures/00000.tar, as WebDataset, with 00000.parquet"
echo "Open this:          $out/pictures/report.html"
echo "What the lab is:    tests/lab/README.md, with its contact sheets in tests/lab/report"
