/** Copies text, and says so in its own place. */
import { ActionIcon, Button } from "@mantine/core";
import { IconCheck, IconCopy } from "@tabler/icons-react";
import { useCopy } from "../hooks.ts";

interface CopyButtonProps {
  readonly text: string | (() => string);
  readonly label: string;
  readonly isIcon?: boolean;
  readonly size?: "xs" | "sm";
}

export function CopyButton({ text, label, isIcon = false, size = "xs" }: CopyButtonProps) {
  const { isCopied, copy } = useCopy();
  const onClick = () => copy(typeof text === "string" ? text : text());
  const Icon = isCopied ? IconCheck : IconCopy;
  if (isIcon) {
    return (
      <ActionIcon variant="subtle" color="gray" size="sm" onClick={onClick} aria-label={isCopied ? "Copied" : label} title={label}>
        <Icon size={14} />
      </ActionIcon>
    );
  }
  return (
    <Button variant="default" size={size} leftSection={<Icon size={14} aria-hidden />} onClick={onClick}>
      <span aria-live="polite">{isCopied ? "Copied" : label}</span>
    </Button>
  );
}
