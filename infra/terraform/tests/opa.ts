import { execFile, spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { TERRAFORM } from './check.ts'
import type { EvaluatedResource } from './evaluate.ts'

/** `OPA` names the program where it is not in PATH. */
const program = process.env['OPA'] ?? 'opa'
export const POLICIES = join(TERRAFORM, 'policy')
/** The rules of every cloud and those for settings of any, without their tests. */
const RULES = readdirSync(POLICIES).filter((name) => !name.endsWith('_test.rego'))

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

let served: Promise<string> | undefined

/** What the rules of one cloud refuse, and those for settings of any cloud, each in a sentence. */
export async function denials(cloud: string, resources: readonly EvaluatedResource[]): Promise<string[]> {
  const socketPath = await (served ??= serve())
  const query = `denied = data.terraform.${cloud}.deny | data.terraform.settings.deny`
  const answer = await posted(socketPath, '/v1/query', JSON.stringify({ query, input: { resources } }))
  const { result, message } = JSON.parse(answer) as { result?: { denied: string[] }[]; message?: string }
  const denied = result?.[0]?.denied
  if (denied === undefined) throw new Error(message ?? `no rules in package terraform.${cloud}`)
  return denied.toSorted((a, b) => a.localeCompare(b))
}

/**
 * Starts OPA with all rules, which it compiles once, and says where it listens. It ends with this process, however that ends: the shell that
 * started it reads until there is nobody to write. Throws what OPA says where it does not start.
 */
async function serve(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'opa-'))
  const socket = join(folder, 'socket')
  const script = '"$@" </dev/null & cat >/dev/null; kill $!; rm -rf "$FOLDER"'
  const args = [
    'run',
    '--server',
    '--log-level=error',
    `--addr=unix://${socket}`,
    ...RULES.map((name) => join(POLICIES, name)),
  ]
  const child = spawn('sh', ['-c', script, 'sh', program, ...args], {
    env: { ...process.env, FOLDER: folder },
    stdio: ['pipe', 'ignore', 'pipe'],
  })
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
  for (let waited = 0; !existsSync(socket); waited++) {
    if (waited > 1200) throw new Error(`OPA does not listen: ${said.trim()}`)
    await setTimeout(50)
  }
  child.unref()
  for (const stream of [child.stdin, child.stderr]) (stream as unknown as { unref(): void }).unref()
  return socket
}

function posted(socketPath: string, path: string, body: string): Promise<string> {
  return new Promise((done, failed) => {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }
    const asked = request({ socketPath, path, method: 'POST', headers }, (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => (text += chunk))
      response.on('end', () => done(text))
      response.on('error', failed)
    })
    asked.on('error', failed)
    asked.end(body)
  })
}
