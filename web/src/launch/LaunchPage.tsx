/** Launch: finds the profile that the address names, and shows its form. */
import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { OPEN_SESSIONS, profilesQuery } from "../api/queries.ts";
import { useApp } from "../app.ts";
import { Loaded } from "../common/Loaded.tsx";
import { useSessions, useTitle } from "../hooks.ts";
import { LaunchForm } from "./LaunchForm.tsx";
import css from "./LaunchPage.module.css";
import { suggestName } from "./launch-form.ts";

export function LaunchPage() {
  const { profile: name } = useParams({ from: "/shell/launch/$profile" });
  const profiles = useQuery(profilesQuery(useApp()));
  const open = useSessions(OPEN_SESSIONS);
  const profile = profiles.data?.profiles.find((candidate) => candidate.name === name);
  useTitle(`Launch ${profile?.title ?? name}`);
  if (profiles.data !== undefined && profile === undefined) return <NotOffered name={name} />;
  return (
    <Loaded query={open} skeleton={[60, 380]}>
      {({ sessions }) => (
        <Loaded query={profiles} skeleton={[60, 380]}>
          {() =>
            profile === undefined ? null : (
              <LaunchForm
                key={profile.name}
                profile={profile}
                defaultName={suggestName(
                  name,
                  sessions.map((session) => session.name),
                )}
              />
            )
          }
        </Loaded>
      )}
    </Loaded>
  );
}

function NotOffered({ name }: { readonly name: string }) {
  return (
    <section className={css.gone}>
      <h1>This is not offered</h1>
      <p>
        There is no profile <code>{name}</code> for you here. It may have been renamed or taken away, or it is for another group.
      </p>
      <p>
        <Link to="/hub/home">See what you can start</Link>
      </p>
    </section>
  );
}
