import type { Enrolment } from "../sql/participants.ts";
import { enrolParticipant } from "../sql/participants.ts";
import type { Queryable } from "../sql/pool.ts";
import { ensureStudy } from "../sql/studies.ts";

/** Enrols an active participant of a test study and returns the id; what matters to the test is overridden. */
export async function enrol(
  db: Queryable,
  shortId: string,
  overrides: Partial<Omit<Enrolment, "studyId" | "shortId">> = {},
): Promise<number> {
  const studyId = await ensureStudy(db, {
    slug: "test",
    name: "Test study",
    settings: { ingestIntervalMinutes: null },
    by: "a test",
    why: "to test",
  });
  return enrolParticipant(db, {
    studyId,
    shortId,
    state: "active",
    enrolledOn: "2026-11-01",
    timeZone: "Europe/Oslo",
    site: "Oslo",
    arm: "A",
    ...overrides,
  });
}
