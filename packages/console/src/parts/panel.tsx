import type { ComponentChildren } from "preact";

/** What a panel is made of. */
export interface PanelProps {
  /** Of the heading, and of the panel's place in the grid: the class `panel-NAME`. */
  readonly name: string;
  readonly title: string;
  /** A few words beside the title. */
  readonly note?: ComponentChildren;
  /** At the right of the title. */
  readonly controls?: ComponentChildren;
  readonly children: ComponentChildren;
}

/** A region of the page with a heading. */
export function Panel({ name, title, note, controls, children }: PanelProps) {
  const id = `title-${name}`;
  return (
    <section class={`panel panel-${name}`} aria-labelledby={id}>
      <header class="panel-head">
        <div>
          <h2 id={id}>{title}</h2>
          {note !== undefined && <p class="note">{note}</p>}
        </div>
        {controls !== undefined && <div class="panel-controls">{controls}</div>}
      </header>
      {children}
    </section>
  );
}

/** What a panel shows in place of figures that are not there yet. */
export function Empty({ children }: { readonly children: ComponentChildren }) {
  return <div class="empty">{children}</div>;
}
