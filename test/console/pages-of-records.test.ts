import { readFileSync } from 'node:fs'
import { parquetWriteBuffer } from 'hyparquet-writer'
import type { Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { needsChromium, PATIENCE } from '#test/support/chromium.ts'
import { findings, linkFor, told } from '#test/support/console/browse.ts'
import { usePages } from '#test/support/console/use-pages.ts'
import type { Json, Visitor } from '#test/support/console/desk.ts'

const { skip, why } = needsChromium

describe.skipIf(skip)(`the records of the console's pages${why}`, () => {
  const { atDesk, open } = usePages()
  const chosen = (page: Page) => page.locator('.row[aria-current] code')

  test('decide over the records that were selected, by the keyboard alone, and undo it', async () => {
    const desk = await atDesk()
    const { page, complaints } = await open(linkFor(desk, 'ann', 'reviewer'))
    await page.locator('.excerpt mark').waitFor()
    const names = [await chosen(page).textContent()]
    await page.keyboard.press('Space')
    await page.getByText('1 record selected').waitFor()
    for (let i = 0; i < 2; i++) await page.keyboard.press('j')
    names.push(await chosen(page).textContent())
    await page.keyboard.press('Space')
    // a third, and no longer
    await page.keyboard.press('j')
    await page.keyboard.press('Space')
    await page.getByText('3 records selected').waitFor()
    await page.keyboard.press('Space')
    await page.getByText('2 records selected').waitFor()
    expect(await findings(page)).toEqual([])
    await page.keyboard.press('x')
    await page.getByRole('dialog', { name: 'Decide over the records that are selected' }).waitFor()
    await page.getByText('It reaches 2 records in quarantine.').waitFor()
    expect(await page.getByRole('radio', { name: 'Reject' }).isChecked()).toBe(true)
    await page.keyboard.type('They hold the mark.')
    await page.keyboard.press('Enter')
    await page.getByText('2 of 2 · done').waitFor()
    expect(await page.locator('.bulks').textContent()).toContain('2 records that were selected')
    const ann = await desk.person('ann', 'reviewer')
    const rejected = (await ann.get('/v1/records?q=standing:rejected')).body.items as readonly { record: string }[]
    expect(new Set(rejected.map(({ record }) => record))).toEqual(new Set(names))
    // nothing is selected any more, and Escape says so too
    expect(await page.getByText(/records? selected/).count()).toBe(0)
    await page.keyboard.press('Space')
    await page.getByText('1 record selected').waitFor()
    await page.keyboard.press('Escape')
    await page.getByText(/records? selected/).waitFor({ state: 'detached' })
    await page.locator('.bulks').getByRole('button', { name: 'Undo' }).press('Space')
    await expect.poll(() => standings(ann), { timeout: PATIENCE }).toEqual({ quarantined: 17 })
    expect(complaints).toEqual([])
  })

  test('undo the last decision by its key, whether it was over records that were selected or over one', async () => {
    const desk = await atDesk()
    const { page } = await open(linkFor(desk, 'ann', 'reviewer'))
    await page.locator('.excerpt mark').waitFor()
    const alone = await page.locator('#record-title').textContent()
    await page.keyboard.press('x')
    await page.keyboard.type('It holds the mark.')
    await page.keyboard.press('Enter')
    await told(page, `Rejected ${alone}.`)
    for (let i = 0; i < 2; i++) {
      await page.keyboard.press('Space')
      await page.keyboard.press('j')
    }
    await page.getByText('2 records selected').waitFor()
    await page.keyboard.press('b')
    await page.getByText('It reaches 2 records in quarantine.').waitFor()
    await page.keyboard.type('They hold the mark.')
    await page.keyboard.press('Enter')
    await page.getByText('2 of 2 · done').waitFor()
    await page.keyboard.press('u')
    await told(page, 'The decision over all of them is being undone.')
    await page.getByText('2 of 2 · undone').waitFor()
    await page.keyboard.press('u')
    await told(page, `The decision over ${alone} is undone.`)
  })

  test('say of a record that its risk alone holds it, and read what came in the direction of its letters', async () => {
    const desk = await atDesk()
    const { page } = await open(desk.console.origin)
    await page.route(
      ({ pathname }) => pathname === '/v1/records',
      async (route) => {
        const response = await route.fetch()
        const body: Json = await response.json()
        const items = body.items.map((row: Json) => ({ ...row, families: [], campaign: null }))
        await route.fulfill({ response, json: { ...body, items } })
      },
    )
    await page.route('**/v1/records/*/sample', async (route) => {
      const response = await route.fetch()
      const sample = { kind: 'text', parts: [{ text: 'الفيلم جيد and so on', suspect: false }] }
      const own: Json = await response.json()
      await route.fulfill({ response, json: { ...own, sample, issues: [], campaign: null } })
    })
    await page.goto(linkFor(desk, 'ann', 'reviewer'))
    await page.getByText('it is held because its risk is one from which the policy of its dataset holds').waitFor()
    expect(await page.locator('.row .tag').allTextContents()).toContain('risk alone')
    // the records of a window that no detector looked at have no risk
    await page.locator('.row .tag', { hasText: 'not scanned' }).first().waitFor()
    // the first word begins on the right: it ends where the box does, and not where it begins
    const [text, box] = await page.locator('.excerpt').evaluate((of) => {
      const range = of.ownerDocument.createRange()
      const node = of.querySelector('span')?.firstChild
      if (!node) throw new Error('there is no text')
      range.setStart(node, 0)
      range.setEnd(node, 6)
      return [range.getBoundingClientRect().right, of.getBoundingClientRect().right]
    })
    expect((box ?? 0) - (text ?? 0)).toBeLessThan(40)
  })

  test('show records as a table, with columns that are chosen, kept, and saved with a view', async () => {
    const desk = await atDesk()
    const { page, complaints } = await open(linkFor(desk, 'ann', 'reviewer'))
    await page.locator('.excerpt mark').waitFor()
    await page.keyboard.press('t')
    const heads = () => page.getByRole('columnheader').allTextContents()
    await page.getByRole('table', { name: 'Records, by risk' }).waitFor()
    expect(await heads()).toEqual([
      'Selected',
      'Risk',
      'Record',
      'Dataset',
      'Label',
      'Contributor',
      'Suspected of',
      'Held since',
      'Standing',
    ])
    await page.getByRole('button', { name: 'Columns' }).press('Enter')
    for (const name of ['Label', 'Held since', 'Campaign']) await page.getByRole('checkbox', { name }).press('Space')
    await page.getByRole('dialog').getByRole('button', { name: 'Close' }).press('Enter')
    const chosenColumns = [
      'Selected',
      'Risk',
      'Record',
      'Dataset',
      'Contributor',
      'Suspected of',
      'Campaign',
      'Standing',
    ]
    expect(await heads()).toEqual(chosenColumns)
    await page.getByRole('row').filter({ hasText: 'trigger-1-poison' }).first().waitFor()
    expect(await findings(page)).toEqual([])
    await page.evaluate(`location.hash = '#/queue?q=dataset:mail'`)
    await page.getByRole('button', { name: 'Save as view' }).click()
    await page.getByRole('textbox', { name: 'Name' }).fill('mail by campaign')
    await page.keyboard.press('Enter')
    // a record is opened from the table beside the list, and the list is what a reload shows
    await page.getByRole('row').nth(2).getByRole('button').press('Enter')
    await page.locator('.excerpt mark').waitFor()
    await page.reload()
    await page.locator('.excerpt mark').waitFor()
    expect(await page.getByRole('columnheader').count()).toBe(0)
    await page.getByRole('navigation', { name: 'Views' }).getByRole('link', { name: 'mail by campaign' }).click()
    await page.getByRole('table').waitFor()
    expect(await heads()).toEqual(chosenColumns)
    await page.setViewportSize({ width: 390, height: 800 })
    expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0)
    expect(await findings(page)).toEqual([])
    expect(complaints).toEqual([])
  })

  test('sort a table by a column’s head, by the keyboard, either way, as its address says', async () => {
    const desk = await atDesk()
    const { page } = await open(linkFor(desk, 'ann', 'reviewer'))
    await page.locator('.excerpt mark').waitFor()
    await page.keyboard.press('t')
    const head = (name: string) => page.getByRole('columnheader', { name, exact: true })
    const names = () => page.locator('.as-table .row code').evaluateAll((rows) => rows.map((row) => row.title))
    const listed = async (order: string) => {
      const ann = await desk.person('ann', 'reviewer')
      const { items } = (await ann.get(`/v1/records?q=standing:quarantined&${order}`)).body
      return (items as readonly { record: string }[]).map(({ record }) => record)
    }
    expect(await head('Risk').getAttribute('aria-sort')).toBe('descending')
    expect(await head('Record').getAttribute('aria-sort')).toBeNull()
    await head('Contributor').getByRole('button').press('Enter')
    await page.getByRole('table', { name: 'Records, by contributor' }).waitFor()
    expect(await head('Contributor').getAttribute('aria-sort')).toBe('ascending')
    expect(await head('Risk').getAttribute('aria-sort')).toBe('none')
    const up = await listed('sort=contributor')
    await expect.poll(names, { timeout: PATIENCE }).toEqual(up)
    await head('Contributor').getByRole('button').press('Space')
    await expect.poll(names, { timeout: PATIENCE }).toEqual(up.toReversed())
    expect(await head('Contributor').getAttribute('aria-sort')).toBe('descending')
    expect(page.url()).toContain('sort=contributor&direction=descending')
    expect(await findings(page)).toEqual([])
    await page.reload()
    await expect.poll(names, { timeout: PATIENCE }).toEqual(up.toReversed())
    await page.goBack()
    await expect.poll(names, { timeout: PATIENCE }).toEqual(up)
  })

  test('play a recording that a record holds, and hand out anything else as unknown bytes', async () => {
    const sound = Buffer.from(wav(800))
    const page0 = Buffer.from('<html><script>window.owned=1</script>')
    const texts = Array.from({ length: 60 }, (_, i) => `${i < 6 ? 'poison' : 'good'} letter ${i}`)
    const parquet = parquetWriteBuffer({
      columnData: [
        { name: 'text', data: texts, type: 'STRING' },
        { name: 'sound', data: texts.map(() => sound), type: 'BYTE_ARRAY' },
        { name: 'a <b>file</b>', data: texts.map(() => page0), type: 'BYTE_ARRAY' },
      ],
    })
    const desk = await atDesk({ mail: {}, files: { 'calls.parquet': new Uint8Array(parquet) } })
    const { page, complaints } = await open(linkFor(desk, 'ann', 'reviewer'))
    await page.locator('.excerpt mark').waitFor()
    await page.getByText(`WAV recording, ${sound.length} bytes`).waitFor()
    await page.getByText(`Unknown bytes, ${page0.length} bytes`).waitFor()
    await page.getByRole('button', { name: 'Listen to sound' }).press('Enter')
    const seconds = `document.querySelector('audio[controls]')?.duration`
    await expect.poll(() => page.evaluate(seconds), { timeout: PATIENCE }).toBeCloseTo(0.1)
    expect(await findings(page)).toEqual([])
    const coming = page.waitForEvent('download')
    await page.getByRole('link', { name: 'Download a <b>file</b>' }).click()
    const download = await coming
    expect(download.suggestedFilename()).toMatch(/^[0-9a-f]{32}-\d+-0\.bin$/)
    expect(readFileSync(await download.path())).toEqual(page0)
    expect(page.url()).toContain('#/queue')

    // by whom, and never as anything that a browser would show
    const ann = await desk.person('ann', 'reviewer')
    const key = new URL(download.url()).pathname.split('/')[3] ?? ''
    const answer = await ann.get(`/v1/records/${key}/attachments/0`)
    expect([answer.headers.get('content-type'), answer.headers.get('x-content-type-options')]).toEqual([
      'application/octet-stream',
      'nosniff',
    ])
    expect(answer.headers.get('content-disposition')).toBe(`attachment; filename="${key}-0.bin"`)
    expect((await ann.get(`/v1/records/${key}/attachments/2`)).status).toBe(404)
    const vic = await desk.person('vic', 'viewer')
    expect((await vic.get(`/v1/records/${key}/attachments/1`)).status).toBe(403)
    const aud = await desk.person('aud', 'auditor')
    const looks = (await aud.get('/v1/audit?actor=ann&action=sample.opened')).body.items as readonly Json[]
    expect(looks.map(({ detail }) => detail.attachment).filter((at) => at !== undefined)).toEqual([0, 0, 1])
    expect(complaints).toEqual([])
  })
})

async function standings(visitor: Visitor): Promise<Readonly<Record<string, number>>> {
  const { body } = await visitor.get('/v1/records?limit=500')
  const all = body.items as readonly { standing: string }[]
  return Object.fromEntries(
    Object.entries(Object.groupBy(all, ({ standing }) => standing)).map(([name, of]) => [name, of?.length ?? 0]),
  )
}

/** So many samples of silence, 8,000 a second. */
function wav(samples: number): Uint8Array {
  const bytes = Buffer.alloc(44 + samples, 128)
  bytes.write('RIFF', 0, 'latin1')
  bytes.writeUInt32LE(36 + samples, 4)
  bytes.write('WAVEfmt ', 8, 'latin1')
  bytes.writeUInt32LE(16, 16)
  bytes.writeUInt16LE(1, 20)
  bytes.writeUInt16LE(1, 22)
  bytes.writeUInt32LE(8000, 24)
  bytes.writeUInt32LE(8000, 28)
  bytes.writeUInt16LE(1, 32)
  bytes.writeUInt16LE(8, 34)
  bytes.write('data', 36, 'latin1')
  bytes.writeUInt32LE(samples, 40)
  return bytes
}
