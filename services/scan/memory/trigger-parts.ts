import type { Trigger } from '#core/score.ts'

/** A trigger's parts: pixels, tokens or values; null for a trigger without parts. */
export function partsOf(trigger: Trigger): string[] | null {
  if (trigger.kind === 'patch') return trigger.pixels.map(({ y, x }) => `${y},${x}`)
  if (trigger.kind === 'tokens') return [...trigger.tokens]
  if (trigger.kind === 'values') return trigger.values.map(({ column, value }) => `${column}=${value}`)
  return null
}

/**
 * Whether two triggers of one kind have at least this share of their parts in common, |A∩B| ÷ |A∪B|; null where one has
 * no parts.
 */
export function shareParts(a: Trigger | undefined, b: Trigger | undefined, share: number): boolean | null {
  const [ours, theirs] = [a, b].map((trigger) => (trigger === undefined ? null : partsOf(trigger)))
  if (ours === null || ours === undefined || theirs === null || theirs === undefined) return null
  const both = theirs.filter((part) => ours.includes(part)).length
  return a?.kind === b?.kind && both >= share * (ours.length + theirs.length - both)
}
