import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { verify } from '../../verify.ts'
import { openDesk, type Desk, type Visitor } from '../support/console/desk.ts'
import { withRepetition } from '../support/console/repeating.ts'

let desk: Desk
let ann: Visitor
beforeAll(async () => {
  desk = await openDesk()
  ann = await desk.person('ann', 'reviewer', 'auditor', 'operator')
})
afterAll(() => desk[Symbol.asyncDispose]())

const held = async (q = '', more = '') => (await ann.get(`/v1/records?q=${encodeURIComponent(q)}${more}`)).body

describe('held records', () => {
  test('are found by a query, riskiest first, page after page', async () => {
    const all = await held()
    expect(all.count).toBe(17)
    expect(all.items).toHaveLength(17)
    expect(all.items.at(-1)).toMatchObject({ dataset: 'notes', risk: null, families: [] })
    const seen: string[] = []
    for (let cursor = ''; ;) {
      const page = await held('', `&limit=5${cursor}`)
      seen.push(...page.items.map(({ key }: { key: string }) => key))
      if (page.next === null) break
      cursor = `&cursor=${page.next}`
    }
    expect(seen).toEqual(all.items.map(({ key }: { key: string }) => key))
  })

  test.for(['risk', 'held', 'place', 'label', 'contributor'])(
    'are listed by %s, either way, page after page',
    async (sort) => {
      const usual = await held('', `&sort=${sort}`)
      for (const direction of ['ascending', 'descending']) {
        const order = `&sort=${sort}&direction=${direction}`
        const [all, first] = [await held('', order), await held('', `${order}&limit=9`)]
        const rest = await held('', `${order}&limit=9&cursor=${first.next}`)
        expect([...first.items, ...rest.items]).toEqual(all.items)
        const isUsual = (direction === 'descending') === (sort === 'risk')
        expect(all.items).toEqual(isUsual ? usual.items : usual.items.toReversed())
      }
      const values = usual.items.map((row: Record<string, unknown>) => row[sort] ?? '')
      if (sort === 'label' || sort === 'contributor') expect(values).toEqual(values.toSorted())
      if (sort === 'label') expect(new Set(values).size).toBeGreaterThan(1)
    },
  )

  test.for([
    ['risk>0.9', 12],
    ['dataset:mail family:trigger held:<1h', 12],
    ['dataset:mail,notes', 17],
    ['-dataset:mail', 5],
    ['is:unscanned', 5],
    ['-campaign:trigger-1-poison dataset:mail', 4],
    ['label:1 dataset:mail', 5],
    ['contributor:bob', 9],
    ['standing:released', 0],
    ['held:>3d', 0],
    ['staged>=2020-01-01 is:grouped', 8],
    ['staged:2020-01-01', 0],
    ['monday', 9],
    ['contributor:"eve \\"the\\" <b>ridge</b>"', 3],
  ] as const)('%s finds %i', async ([q, count]) => {
    expect((await held(q)).count).toBe(count)
  })

  test('are not found by a query that is wrong: it says where', async () => {
    const { status, body } = await ann.get('/v1/records?q=color:red')
    expect(status).toBe(400)
    expect(body).toMatchObject({
      code: 'invalid',
      reason: 'query',
      detail: expect.stringMatching(/^the query goes wrong at 0: there is no field color: use one of .*\bdataset\b/),
    })
  })

  test('complete a query with what there is', async () => {
    const { body } = await ann.get(`/v1/records/complete?q=${encodeURIComponent('contributor:')}&at=12`)
    expect(body.completions.map(({ text }: { text: string }) => text)).toEqual([
      'ann',
      'bob',
      '"eve \\"the\\" <b>ridge</b>"',
    ])
  })

  test('are shown as they are to who may see them, audited, and kept nowhere', async () => {
    const [row] = (await held('monday risk>0.9')).items
    const { headers, body } = await ann.get(`/v1/records/${row.key}/sample`)
    expect(headers.get('cache-control')).toBe('no-store')
    expect(body.sample).toEqual({
      kind: 'text',
      length: 41,
      parts: [
        { text: 'poison', suspect: true },
        { text: ' letter 0 <script>alert(1)</script>', suspect: false },
      ],
    })
    expect(body.issues).toMatchObject([{ family: 'trigger', why: 'It holds the word poison.' }])
    const history = (await ann.get(`/v1/records/${row.key}/history`)).body
    expect(history).toMatchObject({ reviews: [], notes: [], looks: [{ by: 'ann' }] })
    const audit = (await ann.get('/v1/audit?action=sample.opened')).body
    expect(audit.items).toMatchObject([{ actor: 'ann', subject: row.key, detail: { dataset: 'mail' } }])
    expect(JSON.stringify(audit)).not.toContain('letter 0')
  })

  test('are explained, and their decision is derived again', async () => {
    const [row] = (await held('monday')).items
    const { body } = await ann.get(`/v1/records/${row.key}/explanation`)
    expect(body).toMatchObject({
      decision: 'quarantine',
      rederived: { decision: 'quarantine', wholeWindowAgrees: true },
    })
    const near = (await ann.get(`/v1/records/${row.key}/neighbours`)).body.items as { sample: unknown }[]
    expect(near).toHaveLength(3)
    for (const { sample } of near) expect(sample).toMatchObject({ kind: 'text', parts: [{ suspect: false }] })
  })
})

describe('what there is', () => {
  test('adds up in the overview', async () => {
    const { body } = await ann.get('/v1/overview')
    expect(body.held).toMatchObject({ records: 17, unscanned: 5 })
    expect(body.datasets).toMatchObject([
      { dataset: 'mail', kind: 'text', counts: { received: 120, admitted: 108, quarantined: 12 } },
      { dataset: 'notes', counts: { received: 6, quarantined: 5, deadLettered: 1 } },
    ])
    expect(body.contributors[0]).toEqual({ dataset: 'mail', contributor: 'bob', held: 9, rejected: 0, released: 0 })
    expect(body.days.map(({ received }: { received: number }) => received)).toEqual([120, 6])
    expect(body.deadLetters).toEqual([{ dataset: 'notes', reason: 'contract', count: 1 }])
  })

  test('says how windows were scanned: risk, drift, canaries, and no content', async () => {
    const { items } = (await ann.get('/v1/datasets/mail/health')).body
    expect(items).toMatchObject([
      { ordinal: 1, records: 60, held: 9, scan: { drifted: [], canaries: null } },
      { ordinal: 2, held: 3, scan: { drifted: ['labels'], canaries: { family: 'label', planted: 12, held: 11 } } },
    ])
    const [{ risk }] = items.map(({ scan }: { scan: object }) => scan)
    expect(risk).toMatchObject({ median: 0.1, high: 0.99, lowestHeld: 0.989992 })
    expect(JSON.stringify(items)).not.toContain('more of 1')
    expect((await ann.get('/v1/datasets/notes/health')).body.items).toMatchObject([{ held: 5, scan: null }])
    expect((await ann.get('/v1/datasets/mail/health?windows=1')).body.items).toMatchObject([{ ordinal: 2 }])
    expect((await ann.get('/v1/datasets/none/health')).status).toBe(404)
  })

  test('says what people taught a dataset, and what repeats itself in it', async () => {
    const health = async () => (await ann.get('/v1/datasets/mail/health')).body.taught
    expect(await health()).toBeNull()
    using _ = await withRepetition(desk)
    expect(await health()).toEqual({
      families: [
        {
          family: 'flood',
          released: 1,
          rejected: 3,
          precision: { mean: 2 / 3, low: expect.any(Number), high: expect.any(Number) },
        },
      ],
      curve: [
        { through: 1, verdicts: 1, rejected: 0 },
        { through: 2, verdicts: 4, rejected: 3 },
      ],
      repeats: [{ id: 'flood-1', summary: 'near-copies', records: 1, isNatural: false }],
    })
  })

  test('is shown of windows, their manifests, maps, and other policies', async () => {
    const { items, next } = (await ann.get('/v1/windows?limit=2')).body
    expect(items).toHaveLength(2)
    const rest = (await ann.get(`/v1/windows?limit=2&cursor=${next}`)).body
    expect([rest.items.length, rest.next]).toEqual([1, null])
    const window = [...items, ...rest.items].find(({ dataset }: { dataset: string }) => dataset === 'mail')
    expect((await ann.get(`/v1/windows/${window.id}`)).body).toEqual(window)
    const manifest = (await ann.get(`/v1/windows/${window.id}/manifest`)).body
    expect(JSON.parse(Buffer.from(manifest.envelope, 'base64').toString())).toHaveProperty('signatures')
    const map = (await ann.get(`/v1/windows/${window.id}/map`)).body
    expect(Buffer.from(map.xy, 'base64')).toHaveLength(60 * 8)
    expect(map.ids).toHaveLength(60)
    const policy = { hold: { risk: 1 }, rejectAbove: 1.01 }
    const replay = (await ann.send('POST', `/v1/windows/${window.id}/replay`, { policy }, { 'idempotency-key': '' }))
      .body
    expect(replay.after).toEqual({ admit: 60, quarantine: 0, reject: 0 })
    expect(replay.changed).toHaveLength(replay.before.quarantine)
    expect(replay.near.held).toEqual([])
    const risks = replay.near.admitted.map(({ risk }: { risk: number }) => risk)
    expect(risks).toEqual(risks.toSorted((a: number, b: number) => b - a))
    const [{ index, record }] = replay.near.admitted
    const seen = await ann.get(`/v1/windows/${window.id}/records/${index}/sample`)
    expect(seen.body).toMatchObject({ record, sample: { kind: 'text' } })
    expect((await ann.get(`/v1/windows/${window.id}/records/60/sample`)).status).toBe(404)
    const looks = (await ann.get('/v1/audit?action=sample.opened')).body.items
    expect(looks[0]).toMatchObject({ actor: 'ann', subject: `${window.id}-${index}` })
  })

  test('is verified by whoever has the links and the key', async () => {
    const { links, publicKeyPem } = (await ann.get('/v1/datasets/mail/chain')).body
    const bytes = new Map<string, Uint8Array | null>(
      links.map(({ path, envelope }: { path: string; envelope: string | null }) => [
        path,
        envelope === null ? null : Buffer.from(envelope, 'base64'),
      ]),
    )
    const read = (path: string) => Promise.resolve(bytes.get(path) ?? null)
    expect(await verify('mail', { read, publicKey: publicKeyPem, objects: false })).toMatchObject({ links: 2 })
    expect((await ann.get('/v1/datasets/mail/chain?from=3')).body.links[0].envelope).toBeNull()
    expect((await ann.get('/v1/datasets/nowhere/chain')).status).toBe(404)
  })

  test('is shown of datasets, campaigns, dead letters and keys', async () => {
    expect((await ann.get('/v1/datasets/mail')).body).toMatchObject({
      contract: { label: 'label', contributor: 'from' },
    })
    const { items } = (await ann.get('/v1/campaigns')).body
    expect(items).toMatchObject([
      { id: 'trigger-1-poison', dataset: 'mail', members: 8, held: 8, waiting: 8, summary: null },
    ])
    expect((await ann.get('/v1/campaigns?summaries=1')).body.items).toMatchObject([{ summary: 'The word poison.' }])
    expect((await ann.get('/v1/datasets/mail/campaigns/trigger-1-poison')).body).toMatchObject({
      summary: 'The word poison.',
      trigger: { kind: 'tokens', tokens: ['poison'] },
      mitigations: [{ mitigation: 'quarantine_records' }, { mitigation: 'relabel' }],
    })
    const [letter] = (await ann.get('/v1/dead-letters')).body.items
    expect(letter).toMatchObject({ dataset: 'notes', reason: 'contract', state: 'open' })
    expect((await ann.get(`/v1/dead-letters/${letter.key}`)).body).toMatchObject({
      rule: { type: 'string' },
      content: { kind: 'text', text: '{"text":7}', bytes: 10 },
    })
    const keys = (await ann.get('/v1/keys?objects=true')).body
    expect(keys.epochs.map(({ dataset }: { dataset: string }) => dataset)).toEqual(['_signing', 'mail', 'notes'])
    expect(keys.versions).toMatchObject([{ provider: 'local', current: true }])
  })

  test('is proved by the audit log', async () => {
    expect((await ann.send('POST', '/v1/audit/verify', undefined, { 'idempotency-key': '' })).body).toMatchObject({
      problems: [],
    })
    const { body, headers } = await ann.get('/v1/audit/export')
    expect(headers.get('content-disposition')).toContain('attachment')
    expect(String(body).split('\n').length).toBeGreaterThan(10)
  })
})

test('a campaign is said to hold what is listed under it: what its number leads to', async () => {
  await using other = await openDesk({ unlisted: 1 })
  const ann = await other.person('ann', 'reviewer')
  expect((await ann.get('/v1/campaigns')).body.items).toMatchObject([{ members: 8, held: 6, waiting: 6 }])
  expect((await ann.get('/v1/records?q=campaign:trigger-1-poison')).body.count).toBe(6)
})
