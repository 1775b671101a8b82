import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "vitest";
import { requireProgram } from "./require-program.js";
import { runToSuccess } from "./run-program.js";

/** A certificate that is its own authority. */
export interface TestCertificate {
  /** The path of the certificate, as PEM. */
  readonly certificateFile: string;
  /** The path of its private key, as PEM. */
  readonly keyFile: string;
  /** Deletes both. */
  remove(): void;
}

/** Makes a fresh certificate for 127.0.0.1. Skips where there is no openssl. */
export async function createCertificate(context: Pick<TestContext, "skip">): Promise<TestCertificate> {
  const openssl = requireProgram(context, "openssl");
  const directory = mkdtempSync(join(tmpdir(), "meridian-tls-"));
  const certificateFile = join(directory, "certificate.pem");
  const keyFile = join(directory, "key.pem");
  await runToSuccess(openssl, [
    ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"],
    ...["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost"],
    ...["-keyout", keyFile, "-out", certificateFile],
  ]);
  return { certificateFile, keyFile, remove: () => rmSync(directory, { recursive: true, force: true }) };
}
