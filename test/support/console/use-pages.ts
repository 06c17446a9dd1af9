import path from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll } from 'vitest'
import { launchChromium } from '../chromium.ts'
import { builtPages, openPage, type Opened } from './browse.ts'
import { openDesk, type Desk } from './desk.ts'

/** The pages, in a browser of the suite's own; what a test opens is closed behind it. */
export function usePages() {
  let browser: Browser
  let folder: string
  const closing: AsyncDisposable[] = []
  const pages: Page[] = []
  beforeAll(async () => {
    folder = builtPages()
    browser = await launchChromium()
  })
  afterEach(async () => {
    for (const page of pages.splice(0)) await page.context().close()
    for (const one of closing.splice(0)) await one[Symbol.asyncDispose]()
  })
  afterAll(async () => {
    await browser?.close()
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
