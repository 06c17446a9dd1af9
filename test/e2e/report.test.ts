import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { renderReport } from '#report/page.ts'
import { launchChromium, needsChromium, PATIENCE } from '#test/support/chromium.ts'
import { sampleReport } from './report-sample.ts'

const { skip, why } = needsChromium

// Everything that has ever ended a script, an attribute, a line or a reading direction where it should not have.
const HOSTILE =
  '</script><script>window.owned=1</script><img src=x onerror="window.owned=2">\'"`${window.owned=3}--><!--<svg onload=window.owned=4>]]>\u2028\u2029\u0000\u001B[31m\u202Egnp.\u200B&lt;'

describe.skipIf(skip)(`the report in Chromium${why}`, () => {
  let folder: string
  let browser: Browser

  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'credence-report-'))
    browser = await launchChromium()
  })
  afterAll(async () => {
    await browser?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  interface Opened {
    readonly page: Page
    readonly complaints: string[]
    readonly requests: string[]
  }

  async function open(html: string, colorScheme: 'light' | 'dark', width = 1280): Promise<Opened> {
    const file = path.join(folder, `${colorScheme}-${width}.html`)
    writeFileSync(file, html)
    const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme, reducedMotion: 'reduce' })
    page.setDefaultTimeout(PATIENCE)
    const complaints: string[] = []
    const requests: string[] = []
    page.on('console', (message) => complaints.push(message.text()))
    page.on('pageerror', (error) => complaints.push(error.message))
    page.on('request', (request) => {
      if (!request.url().startsWith('data:') && request.url() !== `file://${file}`) requests.push(request.url())
    })
    await page.addInitScript({ path: path.join(import.meta.dirname, 'report-probe.js') })
    await page.goto(`file://${file}`)
    return { page, complaints, requests }
  }

  /** How many different colours the first map shows. */
  async function colours(page: Page): Promise<number> {
    const canvas = page.locator('.scatter canvas').first()
    await canvas.scrollIntoViewIfNeeded()
    await page.locator('.scatter canvas[data-drawn]').first().waitFor()
    return await page.evaluate<number>('probe.colours(".scatter canvas")')
  }

  const html = renderReport(sampleReport())

  for (const [scheme, width] of [
    ['light', 1280],
    ['dark', 1280],
    ['light', 390],
    ['dark', 390],
  ] as const) {
    it(`renders without a complaint, a request or a sideways scroll: ${scheme}, ${width} wide`, async () => {
      const { page, complaints, requests } = await open(html, scheme, width)
      expect(await page.locator('h1').innerText()).toBe('200 records of 8,916 held; 4 campaigns found.')
      expect(await colours(page)).toBeGreaterThan(2)
      const sideways = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth')
      expect(sideways).toBeLessThanOrEqual(0)
      expect(await page.evaluate('probe.brokenImages()')).toEqual([])
      expect(complaints).toEqual([])
      expect(requests).toEqual([])
      await page.close()
    })
  }

  it('reads well: every text stands out from its ground by 4.5 to 1 in both themes', async () => {
    for (const scheme of ['light', 'dark'] as const) {
      const { page } = await open(html, scheme)
      expect(await page.evaluate('probe.lowContrast()')).toEqual([])
      await page.close()
    }
  })

  it('switches theme, and redraws the map in it', async () => {
    const { page, complaints } = await open(html, 'light')
    await colours(page)
    const ground = () => page.evaluate<string>('getComputedStyle(document.body).backgroundColor')
    const before = await ground()
    await page.getByRole('button', { name: 'Switch to dark colours' }).click()
    expect(await ground()).not.toBe(before)
    await page.getByRole('button', { name: 'Switch to light colours' }).click()
    expect(await ground()).toBe(before)
    expect(complaints).toEqual([])
    await page.close()
  })

  it('colours the map by campaign, risk and class, and goes through what was held by keyboard', async () => {
    const { page } = await open(html, 'light')
    await colours(page)
    const map = page.locator('.scatter').first()
    await map.getByRole('radio', { name: 'Class' }).check()
    expect(await map.locator('.legend button').count()).toBe(10)
    await map.getByRole('radio', { name: 'Risk' }).check()
    expect(await map.locator('.legend').innerText()).toContain('over 0.95')
    await map.locator('canvas').first().focus()
    await page.keyboard.press('ArrowRight')
    await expect
      .poll(() => map.locator('.tip').innerText())
      .toMatch(/idx:train:\d+\s+risk (1\.00|0\.99)\s+label 7\s+campaign trigger-7-3f9a1c\s+held/)
    await page.keyboard.press('Enter')
    expect(await page.evaluate('document.activeElement.className')).toBe('record')
    await page.close()
  })

  it('says what lies under the pointer', async () => {
    const { page } = await open(html, 'light')
    await colours(page)
    const box = (await page.locator('.scatter canvas').first().boundingBox())!
    let step = 0
    await expect
      .poll(async () => {
        await page.mouse.move(box.x + box.width * (0.3 + 0.01 * step++), box.y + box.height / 2)
        return await page.locator('.scatter .tip').first().innerText()
      })
      .toMatch(/^idx:train:\d+\s+risk 0\.\d\d\s+label \d/)
    await page.close()
  })

  it('shows one family of records at a time', async () => {
    const { page } = await open(html, 'light')
    const list = page.locator('#d0 .flagged')
    await page.locator('#d0 .filter').getByText('Label').click()
    expect(await list.locator('.record:visible').count()).toBe(10)
    expect(await list.locator('.record[data-family=trigger]:visible').count()).toBe(0)
    await page.locator('#d0').getByText('Show all 30').click()
    expect(await list.locator('.record:visible').count()).toBe(30)
    await page.close()
  })

  it('leaves hostile names, labels, texts and ids as inert text', async () => {
    const { page, complaints, requests } = await open(renderReport(sampleReport({ hostile: HOSTILE })), 'light')
    await page.locator('#d1 .scatter').scrollIntoViewIfNeeded()
    await page.locator('#d1 canvas[data-drawn]').waitFor()
    await page.locator('#d1 canvas').first().focus()
    for (let step = 0; step < 12; step++) await page.keyboard.press('ArrowRight')
    expect(await page.evaluate('typeof owned')).toBe('undefined')
    expect(await page.locator('script').count()).toBe(2)
    expect(await page.locator('img[onerror], svg[onload], main script').count()).toBe(0)
    expect(await page.locator('#d1-title').innerText()).toContain('</script><script>window.owned=1</script>')
    expect(await page.locator('#d1-title').innerText()).toContain('⟨U+202E⟩')
    const shown = await page.locator('body').innerText()
    for (const char of ['\u0000', '\u001B', '\u202E', '\u2028', '\u200B']) expect(shown).not.toContain(char)
    expect(complaints).toEqual([])
    expect(requests).toEqual([])
    await page.close()
  })

  it('stays alive with 100,000 points', async () => {
    const big = sampleReport({ digits: 500 })
    const [digits] = big.datasets
    const [window] = digits!.windows
    const n = 100_000
    const many = {
      ...window!,
      ids: Array.from({ length: n }, (_, i) => `idx:train:${i}`),
      risk: Float64Array.from({ length: n }, (_, i) => (i % 1000) / 1000),
      map: Float32Array.from({ length: 2 * n }, (_, i) => Math.sin(i * 1.7) * Math.cos(i / 9)),
      labels: { of: Int32Array.from({ length: n }, (_, i) => i % 10), names: window!.labels!.names },
    }
    const { page, complaints } = await open(
      renderReport({ ...big, datasets: [{ ...digits!, windows: [many] }] }),
      'light',
    )
    expect(await colours(page)).toBeGreaterThan(2)
    await page.locator('.scatter').getByRole('radio', { name: 'Class' }).check()
    const box = (await page.locator('.scatter canvas').first().boundingBox())!
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2)
    await expect.poll(() => page.locator('.scatter .tip').innerText()).toMatch(/^idx:train:\d+/)
    expect(complaints).toEqual([])
    await page.close()
  })

  it('reads in full without scripts', async () => {
    const file = path.join(folder, 'noscript.html')
    writeFileSync(file, html)
    const page = await browser.newPage({ javaScriptEnabled: false })
    await page.goto(`file://${file}`)
    expect(await page.locator('.record:visible').count()).toBe(91)
    expect(await page.locator('.command button').count()).toBe(0)
    await page.close()
  })
})
