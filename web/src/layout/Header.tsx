/** Site, pages, and the person. On a narrow screen the pages move into a menu. */
import { ActionIcon, Menu, UnstyledButton, useMantineColorScheme } from "@mantine/core";
import { IconChevronDown, IconDeviceDesktop, IconHelp, IconLogout, IconMenu2, IconMoon, IconSun } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { Link, useRouter } from "@tanstack/react-router";
import { useApp } from "../app.ts";
import { useFeedState, useMe, useSite } from "../hooks.ts";
import css from "./Header.module.css";
import { Logo } from "./Logo.tsx";

const PAGES = [
  { to: "/hub/home", label: "Home" },
  { to: "/sessions", label: "Sessions" },
  { to: "/clusters", label: "Clusters" },
  { to: "/hub/token", label: "Tokens" },
] as const;
const ADMIN_PAGE = { to: "/hub/admin", label: "Admin" } as const;

export function Header({ onHelp }: { readonly onHelp: () => void }) {
  const me = useMe().data;
  const site = useSite().data;
  const pages = me?.role === "admin" ? [...PAGES, ADMIN_PAGE] : PAGES;
  return (
    <header className={css.header}>
      <div className={css.bar}>
        <Link to="/hub/home" className={css.brand}>
          <Logo />
          <span>{site?.name ?? "Fairway"}</span>
        </Link>
        <nav className={css.pages} aria-label="Pages">
          {pages.map(({ to, label }) => (
            <Link key={to} to={to} className={css.page} activeProps={{ className: css.current ?? "" }}>
              {label}
            </Link>
          ))}
        </nav>
        <Connection />
        <ActionIcon className={css.help} variant="subtle" color="gray" size="lg" onClick={onHelp} aria-label="Keyboard and help">
          <IconHelp size={18} />
        </ActionIcon>
        <PersonMenu name={me?.name ?? ""} />
        <PagesMenu pages={pages} />
      </div>
    </header>
  );
}

/** Quiet, and only when it lasts: the style sheet shows it after a moment. */
function Connection() {
  const { status } = useFeedState();
  return (
    <div className={css.connection} role="status">
      {status === "broken" ? <span className={css.reconnecting}>Reconnecting. What you see may be some seconds old.</span> : null}
    </div>
  );
}

function PagesMenu({ pages }: { readonly pages: readonly { readonly to: string; readonly label: string }[] }) {
  return (
    <Menu position="bottom-end" withinPortal={false}>
      <Menu.Target>
        <ActionIcon className={css.burger} variant="subtle" color="gray" size="lg" aria-label="Pages">
          <IconMenu2 size={18} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {pages.map(({ to, label }) => (
          <Menu.Item key={to} component={Link} to={to}>
            {label}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

const SCHEMES = [
  { value: "auto", label: "As the system", Icon: IconDeviceDesktop },
  { value: "light", label: "Light", Icon: IconSun },
  { value: "dark", label: "Dark", Icon: IconMoon },
] as const;

function PersonMenu({ name }: { readonly name: string }) {
  const { api, cache } = useApp();
  const router = useRouter();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const signOut = useMutation({
    mutationFn: () => api.signOut(),
    onSuccess: async () => {
      cache.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== "site" });
      await router.navigate({ to: "/hub/login" });
    },
  });
  return (
    <Menu position="bottom-end" withinPortal={false} width={200}>
      <Menu.Target>
        <UnstyledButton className={css.person}>
          <span>{name}</span>
          <IconChevronDown size={14} aria-hidden />
          <span className="visually-hidden">: your menu</span>
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>Colours</Menu.Label>
        <Menu.RadioGroup value={colorScheme} onChange={(value) => setColorScheme(value as typeof colorScheme)}>
          {SCHEMES.map(({ value, label, Icon }) => (
            <Menu.RadioItem key={value} value={value} rightSection={<Icon size={15} aria-hidden />}>
              {label}
            </Menu.RadioItem>
          ))}
        </Menu.RadioGroup>
        <Menu.Divider />
        <Menu.Item leftSection={<IconLogout size={15} />} onClick={() => signOut.mutate()} closeMenuOnClick={false}>
          {signOut.isError ? "Sign out again: it failed" : "Sign out"}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
