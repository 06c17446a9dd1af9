import { availableParallelism } from 'node:os'
import { dirname, resolve } from 'node:path'
import type { z } from 'zod'
import { given } from '#core/given.ts'
import type { Environment } from '#runtime/config/interpolate.ts'
import { flatten, problemsOf, refuse, valueAt } from '#runtime/config/problems.ts'
import { readText } from '#runtime/config/read-text.ts'
import { writtenSecrets } from '#runtime/config/written-secrets.ts'
import { readYaml, type Path, type Problem, type YamlFile } from '#runtime/config/yaml-file.ts'
import type { FederationConfig } from '#services/federate/config.ts'
import { configJsonSchema, configSchema, type ConfigFile, type DatasetConfig } from './schema.ts'

type SourceConfig = DatasetConfig['source']

/** The configuration with every default filled in and every path absolute. */
export interface Config extends Omit<ConfigFile, 'workers'> {
  /** The file that it was read from. */
  readonly path: string
  readonly workers: number
}

/** Reads a configuration file. Paths in it are relative to its folder. Throws `invalid`, which lists every problem. */
export async function loadConfig(path: string, environment: Environment): Promise<Config> {
  return parseConfig(await readText(path, 'a configuration'), path, environment)
}

export function parseConfig(text: string, path: string, environment: Environment): Config {
  const { problems, config } = examineConfig(text, path, environment)
  if (config === null) throw refuse(path, problems)
  return config
}

/** All problems of a configuration, and its contents if there are none. */
export function examineConfig(
  text: string,
  path: string,
  environment: Environment,
): { readonly file: YamlFile; readonly problems: readonly Problem[]; readonly config: Config | null } {
  const read = readYaml(text, { environment, dropNulls: true })
  const file = { ...read, problems: [...read.problems, ...writtenSecrets(read)] }
  const parsed = parseTyped(file)
  if (file.problems.length > 0 || !parsed.success) {
    return { file, problems: problemsOf(file, parsed.error?.issues ?? [], configJsonSchema()), config: null }
  }
  return { file, problems: [], config: absolute(parsed.data, resolve(path)) }
}

/** Parses with types: values of the environment are text and are read as numbers or booleans where these are required. */
function parseTyped(file: YamlFile): ReturnType<typeof configSchema.safeParse> {
  const first = configSchema.safeParse(file.value)
  if (first.success || file.interpolated.size === 0) return first
  let changed = false
  for (const issue of first.error.issues.flatMap(everyBranch)) {
    const path = file.interpolated.get(issue.fullPath.join('\0'))
    if (path === undefined || issue.code !== 'invalid_type') continue
    const typed = readAs(issue.expected, valueAt(file.value, path))
    if (typed === undefined) continue
    setAt(file.value, path, typed)
    changed = true
  }
  return changed ? configSchema.safeParse(file.value) : first
}

function everyBranch(issue: z.core.$ZodIssue): ReturnType<typeof flatten> {
  if (issue.code !== 'invalid_union') return flatten(issue, [])
  return issue.errors.flatMap((branch) =>
    branch.flatMap((inner) => everyBranch({ ...inner, path: [...issue.path, ...inner.path] })),
  )
}

function readAs(expected: string, value: unknown): number | boolean | undefined {
  if (typeof value !== 'string') return undefined
  if (expected === 'boolean') return value === 'true' ? true : value === 'false' ? false : undefined
  if (expected !== 'number' && expected !== 'int') return undefined
  const number = value.trim() === '' ? Number.NaN : Number(value)
  return Number.isFinite(number) ? number : undefined
}

function setAt(value: unknown, path: Path, to: unknown): void {
  const last = path.at(-1)
  const parent = valueAt(value, path.slice(0, -1))
  if (last !== undefined && typeof parent === 'object' && parent !== null)
    (parent as Record<string | number, unknown>)[last] = to
}

function absolute({ workers, ...config }: ConfigFile, path: string): Config {
  const from = (relative: string) => resolve(dirname(path), relative)
  const datasets = Object.entries(config.datasets).map(([name, { source, contract, model, detectors, ...dataset }]) => [
    name,
    {
      ...dataset,
      source: absoluteSource(source, from),
      contract: from(contract),
      ...(model === undefined ? {} : { model: { onnx: from(model.onnx) } }),
      ...(detectors === undefined ? {} : { detectors: detectors.map(from) }),
    },
  ])
  return {
    ...config,
    path,
    data: from(config.data),
    datasets: Object.fromEntries(datasets) as Config['datasets'],
    ...(config.catalog?.passwordFile !== undefined && {
      catalog: { ...config.catalog, passwordFile: from(config.catalog.passwordFile) },
    }),
    ...(config.console !== undefined && { console: absoluteConsole(config.console, from) }),
    ...(config.queue !== undefined && { queue: absoluteQueue(config.queue, from) }),
    federations: Object.fromEntries(
      Object.entries(config.federations).map(([name, federation]) => [name, absoluteFederation(federation, from)]),
    ),
    workers: workers ?? Math.min(8, availableParallelism()),
  }
}

function absoluteConsole(console: NonNullable<ConfigFile['console']>, from: (path: string) => string) {
  const { mutualTls } = console
  if (mutualTls === undefined) return console
  const { certificate, key, authority, revoked } = mutualTls
  const files = { certificate: from(certificate), key: from(key), authority: from(authority) }
  return { ...console, mutualTls: { ...mutualTls, ...files, ...(revoked !== undefined && { revoked: from(revoked) }) } }
}

function absoluteQueue(queue: NonNullable<ConfigFile['queue']>, from: (path: string) => string) {
  const { ca, certificate, certificateKey } = queue
  return {
    ...queue,
    ...given({
      ca: ca && from(ca),
      certificate: certificate && from(certificate),
      certificateKey: certificateKey && from(certificateKey),
    }),
  }
}

function absoluteFederation(federation: FederationConfig, from: (path: string) => string): FederationConfig {
  const { model, gate, listen } = federation
  const files = { certificate: listen.certificate, key: listen.key, clients: listen.clients }
  const absoluteFiles = Object.fromEntries(
    Object.entries(files).flatMap(([name, file]) => (file === undefined ? [] : [[name, from(file)]])),
  )
  return {
    ...federation,
    model: from(model),
    listen: { ...listen, ...absoluteFiles },
    ...(gate !== undefined && { gate: from(gate) }),
  }
}

function absoluteSource(source: SourceConfig, from: (path: string) => string): SourceConfig {
  if ('root' in source) return { ...source, root: from(source.root) }
  const schemas = ({ schemas }: { schemas?: string | undefined }) =>
    schemas === undefined ? {} : { schemas: from(schemas) }
  if ('kinesis' in source) return { kinesis: { ...source.kinesis, ...schemas(source.kinesis) } }
  if ('eventhubs' in source) return { eventhubs: { ...source.eventhubs, ...schemas(source.eventhubs) } }
  return { pubsub: { ...source.pubsub, ...schemas(source.pubsub) } }
}
