import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Manifest } from './manifests.ts'

/** `KUBE_APISERVER` and `ETCD` name the programs where they are not in PATH. */
const PROGRAM = process.env['KUBE_APISERVER'] ?? 'kube-apiserver'
const ETCD = process.env['ETCD'] ?? 'etcd'
const TOKEN = 'of-this-test-alone'

/** Why no API server can be started, or null. */
export function apiServerMissing(): string | null {
  if (spawnSync(PROGRAM, ['--version']).status !== 0)
    return 'kube-apiserver is not installed: deploy/chart/verify.sh builds it'
  return spawnSync(ETCD, ['--version']).status === 0 ? null : 'etcd is not installed: apt install etcd-server'
}

export interface Answer {
  readonly status: number
  /** What the API server would have people know. */
  readonly warnings: readonly string[]
  readonly body: { readonly message?: string; readonly [key: string]: unknown }
}

/** An API server with an empty etcd, without controllers, schedulers and machines: it takes objects, and nothing acts on them. */
export interface ApiServer {
  readonly url: string
  /** A kubeconfig for Helm. */
  readonly kubeconfig: string
  call(method: string, path: string, body?: object, headers?: Record<string, string>): Promise<Answer>
  /** Creates an object where its kind is kept; with `dryRun`, everything but that. Keys that no schema has are refused. */
  create(manifest: Manifest, options?: { readonly namespace?: string; readonly dryRun?: boolean }): Promise<Answer>
}

export async function startApiServer(stack: AsyncDisposableStack): Promise<ApiServer> {
  const folder = mkdtempSync(join(tmpdir(), 'credence-api-server-'))
  stack.defer(() => rmSync(folder, { recursive: true, force: true }))
  const [client, peer, port] = await Promise.all([freePort(), freePort(), freePort()])
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const accounts = join(folder, 'accounts.key')
  writeFileSync(accounts, privateKey.export({ type: 'pkcs8', format: 'pem' }))
  const tokens = join(folder, 'tokens.csv')
  writeFileSync(tokens, `${TOKEN},admin,admin,system:masters\n`)
  const etcd = [`http://127.0.0.1:${client}`, `http://127.0.0.1:${peer}`] as const
  run(stack, ETCD, [
    `--data-dir=${join(folder, 'etcd')}`,
    `--listen-client-urls=${etcd[0]}`,
    `--advertise-client-urls=${etcd[0]}`,
    `--listen-peer-urls=${etcd[1]}`,
    `--initial-advertise-peer-urls=${etcd[1]}`,
    `--initial-cluster=default=${etcd[1]}`,
  ])
  const log = run(stack, PROGRAM, [
    `--etcd-servers=${etcd[0]}`,
    '--bind-address=127.0.0.1',
    `--secure-port=${port}`,
    `--cert-dir=${join(folder, 'certificates')}`,
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${accounts}`,
    `--service-account-signing-key-file=${accounts}`,
    `--token-auth-file=${tokens}`,
    '--authorization-mode=RBAC',
    '--service-cluster-ip-range=10.0.0.0/24',
  ])
  const certificate = join(folder, 'certificates/apiserver.crt')
  const url = `https://127.0.0.1:${port}`
  const call: ApiServer['call'] = (method, path, body, headers = {}) =>
    answered(`${url}${path}`, readFileSync(certificate), method, body, headers)
  while (!existsSync(certificate) || !(await call('GET', '/readyz').then(isOk, () => false))) {
    if (log.child.exitCode !== null) throw new Error(`kube-apiserver ended: ${log.said()}`)
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
  const kubeconfig = join(folder, 'kubeconfig')
  writeFileSync(kubeconfig, kubeconfigOf(url, certificate))
  const kept = new Map<string, Promise<Resource>>()
  return {
    url,
    kubeconfig,
    call,
    async create(manifest, { namespace = 'credence', dryRun = false } = {}) {
      const { apiVersion, kind } = manifest
      const key = `${apiVersion} ${kind}`
      if (!kept.has(key)) kept.set(key, resourceOf(call, apiVersion, kind))
      const { path, isNamespaced, plural } = await kept.get(key)!
      const place = isNamespaced ? `${path}/namespaces/${namespace}/${plural}` : `${path}/${plural}`
      const query = `?fieldValidation=Strict${dryRun ? '&dryRun=All' : ''}`
      const { namespace: _, ...metadata } = manifest.metadata
      return call('POST', `${place}${query}`, { ...manifest, metadata })
    },
  }
}

interface Resource {
  readonly path: string
  readonly plural: string
  readonly isNamespaced: boolean
}

/** Where a kind is kept. Throws where the API server does not know it. */
async function resourceOf(call: ApiServer['call'], apiVersion: string, kind: string): Promise<Resource> {
  const path = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`
  // a definition is there a moment before its resources are
  for (let attempt = 0; attempt < 50; attempt++) {
    const { body } = await call('GET', path)
    const resources = (body['resources'] ?? []) as { name: string; kind: string; namespaced: boolean }[]
    const found = resources.find((one) => one.kind === kind && !one.name.includes('/'))
    if (found !== undefined) return { path, plural: found.name, isNamespaced: found.namespaced }
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
  throw new Error(`the API server knows no ${kind} of ${apiVersion}`)
}

function isOk({ status }: Answer): boolean {
  return status === 200
}

function answered(
  url: string,
  ca: Buffer,
  method: string,
  body: object | undefined,
  headers: Record<string, string>,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const all = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json', ...headers }
    const sent = request(url, { method, ca, headers: all }, (response) => {
      const parts: Buffer[] = []
      response.on('data', (part: Buffer) => parts.push(part))
      response.on('error', reject)
      response.on('end', () => {
        const text = Buffer.concat(parts).toString()
        const warnings = [response.headers['warning'] ?? []].flat().map(String)
        const parsed = text.startsWith('{') ? (JSON.parse(text) as Answer['body']) : { message: text }
        resolve({ status: response.statusCode ?? 0, warnings, body: parsed })
      })
    })
    sent.on('error', reject)
    sent.end(body === undefined ? undefined : JSON.stringify(body))
  })
}

function run(stack: AsyncDisposableStack, program: string, args: readonly string[]) {
  const child: ChildProcess = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'] })
  let tail = ''
  child.stderr?.on('data', (part: Buffer) => (tail = (tail + part.toString()).slice(-4000)))
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  stack.defer(async () => {
    child.kill('SIGKILL')
    await ended
  })
  return { child, said: () => tail }
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

function kubeconfigOf(server: string, authority: string): string {
  const named = (name: string, kind: string, value: object) => ({ name, [kind]: value })
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'test',
    clusters: [named('test', 'cluster', { server, 'certificate-authority': authority })],
    users: [named('test', 'user', { token: TOKEN })],
    contexts: [named('test', 'context', { cluster: 'test', user: 'test', namespace: 'credence' })],
  })
}
