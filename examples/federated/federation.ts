import type { Aggregate } from '#services/federate/aggregate.ts'
import { createJudgedAggregate } from '#services/federate/aggregates/judged.ts'
import { createMaskedAggregate } from '#services/federate/aggregates/masked.ts'
import type { RoundRecord } from '#services/federate/model-store.ts'
import { createMemoryModels } from '#services/federate/models/memory.ts'
import { createInProcessParticipant } from '#services/federate/participants/in-process.ts'
import { federateRound } from '#services/federate/pipeline.ts'
import { nextBound } from '#services/federate/privacy/clip.ts'
import { noiseFor } from '#services/federate/privacy/protect.ts'
import { keyPair, seededBytes } from '#services/federate/secure/primitives.ts'
import { JUDGE_DEFAULTS } from '#services/federate/validate/judge.ts'
import { evaluate, initialModel, MODEL_SIZE, type Examples, type Training } from './model.ts'
import { backdoored, type Behaviour } from './poison.ts'
import type { Shards } from './shards.ts'

export interface Owner {
  readonly name: string
  readonly examples: Examples
  readonly behaviour: Behaviour
}

export interface Progress {
  readonly round: number
  /** Share of the test digits that the model reads right. */
  readonly accuracy: number
  /** Share of other digits that it takes for the target once they bear the trigger. */
  readonly attack: number
  readonly record: RoundRecord | null
}

export interface Setting {
  readonly owners: readonly Owner[]
  readonly shards: Shards
  readonly rounds: number
  readonly training: Omit<Training, 'seed'>
}

const trainingOf = ({ training }: Setting, round: number, i: number): Training => ({
  ...training,
  seed: 1000 * round + i,
})

const measure = ({ shards }: Setting, model: Float64Array, round: number, record: RoundRecord | null): Progress => {
  const { share: accuracy } = evaluate(model, shards.test)
  const { share: attack } = evaluate(model, backdoored(shards.test))
  return { round, accuracy, attack, record }
}

/** The mean of whatever the clients send (McMahan et al. 2017, "FedAvg"): what there is to do better than. */
export function runFedAvg(setting: Setting): Progress[] {
  let model = initialModel(0)
  return Array.from({ length: setting.rounds }, (_, i) => {
    const updates = setting.owners.map(({ examples, behaviour }, k) =>
      behaviour(model, examples, trainingOf(setting, i + 1, k)),
    )
    model = model.map((value, n) => value + updates.reduce((sum, update) => sum + update[n]!, 0) / updates.length)
    return measure(setting, model, i + 1, null)
  })
}

export const DELTA = 1e-3

/** Deviation of the noise in a round's sum, in sensitivities; and each client's on the count of clipped updates. */
const NOISE = 1
const COUNT_NOISE = 1
/** The bound of the first round; it adapts to the median norm from there. */
const FIRST_CLIP = 2
/** Of 20 clients, so many have to be left: more than two thirds. */
const MINIMUM = 14
/** Numbers in a sketch of an update of 19,090. */
const SKETCH = 256
/** Beyond what eight rounds spend: the example shows a figure, it does not stop at one. */
const BUDGET = { epsilon: 100, delta: DELTA }

export interface Masking {
  readonly noisy?: boolean
  readonly sketched?: boolean
}

/** The same clients through signed messages and `federateRound`: judged in the open, or as a masked sum, with noise or sketches. */
export async function runFederation(
  setting: Setting,
  mode: 'judged' | 'masked',
  { noisy = false, sketched = false }: Masking = {},
): Promise<Progress[]> {
  const random = seededBytes(`federation ${mode}`)
  const session = random(32)
  const aggregator = keyPair('ed25519', random(32))
  const identities = new Map(setting.owners.map(({ name }) => [name, keyPair('ed25519', random(32))] as const))
  const peers = new Map([...identities].map(([name, { publicKey }]) => [name, publicKey]))
  const models = createMemoryModels(initialModel(0))
  let model = initialModel(0)
  const rootLoss = (update: Float64Array) =>
    evaluate(
      model.map((value, i) => value + update[i]!),
      setting.shards.root,
    ).loss
  const shared = { identity: aggregator, identities: peers, patience: 60_000 }
  const aggregate: Aggregate =
    mode === 'masked'
      ? createMaskedAggregate({ ...shared, random })
      : createJudgedAggregate({ ...shared, rules: { ...JUDGE_DEFAULTS, weightCap: 1 }, rootLoss })

  let clip = FIRST_CLIP
  const progress: Progress[] = []
  for (let round = 1; round <= setting.rounds; round++) {
    const bounded = { bits: 20, range: clip, weightCap: 1, minimum: MINIMUM, clip: mode === 'masked' ? clip : 0 }
    const base = { ...bounded, countNoise: noisy ? COUNT_NOISE : 0, sketch: sketched ? SKETCH : 0 }
    const noise = noisy ? noiseFor(NOISE, { ...base, dimension: MODEL_SIZE, model: new Uint8Array(32) }) : 0
    const participants = setting.owners.map(({ name, examples, behaviour }, i) =>
      createInProcessParticipant({
        name,
        mode,
        identity: identities.get(name)!,
        aggregator: aggregator.publicKey,
        peers,
        session,
        round,
        sketch: base.sketch,
        random: seededBytes(`${mode} ${name} ${round}`),
        train: () => ({ update: behaviour(model, examples, trainingOf(setting, round, i)), weight: 1 }),
      }),
    )
    const deps = { models, aggregate, session, terms: () => ({ ...base, noise }), sampling: 1 }
    const record = await federateRound(participants, { ...deps, budget: BUDGET }, new AbortController().signal)
    if (record.clipped !== null) {
      clip = nextBound(clip, 1 - record.clipped / record.counted.length, { quantile: 0.5, rate: 0.3 })
    }
    model = (await models.head()).values
    progress.push(measure(setting, model, round, record))
  }
  return progress
}
