import { join } from 'node:path'
import type { Cloud } from '../../permissions/entry.ts'
import { askedProblems } from './asked.ts'
import { problemsOf, TERRAFORM } from './check.ts'
import type { Network } from './diagrams/mermaid.ts'
import { evaluate, type Evaluated } from './evaluate.ts'
import { EvaluationError } from './evaluation-error.ts'
import type { JsonObject } from './hcl.ts'
import { madeOf, madeProblems } from './made-of.ts'
import { readModule, type Alter } from './module.ts'
import { mutate, type Mutation } from './mutation.ts'
import { denials } from './opa.ts'
import { productionProblems } from './production.ts'
import type { Samples } from './translate.ts'

/** What the checks know of the module of one cloud. */
export interface CloudModule {
  readonly cloud: Cloud
  readonly samples: Samples
  /** Inputs by which it is made of other things than by the samples, by what they are called. */
  readonly shapes?: Readonly<Record<string, JsonObject>>
  /** By their names in `envs`. */
  readonly environments?: Readonly<Record<string, Samples>>
  /** Its network, for its README and `docs/networks.md`. */
  readonly networkOf: (evaluated: Evaluated) => Network
  readonly mutations: readonly Mutation[]
  /** Where what is granted is not what the statement of permissions says, each in a line that begins `permissions: `. */
  readonly permissionProblems: (evaluated: Evaluated) => string[]
  /** What requests, events and packets come to otherwise than they are to, by the evaluated documents. */
  readonly behaviourProblems: (evaluated: Evaluated) => string[]
}

export function folderOf({ cloud }: CloudModule): string {
  return join('modules', cloud)
}

export function evaluateModule(module: CloudModule): Promise<Evaluated> {
  return evaluate(join(TERRAFORM, folderOf(module)), module.samples)
}

export function evaluateEnvironment(name: string, samples: Samples): Promise<Evaluated> {
  return evaluate(join(TERRAFORM, 'envs', name), samples)
}

/** What a folder is made of, in lines. */
export async function made(folder: string, evaluated: Evaluated, alter?: Alter): Promise<string[]> {
  return madeOf(evaluated, await readModule(join(TERRAFORM, folder), alter))
}

/** What is said of a folder that no cloud's module is: a cluster, a workplace. */
export async function caughtIn(
  folder: string,
  rules: string,
  samples: Samples,
  mutation?: Mutation,
): Promise<string[]> {
  const alter = (file: string, text: string) => (mutation === undefined ? text : mutate(mutation, file, text))
  const problems = (await problemsOf(folder, alter)).map((problem) => `schema: ${problem}`)
  try {
    const evaluated = await evaluate(join(TERRAFORM, folder), samples, alter)
    const denied = await denials(rules, evaluated.resources)
    return [...problems, ...denied, ...madeProblems(folder, await made(folder, evaluated, alter))]
  } catch (error) {
    if (!(error instanceof EvaluationError)) throw error
    return [...problems, `terraform: ${error.message}`]
  }
}

/** In another shape: what it is made of besides, what it is made without, and what the rules refuse there. */
export async function shaped(
  { cloud, samples, shapes = {} }: CloudModule,
  ordinary: readonly string[],
  alter?: Alter,
): Promise<{ shape: string; lines: string[]; denied: string[] }[]> {
  const folder = join('modules', cloud)
  const usual = new Set(ordinary)
  const found = []
  for (const [shape, inputs] of Object.entries(shapes)) {
    const variables = { ...samples.variables, ...inputs }
    const evaluated = await evaluate(join(TERRAFORM, folder), { ...samples, variables }, alter)
    const now = new Set(await made(folder, evaluated, alter))
    const lines = [
      ...[...now].filter((line) => !usual.has(line)),
      ...ordinary.filter((line) => !now.has(line)).map((line) => `without ${line}`),
    ]
    const denied = [...(await denials(cloud, evaluated.resources)), ...askedProblems(evaluated, variables)]
    found.push({ shape, lines, denied })
  }
  return found
}

/** Everything that any check says of a module with one property taken away. */
export async function caught(module: CloudModule, mutation: Mutation): Promise<string[]> {
  const { environment: name } = mutation
  const folder = name === undefined ? folderOf(module) : join('envs', name)
  const samples = name === undefined ? module.samples : module.environments?.[name]
  if (samples === undefined) throw new Error(`there are no samples of ${name}`)
  // an environment's module has files of the same names, which stay as they are
  const alter = (file: string, text: string) =>
    name === undefined || text.includes(mutation.replace[0]) ? mutate(mutation, file, text) : text
  const problems = (await problemsOf(folder, alter)).map((problem) => `schema: ${problem}`)
  try {
    const evaluated = await evaluate(join(TERRAFORM, folder), samples, alter)
    const lines = await made(folder, evaluated, alter)
    problems.push(...(await denials(module.cloud, evaluated.resources)), ...madeProblems(folder, lines))
    if (name !== undefined) return [...problems, ...productionProblems(name, evaluated)]
    problems.push(...module.permissionProblems(evaluated), ...module.behaviourProblems(evaluated))
    problems.push(...askedProblems(evaluated, samples.variables))
    // other shapes take a second each, and are worked out only where they are to say something
    if (problems.some((problem) => problem.includes(mutation.caughtBy))) return problems
    const others = await shaped(module, lines, alter)
    return [
      ...problems,
      ...others.flatMap(({ shape, lines, denied }) => [...denied, ...madeProblems(folder, lines, shape)]),
    ]
  } catch (error) {
    if (!(error instanceof EvaluationError)) throw error
    return [...problems, `terraform: ${error.message}`]
  }
}
