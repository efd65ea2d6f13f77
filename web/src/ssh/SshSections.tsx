/** All of SSH on the page of tokens and keys; one line where this site has none of it. */
import { useQuery } from "@tanstack/react-query";
import { sshAccessQuery } from "../api/queries.ts";
import { useApp } from "../app.ts";
import { Loaded } from "../common/Loaded.tsx";
import { CertificateSection } from "./CertificateSection.tsx";
import { ConnectSection } from "./ConnectSection.tsx";
import { KeySection } from "./KeySection.tsx";

export function SshSections() {
  const access = useQuery(sshAccessQuery(useApp()));
  return (
    <Loaded query={access} skeleton={[40, 120]}>
      {(data) =>
        data === null ? (
          <section aria-labelledby="ssh">
            <h2 id="ssh">SSH</h2>
            <p className="dim">This site does not offer SSH into sessions. Its operator can open it; tokens are not concerned.</p>
          </section>
        ) : (
          <>
            <KeySection />
            <CertificateSection />
            <ConnectSection access={data} />
          </>
        )
      }
    </Loaded>
  );
}
