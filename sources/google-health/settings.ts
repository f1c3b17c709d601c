import { z } from "zod";
import { UnexpectedReply } from "../errors.ts";
import type { RejectedReading } from "../source.ts";
import type { Reply } from "./client.ts";
import { keepable, pieceOf } from "./json.ts";
import { jsonOf } from "./reply-json.ts";

const Settings = z.object({ timeZone: z.string().optional() });

/** Account settings; a zone that is no IANA name is rejected, never guessed at. */
export function readSettings(
  reply: Reply,
  rejected: RejectedReading[],
): Readonly<{ timeZone: string | null }> {
  const settings = Settings.safeParse(jsonOf(reply));
  if (!settings.success) {
    throw new UnexpectedReply("Google Health's settings have another shape", {
      body: keepable(reply.text),
    });
  }
  const { timeZone = "" } = settings.data;
  if (timeZone === "") return { timeZone: null };
  if (isTimeZone(timeZone)) return { timeZone };
  rejected.push({
    reason: "unparseable_point",
    detail: "time zone of the settings is no IANA name",
    payload: pieceOf({ timeZone }),
  });
  return { timeZone: null };
}

/** Intl also takes bare offsets ("+05:30"), which know no daylight saving. */
function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }) !== null;
  } catch {
    return false;
  }
}
