import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { appendFile, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { seededRandom } from '#core/random.ts'

const CREDENCE = fileURLToPath(new URL('../../cli/credence.js', import.meta.url))
const ROWS = 600
/** Every 40th row is labelled with the other kind, which is as clear a mistake as there is. */
const FLIP_EVERY = 40

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'credence-cli-'))
  await writeFile(join(folder, 'flowers.csv'), flowers())
})
afterAll(() => rm(folder, { recursive: true, force: true }))

describe('a newcomer with a file', () => {
  it('scans it with no configuration at all, one line a record in input order', async () => {
    const { code, stdout } = await credence('scan', 'flowers.csv', '--format', 'jsonl', '--all')
    expect(code).toBe(1)
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { index: number; risk: number; decision: string; issues: { why: string }[] })
    expect(lines.map(({ index }) => index)).toEqual(Array.from({ length: ROWS + 1 }, (_, i) => i))
    const flips = lines.filter((_, i) => i < ROWS && i % FLIP_EVERY === 5)
    const others = lines.filter((_, i) => i < ROWS && i % FLIP_EVERY !== 5)
    const mean = (of: typeof lines) => of.reduce((sum, { risk }) => sum + risk / of.length, 0)
    expect(mean(flips)).toBeGreaterThan(mean(others) + 0.3)
    // The row that is no row takes its place too.
    expect(lines.at(-1)).toMatchObject({ decision: 'reject' })
  })

  it('ends without a word where nobody reads on, as before `head`', async () => {
    const scanning = spawn(process.execPath, [CREDENCE, 'scan', 'flowers.csv', '--format', 'jsonl', '--all'], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    scanning.stdout.destroy()
    const ended = once(scanning, 'close')
    expect(await text(scanning.stderr)).not.toContain('EPIPE')
    expect(await ended).toEqual([141, null])
  })

  it('prints the same bytes again', async () => {
    const once = await credence('scan', 'flowers.csv', '--format', 'json', '--all')
    const again = await credence('scan', 'flowers.csv', '--format', 'json', '--all')
    expect(again.stdout).toBe(once.stdout)
  })

  it('is told when there are too few records to scan: that is no clean bill', async () => {
    const few = flowers().split('\n').slice(0, 41).join('\n')
    await writeFile(join(folder, 'few.csv'), `${few}\n`)
    const { code, stdout } = await credence('scan', 'few.csv')
    expect(code).toBe(3)
    expect(stdout).toContain('Nothing was scanned')
    expect(stdout).not.toContain('Nothing flagged')
    expect(stdout.split('too few to scan')).toHaveLength(2) // said once
    const lines = (await credence('scan', 'few.csv', '--format', 'jsonl')).stdout.trim().split('\n')
    expect(lines).toHaveLength(40)
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      decision: 'quarantine',
      unscanned: expect.any(String) as string,
    })
  })

  it('plans what a workload would ask for, as figures with their sources, and is told what is no workload', async () => {
    const workload = ['--records-per-second', '2000', '--bytes', '1024', '--kind', 'table']
    const { code, stdout } = await credence('plan-capacity', ...workload, '--cloud', 'gcp', '--json')
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({
      estimate: true,
      plans: [{ cloud: 'gcp', services: { scan: { count: 3 } }, monthly: { usd: expect.any(Number) as number } }],
      rates: { source: 'docs/performance.md' },
    })
    for (const [wrong, says] of [
      [['--utilization', '2'], 'at most 1'],
      [['--prices', 'nowhere.json'], 'nowhere.json cannot be read'],
      [['--cloud', 'oracle'], 'Allowed choices'],
    ] as const) {
      const told = await credence('plan-capacity', ...workload, ...wrong)
      expect([told.code, told.stdout]).toEqual([64, ''])
      expect(told.stderr).toContain(says)
    }
  })

  it('is told what is wrong with the command line, the file and the configuration', async () => {
    expect(await credence('scan', 'nowhere.csv')).toMatchObject({ code: 2 })
    expect(await credence('scan')).toMatchObject({ code: 64 })
    expect(await credence('run')).toMatchObject({
      code: 78,
      stderr: expect.stringContaining('credence init') as string,
    })
    await writeFile(join(folder, 'wrong.yaml'), 'version: 1\ndatasets:\n  a: { sauce: ./x, contract: y }\n')
    const { code, stderr } = await credence('lint', '--config', 'wrong.yaml')
    expect(code).toBe(78)
    expect(stderr).toMatch(/3:\d+.*sauce/s)
  })

  it('is told apart by exit codes: a wrong configuration, data that cannot be scanned, a wrong command line', async () => {
    await writeFile(
      join(folder, 'gone.yaml'),
      'version: 1\ndatasets:\n  a: { source: ./flowers.csv, contract: ./gone }\n',
    )
    for (const command of ['run', 'lint', 'dry-run', 'verify', 'export'])
      expect(await credence(command, '--config', 'gone.yaml')).toMatchObject({
        code: 78,
        stderr: expect.stringContaining('expected a contract there') as string,
      })
    const sizes = Array.from({ length: 60 }, (_, i) => JSON.stringify({ x: Array(4 + (i % 3)).fill(i), label: i % 2 }))
    await writeFile(join(folder, 'sizes.jsonl'), `${sizes.join('\n')}\n`)
    for (const command of [['scan'], ['init', '--out', 'sized']]) {
      const stderr: unknown = expect.stringContaining('resize them first')
      expect(await credence(...command, 'sizes.jsonl')).toMatchObject({ code: 3, stderr })
      expect((await credence(...command, 'nothing.jsonl')).code).toBe(2)
      expect((await credence(...command, 'flowers.csv', '--label', 'colour')).code).toBe(64)
    }
  })
})

describe('init --out', () => {
  it('makes one folder, and says what is wrong where none can be made', async () => {
    expect((await credence('init', 'flowers.csv', '--out', 'made')).code).toBe(0)
    expect((await stat(join(folder, 'made', 'credence.yaml'))).isFile()).toBe(true)
    const said = {
      'not/there': 'the folder above it is not there',
      'flowers.csv': 'what stands above it is a file and no folder',
      'flowers.csv/in': 'what stands above it is a file and no folder',
      '/proc/made': 'cannot be written',
    }
    for (const [out, why] of Object.entries(said)) {
      const { code, stderr } = await credence('init', 'flowers.csv', '--out', out)
      expect(code).toBe(2)
      expect(stderr).toContain(why)
      expect(stderr).not.toContain('internal')
    }
  })
})

describe('the whole way', () => {
  it('init, lint, run: everything accounted for', async () => {
    expect((await credence('init', 'flowers.csv')).code).toBe(0)
    expect((await credence('init', 'flowers.csv')).code).toBe(2) // never over a file that is there
    expect((await credence('lint')).code).toBe(0)
    const { code, stdout } = await credence('run')
    expect(code).toBe(1)
    expect(stdout).toMatch(new RegExp(`flowers\\s+${ROWS + 1}\\s+=\\s+\\d+\\s+\\+\\s+\\d+\\s+\\+\\s+0\\s+\\+\\s+1`))
    expect((await stat(join(folder, '.credence', 'report.html'))).size).toBeGreaterThan(10_000)
  })

  it('runs again without doing anything twice', async () => {
    const before = await exported()
    expect((await credence('run')).code).toBe(1)
    expect(await exported()).toBe(before)
  })

  it('lists, shows, explains and releases what is held, and takes it back', async () => {
    const held = await list()
    expect(held.length).toBeGreaterThan(0)
    const [first] = held
    const id = first?.record ?? ''
    expect((await credence('quarantine', 'show', id)).stdout).toContain('risk')
    const explained = await credence('explain', id, '--format', 'json')
    expect(explained.code).toBe(0)
    expect(JSON.parse(explained.stdout)).toMatchObject({
      decision: 'quarantine',
      rederived: { decision: 'quarantine', wholeWindowAgrees: true },
    })
    const { spoke, detectors } = JSON.parse(explained.stdout) as { spoke: string[]; detectors: { name: string }[] }
    expect(spoke.length).toBeGreaterThan(0)
    expect(detectors.map(({ name }) => name)).toEqual(expect.arrayContaining(spoke))
    expect((await credence('explain', id)).stdout).toMatch(/^spoke +\S.*\nsilent +\S/m)
    const before = await exported()
    expect((await credence('quarantine', 'release', id, '--reason', 'looks fine', '--dry-run')).code).toBe(0)
    expect(await exported()).toBe(before)
    const released = await credence('quarantine', 'release', id, '--reason', 'looks fine', '--yes')
    expect(released.code).toBe(0)
    expect((await exported()).trim().split('\n')).toHaveLength(before.trim().split('\n').length + 1)
    const review = /undo (\S+)/.exec(released.stdout)?.[1] ?? ''
    expect((await credence('quarantine', 'undo', review, '--reason', 'on second thoughts')).code).toBe(0)
    expect(await exported()).toBe(before)
    expect(await list()).toEqual(held)
  })

  it('judges past windows anew, recalls what another policy would hold, says who has it, and puts it back', async () => {
    const before = await exported()
    const same = await credence('rescan')
    expect(same).toMatchObject({ code: 0, stderr: expect.stringContaining('0 records admitted that would be held') })
    const found = join(folder, 'found.jsonl')
    expect((await credence('rescan', '--what-if', 'reviewBudget=40', '--out', found)).code).toBe(1)
    const count = (await readFile(found, 'utf8')).trim().split('\n').length
    const add = () => credence('recall', 'add', '--from', found, '--reason', 'poison after all', '--yes')
    const recalled = await add()
    expect(recalled).toMatchObject({ code: 0, stdout: expect.stringContaining(`${count} records of flowers recalled`) })
    expect((await exported()).trim().split('\n')).toHaveLength(before.trim().split('\n').length - count)
    expect(await add()).toMatchObject({ code: 3, stderr: expect.stringContaining(`${count} records recalled already`) })
    const recall = /undo (\S+)/.exec(recalled.stdout)?.[1] ?? ''
    expect((await credence('recall', 'list')).stdout).toContain(recall)
    expect((await credence('recall', 'show', recall)).stdout).toMatch(
      /Exports that held them:\n.* jsonl of .* of these/,
    )
    expect((await credence('recall', 'add', (await list())[0]?.record ?? '', '--reason', 'x', '--yes')).code).toBe(2)
    expect((await credence('recall', 'undo', recall, '--reason', 'on second thoughts')).code).toBe(0)
    expect(await exported()).toBe(before)
    expect((await credence('memory', 'status')).stdout).toContain('none yet')
    expect((await credence('verify')).code).toBe(0)
  })

  it('rotates the key and still opens everything; the old version can be retired then', async () => {
    const before = await exported()
    const rotated = await credence('keys', 'rotate')
    expect(rotated.stdout).toContain('no object was touched')
    expect(await exported()).toBe(before)
    expect(await credence('keys', 'retire', '1')).toMatchObject({
      code: 64,
      stderr: expect.stringContaining('--yes') as string,
    })
    expect((await credence('keys', 'retire', '1', '--yes')).code).toBe(0)
    expect(await exported()).toBe(before)
    expect((await credence('keys', 'retire', '2', '--yes')).code).toBe(2)
  })

  it('redrives dead letters once the contract lets them in', async () => {
    const dead = await credence('deadletter', 'list', '--format', 'json')
    expect(JSON.parse(dead.stdout)).toHaveLength(1)
    const [{ id }] = JSON.parse(dead.stdout) as [{ id: string }]
    const shown = await credence('deadletter', 'show', id)
    expect(shown).toMatchObject({ code: 0, stdout: expect.stringContaining('flowers.csv') as string })
    expect(shown.stdout).toContain('few')
    expect((await credence('deadletter', 'show', 'nobody')).stderr).toContain('credence deadletter list')
    expect((await credence('deadletter', 'redrive', '--dry-run')).stdout).toContain('1 still dead')
  })

  it('has an audit log that verifies, offline too, and tells when somebody edited it', async () => {
    expect((await credence('audit', 'verify')).code).toBe(0)
    expect((await credence('audit', 'export', '--out', 'log.jsonl')).code).toBe(0)
    const offline = ['audit', 'verify', '--file', 'log.jsonl', '--key', 'log.jsonl.pem']
    expect((await credence(...offline)).code).toBe(0)
    const report = JSON.parse((await credence(...offline, '--format', 'json')).stdout) as { head: { seq: number } }
    expect(report).toMatchObject({ whole: true, problems: [], entries: report.head.seq, certifiedTo: report.head.seq })
    const log = await readFile(join(folder, 'log.jsonl'), 'utf8')
    await writeFile(
      join(folder, 'log.jsonl'),
      log.replace('looks fine', 'looks good').replace('"records":1', '"records":2'),
    )
    expect((await credence(...offline)).code).toBe(1)
    expect(JSON.parse((await credence(...offline, '--format', 'json')).stdout)).toMatchObject({ whole: false })
  })

  it('refuses an export of what somebody tampered with', async () => {
    const path = join(folder, '.credence', 'objects', 'manifests', 'flowers', '00000001.json')
    const original = await readFile(path, 'utf8')
    const envelope = JSON.parse(original) as { payload: string }
    const payload = Buffer.from(envelope.payload, 'base64').toString('utf8').replace('"admitted":', '"admitted":1')
    await writeFile(path, JSON.stringify({ ...envelope, payload: Buffer.from(payload).toString('base64') }))
    const { code, stderr } = await credence('export', '--out', 'tampered.jsonl')
    expect(code).toBe(2)
    expect(stderr).toContain('corrupt')
    await expect(stat(join(folder, 'tampered.jsonl'))).rejects.toThrow('ENOENT')
    expect(await credence('verify')).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('what to do: find out who can write there') as string,
    })
    const told = await credence('verify', '--format', 'json')
    expect(told.code).toBe(1)
    expect(JSON.parse(told.stdout)).toMatchObject([
      { dataset: 'flowers', whole: false, problems: [{ code: 'signature' }] },
    ])
    await writeFile(path, original)
  })

  it('exports over nothing that a source reads', async () => {
    const before = await readFile(join(folder, 'flowers.csv'))
    await symlink('flowers.csv', join(folder, 'linked.csv'))
    for (const out of ['flowers.csv', './flowers.csv', 'linked.csv'])
      expect(await credence('export', '--out', out)).toMatchObject({
        code: 64,
        stderr: expect.stringContaining('name a file elsewhere') as string,
      })
    expect(await readFile(join(folder, 'flowers.csv'))).toEqual(before)
    const { stdout } = await credence('run')
    const [, suggested = ''] = /export --dataset flowers --out (\S+)/.exec(stdout) ?? []
    expect((await credence('export', '--out', suggested)).code).toBe(0)
  })

  it('exports Parquet as well', async () => {
    expect((await credence('export', '--out', 'flowers.parquet')).code).toBe(0)
    expect((await readFile(join(folder, 'flowers.parquet'))).subarray(0, 4).toString()).toBe('PAR1')
  })

  it('rests encrypted: no measurement is found in the data folder, in the catalog or its log', async () => {
    const cells = flowers()
      .split('\n')
      .slice(1, 40)
      .flatMap((row) => row.split(',').slice(0, 4))
    const patterns = cells.flatMap((cell) => ['-e', cell])
    const { stdout } = await run('grep', ['-rlaF', ...patterns, join(folder, '.credence'), '--exclude=report.html'])
    expect(stdout).toBe('')
  })
})

describe('a folder with the configuration among the data', () => {
  it('keeps out of it what Credence writes, and suggests an export that is not read the next time', async () => {
    const here = await mkdtemp(join(tmpdir(), 'credence-here-'))
    try {
      await writeFile(join(here, 'few.jsonl'), '{"text":"a"}\n{"text":"b"}\n')
      expect((await runIn(here, 'init', '.', '--name', 'all')).code).toBe(0)
      await appendFile(join(here, 'credence.yaml'), 'data: ./state\n')
      const counts = /all\s+2 {2}=[^\n]*\+\s+0\n/
      const first = await runIn(here, 'run')
      expect(first.stdout).toMatch(counts)
      for (const command of ['export', 'audit export', 'report', 'rescan'])
        expect(await runIn(here, ...command.split(' '), '--out', 'out.jsonl')).toMatchObject({
          code: 64,
          stderr: expect.stringContaining('is among what all is read from') as string,
        })
      expect((await runIn(here, 'run', '--report', 'out.html')).code).toBe(64)
      expect((await inShell(here, 'export > out.jsonl')).code).toBe(64)
      const [, suggested = ''] = /export --dataset all --out (\S+)/.exec(first.stdout) ?? []
      expect(suggested).toBe(join('state', 'all.admitted.jsonl'))
      expect((await runIn(here, 'export', '--out', suggested)).code).toBe(0)
      expect((await runIn(here, 'run')).stdout).toMatch(counts)
    } finally {
      await rm(here, { recursive: true })
    }
  })
})

async function list(): Promise<{ record: string }[]> {
  const { stdout } = await credence('quarantine', 'list', '--standing', 'quarantined', '--format', 'json')
  return JSON.parse(stdout) as { record: string }[]
}

async function exported(): Promise<string> {
  const { code, stdout } = await credence('export')
  expect(code).toBe(0)
  return stdout
}

function flowers(): string {
  const random = seededRandom(3, 'e2e/flowers')
  const rows = Array.from({ length: ROWS }, (_, i) => {
    const tall = random.below(2) === 1
    const cells = [tall ? 6.5 : 3, tall ? 2 : 5, 4, 1].map((mean) => (mean + 0.4 * random.normal()).toFixed(6))
    return [...cells, (i % FLIP_EVERY === 5 ? !tall : tall) ? 'virginica' : 'setosa'].join(',')
  })
  return `length,width,height,depth,species\n${rows.join('\n')}\ntoo,few\n`
}

function credence(...args: string[]) {
  return run(process.execPath, [CREDENCE, ...args])
}

function runIn(cwd: string, ...args: string[]) {
  return run(process.execPath, [CREDENCE, ...args], cwd)
}

function inShell(cwd: string, line: string) {
  return run('sh', ['-c', `"$0" "$1" ${line}`, process.execPath, CREDENCE], cwd)
}

function run(command: string, args: string[], cwd = folder): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(command, args, { cwd, maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : error === null ? 0 : -1, stdout, stderr })
    })
  })
}
