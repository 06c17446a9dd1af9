import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { inflateRawSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { contractSchema } from '#core/contract.ts'
import type { Campaign } from '#core/score.ts'
import type { Sidecar } from '#core/sidecar.ts'
import { riskHistogram } from './charts.ts'
import { DatasetCollector } from './collect.ts'
import { embedDataset, mappedWindows, quantiseMap } from './embed.ts'
import { mergeCampaigns } from './merge-campaigns.ts'
import { renderReport } from './page.ts'
import { pickShown, type DatasetReport, type ReportData } from './report-data.ts'

const campaign = (id: string, members: readonly number[], evidence = 10): Campaign => {
  return {
    id,
    family: 'trigger',
    summary: `campaign ${id}`,
    label: '7',
    members,
    contributors: [{ name: 'mallory', members: members.length, records: 20 }],
    evidence,
    mitigations: ['retrain_without', 'quarantine_records'],
  }
}

function dataset(n: number, ids = (i: number) => `part-0:${i}`): DatasetReport {
  const window = {
    id: 'w1',
    ordinal: 1,
    ids: Array.from({ length: n }, (_, i) => ids(i)),
    risk: Float64Array.from({ length: n }, (_, i) => (i % 997) / 997),
    map: Float32Array.from({ length: 2 * n }, (_, i) => Math.sin(i * 12.9898) * 43_758.5453),
    labels: { of: Int32Array.from({ length: n }, (_, i) => (i % 11) - 1), names: '0123456789'.split('') },
    held: [0, 2],
  }
  return {
    name: 'digits',
    kind: 'vector',
    counts: { received: n + 1, admitted: n - 2, quarantined: 2, rejected: 0, deadLettered: 1 },
    pending: 0,
    policy: { hold: { risk: 0.5 }, rejectAbove: 1.01 },
    threshold: 0.5,
    certified: true,
    detectors: [],
    notes: [],
    deadLetters: [{ reason: 'contract', count: 1 }],
    windows: [window],
    campaigns: [{ window: 'w1', campaign: campaign('c1', [0]), samples: [] }],
    flagged: [
      {
        id: 'part-0:0',
        window: 'w1',
        index: 0,
        risk: 0.9,
        decision: 'quarantine',
        issues: [{ family: 'trigger', score: 0.9, why: 'It carries the patch.' }],
        label: null,
        contributor: 'mallory',
        campaign: 'c1',
        sample: { kind: 'vector', values: [1, 2], length: 2 },
      },
    ],
  }
}

function report(...datasets: readonly DatasetReport[]): ReportData {
  return {
    title: 'A run',
    createdAt: '2026-03-14T09:26:53.000Z',
    version: '0.1.0',
    dataFolder: '/data',
    seed: 1,
    seconds: 3,
    datasets,
    next: [],
  }
}

describe('a report', () => {
  it('is the same bytes for the same data', () => {
    expect(renderReport(report(dataset(500)))).toBe(renderReport(report(dataset(500))))
  })

  it('allows exactly its own script and style, by digest', () => {
    const page = renderReport(report(dataset(50)))
    const policy = /Content-Security-Policy" content="([^"]*)"/.exec(page)?.[1] ?? ''
    const digest = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`
    expect(policy).toContain(`script-src ${digest(/<script>([^]*?)<\/script>/.exec(page)?.[1] ?? '')}`)
    expect(policy).toContain(`style-src ${digest(/<style>([^]*?)<\/style>/.exec(page)?.[1] ?? '')}`)
    expect(policy).toContain("default-src 'none'")
    expect(policy).not.toContain('unsafe')
    expect(page).not.toMatch(/\s(?:style|on\w+)="/)
  })

  it('names nothing that a browser would fetch', () => {
    const page = renderReport(report(dataset(50)))
    expect(page).not.toMatch(/(?:src|href)="(?!#|data:)/)
    expect(page).not.toMatch(/url\(|@import|https?:/)
  })

  it('stays under 3 MB for 70,000 records, ids included', () => {
    const page = renderReport(report(dataset(70_000)))
    expect(page.length).toBeLessThan(3e6)
  })

  it('leaves out ids that would not fit, and nothing else', () => {
    const digests = dataset(70_000, (i) => createHash('sha256').update(String(i)).digest('hex'))
    const embedded = embedDataset(digests, [], () => undefined)
    expect(embedded.windows[0]?.ids).toBe('')
    expect(renderReport(report(digests)).length).toBeLessThan(3e6)
  })

  it('says so when the counts do not add up', () => {
    const data = dataset(50)
    expect(renderReport(report(data))).not.toContain('do not add up')
    expect(renderReport(report({ ...data, counts: { ...data.counts, admitted: 40 } }))).toContain(
      '8 records unaccounted for',
    )
  })

  it('orders what to do as the closed list does, with the command for this campaign', () => {
    const page = renderReport(report(dataset(50)))
    expect(page.indexOf('then reject them')).toBeLessThan(page.indexOf('Retrain any model'))
    expect(page).toContain('<span>credence</span> <span>quarantine</span> <span>reject</span>')
  })

  it('holds together with no data at all', () => {
    expect(renderReport(report())).toContain('Nothing was held in 0 records.')
  })
})

describe('the report of a scan', () => {
  const told = (data: ReportData) =>
    renderReport(data)
      .replace(/<(script|style)[^>]*>[^]*?<\/\1>/g, '')
      .replace(/<[^>]*?(?:(?:title|aria-label|data-held|data-admitted)="([^"]*)"[^>]*)?>/g, ' $1 ')
      .replace(/\s+/g, ' ')
  const of = report(dataset(50), dataset(80))

  it('gives no command that needs a pipeline, and says neither held nor admitted', () => {
    const pipelines = /\b(held|admitted|quarantined?|reject(ed)?|dead-?letter(s|ed)?|redrive|export)\b/i
    expect(told(of)).toMatch(pipelines)
    const scan = told({ ...of, scanned: { list: 'npx credence scan a.csv --format jsonl' } })
    expect(pipelines.exec(scan)?.[0]).toBeUndefined()
    expect(scan).toContain('Retrain any model that has seen these records')
    expect(scan).toContain('npx credence scan a.csv --format jsonl')
    expect(scan).toMatch(/4 records? of 132 flagged/)
  })
})

describe('what the page draws from', () => {
  it('reads back: risks, labels, campaigns, ids and the cards of what was held', () => {
    const data = dataset(300, (i) => (i === 7 ? 'an\nodd 😀 id' : `part-0:${i}😀`))
    const [window] = embedDataset(data, mergeCampaigns(data.campaigns), (_, index) =>
      index === 2 ? 'd0-f2' : undefined,
    ).windows
    const u16 = (base64: string) => new Uint16Array(new Uint8Array(Buffer.from(base64, 'base64')).buffer)
    expect(u16(window!.risk)[100]).toBe(Math.round((100 / 997) * 65_535))
    expect([...u16(window!.label).subarray(0, 3)]).toEqual([65_535, 0, 1])
    expect([...u16(window!.campaign).subarray(0, 2)]).toEqual([0, 65_535])
    expect(window!.cards).toEqual({ 2: 'd0-f2' })
    let before = ''
    const ids = inflateRawSync(Buffer.from(window!.ids, 'base64'))
      .toString()
      .split('\n')
      .map((line) => {
        const gap = line.indexOf(' ')
        before = before.slice(0, Number.parseInt(line.slice(0, gap), 36)) + line.slice(gap + 1)
        return before
      })
    expect(ids).toEqual(data.windows[0]!.ids.map((id) => id.replace('\n', ' ')))
  })

  it('is the windows with the most held where all would be too much', () => {
    const [window] = dataset(100).windows
    const windows = [0, 5, 1, 9].map((held, at) => ({
      ...window!,
      ordinal: at + 1,
      held: Array.from({ length: held }, (_, i) => i),
    }))
    expect(mappedWindows(windows, 1000)).toEqual(windows)
    expect(mappedWindows(windows, 250).map(({ ordinal }) => ordinal)).toEqual([2, 4])
    expect(mappedWindows(windows, 10).map(({ ordinal }) => ordinal)).toEqual([4])
  })

  it('is not squashed by one point far away', () => {
    const n = 2000
    const map = Float64Array.from({ length: 2 * n }, (_, i) => i / (2 * n))
    map[0] = 1e9
    const quantised = quantiseMap(map, n)
    expect(quantised[0]).toBe(65_535)
    const xs = quantised.filter((_, at) => at % 2 === 0).subarray(1)
    expect(Math.max(...xs) - Math.min(...xs)).toBeGreaterThan(50_000)
  })

  it('survives values that are not numbers', () => {
    expect([...quantiseMap([Number.NaN, 0, Infinity, 0], 2)].every(Number.isFinite)).toBe(true)
  })
})

describe('the points of a map', () => {
  const theme = readFileSync(new URL('../present/styles/theme.css', import.meta.url), 'utf8')
  const opacity = Number(/OPACITY = ([\d.]+)/.exec(readFileSync(new URL('web/map.js', import.meta.url), 'utf8'))?.[1])
  const colour = (name: string, dark: number) => {
    const pair = new RegExp(`--${name}: light-dark\\((#\\w{6}), (#\\w{6})\\)`).exec(theme)
    return [1, 3, 5].map((at) => Number.parseInt(pair![1 + dark]!.slice(at, at + 2), 16))
  }
  /** Relative luminance of WCAG 2.2, 0 to 1. */
  const luminance = (rgb: readonly number[]) => {
    const linear = rgb.map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4))
    return 0.2126 * linear[0]! + 0.7152 * linear[1]! + 0.0722 * linear[2]!
  }

  it.each(['point', 'risk-0', 'risk-1'])('stand out in both themes as graphics have to: %s', (name) => {
    for (const dark of [0, 1]) {
      const ground = colour('surface', dark)
      const seen = colour(name, dark).map((c, i) => c * opacity + ground[i]! * (1 - opacity))
      const [low, high] = [luminance(seen), luminance(ground)].sort((a, b) => a - b)
      expect((high! + 0.05) / (low! + 0.05)).toBeGreaterThan(3) // WCAG 2.2, 1.4.11
    }
  })
})

describe('a record of several campaigns', () => {
  it('is listed and drawn under the first, which has most evidence, as everywhere', () => {
    const contract = contractSchema.parse({
      version: 1,
      schema: { type: 'object' },
      features: { kind: 'vector', field: 'x', length: 2 },
    })
    const scored = [0, 1].map(
      (index) => ({ id: `r${index}`, index, risk: 0.9, decision: 'quarantine', issues: [] }) as const,
    )
    const sidecar: Sidecar = {
      version: 1,
      window: 'w1',
      policy: { hold: { risk: 0.5 }, rejectAbove: 1.01 },
      seed: 0,
      detectors: [],
      notes: [],
      certified: true,
      campaigns: [campaign('a', [0, 1], 30), campaign('b', [0], 10)],
      records: scored,
      map: new Float32Array(4),
    }
    const records = scored.map(({ id }, i) => {
      return { id, fields: { x: [i, 1] }, provenance: { source: 's', partition: 'p', position: `${i}` } }
    })
    const collector = new DatasetCollector(contract)
    collector.add({ row: { id: 'w1', ordinal: 1 }, sidecar, records })
    const { counts, policy } = dataset(2)
    const data = collector.report({ name: 'd', counts, pending: 0, policy, deadLetters: [] })
    expect(data.flagged.map((row) => row.campaign)).toEqual(['a', 'a'])
    expect(data.campaigns.map((row) => row.campaign.id)).toEqual(['a']) // a decision over the other would reach nothing
    const merged = mergeCampaigns(data.campaigns)
    const [window] = embedDataset(data, merged, () => undefined).windows
    const of = new Uint16Array(Uint8Array.from(Buffer.from(window!.campaign, 'base64')).buffer)
    expect([...of].map((at) => merged[at]?.campaign.id)).toEqual(['a', 'a'])
  })
})

describe('campaigns of several windows', () => {
  it('are one when they have one id', () => {
    const merged = mergeCampaigns([
      { window: 'w1', campaign: campaign('a', [1, 2], 10), samples: [] },
      { window: 'w2', campaign: campaign('a', [3], 30), samples: [] },
      { window: 'w2', campaign: campaign('b', [4, 5, 6, 7]), samples: [] },
    ])
    expect(merged.map(({ campaign: { id, members } }) => [id, members.length])).toEqual([
      ['b', 4],
      ['a', 3],
    ])
    expect(merged[1]).toMatchObject({
      windows: ['w1', 'w2'],
      campaign: { evidence: 40, contributors: [{ name: 'mallory', members: 3, records: 40 }] },
    })
  })
})

describe('the records shown', () => {
  it('take turns between groups, in the order given', () => {
    expect(pickShown(['a1', 'a2', 'a3', 'a4', 'b1', 'c1'], (row) => row.slice(0, 1), 4)).toEqual([
      'a1',
      'a2',
      'b1',
      'c1',
    ])
    expect(pickShown(['a1', 'a2'], () => '', 10)).toEqual(['a1', 'a2'])
    expect(pickShown([], () => '')).toEqual([])
  })
})

describe('the histogram of risk', () => {
  it('shows a bin with one record, the threshold, and what lies beyond it as held', () => {
    const { text } = riskHistogram([0, 0.01, 0.99, 1], 0.5)
    expect(text.match(/class="free"/g)).toHaveLength(1)
    expect(text.match(/class="held"/g)).toHaveLength(1)
    expect(text).toContain('held from 0.50')
    expect(riskHistogram([], null).text).not.toContain('held from')
  })
})
