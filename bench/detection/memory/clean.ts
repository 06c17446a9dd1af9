import { appendFileSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { decodeMemory, encodeMemory, foundIn, lastTeacherOf, type Memory } from '#services/scan/memory/memory.ts'
import { isDue } from '#services/scan/memory/pool/pool.ts'
import { createEngine } from '#services/scan/numeric/create-engine.ts'
import { scanInputOf } from '../cases.ts'
import { EVERY, givenBy, judged, learnt, taughtOne, type Seen } from './judged.ts'
import { DRIFTS, windowInRow } from './rows.ts'

const USAGE = `bench/detection/memory/clean.ts: many windows without poison in a row, each scanned whole with the memory, and what is held, shown and found for nothing
  --out      folder for the rows' lines, one a window; a row that was interrupted goes on where it ended (required)
  --dataset  (default mnist), or files of JSON lines with a text and a label, several joined by commas
  --name     of the row's file (default: dataset, change and seed)
  --drift    shares, brightness or topic: from a window on the records are others, harmlessly (default none)
  --before   windows before that (default half of all)
  --topic    what texts of the new topic have, a regular expression (default \\blinux\\b)
  --windows  (default 200)
  --n        records a window (default 500)
  --seed     (default 0; figures are reported from seed 100 on)`

const { values } = parseArgs({
  options: {
    out: { type: 'string' },
    dataset: { type: 'string', default: 'mnist' },
    name: { type: 'string' },
    drift: { type: 'string' },
    topic: { type: 'string' },
    before: { type: 'string' },
    windows: { type: 'string', default: '200' },
    n: { type: 'string', default: '500' },
    seed: { type: 'string', default: '0' },
    help: { type: 'boolean', default: false },
  },
})
/** The windows that a pool may have at most, and whose lines are kept. */
const KEPT = 80

interface Line {
  readonly window: number
  readonly n: number
  /** Indices of held records, and what the strongest family said of each. */
  readonly held: readonly number[]
  readonly why: readonly string[]
  /** Of the memory after the window: campaigns, and the records found so far. */
  readonly campaigns: readonly string[]
  readonly found: number
  readonly seconds: number
}

if (values.help || values.out === undefined) console.log(USAGE)
else await row(values.out)

async function row(folder: string): Promise<void> {
  const engine = await createEngine()
  const [seed, n, windows] = [Number(values.seed), Number(values.n), Number(values.windows)]
  const name = values.name ?? [values.dataset, values.drift ?? 'none', seed].join('-')
  const [path, state] = [`${folder}/${name}.jsonl`, `${folder}/${name}.state`]
  const kind = DRIFTS.find((one) => one === values.drift)
  const drift = kind && {
    kind,
    from: Number(values.before ?? windows / 2),
    topic: values.topic === undefined ? undefined : new RegExp(values.topic, 'i'),
  }
  const windowAt = (w: number) => windowInRow({ dataset: values.dataset, n, seed, drift }, w)
  const lines: Line[] = linesIn(path)
  const memories = new Map<number, Memory>(
    existsSync(state)
      ? (JSON.parse(readFileSync(state, 'utf8')) as string[]).map((text) => {
          const memory = decodeMemory(Buffer.from(text))
          return [memory.through, memory] as const
        })
      : [],
  )
  // the state is written after the line, so that a line more may stand there than the state knows
  let memory = memories.get(Math.max(0, ...memories.keys())) ?? null
  lines.length = memory?.through ?? 0
  writeFileSync(path, lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
  const seen = new Map<number, Seen>()
  const seenAt = (ordinal: number): Seen => {
    const known = seen.get(ordinal)
    if (known !== undefined) return known
    const { held } = lines[ordinal - 1]!
    const of = Array.from({ length: n }, (_, i) => held.includes(i))
    const window = windowAt(ordinal - 1)
    const made = givenBy(window, scanInputOf(window, seed), of, `w${ordinal}`)
    seen.set(ordinal, made)
    seen.delete(ordinal - KEPT)
    return made
  }
  for (let w = lines.length; w < windows; w++) {
    const started = process.cpuUsage()
    const known = memories.get(lastTeacherOf(w + 1, EVERY))
    const { held, issues, lesson } = await judged(windowAt(w), known, { ordinal: w + 1, seed, engine, seenAt })
    memory = taughtOne(memory, lesson)
    const indices = held.flatMap((is, i) => (is ? [i] : []))
    const why = indices.map((i) => {
      const [first] = issues[i]!
      return first === undefined ? '' : `${first.family} (${(first.by ?? []).join(', ')}): ${first.why}`
    })
    lines.push({ window: w + 1, n, held: indices, why, campaigns: [], found: 0, seconds: 0 })
    if (isDue(memory)) memory = await learnt(memory, seenAt, seed, engine)
    const { user, system } = process.cpuUsage(started)
    const campaigns = (memory.campaigns ?? []).map(({ id, summary }) => `${id}: ${summary}`)
    const line = { ...lines.pop()!, campaigns, found: foundIn(memory).length, seconds: (user + system) / 1e6 }
    lines.push(line)
    appendFileSync(path, `${JSON.stringify(line)}\n`)
    memories.set(w + 1, memory)
    memories.delete(w + 1 - 3 * EVERY)
    writeFileSync(
      `${state}.next`,
      JSON.stringify([...memories.values()].map((one) => Buffer.from(encodeMemory(one)).toString())),
    )
    renameSync(`${state}.next`, state)
  }
  const held = lines.reduce((sum, line) => sum + line.held.length, 0)
  const shown = new Set(lines.flatMap(({ campaigns }) => campaigns.map((one) => one.split(':')[0])))
  const found = Math.max(0, ...lines.map((line) => line.found))
  console.log(`${name}: ${held} of ${windows * n} held, ${shown.size} campaigns, ${found} found`)
}

function linesIn(path: string): Line[] {
  if (!existsSync(path)) return []
  return readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line.endsWith('}'))
    .map((line) => JSON.parse(line) as Line)
}
