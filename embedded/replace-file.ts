import { renameSync, writeFileSync } from "node:fs";

/** Writes a file in one step: whoever reads it, also after a crash, finds the old text or the new, never half of one. */
export function replaceFile(file: string, text: string, mode = 0o666): void {
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, text, { mode });
  renameSync(draft, file);
}
