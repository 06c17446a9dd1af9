import { describe, expect, it } from 'vitest'
import { contractSchema } from '#core/contract.ts'
import { policySchema } from '#core/decision.ts'
import { encodeRecords } from '#core/record-codec.ts'
import type { DataRecord } from '#core/record.ts'
import { decodeSidecar } from '#core/sidecar.ts'
import { isFlagged, isNothingScanned, unscannedIn } from '#present/scanned.ts'
import type { Prepared } from '#services/ingest/record/prepare.ts'
import { scanWindow } from '#services/scan/scan-window.ts'
import { scoreWindow } from '#services/scan/score-window.ts'
import type { ScanInput } from '#services/scan/view/samples.ts'
import { scanInWindows, toScanOutput } from './scan-file.ts'

const contract = contractSchema.parse({ version: 1, schema: {}, features: { kind: 'text', field: 'text' } })
const policy = policySchema.parse({})

function items(n: number): Prepared[] {
  return Array.from({ length: n }, (_, i) => {
    const provenance = { source: 'file', partition: 'mail.jsonl', position: String(i) }
    const fields = { text: `letter number ${i} about ${i % 7} things` }
    return { kind: 'record', record: { id: `r${i}`, fields, provenance }, notes: [], bytes: 1, item: null }
  })
}

/** Counts what it is asked to scan, and finds nothing. */
function counting() {
  const sizes: number[] = []
  const scan = async ({ n }: ScanInput) => {
    sizes.push(n)
    const detectors = [{ name: 'none', family: 'outlier' as const, version: 1 }]
    const empty = {
      issues: Array.from({ length: n }, () => []),
      campaigns: [],
      notes: [],
      bulk: {},
      order: new Int32Array(0),
    }
    return { risk: new Float64Array(n), map: new Float32Array(2 * n), detectors, certified: false, ...empty }
  }
  return { sizes, pool: { scan } }
}

describe('a file', () => {
  it('with fewer than 50 records is held and not scanned, with the very sidecar that the pipeline would write', async () => {
    const pool = { scan: (input: ScanInput) => scanWindow(input) }
    const scan = await scanInWindows(items(40), { contract, policy, seed: 3, pool, threads: 1 })
    const output = toScanOutput('mail.jsonl', scan, [])
    expect(output.records.every(({ decision }) => decision === 'quarantine')).toBe(true)
    expect(output.records.some(isFlagged)).toBe(false)
    expect(isNothingScanned(output)).toBe(true)
    expect(unscannedIn(output)).toEqual([{ why: expect.stringContaining('40 records') as string, count: 40 }])
    const records = items(40).flatMap((item): DataRecord[] => (item.kind === 'record' ? [item.record] : []))
    const task = { window: 'part-1', plaintext: encodeRecords(records), contract, policy, seed: 3 }
    expect(scan.windows[0]?.sidecar).toEqual(decodeSidecar((await scoreWindow(task)).sidecar))
  })

  it('is cut evenly, and not at all up to 15,000 records', async () => {
    for (const [n, expected] of [
      [0, []],
      [50, [50]],
      [15_000, [15_000]],
      [20_001, [6667, 6667, 6667]],
      [40_003, [8000, 8001, 8000, 8001, 8001]],
    ] as const) {
      const { sizes, pool } = counting()
      const { windows } = await scanInWindows(items(n), { contract, policy, seed: 0, pool, threads: 2 })
      expect(sizes).toEqual(expected)
      expect(windows.flatMap(({ places }) => places)).toEqual(Array.from({ length: n }, (_, i) => i))
    }
  })

  it('is held as detectors take it for no more windows at a time than there are threads', async () => {
    const { pool } = counting()
    let [running, most] = [0, 0]
    const scan = async (input: ScanInput) => {
      most = Math.max(most, ++running)
      await new Promise((done) => setImmediate(done))
      running--
      return pool.scan(input)
    }
    const options = { contract, policy, seed: 0, pool: { scan }, threads: 3 }
    const { windows } = await scanInWindows(items(61_000), options)
    expect([most, windows.length]).toEqual([3, 7])
    expect(windows.flatMap(({ places }) => places)).toEqual(Array.from({ length: 61_000 }, (_, i) => i))
  })

  it('that a scan fails on for good is held with the reason', async () => {
    const pool = { scan: () => Promise.reject(new RangeError('secret payload')) }
    const output = toScanOutput(
      'x',
      await scanInWindows(items(60), { contract, policy, seed: 0, pool, threads: 2 }),
      [],
    )
    expect(unscannedIn(output)).toEqual([{ why: 'the scan failed: RangeError', count: 60 }])
  })
})
