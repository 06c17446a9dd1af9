import { AppError } from '#core/errors.ts'
import { LABEL_NAMES } from '../record/label-names.ts'
import { isName } from '../record/name.ts'
import { byNormalName, filled, normalName, saysWhen, type ColumnStats } from './columns.ts'

const TEXT_NAMES = [
  'text',
  'body',
  'message',
  'content',
  'review',
  'comment',
  'sentence',
  'document',
  'prompt',
  'tweet',
]
const CONTRIBUTOR_NAMES = [
  'contributor',
  'contributor_id',
  'uploader',
  'annotator',
  'annotator_id',
  'worker_id',
  'submitter',
  'submitted_by',
  'provider',
]
const ID_NAMES = ['id', '_id', 'uuid', 'guid', 'record_id', 'sample_id']
const MAX_CLASSES = 1000
const FEW_PLACES = 20
/** Places go less than so many times as far one way as the other. */
const ALIKE = 4
/** Of the values of classes so many are names: a record of any other is refused. */
const NAMED = 0.95

/** Which field is what. */
export interface Roles {
  readonly label: ColumnStats | undefined
  readonly contributor: ColumnStats | undefined
  readonly id: ColumnStats | undefined
  /** What a label is called by, and yet measures: nothing is a class of it. */
  readonly measure: ColumnStats | undefined
}

export interface RoleHints {
  readonly label?: string | undefined
  readonly contributor?: string | undefined
}

/** Finds label, contributor and id by their names, the label of last resort by its few values. Throws `invalid` on a wrong hint. */
export function findRoles(columns: readonly ColumnStats[], sampled: number, hints: RoleHints): Roles {
  const named = byNormalName(columns)
  const contributor = hinted(columns, hints.contributor, 'contributor') ?? byName(named, CONTRIBUTOR_NAMES)
  const id = byName(named, ID_NAMES, (column) => isUnique(column, sampled))
  const isOther = (column: ColumnStats) => column !== contributor && column !== id
  const label =
    hinted(columns, hints.label, 'label') ??
    byName(named, LABEL_NAMES, (column) => isOther(column) && isClass(column) && !isPlace(column, named)) ??
    lastFewValued(columns.filter(isOther))
  const measures = (column: ColumnStats) => isOther(column) && column.numbers > 0
  const measure = label === undefined ? byName(named, LABEL_NAMES, measures) : undefined
  return {
    label,
    contributor: contributor === label ? undefined : contributor,
    id: id === label ? undefined : id,
    measure,
  }
}

/** The field that holds the text to look at, where a record is mostly one text. */
export function findText(columns: readonly ColumnStats[], roles: Roles): ColumnStats | undefined {
  const free = columns.filter((column) => column !== roles.label && column !== roles.contributor && column !== roles.id)
  const texts = free.filter((column) => column.texts > filled(column) / 2 && !saysWhen(column))
  const named = byName(byNormalName(texts), TEXT_NAMES)
  if (named) return named
  const long = texts.filter((column) => column.words / column.texts >= 5 && column.distinct.size > column.texts / 2)
  return free.length <= 3 ? long.sort((a, b) => b.totalLength - a.totalLength)[0] : undefined
}

/**
 * Whether a field says where something lies, beside another that does: `x` and `y` are places more often than data and label.
 * Numbered classes are none, unless `x` counts about as far, as the columns of a picture do.
 */
function isPlace(column: ColumnStats, named: ReadonlyMap<string, readonly ColumnStats[]>): boolean {
  const isNumbers = ({ numbers, distinct }: ColumnStats) => numbers > 0 && distinct.size > FEW_PLACES
  if (normalName(column.name) !== 'y' || !isNumbers(column)) return false
  const kinds = column.distinct.size
  const isOfClasses = isNumbered(column) && filled(column) >= FEW_PLACES * kinds
  const isBeside = (x: ColumnStats) =>
    isNumbers(x) && (!isOfClasses || (isNumbered(x) && x.distinct.size < ALIKE * kinds))
  return named.get('x')?.some(isBeside) === true
}

/** Whether whole numbers go from 0 or 1 with hardly a gap, as those of classes do. */
function isNumbered({ numbers, integers, distinct, min, max }: ColumnStats): boolean {
  return integers === numbers && (min === 0 || min === 1) && distinct.size >= 0.8 * (max - min + 1)
}

/** Whether a field names classes: few enough values, each more than once on average, and nearly all of them names. */
function isClass(column: ColumnStats): boolean {
  const kinds = column.distinct.size
  if (column.shapes.size > 0 || column.containers > 0 || kinds < 1) return false
  let unnamed = 0
  for (const [value, times] of column.distinct) if (!isName(value)) unnamed += times
  if (unnamed > (1 - NAMED) * filled(column)) return false
  const whole = column.numbers === 0 || column.integers === column.numbers
  return (
    kinds <= MAX_CLASSES && (kinds <= 2 || kinds <= filled(column) / 2) && (whole || kinds <= 2) && !isQuantity(column)
  )
}

/** Whole numbers of many values, each of them rare, as prices and counts are. */
function isQuantity(column: ColumnStats): boolean {
  const kinds = column.distinct.size
  return column.numbers > 0 && kinds > 20 && !isNumbered(column) && kinds > filled(column) / 10
}

function lastFewValued(columns: readonly ColumnStats[]): ColumnStats | undefined {
  const last = columns.at(-1)
  if (!last || columns.length < 2 || !isClass(last)) return undefined
  const kinds = last.distinct.size
  const isFew = kinds >= 2 && kinds <= 20 && filled(last) >= kinds * 20
  return isFew && last.missing < last.present / 10 ? last : undefined
}

function isUnique(column: ColumnStats, sampled: number): boolean {
  const seen = [...column.distinct.values()]
  return filled(column) === sampled && sampled > 1 && seen.length > 1 && seen.every((times) => times === 1)
}

function byName(
  columns: ReadonlyMap<string, readonly ColumnStats[]>,
  names: readonly string[],
  fits: (column: ColumnStats) => boolean = () => true,
): ColumnStats | undefined {
  for (const name of names) {
    const found = columns.get(name)?.find(fits)
    if (found) return found
  }
  return undefined
}

function hinted(columns: readonly ColumnStats[], name: string | undefined, role: string): ColumnStats | undefined {
  if (name === undefined) return undefined
  const found = columns.find((column) => column.name === name)
  if (found) return found
  const there = columns.map((column) => column.name).slice(0, 30)
  throw new AppError('invalid', `no field ${name} to be the ${role}; there are ${there.join(', ')}`)
}
