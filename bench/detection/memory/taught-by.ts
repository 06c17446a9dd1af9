import type { LabelledWindow } from '#attacks/types.ts'
import { FORETOLD } from '#services/scan/memory/reference/reference.ts'
import type { Memory } from '#services/scan/memory/memory.ts'
import type { Reference } from '#services/scan/view/samples.ts'
import { scanInputOf } from '../cases.ts'
import { joined } from './pooled.ts'

/** As many of the newest windows as the pipeline has teach. */
const REACH = 16

/** What labels of the next window are foretold by, as the pipeline has it; absent where nothing is. `windowOf` gives a window by its ordinal. */
export function taughtBy(
  { pools = [], members = [] }: Pick<Memory, 'pools' | 'members'>,
  windowOf: (ordinal: number) => LabelledWindow,
  seed: number,
): { readonly reference?: Reference } {
  const known = new Set(members.map(({ window, index }) => `${window}/${index}`))
  const parts = pools.slice(-REACH).map(({ ordinal, teaches = [] }) => ({
    window: windowOf(ordinal),
    members: teaches.filter((index) => !known.has(`${ordinal}/${index}`)),
  }))
  if (parts.every((part) => part.members.length === 0)) return {}
  const { samples, labels } = scanInputOf(joined(parts), seed)
  return labels === null || !FORETOLD.has(samples.kind) ? {} : { reference: { samples, labels } }
}
