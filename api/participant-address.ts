import { z } from "zod";
import { SHORT_ID } from "../set-up/judge-participants.ts";

/** A short id as it can stand in an address. */
export const ShortId = z.string().regex(SHORT_ID);

/** A local day as it can stand in an address; the database knows no year 0. */
export const LocalDay = z.iso.date().refine((day) => day > "1900");
