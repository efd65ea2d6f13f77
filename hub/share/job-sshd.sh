# --- the session's own sshd: people's shells, file copies and editors come here through the gateway ---
# It runs as the person, without any privilege, and lets in one key, which the gateway has for this run. Its own
# key is of this run, too, and the gateway knows it.

SSHD='' SSHD_PORT='' SSHD_PID='' LATE_PID=''

# Sets SSHD. It must be started by its whole path.
find_sshd() {
  for file in "$(command -v sshd)" /usr/sbin/sshd /usr/local/sbin/sshd /usr/lib/ssh/sshd; do
    case $file in /*) [ ! -x "$file" ] || { SSHD=$file; return 0; } ;; esac
  done
  return 1
}

# start_sshd: once, on the first free one of the session's ports; nothing where the gateway gave no keys. That
# there is none is no reason for the session to end.
start_sshd() {
  [ -s "$RUNTIME_DIR/sshd_host_key" ] && [ -n "$SSHD" ] && [ -z "$SSHD_PID" ] && [ -z "$STOPPED" ] || return 0
  rest=$candidates
  [ -z "$SOCKET" ] || rest="$PORT $rest" # the app did not need its own
  for port in $rest; do
    write_sshd_config "$port" >"$RUNTIME_DIR/sshd_config"
    true >"$RUNTIME_DIR/sshd.log"
    (trap - TERM INT USR1; heed_word; umask "$umask_of_job"; exec "$SSHD" -D -e -f "$RUNTIME_DIR/sshd_config") </dev/null >/dev/null 2>"$RUNTIME_DIR/sshd.log" &
    SSHD_PID=$!
    ! await_sshd || { SSHD_PORT=$port; return 0; }
    kill -s KILL "$SSHD_PID" 2>/dev/null # nobody has come in yet
    await "$SSHD_PID"
    SSHD_PID=''
    [ -z "$STOPPED" ] || return 0
    # Another port helps against nothing else.
    grep -q 'in use' "$RUNTIME_DIR/sshd.log" || break
  done
  say "There will be no ssh into this session: $(tail -n 1 "$RUNTIME_DIR/sshd.log")"
  rm -f "$RUNTIME_DIR/sshd_host_key"
}

# It binds its port before it says so, and ends when it cannot.
await_sshd() {
  tries=0
  while [ "$tries" -lt 100 ] && [ -z "$STOPPED" ]; do
    while IFS= read -r line; do
      case $line in 'Server listening'*) return 0 ;; esac
    done <"$RUNTIME_DIR/sshd.log"
    kill -0 "$SSHD_PID" 2>/dev/null || return 1
    sleep 0.1
    tries=$((tries + 1))
  done
  return 1
}

# What it sets for those who come in is what the job has, as far as it can be written down there.
write_sshd_config() {
  printf '%s\n' "Port $1" "ListenAddress $BIND" "HostKey \"$RUNTIME_DIR/sshd_host_key\"" \
    "AuthorizedKeysFile \"$RUNTIME_DIR/sshd_authorized_keys\"" 'PidFile none' 'UsePAM no' 'StrictModes no' \
    'AuthenticationMethods publickey' 'PasswordAuthentication no' 'KbdInteractiveAuthentication no' \
    'PermitRootLogin prohibit-password' 'PermitUserEnvironment no' 'X11Forwarding no' 'AllowAgentForwarding yes' \
    'AllowTcpForwarding yes' 'AllowStreamLocalForwarding yes' 'GatewayPorts no' 'Subsystem sftp internal-sftp' \
    'PrintMotd no' 'PrintLastLog no' 'UseDNS no' 'AcceptEnv LANG LC_* COLORTERM VSCODE_*' 'MaxStartups 100' 'MaxSessions 100' 'ClientAliveInterval 30'
  printf 'SetEnv "FAIRWAY_SESSION=%s"' "$FAIRWAY_SESSION"
  env -0 | tr '\n\0' '\001\n' | LC_ALL=C sed -n \
    -e '/^\(HOME\|USER\|LOGNAME\|SHELL\|PWD\|OLDPWD\|SHLVL\|_\|TERM\|MAIL\|DISPLAY\|XAUTHORITY\|SSH_[A-Z_]*\|FAIRWAY_[A-Z_]*\)=/d' \
    -e 's/^[A-Za-z_][A-Za-z0-9_]*=[^"\\[:cntrl:]]*$/ "&"/p' | tr -d '\n'
  echo
}

# Tells the gateway where it listens; in the background, for as long as the gateway may be away.
report_sshd() {
  [ -n "$SSHD_PORT" ] && [ -z "$LATE_PID" ] || return 0
  mkdir -p "$RUNTIME_DIR/late"
  (
    trap - TERM INT USR1
    heed_word
    TALK_DIR=$RUNTIME_DIR/late
    printf '%s' "session=$FAIRWAY_SESSION&secret=$SECRET&sshd=$SSHD_PORT" >"$TALK_DIR/body"
    talk /report 3600
    rm -f "$TALK_DIR/body"
  ) &
  LATE_PID=$!
}

# With everybody who came in by it and what they have started: not all of that ends with its connection.
end_sshd() {
  [ -z "$LATE_PID" ] || kill -s KILL "$LATE_PID" 2>/dev/null
  [ -n "$SSHD_PID" ] || return 0
  family=$SSHD_PID
  collect_family
  # shellcheck disable=SC2086 # several
  kill $family 2>/dev/null
  await "$SSHD_PID"
  sleep 0.2
  # shellcheck disable=SC2086
  kill -s KILL $family 2>/dev/null
  SSHD_PID=''
}

# Adds to family, a list of pids, all that descend from it and are ours.
collect_family() {
  grown=yes
  while [ -n "$grown" ]; do
    grown=''
    for stat in /proc/[0-9]*/stat; do
      [ -O "$stat" ] || continue
      read -r line 2>/dev/null <"$stat" || continue
      rest=${line##*) } rest=${rest#? }
      case " $family " in *" ${line%% *} "*) continue ;; esac
      case " $family " in *" ${rest%% *} "*) family="$family ${line%% *}" grown=yes ;; esac
    done
  done
}
