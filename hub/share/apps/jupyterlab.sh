# --- JupyterLab: `jupyter-lab` from PATH (the site's prologue may set it) ---
# The person's own Jupyter configuration counts, except for what makes the session reachable and safe:
# options win over it. The secret comes from a file; a request that carries it needs no XSRF token.
app_run() {
  command -v jupyter-lab >/dev/null || { say "jupyter-lab is not on PATH ($PATH)."; exit 127; }
  # Connection files of kernels on the node's own disk, private, and gone with the job.
  export JUPYTER_RUNTIME_DIR="$RUNTIME_DIR/jupyter" JUPYTER_TOKEN_FILE="$SECRET_FILE"
  unset JUPYTER_TOKEN
  # A compute node may not reach the network: no asking for news or newer versions.
  mkdir -p "$RUNTIME_DIR/config/labconfig"
  printf '{"disabledExtensions": {"@jupyterlab/apputils-extension:announcements": true}}' >"$RUNTIME_DIR/config/labconfig/page_config.json"
  export JUPYTER_CONFIG_PATH="$RUNTIME_DIR/config${JUPYTER_CONFIG_PATH:+:$JUPYTER_CONFIG_PATH}"
  exec jupyter-lab --no-browser \
    --ServerApp.ip="$BIND" --ServerApp.port="$PORT" --ServerApp.port_retries=0 \
    --ServerApp.base_url="$FAIRWAY_BASE_URL" --ServerApp.certfile="$CERT_FILE" --ServerApp.keyfile="$KEY_FILE" \
    --ServerApp.root_dir="${FAIRWAY_WORKDIR:-$HOME}" --ServerApp.allow_remote_access=True --ServerApp.quit_button=False \
    --PasswordIdentityProvider.hashed_password= --LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate
}
