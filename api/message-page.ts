import type { Context } from "hono";
import { can } from "../auth/can.ts";
import { readPermission } from "../sql/message-sending.ts";
import type { Message } from "../sql/messages.ts";
import { findMessage } from "../sql/messages.ts";
import { findParticipant } from "../sql/participants.ts";
import { listStudies } from "../sql/studies.ts";
import { contactWorkflowId } from "../worker/start-contact.ts";
import type { AppDeps, AppEnv, ContactPages } from "./deps.ts";
import { relativeTime } from "./format.ts";
import {
  effectWords,
  permissionWords,
  reasonsInWords,
  statusChip,
  templateTitle,
} from "./message-words.ts";
import type { Pages } from "./page.ts";
import { withPatience } from "./status-reader.ts";
import { workflowsUrl } from "./temporal-links.ts";
import { languageTitle } from "./write-message.ts";

type Deps = Pick<AppDeps, "db" | "clock" | "temporalUiUrl" | "temporalNamespace"> &
  Readonly<{ contact: ContactPages }>;

/** The page of one message: preview, when it goes and why it may, and what became of it. */
export function createMessagePage(deps: Deps, pages: Pages) {
  return async (c: Context<AppEnv>, before: Message, refused: string): Promise<Response> => {
    const { db, clock, contact } = deps;
    // As it is now: what was just done to it, or by somebody else meanwhile.
    const message = (await withPatience(findMessage(db, before.id))) ?? before;
    const { id, participant, status } = message;
    const visitor = c.get("visitor");
    return pages.send(c, {
      view: "message",
      fragment: "message",
      title: `Message to ${participant}`,
      studies: [],
      fault: null,
      data: {
        id,
        participant,
        refused,
        status,
        title: templateTitle(message.template),
        chip: statusChip(message),
        reason: reasonsInWords(message.statusReason),
        language: languageTitle(message.language),
        version: message.version,
        approval: message.approval === "" ? "no approval reference yet" : message.approval,
        by: message.madeBy,
        at: message.madeAt.toISOString(),
        words: relativeTime(message.madeAt, clock()),
        effect: effectWords(message),
        outbox: contact.mailer === "outbox",
        undoUntil: undoWords(message, clock()),
        maySend: visitor !== null && can(visitor, "message.send", message),
        mayRead: visitor !== null && can(visitor, "contact.read", message),
        run: runUrl(deps, message),
        ...(await permissionOf(deps, message)),
      },
    });
  };
}

/** Asked of a draft only: what was sent is asked again by the worker. */
async function permissionOf({ db }: Deps, message: Message) {
  const { id: self, participantId, template, study: slug, status, participant } = message;
  const nothing = { may: false, when: "", reasons: [] as readonly string[] };
  if (status !== "draft" && status !== "queued") return nothing;
  const study = (await withPatience(listStudies(db))).find((each) => each.slug === slug);
  const person = await withPatience(findParticipant(db, participant));
  if (study === undefined || person === null) return nothing;
  const wish = { participantId, template, self };
  const permission = await withPatience(readPermission(db, wish, study.settings));
  const words = permissionWords(permission, person.timeZone);
  return status === "queued" && permission.quietUntil === null ? { ...words, when: "then" } : words;
}

function undoWords({ status, undoUntil }: Message, now: Date): string {
  if (status !== "queued" || undoUntil === null) return "";
  return undoUntil > now ? `until ${undoUntil.toISOString().slice(11, 19)} UTC` : "until it leaves";
}

/** Where ops see the message's run; only messages that were sent have one. */
function runUrl({ temporalUiUrl, temporalNamespace }: Deps, message: Message): string {
  if (message.status === "draft" || !temporalUiUrl?.startsWith("http")) return "";
  const id = encodeURIComponent(contactWorkflowId(message));
  return `${workflowsUrl({ uiUrl: temporalUiUrl, namespace: temporalNamespace })}/${id}`;
}
