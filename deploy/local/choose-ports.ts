import { createServer } from "node:net";

/** The ports of the deployment, by the names that its configuration files have for them. */
export type LocalPorts = ReturnType<typeof portsBy>;

/**
 * The ports that follow the balancer's; for 0 that one is chosen by chance, where all are free. They are below those that systems
 * take for connections that go out: one of these could be taken before its program listens on it.
 */
export async function choosePorts(port: number): Promise<LocalPorts> {
  for (let tries = 0; port === 0 && tries < 20; tries += 1) {
    const ports = await choosePorts(10_000 + Math.floor(Math.random() * 20_000));
    const free = await Promise.all(Object.values(ports).map(isFree));
    if (!free.includes(false)) return ports;
  }
  if (port === 0) throw new Error("no free ports were found");
  return portsBy((offset) => port + offset);
}

function portsBy(at: (offset: number) => number) {
  return {
    PORT: at(0),
    ASIA_1: at(1),
    ASIA_2: at(2),
    AMERICA_1: at(3),
    ASIA_1_ADMIN: at(11),
    ASIA_2_ADMIN: at(12),
    AMERICA_1_ADMIN: at(13),
    PROMETHEUS: at(20),
    REDIS: at(21),
    SINGAPORE_FROM_ASIA: at(31),
    VIRGINIA_FROM_ASIA: at(32),
    VIRGINIA_FROM_AMERICA: at(33),
    SINGAPORE_FROM_AMERICA: at(34),
  } as const;
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}
