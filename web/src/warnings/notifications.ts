/**
 * Notifications of the browser for a tab in the background. Asked for by a click alone; the wish is
 * remembered in this browser. Without the API (or where it needs a service worker) there are none.
 */
const STORAGE_KEY = "fairway-notify";

export type NotifyState = "on" | "off" | "blocked" | "unsupported";

const listeners = new Set<() => void>();

export function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function readState(): NotifyState {
  if (!("Notification" in window)) return "unsupported";
  if (Notification.permission === "denied") return "blocked";
  return Notification.permission === "granted" && localStorage.getItem(STORAGE_KEY) === "on" ? "on" : "off";
}

/** Call it from a click: browsers show their question for nothing else. */
export async function switchNotifications(isOn: boolean): Promise<void> {
  if (isOn && Notification.permission === "default") await Notification.requestPermission();
  localStorage.setItem(STORAGE_KEY, isOn ? "on" : "off");
  for (const listener of listeners) listener();
}

export interface Notice {
  readonly title: string;
  readonly body: string;
  /** The same tag replaces, also from another tab of ours. */
  readonly tag: string;
  readonly onClick: () => void;
}

/** Nothing happens unless it is switched on and the tab is out of sight. */
export function notify({ title, body, tag, onClick }: Notice): void {
  if (readState() !== "on" || (!document.hidden && document.hasFocus())) return;
  try {
    const shown = new Notification(title, { body, tag });
    shown.onclick = () => {
      window.focus();
      shown.close();
      onClick();
    };
  } catch {
    // Chrome on Android has the API but lets only service workers use it: there the page itself must do.
  }
}
