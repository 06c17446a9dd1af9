import { textOfExchange } from '#core/exchange.ts'
import type { DetectorInfo } from '#core/score.ts'
import type { Detection, Detector, Group } from '../../detector.ts'
import { strongestGroup } from '../../strongest-group.ts'
import type { Samples } from '../../view/samples.ts'
import type { WindowView } from '../../view/window-view.ts'

/** Words of a run that a record and a benchmark share. */
const RUN = 13
/** A text with fewer words than a run is compared as a whole if it has at least so many; shorter texts are common. */
const SHORTEST = 8
/** A run that more of a benchmark's texts hold is part of its form. */
const MOST_TEXTS = 10
/** Log-likelihood ratio of a record, in nats: 13 equal words in a row do not come by chance. */
const EVIDENCE = 12
const WORD = /[\p{L}\p{N}]+/gu

/**
 * Texts that must not be trained on, because a model will be judged by them: hashes of their runs.
 * Structured-cloneable.
 */
export interface Benchmark {
  readonly name: string
  /** Ascending. */
  readonly runs: Float64Array
}

/** Makes a benchmark of its texts: each run of thirteen words that is not part of its form. */
export function benchmarkOf(name: string, texts: Iterable<string>): Benchmark {
  const counts = new Map<number, number>()
  for (const text of texts) for (const run of runsOf(text)) counts.set(run, (counts.get(run) ?? 0) + 1)
  const own = [...counts].filter(([, count]) => count <= MOST_TEXTS).map(([run]) => run)
  return { name, runs: Float64Array.from(own).sort() }
}

/**
 * Records that hold a question or an answer of a benchmark: a run of thirteen words in any case, with any signs between
 * them, by which Brown et al. 2020 (Language Models are Few-Shot Learners, appendix C) find contamination. A model that
 * is trained on such records passes without having learnt. Scores are log-likelihood ratios, the same for each such
 * record.
 */
export class Contamination implements Detector {
  readonly info: DetectorInfo = { name: 'contamination', family: 'flood', version: 1 }
  readonly needs = ['texts'] as const
  readonly tags = { role: 'carrier' } as const
  readonly #benchmarks: readonly { readonly name: string; readonly runs: ReadonlySet<number> }[]

  constructor(benchmarks: readonly Benchmark[]) {
    this.#benchmarks = benchmarks.map(({ name, runs }) => ({ name, runs: new Set(runs) }))
  }

  async score({ n, samples }: WindowView): Promise<Detection> {
    const members = this.#benchmarks.map((): number[] => [])
    for (let i = 0; i < n; i++) {
      const own = partsOf(samples, i).flatMap(runsOf)
      this.#benchmarks.forEach(({ runs }, at) => {
        if (own.some((run) => runs.has(run))) members[at]!.push(i)
      })
    }
    const groups = this.#benchmarks.flatMap(({ name }, at) => groupOf(name, members[at]!))
    const { scores, best } = strongestGroup(n, groups)
    return { scores, scale: 'absolute', groups, why: (i) => best[i]?.summary ?? '' }
  }
}

/** The texts of a record that may hold a benchmark's text: for an exchange, the whole, its prompt and its response. */
function partsOf(samples: Samples, i: number): string[] {
  const exchange = samples.kind === 'exchange' ? samples.exchanges[i] : undefined
  if (exchange !== undefined) return [textOfExchange(exchange), exchange.prompt, exchange.response]
  return samples.kind === 'text' ? [samples.texts[i] ?? ''] : []
}

function groupOf(name: string, members: readonly number[]): Group[] {
  if (members.length === 0) return []
  const records = members.length === 1 ? '1 record shares' : `${members.length} records share`
  return [
    {
      members: Int32Array.from(members),
      posterior: new Float64Array(members.length).fill(1),
      evidence: EVIDENCE,
      label: -1,
      summary: `${records} ${RUN} words in a row with ${name}: a model that is trained on them is no longer judged by it.`,
    },
  ]
}

/** The hashes, of 53 bits, of a text's different runs of words. */
function runsOf(text: string): number[] {
  const words = text.toLowerCase().match(WORD) ?? []
  if (words.length < SHORTEST) return []
  const size = Math.min(RUN, words.length)
  const hashes = words.map(hashOf)
  const found = new Set<number>()
  for (let at = 0; at + size <= hashes.length; at++) {
    let [one, other] = [size, 0x9e3779b1]
    for (let w = at; w < at + size; w++) {
      one = Math.imul(one ^ hashes[w]!, 0x01000193) + (one >>> 13)
      other = Math.imul(other ^ (hashes[w]! >>> 7), 0x85ebca6b) + (other >>> 11)
    }
    found.add((one >>> 0) * 2 ** 21 + ((other >>> 0) & 0x1fffff))
  }
  return [...found]
}

/** FNV-1a. */
function hashOf(word: string): number {
  let h = 0x811c9dc5
  for (let i = 0; i < word.length; i++) h = Math.imul(h ^ word.charCodeAt(i), 0x01000193)
  return h
}
