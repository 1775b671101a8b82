/** How the RPCs' JSON is read and written, by whichever lane. */
export const rpcJson = {
  // OpenAI's field names, and nothing dropped in silence: what the contract does not know is refused by name.
  useProtoFieldName: true,
  ignoreUnknownFields: false,
  // Nor is text changed in silence: without it, bytes that are not UTF-8 become U+FFFD. The option is Connect's own
  // (createJsonSerialization); the router's type does not list it, but hands it on.
  textDecoder: new TextDecoder("utf-8", { fatal: true }),
};
