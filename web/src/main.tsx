/** The portal's start: reads what the edge wrote into the page, makes the parts, shows the routes. */
import "./theme/styles.ts";
import { MantineProvider } from "@mantine/core";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode, useEffect, useState } from "react";
import { createRoot } from "react-dom/client";
import { type App, AppContext, createApp } from "./app.ts";
import { readBase } from "./base.ts";
import { useSite } from "./hooks.ts";
import { createPortalRouter } from "./router.tsx";
import { createFairwayTheme, resolveVariables } from "./theme/theme.ts";

function readMeta(name: string): string | null {
  return document.querySelector<HTMLMetaElement>(`meta[name="${name}"]`)?.content ?? null;
}

interface PortalProps {
  readonly router: ReturnType<typeof createPortalRouter>;
  readonly nonce: string;
}

/** So long the first page waits for the site's colour. */
const COLOUR_WAIT_MS = 1000;

/** Waits for the site's colour (asked together with everything else), so that nothing changes its look once shown; not for a hub that is away. */
function Portal({ router, nonce }: PortalProps) {
  const site = useSite();
  const [isLate, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), COLOUR_WAIT_MS);
    return () => clearTimeout(timer);
  }, []);
  if (site.isPending && !isLate) return null;
  return (
    <MantineProvider
      theme={createFairwayTheme(site.data?.accent ?? null)}
      cssVariablesResolver={resolveVariables}
      defaultColorScheme="auto"
      getStyleNonce={() => nonce}
    >
      <RouterProvider router={router} />
    </MantineProvider>
  );
}

function start(): void {
  const root = document.getElementById("root");
  if (root === null) throw new Error("index.html has no #root");
  const onSignedOut = () => {
    if (app.cache.getQueryData(["me"]) === undefined) return; // never signed in here: the route itself says where to go
    app.cache.removeQueries({ queryKey: ["me"] });
    void router.invalidate();
  };
  // This file's own address holds a hash of all that it loads.
  const app: App = createApp({ base: readBase(readMeta("fairway-base")), build: import.meta.url, onSignedOut });
  const router = createPortalRouter(app);
  createRoot(root).render(
    <StrictMode>
      <AppContext value={app}>
        <QueryClientProvider client={app.cache}>
          <Portal router={router} nonce={readMeta("csp-nonce") ?? ""} />
        </QueryClientProvider>
      </AppContext>
    </StrictMode>,
  );
}

start();
