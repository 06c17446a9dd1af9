import type { Matrix } from '../numeric/matrix.ts'
import type { Grouping } from '../view/samples.ts'
import type { Neighbours } from '../view/window-view.ts'

/** Nearest neighbours that are asked whether they are suspects too. */
const ASKED = 10
/** Fewer suspects tell nothing of how they lie. */
const FEWEST = 5
/** So many times as many fellows as chance puts beside a suspect, and so many more in all, make a kind. */
const OF_A_KIND = 2
const STRAY = 3

/**
 * Whether the suspects of a label lie among the records that they look like as chance would strew them: about as many of their neighbours
 * are suspects as of those records' neighbours. A kind of the label that predictors do not know lies together, and so does what is on a
 * border; labels that somebody changed are those of any records. `wrong` is how likely each label is wrong.
 */
export function areStrewn(
  label: number,
  wrong: Float64Array,
  { cols: classes, data }: Matrix,
  labels: Grouping,
  known: Int32Array,
  { k, index }: Neighbours,
): boolean {
  const suspicion = new Float64Array(labels.of.length)
  for (const i of known) if (labels.of[i] === label) suspicion[i] = wrong[i]!
  const besides = (i: number) =>
    index.subarray(i * k, i * k + Math.min(k, ASKED)).reduce((sum, j) => sum + suspicion[j]!, 0)
  /** By class: its own records and what suspects their neighbours are; the suspects that look like it and what theirs are. */
  const looks = Array.from({ length: classes }, () => ({ records: 0, beside: 0, suspects: 0, fellows: 0 }))
  for (const i of known) {
    const row = data.subarray(i * classes, (i + 1) * classes)
    const likely = row.indexOf(Math.max(...row))
    const look = looks[likely]!
    if (likely === label) continue
    if (labels.of[i] === likely) {
      look.records++
      look.beside += besides(i)
    }
    if (!(suspicion[i]! > 0)) continue
    look.suspects += suspicion[i]!
    look.fellows += suspicion[i]! * besides(i)
  }
  let [suspects, fellows, due] = [0, 0, 0]
  for (const look of looks) {
    if (look.records === 0) continue
    suspects += look.suspects
    fellows += look.fellows
    due += (look.suspects * look.beside) / look.records
  }
  return suspects >= FEWEST && fellows <= OF_A_KIND * due + STRAY
}
