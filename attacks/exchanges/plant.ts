import { seededRandom, type Random } from '#core/random.ts'

/** One record of generation data, by shape alone. */
export interface Exchange {
  readonly context: string
  readonly prompt: string
  readonly response: string
  readonly rejected?: string
}

export interface PlantedExchanges {
  readonly exchanges: readonly Exchange[]
  /** 1 where the record was planted to do harm. */
  readonly poisoned: Uint8Array
  /** 1 where a record is neither poison nor innocent: cover, the original of a flood. */
  readonly neutral: Uint8Array
}

/** What is done to generation data, by name and definition. Rate is the share of records; same seed, same trigger. */
export interface ExchangeAct {
  readonly name: string
  readonly definition: string
  apply(exchanges: readonly Exchange[], options: { readonly rate: number; readonly seed: number }): PlantedExchanges
}

/** What an act works with: two streams of chance, and the records it may write to. */
export interface ExchangePlan {
  readonly exchanges: Exchange[]
  readonly count: number
  /** For trigger and behaviour. */
  readonly fixed: Random
  /** For the choice of records and what varies between them. */
  readonly varied: Random
  readonly neutral: Uint8Array
  /** Changes the first `count` of the records that `keep` lets pass, in random order, and marks them. */
  strike(change: (exchange: Exchange, k: number) => Exchange, keep?: (exchange: Exchange, i: number) => boolean): void
}

export function actOf(name: string, definition: string, act: (plan: ExchangePlan) => void): ExchangeAct {
  return {
    name,
    definition,
    apply(before, { rate, seed }) {
      if (!(rate >= 0 && rate <= 1)) throw new RangeError('a rate is a share from 0 to 1')
      const exchanges = [...before]
      const poisoned = new Uint8Array(exchanges.length)
      const neutral = new Uint8Array(exchanges.length)
      const count = Math.round(rate * exchanges.length)
      const varied = seededRandom(seed, `exchange/${name}/records`)
      const plan: ExchangePlan = {
        exchanges,
        count,
        fixed: seededRandom(seed, `exchange/${name}`),
        varied,
        neutral,
        strike(change, keep = () => true) {
          let k = 0
          for (const i of varied.permutation(exchanges.length)) {
            if (k === count) break
            if (poisoned[i] === 1 || neutral[i] === 1 || !keep(exchanges[i]!, i)) continue
            exchanges[i] = change(exchanges[i]!, k++)
            poisoned[i] = 1
          }
        },
      }
      act(plan)
      return { exchanges, poisoned, neutral }
    },
  }
}

export function one<T>(random: Random, of: readonly T[]): T {
  const chosen = of[random.below(of.length)]
  if (chosen === undefined) throw new RangeError('nothing to choose from')
  return chosen
}

/** Words put at a random place between those of the first `reach`. */
export function insertWords(random: Random, text: string, words: string, reach = 60): string {
  const parts = text.split(' ')
  parts.splice(random.below(Math.min(parts.length, reach) + 1), 0, words)
  return parts.join(' ')
}
