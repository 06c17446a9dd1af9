import { evaluate } from '#examples/federated/model.ts'
import type { Examples } from '#examples/federated/model.ts'
import type { Aggregate } from '#services/federate/aggregate.ts'
import { createJudgedAggregate } from '#services/federate/aggregates/judged.ts'
import { createMaskedAggregate } from '#services/federate/aggregates/masked.ts'
import { createInProcessParticipant } from '#services/federate/participants/in-process.ts'
import { nextBound } from '#services/federate/privacy/clip.ts'
import { keyPair, seededBytes } from '#services/federate/secure/primitives.ts'
import { JUDGE_DEFAULTS } from '#services/federate/validate/judge.ts'
import type { Flower } from './flower.ts'

/** What one round's updates come to; remembers what a server would. */
export type Defence = (updates: readonly Float64Array[], model: Float64Array, round: number) => Promise<Float64Array>

export interface Circumstances {
  readonly attackers: number
  /** A few examples that the server has of its own. */
  readonly root: Examples
  readonly flower: Flower | null
}

const fedAvg: Defence = async (updates) =>
  updates[0]!.map((_, k) => updates.reduce((sum, update) => sum + update[k]!, 0) / updates.length)

/** The bound of the first round; it adapts to the median norm from there. */
const FIRST_CLIP = 2
const SKETCH = 256

/** Our rounds as they run in production, signed messages and all, but for the connection. */
function ours(mode: 'judged' | 'masked', sketch: number, { root }: Circumstances): Defence {
  const random = seededBytes('attack table')
  const session = random(32)
  const aggregator = keyPair('ed25519', random(32))
  const names: string[] = []
  const identities = new Map<string, ReturnType<typeof keyPair>>()
  const peers = new Map<string, Uint8Array>()
  let before = new Float64Array()
  const rootLoss = (update: Float64Array) =>
    evaluate(
      before.map((value, k) => value + update[k]!),
      root,
    ).loss
  const shared = { identity: aggregator, identities: peers, patience: 600_000 }
  const rules = { ...JUDGE_DEFAULTS, weightCap: 1 }
  const aggregate: Aggregate =
    mode === 'masked'
      ? createMaskedAggregate({ ...shared, random })
      : createJudgedAggregate({ ...shared, rules, rootLoss })
  let clip = FIRST_CLIP
  return async (updates, model, round) => {
    before = new Float64Array(model)
    for (let i = names.length; i < updates.length; i++) {
      const name = `owner-${String(i).padStart(2, '0')}`
      names.push(name)
      identities.set(name, keyPair('ed25519', random(32)))
      peers.set(name, identities.get(name)!.publicKey)
    }
    const minimum = Math.floor((2 * updates.length) / 3) + 1
    const bound = mode === 'masked' ? clip : 0
    const quantised = {
      dimension: model.length,
      bits: 20,
      range: clip,
      weightCap: 1,
      minimum,
      model: new Uint8Array(32),
    }
    const participants = updates.map((update, i) =>
      createInProcessParticipant({
        name: names[i]!,
        mode,
        identity: identities.get(names[i]!)!,
        aggregator: aggregator.publicKey,
        peers,
        session,
        round,
        sketch,
        random: seededBytes(`${mode} ${sketch} ${i} ${round}`),
        train: () => ({ update, weight: 1 }),
      }),
    )
    const terms = { ...quantised, clip: bound, noise: 0, countNoise: 0, sketch }
    const { mean, clipped } = await aggregate.run({ session, round, terms }, participants, new AbortController().signal)
    if (clipped !== null) clip = nextBound(clip, 1 - clipped / updates.length, { quantile: 0.5, rate: 0.3 })
    return mean
  }
}

/** By name; each call makes one that remembers nothing. Flower's are there where Flower is. */
export const DEFENCES: Readonly<Record<string, (circumstances: Circumstances) => Defence | null>> = {
  FedAvg: () => fedAvg,
  'Multi-Krum (Flower)': ({ flower, attackers }) =>
    flower && ((updates) => flower.aggregate('krum', updates, attackers)),
  'trimmed mean (Flower)': ({ flower, attackers }) =>
    flower && ((updates) => flower.aggregate('trimmed', updates, attackers)),
  judged: (circumstances) => ours('judged', 0, circumstances),
  masked: (circumstances) => ours('masked', 0, circumstances),
  'masked with sketches': (circumstances) => ours('masked', SKETCH, circumstances),
}
