import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { launchChromium, needsChromium } from '#test/support/chromium.ts'
import { builtPages, linkFor, openPage } from '#test/support/console/browse.ts'
import { letters, openDesk, type Desk } from '#test/support/console/desk.ts'
import { HOSTILE_STRINGS, UNSEEN_STRINGS } from '#test/support/console/hostile.ts'

const { skip, why } = needsChromium
const PAGES = ['queue', 'opinions', 'overview', 'windows', 'letters', 'recalls', 'keys', 'audit', 'settings'] as const
/** What a file can be named by, on every system that reads one. */
const FILES = HOSTILE_STRINGS.map((text) => text.replaceAll(/[/\n]/g, '_').slice(0, 60))

/** Every name that can come with the data or from a person, each of the corpus in each of its places, through every page. */
describe.skipIf(skip)(`names that came with the data, or from people${why}`, () => {
  let browser: Browser
  let desk: Desk
  beforeAll(async () => {
    browser = await launchChromium()
    // one window for each file: sixty records, of which those are held that begin with poison
    const mail = HOSTILE_STRINGS.slice(0, 4).map((_, i) => {
      const held = HOSTILE_STRINGS.map((text, at) => ({
        text: `poison ${text}`,
        label: 1,
        from: HOSTILE_STRINGS[(at + i) % HOSTILE_STRINGS.length],
      }))
      return [FILES[i] ?? '', [...held, ...letters(60 - held.length, 0)]] as const
    })
    desk = await openDesk({
      web: builtPages(),
      mail: Object.fromEntries(mail),
      webhooks: { hosts: ['hooks.example.org'], emulator: true },
    })
    await sow(desk)
  })
  afterAll(async () => {
    await browser?.close()
    await desk?.[Symbol.asyncDispose]()
  })

  for (const width of [1280, 390]) {
    for (const name of PAGES) {
      test(`are text and no more on the page ${name}, ${width} wide`, async () => {
        const { page, complaints } = await open(width)
        await goTo(page, `#/${name}`)
        await settled(page)
        await holds(page, complaints)
        await page.context().close()
      })
    }
  }

  for (const width of [1280, 390]) {
    test(`are text in a record that is opened, its dialogs and its history, ${width} wide`, async () => {
      const { page, complaints } = await open(width, 'ann')
      let histories = 0
      const ann = await desk.person('ann', 'reviewer')
      const { items } = (await ann.get(`/v1/records?q=dataset:mail&limit=${HOSTILE_STRINGS.length}`)).body
      for (const { key } of items) {
        await goTo(page, `#/queue?q=dataset:mail&record=${key}`)
        await page.locator('.excerpt', { hasText: 'poison' }).waitFor()
        // of a record that ann is asked about, what others said is told once she gave her opinion
        await page.locator('[aria-labelledby=history-title] :is(li, p)').first().waitFor()
        histories += await page.locator('.history blockquote').count()
        await holds(page, complaints)
      }
      expect(histories).toBeGreaterThan(0)
      await goTo(page, '#/queue?q=dataset:mail standing:quarantined')
      // on a phone the list is what is seen first
      await page.locator('.list .row').first().click()
      await page.locator('.excerpt', { hasText: 'poison' }).waitFor()
      for (const key of ['r', 'x', 'l', 'n', 'a', 'b']) {
        await page.keyboard.press(key)
        await page.getByRole('dialog').waitFor()
        await holds(page, complaints)
        await page.keyboard.press('Escape')
        await page.getByRole('dialog').waitFor({ state: 'detached' })
      }
      await page.keyboard.press('Space')
      await page.keyboard.press('t')
      await page.getByRole('table').waitFor()
      await page.getByText('1 record selected').waitFor()
      await holds(page, complaints)
      await page.context().close()
    })

    test(`are text in what is opened: a draft of a contract, a dead letter, a recall, a window and its map, ${width} wide`, async () => {
      const { page, complaints } = await open(width)
      await goTo(page, '#/letters?dataset=mail')
      await page.getByText('The contract, and a draft of it').click()
      await page.locator('textarea.code').waitFor()
      expect(await page.locator('textarea.code').inputValue()).toContain(HOSTILE_STRINGS[0])
      await holds(page, complaints)
      for (const [name, opened] of [
        ['letters', 'The dead letter'],
        ['recalls', 'The recall'],
        ['windows', 'Map'],
      ] as const) {
        await goTo(page, `#/${name}`)
        await page.locator('main tbody a').first().click()
        await page
          .getByLabel(opened)
          .or(page.getByRole('heading', { name: opened }))
          .first()
          .waitFor()
        await page.locator('.skeleton').first().waitFor({ state: 'detached' })
        await holds(page, complaints)
      }
      await page.getByRole('button', { name: 'Show the map' }).click()
      await page.locator('.map canvas').waitFor()
      for (const mode of ['campaign', 'label', 'contributor']) {
        await page.getByRole('radio', { name: mode }).check()
        await page.locator('.legend').waitFor()
        await holds(page, complaints)
      }
      await goTo(page, '#/settings')
      await page.getByRole('button', { name: 'History of mail' }).click()
      await page.getByText('In force: ').waitFor()
      await holds(page, complaints)
      await page.context().close()
    })
  }

  test('are text in a query, a view and an address, whatever is asked', async () => {
    const { page, complaints } = await open(1280)
    for (const text of [...HOSTILE_STRINGS, ...UNSEEN_STRINGS]) {
      await goTo(page, `#/queue?q=${encodeURIComponent(text)}&record=${encodeURIComponent(text)}`)
      await page.locator('.search input').waitFor()
      await holds(page, complaints)
      await goTo(page, `#/windows?of=${encodeURIComponent(text)}`)
      await page.locator('main:not(.queue) h1').waitFor()
      await holds(page, complaints)
    }
    await page.context().close()
  })

  async function open(width: number, person: string = HOSTILE_STRINGS[1]) {
    const link = linkFor(desk, person, 'reviewer', 'operator', 'auditor', 'admin')
    const opened = await openPage(browser, link, 'light', width)
    const { page } = opened
    await page
      .locator('.list .row')
      .first()
      .waitFor()
      .catch(async (error: unknown) => {
        throw new Error(`no list, but: ${await page.locator('body').innerText()}`, { cause: error })
      })
    return opened
  }
})

/** Writes the corpus wherever people can write: notes, reasons, names of tokens, who is to decide, what is asked for. */
async function sow(desk: Desk): Promise<void> {
  const ann = await desk.person('ann', 'reviewer', 'admin')
  const { items } = (await ann.get(`/v1/records?q=dataset:mail+standing:quarantined&limit=100`)).body
  for (const [i, text] of [...HOSTILE_STRINGS, ...UNSEEN_STRINGS].entries()) {
    const row = items[i]
    const made = [
      await ann.send('POST', `/v1/records/${row.key}/notes`, { text }),
      await ann.send('POST', '/v1/tokens', {
        name: text.slice(0, 200),
        grants: [{ role: 'viewer', datasets: [text.slice(0, 200)] }],
      }),
      await ann.send('POST', '/v1/elevations', { role: 'operator', datasets: [text.slice(0, 200)], reason: text }),
    ]
    expect(made.map(({ status }) => status)).toEqual([201, 201, 201])
    const { etag } = (await ann.get(`/v1/records/${row.key}`)).body
    const assigned = await ann.send(
      'PUT',
      `/v1/records/${row.key}/assignee`,
      { assignee: text.slice(0, 200) },
      { 'if-match': `"${etag}"` },
    )
    expect(assigned.status).toBe(200)
    if (i % 3 === 0) {
      const decided = await ann.send(
        'POST',
        `/v1/records/${row.key}/decisions`,
        { action: 'relabel', label: text, reason: text },
        { 'if-match': `"${assigned.body.etag}"` },
      )
      expect(decided.status).toBe(201)
    }
  }
  await ann.send('POST', '/v1/opinions/requests', { q: 'dataset:mail', most: 100 })
  for (const [i, text] of HOSTILE_STRINGS.entries()) {
    const body = { verdict: 'relabel', label: text, reason: text }
    const given = await ann.send('POST', `/v1/records/${items[i + 1].key}/opinions`, body)
    expect(given.status).toBe(201)
  }
  const olga = await desk.person('olga', 'operator')
  const { text: contract, sha256: base } = (await olga.get('/v1/datasets/mail/contract')).body
  const draft = await olga.send('POST', '/v1/datasets/mail/contract-drafts', {
    text: [contract, ...HOSTILE_STRINGS.map((text) => `# ${text.replaceAll(/[^\x20-\x7e]/g, '')}`)].join('\n'),
    base,
    reason: HOSTILE_STRINGS.join(' ').slice(0, 1000),
  })
  expect(draft.status).toBe(201)
  await ann.send('POST', '/v1/webhooks', {
    url: 'https://hooks.example.org/<script>owned=1</script>',
    actions: ['review.*'],
  })
  const admitted = (await ann.get('/v1/windows?limit=100')).body.items.find(
    ({ dataset }: { dataset: string }) => dataset === 'mail',
  )
  const map = (await ann.get(`/v1/windows/${admitted.id}/map`)).body
  const recall = await ann.send('POST', '/v1/datasets/mail/recalls', {
    records: [map.ids.at(-1)],
    reason: HOSTILE_STRINGS.join(' '),
  })
  expect(recall.status).toBe(201)
}

const goTo = (page: Page, place: string) => page.evaluate(`location.hash = ${JSON.stringify(place)}`)

async function settled(page: Page): Promise<void> {
  await page.locator('main h1').first().waitFor({ state: 'attached' })
  await page.locator('.skeleton').first().waitFor({ state: 'detached' })
  await page.getByRole('table').or(page.locator('.list .row')).or(page.locator('.none')).first().waitFor()
}

/** No script ran, nothing was fetched from elsewhere, no element is there that the page did not make, and all of it fits. */
async function holds(page: Page, complaints: readonly string[]): Promise<void> {
  const seen = await page.evaluate<Record<string, unknown>>(`({
    owned: String(window.owned) + String(({}).owned),
    strange: document.querySelectorAll('img, iframe, object, embed, base, form[action], svg[onload], math, [onerror], [onload], [onmouseover], main script, main style, main link').length,
    away: [...document.querySelectorAll('a[href], form[action]')].filter((a) => !/^#\\/|^#main$|^\\/(?:v1|sign-in)\\//.test(a.getAttribute('href') ?? '')).map((a) => a.outerHTML),
    wide: Math.max(0, document.documentElement.scrollWidth - innerWidth),
    tall: Math.round(document.querySelector('.masthead').getBoundingClientRect().height) <= 100,
    titled: document.title === (document.querySelector('nav a[aria-current=page]')?.textContent ?? '') + ' · Credence',
  })`)
  expect(seen).toEqual({
    owned: 'undefinedundefined',
    strange: 0,
    away: [],
    wide: 0,
    tall: true,
    titled: true,
  })
  expect(complaints).toEqual([])
}
