#!/bin/sh
# Pid 1 of a node: makes the node's world, then only reaps.
#
#   node.sh DIR LOWER HOME CHECKOUT fairway-testbed NAME NODE
#
# Runs inside fresh mount, UTS, IPC, network and PID namespaces. DIR has upper/, work/ and
# root/; LOWER is the overlay's lower layers; HOME is - or the /home that the nodes share; CHECKOUT is -
# or the tree to show at /opt/fairway.
# The last three words stand in the argv of every process of a testbed: it is found by them.
set -eu
umask 022
dir=$1 lower=$2 home=$3 checkout=$4 node=$7

hostname "$node"
ip link set lo up
mount --make-rslave /
mount -t overlay overlay -o "lowerdir=$lower,upperdir=$dir/upper,workdir=$dir/work" "$dir/root"
cd "$dir/root"
mount -t proc proc proc
mount -t sysfs sysfs sys
# Of cgroup v1 a node sees its testbed's part as the whole, so slurmd finds it as on a machine of its own.
mount -t tmpfs -o mode=755 tmpfs sys/fs/cgroup
for part in /sys/fs/cgroup/*/"fairway-testbed-$6"; do
  if [ ! -d "$part" ]; then continue; fi
  controller=sys/fs/cgroup/$(basename "$(dirname "$part")")
  mkdir "$controller"
  mount --bind "$part" "$controller"
done
mount -t tmpfs -o mode=755 tmpfs run
if [ "$home" != - ]; then mount --bind "$home" home; fi
if [ "$checkout" != - ]; then
  mount --bind "$checkout" opt/fairway
  mount -o remount,bind,ro opt/fairway
fi

mount -t tmpfs -o mode=755 tmpfs dev
mkdir dev/pts dev/shm
# A terminal's group must be tty, as distributions mount it: an unprivileged sshd cannot chown it.
mount -t devpts -o newinstance,gid=5,mode=620,ptmxmode=666 devpts dev/pts
mount -t tmpfs -o mode=1777 tmpfs dev/shm
while read -r name minor; do
  mknod -m 666 "dev/$name" c "${minor%:*}" "${minor#*:}"
done <<END
null 1:3
zero 1:5
full 1:7
random 1:8
urandom 1:9
tty 5:0
END
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
ln -s /proc/self/fd/0 dev/stdin
ln -s /proc/self/fd/1 dev/stdout
ln -s /proc/self/fd/2 dev/stderr

mkdir -p .host
pivot_root . .host
cd /
umount -l /.host
rmdir /.host 2>/dev/null || :

mkdir -p /run/lock /run/sshd
install -d -o munge -g munge -m 755 /run/munge
install -d -o mysql -g mysql -m 755 /run/mysqld
ln -s mysqld /run/mariadbd
if [ "$checkout" != - ]; then install -d -o fairway -g fairway -m 755 /run/fairway; fi

# bash as pid 1 reaps the orphans of the node.
exec env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root \
  /bin/bash -c 'while :; do sleep 3600 & wait $!; done' fairway-testbed "$6" "$7" </dev/null >/dev/null 2>&1
