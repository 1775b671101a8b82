/**
 * The `authorization` header that shows a secret of the environment, without the white space around it. Throws in plain words
 * where it is none that a header can hold: the words of `Headers` would quote it.
 *
 * @param variable the name of the variable that holds it
 * @see https://www.rfc-editor.org/rfc/rfc6750#section-2.1
 */
export function bearerFrom(secret: string, variable: string): string {
  const token = secret.trim();
  if (!/^[\x21-\x7e]+$/.test(token))
    throw new Error(`${variable} holds no key or token: these have letters, digits and signs of ASCII alone`);
  return `Bearer ${token}`;
}
