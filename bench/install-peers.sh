#!/usr/bin/env bash
# Makes .cache/peers: other people's proxies, for `npm run bench` to compare with. What cannot be installed is left out,
# with a line. Nothing outside of the folder is touched, and what is there already stays.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
peers=$PWD/.cache/peers
mkdir -p "$peers"

# Unpacked, not installed: Debian's package starts a service.
install_nginx() {
  local folder
  folder=$(mktemp -d)
  chmod 755 "$folder"
  (cd "$folder" && apt-get -qq update && apt-get -qq download nginx && dpkg-deb --extract nginx_*.deb nginx) >/dev/null 2>&1 &&
    mv "$folder/nginx" "$peers/nginx"
  local result=$?
  rm -rf "$folder"
  return $result
}

# Its streams fail with newer versions of the server that it asks for in any of 1.x: "TypeError: immutable".
install_portkey() {
  mkdir -p "$peers/portkey"
  printf '{"private":true,"dependencies":{"@portkey-ai/gateway":"%s"},"overrides":{"@hono/node-server":"%s"}}\n' \
    1.15.2 1.13.8 >"$peers/portkey/package.json"
  npm install --prefix "$peers/portkey" --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null
}

install_litellm() {
  python3 -m venv "$peers/litellm" &&
    "$peers/litellm/bin/python" -m pip install --quiet --disable-pip-version-check 'litellm[proxy]==1.106.2'
}

install_bifrost() {
  GOBIN=$peers/bifrost go install github.com/maximhq/bifrost/transports/bifrost-http@v1.3.9 2>/dev/null
}

for peer in nginx portkey litellm bifrost; do
  [[ -e $peers/$peer/installed ]] && continue
  rm -rf "${peers:?}/$peer"
  if "install_$peer"; then touch "$peers/$peer/installed"; else rm -rf "${peers:?}/$peer"; echo "could not install $peer"; fi
done
