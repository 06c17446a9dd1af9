import type { Detection } from '../detector.ts'
import type { Grouping } from '../view/samples.ts'

/** What a detector says of a window that it cannot judge: nothing, and why. */
export function silent(n: number, note: string): Detection {
  return { scores: new Float64Array(n), scale: 'relative', groups: [], why: () => note, notes: [note] }
}

/** Whether at least two labels are in use. */
export function usable(labels: Grouping | null): labels is Grouping {
  return labels !== null && labels.counts.filter((count) => count > 0).length >= 2
}
