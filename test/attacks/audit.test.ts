import { beforeEach, describe, expect, test } from 'vitest'
import { signAuditLog, signingWhatItDoes, verifyAuditLog } from '#app/operations/audit.ts'
import { verifyInstallation, type KeptHeads } from '#app/operations/verify.ts'
import { auditProblems, DATASET, texts, useInstallation } from './installation.ts'

const it = useInstallation()
beforeEach(async () => {
  await it.deliver('a', texts(0, 20, 5))
  expect(await it.run()).toEqual([])
})

/** Past the triggers, as who owns the database can. */
const rewrite = (statements: string) =>
  it.sql.transaction((tx) =>
    tx.script(
      `alter table audit disable trigger all; alter table audit_checkpoints disable trigger all;
       ${statements};
       alter table audit enable trigger all; alter table audit_checkpoints enable trigger all`,
    ),
  )
const EMPTY = `delete from audit; delete from audit_checkpoints; update audit_head set seq = 0, hash = repeat('0', 64)`
const cutTo = (seq: number) =>
  `delete from audit where seq > ${seq}; delete from audit_checkpoints where seq > ${seq};
   update audit_head set seq = ${seq}, hash = (select hash from audit where seq = ${seq})`

const found = async () => (await verifyAuditLog(await it.start())).problems.map(({ kind }) => kind)

async function verified(kept?: KeptHeads): Promise<readonly string[]> {
  const codes: string[] = []
  for await (const { problems } of verifyInstallation(await it.start(), kept)) {
    codes.push(...problems.map(({ code }) => code))
  }
  return codes
}

describe('who can write the catalog', () => {
  test('empties the log: nothing signed is no proof, and the chain tells of what the log does not', async () => {
    expect(await auditProblems(it)).toEqual([])
    await rewrite(EMPTY)
    expect(await found()).toEqual(['unsigned', 'unlogged', 'unlogged'])
    // the next command signs what is left: the chain still tells
    expect(await auditProblems(it)).toEqual(['unsigned', 'unlogged', 'unlogged'])
    await it.deliver('b', texts(100, 10))
    expect(await it.run()).toEqual([])
    expect(await auditProblems(it)).toEqual(['unlogged', 'unlogged'])
  })

  test('changes what its rows say of links, counts and risks: the row is told of, and not the store', async () => {
    await signAuditLog(await it.start())
    const said = async () =>
      (await verifyAuditLog(await it.start(), { scores: true })).problems.map(({ message }) => message)
    const pathsIn = async (prefix: string) => {
      const paths: string[] = []
      for await (const path of it.store.list(prefix)) paths.push(path)
      return paths
    }
    const restored = async (statement: string) => {
      const putBack = await it.copyCatalog()
      await it.sql.query(statement)
      const messages = await said()
      await putBack()
      expect(await said()).toEqual([])
      return messages
    }
    const row =
      /^the catalog's row of window:\S+ \(notes\) names another link than entry \d+ tells of: restore the catalog$/
    const digest = `update windows set manifest_sha256 = repeat('a', 64) where ordinal = 1`
    expect(await restored(digest)).toEqual([expect.stringMatching(row)])
    const counts =
      /counts otherwise than manifests\S+ \(admitted \d+ for \d+, rejected \d+ for \d+\): restore the catalog$/
    const admitted = await restored(
      'update windows set admitted = admitted - 1, rejected = rejected + 1 where ordinal = 2',
    )
    expect(admitted).toEqual([expect.stringMatching(counts)])
    const risks = await restored('update flagged set risk = risk / 2')
    expect(risks.length).toBeGreaterThan(0)
    for (const message of risks)
      expect(message).toMatch(
        /not what the scores of window \S+ say of its place, risk or decision: restore the catalog$/,
      )
    expect((await restored('update flagged set place = place + 100000')).length).toBe(risks.length)
    const contract = await restored(`update windows set contract = repeat('a', 64) where ordinal = 1`)
    expect(contract).toContainEqual(
      expect.stringMatching(/names another contract than manifests\S+: restore the catalog$/),
    )
    const putBack = await it.copyStore('manifests/')
    for (const path of (await pathsIn('manifests/')).slice(-1)) await it.store.delete(path)
    const ofStore = await said()
    expect(ofStore.join()).toContain('which is gone')
    expect(ofStore.join()).not.toContain('restore the catalog')
    await putBack()
    expect((await verifyAuditLog(await it.start(), { scores: true })).unopened).toBe(0)
    const putScoresBack = await it.copyStore('scores/')
    for (const path of await pathsIn('scores/')) await it.store.delete(path)
    const blind = await verifyAuditLog(await it.start(), { scores: true })
    expect(blind.unopened).toBe(new Set(risks).size)
    await putScoresBack()
  })

  test('cuts the log behind its last checkpoint: every command signs what it did, so that little is there to cut', async () => {
    const system = await it.start()
    await signAuditLog(system)
    const { seq } = await system.catalog.audit.head()
    const exporting = () => system.catalog.audit.append('ann', 'dataset.exported', DATASET)
    await signingWhatItDoes(system, exporting)
    expect((await system.catalog.audit.checkpoints()).at(-1)?.seq).toBe(seq + 1)
    await rewrite(`delete from audit where seq > ${seq}; update audit_head set seq = ${seq},
      hash = (select hash from audit where seq = ${seq})`)
    expect(await found()).toEqual(['truncated'])
  })

  test('cuts the log together with its checkpoints: who kept a head elsewhere sees it', async () => {
    const system = await it.start()
    await system.catalog.audit.append('ann', 'dataset.exported', DATASET)
    const kept = await system.catalog.audit.head()
    await signAuditLog(system)
    expect((await verifyAuditLog(system, { since: kept })).problems).toEqual([])
    await rewrite(cutTo(kept.seq - 1))
    await signAuditLog(system)
    expect(await found()).toEqual([]) // the one thing that nobody within can see
    expect((await verifyAuditLog(system, { since: kept })).problems).toMatchObject([{ kind: 'truncated' }])
  })

  test('makes what was signed for sound smaller', async () => {
    const system = await it.start()
    await signAuditLog(system)
    await rewrite(`update audit_checkpoints set heads = replace(heads, '"ordinal":2', '"ordinal":1')`)
    expect(await found()).toContain('checkpoint')
  })
})

describe('who can write the store and the catalog', () => {
  test('takes links and their rows away: signed checkpoints know where the chain was', async () => {
    const system = await it.start()
    await signAuditLog(system)
    await it.store.delete(`manifests/${DATASET}/00000002.json`)
    // which window came second is not said: one with held records is missed twice
    const ofSecond = 'select record from flagged where window_id = (select id from windows where manifest = 2)'
    const held = await it.sql.query(ofSecond)
    await it.sql.transaction((tx) =>
      tx.script(`delete from flagged where window_id = (select id from windows where manifest = 2);
        delete from windows where manifest = 2`),
    )
    expect(await verified()).toEqual(['chain_truncated'])
    expect(await found()).toEqual(['truncated', 'removed', ...(held.length > 0 ? ['removed'] : [])])
    await it.deliver('b', texts(100, 10))
    expect(await it.run()).toEqual(['chain_truncated'])
  })

  test('puts an old copy of everything back: only a head that was kept elsewhere tells', async () => {
    await signAuditLog(await it.start())
    const [store, catalog] = [await it.copyStore(), await it.copyCatalog()]
    await it.deliver('b', texts(100, 10))
    expect(await it.run()).toEqual([])
    const system = await it.start()
    const head = (await system.catalog.chains.heads()).get(DATASET)!
    await store()
    await catalog()
    expect(await auditProblems(it)).toEqual([])
    expect(await verified()).toEqual([])
    expect(await verified(new Map([[DATASET, head]]))).toEqual(['chain_truncated'])
  })
})
