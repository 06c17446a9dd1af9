import type { Prepared } from './prepare.ts'

/** How often each sanitizing rule was noted on these items. */
export function notesByRule(items: readonly Prepared[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const item of items) {
    if (item.kind === 'letter') continue
    for (const { rule } of item.notes) counts.set(rule, (counts.get(rule) ?? 0) + 1)
  }
  return counts
}
