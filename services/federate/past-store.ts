import type { Mean, Past } from './validate/past.ts'

/** The port to what rounds have taught about a federation's clients. An adapter neither retries nor logs. */
export interface PastStore {
  /** By name, the round that proved that a client lied about its sketch or about shares. Such a client is not asked any more. */
  barred(): Promise<ReadonlyMap<string, number>>
  means(): Promise<Past>
  /** Stores the clients that lied in a round and the means that the round changed. */
  learn(round: number, learned: { readonly liars: readonly string[]; readonly means: Past }): Promise<void>
}

/** A store in memory, for simulations. */
export function pastsInMemory(): PastStore {
  const barred = new Map<string, number>()
  const known = new Map<string, Mean>()
  return {
    barred: async () => barred,
    means: async () => new Map(known),
    async learn(round, { liars, means }) {
      for (const name of liars) barred.set(name, round)
      for (const [about, mean] of means) known.set(about, mean)
    },
  }
}
