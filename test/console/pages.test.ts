import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import type { Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { needsChromium, PATIENCE } from '#test/support/chromium.ts'
import { findings, HOSTILE, linkFor, told } from '#test/support/console/browse.ts'
import { letters, type Visitor } from '#test/support/console/desk.ts'
import { usePages } from '#test/support/console/use-pages.ts'
import { withRepetition } from '#test/support/console/repeating.ts'

const { skip, why } = needsChromium

/** Whether the row that is chosen stands within the list as it is scrolled. */
const CHOSEN_IN_VIEW = `(() => {
  const [list, row] = ['.list', '.list [aria-current]'].map((of) => document.querySelector(of)?.getBoundingClientRect())
  return row !== undefined && row.top >= list.top - 1 && row.bottom <= list.bottom + 1
})()`

describe.skipIf(skip)(`the pages of the console${why}`, () => {
  const { atDesk, open, assets } = usePages()
  const rows = (page: Page) => page.locator('.list .row')
  const chosen = (page: Page) => page.locator('.row[aria-current] code')

  async function standings(visitor: Visitor): Promise<Readonly<Record<string, number>>> {
    const { body } = await visitor.get('/v1/records?limit=500')
    const all = body.items as readonly { standing: string }[]
    return Object.fromEntries(
      Object.entries(Object.groupBy(all, ({ standing }) => standing)).map(([name, of]) => [name, of?.length ?? 0]),
    )
  }

  test('are small, hold nothing for development, and fetch what another page needs when it is opened', async () => {
    const desk = await atDesk()
    const { page } = await open(desk.console.origin)
    const fetched = new Set<string>()
    page.on('response', (response) => {
      if (response.request().resourceType() === 'script') fetched.add(path.basename(response.url()))
    })
    const bytes = (names: Iterable<string>) =>
      [...names].reduce((sum, name) => sum + gzipSync(readFileSync(path.join(assets(), name))).length, 0)
    await page.goto(linkFor(desk, 'ann', 'reviewer'))
    await page.locator('.excerpt mark').waitFor()
    const first = new Set(fetched)
    expect([...first].join(' ')).toMatch(/queue-page.*focus/)
    expect([...first].join(' ')).not.toMatch(/(?:settings|keys)-page|window-map|verify/)
    expect(bytes(first)).toBeLessThan(116_000)
    await page.getByRole('navigation').getByRole('link', { name: 'Settings' }).click()
    await page.locator('main.settings h1').waitFor()
    const more = [...fetched].filter((name) => !first.has(name))
    expect(more.join(' ')).toMatch(/^settings-page-[^ ]*$/)
    expect(bytes(more)).toBeLessThan(5000)
    const scripts = readdirSync(assets()).filter((name) => name.endsWith('.js'))
    expect(scripts.map((name) => readFileSync(path.join(assets(), name))).join('')).not.toContain('React DevTools')
  })

  test('offer to be loaded anew where a part is gone, and come back to the same place', async () => {
    const desk = await atDesk()
    const { page } = await open(linkFor(desk, 'ann', 'reviewer'))
    await page.locator('.excerpt mark').waitFor()
    const isGone = (url: URL) => url.pathname.includes('windows-page')
    await page.route(isGone, (route) => route.fulfill({ status: 404, contentType: 'application/json', body: '{}' }))
    await page.evaluate(`location.hash = '#/windows?dataset=mail'`)
    await page.getByText('This part of the console did not come.').waitFor()
    expect(await findings(page)).toEqual([])
    // the rest of the console goes on
    await page.getByRole('navigation').getByRole('link', { name: 'Queue' }).click()
    await page.locator('.excerpt mark').waitFor()
    await page.goBack()
    await page.getByText('This part of the console did not come.').waitFor()
    await page.unroute(isGone)
    await page.getByRole('button', { name: 'Load the console again' }).click()
    await page.locator('main.windows tbody tr').first().waitFor()
    expect(await page.locator('main.windows tbody tr').count()).toBe(2)
  })

  test('are sent compressed, and as they are to who does not decode', async () => {
    const desk = await atDesk()
    const [script = ''] = readdirSync(assets()).filter((name) => name.endsWith('.js'))
    const sent = (encoding: string) =>
      fetch(`${desk.console.origin}/assets/${script}`, { headers: { 'accept-encoding': encoding } })
    const [packed, plain] = [await sent('br, gzip'), await sent('identity')]
    expect([packed, plain].map(({ headers }) => headers.get('content-encoding'))).toEqual(['gzip', null])
    expect(packed.headers.get('vary')).toBe('accept-encoding')
    expect(await packed.text()).toBe(await plain.text())
  })

  test('tell a stranger how to sign in, let them in by the link, and out again', async () => {
    const desk = await atDesk()
    const { page, complaints } = await open(desk.console.origin)
    await page.getByText('Open the link that credence console printed').waitFor()
    expect(await page.title()).toBe('Sign in · Credence')
    expect(await findings(page)).toEqual([])
    await page.goto(linkFor(desk, 'ann', 'reviewer'))
    await rows(page).first().waitFor()
    expect(await page.getByRole('navigation').getByRole('link').allTextContents()).toEqual([
      'Queue',
      'Opinions',
      'Overview',
      'Windows',
      'Dead letters',
      'Recalls',
      'Settings',
    ])
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByRole('heading', { name: 'Sign in' }).waitFor()
    expect(await page.title()).toBe('Sign in · Credence')
    await page.reload()
    await page.getByRole('heading', { name: 'Sign in' }).waitFor()
    expect(complaints).toEqual([])
  })

  test('lead from each page to each other, also from a queue that has chosen a record', async () => {
    const desk = await atDesk()
    const { page, complaints } = await open(linkFor(desk, 'ann', 'reviewer'))
    const names = () => page.evaluate(`[...document.querySelectorAll('nav a')].map((name) => name.offsetLeft)`)
    await page.locator('.excerpt mark').waitFor()
    const stand = await names()
    for (const name of ['Overview', 'Windows', 'Dead letters', 'Recalls', 'Settings']) {
      await page.locator('.excerpt mark').waitFor()
      await page.getByRole('navigation').getByRole('link', { name }).click()
      await page.locator('main:not(.queue) h1').waitFor()
      expect(await page.locator('nav a[aria-current=page]').textContent()).toBe(name)
      expect(await page.title()).toBe(`${name} · Credence`)
      expect(await names()).toEqual(stand)
      await page.getByRole('navigation').getByRole('link', { name: 'Queue' }).click()
    }
    await page.locator('.excerpt mark').waitFor()
    expect(await page.title()).toBe('Queue · Credence')
    expect(complaints).toEqual([])
  })

  test('review records by the keyboard alone, and undo', async () => {
    const desk = await atDesk()
    const { page, complaints } = await open(linkFor(desk, 'ann', 'reviewer'))
    await page.locator('.excerpt mark').waitFor()
    expect(await page.locator('.record-head .labelled').textContent()).toMatch(/^labelled [01]$/)
    const first = await chosen(page).textContent()
    await page.keyboard.press('x')
    await page.getByRole('dialog').waitFor()
    await page.keyboard.type('It holds the mark.')
    await page.keyboard.press('Enter')
    await told(page, `Rejected ${first}.`)
    // the next record is chosen, and the reason is there for it
    expect(await chosen(page).textContent()).not.toBe(first)
    for (let i = 0; i < 4; i++) {
      const record = await chosen(page).textContent()
      await page.keyboard.press('x')
      await page.getByRole('dialog').waitFor()
      await page.keyboard.press('Enter')
      await told(page, `Rejected ${record}.`)
    }
    const ann = await desk.person('ann', 'reviewer')
    expect(await standings(ann)).toEqual({ quarantined: 12, rejected: 5 })
    const last = (await ann.get('/v1/reviews')).body.items[0]
    expect(last).toMatchObject({ action: 'reject', reason: 'It holds the mark.', actor: 'ann' })

    await page.keyboard.press('u')
    await told(page, /is undone/)
    expect(await standings(ann)).toEqual({ quarantined: 13, rejected: 4 })

    const released = await chosen(page).textContent()
    await page.keyboard.press('r')
    await page.getByRole('dialog').waitFor()
    await page.keyboard.type('A letter as any other.')
    await page.keyboard.press('Enter')
    await told(page, `Released ${released}`)
    // carried out by the process, told by an event
    await rows(page).filter({ hasText: 'released' }).waitFor()

    const noted = await chosen(page).textContent()
    await page.keyboard.press('n')
    await page.getByRole('dialog').waitFor()
    await page.keyboard.type('Ask <b>bob</b>.')
    await page.keyboard.press('Enter')
    await page.locator('.history blockquote', { hasText: 'Ask <b>bob</b>.' }).waitFor()
    await page.keyboard.press('k')
    expect(await chosen(page).textContent()).not.toBe(noted)
    await page.keyboard.press('j')
    expect(await chosen(page).textContent()).toBe(noted)
    expect(complaints).toEqual([])
  })

  test('show that a release was carried out where that is told before it is answered', async () => {
    const desk = await atDesk()
    const { page } = await open(linkFor(desk, 'ann', 'reviewer'))
    await page.locator('.excerpt mark').waitFor()
    const ann = await desk.person('ann', 'reviewer')
    await page.route('**/decisions', async (route) => {
      const response = await route.fetch()
      await expect.poll(() => standings(ann), { timeout: 60_000 }).toMatchObject({ released: 1 })
      // the event is on its way to the page
      await new Promise((resolve) => setTimeout(resolve, 500))
      await route.fulfill({ response })
    })
    await page.keyboard.press('r')
    await page.getByRole('dialog').waitFor()
    await page.keyboard.type('A letter as any other.')
    await page.keyboard.press('Enter')
    await rows(page).filter({ hasText: 'released' }).waitFor({ timeout: 60_000 })
  })

  test('review fifty records by the keyboard alone, one after the other', async () => {
    const desk = await atDesk({ mail: { monday: letters(60, 50) } })
    const { page } = await open(linkFor(desk, 'ann', 'reviewer'))
    await page.locator('.excerpt mark').waitFor()
    await page.keyboard.press('/')
    await page.keyboard.type('standing:quarantined dataset:mail')
    await page.keyboard.press('Enter')
    await page.getByText('50 records', { exact: true }).waitFor()
    await chosen(page).waitFor()
    for (let i = 0; i < 50; i++) {
      const record = await chosen(page).textContent()
      await page.keyboard.press(i % 5 === 0 ? 'r' : 'x')
      await page.getByRole('dialog').waitFor()
      // the reason that was given last is there
      if (i < 2) await page.keyboard.type(i === 0 ? 'A letter as any other.' : 'It holds the mark.')
      await page.keyboard.press('Enter')
      await told(page, new RegExp(`^(Rejected|Released) ${record}\\.`))
      // the list follows
      await expect.poll(() => page.evaluate(CHOSEN_IN_VIEW), { timeout: PATIENCE }).toBe(true)
    }
    const ann = await desk.person('ann', 'reviewer')
    await expect
      .poll(() => standings(ann), { timeout: PATIENCE })
      .toEqual({ quarantined: 5, rejected: 40, released: 10 })
  })

  test('relabel by the keyboard: rejected, with the right label in the signed reason', async () => {
    const desk = await atDesk()
    const { page, complaints } = await open(linkFor(desk, 'ann', 'reviewer'))
    await page.locator('.excerpt mark').waitFor()
    const record = await chosen(page).textContent()
    await page.keyboard.press('l')
    await page.getByRole('dialog').waitFor()
    await page.keyboard.type('seven')
    await page.keyboard.press('Tab')
    await page.keyboard.type('It is a seven.')
    await page.keyboard.press('Enter')
    await told(page, `Rejected ${record}, to be delivered again`)
    const ann = await desk.person('ann', 'reviewer')
    expect((await ann.get('/v1/reviews')).body.items[0]).toMatchObject({ action: 'reject', relabel: 'seven' })
    expect(complaints).toEqual([])
  })

  test('decide over a whole query after a preview, follow it, and undo all of it', async () => {
    const desk = await atDesk()
    const { page, complaints } = await open(linkFor(desk, 'ann', 'reviewer'))
    await rows(page).first().waitFor()
    await page.evaluate(`location.hash = '#/queue?q=' + encodeURIComponent('standing:quarantined dataset:mail')`)
    await page.getByText('12 records', { exact: true }).waitFor()
    await page.keyboard.press('b')
    await page.getByText('It reaches 12 records in quarantine.').waitFor()
    const reached = await page.getByRole('dialog').locator('.reached').textContent()
    expect(reached).toContain('eve "the" <b>ridge</b> 3')
    // campaigns in words
    expect(reached).toContain('Trigger: mail, label 1 · 8 records · most from bob, of 2 contributors 8')
    expect(await findings(page)).toEqual([])
    // somebody else decides over one of them before: nobody decides over what was not shown
    const ben = await desk.person('ben', 'reviewer')
    const [row] = (await ben.get('/v1/records?q=standing:quarantined+dataset:mail&limit=1')).body.items
    const first = { action: 'reject', reason: 'mine' }
    await ben.send('POST', `/v1/records/${row.key}/decisions`, first, { 'if-match': `"${row.etag}"` })
    await page.keyboard.type('All from one campaign.')
    await page.keyboard.press('Enter')
    await page.getByText('The query finds other records by now.').waitFor()
    await page.getByRole('dialog').getByRole('button', { name: 'Try again' }).click()
    await page.getByText('It reaches 11 records in quarantine.').waitFor()
    await page.getByRole('dialog').getByRole('textbox', { name: 'Why' }).fill('All from one campaign.')
    await page.getByRole('button', { name: 'Reject 11 records' }).click()
    await page.getByText('11 of 11 · done').waitFor()
    // what counts by campaign follows
    await page.getByText('No campaign has records that wait.').waitFor()
    expect(await standings(ben)).toEqual({ quarantined: 5, rejected: 12 })
    await page.locator('.bulks').getByRole('button', { name: 'Undo' }).click()
    await expect.poll(() => standings(ben), { timeout: PATIENCE }).toEqual({ quarantined: 16, rejected: 1 })
    await page.getByText('11 records', { exact: true }).waitFor()
    expect(complaints).toEqual([])
  })

  test('offer a decision over what a query finds for as long as any of it can be decided over', async () => {
    const desk = await atDesk()
    const { page, complaints } = await open(linkFor(desk, 'ann', 'reviewer'))
    await rows(page).first().waitFor()
    await page.evaluate(`location.hash = '#/queue?q=dataset:notes'`)
    const offered = (name: string) => page.getByRole('button', { name, exact: true }).waitFor()
    await offered('Decide over all 5')
    await page.keyboard.press('x')
    await page.getByRole('dialog').waitFor()
    await page.keyboard.type('It holds the mark.')
    await page.keyboard.press('Enter')
    await offered('Decide over all 4')
    await page.keyboard.press('b')
    await page.getByText('It reaches 4 records in quarantine.').waitFor()
    await page.getByRole('dialog').getByRole('textbox', { name: 'Why' }).fill('So do they.')
    await page.keyboard.press('Enter')
    await page.getByText('4 of 4 · done').waitFor()
    await page.getByRole('button', { name: /^Decide over/ }).waitFor({ state: 'detached' })
    await page.getByText('5 records', { exact: true }).waitFor()
    await page.locator('.bulks').getByRole('button', { name: 'Undo' }).click()
    await offered('Decide over all 4')
    expect(complaints).toEqual([])
  })

  test('tell whoever looks on of a release that waits for a second person, and of its refusal', async () => {
    const desk = await atDesk({ releaseAlone: 3 })
    const { page: first } = await open(linkFor(desk, 'ann', 'reviewer'))
    const { page: second } = await open(linkFor(desk, 'ben', 'reviewer'))
    for (const page of [first, second]) await rows(page).first().waitFor()
    await first.evaluate(`location.hash = '#/queue?q=dataset:notes'`)
    await first.getByText('5 records', { exact: true }).waitFor()
    await first.keyboard.press('b')
    await first.getByRole('radio', { name: 'Release' }).check()
    await first.getByText('So large a release waits for a second person.').waitFor()
    await first.getByRole('dialog').getByRole('textbox', { name: 'Why' }).fill('They are innocent.')
    await first.keyboard.press('Enter')
    await second.getByText('0 of 5 · waits for a second person').waitFor()
    // with who asks and why, and a way to what it is about
    await second.getByText('ann asks for it: They are innocent.').waitFor()
    await second.locator('.bulks').getByRole('link', { name: 'dataset:notes' }).click()
    await second.getByText('5 records', { exact: true }).waitFor()
    expect(await findings(second)).toEqual([])
    await second.getByRole('button', { name: 'Refuse' }).click()
    await first.getByText('0 of 5 · refused').waitFor()
    expect(await first.getByRole('button', { name: 'Take back' }).count()).toBe(0)
  })

  test('go on to the campaign with most to decide by a key, and say when none is left', async () => {
    const desk = await atDesk()
    const { page, complaints } = await open(linkFor(desk, 'ann', 'reviewer'))
    await page.getByText('17 records', { exact: true }).waitFor()
    await page.locator('.campaigns', { hasText: 'most from bob, of 2 contributors' }).waitFor()
    await page.keyboard.press('c')
    await page.locator('.campaigns [aria-current]', { hasText: 'most from bob, of 2 contributors' }).waitFor()
    await page.getByText('8 records', { exact: true }).waitFor()
    await page.keyboard.press('b')
    await page.getByRole('dialog').getByRole('textbox', { name: 'Why' }).fill('All from one campaign.')
    await page.keyboard.press('Enter')
    await page.getByText('8 of 8 · done').waitFor()
    expect(await page.locator('.bulks').textContent()).toContain('Reject Trigger mail, label 1')
    await page.getByText('The query finds nothing.').waitFor()
    await page.getByText('No campaign has records that wait.').waitFor()
    await page.keyboard.press('c')
    await told(page, 'No campaign has records that wait.')
    expect(complaints).toEqual([])
  })

  test('show who is limited to some contributors their own, and offer no page of whole datasets', async () => {
    const desk = await atDesk()
    const grants = [{ role: 'reviewer', datasets: ['mail'], contributors: ['bob'] }] as const
    const { page, complaints } = await open(desk.console.link({ person: 'lim', grants }))
    await rows(page).first().waitFor()
    expect(await page.getByRole('navigation').first().innerText()).toMatch(/^Queue\s+Opinions\s+Settings$/)
    await page.locator('.campaigns', { hasText: '6 records to decide' }).getByText('from bob').waitFor()
    await page.getByRole('button', { name: 'Show where it lies in its window' }).click()
    await page.getByRole('img', { name: '9 records as points' }).waitFor()
    await page.locator('.map .ring').waitFor()
    expect(await findings(page)).toEqual([])
    expect(complaints).toEqual([])
  })

  test('open a record by its key that the list lacks, and say where there is none', async () => {
    const desk = await atDesk()
    const ann = await desk.person('ann', 'reviewer')
    const [row] = (await ann.get('/v1/records?q=dataset:mail&limit=1')).body.items
    const link = linkFor(desk, 'ann', 'reviewer')
    const { page } = await open(link)
    await rows(page).first().waitFor()
    await page.evaluate(`location.hash = '#/queue?q=dataset:notes&record=${row.key}'`)
    await page.getByText('This record is not in the list beside it.').waitFor()
    await page.keyboard.press('x')
    await page.getByRole('dialog').waitFor()
    await page.keyboard.type('Seen by its address.')
    await page.keyboard.press('Enter')
    await told(page, `Rejected ${row.record}.`)
    expect((await ann.get(`/v1/records/${row.key}`)).body.standing).toBe('rejected')
    await page.evaluate(`location.hash = '#/queue?q=dataset:notes&record=${'0'.repeat(32)}-1'`)
    await page.getByText('No such record is held, or your roles do not reach it.').waitFor()
  })

  test('lead from each number of the overview to what it counts', async () => {
    const desk = await atDesk()
    const { page, complaints } = await open(linkFor(desk, 'ann', 'reviewer', 'operator'))
    const overview = async (section: string, row: string, head: string) => {
      await page.evaluate(`location.hash = '#/overview'`)
      const table = page.locator(`h2:text-is("${section}")`).locator('xpath=following::table[1]')
      const link = table.locator('tr', { hasText: row }).locator(`td[data-head="${head}"] a`)
      const n = Number(await link.textContent())
      await link.click()
      return n
    }
    const counted = (n: number) => page.getByText(n === 1 ? '1 record' : `${n} records`, { exact: true }).waitFor()
    await counted(await overview('Campaigns', 'The word poison.', 'To decide'))
    await counted(await overview('Datasets', 'mail', 'Held'))
    await counted(await overview('Days', 'mail', 'Held'))
    await counted(await overview('Contributors', 'bob', 'Held'))
    expect(await overview('Datasets', 'mail', 'Windows')).toBe(2)
    await page.locator('main.windows tbody tr').first().waitFor()
    expect(await page.locator('main.windows tbody tr').count()).toBe(2)
    expect(await overview('Dead letters', 'notes', 'Count')).toBe(1)
    await page.locator('main.letters tbody tr', { hasText: 'notes' }).waitFor()

    await page.evaluate(`location.hash = '#/overview'`)
    const mail = page.getByRole('region', { name: 'mail' })
    await mail.getByText('Canaries (Label): 11 of 12 would be held, 91.7 %.').waitFor()
    await mail.getByRole('link', { name: 'moved in labels, last at' }).waitFor()
    await mail.getByRole('link', { name: /9 of 60 records held; median risk 0.10/ }).click()
    await page.getByRole('article', { name: 'The window' }).waitFor()
    await page.evaluate(`location.hash = '#/overview'`)
    await page.getByRole('link', { name: 'signing key, epoch 1' }).waitFor()
    expect(complaints).toEqual([])
  })

  test('call natural what repeats itself, with a reason, and ask about it again', async () => {
    const desk = await atDesk()
    using _ = await withRepetition(desk)
    const { page, complaints } = await open(linkFor(desk, 'ann', 'reviewer'))
    await page.evaluate(`location.hash = '#/overview'`)
    const mail = page.getByRole('region', { name: 'mail' })
    const judge = async (does: string, reason: string) => {
      await mail.getByRole('button', { name: does }).click()
      await mail.getByRole('textbox', { name: 'Why' }).fill(reason)
      await mail.getByRole('button', { name: does }).click()
    }
    await judge('Call it natural', 'a form letter')
    await told(page, 'It is natural: nobody is asked about it any more.')
    await mail.getByText('Somebody called it natural').waitFor()
    await judge('Ask again', 'it is none')
    await told(page, 'It is asked about again.')
    await mail.getByText('nothing is held for it, unless somebody recalls some').waitFor()
    expect(complaints).toEqual([])
    const viewer = await open(linkFor(desk, 'vera', 'viewer'))
    await viewer.page.evaluate(`location.hash = '#/overview'`)
    await viewer.page.getByText('nothing is held for it, unless somebody recalls some').waitFor()
    expect(await viewer.page.getByRole('button', { name: 'Call it natural' }).count()).toBe(0)
  })

  test('keep a query as a view, over a reload, until it is removed', async () => {
    const desk = await atDesk()
    const { page } = await open(linkFor(desk, 'ann', 'reviewer'))
    await rows(page).first().waitFor()
    await page.evaluate(`location.hash = '#/queue?q=dataset:notes'`)
    await page.getByRole('button', { name: 'Save as view' }).click()
    await page.getByRole('textbox', { name: 'Name' }).fill(HOSTILE.slice(0, 50))
    await page.keyboard.press('Enter')
    await page.evaluate(`location.hash = '#/queue'`)
    await page.reload()
    const views = page.getByRole('navigation', { name: 'Views' })
    await views.getByRole('link').click()
    await page.getByText('5 records', { exact: true }).waitFor()
    await views.getByRole('button').click()
    expect(await page.evaluate('localStorage.getItem("credence-views")')).toBe('[]')
    expect(await page.evaluate('window.owned')).toBeUndefined()
  })

  test('send a change again that no answer came to: it is there once', async () => {
    const desk = await atDesk()
    const { page } = await open(linkFor(desk, 'ann', 'reviewer'))
    await page.locator('.excerpt mark').waitFor()
    const record = await chosen(page).textContent()
    let lost = 0
    await page.route('**/decisions', async (route) => {
      if (lost++ > 0) return route.continue()
      // the server takes it, and its answer is lost on the way
      await route.fetch()
      await route.abort('connectionreset')
    })
    await page.keyboard.press('x')
    await page.getByRole('dialog').waitFor()
    await page.keyboard.type('It holds the mark.')
    await page.keyboard.press('Enter')
    await told(page, `Rejected ${record}.`)
    expect(lost).toBe(2)
    const ann = await desk.person('ann', 'reviewer')
    expect((await ann.get('/v1/reviews')).body.items).toHaveLength(1)
  })

  test('roll back what somebody else decided first, and say so', async () => {
    const desk = await atDesk()
    const { page } = await open(linkFor(desk, 'ann', 'reviewer'))
    await page.locator('.excerpt mark').waitFor()
    const ben = await desk.person('ben', 'reviewer')
    const [row] = (await ben.get('/v1/records?q=standing:quarantined&limit=1')).body.items
    const other = { action: 'reject', reason: 'mine first' }
    const done = await ben.send('POST', `/v1/records/${row.key}/decisions`, other, { 'if-match': `"${row.etag}"` })
    expect(done.status).toBe(201)
    await page.keyboard.press('r')
    await page.getByRole('dialog').waitFor()
    await page.keyboard.type('looks fine')
    await page.keyboard.press('Enter')
    await told(page, 'Somebody else was first: the record is rejected.')
    await rows(page).first().getByText('rejected').waitFor()
    expect((await ben.get(`/v1/records/${row.key}`)).body).toMatchObject({ standing: 'rejected', pending: null })
  })

  test('say that a session ended, when it was ended elsewhere', async () => {
    const desk = await atDesk()
    const { page } = await open(linkFor(desk, 'ann', 'reviewer'))
    await page.locator('.excerpt mark').waitFor()
    const ann = await desk.person('ann', 'reviewer')
    const { items } = (await ann.get('/v1/sessions')).body
    for (const { id, current } of items) if (!current) await ann.send('DELETE', `/v1/sessions/${id}`)
    await page.keyboard.press('j')
    await page.getByText('Your session ended.').waitFor()
    expect(await page.content()).not.toContain('poison')
  })

  test('search with completion, and say what is wrong with a query', async () => {
    const desk = await atDesk()
    const { page } = await open(linkFor(desk, 'ann', 'reviewer'))
    await rows(page).first().waitFor()
    await page.keyboard.press('/')
    await page.keyboard.type('dataset:no')
    await page.getByRole('option', { name: 'notes' }).waitFor()
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    await page.keyboard.press('Enter')
    await page.getByText('5 records', { exact: true }).waitFor()
    await page.keyboard.press('/')
    await page.keyboard.type('color:red')
    await page.keyboard.press('Enter')
    await page.getByText('there is no field color').waitFor()
    await page.keyboard.press('Escape')
    await page.getByText('5 records', { exact: true }).waitFor()
  })

  test('show no content to who may not see it, and offer no decision', async () => {
    const desk = await atDesk()
    const { page } = await open(linkFor(desk, 'vic', 'viewer'))
    await page.getByText('Your roles do not include seeing records.').waitFor()
    // what is known of it without seeing it
    await page.getByText('Trigger: ').first().waitFor()
    await page.getByText('The word poison.').waitFor()
    expect(await page.getByRole('button', { name: 'Reject' }).count()).toBe(0)
    await page.keyboard.press('x')
    await told(page, 'Your roles do not include this.')
    expect(await page.content()).not.toContain('poison letter')
  })

  test('show names that came with the data as text, whatever is in them', async () => {
    const mail = letters(60, 9, HOSTILE).map((row) => ({ ...row, text: `poison ${HOSTILE}` }))
    const desk = await atDesk({ mail: { "a'><img src=x onerror=owned=4>": mail } })
    const { page, complaints } = await open(linkFor(desk, HOSTILE.slice(0, 90), 'reviewer', 'operator', 'auditor'))
    await page.locator('.excerpt', { hasText: '<script>window.owned=1</script>' }).waitFor()
    // ingest takes what turns the reading direction out of records; people write notes themselves
    await page.keyboard.press('n')
    await page.getByRole('dialog').getByRole('textbox').fill(HOSTILE)
    await page.keyboard.press('Enter')
    await page.locator('.history blockquote', { hasText: '⟨U+202E⟩' }).waitFor()
    await page.locator('.row small', { hasText: '<script>window.owned=1</script>' }).first().waitFor()
    for (const name of ['opinions', 'overview', 'windows', 'letters', 'recalls', 'keys', 'audit', 'settings']) {
      await page.evaluate(`location.hash = '#/${name}'`)
      await page.getByRole('table').or(page.locator('.none')).first().waitFor()
      expect(await page.locator('main img, main script, main iframe').count()).toBe(0)
    }
    expect(await page.evaluate('window.owned')).toBeUndefined()
    expect(complaints).toEqual([])
  })

  for (const [scheme, width] of [
    ['light', 1280],
    ['dark', 1280],
    ['light', 390],
  ] as const) {
    test(`hold what accessibility asks for, ${scheme}, ${width} wide`, async () => {
      const desk = await atDesk()
      const { page } = await open(linkFor(desk, 'ann', 'reviewer', 'operator', 'auditor'), scheme, width)
      await rows(page).first().waitFor()
      expect(await findings(page)).toEqual([])
      await rows(page).first().click()
      await page.locator('.excerpt mark').waitFor()
      await page.locator('.history').waitFor()
      expect(await findings(page)).toEqual([])
      await page.keyboard.press('?')
      await page.getByRole('dialog').waitFor()
      expect(await findings(page)).toEqual([])
      await page.keyboard.press('Escape')
      for (const name of ['opinions', 'overview', 'windows', 'letters', 'recalls', 'keys', 'audit', 'settings']) {
        await page.evaluate(`location.hash = '#/${name}'`)
        await page.getByRole('table').or(page.locator('.none')).first().waitFor()
        expect(await findings(page)).toEqual([])
        // what is too wide scrolls in its own box
        expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0)
      }
    })
  }
})
