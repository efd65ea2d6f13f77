/** A sign for each kind of app; one for all that we have no sign for. */
import { IconApps, IconCode, IconDeviceDesktop, IconNotebook, IconTerminal2 } from "@tabler/icons-react";

const ICONS = [
  [/jupyter|notebook|lab/i, IconNotebook],
  [/code|ide/i, IconCode],
  [/desktop|vnc/i, IconDeviceDesktop],
  [/terminal|shell|tty/i, IconTerminal2],
] as const;

/** `app`: its icon's name where the site gives one (jupyter, code, desktop, terminal), else its own. */
export function AppIcon({ app, size }: { readonly app: string; readonly size: number }) {
  const Icon = ICONS.find(([pattern]) => pattern.test(app))?.[1] ?? IconApps;
  return <Icon size={size} aria-hidden />;
}
