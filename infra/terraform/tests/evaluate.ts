import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { affected } from './affected.ts'
import { EvaluationError } from './evaluation-error.ts'
import type { Json, JsonObject } from './hcl.ts'
import { list, type Alter } from './module.ts'
import { PRECONDITION, RESOURCES, translated, type Samples, type Translation } from './translate.ts'

export interface EvaluatedResource {
  readonly address: string
  readonly mode: 'resource' | 'data'
  readonly type: string
  readonly name: string
  /** Of `for_each` or `count`; empty without. */
  readonly key: string
  /** What the module says of it. */
  readonly values: JsonObject
  /** Placeholders, unless the samples say otherwise: what others refer to it by. */
  readonly id: string | null
  readonly arn: string | null
  /** Of an `aws_iam_policy_document`. */
  readonly json: string | null
}

export interface Evaluated {
  readonly resources: readonly EvaluatedResource[]
  readonly outputs: JsonObject
}

interface Known {
  readonly translation: Translation
  readonly variables: JsonObject
  /** With what holds the preconditions. */
  readonly evaluated: Evaluated
}

/** What was worked out first of a folder: later evaluations of it work out what is different, and what depends on that. */
const known = new Map<string, Promise<Known>>()

/**
 * Works out every value of a module, and of the modules that it calls, with the real Terraform and without a provider:
 * resources become locals whose computed attributes are placeholders.
 */
export async function evaluate(folder: string, samples: Samples, alter?: Alter): Promise<Evaluated> {
  const { variables, attributes } = samples
  const translation = await translated(folder, samples, alter)
  const at = `${folder} ${JSON.stringify(attributes)}`
  const first = known.get(at)
  if (first === undefined) {
    const whole = planned(translation, variables).then((evaluated) => ({ translation, variables, evaluated }))
    known.set(at, whole)
    whole.catch(() => known.delete(at))
    return shown((await whole).evaluated)
  }
  const before = await first.catch(() => null)
  if (before === null || translation.calls.size > 0) return shown(await planned(translation, variables))
  const part = affected(before, { translation, variables })
  if (part === null) return shown(before.evaluated)
  const { resources, outputs } = await planned(part, variables)
  const isKept = (name: string) => translation.outputs.has(name) && !part.outputs.has(name)
  return shown({
    resources: [
      ...resources,
      ...before.evaluated.resources.filter(({ address }) => translation.rows.has(address) && !part.rows.has(address)),
    ],
    outputs: {
      ...outputs,
      ...Object.fromEntries(Object.entries(before.evaluated.outputs).filter(([name]) => isKept(name))),
    },
  })
}

function shown({ resources, outputs }: Evaluated): Evaluated {
  return {
    resources: resources.toSorted((a, b) => a.address.localeCompare(b.address)),
    outputs: Object.fromEntries(Object.entries(outputs).filter(([name]) => !name.startsWith(PRECONDITION))),
  }
}

/**
 * Plans a module as on the first day, when nothing exists: what a provider will work out is unknown, as Terraform means it.
 * Throws where the keys of a `for_each`, or a `count`, depend on something unknown: nobody could apply such a module.
 */
export async function planAnew(folder: string, { variables, ...samples }: Samples): Promise<void> {
  const translation = await translated(folder, { variables, ...samples, isNew: true })
  await inScratch(translation, variables, () => Promise.resolve())
}

function planned(translation: Translation, variables: JsonObject): Promise<Evaluated> {
  return inScratch(translation, variables, async (scratch) => {
    const plan = JSON.parse(await terraform(scratch, ['show', '-json', 'plan'])) as {
      planned_values: { outputs: Record<string, { value: Json }> }
    }
    const { [RESOURCES]: resources, ...outputs } = Object.fromEntries(
      Object.entries(plan.planned_values.outputs).map(([name, { value }]) => [name, value]),
    )
    return { resources: list(resources) as unknown as EvaluatedResource[], outputs }
  })
}

async function inScratch<T>(translation: Translation, variables: JsonObject, use: (scratch: string) => Promise<T>) {
  const scratch = mkdtempSync(join(tmpdir(), 'credence-terraform-'))
  try {
    write(translation, scratch)
    writeFileSync(join(scratch, 'terraform.tfvars.json'), JSON.stringify(variables))
    if (translation.calls.size > 0) await terraform(scratch, ['init', '-backend=false', '-input=false'])
    await terraform(scratch, ['plan', '-input=false', '-lock=false', '-out=plan'])
    return await use(scratch)
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}

function write({ locals, outputs, rows, variables, calls, files }: Translation, into: string): void {
  mkdirSync(into, { recursive: true })
  for (const [name, text] of files) writeFileSync(join(into, name), text)
  for (const [name, { called }] of calls) write(called, join(into, 'called', name))
  const main = [
    `locals {\n${[...locals].map(([name, text]) => `  ${name} = ${text}\n`).join('')}}\n`,
    ...[...calls.values()].map(({ text }) => text),
    ...[...outputs].map(([name, text]) => `output "${name}" {\n${text}}\n`),
    `output "${RESOURCES}" {\n  sensitive = true\n  value = concat([], ${[...rows.values()].join(',\n    ')})\n}\n`,
  ]
  writeFileSync(join(into, 'main.tf'), main.join(''))
  const declared = Object.fromEntries(variables)
  if (variables.size > 0) writeFileSync(join(into, 'variables.tf.json'), JSON.stringify({ variable: declared }))
}

function terraform(folder: string, args: readonly string[]): Promise<string> {
  const env = {
    ...process.env,
    TF_IN_AUTOMATION: '1',
    CHECKPOINT_DISABLE: '1',
    // it lives for a second: collecting its garbage takes as long as its work
    GOGC: 'off',
    GOMEMLIMIT: '1GiB',
    TF_DATA_DIR: join(folder, '.terraform'),
  }
  return new Promise((done, failed) => {
    execFile(
      'terraform',
      [`-chdir=${folder}`, ...args.slice(0, 1), ...args.slice(1).concat(args[0] === 'show' ? [] : ['-no-color'])],
      { env, maxBuffer: 2 ** 27 },
      (error, stdout, stderr) => {
        if (error === null) done(stdout)
        else
          failed(
            new EvaluationError(
              (stderr || stdout || error.message)
                .replaceAll(/[│╷╵]/g, '')
                .replace(/^[^]*?Error: /, '')
                .replaceAll(/\s+/g, ' ')
                .trim(),
            ),
          )
      },
    )
  })
}
