import { areAnswers, isNoAnswer } from '#core/exchange.ts'
import { isObject } from '#core/turns.ts'
import type { Fields, Value } from '#core/value.ts'
import { AGREEMENT, FEW_VALUES, holds } from './column-kinds.ts'
import { filled, type ColumnStats } from './columns.ts'

/** Where lists of answers stand: alone, or beside the places of a passage that they were found at (SQuAD). */
const ANSWERS: readonly (readonly [path: string, read: (value: Value | undefined) => Value | undefined])[] = [
  ['', (value) => value],
  ['.text', (value) => (isObject(value) ? value['text'] : undefined)],
]

interface Asked {
  /** Of its beginning it is asked whether a column holds such lists. */
  readonly sample: readonly Fields[]
  readonly columns: readonly ColumnStats[]
  /** Whether the question is about a passage, which may not say: then lists may be empty (SQuAD 2.0). */
  readonly hasPassage: boolean
}

const LOOKED_AT = 200

/** Behind which path of a column lists of answers stand; null where there are none, or where they are tags or options. */
export function findAnswers(column: ColumnStats, { sample, columns, hasPassage }: Asked): string | null {
  const some = sample.slice(0, LOOKED_AT)
  for (const [path, read] of ANSWERS) {
    const isList = (value: Value) => areAnswers(read(value)) || (hasPassage && isNoAnswer(read(value)))
    if (!holds(some, column, isList)) continue
    const lists = sample.map(({ [column.name]: value }) => read(value))
    if (lists.some(areAnswers)) return areTags(lists) || areOptions(lists, columns) ? null : path
  }
  return null
}

/** Whether lists hold a few words over and over: that is a choice of classes, and nothing that is said. */
function areTags(lists: readonly (Value | undefined)[]): boolean {
  const words = lists.flatMap((list) => (areAnswers(list) ? list : []))
  const kinds = new Set(words).size
  return kinds <= FEW_VALUES && words.length >= kinds * FEW_VALUES
}

/** Whether lists of one length are what is chosen from: beside them stands which of them is right, or a number for each. */
function areOptions(lists: readonly (Value | undefined)[], columns: readonly ColumnStats[]): boolean {
  const [length = 0, ...others] = new Set(lists.flatMap((list) => (areAnswers(list) ? [list.length] : [])))
  if (length < 2 || others.length > 0) return false
  return columns.some((column) => {
    const { integers, min, max, shapes } = column
    const points = integers > 0 && integers === filled(column) && min >= 0 && max <= length
    return points || (shapes.get(`list:${length}`) ?? 0) >= AGREEMENT * filled(column)
  })
}

const WHETHER =
  /^(?:yes|no|y|n|true|false|t|f|maybe|perhaps|unknown|unclear|unsure|unanswerable|neither|both|not given|no answer|can(?:not|'t) (?:tell|say))[.!]?$/i

/** Whether a column's texts say yes or no: other few values are classes. */
export function saysWhether({ distinct }: ColumnStats): boolean {
  let [said, all] = [0, 0]
  for (const [text, times] of distinct) {
    all += times
    if (WHETHER.test(text.trim())) said += times
  }
  return said >= AGREEMENT * all
}
