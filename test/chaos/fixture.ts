import { mkdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { seededRandom } from '#core/random.ts'

/** Near-copies of it come in every window of notes, so many that a memory learns them as a flood. */
const COPIED = 'the harbour lights were seen by all who came that night'
/** One of them, which the scan holds: whoever rejects it calls the flood poison. */
export const HELD_COPY = 'note-34'

/** Two small datasets, four windows and five, with rows that are no records among them. */
export async function writeFixture(folder: string): Promise<string> {
  const random = seededRandom(7, 'chaos/fixture')
  for (const contributor of ['ada', 'bo']) {
    await mkdir(join(folder, 'readings', contributor), { recursive: true })
    for (const file of ['1', '2']) {
      const rows = Array.from({ length: 45 }, (_, i) => {
        const kind = random.below(2) === 0 ? 'low' : 'high'
        if (i % 20 === 7) return 'not a row'
        return `${(kind === 'low' ? 1 : 5) + random.normal()},${random.normal()},${kind}`
      })
      await writeFile(join(folder, 'readings', contributor, `${file}.csv`), `a,b,kind\n${rows.join('\n')}\n`)
    }
  }
  await mkdir(join(folder, 'notes'), { recursive: true })
  const notes = Array.from({ length: 120 }, (_, i) =>
    i % 30 === 11
      ? '{"broken":'
      : JSON.stringify({ id: `note-${i}`, text: textOf(i, `says ${random.below(1000)}`), label: i % 2 }),
  )
  // One id twice: the second is a duplicate.
  notes.push(JSON.stringify({ id: 'note-3', text: 'again', label: 0 }))
  await writeFile(join(folder, 'notes', 'all.jsonl'), `${notes.join('\n')}\n`)
  for (const [name, text] of Object.entries(FILES)) await writeFile(join(folder, name), text)
  return join(folder, 'credence.yaml')
}

/** Three windows of notes more, for when people have judged the first five: with one that judgement is known to, and a copy in each. */
export async function deliverMore(folder: string): Promise<void> {
  const notes = Array.from({ length: 60 }, (_, i) => JSON.stringify({ id: `more-${i}`, text: textOf(i), label: i % 2 }))
  // whole or not at all: it is read as it is found
  await writeFile(join(folder, 'more.part'), `${notes.join('\n')}\n`)
  await rename(join(folder, 'more.part'), join(folder, 'notes', 'more.jsonl'))
}

function textOf(i: number, otherwise = 'more'): string {
  return i % 9 === 7 ? COPIED : `note ${i} ${otherwise}`
}

const FILES: Readonly<Record<string, string>> = {
  'credence.yaml': `version: 1
data: ./data
workers: 2
datasets:
  readings: { source: ./readings, contract: ./readings.contract.yaml, window: { records: 50 }, memory: { every: 1, recall: { automatic: 0.7 } } }
  notes: { source: ./notes, contract: ./notes.contract.yaml, window: { records: 25 }, memory: { every: 1 } }
`,
  'readings.contract.yaml': `version: 1
features: { kind: table, columns: [{ name: a, type: number }, { name: b, type: number }] }
label: kind
schema:
  type: object
  required: [a, b, kind]
  properties: { a: { type: number }, b: { type: number }, kind: { enum: [low, high] } }
`,
  'notes.contract.yaml': `version: 1
features: { kind: text, field: text }
label: label
id: id
schema:
  type: object
  required: [id, text, label]
  properties: { id: { type: string }, text: { type: string }, label: { type: integer } }
`,
}
