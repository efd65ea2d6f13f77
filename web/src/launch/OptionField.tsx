/** One option of a profile as a field: a number within bounds, a choice, a path, or text. */
import type { ProfileOption } from "@fairway/contract/profiles.ts";
import { NativeSelect, TextInput } from "@mantine/core";
import { FileField } from "./FileField.tsx";
import { isWithoutChoice, toBounds } from "./launch-form.ts";
import { toListEntries } from "./list-choices.ts";
import css from "./OptionField.module.css";

interface OptionFieldProps {
  readonly option: ProfileOption;
  /** Where the profile's jobs run: paths are chosen there. */
  readonly cluster: string;
  readonly value: string;
  readonly error: string | undefined;
  readonly onChange: (value: string) => void;
}

/** More choices than this go into a list. */
const MOST_PILLS = 5;

export function OptionField(props: OptionFieldProps) {
  switch (props.option.kind) {
    case "number":
      return <NumberField {...props} option={props.option} />;
    case "choice":
      if (isWithoutChoice(props.option)) return <Nothing label={props.option.label} />;
      return props.option.choices.length <= MOST_PILLS ? (
        <PillField {...props} option={props.option} />
      ) : (
        <SelectField {...props} option={props.option} />
      );
    case "file":
      return <FileField {...props} option={props.option} />;
    case "text":
      return <TextField {...props} option={props.option} />;
  }
}

type Kind<K extends ProfileOption["kind"]> = OptionFieldProps & { readonly option: Extract<ProfileOption, { kind: K }> };

function NumberField({ option, value, error, onChange }: Kind<"number">) {
  return (
    <TextInput
      type="number"
      inputMode="decimal"
      label={option.label}
      description={[option.help, `${toBounds(option)}${option.step === 1 ? "" : `, in steps of ${option.step}`}`]
        .filter(Boolean)
        .join(" · ")}
      name={option.name}
      min={option.min}
      max={option.max}
      step={option.step}
      value={value}
      error={error}
      onChange={(event) => onChange(event.currentTarget.value)}
      rightSection={option.unit === null ? null : <span className={css.unit}>{option.unit}</span>}
      rightSectionWidth={option.unit === null ? 0 : `${option.unit.length + 3}ch`}
      rightSectionPointerEvents="none"
    />
  );
}

function PillField({ option, value, error, onChange }: Kind<"choice">) {
  return (
    <fieldset className={css.pills}>
      <legend>{option.label}</legend>
      {option.help === null ? null : <p className={css.help}>{option.help}</p>}
      <div className={css.choices}>
        {option.choices.map((choice) => (
          <label key={String(choice.value)}>
            <input
              type="radio"
              name={option.name}
              value={String(choice.value)}
              checked={String(choice.value) === value}
              disabled={choice.refusal !== null && String(choice.value) !== value}
              aria-describedby={choice.refusal === null || choice.refusal === error ? undefined : toReasonId(option.name, choice.value)}
              onChange={() => onChange(String(choice.value))}
            />
            <span>{choice.label}</span>
          </label>
        ))}
      </div>
      {option.choices.map(({ value: refused, label, refusal }) =>
        refusal === null || refusal === error ? null : (
          <p key={String(refused)} id={toReasonId(option.name, refused)} className={css.help}>
            {label}: {refusal}
          </p>
        ),
      )}
      {error === undefined ? null : (
        <p className={css.error} role="alert">
          {error}
        </p>
      )}
    </fieldset>
  );
}

function toReasonId(option: string, choice: string | number): string {
  return `refusal-${option}-${choice}`;
}

function Nothing({ label }: { readonly label: string }) {
  return (
    <div>
      <strong>{label}</strong>
      <p className={css.help}>The cluster offers you none to choose from.</p>
    </div>
  );
}

function SelectField({ option, value, error, onChange }: Kind<"choice">) {
  return (
    <NativeSelect
      label={option.label}
      description={option.help}
      name={option.name}
      data={toListEntries(option, value)}
      value={value}
      error={error}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  );
}

function TextField({ option, value, error, onChange }: Kind<"text">) {
  return (
    <TextInput
      label={option.label}
      description={option.help}
      name={option.name}
      maxLength={option.maxLength}
      autoComplete="off"
      spellCheck={false}
      value={value}
      error={error}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  );
}
