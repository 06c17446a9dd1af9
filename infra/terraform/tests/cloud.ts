import { join } from 'node:path'
import type { Cloud } from '../../permissions/entry.ts'
import { problemsOf, TERRAFORM } from './check.ts'
import type { Network } from './diagrams/mermaid.ts'
import { evaluate, EvaluationError, type Evaluated, type Samples } from './evaluate.ts'
import { mutate, type Mutation } from './mutation.ts'
import { denials } from './opa.ts'

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
  const alter = (file: string, text: string) => mutate(mutation, file, text)
  const problems = (await problemsOf(folderOf(module), alter)).map((problem) => `schema: ${problem}`)
  try {
    const evaluated = await evaluate(join(TERRAFORM, folderOf(module)), module.samples, alter)
    return [...problems, ...(await denials(module.cloud, evaluated.resources)), ...module.permissionProblems(evaluated)]
  } catch (error) {
    if (!(error instanceof EvaluationError)) throw error
    return [...problems, `terraform: ${error.message}`]
  }
}
