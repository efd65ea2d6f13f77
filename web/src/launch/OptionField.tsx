/** One option of a profile as a field: a number within bounds, a choice, or text. */
import type { ProfileOption } from "@fairway/contract/profiles.ts";
import { NativeSelect, TextInput } from "@mantine/core";
import { toBounds } from "./launch-form.ts";
import css from "./OptionField.module.css";

interface OptionFieldProps {
  readonly option: ProfileOption;
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
      return props.option.choices.length <= MOST_PILLS ? (
        <PillField {...props} option={props.option} />
      ) : (
        <SelectField {...props} option={props.option} />
      );
    case "file":
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
      <div>
        {option.choices.map((choice) => (
          <label key={String(choice.value)}>
            <input
              type="radio"
              name={option.name}
              value={String(choice.value)}
              checked={String(choice.value) === value}
              onChange={() => onChange(String(choice.value))}
            />
            <span>{choice.label}</span>
          </label>
        ))}
      </div>
      {error === undefined ? null : (
        <p className={css.error} role="alert">
          {error}
        </p>
      )}
    </fieldset>
  );
}

function SelectField({ option, value, error, onChange }: Kind<"choice">) {
  return (
    <NativeSelect
      label={option.label}
      description={option.help}
      name={option.name}
      data={option.choices.map((choice) => ({ value: String(choice.value), label: choice.label }))}
      value={value}
      error={error}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  );
}

function TextField({ option, value, error, onChange }: Kind<"text" | "file">) {
  return (
    <TextInput
      label={option.label}
      description={option.help}
      name={option.name}
      maxLength={option.kind === "text" ? option.maxLength : 200}
      autoComplete="off"
      spellCheck={false}
      value={value}
      error={error}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  );
}
