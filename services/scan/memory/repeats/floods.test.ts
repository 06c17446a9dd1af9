import { describe, expect, it } from 'vitest'
import { seededRandom } from '#core/random.ts'
import { createEngine } from '../../numeric/create-engine.ts'
import { KnownFloods } from '../../detectors/known/known-floods.ts'
import { EMPTY_HISTORY } from '../../calibrate/history.ts'
import { createView } from '../../view/create-view.ts'
import type { Samples } from '../../view/samples.ts'
import { floodsIn } from './floods.ts'
import { knownFrom } from '../known.ts'
import { floodsKnown, learnFloods, withNatural, withRejected } from './learn-floods.ts'
import { mostOf } from '../learn.ts'
import { likenessOf } from './likeness.ts'
import { membersOf } from '../members.ts'
import {
  decodeMemory,
  encodeMemory,
  foldMemory,
  foundIn,
  type KnownCampaign,
  type KnownMember,
  type Memory,
  type PooledWindow,
} from '../memory.ts'
import { decodePrints, encodePrints, type WindowPrints } from './prints.ts'
import { columnSamples } from '../../view/build-columns.ts'
import { readLines } from '../pool/pool.ts'

const WINDOWS = 24
const N = 60
const words = (name: string, count = 40) => {
  const random = seededRandom(0, name)
  return Array.from({ length: count }, () => `w${random.below(100_000)}`)
}
/** A near-copy: a thirtieth of the words is another one each time. */
const copy = (of: string, w: number) =>
  words(of)
    .with(w % 40, `x${w}`)
    .join(' ')

const inputOf = (texts: readonly string[], seed = 0) => {
  const samples: Samples = { kind: 'text', texts }
  return { n: texts.length, samples, seed, labels: null, contributors: null }
}
const printed = (texts: readonly string[], held: number[] = []): WindowPrints =>
  decodePrints(encodePrints(inputOf(texts), held).line)!

/** Windows of texts that are all different, with what `plant` has in place of one. */
const windowsOf = (plant: (w: number, i: number) => string | undefined) =>
  Array.from({ length: WINDOWS }, (_, w) =>
    Array.from({ length: N }, (_text, i) => plant(w, i) ?? words(`${w}/${i}`).join(' ')),
  )

describe('floodsIn', () => {
  it('finds near-copies that come one a window, and nothing among texts that are all different', () => {
    const windows = windowsOf((w, i) => (i === 7 ? copy('flood', w) : undefined))
    const [flood, ...others] = floodsIn(windows.map((texts, w) => printed(texts, w === 3 ? [7] : [])))
    expect(others).toEqual([])
    expect(flood?.observed).toBe(WINDOWS)
    expect(flood?.members).toHaveLength(WINDOWS)
    expect(flood?.members.filter(({ admitted }) => !admitted)).toEqual([{ part: 3, index: 7, admitted: false }])
    expect(floodsIn(windowsOf(() => undefined).map((texts) => printed(texts)))).toEqual([])
  })

  it('leaves alone what repeats itself in all sizes, and finds among it what comes anew', () => {
    // letters k = 1, 2, … are sent as often as a power law has it, from the first window on
    const letter = (w: number, i: number) => {
      const at = w * N + i
      const k = seededRandom(at, 'letter').below(4000)
      return k < 240 ? copy(`letter ${Math.floor(k ** 1.2 / 8)}`, at) : undefined
    }
    const natural = windowsOf(letter)
    expect(floodsIn(natural.map((texts) => printed(texts)))).toEqual([])
    const joined = windowsOf((w, i) => (i < 2 && w >= 8 ? copy('flood', 2 * w + i) : letter(w, i)))
    expect(floodsIn(joined.map((texts) => printed(texts))).map(({ observed }) => observed)).toEqual([32])
  })

  it('counts few of one window: what floods one is that one’s to find', () => {
    const windows = windowsOf((w, i) => (w === 5 && i < 30 ? copy('burst', i) : undefined))
    expect(floodsIn(windows.map((texts) => printed(texts)))).toEqual([])
  })

  it.each<[string, (w: number, i: number) => string | undefined]>([
    ['the same rows sent whole again', (_w, i) => words(`0/${i}`).join(' ')],
    ['the same rows with a word of each changed', (w, i) => copy(`0/${i}`, w)],
    ['few distinct rows', (w, i) => words(`0/${(7 * w + i) % 25}`).join(' ')],
    ['records that are all alike', (w, i) => copy('one', w * N + i)],
    ['a tenth that is the same in every window', (_w, i) => (i < N / 10 ? words(`0/${i}`).join(' ') : undefined)],
    ['texts that say nothing', (_w, i) => (i < 3 ? '' : undefined)],
  ])('finds none in %s', (_name, plant) => {
    expect(floodsIn(windowsOf(plant).map((texts) => printed(texts)))).toEqual([])
  })

  it('finds one beside what is far more frequent, and beside what windows held', () => {
    const often = windowsOf((w, i) => (i < 8 ? words('default').join(' ') : i === 9 ? copy('flood', w) : undefined))
    expect(floodsIn(often.map((texts) => printed(texts))).map(({ observed }) => observed)).toEqual([WINDOWS])
    const decoys = windowsOf((w, i) => (i < 10 ? copy(`decoy ${i}`, w) : undefined))
    expect(floodsIn(decoys.map((texts) => printed(texts)))).toEqual([])
    const held = Array.from({ length: 9 }, (_, i) => i)
    expect(floodsIn(decoys.map((texts) => printed(texts, held)))).toHaveLength(10)
  })

  it('knows images by shades, rows by rounded values and vectors by their sides, each a little off', () => {
    const random = seededRandom(0, 'kinds')
    const base = Float32Array.from({ length: 256 }, () => random.next())
    const off = () => base.map((value) => value + 0.0005 * random.normal())
    const other = () => Float32Array.from({ length: 256 }, () => random.next())
    const of = (kind: 'image' | 'vector' | 'table', rows: Float32Array[]): Samples => {
      const data = Float32Array.from(rows.flatMap((row) => [...row]))
      const pixels = { rows: rows.length, cols: 256, data }
      if (kind === 'image') return { kind, height: 16, width: 16, channels: 1, pixels }
      const centred = data.map((value) => value - 0.5)
      if (kind === 'vector') return { kind, vectors: { ...pixels, data: centred } }
      const columns = Array.from({ length: 12 }, (_, c) => {
        const values = Float64Array.from(rows, (row) => 1 + row[c]!)
        return { name: `c${c}`, type: 'number' as const, values }
      })
      return { kind, columns }
    }
    for (const kind of ['image', 'vector', 'table'] as const) {
      const windows = Array.from({ length: WINDOWS }, () => {
        const samples = of(kind, [off(), ...Array.from({ length: 20 }, other)])
        return decodePrints(encodePrints({ n: 21, samples, seed: 0, labels: null, contributors: null }, []).line)
      })
      const [flood, ...others] = floodsIn(windows)
      expect([kind, flood?.members.length ?? 0, others.length]).toEqual([kind, WINDOWS, 0])
      expect(flood?.members.every(({ index }) => index === 0)).toBe(true)
    }
  })
})

/** A row of nine towns that comes once in each window, among others of towns that stand there once and of such that stand there often. */
function rowsOfTowns(w: number, copied: (w: number) => string) {
  const columns = Array.from({ length: 9 }, (_, c) => ({ name: `c${c}`, type: 'category' as const }))
  const random = seededRandom(w, 'towns')
  const towns = (i: number) => (c: number) => (i % 3 === 0 ? `town ${c} ${random.below(5)}` : `town ${w} ${i} ${c}`)
  const rows = Array.from({ length: 40 }, (_, i) => (i === w % 40 ? (c: number) => `${copied(w)} ${c}` : towns(i)))
  const records = rows.map((town, i) => ({
    id: `r${i}`,
    fields: Object.fromEntries(columns.map(({ name }, c) => [name, town(c)])),
    provenance: { source: 's', partition: 'p', position: String(i) },
  }))
  const samples = { kind: 'table' as const, columns: columnSamples(records, columns) }
  return decodePrints(encodePrints({ n: 40, samples, seed: 0, labels: null, contributors: null }, []).line)
}

it('knows a row whose values stand once in each window by what they are, and not by their places', () => {
  const floods = (copied: (w: number) => string) =>
    floodsIn(Array.from({ length: WINDOWS }, (_, w) => rowsOfTowns(w, copied))).filter(({ members }) =>
      members.some(({ part, index }) => index === part % 40),
    )
  expect(floods(() => 'the same')).toMatchObject([{ members: { length: WINDOWS } }])
  expect(floods((w) => `of window ${w}`)).toEqual([])
})

describe('prints', () => {
  it('are read back from among other lines, and from nothing else', () => {
    const { line } = encodePrints(inputOf([copy('a', 1), 'too short']), [1])
    expect(readLines([Buffer.concat([Buffer.from('{}\n'), line]), line, new Uint8Array(0)], decodePrints)).toEqual([
      expect.objectContaining({ held: [1], from: 0, step: 1 }),
      expect.objectContaining({ held: [1] }),
      null,
    ])
    for (const other of ['{"prints":1}\n', '{"prints":"AAA', '[]'])
      expect(readLines([Buffer.from(other)], decodePrints)).toEqual([null])
    expect(decodePrints(line)?.prints.subarray(24)).toEqual(new Uint8Array(24))
    const { prints, ...rest } = decodePrints(line)!
    const earlier = `${JSON.stringify({ prints: Buffer.from(prints).toString('base64'), ...rest })}\n`
    expect(decodePrints(Buffer.from(earlier))).toEqual({ prints: new Uint8Array(prints), ...rest })
  })

  it('stay within what a window may give', () => {
    const given = encodePrints(inputOf(Array(40_000).fill('a')), [])
    const { prints, step, from } = decodePrints(given.line)!
    expect(step).toBe(3)
    expect(prints.length / 24).toBe(Math.ceil((40_000 - from) / 3))
    expect(given.leftOut).toBe(40_000 - prints.length / 24)
  })
})

describe('a flood that is known', () => {
  const parts = Array.from({ length: WINDOWS }, (_, w): PooledWindow => ({
    window: `w${w}`,
    ordinal: w + 1,
    records: N,
    sha256: '',
    members: [],
    held: [],
  }))
  const memory: Memory = {
    version: 1,
    dataset: 'mails',
    through: WINDOWS,
    contract: 'a',
    history: EMPTY_HISTORY,
    pools: parts,
  }
  const texts = windowsOf((w, i) => (i === 7 ? copy('flood', w) : undefined))
  const floods = floodsIn(texts.map((window) => printed(window)))

  it('is a campaign with all its records, and one however often it is shown', () => {
    const learnt = learnFloods(memory, parts, floods)
    expect(learnt.campaigns).toMatchObject([{ family: 'flood', since: WINDOWS, last: WINDOWS }])
    expect(foundIn(learnt)).toHaveLength(WINDOWS)
    expect(decodeMemory(encodeMemory(learnt))).toEqual(learnt)
    const later = learnFloods({ ...learnt, through: WINDOWS + 4 }, parts, floods)
    expect(later.campaigns).toMatchObject([{ since: WINDOWS, last: WINDOWS + 4 }])
    expect(foundIn(later)).toHaveLength(WINDOWS)
    expect(learnFloods(memory, parts, [])).toBe(memory)
  })

  it('is asked about until a person calls one of its records poison, and again where that is taken back', () => {
    const asked = learnFloods(memory, parts, floods)
    expect(floodsKnown(asked)).toEqual([])
    expect(foundIn(asked).every(({ logOdds }) => logOdds < 0)).toBe(true)
    const said = { window: 5, indices: new Set([7]), by: 1 } as const
    expect(withRejected(asked, { ...said, indices: new Set([8]) })).toBe(asked)
    const rejected = withRejected(asked, said)
    expect(floodsKnown(rejected)).toHaveLength(1)
    expect(foundIn(rejected).every(({ logOdds }) => logOdds > 3)).toBe(true)
    expect(floodsKnown(learnFloods({ ...rejected, through: WINDOWS + 4 }, parts, floods))).toHaveLength(1)
    expect(decodeMemory(encodeMemory(rejected))).toEqual(rejected)
    expect(withRejected(rejected, { ...said, by: -1 })).toEqual(asked)
  })

  it('is not asked about where a person called it natural, until twice as much of it comes', () => {
    const asked = learnFloods(memory, parts, floods)
    const campaign = asked.campaigns![0]!.id
    const natural = withNatural(asked, { campaign, isNatural: true })
    const [{ rate = 0 } = {}] = asked.campaigns!
    expect(natural.campaigns).toMatchObject([{ natural: rate }])
    expect(decodeMemory(encodeMemory(natural))).toEqual(natural)
    expect(withNatural(natural, { campaign, isNatural: false })).toEqual(asked)
    const later = learnFloods({ ...natural, through: WINDOWS + 4 }, parts, floods)
    expect(later.campaigns).toMatchObject([{ natural: rate, last: WINDOWS + 4 }])
    const more = floods.map((flood) => ({ ...flood, observed: 2 * flood.observed }))
    expect(learnFloods(later, parts, more).campaigns![0]).not.toHaveProperty('natural')
  })

  it('is poison once a person says so, though one called it natural, and spares nothing', () => {
    const asked = learnFloods(memory, parts, floods)
    const natural = withNatural(asked, { campaign: asked.campaigns![0]!.id, isNatural: true })
    const ref = { through: WINDOWS, sha256: '' }
    expect(foundIn(natural)).toEqual(foundIn(asked))
    expect(knownFrom({ memory: natural, ref })).toEqual(knownFrom({ memory: asked, ref }))
    const said = { window: 5, indices: new Set([7]), by: 1 } as const
    expect(floodsKnown(withRejected(natural, said))).toHaveLength(1)
    expect(withRejected(withRejected(natural, said), { ...said, by: -1 })).toEqual(natural)
  })

  it('is told of beside as many as there are that people called natural', () => {
    const [flood] = floods
    const print = (k: number) =>
      Buffer.from(
        Buffer.from(flood!.print, 'hex').map(
          (byte, at) => byte ^ (17 * (at % 2 === 0 ? (k % 15) + 1 : Math.floor(k / 15) + 1)),
        ),
      ).toString('hex')
    const many = Array.from({ length: 20 }, (_, k) => ({ ...flood!, print: print(k) }))
    let before = memory
    for (const one of many) {
      before = learnFloods(before, parts, [one])
      const { id } = before.campaigns!.find(({ natural }) => natural === undefined)!
      before = withNatural(before, { campaign: id, isNatural: true })
    }
    const after = learnFloods({ ...before, through: WINDOWS + 4 }, parts, [...many, ...floods])
    expect(after.campaigns!.filter(({ natural }) => natural === undefined).map(({ print: own }) => own)).toEqual([
      flood!.print,
    ])
  })

  it('keeps nothing else out of the memory while it is asked about, and gives its records to what is surer', () => {
    const asked = learnFloods(memory, parts, floods)
    const sure: KnownMember = { window: 5, index: 7, campaign: 'trigger-1', logOdds: 4, admitted: true }
    const members = membersOf(asked)
    members.add(sure)
    expect(members.all.get('5/7')).toEqual(sure)
    members.add({ ...sure, campaign: 'other' })
    expect(members.all.get('5/7')).toEqual(sure)
    const trigger: KnownCampaign = { id: 'trigger-1', family: 'trigger', summary: '', evidence: 5, since: 4, last: 4 }
    const repeats = Array.from({ length: 70 }, (_, k) => ({ ...asked.campaigns![0]!, id: `flood-${k}`, last: WINDOWS }))
    const many = Array.from({ length: 20_000 }, (_, i) => ({ ...sure, window: 9, index: i, campaign: 'flood-1' }))
    const kept = mostOf([trigger, ...repeats], [sure, ...many, { ...sure, window: 1, campaign: 'flood-69' }])
    expect(kept.campaigns).toContainEqual(trigger)
    expect(kept.members).toContainEqual(sure)
    expect(kept.members).toHaveLength(20_000)
    const ids = new Set(kept.campaigns.map(({ id }) => id))
    expect(kept.members.every(({ campaign }) => ids.has(campaign))).toBe(true)
    const anew = foldMemory('mails', asked, [{ ordinal: WINDOWS + 1, contract: 'b', taught: null }])
    expect(foundIn(anew)).toEqual([])
  })

  it('is none where people released it again and again', () => {
    const copies = Array.from({ length: 8 }, (_, w) => copy('flood', w))
    const likeness = likenessOf(inputOf(copies), [...copies.keys()])!
    const by = [{ name: 'ann', released: 6, rejected: 0 }]
    const cause = { id: 'letter', summary: 'a form letter', family: 'flood' as const, likeness, by }
    const verdicts = { causes: [cause], families: [], curve: [] }
    expect(learnFloods({ ...memory, verdicts }, parts, floods).campaigns).toBeUndefined()
    const rejected = { ...verdicts, causes: [{ ...cause, by: [{ name: 'ann', released: 6, rejected: 1 }] }] }
    expect(learnFloods({ ...memory, verdicts: rejected }, parts, floods).campaigns).toHaveLength(1)
  })

  it('has its next record known by itself, and no other', async () => {
    const known = floodsKnown(
      withRejected(learnFloods(memory, parts, floods), { window: 1, indices: new Set([7]), by: 1 }),
    )
    const next = [...texts[0]!.slice(8), copy('flood', 39), copy('other flood', 1)]
    const view = createView(inputOf(next), await createEngine(), 'full')
    const found = await new KnownFloods(known).score(view)
    const { scores, groups } = found
    expect(Array.from(scores.keys()).filter((i) => scores[i]! > 0)).toEqual([next.length - 2])
    expect(groups[0]?.summary).toContain('1 record is a near-copy of what earlier windows have shown: 24 near-copies')
    expect(found.why(next.length - 2)).toContain('near-copy')
    expect(found.why(0)).toBe('')
  })
})
