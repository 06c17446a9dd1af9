import { createHash } from 'node:crypto'

/** How many parts of one object are on their way at once: with 8 MiB parts, 32 MiB. */
export const PARALLEL = 4

/** Runs `work` for each item, at most `limit` at a time; throws the first failure after every one under way has ended. */
export async function inParallel<T>(
  items: readonly T[],
  limit: number,
  work: (item: T, index: number) => Promise<void>,
): Promise<void> {
  const failures: unknown[] = []
  let next = 0
  const worker = async (): Promise<void> => {
    while (next < items.length && failures.length === 0) {
      const index = next++
      try {
        await work(items[index] as T, index)
      } catch (error) {
        failures.push(error)
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker))
  if (failures.length > 0) throw failures[0]
}

/** The checksum that the Blob service verifies and keeps: against damage, not against people. */
export function md5(bytes: Uint8Array): Buffer {
  return createHash('md5').update(bytes).digest()
}
