import { describe, expect, test } from 'vitest'
import { exportAuditLog, verifyAuditLog } from '#app/operations/audit.ts'
import { exportDataset } from '#app/operations/export.ts'
import { rotateSigning, statusOfKeys } from '#app/operations/keys.ts'
import { inQuarantine } from '#app/operations/reviews.ts'
import { verifyInstallation } from '#app/operations/verify.ts'
import { DATASET, refusalOf, texts, useInstallation } from './installation.ts'

const it = useInstallation()

describe('who only reads', () => {
  test('makes no signing key, before anything was signed: it says that there is nothing yet', async () => {
    const system = await it.start()
    expect(await refusalOf(exportDataset(system, { dataset: DATASET, format: 'jsonl' }, drained))).toBe('unsigned')
    for await (const { links, problems } of verifyInstallation(system)) expect([links, problems]).toEqual([0, []])
    await statusOfKeys(system, false)
    expect((await verifyAuditLog(system)).problems).toEqual([])
    expect(await refusalOf(exportAuditLog(system))).toBe('unsigned')
    expect(await refusalOf(rotateSigning(system))).toBe('unsigned')
    expect(await inQuarantine(system, { dataset: DATASET })).toEqual([])
    expect(await listed('')).toEqual([])
  })

  test('says that the pointer is gone, where there are links', async () => {
    await it.deliver('a', texts(0, 10))
    expect(await it.run()).toEqual([])
    const before = (await listed('keys/_signing/')).length
    await it.store.delete('keys/_signing/current.json')
    await it.sql.query('delete from epochs')
    expect(await refusalOf(it.start())).toBe('signing_pointer')
    expect(await listed('keys/_signing/')).toHaveLength(before - 1)
  })
})

async function listed(prefix: string): Promise<string[]> {
  const paths: string[] = []
  for await (const path of it.store.list(prefix)) paths.push(path)
  return paths
}

async function drained(bytes: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const _ of bytes) continue
}
