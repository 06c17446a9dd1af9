import { memoryContext, memoryPath } from '#core/layout.ts'
import { encodeMemory, foldMemory, remembered } from '#services/scan/memory/memory.ts'
import type { Desk } from './desk.ts'

/** The mails of a desk get a memory: one flood, of which people judged four copies and which they are asked about. Until it is disposed of. */
export async function withRepetition({ system: { config, vault } }: Desk): Promise<Disposable> {
  const mail = config.datasets['mail']!
  Object.assign(config.datasets, { mail: { ...mail, memory: { every: 1 } } })
  const by = [{ name: 'ann', released: 1, rejected: 3 }]
  const verdicts = {
    causes: [],
    families: [{ family: 'flood', by, alone: [] }],
    curve: [
      [1, 1, 0],
      [2, 1, 3],
    ],
  } as const
  const memory = foldMemory('mail', null, [{ ordinal: 2, contract: 'a', taught: null }])
  const flood = { id: 'flood-1', summary: 'near-copies', print: '00', evidence: 4, since: 2, last: 2 } as const
  const member = { window: 1, index: 0, campaign: 'flood-1', logOdds: -1, admitted: true }
  const campaigns = [{ family: 'flood' as const, ...flood }]
  const shown = remembered({ ...memory, verdicts }, { pools: [], campaigns, members: [member] })
  await vault.put(memoryPath('mail', 2), memoryContext('mail', 2), encodeMemory(shown))
  return { [Symbol.dispose]: () => void Object.assign(config.datasets, { mail }) }
}
