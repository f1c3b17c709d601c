import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { kindOf } from "./kinds.ts";
import type { Lines } from "./read-lines.ts";
import { readLines } from "./read-lines.ts";

/** One file of an export, as it lies there. `kind` is null where its header is none of those that are read. */
export type ArchiveFile = Readonly<{
  name: string;
  kind: string | null;
  bytes: number;
  /** Hex SHA-256 of the file as it lies there, packed or not. */
  sha256: string;
}>;

/** The CSV files of a folder, gzipped or not, by name. Throws Node's own error where the folder cannot be read. */
export async function listArchive(folder: string): Promise<ArchiveFile[]> {
  const names = (await readdir(folder)).filter((name) => /\.csv(\.gz)?$/i.test(name)).sort();
  const files: ArchiveFile[] = [];
  for (const name of names) {
    const path = join(folder, name);
    const found = await stat(path);
    if (!found.isFile()) continue;
    const kind = kindOf(await readHeader(path))?.name ?? null;
    files.push({ name, kind, bytes: found.size, sha256: await hashFile(path) });
  }
  return files;
}

/** One name for the whole content of an export. */
export function hashArchive(files: readonly ArchiveFile[]): string {
  const hash = createHash("sha256");
  for (const { name, sha256 } of files) hash.update(`${name}\n${sha256}\n`);
  return hash.digest("hex");
}

/** Hex SHA-256 of a file. */
export async function hashFile(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path)) hash.update(chunk);
  return hash.digest("hex");
}

async function readHeader(path: string): Promise<string> {
  const lines = readLines(path, () => undefined);
  const { value } = await lines.next();
  await lines.return();
  const { texts } = value ?? ({ first: 1, texts: [] } satisfies Lines);
  return texts[0] ?? "";
}
