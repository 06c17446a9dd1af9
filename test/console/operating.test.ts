import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { Role } from '#console/api/roles.ts'
import { launchChromium, needsChromium } from '#test/support/chromium.ts'
import { builtPages, findings, linkFor, openPage, told } from '#test/support/console/browse.ts'
import { openDesk, type Desk } from '#test/support/console/desk.ts'

const { skip, why } = needsChromium

describe.skipIf(skip)(`the console's pages for operators${why}`, () => {
  let browser: Browser
  let desk: Desk
  const pages: Page[] = []
  beforeAll(async () => {
    desk = await openDesk({ web: builtPages(), writesContracts: true })
    browser = await launchChromium()
  })
  afterEach(async () => {
    for (const page of pages.splice(0)) await page.close()
  })
  afterAll(async () => {
    await browser?.close()
    await desk?.[Symbol.asyncDispose]()
  })

  async function open(at: string, person: string, ...roles: Role[]): Promise<Page> {
    const { page } = await openPage(browser, linkFor(desk, person, ...roles))
    pages.push(page)
    await page.getByRole('navigation').first().waitFor()
    await page.evaluate(`location.hash = ${JSON.stringify(`#/${at}`)}`)
    return page
  }

  test('show a dead letter beside the rule that it breaks, and try whether it would be a record by now', async () => {
    const page = await open('letters', 'ann', 'operator')
    await page.getByRole('link', { name: 'breaks the contract’s schema' }).click()
    const letter = page.getByRole('article')
    await letter.getByText('{"text":7}').waitFor()
    await letter.getByText('"type": "string"').waitFor()
    expect(await findings(page)).toEqual([])
    await letter.getByRole('button', { name: 'Try it' }).click()
    await told(page, 'Of 1 tried, 0 would be records by the contract as it is now.')
    await page.getByRole('combobox', { name: 'Dataset' }).selectOption('notes')
    await page.getByRole('button', { name: 'Decode all again' }).click()
    await told(page, '1 dead letter taken up.')
    await page.getByRole('row', { name: /^notes ann .* done 1 0 1$/ }).waitFor()
    const looks = (await (await desk.person('aud', 'auditor')).get('/v1/audit?action=letter.opened')).body.items
    expect(looks[0]).toMatchObject({ actor: 'ann' })
    const other = await open(`letters?of=${looks[0].subject}`, 'vic', 'viewer')
    await other.getByText('Your roles do not include seeing what came.').waitFor()
    await other.getByRole('table').first().waitFor()
    expect(await other.content()).not.toContain('"text":7')
    expect(await other.getByRole('button', { name: /Decode|Try/ }).count()).toBe(0)
  })

  test('draft a contract, say what it would change, put it in force, and decode dead letters by it', async () => {
    const page = await open('letters', 'ann', 'operator')
    await page.getByRole('combobox', { name: 'Dataset' }).selectOption('notes')
    const panel = page.locator('details')
    await panel.getByText('The contract, and a draft of it').click()
    const contract = panel.getByRole('textbox', { name: 'Contract (YAML)' })
    const look = panel.getByRole('button', { name: 'What would it change' })
    const before = await contract.inputValue()
    expect(await look.isDisabled()).toBe(true)
    await panel.getByRole('textbox', { name: 'Why' }).fill('labels were left out')
    await contract.fill('version: 2')
    await look.click()
    await told(page, 'the draft is no contract')
    await contract.fill(before.replace('label: { type: integer }', 'label: { type: integer, maximum: -1 }'))
    await look.click()
    await panel.getByText('0 of 1 open dead letter would be records').waitFor()
    await panel.getByText('0 of 0 admitted records would be refused').waitFor()
    expect(await panel.getByText('1 × type at /text').getByRole('link').count()).toBe(1)
    await panel.getByText('+  properties: { text: { type: string }, label: { type: integer, maximum: -1 }').waitFor()
    expect(await findings(page)).toEqual([])
    // what is kept on the server is there again after a reload
    await page.reload()
    await page.getByRole('combobox', { name: 'Dataset' }).selectOption('notes')
    await panel.getByText('The contract, and a draft of it').click()
    expect(await contract.inputValue()).toContain('maximum: -1')
    await contract.fill(before.replace('label: { type: integer }', 'label: { type: [integer, string] }'))
    await look.click()
    await panel.getByRole('button', { name: 'Put it in force' }).click()
    await told(page, 'It is in force')
    await page.getByRole('button', { name: 'Decode all again' }).click()
    await told(page, '1 dead letter taken up.')
    await page
      .getByRole('row', { name: /^notes ann .* done 1 0 1$/ })
      .nth(1)
      .waitFor()
    const other = await open('letters', 'aud', 'auditor')
    await other.getByRole('combobox', { name: 'Dataset' }).selectOption('notes')
    await other
      .getByRole('row', { name: /^notes ann/ })
      .first()
      .waitFor()
    expect(await other.getByText('The contract, and a draft of it').count()).toBe(0)
  })

  test('rotate, rewrap and retire keys, with a second person, over a reload', async () => {
    const page = await open('keys', 'ann', 'operator')
    for (const what of ['Rotate', 'Rewrap']) {
      await page.getByRole('button', { name: what, exact: true }).click()
      await page
        .getByRole('dialog')
        .getByRole('button', { name: `${what} keys` })
        .click()
      await page.getByRole('row', { name: new RegExp(`^${what} ann .* done`) }).waitFor()
    }
    await page.reload()
    await page.getByRole('row', { name: /^Rotate ann .* done/ }).waitFor()
    expect(await findings(page)).toEqual([])
    await page
      .getByRole('button', { name: /^Retire / })
      .first()
      .click()
    await page.getByRole('dialog').getByRole('button', { name: 'Ask for it' }).click()
    const asked = page.getByRole('row', { name: /^Retire \S+ ann/ })
    await asked.getByRole('button', { name: 'Take back' }).waitFor()
    // what waits is not offered again
    await page.getByText('its retirement waits for another person').waitFor()
    expect(await asked.getByRole('button', { name: 'Approve' }).count()).toBe(0)
    const other = await open('keys', 'ben', 'operator')
    await other
      .getByRole('row', { name: /^Retire \S+ ann/ })
      .getByRole('button', { name: 'Approve' })
      .click()
    await told(other, 'Approved')
    // told to whoever asked, too
    await page.getByRole('row', { name: /^Retire \S+ ann .* done/ }).waitFor()
    const none = await open('keys', 'aud', 'auditor')
    await none.getByRole('table').first().waitFor()
    await none.getByRole('row', { name: /^mail .* not counted$/ }).waitFor()
    await none.getByRole('button', { name: 'Count the objects under each' }).click()
    await none.getByRole('row', { name: /^mail .* days [1-9]\d*$/ }).waitFor()
    expect(await none.getByRole('button', { name: /^(Rotate|Rewrap|Retire|Approve)/ }).count()).toBe(0)
  })

  test('verify what is signed of a window in the browser, and say what another policy would have held', async () => {
    const { items } = (await (await desk.person('vic', 'viewer')).get('/v1/windows?dataset=mail')).body
    const at = `windows?of=${items[0].id}`
    const page = await open(at, 'vic', 'viewer')
    await page.getByRole('button', { name: 'Verify in this browser' }).click()
    await told(page, 'All 2 links of the chain verify, this one among them.')
    await page.getByRole('slider').fill('0.05')
    await page.getByRole('button', { name: 'What would be held' }).click()
    await page.getByText('60 would be').waitFor()
    expect(await findings(page)).toEqual([])
    // what was admitted has no other page: it opens here, for who may look
    const reviewer = await open(at, 'ann', 'reviewer')
    await reviewer.getByRole('slider').fill('0.05')
    await reviewer.getByRole('button', { name: 'What would be held' }).click()
    const opener = reviewer.getByRole('table').getByRole('button', { expanded: false }).first()
    await opener.click()
    await reviewer.getByText(/^good letter/).waitFor()
    expect(await findings(reviewer)).toEqual([])
  })

  test('map a window: a line round points is a query for those of them that are held', async () => {
    const { items } = (await (await desk.person('vic', 'viewer')).get('/v1/windows?dataset=mail')).body
    const { page, complaints } = await openPage(browser, linkFor(desk, 'vic', 'viewer'))
    pages.push(page)
    await page.getByRole('navigation').first().waitFor()
    await page.evaluate(`location.hash = ${JSON.stringify(`#/windows?of=${items[0].id}`)}`)
    await page.getByRole('button', { name: 'Show the map' }).click()
    const map = page.locator('.map')
    await map.waitFor()
    await page.getByRole('radio', { name: 'campaign' }).check()
    await page.getByRole('listitem').filter({ hasText: 'Trigger: mail, label 1' }).waitFor()
    expect(await findings(page)).toEqual([])
    await map.scrollIntoViewIfNeeded()
    const { x, y, width, height } = (await map.boundingBox())!
    const go = (right: number, down: number) => page.mouse.move(x + right * width, y + down * height)
    await go(0.05, 0.05)
    await page.mouse.down()
    for (const [right, down] of [
      [0.9, 0.1],
      [0.9, 0.9],
      [0.1, 0.9],
    ] as const)
      await go(right, down)
    await page.mouse.up()
    const held = items[0].counts.quarantined
    await page.getByText(`${held} of 60 records within the line are held.`).waitFor()
    await page.getByRole('link', { name: 'Open them in the queue' }).click()
    await page.getByText(`${held} records`, { exact: true }).waitFor()
    // beside the middle, where all of them lie, there is none
    await page.goBack()
    await page.getByRole('button', { name: 'Show the map' }).click()
    await map.scrollIntoViewIfNeeded()
    const again = (await map.boundingBox())!
    await page.mouse.move(again.x + 5, again.y + 5)
    await page.mouse.down()
    await page.mouse.move(again.x + 60, again.y + 5)
    await page.mouse.move(again.x + 60, again.y + 60)
    await page.mouse.up()
    await page.getByText('Draw a line round points').waitFor()
    expect(await page.getByText('within the line').count()).toBe(0)
    expect(complaints).toEqual([])
  })

  test('verify the audit log, and download it', async () => {
    const page = await open('audit', 'aud', 'auditor')
    await page.getByRole('button', { name: 'Verify the log' }).click()
    await told(page, /entries: none was edited, removed or reordered\./)
    // what was found stays when the notice has gone
    await page.locator('.verified', { hasText: 'none was edited, removed or reordered.' }).waitFor()
    const committed = page.getByRole('row').filter({ hasText: 'window.committed' }).first()
    expect(await committed.getByRole('link').getAttribute('href')).toMatch(/^#\/windows\?of=[\da-f]{32}$/)
    expect(await committed.getByRole('cell').last().textContent()).toMatch(/sha256: [\da-f]{12}…/)
    for (const [link, file] of [
      ['Download it, signed', 'credence-audit.jsonl'],
      ['Download evidence', 'credence-evidence.zip'],
    ] as const) {
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('link', { name: link }).click(),
      ])
      expect(download.suggestedFilename()).toBe(file)
      expect(await download.failure()).toBeNull()
    }
    expect(await findings(page)).toEqual([])
  })

  test('say who may do what, and by which policies windows were decided', async () => {
    const page = await open('settings', 'adi', 'admin')
    await page
      .getByRole('row', { name: /^reviewer/ })
      .getByText('release, reject, relabel and undo')
      .waitFor()
    await page.getByText('The configuration gives nobody a role: people come by links.').waitFor()
    await page.getByRole('row', { name: /^adi/ }).getByText('admin over every dataset').first().waitFor()
    await page.getByRole('button', { name: 'History of mail' }).click()
    await page.getByText('In force: held from a risk of 0.50.').waitFor()
    const row = page.getByRole('row').filter({ has: page.getByRole('rowheader', { name: 'held from a risk of 0.50' }) })
    expect(await row.getByRole('cell').allTextContents()).toEqual(expect.arrayContaining(['2', '108', '12', '0']))
    expect(await findings(page)).toEqual([])
    await row.getByRole('link').first().click()
    await page.getByRole('article', { name: 'The window' }).waitFor()
  })

  test('make a token whose secret is shown once, and end sessions and tokens', async () => {
    const page = await open('settings', 'adi', 'admin')
    const other = await desk.person('eve', 'viewer')
    await page.getByRole('button', { name: 'Make a token' }).click()
    await page.getByRole('textbox', { name: 'Name' }).fill('the nightly export')
    await page.getByRole('combobox', { name: 'Role' }).selectOption('auditor')
    expect(await findings(page)).toEqual([])
    await page.getByRole('dialog').getByRole('button', { name: 'Make it' }).click()
    const secret = await page.locator('.secret code').textContent()
    const asked = async () => {
      const headers = { authorization: `Bearer ${secret}` }
      return (await fetch(`${desk.console.origin}/v1/audit`, { headers })).status
    }
    expect(await asked()).toBe(200)
    await page.reload()
    await page.getByRole('row', { name: /the nightly export/ }).waitFor()
    expect(await page.content()).not.toContain(secret)
    expect(await findings(page)).toEqual([])
    await page.getByRole('button', { name: /^End the nightly export/ }).click()
    await told(page, 'The token is ended.')
    expect(await asked()).toBe(401)
    await page.getByRole('button', { name: /^End eve/ }).click()
    await told(page, 'The session is ended.')
    expect((await other.get('/v1/session')).status).toBe(401)
  })
})
