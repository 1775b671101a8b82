/** A choice between a few. */
export interface SegmentedProps<Value extends string | number> {
  /** What is chosen, for those who do not see it. */
  readonly label: string;
  readonly options: readonly (readonly [value: Value, label: string])[];
  readonly value: Value;
  readonly onChange: (value: Value) => void;
}

/** A choice between a few, all of them seen: radio buttons side by side. */
export function Segmented<Value extends string | number>({ label, options, value, onChange }: SegmentedProps<Value>) {
  const name = `choice-${label.replaceAll(" ", "-").toLowerCase()}`;
  return (
    <fieldset class="segmented">
      <legend class="unseen">{label}</legend>
      {options.map(([each, text]) => (
        <label key={each}>
          <input type="radio" name={name} checked={each === value} onChange={() => onChange(each)} />
          <span>{text}</span>
        </label>
      ))}
    </fieldset>
  );
}
