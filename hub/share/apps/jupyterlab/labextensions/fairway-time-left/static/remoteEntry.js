/*
 * Fairway's extension of JupyterLab, as it is: a module-federation container written by hand, since it
 * shares no library and needs no build. It hears the event of fairway_time_left.py, saves what has
 * unsaved changes, and says so. It asks JupyterLab for nothing but its commands, shell and events.
 */
(() => {
  const SCHEMA = "urn:fairway:event:time-left";

  /** Each document once, however many views it has. */
  function unsavedDocuments(shell) {
    const contexts = [...shell.widgets("main")].map((widget) => widget.context).filter((context) => context?.model);
    return [...new Set(contexts)].filter((context) => context.model.dirty && !context.model.readOnly);
  }

  async function saveAll(shell) {
    const unsaved = unsavedDocuments(shell);
    // One that fails (no space left, changed by somebody else meanwhile) keeps no other from being saved.
    await Promise.allSettled(unsaved.map((context) => context.save()));
    return { all: unsaved.length, failed: unsaved.filter((context) => context.model.dirty).map((context) => context.path) };
  }

  function notify(commands, message, type) {
    // JupyterLab before 4 has no notifications: then the gateway's own warnings must do.
    if (commands.hasCommand("apputils:notify")) commands.execute("apputils:notify", { message, type, options: { autoClose: false } });
  }

  function sayWhen(endsAt) {
    const minutes = Math.max(1, Math.round((endsAt - Date.now()) / 60000));
    const time = new Date(endsAt).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
    return `This session ends at ${time}, in ${minutes === 1 ? "a minute" : `${minutes} minutes`}.`;
  }

  const plugin = {
    id: "fairway-time-left:plugin",
    autoStart: true,
    activate({ commands, shell, serviceManager }) {
      let isSaving = false;
      const onEvent = async (_, event) => {
        if (event.schema_id !== SCHEMA) return;
        const message = event.endsAt ? sayWhen(event.endsAt) : event.message;
        if (message) notify(commands, message, "warning");
        // A save may wait for a person's answer to a question; the next ones do not pile up behind it.
        if (!event.save || isSaving) return;
        isSaving = true;
        try {
          const { all, failed } = await saveAll(shell);
          if (failed.length > 0) notify(commands, `Not saved: ${failed.join(", ")}.`, "error");
          else if (all > 0 && event.message)
            notify(commands, all === 1 ? "1 document was saved." : `${all} documents were saved.`, "success");
        } finally {
          isSaving = false;
        }
      };
      serviceManager.events.stream.connect(onEvent);
    },
  };

  window._JUPYTERLAB = window._JUPYTERLAB || {};
  window._JUPYTERLAB["fairway-time-left"] = { init: () => {}, get: async () => () => ({ __esModule: true, default: plugin }) };
})();
