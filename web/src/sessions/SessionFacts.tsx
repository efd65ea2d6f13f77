/** Everything known about a session: what it asked for, where it is, when what happened, by which ids. */
import { formatDuration } from "@fairway/contract/describe-session.ts";
import { ROUTE_WORDS } from "@fairway/contract/routes.ts";
import type { Session } from "@fairway/contract/sessions.ts";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { sshAccessQuery } from "../api/queries.ts";
import { useApp } from "../app.ts";
import { CopyButton } from "../common/CopyButton.tsx";
import { Moment } from "../common/Moment.tsx";
import { toSshCommand } from "../ssh/ssh-command.ts";
import { toLimitText, toResourceParts } from "./resources.ts";
import css from "./SessionFacts.module.css";

export function SessionFacts({ session }: { readonly session: Session }) {
  const { job, resources } = session;
  return (
    <aside className={css.facts} aria-label="Facts">
      <Group title="Resources">
        <Fact label="Asked for">{toResourceParts(resources).join(" · ")}</Fact>
        <Fact label="Time limit">{toLimitText(resources)}</Fact>
        <Fact label="Partition">{resources.partition}</Fact>
        <Fact label="Account">{resources.account}</Fact>
        <Fact label="QoS">{resources.qos}</Fact>
      </Group>
      <Group title="Place">
        <Fact label="Cluster">
          <Link to="/clusters">{session.cluster.title}</Link>
        </Fact>
        <Fact label="Node">{job?.node}</Fact>
        <Fact label="Job">{job === null ? null : <Copyable text={job.id} label="Copy job id" />}</Fact>
        <Fact label="Session">
          <Copyable text={session.id} label="Copy session id" />
        </Fact>
        <Fact label="Name">{session.name}</Fact>
        <Fact label="Address">{session.state === "ended" ? null : <code>{session.url}</code>}</Fact>
        <Fact label="Reached">{session.route === null ? null : <Reached route={session.route} />}</Fact>
        {session.ssh ? <SshFact session={session} /> : null}
        <Fact label="Runs as">{session.runsAs === session.user ? session.user : `${session.runsAs}, for ${session.user}`}</Fact>
      </Group>
      <Group title="Times">
        <Fact label="Created">
          <Moment at={session.createdAt} as="full" />
        </Fact>
        <Fact label="Job started">{job?.startedAt == null ? null : <Moment at={job.startedAt} as="full" />}</Fact>
        <Fact label="Ready">{session.readyAt === null ? null : <Moment at={session.readyAt} as="full" />}</Fact>
        <Fact label="Ready after">{session.readyAt === null ? null : formatDuration((session.readyAt - session.createdAt) / 1000)}</Fact>
        <Fact label="Ends at the latest">
          {job?.endsAt == null || session.state === "ended" ? null : <Moment at={job.endsAt} as="full" />}
        </Fact>
        <Fact label="Ended">{session.endedAt === null ? null : <Moment at={session.endedAt} as="full" />}</Fact>
        <Fact label="Last activity">{session.lastActivityAt === null ? null : <Moment at={session.lastActivityAt} as="ago" />}</Fact>
        <Fact label="Requeued">{job === null || job.restarts === 0 ? null : `${job.restarts} ×`}</Fact>
        <Fact label="Exit code">{session.exitCode}</Fact>
      </Group>
    </aside>
  );
}

function Group({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <section className={css.group}>
      <h2>{title}</h2>
      <dl>{children}</dl>
    </section>
  );
}

/** Nothing at all where there is nothing to say. */
function Fact({ label, children }: { readonly label: string; readonly children: ReactNode }) {
  if (children === null || children === undefined || children === "") return null;
  return (
    <div>
      <dt>{label}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** In words first, the route's name beside. */
function Reached({ route }: { readonly route: NonNullable<Session["route"]> }) {
  const { label, line } = ROUTE_WORDS[route];
  return (
    <>
      {line} <span className="dim small">({label})</span>
    </>
  );
}

/** Only its owner can use it. */
function SshFact({ session }: { readonly session: Session }) {
  const access = useQuery(sshAccessQuery(useApp())).data;
  if (access == null) return null;
  return (
    <Fact label="ssh">
      <Copyable text={toSshCommand(access, session.user, session.name)} label="Copy ssh command" />
    </Fact>
  );
}

function Copyable({ text, label }: { readonly text: string; readonly label: string }) {
  return (
    <span className={css.copyable}>
      <code>{text}</code>
      <CopyButton text={text} label={label} isIcon />
    </span>
  );
}
