import { type Client, createClient, type Interceptor } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-web";
import { ConsoleService } from "@meridian/admin-proto";
import { createInferenceClient, type InferenceClient } from "@meridian/inference-client";
import { readToken } from "./session-token.js";

/** What reads the overview. */
export const consoleClient: Client<typeof ConsoleService> = createClient(
  ConsoleService,
  createConnectTransport({
    baseUrl: "/",
    defaultTimeoutMs: 10_000,
    useBinaryFormat: true,
    interceptors: [showToken()],
  }),
);

/** What the playground calls with: the client that every page would use. */
export const inferenceClient: InferenceClient = createInferenceClient({ baseUrl: "/", interceptors: [showToken()] });

function showToken(): Interceptor {
  return (next) => (request) => {
    const token = readToken();
    if (token !== "") request.header.set("authorization", `Bearer ${token}`);
    return next(request);
  };
}
