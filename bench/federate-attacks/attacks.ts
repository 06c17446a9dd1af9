import { isAppError } from '#core/errors.ts'
import { seededRandom } from '#core/random.ts'
import { trainUpdate, type Examples, type Training } from '#examples/federated/model.ts'
import { flipLabels, inNormBackdoor, scaledBackdoor, sybil, type Behaviour } from '#examples/federated/poison.ts'
import { normOf } from '#services/federate/privacy/clip.ts'
import { JUDGE_DEFAULTS, judgeUpdates } from '#services/federate/validate/judge.ts'

/** What an attack is told: more than any attacker knows, the updates of honest clients included. */
export interface Occasion {
  readonly model: Float64Array
  /** What the model changed by in the last round; zeros in the first. */
  readonly last: Float64Array
  readonly honest: readonly Float64Array[]
  /** One for each attacker. */
  readonly shards: readonly Examples[]
  readonly trainings: readonly Training[]
}

/** What the attackers send. */
export type Attack = (occasion: Occasion) => Float64Array[]

const each =
  (behaviour: Behaviour): Attack =>
  ({ model, shards, trainings }) =>
    shards.map((examples, i) => behaviour(model, examples, trainings[i]!))

const meanOf = (updates: readonly Float64Array[]) =>
  updates[0]!.map((_, k) => updates.reduce((sum, update) => sum + update[k]!, 0) / updates.length)

/** Every attacker sends the mean of honest updates, moved by 1.5 deviations of each number (Baruch et al. 2019, "A Little Is Enough"). */
const alie: Attack = ({ honest, shards }) => {
  const mean = meanOf(honest)
  const deviation = mean.map((centre, k) =>
    Math.sqrt(honest.reduce((sum, update) => sum + (update[k]! - centre) ** 2, 0) / honest.length),
  )
  return shards.map(() => mean.map((centre, k) => centre - 1.5 * deviation[k]!))
}

/** The mean of honest updates turned round, twice as long (Xie et al. 2020, "Fall of Empires": inner product manipulation). */
const ipm: Attack = ({ honest, shards }) => {
  const mean = meanOf(honest)
  return shards.map(() => mean.map((value) => -2 * value))
}

/** Normal noise as long as an honest update is, times five. */
const gaussian: Attack = ({ honest, trainings }) => {
  const length = meanOf(honest.map((update) => Float64Array.of(normOf(update))))[0]!
  return trainings.map(({ seed }) => {
    const random = seededRandom(seed, 'noise')
    const noise = honest[0]!.map(() => random.normal())
    const scale = (5 * length) / normOf(noise)
    return noise.map((value) => value * scale)
  })
}

/** No data, no training: what the model changed by last time, with a little noise so that no two are copies (Lin et al. 2019). */
const freeRiders: Attack = ({ last, trainings }) =>
  trainings.map(({ seed }) => {
    const random = seededRandom(seed, 'free rider')
    const size = (0.1 * Math.max(normOf(last), 0.01)) / Math.sqrt(last.length)
    return last.map((value) => value + size * random.normal())
  })

const sybils: Attack = (occasion) =>
  occasion.shards.flatMap((_, i) =>
    each(sybil(occasion.shards[0]!, `sybil ${i}`))({
      ...occasion,
      shards: [occasion.shards[0]!],
      trainings: [occasion.trainings[i]!],
    }),
  )

/** A sum that is `length` long and to which all parts add the same length. */
const blend = (length: number, parts: readonly Float64Array[]) => {
  const norms = parts.map(normOf)
  const sum = parts[0]!.map((_, k) => parts.reduce((all, part, i) => all + part[k]! / norms[i]!, 0))
  const scale = length / normOf(sum)
  return sum.map((value) => value * scale)
}

const noiseOf = (model: Float64Array, seed: number) => {
  const random = seededRandom(seed, 'unlike')
  return model.map(() => random.normal())
}

/**
 * In-norm backdoors of attackers who know how sketches are judged: each is half noise of its own, so that no two are alike. With
 * `centred` it is a third each of backdoor, noise and honest mean, so that none points away from that either.
 */
const unlike =
  (centred: boolean): Attack =>
  (occasion) =>
    each(inNormBackdoor)(occasion).map((update, i) => {
      const parts = [update, noiseOf(occasion.model, occasion.trainings[i]!.seed)]
      return blend(normOf(update), centred ? [...parts, meanOf(occasion.honest)] : parts)
    })

/** Who knows how judged rounds hold, and every update of this one, stays so far below. */
const BELOW = JUDGE_DEFAULTS.holdAt - 0.5
const HALVINGS = 6

/**
 * Backdoors of attackers who are in no hurry: each sends its honest update with as much of the backdoor in it as no rule of one round holds. What
 * the aggregator's own examples say they do not know.
 */
const patient: Attack = (occasion) => {
  const { model, shards, trainings, honest } = occasion
  const own = shards.map((examples, i) => trainUpdate(model, examples, trainings[i]!))
  const planted = each(inNormBackdoor)(occasion)
  const sent = (share: number) =>
    own.map((update, i) => update.map((value, k) => value + share * (planted[i]![k]! - value)))
  const rules = { ...JUDGE_DEFAULTS, dimension: model.length, weightCap: 1 }
  const isSeen = (share: number) => {
    const values = [...honest, ...sent(share)]
    const updates = values.map((values, i) => ({ client: String(i).padStart(4, '0'), weight: 1, values }))
    try {
      const { verdicts } = judgeUpdates(updates, rules)
      return verdicts.slice(honest.length).some(({ score }) => score >= BELOW)
    } catch (error) {
      // too few are left for a round to have a model
      if (!isAppError(error, 'conflict')) throw error
      return true
    }
  }
  let [low, high] = [0, 1]
  for (let n = 0; n < HALVINGS; n++) {
    const half = (low + high) / 2
    if (isSeen(half)) high = half
    else low = half
  }
  return sent(low)
}

/** One backdoor within the norm and under one name: nobody to be alike to. The other three are honest. */
const lone: Attack = ({ model, shards, trainings }) =>
  shards.map((examples, i) => (i === 0 ? inNormBackdoor : trainUpdate)(model, examples, trainings[i]!))

export const ATTACKS: Readonly<Record<string, Attack>> = {
  nobody: each((model, examples, training) => trainUpdate(model, examples, training)),
  'label flip': each(flipLabels),
  'model replacement': each(scaledBackdoor),
  'in-norm backdoor': each(inNormBackdoor),
  alie,
  ipm,
  sybils,
  'free riders': freeRiders,
  'gaussian noise': gaussian,
  'lone backdoor': lone,
  'unlike backdoors': unlike(false),
  'centred backdoors': unlike(true),
  'patient backdoors': patient,
}
