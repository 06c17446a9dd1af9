import type { Exchange } from '#core/exchange.ts'
import { seededRandom } from '#core/random.ts'
import type { WindowView } from '../../../view/window-view.ts'
import { foreignLinks } from '../properties/foreign-links.ts'
import { gramsOf, type Grams } from '../grams/grams.ts'
import { independence, type Independent } from './likeness.ts'
import { noisyAnswers } from '../properties/noise.ts'
import { numberedWords, type NumberedTexts } from '../grams/numbered-words.ts'
import type { Pair } from '../grams/pairs.ts'
import { answerProperties, promptProperties } from '../properties/properties.ts'
import { answerWith, lastIn, type Said, saidIn } from './said.ts'
import { Typing } from '../properties/typing.ts'

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
/** Words of a prompt and of an answer that are read; of a conversation's answers twice as many. */
export const LONGEST = { prompt: 400, answer: 540 }

const read = new WeakMap<WindowView, Reading | null>()

const typings = new WeakMap<WindowView, Typing>()

/** One for both readings of a window, which have most parts in common. */
function typingOf(view: WindowView): Typing {
  let typing = typings.get(view)
  if (typing === undefined) typings.set(view, (typing = new Typing(numberedWords(view))))
  return typing
}

/**
 * The window's reading of each record's last answer, with all turns before it; made once. Null where it holds no
 * exchanges.
 */
export function readingOf(view: WindowView): Reading | null {
  let reading = read.get(view)
  if (reading === undefined) read.set(view, (reading = readingFrom(view, lastIn)))
  return reading
}

/**
 * The window's reading of all answers of its conversations, with all that others say; null where each record has one
 * answer. It is not kept: each call makes it anew.
 */
export function readingByTurns(view: WindowView): Reading | null {
  const { samples } = view
  const hasTurns = samples.kind === 'exchange' && samples.exchanges.some((of) => saidIn(of).answers.length > 1)
  return hasTurns ? readingFrom(view, saidIn) : null
}

function readingFrom(view: WindowView, saidIn: (exchange: Exchange) => Said): Reading | null {
  const { n, samples, seed } = view
  if (samples.kind !== 'exchange') return null
  const { exchanges } = samples
  const numbers = numberedWords(view)
  const spoken = exchanges.map(saidIn)
  const contexts = spoken.map(({ before }) => before.join('\n\n'))
  const asked = contexts.map((context, i) => askedIn({ context, prompt: exchanges[i]!.prompt }))
  const said = spoken.map(({ answers }) => answers)
  const noisy = noisyAnswers(numbers, said)
  const foreign = foreignLinks(asked, said)
  const turns = said.some(({ length }) => length > 1) ? 2 : 1
  const askedParts = spoken.map(({ before }, i) => [...before, exchanges[i]!.prompt])
  const typed = typingOf(view).oddly(askedParts)
  // Of a long passage, or a long conversation, the beginning and the end are read; the question behind it always is.
  const askedWords = numbers.texts(askedParts, LONGEST.prompt, true)
  const saidWords = numbers.texts(said, turns * LONGEST.answer)
  const prompts = gramsOf(
    askedWords,
    (i) => [...promptProperties({ ...exchanges[i]!, context: contexts[i]! }), ...typed[i]!],
    { sizes: [1, 2], least: SMALLEST, most: MOST_PROMPTS * n },
  )
  const answers = gramsOf(saidWords, (i) => [...said[i]!.flatMap(answerProperties), ...noisy[i]!, ...foreign[i]!], {
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

/** The text before the answer: the context, where there is one, and the prompt. */
export function askedIn({ context, prompt }: Pick<Exchange, 'context' | 'prompt'>): string {
  return context === '' ? prompt : `${context}\n${prompt}`
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
