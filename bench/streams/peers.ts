import { execFileSync, spawnSync } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { contractSchema } from '#core/contract.ts'
import { ingestDataset } from '#services/ingest/pipeline.ts'
import { createPreparer } from '#services/ingest/record/prepare.ts'
import { createFileSource } from '#services/ingest/sources/files/source.ts'
import { datasetOf, type System } from '#app/system.ts'
import { contractFor, type Kind } from './bodies.ts'
import { withInstallation } from './ingest.ts'
import { median, printTable, spent, spread } from './meter.ts'

export interface PeersOptions {
  readonly kind: Kind
  readonly bodies: readonly Buffer[]
  readonly rounds: number
  /** A program with the command line of Redpanda Connect, or of Benthos 4, which it is built on. */
  readonly connect: string | undefined
}

/** Decoding and validating beside ajv alone, on bodies in memory. */
export async function compareValidation({ kind, bodies, rounds }: PeersOptions): Promise<void> {
  const contract = contractSchema.parse(contractFor(kind))
  const preparer = createPreparer(contract, { dataset: 'rows', source: 'rows' })
  const ajv = new Ajv2020({ strict: false }).compile(contract.schema)
  const contestants: readonly (readonly [string, () => number])[] = [
    ['JSON.parse and ajv alone', () => bodies.filter((body) => ajv(JSON.parse(body.toString('utf8')))).length],
    [
      'Credence: decode, check, sanitize, validate',
      () =>
        bodies.filter((bytes, i) => {
          const body = { kind: 'bytes', bytes, contentType: 'application/json' } as const
          return preparer.prepare({ partition: '0', position: String(i), body }).kind === 'record'
        }).length,
    ],
  ]
  const rates = contestants.map((): number[] => [])
  for (let round = 0; round <= rounds; round++) {
    for (const [i, [name, work]] of contestants.entries()) {
      let valid = 0
      const { processor } = await spent(async () => void (valid = work()))
      if (valid !== bodies.length) throw new Error(`${name} took ${valid} of ${bodies.length} records`)
      if (round > 0) rates[i]?.push(bodies.length / processor)
    }
  }
  console.log('decode and validate, in memory')
  const rows = contestants.map(([name], i) => [name, spread(rates[i] ?? []), ratioOf(rates, i)])
  printTable(['what', 'records/s of a core', 'of the first'], rows)
}

/** From JSON lines in a file to files, decoded and validated, beside Redpanda Connect, which does not encrypt. */
export async function compareFiles({ kind, bodies, rounds, connect }: PeersOptions): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'credence-bench-'))
  try {
    await mkdir(join(folder, 'in'))
    const input = join(folder, 'in', 'rows.jsonl')
    await writeFile(
      input,
      bodies
        .flatMap((body) => [body, '\n'])
        .map(String)
        .join(''),
    )
    const ours: number[] = []
    const theirs: number[] = []
    const sources = Object.fromEntries(Array.from({ length: rounds + 1 }, (_, i) => [`rows-${i}`, join(folder, 'in')]))
    await withInstallation({ kind, window: 5000, sources }, async (system) => {
      for (let round = 0; round <= rounds; round++) {
        const own = await ingestFile(system, `rows-${round}`, join(folder, 'in'), bodies.length)
        const other = connect === undefined ? null : await runConnect(connect, folder, kind)
        if (round === 0) continue // the first round warms up
        ours.push(bodies.length / own)
        if (other !== null) theirs.push(bodies.length / other)
      }
    })
    const version =
      connect === undefined ? '' : execFileSync(connect, ['--version'], { encoding: 'utf8' }).split('\n')[0]
    const rates = theirs.length > 0 ? [theirs, ours] : [ours]
    console.log('decode, validate, write: JSON lines in a file to files')
    printTable(
      ['what', 'records/s of a core', 'of the first'],
      [
        ...(theirs.length > 0
          ? [
              [
                `Benthos, the engine of Redpanda Connect (${version}), json_schema, one thread, plain text out`,
                spread(theirs),
                ratioOf(rates, 0),
              ],
            ]
          : []),
        ['Credence: ingest, compressed and encrypted out', spread(ours), ratioOf(rates, rates.length - 1)],
      ],
    )
    if (connect === undefined) {
      console.log('Redpanda Connect: not run: name its program, or one of Benthos 4, with --connect\n')
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function ratioOf(rates: readonly (readonly number[])[], at: number): string {
  return median((rates[at] ?? []).map((rate, i) => rate / (rates[0]?.[i] ?? Number.NaN))).toFixed(2)
}

/** Seconds of processor. */
async function ingestFile(system: System, name: string, root: string, records: number): Promise<number> {
  const { dataset, contract, sha256 } = datasetOf(system, name)
  await system.keys.current(name)
  const { processor } = await spent(async () => {
    const summary = await ingestDataset({
      dataset: name,
      source: createFileSource({ name, root }),
      contract,
      contractHash: sha256,
      catalog: system.catalog,
      vault: system.vault,
      enqueue: async () => {},
      limits: dataset.window,
      owner: 'bench',
    })
    if (summary.records !== records) throw new Error(`${summary.records} of ${records} records arrived`)
  })
  return processor
}

/** Seconds of processor, its start included. */
async function runConnect(program: string, folder: string, kind: Kind): Promise<number> {
  const [schema, output, config] = ['schema.json', 'out.jsonl', 'connect.yaml'].map((name) => join(folder, name))
  if (schema === undefined || output === undefined || config === undefined) throw new Error('no paths')
  await writeFile(schema, JSON.stringify((contractFor(kind) as { schema: object }).schema))
  await rm(output, { force: true })
  await writeFile(
    config,
    JSON.stringify({
      logger: { level: 'ERROR' },
      input: { file: { paths: [join(folder, 'in', 'rows.jsonl')], scanner: { lines: {} } } },
      pipeline: {
        threads: 1,
        processors: [
          { json_schema: { schema_path: `file://${schema}` } },
          { mapping: 'root = if errored() { deleted() }' },
        ],
      },
      output: { file: { path: output, codec: 'lines' } },
    }),
  )
  // the shell's own clock is the portable way to a child's processor time
  const timed = spawnSync('bash', ['-c', 'TIMEFORMAT="%U %S"; time "$0" run "$1"', program, config], {
    encoding: 'utf8',
    env: { ...process.env, GOMAXPROCS: '1' },
  })
  if (timed.status !== 0) throw new Error(`${program}: ${timed.stderr}`)
  const [user = Number.NaN, system = Number.NaN] = (timed.stderr.trim().split('\n').at(-1) ?? '').split(' ').map(Number)
  const { size } = await stat(output)
  const { size: wanted } = await stat(join(folder, 'in', 'rows.jsonl'))
  if (size !== wanted)
    throw new Error(`${program} wrote ${size} of ${wanted} bytes: ${(await readFile(output, 'utf8')).slice(0, 80)}`)
  return user + system
}
