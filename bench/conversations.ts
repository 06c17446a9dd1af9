import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { parseArgs } from 'node:util'
import { seededRandom } from '#core/random.ts'
import { scan } from '#app/library/scan.ts'
import { drawExchanges } from './detection/generation/substrates.ts'
import { processorSeconds } from './profile.ts'
import { machine, printTable } from './streams/meter.ts'

/** What the scan of a file of conversations takes, each size in a process of its own: that is what its peak is of. */

const { values } = parseArgs({
  options: {
    records: { type: 'string', default: '10000,30000,100000' },
    /** Scans this file and prints what it took; for the process that does so. */
    file: { type: 'string' },
    keep: { type: 'boolean', default: false },
  },
})

interface Taken {
  readonly held: number
  readonly wall: number
  readonly processor: number
  /** Of memory in use, MiB. */
  readonly peak: number
}

const OPENINGS = [
  '',
  'Could you help me with this? ',
  'One more thing: ',
  'Please read what follows. ',
  'I wonder about this. ',
]

if (values.file === undefined) await measure()
else console.log(JSON.stringify(await taken(values.file)))

async function measure(): Promise<void> {
  const rows: string[][] = []
  for (const records of values.records.split(',').map(Number)) {
    const folder = await mkdtemp(join(tmpdir(), 'credence-conversations-'))
    const path = join(folder, 'conversations.jsonl')
    await writeConversations(path, records)
    const child = spawn(process.execPath, [import.meta.filename, '--file', path], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const { held, wall, processor, peak } = JSON.parse(await text(child.stdout)) as Taken
    const size = (await stat(path)).size / 2 ** 20
    if (values.keep) console.log(path)
    else await rm(folder, { recursive: true })
    const cells = [records.toLocaleString('en'), size.toFixed(0), wall.toFixed(1), processor.toFixed(1)]
    rows.push([...cells, Math.round(records / processor).toLocaleString('en'), peak.toFixed(0), String(held)])
  }
  console.log(`${machine()}; ${availableParallelism()} threads`)
  printTable(['conversations', 'MiB', 'wall, s', 'processor, s', 'records/s of a core', 'peak, MiB', 'held'], rows)
}

async function taken(path: string): Promise<Taken> {
  const started = performance.now()
  const { records } = await scan(path)
  return {
    held: records.filter(({ decision }) => decision !== 'admit').length,
    wall: (performance.now() - started) / 1000,
    processor: processorSeconds(),
    peak: process.resourceUsage().maxRSS / 1024,
  }
}

/**
 * Conversations of one to three rounds, some with a system's turn. A round is about one real mail or documented function: some
 * of its sentences, and some of others', so that hardly two are alike and topics go with words as they do in any set.
 */
async function writeConversations(path: string, count: number): Promise<void> {
  const pairs = [...drawExchanges('mails', 6000, 0), ...drawExchanges('code', 6000, 0)].map(({ prompt, response }) => ({
    asked: sentences(prompt),
    answered: sentences(response),
  }))
  const topics = pairs.filter(({ asked, answered }) => asked.length > 0 && answered.length > 0)
  const random = seededRandom(0, 'bench/conversations')
  const one = <T>(of: readonly T[]): T => of[random.below(of.length)]!
  const said = (own: readonly string[], others: 'asked' | 'answered', most: number) =>
    Array.from({ length: 1 + random.below(most) }, () => one(random.below(2) === 0 ? own : one(topics)[others])).join(
      ' ',
    )
  const out = createWriteStream(path)
  for (let i = 0; i < count; i++) {
    const rounds = Array.from({ length: 1 + random.below(3) }, () => {
      const { asked, answered } = one(topics)
      return [
        { role: 'user', content: `${one(OPENINGS)}${said(asked, 'asked', 3)}` },
        { role: 'assistant', content: said(answered, 'answered', 8) },
      ]
    })
    const system = random.below(4) === 0 ? [{ role: 'system', content: 'You are a helpful assistant.' }] : []
    if (!out.write(`${JSON.stringify({ messages: [...system, ...rounds.flat()] })}\n`)) await once(out, 'drain')
  }
  out.end()
  await once(out, 'finish')
}

function sentences(of: string): string[] {
  const all = of.split(/(?<=[.!?;}])\s+/).map((sentence) => sentence.trim())
  return all.filter(({ length }) => length >= 15 && length <= 300)
}
