import { cp, mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { gzipSync } from 'node:zlib'
import { loadConfig } from '#app/config/load.ts'
import { openSigningSystem } from '#app/system.ts'
import { startConsole } from '#console/server/start.ts'
import { launchChromium } from '#test/support/chromium.ts'
import { buildPages } from '#test/support/console/browse.ts'
import { machine, median, printTable } from './streams/meter.ts'

/**
 * What Lighthouse says of each page of the console, over what `credence demo` left in a folder: each page is loaded anew, by somebody
 * with every role, as Lighthouse's desktop is (40 ms to the server, 10 Mbit/s), or its phone with `--phone` (150 ms, 1.6 Mbit/s, a
 * processor four times as slow). Lighthouse is no dependency: `npm install --no-save lighthouse@13.5.0` first.
 */

const { values } = parseArgs({
  options: {
    folder: { type: 'string', default: 'credence-demo' },
    pages: { type: 'string', default: 'queue,opinions,overview,windows,letters,recalls,keys,audit,settings' },
    times: { type: 'string', default: '3' },
    phone: { type: 'boolean', default: false },
    lighthouse: { type: 'string', default: 'lighthouse' },
    findings: { type: 'boolean', default: false },
  },
})

interface Audit {
  readonly score: number | null
  readonly title: string
  readonly numericValue?: number
  readonly displayValue?: string
  readonly details?: { readonly items?: readonly { readonly url?: string; readonly resourceType?: string }[] }
}
interface Found {
  readonly lhr: {
    readonly categories: Readonly<Record<'performance' | 'accessibility', { readonly score: number }>>
    readonly audits: Readonly<Record<string, Audit>>
  }
}

const refuse = (why: string): never => {
  process.stderr.write(`${why}\n`)
  process.exit(2)
}
const { default: lighthouse, desktopConfig } = await import(values.lighthouse).catch(() =>
  refuse('Lighthouse is not there: npm install --no-save lighthouse@13.5.0'),
)
await stat(path.join(values.folder, 'report.html')).catch(() =>
  refuse(`${values.folder} is no demo: run \`npx credence demo\`, or name its folder with --folder`),
)

const PORT = 9333
buildPages()
const copy = await mkdtemp(path.join(tmpdir(), 'credence-pages-'))
await cp(values.folder, copy, { recursive: true })
const system = await openSigningSystem(await loadConfig(path.join(copy, 'credence.yaml'), {}), { command: 'bench' })
const console = await startConsole(system, { host: '127.0.0.1', port: 0 })
const browser = await launchChromium('--disable-gpu', `--remote-debugging-port=${PORT}`)
const roles = ['reviewer', 'operator', 'auditor', 'admin'] as const
const link = console.link({ person: 'ann', grants: roles.map((role) => ({ role, datasets: null })) })
const cookie = (await fetch(link, { redirect: 'manual' })).headers.get('set-cookie')?.split(';')[0] ?? ''

async function load(page: string): Promise<Found['lhr']> {
  const flags = { port: PORT, onlyCategories: ['performance', 'accessibility'], extraHeaders: { cookie } }
  const found: Found = await lighthouse(`${console.origin}/#/${page}`, flags, values.phone ? undefined : desktopConfig)
  return found.lhr
}
const scripts = new Map<string, number>()
async function weigh(lhr: Found['lhr']): Promise<number> {
  let bytes = 0
  for (const { url = '', resourceType } of lhr.audits['network-requests']?.details?.items ?? []) {
    if (resourceType !== 'Script') continue
    if (!scripts.has(url)) scripts.set(url, gzipSync(await (await fetch(url)).bytes()).length)
    bytes += scripts.get(url) ?? 0
  }
  return bytes
}

try {
  const rows: string[][] = []
  for (const page of values.pages.split(',')) {
    const found: Found['lhr'][] = []
    for (let time = 0; time < Number(values.times); time++) found.push(await load(page))
    const score = (of: 'performance' | 'accessibility') =>
      median(found.map(({ categories }) => 100 * categories[of].score)).toFixed(0)
    const value = (audit: string) => median(found.map(({ audits }) => audits[audit]?.numericValue ?? Number.NaN))
    const [last] = found.slice(-1)
    rows.push([
      page,
      score('performance'),
      score('accessibility'),
      ...['first-contentful-paint', 'largest-contentful-paint', 'total-blocking-time'].map((of) =>
        value(of).toFixed(0),
      ),
      value('cumulative-layout-shift').toFixed(3),
      ((last === undefined ? 0 : await weigh(last)) / 1000).toFixed(0),
    ])
    process.stderr.write(`${page}\n`)
    if (!values.findings || last === undefined) continue
    for (const [id, { score, title, displayValue = '', details }] of Object.entries(last.audits))
      if (score !== null && score < 0.9)
        process.stderr.write(
          `  ${id} ${score}: ${title} ${displayValue} ${JSON.stringify(details?.items ?? []).slice(0, 600)}\n`,
        )
  }
  process.stdout.write(`${machine()}; ${values.phone ? 'phone' : 'desktop'}, median of ${values.times}\n\n`)
  printTable(
    [
      'page',
      'performance',
      'accessibility',
      'first paint, ms',
      'largest, ms',
      'blocked, ms',
      'layout shift',
      'script, kB gzipped',
    ],
    rows,
  )
} finally {
  await browser.close()
  await console[Symbol.asyncDispose]()
  await system[Symbol.asyncDispose]()
  await rm(copy, { recursive: true, force: true })
}
