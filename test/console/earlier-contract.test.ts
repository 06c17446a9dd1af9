import { objectPath } from '#core/layout.ts'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readFlagged } from '#app/read-window.ts'
import { contractDigest, type LoadedContract } from '#runtime/config/load-contract.ts'
import { collectDatasets } from '#report/collect.ts'
import { openDesk, type Desk } from '../support/console/desk.ts'

const POISON = encodeURIComponent('monday risk>0.9')

/** Another field than the one that was scanned is the sample from now on. */
function changeContract({ system }: Desk): void {
  const contracts = system.contracts as Map<string, LoadedContract>
  const now = contracts.get('mail')!
  const contract = { ...now.contract, features: { kind: 'text', field: 'body' } } as const
  contracts.set('mail', { ...now, contract, sha256: contractDigest(contract) })
}

test('a record is shown by the contract that its window was staged under, though its field is called otherwise since', async () => {
  await using desk = await openDesk()
  const ann = await desk.person('ann', 'reviewer')
  const [row] = (await ann.get(`/v1/records?q=${POISON}`)).body.items
  const seen = async () => (await ann.get(`/v1/records/${row.key}/sample`)).body
  const before = await seen()
  expect(before).toMatchObject({ sample: { kind: 'text', length: 41 }, warnings: [] })
  changeContract(desk)
  expect(await seen()).toEqual(before)
})

test.each([
  ['takes the contract of a window away', (path: string) => rm(path), 'is gone from the store'],
  ['puts another one there', (path: string) => writeFile(path, '{"version":1}'), 'holds something else'],
])('who holds the store and %s: nobody is shown another field as the sample', async (_what, attack, told) => {
  await using desk = await openDesk()
  const ann = await desk.person('ann', 'reviewer')
  const [row] = (await ann.get(`/v1/records?q=${POISON}`)).body.items
  const digest = desk.system.contracts.get('mail')!.sha256
  changeContract(desk)
  await attack(join(desk.folder, 'data', 'objects', 'contracts', 'mail', `${digest}.json`))
  const warnings = [expect.stringContaining(told)]
  const cells = expect.arrayContaining([
    { column: 'text', value: expect.stringMatching(/./), suspect: false },
    { column: 'label', value: expect.stringMatching(/./), suspect: false },
  ])
  const sample = { kind: 'table', cells }
  expect((await ann.get(`/v1/records/${row.key}/sample`)).body).toMatchObject({ sample, warnings })
  const inWindow = await ann.get(`/v1/windows/${row.window}/records/${row.index}/sample`)
  expect(inWindow.body).toMatchObject({ sample, warnings, label: null })
  for (const path of [`/v1/records/${row.key}/neighbours`, `/v1/windows/${row.window}/map/label`]) {
    const { status, body } = await ann.get(path)
    expect({ status, detail: body.detail }).toEqual({ status: 409, detail: expect.stringContaining(told) })
  }
  const report = (await collectDatasets(desk.system)).find(({ name }) => name === 'mail')!
  expect(report.notes).toContainEqual(expect.stringContaining(told))
  expect(report.flagged.map((flagged) => flagged.sample)).toContainEqual(sample)
})

test('who holds the catalog cannot have a window read by another contract than its signed link names', async () => {
  await using desk = await openDesk()
  const [window] = await desk.system.catalog.windows.list({ dataset: 'mail', state: 'committed' })
  await expect(readFlagged(desk.system, { ...window!, contract: '0'.repeat(64) }, 'quarantine')).rejects.toMatchObject({
    code: 'corrupt',
    reason: 'catalog_row',
  })
})

test('who holds the catalog and changes the label, the contributor or the place of a held record is told of where it is opened', async () => {
  await using desk = await openDesk()
  const ann = await desk.person('ann', 'reviewer')
  const [row] = (await ann.get(`/v1/records?q=${POISON}`)).body.items
  const { held } = desk.system.catalog.console
  const genuine = held.get.bind(held)
  const changed = async (change: object) => {
    Object.assign(held, {
      get: async (...asked: Parameters<typeof genuine>) => ({ ...(await genuine(...asked)), ...change }),
    })
    const { status, body } = await ann.get(`/v1/records/${row.key}/sample`)
    return { status, said: body.warnings ?? body.detail }
  }
  expect(await changed({})).toEqual({ status: 200, said: [] })
  const said = (what: string) => [expect.stringMatching(`^Lists name another ${what} than the record itself`)]
  expect(await changed({ label: 'innocent' })).toEqual({ status: 200, said: said('label') })
  expect(await changed({ contributor: 'nobody' })).toEqual({ status: 200, said: said('contributor') })
  expect(await changed({ index: row.index === 0 ? 1 : 0 })).toMatchObject({ status: 500 })
  const outside = { code: 'corrupt', reason: 'catalog_row', detail: expect.stringContaining('a place outside window') }
  await changed({ index: 1_000_000 })
  for (const what of ['sample', 'neighbours'])
    expect((await ann.get(`/v1/records/${row.key}/${what}`)).body).toMatchObject(outside)
  await changed({ index: row.index === 0 ? 1 : 0 })
  // the neighbours are those of the record that the row names, or none
  const { status, body } = await ann.get(`/v1/records/${row.key}/neighbours`)
  expect({ status, body }).toMatchObject({ status: 500, body: { code: 'corrupt', reason: 'catalog_row' } })
})

test('what a window committed and the store has no more is named where its records are opened', async () => {
  await using desk = await openDesk()
  const ann = await desk.person('ann', 'reviewer')
  const [row] = (await ann.get(`/v1/records?q=${POISON}`)).body.items
  const path = objectPath('clean', 'mail', row.window)
  await desk.system.store.delete(path)
  const { status, body } = await ann.get(`/v1/records/${row.key}/neighbours`)
  expect({ status, body }).toMatchObject({
    status: 404,
    body: { reason: 'object_gone', detail: expect.stringContaining(`${path} is gone from the store`) },
  })
  // the record itself is elsewhere
  expect((await ann.get(`/v1/records/${row.key}/sample`)).status).toBe(200)
})
