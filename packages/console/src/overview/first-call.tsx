/** What is shown before the first call: how to make one. */
export function FirstCall() {
  const command = [
    "curl -s localhost:8080/meridian.inference.v1.InferenceService/Chat \\",
    "  -H 'content-type: application/json' -H 'cf-ipcountry: ID' \\",
    `  -d '{"messages":[{"role":"user","content":"Find a similar category"}]}'`,
  ].join("\n");
  return (
    <section class="panel first-call" aria-labelledby="title-first-call">
      <div>
        <h2 id="title-first-call">No calls yet</h2>
        <p>
          This page fills as calls end. Send the first one from the <a href="#/playground">playground</a>, or from a
          terminal, with your public port where it is not 8080:
        </p>
      </div>
      <pre>
        <code>{command}</code>
      </pre>
    </section>
  );
}
