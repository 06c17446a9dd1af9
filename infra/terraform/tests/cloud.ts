import { join } from 'node:path'
import type { Cloud } from '../../permissions/entry.ts'
import { problemsOf, TERRAFORM } from './check.ts'
import type { Network } from './diagrams/mermaid.ts'
import { evaluate, type Evaluated } from './evaluate.ts'
import { EvaluationError } from './evaluation-error.ts'
import { madeProblems } from './made-of.ts'
import { mutate, type Mutation } from './mutation.ts'
import { denials } from './opa.ts'
import { productionProblems } from './production.ts'
import type { Samples } from './translate.ts'

/** What the checks know of the module of one cloud. */
export interface CloudModule {
  readonly cloud: Cloud
  readonly samples: Samples
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
    const denied = [...(await denials(module.cloud, evaluated.resources)), ...madeProblems(folder, evaluated)]
    if (name !== undefined) return [...problems, ...denied, ...productionProblems(name, evaluated)]
    return [...problems, ...denied, ...module.permissionProblems(evaluated), ...module.behaviourProblems(evaluated)]
  } catch (error) {
    if (!(error instanceof EvaluationError)) throw error
    return [...problems, `terraform: ${error.message}`]
  }
}
