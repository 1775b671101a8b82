import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished, type TestContext } from "vitest";
import { requireProgram } from "./require-program.js";
import { runToSuccess } from "./run-program.js";
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
  const openssl = requireProgram(context, "openssl");
  const directory = mkdtempSync(join(tmpdir(), "meridian-tls-"));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const certificateFile = join(directory, "certificate.pem");
  const keyFile = join(directory, "key.pem");
  await runToSuccess(openssl, [
    ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"],
    ...["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost"],
    ...["-keyout", keyFile, "-out", certificateFile],
  ]);
  const target = await startTestProxy({
    yaml: `server: { tls: ${JSON.stringify({ certificateFile, keyFile })} }`,
    readFile: (path) => readFileSync(path, "utf8"),
  });
  onTestFinished(() => target.stop());
  return { ...target, certificateFile, certificate: readFileSync(certificateFile, "utf8") };
}
