import type { InputFile } from '#services/ingest/formats/format.ts'

/** Bytes as a file in a folder of its own; with a sibling, they are its labels too. */
export function memoryFile(name: string, bytes: Uint8Array, sibling?: Uint8Array): InputFile {
  async function* stream(start = 0, end = bytes.length) {
    for (let at = start; at < end; at += 4096) yield bytes.subarray(at, Math.min(end, at + 4096))
  }
  return {
    name,
    head: async () => bytes.subarray(0, 64 * 1024),
    stream,
    random: async () => ({
      size: bytes.length,
      read: async (start, end) => bytes.subarray(start, Math.max(start, end)),
      stream,
      close: async () => {},
    }),
    whereabouts: async () => {
      throw new Error('in memory')
    },
    sibling: async (names) => (sibling === undefined ? null : memoryFile(names[0] ?? '', sibling)),
  }
}
