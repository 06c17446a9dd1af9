import { openPlainFile } from './plain-file.ts'

/** What a thread that decodes a file reads it from. */
export interface StoredBytes {
  readonly size: number
  /** A copy of exactly these bytes. Throws `Shrunk` where they are no longer there. */
  read(start: number, end: number): Promise<Uint8Array<ArrayBuffer>>
}

/** The file has become shorter since it was opened. */
class Shrunk extends Error {}

/** As `InputFile.whereabouts` says it. Throws as `openPlainFile` does. */
export async function openStored(stored: string | Uint8Array): Promise<StoredBytes> {
  if (typeof stored !== 'string')
    return { size: stored.length, read: async (start, end) => new Uint8Array(stored.subarray(start, end)) }
  const { handle, size } = await openPlainFile(stored)
  return {
    size,
    async read(start, end) {
      const bytes = new Uint8Array(end - start)
      for (let filled = 0; filled < bytes.length;) {
        const { bytesRead } = await handle.read(bytes, filled, bytes.length - filled, start + filled)
        if (bytesRead === 0) throw new Shrunk()
        filled += bytesRead
      }
      return bytes
    },
  }
}

/** Whether an error is the machine's and not the file's: the system's own, or memory that it would not give. */
export function isMachine(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  return 'syscall' in error || error instanceof Shrunk || error.message === 'Array buffer allocation failed'
}
