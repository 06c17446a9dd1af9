import { AppError } from '#core/errors.ts'
import type { RepeatVerdict } from '#runtime/catalog/judged-repeats.ts'
import { withNatural } from '#services/scan/memory/repeats/learn-floods.ts'
import { isAsked } from '#services/scan/memory/members.ts'
import type { Memory } from '#services/scan/memory/memory.ts'
import type { System } from '../system.ts'
import { newestKept } from './kept-memories.ts'

/**
 * Calls a repetition that a dataset's memory asks about natural, so that nobody is asked about it any more; or takes that back.
 * It spares nothing: what else speaks against its records holds them as before. Null if it has that verdict already; if the
 * memory has asked again since, it can be called natural again. Throws `not_found` (`no_repeat`) for a repetition that the
 * newest memory does not ask about.
 */
export async function judgeRepeat(
  system: System,
  dataset: string,
  verdict: Pick<RepeatVerdict, 'campaign' | 'isNatural' | 'reason'>,
): Promise<RepeatVerdict | null> {
  const newest = await newestKept(system, dataset)
  const memory = newest === null ? null : await withSaid(system, newest.memory)
  const known = memory?.campaigns?.find((one) => one.id === verdict.campaign && isAsked(one))
  if (known === undefined)
    throw new AppError('not_found', `nobody is asked about ${verdict.campaign} of ${dataset}`, { reason: 'no_repeat' })
  if ((known.natural !== undefined) === verdict.isNatural) return null
  return system.catalog.repeats.judge(dataset, { ...verdict, actor: system.actor })
}

/** The memory with later verdicts on its repetitions, which otherwise only the next memory would have. */
export async function withSaid({ catalog }: Pick<System, 'catalog'>, memory: Memory): Promise<Memory> {
  const said = await catalog.repeats.all(memory.dataset)
  return said.filter(({ after }) => after >= memory.through).reduce(withNatural, memory)
}
