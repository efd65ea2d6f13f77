/** The shortcuts, the switch for them, and which version this is. */
import { Modal, Switch } from "@mantine/core";
import { useApp } from "../app.ts";
import { toHref } from "../base.ts";
import { useSite } from "../hooks.ts";
import css from "./HelpDialog.module.css";
import { useShortcutSetting } from "./shortcuts.ts";

const KEYS = [
  ["/", "Search sessions, or filter this page's list"],
  ["n", "Start a new session"],
  ["?", "This help"],
] as const;

interface HelpDialogProps {
  readonly isOpen: boolean;
  readonly onClose: () => void;
}

export function HelpDialog({ isOpen, onClose }: HelpDialogProps) {
  const { base } = useApp();
  const site = useSite().data;
  const [isOn, setOn] = useShortcutSetting();
  return (
    <Modal opened={isOpen} onClose={onClose} title="Keyboard and help">
      <dl className={css.keys}>
        {KEYS.map(([key, words]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{words}</dd>
          </div>
        ))}
      </dl>
      <Switch label="Single-key shortcuts" checked={isOn} onChange={(event) => setOn(event.currentTarget.checked)} />
      <p className={css.foot}>
        Everything here can also be done over HTTP: <a href={toHref(base, "/api/v1/openapi.json")}>description of the API</a>.
        <br />
        {site === undefined ? null : `${site.name} runs Fairway ${site.version}.`}
      </p>
    </Modal>
  );
}
