/** A path on the cluster: typed, or picked from one's own folders in a dialog. */
import type { ProfileOption } from "@fairway/contract/profiles.ts";
import { Button, TextInput } from "@mantine/core";
import { IconFolder } from "@tabler/icons-react";
import { lazy, Suspense } from "react";
import { useLazyDialog } from "../hooks.ts";
import css from "./OptionField.module.css";

const FilePicker = lazy(() => import("./FilePicker.tsx").then((module) => ({ default: module.FilePicker })));

interface FileFieldProps {
  readonly option: Extract<ProfileOption, { kind: "file" }>;
  readonly cluster: string;
  readonly value: string;
  readonly error: string | undefined;
  readonly onChange: (value: string) => void;
}

export function FileField({ option, cluster, value, error, onChange }: FileFieldProps) {
  const dialog = useLazyDialog();
  return (
    <div className={css.file}>
      <TextInput
        label={option.label}
        description={
          option.help ?? `A ${option.picks} of yours there. Left empty, it is ${option.picks === "folder" ? "your home" : "none"}.`
        }
        name={option.name}
        maxLength={1000}
        autoComplete="off"
        spellCheck={false}
        value={value}
        error={error}
        onChange={(event) => onChange(event.currentTarget.value)}
      />
      <Button
        variant="default"
        leftSection={<IconFolder size={15} aria-hidden />}
        onClick={dialog.open}
        aria-label={`Choose ${option.label}`}
      >
        Choose
      </Button>
      {dialog.isLoaded ? (
        <Suspense>
          <FilePicker
            cluster={cluster}
            picks={option.picks}
            title={option.label}
            start={value}
            isOpen={dialog.isOpen}
            onClose={dialog.close}
            onPick={onChange}
          />
        </Suspense>
      ) : null}
    </div>
  );
}
