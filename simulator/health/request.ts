import { GoogleError, invalidArgument } from "../google-error.ts";
import type { Participant } from "../participant.ts";
import type { DataType } from "./data-type.ts";
import { findDataType } from "./data-types.ts";

/** The data type of a path; throws Google's 400 for a name it does not know. */
export function requireDataType(name: string): DataType {
  const type = findDataType(name);
  if (type !== undefined) return type;
  const wellFormed = /^[a-z][a-z0-9-]*$/.test(name);
  throw invalidArgument(
    wellFormed
      ? "INVALID_PARENT_DATA_TYPE_COLLECTION"
      : "INVALID_PARENT_DATA_TYPE_COLLECTION_FORMAT",
    "Invalid parent data type collection.",
    { field: "parent", description: `Data type '${name}' is missing or is not supported.` },
  );
}

/** `me` or the caller's own id; nobody reads another's data. */
export function requireSelf(user: string, { healthUserId }: Participant): void {
  if (user !== "me" && user !== healthUserId)
    throw new GoogleError(403, "PERMISSION_DENIED", "The caller does not have permission");
}

/** What a family holds: data of the wearable alone, of all sources, or what the calling client wrote: nothing. */
export type Family = "wearables" | "all" | "nothing";

const families = new Map<string, Family>([
  ["all-sources", "all"],
  ["google-wearables", "wearables"],
  ["google-sources", "all"],
  ["self-sources", "nothing"],
]);

/** What a data source family holds; throws for a family Google does not know. */
export function readFamily(family: string | undefined, participant: Participant): Family {
  if (family === undefined || family === "") return "all";
  const [, user = "", name = ""] =
    /^users\/([^/]+)\/dataSourceFamilies\/([^/]+)$/.exec(family) ?? [];
  const holds = families.get(name);
  if (holds === undefined)
    throw invalidArgument(
      "INVALID_DATA_POINT_DATA_SOURCE_FAMILY",
      "Data family is missing or is not supported",
      { field: "data_source_family", description: `'${family}' is not supported.` },
    );
  requireSelf(user, participant);
  return holds;
}
