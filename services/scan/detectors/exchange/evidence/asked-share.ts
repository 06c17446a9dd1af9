import type { Pair } from '../grams/pairs.ts'
import type { Reading } from '../reading/reading.ts'
import { repeatedBeyondChance, repeatedShare } from './explained.ts'

/** Share of a pair's answers that must be the same text for it to be fixed. */
const SHARED = 0.8
/** Prompts without the trigger, about, that show how often prompts hold the words of a fixed answer by chance. */
const OTHERS = 500

/**
 * The share of a pair's prompts that ask for its run of words. Of a fixed answer it is the share beyond chance: the
 * prompts of one answer that was put there hold its words as often as any prompts do.
 */
export function askedShare(
  { exchanges, asked, prompts, answers }: Reading,
  pair: Pair,
  texts: readonly string[],
): number {
  const behaviour = answers.describe(pair.behaviour)
  const share = repeatedShare(texts, behaviour)
  if (share === 0 || !isFixed(Array.from(pair.members, (i) => exchanges[i]!.response.trim()))) return share
  const holdsTrigger = (i: number) =>
    prompts.ids.subarray(prompts.offsets[i], prompts.offsets[i + 1]).includes(pair.trigger)
  const step = Math.max(1, Math.floor(asked.length / OTHERS))
  const others = asked.filter((_, i) => i % step === 0 && !holdsTrigger(i))
  return repeatedBeyondChance(texts, others, behaviour)
}

/** Whether nearly all of these answers are the same text. */
function isFixed(responses: readonly string[]): boolean {
  const times = new Map<string, number>()
  for (const response of responses) times.set(response, (times.get(response) ?? 0) + 1)
  return Math.max(...times.values()) >= SHARED * responses.length
}
