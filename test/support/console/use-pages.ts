import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll } from 'vitest'
import { launchChromium } from '../chromium.ts'
import { buildPages, openPage, type Opened } from './browse.ts'
import { openDesk, type Desk } from './desk.ts'

/** The pages, built for the suite that asks for them alone, in a browser of its own; what a test opens is closed behind it. */
export function usePages() {
  let browser: Browser
  let folder: string
  const closing: AsyncDisposable[] = []
  const pages: Page[] = []
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'credence-pages-'))
    buildPages(folder)
    browser = await launchChromium()
  })
  afterEach(async () => {
    for (const page of pages.splice(0)) await page.context().close()
    for (const one of closing.splice(0)) await one[Symbol.asyncDispose]()
  })
  afterAll(async () => {
    await browser?.close()
    if (folder !== undefined) await rm(folder, { recursive: true, force: true })
  })
  return {
    /** Where the scripts and styles lie. */
    assets: () => path.join(folder, 'assets'),
    web: () => folder,
    /** Closes it behind the test. */
    use: <T extends AsyncDisposable>(one: T): T => {
      closing.push(one)
      return one
    },
    atDesk: async (options?: Parameters<typeof openDesk>[0]): Promise<Desk> => {
      const desk = await openDesk({ web: folder, ...options })
      closing.push(desk)
      return desk
    },
    open: async (...how: [address: string, colorScheme?: 'light' | 'dark', width?: number]): Promise<Opened> => {
      const opened = await openPage(browser, ...how)
      pages.push(opened.page)
      return opened
    },
  }
}
