import type { Detection } from '../detector.ts'
import type { Grouping } from '../view/samples.ts'

/** The detection of a window that a detector cannot judge: all scores 0, and a note with the reason. */
export function silent(n: number, note: string): Detection {
  return { scores: new Float64Array(n), scale: 'relative', groups: [], why: () => note, notes: [note] }
}

/** Whether at least two labels are in use. */
export function usable(labels: Grouping | null): labels is Grouping {
  return labels !== null && labels.counts.filter((count) => count > 0).length >= 2
}
