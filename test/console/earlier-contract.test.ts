import { expect, test } from 'vitest'
import { contractDigest, type LoadedContract } from '#runtime/config/load-contract.ts'
import { openDesk } from '../support/console/desk.ts'

test('a record is shown by the contract that its window was staged under, though its field is called otherwise since', async () => {
  await using desk = await openDesk()
  const ann = await desk.person('ann', 'reviewer')
  const [row] = (await ann.get(`/v1/records?q=${encodeURIComponent('monday risk>0.9')}`)).body.items
  const seen = async () => (await ann.get(`/v1/records/${row.key}/sample`)).body.sample
  const before = await seen()
  expect(before).toMatchObject({ kind: 'text', length: 41 })
  const contracts = desk.system.contracts as Map<string, LoadedContract>
  const now = contracts.get('mail')!
  const contract = { ...now.contract, features: { kind: 'text', field: 'body' } } as const
  contracts.set('mail', { ...now, contract, sha256: contractDigest(contract) })
  expect(await seen()).toEqual(before)
})
