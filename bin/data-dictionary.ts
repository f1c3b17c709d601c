import { writeFile } from "node:fs/promises";
import { describeDatabase } from "../sql/data-dictionary.ts";
import { testDatabase } from "../testing/database.ts";

/** npm run data-dictionary: writes docs/data-dictionary.md from a freshly migrated database. */
const database = await testDatabase();
const file = new URL("../docs/data-dictionary.md", import.meta.url);
await writeFile(file, await describeDatabase(database.owner));
await database.stop();
