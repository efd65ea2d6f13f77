#!/bin/sh
# Slurm's client of one root file system, made to run in another: programs, plugins, every library they
# need and their own loader, so that nothing of the other root is mixed in.
#
#   slurm-client.sh ROOT DEST PATH
#
# ROOT is where the client is taken from, DEST the folder to fill, PATH what that folder is called where it runs.
set -eu
root=$1 dest=$2 path=$3
programs='sbatch scancel squeue sacct sacctmgr scontrol sinfo sdiag'

plugins=$(dirname "$(find "$root/usr/lib" -name auth_munge.so | head -n 1)")
[ -d "$plugins" ] || { echo "no Slurm plugins below $root" >&2; exit 1; }
mkdir -p "$dest/bin" "$dest/lib" "$dest/plugins" "$dest/programs"
cp -L "$plugins"/*.so* "$dest/plugins/"
for program in $programs; do cp -L "$root/usr/bin/$program" "$dest/programs/"; done

{
  for program in $programs; do chroot "$root" ldd "/usr/bin/$program"; done
  for plugin in "$plugins"/*.so; do chroot "$root" ldd "${plugin#"$root"}"; done
} 2>/dev/null | sed -n 's|.*=> \(/[^ ]*\) .*|\1|p; s|^[[:space:]]*\(/[^ ]*/ld-[^ ]*\) .*|\1|p' | sort -u | while read -r file; do
  cp -L "$root$file" "$dest/lib/"
done
# Loaded by name while it runs, so ldd does not tell of them.
find "$root/usr/lib" "$root/lib/" -name 'libnss_files.so*' -exec cp -L {} "$dest/lib/" \;

loader=$(basename "$(find "$dest/lib" -name 'ld-*' | head -n 1)")
for program in $programs; do
  printf '#!/bin/sh\nexec %s/lib/%s --library-path %s/lib:%s/plugins %s/programs/%s "$@"\n' "$path" "$loader" "$path" "$path" "$path" "$program" >"$dest/bin/$program"
  chmod 755 "$dest/bin/$program"
done
