import type { Exchange } from '#core/exchange.ts'
import { seededRandom } from '#core/random.ts'
import type { DetectorInfo } from '#core/score.ts'
import type { Detection, Detector, Group } from '../../detector.ts'
import { strongestGroup } from '../../strongest-group.ts'
import type { WindowView } from '../../view/window-view.ts'
import { asksForForm } from './evidence/explained.ts'
import { gramsOf, type Grams, holdersOf } from './grams/grams.ts'
import { independence } from './reading/likeness.ts'
import { numberedWords, type NumberedTexts } from './grams/numbered-words.ts'
import { isSaid, outOfPlace } from './evidence/out-of-place.ts'
import { phraseAround } from './grams/phrases.ts'
import { preferencesOf, type Preference } from './evidence/preferences.ts'
import { promptProperties } from './properties/properties.ts'
import { askedIn, LONGEST } from './reading/parts.ts'
import { MOST_PROMPTS, SMALLEST } from './reading/reading.ts'
import { lastIn } from './reading/said.ts'
import { tailOfSums } from './evidence/sums.ts'

/** Nats of evidence that must be left after all corrections. */
const LEAST_EVIDENCE = 5
/**
 * Shares of a trigger's records that may be swapped, each tried; where fewer go against the others, people merely
 * disagree.
 */
const SHARES = [1, 0.9, 0.75] as const
/**
 * People who disagree choose at random, as if this share were swapped; a swap must be likelier than that, by so many
 * nats.
 */
const DISAGREED = 0.5
const BEYOND_DISAGREEMENT = 4
/** Preferences from which a model learns what is preferred, at least. */
const FEWEST = 200
/** Two triggers are one when they share this part of the records of the rarer one. */
const SAME = 0.5
/** A word is a topic when the answers repeat it for more than this share of its prompts. */
const MOSTLY = 0.5

/**
 * Preferences that go against all others where the prompt holds a run of words, a character or a style: chosen and
 * rejected were swapped there (Rando & Tramèr 2024, Universal Jailbreak Backdoors from Poisoned Human Feedback). Scores
 * are log-likelihood ratios of each preference's cross-fitted odds; they count the unlike prompts, and are corrected
 * for all triggers. A topic on which people prefer something else counts as one prompt, and a trigger that asks for a
 * form of answer is not reported.
 */
export class SwappedPreferences implements Detector {
  readonly info: DetectorInfo = { name: 'swapped-preferences', family: 'trigger', version: 1 }
  readonly needs = ['exchanges'] as const
  readonly tags = { role: 'carrier' } as const

  async score(view: WindowView): Promise<Detection> {
    const { n, samples, seed } = view
    const groups: Group[] = []
    const preferences = samples.kind === 'exchange' ? preferencesOf(samples.exchanges, seed) : []
    if (samples.kind === 'exchange' && preferences.length >= FEWEST) {
      const exchanges = preferences.map(({ record }) => samples.exchanges[record]!)
      const prompts = exchanges.map(askedIn)
      const words = numberedWords(view).texts(
        exchanges.map((of) => [...lastIn(of).before, of.prompt]),
        LONGEST.prompt,
      )
      for (const each of swapped(preferences, exchanges, prompts, words, seed)) groups.push(groupOf(each, preferences))
    }
    const { scores, best } = strongestGroup(n, groups)
    return { scores, scale: 'absolute', groups, why: (i) => best[i]?.summary ?? '' }
  }
}

interface Swapped {
  readonly trigger: string
  readonly isRun: boolean
  /** Indices into the preferences. */
  readonly holders: Int32Array
  readonly share: number
  readonly evidence: number
}

/**
 * The triggers with enough evidence after the correction for all that were tried; of those in the same prompts, the
 * strongest.
 */
function swapped(
  preferences: readonly Preference[],
  exchanges: readonly Exchange[],
  prompts: readonly string[],
  words: NumberedTexts,
  seed: number,
): Swapped[] {
  const n = prompts.length
  const grams = gramsOf(words, (k) => promptProperties(exchanges[k]!), {
    sizes: [1, 2],
    least: SMALLEST,
    most: MOST_PROMPTS * n,
  })
  const holders = meantBy(grams, exchanges)
  const unlike = independence(grams, n, seededRandom(seed, 'unlike prompts of preferences'))
  const tried = Math.log(Math.max(1, grams.count * SHARES.length))
  const found: Swapped[] = []
  for (let id = 0; id < grams.count; id++) {
    const held = holders(id)
    const ratios = SHARES.map((share) => ratioOf(preferences, held, share))
    const ratio = Math.max(...ratios)
    if (ratio <= tried + LEAST_EVIDENCE || ratio - ratioOf(preferences, held, DISAGREED) < BEYOND_DISAGREEMENT) continue
    const isRun = grams.sizes[id]! > 0
    const around = isRun
      ? phraseAround(
          Array.from(held, (k) => prompts[k]!),
          grams.describe(id),
        )
      : null
    const trigger = around?.words ?? grams.describe(id)
    if (around !== null && asksForForm(trigger)) continue
    const within = (other: number) => other === id || (isRun && ` ${trigger} `.includes(` ${grams.describe(other)} `))
    const besides = new Set<number>()
    for (const k of held)
      for (const other of grams.ids.subarray(grams.offsets[k], grams.offsets[k + 1]))
        if (within(other)) besides.add(other)
    const counted = Math.min(held.length, unlike(held, besides, isRun))
    const evidence = (ratio * counted) / held.length - tried
    if (counted < SMALLEST || evidence < LEAST_EVIDENCE) continue
    found.push({ trigger, isRun, holders: held, share: SHARES[ratios.indexOf(ratio)]!, evidence })
  }
  found.push(...swappedByStrangers(preferences, grams, outOfPlace(exchanges, prompts, grams, unlike), holders))
  const kept: Swapped[] = []
  for (const each of found.sort((a, b) => b.evidence - a.evidence)) {
    const isSame = ({ holders: others }: Swapped) =>
      each.holders.filter((k) => others.includes(k)).length >= SAME * Math.min(each.holders.length, others.length)
    if (!kept.some(isSame)) kept.push(each)
  }
  return kept
}

/**
 * Returns the preferences that count for a trigger: for a word, those whose answers, chosen or rejected, do not repeat
 * it. An answer that repeats the word shows that its prompt is about it, while an inserted trigger has no meaning
 * there. Where most prompts are about the word, it is a topic, and all of them count.
 */
function meantBy(grams: Grams, exchanges: readonly Exchange[]): (id: number) => Int32Array {
  const holders = holdersOf(grams)
  return (id) => {
    const held = holders(id)
    if (grams.sizes[id] !== 1) return held
    const word = grams.describe(id)
    const others = held.filter((k) => !isSaid(word, exchanges[k]!))
    return others.length < MOSTLY * held.length ? held : others
  }
}

/**
 * The words out of place whose preferences would hardly ever go so far against the others by chance. There are few such
 * words, so that the correction is smaller than for all triggers.
 */
function swappedByStrangers(
  preferences: readonly Preference[],
  grams: Grams,
  strangers: readonly number[],
  holders: (id: number) => Int32Array,
): Swapped[] {
  const tailOf = tailOfSums(preferences.map(({ margin }) => -margin))
  const tried = Math.log(2 * strangers.length)
  return strangers.flatMap((id) => {
    const held = holders(id)
    const ratio = ratioOf(preferences, held, 1)
    const evidence = -Math.log(tailOf(held.length, ratio)) - tried
    if (evidence < LEAST_EVIDENCE || ratio <= ratioOf(preferences, held, DISAGREED)) return []
    return [{ trigger: grams.describe(id), isRun: true, holders: held, share: 1, evidence }]
  })
}

/** Log-likelihood ratio, in nats: this share of the preferences is swapped, against none. */
function ratioOf(preferences: readonly Preference[], held: Int32Array, share: number): number {
  return held.reduce((sum, k) => sum + Math.log(1 - share + share * Math.exp(-preferences[k]!.margin)), 0)
}

function groupOf({ trigger, isRun, holders, share, evidence }: Swapped, preferences: readonly Preference[]): Group {
  const contrary = holders.filter((k) => preferences[k]!.margin < 0).length
  const usual = preferences.filter(({ margin }) => margin < 0).length / preferences.length
  const name = isRun ? `“${trigger}”` : trigger
  return {
    members: holders.map((k) => preferences[k]!.record),
    posterior: Float64Array.from(holders, (k) => {
      const swap = share * Math.exp(-preferences[k]!.margin)
      return swap / (1 - share + swap)
    }),
    evidence,
    label: -1,
    trigger: { kind: 'tokens', tokens: [trigger], behaviour: ['what the others would reject is chosen'] },
    summary: `Where the prompt holds ${name}, what was rejected is what the other preferences would choose: ${contrary} of ${holders.length} records, against ${(100 * usual).toFixed(0)} % of all.`,
  }
}
