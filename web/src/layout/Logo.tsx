/** The mark: a channel buoy on the water. Decoration; the site's name stands beside it. */
export function Logo({ size = 26 }: { readonly size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <rect width="32" height="32" rx="7" fill="var(--mantine-color-accent-7)" />
      <path d="M12.2 6.5h7.6l2.7 13h-13z" fill="#fff" />
      <path d="M11 12.3h10l.9 4.2H10.1z" fill="var(--mantine-color-accent-7)" />
      <path
        d="M5.5 24.2c2.1-1.9 4.9-1.9 7 0 2.1 1.9 4.9 1.9 7 0 2.1-1.9 4.9-1.9 7 0"
        fill="none"
        stroke="#fff"
        strokeWidth="2.3"
        strokeLinecap="round"
      />
    </svg>
  );
}
