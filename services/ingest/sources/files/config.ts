import { z } from 'zod'
import { name } from '#clouds/config.ts'
import { FORMAT_NAMES } from '../../formats/format.ts'

const pathPattern = z
  .string()
  .refine(
    (value) => groupsOf(value)?.some((group) => group === 'contributor' || group === 'label') ?? false,
    'expected a regular expression with a group named contributor or label, such as ^(?<contributor>[^/]+)/',
  )

export const fileConfig = z.strictObject({
  root: name.describe('A file, or a folder that is read with everything below it.'),
  include: z
    .array(name)
    .min(1)
    .optional()
    .describe(
      'Globs over paths relative to the root; when absent, every file but a README, a licence, a configuration of Credence and the like.',
    ),
  exclude: z.array(name).optional().describe('Globs over paths relative to the root.'),
  path: pathPattern
    .optional()
    .describe(
      'A regular expression over the path relative to the root: its group `contributor` names who delivered the file, ' +
        '`label` becomes the field `label`. It is held against the path of the file first. Where that gives no label, and the record lies in a tar or says where it lay, the path within is put behind the path of the file, without its extension in a tar (`a.tar/cats/1`): the label is what the group finds there. The contributor comes from the path of the file alone. When absent, the first folder below the root is the contributor.',
    ),
  format: z
    .enum(['auto', ...FORMAT_NAMES])
    .default('auto')
    .describe('auto goes by the name and the first bytes of each file.'),
})
export type FileConfig = z.output<typeof fileConfig>

/** The names of a pattern's groups; null if it does not compile. */
function groupsOf(pattern: string): string[] | null {
  try {
    return Object.keys(new RegExp(`${pattern}|`, 'u').exec('')?.groups ?? {})
  } catch {
    return null
  }
}
