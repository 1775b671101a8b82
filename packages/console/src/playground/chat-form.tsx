import type { Playground } from "@meridian/admin-proto";
import { useState } from "preact/hooks";
import { Icon } from "../parts/icon.js";
import { countryOptions } from "./countries.js";
import type { Question } from "./use-chat.js";

/** The form of the playground. */
export interface ChatFormProps {
  readonly options: Playground;
  readonly isRunning: boolean;
  readonly onAsk: (question: Question) => void;
  readonly onStop: () => void;
}

const examples = [
  "Find a similar category for running shoes",
  "Tell me about the harbour of Jakarta",
  "Explain why the sky is blue, and compare it with the sky on Mars",
] as const;

const first: Question = { prompt: examples[2], country: "ID", model: "", tier: "", isStreamed: true };

/** Asks what to send, from where, and how. */
export function ChatForm({ options, isRunning, onAsk, onStop }: ChatFormProps) {
  const [question, setQuestion] = useState(first);
  const set = (change: Partial<Question>) => setQuestion((before) => ({ ...before, ...change }));
  const { prompt, country, model, tier, isStreamed } = question;
  const submit = (event: Event) => {
    event.preventDefault();
    onAsk(model === "" ? question : { ...question, tier: "" });
  };
  return (
    <form class="chat-form" onSubmit={submit}>
      <div class="field">
        <label for="prompt">Prompt</label>
        <textarea
          id="prompt"
          rows={4}
          required
          value={prompt}
          onInput={({ currentTarget }) => set({ prompt: currentTarget.value })}
        />
        <fieldset class="examples">
          <legend class="unseen">Examples</legend>
          {examples.map((example, index) => (
            <button key={example} type="button" class="chip" onClick={() => set({ prompt: example })}>
              {["A low tier", "A medium tier", "A high tier"][index]}
            </button>
          ))}
        </fieldset>
      </div>
      <div class="field">
        <label for="country">Country of the caller</label>
        <CountrySelect configured={options.countries} value={country} onChange={(chosen) => set({ country: chosen })} />
      </div>
      <div class="fields">
        <div class="field">
          <label for="model">Model</label>
          <select id="model" value={model} onChange={({ currentTarget }) => set({ model: currentTarget.value })}>
            <option value="">Automatic</option>
            {options.models.map((each) => (
              <option key={each}>{each}</option>
            ))}
          </select>
        </div>
        <div class="field">
          <label for="tier">Tier</label>
          <select
            id="tier"
            value={tier}
            disabled={model !== ""}
            onChange={({ currentTarget }) => set({ tier: currentTarget.value })}
          >
            <option value="">Automatic</option>
            {["low", "medium", "high"].map((each) => (
              <option key={each}>{each}</option>
            ))}
          </select>
        </div>
      </div>
      <label class="switch">
        <input
          type="checkbox"
          checked={isStreamed}
          onChange={({ currentTarget }) => set({ isStreamed: currentTarget.checked })}
        />
        <span>Stream the answer</span>
      </label>
      {options.obstacle !== "" && (
        <p class="wrong" role="alert">
          {options.obstacle}.
        </p>
      )}
      <div class="actions">
        <button type="submit" class="primary" disabled={options.obstacle !== ""}>
          Send <Icon name="arrow" />
        </button>
        <button type="button" onClick={onStop} disabled={!isRunning}>
          <Icon name="stop" /> Stop
        </button>
        <p class="note">It is a real call, and costs what it costs.</p>
      </div>
    </form>
  );
}

/** A choice of countries. */
interface CountrySelectProps {
  readonly configured: readonly string[];
  readonly value: string;
  readonly onChange: (country: string) => void;
}

function CountrySelect({ configured, value, onChange }: CountrySelectProps) {
  const options = countryOptions(configured);
  const groups = [
    ["With a rule of their own", options.configured],
    ["Elsewhere", options.others],
  ] as const;
  return (
    <select id="country" value={value} onChange={({ currentTarget }) => onChange(currentTarget.value)}>
      <option value="">Not known</option>
      {groups.map(([label, countries]) => (
        <optgroup key={label} label={label}>
          {countries.map(([code, name]) => (
            <option key={code} value={code}>
              {name} ({code})
            </option>
          ))}
        </optgroup>
      ))}
    </select>
  );
}
