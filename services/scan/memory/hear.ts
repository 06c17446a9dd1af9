import { windowContext } from '#core/layout.ts'
import { decodeSidecar } from '#core/sidecar.ts'
import type { Vault } from '#core/vault.ts'
import type { FlaggedCatalog, ReviewCatalog, ReviewRow, WindowCatalog, WindowRow } from '#runtime/catalog/catalog.ts'
import type { RepeatCatalog } from '#runtime/catalog/judged-repeats.ts'
import { isForGood } from './kept/for-good.ts'
import type { Forgotten } from './kept/forgotten.ts'
import { withNatural, withRejected } from './repeats/learn-floods.ts'
import type { Memory } from './memory.ts'
import { NO_VERDICTS, withCurve, withVerdict, type Verdict } from './verdicts.ts'

export interface HearDeps {
  readonly catalog: {
    readonly windows: Pick<WindowCatalog, 'get'>
    readonly reviews: Pick<ReviewCatalog, 'heardAfter' | 'get'>
    readonly flagged: Pick<FlaggedCatalog, 'list'>
    readonly repeats: Pick<RepeatCatalog, 'all'>
  }
  readonly vault: Pick<Vault, 'open'>
  /** Whether a holder of the dataset's keys decided a review: its catalog row alone is not trusted. */
  readonly isGiven: (review: ReviewRow) => Promise<boolean>
}

/** The means to hear verdicts, and the windows that the memory leaves out. */
type Hearing = HearDeps & { readonly forgotten: Pick<Forgotten, 'has'> }

/**
 * The memory with the verdicts that people gave while the window before was the last staged one. All that one person
 * decided on one window counts as one verdict, however many reviews it took; an undone review is taken back. Verdicts on
 * windows that the memory forgets are left out, and their scores are not opened. Throws errors that are worth another
 * try, and `conflict` for scores that a later version wrote.
 */
export async function hearVerdicts(memory: Memory, { dataset, ordinal }: WindowRow, deps: Hearing): Promise<Memory> {
  const said = new Map<string, Verdict & { window: string; records: Set<string> }>()
  for (const review of await deps.catalog.reviews.heardAfter(dataset, ordinal - 1)) {
    const meant = await meaningOf(review, deps)
    if (meant === null) continue
    for (const { window, record } of await deps.catalog.flagged.list({ dataset, records: review.records })) {
      const key = JSON.stringify([window, meant.reviewer, meant.said, meant.stands])
      const verdict = said.get(key) ?? { ...meant, window, records: new Set<string>() }
      verdict.records.add(record)
      said.set(key, verdict)
    }
  }
  if (said.size === 0) return memory
  let heard = memory
  let verdicts = memory.verdicts ?? NO_VERDICTS
  for (const [, { window, ...verdict }] of [...said].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const sidecar = await openScores(window, deps)
    // under another contract the features were different
    if (sidecar?.contract !== memory.contract) continue
    verdicts = withVerdict(verdicts, sidecar.scores, verdict)
    if (verdict.said === 'released') continue
    const named = sidecar.scores.records.filter(({ id }) => verdict.records.has(id)).map(({ index }) => index)
    const by = verdict.stands ? 1 : -1
    heard = withRejected(heard, { window: sidecar.ordinal, indices: new Set(named), by })
  }
  return { ...heard, verdicts: withCurve(verdicts, ordinal) }
}

/**
 * The memory with people's verdicts on its floods, given while the window before was the last staged one. Throws errors
 * that are worth another try.
 */
export async function hearRepeats(
  memory: Memory,
  { dataset, ordinal }: WindowRow,
  { catalog }: Pick<HearDeps, 'catalog'>,
): Promise<Memory> {
  const said = await catalog.repeats.all(dataset)
  return said.filter(({ after }) => after === ordinal - 1).reduce(withNatural, memory)
}

/** The actor of a policy's recalls, which no person has looked at. */
const POLICY = 'policy'

type Meaning = Pick<Verdict, 'reviewer' | 'said' | 'stands'>

/** The verdict of a review on its records; null where a policy decided it, or no holder of the dataset's keys. */
async function meaningOf(review: ReviewRow, { catalog, isGiven }: HearDeps): Promise<Meaning | null> {
  if (review.actor === POLICY || !(await isGiven(review))) return null
  if (review.undoes === null) return { reviewer: review.actor, said: saidBy(review), stands: true }
  const undone = await catalog.reviews.get(review.undoes)
  return undone === null || !(await isGiven(undone))
    ? null
    : { reviewer: undone.actor, said: saidBy(undone), stands: false }
}

/** A recall declares admitted records poison. */
function saidBy({ action }: ReviewRow): Verdict['said'] {
  return action === 'release' ? 'released' : 'rejected'
}

/** A window's sidecar and place; null where it is gone for good, or forgotten. */
async function openScores(id: string, { catalog, vault, forgotten }: Hearing) {
  const row = await catalog.windows.get(id)
  if (row === null || row.scores === null || forgotten.has(row.ordinal)) return null
  const { path, sha256 } = row.scores
  try {
    const scores = decodeSidecar(await vault.open(path, windowContext(row, 'json+zstd'), sha256), path)
    return { contract: row.contract, ordinal: row.ordinal, scores }
  } catch (error) {
    if (!isForGood(error)) throw error
    return null
  }
}
