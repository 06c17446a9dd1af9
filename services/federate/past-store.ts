import type { SketchPast } from './validate/sketches.ts'

/** The port to what rounds have taught of a federation's clients. An adapter neither retries nor logs. */
export interface PastStore {
  /** By name, the round in which a client was proved to have lied, about its sketch or about shares: it is asked no more. */
  barred(): Promise<ReadonlyMap<string, number>>
  likeness(): Promise<SketchPast>
  /** Keeps who lied in a round, and the likenesses that it changed. */
  learn(round: number, learned: { readonly liars: readonly string[]; readonly likeness: SketchPast }): Promise<void>
}

/** Ends with its process: for simulations. */
export function pastsInMemory(): PastStore {
  const barred = new Map<string, number>()
  const known = new Map<string, { readonly sum: number; readonly rounds: number }>()
  return {
    barred: async () => barred,
    likeness: async () => new Map(known),
    async learn(round, { liars, likeness }) {
      for (const name of liars) barred.set(name, round)
      for (const [about, sums] of likeness) known.set(about, sums)
    },
  }
}
