import type { DigestCount, DigestText } from "../sql/digests.ts";
import type { StaffSite } from "../sql/staff.ts";
import { escapedHtml } from "./digest-html.ts";

/** What each count is called, most urgent first, and the page that shows whom it counts. */
const ITEMS: readonly Readonly<{ what: string; one: string; many: string; path: string }>[] = [
  {
    what: "fault",
    one: "fault of ours or the provider’s is open: nobody need be written to about missing data",
    many: "faults are open",
    path: "/",
  },
  {
    what: "hold",
    one: "study holds all its messages",
    many: "studies hold all their messages",
    path: "/rules",
  },
  {
    what: "data_at_risk",
    one: "participant’s data is at risk",
    many: "participants’ data is at risk",
    path: "/participants?state=data_at_risk",
  },
  {
    what: "consent_needed",
    one: "participant has to consent again",
    many: "participants have to consent again",
    path: "/participants?state=consent_needed",
  },
  {
    what: "taken_back",
    one: "participant has taken the permission back: talk to them",
    many: "participants have taken the permission back: talk to them",
    path: "/participants?state=consent_needed",
  },
  {
    what: "inactive",
    one: "participant has not synced for too long",
    many: "participants have not synced for too long",
    path: "/participants?state=inactive",
  },
  { what: "battery_low", one: "battery is low", many: "batteries are low", path: "/?sort=battery" },
  {
    what: "low_wear",
    one: "participant wears it too little",
    many: "participants wear it too little",
    path: "/participants?state=low_wear&sort=worn",
  },
  {
    what: "few_nights",
    one: "participant has few nights recorded",
    many: "participants have few nights recorded",
    path: "/participants?state=few_nights",
  },
  {
    what: "call",
    one: "call is due, because messages had no effect",
    many: "calls are due, because messages had no effect",
    path: "/rules",
  },
  {
    what: "message_unknown",
    one: "message may or may not have been sent",
    many: "messages may or may not have been sent",
    path: "/messages",
  },
  {
    what: "message_bounced",
    one: "message came back in the last 24 hours",
    many: "messages came back in the last 24 hours",
    path: "/messages",
  },
  {
    what: "message_failed",
    one: "message was refused in the last 24 hours",
    many: "messages were refused in the last 24 hours",
    path: "/messages",
  },
];

export type DigestLine = Readonly<{ words: string; url: string }>;
export type DigestStudy = Readonly<{ name: string; lines: readonly DigestLine[] }>;

type About = Readonly<{
  /** Names of the studies by slug. */
  studies: ReadonlyMap<string, string>;
  counts: readonly DigestCount[];
  publicUrl: string;
}>;

/** The counts somebody may know, study by study; who is bound to a site gets that site's and what concerns the whole study. */
export function digestFor(
  { studies, counts, publicUrl }: About,
  site: StaffSite | null,
): readonly DigestStudy[] {
  const mine = counts.filter(
    (each) =>
      site === null ||
      (each.study === site.study &&
        (each.site === site.name || ["fault", "hold"].includes(each.what))),
  );
  return [...studies].flatMap(([slug, name]) => {
    const lines = ITEMS.flatMap(({ what, one, many, path }): DigestLine[] => {
      const total = mine
        .filter((each) => each.study === slug && each.what === what)
        .reduce((sum, { count }) => sum + count, 0);
      if (total === 0) return [];
      return [{ words: `${total} ${total === 1 ? one : many}`, url: publicUrl + path }];
    });
    return lines.length === 0 ? [] : [{ name, lines }];
  });
}

/** The digest as a mail: counts and links, as text and as HTML of the same words. */
export function renderDigest(studies: readonly DigestStudy[], publicUrl: string): DigestText {
  const count = studies.reduce((sum, { lines }) => sum + lines.length, 0);
  const subject =
    count === 0
      ? "Wearflow: nothing waits for you today"
      : `Wearflow: ${count} ${count === 1 ? "thing waits" : "things wait"} for you today`;
  const body = studies.map(({ name, lines }) =>
    [name, ...lines.map(({ words, url }) => `- ${words}\n  ${url}`)].join("\n"),
  );
  const end = `You get this once a day as a member of the study team. Counts and links only. To end it, ask whoever runs Wearflow, or see ${publicUrl}/digest`;
  const nothing = count === 0 ? ["Nothing waits for you today."] : [];
  const text = `${[...nothing, ...body, end].join("\n\n")}\n`;
  return { subject, text, html: escapedHtml({ subject, studies, end, isEmpty: count === 0 }) };
}
