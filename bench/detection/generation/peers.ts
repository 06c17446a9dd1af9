import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { policySchema } from '#core/decision.ts'
import { textOfExchange } from '#core/exchange.ts'
import { decide } from '#services/scan/verdict/decide.ts'
import { alone, isPreference, plantedCase } from './cases.ts'

/** What public tools make of the same pairs, in the same run: see `peers.py`. */
const { values } = parseArgs({
  options: {
    substrates: { type: 'string', default: 'python' },
    attacks: { type: 'string', default: 'clean,rare-token,phrase,denial,topic,flood' },
    rate: { type: 'string', default: '.003' },
    seeds: { type: 'string', default: '100' },
    n: { type: 'string', default: '3000' },
    /** A Python with scikit-learn, cleanlab, pyod and datasketch. */
    python: { type: 'string', default: process.env['CREDENCE_PEERS_PYTHON'] ?? 'python3' },
  },
})

interface Line {
  readonly tool: string
  readonly seconds: number
  readonly tpr: number | null
  readonly held: number | null
  readonly innocents: number | null
  readonly error?: string
}

console.log(
  '| pairs | planted | tool | TPR at .1 % FPR | planted held % | innocents held % | seconds | ours / theirs |',
)
console.log('| --- | --- | --- | --- | --- | --- | --- | --- |')
for (const substrate of values.substrates.split(','))
  for (const attack of values.attacks.split(','))
    for (const seed of values.seeds.split(',').map(Number)) await compare(substrate, attack, seed)

async function compare(substrate: string, attack: string, seed: number): Promise<void> {
  const rate = Number(values.rate)
  const { exchanges, poisoned, neutral } = plantedCase({ substrate, attack, rate, seed, n: Number(values.n) })
  const form = isPreference(attack) ? 'preference' : 'instruction'
  const samples = { kind: 'exchange', form, exchanges } as const
  const started = performance.now()
  const { risk } = await alone({ n: exchanges.length, seed, samples, labels: null, contributors: null })
  const seconds = (performance.now() - started) / 1000
  const folder = mkdtempSync(join(tmpdir(), 'credence-peers-'))
  try {
    const file = join(folder, 'pairs.json')
    const held = decide(risk, policySchema.parse({})).map((decision) => decision !== 'admit')
    const ours = { tool: 'credence scan', seconds, scores: [...risk], flags: held }
    const pairs = exchanges.map((of) => ({
      prompt: of.context === '' ? of.prompt : `${of.context}\n${of.prompt}`,
      response: of.response,
      text: textOfExchange(of),
    }))
    writeFileSync(file, JSON.stringify({ pairs, poisoned: [...poisoned], neutral: [...neutral], ours }))
    const script = join(import.meta.dirname, 'peers.py')
    const output = execFileSync(values.python, [script, file], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    for (const text of output.split('\n').filter((line) => line.startsWith('{'))) {
      const line = JSON.parse(text) as Line
      const shown = (value: number | null, scale: number, digits: number) =>
        value === null ? '' : (scale * value).toFixed(digits)
      const cells =
        line.error === undefined
          ? [
              shown(line.tpr, 1, 2),
              shown(line.held, 100, 0),
              shown(line.innocents, 100, 2),
              line.seconds.toFixed(1),
              (seconds / line.seconds).toFixed(2),
            ]
          : [line.error]
      console.log(`| ${[`${substrate} ${seed}`, attack, line.tool, ...cells].join(' | ')} |`)
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
}
