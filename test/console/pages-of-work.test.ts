import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Page } from 'playwright-core'
import { afterEach, describe, expect, test } from 'vitest'
import { admittedRecords, exportDataset } from '#app/operations/export.ts'
import { needsChromium } from '#test/support/chromium.ts'
import { findings, linkFor, told } from '#test/support/console/browse.ts'
import { endRound, FEDERATION, withHeldClients } from '#test/support/console/held-clients.ts'
import { openStepUpDesk } from '#test/support/console/step-up.ts'
import { usePages } from '#test/support/console/use-pages.ts'

const { skip, why } = needsChromium

describe.skipIf(skip)(`pages on which something is asked for${why}`, () => {
  const { atDesk, open, use, web } = usePages()
  let receiver: Server
  afterEach(() => void receiver?.close())

  const go = async (page: Page, name: string) => {
    await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name, exact: true }).click()
    await page.locator('main:not(.queue) h1').waitFor()
  }

  test('recalls: previewed with who holds it, made, shown and undone', async () => {
    const desk = await atDesk()
    const { page, complaints } = await open(linkFor(desk, 'ann', 'reviewer'))
    const ids: string[] = []
    for await (const { id } of admittedRecords(desk.system, 'mail')) ids.push(id)
    await exportDataset({ ...desk.system, actor: 'tess' }, { dataset: 'mail', format: 'jsonl' }, async (bytes) => {
      for await (const _ of bytes) continue
    })
    await go(page, 'Recalls')
    await page.getByText('Nothing was recalled.').waitFor()
    await page.getByRole('textbox', { name: 'Ids of records' }).fill(ids.slice(0, 3).join('\n'))
    await page.getByRole('button', { name: 'What would it reach' }).click()
    await page.getByText('3 admitted records would be recalled.').waitFor()
    await page.getByRole('cell', { name: 'tess' }).waitFor()
    expect(await findings(page)).toEqual([])
    await page.getByRole('textbox', { name: 'Why', exact: true }).fill('copies of the test set')
    await page.getByRole('button', { name: 'Recall 3 records' }).click()
    await told(page, '3 records recalled.')
    await page.getByRole('cell', { name: 'in force' }).waitFor()
    await page.getByRole('heading', { name: 'The recall' }).waitFor()
    await page.getByRole('textbox', { name: 'To undo it: why' }).fill('innocent after all')
    await page.getByRole('button', { name: 'Undo' }).click()
    await page.getByRole('cell', { name: 'undone' }).waitFor()
    const again: string[] = []
    await expect
      .poll(async () => {
        again.length = 0
        for await (const { id } of admittedRecords(desk.system, 'mail')) again.push(id)
        return again.length
      })
      .toBe(ids.length)
    expect(complaints).toEqual([])
  })

  test('roles for a while: asked for, granted by another person, ended', async () => {
    const desk = await atDesk()
    const vera = await open(linkFor(desk, 'vera', 'viewer'))
    await go(vera.page, 'Settings')
    await vera.page.getByRole('button', { name: 'Ask for a role' }).click()
    await vera.page.getByRole('textbox', { name: 'Why' }).fill('on duty tonight')
    await vera.page.getByRole('button', { name: 'Ask', exact: true }).click()
    await told(vera.page, 'It waits for an admin.')
    const asked = vera.page.getByRole('row', { name: /on duty tonight/ })
    expect(await asked.getByRole('button').allTextContents()).toEqual(['Take back'])
    const ada = await open(linkFor(desk, 'ada', 'admin'))
    await go(ada.page, 'Settings')
    expect(await findings(ada.page)).toEqual([])
    await ada.page.getByRole('button', { name: 'Grant', exact: true }).click()
    await ada.page.getByRole('row', { name: /on duty tonight.*granted, by ada/ }).waitFor()
    await vera.page.reload()
    await vera.page.getByRole('link', { name: 'Recalls' }).waitFor()
    await vera.page
      .getByRole('row', { name: /on duty/ })
      .getByRole('button', { name: 'End' })
      .click()
    await told(vera.page, 'The role is ended.')
    expect([...vera.complaints, ...ada.complaints]).toEqual([])
  })

  test('what is dangerous: a link to the second factor, and back to the same page', async () => {
    const strong = await openStepUpDesk(web())
    use(strong)
    const { page, complaints } = await open(`${strong.desk.console.origin}/sign-in/openid`)
    await go(page, 'Keys')
    const rotate = async () => {
      await page.getByRole('button', { name: 'Rotate', exact: true }).click()
      await page.getByRole('button', { name: 'Rotate keys' }).click()
    }
    await rotate()
    await told(page, 'This takes a second factor.')
    expect(await findings(page)).toEqual([])
    await page.getByRole('link', { name: 'Sign in with it, and do it again' }).click()
    await page.getByRole('heading', { name: 'Keys', level: 1 }).waitFor()
    await rotate()
    await told(page, 'The rotation has begun.')
    expect(complaints).toEqual([])
  })

  test('webhooks: made with a secret shown once, tried, what is set aside sent again, removed', async () => {
    let status = 204
    receiver = createServer(
      (request, response) => void request.resume().on('end', () => response.writeHead(status).end()),
    )
    await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve))
    const host = `127.0.0.1:${(receiver.address() as AddressInfo).port}`
    const desk = await atDesk({ webhooks: { hosts: [host], emulator: true, everyMs: 20 } })
    const { page, complaints } = await open(linkFor(desk, 'ada', 'admin'))
    await go(page, 'Settings')
    await page.getByRole('button', { name: 'Add an address' }).click()
    await page.getByRole('textbox', { name: 'Address' }).fill(`http://${host}/hook`)
    await page.getByRole('textbox', { name: /What of/ }).fill('token.*')
    await page.getByRole('button', { name: 'Make it' }).click()
    const secret = page.locator('.secret code')
    expect(await secret.textContent()).toMatch(/^whsec_/)
    await page.getByRole('button', { name: 'Hide' }).click()
    await page.getByRole('button', { name: 'Test' }).click()
    await told(page, /taken|204|delivered/i)
    status = 410
    const ada = await desk.person('ada', 'admin')
    await ada.send('POST', '/v1/tokens', { name: 'ci', grants: [{ role: 'viewer', datasets: null }] })
    const { id } = (await ada.get('/v1/webhooks')).body.items[0]
    // refused for good: it is set aside once it was tried as often as is said
    await desk.system.catalog.console.webhooks.setAside(
      id,
      (await ada.get('/v1/audit')).body.items[0].seq,
      'answered 410',
    )
    await page.getByRole('button', { name: 'Set aside' }).click()
    await page.getByRole('cell', { name: 'answered 410' }).waitFor()
    expect(await findings(page)).toEqual([])
    status = 204
    await page.getByRole('button', { name: 'Send it again' }).click()
    await page.getByText('It has taken all that it was told.').waitFor()
    await page.getByRole('button', { name: 'Remove' }).click()
    await page.getByText('Nobody is told.').waitFor()
    expect(complaints).toEqual([])
  })

  test('what this console may not do: the command that does it, for whoever may', async () => {
    const desk = await atDesk()
    const { redrives, keyJobs } = desk.system.catalog.console
    await redrives.ask({ id: 'r', digest: '', dataset: 'notes', askedBy: 'olga', choice: {} })
    await redrives.end('r', 'failed', 'denied: the store refuses to write')
    await keyJobs.ask({ id: 'k', what: 'rewrap', choice: '{}', askedBy: 'olga', state: 'running' })
    await keyJobs.end('k', 'failed', 'denied: the key service refuses')
    const { page, complaints } = await open(linkFor(desk, 'olga', 'operator'))
    await go(page, 'Dead letters')
    await page.getByText('credence deadletter redrive --dataset notes').waitFor()
    expect(await findings(page)).toEqual([])
    await go(page, 'Keys')
    await page.getByText('credence keys rewrap').waitFor()
    expect(await findings(page)).toEqual([])
    expect(complaints).toEqual([])
  })

  test('a window: verified by the published verifier, and examples from both sides of another line', async () => {
    const desk = await atDesk()
    const { page, complaints } = await open(linkFor(desk, 'ann', 'reviewer'))
    const ann = await desk.person('ann', 'reviewer')
    const { items } = (await ann.get('/v1/windows?dataset=mail')).body
    await page.evaluate(`location.hash = '#/windows?of=${items[0].id}'`)
    await page.getByRole('button', { name: 'Verify in this browser' }).click()
    await page.getByText(/links of the chain verify, this one among them/).waitFor()
    // a store that somebody wrote to
    await page.route('**/chain', async (route) => {
      const answer = await route.fetch()
      const body = (await answer.json()) as { links: { envelope: string | null }[] }
      const [first] = body.links
      if (first?.envelope != null) {
        const envelope = JSON.parse(atob(first.envelope)) as { payload: string }
        const statement = atob(envelope.payload).replace(/"records":\d+/, '"records":59')
        first.envelope = btoa(JSON.stringify({ ...envelope, payload: btoa(statement) }))
      }
      await route.fulfill({ response: answer, json: body })
    })
    await page.getByRole('button', { name: 'Verify in this browser' }).click()
    await page.getByText(/The chain does not verify/).waitFor()
    await page.getByRole('slider').fill('0.99')
    await page.getByRole('button', { name: 'What would be held' }).click()
    await page.getByRole('heading', { name: 'Just below it' }).waitFor()
    await page.getByRole('button', { name: 'Show them' }).last().click()
    await page.locator('.glance').first().waitFor()
    expect(await page.locator('.glance').first().textContent()).toContain('letter')
    expect(await findings(page)).toEqual([])
    const looks = (await (await desk.person('aud', 'auditor')).get('/v1/audit?actor=ann&action=sample.opened')).body
      .items
    expect(looks.length).toBeGreaterThan(0)
    expect(complaints).toEqual([])
  })

  test('the map of a window: moved, nearer, and a lasso that is a query by place', async () => {
    const desk = await atDesk()
    const { page, complaints } = await open(linkFor(desk, 'ann', 'reviewer'))
    const ann = await desk.person('ann', 'reviewer')
    const { items } = (await ann.get('/v1/windows?dataset=mail')).body
    const window = items.find(({ counts }: { counts: { quarantined: number } }) => counts.quarantined === 9)
    await page.evaluate(`location.hash = '#/windows?of=${window.id}'`)
    await page.getByRole('button', { name: 'Show the map' }).click()
    const map = page.locator('.map svg')
    await map.waitFor()
    expect(await page.locator('.legend').textContent()).toBe('admittedheldrejected')
    await page.getByRole('radio', { name: 'contributor' }).check()
    await page.getByText('bob (60)').waitFor()
    await page.getByRole('radio', { name: 'label' }).check()
    await page.getByText('0 (30)').waitFor()
    expect(await page.locator('.legend').textContent()).toBe('0 (30)1 (30)not said')
    const looks = (await (await desk.person('aud', 'auditor')).get('/v1/audit?action=window.attribute.opened')).body
    expect(looks.items).toMatchObject([
      { actor: 'ann', subject: window.id, detail: { dataset: 'mail', attribute: 'label' } },
      { actor: 'ann', subject: window.id, detail: { dataset: 'mail', attribute: 'contributor' } },
    ])
    await page.getByRole('radio', { name: 'decision' }).check()
    await page.getByRole('button', { name: 'Nearer' }).click()
    await page.getByRole('button', { name: 'Move' }).click()
    await map.scrollIntoViewIfNeeded()
    const box = (await map.boundingBox())!
    const at = (x: number, y: number) => page.mouse.move(box.x + box.width * x, box.y + box.height * y)
    const drag = async (line: readonly (readonly [number, number])[]) => {
      await at(line[0]![0], line[0]![1])
      await page.mouse.down()
      for (const [x, y] of line.slice(1)) await at(x, y)
      await page.mouse.up()
    }
    // every point lies in the middle, which is moved to the right
    await drag([
      [0.3, 0.5],
      [0.4, 0.5],
    ])
    await page.getByRole('button', { name: 'Draw a line' }).click()
    const round = (x: number) =>
      drag([
        [x - 0.05, 0.4],
        [x + 0.05, 0.4],
        [x + 0.05, 0.6],
        [x - 0.05, 0.6],
      ])
    await round(0.5)
    await page.getByText('Draw a line round points').waitFor()
    await round(0.6)
    await page.getByText('9 of 60 records within the line are held.').waitFor()
    // a button that is half under the masthead has half its size
    await page.evaluate('scrollTo(0, 0)')
    expect(await findings(page)).toEqual([])
    await page.getByRole('link', { name: 'Open them in the queue' }).click()
    await page.getByText('9 records', { exact: true }).waitFor()
    expect(await page.locator('.search input').inputValue()).toContain('place:0-8')
    // and a decision over them
    await page.locator('.row[aria-current]').waitFor()
    await page.keyboard.press('b')
    await page.getByText('It reaches 9 records in quarantine.').waitFor()
    await page.keyboard.type('They lie together.')
    await page.keyboard.press('Enter')
    await page.getByText('9 of 9 · done').waitFor()
    const after = (await ann.get(`/v1/records?q=window:${window.id}`)).body.items as readonly { standing: string }[]
    expect(after.map(({ standing }) => standing)).toEqual(Array(9).fill('rejected'))
    expect(complaints).toEqual([])
  })

  test('the audit log: searched by who, what and over what', async () => {
    const desk = await atDesk()
    const { page } = await open(linkFor(desk, 'aud', 'auditor'))
    await go(page, 'Audit')
    await page.getByRole('textbox', { name: 'What', exact: true }).fill('window.committed')
    await page.keyboard.press('Enter')
    await page.locator('tbody tr').first().waitFor()
    await expect.poll(() => page.locator('tbody tr code').allTextContents()).not.toContain('window.staged')
    await page.getByRole('textbox', { name: 'Who', exact: true }).fill('nobody')
    await page.keyboard.press('Enter')
    await page.getByText('No entry is like that.').waitFor()
  })

  test('held clients: why, round by round, and cleared with a reason as they were shown', async () => {
    const desk = await atDesk()
    await withHeldClients(desk)
    const { page, complaints } = await open(linkFor(desk, 'ann', 'reviewer'))
    await go(page, 'Clients')
    await page.getByRole('row', { name: 'site-3 clinics It points the other way. 0.97 11.2 3 2' }).waitFor()
    expect(await page.locator('tbody th').allTextContents()).toEqual(['site-3', 'site-2'])
    await page.getByRole('link', { name: 'site-3' }).focus()
    await page.keyboard.press('Enter')
    await page.getByText('clinics · held in 2 rounds').waitFor()
    expect(await page.locator('article tbody th').allTextContents()).toEqual(['Round 3', 'Round 2', 'Round 1'])
    expect(await findings(page)).toEqual([])
    const clear = async (reason: string) => {
      await page.getByRole('button', { name: 'Clear', exact: true }).click()
      await page.getByText('Its held updates stay out of the model.').waitFor()
      expect(await findings(page)).toEqual([])
      await page.keyboard.type(reason)
      await page.keyboard.press('Enter')
    }
    await clear('a new sensor')
    await told(page, 'site-3 is cleared.')
    await page.getByText('clinics · held for nothing').waitFor()
    await page.getByRole('link', { name: 'site-2' }).click()
    await page.getByText('clinics · held in 1 round').waitFor()
    // held once more while somebody looks
    const [, again] = await desk.system.catalog.federations.clients(FEDERATION, 2)
    await endRound(desk, FEDERATION, [again!])
    await clear('one bad day')
    await told(page, 'the client has been held in another round since it was shown')
    await page.getByText('clinics · held in 2 rounds').waitFor()
    await clear('two bad days')
    await page.getByText('No client is held.').waitFor()
    await page.getByRole('combobox', { name: 'Standing' }).selectOption('cleared')
    await expect.poll(() => page.locator('tbody th').allTextContents()).toEqual(['site-3', 'site-2'])
    const log = (await (await desk.person('aud', 'auditor')).get('/v1/audit?action=client.cleared')).body.items
    expect(log.map(({ detail }: { detail: { reason: string } }) => detail.reason)).toEqual([
      'two bad days',
      'a new sensor',
    ])
    const vera = await open(linkFor(desk, 'vera', 'viewer'), 'dark', 390)
    await endRound(desk, FEDERATION, [again!])
    await vera.page.reload()
    await go(vera.page, 'Clients')
    await vera.page.getByRole('link', { name: 'site-2' }).click()
    await vera.page.getByText('clinics · held in 1 round').waitFor()
    expect(await vera.page.getByRole('button', { name: 'Clear' }).count()).toBe(0)
    expect(await findings(vera.page)).toEqual([])
    expect([...complaints, ...vera.complaints]).toEqual([])
  })

  test('second opinions: asked for, given without knowing others’, and agreed or not', async () => {
    const desk = await atDesk()
    const { page, complaints } = await open(linkFor(desk, 'ann', 'reviewer'))
    await go(page, 'Opinions')
    await page.getByText('You are not asked about any record.').waitFor()
    await page.getByRole('spinbutton', { name: 'Records at most' }).fill('3')
    await page.getByRole('button', { name: 'Ask', exact: true }).click()
    await told(page, '3 records drawn.')
    const ben = await desk.person('ben', 'reviewer')
    const asked: string[] = []
    for (let i = 0; i < 3; i++) {
      const { record } = (await ben.get('/v1/opinions/next')).body
      asked.push(record.record)
      const body = { verdict: i === 0 ? 'release' : 'reject', reason: 'as ben sees it' }
      await ben.send('POST', `/v1/records/${record.key}/opinions`, body)
    }
    expect(await findings(page)).toEqual([])
    for (let i = 0; i < 3; i++) {
      await page.getByText(`${3 - i} record${i === 2 ? '' : 's'} to judge`).waitFor()
      expect(await page.getByText('as ben sees it').count()).toBe(i === 0 ? 0 : 1)
      await page.locator('.excerpt').waitFor()
      await page.keyboard.press('x')
      await page.getByRole('textbox', { name: 'Why' }).fill('it holds the mark')
      await page.keyboard.press('Enter')
      await told(page, 'Your opinion is kept.')
      await page.locator('.given', { hasText: 'ben would re' }).waitFor()
    }
    await page.getByText('Krippendorff’s α is').waitFor()
    await page.getByRole('link', { name: '1 record judged differently' }).click()
    await page.getByText('1 record', { exact: true }).waitFor()
    await page.locator('.history', { hasText: 'ben would release it' }).waitFor()
    await page.keyboard.press('g')
    await page.getByRole('dialog').getByRole('radio', { name: 'Reject' }).check()
    await page.keyboard.press('Enter')
    await told(page, 'It is a gold sample: reject is right.')
    await go(page, 'Opinions')
    await page.getByRole('row', { name: /ben 3 2 of 3 0 of 1/ }).waitFor()
    await page.getByRole('textbox', { name: 'People' }).fill('ann ben')
    await page.getByRole('button', { name: 'Share evenly' }).click()
    await told(page, /records shared/)
    expect(await findings(page)).toEqual([])
    expect(asked).toHaveLength(3)
    expect(complaints).toEqual([])
  })
})
