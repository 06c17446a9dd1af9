const AT_ONCE = 4

/** Results of `work` for 0 … count−1, in order, four at once. After a failure nothing new starts, and it waits for what runs. */
export async function inParallel<T>(count: number, work: (index: number) => Promise<T>): Promise<T[]> {
  const results: T[] = []
  let next = 0
  let failed = false
  const worker = async (): Promise<void> => {
    while (next < count && !failed) {
      const index = next++
      try {
        results[index] = await work(index)
      } catch (error) {
        failed = true
        throw error
      }
    }
  }
  const ends = await Promise.allSettled(Array.from({ length: Math.min(AT_ONCE, count) }, worker))
  for (const end of ends) if (end.status === 'rejected') throw end.reason
  return results
}
