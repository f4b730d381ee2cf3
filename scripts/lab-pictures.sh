#!/usr/bin/env bash
# Makes the lab's pictures anew from npm packages (pinned, hashes checked). Nothing else here needs npm.
#   scripts/lab-pictures.sh           writes tests/lab/pictures and tests/lab/report/pictures.png
#   scripts/lab-pictures.sh --check   makes them elsewhere and compares: byte for byte what is committed
# Packages are kept in .loralake/npm (LORALAKE_NPM for another folder; 16 MB).
set -euo pipefail
root=$(cd "$(dirname "$(readlink -f "$0")")/.." && pwd)
packages=${LORALAKE_NPM:-$root/.loralake/npm}
committed=$root/tests/lab/pictures

# PACKAGE VERSION SHA512: unpacks into a folder of the package's name without scope.
package() {
  local name=${1#*/} file=$packages/${1#*/}-$2.tgz
  mkdir -p "$packages/$name"
  [ -e "$file" ] || curl -sSf --retry 3 -o "$file" "https://registry.npmjs.org/$1/-/$name-$2.tgz"
  echo "$3  $file" | sha512sum --check --quiet
  tar -xzf "$file" -C "$packages/$name" --strip-components=1
}

package @iconify-json/noto 1.2.9 \
  0d08ae5c435bba7e35721f973d2579e47f456962a91d3cb3e3a6082ad49a2980f87c80c3ccbd6d47a1f89e9fd3dfc8dfad301e237adc285d26a8761e65502e6b
package @iconify-json/fluent-emoji-flat 1.2.6 \
  458e3b4603dbe3b7d8522cab03ae2c20e2f4f94534dacdbdb17a4d05b2104415253e57cd1532949990c4446bb10ecffbc8d196a9062fb9a4983353387d15e553
package @iconify-json/twemoji 1.2.5 \
  b8aa6e204574bfa2b9056dcc8ddca5f972855406db70fc408227cabc432d668519079f98898e7368c9b6b8d342c725f301653dc8d2e58f8d5653afe6be000bb3
package @iconify-json/emojione 1.2.3 \
  4fdf93dc721b24d2ca2ac9b160a95a621be71d8933fc73584d5ed21c25d564f7de522e05aac918ef461e37cc980194fc702bfbc39bc9c52e10d66f336fd08c32
package @iconify-json/noto-v1 1.2.5 \
  fc3b15322bacebd4347d14b9df3ed02b54d1392b9aafad3a8e2231fa5697b5db1818c5e97fa2ed1c1c7a0867e8a375071dbfd7a41b30fb52f5c777b23ea32e54
package @iconify-json/fluent-emoji-high-contrast 1.2.6 \
  7acaa164fa64ac5eec357dcdb0ba21f0a5bae28904aff6f3928ed636714ffaa4c9180a833c3623a74f76e72c6e8af5f2dc7b55401f318482aedfe36ad5bc97e7
package emojibase-data 17.0.0 \
  62f81be405a81d588757f82ad6aaf96406ab7018a9f81dbbfd92d1b142646e000468b959fdfa1ff60f3cd8b4e9984a728413440b49b6484988b658c7b13ca08c

case ${1:-} in
  "") "$root/scripts/loralake" lab pictures --packages "$packages" --out "$committed" \
    --sheet "$root/tests/lab/report/pictures.png" ;;
  --check)
    again=$(mktemp -d)
    trap 'rm -rf "$again"' EXIT
    "$root/scripts/loralake" lab pictures --packages "$packages" --out "$again"
    diff -rq --exclude=licences "$again" "$committed"
    echo "the same, byte for byte" ;;
  *) sed -n '2,5s/^# *//p' "$0" >&2; exit 2 ;;
esac
