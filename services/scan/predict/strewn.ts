import type { Matrix } from '../numeric/matrix.ts'
import type { Grouping } from '../view/samples.ts'
import type { Neighbours } from '../view/window-view.ts'

/** How many nearest neighbours of a suspect are checked for suspicion. */
const ASKED = 10
/** The fewest suspects that show how they lie. */
const FEWEST = 5
/**
 * Suspects are a kind where more suspects lie beside them than OF_A_KIND times the number by chance, and STRAY more in
 * all.
 */
const OF_A_KIND = 2
const STRAY = 3

/**
 * Whether the suspects of a label are strewn at random among the records that they look like: about as many of their
 * neighbours are suspects as of those records' neighbours. Records of a kind that predictors do not know lie together,
 * and so do records on a border; labels that somebody changed are those of any records. `wrong` is each label's
 * probability of being wrong.
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
  /**
   * By class: its own records and the suspicion beside them; the suspects that look like it, and the suspicion beside
   * these.
   */
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
