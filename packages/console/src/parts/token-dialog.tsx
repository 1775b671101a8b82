import { useEffect, useRef, useState } from "preact/hooks";
import { keepToken, readToken } from "../data/session-token.js";

/** Asks for the admin token. */
export function TokenDialog({ onToken }: { readonly onToken: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [token, setToken] = useState("");
  const wasWrong = readToken() !== "";
  useEffect(() => {
    if (dialog.current?.open === false) dialog.current.showModal();
  }, []);
  const submit = (event: Event) => {
    event.preventDefault();
    keepToken(token);
    onToken();
  };
  return (
    <dialog
      ref={dialog}
      class="token-dialog"
      aria-labelledby="token-title"
      onCancel={(event) => event.preventDefault()}
    >
      <form onSubmit={submit}>
        <h2 id="token-title">The admin token, please</h2>
        <p>
          This is <code>admin.token</code> of the configuration. It stays in this tab and is forgotten when you close
          it.
        </p>
        <label class="unseen" for="token">
          Token
        </label>
        <input
          id="token"
          type="password"
          autocomplete="off"
          required
          value={token}
          aria-describedby={wasWrong ? "token-wrong" : undefined}
          onInput={({ currentTarget }) => setToken(currentTarget.value)}
        />
        {wasWrong && (
          <p id="token-wrong" class="wrong" role="alert">
            The token that this tab had is not the right one.
          </p>
        )}
        <button type="submit" class="primary">
          Open the console
        </button>
      </form>
    </dialog>
  );
}
