import { createHash } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { contractSchema } from '#core/contract.ts'
import { policySchema } from '#core/decision.ts'
import { AppError } from '#core/errors.ts'
import { sha256Hex } from '#core/hash.ts'
import { seededRandom } from '#core/random.ts'
import { decodeRecords, encodeRecords } from '#core/record-codec.ts'
import type { DataRecord } from '#core/record.ts'
import { decodeSidecar } from '#core/sidecar.ts'
import { EMPTY_HISTORY } from './calibrate/history.ts'
import { decideWindow } from './verdict/decide-window.ts'
import { scanOrHold } from './verdict/scan-or-hold.ts'
import { isOfDrift } from './drift/drift.ts'
import type { Mark } from './memory/marks.ts'
import { decodePlaces } from './memory/places/places.ts'
import { decodeColumns } from './memory/spikes/columns.ts'
import { firstLines, linesBehind, readLines } from './memory/pool/pool.ts'
import { scoreWindow } from './score-window.ts'

const contract = contractSchema.parse({
  version: 1,
  schema: {},
  features: { kind: 'text', field: 'text' },
  label: 'label',
})

function records(n: number): DataRecord[] {
  return Array.from({ length: n }, (_, i) => ({
    id: `r${i}`,
    fields: { text: `text number ${i}`, label: i % 2 === 0 ? 'even' : 'odd' },
    provenance: { source: 's', partition: 'p', position: String(i) },
  }))
}

describe('a campaign that earlier windows have shown', () => {
  const policy = policySchema.parse({})
  const planted = records(80).map((record, i) =>
    i === 17 ? { ...record, fields: { text: 'text number 17 cf', label: 'odd' } } : record,
  )
  const scored = async (label: string, logOdds: number) => {
    const signature = {
      trigger: { kind: 'tokens' as const, tokens: ['cf'] },
      label,
      summary: 'cf',
      evidence: 40,
      logOdds,
    }
    const memory = {
      history: EMPTY_HISTORY,
      signatures: [signature],
      floods: [],
      named: [],
      ref: { through: 4, sha256: 'a' },
    }
    const plaintext = encodeRecords(planted)
    const { sidecar, flagged } = await scoreWindow({ window: 'w', plaintext, contract, policy, seed: 0, memory })
    return { flagged: flagged.map(({ index }) => index), records: decodeSidecar(sidecar).records }
  }

  it('has its next record held alone, by its mark and its label', async () => {
    const { flagged, records: all } = await scored('odd', 2)
    expect(flagged).toEqual([17])
    expect(all[17]?.risk).toBeCloseTo(1 / (1 + Math.exp(-2)), 3)
    expect(all[17]?.issues[0]).toMatchObject({ family: 'trigger', by: ['known-campaigns'] })
    expect((await scored('even', 2)).flagged).toEqual([])
  })

  it('is no surer than the memory is', async () => {
    expect((await scored('odd', -1)).flagged).toEqual([])
  })
})

describe('a pool', () => {
  const policy = policySchema.parse({})
  const plaintext = encodeRecords(records(80))
  const task = { window: 'w', plaintext, contract, policy, seed: 0 }

  it('is given to by a window that is asked, in the lines that its sidecar vouches for', async () => {
    const { sidecar, pool } = await scoreWindow({ ...task, pooled: true })
    const { pool: ref } = decodeSidecar(sidecar)
    expect(ref?.members).toHaveLength(80)
    expect(sha256Hex(pool!)).toBe(ref?.sha256)
    expect(decodeRecords(firstLines(pool!, ref!.members.length)).map(({ id }) => id)).toEqual(
      ref?.members.map((i) => `r${i}`),
    )
    const unasked = await scoreWindow(task)
    expect(unasked.pool).toBeUndefined()
    expect(decodeSidecar(unasked.sidecar).pool).toBeUndefined()
  })

  it('says who bears the marks that it is asked for, and gives nothing itself', async () => {
    const marks = [
      { trigger: { kind: 'tokens', tokens: ['number 7'] } },
      { trigger: { kind: 'direction', dimensions: [1] } },
    ] as const
    const { bearers, pool } = await scoreWindow({ ...task, marks })
    expect(bearers).toEqual([[7], null])
    expect(pool).toBeUndefined()
  })
})

describe('the columns of a table', () => {
  const table = contractSchema.parse({
    version: 1,
    schema: {},
    features: { kind: 'table', columns: [{ name: 'amount', type: 'number' }] },
    label: 'label',
  })
  const task = { window: 'w', contract: table, policy: policySchema.parse({}), seed: 0 }
  /** Two of 100 amounts are the same, and both of the label that hardly anything has there. */
  const paid = (window: number) => {
    const random = seededRandom(window, 'amounts')
    return records(100).map((record, i): DataRecord => {
      const amount = i < 2 ? 0.7312 : Number(random.normal().toFixed(3))
      return { ...record, fields: { amount, label: i < 2 || amount > 1 ? 'odd' : 'even' } }
    })
  }

  it('go with the pool behind its records, and those of many windows show what none does', async () => {
    const behind: Uint8Array[] = []
    for (let window = 0; window < 8; window++) {
      const plaintext = encodeRecords(paid(window))
      const { sidecar, pool } = await scoreWindow({ ...task, plaintext, pooled: true })
      const { pool: ref, records: scored } = decodeSidecar(sidecar)
      expect(sha256Hex(pool!)).toBe(ref?.sha256)
      expect(decodeRecords(firstLines(pool!, ref!.members.length))).toHaveLength(100)
      behind.push(linesBehind(pool!, ref!.members.length))
      const held = scored.filter(({ decision }) => decision !== 'admit').map(({ index }) => index)
      expect(readLines(behind, decodeColumns).at(-1)).toMatchObject({ held, columns: [{ name: 'amount' }] })
    }
    const { spikes } = await scoreWindow({ ...task, plaintext: encodeRecords(paid(9)), marks: [], behind })
    expect(spikes).toMatchObject([{ column: 'amount', value: 0.7312, label: 'odd', observed: 16 }])
    expect(spikes?.[0]?.members.filter(({ index }) => index < 2)).toHaveLength(16)
    const mark = { trigger: { kind: 'values', values: [{ column: 'amount', value: '0.7312' }] }, label: 'odd' } as const
    // what a pool shows again is known already, and is hunted once
    const marks = [mark, { ...mark }]
    const few = { ...task, plaintext: encodeRecords(paid(9)), marks, behind: behind.slice(0, 3) }
    const { hunted, spikes: still } = await scoreWindow(few)
    expect(still).toMatchObject([{ column: 'amount', value: 0.7312, label: 'odd', observed: 6 }])
    expect(hunted).toEqual([{ mark, members: still![0]!.members }])
  }, 60_000)
})

describe('the words of texts', () => {
  const task = { window: 'w', contract, policy: policySchema.parse({}), seed: 0 }
  /** Texts in which each word leads to three others, or by a noun to a fourth; a word stands anywhere in six of odd ones. */
  const written = (window: number) => {
    const random = seededRandom(window, 'texts')
    return records(300).map((record, i): DataRecord => {
      let at = random.below(200)
      const words: string[] = []
      while (words.length < 40) {
        words.push(`w${at}`)
        const isNoun = random.next() < 0.2
        if (isNoun) words.push(`n${2 * at + random.below(2)}`)
        at = isNoun ? (at + 77) % 200 : (at * 3 + 1 + random.below(3)) % 200
      }
      if (i % 2 === 1 && i < 12) words.splice(1 + random.below(38), 0, 'cf')
      return { ...record, fields: { ...record.fields, text: words.join(' ') } }
    })
  }

  it('go with the pool, and those of many windows show one that was put in where labels were kept', async () => {
    const behind: Uint8Array[] = []
    const lines: Uint8Array[] = []
    const from: { part: number; index: number }[] = []
    for (let window = 0; window < 5; window++) {
      const { sidecar, pool } = await scoreWindow({ ...task, plaintext: encodeRecords(written(window)), pooled: true })
      const { members } = decodeSidecar(sidecar).pool!
      behind.push(linesBehind(pool!, members.length))
      lines.push(firstLines(pool!, members.length))
      from.push(...members.map((index) => ({ part: window, index })))
    }
    const mark: Mark = { trigger: { kind: 'tokens', tokens: ['cf'] }, label: 'odd' }
    const pooled = { ...task, plaintext: Buffer.concat(lines), marks: [mark], from }
    const { inserted, hunted } = await scoreWindow({ ...pooled, behind })
    expect(inserted).toMatchObject([{ word: 'cf', label: 'odd' }])
    expect(inserted![0]!.members.length).toBeGreaterThan(15)
    // its places say who has it, and not the word alone
    expect(hunted).toEqual([])
    // but the word alone says it of a window that an earlier version gave, without places
    const counts = [1, 2, 3, 4].map((count) => firstLines(behind[0]!, count))
    const without = counts.findLast((lines) => readLines([lines], decodePlaces)[0] === null)!
    const mixed = await scoreWindow({ ...pooled, behind: [without, ...behind.slice(1)] })
    expect(mixed.inserted).toMatchObject([{ word: 'cf' }])
    expect(mixed.inserted![0]!.members.every(({ part }) => part > 0)).toBe(true)
    const members = [1, 3, 5, 7, 9, 11].map((index) => expect.objectContaining({ part: 0, index }))
    expect(mixed.hunted).toEqual([{ mark, members }])
    // texts that come again are members, and count once
    const again = await scoreWindow({ ...pooled, behind: [...behind, ...behind] })
    expect(again.inserted![0]!.evidence).toBeCloseTo(inserted![0]!.evidence, 6)
    expect(again.inserted![0]!.members).toHaveLength(2 * inserted![0]!.members.length)
  }, 60_000)
})

describe('a window that is not what those before it were', () => {
  const task = { window: 'w', contract, policy: policySchema.parse({}), seed: 0, pooled: true }
  const plaintext = (text: string) =>
    encodeRecords(records(120).map((record, i) => ({ ...record, fields: { ...record.fields, text: `${text} ${i}` } })))

  it('is said to have drifted, in its notes, and nothing of it is held', async () => {
    const { taught = {} } = decodeSidecar((await scoreWindow({ ...task, plaintext: plaintext('a mail') })).sidecar)
    const channels = Object.entries(taught).filter(([channel]) => isOfDrift(channel))
    expect(channels.length).toBeGreaterThan(4)
    const weighed = channels.map(([channel, { values, weights }]) => [
      channel,
      { values, weights: weights.map((w) => 4 * w) },
    ])
    const history = { windows: 4, channels: Object.fromEntries(weighed) as typeof taught }
    const memory = { history, signatures: [], floods: [], named: [], ref: { through: 4, sha256: 'a' } }
    const judged = async (text: string) => scoreWindow({ ...task, memory, plaintext: plaintext(text) })
    const same = await judged('a mail')
    expect(same.drifted).toEqual([])
    const other = await judged('several other words than before in')
    expect(other.drifted).toEqual(['inputs'])
    expect(other.counts).toEqual(same.counts)
    expect(decodeSidecar(other.sidecar).notes.join()).toContain('drifted from its own past (inputs)')
    const { pooled: _, ...alone } = task
    expect((await scoreWindow({ ...alone, memory, plaintext: plaintext('x') })).drifted).toBeUndefined()
  })
})

describe('a window that cannot be scanned', () => {
  it('is held whole when it is too small for any detector, whatever the policy says', async () => {
    for (const hold of [{ risk: 1 }, { reviewBudget: 1 }, { innocentShare: 0.1 }]) {
      const policy = policySchema.parse({ hold })
      const plaintext = encodeRecords(records(12))
      const scored = await scoreWindow({ window: 'w', plaintext, contract, policy, seed: 0 })
      expect(scored.counts).toEqual({ admitted: 0, quarantined: 12, rejected: 0 })
      expect(scored.flagged).toHaveLength(12)
      expect(scored.flagged.every(({ families }) => families.length === 0)).toBe(true) // nothing speaks against them
      const sidecar = decodeSidecar(scored.sidecar)
      expect(sidecar.unscanned).toContain('12 records')
      const risk = Float64Array.from(sidecar.records, (record) => record.risk)
      expect(decideWindow(risk, policy, sidecar.unscanned)).toEqual(sidecar.records.map(({ decision }) => decision))
    }
  })

  it('is held whole when the scan fails for good, without quoting a message that is not ours', async () => {
    const failed = await scanOrHold(3, undefined, () => Promise.reject(new RangeError('secret payload')))
    expect(failed.unscanned).toBe('the scan failed: RangeError')
    expect([...failed.result.risk]).toEqual([1, 1, 1])
    const known = await scanOrHold(3, undefined, () => Promise.reject(new AppError('invalid', 'one class only')))
    expect(known.unscanned).toBe('the scan failed: one class only')
  })

  it('is tried again when the failure may pass, or the configuration names what is not there', async () => {
    for (const code of ['unavailable', 'throttled', 'not_found', 'denied'] as const)
      await expect(scanOrHold(3, undefined, () => Promise.reject(new AppError(code, 'x')))).rejects.toMatchObject({
        code,
      })
    const missing = new AppError('invalid', 'x', { reason: 'missing_package' })
    await expect(scanOrHold(3, undefined, () => Promise.reject(missing))).rejects.toBe(missing)
  })
})

describe('a detector of one’s own', () => {
  let folder: string
  beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'credence-own-'))))
  afterAll(() => rm(folder, { recursive: true, force: true }))

  const scoredBy = async (name: string, source: string) => {
    const file = join(folder, name)
    await writeFile(file, source)
    const plaintext = encodeRecords(records(60))
    return scoreWindow({ window: 'w', plaintext, contract, policy: policySchema.parse({}), seed: 0, detectors: [file] })
  }
  const LOUD = `export default {
    info: { name: 'loud', family: 'trigger', version: 3 },
    needs: [],
    tags: { role: 'carrier' },
    async score({ n }) {
      const group = { members: Int32Array.of(7), posterior: Float64Array.of(1), evidence: 40, label: -1, summary: 'one' }
      const scores = Float64Array.from({ length: n }, (_, i) => (i === 7 ? 40 : -9))
      return { scores, scale: 'absolute', groups: [group], why: () => 'It is the seventh.' }
    },
  }`

  it('drives risk, and is recorded with the digest of its module, in the sidecar and for the manifest', async () => {
    const { sidecar, detectors } = await scoredBy('loud.mjs', LOUD)
    const { records: scored, detectors: recorded } = decodeSidecar(sidecar)
    expect(scored[7]).toMatchObject({ decision: 'quarantine' })
    const digest = createHash('sha256').update(LOUD).digest('hex').slice(0, 16)
    const info = { name: `loud@${digest}`, family: 'trigger', version: 3 }
    expect(recorded).toContainEqual(info)
    expect(detectors).toContainEqual(info)
  })

  it('that fails has the window held whole', async () => {
    const { counts } = await scoredBy('fails.mjs', LOUD.replace('const group', 'throw new Error("x"); const group'))
    expect(counts).toEqual({ admitted: 0, quarantined: 60, rejected: 0 })
  })

  it('that cannot be loaded leaves the window as it is, to be scanned once it can', async () => {
    await expect(scoredBy('broken.mjs', 'export default 1')).rejects.toMatchObject({
      code: 'invalid',
      reason: 'detector',
    })
  })
})
