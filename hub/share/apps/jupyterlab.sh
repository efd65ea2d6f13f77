# --- JupyterLab: `jupyter-lab` from PATH (the site's prologue may set it) ---
# The person's own Jupyter configuration counts, except for what makes the session reachable and safe:
# options win over it. The secret comes from a file; a request that carries it needs no XSRF token.
app_listens_on_socket() { :; }

app_run() {
  command -v jupyter-lab >/dev/null || { say "jupyter-lab is not on PATH ($PATH)."; exit 127; }
  # Connection files of kernels on the node's own disk, private, and gone with the job.
  export JUPYTER_RUNTIME_DIR="$RUNTIME_DIR/jupyter" JUPYTER_TOKEN_FILE="$SECRET_FILE"
  unset JUPYTER_TOKEN
  # Ours beside the person's and the site's: what saves open documents before the end, and no asking for
  # news or newer versions, since a compute node may not reach the network.
  unpack_app_files "$RUNTIME_DIR/lab"
  export JUPYTER_CONFIG_PATH="$RUNTIME_DIR/lab/config${JUPYTER_CONFIG_PATH:+:$JUPYTER_CONFIG_PATH}"
  export JUPYTER_PATH="$RUNTIME_DIR/lab${JUPYTER_PATH:+:$JUPYTER_PATH}"
  export FAIRWAY_READY_FILE="$RUNTIME_DIR/warns" FAIRWAY_NEAR_FILE="$RUNTIME_DIR/near"
  if [ -n "$SOCKET" ]; then
    set -- --ServerApp.sock="$SOCKET" --ServerApp.sock_mode=0600
  else
    set -- --ServerApp.ip="$BIND" --ServerApp.port="$PORT" --ServerApp.port_retries=0 \
      --ServerApp.certfile="$CERT_FILE" --ServerApp.keyfile="$KEY_FILE"
  fi
  exec jupyter-lab --no-browser "$@" --ServerApp.base_url="$FAIRWAY_BASE_URL" \
    --ServerApp.root_dir="${FAIRWAY_WORKDIR:-$HOME}" --ServerApp.allow_remote_access=True --ServerApp.quit_button=False \
    --PasswordIdentityProvider.hashed_password= --LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate
}

# Its pages are told to save (jupyterlab/config/fairway_time_left.py). A server that has not loaded that
# would be ended by the signal: it finds the file when it has.
# shellcheck disable=SC2317 # called by job.sh, in a trap
app_warn() {
  true >"$RUNTIME_DIR/near"
  [ ! -e "$RUNTIME_DIR/warns" ] || kill -s USR1 "$APP_PID" 2>/dev/null
}
