import { createReadStream } from "node:fs";
import { createGunzip } from "node:zlib";

/** Lines that follow each other; `first` is the number of the first one, counted from 1. */
export type Lines = Readonly<{ first: number; texts: readonly string[] }>;

/** Longest line that is read, far beyond any kind's; of a longer one the rest is dropped, so that it fits nothing. */
const MOST_CHARACTERS = 65_536;

/**
 * Streams a text file, gzipped or not, some thousand lines at a time. A file that breaks off (a cut download)
 * yields what came before and then tells `onBreak`, with the number of the line at which it broke off.
 */
export async function* readLines(
  path: string,
  onBreak: (line: number) => void,
): AsyncGenerator<Lines, void, void> {
  const decoder = new TextDecoder();
  let first = 1;
  let rest = "";
  try {
    for await (const chunk of openBytes(path)) {
      const texts = (rest + decoder.decode(chunk, { stream: true })).split("\n");
      rest = (texts.pop() ?? "").slice(0, MOST_CHARACTERS);
      if (texts.length === 0) continue;
      yield { first, texts: texts.map(withoutReturn) };
      first += texts.length;
    }
  } catch (error) {
    if (!isBreak(error)) throw error;
    // What stands before the break may be half a line: a number cut short would still look like one.
    onBreak(first);
    return;
  }
  if (rest !== "") yield { first, texts: [withoutReturn(rest)] };
}

function openBytes(path: string): AsyncIterable<Buffer> {
  const file = createReadStream(path, { highWaterMark: 1 << 18 });
  if (!path.toLowerCase().endsWith(".gz")) return file;
  const unpacked = createGunzip({ chunkSize: 1 << 18 });
  file.on("error", (error) => unpacked.destroy(error));
  // A reader that stops early (the header is enough) must not leave the file open.
  unpacked.on("close", () => file.destroy());
  return file.pipe(unpacked);
}

const withoutReturn = (line: string) => (line.endsWith("\r") ? line.slice(0, -1) : line);

/** zlib's own words for data that is damaged or ends too early; anything else (no such file) is a fault. */
function isBreak(error: unknown): boolean {
  return (
    error instanceof Error &&
    "code" in error &&
    typeof error.code === "string" &&
    error.code.startsWith("Z_")
  );
}
