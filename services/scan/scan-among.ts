import { scanWindow, type ScanOptions } from './scan-window.ts'
import { contributorsOf } from './verdict/campaigns.ts'
import { partOf } from './view/part-of.ts'
import type { ScanInput } from './view/samples.ts'
import type { WindowScan } from './window-scan.ts'

/** The fewest records of other windows that show what is usual. */
export const FEWEST_AMONG = 200

/**
 * Scans the first n records of `input` together with the others, which are of other windows, and returns the result for
 * these n alone. It is for windows that are too small to be scanned by themselves. It teaches nothing, since scores
 * among other records are not those of a window. Throws what `scanWindow` throws.
 */
export async function scanAmong(n: number, input: ScanInput, options: ScanOptions = {}): Promise<WindowScan> {
  const { risk, issues, campaigns, spared = [], map, notes, order, ...rest } = await scanWindow(input, options)
  const own = partOf(
    input,
    Int32Array.from({ length: n }, (_, i) => i),
  )
  const here = within(n, spared)
  return {
    ...rest,
    risk: risk.slice(0, n),
    issues: issues.slice(0, n),
    campaigns: within(n, campaigns).map((campaign) => ({
      ...campaign,
      contributors: contributorsOf(campaign.members, own.contributors),
    })),
    ...(here.length > 0 && { spared: here }),
    map: map.slice(0, 2 * n),
    notes: [
      `${n} records are few: they were scanned among ${input.n - n} of earlier windows, and counts are of all.`,
      ...notes,
    ],
    bulk: {},
    order: order.filter((i) => i < n),
  }
}

/** The groups that have some of the first n records, with these members alone. */
function within<T extends { readonly members: readonly number[] }>(n: number, groups: readonly T[]): T[] {
  return groups
    .map((group) => ({ ...group, members: group.members.filter((i) => i < n) }))
    .filter(({ members }) => members.length > 0)
}
