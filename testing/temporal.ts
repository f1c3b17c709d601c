import { fileURLToPath } from "node:url";
import { readConfig } from "../config.ts";
import type { Temporal } from "../embedded/temporal.ts";
import { startTemporal } from "../embedded/temporal.ts";
import { findTemporal } from "../embedded/temporal-binary.ts";
import { SEARCH_ATTRIBUTES } from "../worker/search-attributes.ts";

/** A Temporal dev server of a test file's own, with the product's namespace and search attributes. */
export async function testTemporal(dataFile: string): Promise<Temporal> {
  const { TEMPORAL_CLI_PATH, PATH } = readConfig();
  const { command } = await findTemporal({
    cliPath: TEMPORAL_CLI_PATH,
    path: PATH,
    projectFolder: fileURLToPath(new URL("../.wearflow/temporal", import.meta.url)),
  });
  return startTemporal({
    command,
    dataFile,
    namespace: "wearflow",
    searchAttributes: SEARCH_ATTRIBUTES,
  });
}
