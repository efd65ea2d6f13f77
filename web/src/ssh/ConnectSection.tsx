/** How to come into a session from one's own machine, as commands to copy, and how to know that it is the right host. */
import type { SshAccess } from "@fairway/contract/ssh-access.ts";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useApp } from "../app.ts";
import { CopyButton } from "../common/CopyButton.tsx";
import { useMe } from "../hooks.ts";
import css from "./ConnectSection.module.css";
import { toFingerprint } from "./fingerprint.ts";
import { toSshCommand } from "./ssh-command.ts";

export function ConnectSection({ access }: { readonly access: SshAccess }) {
  const user = useMe().data?.name ?? "";
  const { base } = useApp();
  return (
    <section aria-labelledby="connect">
      <h2 id="connect">How to connect</h2>
      <dl className={css.ways}>
        <Way title="ssh" command={toSshCommand(access, user, "")}>
          Into your default session, else the newest. A session by its name: <code>{user}+NAME</code>. {toLaunchWords(access)} A token of
          yours is taken as the password, too.
        </Way>
        <Way title="Command line" command={`fairway login --url ${window.location.origin}${base}`}>
          Signs you in by way of this portal and fetches certificates: no key to add. Then <code>fairway ssh</code> leads into your session.
        </Way>
        <Way title="A short name" command="fairway ssh-config --write">
          Has ssh know this site as <code>fairway</code>: <code>ssh fairway</code>, <code>scp results.csv fairway:</code>, rsync, editors.
        </Way>
        <Way title="VS Code">
          <ol>
            <li>Run the two commands above on your machine.</li>
            <li>Install the extension “Remote - SSH”.</li>
            <li>
              Press <kbd>F1</kbd>, choose “Remote-SSH: Connect to Host…”, and pick <code>fairway</code>.
            </li>
          </ol>
        </Way>
        <Way title="Host key">
          <HostKeys lines={access.knownHosts} />
        </Way>
      </dl>
    </section>
  );
}

function toLaunchWords({ defaultProfile }: SshAccess): string {
  return defaultProfile === null
    ? "It goes into what runs: launch something first."
    : `Where none runs, ${defaultProfile} is launched and ssh waits for it.`;
}

interface WayProps {
  readonly title: string;
  readonly command?: string;
  readonly children: ReactNode;
}

function Way({ title, command, children }: WayProps) {
  return (
    <div>
      <dt>{title}</dt>
      <dd>
        {command === undefined ? null : <Command text={command} label={`Copy the command for ${title}`} />}
        <div className="dim small">{children}</div>
      </dd>
    </div>
  );
}

function Command({ text, label }: { readonly text: string; readonly label: string }) {
  return (
    <div className={css.command}>
      <code>{text}</code>
      <CopyButton text={text} label={label} isIcon />
    </div>
  );
}

/** What ssh shows and asks about at the first connection. */
function HostKeys({ lines }: { readonly lines: readonly string[] }) {
  const fingerprints = useQuery({
    queryKey: ["fingerprints", lines],
    queryFn: () => Promise.all(lines.map(toFingerprint)),
    staleTime: Number.POSITIVE_INFINITY,
  });
  const known = (fingerprints.data ?? []).filter((fingerprint) => fingerprint !== null);
  return (
    <>
      {known.length === 0 ? null : <p>ssh asks about it once. It is the right host if it shows:</p>}
      {known.map((fingerprint) => (
        <Command key={fingerprint} text={fingerprint} label="Copy the fingerprint" />
      ))}
      <p>
        Or put it into <code>~/.ssh/known_hosts</code> beforehand:
      </p>
      {lines.map((line) => (
        <Command key={line} text={line} label="Copy the line for known_hosts" />
      ))}
    </>
  );
}
