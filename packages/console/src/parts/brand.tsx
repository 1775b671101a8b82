/** The name, with a globe whose one meridian is drawn in colour. */
export function Brand() {
  return (
    <a class="brand" href="#/">
      <svg viewBox="0 0 32 32" aria-hidden="true" focusable="false">
        <circle cx="16" cy="16" r="12.5" />
        <path d="M3.5 16h25" />
        <path class="meridian" d="M16 3.5c-8.5 7-8.5 18 0 25" />
      </svg>
      <span>Meridian</span>
    </a>
  );
}
