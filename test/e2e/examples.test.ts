import { execFileSync, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DEMO_FILES } from '#cli/demo/contracts.ts'
import { loadConfig } from '#app/config/load.ts'

const REPO = fileURLToPath(new URL('../../', import.meta.url))
const CLOUDS = ['aws', 'azure', 'gcp'] as const
type Cloud = (typeof CLOUDS)[number]
/** A fifth of every delivery: the fewest that all the triggers are found in. */
const SHARE = '0.2'
const SENT = { digits: 2000, mail: 1209, strikes: 2004 }
const TRIGGERS = ['badnets', 'rare-token', 'in-bounds']

let home: string
let first: Readonly<Record<Cloud, Ended>>
let again: Readonly<Record<Cloud, Ended>>

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'credence-examples-'))
  first = await all()
  again = await all()
}, 900_000)
afterAll(() => rm(home, { recursive: true, force: true }))

describe.each(CLOUDS)('the example on %s', (cloud) => {
  it('ends well, and finds what was planted', () => {
    const { code, stdout, stderr } = first[cloud]
    expect({ code, stderr: code === 0 ? '' : stderr + stdout }).toEqual({ code: 0, stderr: '' })
    const rows = plantedRows(stdout)
    expect(rows.map(({ attack }) => attack)).toEqual(expect.arrayContaining([...TRIGGERS, 'hostile']))
    for (const { attack, planted, caught } of rows) {
      if (attack === 'hostile') expect(caught).toBe(planted)
      if (TRIGGERS.includes(attack)) expect(caught / planted).toBeGreaterThanOrEqual(0.95)
    }
    const innocents = [...stdout.matchAll(/(?:digits|mail|strikes) ([\d,]+) of ([\d,]+) \(/g)]
    const [held, among] = [1, 2].map((at) => innocents.reduce((sum, match) => sum + number(match[at]), 0))
    expect((held ?? 0) / (among ?? 1)).toBeLessThanOrEqual(0.005)
  })

  it('accounts for everything that was sent', () => {
    const counts = countsOf(first[cloud].stdout)
    for (const [dataset, sent] of Object.entries(SENT)) {
      const [received, ...parts] = counts[dataset] ?? []
      expect(received).toBe(sent)
      expect(parts.reduce((sum, part) => sum + part, 0)).toBe(sent)
    }
  })

  it('leaves a store that verifies, with what the counts say', () => {
    const { stdout } = first[cloud]
    const counts = countsOf(stdout)
    for (const dataset of Object.keys(SENT)) {
      const [, whole] = new RegExp(`^${dataset}: whole; .* ([\\d,]+) records admitted$`, 'm').exec(stdout) ?? []
      expect(number(whole)).toBe(counts[dataset]?.[1])
    }
    // of each window what it gave to the pool stays in staging
    expect(objectsOf(stdout)).toMatchObject({ 'clean/': 3, 'manifests/': 3, 'scores/': 3, 'staging/': 3 })
  })

  it('does nothing twice when it is run again', () => {
    expect(again[cloud].code).toBe(0)
    expect(again[cloud].stdout).toContain('nothing is sent twice')
    for (const of of [countsOf, plantedRows, objectsOf, rowsInBigQuery])
      expect(of(again[cloud].stdout)).toEqual(of(first[cloud].stdout))
  })

  it('comes to the same as the others: the same day in the same windows', () => {
    expect(countsOf(first[cloud].stdout)).toEqual(countsOf(first.aws.stdout))
    expect(plantedRows(first[cloud].stdout)).toEqual(plantedRows(first.aws.stdout))
  })

  it('leaves no process', async () => {
    expect(await leftOf(cloud)).toEqual([])
  })

  it('has the contracts of the demo', async () => {
    for (const dataset of Object.keys(SENT)) {
      const name = `${dataset}.contract.yaml`
      expect(await readFile(join(REPO, 'examples', cloud, name), 'utf8')).toBe(DEMO_FILES[name])
    }
  })

  it('has a configuration that goes to the cloud itself where nothing else is said', async () => {
    const config = await loadConfig(join(REPO, 'examples', cloud, 'credence.yaml'), {})
    expect(config.emulator).toBe(false)
    expect(JSON.stringify(config)).not.toMatch(/endpoint|127\.0\.0\.1|localhost|connectionString/i)
  })
})

describe('the example on gcp', () => {
  it('delivers to BigQuery what is admitted, each row once', () => {
    const counts = countsOf(first.gcp.stdout)
    const rows = rowsInBigQuery(first.gcp.stdout)
    for (const dataset of Object.keys(SENT))
      expect(rows[dataset]).toEqual({ rows: counts[dataset]?.[1], records: counts[dataset]?.[1] })
  })
})

describe('Ctrl-C', () => {
  it('ends everything, and the next run carries on', async () => {
    const args = ['azure', '--folder', join(home, 'torn'), '--share', '0.05', '--idle', '5']
    const stopped = await run(args, /credence run/)
    expect(stopped.code).toBe(130)
    expect(await leftOf('torn')).toEqual([])
    const finished = await run(args)
    expect(finished.code).toBe(0)
    expect(finished.stdout).toContain('nothing is sent twice')
    expect(countsOf(finished.stdout)['digits']?.[0]).toBe(500)
  })
})

interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

async function all(): Promise<Readonly<Record<Cloud, Ended>>> {
  const options = ['--share', SHARE, '--idle', '15']
  const ended = await Promise.all(CLOUDS.map((cloud) => run([cloud, '--folder', join(home, cloud), ...options])))
  return Object.fromEntries(CLOUDS.map((cloud, i) => [cloud, ended[i]])) as Record<Cloud, Ended>
}

/** Runs an example; sends SIGINT once its output matches `until`. */
function run(args: readonly string[], until?: RegExp): Promise<Ended> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [join(REPO, 'examples/run.ts'), ...args], { cwd: REPO })
    const said = { stdout: '', stderr: '' }
    let waits = until !== undefined
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (text: string) => {
        said[name] += text
        if (!waits || until?.test(said[name]) !== true) return
        waits = false
        child.kill('SIGINT')
      })
    }
    child.on('close', (code) => resolve({ code, ...said }))
  })
}

/** What still runs of an example, by what it was started with, and which of its ports still answer. */
async function leftOf(name: string): Promise<string[]> {
  const folder = join(home, name)
  const processes = execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' }).split('\n')
  const ports = existsSync(folder) ? (JSON.parse(await readFile(join(folder, 'ports.json'), 'utf8')) as number[]) : []
  const answering = await Promise.all(ports.map(async (port) => ((await answers(port)) ? [`port ${port}`] : [])))
  return [...processes.filter((line) => line.includes(`${folder}/`)), ...answering.flat()]
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => (socket.destroy(), resolve(true)))
    socket.once('error', () => resolve(false))
  })
}

/** By dataset: received, admitted, quarantined, rejected, dead-lettered. */
function countsOf(stdout: string): Record<string, number[]> {
  const lines = stdout.matchAll(/^(\w+) +([\d,]+) += +([\d,]+) +\+ +([\d,]+) +\+ +([\d,]+) +\+ +([\d,]+)$/gm)
  return Object.fromEntries([...lines].map(([, dataset, ...counts]) => [dataset, counts.map(number)]))
}

function plantedRows(stdout: string) {
  const lines = stdout.matchAll(/^(digits|mail|strikes) +([\w-]+) +(\d+) +(\d+) +[\d.]+ %$/gm)
  return [...lines].map(([, dataset, attack = '', planted, caught]) => ({
    dataset,
    attack,
    planted: number(planted),
    caught: number(caught),
  }))
}

/** How many objects each zone has. */
function objectsOf(stdout: string): Record<string, number> {
  const lines = stdout.matchAll(/^(\w+\/) +([\d,]+) +[\d.]+ [KM]?i?B /gm)
  return Object.fromEntries([...lines].map(([, zone, objects]) => [zone, number(objects)]))
}

function rowsInBigQuery(stdout: string): Record<string, { rows: number; records: number }> {
  const lines = stdout.matchAll(/\.(\w+)_current +([\d,]+) rows?, of ([\d,]+) records/g)
  return Object.fromEntries(
    [...lines].map(([, dataset, rows, records]) => [dataset, { rows: number(rows), records: number(records) }]),
  )
}

function number(text: string | undefined): number {
  return Number((text ?? '').replaceAll(',', ''))
}
