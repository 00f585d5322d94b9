#!/bin/sh
# Installs what Qt needs on Debian and Ubuntu; does nothing elsewhere, or where all is there already.
set -eu
command -v apt-get >/dev/null 2>&1 || exit 0
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
wanted=$(grep -v '^#' "$here/debian-packages.txt")
missing=""
for name in $wanted; do
  dpkg-query -W -f '${Status}' "$name" 2>/dev/null | grep -q 'ok installed' || missing="$missing $name"
done
[ -n "$missing" ] || exit 0
root=""
[ "$(id -u)" = 0 ] || root=sudo
$root apt-get update -qq
# shellcheck disable=SC2086
$root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing
