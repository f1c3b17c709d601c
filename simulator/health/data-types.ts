import { activityTypes } from "./activity-types.ts";
import { bodyTypes } from "./body-types.ts";
import type { DataType } from "./data-type.ts";
import { sessionTypes } from "./session-types.ts";

const dataTypes: readonly DataType[] = [...activityTypes, ...bodyTypes, ...sessionTypes];

export function findDataType(name: string): DataType | undefined {
  return dataTypes.find((type) => type.name === name);
}
