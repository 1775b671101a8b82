import { readFileSync } from "node:fs";
import { onTestFinished, type TestContext } from "vitest";
import { createCertificate } from "./create-certificate.js";
import { startTestProxy, type TestProxy } from "./start-test-proxy.js";

/** A test proxy that speaks TLS. */
export interface TlsProxy extends TestProxy {
  /** The path of its certificate, which is its own authority. */
  readonly certificateFile: string;
  /** The same as PEM. */
  readonly certificate: string;
}

/** Starts a proxy with a fresh certificate for 127.0.0.1, and stops it after the test. Skips where there is no openssl. */
export async function startTlsProxy(context: TestContext): Promise<TlsProxy> {
  const { certificateFile, keyFile, remove } = await createCertificate(context);
  onTestFinished(remove);
  const target = await startTestProxy({
    yaml: `server: { tls: ${JSON.stringify({ certificateFile, keyFile })} }`,
    readFile: (path) => readFileSync(path, "utf8"),
  });
  onTestFinished(() => target.stop());
  return { ...target, certificateFile, certificate: readFileSync(certificateFile, "utf8") };
}
