import { readFileSync } from 'node:fs'
import { fc, test } from '#test/support/property.ts'
import { describe, expect, it } from 'vitest'
import { CLOUD_NAMES } from './clouds.ts'
import { monthlyCost } from './cost.ts'
import { planCapacity, type CloudPlan, type Workload } from './plan.ts'
import { LIST_PRICES, withPrices } from './prices.ts'
import { KINDS, RATES } from './rates.ts'

const MAIL: Workload = {
  recordsPerSecond: 2_000,
  bytes: 1_024,
  kind: 'table',
  datasets: 1,
  windowRecords: 10_000,
  windowSeconds: 60,
  keepDays: 30,
  utilization: 0.6,
}
const planOf = (more: Partial<Workload>, cloud: (typeof CLOUD_NAMES)[number] = 'aws'): CloudPlan =>
  planCapacity({ ...MAIL, ...more }, [cloud])[0]!
const costOf = (more: Partial<Workload>, cloud: (typeof CLOUD_NAMES)[number] = 'aws') =>
  monthlyCost(planOf(more, cloud), { ...MAIL, ...more }, LIST_PRICES)

describe('a plan', () => {
  it('is what the measured rates say, worked out by hand', () => {
    const { shards, services, windows, store } = planOf({})
    // 2,000 records of 1 KiB: 1.95 MiB a second, 60 % of a shard's 1,000 records
    expect(shards).toBe(4)
    // 2,000 / 685 of a core, at 60 %: 4.87 cores, two a process
    expect(services.scan).toMatchObject({ count: 3, cores: 2 })
    expect(services.ingest.count).toBe(2)
    expect(windows).toEqual({ perSecond: 0.2, records: 10_000 })
    expect(store.writesPerMonth).toBe(0.2 * 730 * 3_600 * 4)
    // 2,000 × (1,024 × .53 + 29) and a manifest of 2,200 each five seconds, for 30 days
    expect(store.gib).toBeCloseTo(((2_000 * (1_024 * 0.53 + 29) + 0.2 * 2_200) * 30 * 86_400) / 2 ** 30, 6)
  })

  it('has a process of each service, twice where one may be lost, however little there is to do', () => {
    for (const cloud of CLOUD_NAMES) {
      const { services, machines } = planOf({ recordsPerSecond: 0.01, bytes: 1 }, cloud)
      expect(Object.values(services).map(({ count }) => count)).toEqual([2, 2, 2, 1])
      expect(machines).toBe(5) // 8.25 cores, 1.9 a machine
    }
  })

  it('ends windows by time where a shard brings too few, and says what that means', () => {
    expect(planOf({ recordsPerSecond: 10 }).windows).toEqual({ perSecond: 10 / 600, records: 600 })
    expect(planOf({ recordsPerSecond: 10 }).notes.join()).toMatch(/600 records: 1000 and more find what fewer do not/)
    expect(planOf({ recordsPerSecond: 0.5 }).notes.join()).toMatch(/30 records, and fewer than 50 are held unscanned/)
    expect(planOf({}).notes).toEqual([])
  })

  it('takes no record that the stream does not take', () => {
    expect(planOf({ bytes: 2 ** 20 }).refuses).toBeNull()
    expect(planOf({ bytes: 2 ** 20 + 1 }).refuses).toMatch(/1048576 bytes/)
    expect(planOf({ bytes: 2 ** 20 + 1 }, 'gcp').refuses).toBeNull()
  })

  it('sells processing units in the sizes that there are', () => {
    const units = (recordsPerSecond: number) => planOf({ recordsPerSecond }, 'azure').units?.processing
    // 60 % of 5 MB a second is 2,929 records of 1 KiB
    expect([2_900, 2_950, 9_000, 100_000].map(units)).toEqual([1, 2, 4, 48])
  })

  it('refuses what is no workload, in the words of the options', () => {
    const wrong: readonly (readonly [Partial<Workload>, string])[] = [
      [{ recordsPerSecond: 0 }, '--records-per-second'],
      [{ bytes: Number.NaN }, '--bytes'],
      [{ windowSeconds: -1 }, '--window-seconds'],
      [{ utilization: 1.01 }, '--utilization'],
      [{ keepDays: Infinity }, '--keep-days'],
    ]
    for (const [more, option] of wrong) expect(() => planOf(more)).toThrow(option)
  })

  const workload = fc.record({
    recordsPerSecond: fc.double({ min: 0.01, max: 1e6, noNaN: true }),
    bytes: fc.integer({ min: 1, max: 2 ** 20 }),
    kind: fc.constantFrom(...KINDS),
    datasets: fc.integer({ min: 1, max: 40 }),
    windowRecords: fc.integer({ min: 1, max: 1_000_000 }),
    windowSeconds: fc.integer({ min: 1, max: 86_400 }),
    keepDays: fc.integer({ min: 1, max: 4_000 }),
    utilization: fc.double({ min: 0.05, max: 1, noNaN: true }),
  })
  const cloud = fc.constantFrom(...CLOUD_NAMES)

  test.prop([workload, cloud, fc.double({ min: 1, max: 50, noNaN: true })])(
    'never asks for less for more records',
    (one, where, times) => {
      const more = { ...one, recordsPerSecond: one.recordsPerSecond * times }
      const [small, large] = [planOf(one, where), planOf(more, where)]
      for (const name of ['ingest', 'scan', 'encrypt'] as const)
        expect(large.services[name].count).toBeGreaterThanOrEqual(small.services[name].count)
      expect(large.shards).toBeGreaterThanOrEqual(small.shards)
      expect(large.shards % one.datasets).toBe(0)
    },
  )

  test.prop([workload, cloud])(
    'carries what it is asked to: no shard, core or reader above its share',
    (one, where) => {
      const { shards, services } = planOf(one, where)
      const volume = one.recordsPerSecond * one.bytes
      const least = { aws: 2 ** 20, azure: 1e6, gcp: 10e6 }[where]
      expect(volume / shards).toBeLessThanOrEqual(least * one.utilization * (1 + 1e-9))
      const { records, seconds } = RATES.scan[one.kind]
      const alone = one.recordsPerSecond / (records / seconds)
      expect(services.scan.count * services.scan.cores * one.utilization).toBeGreaterThanOrEqual(alone)
    },
  )
})

describe('a month', () => {
  it('costs what its parts cost, and each of them is paid for', () => {
    for (const cloud of CLOUD_NAMES) {
      const { items, usd } = costOf({}, cloud)
      expect(usd).toBeCloseTo(
        items.reduce((all, item) => all + item.usd, 0),
        6,
      )
      for (const item of items) expect(item.usd, `${cloud} ${item.what}`).toBeGreaterThan(0)
    }
  })

  it('is worked out by hand for the stream and the machines', () => {
    const usd = (what: string) => costOf({}).items.find((item) => item.what === what)?.usd
    // 4 shards at .015 + .02 an hour; 2,000 units of 25 KiB a second at 14e-9
    expect(usd('stream')).toBeCloseTo(4 * 0.035 * 730 + 2_000 * 730 * 3_600 * 14e-9, 6)
    expect(usd('6 machines')).toBeCloseTo(6 * 0.096 * 730, 6)
    // a TiB published is one more delivered
    const tib = (2_000 * 1_024 * 730 * 3_600) / 2 ** 40
    expect(costOf({}, 'gcp').items[0]?.usd).toBeCloseTo(2 * tib * 40, 6)
  })

  it.for(CLOUD_NAMES)('with next to nothing to do costs on %s what the page about deploying says', (cloud) => {
    const { usd } = costOf({ recordsPerSecond: 1 }, cloud)
    const page = readFileSync(new URL(`../../docs/deploy-${cloud}.md`, import.meta.url), 'utf8')
    expect(page).toContain(`about $${(Math.round(usd / 10) * 10).toLocaleString('en-US')} a month`)
  })

  it('takes the prices of whoever has others, and names both sources', () => {
    const text = JSON.stringify({ date: '2026-10-01', source: 'our contract', clouds: { aws: { machineHour: 0.05 } } })
    const list = withPrices(LIST_PRICES, text, 'own.json')
    expect(list.clouds.aws['machineHour']).toBe(0.05)
    expect(list.clouds.aws['shardHour']).toBe(LIST_PRICES.clouds.aws['shardHour'])
    expect(list.clouds.azure).toEqual(LIST_PRICES.clouds.azure)
    expect(`${list.date} ${list.source}`).toMatch(/2026-10-01 our contract; the rest of 2026-08-21/)
  })

  it('refuses a list with a price of nothing, below nothing, without a source, or that is no JSON', () => {
    const given = (clouds: object) => JSON.stringify({ date: 'd', source: 's', clouds })
    expect(() => withPrices(LIST_PRICES, given({ aws: { shardHours: 1 } }), 'own.json')).toThrow(/no price shardHours/)
    expect(() => withPrices(LIST_PRICES, given({ aws: { toString: 1 } }), 'own.json')).toThrow(/no price toString/)
    expect(() => withPrices(LIST_PRICES, given({ aws: { shardHour: -1 } }), 'own.json')).toThrow(/own.json is no price/)
    expect(() => withPrices(LIST_PRICES, given({ oracle: {} }), 'own.json')).toThrow(/own.json is no price list/)
    expect(() => withPrices(LIST_PRICES, '{"clouds":{}}', 'own.json')).toThrow(/own.json is no price list/)
    expect(() => withPrices(LIST_PRICES, 'shardHour: 1', 'own.json')).toThrow(/not JSON/)
  })
})

it('stands on rates and prices that say when and where they are from', () => {
  expect([RATES.measured, LIST_PRICES.date]).toEqual([
    expect.stringMatching(/^\d{4}-\d\d-\d\d$/),
    expect.stringMatching(/^\d{4}-\d\d-\d\d$/),
  ])
  expect(RATES.source).toBe('docs/performance.md')
})
