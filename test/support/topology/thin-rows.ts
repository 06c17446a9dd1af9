import { mkdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { loadConfig } from '#app/config/load.ts'
import { runEmbedded } from '#app/embedded.ts'
import { recallable, recallRecords } from '#app/operations/recalls.ts'
import { carryOutReview } from '#app/operations/reviews.ts'
import { openSigningSystem, type SigningSystem } from '#app/system.ts'
import { seededRandom } from '#core/random.ts'
import { outcomeOfDataset, type DatasetOutcome } from './dataset-outcome.ts'

/** Rows of a window: as many as a file has, so that each file becomes one. */
const ROWS = 80
/** In each window these many rows have one value that no other row has, under one label; and so many are near-copies of one row. Neither shows in one window. */
const [PLANTED, COPIES] = [2, 2]
const VALUE = 0.734
const COLUMNS = ['a', 'b', 'c', 'd', 'e', 'f']

/** The dataset in a configuration, with a memory after every second window, from which a policy recalls. */
export const DATASET = 'thin'
export const CONFIGURED = `  ${DATASET}:
    source: ./thin
    contract: ./thin.contract.yaml
    window: { records: ${ROWS} }
    memory: { every: 2, recall: { automatic: 0.7 } }
`
const CONTRACT = `version: 1
features: { kind: table, columns: [${COLUMNS.map((name) => `{ name: ${name}, type: number }`).join(', ')}] }
label: kind
id: id
schema:
  type: object
  required: [id, ${COLUMNS.join(', ')}, kind]
  properties: { id: { type: string }, ${COLUMNS.map((name) => `${name}: { type: number }`).join(', ')}, kind: { enum: [low, high] } }
`

/** Id of a near-copy in a window, from 1. */
export function copyIn(window: number): string {
  return `thin-${window}-${PLANTED}`
}

/** Writes the rows of these windows, from 1, one file each; and the contract, where they are the first. */
export async function deliverRows(folder: string, first: number, last: number): Promise<void> {
  await mkdir(join(folder, DATASET), { recursive: true })
  if (first === 1) await writeFile(join(folder, 'thin.contract.yaml'), CONTRACT)
  for (let window = first; window <= last; window++) {
    const name = `${String(window).padStart(3, '0')}.jsonl`
    // whole or not at all: it is read as it is found
    await writeFile(join(folder, `${name}.part`), rowsOf(window))
    await rename(join(folder, `${name}.part`), join(folder, DATASET, name))
  }
}

function rowsOf(window: number): string {
  const random = seededRandom(window, 'chaos/thin')
  const lines = Array.from({ length: ROWS }, (_, i) => {
    const isCopy = i >= PLANTED && i < PLANTED + COPIES
    const kind = i < PLANTED || (!isCopy && random.below(2) === 0) ? 'high' : 'low'
    const numbers = COLUMNS.map((name, at) => {
      if (isCopy) return 0.64 + at + random.normal() / 1e4
      if (i < PLANTED && name === 'b') return VALUE
      return (name === 'a' ? (kind === 'high' ? 2 : -2) : 0) + random.normal()
    })
    const values = numbers.map((number) => Number(number.toFixed(4)))
    return { id: `thin-${window}-${i}`, ...Object.fromEntries(COLUMNS.map((name, at) => [name, values[at]])), kind }
  })
  return `${lines.map((line) => JSON.stringify(line)).join('\n')}\n`
}

/** Windows that come before a person decides, and all of them. */
export const WINDOWS = { first: 8, all: 14 }

/**
 * A person recalls one of the near-copies once the first windows are committed and their memory shows them: the others are known by it from then on. False before that; safe to
 * repeat, whatever of it was done.
 */
export async function recallCopy(system: SigningSystem): Promise<boolean> {
  const committed = await system.catalog.windows.list({ dataset: DATASET, state: 'committed' })
  if (committed.length < WINDOWS.first) return false
  const id = 'a-copy'
  const there = await system.catalog.reviews.get(id)
  if (there === null) {
    const found = await recallable(system, { dataset: DATASET, records: [copyIn(5)] })
    await recallRecords(system, found, { id, reason: 'chaos test' })
  } else await carryOutReview(system, there)
  return true
}

/** What the dataset comes to in one process that nobody kills; `folder` is its own. */
export async function undisturbed(folder: string): Promise<DatasetOutcome> {
  const path = join(folder, 'credence.yaml')
  await mkdir(folder, { recursive: true })
  await writeFile(path, `version: 1\ndata: ./data\nworkers: 1\ndatasets:\n${CONFIGURED}`)
  await deliverRows(folder, 1, WINDOWS.first)
  await using system = await openSigningSystem(await loadConfig(path, {}), { command: 'chaos test' })
  const run = async () => {
    const [failure] = await runEmbedded(system)
    if (failure !== undefined) throw failure.error
  }
  await run()
  await recallCopy(system)
  await deliverRows(folder, WINDOWS.first + 1, WINDOWS.all)
  await run()
  return await outcomeOfDataset(system, DATASET)
}
