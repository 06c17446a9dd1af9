import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { seededRandom } from '#core/random.ts'

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
      : JSON.stringify({ id: `note-${i}`, text: `note ${i} says ${random.below(1000)}`, label: i % 2 }),
  )
  // One id twice: the second is a duplicate.
  notes.push(JSON.stringify({ id: 'note-3', text: 'again', label: 0 }))
  await writeFile(join(folder, 'notes', 'all.jsonl'), `${notes.join('\n')}\n`)
  for (const [name, text] of Object.entries(FILES)) await writeFile(join(folder, name), text)
  return join(folder, 'credence.yaml')
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
