import type { ComponentChildren } from "preact";
import { Icon, type IconName } from "../parts/icon.js";

/** A decision on the way. */
export interface StepProps {
  readonly icon: IconName;
  readonly title: string;
  /** What was decided. */
  readonly summary: string;
  readonly children: ComponentChildren;
}

/** Draws a decision. */
export function Step({ icon, title, summary, children }: StepProps) {
  return (
    <li class={`step step-${title.toLowerCase()}`}>
      <span class="step-icon">
        <Icon name={icon} />
      </span>
      <h3>
        {title} <b>{summary}</b>
      </h3>
      {children}
    </li>
  );
}
