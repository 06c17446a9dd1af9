import { openPlainFile } from './plain-file.ts'

/** What a decoding thread reads a file from. */
export interface StoredBytes {
  readonly size: number
  /** A copy of exactly these bytes. Throws `Shrunk` if the file no longer has them. */
  read(start: number, end: number): Promise<Uint8Array<ArrayBuffer>>
}

/** The file has become shorter since it was opened. */
class Shrunk extends Error {}

/** Opens what `InputFile.whereabouts` returned. Throws as `openPlainFile` does. */
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

/** Whether an error comes from the machine and not the file: a system error, or memory that could not be allocated. */
export function isMachine(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  return 'syscall' in error || error instanceof Shrunk || error.message === 'Array buffer allocation failed'
}
