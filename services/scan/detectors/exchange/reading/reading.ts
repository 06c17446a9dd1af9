import type { Exchange } from '#core/exchange.ts'
import { seededRandom } from '#core/random.ts'
import type { ExchangeSamples } from '../../../view/samples.ts'
import type { WindowView } from '../../../view/window-view.ts'
import { gramsOf, type Grams } from '../grams/grams.ts'
import { independence, type Independent } from './likeness.ts'
import type { NumberedTexts } from '../grams/numbered-words.ts'
import type { Pair } from '../grams/pairs.ts'
import { lastPartsOf, type Parts, partsOf } from './parts.ts'
import { answerWith, saidIn } from './said.ts'

/** A window's exchanges as the detectors of triggers and payloads read them. */
export interface Reading {
  readonly exchanges: readonly Exchange[]
  /** Whether the contract declares texts with their translations. */
  readonly translates: boolean
  /** For each record, the text before its answer; in a reading by turns, all that others than the assistant say. */
  readonly asked: readonly string[]
  /** The answers that are read of each record, the last one first. */
  readonly said: readonly (readonly string[])[]
  /** The first words of `asked` and of `said`, and of long ones the last, as numbers. */
  readonly askedWords: NumberedTexts
  readonly saidWords: NumberedTexts
  readonly prompts: Grams
  readonly answers: Grams
  readonly unlikePrompts: Independent
  readonly unlikeAnswers: Independent
  /**
   * Logarithm of how many pairs of the same kinds were tried, in nats; `asRun`: the behaviour is counted as a run of
   * words.
   */
  readonly tried: (pair: Pick<Pair, 'trigger' | 'behaviour'>, asRun?: boolean) => number
  /** For each of these records, the answer that holds the run of words, or its last answer. */
  readonly saying: (members: Int32Array, run: string) => string[]
}

/** Records that a gram must have. */
export const SMALLEST = 6
/**
 * A gram of more than this share of the answers is how the set answers, unless a trigger that may stand anywhere brings
 * it.
 */
export const COMMON_ANSWERS = 0.05
/** A gram of more than this share of the answers is how the set answers, whatever trigger goes with it. */
const MOST_ANSWERS = 0.2
/**
 * Largest share of the prompts with a trigger: an ordinary word may be one, and is found where its behaviour is rare.
 */
export const MOST_PROMPTS = 0.2

const read = new WeakMap<WindowView, Reading | null>()

/**
 * The window's reading of each record's last answer, with all turns before it; made once. Null where it holds no
 * exchanges.
 */
export function readingOf(view: WindowView): Reading | null {
  let reading = read.get(view)
  if (reading === undefined) read.set(view, (reading = readingFrom(view, lastPartsOf)))
  return reading
}

/**
 * The window's reading of all answers of its conversations, with all that others say; null where each record has one
 * answer. It is not kept: each call makes it anew.
 */
export function readingByTurns(view: WindowView): Reading | null {
  const { samples } = view
  const hasTurns = samples.kind === 'exchange' && samples.exchanges.some((of) => saidIn(of).answers.length > 1)
  return hasTurns ? readingFrom(view, (of) => partsOf(of, saidIn)) : null
}

function readingFrom({ n, samples, seed }: WindowView, read: (samples: ExchangeSamples) => Parts): Reading | null {
  if (samples.kind !== 'exchange') return null
  const { exchanges } = samples
  const { asked, said, askedWords, saidWords, ofPrompts, ofAnswers } = read(samples)
  const prompts = gramsOf(askedWords, (i) => ofPrompts[i]!, { sizes: [1, 2], least: SMALLEST, most: MOST_PROMPTS * n })
  const answers = gramsOf(saidWords, (i) => ofAnswers[i]!, {
    sizes: [1, 2, 4],
    least: SMALLEST,
    most: MOST_ANSWERS * n,
  })
  const [triedTriggers, triedBehaviours] = [triedOf(prompts), triedOf(answers)]
  return {
    exchanges,
    said,
    saying: (members, run) => Array.from(members, (i) => answerWith(said[i]!, run)),
    translates: samples.form === 'translation',
    asked,
    askedWords,
    saidWords,
    prompts,
    answers,
    unlikePrompts: independence(prompts, n, seededRandom(seed, 'unlike prompts')),
    unlikeAnswers: independence(answers, n, seededRandom(seed, 'unlike answers')),
    tried: ({ trigger, behaviour }, asRun = false) =>
      triedTriggers.of(trigger) + (asRun ? triedBehaviours.runs : triedBehaviours.of(behaviour)),
  }
}

/**
 * Logarithm of twice the number of grams of a kind. Properties are few, so that they are corrected for apart from runs;
 * the factor of two stands for the two kinds.
 */
function triedOf({ sizes }: Grams): { readonly runs: number; of(id: number): number } {
  const properties = sizes.reduce((count, size) => count + Number(size === 0), 0)
  const [ofProperties, runs] = [Math.log(2 * properties), Math.log(2 * (sizes.length - properties))]
  return { runs, of: (id) => (sizes[id] === 0 ? ofProperties : runs) }
}
