/** One's own folders on the cluster, one at a time: breadcrumbs above, arrow keys in the list. */
import type { FileList } from "@fairway/contract/clusters.ts";
import { Button, Modal } from "@mantine/core";
import { IconFile, IconFolder } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import { useApp } from "../app.ts";
import { ErrorNote } from "../common/ErrorState.tsx";
import { Loaded } from "../common/Loaded.tsx";
import { Moment } from "../common/Moment.tsx";
import css from "./FilePicker.module.css";
import { join, toCrumbs, toStartFolder } from "./paths.ts";

interface FilePickerProps {
  readonly cluster: string;
  readonly picks: "file" | "folder";
  readonly title: string;
  readonly start: string;
  readonly isOpen: boolean;
  readonly onClose: () => void;
  readonly onPick: (path: string) => void;
}

export function FilePicker(props: FilePickerProps) {
  return (
    <Modal opened={props.isOpen} onClose={props.onClose} title={props.title} size="lg">
      <Browser {...props} />
    </Modal>
  );
}

function Browser({ cluster, picks, start, onClose, onPick }: FilePickerProps) {
  const { api } = useApp();
  const [path, setPath] = useState(() => toStartFolder(start, picks));
  const query = useQuery({
    queryKey: ["files", cluster, path],
    queryFn: ({ signal }) => api.files(cluster, path, signal),
    retry: false,
  });
  const pick = (chosen: string) => {
    onPick(chosen);
    onClose();
  };
  const box = useRef<HTMLDivElement>(null);
  const [hasMoved, setMoved] = useState(false);
  const go = (next: string) => {
    setPath(next);
    setMoved(true);
  };
  // Whoever goes by keyboard stays in the list; the button they pressed is gone with the folder they left.
  const shownPath = query.data?.path;
  useEffect(() => {
    if (!hasMoved || shownPath === undefined) return;
    const target = box.current?.querySelector<HTMLElement>("ul button:not(:disabled)") ?? box.current?.querySelector("[aria-current]");
    if (target instanceof HTMLElement) target.focus();
  }, [hasMoved, shownPath]);
  const here = shownPath ?? path;
  return (
    <div ref={box} className={css.browser}>
      {here === "" ? null : <Crumbs path={here} onGo={go} />}
      {query.isError ? (
        <>
          <ErrorNote error={query.error} />
          <Button variant="default" size="xs" w="fit-content" onClick={() => (path === "" ? void query.refetch() : go(""))}>
            {path === "" ? "Try again" : "Go to your home directory"}
          </Button>
        </>
      ) : (
        <Loaded query={query} skeleton={[32, 32, 32, 32]}>
          {(list) => <Entries key={list.path} list={list} picks={picks} onGo={go} onPick={pick} />}
        </Loaded>
      )}
      <div className={css.actions}>
        <Button variant="default" onClick={onClose}>
          Cancel
        </Button>
        {picks === "folder" ? (
          <Button onClick={() => pick(here)} disabled={query.data === undefined}>
            Choose this folder
          </Button>
        ) : null}
      </div>
    </div>
  );
}

function Crumbs({ path, onGo }: { readonly path: string; readonly onGo: (path: string) => void }) {
  return (
    <nav aria-label="Folder" className={css.crumbs}>
      <ol>
        {toCrumbs(path).map((crumb) => (
          <li key={crumb.path}>
            <button type="button" onClick={() => onGo(crumb.path)} aria-current={crumb.path === path ? "location" : undefined}>
              {crumb.name}
            </button>
          </li>
        ))}
      </ol>
    </nav>
  );
}

interface EntriesProps {
  readonly list: FileList;
  readonly picks: "file" | "folder";
  readonly onGo: (path: string) => void;
  readonly onPick: (path: string) => void;
}

function Entries({ list, picks, onGo, onPick }: EntriesProps) {
  const [withHidden, setWithHidden] = useState(false);
  const hidden = list.entries.filter(({ name }) => name.startsWith("."));
  const shown = withHidden ? list.entries : list.entries.filter((entry) => !hidden.includes(entry));
  return (
    <>
      {shown.length === 0 ? (
        <p className="dim">{hidden.length === 0 ? "This folder is empty." : "There is nothing here but hidden ones."}</p>
      ) : null}
      <ul className={css.entries} onKeyDown={moveFocus}>
        {shown.map(({ name, kind, modifiedAt }) => (
          <li key={name}>
            <button
              type="button"
              disabled={kind === "file" && picks === "folder"}
              onClick={() => (kind === "folder" ? onGo(join(list.path, name)) : onPick(join(list.path, name)))}
            >
              {kind === "folder" ? <IconFolder size={16} aria-label="Folder" /> : <IconFile size={16} aria-label="File" />}
              <span className={css.name}>{name}</span>
              <span className="dim small">
                <Moment at={modifiedAt} as="day" />
              </span>
            </button>
          </li>
        ))}
      </ul>
      {list.isCut ? <p className="dim small">There are more than are shown here. Type the path instead if yours is missing.</p> : null}
      {hidden.length === 0 ? null : (
        <Button variant="subtle" size="compact-xs" w="fit-content" onClick={() => setWithHidden(!withHidden)}>
          {withHidden ? "Leave out hidden ones" : `Show ${hidden.length} hidden`}
        </Button>
      )}
    </>
  );
}

/** Up and down go through the list; Home and End to its ends. */
function moveFocus(event: KeyboardEvent<HTMLUListElement>): void {
  const buttons = [...event.currentTarget.querySelectorAll<HTMLButtonElement>("button:not(:disabled)")];
  const at = buttons.indexOf(document.activeElement as HTMLButtonElement);
  const targets: Record<string, number> = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: buttons.length - 1 };
  const target = targets[event.key];
  if (target === undefined) return;
  event.preventDefault();
  buttons[Math.min(buttons.length - 1, Math.max(0, target))]?.focus();
}
