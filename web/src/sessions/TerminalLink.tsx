/** The small way from a card to a terminal in what it shows: a session, or a cluster's login node. */
import { ActionIcon, type ActionIconProps } from "@mantine/core";
import { IconTerminal2 } from "@tabler/icons-react";
import { createLink } from "@tanstack/react-router";
import type { AnchorHTMLAttributes, Ref } from "react";

type IconLinkProps = ActionIconProps &
  Omit<AnchorHTMLAttributes<HTMLAnchorElement>, keyof ActionIconProps> & { ref?: Ref<HTMLAnchorElement> };

function IconLink(props: IconLinkProps) {
  return (
    <ActionIcon component="a" variant="default" size={30} {...props}>
      <IconTerminal2 size={16} aria-hidden />
    </ActionIcon>
  );
}

export const TerminalLink = createLink(IconLink);
