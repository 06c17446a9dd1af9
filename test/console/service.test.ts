import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AsyncDisposableStack } from '#core/disposal.ts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { loadConfig } from '#app/config/load.ts'
import { signAuditLog, verifyAuditLog } from '#app/operations/audit.ts'
import { openSigningSystem, type SigningSystem } from '#app/system.ts'
import { startConsole, type RunningConsole } from '#console/server/start.ts'
import { letters, openDesk, visit, type Desk, type Json, type Visitor } from '../support/console/desk.ts'
import { needs } from '../support/needs.ts'
import { freePort } from '#emulators/free-port.ts'
import { createPostgres, postgresMissing } from '../support/topology/postgres.ts'

const { skip, why } = needs(postgresMissing())

describe.skipIf(skip)(`two consoles over one PostgreSQL${why}`, () => {
  let desk: Desk
  let other: SigningSystem
  let second: RunningConsole
  let ann: Visitor
  let bob: Visitor

  const stack = new AsyncDisposableStack()
  beforeAll(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'credence-service-'))
    stack.defer(() => rm(folder, { recursive: true, force: true }))
    // its server runs as somebody else, who has to reach it
    await chmod(folder, 0o755)
    const port = await freePort()
    const postgres = createPostgres(join(folder, 'postgres'), port, join(folder, 'postgres.log'))
    await postgres.start()
    stack.defer(() => postgres.kill())
    desk = stack.use(await openDesk({ mail: { monday: letters(60, 12) }, postgres: postgres.url, lookMs: 50 }))
    const config = await loadConfig(join(desk.folder, 'credence.yaml'), {})
    other = stack.use(await openSigningSystem(config, { command: 'a second console' }))
    second = stack.use(await startConsole(other, { host: '127.0.0.1', port: 0, lookMs: 50 }))
    ann = await desk.person('ann', 'reviewer')
    const grants = [{ role: 'reviewer', datasets: null } as const]
    bob = await visit(second.origin, second.link({ person: 'bob', grants }))
  })
  afterAll(() => stack.disposeAsync())

  const rows = async (who: Visitor): Promise<Json[]> => (await who.get('/v1/records?q=dataset:mail')).body.items
  const decide = (who: Visitor, row: Json) =>
    who.send(
      'POST',
      `/v1/records/${row.key}/decisions`,
      { action: 'reject', reason: 'seen' },
      { 'if-match': `"${row.etag}"` },
    )

  test('two reviewers decide over one record: the second is told', async () => {
    const [row] = await rows(ann)
    const answers = await Promise.all([decide(ann, row), decide(bob, row)])
    expect(answers.map(({ status }) => status).sort((a, b) => a - b)).toEqual([201, expect.toBeOneOf([409, 412])])
    const history = (await bob.get(`/v1/records/${row.key}/history`)).body
    expect(history.reviews).toHaveLength(1)
  })

  test('what is done at the one is told to who looks at the other', async () => {
    const followed = await fetch(`${second.origin}/v1/events`, { headers: { cookie: bob.cookie } })
    const [, row] = await rows(ann)
    // a look that was under way has its own place in the log
    await new Promise((resolve) => setTimeout(resolve, 200))
    const { body } = await decide(ann, row)
    let heard = ''
    for await (const chunk of followed.body ?? []) {
      heard += Buffer.from(chunk).toString()
      if (heard.includes(body.review.id)) break
    }
    expect(heard).toContain('event: review.added\n')
  })

  test('a session and a token hold at both, and end at both', async () => {
    const at = (origin: string, visitor: Visitor) =>
      fetch(`${origin}/v1/session`, { headers: { cookie: visitor.cookie } }).then(({ status }) => status)
    expect([await at(desk.console.origin, bob), await at(second.origin, ann)]).toEqual([200, 200])
    await bob.send('DELETE', '/v1/session')
    expect([await at(desk.console.origin, bob), await at(second.origin, bob)]).toEqual([401, 401])
  })

  test('the log of both verifies', async () => {
    await signAuditLog(desk.system)
    expect((await verifyAuditLog(other)).problems).toEqual([])
  })
})
