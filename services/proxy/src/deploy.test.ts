import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { startRelaySimulator } from "@meridian/relay-simulator";
import { expect, onTestFinished, test } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { requirePython } from "./testing/require-program.js";
import { runToSuccess } from "./testing/run-program.js";
import { builtCommand, spawnCommand, workspaceRoot } from "./testing/spawn-command.js";

// What deploy/ holds is linted by tools of the field where a registry has one, and held against the configuration that it
// carries. Neither a container nor a cluster is started here.

const deploy = join(workspaceRoot, "deploy");
const readText = (path: string) => readFile(join(deploy, path), "utf8");

/** What Meridian takes after its drain to tell callers that it stops, in seconds; see server.ts. */
const farewellSeconds = 3;

/** The longest that Meridian takes to stop with the configuration of a container. */
async function stopSeconds(): Promise<number> {
  const schema = z.object({ server: z.object({ stopDelayMs: z.number(), drainMs: z.number() }) });
  const { stopDelayMs, drainMs } = schema.parse(parse(await readText("meridian.yaml"))).server;
  return (stopDelayMs + drainMs) / 1000 + farewellSeconds;
}

test("the documented secrets are those of the configuration, in the folder that is mounted, and nobody else's", async () => {
  const [config, documentation] = await Promise.all([readText("meridian.yaml"), readText("../docs/deploy.md")]);
  const names = [...config.matchAll(/\/run\/secrets\/meridian\/([\w.-]+)/g)].map(([, name]) => name);
  expect(names).toHaveLength(3);
  expect(documentation).toContain('-v "$PWD/secrets:/run/secrets/meridian:ro"');
  for (const name of names) expect(documentation).toMatch(new RegExp(`(?:--file|>) secrets/${name}`));
  expect((await readText("../.dockerignore")).split("\n")).toContain("secrets");
  expect((await readText("../.gitignore")).split("\n")).toContain("/secrets/");
});

test("the configuration of a container serves those who have a key, on every address", {
  timeout: 60_000,
}, async () => {
  const relay = await startRelaySimulator({ apiKeys: ["sk-deployed"] });
  onTestFinished(() => relay.close());
  const folder = await mkdtemp(join(tmpdir(), "meridian-deploy-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const config = join(folder, "meridian.yaml");
  const text = (await readText("meridian.yaml"))
    .replaceAll("/run/secrets/meridian", folder)
    .replace("https://relay.example/v1", relay.baseUrl);
  await writeFile(config, text);
  await writeFile(join(folder, "relay-key"), "sk-deployed\n");
  await writeFile(join(folder, "admin-token"), "an-admin-token-of-this-test\n");
  const created = await promisify(execFile)(
    process.execPath,
    [builtCommand, "keys", "create", "--tenant", "example", "--name", "test", "--config", config],
    { env: process.env },
  );
  const key = created.stdout.trim();

  const command = spawnCommand(process.execPath, [builtCommand, "serve"], { MERIDIAN_CONFIG: config, HOST: undefined });
  onTestFinished(async () => {
    command.child.kill("SIGTERM");
    await command.exited;
  });
  const [, port] = await command.whenPrinted(/ready on http:\/\/\[::\]:(\d+)/);
  const [, adminPort] = await command.whenPrinted(/admin on http:\/\/\[::\]:(\d+)/);
  const chat = (address: string, headers: Record<string, string>) =>
    fetch(`http://${address}:${port}/meridian.inference.v1.InferenceService/Chat`, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify({ messages: [{ role: "user", content: "Hi" }] }),
    });
  for (const address of ["127.0.0.1", "[::1]"]) {
    expect((await chat(address, { authorization: `Bearer ${key}` })).status).toBe(200);
    expect((await chat(address, {})).status).toBe(401);
    expect((await fetch(`http://${address}:${adminPort}/readyz`)).status).toBe(200);
  }
});

test("the Dockerfile passes hadolint, and copies what is there", async (context) => {
  const hadolint = requirePython(context).replace(/python$/, "hadolint");
  await runToSuccess(hadolint, [join(deploy, "docker/Dockerfile")]);
  const copied = [...(await readText("docker/Dockerfile")).matchAll(/^COPY (deploy\S+)/gm)].map(
    ([, path = ""]) => path,
  );
  expect(copied).toEqual(["deploy/meridian.yaml"]);
  await readText("meridian.yaml");
});

test("the health check of the image tells a proxy that lives from one that does not", async () => {
  const [, json = "[]"] = /HEALTHCHECK [^\n]*\\\n\s*CMD (\[.*\])/.exec(await readText("docker/Dockerfile")) ?? [];
  const [, ...args] = z.array(z.string()).parse(JSON.parse(json));
  const command = spawnCommand(process.execPath, [builtCommand, "serve"]);
  onTestFinished(() => void command.child.kill("SIGKILL"));
  const [, adminPort = ""] = await command.whenPrinted(/admin on http:\/\/127\.0\.0\.1:(\d+)/);
  const check = () => {
    const probe = spawnCommand(
      process.execPath,
      args.map((text) => text.replace("9090", adminPort)),
    );
    return probe.exited;
  };
  expect(await check()).toBe(0);
  command.child.kill("SIGKILL");
  await command.exited;
  expect(await check()).toBe(1);
});

test("the manifests of Kubernetes are valid, and leave a pod the time that it needs to stop", async (context) => {
  const validate = requirePython(context).replace(/python$/, "kubernetes-validate");
  const files = await readdir(join(deploy, "kubernetes"));
  const paths = files.map((file) => join(deploy, "kubernetes", file));
  await runToSuccess(validate, ["--strict", "--quiet", ...paths]);
  const { resources } = z.object({ resources: z.array(z.string()) }).parse(parse(await readText("kustomization.yaml")));
  expect(resources.map((path) => path.replace("kubernetes/", "")).sort()).toEqual(files.sort());

  const { spec } = z
    .object({
      spec: z.object({
        template: z.object({
          spec: z.object({ terminationGracePeriodSeconds: z.number() }),
        }),
      }),
    })
    .parse(parse(await readText("kubernetes/deployment.yaml")));
  expect(spec.template.spec.terminationGracePeriodSeconds).toBeGreaterThan(await stopSeconds());
});

test("a manifest with a word that Kubernetes does not know fails the check", async (context) => {
  const validate = requirePython(context).replace(/python$/, "kubernetes-validate");
  const folder = await mkdtemp(join(tmpdir(), "meridian-manifest-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const path = join(folder, "service.yaml");
  await writeFile(path, (await readText("kubernetes/service.yaml")).replace("selector:", "selectors:"));
  await expect(runToSuccess(validate, ["--strict", "--quiet", path])).rejects.toThrow();
});

test("fly.toml is TOML, and its ports and times are those of the configuration", async (context) => {
  const python = requirePython(context);
  const program = "import json, sys, tomllib; print(json.dumps(tomllib.load(open(sys.argv[1], 'rb'))))";
  const { stdout } = await runToSuccess(python, ["-c", program, join(deploy, "fly/fly.toml")]);
  const fly = z
    .object({
      kill_timeout: z.number(),
      http_service: z.object({ internal_port: z.number() }),
      checks: z.object({ admin: z.object({ port: z.number(), path: z.string() }) }),
      metrics: z.object({ port: z.number(), path: z.string() }),
      files: z.array(z.object({ guest_path: z.string() })),
    })
    .parse(JSON.parse(stdout));
  expect(fly.kill_timeout).toBeGreaterThan(await stopSeconds());
  expect(fly.http_service.internal_port).toBe(8080);
  expect([fly.checks.admin.port, fly.metrics.port]).toEqual([9090, 9090]);
  const config = await readText("meridian.yaml");
  for (const { guest_path: path } of fly.files) expect(config).toContain(path);
});

test("the launcher of the artefact is what the image starts", async () => {
  const [, entry] = /^ENTRYPOINT \["\/meridian\/(.*)"\]$/m.exec(await readText("docker/Dockerfile")) ?? [];
  expect(entry).toBe("bin/meridian");
});
