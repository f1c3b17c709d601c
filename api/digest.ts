import { Hono } from "hono";
import { requires } from "../auth/visitor.ts";
import { renderDigest } from "../messages/digest.ts";
import { readDigest } from "../messages/read-digest.ts";
import { listDigests } from "../sql/digests.ts";
import type { AppDeps, AppEnv, ContactPages } from "./deps.ts";
import { dayInWords } from "./format.ts";
import { statusChip } from "./message-words.ts";
import type { Pages } from "./page.ts";
import { withPatience } from "./status-reader.ts";

const SHOWN = 14;

type Deps = Pick<AppDeps, "db"> & Readonly<{ contact: ContactPages; publicUrl: string }>;

/** GET /digest: what the daily digest would tell the visitor now, and those kept for them: the outbox of digests. */
export function digestRoutes({ db, contact, publicUrl }: Deps, pages: Pages): Hono<AppEnv> {
  const routes = new Hono<AppEnv>();
  routes.get("/digest", requires("digest.read"), async (c) => {
    const visitor = c.get("visitor");
    const staffId = visitor?.staffId ?? null;
    const [waitsFor, kept] = await withPatience(
      Promise.all([
        readDigest(db, publicUrl),
        staffId === null ? [] : listDigests(db, staffId, SHOWN),
      ]),
    );
    const studies = waitsFor(visitor?.site ?? null);
    return pages.send(c, {
      view: "digest",
      fragment: "digest",
      title: "Daily digest",
      studies: [],
      fault: null,
      data: {
        outbox: contact.mailer === "outbox",
        subject: renderDigest(studies, publicUrl).subject,
        waits: studies,
        login: staffId === null ? "" : (visitor?.name ?? ""),
        kept: kept.map(({ day, status, mailer, ...digest }) => ({
          ...digest,
          day: dayInWords(day, "long"),
          chip: statusChip(digestStatus(status, mailer)),
        })),
      },
    });
  });
  return routes;
}

/** A digest that is still claimed was left so by a sender that died. */
function digestStatus(status: string, mailer: string | null): Parameters<typeof statusChip>[0] {
  const known = {
    queued: "queued",
    sending: "unknown",
    accepted: "accepted",
    failed: "failed",
  } as const;
  const word = status in known ? known[status as keyof typeof known] : "unknown";
  return { status: word, mailer };
}
