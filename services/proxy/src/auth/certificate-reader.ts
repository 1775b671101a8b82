import { TLSSocket } from "node:tls";
import type { HttpRequest } from "../listen/respond.js";

/** Says which tenant the client certificate of a request's connection names; undefined where none that counts does. */
export type CertificateReader = (request: HttpRequest) => string | undefined;

interface PeerCertificate {
  readonly tenant: string | undefined;
  readonly endsAtMs: number;
}

/**
 * Creates what maps client certificates to tenants by their subjectAltName: a SPIFFE id or a DNS name. TLS has checked the
 * certificate against the authorities; it is looked at once for each connection, its end at each call. One whose names
 * belong to several tenants counts for none of them.
 *
 * @param timeOfDayMs milliseconds since 1970-01-01 UTC
 * @see https://github.com/spiffe/spiffe/blob/main/standards/X509-SVID.md
 */
export function createCertificateReader(
  tenants: ReadonlyMap<string, string>,
  timeOfDayMs: () => number,
): CertificateReader {
  const known = new WeakMap<object, PeerCertificate>();
  return (request) => {
    const connection = "stream" in request ? request.stream.session : request.socket;
    if (connection === undefined || connection === null) return undefined;
    const peer = known.get(connection) ?? peerOf("socket" in connection ? connection.socket : connection, tenants);
    known.set(connection, peer);
    return timeOfDayMs() < peer.endsAtMs ? peer.tenant : undefined;
  };
}

const nobody: PeerCertificate = { tenant: undefined, endsAtMs: Number.NEGATIVE_INFINITY };

function peerOf(socket: unknown, tenants: ReadonlyMap<string, string>): PeerCertificate {
  if (!(socket instanceof TLSSocket) || !socket.authorized) return nobody;
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) return nobody;
  const named = new Set(alternativeNames(certificate.subjectAltName ?? "").flatMap((name) => tenants.get(name) ?? []));
  const [tenant] = named;
  return named.size === 1 ? { tenant, endsAtMs: Date.parse(certificate.validTo) } : nobody;
}

/**
 * The URIs and DNS names of a subjectAltName as Node prints it: `DNS:a.example, URI:spiffe://example.org/a`. A value that
 * holds a comma or a quote stands in quotes, which no name that is looked for does.
 */
export function alternativeNames(subjectAltName: string): readonly string[] {
  const entries = subjectAltName.matchAll(/([^:,]+):("(?:[^"\\]|\\.)*"|[^,]*)(?:, |$)/gy);
  return Array.from(entries, ([, kind, value = ""]) => (kind === "URI" || kind === "DNS" ? value : ""));
}
