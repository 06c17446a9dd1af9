import type { FeatureSpec } from '#core/contract.ts'
import { asideNotes } from './aside-notes.ts'
import { LABEL_NAMES } from '../record/label-names.ts'
import { filled, type ColumnStats } from './columns.ts'
import { folderNote, type LabelFolders } from './label-folders.ts'
import type { RoleHints, Roles } from './roles.ts'

/** What is known of a sample before its contract is written. */
export interface Found {
  readonly columns: readonly ColumnStats[]
  readonly sampled: number
  readonly roles: Roles
  readonly features: FeatureSpec
  readonly folders: LabelFolders | null
  readonly schema: Readonly<Record<string, unknown>>
}

/** Sentences on which field is the label and which the id, and on what nothing looks at. */
export function roleNotes({ columns, sampled, roles, features, folders, schema }: Found, hints: RoleHints): string[] {
  const { label, measure, id } = roles
  const isExchange = features.kind === 'exchange'
  const unlabelled = label === undefined ? 0 : unlabelledOf(schema, label, sampled)
  const isUnlabelled = label === undefined && folders === null
  return [
    ...(isUnlabelled && measure !== undefined
      ? [`Field ${measure.name} holds quantities and no classes: it is no label unless --label names it.`]
      : []),
    ...(folders ? [folderNote(folders)] : []),
    ...(label !== undefined && hints.label === undefined ? [`Field ${label.name} is taken for the label.`] : []),
    ...(isUnlabelled && !isExchange ? [unlabelledNote(columns, hints)] : []),
    ...(isExchange ? [] : asideNotes(columns, roles, features)),
    ...(label !== undefined && unlabelled > 0
      ? [`Field ${label.name} is empty in ${unlabelled} of ${sampled} records: those are scanned without a label.`]
      : []),
    ...(id === undefined
      ? []
      : [`Field ${id.name} is taken for the id: a second record with the same one is refused.`]),
  ]
}

/** Says that there is no label, and which field by the name of one is empty in all of the sample. */
function unlabelledNote(columns: readonly ColumnStats[], hints: RoleHints): string {
  const empty = columns.find((column) => LABEL_NAMES.includes(column.name.toLowerCase()) && filled(column) === 0)
  return empty === undefined || hints.label !== undefined
    ? 'No label was found: checks that need one are left out. Name one with --label.'
    : `Field ${empty.name} is empty in every record that was looked at, so it is no label: checks that need one are left out. Name another field with --label.`
}

/** Records that the schema lets through without a label: where it is null, or absent where that is nothing unusual. */
function unlabelledOf({ required }: Found['schema'], label: ColumnStats, sampled: number): number {
  const isRequired = Array.isArray(required) && required.includes(label.name)
  return label.missing + (isRequired ? 0 : sampled - label.present)
}
