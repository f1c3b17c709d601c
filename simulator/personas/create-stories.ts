import { createJourney } from "../journey.ts";
import type { LifeEvent } from "../life-event.ts";
import type { Participant } from "../participant.ts";
import { mix, mixText } from "../random.ts";
import { dayNumber, HOUR } from "../time.ts";
import type { Zone } from "../zone.ts";
import { zoneOf } from "../zone.ts";
import { createPersona, shortId } from "./create-personas.ts";
import { retire, withNextWatch } from "./device-swap.ts";
import { withFlatRun } from "./flat-run.ts";
import type { Moment, Story } from "./stories.ts";
import { stories } from "./stories.ts";

/** Between taking one watch off and putting the next one on. */
const CHANGING = HOUR / 2;

/** The people of these stories, in the order of stories.ts; of a seed and an epoch always the same. */
export function createStories(
  seed: number,
  epoch: string,
  names: readonly string[],
  taken: Set<string>,
): readonly Participant[] {
  const known = new Set(["all", ...stories.map(({ persona }) => persona.name)]);
  const unknown = names.find((name) => !known.has(name));
  if (unknown !== undefined)
    throw new Error(`There is no story "${unknown}"; there are: ${[...known].join(", ")}.`);
  return stories.flatMap((story, i) => {
    if (!names.includes("all") && !names.includes(story.persona.name)) return [];
    const key = mix(mixText(seed, "story"), i);
    return [tell(story, { key, epoch, id: shortId(key, taken) })];
  });
}

type Making = Readonly<{ key: number; epoch: string; id: string }>;

function tell(story: Story, making: Making): Participant {
  const home = zoneOf(story.persona.zone);
  const at = (moment: Moment): number =>
    home.instantOf(dayNumber(making.epoch) + moment.day, moment.hour * 60);
  const legs = (story.journey ?? []).map((leg) => ({ at: at(leg.at), zone: leg.zone }));
  const zone = legs.length === 0 ? home : createJourney(home, legs);
  const person = withWatches(story, making, zone, at);
  const { flat, grants, takesBack } = story;
  const events: LifeEvent[] = legs.map((leg) => ({
    at: leg.at,
    kind: "travelled",
    timeZone: leg.zone,
  }));
  if (takesBack !== undefined) events.push({ at: at(takesBack), kind: "consent_taken_back" });
  const told = {
    ...withEvents(person, events),
    ...(grants !== undefined && { grantedScopes: grants }),
    ...(takesBack !== undefined && { takesConsentBackAt: at(takesBack) }),
  };
  if (flat === undefined) return told;
  const from = at(flat.at);
  return withFlatRun(told, { from, to: from + flat.hours * HOUR, bpm: flat.bpm });
}

/** The person with their watch, or with two of them. */
function withWatches(
  { persona, swap }: Story,
  making: Making,
  zone: Zone,
  at: (moment: Moment) => number,
): Participant {
  if (swap === undefined) return createPersona(persona, { ...making, zone });
  const changedAt = at(swap.at);
  const retirement = {
    at: changedAt,
    lastRegularSync: changedAt - swap.unsyncedHours * HOUR,
    lateSync: changedAt + swap.lastSyncAfterHours * HOUR,
  };
  const old = createPersona(persona, {
    ...making,
    zone,
    changeLife: (life) => retire(life, retirement),
  });
  const startsAt = changedAt + CHANGING;
  const watchKey = mix(making.key, 10);
  const next = createPersona(
    { ...persona, device: "Pixel Watch 4" },
    { ...making, zone, startsAt, watchKey },
  );
  return withNextWatch(old, next, startsAt);
}

function withEvents(person: Participant, own: readonly LifeEvent[]): Participant {
  if (own.length === 0) return person;
  return {
    ...person,
    events: (range) =>
      [...person.events(range), ...own.filter(({ at }) => at >= range.from && at < range.to)].sort(
        (a, b) => a.at - b.at,
      ),
  };
}
