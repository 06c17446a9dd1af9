import { execFile, spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { TERRAFORM } from './check.ts'
import type { EvaluatedResource } from './evaluate.ts'

/** `OPA` names the program where it is not in PATH. */
const program = process.env['OPA'] ?? 'opa'
export const POLICIES = join(TERRAFORM, 'policy')
/** What holds on every cloud. */
const SETTINGS = readdirSync(POLICIES).filter((name) => name.startsWith('settings'))

/** Why no rule can be asked, or null. */
export function opaMissing(): string | null {
  return spawnSync(program, ['version']).status === 0
    ? null
    : 'opa is not installed: go install github.com/open-policy-agent/opa@v1.22.0, or name it in OPA'
}

/** Runs OPA over `input`; throws what it says where a rule does not compile. */
export function opa(args: readonly string[], input = ''): Promise<string> {
  return new Promise((done, failed) => {
    const child = execFile(program, args, { maxBuffer: 2 ** 26 }, (error, stdout, stderr) => {
      if (error === null) done(stdout)
      else failed(new Error((stdout + stderr).trim()))
    })
    child.stdin?.end(input)
  })
}

/** What the rules of one cloud refuse, and those for settings of any cloud, each in a sentence. */
export async function denials(cloud: string, resources: readonly EvaluatedResource[]): Promise<string[]> {
  const answer = await opa(
    [
      'eval',
      '--format',
      'json',
      '--stdin-input',
      ...[`${cloud}.rego`, ...SETTINGS].flatMap((name) => ['--data', join(POLICIES, name)]),
      `data.terraform.${cloud}.deny | data.terraform.settings.deny`,
    ],
    JSON.stringify({ resources }),
  )
  const { result } = JSON.parse(answer) as { result?: { expressions: { value: string[] }[] }[] }
  const denied = result?.[0]?.expressions[0]?.value
  if (denied === undefined) throw new Error(`no rules in package terraform.${cloud}`)
  return denied.toSorted((a, b) => a.localeCompare(b))
}
