import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import type { Browser, Page } from 'playwright-core'
import type { Role } from '#console/api/roles.ts'
import { PATIENCE } from '../chromium.ts'
import type { Desk } from './desk.ts'

export const WEB = path.join(import.meta.dirname, '../../../console/web')
const require = createRequire(import.meta.url)
const AXE = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8')

/** Ends a script, an attribute or a reading direction where it should not. */
export const HOSTILE = `"><script>window.owned=1</script><img src=x onerror="window.owned=2">'\`\${window.owned=3}\u202Egnp.\u200B&lt;{{7*7}}`

/** As `npm run build` does: tests run with a NODE_ENV of their own, which would make other files. */
export function buildPages(outDir = 'dist'): void {
  const vite = path.join(path.dirname(require.resolve('vite/package.json')), 'bin/vite.js')
  const env = { ...process.env, NODE_ENV: 'production' }
  execFileSync(process.execPath, [vite, 'build', WEB, '--outDir', outDir, '--emptyOutDir'], { env })
}

/** The folder of the pages, made by the suite of a run that asks first: nobody changes what is there. */
export function builtPages(): string {
  const built = path.join(process.env['CREDENCE_TEST_KEPT']!, 'pages')
  if (existsSync(built)) return built
  const half = `${built}.half-${process.pid}`
  buildPages(half)
  try {
    renameSync(half, built)
  } catch {
    rmSync(half, { recursive: true }) // another suite was first
  }
  return built
}

export interface Opened {
  readonly page: Page
  /** What the browser said of a policy that was broken, and errors that nobody caught. */
  readonly complaints: string[]
}

export async function openPage(
  browser: Browser,
  address: string,
  colorScheme: 'light' | 'dark' = 'light',
  width = 1280,
): Promise<Opened> {
  const context = await browser.newContext({ viewport: { width, height: 860 }, colorScheme, reducedMotion: 'reduce' })
  context.setDefaultTimeout(PATIENCE)
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('pageerror', ({ message }) => complaints.push(message))
  page.on('console', (message) => {
    if (/policy|trusted|refused to/i.test(message.text())) complaints.push(message.text())
  })
  await page.goto(address)
  return { page, complaints }
}

export function linkFor({ console }: Desk, person: string, ...roles: Role[]): string {
  return console.link({ person, grants: roles.map((role) => ({ role, datasets: null })) })
}

export const told = (page: Page, text: string | RegExp) =>
  page.getByRole('status').filter({ hasText: text }).first().waitFor()

/** What axe finds in the page as it is. */
export async function findings(page: Page): Promise<string[]> {
  await page.evaluate(AXE)
  return page.evaluate<string[]>(
    `axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })
      .then(({ violations }) => violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => id + ': ' + html)))`,
  )
}
