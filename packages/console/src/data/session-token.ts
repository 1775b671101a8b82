const name = "meridian-admin-token";

/** The admin token of this tab; empty where none was given. It is gone when the tab is closed. */
export function readToken(): string {
  return sessionStorage.getItem(name) ?? "";
}

/** Keeps the admin token for this tab. */
export function keepToken(token: string): void {
  sessionStorage.setItem(name, token);
}
