#!/bin/sh
# Makes the layer that carries JupyterLab: a virtual environment at /opt/jupyter,
# by the root's own python3, so that every user of every node can read and run it.
#
#   jupyter.sh ROOT LAYER REQUIREMENTS
#
# Runs in a mount and PID namespace of its own. The root is mounted read-only, and the
# host's pip settings are seen only while building: copies in a tmpfs, nothing is kept.
set -eu
umask 022
root=$1 layer=$2 requirements=$3

mkdir -p "$layer/opt/jupyter"
mount --bind "$root" "$root"
mount -o remount,bind,ro "$root"
mount --bind "$layer/opt/jupyter" "$root/opt/jupyter"
mount -t proc proc "$root/proc"
mount -t tmpfs tmpfs "$root/tmp"
mount --bind /etc/resolv.conf "$root/etc/resolv.conf"
mount --bind /etc/ssl/certs "$root/etc/ssl/certs"

home=$root/tmp/home
mkdir -p "$home/.config/pip" "$home/.pip" "$root/tmp/pip"
cp "$requirements" "$root/tmp/requirements.txt"
for file in .config/pip/pip.conf .pip/pip.conf .netrc; do
  if [ -f "${HOME:-/root}/$file" ]; then cp "${HOME:-/root}/$file" "$home/$file"; fi
done
host_config=${PIP_CONFIG_FILE:-/etc/pip.conf}
if [ -f "$host_config" ]; then cp "$host_config" "$root/tmp/pip/pip.conf"; fi

# PIP_* and proxies come through the environment, as they are on the host.
in_root() {
  PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/tmp/home LC_ALL=C.UTF-8 TMPDIR=/tmp PIP_CONFIG_FILE=/tmp/pip/pip.conf \
    PIP_ROOT_USER_ACTION=ignore PIP_DISABLE_PIP_VERSION_CHECK=1 chroot "$root" "$@"
}
echo 'jupyter: virtual environment'
in_root /usr/bin/python3 -m venv /opt/jupyter
echo 'jupyter: JupyterLab from PyPI'
in_root /opt/jupyter/bin/pip install --no-cache-dir -qq --no-deps -r /tmp/requirements.txt
in_root /opt/jupyter/bin/pip check
in_root /opt/jupyter/bin/jupyter lab --version >/dev/null
chmod -R a+rX "$layer/opt/jupyter"
echo 'jupyter: done'
