import { cp, mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import type { Page } from 'playwright-core'
import { listCampaigns } from '#app/operations/campaigns.ts'
import { loadConfig } from '#app/config/load.ts'
import { openSigningSystem } from '#app/system.ts'
import { startConsole } from '#console/server/start.ts'
import { launchChromium } from '#test/support/chromium.ts'
import { buildPages, openPage } from '#test/support/console/browse.ts'

/**
 * Takes the pictures of docs/images over what `credence demo` left in a folder, of which a copy is decided over. The walk of
 * docs/console.md is walked: what it shows is what happened.
 */

const { values } = parseArgs({
  options: {
    folder: { type: 'string', default: 'credence-demo' },
    out: { type: 'string', default: path.join(import.meta.dirname, '../docs/images') },
  },
})
const REPORT = path.resolve(values.folder, 'report.html')
await stat(REPORT).catch(() => {
  process.stderr.write(`${values.folder} is no demo: run \`npx credence demo\`, or name its folder with --folder\n`)
  process.exit(2)
})

buildPages()
const copy = await mkdtemp(path.join(tmpdir(), 'credence-pictures-'))
await cp(values.folder, copy, { recursive: true })
const config = await loadConfig(path.join(copy, 'credence.yaml'), {})
const system = await openSigningSystem(config, { command: 'pictures' })
const console = await startConsole(system, { host: '127.0.0.1', port: 0 })
const browser = await launchChromium()
const link = () => {
  const roles = ['reviewer', 'operator', 'auditor', 'admin'] as const
  return console.link({ person: 'ann', grants: roles.map((role) => ({ role, datasets: null })) })
}
const take = async (page: Page, name: string) => {
  await page.locator('.skeleton').first().waitFor({ state: 'detached' })
  await page.screenshot({ path: path.join(values.out, `${name}.png`) })
  process.stdout.write(`${name}\n`)
}
async function open(place: string, scheme: 'light' | 'dark' = 'light'): Promise<Page> {
  const { page } = await openPage(browser, link(), scheme)
  await page.setViewportSize({ width: 1280, height: 800 })
  await page.locator('.list .row').first().waitFor()
  await page.evaluate(`location.hash = ${JSON.stringify(place)}`)
  return page
}
/** The campaign of a family in a dataset that has most to decide, in all of its windows together. */
async function campaignOf(dataset: string, family: string): Promise<string> {
  const campaigns = await listCampaigns(system, { whole: null, records: null })
  const most = campaigns.find((one) => one.dataset === dataset && one.family === family)
  if (most === undefined) throw new Error(`the demo has no campaign of ${family} in ${dataset}`)
  return most.id
}

try {
  const { page: report } = await openPage(browser, pathToFileURL(REPORT).href)
  await report.setViewportSize({ width: 1280, height: 1150 })
  await report.screenshot({ path: path.join(values.out, 'report.png') })

  const trigger = await campaignOf('digits', 'trigger')
  const page = await open('#/overview')
  await page.locator('.health figcaption').nth(3).waitFor()
  await take(page, 'walk-1')
  await page
    .locator('tr', { has: page.getByTitle(trigger, { exact: true }) })
    .getByRole('link')
    .first()
    .click()
  await page.locator('.neighbours canvas').first().waitFor()
  await page.locator('.history').waitFor()
  await take(page, 'console-queue')
  await page.keyboard.press('b')
  await page.getByRole('dialog').getByText('It reaches').waitFor()
  await page.getByRole('radio', { name: 'Reject' }).check()
  await page.getByRole('dialog').getByLabel('Why').fill('All of them hold the same mark in a corner.')
  await take(page, 'console-query')
  await page.keyboard.press('Enter')
  await page.locator('.bulks').getByText('done').waitFor()
  await page.locator('.neighbours canvas').first().waitFor()
  await page.locator('.history').waitFor()
  await take(page, 'walk-4')

  const mail = await open(`#/queue?q=${encodeURIComponent(`campaign:${await campaignOf('mail', 'trigger')}`)}`, 'dark')
  await mail.locator('.excerpt mark').first().waitFor()
  await mail.locator('.history').waitFor()
  await take(mail, 'console-dark')
} finally {
  await browser.close()
  await console[Symbol.asyncDispose]()
  await system[Symbol.asyncDispose]()
  await rm(copy, { recursive: true, force: true })
}
