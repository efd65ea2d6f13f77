#!/bin/sh
# Makes the root file system that all nodes of one Debian suite share.
#
#   root.sh SUITE DIR PACKAGE...
#
# Runs in a mount and PID namespace of its own, so nothing it mounts outlives it.
# The host's apt settings (mirror, proxy, date checks) are honoured while building
# and are not kept in the result.
set -eu
umask 022
suite=$1 root=$2
shift 2

say() { printf 'root %s: %s\n' "$suite" "$*"; }
in_root() { chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 \
  DEBIAN_FRONTEND=noninteractive ${http_proxy:+http_proxy="$http_proxy"} "$@"; }

mirror=
if grep -qx 'ID=debian' /etc/os-release && command -v apt-get >/dev/null; then
  mirror=$(apt-get indextargets --format '$(REPO_URI) $(ORIGIN) $(LABEL)' 'Created-By: Packages' \
    'Component: main' 2>/dev/null | awk '$2 == "Debian" && $3 == "Debian" { print $1; exit }')
  eval "$(apt-config shell apt_proxy Acquire::http::Proxy)"
  if [ -n "${apt_proxy:-}" ]; then export http_proxy="$apt_proxy"; fi
fi

say 'base system (debootstrap)'
debootstrap --variant=minbase --include=ca-certificates "$suite" "$root" ${mirror:+"$mirror"} \
  | awk 'NR % 40 == 0 { print "  " $0; fflush() }'

# Packages must start no daemon here, and their documentation is not wanted.
printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
chmod 755 "$root/usr/sbin/policy-rc.d"
cat >"$root/etc/dpkg/dpkg.cfg.d/trim" <<'END'
force-unsafe-io
path-exclude=/usr/share/doc/*
path-exclude=/usr/share/man/*
path-exclude=/usr/share/info/*
path-exclude=/usr/share/locale/*
END

# Each head copies the database's files to its own overlay at its first start: keep them small.
mkdir -p "$root/etc/mysql/conf.d"
cat >"$root/etc/mysql/conf.d/testbed.cnf" <<'END'
[mariadbd]
innodb_log_file_size=8M
innodb_buffer_pool_size=64M
innodb_lock_wait_timeout=900
innodb_flush_log_at_trx_commit=2
skip_networking
END

mount -t proc proc "$root/proc"
mount -t tmpfs tmpfs "$root/tmp"
if command -v apt-config >/dev/null; then
  apt-config dump Acquire >"$root/tmp/host-apt.conf"
else
  : >"$root/tmp/host-apt.conf"
fi

say "packages ($#, with what they need)"
# sid's signed index can be past its date; the lists debootstrap left will do there.
in_root APT_CONFIG=/tmp/host-apt.conf apt-get update -q >"$root/tmp/apt.log" 2>&1 || [ "$suite" = sid ] \
  || { cat "$root/tmp/apt.log" >&2; exit 1; }
in_root APT_CONFIG=/tmp/host-apt.conf apt-get install -q -y --no-install-recommends "$@" >"$root/tmp/apt.log" 2>&1 \
  || { tail -n 40 "$root/tmp/apt.log" >&2; exit 1; }

say 'trimming'
in_root apt-get clean
rm -rf "$root"/var/lib/apt/lists/* "$root"/var/cache/apt/*.bin "$root"/var/log/*.log "$root"/var/log/apt \
  "$root"/usr/share/doc/* "$root"/usr/share/man/* "$root"/usr/share/info/* "$root"/usr/share/locale/*
umount "$root/tmp" "$root/proc"
rm -f "$root/etc/resolv.conf"
: >"$root/etc/resolv.conf"
chmod 644 "$root/etc/resolv.conf"
mkdir -p "$root/opt/jupyter" "$root/opt/fairway"
say 'done'
