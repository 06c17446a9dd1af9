import { appendFileSync } from 'node:fs'
import { basename } from 'node:path'
import { parseArgs } from 'node:util'
import { attackNamed } from '#attacks/catalog.ts'
import { exchangeAttacks } from '#attacks/exchanges/attacks.ts'
import type { Column, Groups, PoisonedWindow } from '#attacks/types.ts'
import { policySchema } from '#core/decision.ts'
import { seededRandom } from '#core/random.ts'
import type { DataRecord } from '#core/record.ts'
import type { Fields } from '#core/value.ts'
import { inferContract } from '#services/ingest/infer/infer.ts'
import { readSample } from '#services/ingest/infer/sample.ts'
import { looksLikeImage } from '#services/scan/features/detect-image.ts'
import { createEngine } from '#services/scan/numeric/create-engine.ts'
import type { Engine } from '#services/scan/numeric/engine.ts'
import { scanWindow } from '#services/scan/scan-window.ts'
import { decide } from '#services/scan/verdict/decide.ts'
import { buildInput } from '#services/scan/view/build-input.ts'
import { matrix } from '#services/scan/numeric/matrix.ts'
import {
  RARE_LEVEL,
  type CategoryColumn,
  type Samples,
  type ScanInput,
  type TableColumn,
} from '#services/scan/view/samples.ts'
import { rank } from './metrics.ts'

const USAGE = `bench/detection/files.ts [FILE …]: files of one's own, scanned as inferred, as they are and with something planted
  --attacks  what is planted, as name:rate, and \`clean\` (default: what suits the kind of the records)
  --seeds    default 0,1; the first is also the seed of the clean window
  --n        records a window, drawn by the seed and kept in order (default 2000)
  --label    the field of the labels, where it is not the one that is inferred
  --json     a file that gets one JSON line a window`

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    attacks: { type: 'string' },
    seeds: { type: 'string', default: '0,1' },
    n: { type: 'string', default: '2000' },
    label: { type: 'string' },
    json: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
})

const CLEAN = 'clean'
const SUITED: Readonly<Record<Samples['kind'], string>> = {
  table: 'flip:.05,pair-flip:.05,in-bounds:.01,out-of-bounds:.01,garbage:.005,flood:.03',
  vector: 'flip:.05,pair-flip:.05,in-bounds:.01,out-of-bounds:.01,garbage:.005,flood:.03',
  text: 'flip:.05,pair-flip:.05,rare-token:.01,sentence:.01,garbage:.005,flood:.03',
  image: 'flip:.05,pair-flip:.05,badnets:.01,blend-10:.01,garbage:.005,flood:.03',
  exchange: 'rare-token:.01,phrase:.01,refusal:.02,topic:.03,payload-url:.02,flood:.03,denial:.01',
}
/** What needs no labels. */
const WITHOUT_LABELS: ReadonlySet<string> = new Set(['garbage', 'flood'])

const nothing = (n: number): Truth => ({ poisoned: new Uint8Array(n), neutral: new Uint8Array(n) })

type Truth = Pick<PoisonedWindow, 'poisoned' | 'neutral'>

async function run(): Promise<void> {
  const engine = await createEngine()
  const seeds = values.seeds.split(',').map(Number)
  for (const path of positionals) {
    const { contract } = await inferContract(path, { label: values.label, looksLikeImage })
    const { fields } = await readSample(path, 1e6)
    const roles = `${contract.features.kind}, label ${contract.label ?? 'none'}`
    console.log(`${basename(path)}: ${fields.length} records, ${roles}`)
    const input = (seed: number) => buildInput(drawn(fields, seed), contract, seed)
    const first = input(seeds[0]!)
    const suited = `${CLEAN},${SUITED[first.samples.kind]}`
    for (const act of (values.attacks ?? suited).split(',')) {
      const [name = '', rate = '0'] = act.split(':')
      if (name === CLEAN) await one(path, act, seeds[0]!, { input: first, ...nothing(first.n) }, engine)
      else if (first.labels !== null || first.samples.kind === 'exchange' || WITHOUT_LABELS.has(name))
        for (const seed of seeds) {
          const window = plantedOrNot(input(seed), name, Number(rate), seed)
          if (window !== null) await one(path, act, seed, window, engine)
        }
    }
  }
}

/** Null, with a line that says why, where the records have nothing that the attack could change. */
function plantedOrNot(...args: Parameters<typeof planted>): ReturnType<typeof planted> | null {
  try {
    return planted(...args)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    console.log(`  ${args[1]}: not planted, ${error.message}`)
    return null
  }
}

function drawn(fields: readonly Fields[], seed: number): DataRecord[] {
  const n = Math.min(fields.length, Number(values.n))
  const order = seededRandom(seed, 'records of a file').permutation(fields.length).subarray(0, n).sort()
  const provenance = { source: 'file', partition: '', position: '' }
  return Array.from(order, (i) => ({ id: String(i), fields: fields[i]!, provenance }))
}

/** The window with something planted. Throws RangeError where no attack of that name suits its kind. */
function planted(input: ScanInput, name: string, rate: number, seed: number): Truth & { readonly input: ScanInput } {
  const { samples, n } = input
  if (samples.kind === 'exchange') {
    const attack = exchangeAttacks.find((one) => one.name === name)
    if (attack === undefined) throw new RangeError(`no attack \`${name}\` on exchanges`)
    const { exchanges, poisoned, neutral } = attack.apply(samples.exchanges, { rate, seed })
    return { input: { ...input, samples: { ...samples, exchanges } }, poisoned, neutral }
  }
  const all: Groups = { of: new Int32Array(n), names: ['all'], counts: Int32Array.of(n) }
  const kind = samples.kind === 'vector' ? 'table' : samples.kind
  const before =
    samples.kind === 'vector' || samples.kind === 'table'
      ? {
          kind: 'table' as const,
          columns: samples.kind === 'vector' ? columnsOf(samples.vectors) : samples.columns.map(byValues),
        }
      : samples
  const window = { samples: before, labels: input.labels ?? all, contributors: null }
  const after = attackNamed(kind, name).apply(window, { rate, seed })
  const labels = input.labels === null ? null : after.labels
  const { poisoned, neutral } = after
  return { input: { ...input, samples: asScanned(after.samples, samples), labels }, poisoned, neutral }
}

function columnsOf({ rows, cols, data }: { rows: number; cols: number; data: Float32Array }): Column[] {
  return Array.from({ length: cols }, (_, j) => ({
    name: String(j),
    type: 'number',
    values: Float64Array.from({ length: rows }, (_row, i) => data[i * cols + j]!),
  }))
}

function asScanned(after: PoisonedWindow['samples'], before: Samples): Samples {
  if (after.kind !== 'table') return after
  if (before.kind === 'table')
    return {
      kind: 'table',
      columns: after.columns.map((column, k) => {
        const own = before.columns[k]!
        if (column.type === 'category') return asLevels(column)
        return own.type === 'number' ? { ...own, values: column.values } : column
      }),
    }
  const n = before.kind === 'vector' ? before.vectors.rows : 0
  const vectors = matrix(n, after.columns.length)
  after.columns.forEach((column, j) => {
    if (column.type === 'number') for (let i = 0; i < n; i++) vectors.data[i * vectors.cols + j] = column.values[i]!
  })
  return { kind: 'vector', vectors }
}

/** Of a category that an attack changed: a value that one record alone has shares a level, as in every window that is built. */
function asLevels({ name, codes, levels }: CategoryColumn): CategoryColumn {
  const counts = new Int32Array(levels.length)
  for (const code of codes) if (code >= 0) counts[code]!++
  const kept = [...levels.keys()].filter((code) => counts[code]! > 1)
  const place = new Map(kept.map((code, at) => [code, at]))
  const merged = codes.map((code) => (code < 0 ? -1 : (place.get(code) ?? kept.length)))
  const names = [...kept.map((code) => levels[code]!), ...(counts.includes(1) ? [RARE_LEVEL] : [])]
  return { name, type: 'category', codes: merged, levels: names, values: codes }
}

/** A category by all its values, those too that share a level: what is copied has the value of what it is copied from. */
function byValues(column: TableColumn): Column {
  if (column.type === 'number' || column.values === undefined) return column
  const { name, codes, levels, values: own } = column
  const names = new Map<number, string>()
  own.forEach((value, i) => {
    const level = levels[codes[i]!]
    if (value >= 0) names.set(value, level === undefined || level === RARE_LEVEL ? `value ${value}` : level)
  })
  const all = Array.from(
    { length: own.reduce((most, value) => Math.max(most, value), -1) + 1 },
    (_, value) => names.get(value) ?? '',
  )
  return { name, type: 'category', codes: own, levels: all }
}

async function one(
  path: string,
  act: string,
  seed: number,
  { input, ...truth }: Truth & { readonly input: ScanInput },
  engine: Engine,
): Promise<void> {
  const scan = await scanWindow(input, { engine })
  const held = decide(scan.risk, policySchema.parse({})).map((decision) => decision !== 'admit')
  const [guilty, innocent] = [1, 0].map((bit) =>
    [...held.keys()].filter((i) => truth.poisoned[i] === bit && truth.neutral[i] === 0),
  )
  const [caught, falls] = [guilty!.filter((i) => held[i]), innocent!.filter((i) => held[i])]
  const { auroc, tprAt1 } = rank(scan.risk, truth)
  const ranked =
    guilty!.length === 0 ? '' : `${auroc.toFixed(3)}/${tprAt1.toFixed(2)}, ${caught.length} of ${guilty!.length} held, `
  const by = new Map<string, number>()
  for (const i of falls) {
    const family = scan.issues[i]?.[0]?.family ?? 'none'
    by.set(family, (by.get(family) ?? 0) + 1)
  }
  const families = [...by].map(([family, count]) => `${family} ${count}`).join(', ')
  console.log(
    `  ${act}, seed ${seed}: ${ranked}${falls.length} of ${innocent!.length} innocents held${families === '' ? '' : ` (${families})`}`,
  )
  if (values.json === undefined) return
  const campaigns = scan.campaigns.map(({ family, members, summary }) => ({
    family,
    size: members.length,
    planted: [...members].filter((i) => truth.poisoned[i] === 1).length,
    summary,
  }))
  const why = falls.slice(0, 4).map((i) => ({ i, label: input.labels?.of[i], why: scan.issues[i]?.[0]?.why }))
  const line = {
    path,
    act,
    seed,
    n: input.n,
    auroc,
    tprAt1,
    guilty: guilty!.length,
    caught: caught.length,
    falls: falls.length,
    families,
    campaigns,
    why,
    notes: scan.notes,
  }
  appendFileSync(values.json, `${JSON.stringify(line)}\n`)
}

if (values.help || positionals.length === 0) console.log(USAGE)
else await run()
