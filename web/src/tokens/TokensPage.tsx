/** What opens the gateway to programs and to ssh: tokens, keys, certificates, and how to connect with them. */
import { useTitle } from "../hooks.ts";
import { SshSections } from "../ssh/SshSections.tsx";
import { TokenSection } from "./TokenSection.tsx";
import css from "./TokensPage.module.css";

export function TokensPage() {
  useTitle("Tokens and keys");
  return (
    <div className={css.page}>
      <h1>Tokens and keys</h1>
      <TokenSection />
      <SshSections />
    </div>
  );
}
