import assert from "node:assert/strict";
import type { KeyObject } from "node:crypto";
import { generateKeyPairSync } from "node:crypto";
import { consentPagesOf } from "../testing/consent-world.ts";
import type { ContactWorld } from "../testing/contact-world.ts";
import { contactWorld } from "../testing/contact-world.ts";
import { createApp } from "./app.ts";
import { ours } from "./set-up-for-tests.ts";

/** Whose device has not synced for 51 hours. */
export const WHO = "S2-0403";

/** What the form with this action holds on a page, hidden fields too. */
export function fieldsOf(page: string, action: string): Record<string, string> {
  const form = page.split(`action="${action}"`)[1]?.split("</form>")[0];
  assert.ok(form, `no form ${action}`);
  const fields: Record<string, string> = {};
  for (const [tag, name = ""] of form.matchAll(/<input[^>]*name="([^"]+)"[^>]*>/g))
    fields[name] = /value="([^"]*)"/.exec(tag)?.[1] ?? "";
  for (const [, name = "", options] of form.matchAll(
    /<select[^>]*name="([^"]+)"[^>]*>([\s\S]*?)<\/select>/g,
  ))
    fields[name] = /value="([^"]*)" selected/.exec(options ?? "")?.[1] ?? "";
  return fields;
}

/** The pages of contact data and messages on a database of their own, without Temporal; and what they said of themselves. */
export async function startContactPages({ demo = true }: Readonly<{ demo?: boolean }> = {}) {
  const world: ContactWorld = await contactWorld();
  const started: string[] = [];
  const lines: unknown[] = [];
  const temporal = { isThere: true };
  const log = (...said: unknown[]) => void lines.push(said);
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  const app = appOf(world, { started, temporal, publicKey, log, demo });
  const post = (path: string, values: Record<string, string> = {}) =>
    app.request(path, { method: "POST", headers: ours, body: new URLSearchParams(values) });
  const get = (path: string) => app.request(path, { headers: { Accept: "text/html" } });
  return {
    world,
    app,
    started,
    temporal,
    lines,
    /** With which the mail provider signs its reports. */
    privateKey,
    get,
    post,
    /** Changes a form as a person does: opens its page and posts what it holds, with these fields changed. */
    async change(path: string, values: Record<string, string>, page = path): Promise<Response> {
      return post(path, { ...fieldsOf(await (await get(page)).text(), path), ...values });
    },
    /** Writes a draft to WHO and returns the address of its page. */
    async draft(paragraph = "", template = "inactive"): Promise<string> {
      const reply = await post(`/participants/${WHO}/write`, { template, paragraph });
      assert.equal(reply.status, 303, await reply.clone().text());
      return String(reply.headers.get("Location"));
    },
    /** How often this was audited. */
    async audited(action: string): Promise<number> {
      const { rows } = await world.deps.db.query(
        "select from audit.entry where action = $1::text",
        [action],
      );
      return rows.length;
    },
  };
}

export const idOf = (path: string) => path.split("/").at(-1) ?? "";

type Parts = Readonly<{
  started: string[];
  temporal: { isThere: boolean };
  publicKey: KeyObject;
  log: (...said: unknown[]) => void;
  demo: boolean;
}>;

function appOf({ deps }: ContactWorld, { started, temporal, publicKey, log, demo }: Parts) {
  return createApp({
    db: deps.db,
    clock: () => new Date(),
    temporalUiUrl: null,
    temporalNamespace: "wearflow",
    embedded: true,
    demo,
    publicUrl: "http://127.0.0.1:8001",
    consent: consentPagesOf(deps.db, () => new Date()),
    contact: {
      cipher: deps.cipher,
      async start({ id }) {
        if (!temporal.isThere) throw new Error("no Temporal");
        started.push(id);
      },
      takenBack: async () => undefined,
      async startCampaign({ study, campaign }) {
        if (!temporal.isThere) throw new Error("no Temporal");
        started.push(`${study} ${campaign}`);
      },
      campaignStopped: async () => undefined,
      mailer: "outbox",
      eventKey: publicKey.export({ format: "der", type: "spki" }).toString("base64"),
    },
    log: { info: log, warn: log, error: log },
  });
}
