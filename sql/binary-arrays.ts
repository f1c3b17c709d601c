/**
 * Arrays as PostgreSQL receives them in binary (array_recv of its source: dimensions, a flag for nulls, the element's
 * type, then length and bound of each dimension, then each element behind its length). pg sends a Buffer as a binary
 * parameter; a page's columns written so are stored a third faster than as text, which has to be made and read again.
 */

const TIMESTAMPTZ = 1184;
const INT4 = 23;
const HEADER_BYTES = 20;
const LENGTH_BYTES = 4;
const TWO_TO_32 = 2 ** 32;
/** Binary instants are microseconds since this. */
const POSTGRES_EPOCH_MS = Date.UTC(2000, 0, 1);

/** Instants (epoch milliseconds) as a `timestamptz[]` parameter. */
export function instantArray(times: readonly number[]): Buffer {
  return arrayOf(TIMESTAMPTZ, 8, times, (buffer, ms, at) => {
    const microseconds = (ms - POSTGRES_EPOCH_MS) * 1000;
    const high = Math.floor(microseconds / TWO_TO_32);
    buffer.writeInt32BE(high, at);
    buffer.writeUInt32BE(microseconds - high * TWO_TO_32, at + 4);
  });
}

/** Integers from −2³¹ to 2³¹ − 1 as an `int[]` parameter; throws a RangeError on any other number. */
export function intArray(values: readonly number[]): Buffer {
  return arrayOf(INT4, 4, values, (buffer, value, at) => {
    if (!Number.isInteger(value)) throw new RangeError("A value to be stored is not an integer");
    buffer.writeInt32BE(value, at);
  });
}

function arrayOf(
  type: number,
  size: number,
  values: readonly number[],
  write: (buffer: Buffer, value: number, at: number) => void,
): Buffer {
  const stride = LENGTH_BYTES + size;
  const buffer = Buffer.alloc(HEADER_BYTES + values.length * stride);
  buffer.writeInt32BE(1, 0);
  buffer.writeInt32BE(type, 8);
  buffer.writeInt32BE(values.length, 12);
  buffer.writeInt32BE(1, 16);
  let at = HEADER_BYTES;
  for (const value of values) {
    buffer.writeInt32BE(size, at);
    write(buffer, value, at + LENGTH_BYTES);
    at += stride;
  }
  return buffer;
}
