import { randomUUID } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import type { StepPoint } from '#runtime/process/steps.ts'
import { redrive } from '#app/operations/dead-letters.ts'
import { runEmbedded } from '#app/embedded.ts'
import { openDesk, type Desk, type DeskOptions, type Json, type Visitor } from '../support/console/desk.ts'

let desk: Desk
afterEach(() => desk[Symbol.asyncDispose]())

/** Sixty letters, of which some lack what the contract asks for. */
const mail = {
  monday: [
    ...Array.from({ length: 52 }, (_, i) => ({ text: `good letter ${i}`, label: i % 2, from: 'ann' })),
    ...Array.from({ length: 8 }, (_, i) => ({ text: `odd ${i}`, label: i < 6 ? 'one' : null, from: 'eve' })),
  ],
}

const open = async (options: DeskOptions = {}) => {
  desk = await openDesk({ mail, ...options })
  return desk.person('olga', 'operator')
}
const file = () => readFile(join(desk.folder, 'contract.yaml'), 'utf8')
const loose = (text: string) => text.replace('label: { type: integer }', 'label: { type: [integer, string] }')

async function draftOf(who: Visitor, change: (text: string) => string, dataset = 'mail'): Promise<Json> {
  const { text, sha256: base } = (await who.get(`/v1/datasets/${dataset}/contract`)).body
  const body = { text: change(text), base, reason: 'numbers are texts too' }
  const { status, body: draft } = await who.send('POST', `/v1/datasets/${dataset}/contract-drafts`, body)
  expect(status).toBe(201)
  return draft
}
const act = (who: Visitor, { id, etag }: Json, what: string) =>
  who.send('POST', `/v1/contract-drafts/${id}/${what}`, undefined, { 'if-match': `"${etag}"` })

async function redriven(who: Visitor, body: object, headers = {}): Promise<Json> {
  const asked = await who.send('POST', '/v1/datasets/mail/redrive', body, headers)
  expect(asked.status).toBe(202)
  return ended(who, asked.body.id)
}
async function ended(who: Visitor, id: string): Promise<Json> {
  for (;;) {
    const { body } = await who.get(`/v1/redrives/${id}`)
    if (body.state !== 'running') return body
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
const staged = async () => (await desk.system.catalog.windows.list({})).filter(({ source }) => source === 'redrive')
const recordsOf = async () => (await staged()).reduce((sum, { records }) => sum + records, 0)

describe('a draft of a contract', () => {
  test('says which dead letters would be records by it, and which admitted records would not', async () => {
    const olga = await open()
    const wider = await draftOf(olga, loose)
    expect(wider).toMatchObject({ state: 'open', by: 'olga', changes: ['schema'], isInForce: false, hasMoved: false })
    expect(wider.diff).toContain('-  properties: { text: { type: string }')
    const effects = (await olga.send('POST', `/v1/contract-drafts/${wider.id}/preview`)).body
    expect(effects.letters).toMatchObject({ tried: 8, isAll: true, pass: 6 })
    expect(effects.letters.failing).toMatchObject([{ reason: 'contract', detail: 'type at /label', count: 2 }])
    expect(effects.letters.failing[0].examples).toHaveLength(2)
    expect(effects.admitted).toEqual({ windows: 1, tried: 52, isAll: true, fail: 0, failing: [] })

    const stricter = await draftOf(olga, (text) => text.replace('{ type: string }', '{ type: string, maxLength: 13 }'))
    const narrower = (await olga.send('POST', `/v1/contract-drafts/${stricter.id}/preview`)).body
    expect(narrower.letters).toMatchObject({ tried: 8, pass: 0 })
    expect(narrower.admitted).toMatchObject({ tried: 52, fail: 42 })
    expect(narrower.admitted.failing).toMatchObject([{ detail: 'maxLength at /text', count: 42 }])
    // no value of a record is told
    expect(JSON.stringify(narrower)).not.toContain('good letter')
    expect(await recordsOf()).toBe(0)
    const entries = (await (await desk.person('aud', 'auditor')).get('/v1/audit?action=draft.tried')).body.items
    expect(entries[0]).toMatchObject({ actor: 'olga', subject: stricter.id, detail: { letters: 8, fail: 42 } })
  })

  test('is refused where it is no contract, with the lines that are wrong', async () => {
    const olga = await open()
    const { sha256: base } = (await olga.get('/v1/datasets/mail/contract')).body
    const make = (text: string) => olga.send('POST', '/v1/datasets/mail/contract-drafts', { text, base, reason: 'x' })
    const wrong = await make('version: 1\nfeatures: { kind: text, feild: text }\nschema: { type: strin }\n')
    expect(wrong.body).toMatchObject({ status: 400, reason: 'draft' })
    expect(wrong.body.problems.map(({ path }: Json) => path)).toContain('2:25 features.feild')
    for (const text of ['', '\u0000', '{', '&a [*a]', 'schema: { pattern: "(" }', '- '.repeat(1000)])
      expect((await make(text)).body).toMatchObject({ status: 400 })
  })

  test('is the file once it is published, at once in force, and a repeat changes nothing more', async () => {
    const olga = await open({ writesContracts: true })
    const before = await file()
    const draft = await draftOf(olga, loose)
    const published = await act(olga, draft, 'publish')
    expect(published.body).toMatchObject({ state: 'published', isInForce: true, diff: '', changes: [] })
    expect(await file()).toBe(loose(before))
    expect((await act(olga, draft, 'publish')).body).toMatchObject({ state: 'published' })
    const { contract, isInForce } = (await olga.get('/v1/datasets/mail/contract')).body
    expect(isInForce).toBe(true)
    // a few, then all; refused where another contract is in force
    expect(await redriven(olga, { limit: 2, contract })).toMatchObject({ total: 2, recovered: 2, failed: 0 })
    expect(await redriven(olga, { contract })).toMatchObject({ total: 6, recovered: 4, failed: 2, state: 'done' })
    const other = { contract: 'f'.repeat(64) }
    expect((await olga.send('POST', '/v1/datasets/mail/redrive', other)).body.reason).toBe('contract_elsewhere')
    const actions = (await (await desk.person('aud', 'auditor')).get('/v1/audit?subject=' + draft.id)).body.items
    expect(actions.map(({ action }: Json) => action)).toEqual(['draft.published', 'draft.publishing', 'draft.made'])
    await runEmbedded(desk.system, { score: ({ window }) => Promise.reject(new Error(window)) }).catch(() => {})
    // the windows of before are under the contract of before, which is kept
    expect(new Set((await desk.system.catalog.windows.list({ dataset: 'mail' })).map((row) => row.contract)).size).toBe(
      2,
    )
  })

  test('is shown as what to change where the console does not write the file, and published once it says so', async () => {
    const olga = await open()
    const draft = await draftOf(olga, loose)
    const before = await file()
    expect((await act(olga, draft, 'publish')).body).toMatchObject({ status: 409, reason: 'contract_elsewhere' })
    expect(await file()).toBe(before)
    expect((await olga.get(`/v1/contract-drafts/${draft.id}`)).body).toMatchObject({ state: 'open', isInForce: false })
    await writeFile(join(desk.folder, 'contract.yaml'), loose(before))
    expect((await olga.get('/v1/datasets/mail/contract')).body).toMatchObject({ isInForce: false, mayWrite: false })
    expect((await act(olga, draft, 'publish')).body).toMatchObject({ state: 'published', isInForce: true })
  })

  test('never takes what somebody else changed in the file meanwhile', async () => {
    const olga = await open({ writesContracts: true })
    const draft = await draftOf(olga, loose)
    const theirs = `${await file()}# by hand\n`
    await writeFile(join(desk.folder, 'contract.yaml'), theirs)
    expect((await olga.get(`/v1/contract-drafts/${draft.id}`)).body.hasMoved).toBe(true)
    expect((await act(olga, draft, 'publish')).body).toMatchObject({ status: 409, reason: 'contract_moved' })
    const again = (base: string, etag = draft.etag) =>
      olga.send('PUT', `/v1/contract-drafts/${draft.id}`, { text: loose(theirs), base }, { 'if-match': `"${etag}"` })
    expect((await again(draft.base)).body.reason).toBe('contract_moved')
    const { sha256 } = (await olga.get('/v1/datasets/mail/contract')).body
    expect((await again(sha256, 'revision-9')).body).toMatchObject({ status: 412, reason: 'stale' })
    const rewritten = await again(sha256)
    expect(rewritten.body).toMatchObject({ hasMoved: false, etag: 'revision-2' })
    expect((await act(olga, draft, 'publish')).status).toBe(412)
    expect((await act(olga, rewritten.body, 'publish')).body.state).toBe('published')
    expect(await file()).toBe(loose(theirs))
    const other = await draftOf(olga, (text) => `${text}# more\n`)
    expect((await act(olga, other, 'discard')).body.state).toBe('discarded')
    expect((await act(olga, other, 'publish')).status).toBe(409)
  })

  test.for(['before', 'after'])('killed %s the file was written, is published by the next try', async (when) => {
    const olga = await open({ writesContracts: true })
    const draft = await draftOf(olga, loose)
    const { drafts } = desk.system.catalog.console
    await drafts.move({ id: draft.id, revision: 1, by: 'olga' }, 'publishing')
    if (when === 'after') await writeFile(join(desk.folder, 'contract.yaml'), draft.text)
    await desk.reopen()
    const next = await desk.person('olga', 'operator')
    expect((await next.get(`/v1/contract-drafts/${draft.id}`)).body.state).toBe('publishing')
    expect((await act(next, draft, 'publish')).body).toMatchObject({ state: 'published', isInForce: true })
    expect(await file()).toBe(draft.text)
  })

  test('takes an operator of its dataset, and is not found by another', async () => {
    const olga = await open()
    const draft = await draftOf(olga, loose)
    // both go by one file: who looks after one of them changes it for neither
    const half = await desk.person('mia', { role: 'operator', datasets: ['mail'] })
    expect((await half.get('/v1/datasets/mail/contract')).body).toMatchObject({ sharedWith: [], isShared: true })
    expect((await act(half, draft, 'publish')).body.reason).toBe('not_permitted')
    const notes = await desk.person('nils', { role: 'operator', datasets: ['notes'] })
    expect((await notes.get(`/v1/contract-drafts/${draft.id}`)).status).toBe(404)
    expect((await notes.get('/v1/contract-drafts')).body.items).toEqual([])
    expect((await notes.get('/v1/datasets/mail/contract')).status).toBe(404)
    expect((await act(notes, draft, 'publish')).status).toBe(404)
    expect((await notes.send('POST', '/v1/datasets/mail/redrive', {})).status).toBe(404)
    expect((await notes.get('/v1/redrives')).body.items).toEqual([])
    const key = { 'idempotency-key': randomUUID() }
    const { text, base } = draft
    const make = (reason: string) => olga.send('POST', '/v1/datasets/mail/contract-drafts', { text, base, reason }, key)
    expect((await make('a')).body.id).toBe((await make('a')).body.id)
    expect((await make('b')).body.reason).toBe('idempotency_reused')
  })
})

describe('dead letters that are decoded again', () => {
  test('become one record each, by whom and however often they are asked for', async () => {
    const olga = await open({ writesContracts: true })
    await act(olga, await draftOf(olga, loose), 'publish')
    const key = { 'idempotency-key': randomUUID() }
    const few = () => redriven(olga, { limit: 3 }, key)
    const [first, again] = [await few(), await few()]
    expect(again).toEqual(first)
    expect(first).toMatchObject({ total: 3, recovered: 3 })
    expect((await olga.send('POST', '/v1/datasets/mail/redrive', { limit: 4 }, key)).body.reason).toBe(
      'idempotency_reused',
    )
    const omar = await desk.person('omar', 'operator')
    const both = await Promise.all([redriven(olga, {}), redriven(omar, {}), redriven(omar, {})])
    expect(both.reduce((sum, { recovered }) => sum + recovered, 0)).toBe(3)
    expect(await recordsOf()).toBe(6)
    const left = (await olga.get('/v1/dead-letters?dataset=mail&state=open')).body.items
    expect(left).toHaveLength(2)
    expect(new Set(left.map(({ attempts }: Json) => attempts))).toEqual(new Set([2]))
  })

  test('are each a record once, killed between any two writes of it', async () => {
    const olga = await open({ writesContracts: true })
    await act(olga, await draftOf(olga, loose), 'publish')
    const { redrives } = desk.system.catalog.console
    const points: StepPoint[] = [
      'stage.object:before',
      'stage.object:after',
      'stage.transaction:before',
      'stage.transaction:after',
    ]
    for (const [i, point] of points.entries()) {
      const id = randomUUID()
      // as a console left it that was killed: asked for, and begun
      await redrives.ask({ id, digest: '', dataset: 'mail', askedBy: 'olga', choice: { limit: 1 } })
      desk.dieAt(point)
      await expect(redrive(desk.system, 'mail', { redrive: id })).rejects.toMatchObject({ code: 'unavailable' })
      expect(await recordsOf()).toBe(point === 'stage.transaction:after' ? i + 1 : i)
      await desk.reopen()
      const next = await desk.person('olga', 'operator')
      expect(await ended(next, id)).toMatchObject({ state: 'done', total: 1, recovered: 1, failed: 0 })
      expect(await recordsOf()).toBe(i + 1)
    }
  })
})
