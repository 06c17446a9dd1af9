import { spawnSync } from 'node:child_process'
import { createWriteStream, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { inferContract } from '#services/ingest/infer/infer.ts'
import { createPreparer } from '#services/ingest/record/prepare.ts'
import { createFileSource } from '#services/ingest/sources/files/source.ts'
import { WindowCollector } from '#services/ingest/window.ts'

/**
 * How fast records are decoded, sanitized and validated, and whether memory stays flat when the input grows ten times. Each
 * input is measured in a process of its own, since the peak of a process never falls.
 */

const { values } = parseArgs({ options: { file: { type: 'string' }, limit: { type: 'string' } } })

if (values.file === undefined) await compare()
else console.log(JSON.stringify(await measure(values.file, Number(values.limit ?? Infinity))))

interface Measured {
  readonly records: number
  readonly deadLetters: number
  readonly windows: number
  readonly seconds: number
  readonly peakMiB: number
}

async function measure(file: string, limit: number): Promise<Measured> {
  const { contract } = await inferContract(file)
  const preparer = createPreparer(contract, { dataset: 'bench', source: 'bench' })
  const collector = new WindowCollector({ records: 10_000, bytes: 64 * 1024 * 1024 }, new Map())
  const counts = { records: 0, deadLetters: 0, windows: 0 }
  const started = performance.now()
  const stop = new AbortController()
  for await (const item of createFileSource({ name: 'bench', root: file }).read('all', new Map(), {
    signal: stop.signal,
  })) {
    const prepared = preparer.prepare(item)
    if (prepared.kind === 'record') counts.records++
    else counts.deadLetters++
    if (collector.add(prepared)) counts.windows++
    if (counts.records + counts.deadLetters >= limit) break
  }
  const seconds = (performance.now() - started) / 1000
  return { ...counts, seconds, peakMiB: process.resourceUsage().maxRSS / 1024 }
}

async function compare(): Promise<void> {
  const data = join(dirname(dirname(fileURLToPath(import.meta.resolve('vega-datasets')))), 'data')
  const json = join(data, 'flights-200k.json')
  const parquet = join(data, 'flights-3m.parquet')
  const folder = await mkdtemp(join(tmpdir(), 'credence-bench-'))
  try {
    const tenfold = join(folder, 'flights-2m.json')
    await repeatArray(json, tenfold, 10)
    console.log('| input | records | dead letters | seconds | records/s | peak memory, MiB |')
    console.log('| --- | --- | --- | --- | --- | --- |')
    report('flights, JSON', run(json))
    report('the same ten times', run(tenfold))
    report('flights, Parquet, 300,000 rows', run(parquet, 300_000))
    report('ten times as many', run(parquet))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function run(file: string, limit?: number): Measured {
  const parameters = ['--file', file, ...(limit === undefined ? [] : ['--limit', String(limit)])]
  const child = spawnSync(process.execPath, [fileURLToPath(import.meta.url), ...parameters], { encoding: 'utf8' })
  if (child.status !== 0) throw new Error(child.stderr)
  return JSON.parse(child.stdout) as Measured
}

function report(name: string, { records, deadLetters, seconds, peakMiB }: Measured): void {
  const rate = Math.round((records + deadLetters) / seconds)
  console.log(`| ${name} | ${records} | ${deadLetters} | ${seconds.toFixed(2)} | ${rate} | ${Math.round(peakMiB)} |`)
}

/** Writes a JSON array with the items of another, several times over. */
async function repeatArray(from: string, to: string, times: number): Promise<void> {
  const text = readFileSync(from, 'utf8').trim().slice(1, -1)
  const parts = function* () {
    yield '['
    for (let i = 0; i < times; i++) yield i === 0 ? text : `,${text}`
    yield ']'
  }
  await pipeline(parts, createWriteStream(to))
}
