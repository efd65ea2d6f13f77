/** What is wrong with the clusters right now. Nothing when nothing is. */
import { IconAlertTriangle } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { clustersQuery } from "../api/queries.ts";
import { useApp } from "../app.ts";
import { AWAY_WORDS } from "../clusters/away-words.ts";
import { Moment } from "../common/Moment.tsx";
import css from "./HomePage.module.css";

export function Notices() {
  const { data } = useQuery(clustersQuery(useApp()));
  const away = data?.clusters.filter(({ awaySince }) => awaySince !== null) ?? [];
  return away.map(({ name, title, awaySince }) => (
    <div key={name} className={css.notice} role="status">
      <IconAlertTriangle size={16} aria-hidden />
      <p>
        <strong>{title} does not answer</strong> since {awaySince === null ? null : <Moment at={awaySince} />}. {AWAY_WORDS}{" "}
        <Link to="/clusters">See clusters</Link>
      </p>
    </div>
  ));
}
