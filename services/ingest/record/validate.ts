import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js'
import { featureFields, type Contract, type FeatureSpec } from '#core/contract.ts'
import { AppError } from '#core/errors.ts'
import { readExchange } from '#core/exchange.ts'
import { DTYPES, Tensor } from '#core/tensor.ts'
import type { Fields, Value } from '#core/value.ts'
import { fieldPath, pathText, type Fault } from './check-fields.ts'
import { inPropertyGroups } from './property-groups.ts'

const MAX_REPORTED = 3
/** The most members of a record whose violations are all collected; a hostile record could have millions of violations. */
const MAX_COLLECTED = 1000

/** Unknown keywords and formats are errors; unusual schemas, such as a required field without a type, are not. */
const STRICTNESS = {
  strict: true,
  strictRequired: false,
  strictTypes: false,
  strictTuples: false,
  allowUnionTypes: true,
}

/** Formats that a schema may require. */
const FORMATS: Readonly<Record<string, RegExp>> = {
  date: /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])$/,
  'date-time':
    /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])[T ](?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)?$/i,
  time: /^(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d)?$/i,
  email: /^[^\s@]{1,64}@[^\s@]{1,255}$/,
  uri: /^[a-z][a-z0-9+.-]{0,30}:[^\s]+$/i,
  uuid: /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i,
}

/**
 * Compiles a contract's schema to a function: null for fields that satisfy it, else the first violations by path and rule, never
 * with a value; `not_finite` if the features contain a number that is not finite in single precision. JSON Schema 2020-12,
 * strict, with one keyword of our own: `tensor: { dtype?, shape? }`, where −1 in a shape means any size. Throws `invalid` if the
 * schema itself is wrong.
 */
export function createValidator(contract: Contract, names: ReadonlySet<string>): (fields: Fields) => Fault | null {
  const quick = compile(contract.schema, false)
  let thorough: ValidateFunction | undefined
  return (fields) => {
    if (quick(fields)) return featureFault(fields, contract.features)
    let errors = quick.errors ?? []
    if (Object.keys(fields).length <= MAX_COLLECTED && isShallow(fields)) {
      thorough ??= compile(contract.schema, true)
      thorough(fields)
      errors = thorough.errors ?? errors
    }
    const told = new Set(errors.map((error) => describe(error, names) + place(error, errors, fields)))
    const more = told.size > MAX_REPORTED ? `; and ${told.size - MAX_REPORTED} more` : ''
    return violation([...told].slice(0, MAX_REPORTED).join('; ') + more)
  }
}

function compile(schema: Contract['schema'], allErrors: boolean): ValidateFunction {
  const ajv = new Ajv2020({ ...STRICTNESS, allErrors, formats: { ...FORMATS }, inlineRefs: false, logger: false })
  ajv.addKeyword({
    keyword: 'tensor',
    metaSchema: {
      type: 'object',
      properties: { dtype: { enum: [...DTYPES] }, shape: { type: 'array', items: { type: 'integer', minimum: -1 } } },
      additionalProperties: false,
    },
    compile: (wanted: TensorSchema) => (value: unknown) => isTensorLike(value, wanted),
  })
  try {
    return ajv.compile(inPropertyGroups(schema))
  } catch (error) {
    throw new AppError('invalid', `the contract's schema: ${error instanceof Error ? error.message : 'unusable'}`)
  }
}

function violation(detail: string): Fault {
  return { reason: 'contract', detail }
}

/**
 * What makes features unfit for the detectors, whatever the schema says: the wrong count of numbers, numbers beyond single
 * precision, a field that is no text, a conversation that no chat template accepts.
 */
function featureFault(fields: Fields, features: FeatureSpec): Fault | null {
  if (features.kind === 'table') return null
  if (features.kind === 'exchange') {
    const { fault } = readExchange(fields, features)
    return fault && violation(`${fault.rule} at ${pathText(fault.path, new Set(featureFields(features)))}`)
  }
  const value = fields[features.field]
  const where = fieldPath(features.field)
  if (features.kind === 'text') return typeof value === 'string' ? null : violation(`text at ${where}`)
  const length = features.kind === 'vector' ? features.length : features.shape.reduce((size, side) => size * side, 1)
  if (countNumbers(value, length) !== length) return violation(`${length} numbers at ${where}`)
  return fitsSingle(value) ? null : { reason: 'not_finite', detail: `number beyond single precision at ${where}` }
}

/** Whether all numbers are finite as 32-bit floats, in which detectors compute. */
function fitsSingle(value: Value | undefined): boolean {
  if (typeof value === 'number') return Number.isFinite(Math.fround(value))
  if (value instanceof Tensor) {
    return value.dtype !== 'f64' || value.data.every((number) => Number.isFinite(Math.fround(number)))
  }
  return Array.isArray(value) && (value as readonly Value[]).every(fitsSingle)
}

/** The count of numbers in a tensor or in nested lists; −1 if there is anything else, or clearly more than `enough`. */
function countNumbers(value: Value | undefined, enough: number): number {
  if (typeof value === 'number') return 1
  if (value instanceof Tensor) return value.data.length
  if (!Array.isArray(value)) return -1
  let count = 0
  for (const item of value as readonly Value[]) {
    const inside = countNumbers(item, enough)
    if (inside < 0 || (count += inside) > enough) return -1
  }
  return count
}

interface TensorSchema {
  readonly dtype?: string
  readonly shape?: readonly number[]
}

function isTensorLike(value: unknown, { dtype, shape }: TensorSchema): boolean {
  if (!(value instanceof Tensor)) return false
  if (dtype !== undefined && value.dtype !== dtype) return false
  if (shape === undefined) return true
  return shape.length === value.shape.length && shape.every((side, i) => side === -1 || side === value.shape[i])
}

/** Whether a record has few members; otherwise it could have any number of violations. */
function isShallow(fields: Fields): boolean {
  return Object.values(fields).every((value) => typeof value !== 'object' || value === null || value instanceof Tensor)
}

/** `required at /label`: the rule and the path, without names that the contract does not contain. */
function describe(error: ErrorObject, names: ReadonlySet<string>): string {
  const segments = error.instancePath.split('/').slice(1)
  const path = segments.map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
  const missing = (error.params as { missingProperty?: unknown }).missingProperty
  if (typeof missing === 'string') path.push(missing)
  return `${error.keyword} at ${pathText(path.map(numbered), names)}`
}

/**
 * The position of the first field that the contract does not allow, such as a column of a table: the field's name is data, its
 * position is not.
 */
function place(error: ErrorObject, errors: readonly ErrorObject[], fields: Fields): string {
  const extras = errors.filter((other) => other.keyword === 'additionalProperties' && other.instancePath === '')
  const [first] = extras
  if (first === undefined || !extras.includes(error)) return ''
  const keys = Object.keys(fields)
  const at = keys.indexOf(String((first.params as { additionalProperty?: unknown }).additionalProperty)) + 1
  const more = extras.length > 1 ? ` and ${extras.length - 1} more` : ''
  return ` (field ${at}${more} of ${keys.length})`
}

function numbered(key: string): string | number {
  return /^\d{1,9}$/.test(key) ? Number(key) : key
}
