import type { Locator, Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { needsChromium } from '#test/support/chromium.ts'
import { linkFor, told } from '#test/support/console/browse.ts'
import { usePages } from '#test/support/console/use-pages.ts'

const { skip, why } = needsChromium

describe.skipIf(skip)(`the focus of the console${why}`, () => {
  const { atDesk, open } = usePages()
  const rows = (page: Page) => page.locator('.list .row')
  const focused = (page: Page, of: Locator) => of.and(page.locator(':focus')).count()
  const has = (page: Page, selector: string) => page.locator(`${selector}:focus`).waitFor()
  const closed = (page: Page) => page.getByRole('dialog').waitFor({ state: 'detached' })

  test('is given back by a dialog to what had it, however it is closed', async () => {
    const { page } = await open(linkFor(await atDesk(), 'ann', 'reviewer'))
    await page.locator('.excerpt mark').waitFor()
    for (const key of ['r', 'x', 'l', 'n', 'a', 'g', 'b', '?']) {
      await rows(page).first().focus()
      await page.keyboard.press(key)
      await page.getByRole('dialog').waitFor()
      await page.keyboard.press('Escape')
      await closed(page)
      expect(await focused(page, rows(page).first()), key).toBe(1)
    }
    const note = page.getByRole('button', { name: 'Note', exact: true })
    await note.focus()
    await page.keyboard.press('Enter')
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).press('Enter')
    await closed(page)
    expect(await focused(page, note)).toBe(1)
  })

  test('stays with the record where the one that was decided over gives way to the next', async () => {
    const { page } = await open(linkFor(await atDesk(), 'ann', 'reviewer'))
    await page.locator('.excerpt mark').waitFor()
    const first = await page.locator('#record-title').textContent()
    await page.getByRole('button', { name: 'Reject' }).focus()
    await page.keyboard.press('Enter')
    await page.keyboard.type('It holds the mark.')
    await page.keyboard.press('Enter')
    await told(page, `Rejected ${first}.`)
    await has(page, '.desk .focus')
    await page.keyboard.press('Tab')
    expect(await page.locator('.focus button:focus').count()).toBe(1)
    expect(await page.locator('#record-title').textContent()).not.toBe(first)
  })

  test('goes on in what a button opened in its place', async () => {
    const { page } = await open(linkFor(await atDesk(), 'ann', 'reviewer'))
    await page.locator('.excerpt mark').waitFor()
    await page.getByRole('button', { name: 'Show where it lies' }).press('Enter')
    await has(page, '[aria-labelledby=map-title]')
  })

  test('follows from the list to the record and back, where one is shown at a time', async () => {
    const { page } = await open(linkFor(await atDesk(), 'ann', 'reviewer'), 'light', 390)
    await rows(page).first().press('Enter')
    await has(page, '.desk .focus')
    await page.locator('.excerpt mark').waitFor()
    await page.locator('.focus .back').press('Enter')
    await has(page, '.desk .side')
  })

  test('shows a record from its beginning and the list where it was left, where one is shown at a time', async () => {
    const { page } = await open(linkFor(await atDesk(), 'ann', 'reviewer'), 'light', 390)
    await page.setViewportSize({ width: 390, height: 420 })
    const scrolled = () => page.evaluate<number>('Math.round(scrollY)')
    await rows(page).first().waitFor()
    await page.evaluate('scrollTo(0, 120)')
    await page.waitForFunction('scrollY === 120')
    // by a key, for a click would scroll first
    await rows(page)
      .first()
      .evaluate((row) => row.focus({ preventScroll: true }))
    await page.keyboard.press('Enter')
    await has(page, '.desk .focus')
    expect(await scrolled()).toBe(0)
    await page.locator('.excerpt mark').waitFor()
    await page.locator('.focus .back').press('Enter')
    await has(page, '.desk .side')
    expect(await scrolled()).toBe(120)
  })
})
