import { Tensor } from '#core/tensor.ts'
import type { ImageSize } from '../formats/image/pixels.ts'
import type { ImageReading } from '../formats/image/reduce.ts'
import { columnStats } from './columns.ts'
import { rangeOf, sizesThatTell } from './image-sizes.ts'
import { inferenceOf, type Inference } from './inference.ts'
import { labelFolders, type LabelFolders } from './label-folders.ts'
import { roleNotes } from './role-notes.ts'
import { findRoles, type RoleHints } from './roles.ts'
import type { Sample } from './sample.ts'
import { inferSchema } from './schema.ts'

/** By its header, with its place where it is a file. */
type SizedImage = ImageSize & { readonly partition?: string }

/** The contract of images of any size, from some that were brought to the reading's shape, of four channels. */
export function inferImages(
  sample: Sample,
  { field, delivered, shape: [height = 1, width = 1] }: ImageReading,
  hints: RoleHints,
  sizes: readonly SizedImage[],
  measured: readonly string[] = ['height', 'width'],
): Inference {
  const made = new Set([field, delivered, ...measured])
  const all = columnStats(sample.fields)
  const columns = all.filter(({ name }) => !made.has(name))
  const named = new Set([hints.label, hints.contributor])
  // what is made is no role, unless it is named as one
  const candidates = all.filter(({ name }) => !made.has(name) || named.has(name))
  const roles = findRoles(candidates, sample.fields.length, hints)
  const { label } = roles
  const images = sample.fields.flatMap(({ [field]: image }) => (image instanceof Tensor ? [image.data] : []))
  const channels = channelsOf(images)
  const shape = channels === 1 ? [height, width] : [height, width, channels]
  const features = { kind: 'image', field, shape, delivered } as const
  const folders = label === undefined ? labelFolders(sample) : null
  const sampled = sample.fields.length
  const others = inferSchema(columns, { sampled, typed: sample.typed }, features, label?.name)
  const schema: Record<string, unknown> = {
    ...others,
    properties: {
      ...(others['properties'] as object),
      [field]: { tensor: { dtype: 'u8', shape } },
      [delivered]: { tensor: { dtype: 'u8', shape: [-1] } },
      ...Object.fromEntries(measured.map((name) => [name, { type: 'integer', minimum: 1 }])),
    },
    required: [...made, ...(others['required'] as string[])],
  }
  const notes = [
    ...sample.assumed,
    `Images of ${rangeOf(sizes)}: each is compared at ${shape.join(' × ')}, the mean of every area, and kept as the file that it came in.`,
    ...roleNotes({ columns, sampled, roles, features, folders, schema }, hints),
    ...sizesThatTell(labelledSizes(sample, { sizes, measured, folders, label: label?.name })),
  ]
  return inferenceOf(sample, { schema, features, roles, folders }, notes)
}

/** What sizes go with which labels, of images whose height and width were measured: a field of that name may mean something else. */
function labelledSizes(
  { fields, placeOf }: Sample,
  { sizes, measured, folders, label }: Labelled,
): (Pick<ImageSize, 'height' | 'width'> & { readonly label: string })[] {
  if (folders !== null && sizes.some(({ partition }) => partition !== undefined))
    return sizes.flatMap(({ partition = '', ...size }) => {
      const folder = partition.split('/')[folders.depth]
      return folder === undefined ? [] : [{ ...size, label: folder }]
    })
  if (!measured.includes('height') || !measured.includes('width')) return []
  return fields.flatMap(({ height, width, [label ?? '']: value = null }, i) => {
    const said = folders === null ? value : (placeOf[i]?.split('/')[folders.depth] ?? null)
    return typeof height === 'number' && typeof width === 'number' && said !== null && typeof said !== 'object'
      ? [{ height, width, label: String(said) }]
      : []
  })
}

interface Labelled {
  readonly sizes: readonly SizedImage[]
  readonly measured: readonly string[]
  readonly folders: LabelFolders | null
  readonly label: string | undefined
}

/** Of images of red, green, blue and opacity: how many channels differ from one another, or from what is opaque. */
function channelsOf(images: readonly ArrayLike<number>[]): 1 | 3 | 4 {
  let isGrey = true
  for (const image of images) {
    for (let at = 0; at < image.length; at += 4) {
      if (image[at + 3] !== 255) return 4
      isGrey &&= image[at] === image[at + 1] && image[at] === image[at + 2]
    }
  }
  return isGrey ? 1 : 3
}
