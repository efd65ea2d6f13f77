/** What can be started: the profiles, those used last first. */
import type { Profile } from "@fairway/contract/profiles.ts";
import type { Session } from "@fairway/contract/sessions.ts";
import { useQuery } from "@tanstack/react-query";
import { Link, useSearch } from "@tanstack/react-router";
import { profilesQuery } from "../api/queries.ts";
import { useApp } from "../app.ts";
import { AppIcon } from "../common/AppIcon.tsx";
import { Loaded } from "../common/Loaded.tsx";
import { START_MARK } from "../layout/shortcuts.ts";
import css from "./HomePage.module.css";
import { byLastUse } from "./last-use.ts";

export function StartTiles({ recent }: { readonly recent: readonly Session[] }) {
  const profiles = useQuery(profilesQuery(useApp()));
  // A link to a page of one's own session (`/hub/user-redirect/…`) ends here where none is open.
  const { next } = useSearch({ from: "__root__" });
  return (
    <>
      {next === undefined ? null : <p className="dim">The link that you followed opens in the session that you start now.</p>}
      <Loaded query={profiles} skeleton={[84]}>
        {(data) =>
          data.profiles.length === 0 ? (
            <p className="dim">Nothing is offered to you here yet. Ask your cluster's staff for a profile.</p>
          ) : (
            <div className={css.tiles} {...START_MARK}>
              {byLastUse(data.profiles, recent).map((profile) => (
                <Tile key={profile.name} profile={profile} withCluster={hasSeveralClusters(data.profiles)} next={next} />
              ))}
            </div>
          )
        }
      </Loaded>
    </>
  );
}

function hasSeveralClusters(profiles: readonly Profile[]): boolean {
  return new Set(profiles.map(({ cluster }) => cluster.name)).size > 1;
}

interface TileProps {
  readonly profile: Profile;
  /** Where there is only one cluster, its name says nothing. */
  readonly withCluster: boolean;
  /** What its session shall open. */
  readonly next: string | undefined;
}

function Tile({ profile, withCluster, next }: TileProps) {
  const { title, awaySince } = profile.cluster;
  const refusal = profile.refusal ?? (awaySince === null ? null : `${title} does not answer at the moment`);
  return (
    <Link to="/launch/$profile" params={{ profile: profile.name }} search={{ next }} className={css.tile} data-profile={profile.name}>
      <div className={css.icon}>
        <AppIcon app={profile.app.icon ?? profile.app.name} size={20} />
      </div>
      <strong>{profile.title}</strong>
      <span>{profile.description ?? profile.app.title}</span>
      {refusal === null ? (
        <span>{[profile.summary, withCluster ? profile.cluster.title : ""].filter(Boolean).join(" · ")}</span>
      ) : (
        <span className={css.away}>{refusal}</span>
      )}
    </Link>
  );
}
