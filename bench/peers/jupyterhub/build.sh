#!/bin/sh
# Makes the folder with stock JupyterHub that a testbed's nodes get at /home/jupyterhub-peer:
#   env/    a virtual environment with JupyterHub, batchspawner and the testbed's own JupyterLab
#   proxy/  configurable-http-proxy
#
#   build.sh ROOT DIR PEER-FOLDER JUPYTERLAB-REQUIREMENTS NPM
#
# Runs in a mount and PID namespace of its own, as the testbed's recipes do: the root is read-only,
# the host's pip and npm settings are used while building and not kept.
set -eu
umask 022
root=$1 dir=$2 peer=$3 lab=$4 npm=$5
home=/home/jupyterhub-peer

mkdir -p "$dir/env" "$dir/proxy"
mount --bind "$root" "$root"
mount -o remount,bind,ro "$root"
mount -t proc proc "$root/proc"
mount -t tmpfs tmpfs "$root/tmp"
mount -t tmpfs tmpfs "$root/home"
mkdir "$root$home"
mount --bind "$dir" "$root$home"
mount --bind /etc/resolv.conf "$root/etc/resolv.conf"
mount --bind /etc/ssl/certs "$root/etc/ssl/certs"

mkdir -p "$root/tmp/home/.config/pip" "$root/tmp/home/.pip" "$root/tmp/pip"
cat "$lab" "$peer/requirements.txt" >"$root/tmp/requirements.txt"
for file in .config/pip/pip.conf .pip/pip.conf .netrc; do
  if [ -f "${HOME:-/root}/$file" ]; then cp "${HOME:-/root}/$file" "$root/tmp/home/$file"; fi
done
host_config=${PIP_CONFIG_FILE:-/etc/pip.conf}
if [ -f "$host_config" ]; then cp "$host_config" "$root/tmp/pip/pip.conf"; fi

in_root() {
  PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/tmp/home LC_ALL=C.UTF-8 TMPDIR=/tmp PIP_CONFIG_FILE=/tmp/pip/pip.conf \
    PIP_ROOT_USER_ACTION=ignore PIP_DISABLE_PIP_VERSION_CHECK=1 chroot "$root" "$@"
}
echo 'jupyterhub: virtual environment'
in_root /usr/bin/python3 -m venv "$home/env"
echo 'jupyterhub: JupyterHub and batchspawner from PyPI'
in_root "$home/env/bin/pip" install --no-cache-dir -qq --no-deps -r /tmp/requirements.txt
in_root "$home/env/bin/pip" check
in_root "$home/env/bin/jupyterhub" --version

echo 'jupyterhub: configurable-http-proxy from npm'
cp "$peer/proxy/package.json" "$peer/proxy/package-lock.json" "$dir/proxy/"
(cd "$dir/proxy" && "$npm" ci --ignore-scripts --no-audit --no-fund --loglevel=error)
chmod -R a+rX "$dir"
echo 'jupyterhub: done'
