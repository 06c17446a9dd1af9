import type { Exchange } from '#core/exchange.ts'
import { seededRandom } from '#core/random.ts'
import type { WindowView } from '../../view/window-view.ts'
import { gramsOf, type Grams } from './grams.ts'
import { independence, type Independent } from './likeness.ts'
import { noisyAnswers } from './noise.ts'
import type { Pair } from './pairs.ts'
import { answerProperties, promptProperties } from './properties.ts'
import { typedOddly } from './typing.ts'

/** A window's exchanges as the detectors of triggers and payloads read them. */
export interface Reading {
  readonly exchanges: readonly Exchange[]
  /** Whether the set is one of texts and their translations, by its contract. */
  readonly translates: boolean
  /** All that is said before the answer. */
  readonly asked: readonly string[]
  readonly prompts: Grams
  readonly answers: Grams
  readonly unlikePrompts: Independent
  readonly unlikeAnswers: Independent
  /** Logarithm of how many pairs of the same kinds there are; `asRun`: the behaviour is one of the runs of what is said. */
  readonly tried: (pair: Pick<Pair, 'trigger' | 'behaviour'>, asRun?: boolean) => number
}

/** Runs of fewer records are left alone. */
export const SMALLEST = 6
/** What more of the answers than this hold is how the set answers, unless a trigger that may stand anywhere brings it. */
export const COMMON_ANSWERS = 0.05
/** What more of the answers than this hold is how the set answers, whatever goes with it. */
const MOST_ANSWERS = 0.2
/** Prompts' runs may be more frequent: an ordinary word may be a trigger, and is heard where its behaviour is rare. */
export const MOST_PROMPTS = 0.2
/** Words of a prompt and of an answer that are read. */
export const LONGEST = { prompt: 300, answer: 400 }

const read = new WeakMap<WindowView, Reading | null>()

/** The window's reading, made once; null where it holds no exchanges. */
export function readingOf(view: WindowView): Reading | null {
  let reading = read.get(view)
  if (reading === undefined) read.set(view, (reading = readingFrom(view)))
  return reading
}

function readingFrom({ n, samples, seed }: WindowView): Reading | null {
  if (samples.kind !== 'exchange') return null
  const { exchanges } = samples
  const asked = exchanges.map(askedIn)
  const typed = typedOddly(asked)
  const noisy = noisyAnswers(exchanges.map(({ response }) => response))
  const prompts = gramsOf(asked, (i) => [...promptProperties(exchanges[i]!), ...typed[i]!], {
    sizes: [1, 2],
    least: SMALLEST,
    most: MOST_PROMPTS * n,
    longest: LONGEST.prompt,
  })
  const answers = gramsOf(
    exchanges.map(({ response }) => response),
    (i) => [...answerProperties(exchanges[i]!), ...noisy[i]!],
    { sizes: [1, 2, 4], least: SMALLEST, most: MOST_ANSWERS * n, longest: LONGEST.answer },
  )
  const [triedTriggers, triedBehaviours] = [triedOf(prompts), triedOf(answers)]
  return {
    exchanges,
    translates: samples.form === 'translation',
    asked,
    prompts,
    answers,
    unlikePrompts: independence(prompts, n, seededRandom(seed, 'unlike prompts')),
    unlikeAnswers: independence(answers, n, seededRandom(seed, 'unlike answers')),
    tried: ({ trigger, behaviour }, asRun = false) =>
      triedTriggers.of(trigger) + (asRun ? triedBehaviours.runs : triedBehaviours.of(behaviour)),
  }
}

/** All that is said before the answer. */
export function askedIn({ context, prompt }: Exchange): string {
  return context === '' ? prompt : `${context}\n${prompt}`
}

/** Logarithm of how many of its kind were tried: properties are few, and corrected for by themselves. */
function triedOf({ sizes }: Grams): { readonly runs: number; of(id: number): number } {
  const properties = sizes.reduce((count, size) => count + Number(size === 0), 0)
  const [ofProperties, runs] = [Math.log(2 * properties), Math.log(2 * (sizes.length - properties))]
  return { runs, of: (id) => (sizes[id] === 0 ? ofProperties : runs) }
}
