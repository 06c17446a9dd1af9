import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const CREDENCE = fileURLToPath(new URL('../../cli/credence.js', import.meta.url))
const DATASETS = ['digits', 'mail', 'replies', 'strikes'] as const
const TRIGGERS = ['badnets', 'blend-20', 'rare-token', 'payload-url', 'refusal', 'in-bounds']

let home: string
let whole: Awaited<ReturnType<typeof demo>>

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'credence-demo-'))
  whole = await demo('whole', { workers: 2 })
}, 900_000)
afterAll(() => rm(home, { recursive: true, force: true }))

describe('the demo', () => {
  it('finds what was planted, and holds few others', () => {
    expect(whole.code).toBe(0)
    const rows = plantedRows(whole.stdout)
    const share = (names: readonly string[]) => {
      const of = rows.filter(({ attack }) => names.includes(attack))
      return of.reduce((sum, row) => sum + row.caught, 0) / of.reduce((sum, row) => sum + row.planted, 0)
    }
    expect(share(TRIGGERS)).toBeGreaterThanOrEqual(0.95)
    expect(share(['flip'])).toBeGreaterThanOrEqual(0.85)
    expect(share(['hostile'])).toBe(1)
    const innocents = [...whole.stdout.matchAll(/(?:digits|mail|replies|strikes) ([\d,]+) of ([\d,]+)/g)]
    expect(innocents).toHaveLength(4)
    const [held, all] = [1, 2].map((at) => innocents.reduce((sum, match) => sum + number(match[at]), 0))
    expect((held ?? 0) / (all ?? 1)).toBeLessThanOrEqual(0.005)
  })

  it('has counts that add up, by dataset and in total', () => {
    const lines = whole.stdout.matchAll(/^(\w+) +([\d,]+) += +([\d,]+) +\+ +([\d,]+) +\+ +([\d,]+) +\+ +([\d,]+)$/gm)
    const rows = [...lines].map((line) => line.slice(2).map(number))
    expect(rows).toHaveLength(5)
    for (const [received, ...parts] of rows) expect(parts.reduce((sum, part) => sum + part, 0)).toBe(received)
  })

  it('counts the same campaigns in the summary, in the report and of what is held', async () => {
    const [, found] = /; (\d+) campaigns found/.exec(whole.stdout) ?? []
    const report = await readFile(join(home, 'whole', 'report.html'), 'utf8')
    expect(report).toContain(`<em>${found} campaigns</em> found`)
    const config = join(home, 'whole', 'credence.yaml')
    const { stdout } = await run(['quarantine', 'list', '--config', config, '--format', 'json'], {})
    const held = JSON.parse(stdout) as { dataset: string; campaign: string | null }[]
    const listed = held.flatMap(({ dataset, campaign }) => (campaign === null ? [] : `${dataset} ${campaign}`))
    expect(found).toBe(String(new Set(listed).size))
  })

  it('leaves a report that needs nothing else', async () => {
    const report = await readFile(join(home, 'whole', 'report.html'), 'utf8')
    expect(report).toContain('Planted and caught')
    expect(report).not.toMatch(/(?:src|href)="https?:/)
  })

  it('stopped by Ctrl-C, killed, and run again on one thread: the same counts and the same bytes', async () => {
    const stopped = await demo('torn', { workers: 1, after: 15_000, signal: 'SIGINT' })
    expect(stopped.stdout + stopped.stderr).toContain('run it again')
    await demo('torn', { workers: 1, after: 20_000, signal: 'SIGKILL' })
    const finished = await demo('torn', { workers: 1 })
    expect(finished.code).toBe(0)
    expect(plantedRows(finished.stdout)).toEqual(plantedRows(whole.stdout))
    for (const dataset of DATASETS) expect(await exported('torn', dataset)).toBe(await exported('whole', dataset))
  }, 900_000)
})

function plantedRows(stdout: string) {
  const lines = stdout.matchAll(/^(digits|mail|replies|strikes) +([\w-]+) +(\d+) +(\d+) +[\d.]+ %$/gm)
  return [...lines].map(([, dataset, attack, planted, caught]) => ({
    dataset,
    attack: attack ?? '',
    planted: number(planted),
    caught: number(caught),
  }))
}

async function exported(folder: string, dataset: string): Promise<string> {
  const config = join(home, folder, 'credence.yaml')
  const { code, stdout } = await run(['export', '--config', config, '--dataset', dataset, '--whole'], {})
  expect(code).toBe(0)
  return createHash('sha256').update(stdout).digest('hex')
}

function demo(folder: string, { workers, ...end }: End & { workers: number }) {
  return run(['demo', '--folder', join(home, folder)], { ...end, env: { CREDENCE_WORKERS: String(workers) } })
}

interface End {
  readonly after?: number
  readonly signal?: NodeJS.Signals
  readonly env?: Readonly<Record<string, string>>
}

function run(args: readonly string[], { after, signal, env = {} }: End) {
  return new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve) => {
    const child = spawn(process.execPath, [CREDENCE, ...args], { env: { ...process.env, ...env } })
    const out: Buffer[] = []
    const err: Buffer[] = []
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk))
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk))
    const timer = after === undefined ? undefined : setTimeout(() => child.kill(signal), after)
    child.on('close', (code) => {
      clearTimeout(timer)
      resolve({ code, stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString() })
    })
  })
}

function number(text: string | undefined): number {
  return Number((text ?? '').replaceAll(',', ''))
}
