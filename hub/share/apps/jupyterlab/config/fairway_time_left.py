"""Fairway's part inside the Jupyter server: when the job's time is nearly up, it has the open pages save.

What is unsaved lives in the browser (without real-time collaboration the server does not have it), so
the server can only tell the pages, by an event of its own. Fairway's extension of JupyterLab hears it.

Two tell us of the end. The gateway posts the event itself, long before and shortly before. And, should it be
away, the job script announces the end by SIGUSR1, once FAIRWAY_READY_FILE says that somebody listens (the
signal would end a server without us), and by FAIRWAY_NEAR_FILE, should it come before we were loaded.
"""

import os
import signal

SCHEMA_ID = "urn:fairway:event:time-left"
SCHEMA = {
    "$id": SCHEMA_ID,
    "version": "1",
    "title": "Time left",
    "description": "The end of the session is near.",
    "type": "object",
    "properties": {
        "message": {"type": "string", "title": "Message", "description": "What people are told; may be empty."},
        "endsAt": {"type": "number", "title": "End", "description": "Epoch ms; people are told how long that is from now."},
        "save": {"type": "boolean", "title": "Save", "description": "Documents with unsaved changes are saved now."},
        "again": {"type": "boolean", "title": "Again", "description": "Said by this server, not by the gateway."},
    },
    "required": ["message", "save"],
}
FIRST = "The time of this session is up in about a minute. Open documents are being saved; kernels and terminals will end."
# Slurm's warning may come a minute early. What is typed after the first save is saved by the next.
EVERY_SECONDS = 10
TIMES = 18


def _jupyter_server_extension_points():
    return [{"module": "fairway_time_left"}]


def _load_jupyter_server_extension(server):
    ready_file = os.environ.pop("FAIRWAY_READY_FILE", None)
    near_file = os.environ.pop("FAIRWAY_NEAR_FILE", None)
    if not ready_file or not near_file:
        return
    server.event_logger.register_event_schema(SCHEMA)
    warner = Warner(server)
    server.event_logger.add_listener(schema_id=SCHEMA_ID, listener=warner.on_event)
    signal.signal(signal.SIGUSR1, lambda *_: server.io_loop.add_callback_from_signal(warner.begin))
    with open(ready_file, "w"):
        pass
    if os.path.exists(near_file):
        server.io_loop.add_callback(warner.begin)


class Warner:
    """Tells the pages, again and again for some minutes; they may have been opened only just now."""

    def __init__(self, server):
        self.server = server
        self.left = 0

    async def on_event(self, logger, schema_id, data):
        """The gateway has told the pages to save: see to what is typed after that."""
        if data.get("save") and not data.get("again") and self.left == 0:
            self.left = TIMES
            self.server.io_loop.call_later(EVERY_SECONDS, self.tell, "")

    def begin(self):
        was_telling = self.left > 0
        self.left = TIMES
        if not was_telling:
            self.tell(FIRST)

    def tell(self, message):
        self.left -= 1
        try:
            self.server.event_logger.emit(schema_id=SCHEMA_ID, data={"message": message, "save": True, "again": True})
        except Exception:  # never the reason for a server's end
            self.server.log.exception("Fairway could not tell the pages that the end is near")
        if self.left > 0:
            self.server.io_loop.call_later(EVERY_SECONDS, self.tell, "")
