import { describe, expect, test } from 'vitest'
import type { Aggregate } from './aggregate.ts'
import { createJudgedAggregate } from './aggregates/judged.ts'
import { createMaskedAggregate } from './aggregates/masked.ts'
import { digestOf } from './model-store.ts'
import { createMemoryModels } from './models/memory.ts'
import type { Participant } from './participant.ts'
import { createInProcessParticipant } from './participants/in-process.ts'
import { federateRound, type FederateDeps } from './pipeline.ts'
import { noiseFor } from './privacy/protect.ts'
import { raise, resign } from '#test/federate/support/resign.ts'
import { keyPair, seededBytes } from './secure/primitives.ts'
import { JUDGE_DEFAULTS } from './validate/judge.ts'

const DIMENSION = 6
const TERMS = { bits: 20, range: 4, weightCap: 1, minimum: 4, clip: 0, noise: 0, countNoise: 0, sketch: 0 }
const random = seededBytes('pipeline')
const session = random(32)
const aggregator = keyPair('ed25519', random(32))
const names = Array.from({ length: 8 }, (_, i) => `site-${i}`)
const keys = new Map(names.map((name) => [name, keyPair('ed25519', random(32))] as const))
const identities = new Map([...keys].map(([name, { publicKey }]) => [name, publicKey]))
const common = { identity: aggregator, identities, patience: 30_000 }
/** Sketches of two seeds may rule differently on clients that are hardly apart. */
const sketching = () => ({ ...common, random: seededBytes('sketches') })
const never = new AbortController().signal

const updateOf = (i: number) => Float64Array.from({ length: DIMENSION }, (_, k) => 1 + Math.sin(i * 7 + k) / 4)
const meanOf = (k: number, of = names.map((_, i) => i)) => of.reduce((sum, i) => sum + updateOf(i)[k]!, 0) / of.length

function participants(mode: 'masked' | 'judged', round: number, update = updateOf, sketch = 0): Participant[] {
  return names.map((name, i) =>
    createInProcessParticipant({
      name,
      mode,
      identity: keys.get(name)!,
      aggregator: aggregator.publicKey,
      peers: identities,
      session,
      round,
      sketch,
      random: seededBytes(`${name} ${round}`),
      train: () => ({ update: update(i), weight: 1 }),
    }),
  )
}

function setUp(aggregate: Aggregate, some: Partial<FederateDeps> = {}): FederateDeps {
  const models = createMemoryModels(new Float64Array(DIMENSION))
  return { models, aggregate, session, terms: () => TERMS, sampling: 1, ...some }
}

const masked = () => createMaskedAggregate(common)
const judged = () => createJudgedAggregate({ ...common, rules: { ...JUDGE_DEFAULTS, weightCap: 1, attackers: 0 } })

describe('a round, from the model to the model', () => {
  test.each([
    ['masked', masked],
    ['judged', judged],
  ] as const)('%s: commits the mean of what the clients sent, with a record of it', async (mode, create) => {
    const deps = setUp(create())
    const first = await federateRound(participants(mode, 1), deps, never)
    const { values, sha256 } = await deps.models.head()
    for (const [k, value] of values.entries()) expect(value).toBeCloseTo(meanOf(k), 5)
    expect(first).toMatchObject({ round: 1, state: 'committed', counted: names, missing: [], after: sha256 })
    expect(first.before).toBe(digestOf(new Float64Array(DIMENSION)))
    const second = await federateRound(participants(mode, 2), deps, never)
    expect(second).toMatchObject({ round: 2, before: first.after })
    expect(second.transcript).not.toBe(first.transcript)
    expect(await deps.models.records()).toEqual([first, second])
  })

  test.each([
    ['at once, and sums the others', [3], 'committed'],
    ['once the keys come to light, and ends the round', [3, 9 + 3], 'aborted'],
  ] as const)('names who lies about its sketch %s; it is held, and asked no more', async (_, words, state) => {
    const wide = { ...TERMS, dimension: 128, sketch: 8, clip: 4 }
    const update = () => new Float64Array(128).fill(0.1)
    const deps: FederateDeps = {
      ...setUp(createMaskedAggregate({ ...sketching(), rules: { attackers: 0, holdAt: 6 } }), { terms: () => wide }),
      models: createMemoryModels(new Float64Array(128)),
    }
    const lying = (round: number): Participant[] =>
      participants('masked', round, update, 8).map((site) => ({
        name: site.name,
        async answer(stage, request, signal) {
          const honest = await site.answer(stage, request, signal)
          const { name } = site
          if (name !== 'site-2' || stage !== 'sketch') return honest
          return resign(honest, { name, identity: keys.get(name)!, session, round }, stage, (body) => {
            for (const [k, word] of words.entries()) raise(word, k === 0 ? 1 : -1)(body)
          })
        },
      }))
    const first = await federateRound(lying(1), deps, never)
    expect(first.state).toBe(state)
    if (state === 'aborted') expect(first.why).toContain('site-2')
    else expect(first.counted).not.toContain('site-2')
    const why = ['Round 1 proved that it lied: about its sketch, or about shares of a secret.']
    const held = { client: 'site-2', ruling: 'hold', score: 0, why }
    expect(first.verdicts).toEqual(state === 'aborted' ? [] : [held])
    const second = await federateRound(lying(2), deps, never)
    expect(second).toMatchObject({ state: 'committed', verdicts: [held], missing: [] })
    expect(second.counted).not.toContain('site-2')
    expect(second.counted.length).toBeGreaterThan(4)
  })

  test.each([
    ['sealed shares that nobody can open', 'share', (body: Uint8Array) => body.fill(0, 32, 32 + 7 * 80)],
    ['dealt shares of another secret', 'share', (body: Uint8Array) => body.fill(0, 0, 32)],
    ['revealed other shares than it was dealt', 'unmask', (body: Uint8Array) => body.fill(0, 2 + 2 * 8)],
  ] as const)('holds who %s, and asks it no more', async (_, bad, change) => {
    const deps = setUp(createMaskedAggregate(common))
    const lying = (round: number): Participant[] =>
      participants('masked', round).map((site) => ({
        name: site.name,
        async answer(stage, request, signal) {
          const honest = await site.answer(stage, request, signal)
          const { name } = site
          if (name !== 'site-2' || stage !== bad) return honest
          return resign(honest, { name, identity: keys.get(name)!, session, round }, stage, change)
        },
      }))
    const first = await federateRound(lying(1), deps, never)
    expect(first.state).toBe(bad === 'share' ? 'aborted' : 'committed')
    if (bad === 'share') expect(first.why).toContain('site-2')
    const second = await federateRound(lying(2), deps, never)
    expect(second).toMatchObject({ state: 'committed', counted: names.filter((name) => name !== 'site-2') })
    expect(second.verdicts).toMatchObject([
      {
        client: 'site-2',
        ruling: 'hold',
        why: ['Round 1 proved that it lied: about its sketch, or about shares of a secret.'],
      },
    ])
  })

  test('says whom sketches kept out of a masked sum, and why', async () => {
    const dimension = 4096
    const noise = (seed: string) => {
      const bytes = seededBytes(seed)(4 * dimension)
      return Float64Array.from(new Int32Array(new Uint8Array(bytes).buffer), (word) => word / 2 ** 37)
    }
    const [base, planted] = [noise('base'), noise('planted')]
    const update = (i: number) => {
      const own = noise(`own ${i}`)
      return i < 2 ? planted : base.map((value, k) => value + own[k]!)
    }
    const bounded = { clip: 1, range: 1, sketch: 256 }
    const deps = {
      ...setUp(createMaskedAggregate(sketching())),
      models: createMemoryModels(new Float64Array(dimension)),
      terms: () => ({ ...TERMS, ...bounded }),
    }
    const record = await federateRound(participants('masked', 1, update, 256), deps, never)
    expect(record).toMatchObject({ state: 'committed', counted: names.slice(2), missing: [] })
    expect(record.verdicts.map(({ client, ruling }) => ({ client, ruling }))).toEqual(
      names.slice(0, 2).map((client) => ({ client, ruling: 'hold' })),
    )
    const unwilling = await federateRound(participants('masked', 2, update, 128), deps, never)
    expect(unwilling).toMatchObject({ state: 'aborted', why: expect.stringMatching(/^0 clients/) })
  })

  test('goes on without clients that refuse, and says why', async () => {
    const all = participants('masked', 1)
    const refuses: Participant = { name: names[2]!, answer: () => Promise.reject(new Error('secret detail')) }
    const record = await federateRound(all.with(2, refuses), setUp(masked()), never)
    expect(record.state).toBe('committed')
    expect(record.missing).toEqual([{ client: names[2], why: 'refused advertise' }])
  })

  test('goes on without clients that are silent once time is up, and takes nothing from them after that', async () => {
    const all = participants('masked', 1)
    const late: Participant = {
      name: names[5]!,
      answer: (stage, request, signal) =>
        stage === 'mask'
          ? new Promise((resolve) => {
              signal.addEventListener('abort', () => resolve(all[5]!.answer(stage, request, signal)))
            })
          : all[5]!.answer(stage, request, signal),
    }
    const deps = setUp(createMaskedAggregate({ ...common, patience: 1500 }))
    const record = await federateRound(all.with(5, late), deps, never)
    expect(record.missing).toEqual([{ client: names[5], why: 'no answer to mask' }])
    const { values } = await deps.models.head()
    expect(values[0]).toBeCloseTo(meanOf(0, [0, 1, 2, 3, 4, 6, 7]), 5)
  })

  test('ends without a model when too few are left, and is kept as a round that ended so', async () => {
    const deps = setUp(masked())
    const record = await federateRound(participants('masked', 1).slice(0, 3), deps, never)
    expect(record).toMatchObject({ state: 'aborted', counted: [], why: expect.stringContaining('the terms ask for 4') })
    expect(record.after).toBe(record.before)
    expect(await deps.models.records()).toEqual([record])
  })

  test('rolls back a model that its gate refuses', async () => {
    const gate = (next: Float64Array) => (next[0]! > 0.5 ? 'It is worse than the model before.' : null)
    const deps = setUp(judged(), { gate })
    const record = await federateRound(participants('judged', 1), deps, never)
    expect(record).toMatchObject({ state: 'rolledBack', why: 'It is worse than the model before.' })
    expect((await deps.models.head()).values).toEqual(new Float64Array(DIMENSION))
  })

  test('is not begun once the budget would be overspent; what was begun is paid for, whatever its end', async () => {
    const base = { ...TERMS, clip: 4, bits: 16 }
    const noise = noiseFor(1, { ...base, dimension: DIMENSION, model: new Uint8Array(32) })
    const budget = { epsilon: 7, delta: 1e-5 }
    const deps = setUp(masked(), { terms: () => ({ ...base, noise }), budget })
    const first = await federateRound(participants('masked', 1).slice(0, 3), deps, never)
    expect(first).toMatchObject({ state: 'aborted' })
    expect(first.epsilon).toBeGreaterThan(4)
    await expect(federateRound(participants('masked', 2), deps, never)).rejects.toMatchObject({
      reason: 'budget_spent',
    })
    expect(await deps.models.records()).toHaveLength(1)
  })

  test('a client that is to be masked sends nothing openly, whoever asks', async () => {
    const record = await federateRound(participants('masked', 1), setUp(judged()), never)
    expect(record).toMatchObject({ state: 'aborted', counted: [] })
  })

  test('ends at once, without a record, when it is told to', async () => {
    const stop = new AbortController()
    const all = participants('masked', 1)
    const stops: Participant = {
      name: names[0]!,
      answer: () => {
        stop.abort(new Error('stopped'))
        return new Promise(() => {})
      },
    }
    const deps = setUp(masked())
    await expect(federateRound(all.with(0, stops), deps, stop.signal)).rejects.toThrow('stopped')
    expect(await deps.models.records()).toEqual([])
  })
})

test('the store in memory keeps a round once', async () => {
  const models = createMemoryModels(new Float64Array(2))
  const deps = setUp(judged(), { models })
  const record = await federateRound(participants('judged', 1), { ...deps, terms: () => TERMS }, never)
  await models.commit(record, null)
  await expect(models.commit({ ...record, why: 'another' }, null)).rejects.toMatchObject({
    reason: 'committed_differently',
  })
})
