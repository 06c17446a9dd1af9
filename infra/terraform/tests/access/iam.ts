import type { Json, JsonObject } from '../hcl.ts'
import { list, text } from '../module.ts'

/** Who asks; everything is null of who is nobody. */
export interface Caller {
  /** Of a role or a user; of a session, the role's. */
  readonly arn: string | null
  readonly account: string | null
  /** A service of AWS, such as `cloudtrail.amazonaws.com`. */
  readonly service?: string
  /** The provider that vouches for a web identity. */
  readonly federated?: string
}

export interface Request {
  readonly caller: Caller
  readonly action: string
  readonly resource: string
  /** Keys as IAM names them; case does not count. */
  readonly context: Readonly<Record<string, string | readonly string[]>>
}

export interface Reading {
  readonly isDenied: boolean
  /** Allowed to the caller by name, or to everybody. */
  readonly isAllowed: boolean
  /** Allowed to the caller's account, which decides by its own policies. */
  readonly isLeftToAccount: boolean
}

/**
 * What statements say of a request, in the order of IAM: a denial that matches decides. Policies of identities have no principals and
 * match whoever holds them. Throws for an operator that it does not know: nothing passes for not being understood.
 * (AWS IAM user guide, policy evaluation logic; JSON policy elements: condition operators.)
 */
export function read(statements: readonly JsonObject[], request: Request): Reading {
  const reading = { isDenied: false, isAllowed: false, isLeftToAccount: false }
  for (const statement of statements) {
    if (!named(statement, 'actions', 'not_actions', request.action, true)) continue
    if (!named(statement, 'resources', 'not_resources', request.resource, false)) continue
    const who = principalOf(statement, request.caller)
    if (who === null || !(list(statement['condition']) as JsonObject[]).every((one) => conditionHolds(one, request)))
      continue
    if ((statement['effect'] ?? 'Allow') === 'Deny') reading.isDenied = true
    else if (who === 'account') reading.isLeftToAccount = true
    else reading.isAllowed = true
  }
  return reading
}

function named(statement: JsonObject, key: string, except: string, value: string, ignoresCase: boolean): boolean {
  const matches = (patterns: readonly Json[]) => patterns.some((one) => like(text(one), value, ignoresCase))
  const excepted = list(statement[except])
  if (excepted.length > 0) return !matches(excepted)
  const given = list(statement[key])
  // a policy of trust names no resource
  return (given.length === 0 && key === 'resources') || matches(given)
}

function principalOf(statement: JsonObject, caller: Caller): 'named' | 'account' | null {
  if (list(statement['not_principals']).length > 0) throw new Error('not_principals is not understood')
  const principals = list(statement['principals']) as JsonObject[]
  if (principals.length === 0) return 'named'
  let account = false
  for (const { type, identifiers } of principals) {
    for (const one of list(identifiers).map(text)) {
      if (type === 'Service') {
        if (one === caller.service) return 'named'
      } else if (type === 'Federated') {
        if (one === caller.federated) return 'named'
      } else if (one === '*' || (caller.arn !== null && one === caller.arn)) return 'named'
      else if (caller.account !== null && (one === caller.account || one === `arn:aws:iam::${caller.account}:root`))
        account = true
    }
  }
  return account ? 'account' : null
}

type Test = (given: string, wanted: string) => boolean

const number = (compare: (a: number, b: number) => boolean): Test => {
  return (given, wanted) => compare(Number(given), Number(wanted))
}
const TESTS: Readonly<Record<string, Test>> = {
  StringEquals: (given, wanted) => given === wanted,
  StringEqualsIgnoreCase: (given, wanted) => given.toLowerCase() === wanted.toLowerCase(),
  StringLike: (given, wanted) => like(wanted, given, false),
  ArnEquals: (given, wanted) => like(wanted, given, false),
  ArnLike: (given, wanted) => like(wanted, given, false),
  Bool: (given, wanted) => given.toLowerCase() === wanted.toLowerCase(),
  NumericEquals: number((a, b) => a === b),
  NumericLessThan: number((a, b) => a < b),
  NumericLessThanEquals: number((a, b) => a <= b),
  NumericGreaterThan: number((a, b) => a > b),
  NumericGreaterThanEquals: number((a, b) => a >= b),
}
const NEGATED = /^(?<kind>String|Arn|Numeric)Not(?<test>Equals|Like|EqualsIgnoreCase)$/

/** A key that is not there meets no condition but a negated one, `Null`, and those that say `IfExists`. */
function conditionHolds({ test, variable, values }: JsonObject, { caller, context }: Request): boolean {
  const operator = text(test).replace(/IfExists$/, '')
  const given = valuesOf(text(variable), caller, context)
  const wanted = list(values).map(text)
  if (operator === 'Null') return wanted.some((one) => (one === 'true') === (given.length === 0))
  const negated = NEGATED.exec(operator)?.groups
  const judge = TESTS[negated === undefined ? operator : `${negated['kind']}${negated['test']}`]
  if (judge === undefined) throw new Error(`the condition operator ${operator} is not understood`)
  if (given.length === 0) return negated !== undefined || text(test).endsWith('IfExists')
  const met = given.some((one) => wanted.some((value) => judge(one, value)))
  return negated === undefined ? met : !met
}

function valuesOf(variable: string, caller: Caller, context: Request['context']): readonly string[] {
  const key = variable.toLowerCase()
  if (key === 'aws:principalarn') return caller.arn === null ? [] : [caller.arn]
  if (key === 'aws:principalaccount') return caller.account === null ? [] : [caller.account]
  const found = Object.entries(context).find(([name]) => name.toLowerCase() === key)?.[1]
  return found === undefined ? [] : typeof found === 'string' ? [found] : found
}

const expressions = new Map<string, RegExp>()

/** `*` stands for any characters, `?` for one. */
function like(pattern: string, value: string, ignoresCase: boolean): boolean {
  const flags = ignoresCase ? 'is' : 's'
  const key = `${flags} ${pattern}`
  let expression = expressions.get(key)
  if (expression === undefined) {
    const source = pattern
      .replaceAll(/[.+^${}()|[\]\\]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.')
    expressions.set(key, (expression = new RegExp(`^${source}$`, flags)))
  }
  return expression.test(value)
}
